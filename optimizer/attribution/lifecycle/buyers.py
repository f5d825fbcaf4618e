"""After the first purchase: how often buyers order again, with and without touches.

Two stages that are seen, not hidden (one order, more), so plain noisy-or chances per touch and
day, by expectation-maximisation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from optimizer.attribution.lifecycle.partial_pooling import TRIALS
from optimizer.attribution.lifecycle.sequence import SPAN, Array, Index, active_touches, by_bucket
from optimizer.journeys.event_days import EventDays

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix


@dataclass(frozen=True)
class Buyers:
    """What makes buyers order again. C channels, two stages of buyers, B user buckets.

    Parameters
    ----------
    buy
        C x 2 chance per touch that it makes a buyer order.
    hazard
        (2,) daily chance to order untouched.
    days
        (2,) user-days in each stage.
    reached
        C x 2 touches on buyers.
    orders, trials
        B x C x 2: expected orders made by touches, touches at work.
    people
        U, stage at the end: 0 has not bought, 1 one order, 2 more.
    """

    buy: Array
    hazard: Array
    days: Array
    reached: Array
    orders: Array
    trials: Array
    people: Array


@dataclass(frozen=True)
class _BuyerDays:
    """Event-days after the first purchase: touches and touches at work (R x C), whether they
    ordered (R), stage (R), bucket (R), and the days lived in each stage (2).
    """

    touches: csr_matrix
    active: csr_matrix
    ordered: Array
    stage: Index
    group: Index
    lived: Array


def fit_buyers(
    days: EventDays, same_day: float, buckets: int, inert: NDArray[np.bool_], rounds: int = 12
) -> Buyers:
    """Chances of repeat orders. The day of the first purchase itself belongs to the time before it.

    Parameters
    ----------
    days
        The event-days of all users.
    same_day
        Part of a touch's effect on its own day, see `same_day_share`.
    buckets
        B, groups of users by which the expected counts are kept.
    inert
        (C,) channels whose touches are signs only.
    rounds
        Rounds of expectation-maximisation.
    """
    count, users = len(days.channels), len(days.bucket)
    stage = np.zeros(users, dtype=np.int64)
    if not len(days.order[0]):
        zero = np.zeros((count, 2))
        wide = np.zeros((buckets, count, 2))
        return Buyers(
            zero, np.full(2, 1e-6), np.zeros(2), zero.copy(), wide, wide.copy(), stage.astype(float)
        )
    began, loyal = _first_and_second_orders(days)
    stage[began >= 0] = 1
    stage[loyal < days.days] = 2
    rows = _buyer_days(days, began, loyal, same_day, buckets, inert)
    by_stage = np.eye(2)[rows.stage]
    buy = np.full((count, 2), 0.005)
    hazard = (rows.ordered @ by_stage / np.maximum(rows.lived, 50.0)).clip(1e-7, 0.5)
    reached = rows.touches.T @ by_stage
    grouped = by_bucket(rows.active, rows.group, buckets)
    trials = (grouped.T @ by_stage).reshape(buckets, count, 2)
    for _ in range(rounds):
        fired = _fired(rows, buy, hazard)
        wins = (grouped.T @ (fired[:, None] * by_stage)).reshape(buckets, count, 2) * buy
        organic = fired @ by_stage * hazard
        hits, tried = wins.sum(axis=0), trials.sum(axis=0)
        mean = (hits.sum(axis=0) + 0.05) / (tried.sum(axis=0) + TRIALS)
        buy = ((hits + TRIALS * mean) / (tried + TRIALS)).clip(1e-8, 0.9)
        buy[inert] = 0.0
        hazard = ((organic + 0.01) / (rows.lived + 50)).clip(1e-8, 0.5)
    return Buyers(buy, hazard, rows.lived, reached, wins, trials, stage.astype(float))


def _fired(rows: _BuyerDays, buy: Array, hazard: Array) -> Array:
    """Orders per unit of the chance that caused them, R (noisy-or)."""
    worked = rows.active @ np.log1p(-buy)
    chance = 1 - (1 - hazard[rows.stage]) * np.exp(worked[np.arange(len(worked)), rows.stage])
    return np.asarray(rows.ordered / np.maximum(chance, 1e-12), dtype=np.float64)


def _first_and_second_orders(days: EventDays) -> tuple[Index, Index]:
    """Day of each user's first order (-1: none) and of the second (the number of days: none)."""
    user, day, orders, _ = days.order
    first = days.first_orders
    began = np.full(len(days.bucket), -1)
    began[user[first]] = day[first]
    loyal = np.full(len(days.bucket), days.days)
    many_at_once = first & (orders > 1)
    second = np.flatnonzero(~first)
    np.minimum.at(loyal, user[second], day[second])
    np.minimum.at(loyal, user[many_at_once], day[many_at_once])
    return began, loyal


def _buyer_days(
    days: EventDays,
    began: Index,
    loyal: Index,
    same_day: float,
    buckets: int,
    inert: NDArray[np.bool_],
) -> _BuyerDays:
    """The event-days after each first purchase. began, loyal: see `_first_and_second_orders`."""
    user, day, _, _ = days.order
    first = days.first_orders
    toucher, when, channel, n, post = days.touch
    toucher, when, channel, n = toucher[post], when[post], channel[post], n[post]
    later = user[~first] * SPAN + day[~first]
    key = np.unique(np.concatenate([toucher * SPAN + when, toucher * SPAN + when + 1, later]))
    who, on = key // SPAN, key % SPAN
    keep = (on < days.days) & (began[who] >= 0) & (on > began[who])
    key, who, on = key[keep], who[keep], on[keep]
    touches, active = active_touches(key, toucher * SPAN + when, channel, n, inert, same_day)
    ordered = np.zeros(len(key))
    ordered[np.searchsorted(key, later)] = 1.0
    lived = np.zeros(2)
    has = began >= 0
    lived[0] = float((np.minimum(loyal[has], days.days) - began[has]).sum())
    lived[1] = float(np.maximum(days.days - 1 - loyal[has], 0).sum())
    stage = (loyal[who] < on).astype(np.int64)
    return _BuyerDays(touches, active, ordered, stage, days.bucket[who] % buckets, lived)
