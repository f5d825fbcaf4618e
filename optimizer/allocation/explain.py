"""What a founder asks of a finished plan: its lines in words, simple rules beside it, what each rule costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from optimizer import units
from optimizer.allocation.check import Book, book, judge, ledger
from optimizer.allocation.expression import Array
from optimizer.allocation.goals import GOALS, minimises
from optimizer.allocation.limits import rows
from optimizer.allocation.plan import Baseline, PlanLine, Totals
from optimizer.allocation.problem import Problem, Rule
from optimizer.allocation.view import Ledger

TIGHT = 1e-6


def totals(problem: Problem, found: Book) -> Totals:
    """Sums over the lines. Customers are new customers."""
    new = np.array([line.new for line in problem.lines])
    spend = float(np.sum(found.spend))
    return Totals(
        spend=spend,
        customers=float(np.sum(found.customers[new])),
        revenue=float(np.sum(found.revenue)),
        unspent=None if problem.budget is None else max(0.0, problem.budget - spend),
        touches=None if found.exposure is None else float(np.sum(found.exposure)),
    )


def current(problem: Problem) -> Totals | None:
    """What today's spend gives on the same curves (None: some channel's spend is not known)."""
    if any(line.current is None and not line.idle for line in problem.lines):
        return None
    today = np.array([line.current or 0.0 for line in problem.lines])
    if not today.any():
        return None
    return replace(totals(problem, book(problem, today)), unspent=None)


def objective(problem: Problem, spend: Array) -> float:
    """The goal's number on the true curves, as a person reads it (a spend to be small is positive)."""
    value = float(GOALS[problem.goal.name](ledger(problem, spend), **problem.goal.options))
    return -value if minimises(problem.goal) else value


def tight(rule: Rule, plan: Ledger, nothing: bool = False) -> bool:
    """Whether a rule is at its bound. A rule about what is not bought at all (0 against 0) counts only if `nothing`."""
    return any(
        row.violation() >= -TIGHT and (nothing or float(row.left) != 0 or float(row.right) != 0)
        for row in rows(rule, plan)
    )


def plan_lines(problem: Problem, rules: Sequence[Rule], found: Book) -> tuple[PlanLine, ...]:
    single = problem.single
    out = []
    for i, line in enumerate(problem.lines):
        if line.idle and not found.customers[i] > 0:
            continue  # the tail after the plan is shown where there is one
        low, high = 0.0, None
        group = ""
        for rule in rules:
            mine = rule.of == line.channel and (
                rule.options.get("period") == line.period
                or ("period" not in rule.options and line.channel in single)
            )
            value = float(rule.value) * (
                line.price if rule.name in ("max_posts", "min_posts") else 1.0
            )
            if mine and rule.name in ("min", "fixed", "min_posts"):
                low = max(low, value)
            if mine and rule.name in ("max", "fixed", "max_posts"):
                high = value if high is None else min(high, value)
            elif (
                rule.of is not None
                and rule.name not in ("min", "max", "fixed", "max_posts", "min_posts")
                and (i in problem.lines_of(rule.of) and tight(rule, found.ledger))
            ):
                group = group or rule.name
        out.append(_plan_line(problem, i, found, low, high, group))
    return tuple(out)


def _plan_line(
    problem: Problem, i: int, found: Book, low: float, high: float | None, group: str
) -> PlanLine:
    line = problem.lines[i]
    spend, amount = float(found.spend[i]), float(found.amounts[i])
    slope = None
    curve = line.curves.get("customers")
    if curve is not None:
        step = 1.0 if line.whole else 0.0
        more = (
            float(curve(amount + step) - curve(amount))
            if line.whole
            else float(np.asarray(curve.slope(amount)))
        )
        slope = more / line.price
    if high is not None and spend >= high * (1 - TIGHT) and spend > 0:
        held = "maximum"
    elif low > 0 and spend <= low * (1 + TIGHT):
        held = "minimum"
    elif group:
        held = group
    elif slope is not None and slope <= 0:
        held = "curve"
    else:
        held = "whole posts" if line.whole and spend > 0 else "marginal"
    finite = slope is not None and np.isfinite(slope)
    return PlanLine(
        channel=line.channel,
        period=line.period,
        spend=spend,
        customers=float(found.customers[i]) if line.new else 0.0,
        revenue=float(found.revenue[i]),
        current=line.current,
        minimum=low,
        maximum=high,
        posts=round(amount) if line.whole else None,
        touches=None if found.exposure is None else float(found.exposure[i]),
        marginal_cac=units.marginal_cac(slope) if finite and slope and line.new else None,
        marginal_roi=slope * line.value
        if finite and slope is not None and line.value is not None
        else None,
        observed=_observed(problem, i),
        held_by=held,
    )


def _observed(problem: Problem, i: int) -> tuple[float, float] | None:
    line = problem.lines[i]
    for curve in line.curves.values():
        seen = curve.evidence.observed
        if seen is not None:
            return (seen[0] * line.price, seen[1] * line.price)
    return None


def baselines(problem: Problem, rules: Sequence[Rule], spend: Array) -> tuple[Baseline, ...]:
    """The simple rules of thumb, each with the plan's budget (without one: with the plan's spend)."""
    budget = problem.budget if problem.budget is not None else float(np.sum(spend))
    lines = problem.lines
    live = np.array([not line.idle for line in lines])
    out = []
    shapes: dict[str, list[float | None]] = {
        "keep_split": [None if line.current is None else line.current for line in lines],
        "equal": [1.0] * len(lines),
        "last_touch": [line.last_touch for line in lines],
    }
    for name, given in shapes.items():
        known = [value for value, here in zip(given, live, strict=True) if here]
        if any(value is None for value in known) or not sum(value or 0.0 for value in known) > 0:
            continue
        weight = np.array([value or 0.0 for value in given]) * live
        split = weight / np.sum(weight) * budget
        for i, line in enumerate(lines):
            if line.whole:
                split[i] = np.floor(split[i] / line.price * (1 + 1e-12)) * line.price
        found = book(problem, split)
        total = totals(problem, found)
        broken = tuple(str(rule) for rule in rules if not judge(rule, found.ledger).holds)
        out.append(
            Baseline(
                name, objective(problem, split), total.spend, total.customers, total.revenue, broken
            )
        )
    return tuple(out)


def remarks(
    problem: Problem, rules: Sequence[Rule], found: Book, lines: Sequence[PlanLine]
) -> list[str]:
    """What must be said beside the numbers."""
    out = []
    locale = units.Locale("en", problem.currency)
    total = totals(problem, found)
    overall = next(
        (
            r
            for r in rules
            if r.name == "budget"
            and r.of is None
            and not r.options
            and float(r.value) == problem.budget
        ),
        None,
    )
    if total.unspent is not None and problem.budget and total.unspent > 1e-6 * problem.budget:
        binding = [
            str(rule)
            for rule in rules
            if rule.name != "min"
            and rule is not overall
            and tight(rule, found.ledger, total.spend == 0)
        ]
        why = (
            f"more would break {', '.join(binding[:4])}"
            if binding
            else "no further spend brings anything"
        )
        out.append(f"{locale.money(total.unspent)} stays unspent: {why}")
    for line in lines:
        if line.observed is not None and line.spend > line.observed[1] * (1 + 1e-9):
            out.append(
                f"{line.channel} {'' if line.period == 'all' else line.period + ' '}gets {locale.money(line.spend)}, "
                f"more than was ever seen ({locale.money(line.observed[1])}): its curve is a guess there"
            )
    return out
