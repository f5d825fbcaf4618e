"""What a founder asks of a finished plan: its lines in words, simple rules beside it, what must be
said of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from optimizer import units
from optimizer.allocation.check import BINDING, EvaluatedPlan, EvaluatedRule, evaluate_plan
from optimizer.allocation.decision import Decision, Rule
from optimizer.allocation.evaluated import evaluate
from optimizer.allocation.expression import Array
from optimizer.allocation.goal import GOALS, objective_value
from optimizer.allocation.limits import first_of, goal_reason, limits, slope_at
from optimizer.allocation.plan import Baseline, PlanLine, Totals
from optimizer.allocation.problem import Problem
from optimizer.allocation.rule import budget_of
from optimizer.allocation.rule_words import rule_text
from optimizer.messages import Message, Quantity, _, listed

MOST_NAMED = 4  # rules in one sentence


def totals(problem: Problem, found: EvaluatedPlan) -> Totals:
    """Sums over the decisions. Customers are new customers.

    Parameters
    ----------
    problem
        The problem as it was stated.
    found
        The plan.
    """
    new = np.array([decision.new for decision in problem.decisions])
    spend, budget = float(np.sum(found.spend)), budget_of(problem)
    return Totals(
        spend=spend,
        customers=float(np.sum(found.customers[new])),
        revenue=float(np.sum(found.revenue)),
        unspent=None if budget is None else max(0.0, budget - spend),
        touches=None if found.exposure is None else float(np.sum(found.exposure)),
        commission=float(np.sum(found.commission)),
        profit=_known(float(np.sum(found.profit))),
    )


def _known(number: float) -> float | None:
    return None if np.isnan(number) else number


def current_totals(problem: Problem) -> Totals | None:
    """What today's spend gives on the same curves (None: some channel's spend is not known)."""
    if any(d.current is None and not d.idle for d in problem.decisions):
        return None
    today = np.array([decision.current or 0.0 for decision in problem.decisions])
    if not today.any():
        return None
    return replace(totals(problem, evaluate_plan(problem, today)), unspent=None)


def plan_lines(problem: Problem, found: EvaluatedPlan) -> tuple[PlanLine, ...]:
    """The plan, channel by channel and period by period.

    Parameters
    ----------
    problem
        The problem as it was stated.
    found
        The plan with every rule on it.
    """
    binding = {id(rule) for rule in found.rules if rule.binds() and rule.spec.looser}
    holding = limits(problem, found)
    own: list[list[EvaluatedRule]] = [[] for _ in problem.decisions]  # of the channel or a group
    for evaluated in found.rules:
        if evaluated.rule.of is not None:
            for i in problem.decisions_of(evaluated.rule.of):
                own[int(i)].append(evaluated)
    budget, out = budget_of(problem), []
    for i, decision in enumerate(problem.decisions):
        if decision.idle and not found.customers[i] > 0:
            continue  # the tail after the plan is shown where there is one
        low, high = 0.0, None
        group = first_of(holding.by_decision[i], frozenset(map(id, own[i])))
        for evaluated in own[i]:
            rule, spec = evaluated.rule, evaluated.spec
            of_its_own = spec.bounds in ("spend", "posts") and not spec.caps_total
            if of_its_own and _about(rule, decision, problem):
                value = float(rule.value) * (decision.price if spec.bounds == "posts" else 1.0)
                if spec.floors:
                    low = max(low, value)
                if spec.caps:
                    high = value if high is None else min(high, value)
            elif not of_its_own and not group and id(evaluated) in binding:
                group = rule.name
        stop = goal_reason(problem, holding, i, float(found.spend[i]))
        group = stop if stop == "enough" else group or stop
        if not group and budget == 0:
            group = "budget"
        line = _plan_line(problem, i, found, low, high, group)
        out.append(_within_change(line, decision, problem, found))
    return tuple(out)


def _within_change(
    line: PlanLine, decision: Decision, problem: Problem, found: EvaluatedPlan
) -> PlanLine:
    """The line with its range as far as a change against today allows."""
    low, high = line.minimum, line.maximum
    today = decision.current
    for evaluated in found.rules:
        rule = evaluated.rule
        if (
            evaluated.spec.bounds != "change"
            or today is None
            or not _about(rule, decision, problem)
        ):
            continue
        way = rule.options.get("direction", "both")
        if way != "up":
            low = max(low, today * (1 - float(rule.value)))
        if way != "down":
            most = today * (1 + float(rule.value))
            high = most if high is None else min(high, most)
    return replace(line, minimum=low, maximum=high)


def _about(rule: Rule, decision: Decision, problem: Problem) -> bool:
    """Whether a rule is about this decision alone."""
    return rule.of == decision.channel and (
        rule.period == decision.period
        or (rule.period is None and decision.channel in problem.single)
    )


def _plan_line(
    problem: Problem, i: int, found: EvaluatedPlan, low: float, high: float | None, group: str
) -> PlanLine:
    decision = problem.decisions[i]
    spend = float(found.spend[i])
    slope = slope_at(decision, float(found.amounts[i]))
    finite = slope is not None and np.isfinite(slope)
    return PlanLine(
        channel=decision.channel,
        period=decision.period,
        spend=spend,
        customers=float(found.customers[i]) if decision.new else 0.0,
        revenue=float(found.revenue[i]),
        current=decision.current,
        minimum=low,
        maximum=high,
        posts=round(float(found.amounts[i])) if decision.whole else None,
        touches=None if found.exposure is None else float(found.exposure[i]),
        marginal_cac=units.marginal_cac(slope) if finite and slope and decision.new else None,
        marginal_roi=slope * decision.value
        if finite and slope is not None and decision.value is not None
        else None,
        observed=_observed(decision),
        held_by=_held_by(decision, spend, slope, (low, high), group),
        commission=float(found.commission[i]),
        profit=_known(float(found.profit[i])),
    )


def _held_by(
    decision: Decision,
    spend: float,
    slope: float | None,
    allowed: tuple[float, float | None],
    reason: str,
) -> str:
    """What stops a channel from taking more."""
    low, high = allowed
    if high is not None and spend >= high * (1 - BINDING):
        return "maximum"
    if low > 0 and spend <= low * (1 + BINDING):
        return "minimum"
    if reason and not (reason == "loss" and slope is not None and slope <= 0):
        return reason
    if slope is not None and slope <= 0:
        return "curve"
    return "whole posts" if decision.whole and spend > 0 else "marginal"


def _observed(decision: Decision) -> tuple[float, float] | None:
    for curve in decision.curves.values():
        seen = curve.evidence.observed
        if seen is not None:
            return (seen[0] * decision.price, seen[1] * decision.price)
    return None


def baselines(problem: Problem, rules: Sequence[Rule], spend: Array) -> tuple[Baseline, ...]:
    """The simple ways of planning, each with the plan's budget (without one: with the plan's
    spend).

    Parameters
    ----------
    problem
        The problem as it was stated.
    rules
        Its simple rules.
    spend
        The plan's spend per decision, currency, set-up costs not included.
    """
    budget = budget_of(problem)
    money = float(evaluate(problem, spend).spend()) if budget is None else budget
    decisions = problem.decisions
    out = []
    shapes: dict[str, list[float | None]] = {
        "keep_split": [decision.current for decision in decisions],
        "equal": [1.0] * len(decisions),
        "last_touch": [decision.last_touch for decision in decisions],
    }
    for name, given in shapes.items():
        split = _split(problem, given, money)
        if split is None:
            continue
        found = evaluate_plan(problem, split, rules)
        total = totals(problem, found)
        broken = tuple(evaluated.rule for evaluated in found.rules if not evaluated.holds)
        value = objective_value(problem.goal, found.quantities)
        out.append(Baseline(name, value, total.spend, total.customers, total.revenue, broken))
    return tuple(out)


def _split(problem: Problem, given: Sequence[float | None], money: float) -> Array | None:
    """Money divided in proportion, set-ups paid from it first, whole posts rounded down (None: a
    part is not known, or the set-ups alone cost more).
    """
    live = ~problem.is_idle
    known = [value for value, here in zip(given, live, strict=True) if here]
    if any(value is None for value in known) or not sum(value or 0.0 for value in known) > 0:
        return None
    weight = np.array([value or 0.0 for value in given]) * live
    used = np.unique(problem.channel_of[weight > 0])
    left = money - float(np.sum(problem.setups[used]))
    if left < 0:
        return None
    split: Array = weight / np.sum(weight) * left
    for i, decision in enumerate(problem.decisions):
        if decision.whole:
            split[i] = np.floor(split[i] / decision.price * (1 + 1e-12)) * decision.price
    return split


def remarks(
    problem: Problem, found: EvaluatedPlan, lines: Sequence[PlanLine], in_time: bool = True
) -> list[Message]:
    """What must be said beside the numbers: money that stays unspent, curves that are guesses.

    Parameters
    ----------
    problem
        The problem as it was stated.
    found
        The plan with every rule on it.
    lines
        The plan in words.
    in_time
        The search came to its end.
    """
    out = []
    total, budget = totals(problem, found), budget_of(problem)
    if total.unspent is not None and budget and total.unspent > 1e-6 * budget:
        out.append(_unspent(problem, found, total, in_time))
    if total.spend == 0 and GOALS[problem.goal.name].minimises:
        out.append(
            _(
                "the plan spends nothing: every rule and target is kept without any spend; to ask "
                "for customers, add the target customers_change or the rule min_customers"
            )
        )
    for line in lines:
        if line.observed is not None and line.spend > line.observed[1] * (1 + 1e-9):
            out.append(_beyond_observed(line, line.observed[1], problem.currency))
    return out


def _unspent(problem: Problem, found: EvaluatedPlan, total: Totals, in_time: bool) -> Message:
    money = Quantity(total.unspent, "money", problem.currency, 0)
    if not in_time:
        return _("{money} stays unspent: time ran out before it was placed", money=money)
    held = limits(problem, found)
    if GOALS[problem.goal.name].minimises:
        return _("{money} stays unspent: the plan needs no more to keep every rule", money=money)
    binding = [rule_text(evaluated.rule) for evaluated in held.rules()]
    if binding:
        return _(
            "{money} stays unspent: more would break {rules}",
            money=money,
            rules=listed(binding[:MOST_NAMED]),
        )
    if held.costs:
        return _("{money} stays unspent: further spend would cost more than it brings", money=money)
    return _("{money} stays unspent: no further spend brings anything", money=money)


def _beyond_observed(line: PlanLine, most: float, currency: str) -> Message:
    spend = Quantity(line.spend, "money", currency, 0)
    observed = Quantity(most, "money", currency, 0)
    if line.period == "all":
        return _(
            "{channel} gets {spend}, more than was ever seen ({observed}): "
            "its curve is a guess there",
            channel=line.channel,
            spend=spend,
            observed=observed,
        )
    return _(
        "{channel} {period} gets {spend}, more than was ever seen ({observed}): "
        "its curve is a guess there",
        channel=line.channel,
        period=line.period,
        spend=spend,
        observed=observed,
    )
