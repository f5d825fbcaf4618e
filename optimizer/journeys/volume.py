"""Touch volume: how many touches each channel made on each day. The least noisy thing a channel's
spend moves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from optimizer.data.engine import literal
from optimizer.data.tables import Events

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]


def touches_by_day(events: Events) -> pd.DataFrame:
    """One row per day and channel with touches: day (midnight), channel, touches (a count).

    Parameters
    ----------
    events
        An opened events table.
    """
    return events.query(
        "SELECT CAST(date_trunc('day', timestamp) AS TIMESTAMP) AS day, channel,"
        " count(*) AS touches "
        f"FROM {events.table} WHERE event = 'touch' GROUP BY 1, 2 ORDER BY 1, 2"
    )


def first_purchases_by_day(events: Events, purchase: str = "purchase") -> list[tuple[str, int]]:
    """Day (ISO) and users whose first purchase it saw, days without any left out.

    Parameters
    ----------
    events
        An opened events table.
    purchase
        The event that wins a customer.
    """
    rows = events.engine.rows(
        "SELECT CAST(CAST(first AS DATE) AS VARCHAR), count(*) FROM ("
        f"SELECT user_id, min(timestamp) AS first FROM {events.table}"
        f" WHERE event = {literal(purchase)} GROUP BY user_id) AS firsts GROUP BY 1 ORDER BY 1"
    )
    return [(str(day), int(count)) for day, count in rows]


def by_period(
    days: pd.DataFrame, starts: NDArray[np.datetime64], end: np.datetime64, channel: str
) -> Array:
    """Touches of one channel in each period.

    Parameters
    ----------
    days
        See `touches_by_day`.
    starts
        P first days of the periods, sorted.
    end
        The day after the last period.
    channel
        Whose touches.

    Returns
    -------
    (P,) touches.
    """
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
