"""Removal with return: what the classical removal effect assumes about the removed touch's user,
three ways.

* lost: the journey ends without a conversion at the removed touch (Anderl et al. 2016; the
  classical effect)
* skipped: the journey goes on with what followed the touch; lost are only journeys made of this
  channel alone
* untouched: the user goes back to the untouched baseline of the lifecycle model (None without one)

The truth of a channel that harvests lies near the third and far from the first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.attribution.lifecycle import Lifecycle
from optimizer.attribution.lifecycle.stage_values import expected_total
from optimizer.journeys.counts import Counts

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Removal:
    """Share of conversions that go with the channel.

    Parameters
    ----------
    channels
        C names.
    lost, skipped
        C each, 0 to 1: see the head of this file.
    untouched
        The same, or None without a fitted lifecycle.
    """

    channels: tuple[str, ...]
    lost: Array
    skipped: Array
    untouched: Array | None


def removal(counts: Counts, life: Lifecycle | None = None) -> Removal:
    """Three removal effects.

    Parameters
    ----------
    counts
        Order-1 counts; the chain is dense here, for up to some thousand channels.
    life
        A fitted lifecycle, for the third.
    """
    chain = counts.chains[1]
    moves = np.asarray(chain.moves.sum(axis=0)).ravel()
    sold, ended = (
        np.asarray(chain.conversions.sum(axis=0)).ravel(),
        np.asarray(chain.nulls.sum(axis=0)).ravel(),
    )
    size = len(chain.states)
    onward = np.zeros((size, size))
    np.add.at(onward, (chain.source, chain.target), moves)
    leave = onward.sum(axis=1) + sold + ended
    share = np.divide(onward, leave[:, None], out=np.zeros_like(onward), where=leave[:, None] > 0)
    buys = np.divide(sold, leave, out=np.zeros(size), where=leave > 0)
    rate = float(np.linalg.solve(np.eye(size) - share, buys)[0])
    count = len(counts.channels)
    lost, skipped = np.zeros(count), np.zeros(count)
    for c in range(count):
        here = np.flatnonzero(chain.states[:, -1] == c)
        if not len(here) or rate <= 0:
            continue
        keep = np.ones(size)
        keep[here] = 0.0
        without = float(np.linalg.solve(np.eye(size) - share * keep[None, :], buys)[0])
        lost[c] = 1 - without / rate
        at = here[0]
        only = share[0, at] * buys[at] / max(1 - share[at, at], 1e-15)
        skipped[c] = only / rate
    return Removal(
        counts.channels, lost, skipped, None if life is None else _untouched(life, counts.channels)
    )


def _untouched(life: Lifecycle, channels: tuple[str, ...]) -> Array:
    """Orders the chain loses when one channel's touches stop, others as they were; share of all
    orders."""
    states = len(life.stages)

    def _orders(scale: Array) -> float:
        reward, start = np.ones(states), np.zeros(states)
        return float(expected_total(life.chain, life.rates, life.inflow, start, reward, scale)[0])

    full = np.ones((1, len(life.channels)))
    everything = _orders(full)
    out = np.zeros(len(channels))
    for i, name in enumerate(channels):
        if name in life.channels and everything > 0:
            less = full.copy()
            less[0, life.channels.index(name)] = 0.0
            out[i] = 1 - _orders(less) / everything
    return out
