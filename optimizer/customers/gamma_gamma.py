"""What customers spend per order: the gamma-gamma model.

A customer's orders vary around a mean of their own by a gamma distribution with shape p, and the
means differ by an inverse gamma distribution (q, scale). How often somebody orders is taken to say
nothing about how much. Fader and Hardie (2013), The Gamma-Gamma Model of Monetary Value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from optimizer.errors import UserError
from optimizer.messages import _

Array: TypeAlias = "np.ndarray[Any, Any]"
FEW = 30  # customers who ordered again


@dataclass(frozen=True)
class GammaGamma:
    """The model, fitted.

    Parameters
    ----------
    p, q
        Shapes of the orders around a customer's mean, and of the means.
    scale
        Currency; v in the literature.
    """

    p: float
    q: float
    scale: float

    def expected(self, orders: Array, mean: Array) -> Array:
        """The mean order of each customer, currency: what they spent, drawn towards all.

        Parameters
        ----------
        orders, mean
            How many were seen, and their mean (of none: not looked at).
        """
        known = np.where(orders > 0, orders * mean, 0.0)
        return np.asarray(self.p * (self.scale + known) / (self.p * orders + self.q - 1))


def fit_gamma_gamma(orders: Array, mean: Array) -> GammaGamma:
    """The most likely model with a finite mean.

    Parameters
    ----------
    orders, mean
        Of customers with an order: how many (1 or more), and the mean of their values (above 0).

    Raises
    ------
    UserError
        Where too few tell anything.
    """
    from scipy.optimize import minimize

    if len(orders) < FEW:
        raise UserError(
            _("too few customers ordered again to foretell what each will spend"),
            fix=_("{few} of them at least", few=FEW),
        )
    usual = float(np.median(mean))
    found = min(
        (
            minimize(
                _minus_mean,
                np.log([p, above, above / p]),  # a mean of 1
                (orders, mean / usual),
                method="L-BFGS-B",
                bounds=[(-9, 9)] * 3,
            )
            for p, above in ((5.0, 2.0), (20.0, 20.0))
        ),
        key=lambda found: float(found.fun),
    )
    p, above, scale = np.exp(found.x)
    return GammaGamma(float(p), float(1 + above), float(scale) * usual)


def _minus_mean(logs: Array, x: Array, mean: Array) -> float:
    """The mean of -log likelihood over customers (equation 1a of the note)."""
    from scipy.special import betaln

    p, above, scale = np.exp(logs)
    q = 1 + above
    whole = -betaln(p * x, q) - np.log(mean) + q * np.log(scale) + p * x * np.log(x * mean)
    return -float((whole - (p * x + q) * np.log(scale + x * mean)).mean())
