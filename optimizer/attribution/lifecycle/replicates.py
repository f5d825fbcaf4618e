"""The chain as it might also be: replicates drawn from expected counts by user bucket.

A bootstrap by user (Efron 1979) over buckets of users, widened for what it cannot see: hidden
levels, luck, the prior where touches are few, and what one channel may owe to another.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.attribution.bootstrap import bucket_weights
from optimizer.attribution.lifecycle.buyers import Buyers
from optimizer.attribution.lifecycle.chain import Array, Chain
from optimizer.attribution.lifecycle.incrementality import Incrementality, with_incrementality
from optimizer.attribution.lifecycle.parameters import ExpectedCounts, HmmParameters
from optimizer.attribution.lifecycle.partial_pooling import TRIALS

HIDDEN = 1.5  # hidden levels: spread of a replicate of expected counts is widened by this
LUCK = 2.0  # times the chance scatter of untouched steps on touched days, for the same reason
OWED = 0.25  # part of what channels do in the mean, which one of them may owe to another


@dataclass(frozen=True)
class CountsByBucket:
    """What replicates are drawn from.

    Parameters
    ----------
    counts
        Expected counts before the first purchase, by user bucket.
    parameters
        The estimate.
    buyers
        The same after the first purchase.
    inert
        (C,) channels whose touches are signs only.
    """

    counts: ExpectedCounts
    parameters: HmmParameters
    buyers: Buyers
    inert: NDArray[np.bool_]

    def draw(
        self,
        weights: Array | int,
        seed: int,
        raw: Chain,
        incrementality: Incrementality,
        typical: Array,
    ) -> Chain:
        """Replicates of the chain.

        Parameters
        ----------
        weights
            R x B bucket weights, or R: so many drawn by `seed`.
        seed
            Of all that is drawn here.
        raw
            The estimate before the calendar had its say.
        incrementality
            Drawn from too.
        typical
            C x S touches per user-day in the history.
        """
        buckets = self.counts.pushes.shape[0]
        if isinstance(weights, int):
            weights = (
                bucket_weights(weights, buckets, seed) if buckets > 1 else np.ones((weights, 1))
            )
        rng = np.random.default_rng([seed, 7])
        n, k, channels = len(weights), raw.levels, raw.up.shape[1]
        found, r = self.counts, self.parameters
        untouched = np.r_[np.diag(r.baseline, 1), 0.0]
        up, buy = np.zeros((n, channels, k + 2)), np.zeros((n, channels, k + 2))
        up[..., :k] = _chance(rng, weights, found.pushes, found.trials, r.up, untouched)
        up[..., k - 1] = 0.0
        buy[..., :k] = _chance(rng, weights, found.buys, found.trials, r.buy, r.hazard)
        after = self.buyers
        buy[..., k:] = _chance(rng, weights, after.orders, after.trials, after.buy, after.hazard)
        up[:, self.inert], buy[:, self.inert] = 0.0, 0.0
        factor = incrementality.draw(rng, n)
        moved = Chain(
            up,
            buy,
            np.broadcast_to(raw.hazard, (n, k + 2)),
            np.broadcast_to(raw.baseline, (n, k + 2, k + 2)),
            raw.exposure,
            raw.weight,
            raw.initial,
        )
        return with_incrementality(moved, factor, typical, incrementality.excluded)


def _chance(
    rng: np.random.Generator,
    weights: Array,
    hits: Array,
    trials: Array,
    centre: Array,
    untouched: Array,
) -> Array:
    """Chances per touch, R x C x K, as they might also be.

    hits, trials: B x C x K; centre: C x K estimate; untouched: (K,) daily chance of the same
    without a touch.
    """
    total_hits, total = hits.sum(axis=0), trials.sum(axis=0)
    got = np.einsum("rb,b...->r...", weights, hits)
    had = np.einsum("rb,b...->r...", weights, trials)
    moved = (got + TRIALS * centre) / (had + TRIALS) - (total_hits + TRIALS * centre) / (
        total + TRIALS
    )
    # the prior's own spread, gone with data
    thin = np.sqrt(centre * (1 - centre) * TRIALS) / (total + TRIALS)
    # steps that would have come untouched also fall on touched days, more or fewer by luck
    luck = LUCK * np.sqrt(untouched / (total + TRIALS))
    # where levels are hidden, part of what one channel did is laid at the door of those whose
    # touches lie beside its own
    seen = total.sum(axis=1) > 0
    beside = OWED * centre[seen].mean(axis=0) if seen.any() else 0.0
    owed = np.broadcast_to(rng.normal(0, 1, (*moved.shape[:2], 1)), moved.shape)
    # one's gain is another's loss
    owed = owed - (owed * total).sum(axis=1, keepdims=True) / np.maximum(total.sum(axis=0), 1.0)
    noise = rng.normal(0, 1, moved.shape) * np.hypot(thin, luck) + owed * beside
    # below 0 is allowed: an interval of nothing has to hold 0
    return np.asarray(np.clip(centre + HIDDEN * moved + noise, -0.05, 0.9), dtype=np.float64)
