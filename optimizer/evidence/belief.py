"""What is believed of a company: draws of what every channel brings and of organic demand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
RECENT = 8  # periods that tell what is spent today
EXPERIENCE = 2.0  # times the most ever spent per period: how far a curve is believed


@dataclass(frozen=True)
class Interval:
    """Mean and central interval of draws."""

    mean: float
    low: float
    high: float

    def as_dict(self) -> dict[str, float]:
        """mean, low, high."""
        return {"mean": self.mean, "low": self.low, "high": self.high}


@dataclass(frozen=True)
class Belief:
    """Draws of whole companies: D draws, C channels, T periods.

    Parameters
    ----------
    channels
        Names, C.
    days
        Length of a period, days.
    ceiling, half
        (D, C): customers per period are ceiling * x / (half + x) at a steady spend of x (currency)
        per period.
    keep
        (D, C) share of an effect that lasts into the next period.
    organic, caused
        (D, T) and (D, T, C) customers; together they are what was sold, in every draw and period.
    most, today
        (C,) currency per period: the most ever spent, and the mean of the last eight periods.
    claimed
        (C,) conversions that platforms claim over all periods (None: nobody claims any).
    r_hat
        How well the chains agree, 1 at best (nan: not known).
    """

    channels: tuple[str, ...]
    days: float
    ceiling: Array
    half: Array
    keep: Array
    organic: Array
    caused: Array
    most: Array
    today: Array
    claimed: Array | None = None
    r_hat: float = float("nan")

    def arriving(self, periods: float) -> Array:
        """(D, C) share of what an even spend causes that comes within a plan of so many periods."""
        keep = np.minimum(self.keep, 0.999)
        out: Array = 1 - keep * (1 - keep**periods) / (periods * (1 - keep))
        return np.clip(out, 0.0, 1.0)

    def by_channel(self, spend: Array, periods: float) -> Array:
        """(D, C) customers that an evenly paced plan brings within its periods.

        Parameters
        ----------
        spend
            (C,) currency over the whole plan.
        periods
            Its length in the belief's periods.
        """
        x = np.maximum(np.asarray(spend, dtype=float), 0.0) / periods
        out: Array = self.ceiling * x / (self.half + x) * self.arriving(periods) * periods
        return out

    def spread(self, spend: Array, periods: float) -> Array:
        """(C,) standard deviation over draws of what each channel brings, customers per plan."""
        out: Array = self.by_channel(spend, periods).std(axis=0)
        return out


def interval(draws: Array, level: float = 0.9) -> Interval:
    """Mean and central interval of draws.

    >>> interval(np.zeros(10) + 2.0).as_dict()
    {'mean': 2.0, 'low': 2.0, 'high': 2.0}
    """
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(np.mean(draws)), float(low), float(high))


def chance(gain: Array) -> float:
    """Share of draws above nothing; a tie counts a half.

    >>> chance(np.array([-1.0, 0.0, 1.0, 2.0]))
    0.625
    """
    tie = 1e-6 * max(float(np.abs(gain).max()), 1e-3)
    return float(np.mean(np.where(np.abs(gain) <= tie, 0.5, gain > 0)))
