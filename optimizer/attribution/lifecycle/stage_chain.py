"""The stage chain of what was estimated: levels before the first purchase, and the two stages of
buyers.
"""

from __future__ import annotations

import numpy as np

from optimizer.attribution.lifecycle.buyers import Buyers
from optimizer.attribution.lifecycle.chain import Array, Chain
from optimizer.attribution.lifecycle.parameters import ExpectedCounts, HmmParameters


def stage_chain(
    parameters: HmmParameters, counts: ExpectedCounts, after: Buyers, weight: Array
) -> Chain:
    """One replicate of the chain.

    Parameters
    ----------
    parameters, counts
        The hidden Markov model of the levels, and the counts behind it.
    after
        What makes buyers order again.
    weight
        (G,) relative chance that a touch finds a user of a class.
    """
    count, k = parameters.up.shape
    lived = counts.days.sum(axis=0)
    exposure = np.column_stack(
        [
            (counts.reached + 1e-3) / np.maximum(lived, 1.0),
            (after.reached + 1e-3) / np.maximum(after.days, 1.0),
        ]
    )
    up, buy = np.zeros((1, count, k + 2)), np.zeros((1, count, k + 2))
    hazard, baseline = np.zeros((1, k + 2)), np.zeros((1, k + 2, k + 2))
    up[0, :, :k], buy[0, :, :k], buy[0, :, k:] = parameters.up, parameters.buy, after.buy
    up[0, :, k - 1] = 0.0
    hazard[0, :k], hazard[0, k:] = _rising(parameters.hazard, lived), after.hazard
    baseline[0, :k, :k] = parameters.baseline
    baseline[0, k, k] = baseline[0, k + 1, k + 1] = 1.0
    return Chain(up, buy, hazard, baseline, exposure, weight, parameters.initial)


def _rising(hazard: Array, weight: Array) -> Array:
    """Nobody higher up buys less: neighbours that say otherwise are averaged (pool adjacent
    violators; Ayer et al. 1955).
    """
    blocks: list[list[float]] = []
    for value, size in zip(hazard.tolist(), np.maximum(weight, 1e-9).tolist(), strict=True):
        blocks.append([value, size, 1])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            last, before = blocks.pop(), blocks.pop()
            total = last[1] + before[1]
            blocks.append(
                [(last[0] * last[1] + before[0] * before[1]) / total, total, last[2] + before[2]]
            )
    return np.concatenate([np.full(int(count), value) for value, __, count in blocks])
