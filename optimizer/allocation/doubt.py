"""What is not known, and what it means for the plan: chances, stability over draws, and what to test next.

The same bootstrap draws that give attribution its intervals multiply each line's customers (`Line.draws`); without
draws every response is taken to be a quarter better or worse with even odds, which says little of the chances but
much of where the plan hangs on what is not known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from optimizer.allocation.check import ledger
from optimizer.allocation.effort import hard
from optimizer.allocation.engine import Bench, Found
from optimizer.allocation.expression import Array, Index
from optimizer.allocation.goals import GOALS
from optimizer.allocation.limits import rows
from optimizer.allocation.plan import Plan, Stability
from optimizer.allocation.problem import Problem, Rule
from optimizer.allocation.view import Ledger
from optimizer.progress import counted

MOST_DRAWS = 40  # solves; the plan in more draws than this tells little more
FEW_DRAWS = 12  # where every solve needs binaries
MOST_LINES = 40
GUESS = 0.25  # how far a response without draws may be off, up or down
RESPONSES = ("max_cac", "min_roi", "min_customers", "min_revenue", "min_profit", "min_profit_roi")


def drawn(problem: Problem) -> Array | None:
    """Factors on customers, draws x lines (None: some line has none)."""
    count = min(len(line.draws) for line in problem.lines)
    return np.array([line.draws[:count] for line in problem.lines]).T if count else None


def chances(plan: Plan, problem: Problem, rules: Sequence[Rule], spend: Array) -> Plan:
    """The share of draws in which each rule on the response holds at the planned spend."""
    factors = drawn(problem)
    if factors is None or problem.outcome is not None:
        return plan
    base = ledger(problem, spend)
    books = [
        Ledger(problem, {**base.values, "customers": base.values["customers"] * f}) for f in factors
    ]
    return replace(
        plan,
        rules=tuple(
            replace(
                result,
                chance=float(
                    np.mean(
                        [all(row.violation() <= 1e-6 for row in rows(rule, book)) for book in books]
                    )
                ),
            )
            if rule.name in RESPONSES
            else result
            for rule, result in zip(rules, plan.rules, strict=True)
        ),
    )


def stability(bench: Bench, rules: Sequence[Rule], found: Found) -> tuple[Stability, ...]:
    """How each channel's spend moves over draws, and what knowing its response beforehand would gain.

    The gain is that of the best plan made for the better and the worse half of the channel's draws over the plan as
    it is, on average: the channel with the largest is the one to test next.
    """
    problem = bench.problem
    if (
        problem.outcome is not None
        or len(problem.lines) > MOST_LINES
        or found.spend is None
        or hard(found)
    ):
        return ()
    rules = [rule for rule in rules if rule.name != "max_risk"]  # in one draw there is no risk left
    factors = drawn(problem)
    numbers = range(len(problem.channels))
    if factors is not None:
        count = FEW_DRAWS if found.model is not None and found.model.mixed else MOST_DRAWS
        seen = [_solve(bench, rules, f) for f in counted(list(factors[:count]))]
        spends = np.array([_by_channel(problem, s) for s in seen if s is not None])
    else:
        spends = np.zeros((0, len(problem.channels)))
    total = max(float(np.sum(found.spend)), 1e-300)
    out = []
    for k in numbers:
        members = np.flatnonzero(problem.channel_of == k)
        if all("customers" not in problem.lines[i].curves for i in members):
            continue
        money = spends[:, k] if len(spends) else _by_channel(problem, found.spend)[k : k + 1]
        out.append(
            Stability(
                problem.channels[k],
                float(np.mean(money > 1e-6 * total)),
                float(np.quantile(money, 0.1)),
                float(np.quantile(money, 0.9)),
                _gain(bench, rules, found.spend, members, factors),
            )
        )
    return tuple(sorted(out, key=lambda s: (-s.tells, s.channel)))


def _gain(
    bench: Bench, rules: Sequence[Rule], spend: Array, members: Index, factors: Array | None
) -> float:
    count = len(bench.problem.lines)
    if factors is None:
        halves = (1 - GUESS, 1 + GUESS)
    else:
        own = np.sort(np.mean(factors[:, members], axis=1))
        middle = len(own) // 2
        halves = (
            (float(np.mean(own[:middle])), float(np.mean(own[middle:]))) if middle else (1.0, 1.0)
        )
    gains = []
    for half in halves:
        factor = np.ones(count)
        factor[members] = half
        better = _solve(bench, rules, factor)
        if better is None:
            return 0.0  # the rules themselves hang on this response; the conflict tells that story
        gains.append(_value(bench.problem, factor, better) - _value(bench.problem, factor, spend))
    gain = float(np.mean(gains))
    return gain if gain > 1e-6 * abs(_value(bench.problem, np.ones(count), spend)) else 0.0


def _scaled(problem: Problem, factor: Array) -> Problem:
    lines = tuple(
        replace(
            line,
            curves={
                n: c.times(float(f)) if n == "customers" else c for n, c in line.curves.items()
            },
        )
        for line, f in zip(problem.lines, factor, strict=True)
    )
    return replace(problem, lines=lines)


def _value(problem: Problem, factor: Array, spend: Array) -> float:
    scaled = _scaled(problem, factor)
    return float(GOALS[problem.goal.name](ledger(scaled, spend), **problem.goal.options))


def _solve(bench: Bench, rules: Sequence[Rule], factor: Array) -> Array | None:
    other = Bench(_scaled(bench.problem, factor), bench.solver, deadline=bench.deadline)
    other.grids, other.exact = list(bench.grids), list(bench.exact)
    found = other.best(rules, 1e-4)
    bench.solves += other.solves
    return found.spend


def _by_channel(problem: Problem, spend: Array) -> Array:
    out: Array = np.bincount(
        problem.channel_of, weights=spend, minlength=len(problem.channels)
    ).astype(np.float64)
    return out
