"""Plans on the stage chain: which lines act through it, the plan that is best on it, and what the
chain says of that plan, with draws.

Stage values change with the plan (more awareness now feeds decision later), so the allocator asks
the chain itself (`chain_outcome`). What is shown as each channel's curve holds near the plan.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from optimizer.allocation.calendar import Period
from optimizer.allocation.expression import Array
from optimizer.allocation.local_search import anchored
from optimizer.allocation.plan import Plan
from optimizer.allocation.planner import solve
from optimizer.allocation.problem import Problem
from optimizer.allocation.rule import RULES
from optimizer.attribution.lifecycle import Lifecycle
from optimizer.forecast.local_linearisation import Forecast, Volume
from optimizer.journeys.volume import by_period, touches_by_day
from optimizer.messages import Message, _
from optimizer.pipeline.chain_outcome import ChainLine, ChainOutcome, chain_outcome
from optimizer.pipeline.fitted import FittedLifecycle
from optimizer.pipeline.leftover import leftover_note
from optimizer.pipeline.multipliers import multiplied
from optimizer.pipeline.problem import build, spans_of
from optimizer.pipeline.respond import spend_by_period
from optimizer.pipeline.segments import Personas
from optimizer.pipeline.tables import Tables
from optimizer.response.channel import Response
from optimizer.response.fit import TYPICAL, fit
from optimizer.scenario import Channel, Scenario
from optimizer.units import DAYS

DRAWS = 120


@dataclass(frozen=True)
class OnChain:
    """The stage chain under a scenario's plan.

    Parameters
    ----------
    life
        The fitted lifecycle.
    lines
        Line of the plan -> how it acts on the chain.
    spans
        The plan's periods (empty: one).
    days
        Of the whole plan.
    start
        (line, period) -> currency: the plan that was found.
    reached
        The goal's value from each start of the search for it.
    tail
        Periods after the plan in which what it has begun still counts.
    """

    life: Lifecycle
    lines: Mapping[str, ChainLine]
    spans: Sequence[Period]
    days: float
    start: Mapping[tuple[str, str], float] = field(default_factory=dict)
    reached: tuple[float, ...] = ()
    tail: int = 0

    def onto(self, problem: Problem) -> Problem:
        """The problem with the chain as its outcome model; a search begins at the plan."""
        model = self.model(problem)
        return problem if model is None else replace(problem, outcome=model)

    def near(self, problem: Problem) -> Problem:
        """The problem on the model that holds near the plan."""
        model = self.model(problem)
        if model is None or model.start is None:
            return problem
        return anchored(replace(problem, outcome=model), model.start)

    def model(self, problem: Problem) -> ChainOutcome | None:
        """The outcome model of a problem over the same days."""
        return chain_outcome(
            problem,
            self.life,
            self.lines,
            self.spans,
            self.days,
            self.start or None,
            self.reached,
            self.tail,
        )


@dataclass(frozen=True)
class Settled:
    """What is known once a plan was found on the chain.

    Parameters
    ----------
    responses
        Channel -> response; of the chain's channels with curves and draws near the plan.
    lifecycle
        With its forecast of the plan.
    chain
        The chain, ready for the problem (None: no channel acts through it).
    notes
        Remarks for people.
    """

    responses: dict[str, Response]
    lifecycle: FittedLifecycle
    chain: OnChain | None = None
    notes: tuple[Message, ...] = ()


@dataclass(frozen=True)
class Forecasts:
    """What the chain says of a plan and of today, in the same draws.

    Parameters
    ----------
    plan
        Of the plan.
    today, split
        Of today's spend, and of the plan's money in today's shares (None: nothing is spent today).
    """

    plan: Forecast
    today: Forecast | None = None
    split: Forecast | None = None


def on_chain(
    scenario: Scenario,
    tables: Tables,
    lifecycle: FittedLifecycle,
    responses: dict[str, Response],
    people: Personas,
    time_limit: float | None = None,
) -> Settled:
    """The best plan on the stage chain, and curves of the lifecycle's channels that hold near it.

    Parameters
    ----------
    responses
        Channel -> response before the chain is run; channels that the chain says nothing of keep
        theirs.
    people
        How channels are split by segment.
    time_limit
        Seconds for the search (None: as long as it takes).
    """
    volumes = _volumes(scenario, tables, lifecycle.life)
    names = [
        name
        for name in sorted(volumes)
        if name in responses and not _is_stated(scenario.channels.get(name, Channel()))
    ]
    if not names:
        return Settled(responses, lifecycle)
    assert tables.spend is not None
    days = scenario.horizon * DAYS[scenario.period]
    periods = days / DAYS[tables.spend.period]
    divided = people.divide(responses)
    lines = _lines(scenario, {name: volumes[name] for name in names}, divided, people, periods)
    tail = scenario.calendar.tail if scenario.calendar is not None else None
    chain = OnChain(lifecycle.life, lines, spans_of(scenario), days, tail=tail or 0)
    if _asks_for_draws(scenario):
        divided = people.divide(_with_draws(scenario, chain, responses, divided))
    problem = chain.onto(build(scenario, multiplied(scenario, divided)))
    model = chain.model(problem)
    if model is None:
        return Settled(responses, lifecycle)
    plan = solve(problem, gap=1e-4, explain=False, time_limit=time_limit)
    spend = _spend(problem, plan) if plan.feasible else _today(scenario, problem)
    chain = replace(
        chain,
        start={
            (d.channel, d.period): float(x)
            for d, x in zip(problem.decisions, spend, strict=True)
            if x > 0
        },
        reached=plan.certificate.reached if plan.certificate is not None else (),
    )
    final = model.forecast(spend, lifecycle.life.replicates(DRAWS, scenario.seed))
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
    return Settled(
        _with(responses, final, names),
        replace(lifecycle, forecast=final),
        chain,
        (note, *leftover_note(model, spend, days)),
    )


def _lines(
    scenario: Scenario,
    volumes: Mapping[str, Volume],
    divided: Mapping[str, Response],
    people: Personas,
    periods: float,
) -> dict[str, ChainLine]:
    """How each line of the plan acts on the chain: a segment's by its share of the channel."""
    parts = {part.line: part for part in people.lines}
    out = {}
    for line, response in divided.items():
        channel = response.whole or line
        if channel not in volumes:
            continue
        part = parts.get(line)
        factor = scenario.channels.get(channel, Channel()).multiplier
        own = scenario.channels.get(line, Channel()).multiplier
        times = own if own is not None else factor if factor is not None else 1.0
        out[line] = ChainLine(
            channel,
            volumes[channel],
            periods * (part.share if part is not None else 1.0),
            times * (part.used if part is not None else 1.0),
        )
    return out


