"""Whether a table's periods are days, weeks or months."""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Set

from optimizer.data.raw import Raw
from optimizer.data.reading import day_cells
from optimizer.data.reading.columns import header_key
from optimizer.data.reading.inference.periods import unit_of
from optimizer.data.reading.values import Found
from optimizer.errors import UserError
from optimizer.messages import Message, _

PERIODS = ("day", "week", "month")
# what a column's name says of its periods
NAMED = {
    "week": "week",
    "month": "month",
    "date": "day",
    "day": "day",
    "周": "week",
    "月份": "month",
}


def period_of(
    days: Set[datetime.date], when: Found, period: str | None, raw: Raw
) -> tuple[str, Message | None]:
    """day, week or month, from the distances between the dates; a remark where in doubt.

    Parameters
    ----------
    days
        First days of the table's periods.
    when
        The column they stand in.
    period
        What the user says (None: nothing).
    raw
        The table, to look at how periods are written and to say where.

    Raises
    ------
    UserError
        Where the dates are not what the user says.
    """
    dates = sorted(days)
    written = _written(raw, when)
    found = written or unit_of(dates)
    named = NAMED.get(header_key(when.name))
    if found is None:
        found = period or named or "week"
        return (
            found,
            None
            if period or named
            else _("{file}: one date only; it is taken as a week", file=raw.label),
        )
    if period and period != found:
        if (period, found) in (("week", "day"), ("month", "day"), ("month", "week")):
            return found, _(
                "{label}: the dates are {found}s, not {period}s",
                label=raw.label,
                found=found,
                period=period,
            )
        raise UserError(
            _("the dates are {found}s, not {period}s", found=found, period=period),
            _("{label}: column {column}", label=raw.label, column=when.name),
            _("say period: {found}, or give each {period} its own row", found=found, period=period),
        )
    return found, None


def _written(raw: Raw, when: Found) -> str | None:
    """What the cells name: weeks, months, or (None) dates."""
    if not (when.is_text or when.cell):
        return None
    cell = when.cell or when.text
    (sample,) = raw.engine.rows(
        f"SELECT min(trim({cell})) FROM {raw.view} WHERE {when.day} IS NOT NULL"
    )[0]
    sample = unicodedata.normalize("NFKC", sample)
    if re.fullmatch(day_cells.WEEK, sample):
        return "week"
    return "month" if any(re.fullmatch(month, sample) for month in day_cells.MONTHS) else None
