"""Absorbing Markov chains: conversion probabilities and removal effects, exact, for any order.

A state is a history of touches, START first; Q holds the probabilities of moving on, r the one-step probability
(or expected value) of a conversion, f = (I - Q)^-1 r the eventual one. Removing channel c sends every transition
into A_c, the states whose last touch is c, to "lost" (Anderl et al. 2016). With N = (I - Q)^-1,

    removal effect = 1 - f_without(START) / f(START) = N[0,A] N[A,A]^-1 f[A] / f[0],

so one inverse serves every channel; with order 1, A is a single state and the effect is
P(ever reach c) * P(convert | at c) / P(convert). In large chains the journeys are followed step by step for all channels
together, which is exact because those that are left after some steps cannot bring more than rounding loses; where journeys hardly
end, the loops they go round are solved for on the way, once per channel. All functions take R replicates of the counts at once where that pays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import scipy.sparse as sp

Array = NDArray[np.float64]
Index = NDArray[np.int64]

DENSE_STATES = 1000  # above this a chain is solved sparsely ...
DENSE_STATES_ORDER_1 = (
    6000  # ... except with order 1, where one inverse replaces thousands of solves
)
# Visits to a state beyond which each channel is solved for by itself: one inverse for all loses as many units of rounding as their square.
OFTEN = 100.0
BLOCK_BYTES = 1 << 26
FOLLOWED_STEPS = 2000  # journeys are followed for at most so many touches, and given up ...
SLOW = 100  # ... as soon as the pace of so many says that it will not do
EPSILON, NONE = 2.0**-56, 1e-40
LIKELY = (
    0.3,
    0.6,
    0.9,
)  # transitions of so much make loops, of which none should have more states than ...
LOOP_STATES = 500


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
    source: Index,
    target: Index,
    moves: Array,
    conversions: Array,
    value: Array,
    nulls: Array,
    members: Sequence[Index],
    steps: int | None = None,
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
            _dense(
                source,
                target,
                moves[i : i + block],
                conversions[i : i + block],
                value[i : i + block],
                nulls[i : i + block],
                members,
            )
            for i in range(0, len(moves), block)
        ]
    else:
        parts = [
            _sparse(source, target, moves[i], conversions[i], value[i], nulls[i], members)
            for i in range(len(moves))
        ]
    return Effects(
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("conversions", "value", "conversion_rate", "value_rate")
        )
    )


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


def _dense(
    source: Index,
    target: Index,
    moves: Array,
    conversions: Array,
    value: Array,
    nulls: Array,
    members: Sequence[Index],
) -> Effects:
    replicates, states = conversions.shape
    # However often a journey stays where it is, it leaves the same way: no effect depends on self-loops, endless as they may seem.
    onward = source != target
    source, target, moves = source[onward], target[onward], moves[:, onward]
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
    elif float(visits.max()) > OFTEN:
        for c, group in enumerate(members):
            if len(group):
                less = system.copy()
                less[:, :, group] = 0.0
                less[:, group, group] = 1.0
                lost[:, c] = worth[:, 0] - np.linalg.solve(less, rewards)[:, 0]
    else:
        for c, group in enumerate(members):
            if len(group):
                inner = visits[:, group[:, None], group[None, :]]
                first = np.linalg.solve(np.swapaxes(inner, 1, 2), visits[:, 0, group][:, :, None])
                lost[:, c] = np.einsum("rs,rsk->rk", first[:, :, 0], worth[:, group])
    base = worth[:, 0]
    return Effects(
        _relative(lost[..., 0], base[:, 0]),
        _relative(lost[..., 1], base[:, 1]),
        base[:, 0],
        base[:, 1],
    )


def transition(
    source: Index, target: Index, moves: Array, out: Array, states: int
) -> sp.csr_matrix:
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
    from scipy.sparse.linalg import LinearOperator, bicgstab, splu

    states = q.shape[0]
    system = sp.identity(states, format="csr") - q
    scale = float(np.abs(right).max()) or 1.0
    loops = _loops(q)
    within = None if loops is None else LinearOperator(q.shape, loops[0].solve, dtype=np.float64)
    # Some steps on: from START alone, where nobody comes back to, the iteration would break off.
    begun = right + q @ (right + q @ (right + q @ right))
    x, _ = bicgstab(system, right, x0=begun, rtol=tolerance, atol=0.0, maxiter=500, M=within)
    for _ in range(2):  # iterative refinement: the residual is solved for again
        residual = right - system @ x
        if float(np.abs(residual).max()) <= 1e-15 * scale:
            break
        step, _ = bicgstab(system, residual, rtol=1e-6, atol=0.0, maxiter=500, M=within)
        x = x + step
    if not np.all(np.isfinite(x)) or float(np.abs(right - system @ x).max()) > 1e-13 * scale * max(
        1.0, float(np.abs(x).max())
    ):
        x = splu(system.tocsc()).solve(right)
    return np.asarray(x, dtype=np.float64)


def _loops(q: sp.csr_matrix) -> tuple[Any, sp.csr_matrix] | None:
    """q in two parts: what leads round the loops of its likeliest transitions, D, as factors of I - D; and the rest. None where
    there is no such loop."""
    import scipy.sparse as sp
    from scipy.sparse.csgraph import connected_components
    from scipy.sparse.linalg import splu

    edges = q.tocoo()
    row, column, data = edges.row, edges.col, edges.data
    for likely in LIKELY:
        strong = data >= likely
        graph = sp.csr_matrix((data[strong], (row[strong], column[strong])), shape=q.shape)
        _, loop = connected_components(graph, directed=True, connection="strong")
        sizes = np.bincount(loop)
        if sizes.max() <= LOOP_STATES:
            break
    inside = (loop[row] == loop[column]) & (sizes[loop[row]] <= LOOP_STATES)
    if not inside.any():
        return None
    within, rest = (
        sp.csr_matrix((data[part], (row[part], column[part])), shape=q.shape)
        for part in (inside, ~inside)
    )
    return splu((sp.identity(q.shape[0], format="csr") - within).tocsc()), rest


def _rounds(q: sp.csr_matrix, rewards: Array, most: Array, base: Array | None) -> Array:
    """Expected rewards from START where journeys hardly end: followed as in `_followed`, but to go round a loop any number of times
    is one step. Solved for as a whole where even that does not come to an end."""
    back = q.T.tocsr()
    loops = _loops(back)
    if loops is not None:
        here = np.zeros(q.shape[0])
        here[0] = 1.0
        found, before = np.zeros(rewards.shape[1]), 1.0
        for step in range(1, FOLLOWED_STEPS + 1):
            here = loops[0].solve(here)
            found += here @ rewards
            here = np.asarray(loops[1] @ here)
            alive = float(here.sum())
            if _over(alive, most, found if base is None else base):
                return found
            if step % SLOW == 0:
                if _endless(alive, before, step):
                    break
                before = alive
    return np.asarray(expected_visits(q) @ rewards, dtype=np.float64)


def _over(alive: float, most: Array, base: Array) -> bool:
    """Whether so many journeys still on their way can add no more than rounding does."""
    return alive < NONE or bool((alive * most <= EPSILON * base).all())


def _endless(alive: float, before: float, step: int) -> bool:
    """Whether the pace of the last steps will not bring the journeys to an end."""
    return bool(before * (alive / before) ** (1 + (FOLLOWED_STEPS - step) / SLOW) > EPSILON)


def _sparse(
    source: Index,
    target: Index,
    moves: Array,
    conversions: Array,
    value: Array,
    nulls: Array,
    members: Sequence[Index],
) -> Effects:
    """One replicate. Journeys are followed for all channels at once; where they go on for too long, channel by channel."""
    states, onward = len(conversions), source != target  # see `_dense`
    source, target, moves = source[onward], target[onward], moves[onward]
    out = _out(source, moves[None], conversions[None], nulls[None])[0]
    q = transition(source, target, moves, out, states)
    rewards = np.stack([conversions / out, value / out], axis=-1)
    back, block = q.T.tocsr(), max(1, BLOCK_BYTES // (32 * states))
    most = _most(conversions, value, nulls)
    followed = _followed(back, [np.zeros(0, dtype=np.int64)], rewards, most)
    base = followed[0] if followed is not None else _rounds(q, rewards, most, None)
    left = np.tile(base, (len(members), 1))
    present = [c for c, group in enumerate(members) if len(group)]
    for i in range(0, len(present), block):
        part = present[i : i + block]
        # Without a channel journeys are no longer than with it, so that one look says whether they can be followed.
        here = (
            _followed(back, [members[c] for c in part], rewards, most, base)
            if followed is not None
            else None
        )
        for j, c in enumerate(part):
            left[c] = (
                here[j]
                if here is not None
                else _rounds(without(q, members[c]), rewards, most, base)
            )
    lost = base[None, :] - left
    return Effects(
        _relative(lost[None, :, 0], base[:1]),
        _relative(lost[None, :, 1], base[1:]),
        base[:1],
        base[1:],
    )


def _most(conversions: Array, value: Array, nulls: Array) -> Array:
    """No journey, wherever it stands, can be expected to end with more than this: one conversion, and the dearest state's value."""
    ends = conversions + nulls
    dear = np.divide(value, ends, out=np.where(value > 0, np.inf, 0.0), where=ends > 0)
    return np.array([1.0, float(dear.max(initial=0.0))])


