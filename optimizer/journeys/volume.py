"""Touch volume: how many touches each channel made on each day. The least noisy thing a channel's spend moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

    from optimizer.data.tables import Events

Array = NDArray[np.float64]


def touches_by_day(events: Events) -> pd.DataFrame:
    """One row per day and channel with touches: day (midnight), channel, touches (a count)."""
    return events.query(
        f"SELECT CAST(date_trunc('day', timestamp) AS TIMESTAMP) AS day, channel, count(*) AS touches "
        f"FROM {events.table} WHERE event = 'touch' GROUP BY 1, 2 ORDER BY 1, 2"
    )


def by_period(days: pd.DataFrame, starts: Array, end: np.datetime64, channel: str) -> Array:
    """Touches of one channel in each period; `starts`: the periods' first days, sorted; `end`: the day after the last."""
    mine = days[days["channel"] == channel]
    when = mine["day"].to_numpy(dtype="datetime64[D]")
    inside = (when >= starts[0]) & (when < end)
    out = np.zeros(len(starts))
    np.add.at(
        out,
        np.searchsorted(starts, when[inside], side="right") - 1,
        mine["touches"].to_numpy(dtype=float)[inside],
    )
    return out
