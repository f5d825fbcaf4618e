"""How long each arrow usually takes, from the size of the tables: for an honest "time left", never
for a result.

The factors were measured on one core of a small server; only their ratios matter, the pace is
corrected on the way.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from optimizer.addresses import is_address
from optimizer.messages import Text
from optimizer.pipeline import steps
from optimizer.pipeline.fingerprint import evidence
from optimizer.scenario import Scenario

READ = 4e-6  # seconds per row, on top of START
CREDIT = 6e-6
STAGES = 2e-5  # the stage model, which reads a sample of at most SAMPLE rows
SAMPLE = 500_000
BYTES = {".parquet": 7.0}  # per row; text tables have about 50
START = 0.3
BELIEF = 15.0  # seconds of draws from totals
DATABASE = 2e6  # rows

Steps = list[tuple[Text, float]]  # what is being done, and the seconds it usually takes


def expected(scenario: Scenario, others: Sequence[Scenario] = ()) -> Steps:
    """The steps of `run`, or of a `sweep` over this scenario and others.

    Returns
    -------
    list
        (step, usual seconds), in order.
    """
    out: Steps = []
    before = None
    for one in (scenario, *others):
        now = evidence(one)
        out += (_estimating(one) if now != before else []) + _deciding(one)
        before = now
    return out


def _estimating(scenario: Scenario) -> Steps:
    files = (scenario.data.events, scenario.data.paths)
    rows = sum(_rows(scenario, file) for file in files if file)
    stages = STAGES * min(rows, SAMPLE) if _staged(scenario) else 0.0
    return [
        (steps.READ, START + READ * rows if rows else 0.1),
        (steps.ATTRIBUTE, START + CREDIT * rows + stages if rows else 0.0),
        (steps.FIT, 0.2 if rows else BELIEF if scenario.data.totals else 0.05),
    ]


def _deciding(scenario: Scenario) -> Steps:
    size = max(1, len(scenario.channels)) * max(1, scenario.horizon) ** 0.5
    chain: Steps = [(steps.FORECAST, 0.8)] if _staged(scenario) else []
    return [*chain, (steps.ALLOCATE, 0.5 + 0.02 * size)]


def _staged(scenario: Scenario) -> bool:
    """Whether the stage model is likely: it is asked for, or nothing else is."""
    return scenario.data.events is not None and scenario.attribution.model in (None, "lifecycle")


def _rows(scenario: Scenario, file: str) -> float:
    """Rows of a table by its size on disk; a database's are not known and taken for many."""
    if is_address(file) or "::" in file:
        return DATABASE
    path = Path(scenario.place(file))
    try:
        if path.is_dir():
            size = sum(part.stat().st_size for part in path.rglob("*.parquet"))
            return float(size) / BYTES[".parquet"]
        return float(path.stat().st_size) / BYTES.get(path.suffix, 50.0)
    except OSError:
        return 0.0
