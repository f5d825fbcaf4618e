"""Spend on a regular calendar: every period from the first to the last, every channel a column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from optimizer.errors import UserError
from optimizer.messages import Text, _
from optimizer.registry import did_you_mean

if TYPE_CHECKING:
    import pandas as pd

FINENESS = {"day": 0, "week": 1, "month": 2}


def to_period(
    frame: pd.DataFrame, period: str, wanted: str, column: str, channels: Sequence[str], label: Text
) -> pd.DataFrame:
    """Periods x channels of one column of a spend frame.

    Parameters
    ----------
    frame
        One row per period and channel, as in `tables.Spend`.
    period
        Its own period: day, week or month.
    wanted
        The period of the result, no finer than the frame's.
    column
        Which column to spread out (currency per period for spend).
    channels
        All channels, in the order of the result's columns.
    label
        What the table is called in messages.

    Returns
    -------
    pandas.DataFrame
        The index holds each period's first day, without gaps. A channel without a row in a period
        had nothing then: 0. What the table never says of a channel is NaN throughout.

    Raises
    ------
    UserError
        Where the periods do not add up: months to weeks, weeks to months, anything to something
        finer.
    """
    import pandas as pd

    _addable(period, wanted, label)
    start = frame["period"]
    if wanted != period:
        start = start.dt.to_period("W-SUN" if wanted == "week" else "M").dt.start_time
    wide = frame.assign(period=start).pivot_table(
        index="period",
        columns="channel",
        values=column,
        aggfunc=lambda cells: cells.sum(min_count=1),
        dropna=False,
        observed=False,
    )
    wide = wide.reindex(columns=list(channels))
    step = {"day": "D", "week": "7D", "month": "MS"}[wanted]
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
    return wide


def _addable(period: str, wanted: str, label: Text) -> None:
    """Raise `UserError` where periods of one kind are no sum of the other."""
    if wanted not in FINENESS:
        raise UserError(
            _("unknown period '{period}'", period=wanted), "period", did_you_mean(wanted, FINENESS)
        )
    if FINENESS[period] > FINENESS[wanted] or (period, wanted) == ("week", "month"):
        raise UserError(
            _("{period}s cannot be counted in {other}s", period=period, other=wanted),
            label,
            _("give the table by day")
            if wanted == "month"
            else _("give the table by {period} or by day", period=wanted),
        )
