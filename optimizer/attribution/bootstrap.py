"""Bootstrap by user: replicates are weights on user buckets, never a second reading of the data.

Users are put into B buckets while the counts are made, by a lot that each draws
(`journeys.resampling`): so the ends of intervals depend on what the journeys are, not on the order
of rows, on what users are called, or on whether journeys come as events or as paths. A replicate
draws B - 1 buckets with replacement and scales by B / (B - 1): the variance of a replicate's sum is
then exactly the unbiased estimate from B buckets (Rao & Wu 1988), where drawing B would be too
narrow by (B - 1) / B. The same seed gives the same weights, so that replicate i means the same
resampled users in every model of an answer.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

BUCKETS = 200  # default number of user buckets
LEVEL = 0.9  # coverage of the intervals


def bucket_weights(replicates: int, buckets: int, seed: int = 0) -> Array:
    """Weights of the buckets in each replicate.

    Parameters
    ----------
    replicates
        How many are drawn, R.
    buckets
        Groups of users, B, 2 or more.
    seed
        The same seed gives the same weights.

    Returns
    -------
    numpy.ndarray
        R x B; every row adds up to B.

    Raises
    ------
    ValueError
        For fewer than two buckets.

    Examples
    --------
    >>> bucket_weights(3, 10).sum(axis=1).round(9).tolist()
    [10.0, 10.0, 10.0]
    """
    if buckets < 2:
        raise ValueError("a bootstrap needs at least 2 buckets")
    generator = np.random.default_rng(seed)
    drawn = generator.multinomial(buckets - 1, np.full(buckets, 1.0 / buckets), size=replicates)
    return np.asarray(drawn * (buckets / (buckets - 1.0)), dtype=np.float64)


def interval(draws: Array, level: float = LEVEL) -> tuple[Array, Array]:
    """Percentile interval of each column.

    Parameters
    ----------
    draws
        R x C replicates.
    level
        Coverage, 0 to 1.

    Returns
    -------
    low, high : numpy.ndarray
        C each.

    Examples
    --------
    >>> low, high = interval(np.arange(101.0)[:, None])
    >>> round(float(low[0])), round(float(high[0]))
    (5, 95)
    """
    tail = (1.0 - level) / 2.0
    low, high = np.quantile(draws, [tail, 1.0 - tail], axis=0)
    return np.asarray(low), np.asarray(high)
