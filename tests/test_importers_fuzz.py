"""A few hundred mutated exports: refused, or right, or told; never a traceback. The large run: benchmarks/fuzz_importers.py."""

from __future__ import annotations

import random

import pytest

from optimizer.errors import UserError
from tests.importer_worlds import WORLDS, attempt, encode, intact_values, mutate, packed

# After these the remaining rows are what the file says: fewer rows, or another column under a name.
CHANGED = {
    "flip",
    "flip_many",
    "insert",
    "cut_rows",
    "cut_bytes",
    "swap_header",
    "drop_column",
    "repeat_column",
}


@pytest.mark.parametrize("name", sorted(WORLDS))
def test_mutated_exports(name, tmp_path):
    rng = random.Random(f"fuzz {name}")
    path = tmp_path / "export.csv"
    whole = []
    for _ in range(20):
        rows = WORLDS[name][0](rng, rng.randrange(3, 30))
        kind, data = mutate(rows, rng)
        path.write_bytes(data)
        try:
            outcome = attempt(name, path, rng.choice(["auto", name]))
        except UserError:
            continue
        if outcome.refused is not None:
            continue
        values = intact_values(name, rows)
        same = outcome.total == pytest.approx(sum(values), abs=0.005)
        whole.append(same)
        if kind not in CHANGED and not outcome.told:
            assert same, (kind, outcome)
        if kind == "cut_rows" and not outcome.told:
            parts = [sum(values[:n]) for n in range(len(values) + 1)]
            assert any(outcome.total == pytest.approx(part, abs=0.005) for part in parts), outcome
    assert sum(whole) >= 2  # not everything is refused


@pytest.mark.parametrize("name", sorted(WORLDS))
def test_the_unharmed_exports_read_right(name, tmp_path):
    rng = random.Random(name)
    for _ in range(3):
        rows = WORLDS[name][0](rng, 25)
        (tmp_path / "export.csv").write_bytes(encode(rows, rng))
        outcome = attempt(name, tmp_path / "export.csv")
        assert outcome.refused is None
        assert outcome.total == pytest.approx(sum(intact_values(name, rows)))


def test_damaged_containers(tmp_path):
    """Workbooks, archives, parquet, JSON lines with flipped or missing bytes."""
    rng = random.Random("containers")
    path = tmp_path / "export.bin"
    right = 0
    for _ in range(40):
        name = rng.choice(sorted(WORLDS))
        rows = WORLDS[name][0](rng, 12)
        kind, data = packed(rows, rng)
        path.write_bytes(data)
        try:
            outcome = attempt(name, path, name)
        except UserError:
            continue
        if outcome.refused is None:
            same = outcome.total == pytest.approx(sum(intact_values(name, rows)), abs=0.005)
            assert same or outcome.told or kind.startswith("json"), (
                kind,
                outcome,
            )  # a line of JSON that is cut off is no line
            right += same
        assert outcome.refused is None or not kind.endswith("none"), outcome.refused
    assert right >= 6
