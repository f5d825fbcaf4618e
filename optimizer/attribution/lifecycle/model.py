"""A fitted lifecycle: what touches do at each stage, who stands where, and whom the history's
orders are owed to.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from optimizer.attribution.lifecycle.chain import Array, Chain
from optimizer.attribution.lifecycle.incrementality import Incrementality, with_incrementality
from optimizer.attribution.lifecycle.placebo import Placebo
from optimizer.attribution.lifecycle.replicates import CountsByBucket
from optimizer.attribution.lifecycle.stage_values import aumann_shapley, stage_values, value_of_day
from optimizer.journeys.stages import Ladder
from optimizer.messages import Message
from optimizer.plotting import Plots

LATELY = 28  # days at the end of the data that say how things go on
REPLICATES = 100  # behind a standard error


@dataclass(frozen=True)
class Split:
    """What caused what, R replicates (R = 1: the estimate).

    Parameters
    ----------
    total, organic
        (R,) orders, customers or currency of the history, and those of no paid touch.
    by_stage
        R x C x S by channel and the stage of who was touched.
    by_day
        R x days x C by day of the touch.
    """

    total: Array
    organic: Array
    by_stage: Array
    by_day: Array


@dataclass(frozen=True)
class Lifecycle(Plots):
    """A fitted lifecycle. C channels, S stages (K levels before the first purchase, two of
    buyers), G user classes.

    Parameters
    ----------
    channels, paid
        C names, sorted, and whether money can be put on them.
    ladder, days
        The stages, and the days of data.
    chain
        The estimate with its incrementality (one replicate).
    raw
        The estimate before the calendar and experiments had their say.
    incrementality
        How much of each channel's effect is its own.
    users
        G x S people in each stage at the end of the data, whole source.
    recent
        (C,) touches a day over the last four weeks.
    newcomers
        (C,) share of touches that found somebody new.
    arrivals
        People a day who first came without a touch of a paid channel.
    values
        Currency per first order and per later order.
    totals
        First purchases, orders, value of first purchases, value of all orders; whole source.
    rates, inflow
        Touches per user-day (days, C, S) and people entering (days, S) over the history, whole
        source.
    evidence
        What replicates are drawn from.
    notes
        What the data cannot tell.
    start
        The data's first day, ISO.
    placebo
        Uplift on the day before a touch, which should be about zero.
    """

    channels: tuple[str, ...]
    paid: NDArray[np.bool_]
    ladder: Ladder
    days: int
    chain: Chain
    raw: Chain
    incrementality: Incrementality
    users: Array
    recent: Array
    newcomers: Array
    arrivals: float
    values: tuple[float, float]
    totals: tuple[float, ...]
    rates: Array
    inflow: Array
    evidence: CountsByBucket
    notes: tuple[Message, ...] = ()
    start: str = ""
    placebo: Placebo | None = None

    @property
    def uplift(self) -> Array:
        """C x S chance per touch to step up or buy."""
        out: Array = self.chain.up[0] + self.chain.buy[0]
        return out

    @cached_property
    def error(self) -> Array:
        """C x S standard error of `uplift`."""
        draws = self.replicates(REPLICATES)
        out: Array = (draws.up + draws.buy).std(axis=0)
        return out

    @cached_property
    def new_customers(self) -> Split:
        """Credit for first purchases over the history."""
        return self.split("customers")

    def adjusted(self, incrementality: Incrementality) -> Lifecycle:
        """The same people and touches, with other factors on the effects.

        Parameters
        ----------
        incrementality
            Takes the place of what was fitted.
        """
        chain = with_incrementality(
            self.raw, incrementality.factor[None], self.rates.mean(axis=0), incrementality.excluded
        )
        return replace(self, incrementality=incrementality, chain=chain)

    @property
    def stages(self) -> tuple[str, ...]:
        """S names, those before the first purchase first."""
        return self.ladder.names

    def replicates(self, weights: Array | int, seed: int = 0) -> Chain:
        """The chain as it might also be: one replicate per row of bucket weights (R x B), or a
        number of them.

        Parameters
        ----------
        weights
            R x B bucket weights, or R: so many drawn by `seed`.
        seed
            Of all that is drawn.
        """
        return self.evidence.draw(
            weights, seed, self.raw, self.incrementality, self.rates.mean(axis=0)
        )

    def stage_values(self, horizon: int, repeat: bool = True) -> Array:
        """Expected orders of one person from each stage on, at recent touch rates.

        Parameters
        ----------
        horizon
            Days.
        repeat
            False: first orders only.

        Returns
        -------
        (S,) orders.
        """
        rates = self.rates[-LATELY:].mean(axis=0)
        reward = np.ones(len(self.stages))
        if not repeat:
            reward[-2:] = 0.0
        value: Array = stage_values(
            self.chain,
            np.repeat(rates[None], horizon, axis=0),
            reward,
            np.ones((1, len(self.channels))),
        )
        return np.asarray(value[0, 0], dtype=np.float64)

    def per_touch(self, horizon: int) -> Array:
        """C x S expected orders that one more touch causes within `horizon` days, by the stage of
        who is touched.

        Parameters
        ----------
        horizon
            Days.

        Returns
        -------
        C x S orders.
        """
        rates = np.repeat(self.rates[-LATELY:].mean(axis=0)[None], horizon, axis=0)
        value = stage_values(
            self.chain, rates, np.ones(len(self.stages)), np.ones((1, len(self.channels)))
        )
        _, keep, idle, sold, push = value_of_day(
            self.chain, rates[0][None], np.ones(len(self.stages)), value[:, 1]
        )
        worth: Array = keep[:, None] * (
            self.chain.buy * sold[:, None] + self.chain.up * (idle * push)[:, None]
        )
        return np.asarray(worth[0], dtype=np.float64)

    def split(self, reward: str = "orders", chain: Chain | None = None, nodes: int = 16) -> Split:
        """Aumann-Shapley credit over the history.

        Totals are the observed ones: the chain's parts are scaled to them.

        Parameters
        ----------
        reward
            orders | customers | value (currency).
        chain
            Replicates; None: the estimate.
        nodes
            Points of the quadrature.
        """
        k = len(self.ladder.levels)
        pay = {
            "orders": np.ones(k + 2),
            "customers": np.r_[np.ones(k), 0, 0],
            "value": np.r_[np.full(k, self.values[0]), self.values[1], self.values[1]],
        }[reward]
        seen = {"orders": self.totals[1], "customers": self.totals[0], "value": self.totals[3]}[
            reward
        ]
        total, _, by_stage, by_day = aumann_shapley(
            chain or self.chain, self.rates, self.inflow, np.zeros(k + 2), pay, self.paid, nodes
        )
        scale = np.divide(seen, total, out=np.zeros_like(total), where=total > 0)
        if chain is None:  # the estimate: touches do no harm, and nothing is caused below nothing
            by_stage, by_day = _not_negative(by_stage), _not_negative(by_day)
        caused_total, by_stage, by_day = (
            total * scale,
            by_stage * scale[:, None, None],
            by_day * scale[:, None, None],
        )
        return Split(caused_total, caused_total - by_stage.sum(axis=(1, 2)), by_stage, by_day)


def _not_negative(parts: Array) -> Array:
    """Parts below 0 set to 0, the others scaled so that the sum stays (0 where it was below 0)."""
    total, kept = parts.sum(), np.maximum(parts, 0.0)
    return np.asarray(
        kept * (max(float(total), 0.0) / float(kept.sum())) if kept.sum() > 0 else kept,
        dtype=np.float64,
    )
