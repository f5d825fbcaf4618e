"""What a stage is worth, and who is credited: backward values and Aumann-Shapley credit along the
history's touches.

With the touches per user-day of the history the chain is linear in its users, so one backward pass
gives the value of standing in each state on each day, and with it every derivative that credit
needs.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimizer.attribution.lifecycle.chain import Array, Chain, replicated


def stage_values(chain: Chain, rates: Array, reward: Array, scale: Array) -> Array:
    """Expected reward from the start of each day to the end, by state.

    Parameters
    ----------
    chain
        R replicates, or one.
    rates
        (days, C, S) touches per user-day.
    reward
        (S,) what a purchase made in a state pays (orders, customers or currency).
    scale
        (n, C) factor on each channel's touches.

    Returns
    -------
    (n, days + 1, S); 0 after the last day.
    """
    days, n = len(rates), len(scale)
    value = np.zeros((n, days + 1, chain.hazard.shape[1]))
    for d in range(days - 1, -1, -1):
        value[:, d] = value_of_day(chain, scale[:, :, None] * rates[d], reward, value[:, d + 1])[0]
    return value


def value_of_day(
    chain: Chain, rate: Array, reward: Array, later: Array
) -> tuple[Array, Array, Array, Array, Array]:
    """Value before a day given the values after it.

    Parameters
    ----------
    chain, reward
        As in `stage_values`.
    rate
        (n, C, S) touches per user on the day.
    later
        (n, S) values after the day.

    Returns
    -------
    (n, S) each: the value; chance of no purchase and of no push; what a purchase gains, what a
    push gains.
    """
    k = chain.levels
    keep = (1 - chain.hazard) * np.exp(
        -np.einsum("ncs,ncs->ns", rate, replicated(chain.buy, len(rate)))
    )
    idle = np.exp(-np.einsum("ncs,ncs->ns", rate, replicated(chain.up, len(rate))))
    rested = np.einsum("nst,nt->ns", replicated(chain.baseline, len(later)), later)
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


def aumann_shapley(
    chain: Chain,
    rates: Array,
    inflow: Array,
    start: Array,
    reward: Array,
    paid: NDArray[np.bool_],
    nodes: int = 16,
) -> tuple[Array, Array, Array, Array]:
    """Aumann-Shapley credit of the touches of paid channels (Aumann & Shapley 1974).

    All paid touches are scaled by s from 0 to 1 and each channel is credited with the integral of
    the total's derivative along it (Gauss-Legendre).

    Parameters
    ----------
    chain, rates, reward
        As in `stage_values`.
    inflow
        (days, S) people entering.
    start
        (S,) people at the beginning.
    paid
        (C,) channels to credit; the others go on as they were.
    nodes
        Points of the quadrature.

    Returns
    -------
    Total (R,), organic (R,), credit R x C x S by the state the touched user was in, and credit R x
    days x C by the day of the touch. Each credit adds up to total - organic.
    """
    point, weight = np.polynomial.legendre.leggauss(nodes)
    point, weight = (point + 1) / 2, weight / 2
    count, states, reps = rates.shape[1], rates.shape[2], len(chain.hazard)
    by_state, by_day = np.zeros((reps, count, states)), np.zeros((reps, len(rates), count))
    free = np.where(paid, 0.0, 1.0)
    organic, whole = (
        expected_total(
            chain, rates, inflow, start, reward, np.broadcast_to(free + s * paid, (reps, count))
        )
        for s in (0.0, 1.0)
    )
    for s, w in zip(point, weight, strict=True):
        scale = np.broadcast_to(free + s * paid, (reps, count))
        value = stage_values(chain, rates, reward, scale)
        now = np.broadcast_to(start, (reps, states)).copy()
        for d in range(len(rates)):
            now = now + inflow[d]
            rate = scale[:, :, None] * rates[d]
            _, keep, idle, sold, push = value_of_day(chain, rate, reward, value[:, d + 1])
            gain = (now * keep)[:, None] * (
                replicated(chain.buy, reps) * sold[:, None]
                + replicated(chain.up, reps) * (idle * push)[:, None]
            )
            part = w * gain * rates[d] * paid[:, None]
            by_state += part
            by_day[:, d] += part.sum(axis=2)
            now = _next_day(chain, now, keep, idle)
    mend = np.divide(
        whole - organic,
        by_day.sum(axis=(1, 2)),
        out=np.ones(reps),
        where=by_day.sum(axis=(1, 2)) > 1e-300,
    )
    return whole, organic, by_state * mend[:, None, None], by_day * mend[:, None, None]


def _next_day(chain: Chain, now: Array, keep: Array, idle: Array) -> Array:
    """People by state (n, S) after a day on which so many neither buy nor are pushed."""
    k = chain.levels
    bought, rest = now * (1 - keep), now * keep
    after = np.einsum("ns,nst->nt", rest * idle, replicated(chain.baseline, len(now)))
    after[:, 1:k] += (rest * (1 - idle))[:, : k - 1]
    after[:, k] += bought[:, :k].sum(axis=1)
    after[:, k + 1] += bought[:, k:].sum(axis=1)
    return np.asarray(after, dtype=np.float64)


def expected_total(
    chain: Chain, rates: Array, inflow: Array, start: Array, reward: Array, scale: Array
) -> Array:
    """Expected reward of all users over the history, (n,). Parameters as in `aumann_shapley` and
    `stage_values`.
    """
    value = stage_values(chain, rates, reward, scale)
    return np.asarray(
        value[:, 0] @ start + np.einsum("nds,ds->n", value[:, :-1], inflow), dtype=np.float64
    )
