"""How much is spent, on a channel, in a period, against today."""

from __future__ import annotations

from typing import Literal

from optimizer.allocation.decision import Rule
from optimizer.allocation.quantities import PlanQuantities
from optimizer.allocation.rule import RuleRows, rule
from optimizer.errors import UserError
from optimizer.messages import _
from optimizer.units import Change, Money


@rule(title=_("Budget"), direction="at most", speaks_of=("spend",), bounds="spend", caps_total=True)
def budget(
    plan: PlanQuantities, value: Money, of: str | None = None, period: str | None = None
) -> RuleRows:
    """Spend stays at or below {value}; what is not worth spending stays unspent."""
    return plan.spend(of, period) <= value


@rule("min", title=_("Minimum spend"), direction="at least", speaks_of=("spend",), bounds="spend")
def minimum_spend(
    plan: PlanQuantities, value: Money, of: str, period: str | None = None
) -> RuleRows:
    """Spend is at least {value}."""
    return plan.spend(of, period) >= value


@rule("max", title=_("Maximum spend"), direction="at most", speaks_of=("spend",), bounds="spend")
def maximum_spend(
    plan: PlanQuantities, value: Money, of: str, period: str | None = None
) -> RuleRows:
    """Spend is at most {value}."""
    return plan.spend(of, period) <= value


@rule(title=_("Fixed spend"), direction="both", speaks_of=("spend",), bounds="spend")
def fixed(
    plan: PlanQuantities, value: Money | Literal["current"], of: str, period: str | None = None
) -> RuleRows:
    """Spend is exactly {value} ("current": each channel as it is today)."""
    if isinstance(value, str):
        if period is not None:
            raise UserError(
                _("today's spend is known of the whole plan, not of {period}", period=period),
                fix=_("write an amount, or leave the period out"),
            )
        return [Rule("fixed", plan.current(channel), channel) for channel in plan.channels(of)]
    return [plan.spend(of, period) <= value, plan.spend(of, period) >= value]


@rule(
    title=_("Change against today at most"),
    direction="at most",
    speaks_of=("spend",),
    bounds="change",
)
def max_change(
    plan: PlanQuantities,
    value: Change,
    of: str | None = None,
    direction: Literal["both", "up", "down"] = "both",
) -> RuleRows:
    """Each channel's spend changes by at most {value} against today."""
    each = plan.channel_by_channel("max_change", value, of, {"direction": direction})
    if each:
        return each
    of = plan.channels(of)[0]
    today = plan.current(of)
    up, down = plan.spend(of) <= today * (1 + value), plan.spend(of) >= today * (1 - value)
    return [up] if direction == "up" else [down] if direction == "down" else [up, down]


@rule(title=_("Budget of each period"), direction="at most", speaks_of=("spend",))
def period_budget(plan: PlanQuantities, value: dict[str, Money], of: str | None = None) -> RuleRows:
    """Spend in each named period stays at or below its amount."""
    return [Rule("budget", amount, of, {"period": period}) for period, amount in value.items()]
