"""Absorbing Markov chains: conversion probabilities and removal effects, exact, for any order.

A state is a history of touches, START first; Q holds the probabilities of moving on, r the one-step probability
(or expected value) of a conversion, f = (I - Q)^-1 r the eventual one. Removing channel c sends every transition
into A_c, the states whose last touch is c, to "lost" (Anderl et al. 2016). With N = (I - Q)^-1,

    removal effect = 1 - f_without(START) / f(START) = N[0,A] N[A,A]^-1 f[A] / f[0],

so one inverse serves every channel; with order 1, A is a single state and the effect is
P(ever reach c) * P(convert | at c) / P(convert). Large chains are solved sparsely, once per channel, without any
inverse. All functions take R replicates of the counts at once where that pays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import scipy.sparse as sp

Array = NDArray[np.float64]
Index = NDArray[np.int64]

DENSE_STATES = 1000  # above this a chain is solved sparsely ...
DENSE_STATES_ORDER_1 = 6000  # ... except with order 1, where one inverse replaces thousands of solves
BLOCK_BYTES = 1 << 26
FOLLOWED_STEPS = 30  # longer journeys are left to the solver


@dataclass(frozen=True)
class Effects:
    """What removing each channel costs, R replicates x C channels, and the base it is measured from, R.

    conversions, value:           removal effects, 0 to 1 (0 where there is nothing to lose)
    conversion_rate, value_rate:  per journey, f(START)
    """

    conversions: Array
    value: Array
    conversion_rate: Array
    value_rate: Array


def groups(last: Index, channels: int) -> list[Index]:
    """For every channel, the states whose last touch it is. `last`: S, -1 for START."""
    order = np.argsort(last, kind="stable")
    bounds = np.searchsorted(last[order], np.arange(channels + 1))
    return [order[bounds[c] : bounds[c + 1]] for c in range(channels)]


def removal_effects(
    source: Index, target: Index, moves: Array, conversions: Array, value: Array, nulls: Array,
    members: Sequence[Index], steps: int | None = None,
) -> Effects:
    """Removal effects of every channel, exact (or cut after `steps` transitions).

    source, target: E; moves: R x E; conversions, value, nulls: R x S counts of journeys that end in a state;
    members: for every channel its states. State 0 is START.
    """
    states = conversions.shape[1]
    single = all(len(group) <= 1 for group in members)
    if steps is not None:
        return _truncated(source, target, moves, conversions, value, nulls, members, steps)
    if states <= (DENSE_STATES_ORDER_1 if single else DENSE_STATES):
        block = max(1, BLOCK_BYTES // (8 * states * states))
        parts = [
            _dense(source, target, moves[i : i + block], conversions[i : i + block], value[i : i + block],
                   nulls[i : i + block], members)
            for i in range(0, len(moves), block)
        ]
    else:
        parts = [
            _sparse(source, target, moves[i], conversions[i], value[i], nulls[i], members)
            for i in range(len(moves))
        ]
    return Effects(*(np.concatenate([getattr(part, name) for part in parts])
                     for name in ("conversions", "value", "conversion_rate", "value_rate")))


def _out(source: Index, moves: Array, conversions: Array, nulls: Array) -> Array:
    """How often each state was left, R x S; 1 where never, so that nothing is divided by 0."""
    out = conversions + nulls
    for i in range(len(out)):
        out[i] += np.bincount(source, weights=moves[i], minlength=out.shape[1])
    return np.where(out > 0, out, 1.0)


def _relative(lost: Array, base: Array) -> Array:
    """lost / base by row; 0 where the base is 0. Rounding below 0 or above 1 is cut."""
    safe = np.where(base > 0, base, 1.0)[:, None]
    return np.where(base[:, None] > 0, np.clip(lost / safe, 0.0, 1.0), 0.0)


def _dense(source: Index, target: Index, moves: Array, conversions: Array, value: Array, nulls: Array,
           members: Sequence[Index]) -> Effects:
    replicates, states = conversions.shape
    out = _out(source, moves, conversions, nulls)
    system = np.zeros((replicates, states, states))
    rows = np.arange(replicates)[:, None]
    np.add.at(system, (rows, source[None, :], target[None, :]), -moves / out[:, source])
    system[:, np.arange(states), np.arange(states)] += 1.0
    visits = np.linalg.inv(system)
    rewards = np.stack([conversions / out, value / out], axis=-1)
    worth = visits @ rewards  # R x S x 2: expected conversions and value from each state
    lost = np.zeros((replicates, len(members), 2))
    if all(len(group) <= 1 for group in members):
        seen = [c for c, group in enumerate(members) if len(group)]
        one = np.array([int(members[c][0]) for c in seen], dtype=np.int64)
        reach = visits[:, 0, one] / visits[:, one, one]
        lost[:, seen] = reach[:, :, None] * worth[:, one, :]
    else:
        for c, group in enumerate(members):
            if len(group):
                inner = visits[:, group[:, None], group[None, :]]
                first = np.linalg.solve(np.swapaxes(inner, 1, 2), visits[:, 0, group][:, :, None])
                lost[:, c] = np.einsum("rs,rsk->rk", first[:, :, 0], worth[:, group])
    base = worth[:, 0]
    return Effects(_relative(lost[..., 0], base[:, 0]), _relative(lost[..., 1], base[:, 1]), base[:, 0], base[:, 1])


def transition(source: Index, target: Index, moves: Array, out: Array, states: int) -> sp.csr_matrix:
    """Q as a sparse matrix, S x S, from one replicate's counts."""
    import scipy.sparse as sp  # here and below: most chains are small and never need it

    return sp.csr_matrix((moves / out[source], (source, target)), shape=(states, states))


