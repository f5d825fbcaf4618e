"""The lifecycle in the pipeline: fit it once, and let plan and stage chain agree.

Stage values change with the plan (more awareness now feeds decision later). So the chain is run forward under a
plan, gives curves that hold near it, the plan is solved again on these, and so on until it stops moving. The best
plan under the re-run chain is kept where the goal is customers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from optimizer.attribution.credit import Attribution, Credit
from optimizer.messages import _
from optimizer.pipeline.multiply import multiplied
from optimizer.pipeline.tables import Tables
from optimizer.plotting import Plots
from optimizer.response.channel import Response
from optimizer.response.curve import Array
from optimizer.response.fit import fit
from optimizer.scenario import Channel, Scenario

if TYPE_CHECKING:
    from optimizer.attribution.lifecycle import Lifecycle
    from optimizer.forecast.near import Forecast, Volume
    from optimizer.pipeline.segments import Personas

NAME = "lifecycle"
ROUNDS = 6  # plan and chain seldom need more than four
STILL = 0.01  # share of the money that may still move
DRAWS = 120


@dataclass(frozen=True)
class Journey(Plots):
    """The fitted lifecycle on its way to the report: credit for all orders and for new customers, and the forecast of
    the plan that the curves were made for, with draws. uplift, error, stages, channels: see `Lifecycle`."""

    life: Lifecycle
    orders: Credit
    new: Credit
    forecast: Forecast | None = None

    @property
    def uplift(self) -> Array:
        return self.life.uplift

    @property
    def error(self) -> Array:
        return self.life.error

    @property
    def stages(self) -> tuple[str, ...]:
        return self.life.stages

    @property
    def channels(self) -> tuple[str, ...]:
        return self.life.channels


def wanted(scenario: Scenario, tables: Tables) -> bool:
    """Whether the plan is built on the lifecycle: it was asked for, or nothing was and the journeys carry milestones."""
    if tables.events is None:
        return False
    choice = scenario.attribution
    if choice.model is not None:
        return choice.model == NAME or NAME in choice.models
    seen = dict(tables.events.facts.get("events", {}))
    return any(name not in ("touch", "purchase") for name in seen) and "purchase" in seen


def fitted(scenario: Scenario, tables: Tables) -> Journey:
    """Fit the lifecycle to the scenario's events. Raises `UserError` where it cannot be."""
    from optimizer.attribution.lifecycle import as_credit, fit_lifecycle
    from optimizer.attribution.uncertainty import BUCKETS, bucket_weights

    assert tables.events is not None
    paid = tables.spend.channels if tables.spend is not None else None
    stages = [s.model_dump() for s in scenario.stages] or None
    life = fit_lifecycle(
        tables.events, stages, paid, timeout=scenario.attribution.stage_timeout_days
    )
    tests = [test.model_dump(by_alias=True) for test in scenario.experiments]
    notes: tuple[str, ...] = ()
    if tests:
        from optimizer.attribution.calibration import calibrate, told

        life, adjusted = calibrate(life, tests)
        notes = told(adjusted)
    count = scenario.attribution.intervals
    draws = bucket_weights(count, BUCKETS, scenario.seed) if count else None
    orders = as_credit(life, draws=draws)
    first = life.split("customers").by_stage[0]
    money = first.sum(axis=1) * life.values[0]
    new = replace(
        orders,
        conversions=first.sum(axis=1),
        by_stage=first,
        value=money,
        total_conversions=life.totals[0],
        total_value=life.totals[2],
        organic_conversions=float(life.totals[0] - first.sum()),
        organic_value=float(life.totals[2] - money.sum()),
        low=None,
        high=None,
        draws=None,
        value_draws=None,
    )
    return Journey(life, replace(orders, notes=(*orders.notes, *notes)), new)


def beside(shown: Attribution, journey: Journey) -> Attribution:
    """The other models with the lifecycle first among them."""
    return replace(shown, credits=(journey.orders, *(c for c in shown.credits if c.model != NAME)))


