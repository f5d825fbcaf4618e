"""Plans on the stage chain: which lines act through it, the plan that is best on it, and what the
chain says of that plan, with draws.

Stage values change with the plan (more awareness now feeds decision later), so the allocator asks
the chain itself (`chain_outcome`). What is shown as each channel's curve holds near the plan.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from optimizer.allocation.calendar import Period
from optimizer.allocation.expression import Array
from optimizer.allocation.local_search import anchored
from optimizer.allocation.plan import Plan
from optimizer.allocation.planner import solve
from optimizer.allocation.problem import Problem
from optimizer.allocation.rule import RULES
from optimizer.attribution.lifecycle import Lifecycle
from optimizer.attribution.lifecycle.chain import Chain
from optimizer.forecast.local_linearisation import Forecast
from optimizer.messages import Message, _
from optimizer.pipeline.chain_lines import DRAWS, chain_lines
from optimizer.pipeline.chain_outcome import ChainLine, ChainOutcome, chain_outcome
from optimizer.pipeline.fitted import FittedLifecycle
from optimizer.pipeline.leftover import leftover
from optimizer.pipeline.multipliers import multiplied
from optimizer.pipeline.problem import build, spans_of
from optimizer.pipeline.segments import Personas
from optimizer.pipeline.tables import Tables
from optimizer.response.channel import Response
from optimizer.scenario import Scenario
from optimizer.units import DAYS

SAME = 1e-6  # share of the money by which two plans differ on a decision that are the same


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
    seed
        Of the draws.
    planned
        What the chain says of the plan that was found, with draws.
    """

    life: Lifecycle
    lines: Mapping[str, ChainLine]
    spans: Sequence[Period]
    days: float
    start: Mapping[tuple[str, str], float] = field(default_factory=dict)
    reached: tuple[float, ...] = ()
    tail: int = 0
    seed: int = 0
    planned: Forecast | None = None

    @cached_property
    def replicates(self) -> Chain:
        """The chain as it might also be."""
        return self.life.replicates(DRAWS, self.seed)

    def forecast(self, model: ChainOutcome, spend: Array) -> Forecast:
        """What the chain says of a spend, with draws; of the plan that was found, what it said."""
        begun = model.start
        near = SAME * max(float(np.sum(spend)), 1.0)
        if self.planned is not None and begun is not None and _moved(spend, begun) <= near:
            return self.planned
        return model.forecast(spend, self.replicates)

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
    divided = people.divide(responses)
    lines = chain_lines(scenario, tables, lifecycle.life, divided, people)
    if not lines:
        return Settled(responses, lifecycle)
    days = scenario.horizon * DAYS[scenario.period]
    tail = scenario.calendar.tail if scenario.calendar is not None else None
    chain = OnChain(
        lifecycle.life, lines, spans_of(scenario), days, tail=tail or 0, seed=scenario.seed
    )
    if _asks_for_draws(scenario):
        divided = people.divide(_with_draws(scenario, chain, responses, divided))
    problem = build(scenario, multiplied(scenario, divided), chain.onto)
    model = chain.model(problem)
    if model is None:
        return Settled(responses, lifecycle)
    plan = solve(problem, gap=1e-4, explain=False, time_limit=time_limit)
    spend = planned_spend(problem, plan) if plan.feasible else _today(scenario, problem)
    final = model.forecast(spend, chain.replicates)
    chain = replace(
        chain,
        planned=final,
        start={
            (d.channel, d.period): float(x)
            for d, x in zip(problem.decisions, spend, strict=True)
            if x > 0
        },
        reached=plan.certificate.reached if plan.certificate is not None else (),
    )
    notes: tuple[Message, ...] = ()
    if plan.feasible:
        notes = (_expects(final), *leftover(model, spend, days).notes(scenario.horizon))
    return Settled(_with(responses, final), replace(lifecycle, forecast=final), chain, notes)


def _expects(final: Forecast) -> Message:
    """What the chain expects of the plan."""
    low, high = final.interval or (final.extra, final.extra)
    return _(
        "the stage chain run forward expects {a} new customers under this plan, {b} of "
        "them without any paid touch; the plan adds {c} (90 % interval {d} to {e})",
        a=f"{final.customers:,.0f}",
        b=f"{final.organic:,.0f}",
        c=f"{final.extra:,.0f}",
        d=f"{low:,.0f}",
        e=f"{high:,.0f}",
    )


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
    problem = build(bare, multiplied(scenario, divided), chain.onto)
    model = chain.model(problem)
    if model is None:
        return dict(responses)
    found = model.forecast(_today(scenario, problem), chain.replicates)
    return _with(responses, found)


def planned_spend(problem: Problem, plan: Plan) -> Array:
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


def current_spend(problem: Problem) -> Array:
    """Today's spend per decision."""
    return np.array([0.0 if d.idle else float(d.current or 0.0) for d in problem.decisions])


def _today(scenario: Scenario, problem: Problem) -> Array:
    """Today's spend, scaled down to the budget where it is more."""
    spend = current_spend(problem)
    total = float(np.sum(spend))
    if scenario.budget is None or total <= scenario.budget:
        return spend
    return spend * (scenario.budget / total)


def _moved(one: Array, other: Array) -> float:
    """Currency by which two plans differ on a decision, at most."""
    return float(np.max(np.abs(one - other), initial=0.0))


def _with(responses: Mapping[str, Response], now: Forecast) -> dict[str, Response]:
    """The responses with the curves of a forecast, and its draws as factors on them."""
    out = dict(responses)
    for i, name in enumerate(now.curves):
        draws: tuple[float, ...] = ()
        if now.by_channel is not None and now.draws is not None:
            mean = now.caused[name]
            factor = (
                now.by_channel[:, i] / mean if mean > 1e-9 else now.draws / max(now.extra, 1e-9)
            )
            draws = tuple(float(x) for x in np.clip(factor, 0.0, 20.0))
        out[name] = replace(responses[name], curve=now.curves[name], draws=draws)
    return out
