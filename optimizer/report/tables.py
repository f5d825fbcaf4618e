"""plan.csv and attribution.csv: full numbers for programs, names a spreadsheet cannot run."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Sequence
from typing import Any

from optimizer.allocation.plan import Plan
from optimizer.attribution.credit import COLUMNS as ATTRIBUTION
from optimizer.attribution.credit import Attribution

PLAN = (
    "channel",
    "period",
    "spend",
    "posts",
    "touches",
    "customers",
    "revenue",
    "average_cac",
    "marginal_cac",
    "commission",
    "profit",
)


def plan_csv(plan: Plan) -> str:
    """One row per channel and period, in the plan's order."""
    return to_csv(plan_rows(plan), PLAN)


def plan_rows(plan: Plan) -> list[dict[str, Any]]:
    """The plan's lines by column, without what a csv file leaves out."""
    return [{name: row[name] for name in PLAN} for row in plan.as_dict()["spend"]]


def attribution_csv(attribution: Attribution) -> str:
    """One row per model and channel."""
    rows = (
        {**row, "model": credit.label}
        for credit in attribution.credits
        for row in credit.as_dict()["channels"]
    )
    return to_csv(rows, ATTRIBUTION)


def to_csv(rows: Iterable[dict[str, Any]], columns: Sequence[str]) -> str:
    """Rows as csv text.

    A text cell that a spreadsheet would run as a formula gets a leading apostrophe; NaN is empty.

    Parameters
    ----------
    rows
        Values by column; what a row lacks is an empty cell, what is no column is left out.
    columns
        The head, in its order.

    Returns
    -------
    str
        The head and the rows, each ended by a line feed.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([cell(row.get(column)) for column in columns])
    return out.getvalue()


def cell(value: Any) -> Any:
    """A value as it stands in a csv file."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    if isinstance(value, str) and value.lstrip()[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return "'" + value
    return value
