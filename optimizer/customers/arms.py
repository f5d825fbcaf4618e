"""One arm of an experiment: what it has shown."""

from __future__ import annotations

import math
from dataclasses import dataclass

from optimizer.errors import UserError
from optimizer.messages import _


@dataclass(frozen=True)
class Arm:
    """What one arm has shown.

    Parameters
    ----------
    name
        As the user calls it.
    n
        Units: visitors, users.
    mean
        Share that converted, or mean value per unit.
    variance
        Of one unit's value.
    share
        The outcome is yes or no.
    """

    name: str
    n: int
    mean: float
    variance: float
    share: bool

    @classmethod
    def of_share(cls, name: str, n: int, conversions: int) -> Arm:
        """An arm whose outcome is yes or no.

        Parameters
        ----------
        name
            As the user calls it.
        n, conversions
            Visitors, and how many of them converted.
        """
        if n <= 0 or not 0 <= conversions <= n:
            raise UserError(
                _(
                    "arm '{name}' has {conversions} conversions among {n} visitors",
                    name=name,
                    conversions=conversions,
                    n=n,
                ),
                fix=_("conversions lie between 0 and the visitors, of whom there is at least 1"),
            )
        p = conversions / n
        return cls(name, n, p, p * (1 - p), True)

    @classmethod
    def of_mean(cls, name: str, n: int, mean: float, sd: float) -> Arm:
        """An arm whose outcome is a number per unit.

        Parameters
        ----------
        name
            As the user calls it.
        n
            Units.
        mean, sd
            Of a unit's value; sd with n - 1 in the denominator.
        """
        if n < 2 or sd < 0 or not math.isfinite(mean) or not math.isfinite(sd):
            raise UserError(
                _(
                    "arm '{name}' has {n} units, mean {mean}, standard deviation {sd}",
                    name=name,
                    n=n,
                    mean=f"{mean:g}",
                    sd=f"{sd:g}",
                ),
                fix=_("at least 2 units with finite values"),
            )
        return cls(name, n, mean, sd * sd, False)

    @property
    def events(self) -> int:
        """Conversions (shares) or units (means)."""
        return round(self.n * self.mean) if self.share else self.n
