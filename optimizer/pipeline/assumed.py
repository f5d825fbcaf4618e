"""What a plan would bring if what is only assumed were otherwise."""

from __future__ import annotations

import math
from collections.abc import Mapping

from optimizer.allocation.plan import Plan
from optimizer.messages import Message, _, listed
from optimizer.response.channel import Response
from optimizer.response.fit import TYPICAL, from_point_elasticity
from optimizer.scenario import Scenario

LOW, HIGH = 0.4, 0.8  # elasticities that are as plausible as the typical one


def assumption_notes(
    scenario: Scenario, responses: Mapping[str, Response], plan: Plan
) -> list[Message]:
    """The plan's customers over the plausible range of an elasticity that nobody stated.

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
    low, high = (_customers(scenario, plan, names, e) for e in (LOW, HIGH))
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


def _customers(scenario: Scenario, plan: Plan, names: list[str], elasticity: float) -> float:
    """New customers of the plan's split where the channels' curves bend by another elasticity."""
    spend, out = plan.spend_by_channel(), []
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
    return math.fsum(out)
