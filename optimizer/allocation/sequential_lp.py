"""Plans where channels act on each other: repeated linear steps with a step bound.

At each plan the outcome model gives concave curves that hold near it; the best plan on them, not
further away than the step bound, is judged by running the outcome model again. A better plan is
taken and the bound widens; a worse one halves it. The best plan seen is kept (sequential linear
programming; Griffith & Stewart 1961).

The bound reported is the value plus what the last step's linear model still promised: how far from
a standstill, not how far from the best there is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from optimizer.allocation.expression import TINY, Array
from optimizer.allocation.outer_approximation import Incumbent, OuterApproximation
from optimizer.allocation.problem import Problem, Rule
from optimizer.allocation.rule import overall_budget

STEPS = 25
SHORTEST = 1e-5  # step bound, as a share of the plan, at which there is nowhere left to go


def sequential_lp(search: OuterApproximation, rules: Sequence[Rule], gap: float) -> Incumbent:
    """The best plan under an outcome model that is not separable, from several starts.

    Parameters
    ----------
    search
        Of a problem with an outcome model.
    rules
        Simple rules.
    gap
        To which each linear step is solved.
    """
    best = Incumbent("infeasible")
    for start in _starts(search, rules):
        found = _climb(search, rules, gap, start)
        better = found.spend is not None and (
            best.spend is None or found.value > best.value + 1e-12 * abs(best.value)
        )
        if better or (best.spend is None and found.status != "infeasible"):
            best = found
    return best


def _starts(search: OuterApproximation, rules: Sequence[Rule]) -> list[Array]:
    """Today's split and the equal one, scaled to the most the rules allow."""
    problem = search.problem
    live = np.where(problem.is_idle, 0.0, 1.0)
    k = overall_budget(rules)
    budget = float(np.sum(search.upper_bounds(rules))) / 4 if k is None else float(rules[k].value)
    out = [live / max(float(np.sum(live)), 1.0) * budget]
    today = np.array([decision.current or 0.0 for decision in problem.decisions])
    if np.sum(today) > 0:
        out.insert(0, today / np.sum(today) * budget)
    return out


def _linearised(search: OuterApproximation, spend: Array) -> OuterApproximation:
    """The problem with the curves that hold near a plan; its own outcome model put aside."""
    problem = search.problem
    assert problem.outcome is not None
    curves = problem.outcome.curves_at(spend)
    decisions = tuple(
        replace(decision, curves=dict(own))
        for decision, own in zip(problem.decisions, curves, strict=True)
    )
    local = replace(problem, decisions=decisions, outcome=None)
    return OuterApproximation(local, search.solver, deadline=search.deadline)


def _climb(
    search: OuterApproximation, rules: Sequence[Rule], gap: float, start: Array
) -> Incumbent:
    """The best plan that steps from one start lead to."""
    spend, best = start, Incumbent("infeasible")
    if search.feasible(start, rules):
        best = Incumbent("optimal", start, search.objective_value(start), np.inf)
    size = max(float(np.sum(start)), TINY)
    width, bound = 0.5, np.inf
    for _ in range(STEPS):
        near = _trust_region(search.problem, spend, width * size) if best.spend is not None else []
        local = _linearised(search, spend)
        found = local.best([*rules, *near], gap)
        search.solves += local.solves
        if found.spend is None:
            if best.spend is None:
                return found
            width /= 2
        else:
            promised = max(0.0, found.bound - local.objective_value(spend))
            bound = (best.value if best.spend is not None else 0.0) + promised
            kept = search.feasible(found.spend, rules)
            value = search.objective_value(found.spend)
            if kept and (best.spend is None or value > best.value * (1 + 1e-9) + 1e-15):
                gain = value - best.value if best.spend is not None else np.inf
                best = Incumbent("optimal", found.spend, value, np.inf, rounds=best.rounds + 1)
                spend = found.spend
                width = min(1.0, width * 1.5)
                if gain <= 1e-7 * abs(value):
                    break
            elif best.spend is None:
                # not yet allowed on the re-run model: linearise there and try again
                spend = found.spend
            else:
                width /= 2
        if width < SHORTEST:
            break
    if best.spend is not None:
        best = replace(best, bound=max(bound, best.value))
    return best


def _trust_region(problem: Problem, spend: Array, width: float) -> list[Rule]:
    """Rules that keep every decision near a plan."""
    return [
        rule
        for decision, money in zip(problem.decisions, spend, strict=True)
        for rule in (
            Rule("max", money + width, decision.channel, {"period": decision.period}),
            Rule("min", max(0.0, money - width), decision.channel, {"period": decision.period}),
        )
    ]
