"""A plan not yet known: what rules and goals ask of it becomes rows of a model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from optimizer.allocation.expression import Array, Comparison, Expression, Index
from optimizer.allocation.first_order import missing
from optimizer.allocation.model import ConstraintBlock
from optimizer.allocation.problem import Problem
from optimizer.allocation.quantities import PlanQuantities


class SymbolicQuantities(PlanQuantities):
    """A plan not yet known.

    Helpers (extra unknowns that some rules need) collect here with the rows that bind them.

    Attributes
    ----------
    free
        For each helper, whether it may be below 0.
    choices
        For each whole number that is chosen, the largest.
    bindings
        The rows that give the helpers their meaning.
    """

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.free: list[bool] = []
        self.choices: list[float] = []
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

    def choice(self, decided: Callable[[], float], most: float = 1.0) -> Expression:
        """See `PlanQuantities`."""
        self.choices.append(most)
        return Expression.of("choice", np.array([len(self.choices) - 1]))

    def block(
        self, name: str, rows: Sequence[Comparison], bindings: Sequence[Comparison] = ()
    ) -> ConstraintBlock:
        """What was asked, as a part of a model.

        Parameters
        ----------
        name
            The rule's, or "goal".
        rows
            As the rule or goal states them.
        bindings
            Rows beside those that were collected here.
        """
        free, choices = tuple(self.free), tuple(self.choices)
        return ConstraintBlock(name, tuple(rows), free, (*self.bindings, *bindings), choices)

    def _served(self, kind: str, which: Index, weight: Array) -> Expression:
        """Never less than what is served: the stock goes to the customers of most weight.

        With weights w1 > w2 > ... these come to the sum of (w1 - w2) * least(customers of weight
        w1, stock) + (w2 - w3) * least(those of weight w2 or more, stock) + ...
        """
        if kind != "customers" or not self.problem.stocks:
            return self.total(kind, which, weight)
        rest, out = np.ones(len(which), dtype=bool), Expression()
        for members, limit in self.problem.stocks:
            own = np.isin(which, members)
            rest &= ~own
            levels = np.unique(np.append(weight[own], 0.0))
            for low, high in pairwise(levels):
                asked = self.total(kind, which[own & (weight >= high)])
                out = out + (high - low) * self.least([asked, Expression(constant=limit)])
        return out + self.total(kind, which[rest], weight[rest])

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


def least_spend(problem: Problem) -> ConstraintBlock:
    """The goal of questions of yes or no: any plan will do, and a cheap one keeps numbers small.

    Set-ups count twice, so that none is paid for nothing where a rule asks for money.
    """
    symbols = SymbolicQuantities(problem)
    own = symbols.total("spend", np.arange(len(problem.decisions)))
    money = 2.0 * symbols.spend(None) - own
    return symbols.block("goal", [-money >= 0.0])


def thrift(spend: Array) -> float:
    """What `least_spend` makes as large as it can, of a spend."""
    return -float(np.sum(spend))
