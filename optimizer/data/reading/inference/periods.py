"""What a row covers: a day, a week or a month; told by how it is written, by its last day, or by the
distances between the dates.
"""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from optimizer.data.reading import day_cells
from optimizer.data.reading.columns import header_key
from optimizer.data.reading.headers import Match
from optimizer.data.reading.source import DATA, Reading
from optimizer.errors import Problem
from optimizer.messages import Message, _, listed

UNITS = ("day", "week", "month")


@dataclass(frozen=True)
class Grain:
    """What the rows of a table cover.

    unit: day, week or month; None where nothing tells. said: whether the cells say it themselves (a
    month, a range of days), so that a single one is known. evidence, cells: what tells.
    """

    unit: str | None = None
    said: bool = False
    evidence: Message | None = None
    cells: int | None = None


def grain_of(reading: Reading, lengths: dict[str, int]) -> tuple[Grain, list[Problem]]:
    """What the rows of a part cover.

    Parameters
    ----------
    reading
        The part, with its period typed.
    lengths
        {day, week, month or a number of days: cells} of its texts, where they say it.
    """
    match = next((m for m in reading.used if m.entry.to == "period"), None)
    if match is None:
        return Grain(), []
    chosen = reading.choices.period
    if chosen is not None:
        return Grain(chosen, True, _("as you said")), []
    until = next((m for m in reading.used if m.entry.to == "until"), None)
    spans = {header_key(name) for name in getattr(reading.layout, "spans", ())}
    if until is not None and header_key(match.header) in spans:
        between = _between(reading)  # such rows are spread over their days, whatever they cover
        unit = next(iter(between)) if len(between) == 1 else None
        evidence, cells_ = _("first and last day of every row"), sum(between.values())
        return Grain(unit if unit in UNITS else None, True, evidence, cells_), []
    odd = sorted((length for length in lengths if length not in UNITS), key=int)
    if odd:
        return Grain(), [_odd(reading, match, odd)]
    if len(lengths) > 1:
        what = _("some rows cover a month or a week and others a day")
        fix = _("export again with one kind of rows")
        return Grain(), [Problem(what, reading.place(match), fix)]
    if lengths and set(lengths) != {"day"}:
        ((unit, cells_),) = lengths.items()
        return Grain(unit, True, _("how the cells are written"), cells_), []
    return _by_distance(reading), []


def _odd(reading: Reading, match: Match, days: Sequence[str]) -> Problem:
    return Problem(
        _(
            "rows cover {days} days, which is neither a day, a week nor a month",
            days=listed(days, "or"),
        ),
        reading.place(match),
        _("export by day, week or month"),
    )


def _between(reading: Reading) -> dict[str, int]:
    """{length: rows} of the rows that say their last day."""
    length = day_cells.length_between("period", "until")
    rows = reading.connection.execute(
        f"SELECT {length}, count(*) FROM {reading.table} WHERE _state = {DATA}"
        " AND period IS NOT NULL AND until IS NOT NULL GROUP BY 1 ORDER BY 1"
    ).fetchall()
    return {str(length): int(n) for length, n in rows}


def _by_distance(reading: Reading) -> Grain:
    """The grain of dates, from the distances between them."""
    dates = reading.column(
        f"SELECT DISTINCT CAST(period AS DATE) FROM {reading.table}"
        f" WHERE _state = {DATA} AND period IS NOT NULL ORDER BY 1 LIMIT 2000"
    )
    unit = unit_of(dates)
    return Grain(unit, False, _("the distances between the dates"), len(dates)) if unit else Grain()


def unit_of(dates: Sequence[datetime.date]) -> str | None:
    """day, week or month, of sorted dates; None for fewer than two.

    >>> unit_of([datetime.date(2026, 6, 1), datetime.date(2026, 7, 1)])
    'month'
    """
    if len(dates) < 2:
        return None
    if all(date.day == 1 for date in dates):
        return "month"
    gaps = [(b - a).days for a, b in itertools.pairwise(dates)]
    return "week" if all(gap % 7 == 0 for gap in gaps) else "day"
