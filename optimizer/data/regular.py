"""Spend on a regular calendar: every period between the first and the last, every channel a column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from optimizer.errors import UserError
from optimizer.messages import _
from optimizer.registry import did_you_mean

if TYPE_CHECKING:
    import pandas as pd

    from optimizer.data.tables import Spend

FINENESS = {"day": 0, "week": 1, "month": 2}


def regular(spend: Spend, period: str, column: str, channels: Sequence[str] | None) -> pd.DataFrame:
    """Periods x channels of one column of a spend table; see `Spend.weekly`."""
    import pandas as pd

    if period not in FINENESS:
        raise UserError(
            _("unknown period '{period}'", period=period), "period", did_you_mean(period, FINENESS)
        )
    for channel in channels or ():
        if channel not in spend.channels:
            raise UserError(
                _("no spend of '{channel}'", channel=channel),
                spend.label,
                did_you_mean(channel, spend.channels),
            )
    if FINENESS[spend.period] > FINENESS[period] or (spend.period, period) == ("week", "month"):
        raise UserError(
            _("{period}s cannot be counted in {other}s", period=spend.period, other=period),
            spend.label,
            _("give the table by day")
            if period == "month"
            else _("give the table by {period} or by day", period=period),
        )
    frame = spend.frame
    start = frame["period"]
    if period != spend.period:
        start = start.dt.to_period("W-SUN" if period == "week" else "M").dt.start_time
    wide = frame.assign(period=start).pivot_table(
        index="period",
        columns="channel",
        values=column,
        aggfunc=lambda cells: cells.sum(min_count=1),
        dropna=False,
        observed=False,
    )
    wide = wide.reindex(columns=list(spend.channels))
    step = {"day": "D", "week": "7D", "month": "MS"}[period]
    wide = wide.reindex(pd.date_range(wide.index[0], wide.index[-1], freq=step, name="period"))
    # No row means no spend; a column the table never fills for a channel stays unknown.
    known = wide.columns[wide.notna().any()]
    present = (
        frame.assign(period=start)
        .groupby(["period", "channel"])
        .size()
        .unstack("channel")
        .reindex(index=wide.index, columns=wide.columns)
    )
    wide[known] = wide[known].where(wide[known].notna() | present[known].notna(), 0.0)
    wide.columns.name = "channel"
    return wide if channels is None else wide[list(channels)]
