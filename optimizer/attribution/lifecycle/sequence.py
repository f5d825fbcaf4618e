"""Users' event-days, laid out so that all users move through their days together.

Rows are ordered by position: first every user's first event-day, then every second one, and so on,
users with the longest lives first. A step of the recursion then works on one slice, and no loop
runs over users.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from optimizer.journeys.event_days import EventDays

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Array = NDArray[np.float64]
Index = NDArray[np.int64]
SPAN = 1_000_000  # no source has as many days
SHORT = 84  # days of data below which every one of them is needed
BURN_IN = 28  # days at the beginning in which people still act on touches from before the data


@dataclass(frozen=True)
class Sequence:
    """Lives up to the first purchase. R rows (event-days), U users in the order of `user`, C
    channels.

    Parameters
    ----------
    channels, levels, days
        Names of the channels, number of hidden levels K, days of data.
    offset
        Position -> first row; rows of position j are offset[j] : offset[j + 1], users 0 .. n_j - 1.
    touches, active
        R x C touches on the day, and touches at work (a touch works on its own and the next day);
        sparse: few channels meet somebody on one day.
    sign
        R, bit k - 1 is set where level k was shown.
    bought
        R, whether the first purchase fell on that day.
    day, gap
        R, the day of the data, and days since the user's row before.
    tail
        U, days from the last row to the end of the data.
    user, bucket
        U, the user's number in the event-days, and its bucket.
    owner
        R, the row's user (position in `user`).
    inert
        C, channels whose touches are signs only.
    since
        What happens before this day says where people stand, not what moves them; see `burn_in`.
    fade
        Stated chance a day to fall back a level; None: estimated.
    """

    channels: tuple[str, ...]
    levels: int
    days: int
    offset: Index
    touches: csr_matrix
    active: csr_matrix
    sign: Index
    bought: NDArray[np.bool_]
    day: Index
    gap: Index
    tail: Index
    user: Index
    bucket: Index
    owner: Index
    inert: NDArray[np.bool_]
    since: int = 0
    fade: float | None = None

    @cached_property
    def position(self) -> Index:
        """R, which of its user's rows a row is, from 0 on."""
        return np.repeat(np.arange(len(self.offset) - 1), np.diff(self.offset))

    @cached_property
    def before(self) -> Index:
        """R - offset[1], the user's row before, of all rows but the first ones."""
        first = self.offset[1] if len(self.offset) > 1 else 0
        return np.asarray(self.offset[self.position[first:] - 1] + self.owner[first:])

    @cached_property
    def last(self) -> Index:
        """U, each user's last row."""
        out = np.zeros(len(self.tail), dtype=np.int64)
        out[self.owner] = np.arange(len(self.day))  # rows of later positions come later
        return out

    @cached_property
    def touched(self) -> Array:
        """R, touches on the row's day, whatever the channel."""
        return np.asarray(self.touches.sum(axis=1), dtype=np.float64).ravel()

    @cached_property
    def outcomes(self) -> Array:
        """R x (K + 1), by what the moves of a row are added up: nothing was bought, the same from
        `since` on, and each level shown.
        """
        moved = ~self.bought
        shown = [moved & ((self.sign >> j) & 1 == 1) for j in range(self.levels - 1)]
        return np.stack([moved, moved & (self.day >= self.since), *shown], axis=1).astype(float)


def burn_in(days: int) -> int:
    """The day from which on events are counted.

    Before it, people act on touches that came before the data began, and that would pass for
    acting on none. Data of up to `SHORT` days have none to give away, four weeks more can spare
    them.

    Parameters
    ----------
    days
        Days of data.

    Examples
    --------
    >>> [burn_in(days) for days in (60, 98, 365)]
    [0, 14, 28]
    """
    return min(max(days - SHORT, 0), BURN_IN)


