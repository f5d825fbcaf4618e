"""Partial pooling: channels with few touches borrow from their siblings, and those from all
channels.
"""

from __future__ import annotations

import numpy as np

from optimizer.attribution.lifecycle.sequence import Array

TRIALS = 30.0  # weight of the prior of a touch's effect, in touches


def pooling_weights(channels: tuple[str, ...]) -> Array:
    """Which channels are siblings: of the same platform (first part) or the same tier (last part).

    Parameters
    ----------
    channels
        C names, `platform/tier` or `platform`.

    Returns
    -------
    C x C, 1 between siblings and 0 elsewhere, the diagonal included.

    Examples
    --------
    >>> pooling_weights(("douyin/koc", "douyin/feed", "wecom")).tolist()
    [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
    """
    parts = [c.split("/") for c in channels]
    return np.array(
        [
            [
                float(i != j and len(a) > 1 and len(b) > 1 and (a[0] == b[0] or a[-1] == b[-1]))
                for j, b in enumerate(parts)
            ]
            for i, a in enumerate(parts)
        ]
    )


def pooled_chance(hits: Array, trials: Array, prior: Array, pooling: Array | None) -> Array:
    """Hits per trial, drawn towards what siblings show, and those towards all channels.

    The posterior mean of a beta-binomial model whose prior weighs `TRIALS` touches.

    Parameters
    ----------
    hits, trials
        C x K expected successes and attempts, by channel and level.
    prior
        C x K chances believed before looking.
    pooling
        C x C weights of siblings, see `pooling_weights`; None: all channels are strangers.

    Returns
    -------
    C x K chances per touch, between 1e-7 and 0.9.
    """
    pooled = (hits.sum(axis=0) + TRIALS * prior.mean(axis=0) * 0.25) / (trials.sum(axis=0) + TRIALS)
    mean = np.broadcast_to(pooled, hits.shape)
    if pooling is not None and pooling.any():
        mean = (pooling @ hits + 4 * TRIALS * pooled) / (pooling @ trials + 4 * TRIALS)
    return np.clip((hits + TRIALS * mean) / (trials + TRIALS), 1e-7, 0.9)
