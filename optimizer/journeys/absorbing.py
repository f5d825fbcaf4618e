"""Absorbing Markov chains: conversion probabilities and removal effects, exact, for any order.

A state is a history of touches, START first; Q holds the probabilities of moving on, r the
one-step probability (or expected value) of a conversion, f = (I - Q)^-1 r the eventual one (Kemeny
& Snell 1960). Removing channel c sends every transition into A_c, the states whose last touch is
c, to "lost" (Anderl et al. 2016; Archak, Mirrokni & Muthukrishnan 2010). With N = (I - Q)^-1,

    removal effect = 1 - f_without(START) / f(START) = N[0,A] N[A,A]^-1 f[A] / f[0],

so one inverse serves every channel; with order 1, A is a single state and the effect is P(ever
reach c) * P(convert | at c) / P(convert). In large chains the journeys are followed step by step
for all channels together (see `sparse_chain`). All functions take R replicates of the counts at
once where that pays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.journeys import sparse_chain

Array = NDArray[np.float64]
Index = NDArray[np.int64]

DENSE_STATES = 1000  # above this a chain is solved sparsely ...
# ... except with order 1, where one inverse replaces thousands of solves
DENSE_STATES_ORDER_1 = 6000
# Visits to a state beyond which each channel is solved for by itself: one inverse for all loses as
# many units of rounding as their square.
OFTEN = 100.0
BLOCK_BYTES = 1 << 26


@dataclass(frozen=True)
class Effects:
    """What removing each channel costs, R replicates x C channels, and the base it is measured
    from, R.

    Parameters
    ----------
    conversions, value
        Removal effects, 0 to 1 (0 where there is nothing to lose).
    conversion_rate, value_rate
        Per journey, f(START); conversions and currency.
    """

    conversions: Array
    value: Array
    conversion_rate: Array
    value_rate: Array

    @classmethod
    def joined(cls, parts: Sequence[Effects]) -> Effects:
        """The replicates of several blocks, one after the other.

        Parameters
        ----------
        parts
            Effects of the same channels.
        """
        return cls(
            np.concatenate([part.conversions for part in parts]),
            np.concatenate([part.value for part in parts]),
            np.concatenate([part.conversion_rate for part in parts]),
            np.concatenate([part.value_rate for part in parts]),
        )

    @classmethod
    def of(cls, lost: Array, base: Array) -> Effects:
        """From what is lost (R x C x 2) of what there is (R x 2), conversions first.

        Parameters
        ----------
        lost
            R x C x 2, conversions and value that go with each channel.
        base
            R x 2, what there is.
        """
        return cls(
            _share_lost(lost[..., 0], base[:, 0]),
            _share_lost(lost[..., 1], base[:, 1]),
            base[:, 0],
            base[:, 1],
        )


def groups(last: Index, channels: int) -> list[Index]:
    """For every channel, the states whose last touch it is.

    Parameters
    ----------
    last
        S, each state's last touch; -1 for START.
    channels
        C.

    Examples
    --------
    >>> [group.tolist() for group in groups(np.array([-1, 0, 1, 0]), 2)]
    [[1, 3], [2]]
    """
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

    Parameters
    ----------
    source, target
        E states left and reached. State 0 is START.
    moves
        R x E counts.
    conversions, value, nulls
        R x S of journeys that end in a state; value in currency.
    members
        For every channel its states, see `groups`.
    steps
        What a simulation with a step limit converges to: the chain is watched for so many
        transitions only; None: to the end.

    Examples
    --------
    START leads to a, half of a's journeys go on to b, which converts; a alone never does.

    >>> effects = removal_effects(
    ...     np.array([0, 1]), np.array([1, 2]), np.array([[2.0, 1.0]]),
    ...     conversions=np.array([[0.0, 0, 1]]), value=np.array([[0.0, 0, 9]]),
    ...     nulls=np.array([[0.0, 1, 0]]), members=[np.array([1]), np.array([2])])
    >>> effects.conversions.tolist(), effects.conversion_rate.tolist()
    ([[1.0, 1.0]], [0.5])
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
    return Effects.joined(parts)


def _departures(source: Index, moves: Array, conversions: Array, nulls: Array) -> Array:
    """How often each state was left, R x S; 1 where never, so that nothing is divided by 0."""
    out = conversions + nulls
    for i in range(len(out)):
        out[i] += np.bincount(source, weights=moves[i], minlength=out.shape[1])
    return np.where(out > 0, out, 1.0)


def _share_lost(lost: Array, base: Array) -> Array:
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
    """All replicates by one inverse each, R x S x S."""
    replicates, states = conversions.shape
    # However often a journey stays where it is, it leaves the same way: no effect depends on
    # self-loops, endless as they may seem.
    onward = source != target
    source, target, moves = source[onward], target[onward], moves[:, onward]
    out = _departures(source, moves, conversions, nulls)
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
    return Effects.of(lost, worth[:, 0])


def _sparse(
    source: Index,
    target: Index,
    moves: Array,
    conversions: Array,
    value: Array,
    nulls: Array,
    members: Sequence[Index],
) -> Effects:
    """One replicate. Journeys are followed for all channels at once; where they go on for too
    long, channel by channel.
    """
    states, onward = len(conversions), source != target  # see `_dense`
    source, target, moves = source[onward], target[onward], moves[onward]
    out = _departures(source, moves[None], conversions[None], nulls[None])[0]
    q = sparse_chain.transition(source, target, moves, out, states)
    rewards = np.stack([conversions / out, value / out], axis=-1)
    back, block = q.T.tocsr(), max(1, BLOCK_BYTES // (32 * states))
    most = sparse_chain.largest_reward(conversions, value, nulls)
    all_in = sparse_chain.followed(back, [np.zeros(0, dtype=np.int64)], rewards, most)
    base = (
        all_in[0] if all_in is not None else sparse_chain.followed_by_loops(q, rewards, most, None)
    )
    left = np.tile(base, (len(members), 1))
    present = [c for c, group in enumerate(members) if len(group)]
    for i in range(0, len(present), block):
        part = present[i : i + block]
        # Without a channel journeys are no longer than with it, so that one look says whether they
        # can be followed.
        here = (
            sparse_chain.followed(back, [members[c] for c in part], rewards, most, base)
            if all_in is not None
            else None
        )
        for j, c in enumerate(part):
            left[c] = (
                here[j]
                if here is not None
                else sparse_chain.followed_by_loops(
                    sparse_chain.without(q, members[c]), rewards, most, base
                )
            )
    return Effects.of((base[None, :] - left)[None], base[None])


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
    """The chain watched for `steps` transitions only (a conversion is a transition too).

    Self-loops at order 1 are left out, as in a collapsed path.
    """
    if all(len(group) <= 1 for group in members):
        keep = source != target
        source, target, moves = source[keep], target[keep], moves[:, keep]
    parts = []
    for i in range(len(moves)):
        states = conversions.shape[1]
        out = _departures(source, moves[i : i + 1], conversions[i : i + 1], nulls[i : i + 1])[0]
        q = sparse_chain.transition(source, target, moves[i], out, states)
        rewards = np.stack([conversions[i] / out, value[i] / out], axis=-1)
        base = sparse_chain.reward_within(q, rewards, steps)
        left = np.array(
            [
                sparse_chain.reward_within(sparse_chain.without(q, group), rewards, steps)
                for group in members
            ]
        ).reshape(len(members), 2)
        parts.append(Effects.of((base[None, :] - left)[None], base[None]))
    return Effects.joined(parts)
