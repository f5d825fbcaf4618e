"""What can be sold at all."""

from __future__ import annotations

from optimizer.allocation.quantities import PlanQuantities
from optimizer.allocation.rule import RuleRows, rule
from optimizer.messages import _
from optimizer.units import Amount


@rule(
    title=_("Orders that can be filled"),
    direction="at most",
    speaks_of=("customers",),
    linear=False,
)
def stock(
    plan: PlanQuantities, value: Amount, of: str | None = None, period: str | None = None
) -> RuleRows:
    """At most {value} orders can be filled; who comes beyond that brings nothing, and every channel
    goes short in proportion.

    Everything that is said of customers, revenue and profit counts filled orders only."""
    return plan.orders(of, period) <= value
