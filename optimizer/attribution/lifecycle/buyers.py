"""After the first purchase: how often buyers order again, with and without touches.

Two stages that are seen, not hidden (one order, more), so plain noisy-or rates per user-day.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.attribution.lifecycle.estimate import TRIALS
from optimizer.attribution.lifecycle.sequence import SPAN, Array, active_touches
from optimizer.journeys.stages import EventDays


@dataclass(frozen=True)
class Buyers:
    """buy: C x 2 chance per touch that it makes a buyer order; hazard: (2,) per day; days: (2,) user-days;
    reached: C x 2 touches; orders: B x C x 2 expected orders made by touches; trials: B x C x 2; people: U stage at
    the end (0 has not bought, 1 one order, 2 more)."""

    buy: Array
    hazard: Array
    days: Array
    reached: Array
    orders: Array
    trials: Array
    people: Array


def buyers(
    days: EventDays, own: float, buckets: int, inert: NDArray[np.bool_], rounds: int = 12
) -> Buyers:
    """Rates of repeat orders; inert: (C,) channels whose touches are signs only. The day of the first purchase itself belongs to the time before it."""
    count, users = len(days.channels), len(days.bucket)
    user, day, orders, _ = days.order
    stage = np.zeros(users, dtype=np.int64)
    if not len(user):
        zero = np.zeros((count, 2))
        wide = np.zeros((buckets, count, 2))
        return Buyers(
            zero, np.full(2, 1e-6), np.zeros(2), zero.copy(), wide, wide.copy(), stage.astype(float)
        )
    first = days.first_orders
    began = np.full(users, -1)
    began[user[first]] = day[first]
    loyal = np.full(users, days.days)  # day of the second order
    many_at_once = first & (orders > 1)
    second = np.flatnonzero(~first)
    np.minimum.at(loyal, user[second], day[second])
    np.minimum.at(loyal, user[many_at_once], day[many_at_once])
    stage[user[first]] = 1
    stage[loyal < days.days] = 2
    toucher, when, channel, n, post = days.touch
    toucher, when, channel, n = toucher[post], when[post], channel[post], n[post]
    key = np.unique(
        np.concatenate(
            [toucher * SPAN + when, toucher * SPAN + when + 1, user[~first] * SPAN + day[~first]]
        )
    )
    who, on = key // SPAN, key % SPAN
    keep = (on < days.days) & (began[who] >= 0) & (on > began[who])
    key, who, on = key[keep], who[keep], on[keep]
    touches, active = active_touches(key, toucher * SPAN + when, channel, n, count, own)
    active[:, inert] = 0.0
    made = np.zeros(len(key))
    later = user[~first] * SPAN + day[~first]
    at = np.searchsorted(key, later)
    made[at] = 1.0
    state = (loyal[who] < on).astype(np.int64)
    lived = np.zeros(2)
    has = began >= 0
    lived[0] = float((np.minimum(loyal[has], days.days) - began[has]).sum())
    lived[1] = float(np.maximum(days.days - 1 - loyal[has], 0).sum())
    group = days.bucket[who] % buckets
    buy = np.full((count, 2), 0.005)
    hazard = np.array([made[state == s].sum() / max(lived[s], 50.0) for s in (0, 1)]).clip(
        1e-7, 0.5
    )
    reached = np.stack([touches[state == s].sum(axis=0) for s in (0, 1)], axis=1)
    wins, trials = np.zeros((buckets, count, 2)), np.zeros((buckets, count, 2))
    for _ in range(rounds):
        chance = 1 - (1 - hazard[state]) * np.exp((active * np.log1p(-buy.T[state])).sum(axis=1))
        fired = made / np.maximum(chance, 1e-12)
        for s in (0, 1):
            pick = state == s
            for c in range(count):
                wins[:, c, s] = (
                    np.bincount(group[pick], active[pick, c] * fired[pick], minlength=buckets)
                    * buy[c, s]
                )
                trials[:, c, s] = np.bincount(group[pick], active[pick, c], minlength=buckets)
        organic = np.array([(fired * hazard[state])[state == s].sum() for s in (0, 1)])
        hits, tried = wins.sum(axis=0), trials.sum(axis=0)
        mean = (hits.sum(axis=0) + 0.05) / (tried.sum(axis=0) + TRIALS)
        buy = ((hits + TRIALS * mean) / (tried + TRIALS)).clip(1e-8, 0.9)
        buy[inert] = 0.0
        hazard = ((organic + 0.01) / (lived + 50)).clip(1e-8, 0.5)
    return Buyers(buy, hazard, lived, reached, wins, trials, stage.astype(float))
