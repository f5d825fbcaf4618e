"""A plan not yet known: what rules and goals ask of it becomes rows of a model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from optimizer.allocation.expression import Array, Comparison, Expression, Index
from optimizer.allocation.first_order import missing
from optimizer.allocation.problem import Problem
from optimizer.allocation.quantities import PlanQuantities


class SymbolicQuantities(PlanQuantities):
    """A plan not yet known.

    Helpers (extra unknowns that some rules need) collect here with the rows that bind them.

    Attributes
    ----------
    free
        For each helper, whether it may be below 0.
    bindings
        The rows that give the helpers their meaning.
    """

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.free: list[bool] = []
        self.bindings: list[Comparison] = []

    def total(self, kind: str, which: Index, weight: Array | float = 1.0) -> Expression:
        """See `PlanQuantities`."""
        if not len(which):
            return Expression()
        which = np.asarray(which, dtype=np.int64)
        own = Expression.of(kind, which, weight)
        if self.problem.near is None:
            return own
        constant, slope = missing(self.problem, kind, which, np.broadcast_to(weight, which.shape))
        bent = np.flatnonzero(slope)
        return own + (Expression.of("spend", bent, slope[bent]) if len(bent) else 0.0) + constant

    @property
    def known(self) -> bool:
        """See `PlanQuantities`."""
        return False

    def helper(self, free: bool) -> Expression:
        """One more unknown, which rows in `bindings` must tie down (free: it may be below 0)."""
        self.free.append(free)
        return Expression.of("helper", np.array([len(self.free) - 1]))

    def least(self, choices: Sequence[Expression]) -> Expression:
        """See `PlanQuantities`."""
        floor = self.helper(free=True)
        self.bindings += [(floor <= choice).called(f"least{k}") for k, choice in enumerate(choices)]
        return floor

    def tail_mean(self, losses: Sequence[Expression], tail: float) -> Expression:
        """See `PlanQuantities`."""
        start = self.helper(free=True)
        out = start
        for k, loss in enumerate(losses):
            beyond = self.helper(free=False)
            self.bindings.append((loss - start <= beyond).called(f"draw{k}"))
            out = out + beyond * (1.0 / (tail * len(losses)))
        return out
