"""What is believed of a plan on journeys: plan, today and today's split in the same draws."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from optimizer.allocation.plan import Plan
from optimizer.allocation.problem import Problem
from optimizer.evidence.belief import Array, chance, interval
from optimizer.forecast.local_linearisation import Forecast
from optimizer.pipeline.equilibrium import OnChain, current_spend, planned_spend
from optimizer.pipeline.fitted import FittedLifecycle
from optimizer.pipeline.journey_evidence import JourneyEvidence
from optimizer.pipeline.leftover import Leftover, leftover
from optimizer.pipeline.plan_belief import SAME, ChannelBelief, PlanBelief
from optimizer.units import DAYS


@dataclass(frozen=True)
class Forecasts:
    """What the chain says of a plan and of today, in the same draws.

    Parameters
    ----------
    plan
        Of the plan.
    today, split
        Of today's spend, and of the plan's money in today's shares (None: nothing is spent today).
    leaves
        What the plan leaves behind.
    """

    plan: Forecast
    today: Forecast | None = None
    split: Forecast | None = None
    leaves: Leftover | None = None


def chain_belief(
    chain: OnChain | None, lifecycle: FittedLifecycle | None, problem: Problem, plan: Plan
) -> PlanBelief | None:
    """What is believed of a plan on journeys; None where the chain has no part in it.

    Channels without touches are drawn from what weekly sales say of them; others that do not act
    through the chain (a stated curve, booked posts) bring the same in every draw.

    Parameters
    ----------
    chain, lifecycle
        As the plan was made with.
    problem, plan
        What was asked, and the answer.
    """
    if chain is None or lifecycle is None or plan.totals is None:
        return None
    found = forecasts(chain, problem, plan)
    if found is None or (planned := found.plan.centred) is None:
        return None
    evidence = lifecycle.evidence
    untold, untold_now = _untouched(evidence, plan, problem, len(planned))
    besides = plan.totals.customers - found.plan.extra
    extra = planned + besides + untold
    now, gain, apart = plan.current, None, None
    if found.today is not None and now is not None and found.today.centred is not None:
        gain = extra - (found.today.centred + now.customers - found.today.extra + untold_now)
    if found.split is not None and found.split.centred is not None:
        apart = planned - found.split.centred
    spent = math.fsum(line.current or 0.0 for line in plan.lines)
    return PlanBelief(
        extra=interval(extra),
        organic=found.plan.organic,
        gain=None if gain is None else interval(gain),
        chance=None if gain is None else chance(gain),
        kinds=dict(evidence.kinds) if evidence is not None else {"lifecycle": 1.0},
        split_chance=None if apart is None else chance(apart),
        same_money=abs(plan.totals.spend - spent) <= SAME * max(spent, 1e-9),
        channels=() if evidence is None else _caused(evidence, found.plan),
        test="" if apart is None else _least_known(found),
        sold=lifecycle.new.total_conversions,
        periods=round(lifecycle.life.days / DAYS["week"]),
        journeys=True,
        leaves=found.leaves,
    )


def forecasts(chain: OnChain, problem: Problem, plan: Plan) -> Forecasts | None:
    """The chain under a plan, under today's spend, and under today's split of the plan's money, all
    in the same draws; None where the chain has no part in the plan.

    Parameters
    ----------
    chain
        See `on_chain`.
    problem
        What the plan solves.
    plan
        A feasible plan.
    """
    model = chain.model(problem)
    if model is None:
        return None
    spend = planned_spend(problem, plan)
    today = current_spend(problem)
    total = float(today.sum())
    planned, leaves = chain.forecast(model, spend), leftover(model, spend, chain.days)
    if total <= 0:
        return Forecasts(planned, leaves=leaves)
    split = today * (float(spend.sum()) / total)
    return Forecasts(
        planned, chain.forecast(model, today), chain.forecast(model, split), leaves=leaves
    )


def _untouched(
    evidence: JourneyEvidence | None, plan: Plan, problem: Problem, count: int
) -> tuple[Array, Array]:
    """(R,) what channels without touches bring beyond their mean, by the plan and today."""
    planned, today = np.zeros(count), np.zeros(count)
    if evidence is None or evidence.belief is None:
        return planned, today
    belief = evidence.belief
    at = np.linspace(0, len(belief.ceiling) - 1, count).astype(int)
    drawn = belief.caused.sum(axis=1)[at]
    for name in evidence.untouched:
        each = drawn[:, belief.channels.index(name)]
        beyond = each / max(float(each.mean()), 1e-9) - 1
        for line in plan.lines:
            if line.channel == name:
                planned += line.customers * beyond
        for i, decision in enumerate(problem.decisions):
            if decision.channel == name and decision.current:
                curve = problem.respond["customers"].curves[i]
                today += (float(curve(decision.current)) if curve is not None else 0.0) * beyond
    return planned, today


def _caused(evidence: JourneyEvidence, forecast: Forecast) -> tuple[ChannelBelief, ...]:
    """What each channel is believed to have caused, and brings in the plan; the largest first."""
    out = []
    for name, caused in evidence.caused.items():
        drawn = forecast.centred_of(name) if name in forecast.caused else None
        out.append(ChannelBelief(name, None, caused, None if drawn is None else interval(drawn)))
    return tuple(sorted(out, key=lambda row: (-row.caused.mean, row.channel)))


def _least_known(found: Forecasts) -> str:
    """The channel whose part in the difference between plan and today's split is known least."""
    plan, split = found.plan, found.split
    if split is None or plan.by_channel is None or split.by_channel is None:
        return ""
    spread = (plan.by_channel - split.by_channel).std(axis=0)
    names = list(plan.caused)
    place = int(np.argmax(spread)) if len(spread) else 0
    return names[place] if len(spread) and spread[place] > 0 else ""
