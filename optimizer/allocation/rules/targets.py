"""What a plan must bring at least."""

from __future__ import annotations

from optimizer.allocation.quantities import PlanQuantities
from optimizer.allocation.rule import RuleRows, rule
from optimizer.messages import _
from optimizer.units import Amount, Money


@rule(title=_("New customers at least"), direction="at least", speaks_of=("customers",))
def min_customers(
    plan: PlanQuantities, value: Amount, of: str | None = None, period: str | None = None
) -> RuleRows:
    """At least {value} new customers."""
    return plan.customers(of, period) >= value


@rule(title=_("Revenue at least"), direction="at least", speaks_of=("revenue",))
def min_revenue(
    plan: PlanQuantities, value: Money, of: str | None = None, period: str | None = None
) -> RuleRows:
    """Revenue (GMV) is at least {value}."""
    return plan.revenue(of, period) >= value


@rule(title=_("Profit at least"), direction="at least", speaks_of=("spend", "margin"))
def min_profit(
    plan: PlanQuantities, value: Money, of: str | None = None, period: str | None = None
) -> RuleRows:
    """Margin minus spend is at least {value}."""
    return plan.margin(of, period) >= plan.spend(of, period) + value


@rule(title=_("Exposure at least"), direction="at least", speaks_of=("exposure",))
def min_exposure(
    plan: PlanQuantities, value: Amount, of: str | None = None, period: str | None = None
) -> RuleRows:
    """At least {value} exposures (touches)."""
    return plan.exposure(of, period) >= value


@rule(title=_("Users reaching the stage at least"), direction="at least", speaks_of=("stage",))
def min_stage(
    plan: PlanQuantities,
    value: Amount,
    stage: str,
    of: str | None = None,
    period: str | None = None,
) -> RuleRows:
    """At least {value} users reach the stage {stage}."""
    return plan.stage(stage, of, period) >= value
