"""What stops each channel from taking more: its own limits, a rule of others, the goal itself.

A rule that is at its bound holds back every decision whose next unit of money would take it beyond,
with all other decisions as they are; which these are is read from the sign of the rule's gradient.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.allocation.check import BINDING, EvaluatedPlan, EvaluatedRule
from optimizer.allocation.decision import Decision
from optimizer.allocation.expression import Array, Expression, Index
from optimizer.allocation.goal import GOALS, objective
from optimizer.allocation.model import CHOSEN
from optimizer.allocation.problem import Problem
from optimizer.allocation.rule import budget_of, comparisons
from optimizer.allocation.symbolic import SymbolicQuantities

SIGN = 1e-6  # a sum below this share of its largest terms has no sign


@dataclass(frozen=True, eq=False)
class Limits:
    """What holds the decisions of a plan.

    Parameters
    ----------
    by_decision
        For each decision, the rules that its next unit of money would break, in their order.
    costs
        The goal counts spend against what it brings.
    gain
        What the next unit of each decision's money adds to the goal, its sign only (0: none to
        speak of), set-ups left out.
    unspent
        Money is left, or no budget was stated.
    """

    by_decision: tuple[tuple[EvaluatedRule, ...], ...]
    costs: bool
    gain: Array
    unspent: bool

    def rules(self) -> list[EvaluatedRule]:
        """The rules that hold some decision, each once."""
        return list({id(rule): rule for own in self.by_decision for rule in own}.values())


def limits(problem: Problem, found: EvaluatedPlan) -> Limits:
    """What holds the decisions of a plan, read from gradients on the true curves.

    Parameters
    ----------
    problem
        The problem as it was stated.
    found
        The plan with every rule on it.
    """
    count = len(problem.decisions)
    holding: list[list[EvaluatedRule]] = [[] for _ in range(count)]
    for rule in found.rules:
        overall = rule.spec.caps_total and rule.rule.of is None and rule.rule.period is None
        if overall or not rule.spec.looser or not rule.binds(nothing=True):
            continue
        for i in sorted(_held_back(problem, found, rule)):
            holding[i].append(rule)
    symbols = SymbolicQuantities(problem)
    goal = objective(problem.goal, symbols)
    costs = any(kind == "spend" and bool(np.any(weight < 0)) for kind, _, weight in goal.atoms)
    gain = np.zeros(count)
    running = tuple(atom for atom in goal.atoms if atom[0] not in CHOSEN)
    which, sign = _signs(problem, found, Expression(running))
    gain[which] = sign
    budget, spent = budget_of(problem), float(np.sum(found.spend))
    unspent = budget is None or budget - spent > 1e-6 * budget
    return Limits(tuple(map(tuple, holding)), costs, gain, unspent)


def _held_back(problem: Problem, found: EvaluatedPlan, rule: EvaluatedRule) -> set[int]:
    """Decisions whose next unit of money would break a rule that is at its bound."""
    out: set[int] = set()
    symbolic = comparisons(rule.rule, SymbolicQuantities(problem))
    for row, asked in zip(rule.rows, symbolic, strict=True):
        nothing = float(row.left) == 0 and float(row.right) == 0
        if row.violation() < -BINDING or (nothing and rule.spec.counts_channels):
            continue
        if any(kind == "helper" for kind, _, _ in asked.excess.atoms):
            out |= set(map(int, problem.decisions_of(rule.rule.of)))
            continue
        which, sign = _signs(problem, found, asked.excess)
        out |= set(map(int, which[sign > 0]))
    return out


def _signs(problem: Problem, found: EvaluatedPlan, expression: Expression) -> tuple[Index, Array]:
    """Decisions that an expression depends on, and whether their next unit of money makes it grow
    (1), fall (-1) or neither (0).
    """
    index: list[Index] = [np.zeros(0, dtype=np.int64)]
    value: list[Array] = [np.zeros(0)]
    active = found.quantities.values["active"]
    for kind, which, weight in expression.atoms:
        if kind in ("helper", "choice"):
            continue
        if kind == "active":  # one step up, at an unused channel's first unit
            for k, step in zip(which, weight, strict=True):
                if active[int(k)] == 0:
                    index.append(problem.members[int(k)])
                    value.append(np.full(len(problem.members[int(k)]), step))
        elif kind == "on":
            off = found.quantities.values["on"][which] == 0
            index.append(which[off])
            value.append(weight[off])
        elif kind == "starts":
            unused = active[problem.channel_of[which]] == 0
            index.append(which[unused])
            value.append(weight[unused])
        elif kind in ("spend", "posts"):
            index.append(which)
            value.append(weight if kind == "spend" else weight / problem.prices[which])
        else:
            slopes = np.array([_next_unit(problem, found, kind, int(i)) for i in which])
            _pull_back(problem, which, np.where(weight == 0, 0.0, weight * slopes), index, value)
    which, where = np.unique(np.concatenate(index), return_inverse=True)
    values = np.concatenate(value)
    with np.errstate(invalid="ignore"):
        total = np.bincount(where, weights=values, minlength=len(which))
        size = np.bincount(where, weights=np.abs(values), minlength=len(which))
        sign = np.where(np.abs(total) > SIGN * size, np.sign(total), 0.0)
    # a vertical start outweighs everything
    return which, np.where(np.isinf(total), np.sign(total), sign)


def _pull_back(
    problem: Problem, which: Index, slopes: Array, index: list[Index], value: list[Array]
) -> None:
    """Slopes by effective amounts as slopes by money, what carries over among it."""
    index.append(which)
    value.append(slopes)
    if not problem.carries:
        return
    to, source, weight, _ = problem.carry_from
    by_amount = np.zeros(len(problem.decisions))
    by_amount[which] = slopes * problem.prices[which]
    index.append(source)
    value.append(np.where(weight == 0, 0.0, weight * by_amount[to]) / problem.prices[source])


def _next_unit(problem: Problem, found: EvaluatedPlan, kind: str, i: int) -> float:
    """What the next unit of money of a decision, or of its next post, brings."""
    slope = slope_at(problem.decisions[i], float(found.amounts[i]), kind)
    return 0.0 if slope is None else slope


def slope_at(decision: Decision, amount: float, kind: str = "customers") -> float | None:
    """Response per currency of the next unit, or of the next post (None: there is no curve).

    Parameters
    ----------
    decision
        A decision.
    amount
        Its effective amount.
    kind
        Name of the response.
    """
    curve = decision.curves.get(kind)
    if curve is None:
        return None
    if decision.whole:
        return float(curve(amount + 1.0) - curve(amount)) / decision.price
    return float(np.asarray(curve.slope(amount))) / decision.price


def goal_reason(problem: Problem, held: Limits, i: int, spend: float) -> str:
    """Why the goal itself wants no more of a decision ("": it wants more, or as much elsewhere).

    Parameters
    ----------
    problem
        The problem as it was stated.
    held
        What holds the plan.
    i
        Number of the decision.
    spend
        What it gets, currency.

    Returns
    -------
    str
        "enough" | "loss" | "setup" | "".
    """
    if not held.costs or not (held.unspent or held.gain[i] < 0):
        return ""
    if GOALS[problem.goal.name].minimises:
        return "enough" if held.unspent else ""
    if spend <= 0 and held.gain[i] > 0 and problem.decisions[i].setup > 0:
        return "setup"
    return "loss"


def first_of(rules: Sequence[EvaluatedRule], about: frozenset[int]) -> str:
    """The name of the rule that tells most of why ("": there is none).

    Parameters
    ----------
    rules
        Rules that hold a decision.
    about
        Identities of those that are stated of a group it is in.
    """
    own = [rule for rule in rules if id(rule) in about]
    return next((rule.rule.name for rule in (*own, *rules)), "")
