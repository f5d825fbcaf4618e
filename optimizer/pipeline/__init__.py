"""The pipeline, one line per arrow: data -> journeys -> attribution -> response -> allocation (->
report).

Read this file first; everything else is one of its words.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from optimizer.allocation.plan import Plan
from optimizer.allocation.planner import solve
from optimizer.allocation.problem import Problem
from optimizer.attribution.credit import Attribution
from optimizer.data.tables import Spend
from optimizer.data.totals import Totals
from optimizer.messages import Message, Text, _, listed
from optimizer.pipeline import multipliers, steps
from optimizer.pipeline.assumed import assumption_notes
from optimizer.pipeline.beliefs import Believed, believe, walled
from optimizer.pipeline.chain_belief import chain_belief
from optimizer.pipeline.credit import Credited, credit
from optimizer.pipeline.customers import Customers, customers
from optimizer.pipeline.equilibrium import OnChain, on_chain
from optimizer.pipeline.fitted import FittedLifecycle
from optimizer.pipeline.journey_summary import JourneySummary, journey_summary
from optimizer.pipeline.multipliers import multiplied
from optimizer.pipeline.outcome import Outcome
from optimizer.pipeline.plan_belief import plan_belief
from optimizer.pipeline.problem import build
from optimizer.pipeline.record import Clock, record
from optimizer.pipeline.respond import check_budget, respond
from optimizer.pipeline.segment_split import personas
from optimizer.pipeline.segments import Personas
from optimizer.pipeline.steps import Say, silent
from optimizer.pipeline.tables import Tables, read_tables, refuse_unknown_channels
from optimizer.response.channel import Response
from optimizer.scenario import Scenario, load_scenario

__all__ = ["Estimates", "Outcome", "Prepared", "check", "plan", "prepare", "run", "sweep"]


@dataclass(frozen=True)
class Estimates:
    """What the tables say, whatever the budget and the rules: a sweep computes it once.

    Parameters
    ----------
    asked
        The scenario it was estimated for; another one may differ in budget, bounds, goal and rules.
    credited
        None: no journeys.
    responses
        Channel -> response over the plan, before segments and multipliers.
    notes
        Remarks for people.
    believed
        What totals say, where no journeys are known.
    """

    asked: Scenario
    tables: Tables
    credited: Credited | None
    customers: Customers
    responses: dict[str, Response]
    notes: tuple[Text, ...]
    personas: Personas = field(default_factory=Personas)
    believed: Believed | None = None

    @cached_property
    def journeys(self) -> JourneySummary | None:
        """What people did, for the report; read when somebody asks."""
        return journey_summary(self.asked, self.tables)

    def onto(self, scenario: Scenario) -> Scenario:
        """The scenario with what the tables add to it: offers, lifetime value, bounds of
        experience.

        Parameters
        ----------
        scenario
            The one asked for, or another with other budget, bounds, goal and rules.

        Returns
        -------
        Scenario
            What it states itself stays.
        """
        whole = self.customers.onto(scenario)
        return whole if self.believed is None else self.believed.onto(whole)


@dataclass(frozen=True)
class Prepared:
    """Everything before the allocation.

    Parameters
    ----------
    scenario
        The one asked for, with what the tables add to it (retention offers, lifetime value).
    lifecycle
        None: the plan is not built on it.
    responses
        Curves over the whole plan; of the lifecycle's channels those that hold near this scenario's
        plan.
    notes
        Remarks for people.
    """

    scenario: Scenario
    estimates: Estimates
    lifecycle: FittedLifecycle | None
    responses: dict[str, Response]
    notes: tuple[Text, ...]
    chain: OnChain | None = None

    @property
    def tables(self) -> Tables:
        """The scenario's tables."""
        return self.estimates.tables

    @property
    def attribution(self) -> Attribution | None:
        """The models side by side; None without journeys."""
        return self.estimates.credited.shown if self.estimates.credited else None

    def problem(self, scenario: Scenario | None = None) -> Problem:
        """The budget problem of this scenario, or of one with other bounds and rules, on the same
        curves.

        Parameters
        ----------
        scenario
            One with other budget, bounds, goal or rules; None: the one that was prepared.

        Returns
        -------
        Problem
            Of the prepared scenario on the stage chain itself, where one stands behind it; of
            another on the model that holds near the prepared scenario's plan: where the plan moves
            far, prepare anew (`near_plan`).
        """
        onto = None if self.chain is None else self.chain.onto
        if scenario is None:
            return build(self.scenario, self.responses, onto)
        problem = build(self.estimates.onto(scenario), self.responses, onto)
        return problem if self.chain is None else self.chain.near(problem)


