"""The best plan a search has found so far, and what is proven of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.allocation.expression import Array
from optimizer.allocation.model import LinearModel


@dataclass(frozen=True, eq=False)
class Incumbent:
    """The best plan found so far, and what is proven of it.

    Parameters
    ----------
    status
        optimal | time_limit | infeasible | unbounded | failed.
    spend
        Currency per decision, set-up costs not included (None: no plan yet).
    value, bound
        The goal on the true curves and its proven bound.
    model
        The last one below the curves.
    rounds
        How often the grids were refined.
    scale
        The goal at the spends where curves bend, as far as limits allow: what a plan that spends
        nothing is measured by.
    """

    status: str
    spend: Array | None = None
    value: float = -np.inf
    bound: float = np.inf
    model: LinearModel | None = None
    rounds: int = 0
    scale: float = 0.0

    @property
    def gap(self) -> float:
        """Distance of value and bound, relative to the larger (infinite: nothing is proven).

        Of a plan that spends nothing relative to what the channels can do: a share of nothing says
        nothing.
        """
        if not np.isfinite(self.bound) or not np.isfinite(self.value):
            return np.inf
        size = max(abs(self.bound), abs(self.value))
        if self.spend is not None and not np.any(self.spend):
            size = max(size, self.scale)
        return max(0.0, self.bound - self.value) / size if size > 0 else 0.0
