"""What a plan must come to by a goal that is not its own."""

from __future__ import annotations

from optimizer.allocation.expression import Expression
from optimizer.allocation.goal import GOALS
from optimizer.allocation.quantities import PlanQuantities
from optimizer.allocation.rule import RuleRows, rule
from optimizer.allocation.rules.together import Number
from optimizer.errors import UserError
from optimizer.messages import _
from optimizer.registry import did_you_mean


def _by_goal(plan: PlanQuantities, name: str, minimises: bool) -> Expression:
    """What a plan comes to by a goal, as a person reads it."""
    known = [key for key in GOALS if GOALS[key].minimises == minimises and GOALS[key].plain]
    if name not in known:
        raise UserError(
            _("'{name}' is no goal that this rule can hold", name=name),
            fix=did_you_mean(name, known),
        )
    return GOALS[name].function(plan) * (-1.0 if minimises else 1.0)


@rule(
    title=_("By another goal at least"),
    direction="at least",
    speaks_of=("spend", "customers"),
    unit="amount",
)
def min_goal(plan: PlanQuantities, value: Number, goal: str) -> RuleRows:
    """By the goal {goal} the plan comes to at least {value}."""
    return _by_goal(plan, goal, minimises=False) >= value


@rule(
    title=_("By another goal at most"),
    direction="at most",
    speaks_of=("spend", "customers"),
    unit="amount",
)
def max_goal(plan: PlanQuantities, value: Number, goal: str) -> RuleRows:
    """By the goal {goal}, which is to be small, the plan comes to at most {value}."""
    return _by_goal(plan, goal, minimises=True) <= value
