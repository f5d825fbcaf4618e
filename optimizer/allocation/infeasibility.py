"""When there is no plan: which rules collide, and the change to each that would be enough on its
own.

Every row of the model is a rule with a name, so an irreducible infeasible subset found by dropping
rules one at a time (the deletion filter of Chinneck & Dravnieks 1991) is complete: these rules
alone have no plan, and without any one of them there is one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from optimizer.allocation.canonical import CanonicalProblem
from optimizer.allocation.check import evaluate_rules, stated_result
from optimizer.allocation.conflict_words import conflict_message, foreseen
from optimizer.allocation.decision import Rule
from optimizer.allocation.evaluated import evaluate
from optimizer.allocation.expression import TINY, Array, Comparison
from optimizer.allocation.feasibility import OutOfTimeError, feasible_spend
from optimizer.allocation.model import ConstraintBlock
from optimizer.allocation.outer_approximation import OuterApproximation
from optimizer.allocation.plan import Fix, Plan
from optimizer.allocation.problem import Problem
from optimizer.allocation.rule import comparisons, spec_of
from optimizer.allocation.symbolic import SymbolicQuantities
from optimizer.messages import _

ROUNDS = 30
HALVINGS = 100


def explain_infeasibility(
    problem: Problem, search: OuterApproximation, ordered: CanonicalProblem
) -> Plan:
    """A plan that says why there is none.

    Parameters
    ----------
    problem
        The problem as it was stated.
    search
        Of the same problem in canonical order.
    ordered
        Where each decision and rule stood before.
    """
    try:
        return _explained(problem, search, ordered)
    except OutOfTimeError:
        said = _(
            "no plan keeps all rules; time ran out before it was known which of them collide: "
            "allow more time to be told"
        )
        return Plan("infeasible", problem.goal.name, None, None, None, notes=(*problem.notes, said))


def _explained(problem: Problem, search: OuterApproximation, ordered: CanonicalProblem) -> Plan:
    """The rules that collide, and what would be enough."""
    rules = list(ordered.problem.rules)
    core = irreducible_infeasible_subset(search, rules)
    alone = [smallest_single_relaxation(search, rules, rule) for rule in core]
    fixes = [fix for fix in alone if fix is not None]
    together = smallest_joint_relaxation(search, rules) if len(core) > 1 or not fixes else ()
    place = {id(rule): r for rule, r in zip(rules, ordered.rule_order, strict=True)}
    core.sort(key=lambda rule: place[id(rule)])
    return Plan(
        "infeasible",
        problem.goal.name,
        None,
        None,
        None,
        conflict=tuple(stated_result(rule, problem.currency) for rule in core),
        fixes=tuple(fixes),
        notes=(*problem.notes, conflict_message(core), *foreseen(problem, core)),
        relaxation=together if _is_smaller(together, fixes) else (),
        solver={
            "name": "highs" if search.solver == "arrays" else search.solver,
            "solves": search.solves,
        },
    )


def _is_smaller(together: tuple[Fix, ...], alone: Sequence[Fix]) -> bool:
    """Whether several changes are less in all than the smallest one that is enough alone.

    Each is measured against its rule's own bound.
    """
    if len(together) == 1 and any(
        (fix.rule, fix.of) == (together[0].rule, together[0].of) for fix in alone
    ):
        return False  # the same change, before its number was rounded

    def size(fix: Fix) -> float:
        return abs(fix.needed - fix.bound) / max(abs(fix.bound), TINY)

    total = sum(size(fix) for fix in together)
    return all(total < size(fix) for fix in alone)


def irreducible_infeasible_subset(search: OuterApproximation, rules: Sequence[Rule]) -> list[Rule]:
    """A minimal set of rules that no plan can keep together.

    Parameters
    ----------
    search
        Of the problem.
    rules
        Simple rules that no plan keeps together.
    """
    core = list(rules)
    size = max(1, len(core) // 2)
    while size >= 1:  # first in halves and quarters, then one by one
        k = 0
        while k < len(core):
            shorter = core[:k] + core[k + size :]
            if feasible_spend(search, shorter) is None:
                core = shorter
            else:
                k += size
        size = size // 2 if size > 1 else 0
    return core


def smallest_single_relaxation(
    search: OuterApproximation, rules: Sequence[Rule], rule: Rule
) -> Fix | None:
    """The smallest change to one rule that alone makes a plan possible, verified by solving.

    Parameters
    ----------
    search
        Of the problem.
    rules
        Simple rules that no plan keeps together.
    rule
        The one that is to give way.

    Returns
    -------
    Fix | None
        None: no change to this rule is enough.
    """
    others = [other for other in rules if other is not rule]
    start = feasible_spend(search, others)
    if start is None:
        return None
    spec = spec_of(rule)
    if not spec.looser:
        return None
    if not spec.linear:
        value = _bisect(search, others, rule)
    elif spec.direction == "both":
        value = _nearest(search, others, rule, float(rule.value))
    else:
        value = _dinkelbach(search, others, rule, start)
    if value is None:
        return None
    for candidate in _rounded(value, rule):
        if feasible_spend(search, [*others, replace(rule, value=candidate)]) is not None:
            return Fix(rule.name, rule.about, float(rule.value), candidate, spec.unit)
    return None


def _achieved(search: OuterApproximation, rule: Rule, spend: Array) -> float | None:
    (evaluated,) = evaluate_rules([rule], evaluate(search.problem, spend))
    return evaluated.achieved


def _dinkelbach(
    search: OuterApproximation, others: Sequence[Rule], rule: Rule, start: Array
) -> float | None:
    """The value at which a one-sided rule just holds on some plan of the others.

    Its rows are linear in its value, so the value of the plan that breaks it least is a better one,
    until it no longer moves (Dinkelbach 1967).
    """
    value = _achieved(search, rule, start)
    if spec_of(rule).counts_channels:  # at 0 nothing is chosen: begin where the rule stands
        own = _nearest(search, others, rule, float(rule.value))
        value = value if own is None else own
    if value is None:
        value = float(rule.value)
    for __ in range(ROUNDS):
        now = _nearest(search, others, rule, value)
        if now is None or (now >= value if spec_of(rule).sense == "<=" else now <= value):
            break
        done = abs(now - value) <= 1e-9 * max(abs(now), abs(value))
        value = now
        if done:
            break
    return value


def _nearest(
    search: OuterApproximation, others: Sequence[Rule], rule: Rule, value: float
) -> float | None:
    """What the plan of the others that breaks a rule least, at some value, comes to."""
    asked = replace(rule, value=value)
    symbols = SymbolicQuantities(search.problem)
    excess = symbols.helper(free=True)
    bindings = [
        (row.excess <= excess).called(f"row{k}")
        for k, row in enumerate(comparisons(asked, symbols))
    ]
    aim = symbols.block("goal", [(-excess) >= 0.0], bindings)

    def least_excess(spend: Array) -> float:
        plan = evaluate(search.problem, spend)
        return -max(float(row.excess) for row in comparisons(asked, plan))

    found = search.best(others, 1e-7, goal=aim, truth=least_excess)
    return None if found.spend is None else _achieved(search, rule, found.spend)


def _bisect(search: OuterApproximation, others: Sequence[Rule], rule: Rule) -> float | None:
    """The same for a rule whose rows are not linear in its value."""
    low, high = spec_of(rule).range
    bad = float(rule.value)
    good = high if spec_of(rule).sense == "<=" else low

    def enough(value: float) -> bool:
        return feasible_spend(search, [*others, replace(rule, value=value)]) is not None

    if not np.isfinite(good) or not enough(good):
        return None
    for __ in range(HALVINGS):
        middle = (bad + good) / 2
        bad, good = (bad, middle) if enough(middle) else (middle, good)
        if abs(good - bad) <= 1e-6 * max(abs(good), abs(bad)):
            break
    return good


def _rounded(value: float, rule: Rule) -> list[float]:
    """The value to six digits, as near as it goes and then outwards (a fix must be enough, not
    almost enough).
    """
    spec = spec_of(rule)
    up = value > float(rule.value) if spec.direction == "both" else spec.sense == "<="
    if spec.unit == "count":
        whole = math.ceil(value - 1e-9) if up else math.floor(value + 1e-9)
        return [float(whole)] if whole >= 0 else []
    digits = 5 - math.floor(math.log10(abs(value))) if value else 0
    step = 10.0**-digits
    outward = [
        round(round(value, digits) + k * step * (1 if up else -1), digits) + 0.0 for k in range(3)
    ]
    low, high = spec.range
    return [v for v in outward if low <= v <= high]


def smallest_joint_relaxation(search: OuterApproximation, rules: Sequence[Rule]) -> tuple[Fix, ...]:
    """The smallest total change, each rule's measured against its own size: which rules give way
    together.

    Parameters
    ----------
    search
        Of the problem.
    rules
        Simple rules that no plan keeps together.
    """
    aim, beyond, rest = joint_slack(search, rules)
    found = search.best(rest, 1e-6, goal=aim, truth=beyond)
    if found.spend is None:
        return ()
    able = [rule for rule in rules if spec_of(rule).linear]
    return tuple(
        Fix(r.rule.name, r.rule.about, float(r.rule.value), r.achieved, r.spec.unit)
        for r in evaluate_rules(able, evaluate(search.problem, found.spend))
        if not r.holds and r.achieved is not None
    )


def joint_slack(
    search: OuterApproximation, rules: Sequence[Rule]
) -> tuple[ConstraintBlock, Callable[[Array], float], list[Rule]]:
    """The goal of breaking rules as little as possible in all, each measured against its own size.

    Parameters
    ----------
    search
        Of the problem.
    rules
        Simple rules.

    Returns
    -------
    tuple
        The goal, its value of a spend, and the rules that cannot give way.
    """
    able = [rule for rule in rules if spec_of(rule).linear]
    rest = [rule for rule in rules if not spec_of(rule).linear]
    symbols = SymbolicQuantities(search.problem)
    total = 0.0 * symbols.spend()
    bindings: list[Comparison] = []
    sizes: list[list[float]] = []
    for k, rule in enumerate(able):
        slack = symbols.helper(free=False)
        rows = comparisons(rule, symbols)
        sizes.append([_size(search, row) for row in rows])
        bindings += [
            (row.excess <= slack * size).called(f"give{k}")
            for row, size in zip(rows, sizes[-1], strict=True)
        ]
        total = total - slack
    aim = symbols.block("goal", [total >= 0.0], bindings)

    def total_excess(spend: Array) -> float:
        plan = evaluate(search.problem, spend)
        beyond = 0.0
        for rule, own in zip(able, sizes, strict=True):
            rows = comparisons(rule, plan)
            shares = [float(row.excess) / size for row, size in zip(rows, own, strict=True)]
            beyond += max([0.0, *shares])
        return -beyond

    return aim, total_excess, rest


def _size(search: OuterApproximation, row: Comparison) -> float:
    """A size for a row's slack: its constant, or the budget's order for rows that compare two
    quantities.
    """
    if not row.right.atoms and row.right.constant:
        return abs(row.right.constant)
    return max(float(np.max(search.upper_bounds(search.problem.rules))), TINY)
