"""What must hold although responses are not known for certain."""

from __future__ import annotations

from optimizer.allocation.quantities import PlanQuantities
from optimizer.allocation.rule import Fraction, RuleRows, rule
from optimizer.errors import UserError
from optimizer.messages import _
from optimizer.units import PositiveMoney


@rule(
    title=_("Risk of a high CAC at most"),
    direction="at most",
    speaks_of=("spend", "customers", "draws"),
    linear=False,
)
def max_risk(
    plan: PlanQuantities, value: Fraction, cac: PositiveMoney, of: str | None = None
) -> RuleRows:
    """The chance that spend per new customer passes {cac} is at most {value}.

    Kept through CVaR over bootstrap draws: even the mean of the worst such share of draws stays
    within it.
    """
    draws = plan.draws()
    if not draws:
        raise UserError(
            _("there are no draws to judge risk by"),
            fix=_("set attribution.intervals, or state draws"),
        )
    worth = [cac * plan.customers_in_draw(k, of) for k in range(draws)]
    row = plan.spend(of) <= -plan.tail_mean([-each for each in worth], value)
    if plan.known:
        spend = float(row.left)
        row = row.reporting(sum(spend > float(each) * (1 + 1e-9) for each in worth) / draws)
    return row