def same_day_share(days: EventDays) -> float:
    """Which part of a touch's effect falls on its own calendar day; the rest falls on the next one.

    From milestones: how much more often a touch lies on the same day, or the day before, than two
    to four days before. 0.85 where the data are too few to tell.

    Parameters
    ----------
    days
        The event-days.

    Returns
    -------
    A share, 0.4 to 1.
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
    key: Index,
    touch_key: Index,
    channel: Index,
    count: Array,
    inert: NDArray[np.bool_],
    same_day: float,
) -> tuple[csr_matrix, csr_matrix]:
    """Touches on each row's day, and those at work there.

    Parameters
    ----------
    key
        R, user * SPAN + day of each row, sorted.
    touch_key, channel, count
        User * SPAN + day, channel and number of each entry of touches.
    inert
        (C,) channels that are never at work.
    same_day
        Part of a touch's effect on its own day, see `same_day_share`.

    Returns
    -------
    R x C each, sparse.
    """
    import scipy.sparse as sp

    def on(day: Index, number: Array) -> csr_matrix:
        at = np.searchsorted(key, day)
        hit = (at < len(key)) & (key[np.minimum(at, len(key) - 1)] == day) & (number > 0)
        return sp.csr_matrix((number[hit], (at[hit], channel[hit])), shape=(len(key), len(inert)))

    working = np.where(inert[channel], 0.0, count)
    active = on(touch_key, same_day * working) + on(touch_key + 1, (1 - same_day) * working)
    return on(touch_key, count), active.tocsr()


def by_bucket(active: csr_matrix, group: Index, buckets: int) -> csr_matrix:
    """Touches at work with a column per user bucket and channel, R x (buckets * C).

    Parameters
    ----------
    active
        R x C touches at work.
    group
        R, each row's bucket.
    buckets
        How many there are.
    """
    import scipy.sparse as sp

    rows, channels = active.shape
    column = active.indices + channels * np.repeat(group, np.diff(active.indptr))
    return sp.csr_matrix((active.data, column, active.indptr), shape=(rows, buckets * channels))


def arrange(
    days: EventDays, same_day: float, part: int = 1, inert: NDArray[np.bool_] | None = None
) -> Sequence:
    """Lay out the lives up to the first purchase.

    Parameters
    ----------
    days
        The event-days of all users.
    same_day
        Part of a touch's effect on its own day, see `same_day_share`.
    part
        n: only every n-th user's life (to start the estimation with).
    inert
        (C,) channels whose touches are signs of where somebody stands and are never at work; None:
        none.
    """
    user, day, channel, count = _touches_before(days, part)
    buyer, bought_on = _first_purchases(days, part)
    signer, sign_on, level = _thinned(days.sign, part)
    last = np.full(len(days.bucket), days.days - 1)
    last[buyer] = bought_on
    touch_key, sign_key, buy_key = (
        user * SPAN + day,
        signer * SPAN + sign_on,
        buyer * SPAN + bought_on,
    )
    key = np.unique(np.concatenate([touch_key, touch_key + 1, sign_key, buy_key]))
    key = key[key % SPAN <= last[key // SPAN]]
    if inert is None:
        inert = np.zeros(len(days.channels), dtype=bool)
    touches, active = active_touches(key, touch_key, channel, count, inert, same_day)
    sign = np.zeros(len(key), dtype=np.int64)
    np.bitwise_or.at(sign, np.searchsorted(key, sign_key), 1 << (level - 1))
    bought = np.zeros(len(key), dtype=bool)
    bought[np.searchsorted(key, buy_key)] = True
    owner, when = key // SPAN, key % SPAN
    people, start, length = np.unique(owner, return_index=True, return_counts=True)
    order = np.argsort(-length, kind="stable")
    rows, alive = _by_position(start[order], length)
    gap = np.ones(len(key), dtype=np.int64)
    gap[1:] = when[1:] - when[:-1]
    gap[np.sort(start)] = 1
    end = start[order] + length[order] - 1
    none = np.zeros(0, dtype=np.int64)
    tail = np.where(bought[end], 0, days.days - 1 - when[end]) if len(end) else none
    place = np.empty(int(people.max()) + 1 if len(people) else 0, dtype=np.int64)
    place[people[order]] = np.arange(len(people))
    return Sequence(
        channels=days.channels,
        levels=len(days.ladder.levels),
        days=days.days,
        offset=np.cumsum([0, *alive]),
        touches=touches[rows],
        active=active[rows],
        sign=sign[rows],
        bought=bought[rows],
        day=when[rows],
        gap=gap[rows],
        tail=tail,
        user=people[order],
        bucket=days.bucket[people[order]],
        owner=place[owner[rows]],
        inert=inert,
        since=burn_in(days.days),
        fade=None if days.ladder.timeout is None else float(min(1.0 / days.ladder.timeout, 0.5)),
    )


def _touches_before(days: EventDays, part: int) -> tuple[Index, Index, Index, Array]:
    """User, day, channel and number of the touches before the first purchase, of every `part`-th
    user.
    """
    user, day, channel, count, post = days.touch
    kept = ~post & (user % part == 0)
    return user[kept], day[kept], channel[kept], count[kept]


def _first_purchases(days: EventDays, part: int) -> tuple[Index, Index]:
    """User and day of the first purchases, of every `part`-th user."""
    kept = days.first_orders & (days.order[0] % part == 0)
    return days.order[0][kept], days.order[1][kept]


def _thinned(rows: tuple[Index, Index, Index], part: int) -> tuple[Index, Index, Index]:
    """The rows of every `part`-th user, who stands in the first column."""
    kept = rows[0] % part == 0
    return rows[0][kept], rows[1][kept], rows[2][kept]


def _by_position(start: Index, length: Index) -> tuple[Index, list[int]]:
    """Rows in the order of their position in a life, and how many lives have a row at each
    position.

    start: first row of each life, the longest life first; length: rows of each life, in any order.
    """
    longest = int(length.max()) if len(length) else 0
    alive = [int((length > j).sum()) for j in range(longest)]
    if not alive:
        return np.zeros(0, dtype=np.int64), alive
    return np.concatenate([start[:n] + j for j, n in enumerate(alive)]), alive
