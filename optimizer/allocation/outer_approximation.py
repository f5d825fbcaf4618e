"""The search: estimators above and below the curves, refined where it matters, until the gap is
proven.

An overestimator of the curves gives a bound no plan can pass; an underestimator gives a plan that
keeps every rule on the true curves (outer approximation; Duran & Grossmann 1986). Each round the
better plan is judged on the true curves, and the grids are refined where the two disagree. S-curves
are first covered by their concave envelope; only where the best plan lies in the covered part do
binaries enter.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from optimizer.allocation.build import build_model
from optimizer.allocation.canonical import project_onto_caps
from optimizer.allocation.expression import TINY, Array
from optimizer.allocation.lagrangian import lagrangian_start
from optimizer.allocation.model import ConstraintBlock, LinearModel, Solution
from optimizer.allocation.piecewise import Estimator, refined_grid
from optimizer.allocation.problem import Problem, Rule
from optimizer.allocation.quantities import SymbolicQuantities
from optimizer.allocation.relaxation import LARGE, TOLERANCE, Relaxation

ROUNDS = 40
WIDENINGS = 14  # rounds in which a model without a bound is looked at further out
SOLO = 300  # decisions that are tried with far more money, each by itself
NEAR = 20.0  # as FAR, where a plan that keeps the rules is all that is asked for
FAR = 1e4  # without a limit, a decision is not looked at beyond as many times its natural spend
STRICT = 1e-8  # in the first rounds we are stricter: solvers work to 1e-9 of a scaled row
STRICT_ROUNDS = 12

Truth = Callable[[Array], float]


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


@dataclass(eq=False)
class _Search:
    """One search: what is asked, and how far it has come."""

    rules: Sequence[Rule]
    gap: float
    aim: ConstraintBlock
    blocks: Sequence[ConstraintBlock]
    truth: Truth
    own_goal: bool
    any_plan: bool  # the first plan that keeps the rules will do
    bounds: Array
    unlimited: bool  # nothing limits some decision
    names: frozenset[str]
    convex: bool
    envelope: bool  # S-curves are covered by their concave envelope
    strict: float = STRICT
    turn: int = 0
    best: Incumbent = field(default_factory=lambda: Incumbent("failed"))
    closed: set[int] = field(default_factory=set)  # decisions no allowed plan can give any money

    @property
    def tolerance(self) -> float:
        """By how much a plan may break a rule in this round."""
        return self.strict if self.turn <= STRICT_ROUNDS else TOLERANCE

    @property
    def no_binaries(self) -> bool:
        """Whether the overestimators bend down."""
        return self.convex or self.envelope

    def ended(self, status: str) -> Incumbent:
        """The best plan so far, with how the search ended."""
        return replace(self.best, status=status)


class OuterApproximation(Relaxation):
    """The search for the best plan of a problem, and for those of problems much like it."""

    negligible = 0.0  # a billionth of what the channels can do, in the goal's unit (0: not known)
    _narrowed = False

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
    ) -> _Search:
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
        return _Search(
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
        """Once, for a large problem: corners only where the dual says that the best plan lies."""
        if self._narrowed or len(self.problem.decisions) <= LARGE:
            return
        self._narrowed = True
        start = lagrangian_start(self.problem, aim, blocks, bounds)
        if start is not None:
            self.grids, self.row_prices = start.grids, start.prices

    def _overestimators(self, search: _Search) -> list[Estimator]:
        above = self.estimators(True, search.bounds, search.names)
        return [e.nothing() if i in search.closed else e for i, e in enumerate(above)]

    def _look_further(self, search: _Search) -> None:
        """A model without a bound: the last pieces end too early to bend."""
        self.grids = [
            grid if exact else np.append(grid, grid[-1] * 8)
            for grid, exact in zip(self.grids, self.exact, strict=True)
        ]
        search.bounds = search.bounds * 8

    def _plans(self, search: _Search, model: LinearModel, x: Array) -> tuple[list[Array], bool]:
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

    def _solve_below(self, search: _Search) -> tuple[LinearModel, Solution]:
        """The best plan on underestimators: it keeps every rule on the true curves."""
        below = self.estimators(False, search.bounds, search.names)
        model = build_model(
            self.problem, below, search.blocks, search.aim, search.bounds, search.convex, token=True
        )
        return model, self.solve_model(model, search.gap / 4)

    def _forgive_negligible(self, search: _Search) -> None:
        """A billionth of what the channels can do is nothing."""
        best = search.best
        if search.own_goal and 0 < best.bound - best.value <= self.negligible:
            search.best = replace(best, bound=best.value)

    def _advance(
        self, search: _Search, plans: Sequence[Array], above: Sequence[Estimator], before: float
    ) -> bool:
        """Finer grids, or, where they are fine enough, the next thing that can help; False: nothing
        can.
        """
        best = search.best
        moved = self._refine(search, plans, above)
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

    def _exhausted(self, search: _Search) -> Incumbent:
        """The end of a search that could prove no more."""
        if search.best.spend is None and search.own_goal:
            problem = self.problem
            some = self.best(search.rules, search.gap, least_spend(problem), True, _thrift)
            if some.spend is not None:  # there are plans, but none that could be proven good
                value = self.objective_value(some.spend)
                search.best = replace(search.best, spend=some.spend, value=value)
        if search.best.spend is None:
            return search.ended("infeasible")
        return search.ended(self._settled(search))

    def _settled(self, search: _Search) -> str:
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

    def _closed(self, search: _Search, above: Sequence[Estimator]) -> set[int]:
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

    def _judge(self, search: _Search, plans: Sequence[Array]) -> bool:
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

    def _refine(self, search: _Search, plans: Sequence[Array], above: Sequence[Estimator]) -> bool:
        """Finer grids where the estimators leave the curves; whether anything could be refined."""
        problem = self.problem
        below = self.estimators(False, search.bounds, search.names)
        amounts = [problem.amounts(spend) for spend in plans]
        sizes = {
            name: max(float(sum(e.values[name][-1] for e in above if name in e.values)), TINY)
            for name in sorted({name for e in above for name in e.values})
        }
        allowed = min(search.gap, 1e-4) / len(self.grids)
        moved = False
        for i, exact in enumerate(self.exact):
            if exact:
                continue
            wanted = [
                float(point[i])
                for point in amounts
                if _apart(above[i], below[i], float(point[i]), sizes, allowed)
            ]
            if not wanted:
                continue
            curves = problem.decisions[i].curves.values()
            upright = any(not np.isfinite(float(curve.slope(0.0))) for curve in curves)
            grid = refined_grid(self.grids[i], wanted, upright)
            if len(grid) > len(self.grids[i]):
                self.grids[i] = grid
                moved = True
        return moved


def _apart(
    above: Estimator, below: Estimator, amount: float, sizes: dict[str, float], allowed: float
) -> bool:
    """Whether over- and underestimator differ by more than is allowed at an amount."""
    if not above.values:
        return False
    jump = max(above.values[name][0] / sizes[name] for name in above.values)
    if amount == 0.0 and jump > 1e-2 * allowed:
        return True
    error = max(
        (above.value_at(name, amount) - below.value_at(name, amount)) / sizes[name]
        for name in above.values
    )
    return error > 1e-3 * allowed


def shrunk_to_feasibility(
    search: OuterApproximation, plan: Array, rules: Sequence[Rule], tolerance: float
) -> list[Array]:
    """A plan that breaks a cap by a hair on the true curves, with as much less of everything as
    mends it.

    Empty where nothing up to a thousandth does.

    Parameters
    ----------
    search
        Of the problem.
    plan
        Currency per decision.
    rules
        Simple rules it must keep.
    tolerance
        By which share of a row's larger side it may break one.
    """
    for less in 10.0 ** np.arange(-9.0, -2.9, 0.5):
        if search.feasible(plan * (1 - less), rules, tolerance):
            return [plan * (1 - less)]
    return []


def referenced_responses(blocks: Sequence[ConstraintBlock]) -> frozenset[str]:
    """The responses that rules and goal speak of."""
    kinds = {
        kind
        for block in blocks
        for row in (*block.rows, *block.bindings)
        for side in (row.left, row.right)
        for kind, _, _ in side.atoms
    }
    return frozenset(kinds - {"spend", "posts", "active", "on", "starts", "helper"})


def _thrift(spend: Array) -> float:
    return -float(np.sum(spend))


def least_spend(problem: Problem) -> ConstraintBlock:
    """The goal of questions of yes or no: any plan will do, and a cheap one keeps numbers small.

    Set-ups count twice, so that none is paid for nothing where a rule asks for money.
    """
    symbols = SymbolicQuantities(problem)
    own = symbols.total("spend", np.arange(len(problem.decisions)))
    money = 2.0 * symbols.spend(None) - own
    return ConstraintBlock("goal", (-money >= 0.0,), tuple(symbols.free), tuple(symbols.bindings))


class OutOfTimeError(Exception):
    """Time ran out before a question was answered."""


def feasible_spend(search: OuterApproximation, rules: Sequence[Rule]) -> Array | None:
    """A spend that keeps all rules on the true curves, or None.

    Parameters
    ----------
    search
        Of the problem.
    rules
        Simple rules.

    Returns
    -------
    Array | None
        Currency per decision.

    Raises
    ------
    OutOfTimeError
        Where time runs out before that is known.
    """
    found = search.best(rules, 1e-4, least_spend(search.problem), any_plan=True, truth=_thrift)
    if found.status == "time_limit" and found.spend is None:
        raise OutOfTimeError
    return found.spend if found.status == "optimal" else None