def _asks_for_draws(scenario: Scenario) -> bool:
    return any(asked.name in RULES and RULES[asked.name].by_draws for asked in scenario.rules)


def _with_draws(
    scenario: Scenario,
    chain: OnChain,
    responses: Mapping[str, Response],
    divided: Mapping[str, Response],
) -> dict[str, Response]:
    """The responses with draws at today's split, for rules that are about draws."""
    bare = scenario.model_copy(update={"rules": ()})
    problem = chain.onto(build(bare, multiplied(scenario, divided)))
    model = chain.model(problem)
    if model is None:
        return dict(responses)
    found = model.forecast(_today(scenario, problem), chain.life.replicates(DRAWS, scenario.seed))
    return _with(responses, found, [name for name in responses if name in found.curves])


def _spend(problem: Problem, plan: Plan) -> Array:
    """A plan's spend per decision, set-up costs not included."""
    paid = {(line.channel, line.period): line.spend for line in plan.lines}
    begun: set[str] = set()
    out = np.zeros(len(problem.decisions))
    for i, decision in enumerate(problem.decisions):
        money = paid.get((decision.channel, decision.period), 0.0)
        if money > 0 and decision.channel not in begun:
            begun.add(decision.channel)
            money -= decision.setup
        out[i] = max(money, 0.0)
    return out


def _current(problem: Problem) -> Array:
    """Today's spend per decision."""
    return np.array([0.0 if d.idle else float(d.current or 0.0) for d in problem.decisions])


def _today(scenario: Scenario, problem: Problem) -> Array:
    """Today's spend, scaled down to the budget where it is more."""
    spend = _current(problem)
    total = float(np.sum(spend))
    if scenario.budget is None or total <= scenario.budget:
        return spend
    return spend * (scenario.budget / total)


def forecasts(chain: OnChain, problem: Problem, plan: Plan, seed: int) -> Forecasts | None:
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
    seed
        Of the draws.
    """
    model = chain.model(problem)
    if model is None:
        return None
    replicates = chain.life.replicates(DRAWS, seed)
    spend = _spend(problem, plan)
    today = _current(problem)
    total = float(today.sum())
    planned = model.forecast(spend, replicates)
    if total <= 0:
        return Forecasts(planned)
    split = today * (float(spend.sum()) / total)
    return Forecasts(planned, model.forecast(today, replicates), model.forecast(split, replicates))


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
    for i, name in enumerate(now.curves):
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
