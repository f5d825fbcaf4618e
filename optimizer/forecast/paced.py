"""A plan by channel and period on the stage chain: what it brings, what each of its parts brings,
and what one more touch of each part would add.

Parts share what the plan brings beyond no paid touch by Aumann-Shapley values along the plan's own
touches (Aumann & Shapley 1974), as the history's credit is shared: all touches are scaled from 0 to
1, and each part is given the integral of its slope. The parts add up.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from optimizer.attribution.lifecycle.chain import Chain
from optimizer.attribution.lifecycle.model import Lifecycle
from optimizer.forecast.adjoint import Array, Days, Stream

NODES = 5  # of the quadrature over the plan's scale
NUDGE = 1e-3  # relative step of the one difference that is taken of slopes


@dataclass(frozen=True, eq=False)
class Brought:
    """What touches of N parts bring, in each of R replicates.

    Parameters
    ----------
    total
        (R,) customers beyond those of no paid touch.
    parts
        (R, N) what each part is given of it.
    slope
        (R, N) customers that one more touch of a part adds.
    """

    total: Array
    parts: Array
    slope: Array


@dataclass(frozen=True, eq=False)
class PacedChain:
    """Parts of a plan on the chain, N of them.

    Parameters
    ----------
    life
        The fitted lifecycle: people of today, newcomers.
    channel, period
        (N,) number of each part's channel in the lifecycle, and of its period.
    edges
        First day of each period, and the day after the last one.
    demand
        (periods,) the season's factor on steps and purchases.
    tail
        Days after the plan in which its people may still buy, without further paid touches.
    """

    life: Lifecycle
    channel: NDArray[np.int64]
    period: NDArray[np.int64]
    edges: NDArray[np.int64]
    demand: Array
    tail: int = 0

    @cached_property
    def days(self) -> Days:
        """What the chain is run on."""
        life, lengths = self.life, np.diff(self.edges)
        demand = np.r_[np.repeat(self.demand, lengths), np.ones(self.tail)]
        return Days(life.users, life.arrivals, life.newcomers, demand)

    @cached_property
    def lengths(self) -> Array:
        """(N,) days of each part's period."""
        return np.asarray(np.maximum(np.diff(self.edges), 1)[self.period], dtype=float)

    @cached_property
    def stream(self) -> Stream:
        """The estimate, ready to be run."""
        return Stream(self.life.chain, self.days)

    def daily(self, touches: Array) -> Array:
        """Touches a day of all channels (n, days, C) from those of the parts (n, N) over their
        periods; channels nobody pays for go on as lately.
        """
        life = self.life
        periods = np.zeros((len(touches), len(self.edges) - 1, len(life.channels)))
        for part, (period, channel) in enumerate(zip(self.period, self.channel, strict=True)):
            periods[:, period, channel] += touches[:, part] / self.lengths[part]
        days = np.repeat(periods, np.diff(self.edges), axis=1)
        days = np.concatenate([days, np.zeros((len(days), self.tail, days.shape[2]))], axis=1)
        return np.asarray(np.where(life.paid, days, life.recent), dtype=float)

    def by_part(self, daily: Array) -> Array:
        """(n, N) slopes of parts from slopes of channels by day (n, days, C)."""
        until = np.concatenate(
            [np.zeros((len(daily), 1, daily.shape[2])), np.cumsum(daily, axis=1)], axis=1
        )
        first, last = self.edges[self.period], self.edges[self.period + 1]
        inside = until[:, last, self.channel] - until[:, first, self.channel]
        return np.asarray(inside / self.lengths, dtype=float)

    @cached_property
    def organic(self) -> float:
        """Customers of no paid touch."""
        nothing = np.zeros((1, len(self.channel)))
        return float(self.stream.run(self.daily(nothing)).customers[0])

    def slopes(self, touches: Array) -> Array:
        """(n, N) customers that one more touch of each part adds."""
        found = self.stream.run(self.daily(touches), slopes=True).slope
        assert found is not None
        return self.by_part(found)

    def brought(self, touches: Array) -> Brought:
        """What touches (N,) of the parts bring, by the estimate."""
        point, weight = _nodes()
        rows = np.outer(np.r_[1.0, point], touches)
        found = self.stream.run(self.daily(rows), slopes=True)
        assert found.slope is not None
        slope = self.by_part(found.slope)
        parts = touches * (weight @ slope[1:])
        total = np.array([float(found.customers[0]) - self.organic])
        return Brought(total, _adding_up(parts[None], total), slope[:1])

    def drawn(self, touches: Array, replicates: Chain) -> Brought:
        """The same in each replicate of the chain, each with touches (R, N) of its own."""
        point, weight = _nodes()
        stream = Stream(replicates, self.days)
        plan = stream.run(self.daily(touches), slopes=True)
        nothing = stream.run(self.daily(np.zeros_like(touches))).customers
        assert plan.slope is not None
        parts = np.zeros_like(touches)
        for at, share in zip(point, weight, strict=True):
            found = stream.run(self.daily(at * touches), slopes=True).slope
            assert found is not None
            parts += share * touches * self.by_part(found)
        total = plan.customers - nothing
        return Brought(total, _adding_up(parts, total), self.by_part(plan.slope))

    def gradient(self, touches: Array, weight: Array) -> Array:
        """(N,) what one more touch of each part adds to sum of weight * parts.

        Of equal weights the slopes themselves. What else the weights ask for moves customers from
        part to part: its slopes change with the touches of the parts that are asked for, which one
        difference along them shows. A part without touches has nothing that others could move: of
        it alone no other part's slope is anything but 0.
        """
        used = touches > 0
        level = float(np.mean(weight[used] if used.any() else weight))
        point, share = _nodes()
        odd = weight - level
        if not np.any(np.abs(odd) > 1e-12 * max(abs(level), 1e-12)):
            return np.asarray(level * self.slopes(touches[None])[0], dtype=float)
        along = odd * touches
        if not np.any(along):
            return np.asarray(level * self.slopes(touches[None])[0] + odd * self._even(touches))
        rows = np.outer(point, touches)
        size = (
            NUDGE * float(np.max(touches, initial=0.0)) / max(float(np.max(np.abs(along))), 1e-300)
        )
        up, down = rows + size * along, np.maximum(rows - size * along, 0.0)
        found = self.slopes(np.concatenate([touches[None], rows, up, down]))
        here, at, more, less = (
            found[0],
            found[1 : 1 + len(point)],
            found[1 + len(point) : 1 + 2 * len(point)],
            found[1 + 2 * len(point) :],
        )
        bend = (more - less) / (2 * size)
        mixed = level * here + odd * (share @ at) + (share * point) @ bend
        return np.asarray(mixed, dtype=float)

    def gained(self, touches: Array, which: NDArray[np.int64], more: Array) -> Array:
        """Customers that `more` touches of each of some parts add, each by itself."""
        rows = np.repeat(touches[None], len(which) + 1, axis=0)
        rows[np.arange(len(which)), which] += more
        found = self.stream.run(self.daily(rows)).customers
        return np.asarray(np.maximum(found[:-1] - found[-1], 0.0), dtype=float)

    def _even(self, touches: Array) -> Array:
        """(N,) slopes on the way from no touch to these, in the mean."""
        point, share = _nodes()
        return np.asarray(share @ self.slopes(np.outer(point, touches)), dtype=float)

    def won(self, touches: Array) -> float:
        """Customers that touches (N,) of the parts add to those of no paid touch."""
        rows = np.stack([touches, np.zeros_like(touches)])
        found = self.stream.run(self.daily(rows)).customers
        return float(found[0] - found[1])

    def left_behind(self, touches: Array) -> Array:
        """(S,) people by state after the last day, more than without the plan."""
        rows = np.stack([touches, np.zeros_like(touches)])
        after = self.stream.run(self.daily(rows)).after
        return np.asarray(after[0] - after[1], dtype=float)


def _nodes() -> tuple[Array, Array]:
    point, weight = np.polynomial.legendre.leggauss(NODES)
    return (point + 1) / 2, weight / 2


def _adding_up(parts: Array, total: Array) -> Array:
    """Parts (R, N), none below 0, scaled to their total."""
    parts = np.maximum(parts, 0.0)
    sums = parts.sum(axis=1)
    scale = np.divide(np.maximum(total, 0.0), sums, out=np.zeros_like(sums), where=sums > 0)
    return np.asarray(parts * scale[:, None], dtype=float)
