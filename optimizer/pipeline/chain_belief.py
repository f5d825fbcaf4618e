"""What is believed of a plan on journeys: plan, today and today's split in the same draws."""

from __future__ import annotations

import math

import numpy as np

from optimizer.allocation.plan import Plan
from optimizer.evidence.belief import chance, interval
from optimizer.forecast.local_linearisation import Forecast
from optimizer.pipeline.fitted import FittedLifecycle
from optimizer.pipeline.journey_evidence import JourneyEvidence
from optimizer.pipeline.plan_belief import SAME, ChannelBelief, PlanBelief
from optimizer.units import DAYS

NEAR = 0.05  # of the plan's customers: a forecast that says otherwise is of another plan


def chain_belief(lifecycle: FittedLifecycle | None, plan: Plan) -> PlanBelief | None:
    """What is believed of a plan on journeys; None where the chain was run under no such plan.

    Plan, today's spend and today's split of the plan's money are run in the same draws.

    Parameters
    ----------
    lifecycle
        With its forecasts.
    plan
        The plan.
    """
    forecast = lifecycle.forecast if lifecycle is not None else None
    if lifecycle is None or forecast is None or forecast.draws is None or plan.totals is None:
        return None
    if abs(forecast.extra - plan.totals.customers) > NEAR * max(plan.totals.customers, 1.0):
        return None
    today, split, evidence = lifecycle.today, lifecycle.split, lifecycle.evidence
    gain = forecast.draws - today.draws if today is not None and today.draws is not None else None
    apart = forecast.draws - split.draws if split is not None and split.draws is not None else None
    spent = math.fsum(line.current or 0.0 for line in plan.lines)
    return PlanBelief(
        extra=interval(forecast.draws),
        organic=forecast.organic,
        gain=None if gain is None else interval(gain),
        chance=None if gain is None else chance(gain),
        kinds=evidence.kinds if evidence is not None else {"lifecycle": 1.0},
        split_chance=None if apart is None else chance(apart),
        same_money=abs(plan.totals.spend - spent) <= SAME * max(spent, 1e-9),
        channels=() if evidence is None else _caused(evidence, forecast),
        test="" if apart is None else _least_known(lifecycle),
        sold=lifecycle.new.total_conversions,
        periods=round(lifecycle.life.days / DAYS["week"]),
        journeys=True,
    )


def _caused(evidence: JourneyEvidence, forecast: Forecast) -> tuple[ChannelBelief, ...]:
    """What each channel is believed to have caused, and brings in the plan; the largest first."""
    names, out = list(forecast.caused), []
    for name, caused in evidence.caused.items():
        drawn = None
        if forecast.by_channel is not None and name in names:
            drawn = interval(forecast.by_channel[:, names.index(name)])
        out.append(ChannelBelief(name, None, caused, drawn))
    return tuple(sorted(out, key=lambda row: (-row.caused.mean, row.channel)))


def _least_known(lifecycle: FittedLifecycle) -> str:
    """The channel whose part in the difference between plan and today's split is known least."""
    plan, split = lifecycle.forecast, lifecycle.split
    if plan is None or split is None or plan.by_channel is None or split.by_channel is None:
        return ""
    spread = (plan.by_channel - split.by_channel).std(axis=0)
    names = list(plan.caused)
    place = int(np.argmax(spread)) if len(spread) else 0
    return names[place] if len(spread) and spread[place] > 0 else ""