def expected_visits(q: sp.csr_matrix, tolerance: float = 1e-14) -> Array:
    """Expected visits to every state from START: the first row of (I - Q)^-1, by BiCGSTAB or else by LU."""
    start = np.zeros(q.shape[0])
    start[0] = 1.0
    return solve(q.T.tocsr(), start, tolerance)


def solve(q: sp.csr_matrix, right: Array, tolerance: float = 1e-14) -> Array:
    """x = (I - q)^-1 right for a large sparse q; iterative, checked, with a factorisation to fall back on."""
    import scipy.sparse as sp
    from scipy.sparse.linalg import bicgstab, splu

    states = q.shape[0]
    system = sp.identity(states, format="csr") - q
    scale = float(np.abs(right).max()) or 1.0
    x, _ = bicgstab(system, right, rtol=tolerance, atol=0.0, maxiter=500)
    for _ in range(2):  # iterative refinement: the residual is solved for again
        residual = right - system @ x
        if float(np.abs(residual).max()) <= 1e-15 * scale:
            break
        step, _ = bicgstab(system, residual, rtol=1e-6, atol=0.0, maxiter=500)
        x = x + step
    if not np.all(np.isfinite(x)) or float(np.abs(right - system @ x).max()) > 1e-13 * scale * max(
            1.0, float(np.abs(x).max())):
        x = splu(system.tocsc()).solve(right)
    return np.asarray(x, dtype=np.float64)


def _sparse(source: Index, target: Index, moves: Array, conversions: Array, value: Array, nulls: Array,
            members: Sequence[Index]) -> Effects:
    """One replicate, one solve per channel for the expected visits when every visit to it is the last."""
    states = len(conversions)
    out = _out(source, moves[None], conversions[None], nulls[None])[0]
    q = transition(source, target, moves, out, states)
    rewards = np.stack([conversions / out, value / out], axis=-1)
    base = expected_visits(q) @ rewards
    left = np.tile(base, (len(members), 1))
    present = [c for c, group in enumerate(members) if len(group)]
    back, block = q.T.tocsr(), max(1, BLOCK_BYTES // (32 * states))
    short = _followed(back, [np.zeros(0, dtype=np.int64)]) is not None  # without a channel they are no longer
    for i in range(0, len(present), block):
        part = present[i : i + block]
        followed = _followed(back, [members[c] for c in part]) if short else None
        for j, c in enumerate(part):
            visits = followed[:, j] if followed is not None else expected_visits(without(q, members[c]))
            left[c] = visits @ rewards
    lost = base[None, :] - left
    return Effects(_relative(lost[None, :, 0], base[:1]), _relative(lost[None, :, 1], base[1:]), base[:1], base[1:])


def _followed(back: sp.csr_matrix, groups: Sequence[Index]) -> Array | None:
    """Expected visits from START, S x G, where in column g every step into group g is lost: the journeys followed step by
    step until none is left. Quick where journeys are short and channels many; None where they go on for too long.

    back: Q transposed. Stopping where fewer than 1e-18 visits to any state are left, after 30 steps at most, leaves out less
    than rounding does.
    """
    total = np.zeros((back.shape[0], len(groups)))
    total[0] = 1.0
    here = total.copy()
    column = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    lost = (np.concatenate(groups), column) if len(groups) else ((), ())
    for _ in range(FOLLOWED_STEPS):
        here = np.asarray(back @ here)
        here[lost] = 0.0
        if float(here.max(initial=0.0)) < 1e-18:
            return np.asarray(total, dtype=np.float64)
        total += here
    return None


def without(q: sp.csr_matrix, group: Index) -> sp.csr_matrix:
    """Q when every transition into the states of `group` is lost instead."""
    import scipy.sparse as sp

    keep = np.ones(q.shape[0])
    keep[group] = 0.0
    return (q @ sp.diags(keep)).tocsr()


def _truncated(source: Index, target: Index, moves: Array, conversions: Array, value: Array, nulls: Array,
               members: Sequence[Index], steps: int) -> Effects:
    """The chain watched for `steps` transitions only (a conversion is a transition too): what a simulation
    with a step limit converges to. Self-loops at order 1 are left out, as in a collapsed path."""
    single = all(len(group) <= 1 for group in members)
    if single:
        keep = source != target
        source, target, moves = source[keep], target[keep], moves[:, keep]
    parts = []
    for i in range(len(moves)):
        states = conversions.shape[1]
        out = _out(source, moves[i : i + 1], conversions[i : i + 1], nulls[i : i + 1])[0]
        q = transition(source, target, moves[i], out, states)
        rewards = np.stack([conversions[i] / out, value[i] / out], axis=-1)
        base = _walk(q, rewards, steps)
        left = np.array([_walk(without(q, group), rewards, steps) for group in members]).reshape(len(members), 2)
        lost = base[None, :] - left
        parts.append(Effects(_relative(lost[None, :, 0], base[:1]), _relative(lost[None, :, 1], base[1:]),
                             base[:1], base[1:]))
    return Effects(*(np.concatenate([getattr(part, name) for part in parts])
                     for name in ("conversions", "value", "conversion_rate", "value_rate")))


def _walk(q: sp.csr_matrix, rewards: Array, steps: int) -> Array:
    """Expected reward from START within `steps` transitions, the rewarded one included."""
    here: Array = np.zeros(q.shape[0])
    here[0] = 1.0
    back = q.T.tocsr()
    total = np.zeros(rewards.shape[1])
    for _ in range(steps):
        total += here @ rewards
        here = np.asarray(back @ here, dtype=np.float64)
        if not here.any():
            break
    return np.asarray(total, dtype=np.float64)
