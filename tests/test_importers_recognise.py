"""Every importer's sample against every importer: the right platform or a question, no stranger."""

from __future__ import annotations

import inspect
import random
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from optimizer.data.importers import IMPORTERS, Choices, read_exports
from optimizer.data.importers.declare import declared
from optimizer.data.importers.recognise import choose
from optimizer.data.importers.understand import understand
from optimizer.data.reading.columns import header_key
from optimizer.data.reading.headers import Header
from optimizer.errors import UserError
from tests.importer_samples import (
    CREATORS,
    EVENTS,
    MAIN,
    ORDERS,
    PATHS,
    SAMPLES,
    SHOP,
    SPEND,
    Sample,
)

AUTO = tuple(name for name in IMPORTERS if declared(name).auto)
# headers that have nothing to do with any platform
STRANGE = ("Filiale", "kommentar_intern", "负责同事", "Zeile geprüft", "审批单", "shelf", "ツリー")


def chosen(headers: tuple[str, ...]) -> str | None:
    """The importer that a header row is taken for; None: a question."""
    try:
        return choose(headers, AUTO, "export.csv")
    except UserError:
        return None


def meanings(name: str, headers: tuple[str, ...]) -> dict[str, str]:
    """{header: our column}"""
    header = Header(headers, 1, 1, 0, ",")
    matches, __ = understand(name, declared(name), header, {}, "export.csv")
    return {m.header: m.column.to for m in matches if m.column is not None}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda s: f"{s.name}-{header_key(s.headers[0])}")
def test_a_sample_is_recognised_in_any_dress(sample: Sample) -> None:
    headers = sample.headers
    assert chosen(headers) == sample.name
    plain = meanings(sample.name, headers)
    order = random.Random(sample.text)
    alone = {*headers} == {*declared(sample.name).alone}  # known by having nothing else
    for dressed in (
        tuple(order.sample(headers, len(headers))),
        *([] if alone else [(*STRANGE[:2], *headers)]),
        tuple(f" {h.upper()} \t" for h in headers),
    ):
        assert chosen(dressed) == sample.name
        told = {header_key(h): to for h, to in meanings(sample.name, dressed).items()}
        assert told == {header_key(h): to for h, to in plain.items()}


def test_a_mutated_sample_is_never_taken_for_a_stranger() -> None:
    """Columns dropped, columns of nobody added, a column of another platform beside."""
    rng = random.Random("strangers")
    told: Counter[bool] = Counter()
    strangers = []
    for sample in SAMPLES:
        for __ in range(12):
            headers = list(sample.headers)
            for __ in range(rng.randrange(0, max(1, len(headers) // 2))):
                headers.pop(rng.randrange(len(headers)))
            headers += rng.sample(STRANGE, rng.randrange(0, 4))
            if rng.random() < 0.3:
                headers.append(rng.choice(rng.choice(SAMPLES).headers))
            rng.shuffle(headers)
            found = chosen(tuple(headers))
            told[found == sample.name] += 1
            allowed = {sample.name, None}
            if not declared(sample.name).sign or declared(sample.name).general:
                continue  # what is left of one's own table is anything
            if found not in allowed:
                strangers.append((sample.name, found, headers))
    assert not strangers, strangers[:5]
    assert told[True] > 0.5 * told.total()


def _written(samples: list[Sample], folder: Path) -> list[Path]:
    files = []
    for number, sample in enumerate(samples):
        files.append(folder / f"export{number:02}.csv")
        files[-1].write_text(sample.text, encoding="utf-8")
    return files


@pytest.mark.parametrize(
    "samples", [SPEND, SHOP, ORDERS, EVENTS, PATHS, CREATORS], ids=lambda s: s[0].name
)
def test_samples_read_together_give_the_sums_worked_out_by_hand(
    samples: list[Sample], tmp_path: Path
) -> None:
    wanted: dict[str, float] = defaultdict(float)
    for sample in samples:
        wanted[declared(sample.name).channel or ""] += sample.total
    with read_exports("auto", _written(samples, tmp_path), Choices()) as found:
        assert not found.problems, found.problems[0]
        assert set(found.importers) == {sample.name for sample in samples}
        frame = found.frame()
    total = frame[MAIN[found.table]].sum()
    needed = {"events": ["user_id", "timestamp"], "orders": ["order_id", "timestamp"]}
    assert frame[needed.get(found.table, [])].notna().all(axis=None)
    assert total == pytest.approx(sum(s.total for s in samples), abs=1e-6)
    if found.table in ("spend", "shop", "orders"):
        by_channel = frame.groupby("channel")[MAIN[found.table]].sum()
        for channel, money in wanted.items():
            if channel and found.table != "shop":
                assert by_channel[channel] == pytest.approx(money, abs=1e-6), channel


def test_every_importer_has_a_sample_and_stands_on_a_page() -> None:
    shown = {sample.name for sample in SAMPLES}
    assert {name for name in AUTO if not declared(name).general} <= shown
    for name in IMPORTERS:
        lines = len(inspect.getsource(IMPORTERS[name]).splitlines())
        assert lines < 40, (name, lines)
