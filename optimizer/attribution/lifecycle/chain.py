"""The stage chain run forward: whole populations under a stream of touches.

States: K levels before the first purchase, then two stages of buyers (one order, more). A day
moves them by the estimated parameters; touches of a channel fall on users in proportion to the
exposure propensity of their class and state. R replicates of the parameters run side by side
(first axis), so that intervals cost little more than one run.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
# days after the data's beginning: people first seen later stand elsewhere, see `cohort`
COHORTS = (7, 21, 49)


def cohort(day: NDArray[np.int64] | int) -> NDArray[np.int64]:
    """Row of `Chain.initial` for people first seen on a day of the data.

    At its beginning people carry what came before the data; who is first seen weeks later has been
    left alone for that long.

    Parameters
    ----------
    day
        Days of the data, counted from its first.

    Returns
    -------
    Cohorts, 0 to `len(COHORTS)`.

    Examples
    --------
    >>> cohort(np.array([0, 7, 60])).tolist()
    [0, 1, 3]
    """
    out: NDArray[np.int64] = np.searchsorted(COHORTS, day, side="right")
    return out


@dataclass(frozen=True)
class Chain:
    """R replicates, C channels, S = K + 2 states, G classes of users.

    Parameters
    ----------
    up, buy
        R x C x S chance per touch to step up one level, to buy.
    hazard
        R x S daily chance to buy untouched.
    baseline
        R x S x S daily transitions of those who neither buy nor are pushed.
    exposure
        C x S exposure propensity: relative chance that a touch finds a user in a state.
    weight
        (G,) relative chance that a touch finds a user of a class.
    initial
        cohorts x K, level in which users are first seen, by when that is.
    """

    up: Array
    buy: Array
    hazard: Array
    baseline: Array
    exposure: Array
    weight: Array
    initial: Array

    @property
    def levels(self) -> int:
        """K, the levels before the first purchase."""
        return int(self.hazard.shape[1]) - 2

    def per_user(self, users: Array, touches: Array) -> Array:
        """How touches spread over people.

        Parameters
        ----------
        users
            (n, G, S) people by class and state.
        touches
            (n, C) touches on the day.

        Returns
        -------
        Touches per user of each class and state, (n, C, G, S).
        """
        pull = self.weight[:, None] * self.exposure[:, None, :]
        mass = np.einsum("cgs,ngs->nc", pull, users)
        each = np.divide(
            touches,
            mass,
            out=np.zeros(np.broadcast_shapes(touches.shape, mass.shape)),
            where=mass > 1e-12,
        )
        out: Array = each[:, :, None, None] * pull
        return out

    def day(self, users: Array, rate: Array) -> tuple[Array, Array, Array, Array]:
        """One day.

        Parameters
        ----------
        users
            (n, G, S) people, with n = R or R = 1 or n = 1.
        rate
            (n, C, G, S) touches per user.

        Returns
        -------
        Users after, buyers by state, those pushed up, those left to the baseline; (n, G, S) each.
        """
        k = self.levels
        bought = users * (
            1
            - (1 - self.hazard[:, None])
            * np.exp(-np.einsum("ncgs,ncs->ngs", rate, replicated(self.buy, len(rate))))
        )
        rest = users - bought
        pushed = rest * (
            1 - np.exp(-np.einsum("ncgs,ncs->ngs", rate, replicated(self.up, len(rate))))
        )
        rest = rest - pushed
        after = np.einsum("ngs,nst->ngt", rest, replicated(self.baseline, len(rest)))
        after[..., 1:k] += pushed[..., : k - 1]
        after[..., k] += bought[..., :k].sum(axis=-1)
        after[..., k + 1] += bought[..., k] + bought[..., k + 1]
        return after, bought, pushed, rest

    def run(
        self, users: Array, touches: Array, entering: Array | None = None
    ) -> tuple[Array, Array, Array]:
        """The days one after the other.

        Parameters
        ----------
        users
            (n or 1, G, S) people at the start.
        touches
            (n or 1, days, C) touches a day.
        entering
            (n or 1, days) users seen for the first time, long after the beginning of the data;
            None: nobody.

        Returns
        -------
        New customers and orders per day (n, days), and users at the end (n, G, S).
        """
        n = max(len(users), len(touches), len(self.hazard))
        now = np.broadcast_to(users, (n, *users.shape[1:])).copy()
        new, orders = np.zeros((n, touches.shape[1])), np.zeros((n, touches.shape[1]))
        share = np.full(len(self.weight), 1.0 / len(self.weight))
        for d in range(touches.shape[1]):
            if entering is not None:
                now[..., : self.levels] += (
                    entering[:, d, None, None] * share[:, None] * self.initial[-1]
                )
            now, bought, _, _ = self.day(
                now, self.per_user(now, np.broadcast_to(touches[:, d], (n, touches.shape[2])))
            )
            new[:, d] = bought[..., : self.levels].sum(axis=(1, 2))
            orders[:, d] = bought.sum(axis=(1, 2))
        return new, orders, now


def replicated(values: Array, n: int) -> Array:
    """Replicates (first axis) to n: a single one is shared.

    Parameters
    ----------
    values
        Replicates on the first axis, one or n.
    n
        How many are wanted.

    Returns
    -------
    The same values, n on the first axis; shared, not copied.
    """
    return np.broadcast_to(values, (n, *values.shape[1:])) if len(values) != n else values


def touch_rates(
    chain: Chain, users: Array, touches: Array, entering: Array | None
) -> tuple[Array, Array, Array]:
    """Run the history once (replicate 0, all classes as one) and keep how it went.

    Parameters
    ----------
    chain
        The chain; only its first replicate is used.
    users
        (R or 1, G, S) people at the start.
    touches
        days x C touches.
    entering
        (days,) people seen for the first time; None: nobody.

    Returns
    -------
    Touches per user-day (days, C, S), users in each state (days, S), and the inflow: those
    entering (days, S).
    """
    single = Chain(
        chain.up[:1],
        chain.buy[:1],
        chain.hazard[:1],
        chain.baseline[:1],
        chain.exposure,
        np.ones(1),
        chain.initial,
    )
    now = users.sum(axis=1, keepdims=True)[:1]
    days = touches.shape[0]
    rates = np.zeros((days, touches.shape[1], now.shape[2]))
    stood, inflow = np.zeros((days, now.shape[2])), np.zeros((days, now.shape[2]))
    for d in range(days):
        if entering is not None:
            inflow[d, : chain.levels] = entering[d] * chain.initial[cohort(d)]
            now = now + inflow[d]
        each = single.per_user(now, touches[None, d])
        rates[d], stood[d] = each[0, :, 0], now[0, 0]
        now, _, _, _ = single.day(now, each)
    return rates, stood, inflow
