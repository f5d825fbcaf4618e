"""A plan against what came: how far along it is, and what the whole of it is now believed to bring.

The belief before the plan began is a factor on the extra customers it promised, lognormal of mean 1 with
the plan's own interval. What came updates it (a negative binomial on a grid: customers come at
random, and demand varies besides), and the rest of the plan is foreseen with what was learned.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.evidence.belief import Interval

Array = NDArray[np.float64]

NINETY = 1.6448536269514722  # standard deviations to either end of a 90 % interval
DEMAND = 0.1  # standard deviation of demand, as a share: what no plan foresees
STEP, FAR = 0.004, 50.0  # of the grid of factors: between logarithms, and to either side of 1
QUANTILES = np.linspace(-3.0, 3.0, 61)  # standard normal, for mixtures


@dataclass(frozen=True)
class Promise:
    """What a plan said, of its whole length or of a part; customers.

    Parameters
    ----------
    extra, organic
        Customers its spend brings, and those who come without it.
    """

    extra: float
    organic: float

    @property
    def customers(self) -> float:
        """All of them."""
        return self.extra + self.organic


@dataclass(frozen=True)
class Foreseen:
    """What is believed after some of the plan has come.

    Parameters
    ----------
    due
        All customers that were to be expected so far, with the 90 % interval of before.
    factor
        What the extra customers are now believed to be, of those promised.
    whole
        All customers of the whole plan.
    chance
        Of reaching the target (None: there is none).
    """

    due: Interval
    factor: Interval
    whole: Interval
    chance: float | None


def foresee(
    due: Promise, rest: Promise, came: float, spread: float, target: float | None = None
) -> Foreseen:
    """Update a plan's promise by what came.

    Parameters
    ----------
    due, rest
        Promised for what has been spent so far, and for what is still to be spent.
    came
        New customers so far, of any origin.
    spread
        Log-standard deviation of the extra customers, as believed before the plan began.
    target
        All customers that the whole plan is to bring.

    Returns
    -------
    Foreseen
        Means and 90 % intervals.
    """
    factors = _factors(due, came)
    steps = np.log(factors)
    if spread > 0:
        before = np.exp(-0.5 * ((steps + 0.5 * spread**2) / spread) ** 2)  # of mean 1
    else:
        before = (np.abs(steps) < 1e-9).astype(float)
    before /= before.sum()
    expected = due.organic + factors * due.extra
    told = _log_likelihood(came, np.maximum(expected, 1e-9))
    told[before == 0] = -np.inf
    after = before * np.exp(told - told.max())
    after /= after.sum()
    left = rest.organic + factors * rest.extra
    whole, weight = _mixed(came + left, _deviation(left), after)
    reached = None
    if target is not None:
        reached = float(weight[whole >= target].sum())
    return Foreseen(
        _interval(*_mixed(expected, _deviation(expected), before)),
        _interval(factors, after),
        _interval(whole, weight),
        reached,
    )


def _factors(due: Promise, came: float) -> Array:
    """Factors on what was promised, evenly apart in logarithms, 1 among them; as far as twice what
    came can ask for.
    """
    top = max(FAR, 2 * came / due.extra if due.extra > 0 else 0.0)
    out: Array = np.exp(STEP * np.arange(-np.ceil(np.log(FAR) / STEP), np.log(top) / STEP + 1))
    return out


def spread_of(extra: Interval) -> float:
    """Log-standard deviation of what a plan promised, from its 90 % interval.

    Where the interval reaches 0, its width beside its mean stands for it.
    """
    if extra.mean <= 0:
        return 0.0
    if extra.low > 0:
        return float(np.log(extra.high / extra.low) / (2 * NINETY))
    return float((extra.high - extra.low) / (2 * NINETY) / extra.mean)


def _log_likelihood(came: float, expected: Array) -> Array:
    """Of a negative binomial: chance, and demand that varies; but for what is the same in all."""
    odd = DEMAND**2 * expected
    out: Array = came * np.log(odd / (1 + odd)) - np.log1p(odd) / DEMAND**2
    return out


def _deviation(expected: Array) -> Array:
    """Standard deviation of customers about their mean: chance, and demand."""
    out: Array = np.sqrt(np.maximum(expected, 1.0) + (DEMAND * expected) ** 2)
    return out


def _mixed(means: Array, deviations: Array, weights: Array) -> tuple[Array, Array]:
    """Points and weights of a mixture of normals, none below 0."""
    normal = np.exp(-0.5 * QUANTILES**2)
    normal /= normal.sum()
    points = np.maximum(means[:, None] + deviations[:, None] * QUANTILES, 0.0)
    return points.ravel(), (weights[:, None] * normal).ravel()


def _interval(points: Array, weights: Array) -> Interval:
    order = np.argsort(points, kind="stable")
    reached = np.cumsum(weights[order]) / weights.sum()
    low, high = (float(points[order][np.searchsorted(reached, q)]) for q in (0.05, 0.95))
    return Interval(float((points * weights).sum() / weights.sum()), low, high)
