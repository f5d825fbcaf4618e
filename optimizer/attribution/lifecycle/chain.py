"""The stage chain run forward: whole populations under a stream of touches, and what a stage is worth.

States: K levels before the first purchase, then two stages of buyers (one order, more). A day moves them by the
rates of `estimate`; touches of a channel fall on users in proportion to how readily their class and state are
reached. R replicates of the rates run side by side (first axis), so that intervals cost little more than one run.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
COHORTS = (
    7,
    21,
    49,
)  # days after the data's beginning: people first seen later stand elsewhere, see `cohort`


def cohort(day: NDArray[np.int64] | int) -> NDArray[np.int64]:
    """Row of `Chain.entry` for people first seen on a day of the data. At its beginning people carry what came before the
    data; who is first seen weeks later has been left alone for that long."""
    out: NDArray[np.int64] = np.searchsorted(COHORTS, day, side="right")
    return out


@dataclass(frozen=True)
class Chain:
    """R replicates, C channels, S = K + 2 states, G classes of users.

    up, buy: R x C x S chance per touch to step up one level, to buy; hazard: R x S daily chance to buy untouched
    base:    R x S x S daily moves of those who neither buy nor are pushed
    reach:   C x S relative chance that a touch finds a user in a state
    weight:  (G,) relative chance that a touch finds a user of a class
    entry:   cohorts x K, level in which users are first seen, by when that is
    """

    up: Array
    buy: Array
    hazard: Array
    base: Array
    reach: Array
    weight: Array
    entry: Array

    @property
    def levels(self) -> int:
        return int(self.hazard.shape[1]) - 2

    def per_user(self, users: Array, touches: Array) -> Array:
        """Touches per user of each class and state, (n, C, G, S), when `touches` (n, C) fall on `users` (n, G, S)."""
        pull = self.weight[:, None] * self.reach[:, None, :]
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
        """One day. users (n, G, S), rate (n, C, G, S) with n = R or R = 1 or n = 1.

        Returns users after, buyers by state (n, G, S), those pushed up (n, G, S), those left to the baseline.
        """
        k = self.levels
        bought = users * (
            1
            - (1 - self.hazard[:, None])
            * np.exp(-np.einsum("ncgs,ncs->ngs", rate, _b(self.buy, len(rate))))
        )
        rest = users - bought
        pushed = rest * (1 - np.exp(-np.einsum("ncgs,ncs->ngs", rate, _b(self.up, len(rate)))))
        rest = rest - pushed
        after = np.einsum("ngs,nst->ngt", rest, _b(self.base, len(rest)))
        after[..., 1:k] += pushed[..., : k - 1]
        after[..., k] += bought[..., :k].sum(axis=-1)
        after[..., k + 1] += bought[..., k] + bought[..., k + 1]
        return after, bought, pushed, rest

    def run(
        self, users: Array, touches: Array, entering: Array | None = None
    ) -> tuple[Array, Array, Array]:
        """New customers and orders per day (n, days), and users at the end.

        users: (n or 1, G, S); touches: (n or 1, days, C); entering: (n or 1, days) users seen for the first time, long
        after the beginning of the data.
        """
        n = max(len(users), len(touches), len(self.hazard))
        now = np.broadcast_to(users, (n, *users.shape[1:])).copy()
        new, orders = np.zeros((n, touches.shape[1])), np.zeros((n, touches.shape[1]))
        share = np.full(len(self.weight), 1.0 / len(self.weight))
        for d in range(touches.shape[1]):
            if entering is not None:
                now[..., : self.levels] += (
                    entering[:, d, None, None] * share[:, None] * self.entry[-1]
                )
            now, bought, _, _ = self.day(
                now, self.per_user(now, np.broadcast_to(touches[:, d], (n, touches.shape[2])))
            )
            new[:, d] = bought[..., : self.levels].sum(axis=(1, 2))
            orders[:, d] = bought.sum(axis=(1, 2))
        return new, orders, now


def _b(values: Array, n: int) -> Array:
    """Replicates to n: a single one is shared."""
    return np.broadcast_to(values, (n, *values.shape[1:])) if len(values) != n else values


def mean_rates(
    chain: Chain, users: Array, touches: Array, entering: Array | None
) -> tuple[Array, Array, Array]:
    """Run once (replicate 0, all classes as one) and keep, per day, touches per user-day (days, C, S), users (days, S)
    and those entering (days, S)."""
    single = Chain(
        chain.up[:1],
        chain.buy[:1],
        chain.hazard[:1],
        chain.base[:1],
        chain.reach,
        np.ones(1),
        chain.entry,
    )
    now = users.sum(axis=1, keepdims=True)[:1]
    days = touches.shape[0]
    rates, stood, came = (
        np.zeros((days, touches.shape[1], now.shape[2])),
        np.zeros((days, now.shape[2])),
        np.zeros((days, now.shape[2])),
    )
    for d in range(days):
        if entering is not None:
            came[d, : chain.levels] = entering[d] * chain.entry[cohort(d)]
            now = now + came[d]
        each = single.per_user(now, touches[None, d])
        rates[d], stood[d] = each[0, :, 0], now[0, 0]
        now, _, _, _ = single.day(now, each)
    return rates, stood, came


def stage_values(chain: Chain, rates: Array, reward: Array, scale: Array) -> Array:
    """V: expected reward from the start of each day to the end, (n, days + 1, S), touches scaled by `scale` (n, C).

    rates: (days, C, S) touches per user-day; reward: (S,) what a purchase made in a state pays.
    """
    days, n = len(rates), len(scale)
    value = np.zeros((n, days + 1, chain.hazard.shape[1]))
    for d in range(days - 1, -1, -1):
        value[:, d] = value_of_day(chain, scale[:, :, None] * rates[d], reward, value[:, d + 1])[0]
    return value


def value_of_day(
    chain: Chain, rate: Array, reward: Array, later: Array
) -> tuple[Array, Array, Array, Array, Array]:
    """Value before a day given the values after it, and the pieces credit needs: keep, idle, gain of a purchase, of a push."""
    k = chain.levels
    keep = (1 - chain.hazard) * np.exp(-np.einsum("ncs,ncs->ns", rate, _b(chain.buy, len(rate))))
    idle = np.exp(-np.einsum("ncs,ncs->ns", rate, _b(chain.up, len(rate))))
    rested = np.einsum("nst,nt->ns", _b(chain.base, len(later)), later)
    above = np.zeros_like(rested)
    above[:, : k - 1] = later[:, 1:k]
    sold = np.empty_like(rested)
    sold[:, :k] = reward[:k] + later[:, k : k + 1]
    sold[:, k:] = reward[k:] + later[:, k + 1 : k + 2]
    push = np.zeros_like(rested)
    push[:, : k - 1] = above[:, : k - 1] - rested[:, : k - 1]
    onward = rested + (1 - idle) * push
    value = (1 - keep) * sold + keep * onward
    return value, keep, idle, sold - onward, push


def credit(
    chain: Chain,
    rates: Array,
    came: Array,
    start: Array,
    reward: Array,
    paid: NDArray[np.bool_],
    nodes: int = 16,
) -> tuple[Array, Array, Array, Array]:
    """Aumann-Shapley credit of the touches of paid channels.

    All paid touches are scaled by s from 0 to 1 and each channel is credited with the integral of the total's
    derivative along it (Gauss-Legendre). The rates per user-day are those of the history, so the chain is linear in
    its users and one backward pass gives every derivative. Returns total (R,), organic (R,), credit R x C x S by the
    state the touched user was in, and credit R x days x C by the day of the touch. Each adds up to total - organic.
    """
    point, weight = np.polynomial.legendre.leggauss(nodes)
    point, weight = (point + 1) / 2, weight / 2
    count, states, reps = rates.shape[1], rates.shape[2], len(chain.hazard)
    by_state, by_day = np.zeros((reps, count, states)), np.zeros((reps, len(rates), count))
    free = np.where(paid, 0.0, 1.0)
    ends = []
    for s in (0.0, 1.0):
        ends.append(
            total(
                chain, rates, came, start, reward, np.broadcast_to(free + s * paid, (reps, count))
            )
        )
    for s, w in zip(point, weight, strict=True):
        scale = np.broadcast_to(free + s * paid, (reps, count))
        value = stage_values(chain, rates, reward, scale)
        now = np.broadcast_to(start, (reps, states)).copy()
        for d in range(len(rates)):
            now = now + came[d]
            rate = scale[:, :, None] * rates[d]
            _, keep, idle, sold, push = value_of_day(chain, rate, reward, value[:, d + 1])
            gain = (now * keep)[:, None] * (
                _b(chain.buy, reps) * sold[:, None] + _b(chain.up, reps) * (idle * push)[:, None]
            )
            part = w * gain * rates[d] * paid[:, None]
            by_state += part
            by_day[:, d] += part.sum(axis=2)
            now = _forward(chain, now, keep, idle)
    whole, organic = ends[1], ends[0]
    mend = np.divide(
        whole - organic,
        by_day.sum(axis=(1, 2)),
        out=np.ones(reps),
        where=by_day.sum(axis=(1, 2)) > 1e-300,
    )
    return whole, organic, by_state * mend[:, None, None], by_day * mend[:, None, None]


def _forward(chain: Chain, now: Array, keep: Array, idle: Array) -> Array:
    k = chain.levels
    bought, rest = now * (1 - keep), now * keep
    after = np.einsum("ns,nst->nt", rest * idle, _b(chain.base, len(now)))
    after[:, 1:k] += (rest * (1 - idle))[:, : k - 1]
    after[:, k] += bought[:, :k].sum(axis=1)
    after[:, k + 1] += bought[:, k:].sum(axis=1)
    return np.asarray(after, dtype=np.float64)


def total(
    chain: Chain, rates: Array, came: Array, start: Array, reward: Array, scale: Array
) -> Array:
    """Expected reward of all users, (n,)."""
    value = stage_values(chain, rates, reward, scale)
    return np.asarray(
        value[:, 0] @ start + np.einsum("nds,ds->n", value[:, :-1], came), dtype=np.float64
    )
