"""A placebo: steps on the day before a touch, which it cannot have caused."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.attribution.lifecycle.sequence import SPAN, Array
from optimizer.journeys.event_days import EventDays


@dataclass(frozen=True)
class Placebo:
    """Steps on the day *before* a touch, by channel. Clearly above 0: the channel follows people
    who have just moved.

    Parameters
    ----------
    excess
        (C,) steps per touch, beyond those of the days around it.
    error
        (C,) its standard error.
    """

    excess: Array
    error: Array


def placebo(days: EventDays) -> Placebo:
    """Compare steps the day before a touch with those three to seven days before, for people who
    had not bought.

    Parameters
    ----------
    days
        The event-days.
    """
    first = days.first_orders
    step = np.unique(
        np.concatenate(
            [days.sign[0] * SPAN + days.sign[1], days.order[0][first] * SPAN + days.order[1][first]]
        )
    )
    user, day, channel, _, post = days.touch
    key = (user * SPAN + day)[~post]
    owner = channel[~post]
    count = len(days.channels)
    touches = np.bincount(owner, minlength=count).astype(float)

    def before(lag: int) -> Array:
        hits: Array = np.bincount(
            owner, weights=np.isin(key - lag, step) & (day[~post] >= lag), minlength=count
        ).astype(float)
        return hits

    near = before(1)
    far = sum((before(lag) for lag in range(3, 8)), np.zeros(count)) / 5
    safe = np.maximum(touches, 1.0)
    return Placebo((near - far) / safe, np.sqrt(near + far / 5) / safe)
