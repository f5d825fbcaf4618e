"""The stage chain run forward, and what one more touch on any day adds to the plan: one run forward
and one run back, whatever the number of channels and days.

People of class g in state s meet a touch of channel c in proportion to weight[g] * exposure[c, s],
so that a day needs only touches per unit of that pull; the same day is spelled out person by person
in `optimizer.attribution.lifecycle.chain`. The run back is the adjoint of the run forward (reverse
accumulation; Griewank & Walther 2008).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.attribution.lifecycle.chain import Chain

Array = NDArray[np.float64]
NOBODY = 1e-12  # people below whom a touch finds none


@dataclass(frozen=True)
class Days:
    """What the chain is run on.

    Parameters
    ----------
    start
        (G, S) people at the beginning.
    arrivals
        People a day who come on their own.
    newcomers
        (C,) share of touches that find somebody new.
    demand
        (days,) the season's factor on steps and purchases.
    """

    start: Array
    arrivals: float
    newcomers: Array
    demand: Array


@dataclass(frozen=True)
class Worth:
    """What n streams of touches bring.

    Parameters
    ----------
    customers, orders
        (n,) first purchases, and all orders, over all days.
    after
        (n, S) people by state after the last day.
    slope
        (n, days, C) customers that one more touch adds (None: not asked for).
    """

    customers: Array
    orders: Array
    after: Array
    slope: Array | None = None


class Stream:
    """A chain ready to be run, and run back.

    Parameters
    ----------
    chain
        One replicate, or one for each stream of touches.
    days
        What it is run on.
    """

    def __init__(self, chain: Chain, days: Days) -> None:
        self.days = days
        self.levels = chain.levels
        self.pull = chain.exposure
        self.weight = chain.weight
        self.stay = 1.0 - chain.hazard[:, None, :]
        self.buys = chain.buy * chain.exposure
        self.steps = chain.up * chain.exposure
        self.baseline = chain.baseline
        share = np.full(len(chain.weight), 1.0 / len(chain.weight))
        self.entry = np.zeros((len(chain.weight), chain.hazard.shape[1]))
        self.entry[:, : self.levels] = share[:, None] * chain.initial[-1]

    def run(self, touches: Array, slopes: bool = False) -> Worth:
        """Run n streams of touches.

        Parameters
        ----------
        touches
            (n, days, C) touches a day.
        slopes
            Also what one more touch adds.
        """
        n, length, _ = touches.shape
        k = self.levels
        now = np.broadcast_to(self.days.start, (n, *self.days.start.shape))
        entering = self.days.arrivals + touches @ self.days.newcomers
        customers, orders = np.zeros(n), np.zeros(n)
        tape: list[tuple[Array, ...]] = []
        for d in range(length):
            now = now + entering[:, d, None, None] * self.entry
            demand = float(self.days.demand[d])
            mass = np.einsum("g,ngs->ns", self.weight, now) @ self.pull.T
            each = np.divide(touches[:, d], mass, out=np.zeros_like(mass), where=mass > NOBODY)
            reach = each[:, None, :]
            keep = self.stay**demand * np.exp(-demand * self.weight[:, None] * (reach @ self.buys))
            idle = np.exp(-demand * self.weight[:, None] * (reach @ self.steps))
            rest = now * keep
            bought = now - rest
            still = rest * idle
            if slopes:
                tape.append((now, keep, idle, each, mass))
            after = still @ self.baseline
            after[..., 1:k] += (rest - still)[..., : k - 1]
            first, more = bought[..., :k].sum(axis=2), bought[..., k:].sum(axis=2)
            after[..., k] += first
            after[..., k + 1] += more
            customers += first.sum(axis=1)
            orders += first.sum(axis=1) + more.sum(axis=1)
            now = after
        slope = self._back(tape) if slopes else None
        return Worth(customers, orders, now.sum(axis=1), slope)

    def _back(self, tape: list[tuple[Array, ...]]) -> Array:
        """Customers per touch (n, days, C), from the last day to the first."""
        k, weight = self.levels, self.weight[:, None]
        now, _, _, each, _ = tape[-1]
        later = np.zeros_like(now)  # customers that one more person after the day brings
        out = np.zeros((len(now), len(tape), each.shape[1]))
        upward = np.swapaxes(self.baseline, -1, -2)
        for d in range(len(tape) - 1, -1, -1):
            now, keep, idle, each, mass = tape[d]
            demand = float(self.days.demand[d])
            onward, sold, push = later @ upward, np.empty_like(later), np.zeros_like(later)
            sold[..., :k] = 1.0 + later[..., k, None]
            sold[..., k:] = later[..., k + 1, None]
            push[..., : k - 1] = later[..., 1:k]
            apart = idle * (onward - push)
            unsold = apart + push - sold
            lived = now * keep
            by_buy = demand * (weight * lived * -unsold).sum(axis=1)
            by_step = demand * (weight * lived * -apart).sum(axis=1)
            by_each = (
                by_buy[:, None, :] @ np.swapaxes(self.buys, -1, -2)
                + by_step[:, None, :] @ np.swapaxes(self.steps, -1, -2)
            )[:, 0]
            per_mass = np.divide(by_each, mass, out=np.zeros_like(mass), where=mass > NOBODY)
            later = sold + keep * unsold - weight * ((per_mass * each) @ self.pull)[:, None, :]
            entered = (later * self.entry).sum(axis=(1, 2))
            out[:, d] = per_mass + entered[:, None] * self.days.newcomers
        return out
