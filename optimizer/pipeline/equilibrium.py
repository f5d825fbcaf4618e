"""Plan and stage chain agree: the fixed point of "the plan that is best on curves that hold at that
plan".

Stage values change with the plan (more awareness now feeds decision later). So the chain is run
forward under a plan, gives curves that hold near it, the plan is solved again on these, and so on
until it stops moving. The best plan under the re-run chain is kept where the goal is customers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from optimizer.allocation.planner import solve
from optimizer.attribution.lifecycle import Lifecycle
from optimizer.attribution.lifecycle.chain import Chain
from optimizer.forecast.local_linearisation import Forecast, Volume, forecast
from optimizer.journeys.volume import by_period, touches_by_day
from optimizer.messages import Message, _
from optimizer.pipeline.fitted import FittedLifecycle
from optimizer.pipeline.multipliers import multiplied
from optimizer.pipeline.problem import build
from optimizer.pipeline.respond import DAYS, spend_by_period
from optimizer.pipeline.segments import Personas
from optimizer.pipeline.tables import Tables
from optimizer.response.channel import Response
from optimizer.response.fit import TYPICAL, fit
from optimizer.scenario import Channel, Scenario

ROUNDS = 6  # plan and chain seldom need more than four
STILL = 0.01  # share of the money that may still move
STEP = 0.6  # of the way to the new plan, from the second round on: the last few would swing
DRAWS = 120

Spend = dict[str, float]  # channel -> currency over the plan


def fixed_point(
    scenario: Scenario,
    tables: Tables,
    lifecycle: FittedLifecycle,
    responses: dict[str, Response],
    people: Personas,
) -> tuple[dict[str, Response], FittedLifecycle, list[Message]]:
    """Curves of the lifecycle's channels that hold near the plan which is best on them.

    Parameters
    ----------
    responses
        Channel -> response before the chain is run; channels that the chain says nothing of keep
        theirs.
    people
        How channels are split by segment.

    Returns
    -------
    tuple
        The responses, the lifecycle with its forecast under that plan, and remarks.
    """
    volumes = _volumes(scenario, tables, lifecycle.life)
    names = [
        name
        for name in sorted(volumes)
        if name in responses and not _is_stated(scenario.channels.get(name, Channel()))
    ]
    if not names:
        return responses, lifecycle, []
    assert tables.spend is not None
    days = scenario.horizon * DAYS[scenario.period]
    periods = max(1, round(days / DAYS[tables.spend.period]))

    def run(spend: Spend, chain: Chain | None = None) -> Forecast:
        return forecast(lifecycle.life, volumes, spend, periods, days / periods, chain)

    def best_plan(now: Forecast) -> Spend | None:
        curves = multiplied(scenario, people.divide(_with(responses, now, names)))
        plan = solve(build(scenario, curves), gap=1e-4, explain=False)
        return people.gather(plan.spend_by_channel()) if plan.feasible else None

    spend = _iterate(scenario, _start(scenario, responses, names), run, best_plan)
    final = run(spend, lifecycle.life.replicates(DRAWS, scenario.seed))
    low, high = final.interval or (final.extra, final.extra)
    note = _(
        "the stage chain run forward expects {a} new customers under this plan, {b} of "
        "them without any paid touch; the plan adds {c} (90 % interval {d} to {e})",
        a=f"{final.customers:,.0f}",
        b=f"{final.organic:,.0f}",
        c=f"{final.extra:,.0f}",
        d=f"{low:,.0f}",
        e=f"{high:,.0f}",
    )
    return _with(responses, final, names), replace(lifecycle, forecast=final), [note]


def _start(scenario: Scenario, responses: Mapping[str, Response], names: Sequence[str]) -> Spend:
    """Today's spend, scaled down to the budget where it is more."""
    spend = {name: float(responses[name].current or 0.0) for name in names}
    total = max(sum(spend.values()), 1e-9)
    rescale = (scenario.budget or sum(spend.values())) / total
    return {name: amount * min(rescale, 1.0) for name, amount in spend.items()}


def _iterate(
    scenario: Scenario,
    spend: Spend,
    run: Callable[[Spend], Forecast],
    best_plan: Callable[[Forecast], Spend | None],
) -> Spend:
    """Forecast, plan, forecast ..., until hardly any money moves; the spend to stay at."""
    keeps_best = scenario.goal == "customers"
    best, best_spend = None, spend
    for turn in range(ROUNDS):
        now = run(spend)
        if best is None or now.customers > best.customers or not keeps_best:
            best, best_spend = now, spend
        found = best_plan(now)
        if found is None:
            break
        step = 1.0 if turn == 0 else STEP
        after = {name: was + step * (found.get(name, 0.0) - was) for name, was in spend.items()}
        moved = sum(abs(after[name] - was) for name, was in spend.items())
        spend = after
        if moved < STILL * max(sum(after.values()), 1e-9):
            break
    last = run(spend)
    if best is None or last.customers >= best.customers or not keeps_best:
        return spend
    return best_spend


def _is_stated(entry: Channel) -> bool:
    return (
        entry.curve is not None
        or (entry.customers is not None and bool(entry.current))
        or entry.bookings is not None
    )


def _with(
    responses: Mapping[str, Response], now: Forecast, names: Sequence[str]
) -> dict[str, Response]:
    """The responses with the curves of a forecast, and its draws as factors on them."""
    out = dict(responses)
    for i, name in enumerate(sorted(now.curves)):
        if name not in names:
            continue
        draws: tuple[float, ...] = ()
        if now.by_channel is not None and now.draws is not None:
            mean = now.caused[name]
            factor = (
                now.by_channel[:, i] / mean if mean > 1e-9 else now.draws / max(now.extra, 1e-9)
            )
            draws = tuple(float(x) for x in np.clip(factor, 0.0, 20.0))
        out[name] = replace(responses[name], curve=now.curves[name], draws=draws)
    return out


def _volumes(scenario: Scenario, tables: Tables, life: Lifecycle) -> dict[str, Volume]:
    """Touches per period of the spend table, as curves with draws."""
    if tables.spend is None or tables.events is None:
        return {}
    spend, days = spend_by_period(tables.spend), touches_by_day(tables.events)
    rng = np.random.default_rng([scenario.seed, 11])
    out = {}
    for name in tables.spend.channels:
        paid = spend.paid[name]
        touches = by_period(days, spend.starts, spend.end, name)
        if paid.max() <= 0 or touches.sum() == 0 or name not in life.channels:
            continue
        entry = scenario.channels.get(name, Channel())
        found = fit(paid, touches, elasticity=entry.elasticity or TYPICAL)
        out[name] = Volume(found.curve, tuple(found.draw(rng) for __ in range(DRAWS)))
    return out
