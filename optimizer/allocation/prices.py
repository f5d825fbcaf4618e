"""What each rule costs: the problem solved again without it, and with a little more room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from optimizer.allocation.check import ledger
from optimizer.allocation.effort import COUNTED, bends_down, hard, sharp
from optimizer.allocation.engine import Bench, Found
from optimizer.allocation.explain import tight
from optimizer.allocation.limits import sense, unit
from optimizer.allocation.problem import Rule

STEP = 1e-4  # of a rule's value: small enough to be a slope, large enough to be seen


def price(bench: Bench, rules: Sequence[Rule], k: int, found: Found) -> float | None:
    """What the goal gains if one rule is dropped: the difference of two solves (None: the goal would have no bound)."""
    problem = bench.problem
    rule = rules[k]
    convex = bends_down(problem, rules)
    assert found.spend is not None
    # a rule about what is not bought at all (0 against 0) may be what keeps it from being bought
    slack = not tight(rule, ledger(problem, found.spend), nothing=True) and rule.name != "max_risk"
    if convex and slack:
        return 0.0  # where everything bends down, a rule with room to spare costs nothing
    if slack and hard(found):
        return None  # with binaries it might cost something all the same, and asking would take too long
    if problem.outcome is not None:
        return None
    without = [r for j, r in enumerate(rules) if j != k]
    free = bench.best(without, sharp(bench, 1e-4))
    if free.spend is None or free.status not in ("optimal",):
        return None
    gain = free.value - found.value
    known = (
        (max(found.bound - found.value, 0.0) + max(free.bound - free.value, 0.0))
        if not convex
        else 0.0
    )
    return (
        gain if gain > known + 1e-12 * abs(found.value) else 0.0
    )  # less than the proof can tell apart is nothing


def marginal(bench: Bench, rules: Sequence[Rule], k: int, found: Found) -> float | None:
    """What the goal gains per unit by which a rule gives way, by solving again a hair away: of the budget what the next
    unit of money brings, of a CAC cap what one more unit per customer does. None: not a number of the plan (whole
    posts and commitments change by jumps; `next_money` and the rule's price tell these)."""
    problem, rule = bench.problem, rules[k]
    assert found.spend is not None
    jumps = any(line.whole or line.setup for line in problem.lines) or any(
        r.name in COUNTED for r in rules
    )
    if problem.outcome is not None or rule.name == "fixed" or jumps or hard(found):
        return None
    smooth = bends_down(problem, rules)
    if not tight(rule, ledger(problem, found.spend)) and rule.name != "max_risk":
        return 0.0 if smooth else None
    size = abs(float(rule.value))
    step = STEP * size * (1 if smooth else 10) * (1 if sense(rule.name) == "<=" else -1)
    value = float(rule.value) + step
    if not step or (unit(rule.name) == "share" and not 0 <= value <= 1):
        return None
    again = bench.best(
        [*rules[:k], replace(rule, value=value), *rules[k + 1 :]], sharp(bench, 1e-4)
    )
    if again.spend is None or again.status != "optimal":
        return None
    gain = again.value - found.value
    known = max(found.bound - found.value, 0.0) + max(again.bound - again.value, 0.0)
    if known > 0.05 * abs(gain) and known > 1e-9 * abs(found.value):
        return None  # the proofs leave more room than there is to see
    return max(gain, 0.0) / abs(step)
