"""Users' event-days, laid out so that all users move through their days together.

Rows are ordered by position: first every user's first event-day, then every second one, and so on, users with the
longest lives first. A step of the recursion then works on one slice, and no loop runs over users.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.journeys.stages import EventDays

Array = NDArray[np.float64]
Index = NDArray[np.int64]
SPAN = 1_000_000  # no source has as many days
SHORT = 84  # days of data below which every one of them is needed
SETTLING = 28  # days at the beginning in which people still act on touches from before the data


@dataclass(frozen=True)
class Sequence:
    """Lives up to the first purchase. R rows (event-days), U users in the order of `user`.

    offset:  position -> first row; rows of position j are offset[j] : offset[j + 1], users 0 .. n_j - 1
    touches: R x C touches on the day; active: R x C touches at work (a touch works on its own and the next day)
    sign:    R, bit k - 1 is set where level k was shown; bought: R, the first purchase fell on that day
    gap:     R, days since the user's row before; tail: U, days from the last row to the end of the data
    user, bucket, klass: per user
    """

    channels: tuple[str, ...]
    levels: int
    days: int
    offset: Index
    touches: Array
    active: Array
    sign: Index
    bought: NDArray[np.bool_]
    day: Index
    gap: Index
    tail: Index
    user: Index
    bucket: Index
    owner: Index  # R, the row's user (position in `user`)
    inert: NDArray[np.bool_]  # C, channels whose touches are signs only
    since: int = 0  # what happens before this day says where people stand, not what moves them
    fade: float | None = None  # stated chance a day to fall back a level; None: estimated


def settled(days: int) -> int:
    """The day from which on events are counted. Before it, people act on touches that came before the data began, and
    that would pass for acting on none. Data of up to `SHORT` days have none to give away, four weeks more can spare them."""
    return min(max(days - SHORT, 0), SETTLING)


def same_day(days: EventDays) -> float:
    """Which part of a touch's effect falls on its own calendar day; the rest falls on the next one.

    From milestones: how much more often a touch lies on the same day, or the day before, than two to four days
    before. 0.85 where the data are too few to tell.
    """
    touch_key = np.unique(days.touch[0] * SPAN + days.touch[1])
    first = days.first_orders
    step = np.concatenate(
        [days.sign[0] * SPAN + days.sign[1], days.order[0][first] * SPAN + days.order[1][first]]
    )
    near = [float(np.isin(step - lag, touch_key).sum()) for lag in range(5)]
    usual = (near[2] + near[3] + near[4]) / 3
    own, later = max(near[0] - usual, 0.0), max(near[1] - usual, 0.0)
    if own + later < 100:
        return 0.85
    return float(np.clip(own / (own + later), 0.4, 1.0))


def active_touches(
    key: Index, touch_key: Index, channel: Index, count: Array, channels: int, own: float
) -> tuple[Array, Array]:
    """Touches on each row's day, and those at work there. `key`: user * SPAN + day of each row, sorted."""
    touches = np.zeros((len(key), channels))
    at = np.searchsorted(key, touch_key)
    hit = (at < len(key)) & (key[np.minimum(at, len(key) - 1)] == touch_key)
    np.add.at(touches, (at[hit], channel[hit]), count[hit])
    active = own * touches
    after = np.searchsorted(key, touch_key + 1)
    spill = (after < len(key)) & (key[np.minimum(after, len(key) - 1)] == touch_key + 1)
    np.add.at(active, (after[spill], channel[spill]), (1 - own) * count[spill])
    return touches, active


def arrange(
    days: EventDays, own: float, part: int = 1, inert: NDArray[np.bool_] | None = None
) -> Sequence:
    """Lay out the lives; with `part` = n only every n-th user's (to start the estimation with). inert: (C,) channels whose
    touches are signs of where somebody stands and are never at work."""
    user, day, channel, count, post = days.touch
    if part > 1:
        pick = user % part == 0
        user, day, channel, count, post = (
            user[pick],
            day[pick],
            channel[pick],
            count[pick],
            post[pick],
        )
    user, day, channel, count = user[~post], day[~post], channel[~post], count[~post]
    first = days.first_orders
    buyer, bought_on = days.order[0][first], days.order[1][first]
    signer, sign_on, level = days.sign
    if part > 1:
        signer, sign_on, level = (
            signer[days.sign[0] % part == 0],
            sign_on[days.sign[0] % part == 0],
            level[days.sign[0] % part == 0],
        )
        bought_on, buyer = bought_on[buyer % part == 0], buyer[buyer % part == 0]
    last = np.full(len(days.bucket), days.days - 1)
    last[buyer] = bought_on
    touch_key, sign_key, buy_key = (
        user * SPAN + day,
        signer * SPAN + sign_on,
        buyer * SPAN + bought_on,
    )
    key = np.unique(np.concatenate([touch_key, touch_key + 1, sign_key, buy_key]))
    key = key[key % SPAN <= last[key // SPAN]]
    touches, active = active_touches(key, touch_key, channel, count, len(days.channels), own)
    if inert is None:
        inert = np.zeros(len(days.channels), dtype=bool)
    active[:, inert] = 0.0
    sign = np.zeros(len(key), dtype=np.int64)
    np.bitwise_or.at(sign, np.searchsorted(key, sign_key), 1 << (level - 1))
    bought = np.zeros(len(key), dtype=bool)
    bought[np.searchsorted(key, buy_key)] = True
    owner, when = key // SPAN, key % SPAN
    people, start, length = np.unique(owner, return_index=True, return_counts=True)
    order = np.argsort(-length, kind="stable")
    longest = int(length.max()) if len(length) else 0
    alive = [int((length > j).sum()) for j in range(longest)]
    start = start[order]
    rows = (
        np.concatenate([start[:n] + j for j, n in enumerate(alive)])
        if alive
        else np.zeros(0, dtype=np.int64)
    )
    gap = np.ones(len(key), dtype=np.int64)
    gap[1:] = when[1:] - when[:-1]
    gap[np.sort(start)] = 1
    end = start + length[order] - 1
    tail = (
        np.where(bought[end], 0, days.days - 1 - when[end])
        if len(end)
        else np.zeros(0, dtype=np.int64)
    )
    place = np.empty(int(people.max()) + 1 if len(people) else 0, dtype=np.int64)
    place[people[order]] = np.arange(len(people))
    return Sequence(
        days.channels,
        len(days.ladder.levels),
        days.days,
        np.cumsum([0, *alive]),
        touches[rows],
        active[rows],
        sign[rows],
        bought[rows],
        when[rows],
        gap[rows],
        tail,
        people[order],
        days.bucket[people[order]],
        place[owner[rows]],
        inert,
        settled(days.days),
        None if days.ladder.timeout is None else float(min(1.0 / days.ladder.timeout, 0.5)),
    )
