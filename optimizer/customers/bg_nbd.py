"""How often customers buy, and whether they still do: the BG/NBD model.

A customer orders at a rate of their own while they are one, and may be lost after any order. Rates
differ by a gamma distribution (r, alpha), chances of being lost by a beta distribution (a, b).
Fader, Hardie and Lee (2005), "Counting your customers" the easy way, Marketing Science 24(2):
equations 6 (likelihood), 9 and 10 (expected orders).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from optimizer.errors import UserError
from optimizer.messages import _

Array: TypeAlias = "np.ndarray[Any, Any]"
FEW = 50  # customers, and further orders: with fewer nothing is learned of four parameters
TYPICAL = 10.0  # the mean age on the clock of the search, where alpha is of the size of the others


@dataclass(frozen=True)
class BgNbd:
    """The model, fitted.

    Parameters
    ----------
    r, alpha
        Of the gamma distribution of rates; alpha in days.
    a, b
        Of the beta distribution of the chance to be lost after an order.
    log_likelihood
        Of the data, with time in days.
    """

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float

    def alive(self, orders: Array, last: Array, age: Array) -> Array:
        """The chance that each customer still is one.

        Parameters
        ----------
        orders
            After the first.
        last, age
            Days from the first order to the last one, and to now.
        """
        gone = self.a / (self.b + np.maximum(orders, 1) - 1)
        gone = gone * ((self.alpha + age) / (self.alpha + last)) ** (self.r + orders)
        return np.where(orders > 0, 1 / (1 + gone), 1.0)

    def expected(self, days: Array | float, orders: Array, last: Array, age: Array) -> Array:
        """Orders to come within so many days, of customers who were watched so far.

        Parameters
        ----------
        days
            From now.
        orders, last, age
            As `alive` takes them.
        """
        from scipy.special import hyp2f1

        a = self.a if abs(self.a - 1) > 1e-6 else 1 + 1e-6  # the formula's limit
        left = (self.alpha + age) / (self.alpha + age + days)
        # Euler's transformation of equation 10: nothing grows large, however many orders
        series = hyp2f1(a + self.b - 1 - self.r, a - 1, a + self.b + orders - 1, 1 - left)
        whole = (a + self.b + orders - 1) / (a - 1) * (1 - left ** (a - 1) * series)
        return np.asarray(whole * self.alive(orders, last, age))

    def expected_of_new(self, days: float) -> float:
        """Orders after the first within so many days of it, of a new customer."""
        none = np.zeros(1)
        return float(self.expected(days, none, none, none)[0])


def fit_bg_nbd(orders: Array, last: Array, age: Array) -> BgNbd:
    """The most likely model.

    Parameters
    ----------
    orders
        Of each customer after the first; those of one day are one.
    last, age
        Days from the first order to the last one, and to the end of the data.

    Raises
    ------
    UserError
        Where too few customers, or orders after the first, tell anything.
    """
    from scipy.optimize import minimize

    if len(orders) < FEW or orders.sum() < FEW:
        raise UserError(
            _("too few customers ordered again to foretell what each will order"),
            fix=_("{few} customers and {few} further orders at least", few=FEW),
        )
    scale = TYPICAL / max(float(age.mean()), 1.0)
    rows = np.stack([orders, last * scale, age * scale], axis=1)
    kinds, many = np.unique(rows, axis=0, return_counts=True)
    found = min(
        (
            minimize(
                _minus_mean, np.log(start), (kinds, many), method="L-BFGS-B", bounds=[(-9, 9)] * 4
            )
            for start in ((1.0, 1.0, 1.0, 1.0), (0.3, 5.0, 0.8, 2.5))
        ),
        key=lambda found: float(found.fun),
    )
    r, alpha, a, b = np.exp(found.x)
    # a density of times: days instead of the search's clock
    whole = -float(found.fun) * len(orders) + float(orders.sum()) * np.log(scale)
    return BgNbd(float(r), float(alpha) / scale, float(a), float(b), float(whole))


def _minus_mean(logs: Array, kinds: Array, many: Array) -> float:
    """The mean of -log likelihood over customers, of which some are alike."""
    from scipy.special import betaln, gammaln

    r, alpha, a, b = np.exp(logs)
    x, last, age = kinds.T
    start = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    stays = betaln(a, b + x) - betaln(a, b) - (r + x) * np.log(alpha + age)
    again = np.maximum(x, 1)
    lost = betaln(a + 1, b + again - 1) - betaln(a, b) - (r + x) * np.log(alpha + last)
    both = np.where(x > 0, np.logaddexp(stays, lost), stays)
    return -float(((start + both) * many).sum() / many.sum())
