"""Spend in round amounts, as it is booked."""

from __future__ import annotations

from optimizer.allocation.quantities import PlanQuantities
from optimizer.allocation.rule import RuleRows, rule
from optimizer.messages import _
from optimizer.units import PositiveMoney

MOST_STEPS = 1e9


@rule(
    title=_("Spend in steps of"),
    direction="none",
    speaks_of=("spend", "channels"),
    bounds="steps",
    linear=False,
)
def steps(
    plan: PlanQuantities, value: PositiveMoney, of: str | None = None, period: str | None = None
) -> RuleRows:
    """Each channel's spend is a multiple of {value}, set-up costs not counted."""
    each = plan.channel_by_channel("steps", value, of, {} if period is None else {"period": period})
    if each:
        return each
    (channel,) = plan.channels(of)
    spend = plan.total("spend", plan.decisions(channel, period))
    count = plan.choice(lambda: float(round(float(spend) / value)), MOST_STEPS)
    rows = [spend <= value * count, spend >= value * count]
    return [row.called("multiple") for row in rows]
