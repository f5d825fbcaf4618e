"""Plans where channels act on each other: repeated linear steps (successive linear programming) with a step bound.

The bound reported is the value plus what the last step's linear model still promised: how far from a standstill, not
how far from the best there is.

At each plan the outcome model gives concave curves that hold near it; the best plan on them, not further away than
the step bound, is judged by running the outcome model again. A better plan is taken and the bound widens; a worse one
halves it. The best plan seen is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from optimizer.allocation.engine import Bench, Found
from optimizer.allocation.expression import Array
from optimizer.allocation.problem import Rule

STEPS = 25


def best_by_steps(bench: Bench, rules: Sequence[Rule], gap: float) -> Found:
    """The best plan under an outcome model that is not separable, from several starts."""
    problem = bench.problem
    assert problem.outcome is not None
    best = Found("infeasible")
    for start in _starts(bench, rules):
        found = _climb(bench, rules, gap, start)
        better = found.spend is not None and (
            best.spend is None or found.value > best.value + 1e-12 * abs(best.value)
        )
        if better or (best.spend is None and found.status != "infeasible"):
            best = found
    return best


def _starts(bench: Bench, rules: Sequence[Rule]) -> list[Array]:
    """Today's split and the equal one, scaled to the most the rules allow."""
    problem = bench.problem
    live = np.array([0.0 if line.idle else 1.0 for line in problem.lines])
    budgets = [
        float(rule.value)
        for rule in rules
        if rule.name == "budget" and rule.of is None and "period" not in rule.options
    ]
    budget = budgets[0] if budgets else float(np.sum(bench.reach(rules))) / 4
    out = [live / max(float(np.sum(live)), 1.0) * budget]
    today = np.array([line.current or 0.0 for line in problem.lines])
    if np.sum(today) > 0:
        out.insert(0, today / np.sum(today) * budget)
    return out


def _local(bench: Bench, spend: Array) -> Bench:
    """The problem with the curves that hold near a plan; its own outcome model put aside."""
    problem = bench.problem
    assert problem.outcome is not None
    curves = problem.outcome.curves_at(spend)
    lines = tuple(
        replace(line, curves=dict(own)) for line, own in zip(problem.lines, curves, strict=True)
    )
    local = Bench(
        replace(problem, lines=lines, outcome=None), bench.solver, deadline=bench.deadline
    )
    return local


def _climb(bench: Bench, rules: Sequence[Rule], gap: float, start: Array) -> Found:
    problem = bench.problem
    spend, best = start, Found("infeasible")
    if bench.holds(start, rules):
        best = Found("optimal", start, bench.value(start), np.inf)
    width = 0.5
    size = max(float(np.sum(start)), 1e-300)
    bound = np.inf
    for _ in range(STEPS):
        local = _local(bench, spend)
        near = (
            [
                rule
                for i in range(len(spend))
                for rule in _near(
                    problem.lines[i].channel, problem.lines[i].period, spend[i], width * size
                )
            ]
            if best.spend is not None
            else []
        )
        found = local.best([*rules, *near], gap)
        bench.solves += local.solves
        if found.spend is None:
            if best.spend is None:
                return found
            width /= 2
        else:
            bound = (best.value if best.spend is not None else 0.0) + max(
                0.0, found.bound - local.value(spend)
            )
            kept = bench.holds(found.spend, rules, 1e-7)
            value = bench.value(found.spend)
            if kept and (best.spend is None or value > best.value * (1 + 1e-9) + 1e-15):
                gain = value - best.value if best.spend is not None else np.inf
                best = Found("optimal", found.spend, value, np.inf, rounds=best.rounds + 1)
                spend = found.spend
                width = min(1.0, width * 1.5)
                if gain <= 1e-7 * abs(value):
                    break
            elif best.spend is None:
                spend = (
                    found.spend
                )  # not yet allowed on the re-run model: linearise there and try again
            else:
                width /= 2
        if width < 1e-5:
            break
    if best.spend is not None:
        best = replace(best, bound=max(bound, best.value))
    return best


def _near(channel: str, period: str, spend: float, width: float) -> list[Rule]:
    return [
        Rule("max", spend + width, channel, {"period": period}),
        Rule("min", max(0.0, spend - width), channel, {"period": period}),
    ]
