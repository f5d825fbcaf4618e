"""Solving again and again on the same bench: more or less money, fewer channels, better offers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from optimizer.allocation.check import best_cac, book
from optimizer.allocation.effort import hard, sharp
from optimizer.allocation.engine import Bench, Found
from optimizer.allocation.expression import Array
from optimizer.allocation.goals import minimises
from optimizer.allocation.plan import Entry, Step
from optimizer.allocation.problem import Problem, Rule

LADDER_LINES = 40


def step_of(problem: Problem, at: float, found: Found, note: str = "") -> Step:
    """One point of a sweep. `problem`: the bench's problem, in whose order the spend stands."""
    assert found.spend is not None
    result = book(problem, found.spend)
    new = np.array([line.new for line in problem.lines])
    used = sorted(
        {line.channel for line, money in zip(problem.lines, found.spend, strict=True) if money > 0}
    )
    value = -found.value if minimises(problem.goal) else found.value
    return Step(
        at,
        value + 0.0,
        float(np.sum(result.spend)),
        float(np.sum(result.customers[new])),
        float(np.sum(result.revenue)),
        tuple(used),
        note,
    )


def overall(rules: Sequence[Rule]) -> int | None:
    """Which rule is the overall budget."""
    for k, rule in enumerate(rules):
        if rule.name == "budget" and rule.of is None and "period" not in rule.options:
            return k
    return None


def round_step(budget: float) -> float:
    """A round amount, a few percent of the budget: 10,000 of 400,000, 1,000 of 60,000."""
    return float(10 ** np.floor(np.log10(budget / 30))) if budget > 0 else 1000.0


def next_money(
    problem: Problem, bench: Bench, rules: Sequence[Rule], found: Found
) -> tuple[Step, ...]:
    """What the last and the next round amount of budget bring, by solving again."""
    k = overall(rules)
    if k is None or bench.problem.outcome is not None or minimises(problem.goal):
        return ()
    budget = float(rules[k].value)
    step = round_step(budget)
    out = []
    for at in (budget - step, budget + step):
        if at < 0:
            continue
        again = bench.best(
            [*rules[:k], replace(rules[k], value=at), *rules[k + 1 :]], sharp(bench, 1e-4)
        )
        if again.spend is not None:
            out.append(step_of(bench.problem, at, again, "last" if at < budget else "next"))
    return tuple(out)


def budget_curve(
    problem: Problem, bench: Bench, rules: Sequence[Rule], found: Found
) -> tuple[Step, ...]:
    """The best plan at a quarter to twice the budget (small problems only; `optimizer frontier` does it for any)."""
    k = overall(rules)
    if (
        k is None
        or not rules[k].value
        or len(rules) > 60
        or len(bench.problem.lines) > LADDER_LINES
    ):
        return ()
    if bench.problem.outcome is not None or minimises(problem.goal) or hard(found):
        return ()
    out = []
    for share in (0.25, 0.5, 0.75, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0):
        at = float(rules[k].value) * share
        again = (
            found
            if share == 1
            else bench.best([*rules[:k], replace(rules[k], value=at), *rules[k + 1 :]], 1e-4)
        )
        if again.spend is not None:
            out.append(step_of(bench.problem, at, again))
    return tuple(out)


def ladder(problem: Problem, bench: Bench, rules: Sequence[Rule], found: Found) -> tuple[Step, ...]:
    """The best plan with 1, 2, 3 ... channels, up to as many as the plan uses."""
    assert found.spend is not None
    used = {
        line.channel
        for line, money in zip(bench.problem.lines, found.spend, strict=True)
        if money > 0
    }
    if (
        len(bench.problem.lines) > LADDER_LINES
        or not 1 < len(used) <= 12
        or bench.problem.outcome is not None
        or hard(found)
    ):
        return ()
    out = []
    for count in range(1, len(used)):
        fewer = bench.best([*rules, Rule("max_channels", count)], 1e-4)
        if fewer.spend is not None:
            out.append(step_of(bench.problem, count, fewer))
    return (*out, step_of(bench.problem, len(used), found))


def entry_prices(
    problem: Problem, bench: Bench, rules: Sequence[Rule], found: Found, spend: Array
) -> tuple[Entry, ...]:
    """For each unused channel: how much better it would have to respond to be worth its first money (found by
    solving again with its curves raised, by bisection to 1 %)."""
    bare = bench.problem
    unused = [
        name
        for k, name in enumerate(problem.channels)
        if not np.any(spend[problem.channel_of == k] > 0)
    ]
    if (
        bare.outcome is not None
        or hard(found)
        or len(bare.lines) > LADDER_LINES
        or len(unused) > 8
        or not np.any(spend > 0)
    ):
        return ()
    out = []
    for name in unused:
        low, high = 1.0, 2.0
        while high <= 1024 and not _enters(bench, rules, name, high):
            low, high = high, high * 2
        if high > 1024:
            out.append(Entry(name, None, best_cac(problem, name)))
            continue
        while high / low > 1.01:
            middle = float(np.sqrt(low * high))
            low, high = (low, middle) if _enters(bench, rules, name, middle) else (middle, high)
        out.append(Entry(name, high, best_cac(problem, name)))
    return tuple(out)


def _enters(bench: Bench, rules: Sequence[Rule], name: str, factor: float) -> bool:
    lines = tuple(
        replace(line, curves={key: curve.times(factor) for key, curve in line.curves.items()})
        if line.channel == name
        else line
        for line in bench.problem.lines
    )
    other = Bench(replace(bench.problem, lines=lines), bench.solver, deadline=bench.deadline)
    other.grids, other.exact = list(bench.grids), list(bench.exact)
    other.solves = bench.solves
    again = other.best(rules, 1e-4)
    bench.solves = other.solves
    if again.spend is None:
        return False
    money = sum(
        float(m) for line, m in zip(lines, again.spend, strict=True) if line.channel == name
    )
    return money > 1e-6 * max(float(np.sum(again.spend)), 1e-300)
