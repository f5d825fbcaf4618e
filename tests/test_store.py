"""What was worked out before is found again, never where it would be stale or damaged."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pytest

from optimizer.attribution.attribute import attribute
from optimizer.messages import Message, _
from optimizer.pipeline import estimate
from optimizer.pipeline import estimates as made
from optimizer.scenario import load_scenario
from optimizer.simulate import simulate
from optimizer.store import Kept, Store, entries
from optimizer.store.encoding import Damaged, NotPlain, decode, encode


@dataclass(frozen=True)
class Known:
    number: float
    grid: np.ndarray
    again: np.ndarray

    @cached_property
    def total(self) -> float:
        return float(self.grid.sum())


Known.__module__ = "optimizer.journeys.known"


def test_values_come_back_bit_by_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    fortran = np.asfortranarray(np.arange(6.0).reshape(2, 3) / 7)
    value = {
        ("a", 1): [1e-300, float("inf"), -0.0, 2**70, True, None, "ü\n"],
        "dates": np.array(["2026-03-01", "NaT"], dtype="datetime64[D]"),
        "names": np.array(["a", None, 3], dtype=object),
        "scalars": (np.float64(0.1), np.int64(7), np.bool_(True), np.datetime64("2026-03-01")),
        "said": _("{n} of {all}", n=3, all=frozenset({"x", "y"})),
        "grid": fortran,
    }
    back = decode(encode(value))
    assert encode(back) == encode(value)
    assert list(back) == list(value)
    assert np.signbit(back["a", 1][2])
    assert back["grid"].flags.f_contiguous
    assert not back["grid"].flags.c_contiguous
    assert isinstance(back["said"], Message)
    assert str(back["said"].values["n"]) == "3"
    assert type(back["scalars"][0]) is np.float64
    assert np.isnan(decode(encode(float("nan"))))
    known = Known(1.5, fortran, fortran)
    assert known.total
    import sys
    import types

    home = types.ModuleType(Known.__module__)
    home.Known = Known  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, Known.__module__, home)
    found = decode(encode([known, known]))
    assert vars(found[0])["total"] == known.total  # what was worked out goes along
    assert found[0] is found[1]
    assert found[0].grid is found[0].again


@pytest.mark.parametrize(
    "value", [lambda: 0, object(), np.array([object()], dtype=object), {1: open}, Path("x")]
)
def test_what_is_no_data_is_not_kept(value: object) -> None:
    with pytest.raises(NotPlain):
        encode(value)


@pytest.mark.parametrize(
    "tree",
    [
        '["class", "os:stat_result", {}]',
        '["class", "optimizer.cli.app:run", {}]',
        '["class", "optimizer.messages:Message", {"template": "x"}]',
        '["class", "optimizer.messages:np", {}]',
        '["array", 9]',
        '["same", 3]',
        "[",
        '["eval", "1"]',
    ],
)
def test_a_tree_names_nothing_but_our_data(tree: str) -> None:
    import io

    out = io.BytesIO()
    np.savez(out, tree=np.frombuffer(tree.encode(), dtype=np.uint8))
    with pytest.raises(Damaged):
        decode(out.getvalue())


def counted(folder: Path, key: object = "k", program: str | None = None) -> Callable[[], int]:
    """Ask a store for 7 twice; says how often it had to be made."""

    def ask() -> int:
        times = []
        kept = Store(folder).under({"key": key}, lambda: True)
        assert kept.get("seven", lambda: times.append(1) or np.arange(7)).tolist() == [*range(7)]
        return len(times)

    return ask


def test_an_entry_that_is_damaged_or_of_another_key_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / ".optimizer"
    ask = counted(store)
    assert (ask(), ask()) == (1, 0)
    (entry,) = store.glob("*.entry")
    assert (store / ".gitignore").read_text() == "*\n"
    whole = entry.read_bytes()
    for at in (0, 5, 30, len(whole) // 2, len(whole) - 1):
        entry.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert ask() == 1, at
    for size in (0, 10, len(whole) - 1):
        entry.write_bytes(whole[:size])
        assert ask() == 1, size
    assert ask() == 0
    assert counted(store, "other")() == 1
    shutil.copy(entry, next(p for p in store.glob("*.entry") if p != entry))  # under its name
    assert counted(store, "other")() == 1
    monkeypatch.setattr(entries, "program", lambda: "another version")
    assert ask() == 1


def test_a_store_is_bounded_and_does_without_what_it_cannot_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key in range(4):
        counted(tmp_path / "s", key)()
    size = sum(f.stat().st_size for f in (tmp_path / "s").glob("*.entry"))
    monkeypatch.setattr(entries, "MOST", size)
    other = tmp_path / "s" / "mine.txt"
    other.write_text("x")
    for at, entry in enumerate(sorted((tmp_path / "s").glob("*.entry"))):
        os.utime(entry, (at, at))
    assert counted(tmp_path / "s", 0)() in (0, 1)
    counted(tmp_path / "s", "new")()
    assert sum(f.stat().st_size for f in (tmp_path / "s").glob("*.entry")) <= size
    assert other.exists()
    (tmp_path / "file").write_text("no folder")
    assert counted(tmp_path / "file" / "s")() == 1
    (tmp_path / "link").symlink_to(tmp_path / "s", target_is_directory=True)
    assert (counted(tmp_path / "link", 0)(), counted(tmp_path / "link", 0)()) == (1, 1)
    assert Kept().get("seven", lambda: 7) == 7
    monkeypatch.setenv(entries.PLACE, "off")
    assert Store.beside(tmp_path).folder is None


def test_estimates_are_found_again_until_anything_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One byte of data, one setting, the program: worked out anew; the budget: not."""
    simulate(tmp_path, seed=7, users=300, weeks=6, channels=3)
    file, data = tmp_path / "scenario.yaml", tmp_path / "data/events.csv"
    learned, worked_out = [], []
    learn = made._learn

    def learn_once(*given: object) -> object:  # later on only how often it is asked counts
        learned.append(1)
        if not worked_out:
            worked_out.append(learn(*given))
        return worked_out[0]

    monkeypatch.setattr(made, "_learn", learn_once)
    monkeypatch.delenv(entries.PLACE, raising=False)

    def ask(*changes: str) -> tuple[int, bytes]:
        del learned[:]
        scenario = load_scenario(file, ["attribution.intervals=0", *changes])
        found = estimate(scenario, store=Store.beside(tmp_path))
        told = encode([found.credited, found.responses, found.personas, [*map(str, found.notes)]])
        return len(learned), told

    fresh, first = ask()
    again, second = ask("budget=12345")
    assert (fresh, again) == (1, 0)
    assert first == second
    worked_out.clear()
    bare = estimate(load_scenario(file, ["attribution.intervals=0"]))
    assert encode([bare.credited, bare.responses, bare.personas, [*map(str, bare.notes)]]) == first
    assert ask("attribution.half_life_days=6.5")[0] == 1
    assert ask()[0] == 0
    data.write_bytes(data.read_bytes().replace(b"touch", b"touch ", 1))
    assert ask()[0] == 1
    (tmp_path / "data/mapping.yaml").write_text("decimal: .\n")
    assert ask()[0] == 1
    monkeypatch.setattr(entries, "program", lambda: "another version")
    assert ask()[0] == 1


