"""A curve over everything that is paid: what is billed and the commission on what it sells.

A channel that is paid a share of its sales costs price * x + per_customer * f(x) where x is billed.
Read over that sum its customers are again a curve that bends wherever f does, the same way: its
slope is f' / (price + per_customer * f'), which rises and falls with f'. So budgets, cash, CAC and
proofs see one amount of money, and the commission is in it once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from optimizer.response.curve import Array, Curve, Region

STEPS = 100  # of a bracketed Newton's method; it has converged long before


@dataclass(frozen=True, kw_only=True)
class AllIn(Curve):
    """Customers over all that is paid for them.

    Parameters
    ----------
    base
        Customers over what is billed.
    price
        Currency per unit of the base's spend.
    per_customer
        Commission, currency per customer.
    """

    base: Curve
    price: float = 1.0
    per_customer: float = 0.0

    def check(self) -> None:
        """A price above 0 and a commission of 0 or more are its maker's duty."""

    def _paid(self, billed: Array) -> Array:
        return np.asarray(self.price * billed + self.per_customer * self.base(billed))

    def _billed(self, paid: Array) -> Array:
        """The inverse of `_paid`, by Newton's method inside a bracket."""
        low, high = np.zeros_like(paid), paid / self.price
        x = high
        for __ in range(STEPS):
            beyond = self._paid(x) - paid
            low, high = np.where(beyond <= 0, x, low), np.where(beyond > 0, x, high)
            with np.errstate(all="ignore"):
                step = beyond / (self.price + self.per_customer * self.base.slope(x))
            guess = np.nan_to_num(x - step, nan=-1.0)
            guess = np.where((guess > low) & (guess < high), guess, (low + high) / 2)
            if np.all((beyond == 0) | (np.abs(guess - x) <= 1e-15 * x)):
                break
            x = np.where(beyond == 0, x, guess)
        return x

    def billed(self, paid: Array | float) -> Array:
        """What of an amount is billed beside commission, currency.

        Parameters
        ----------
        paid
            Currency over the curve's stretch of time, 0 or more.
        """
        own = np.asarray(paid, dtype=float) / self.spend_scale
        return self.spend_scale * self.price * self._billed(own)

    def shape(self, x: Array) -> Array:
        """Customers of what is billed of it."""
        return self.base(self._billed(np.asarray(x, dtype=float)))

    def shape_slope(self, x: Array) -> Array:
        """f' / (price + per_customer * f')."""
        slope = self.base.slope(self._billed(np.asarray(x, dtype=float)))
        with np.errstate(divide="ignore"):
            return np.asarray(1.0 / (self.price / slope + self.per_customer))

    def shape_bend(self) -> float:
        """Where the base bends, in what is paid."""
        return float(self._paid(np.asarray(self.base.natural_spend)))

    def shape_regions(self) -> tuple[Region, ...]:
        """Where the base bends, the same way."""
        return tuple(
            Region(float(self._paid(np.asarray(part.start))), part.bend)
            for part in self.base.regions()
        )

    def shape_spend_at_slope(self, slope: Array) -> Array:
        """What is paid where the base has the slope that comes to this one."""
        left = 1.0 - self.per_customer * slope
        with np.errstate(all="ignore"):
            own = np.where(left > 0, slope * self.price / left, np.inf)
            billed = self.base.spend_at_slope(own)
            return np.where(
                np.isinf(billed), np.inf, self._paid(np.where(np.isinf(billed), 0.0, billed))
            )

    def times(self, factor: float) -> Self:
        """The customers multiplied, for the same bill: their commission is too."""
        return replace(self, base=self.base.times(factor))


def all_in(base: Curve, price: float, per_customer: float) -> AllIn:
    """A curve over what is billed, as one over everything that is paid.

    Parameters
    ----------
    base
        Customers over what is billed.
    price
        Currency per unit of the base's spend.
    per_customer
        Commission, currency per customer.

    Returns
    -------
    AllIn
        With the base's evidence, its observed range in what was paid.

    Examples
    --------
    >>> from optimizer.response.shapes.straight import linear
    >>> curve = all_in(linear(rate=0.5), 1.0, 2.0)  # 100 billed: 50 customers, 100 commission
    >>> float(curve(200.0)), float(curve.billed(200.0)), float(curve.slope(200.0))
    (50.0, 100.0, 0.25)
    """
    made = AllIn(base=base, price=price, per_customer=per_customer, evidence=base.evidence)
    seen = base.evidence.observed
    if seen is None:
        return made
    low, high = (float(made._paid(np.asarray(end))) for end in seen)
    return replace(made, evidence=replace(base.evidence, observed=(low, high)))