def _followed(
    back: sp.csr_matrix,
    groups: Sequence[Index],
    rewards: Array,
    most: Array,
    base: Array | None = None,
) -> Array | None:
    """Expected rewards from START, G x 2, where in row g every step into the states of group g is lost: the journeys followed
    step by step until those still on their way can add no more than rounding does. None where they go on for too long.

    back: Q transposed; rewards: S x 2, of a step from each state; most: what one journey can bring, see `_most`; base: what
    they are to be exact beside, by default themselves.
    """
    here = np.zeros((back.shape[0], len(groups)))
    here[0] = 1.0
    column = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    lost = (np.concatenate(groups), column) if len(groups) else ((), ())
    found = np.zeros((len(groups), rewards.shape[1]))
    before = 1.0
    for step in range(1, FOLLOWED_STEPS + 1):
        found += here.T @ rewards
        here = np.asarray(back @ here)
        here[lost] = 0.0
        alive = float(here.sum(axis=0).max(initial=0.0))
        if _over(alive, most, found.min(axis=0) if base is None else base):
            return found
        if step % SLOW == 0:
            if _endless(alive, before, step):
                return None
            before = alive
    return None


def without(q: sp.csr_matrix, group: Index) -> sp.csr_matrix:
    """Q when every transition into the states of `group` is lost instead."""
    import scipy.sparse as sp

    keep = np.ones(q.shape[0])
    keep[group] = 0.0
    return (q @ sp.diags(keep)).tocsr()


def _truncated(
    source: Index,
    target: Index,
    moves: Array,
    conversions: Array,
    value: Array,
    nulls: Array,
    members: Sequence[Index],
    steps: int,
) -> Effects:
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
        left = np.array([_walk(without(q, group), rewards, steps) for group in members]).reshape(
            len(members), 2
        )
        lost = base[None, :] - left
        parts.append(
            Effects(
                _relative(lost[None, :, 0], base[:1]),
                _relative(lost[None, :, 1], base[1:]),
                base[:1],
                base[1:],
            )
        )
    return Effects(
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("conversions", "value", "conversion_rate", "value_rate")
        )
    )


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