@pytest.mark.parametrize("models", [["markov"], ["last", "position"], ["shapley"]])
def test_counts_that_are_kept_give_the_same_credit(models: list[str], tmp_path: Path) -> None:
    """Whatever was counted along for the next model leaves no trace in the answer of this one."""
    rows = [f"u{u},2026-03-{1 + (u * 7 + t * 3) % 28:02} 1{t}:00,{'abcd'[(u + t * t) % 4]},touch,"
            for u in range(40) for t in range(1 + u % 4)]  # fmt: skip
    rows += [f"u{u},2026-03-29 12:00,,purchase,{u / 7:.3f}" for u in range(0, 40, 3)]
    table = tmp_path / "events.csv"
    table.write_text("user_id,timestamp,channel,event,value\n" + "\n".join(rows) + "\n")
    bare = attribute(table, models=models, intervals=5).as_dict()
    kept = Store(tmp_path / "s").under({"table": 1}, lambda: True)
    assert attribute(table, models=models, intervals=5, kept=kept).as_dict() == bare
    (entry,) = (tmp_path / "s").glob("counts-*.entry")
    before = entry.stat().st_size
    assert attribute(table, models=models, intervals=5, kept=kept).as_dict() == bare
    assert attribute(table, models=["linear"], intervals=5, kept=kept).as_dict() == (
        attribute(table, models=["linear"], intervals=5).as_dict()
    )
    assert [f.stat().st_size for f in (tmp_path / "s").glob("counts-*.entry")] == [before]
