"""As much money as possible: revenue, profit, lifetime margin."""

from __future__ import annotations

from optimizer.allocation.expression import Expression
from optimizer.allocation.goal import goal
from optimizer.allocation.quantities import PlanQuantities
from optimizer.messages import _


@goal(
    title=_("revenue"), amount=_("{amount} in revenue"), unit="money", needs=("customers", "value")
)
def revenue(plan: PlanQuantities) -> Expression:
    """As much revenue (GMV) as possible."""
    return plan.revenue()


@goal(
    title=_("profit"),
    amount=_("{amount} in profit"),
    unit="money",
    needs=("customers", "value", "margin"),
)
def profit(plan: PlanQuantities) -> Expression:
    """As much profit (margin minus spend) as possible."""
    return plan.profit()


@goal(
    title=_("lifetime margin"),
    amount=_("{amount} in lifetime margin"),
    unit="money",
    needs=("customers", "ltv"),
)
def ltv(plan: PlanQuantities) -> Expression:
    """As much lifetime margin of the customers won as possible."""
    return plan.lifetime()
