"""A problem relaxed to linear programs: rules in symbols, grids of its curves, models run, plans
judged.

The grids stay refined from one solve to the next, so that solving again after a small change costs
little. Plans are judged on the true curves.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import InitVar, dataclass, field

import numpy as np

from optimizer.allocation.decision import Rule
from optimizer.allocation.evaluated import evaluate
from optimizer.allocation.expression import Array
from optimizer.allocation.goal import objective
from optimizer.allocation.model import ConstraintBlock, LinearModel, Solution, slug
from optimizer.allocation.piecewise import Estimator, estimators, first_grid, sparse_grid
from optimizer.allocation.problem import Problem
from optimizer.allocation.rule import comparisons, spec_of
from optimizer.allocation.solvers.pulp import run
from optimizer.allocation.symbolic import SymbolicQuantities

LARGE = 60  # decisions from which the dual first says where to look
TOLERANCE = 1e-7  # a plan that breaks a row by more than this share is no plan
MOST_LISTED = 400  # whole posts that are listed one by one
LONG = 120  # corners from which a grid is begun again
FARTHEST = 1000.0  # times a decision's natural spend: beyond, the last piece goes on for ever


@dataclass(eq=False)
class Relaxation:
    """A problem with the grids on which its curves become straight pieces.

    Parameters
    ----------
    problem
        The problem.
    solver
        "highs", "arrays" or "cbc".
    deadline
        `time.monotonic()` at which solving ends (None: never).
    grids_of
        A relaxation of another problem of the same decisions, whose grids are gone on with.

    Attributes
    ----------
    natural_spend
        For each decision, currency of the order at which its curves bend.
    grids, exact, first
        For each decision, its corners, whether only these amounts can occur, and the corners it
        began with.
    row_prices
        Prices of rows by name, where many decisions made them worth knowing.
    solves
        How many models were run.
    """

    problem: Problem
    solver: str = "highs"
    deadline: float | None = None
    grids_of: InitVar[Relaxation | None] = None
    solves: int = 0
    grids: list[Array] = field(default_factory=list)
    exact: list[bool] = field(default_factory=list)
    first: list[Array] = field(default_factory=list)
    row_prices: Mapping[str, float] = field(default_factory=dict)
    _blocks: dict[object, ConstraintBlock] = field(default_factory=dict)

    def __post_init__(self, grids_of: Relaxation | None) -> None:
        problem = self.problem
        self.natural_spend: Array = np.array(
            [
                max((curve.natural_spend for curve in d.curves.values()), default=1.0) * d.price
                for d in problem.decisions
            ]
        )
        if grids_of is not None:
            self.first = grids_of.first
            self.take_grids(grids_of)
            return
        most = self.upper_bounds(problem.rules)
        bent = np.array(
            [
                any(part.bend for curve in d.curves.values() for part in curve.regions())
                for d in problem.decisions
            ]
        )
        most = np.where(bent, np.minimum(most, FARTHEST * self.natural_spend), most)
        self._first_grids(most / problem.prices)

    def _first_grids(self, most: Array) -> None:
        """Corners to begin with, up to the most of each decision's amount."""
        large = len(self.problem.decisions) > LARGE
        for decision, end in zip(self.problem.decisions, most, strict=True):
            # what carries over is at work in parts of posts
            whole = decision.whole and not (decision.carry or decision.carry_in)
            if large and not decision.whole:
                grid = sparse_grid(decision.curves, float(end))
            else:
                grid = first_grid(decision.curves, float(end), 8 if large else 16, whole)
            self.grids.append(grid)
            self.first.append(grid)
            listed = bool(np.all(grid == np.round(grid))) and len(grid) == grid[-1] + 1
            self.exact.append(whole and listed)

    @property
    def late(self) -> bool:
        """Whether its time is up."""
        return self.deadline is not None and time.monotonic() >= self.deadline

    def take_grids(self, other: Relaxation) -> None:
        """Go on with the grids that another problem of the same decisions has refined."""
        self.grids, self.exact = list(other.grids), list(other.exact)

    def upper_bounds(self, rules: Sequence[Rule], far: float = 20.0) -> Array:
        """The most each decision can get under the rules, currency.

        Parameters
        ----------
        rules
            Simple rules.
        far
            Where they set no limit: as many times the spend at which its curves bend.
        """
        problem = self.problem
        out = self._stated_bounds(rules)
        size = max(
            float(np.max(out[np.isfinite(out)], initial=0.0)),
            max((decision.current or 0.0 for decision in problem.decisions), default=0.0),
        )
        out = np.where(np.isfinite(out), out, np.maximum(far * self.natural_spend, 4 * size))
        out = np.where(out > 0, out, self.natural_spend)
        if problem.carries:  # what earlier periods leave at work comes on top of a period's own
            out = problem.amounts(np.where(problem.is_idle, 0.0, out)) * problem.prices
            out = np.where(out > 0, out, self.natural_spend)
        return out

    def _stated_bounds(self, rules: Sequence[Rule]) -> Array:
        """What rules that bound a decision's own spend or posts leave it, currency (infinite: no
        limit).
        """
        problem = self.problem
        out = np.full(len(problem.decisions), np.inf)
        for rule in rules:
            caps = spec_of(rule).caps
            if caps == "spend":
                which = problem.in_period(problem.decisions_of(rule.of), rule.period)
                out[which] = np.minimum(out[which], float(rule.value))
            if caps == "posts":
                which = problem.decisions_of(rule.of)
                if problem.is_posts[which].all():
                    out[which] = np.minimum(out[which], float(rule.value) * problem.prices[which])
        return out

    def constraint_block(self, rule: Rule) -> ConstraintBlock:
        """A rule in symbols."""
        key = ("rule", rule.key, rule.value)
        if key not in self._blocks:
            symbols = SymbolicQuantities(self.problem)
            found = comparisons(rule, symbols)
            label = "_".join(str(v) for _, v in sorted(rule.options.items()) if isinstance(v, str))
            name = "_".join(part for part in (rule.name, slug(rule.of or ""), slug(label)) if part)
            self._blocks[key] = symbols.block(name, found)
        return self._blocks[key]

    def objective_block(self) -> ConstraintBlock:
        """The goal in symbols."""
        if "goal" not in self._blocks:
            symbols = SymbolicQuantities(self.problem)
            total = objective(self.problem.goal, symbols)
            self._blocks["goal"] = symbols.block("goal", [total >= 0.0])
        return self._blocks["goal"]

    def objective_value(self, spend: Array) -> float:
        """The goal on the true curves; of a goal that is to be small the negative."""
        return float(objective(self.problem.goal, evaluate(self.problem, spend)))

    def feasible(self, spend: Array, rules: Sequence[Rule], tolerance: float = TOLERANCE) -> bool:
        """Whether every rule holds on the true curves.

        Parameters
        ----------
        spend
            Currency per decision, set-up costs not included.
        rules
            Simple rules.
        tolerance
            By which share of a row's larger side it may be broken.
        """
        plan = evaluate(self.problem, spend)
        return all(
            row.violation() <= tolerance for rule in rules for row in comparisons(rule, plan)
        )

    def estimators(
        self, above: bool, bounds: Array, names: frozenset[str] | None = None
    ) -> list[Estimator]:
        """Over- or underestimators of all decisions, up to the most each can get.

        Parameters
        ----------
        above
            Never below the curves, else never above them.
        bounds
            The most each decision can get, currency: what lies beyond would only spoil the scale.
        names
            The responses that rules and goal speak of (None: all).
        """
        grids = []
        for grid, exact, most in zip(
            self.grids, self.exact, bounds / self.problem.prices, strict=True
        ):
            end = np.floor(most * (1 + 1e-9)) if exact else most
            if grid[-1] > end:
                grid = grid[grid < end * (1 - 1e-9)]
                grid = np.append(grid if len(grid) else [0.0], end if end > 0 else 1.0)
            grids.append(grid)
        curves = [
            d.curves if names is None else {n: c for n, c in d.curves.items() if n in names}
            for d in self.problem.decisions
        ]
        return estimators(curves, grids, above, self.exact)

    def solve_model(self, model: LinearModel, gap: float) -> Solution:
        """A model's solution, within the time that is left.

        Parameters
        ----------
        model
            The model.
        gap
            Relative gap at which a mixed model is done.
        """
        self.solves += 1
        left = None if self.deadline is None else self.deadline - time.monotonic()
        if left is not None and left <= 0:
            return Solution("limit")
        solution = run(model, self.solver, gap, left, self.row_prices)
        if self.row_prices and solution.prices is not None:
            # for the next solve, which will be much like this one
            stated = solution.prices / np.array(model.scales) * model.unit
            self.row_prices = dict(zip(model.names, stated, strict=True))
        return solution

    def project(self, spend: Array) -> Array:
        """A solver's spend as it can be paid: whole posts are whole, and a billionth of the plan is
        nothing.
        """
        total = float(np.sum(np.abs(spend)))
        tolerance = np.maximum(1e-9 * total, 1e-10 * self.natural_spend)
        out = np.where(np.abs(spend) <= tolerance, 0.0, np.maximum(spend, 0.0))
        for i, decision in enumerate(self.problem.decisions):
            if decision.whole:
                out[i] = round(out[i] / decision.price) * decision.price
        return out

    def _reset_long_grids(self) -> None:
        """After many solves the grids hold corners of old plans; begin again where they have grown
        long.
        """
        for i, exact in enumerate(self.exact):
            if not exact and len(self.grids[i]) > LONG:
                self.grids[i] = self.first[i]

    def _extend_posts(self, bounds: Array) -> None:
        """Whole posts up to what the rules now allow; too many to list are judged like spend."""
        for i, exact in enumerate(self.exact):
            decision = self.problem.decisions[i]
            most = np.ceil(bounds[i] / decision.price)
            if not exact or most <= self.grids[i][-1]:
                continue
            if most <= MOST_LISTED:
                self.grids[i] = np.arange(0.0, most + 1.0)
            else:
                self.exact[i] = False
                end = float(self.natural_spend[i]) * 20 / decision.price
                self.grids[i] = np.union1d(self.grids[i], first_grid(decision.curves, end, 16))
