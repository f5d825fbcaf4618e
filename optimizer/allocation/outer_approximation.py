"""The search: estimators above and below the curves, refined where it matters, until the gap is
proven.

An overestimator of the curves gives a bound no plan can pass; an underestimator gives a plan that
keeps every rule on the true curves (outer approximation; Duran & Grossmann 1986). Each round the
better plan is judged on the true curves, and the grids are refined where the two disagree. S-curves
are first covered by their concave envelope; only where the best plan lies in the covered part do
binaries enter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from optimizer.allocation.build import build_model
from optimizer.allocation.canonical import project_onto_caps
from optimizer.allocation.decision import Rule, stocks_of
from optimizer.allocation.expression import TINY, Array
from optimizer.allocation.incumbent import Incumbent, SearchState, Truth
from optimizer.allocation.lagrangian import lagrangian_start
from optimizer.allocation.model import ConstraintBlock, LinearModel, Solution, referenced_responses
from optimizer.allocation.piecewise import Estimator
from optimizer.allocation.problem import Problem
from optimizer.allocation.refinement import refine, rounded_to_feasibility, shrunk_to_feasibility
from optimizer.allocation.relaxation import LARGE, TOLERANCE, Relaxation
from optimizer.allocation.symbolic import SymbolicQuantities, least_spend, thrift

ROUNDS = 40
WIDENINGS = 14  # rounds in which a model without a bound is looked at further out
MANY_WHOLE = 300  # whole columns from which the relaxation is asked first
SOLO = 300  # decisions that are tried with far more money, each by itself
NEAR = 20.0  # as FAR, where a plan that keeps the rules is all that is asked for
FAR = 1e4  # without a limit, a decision is not looked at beyond as many times its natural spend


class OuterApproximation(Relaxation):
    """The search for the best plan of a problem, and for those of problems much like it."""

    negligible = 0.0  # a billionth of what the channels can do, in the goal's unit (0: not known)

    def best(
        self,
        rules: Sequence[Rule],
        gap: float = 1e-4,
        goal: ConstraintBlock | None = None,
        any_plan: bool = False,
        truth: Truth | None = None,
    ) -> Incumbent:
        """The best plan under these rules, with its proof.

        Parameters
        ----------
        rules
            Simple rules.
        gap
            Relative distance of value and bound at which to stop.
        goal, truth
            Another goal than the problem's, and its value of a spend on the true curves.
        any_plan
            Stop at the first plan that keeps the rules, for questions of yes or no.
        """
        if self.late:
            return Incumbent("time_limit")
        own = self.with_stocks_of(rules)
        if own is not self:
            found = own.best(rules, gap, goal, any_plan, truth)
            self.solves += own.solves
            return found
        unlimited = bool(np.any(np.isinf(self.upper_bounds(rules, np.inf))))
        if any_plan and unlimited:
            # near by first: over amounts that nothing limits, yes or no drowns in a solver's
            # tolerance
            near = self._search(rules, gap, goal, any_plan, truth, NEAR)
            if near.status == "optimal":
                return near
        found = self._search(rules, gap, goal, any_plan, truth, FAR)
        if found.status == "infeasible" and unlimited and not any_plan:
            near = self._search(rules, gap, goal, any_plan, truth, NEAR)
            if near.spend is not None:
                # there is a plan after all; nothing is proven about plans further out
                return replace(near, bound=np.inf)
        return found

    def with_stocks_of(self, rules: Sequence[Rule]) -> OuterApproximation:
        """The search of the problem in which these rules say what can be sold: this one, mostly.

        A stock is what every number of customers is counted by, not only a row of the model.
        """
        if stocks_of(rules) == stocks_of(self.problem.rules):
            return self
        return self.for_problem(self.problem.with_rules(rules))

    def for_problem(self, problem: Problem) -> OuterApproximation:
        """The search of another problem of the same decisions."""
        return OuterApproximation(problem, self.solver, self.deadline)

    def frozen(self) -> OuterApproximation:
        """The search on curves that stay as they are: this one, where they do."""
        return self

    def _search(
        self,
        rules: Sequence[Rule],
        gap: float,
        goal: ConstraintBlock | None,
        any_plan: bool,
        truth: Truth | None,
        far: float,
    ) -> Incumbent:
        """`best`, with no decision looked at beyond `far` times its natural spend, where nothing
        limits it.
        """
        search = self._begin(rules, gap, goal, any_plan, truth, far)
        for turn in range(1, ROUNDS + 1):
            search.turn = turn
            above = self._overestimators(search)
            cover = [e.concave_envelope() for e in above] if search.envelope else above
            model = build_model(
                self.problem, cover, search.blocks, search.aim, search.bounds, search.no_binaries
            )
            if turn == 1 and self._rounded(search, model):
                return search.ended(self._settled(search))
            upper = self.solve_model(model, gap / 4)
            if upper.status == "unbounded" and turn <= WIDENINGS:
                self._look_further(search)
                continue
            if upper.x is None or upper.status in ("infeasible", "unbounded", "failed"):
                ended = "time_limit" if upper.status == "limit" else upper.status
                return replace(search.best, status=ended, rounds=turn)
            before = search.best.bound
            search.best = replace(search.best, bound=min(before, upper.bound), rounds=turn)
            plans, in_time = self._plans(search, model, upper.x)
            if not in_time or upper.status == "limit":
                return search.ended("time_limit")
            self._forgive_negligible(search)
            if search.best.spend is not None and (search.best.gap <= gap or any_plan):
                return search.ended(self._settled(search))
            if not self._advance(search, plans, above, before):
                break
        return self._exhausted(search)

    def _begin(
        self,
        rules: Sequence[Rule],
        gap: float,
        goal: ConstraintBlock | None,
        any_plan: bool,
        truth: Truth | None,
        far: float,
    ) -> SearchState:
        """What is asked in symbols, and grids to ask it on."""
        blocks = [self.constraint_block(rule) for rule in rules]
        aim = self.objective_block() if goal is None else goal
        bounds = self.upper_bounds(rules, far)
        self._extend_posts(bounds)
        self._reset_long_grids()
        if goal is None:
            self._narrow(aim, blocks, bounds)
            if not self.negligible:
                self.negligible = 1e-9 * abs(self.objective_value(self.natural_spend))
        scale = 0.0
        if goal is None:
            scale = abs(self.objective_value(np.minimum(self.natural_spend, bounds)))
        names = referenced_responses([aim, *blocks])
        convex = all(
            curve.concave
            for decision in self.problem.decisions
            for name, curve in decision.curves.items()
            if name in names
        )
        return SearchState(
            rules=rules,
            gap=gap,
            aim=aim,
            blocks=blocks,
            truth=truth or self.objective_value,
            own_goal=goal is None,
            any_plan=any_plan,
            bounds=bounds,
            unlimited=bool(np.any(np.isinf(self.upper_bounds(rules, np.inf)))),
            names=names,
            convex=convex,
            envelope=not convex,
            best=Incumbent("failed", scale=scale),
        )

    def _narrow(
        self, aim: ConstraintBlock, blocks: Sequence[ConstraintBlock], bounds: Array
    ) -> None:
        """For a large problem: corners only where the dual says that this question's best plan
        lies.
        """
        if len(self.problem.decisions) <= LARGE:
            return
        start = lagrangian_start(self.problem, aim, blocks, bounds)
        if start is not None:
            self.grids, self.row_prices = start.grids, start.prices

    def _overestimators(self, search: SearchState) -> list[Estimator]:
        above = self.estimators(True, search.bounds, search.names)
        return [e.nothing() if i in search.closed else e for i, e in enumerate(above)]

    def _look_further(self, search: SearchState) -> None:
        """A model without a bound: the last pieces end too early to bend."""
        self.grids = [
            grid if exact else np.append(grid, grid[-1] * 8)
            for grid, exact in zip(self.grids, self.exact, strict=True)
        ]
        search.bounds = search.bounds * 8

    def _plans(self, search: SearchState, model: LinearModel, x: Array) -> tuple[list[Array], bool]:
        """Judge the plan above the curves and, where it is none, the one below; whether time was
        left for it.
        """
        plans = [self.project(model.spend(x))]
        kept = self._judge(search, plans)
        if not kept and len(self.problem.decisions) > LARGE:
            shrunk = shrunk_to_feasibility(self, plans[0], search.rules, search.tolerance)
            kept = self._judge(search, shrunk) and search.best.gap <= search.gap
        idle = search.best.gap > search.gap and model.for_nothing(x)
        if (kept and not idle) or search.envelope:
            return plans, True
        model, solution = self._solve_below(search)
        if solution.x is not None:
            plans.append(self.project(model.spend(solution.x)))
            self._judge(search, plans[1:])
        return plans, solution.status != "limit"

    def _rounded(self, search: SearchState, model: LinearModel) -> bool:
        """Of very many whole choices first the relaxation: its bound, and a plan with what is
        fractional rounded; whether that is enough.
        """
        if int(model.integer.sum()) <= MANY_WHOLE:
            return False
        relaxed = self.solve_model(replace(model, integer=np.zeros_like(model.integer)), 1e-9)
        if relaxed.x is None or relaxed.status != "optimal":
            return False
        search.best = replace(search.best, bound=min(search.best.bound, relaxed.bound))
        spend = model.spend(relaxed.x)
        near = rounded_to_feasibility(self, spend, search.rules, search.tolerance)
        self._judge(search, [near, self.project(spend)])
        done = search.best.gap <= search.gap or search.any_plan
        return search.best.spend is not None and done

    def _solve_below(self, search: SearchState) -> tuple[LinearModel, Solution]:
        """The best plan on underestimators: it keeps every rule on the true curves."""
        below = self.estimators(False, search.bounds, search.names)
        model = build_model(
            self.problem, below, search.blocks, search.aim, search.bounds, search.convex, token=True
        )
        return model, self.solve_model(model, search.gap / 4)

    def _forgive_negligible(self, search: SearchState) -> None:
        """A billionth of what the channels can do is nothing."""
        best = search.best
        if search.own_goal and 0 < best.bound - best.value <= self.negligible:
            search.best = replace(best, bound=best.value)

    def _advance(
        self, search: SearchState, plans: Sequence[Array], above: Sequence[Estimator], before: float
    ) -> bool:
        """Finer grids, or, where they are fine enough, the next thing that can help; False: nothing
        can.
        """
        best = search.best
        below = self.estimators(False, search.bounds, search.names)
        moved = refine(self, plans, above, below, search.gap)
        stuck = (
            search.turn > 3
            and best.spend is not None
            and before - best.bound < 0.01 * (best.bound - best.value)
        )
        if search.envelope and (not moved or stuck):
            # the best plan lies where the envelope covers the curve: binaries must decide
            search.envelope = False
        elif not moved and search.tolerance < TOLERANCE:
            # not every solver works to 1e-9 (CBC does not): its plans are no worse for that
            search.strict = TOLERANCE
        elif not moved or search.turn == ROUNDS - 2:
            closed = self._closed(search, above)
            search.closed |= closed
            return bool(closed)
        return True

    def _exhausted(self, search: SearchState) -> Incumbent:
        """The end of a search that could prove no more."""
        if search.best.spend is None and search.own_goal:
            problem = self.problem
            some = self.best(search.rules, search.gap, least_spend(problem), True, thrift)
            if some.spend is not None:  # there are plans, but none that could be proven good
                value = self.objective_value(some.spend)
                search.best = replace(search.best, spend=some.spend, value=value)
        if search.best.spend is None:
            return search.ended("infeasible")
        return search.ended(self._settled(search))

    def _settled(self, search: SearchState) -> str:
        """Whether the best plan is one at all.

        A plan that spends a million times what bends its curves has no limit but the search's own;
        nor has one that far more money beats, on everything or on one decision: over such amounts a
        solver loses sight of the small ones.
        """
        best = search.best
        if not (search.own_goal and search.unlimited) or best.spend is None:
            return (
                "optimal" if np.isfinite(best.bound) else "failed"
            )  # the solver's numbers were none
        if np.any(best.spend > 1e6 * self.natural_spend):
            return "unbounded"
        limit = self.upper_bounds(search.rules, np.inf)
        much = np.minimum(np.maximum(best.spend, FAR * self.natural_spend), limit)
        for which in (slice(None), *np.flatnonzero(np.isinf(limit))[:SOLO]):
            more = best.spend.copy()
            more[which] = much[which]
            more = self.project(more)
            better = best.value + 1e-3 * abs(best.value)
            if self.feasible(more, search.rules) and self.objective_value(more) > better:
                return "unbounded"
        return "optimal"

    def _closed(self, search: SearchState, above: Sequence[Estimator]) -> set[int]:
        """Decisions that start vertically and that no allowed plan can give any money.

        Their first money is worth a lot, so only this proves that there is none to be had.
        """
        if search.best.spend is None or self.problem.carries:
            return set()  # what other periods leave at work responds although nothing is bought
        out = set()
        for i, estimator in enumerate(above):
            upright = any(values[0] > 0 for values in estimator.values.values())
            if upright and search.best.spend[i] == 0:
                symbols = SymbolicQuantities(self.problem)
                aim = ConstraintBlock("goal", (symbols.total("spend", np.array([i])) >= 0.0,))
                model = build_model(
                    self.problem, above, search.blocks, aim, search.bounds, search.no_binaries
                )
                most = self.solve_model(model, 1e-6)
                if most.status == "optimal" and most.bound <= 1e-8 * max(search.bounds[i], TINY):
                    out.add(i)
        return out

    def _judge(self, search: SearchState, plans: Sequence[Array]) -> bool:
        """Keep the best of these on the true curves; whether one of them keeps the rules."""
        kept = False
        for plan in plans:
            # the solver's last digit is not the founder's money
            exact = project_onto_caps(self.problem, plan, search.rules)
            takes = exact is not plan and self.feasible(exact, search.rules, search.tolerance)
            base = exact if takes else plan
            for spend in (base, np.where(base <= 1e-6 * np.sum(base), 0.0, base)):
                if self.feasible(spend, search.rules, search.tolerance):
                    kept = True
                    value = search.truth(spend)
                    if value > search.best.value or search.best.spend is None:
                        search.best = replace(search.best, spend=spend, value=value)
        return kept
