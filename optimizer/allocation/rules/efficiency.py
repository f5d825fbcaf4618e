"""What a unit of money must bring: CAC, ROI, lifetime value against cost."""

from __future__ import annotations

from optimizer.allocation.decision import Rule
from optimizer.allocation.problem import Problem
from optimizer.allocation.quantities import PlanQuantities, best_average_cac
from optimizer.allocation.rule import RuleRows, rule
from optimizer.messages import Message, _
from optimizer.units import Change, Money, Ratio


def below_best_cac(rule: Rule, problem: Problem) -> Message | None:
    """That no channel reaches such a CAC even with its first money, where that is so."""
    members = {problem.decisions[int(i)].channel for i in problem.decisions_of(rule.of)}
    reached = [best_average_cac(problem, name) for name in sorted(members)]
    best = min((one for one in reached if one is not None), default=None)
    if best is None or float(rule.value) >= best:
        return None
    value, lowest = f"{float(rule.value):,.10g}", f"{best:,.6g}"
    if rule.of:
        return _(
            "a CAC of {value} is below the best any channel of {of} can reach, {best}",
            value=value,
            of=rule.of,
            best=lowest,
        )
    return _(
        "a CAC of {value} is below the best any channel can reach, {best}", value=value, best=lowest
    )


@rule(
    title=_("CAC at most"),
    direction="at most",
    speaks_of=("spend", "customers"),
    foresees=below_best_cac,
)
def max_cac(
    plan: PlanQuantities, value: Money, of: str | None = None, period: str | None = None
) -> RuleRows:
    """Spend per new customer, fees included, stays at or below {value}."""
    return plan.spend(of, period) <= value * plan.customers(of, period)


@rule(title=_("ROI at least"), direction="at least", speaks_of=("spend", "revenue"))
def min_roi(
    plan: PlanQuantities, value: Ratio, of: str | None = None, period: str | None = None
) -> RuleRows:
    """Revenue per unit of spend (GMV / spend) is at least {value}."""
    return plan.revenue(of, period) >= value * plan.spend(of, period)


@rule(title=_("Profit ROI at least"), direction="at least", speaks_of=("spend", "margin"))
def min_profit_roi(
    plan: PlanQuantities, value: Change, of: str | None = None, period: str | None = None
) -> RuleRows:
    """Profit per unit of spend, (margin - spend) / spend, is at least {value}."""
    return plan.margin(of, period) >= (1 + value) * plan.spend(of, period)


@rule(title=_("LTV to CAC at least"), direction="at least", speaks_of=("spend", "lifetime"))
def min_ltv_to_cac(
    plan: PlanQuantities, value: Ratio, of: str | None = None, period: str | None = None
) -> RuleRows:
    """The lifetime margin of the customers won is at least {value} times what winning them
    costs (LTV : CAC).
    """
    return plan.lifetime(of, period) >= value * plan.spend(of, period)


@rule(
    title=_("Marginal ROI at least"),
    direction="at least",
    speaks_of=("spend", "marginal"),
    linear=False,
)
def min_marginal_roi(plan: PlanQuantities, value: Ratio, of: str | None = None) -> RuleRows:
    """The last unit of spend on each channel still brings back at least {value}."""
    each = plan.channel_by_channel("min_marginal_roi", value, of)
    if each:
        return each
    (channel,) = plan.channels(of)
    found = []
    for i in plan.decisions(channel):
        decision = plan.problem.decisions[int(i)]
        if decision.idle or "customers" not in decision.curves:
            continue
        limit = plan.marginal_limit(int(i), value)
        if limit == float("inf"):
            continue
        row = plan.total("spend", plan.decisions(channel, decision.period)) <= limit
        if plan.known:
            spend = float(row.left)
            row = row.reporting(
                plan.marginal_roi(int(i), spend * (1 - 1e-9)) if spend > 0 else None
            )
        found.append(row.called(decision.period))
    return found
