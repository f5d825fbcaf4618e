"""What the event-days say by themselves, before any model: series, exposure classes, newcomers,
and doubts.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimizer.attribution.lifecycle.model import LATELY
from optimizer.attribution.lifecycle.sequence import Array
from optimizer.journeys.event_days import EventDays
from optimizer.messages import Message, _

CLASSES = 5
# days of data below which newcomers cannot be told from those who were there before
NEWCOMER_DAYS = 14


def daily_series(days: EventDays) -> tuple[Array, Array]:
    """Levels shown (days x K - 1) and first purchases a day (days,), of the people that were
    read.

    Parameters
    ----------
    days
        The event-days.
    """
    signs = np.zeros((days.days, len(days.ladder.levels) - 1))
    np.add.at(signs, (days.sign[1], days.sign[2] - 1), 1.0)
    first = days.first_orders
    return signs, np.bincount(days.order[1][first], minlength=days.days).astype(float)


def exposure_classes(days: EventDays) -> tuple[Array, NDArray[np.int64]]:
    """How unequally people are reached: classes by touches per day seen, their weights freed of
    counting noise.

    Returns
    -------
    (G,) relative chance that a touch finds a user of the class, and (U,) each user's class.
    """
    people = len(days.bucket)
    touches = np.bincount(days.touch[0], weights=days.touch[3], minlength=people)
    rate = touches / np.maximum(days.days - days.first_day, 1)
    order = np.argsort(rate, kind="stable")
    klass = np.empty(people, dtype=np.int64)
    klass[order] = np.arange(people) * CLASSES // max(people, 1)
    mean, var = float(touches.mean()), float(touches.var())
    trust = np.clip((var - mean) / var, 0.0, 1.0) if var > 0 else 0.0
    level = np.array(
        [rate[klass == g].mean() if (klass == g).any() else 0.0 for g in range(CLASSES)]
    )
    weight = 1 + np.sqrt(trust) * (level / max(float(level.mean()), 1e-12) - 1)
    return np.maximum(weight, 0.02), klass


def newcomers(days: EventDays, paid: NDArray[np.bool_]) -> tuple[Array, float]:
    """Who came lately that had never been seen.

    At the beginning of the data everybody is new to them, so less than `NEWCOMER_DAYS` days tell
    nothing, and little more is read from their second half.

    Parameters
    ----------
    days
        The event-days.
    paid
        (C,) channels that money can be put on.

    Returns
    -------
    (C,) share of each paid channel's touches that found somebody new, and the people a day who
    came without a paid touch (whole source).
    """
    if days.days < NEWCOMER_DAYS:
        return np.zeros(len(days.channels)), 0.0
    since = max(days.days - LATELY, days.days // 2)
    user, day, channel, count, __ = days.touch
    new = (days.first_day[user] == day) & (day >= since)
    total = np.bincount(channel[day >= since], count[day >= since], minlength=len(days.channels))
    people = np.bincount(user[new], minlength=len(days.bucket))
    found = np.zeros(len(days.channels))
    np.add.at(found, channel[new], 1.0 / people[user[new]])
    share = np.where(total > 0, found / np.maximum(total, 1.0), 0.0)
    arrived = float((days.first_day >= since).sum()) - float(found[paid].sum())
    return np.where(paid, share, 0.0), max(arrived, 0.0) / days.share / (days.days - since)


def doubts(days: EventDays, paid: NDArray[np.bool_]) -> list[Message]:
    """What the data cannot tell, before any model.

    Parameters
    ----------
    days
        The event-days.
    paid
        (C,) channels that money can be put on.
    """
    out = []
    reached = np.zeros(len(days.bucket), dtype=bool)
    reached[days.touch[0][paid[days.touch[2]] & ~days.touch[4]]] = True
    buyers_seen = np.unique(days.order[0])
    if not reached.any():
        out.append(
            _("no paid channel touched anybody before a purchase: nothing tells what they cause")
        )
    elif not reached[buyers_seen].any():
        out.append(
            _(
                "nobody who bought was touched by a paid channel before: whatever they cause, "
                "they can only have led others up the stages"
            )
        )
    if days.days < NEWCOMER_DAYS:
        out.append(
            _(
                "{days} day(s) of data: too short to tell newcomers from those who were there "
                "before; a plan counts on no newcomers",
                days=days.days,
            )
        )
    return out