def respond(
    scenario: Scenario,
    tables: Tables,
    journey: Journey,
    responses: dict[str, Response],
    people: Personas,
) -> tuple[dict[str, Response], Journey, list[str]]:
    """Curves of the lifecycle's channels from the chain run forward under the plan; others keep theirs."""
    from optimizer.allocation.solve import solve
    from optimizer.forecast.near import forecast
    from optimizer.pipeline.problem import build

    volume = _volumes(scenario, tables, journey.life)
    names = [
        n
        for n in sorted(volume)
        if n in responses and not _is_stated(scenario.channels.get(n, Channel()))
    ]
    if not names:
        return responses, journey, []
    from optimizer.pipeline.respond import DAYS

    assert tables.spend is not None
    days = scenario.horizon * DAYS[scenario.period]
    periods = max(1, round(days / DAYS[tables.spend.period]))
    spend = {n: float(responses[n].current or 0.0) for n in names}
    rescale = (scenario.budget or sum(spend.values())) / max(sum(spend.values()), 1e-9)
    spend = {n: s * min(rescale, 1.0) for n, s in spend.items()}
    best, best_spend = None, spend
    for turn in range(ROUNDS):
        now = forecast(journey.life, volume, spend, periods, days / periods)
        if best is None or now.customers > best.customers or scenario.goal != "customers":
            best, best_spend = now, spend
        plan = solve(
            build(scenario, multiplied(scenario, people.divide(_with(responses, now, names)))),
            gap=1e-4,
            explain=False,
        )
        if not plan.feasible:
            break
        found = people.gather(plan.spend_by_channel())
        step = 1.0 if turn == 0 else 0.6
        after = {n: spend[n] + step * (found.get(n, 0.0) - spend[n]) for n in names}
        moved = sum(abs(after[n] - spend[n]) for n in names)
        spend = after
        if moved < STILL * max(sum(after.values()), 1e-9):
            break
    last = forecast(journey.life, volume, spend, periods, days / periods)
    if best is None or last.customers >= best.customers or scenario.goal != "customers":
        best_spend = spend
    drawn = journey.life.replicates(DRAWS, scenario.seed)
    final = forecast(journey.life, volume, best_spend, periods, days / periods, drawn)
    out = _with(responses, final, names)
    low, high = final.interval or (final.extra, final.extra)
    notes = [
        _(
            "the stage chain run forward expects {a} new customers under this plan, {b} of "
            "them without any paid touch; the plan adds {c} (90 % interval {d} to {e})",
            a=f"{final.customers:,.0f}",
            b=f"{final.organic:,.0f}",
            c=f"{final.extra:,.0f}",
            d=f"{low:,.0f}",
            e=f"{high:,.0f}",
        )
    ]
    return out, replace(journey, forecast=final), notes


def _is_stated(entry: Channel) -> bool:
    return (
        entry.curve is not None
        or (entry.customers is not None and bool(entry.current))
        or entry.bookings is not None
    )


def _with(
    responses: Mapping[str, Response], now: Forecast, names: list[str]
) -> dict[str, Response]:
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
    from optimizer.forecast.near import Volume
    from optimizer.journeys.volume import by_period, touches_by_day
    from optimizer.pipeline.respond import spend_by_period
    from optimizer.response.fit import TYPICAL

    if tables.spend is None or tables.events is None:
        return {}
    weeks, days = spend_by_period(tables.spend), touches_by_day(tables.events)
    rng = np.random.default_rng([scenario.seed, 11])
    out = {}
    for name in tables.spend.channels:
        paid = weeks["spend"][name]
        touches = by_period(days, weeks["starts"], weeks["end"], name)
        if paid.max() <= 0 or touches.sum() == 0 or name not in life.channels:
            continue
        entry = scenario.channels.get(name, Channel())
        found = fit(paid, touches, elasticity=entry.elasticity or TYPICAL)
        out[name] = Volume(found.curve, tuple(found.draw(rng) for __ in range(DRAWS)))
    return out
