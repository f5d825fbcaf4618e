"""How long each arrow usually takes, from the size of the tables: for an honest "time left", never for a result.

The factors were measured on one core of a small server; only their ratios matter, the pace is corrected on the way.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from optimizer.scenario import Scenario

READ = 4e-6  # seconds per row, on top of START
CREDIT = 6e-6
STAGES = 6e-5  # the stage model, which reads a sample of at most SAMPLE rows
SAMPLE = 500_000
BYTES = {".parquet": 7.0}  # per row; text tables have about 50
START = 0.3
DATABASE = 2e6  # rows


def expected(scenario: Scenario, others: Sequence[Scenario] = ()) -> list[tuple[str, float]]:
    """The steps of `run` in order with their usual seconds; or of a `sweep` over this scenario and others."""
    from optimizer.pipeline import evidence

    steps, before = [], None
    for one in (scenario, *others):
        now = evidence(one)
        steps += (_learning(one) if now != before else []) + _deciding(one)
        before = now
    return steps


def _learning(scenario: Scenario) -> list[tuple[str, float]]:
    rows = sum(
        _rows(scenario, file) for file in (scenario.data.events, scenario.data.paths) if file
    )
    return [
        ("reading the tables", START + READ * rows if rows else 0.1),
        (
            "attributing",
            START + CREDIT * rows + (STAGES * min(rows, SAMPLE) if _staged(scenario) else 0.0)
            if rows
            else 0.0,
        ),
        ("fitting curves", 0.2 if rows else 0.05),
    ]


def _deciding(scenario: Scenario) -> list[tuple[str, float]]:
    settling = [("running the stages forward", 0.8)] if _staged(scenario) else []
    return [
        *settling,
        (
            "allocating",
            0.5 + 0.02 * max(1, len(scenario.channels)) * max(1, scenario.horizon) ** 0.5,
        ),
    ]


def _staged(scenario: Scenario) -> bool:
    """Whether the stage model is likely: it is asked for, or nothing else is."""
    return scenario.data.events is not None and scenario.attribution.model in (None, "lifecycle")


def _rows(scenario: Scenario, file: str) -> float:
    """Rows of a table by its size on disk; a database's are not known and taken for many."""
    if "://" in file or "::" in file:
        return DATABASE
    path = scenario.folder / Path(file).expanduser()
    try:
        if path.is_dir():
            return (
                float(sum(part.stat().st_size for part in path.rglob("*.parquet")))
                / BYTES[".parquet"]
            )
        return float(path.stat().st_size) / BYTES.get(path.suffix, 50.0)
    except OSError:
        return 0.0