def run(
    scenario: Scenario,
    say: Say = silent,
    gap: float = 1e-4,
    time_limit: float | None = None,
    command: str = "",
    prepared: Prepared | None = None,
) -> Outcome:
    """From a scenario to a proven plan, or to the reasons why there is none.

    Parameters
    ----------
    say
        Hears each step.
    gap
        Relative certified gap to reach.
    time_limit
        Seconds for the solver (None: none).
    command
        The command line, for the report.
    prepared
        What comes before the allocation, where it is known already.

    Raises
    ------
    UserError
        For whatever is wrong with the scenario or its tables.
    """
    clock = Clock()
    before = prepared or prepare(scenario, say, clock, time_limit)
    say(steps.ALLOCATE)
    with clock.time("allocation"):
        problem = before.problem()
        plan = solve(problem, gap=gap, time_limit=time_limit)
    believed = before.estimates.believed
    belief = (
        plan_belief(believed, before.responses, plan)
        if believed is not None
        else chain_belief(before.chain, before.lifecycle, problem, plan)
    )
    return Outcome(
        scenario=scenario,
        problem=problem,
        plan=plan,
        responses=before.responses,
        spend=before.tables.spend,
        attribution=before.attribution,
        lifecycle=before.lifecycle,
        story=before.estimates.journeys,
        personas=before.estimates.personas,
        belief=belief,
        notes=(
            *before.notes,
            *(belief.notes() if belief is not None else ()),
            *assumption_notes(scenario, before.responses, plan),
        ),
        command=command,
        record=record(scenario, plan.solver, clock),
    )


def plan(scenario: Scenario | Path | str, changes: Sequence[str] = (), **options: Any) -> Plan:
    """The plan of a scenario or a scenario file, without a report.

    Parameters
    ----------
    changes
        "KEY=VALUE" as with `--set` (only for a file).
    options
        Those of `run`.

    >>> plan("scenarios/new_brand", ["budget=80000"]).status
    'optimal'
    """
    loaded = scenario if isinstance(scenario, Scenario) else load_scenario(scenario, changes)
    return run(loaded, **options).plan


def prepare(
    scenario: Scenario,
    say: Say = silent,
    clock: Clock | None = None,
    time_limit: float | None = None,
) -> Prepared:
    """data -> journeys -> attribution -> response (-> forecast).

    Parameters
    ----------
    scenario
        What is asked.
    say
        Hears each step.
    clock
        Adds up the seconds of each arrow (None: nobody asks).
    time_limit
        Seconds for the search on the stage chain (None: as long as it takes).

    Returns
    -------
    Prepared
        Nothing is solved yet, but for a lifecycle's curves, which are found near the plan.

    Raises
    ------
    UserError
        For whatever is wrong with the scenario or its tables.
    """
    clock = clock or Clock()
    return near_plan(scenario, estimate(scenario, say, clock), say, clock, time_limit)


