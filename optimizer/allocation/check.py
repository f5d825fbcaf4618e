"""The independent check: spend in, everything else recomputed on the true curves, every rule looked at again.

It shares nothing with the model but the rules' own words: no pieces, no columns, no solver.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.allocation.expression import Array, Comparison
from optimizer.allocation.limits import RULES, rows, sense, unit
from optimizer.allocation.plan import RuleResult
from optimizer.allocation.problem import Problem, Rule
from optimizer.allocation.view import Ledger
from optimizer.units import Locale, cac

TOLERANCE = 1e-6


class BrokenPlan(AssertionError):
    """The plan breaks a rule on the true curves, or its numbers do not add up: a fault of this program, never shown
    as a plan."""


@dataclass(frozen=True, eq=False)
class Book:
    """Everything a spend brings, one number per line. spend: currency, set-up costs included (on a channel's first
    used line); amounts: effective amounts; marginal: customers per currency of the next unit (NaN: unknown)."""

    spend: Array
    amounts: Array
    customers: Array
    revenue: Array
    exposure: Array | None
    ledger: Ledger


def ledger(problem: Problem, spend: Array) -> Ledger:
    """The numbers of a finished plan. spend: currency per line, set-up costs not included."""
    spend = np.asarray(spend, dtype=float)
    amounts = problem.amounts(spend)
    values: dict[str, Array] = {
        "spend": spend,
        "posts": np.where(problem.is_posts, spend / problem.prices, 0.0),
    }
    active = np.zeros(len(problem.channels))
    np.maximum.at(active, problem.channel_of, (spend > 0).astype(float))
    values["active"] = active
    if problem.outcome is not None:
        found = problem.outcome.outcome(spend)
        values["customers"] = found.customers
        if found.exposure is not None:
            values["exposure"] = found.exposure
        values.update(found.other)
    else:
        for name in problem.responses:
            values[name] = problem.respond[name](np.maximum(amounts, 0.0))
    return Ledger(problem, values)


def book(problem: Problem, spend: Array) -> Book:
    """Everything a spend brings. spend: currency per line, set-up costs not included."""
    found = ledger(problem, spend)
    values = found.values
    paid = values["spend"].copy()
    for k, members in enumerate(problem.members):
        setup = problem.lines[int(members[0])].setup
        if setup > 0 and values["active"][k] > 0:
            used = [i for i in members if values["spend"][i] > 0]
            paid[used[0]] += setup
    customers = values.get("customers", np.zeros(len(problem.lines)))
    worth = np.array([line.value or 0.0 for line in problem.lines])
    return Book(
        paid, problem.amounts(spend), customers, customers * worth, values.get("exposure"), found
    )


def results(
    problem: Problem,
    book_: Book,
    rules: Sequence[Rule],
    prices: dict[int, float | None] | None = None,
) -> tuple[RuleResult, ...]:
    """Every rule as it came out."""
    return tuple(
        judge(rule, book_.ledger, (prices or {}).get(k), problem.currency)
        for k, rule in enumerate(rules)
    )


def judge(
    rule: Rule, plan: Ledger, price: float | None = None, currency: str = "CNY"
) -> RuleResult:
    """One rule on a finished plan."""
    found = rows(rule, plan)
    holds = all(row.violation() <= TOLERANCE for row in found)
    of = rule.of
    period = rule.options.get("period")
    if period is not None:
        of = f"{of} {period}" if of else str(period)
    return RuleResult(
        rule.name,
        of,
        float(rule.value),
        achieved(rule, plan, found),
        holds,
        unit(rule.name),
        sense(rule.name),
        price,
        text(rule, currency),
    )


def achieved(rule: Rule, plan: Ledger, found: Sequence[Comparison] | None = None) -> float | None:
    """The value at which the rule would just hold: for max_cac the plan's CAC, for max_share its share, and so on.

    Every row is linear in the rule's value, so two evaluations give its root. None: the plan says nothing (no
    customers, so no CAC).
    """
    found = rows(rule, plan) if found is None else found
    stated = [row.achieved for row in found]
    if any(value is not None for value in stated):
        return (
            min(value for value in stated if value is not None)
            if sense(rule.name) == ">="
            else max(value for value in stated if value is not None)
        )
    if rule.name == "fixed":
        return float(found[0].left)
    if found and all(
        row.label for row in found
    ):  # rows per line that report nothing: nothing is used
        return None
    roots = []
    low, high = (rows(_with(rule, value), plan) for value in (0.0, 1.0))
    for at_zero, at_one in zip(low, high, strict=True):
        start, end = float(at_zero.excess), float(at_one.excess)
        if end != start:
            roots.append(-start / (end - start))
    if not roots:
        return None
    return max(roots) if sense(rule.name) == "<=" else min(roots)


def _with(rule: Rule, value: float) -> Rule:
    return Rule(rule.name, value, rule.of, rule.options, rule.where)


def text(rule: Rule, currency: str) -> str:
    """The rule's sentence with its value filled in."""
    locale, kind = Locale("en", currency), unit(rule.name)
    value = float(rule.value)
    if kind == "money":
        shown = locale.money(value, 0 if value == int(value) else 2)
    elif kind in ("share", "change"):
        shown = locale.percent(value, 0 if abs(value * 100 - round(value * 100)) < 1e-9 else 1)
    else:
        shown = f"{value:,.6g}"
    options = {key: str(item) for key, item in rule.options.items()}
    sentence = RULES.help(rule.name).replace("{value}", shown)
    for key, item in options.items():
        sentence = sentence.replace("{" + key + "}", item)
    return f"{rule.of}: {sentence}" if rule.of else sentence


def check(
    problem: Problem, spend: Array, rules: Sequence[Rule], value: float | None = None
) -> Book:
    """Recompute a plan; `BrokenPlan` where a rule does not hold on the true curves or a number is not one."""
    found = book(problem, spend)
    for name, numbers in found.ledger.values.items():
        if not np.all(np.isfinite(numbers)) or np.any(numbers < -1e-9):
            raise BrokenPlan(f"{name} is not a number of 0 or more: {numbers}")
    for rule in rules:
        for row in rows(rule, found.ledger):
            if row.violation() > TOLERANCE:
                raise BrokenPlan(
                    f"{rule} is broken: {float(row.left):.12g} {row.sense} {float(row.right):.12g} does not hold"
                )
    return found


def best_cac(problem: Problem, name: str) -> float | None:
    """The least average CAC a channel can reach: at its first money where its curve bends down, else where a line from
    the origin touches it."""
    best: float | None = None
    for line in problem.lines:
        curve = line.curves.get("customers")
        if line.channel != name or curve is None or not line.new:
            continue
        turn = curve.inflection
        points = (
            np.geomspace(turn, turn * 50, 400)
            if turn
            else np.array([1e-9 * max(line.current or 1.0, 1e-300)])
        )
        for amount in points:
            found = cac(float(amount) * line.price, float(curve(amount)))
            if found is not None and (best is None or found < best):
                best = found
    return best
