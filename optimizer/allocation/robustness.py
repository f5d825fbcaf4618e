"""What is not known, and what it means for the plan: chances, stability over draws, and what to
test next.

The same bootstrap draws that give attribution its intervals multiply each decision's customers
(`Decision.draws`); without draws every response is taken to be a quarter better or worse with even
odds, which says little of the chances but much of where the plan hangs on what is not known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from optimizer.allocation.check import TOLERANCE, evaluate_rules
from optimizer.allocation.decision import Rule
from optimizer.allocation.evaluated import EvaluatedQuantities, evaluate
from optimizer.allocation.expression import TINY, Array, Index
from optimizer.allocation.goal import objective
from optimizer.allocation.incumbent import Incumbent
from optimizer.allocation.outer_approximation import OuterApproximation
from optimizer.allocation.plan import Plan, Stability
from optimizer.allocation.problem import Problem
from optimizer.allocation.rule import spec_of
from optimizer.allocation.solver_settings import too_hard_to_repeat
from optimizer.progress import counted

MOST_DRAWS = 40  # solves; the plan in more draws than this tells little more
FEW_DRAWS = 12  # where every solve needs binaries
MOST_DECISIONS = 40
GUESS = 0.25  # how far a response without draws may be off, up or down
GAP = 1e-4


def customer_factors(problem: Problem) -> Array | None:
    """Factors on customers, draws x decisions (None: some decision has none)."""
    count = min(len(decision.draws) for decision in problem.decisions)
    return np.array([d.draws[:count] for d in problem.decisions]).T if count else None


def with_chances(plan: Plan, problem: Problem, rules: Sequence[Rule], spend: Array) -> Plan:
    """The plan with, for each rule on the response, the share of draws in which it holds.

    Parameters
    ----------
    plan
        The plan.
    problem
        The problem as it was stated.
    rules
        Its simple rules, in the order of the plan's.
    spend
        Currency per decision, set-up costs not included.
    """
    factors = customer_factors(problem)
    if factors is None:
        return plan
    base = evaluate(problem, spend).values
    asked = [k for k, rule in enumerate(rules) if spec_of(rule).has_chance]
    held = np.zeros((len(factors), len(asked)))
    for d, factor in enumerate(factors):
        drawn = EvaluatedQuantities(problem, {**base, "customers": base["customers"] * factor})
        found = evaluate_rules([rules[k] for k in asked], drawn)
        held[d] = [rule.violation <= TOLERANCE for rule in found]
    chance = dict(zip(asked, np.mean(held, axis=0), strict=True))
    told = [
        replace(result, chance=float(chance[k])) if k in chance else result
        for k, result in enumerate(plan.rules)
    ]
    return replace(plan, rules=tuple(told))


def stability(
    search: OuterApproximation, rules: Sequence[Rule], found: Incumbent
) -> tuple[Stability, ...]:
    """How each channel's spend moves over draws, and what knowing its response beforehand would
    gain.

    The gain is that of the best plan made for the better and the worse half of the channel's draws
    over the plan as it is, on average (expected value of perfect information on two outcomes;
    Raiffa & Schlaifer 1961): the channel with the largest is the one to test next.

    Parameters
    ----------
    search, rules, found
        The search, its simple rules, and the plan it found.

    Returns
    -------
    tuple[Stability, ...]
        The largest gain first; empty where solving again would take too long.
    """
    search = search.frozen()
    problem = search.problem
    large = len(problem.decisions) > MOST_DECISIONS
    if large or found.spend is None or too_hard_to_repeat(found):
        return ()
    rules = [rule for rule in rules if not spec_of(rule).by_draws]  # in one draw there is no risk
    factors = customer_factors(problem)
    spends = np.array([_by_channel(problem, found.spend)])
    if factors is not None:
        count = FEW_DRAWS if found.model is not None and found.model.mixed else MOST_DRAWS
        seen = [_best_spend(search, rules, f) for f in counted(list(factors[:count]))]
        drawn = [_by_channel(problem, spend) for spend in seen if spend is not None]
        spends = np.array(drawn) if drawn else spends
    total = max(float(np.sum(found.spend)), TINY)
    out = []
    for k, members in enumerate(problem.members):
        if all("customers" not in problem.decisions[int(i)].curves for i in members):
            continue
        money = spends[:, k]
        out.append(
            Stability(
                problem.channels[k],
                float(np.mean(money > 1e-6 * total)),
                float(np.quantile(money, 0.1)),
                float(np.quantile(money, 0.9)),
                _information_value(search, rules, found.spend, members, factors),
            )
        )
    if search.late:
        return ()  # a gain that was not found may only have lacked the time
    return tuple(sorted(out, key=lambda s: (-s.information_value, s.channel)))


def _information_value(
    search: OuterApproximation,
    rules: Sequence[Rule],
    spend: Array,
    members: Index,
    factors: Array | None,
) -> float:
    """What the goal gains on average if one channel's response is known before planning."""
    problem = search.problem
    gains = []
    for half in _halves(members, factors):
        factor = np.ones(len(problem.decisions))
        factor[members] = half
        better = _best_spend(search, rules, factor)
        if better is None:
            return 0.0  # the rules themselves hang on this response; the conflict tells that story
        gains.append(_value(problem, factor, better) - _value(problem, factor, spend))
    gain = float(np.mean(gains))
    least = 1e-6 * abs(_value(problem, np.ones(len(problem.decisions)), spend))
    return gain if gain > least else 0.0


def _halves(members: Index, factors: Array | None) -> tuple[float, float]:
    """A channel's response in the worse and in the better half of what may be."""
    if factors is None:
        return (1 - GUESS, 1 + GUESS)
    own = np.sort(np.mean(factors[:, members], axis=1))
    middle = len(own) // 2
    if not middle:
        return (1.0, 1.0)
    return (float(np.mean(own[:middle])), float(np.mean(own[middle:])))


def _scaled(problem: Problem, factor: Array) -> Problem:
    """The problem with each decision's customers multiplied."""
    decisions = tuple(
        replace(
            decision,
            curves={
                name: curve.times(float(f)) if name == "customers" else curve
                for name, curve in decision.curves.items()
            },
        )
        for decision, f in zip(problem.decisions, factor, strict=True)
    )
    near = None if problem.near is None else problem.near.times(factor)
    return replace(problem, decisions=decisions, near=near)


def _value(problem: Problem, factor: Array, spend: Array) -> float:
    scaled = _scaled(problem, factor)
    return float(objective(scaled.goal, evaluate(scaled, spend)))


def _best_spend(search: OuterApproximation, rules: Sequence[Rule], factor: Array) -> Array | None:
    """The best plan for the scaled problem, on the grids that are there (None: there is none)."""
    scaled = _scaled(search.problem, factor)
    other = OuterApproximation(scaled, search.solver, search.deadline, search)
    found = other.best(rules, GAP)
    search.solves += other.solves
    return found.spend


def _by_channel(problem: Problem, spend: Array) -> Array:
    return np.bincount(problem.channel_of, weights=spend, minlength=len(problem.channels)).astype(
        np.float64
    )
