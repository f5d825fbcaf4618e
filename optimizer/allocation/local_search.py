"""The search on the model that holds near a spend, within a trust region."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from optimizer.allocation.decision import Rule
from optimizer.allocation.expression import Array, Expression
from optimizer.allocation.model import ConstraintBlock, LinearModel, Solution
from optimizer.allocation.outcome import LocalModel
from optimizer.allocation.outer_approximation import OuterApproximation
from optimizer.allocation.problem import Problem

CLOSEST = 8  # corners of a refined grid that are worth keeping


def anchored(problem: Problem, spend: Array) -> Problem:
    """The problem with curves that hold near a spend in place of its outcome model.

    Parameters
    ----------
    problem
        One with an outcome model.
    spend
        Currency per decision.
    """
    model = problem.outcome
    if model is None:
        return problem
    decisions = tuple(
        replace(decision, curves={**decision.curves, **curves})
        for decision, curves in zip(problem.decisions, model.curves_at(spend), strict=True)
    )
    near = LocalModel(spend, model, model.outcome(spend))
    return replace(problem, decisions=decisions, outcome=None, near=near)


def with_curves_at(problem: Problem, spend: Array) -> Problem:
    """The problem with its outcome model, and curves that hold near a spend beside it."""
    return replace(anchored(problem, spend), outcome=problem.outcome, near=None)


@dataclass(eq=False)
class LocalSearch(OuterApproximation):
    """A search in which no decision leaves its range.

    Parameters
    ----------
    low, high
        Currency per decision (empty: no limit).
    """

    low: Array = field(default_factory=lambda: np.zeros(0))
    high: Array = field(default_factory=lambda: np.zeros(0))

    def look_where(self, other: LocalSearch, spend: Array) -> None:
        """Corners too where another search much like this one has refined its grids, near a spend
        (currency per decision): there the next plan lies as well.
        """
        for i, amount in enumerate(self.problem.amounts(spend)):
            if not self.exact[i] and not other.exact[i]:
                known = other.grids[i]
                close = known[np.argsort(np.abs(known - amount), kind="stable")[:CLOSEST]]
                self.grids[i] = np.union1d(self.grids[i], close)

    def upper_bounds(self, rules: Sequence[Rule], far: float = 20.0) -> Array:
        """See `Relaxation`."""
        most = super().upper_bounds(rules, far)
        if self.problem.carries or not len(self.high):
            return most
        return np.where(self.high > 0, np.minimum(most, self.high), most)

    def for_problem(self, problem: Problem) -> LocalSearch:
        """See `OuterApproximation`."""
        return LocalSearch(problem, self.solver, self.deadline, low=self.low, high=self.high)

    def _begin(self, *asked: Any) -> Any:
        search = super()._begin(*asked)
        if np.isfinite(self.high).any() and self.problem.carries:
            search.blocks = [*search.blocks, self._region()]
        return search

    def solve_model(self, model: LinearModel, gap: float) -> Solution:
        """See `Relaxation`."""
        if np.isfinite(self.high).any() and not self.problem.carries:
            self._fence(model)
        return super().solve_model(model, gap)

    def _fence(self, model: LinearModel) -> None:
        """Bounds of pieces that keep every decision in its range: pieces fill in their order."""
        which, width = model.piece_decision, model.piece_width
        until = np.cumsum(width)
        first = np.searchsorted(which, np.arange(len(self.high)))
        start = until - width - (until - width)[first][which]
        price, live = self.problem.prices[which], ~self.problem.is_idle[which]
        least = np.clip((self.low[which] / price - start) / width, 0.0, 1.0) * live
        most = np.maximum((self.high[which] / price - start) / width, 0.0)
        pieces = slice(0, len(which))
        model.high[pieces] = np.where(live, np.minimum(model.high[pieces], most), 0.0)
        model.low[pieces] = np.minimum(np.maximum(model.low[pieces], least), model.high[pieces])

    def _region(self) -> ConstraintBlock:
        """The rows that keep every decision in its range, where money works on in later periods."""
        rows = []
        for i, (least, most) in enumerate(zip(self.low, self.high, strict=True)):
            if self.problem.decisions[i].idle:
                continue
            money = Expression.of("spend", np.array([i]))
            rows.append((money <= float(most)).called(f"most{i}"))
            if least > 0:
                rows.append((money >= float(least)).called(f"least{i}"))
        return ConstraintBlock("near", tuple(rows))
