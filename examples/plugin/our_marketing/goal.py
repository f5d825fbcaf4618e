"""A goal: customers first, and a little for being seen."""

from __future__ import annotations

from optimizer.allocation.expression import Expression
from optimizer.allocation.goal import goal
from optimizer.allocation.quantities import PlanQuantities
from optimizer.locale import add_translations
from optimizer.messages import _


@goal(
    title=_("customers and fame"),
    amount=_("{amount} points of customers and fame", amount=0),
    needs=("customers", "exposure"),
)
def fame(plan: PlanQuantities) -> Expression:
    """New customers, and one point for every ten thousand exposures."""
    return plan.customers() + plan.exposure() * 1e-4


add_translations(
    "zh",
    {
        "customers and fame": "新客与声量",
        "{amount} points of customers and fame": "{amount} 分（新客与声量）",
        "New customers, and one point for every ten thousand exposures.": (
            "新客数，另加每一万次曝光记一分。"
        ),
    },
)
