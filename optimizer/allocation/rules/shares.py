"""How spend, posts or exposure is divided."""

from __future__ import annotations

from optimizer.allocation.decision import Rule
from optimizer.allocation.quantities import PlanQuantities
from optimizer.allocation.rule import By, RuleRows, rule
from optimizer.errors import UserError
from optimizer.messages import _
from optimizer.units import Ratio, Share

MEASURES = ("spend", "posts", "exposure")


@rule(title=_("Share at most"), direction="at most", speaks_of=MEASURES)
def max_share(
    plan: PlanQuantities,
    value: Share,
    of: str,
    within: str | None = None,
    by: By = "spend",
    period: str | None = None,
) -> RuleRows:
    """At most {value} of all spend goes there.

    within: of what that group gets, not of all; by: of posts or exposure, not of spend."""
    return plan.measure(by, of, period) <= value * plan.measure(by, within, period)


@rule(title=_("Share at least"), direction="at least", speaks_of=MEASURES)
def min_share(
    plan: PlanQuantities,
    value: Share,
    of: str,
    within: str | None = None,
    by: By = "spend",
    period: str | None = None,
) -> RuleRows:
    """At least {value} of all spend goes there.

    within: of what that group gets, not of all; by: of posts or exposure, not of spend."""
    return plan.measure(by, of, period) >= value * plan.measure(by, within, period)


@rule(title=_("Ratio of spend at least"), direction="at least", speaks_of=MEASURES)
def min_ratio(
    plan: PlanQuantities,
    value: Ratio,
    of: str,
    to: str,
    by: By = "spend",
    period: str | None = None,
) -> RuleRows:
    """At least {value} times what {to} gets.

    by: spend, posts or exposure."""
    return plan.measure(by, of, period) >= value * plan.measure(by, to, period)


@rule(title=_("Mix of creator tiers"), direction="both", speaks_of=MEASURES)
def tier_mix(
    plan: PlanQuantities,
    value: dict[str, Share],
    of: str | None = None,
    slack: Share = 0.05,
    by: By = "spend",
    period: str | None = None,
) -> RuleRows:
    """The spend of creator tiers keeps these shares, each within `slack` (5 points by default)."""
    total = sum(value.values())
    if total > 1 + slack * len(value) + 1e-9:
        raise UserError(
            _("the shares add up to {total}", total=f"{total:.0%}"),
            fix=_("let them add up to 100% or less"),
        )
    parts: list[Rule] = []
    for tier, share in value.items():
        whole = f"{of}/{tier}"
        inside = (
            whole
            if of is not None
            and any(c == whole or c.startswith(f"{whole}/") for c in plan.channels(of))
            else tier
        )
        options: dict[str, object] = {"within": of, "by": by} if of is not None else {"by": by}
        if period is not None:
            options["period"] = period
        parts += [
            Rule("min_share", share - slack if share > slack else 0.0, inside, options),
            Rule("max_share", share + slack if share + slack < 1 else 1.0, inside, options),
        ]
    return parts
