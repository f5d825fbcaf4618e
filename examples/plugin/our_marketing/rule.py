"""A rule: what a thousand contacts may cost."""

from __future__ import annotations

from optimizer.allocation.quantities import PlanQuantities
from optimizer.allocation.rule import RuleRows, rule
from optimizer.locale import add_translations
from optimizer.messages import _
from optimizer.units import PositiveMoney


@rule(title=_("CPM at most"), direction="at most", speaks_of=("spend", "exposure"))
def max_cpm(plan: PlanQuantities, value: PositiveMoney, of: str | None = None) -> RuleRows:
    """Spend per thousand exposures stays at or below {value}."""
    return plan.spend(of) <= (value / 1000) * plan.exposure(of)


add_translations(
    "zh",
    {
        "CPM at most": "千次曝光成本至多",
        "Spend per thousand exposures stays at or below {value}.": "每千次曝光的花费不超过 {value}。",
    },
)
