"""When money leaves the account."""

from __future__ import annotations

from optimizer.allocation.decision import Rule
from optimizer.allocation.quantities import PlanQuantities
from optimizer.allocation.rule import RuleRows, rule
from optimizer.messages import _
from optimizer.units import Money


@rule(title=_("Cash calendar"), direction="at most", speaks_of=("paid",))
def cash(plan: PlanQuantities, value: dict[str, Money]) -> RuleRows:
    """Money leaves the account no sooner than it arrives: {period: cash that arrives}, deposits
    and late payments counted.
    """
    known = plan.problem.period_names
    for period in value:
        plan.named_period(period)
    arrived, parts = 0.0, []
    for period in known:
        arrived += value.get(period, 0.0)
        parts.append(Rule("cash_until", arrived, None, {"period": period}))
    return parts


@rule(title=_("Cash out by then at most"), direction="at most", speaks_of=("paid",), bounds="paid")
def cash_until(plan: PlanQuantities, value: Money, period: str) -> RuleRows:
    """By the end of {period} at most {value} has left the account."""
    return plan.paid_by(period) <= value
