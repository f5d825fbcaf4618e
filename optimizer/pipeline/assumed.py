"""What a plan would bring if what is only assumed were otherwise."""

from __future__ import annotations

import math
from collections.abc import Mapping

from optimizer.allocation.plan import Plan
from optimizer.messages import Message, Quantity, _, listed
from optimizer.response.channel import Response
from optimizer.response.fit import TYPICAL, from_point_elasticity
from optimizer.scenario import Scenario

LOW, HIGH = 0.4, 0.8  # elasticities that are as plausible as the typical one


def assumption_notes(
    scenario: Scenario, responses: Mapping[str, Response], plan: Plan
) -> list[Message]:
    """The plan's customers, or its profit where that is the goal, over the plausible range of an
    elasticity that nobody stated.

    Parameters
    ----------
    scenario
        What was asked.
    responses
        Channel -> response as it was planned with.
    plan
        The plan; its split stays as it is.
    """
    names = [
        name
        for name in sorted(plan.spend_by_channel())
        if name in responses and responses[name].curve.evidence.source == "assumed"
    ]
    if plan.totals is None or not names:
        return []
    (low, earned_low), (high, earned_high) = (
        _brought(scenario, plan, names, e) for e in (LOW, HIGH)
    )
    if plan.goal == "profit" and plan.totals.profit is not None:

        def money(value: float) -> Quantity:
            return Quantity(value, "money", scenario.currency, 0)

        return [
            _(
                "an elasticity of {typical} is assumed for {names}: the same split brings {low} in "
                "profit at {e_low} and {high} at {e_high}, not {planned}; another split may be "
                "best then",
                typical=f"{TYPICAL:g}",
                names=listed(names),
                low=money(earned_low),
                high=money(earned_high),
                planned=money(plan.totals.profit),
                e_low=f"{LOW:g}",
                e_high=f"{HIGH:g}",
            )
        ]
    return [
        _(
            "an elasticity of {typical} is assumed for {names}: the same split brings {low} new "
            "customers at {e_low} and {high} at {e_high}, not {planned}; another split may be best "
            "then",
            typical=f"{TYPICAL:g}",
            names=listed(names),
            low=f"{low:,.0f}",
            high=f"{high:,.0f}",
            planned=f"{plan.totals.customers:,.0f}",
            e_low=f"{LOW:g}",
            e_high=f"{HIGH:g}",
        )
    ]


def _brought(
    scenario: Scenario, plan: Plan, names: list[str], elasticity: float
) -> tuple[float, float]:
    """New customers and profit of the plan's split where the channels' curves bend by another
    elasticity.
    """
    spend, out, earned = plan.spend_by_channel(), [], []
    today: dict[str, float] = {}
    for line in plan.lines:
        today[line.channel] = today.get(line.channel, 0.0) + (line.current or 0.0)
    for line in plan.lines:
        factor = 1.0
        entry = scenario.channels.get(line.channel)
        money = spend[line.channel]
        now = today[line.channel]
        if line.channel in names and entry is not None and now and entry.customers:
            usual, other = (
                float(from_point_elasticity(now, entry.customers, e)(money))
                for e in (TYPICAL, elasticity)
            )
            factor = other / usual if usual > 0 else 1.0
        out.append(line.customers * factor)
        earned.append(((line.profit or 0.0) + line.spend) * factor - line.spend)
    return math.fsum(out), math.fsum(earned)
