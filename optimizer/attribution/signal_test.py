"""Does where somebody has been tell whether they buy? A permutation test within sets of people who
are alike but for that.

In each set (`risk`) purchases are dealt out anew among all its people, as often to a history as it
has people there. The statistic is the score of a model in which every history multiplies the odds
of a purchase: the purchases above expectation, weighed by the inverse of their covariance under the
dealing (Mantel & Haenszel 1959; for one set, Pearson's).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.attribution.heldout import Score
from optimizer.attribution.risk import AtRisk

Array = NDArray[np.float64]

LEVEL = 0.05
PERMUTATIONS = 999
DEALT = 30_000_000  # numbers dealt at most; beyond, the statistic's large-sample distribution
FEW = 5.0  # expected purchases below which histories are taken together
SEEN_AT = 2.8  # standard errors: found at the 5 % level four times in five


@dataclass(frozen=True)
class Signal:
    """Does a purchase depend on the last touches?

    Parameters
    ----------
    order
        How many touches.
    p_value
        Of independence, within sets of people who are alike; None where journeys end in one way
        only.
    end_gain, auc
        On held-out journeys, see `heldout.Score`.
    found
        The verdict of the test, at 5 % over all orders together (see `level_of`).
    """

    order: int
    p_value: float | None
    end_gain: float | None
    auc: float | None
    found: bool


def signals_of(
    sets: Mapping[int, AtRisk], scores: Sequence[Score], seed: int = 0
) -> tuple[Signal, ...]:
    """The test at every order.

    Parameters
    ----------
    sets
        Order -> the people compared.
    scores
        Held-out scores of the same orders, see `order_choice.score_orders`.
    seed
        Of the permutations.
    """
    by_order = {score.order: score for score in scores if score.order is not None}
    out = []
    for order in sorted(sets):
        p = permutation_p(sets[order], seed=seed)
        score = by_order[order]
        found = p is not None and p <= LEVEL * level_of(order, len(sets))
        out.append(Signal(order, p, score.end_gain, score.auc, found))
    return tuple(out)


def level_of(order: int, orders: int) -> float:
    """What part of the level the test of an order may use: half for the last touch, half of the
    rest for the last two, and so on (weighted Bonferroni); together 1.

    Parameters
    ----------
    order
        1 to `orders`.
    orders
        How many are tested.

    Examples
    --------
    >>> [level_of(order, 3) for order in (1, 2, 3)]
    [0.5, 0.25, 0.25]
    """
    return float(0.5 ** min(order, orders - 1))


def overall_p(signals: Sequence[Signal]) -> float | None:
    """p-value of no dependence at any order; None where journeys end in one way only."""
    known = [
        item.p_value / level_of(item.order, len(signals))
        for item in signals
        if item.p_value is not None
    ]
    return min(1.0, *known) if known else None


def permutation_p(sets: AtRisk, permutations: int = PERMUTATIONS, seed: int = 0) -> float | None:
    """p-value of independence between histories and purchases within sets.

    Parameters
    ----------
    sets
        People and buyers by set and history; parts of people are rounded.
    permutations
        Dealings; the smallest p is 1 / (permutations + 1).
    seed
        Of the dealings.

    Returns
    -------
    float or None
        None where nobody bought, or everybody; 1 where no set holds different histories.

    Examples
    --------
    >>> sets = AtRisk(np.array([[90.0, 90.0]]), np.array([[90.0, 0.0]]))
    >>> permutation_p(sets, permutations=99)
    0.01
    """
    bought = np.rint(sets.bought)
    sizes = np.maximum(np.rint(sets.sizes), bought)
    if not bought.sum() or bought.sum() == sizes.sum():
        return None
    sizes, bought = _informative(sizes, bought)
    if not len(sizes):
        return 1.0
    sizes, bought = _merged(sizes, bought)
    many, all_of = bought.sum(axis=1), sizes.sum(axis=1)
    if sizes.shape[1] < 2:
        return 1.0
    expected = (many / all_of) @ sizes
    covariance = _covariance(sizes, many)
    inverse = np.asarray(np.linalg.pinv(covariance, hermitian=True), dtype=np.float64)
    real = _statistic(bought.sum(axis=0) - expected, inverse)
    if sizes.size * permutations > DEALT:
        from scipy.stats import chi2

        rank = int(np.linalg.matrix_rank(covariance, hermitian=True))
        return float(chi2.sf(real, max(rank, 1)))
    dealt = _dealt(sizes, many.astype(np.int64), permutations, np.random.default_rng(seed))
    reached = _statistic(dealt - expected, inverse) >= real * (1 - 1e-9) - 1e-9
    return float((1 + reached.sum()) / (permutations + 1))


def detectable(sets: AtRisk) -> float | None:
    """How many times as often people must buy after some touch for that to be found four times in
    five, at the 5 % level (Schoenfeld 1983); None where nothing can be compared.

    Parameters
    ----------
    sets
        Of order 1.
    """
    sizes, bought = _informative(np.maximum(sets.sizes, sets.bought), sets.bought)
    if not len(sizes):
        return None
    information = float(np.diag(_covariance(sizes, bought.sum(axis=1))).max())
    return float(np.exp(SEEN_AT / np.sqrt(information))) if information > 0 else None


def _informative(sizes: Array, bought: Array) -> tuple[Array, Array]:
    """The sets in which some bought, some did not, and not all have the same history."""
    many, all_of = bought.sum(axis=1), sizes.sum(axis=1)
    kept = (many > 0) & (many < all_of) & ((sizes > 0).sum(axis=1) > 1)
    return sizes[kept], bought[kept]


def _merged(sizes: Array, bought: Array) -> tuple[Array, Array]:
    """Histories of which few purchases are expected, as one: by size alone, so that the test is
    exact."""
    expected = (bought.sum(axis=1) / sizes.sum(axis=1)) @ sizes
    small = expected < FEW
    if small.any() and expected[small].sum() < FEW and not small.all():
        small = small | (expected == expected[~small].min())
    if not small.any():
        return sizes, bought
    sizes, bought = (
        np.column_stack([part[:, ~small], part[:, small].sum(axis=1)]) for part in (sizes, bought)
    )
    return _informative(sizes, bought)


def _covariance(sizes: Array, many: Array) -> Array:
    """Of the purchases by history, when `many` of each set are drawn without replacement."""
    all_of = sizes.sum(axis=1)
    share = sizes / all_of[:, None]
    factor = many * (all_of - many) / np.maximum(all_of - 1, 1e-9)
    return np.asarray(np.diag(factor @ share) - (share * factor[:, None]).T @ share)


def _statistic(above: Array, inverse: Array) -> Array:
    return np.asarray(((above @ inverse) * above).sum(axis=-1))


def _dealt(
    sizes: Array, many: NDArray[np.int64], times: int, generator: np.random.Generator
) -> Array:
    """Purchases by history over all sets, dealt out anew so many times: times x G."""
    out = np.zeros((times, sizes.shape[1]))
    single = many == 1
    upto = np.cumsum(sizes[single], axis=1)
    for row in upto:  # one purchase: to anybody, all alike
        one = np.searchsorted(row, generator.random(times) * row[-1], side="right")
        out[np.arange(times), np.minimum(one, len(row) - 1)] += 1
    for size, n in zip(sizes[~single].astype(np.int64), many[~single], strict=True):
        out += generator.multivariate_hypergeometric(
            size, int(n), size=times, method="marginals" if size.sum() >= 1_000 else "count"
        )
    return out