def estimate(scenario: Scenario, say: Say = silent, clock: Clock | None = None) -> Estimates:
    """data -> journeys -> attribution -> response: all that does not depend on budget and rules.

    Parameters
    ----------
    scenario
        What is asked; that it states a budget where its goal needs one is checked too.
    say
        Hears each step.
    clock
        Adds up the seconds of each arrow (None: nobody asks).

    Returns
    -------
    Estimates
        Good for every scenario of the same `evidence`.

    Raises
    ------
    UserError
        For whatever is wrong with the scenario or its tables.
    """
    clock = clock or Clock()
    check_budget(scenario)
    say(steps.READ)
    with clock.time("data"):
        tables = read_tables(scenario)
        known = customers(scenario, tables)
    say(steps.ATTRIBUTE)
    with clock.time("attribution"):
        credited = credit(scenario, tables)
        people = personas(scenario, tables, credited)
    paid = set(tables.spend.channels) if tables.spend else set()
    lines = {part.line for part in people.lines}
    touched = set(credited.shown.credits[0].channels) if credited else set()
    refuse_unknown_channels(scenario, paid | lines | touched)
    say(steps.FIT)
    with clock.time("response"):
        believed = believe(scenario, tables) if credited is None else None
        held = believed.responses if believed is not None else walled(scenario, tables, credited)
        responses, notes = respond(scenario, tables, credited, held)
        if believed is not None:
            responses = believed.certain(responses)
    if credited is not None and tables.totals is not None:
        notes.append(_("totals are not used: this plan is built on journeys"))
    unused = credited.lifecycle is None if credited is not None else believed is None
    if scenario.experiments and unused:
        notes.append(
            _(
                "experiments are not used: they correct the lifecycle model, and this plan is "
                "not built on it (for other models say attribution: calibrate)"
            )
        )
    remarks = (
        *(credited.notes if credited else ()),
        *known.notes,
        *people.notes,
        *(believed.notes if believed is not None else ()),
        *notes,
        *multipliers.notes(scenario),
    )
    return Estimates(scenario, tables, credited, known, responses, remarks, people, believed)


def near_plan(
    scenario: Scenario,
    estimates: Estimates,
    say: Say = silent,
    clock: Clock | None = None,
    time_limit: float | None = None,
) -> Prepared:
    """Curves that hold near this scenario's plan: plan and stage chain agree. Without a lifecycle
    they hold anywhere.

    Parameters
    ----------
    scenario
        May differ from the one that was estimated in budget, bounds, goal and rules.
    estimates
        What the tables say.
    say
        Hears the step.
    clock
        Adds up the seconds (None: nobody asks).
    time_limit
        Seconds for the search on the stage chain (None: as long as it takes).

    Returns
    -------
    Prepared
        Curves by line of the plan, with multipliers and segments in them.
    """
    whole = estimates.onto(scenario)
    lifecycle = estimates.credited.lifecycle if estimates.credited else None
    responses, notes = estimates.responses, list(estimates.notes)
    chain = None
    if lifecycle is not None and estimates.tables.spend is not None:
        say(steps.FORECAST)
        with (clock or Clock()).time("forecast"):
            settled = on_chain(
                whole, estimates.tables, lifecycle, responses, estimates.personas, time_limit
            )
        responses, lifecycle, chain = settled.responses, settled.lifecycle, settled.chain
        notes += settled.notes
        if any(part.weight > 0 for part in estimates.personas.lines):
            notes.append(
                _(
                    "the stage chain takes everybody together; the plan's own figures tell the "
                    "segments apart"
                )
            )
    lines = multiplied(whole, estimates.personas.divide(responses))
    return Prepared(whole, estimates, lifecycle, lines, tuple(notes), chain)


def sweep(scenarios: Sequence[Scenario], say: Say = silent, gap: float = 1e-4) -> Iterator[Outcome]:
    """Run several scenarios; what does not change between two neighbours (tables, credit, curves)
    is kept.

    Parameters
    ----------
    scenarios
        Solved in this order: neighbours with the same tables share them.
    say
        Hears each step, and each scenario's name before it is solved.
    gap
        Relative certified gap to reach.

    Yields
    ------
    Outcome
        One per scenario, as soon as it is there.

    Raises
    ------
    UserError
        For whatever is wrong with a scenario or its tables.
    """
    key, estimates = None, None
    for scenario in scenarios:
        now = evidence(scenario)
        if estimates is None or now != key:
            key, estimates = now, estimate(scenario, say)
        say(scenario.name)
        yield run(scenario, say, gap, prepared=near_plan(scenario, estimates, say))


