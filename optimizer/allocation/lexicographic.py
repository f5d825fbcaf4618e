"""Goals one after the other: each is a problem of its own, in which those before it are rules."""

from __future__ import annotations

from dataclasses import replace

from optimizer.allocation.decision import Goal, Rule
from optimizer.allocation.goal import GOALS
from optimizer.allocation.problem import Problem
from optimizer.messages import Message, Quantity, _

IN_ORDER = "in_order"
LEAST_SLACK = 1e-6  # of the goal's own unit: what is 0 at best is held to as much


def goals_in_order(goal: Goal) -> tuple[Goal, ...]:
    """The goals a goal stands for, the first of them first: itself, mostly."""
    if goal.name != IN_ORDER:
        return (goal,)
    return tuple(Goal(name) for name in goal.options["goals"])


def holding(problem: Problem, goal: Goal, value: float, slack: float) -> Problem:
    """The problem in which a goal that came first is a rule.

    Parameters
    ----------
    problem
        The problem.
    goal, value
        The goal, and what the best plan comes to by it.
    slack
        Share of that which may be given up.
    """
    room = max(slack * abs(value), LEAST_SLACK)
    if GOALS[goal.name].minimises:
        rule = Rule("max_goal", value + room, None, {"goal": goal.name})
    else:
        rule = Rule("min_goal", value - room, None, {"goal": goal.name})
    said = _came_first(goal, value, slack, problem.currency)
    return replace(problem, rules=(*problem.rules, rule), notes=(*problem.notes, said))


def _came_first(goal: Goal, value: float, slack: float, currency: str) -> Message:
    spec = GOALS[goal.name]
    amount = Quantity(value, "money", currency) if spec.unit == "money" else f"{value:,.6g}"
    return _(
        "the goal of {goal} came first: {amount} at best, of which {slack} may be given up for the "
        "goals after it",
        goal=spec.title,
        amount=amount,
        slack=Quantity(slack, "share", digits=1),
    )
