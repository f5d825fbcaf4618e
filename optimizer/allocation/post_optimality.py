"""Everything a founder asks about a finished plan, put beside it: all by solving again."""

from __future__ import annotations

from dataclasses import replace

from optimizer.allocation.canonical import CanonicalProblem
from optimizer.allocation.check import evaluate_rules
from optimizer.allocation.evaluated import evaluate
from optimizer.allocation.expression import Array
from optimizer.allocation.incumbent import Incumbent
from optimizer.allocation.outer_approximation import OuterApproximation
from optimizer.allocation.parametric import (
    budget_curve,
    cardinality_path,
    entry_thresholds,
    marginal_value_of_budget,
)
from optimizer.allocation.plan import Plan
from optimizer.allocation.problem import Problem
from optimizer.allocation.robustness import stability, with_chances
from optimizer.allocation.sensitivity import marginal, price
from optimizer.progress import counted, part


def with_reasons(
    plan: Plan,
    problem: Problem,
    ordered: CanonicalProblem,
    search: OuterApproximation,
    found: Incumbent,
    spend: Array,
) -> Plan:
    """The plan with prices, next and last money, fewer channels, entry thresholds, chances and
    stability.

    Parameters
    ----------
    plan
        The plan, its rules in the order in which they were stated.
    problem
        The problem as it was stated, its rules simple ones.
    ordered, search, found
        The problem in canonical order, its search, and what it found.
    spend
        Currency per decision as stated, set-up costs not included.
    """
    assert found.spend is not None
    rules = ordered.problem.rules
    on_plan = evaluate_rules(rules, evaluate(ordered.problem, found.spend))
    place = {r: k for k, r in enumerate(ordered.rule_order)}
    with part(0.2, 0.5):
        priced = []
        for r, result in counted(list(enumerate(plan.rules))):
            k = place[r]
            cost = price(search, rules, k, found, on_plan[k])
            slope = marginal(search, rules, k, found, on_plan[k])
            priced.append(replace(result, price=cost, marginal=slope))
    plan = replace(
        plan,
        rules=tuple(priced),
        next_money=marginal_value_of_budget(search, rules),
        frontier=budget_curve(search, rules, found),
        ladder=cardinality_path(search, rules, found),
        entry=entry_thresholds(search, rules, found, problem.channels),
    )
    plan = with_chances(plan, problem, problem.rules, spend)
    with part(0.7, 1.0):
        return replace(plan, stability=stability(search, rules, found))
