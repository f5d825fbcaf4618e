"""Rows that cover more than a day, as a column of their last days says: spread over their days."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from optimizer.data.engine import quoted
from optimizer.data.importers.merge import SUMS, WHOLE
from optimizer.data.reading.cells import NUMBER_TYPE
from optimizer.data.reading.source import DATA
from optimizer.data.reading.typed import Typed
from optimizer.errors import Problem
from optimizer.messages import Message, _

LONGEST = 31  # days that a row's sums may be spread over: a month


def spread(connection: Any, part: Typed) -> tuple[Typed, list[Problem], list[Message]]:
    """A part whose rows are days: what a week or a month cost, in equal parts on each of its days.

    The days' sums are exactly those of the rows; counts stay whole.

    Returns
    -------
    part
        Itself, where every row is a day already.
    problems
        For rows that end before they begin, or cover more than a month.
    notes
        What was spread.
    """
    if not {"period", "until"} <= set(part.columns):
        return part, [], []
    days = "coalesce(until - period, 0) + 1"
    longest, shortest, rows = connection.execute(
        f"SELECT max({days}), min({days}), count(*) FILTER ({days} > 1)"
        f" FROM {part.table} WHERE _state = {DATA}"
    ).fetchone()
    if longest is None or longest == shortest == 1:
        return part, [], []
    header = next(m.header.strip() for m in part.matches if m.column and m.column.to == "until")
    where = _("{where}: column '{header}'", where=part.part.where, header=header)
    if shortest < 1:
        what = _("some rows end before they begin")
        return part, [Problem(what, where, _("look whether days and months are swapped"))], []
    if longest > LONGEST:
        what = _("a row covers {days} days: nobody can tell when its money was spent", days=longest)
        return part, [Problem(what, where, _("export it again by day, week or month"))], []
    table = f"{part.table}_days"
    values = ["CAST(period + CAST(_at AS INTEGER) AS DATE) AS period"]
    values += [f"{_share(name)} AS {quoted(name)}" for name in part.columns if name in SUMS]
    connection.execute(
        f"CREATE TEMP TABLE {table} AS SELECT * EXCLUDE (_days, _at) REPLACE ({', '.join(values)})"
        f" FROM (SELECT *, unnest(range(0, _days)) AS _at"
        f" FROM (SELECT *, CASE WHEN _state = {DATA} THEN {days} ELSE 1 END AS _days"
        f" FROM {part.table}))"
    )
    (many,) = connection.execute(f"SELECT count(*) FROM {table} WHERE _state = {DATA}").fetchone()
    note = _(
        "{where}: {rows} rows cover several days, at most {days}: their numbers are spread "
        "evenly over these days",
        where=part.part.where,
        rows=rows,
        days=longest,
    )
    return replace(part, table=table, rows=int(many)), [], [note]


def _share(name: str) -> str:
    """SQL: what falls on one day, such that the days add up to the row exactly."""
    places = 0 if name in WHOLE else 6

    def until(day: str) -> str:
        made = f"round(CAST({quoted(name)} AS DOUBLE) * ({day}) / _days, {places})"
        return f"CAST({made} AS {NUMBER_TYPE})"

    return f"{until('_at + 1')} - {until('_at')}"
