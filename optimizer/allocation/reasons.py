"""Everything a founder asks about a finished plan, put beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from optimizer.allocation.doubt import chances, stability
from optimizer.allocation.engine import Bench, Found
from optimizer.allocation.expression import Array
from optimizer.allocation.plan import Plan
from optimizer.allocation.prices import marginal, price
from optimizer.allocation.problem import Problem, Rule
from optimizer.allocation.sweep import budget_curve, entry_prices, ladder, next_money
from optimizer.progress import counted, part


def reasons(
    plan: Plan,
    problem: Problem,
    bench: Bench,
    stated: Sequence[Rule],
    ruled: Sequence[int],
    found: Found,
    spend: Array,
) -> Plan:
    """Prices, next and last money, ladder: all by solving again."""
    rules = list(bench.problem.rules)
    back = {r: k for k, r in enumerate(ruled)}  # stated rule -> its place among the bench's rules
    with part(0.2, 0.5):
        priced = tuple(
            replace(
                result,
                price=price(bench, rules, back[k], found),
                marginal=marginal(bench, rules, back[k], found),
            )
            for k, result in counted(list(enumerate(plan.rules)))
        )
    plan = replace(plan, rules=priced)
    plan = replace(plan, next_money=next_money(problem, bench, rules, found))
    plan = replace(plan, frontier=budget_curve(problem, bench, rules, found))
    plan = replace(plan, ladder=ladder(problem, bench, rules, found))
    plan = replace(plan, entry=entry_prices(problem, bench, rules, found, spend))
    plan = chances(plan, problem, stated, spend)
    with part(0.7, 1.0):
        return replace(plan, stability=stability(bench, rules, found))
