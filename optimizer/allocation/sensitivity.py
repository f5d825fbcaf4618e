"""What each rule costs: the problem solved again without it, and with a little more room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from optimizer.allocation.check import EvaluatedRule
from optimizer.allocation.decision import Rule
from optimizer.allocation.incumbent import Incumbent
from optimizer.allocation.outer_approximation import OuterApproximation
from optimizer.allocation.rule import spec_of
from optimizer.allocation.solver_settings import (
    counts_channels,
    is_convex,
    solve_gap,
    too_hard_to_repeat,
)

STEP = 1e-4  # of a rule's value: small enough to be a slope, large enough to be seen
GAP = 1e-4


def price(
    search: OuterApproximation,
    rules: Sequence[Rule],
    k: int,
    found: Incumbent,
    on_plan: EvaluatedRule,
) -> float | None:
    """What the goal gains if one rule is dropped: the difference of two solves.

    Parameters
    ----------
    search
        The search that found the plan.
    rules
        Its simple rules.
    k
        Which of them.
    found
        The plan.
    on_plan
        The rule on it.

    Returns
    -------
    float | None
        In the goal's unit; None: without the rule the goal would have no bound.
    """
    convex = is_convex(search.problem, rules)
    # a rule about what is not bought at all (0 against 0) may be what keeps it from being bought
    slack = not on_plan.binds(nothing=True) and not on_plan.spec.by_draws
    if convex and slack:
        return 0.0  # where everything bends down, a rule with room to spare costs nothing
    if slack and too_hard_to_repeat(found):
        return None  # with binaries it might cost something all the same; asking takes too long
    without = [other for j, other in enumerate(rules) if j != k]
    free = search.best(without, solve_gap(search, GAP))
    if free.spend is None or free.status != "optimal":
        return None
    gain = free.value - found.value
    known = 0.0 if convex else _unproven(found) + _unproven(free)
    # less than the proof can tell apart is nothing
    return gain if gain > known + 1e-12 * abs(found.value) else 0.0


def marginal(
    search: OuterApproximation,
    rules: Sequence[Rule],
    k: int,
    found: Incumbent,
    on_plan: EvaluatedRule,
) -> float | None:
    """What the goal gains per unit by which a rule gives way, by solving again a hair away.

    Of the budget what the next unit of money brings, of a CAC cap what one more unit per customer
    does; of a rule that holds from both sides, the better of the two. Parameters as of `price`.

    Returns
    -------
    float | None
        None: not a number of the plan (whole posts and commitments change by jumps; `next_money`
        and the rule's price tell these).
    """
    problem, spec = search.problem, on_plan.spec
    jumps = any(decision.whole or decision.setup for decision in problem.decisions)
    if jumps or counts_channels(rules) or too_hard_to_repeat(found):
        return None
    smooth = is_convex(problem, rules)
    if not on_plan.binds() and not spec.by_draws:
        return 0.0 if smooth else None
    step = STEP * abs(float(rules[k].value)) * (1 if smooth else 10)
    near = search.frozen()  # exact in value and slope: a slope needs no more
    if near is not search:
        found = near.best(rules, solve_gap(near, GAP))
        if found.spend is None or found.status != "optimal":
            return None
    gains = [_gain(near, rules, k, found, step * sign) for sign in spec.looser]
    return max((gain for gain in gains if gain is not None), default=None)


def _gain(
    search: OuterApproximation, rules: Sequence[Rule], k: int, found: Incumbent, step: float
) -> float | None:
    """The goal's gain per unit as a rule's value moves by a step."""
    value = float(rules[k].value) + step
    if not step or (_is_share(rules[k]) and not 0 <= value <= 1):
        return None
    changed = [*rules[:k], replace(rules[k], value=value), *rules[k + 1 :]]
    again = search.best(changed, solve_gap(search, GAP))
    if again.spend is None or again.status != "optimal":
        return None
    gain = again.value - found.value
    known = _unproven(found) + _unproven(again)
    if known > 0.05 * abs(gain) and known > 1e-9 * abs(found.value):
        return None  # the proofs leave more room than there is to see
    return max(gain, 0.0) / abs(step)


def _is_share(rule: Rule) -> bool:
    return spec_of(rule).unit == "share"


def _unproven(found: Incumbent) -> float:
    """What a plan might still gain, by its proof."""
    return max(found.bound - found.value, 0.0)
