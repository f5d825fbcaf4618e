"""Of all plans as good, the one nearest to today's, then the cheapest; twins share evenly."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from optimizer.allocation.build import build_model
from optimizer.allocation.canonical import averaged, project_onto_caps, twins
from optimizer.allocation.expression import Array
from optimizer.allocation.incumbent import Incumbent
from optimizer.allocation.model import ConstraintBlock, referenced_responses
from optimizer.allocation.outer_approximation import OuterApproximation
from optimizer.allocation.problem import Problem
from optimizer.allocation.solver_settings import solve_gap
from optimizer.allocation.symbolic import SymbolicQuantities

WIDEST = 20_000  # columns up to which ties are broken
MOST_BINARIES = 40


def break_ties(search: OuterApproximation, found: Incumbent, gap: float) -> Incumbent:
    """Of all plans as good, the one nearest to today's (and cheapest), with every rule kept.

    Ties are broken lexicographically: the goal first, then the distance; twins share evenly.

    Parameters
    ----------
    search
        The search that found the plan.
    found
        The plan.
    gap
        What was asked for; a tenth of it is as good.
    """
    problem, rules = search.problem, search.problem.rules
    assert found.spend is not None
    blocks = [search.constraint_block(rule) for rule in rules]
    goal, bounds = search.objective_block(), search.upper_bounds(rules)
    convex = all(curve.concave for d in problem.decisions for curve in d.curves.values())
    below = search.estimators(False, bounds, referenced_responses([goal, *blocks]))
    model = build_model(problem, below, blocks, goal, bounds, convex)
    room = max(1e-9, 0.1 * min(gap, solve_gap(search, gap)))
    best = found
    if model.width <= WIDEST and int(model.integer.sum()) <= MOST_BINARIES:
        first = search.solve_model(model, 1e-9)
        if first.x is not None and first.value is not None:
            floor = first.value - 1e-12 * abs(first.value)
            keep = replace(goal, name="as_good", rows=(goal.rows[0].left >= floor,))
            nearest = build_model(
                problem, below, [*blocks, keep], _movement(problem), bounds, convex
            )
            solution = search.solve_model(nearest, 1e-7)
            if solution.x is not None:
                other = search.project(nearest.spend(solution.x))
                nearer = _moved(problem, found.spend) - 1e-7 * float(np.sum(found.spend))
                if _moved(problem, other) < nearer:
                    best = _if_as_good(search, best, other, room)
    groups = twins(problem, rules)
    if groups and convex and not model.mixed:
        assert best.spend is not None
        best = _if_as_good(search, best, averaged(best.spend, groups), room)
    return replace(best, model=model)


def _if_as_good(
    search: OuterApproximation, best: Incumbent, spend: Array, room: float
) -> Incumbent:
    """Another plan, where it keeps the rules and is worth as much."""
    rules = search.problem.rules
    exact = project_onto_caps(search.problem, spend, rules)
    if exact is not spend and search.feasible(exact, rules):
        spend = exact
    if not search.feasible(spend, rules):
        return best
    value = search.objective_value(spend)
    if value < best.value - room * max(abs(best.value), 1e-12):
        return best
    return replace(best, spend=spend, value=value, bound=max(best.bound, value))


def _moved(problem: Problem, spend: Array) -> float:
    """How far a plan is from today's, currency; spending more counts a thousandth."""
    known = np.array([d.current is not None and not d.idle for d in problem.decisions])
    today = np.array([decision.current or 0.0 for decision in problem.decisions])
    return float(np.sum(np.abs(spend - today)[known]) + 1e-3 * np.sum(spend))


def _movement(problem: Problem) -> ConstraintBlock:
    """As little change from today as possible, then as little spend."""
    symbols = SymbolicQuantities(problem)
    total = symbols.spend() * (-1e-3)
    bindings = []
    for i, decision in enumerate(problem.decisions):
        if decision.current is None or decision.idle:
            continue
        money = symbols.total("spend", np.array([i]))
        moved = symbols.helper(free=False)
        today = float(decision.current)
        bindings += [
            (money - today <= moved).called(f"up{i}"),
            (today - money <= moved).called(f"down{i}"),
        ]
        total = total - moved
    return symbols.block("nearest", [total >= 0.0], bindings)