def evidence(scenario: Scenario) -> tuple[str, str]:
    """The part of a scenario that tables, credit and curves depend on, to compare by.

    Parameters
    ----------
    scenario
        Its tables are compared by name, not by what stands in them.

    Returns
    -------
    tuple[str, str]
        Its folder, and as JSON all but name, budget, goal, rules and the channels' bounds;
        scenarios that are equal in it share their `Estimates`.
    """
    bounds = {"min": None, "max": None}
    channels = {
        name: channel.model_copy(update=bounds) for name, channel in scenario.channels.items()
    }
    slim = scenario.model_copy(
        update={"channels": channels, "rules": (), "goal": "", "budget": 0.0, "name": ""}
    )
    return (str(scenario.folder.resolve()), slim.model_dump_json())


def check(scenario: Scenario, say: Say = silent) -> list[tuple[str, str, Text]]:
    """Read and check everything, solve nothing.

    Parameters
    ----------
    scenario
        What is asked.
    say
        Hears each step.

    Returns
    -------
    list
        (what, state, detail); what: scenario | events | paths | spend | totals | response | plan;
        state: fine | note | ready.

    Raises
    ------
    Problems
        With everything wrong.
    """
    estimates = estimate(scenario, say)
    detail: Text = _(
        "{channels} channels stated, {rules} rules, horizon {horizon} {period}s",
        channels=len(scenario.channels),
        rules=len(scenario.rules),
        horizon=scenario.horizon,
        period=scenario.period,
    )
    found: list[tuple[str, str, Text]] = [("scenario", "fine", detail)]
    tables = estimates.tables
    for name, table in (("events", tables.events), ("paths", tables.paths)):
        if table is not None:
            facts = dict(table.facts)
            if isinstance(facts.get("channels"), dict):
                facts["channels"] = len(facts["channels"])
            found.append((name, "fine", _facts(facts)))
            found += [(name, "note", note) for note in table.notes]
    if tables.spend is not None:
        found.append(("spend", "fine", _facts(_spend_facts(tables.spend))))
        found += [("spend", "note", note) for note in tables.spend.notes]
    if tables.totals is not None:
        found.append(("totals", "fine", _totals_facts(tables.totals)))
        found += [("totals", "note", note) for note in tables.totals.notes]
    told = {text for __, __, text in found}
    found += [
        ("response", "note", note) for note in dict.fromkeys(estimates.notes) if note not in told
    ]
    lines = multiplied(scenario, estimates.personas.divide(estimates.responses))
    problem = build(estimates.onto(scenario), lines)
    ready: Message = _(
        "{lines} lines, {rules} rules", lines=len(problem.decisions), rules=len(problem.rules)
    )
    return [*found, ("plan", "ready", ready)]


def _facts(facts: dict[str, Any]) -> Text:
    """What a table holds, in a row."""
    told = {
        key: f"{value:,}" if isinstance(value, int) else str(value) for key, value in facts.items()
    }
    said = {
        "rows": _("rows {n}", n=told.get("rows")),
        "users": _("users {n}", n=told.get("users")),
        "channels": _("channels {n}", n=told.get("channels")),
        "from": _("from {n}", n=told.get("from")),
        "to": _("to {n}", n=told.get("to")),
        "conversions": _("conversions {n}", n=told.get("conversions")),
        "nulls": _("nulls {n}", n=told.get("nulls")),
    }
    return listed(message for key, message in said.items() if key in facts)


def _spend_facts(spend: Spend) -> dict[str, Any]:
    when = spend.frame["period"]
    return {
        "rows": len(spend.frame),
        "channels": len(spend.channels),
        "from": f"{when.min():%Y-%m-%d}",
        "to": f"{when.max():%Y-%m-%d}",
    }


def _totals_facts(totals: Totals) -> Text:
    return _(
        "{n} {period}s from {first} to {last}, {sold} new customers",
        n=f"{len(totals.starts):,}",
        period=totals.period,
        first=f"{totals.starts[0]}",
        last=f"{totals.starts[-1]}",
        sold=f"{np.nansum(totals.new_customers):,.0f}",
    )
