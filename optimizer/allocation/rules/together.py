"""Channels that are bound to each other: one if the other, one or the other, mixes with weights."""

from __future__ import annotations

from typing import Annotated

from optimizer.allocation.expression import Expression
from optimizer.allocation.quantities import PlanQuantities
from optimizer.allocation.rule import RuleRows, rule
from optimizer.errors import UserError
from optimizer.messages import _
from optimizer.units import Kind, Money

Number = Annotated[float, Kind("number", -1e15, 1e15, hint=_("a number"))]
Weight = Annotated[float, Kind("weight", -1e9, 1e9, hint=_("a number, such as 4 or -1"))]


@rule(
    title=_("If one channel, then this for another"),
    direction="at least",
    speaks_of=("spend", "channels"),
)
def needs(plan: PlanQuantities, value: Money, of: str, to: str) -> RuleRows:
    """If the channel gets any money, {to} gets at least {value} (each channel of a group)."""
    each = plan.channel_by_channel("needs", value, of, {"to": to})
    if each:
        return each
    return plan.spend(to) >= value * plan.used(of)


@rule(
    title=_("This for one channel or for another"),
    direction="at least",
    speaks_of=("spend", "channels"),
)
def either(
    plan: PlanQuantities, value: Money, of: str, to: str, period: str | None = None
) -> RuleRows:
    """At least {value} goes there, or at least {value} goes to {to}, or both."""
    one, other = plan.spend(of, period), plan.spend(to, period)
    first = plan.choice(lambda: float(float(one) >= float(other)))
    return [one >= value * first, other >= value * (1.0 - first)]


def _weighted(plan: PlanQuantities, weights: dict[str, Weight], period: str | None) -> Expression:
    """Sum of weight * spend."""
    if not weights:
        raise UserError(
            _("the mix has no weights"), fix=_("write weights: {{a: -1, b: 4}}, a weight a channel")
        )
    total = Expression()
    for of, weight in weights.items():
        total = total + float(weight) * plan.spend(of, period)
    return total


@rule(title=_("Weighted spend at least"), direction="at least", speaks_of=("spend",), unit="amount")
def min_mix(
    plan: PlanQuantities, value: Number, weights: dict[str, Weight], period: str | None = None
) -> RuleRows:
    """The sum of weight times spend is at least {value}.

    weights: a number for each channel, group or tag, below 0 as well."""
    return _weighted(plan, weights, period) >= value


@rule(title=_("Weighted spend at most"), direction="at most", speaks_of=("spend",), unit="amount")
def max_mix(
    plan: PlanQuantities, value: Number, weights: dict[str, Weight], period: str | None = None
) -> RuleRows:
    """The sum of weight times spend is at most {value}.

    weights: a number for each channel, group or tag, below 0 as well."""
    return _weighted(plan, weights, period) <= value
