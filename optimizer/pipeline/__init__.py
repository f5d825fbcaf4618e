"""The pipeline, one line per arrow: data -> journeys -> attribution -> response -> allocation (-> report).

Read this file first; everything else is one of its words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optimizer.messages import _
from optimizer.pipeline.customers import Customers, customers
from optimizer.pipeline.multiply import multiplied, said
from optimizer.pipeline.outcome import Outcome
from optimizer.pipeline.record import Clock, record
from optimizer.pipeline.segment_split import personas
from optimizer.pipeline.segments import Personas
from optimizer.pipeline.tables import Tables, read_tables, refuse_unknown_channels

if TYPE_CHECKING:
    from optimizer.allocation.plan import Plan
    from optimizer.allocation.problem import Problem
    from optimizer.attribution.credit import Attribution
    from optimizer.pipeline.credit import Credited
    from optimizer.pipeline.story import Story
    from optimizer.response.channel import Response
    from optimizer.scenario import Scenario

__all__ = ["Outcome", "check", "plan", "prepare", "run", "sweep"]

Say = Callable[[str], None]


def _silent(text: str) -> None:
    pass


@dataclass(frozen=True)
class Learned:
    """What the tables say, whatever the budget and the rules: a sweep computes it once.

    asked: the scenario it was learned for; another one may differ in budget, bounds, goal and rules
    """

    asked: Scenario
    tables: Tables
    credited: Credited | None
    customers: Customers
    responses: dict[str, Response]
    notes: tuple[str, ...]
    personas: Personas = field(default_factory=Personas)

    @cached_property
    def story(self) -> Story | None:
        """What people did, for the report; read when somebody asks."""
        from optimizer.pipeline.story import story

        return story(self.asked, self.tables)


@dataclass(frozen=True)
class Prepared:
    """Everything before the allocation.

    scenario:  the one asked for, with what the tables add to it (retention offers, lifetime value)
    responses: curves over the whole plan; of the lifecycle's channels those that hold near this scenario's plan
    """

    scenario: Scenario
    learned: Learned
    lifecycle: Any
    responses: dict[str, Response]
    notes: tuple[str, ...]

    @property
    def tables(self) -> Tables:
        return self.learned.tables

    @property
    def attribution(self) -> Attribution | None:
        return self.learned.credited.shown if self.learned.credited else None

    def problem(self, scenario: Scenario | None = None) -> Problem:
        """The budget problem of this scenario, or of one with other bounds and rules, on the same curves."""
        from optimizer.pipeline.problem import build

        return build(
            self.scenario if scenario is None else self.learned.customers.onto(scenario),
            self.responses,
        )


def run(
    scenario: Scenario,
    say: Say = _silent,
    gap: float = 1e-4,
    time_limit: float | None = None,
    command: str = "",
    prepared: Prepared | None = None,
) -> Outcome:
    """From a scenario to a proven plan, or to the reasons why there is none.

    gap: relative certified gap to reach; time_limit: seconds for the solver (None: none). Raises `UserError` for
    whatever is wrong with the scenario or its tables.
    """
    from optimizer.allocation.solve import solve

    clock = Clock()
    before = prepared or prepare(scenario, say, clock)
    say("allocating")
    with clock.time("allocation"):
        problem = before.problem()
        plan = solve(problem, gap=gap, time_limit=time_limit)
    return Outcome(
        scenario=scenario,
        problem=problem,
        plan=plan,
        responses=before.responses,
        spend=before.tables.spend,
        attribution=before.attribution,
        lifecycle=before.lifecycle,
        story=before.learned.story,
        personas=before.learned.personas,
        notes=before.notes,
        command=command,
        record=record(scenario, plan.solver, clock),
    )


def plan(scenario: Scenario | Path | str, changes: Sequence[str] = (), **options: Any) -> Plan:
    """The plan of a scenario or a scenario file, without a report.

    changes: "KEY=VALUE" as with `--set` (only for a file); options: those of `run`.

    >>> plan("scenarios/new_brand", ["budget=80000"]).spend_by_channel()
    """
    from optimizer.scenario import Scenario, load_scenario

    return run(
        scenario if isinstance(scenario, Scenario) else load_scenario(scenario, changes), **options
    ).plan


def prepare(scenario: Scenario, say: Say = _silent, clock: Clock | None = None) -> Prepared:
    """data -> journeys -> attribution -> response (-> forecast)."""
    clock = clock or Clock()
    return settle(scenario, learn(scenario, say, clock), say, clock)


def learn(scenario: Scenario, say: Say = _silent, clock: Clock | None = None) -> Learned:
    """data -> journeys -> attribution -> response: all that does not depend on budget and rules."""
    from optimizer.pipeline.credit import credit
    from optimizer.pipeline.respond import check_budget, respond

    clock = clock or Clock()
    check_budget(scenario)
    say("reading the tables")
    with clock.time("data"):
        tables = read_tables(scenario)
        known = customers(scenario, tables)
    say("attributing")
    with clock.time("attribution"):
        credited = credit(scenario, tables)
        people = personas(scenario, tables, credited)
    paid = set(tables.spend.channels) if tables.spend else set()
    lines = {part.line for part in people.lines}
    refuse_unknown_channels(
        scenario, paid | lines | (set(credited.shown.credits[0].channels) if credited else set())
    )
    say("fitting curves")
    with clock.time("response"):
        responses, notes = respond(scenario, tables, credited)
    if scenario.experiments and (credited is None or credited.journey is None):
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
        *notes,
        *said(scenario),
    )
    return Learned(scenario, tables, credited, known, responses, remarks, people)


def settle(
    scenario: Scenario, learned: Learned, say: Say = _silent, clock: Clock | None = None
) -> Prepared:
    """The lifecycle's curves depend on the plan: let plan and stage chain agree. Without a lifecycle nothing changes."""
    whole = learned.customers.onto(scenario)
    journey = learned.credited.journey if learned.credited else None
    if journey is None or learned.tables.spend is None:
        return Prepared(
            whole,
            learned,
            journey,
            multiplied(whole, learned.personas.divide(learned.responses)),
            learned.notes,
        )
    from optimizer.pipeline.lifecycle import respond as along

    say("running the stages forward")
    with (clock or Clock()).time("forecast"):
        responses, journey, more = along(
            whole, learned.tables, journey, learned.responses, learned.personas
        )
    if any(part.weight > 0 for part in learned.personas.lines):
        more.append(
            _(
                "the stage chain takes everybody together; the plan's own figures tell the "
                "segments apart"
            )
        )
    return Prepared(
        whole,
        learned,
        journey,
        multiplied(whole, learned.personas.divide(responses)),
        (*learned.notes, *more),
    )


def sweep(
    scenarios: Sequence[Scenario], say: Say = _silent, gap: float = 1e-4
) -> Iterator[Outcome]:
    """Run several scenarios; what does not change between two neighbours (tables, credit, curves) is kept."""
    key, learned = None, None
    for scenario in scenarios:
        now = evidence(scenario)
        if learned is None or now != key:
            key, learned = now, learn(scenario, say)
        say(scenario.name)
        yield run(scenario, say, gap, prepared=settle(scenario, learned, say))


def evidence(scenario: Scenario) -> Any:
    """The part of a scenario that tables, credit and curves depend on."""
    bounds = {"min": None, "max": None}
    channels = {
        name: channel.model_copy(update=bounds) for name, channel in scenario.channels.items()
    }
    slim = scenario.model_copy(
        update={"channels": channels, "rules": (), "goal": "", "budget": 0.0, "name": ""}
    )
    return (str(scenario.folder.resolve()), slim.model_dump_json())


def _spend_facts(spend: Any) -> dict[str, Any]:
    when = spend.frame["period"]
    return {
        "rows": len(spend.frame),
        "channels": len(spend.channels),
        "from": f"{when.min():%Y-%m-%d}",
        "to": f"{when.max():%Y-%m-%d}",
    }


def check(scenario: Scenario, say: Say = _silent) -> list[tuple[str, str, str]]:
    """Read and check everything, solve nothing: (what, state, detail). Raises `Problems` with everything wrong."""
    learned = learn(scenario, say)
    found = [
        (
            "scenario",
            "fine",
            _(
                "{channels} channels stated, {rules} rules, horizon {horizon} {period}s",
                channels=len(scenario.channels),
                rules=len(scenario.rules),
                horizon=scenario.horizon,
                period=scenario.period,
            ),
        )
    ]
    for name in ("events", "paths", "spend"):
        table = getattr(learned.tables, name)
        if table is None:
            continue
        facts = _spend_facts(table) if name == "spend" else dict(getattr(table, "facts", {}))
        if isinstance(facts.get("channels"), dict):
            facts["channels"] = len(facts["channels"])
        detail = ", ".join(
            f"{key} {facts[key]:,}" if isinstance(facts[key], int) else f"{key} {facts[key]}"
            for key in ("rows", "users", "channels", "from", "to", "conversions", "nulls")
            if key in facts
        )
        found.append((name, "fine", detail))
        found += [(name, "note", note) for note in getattr(table, "notes", ())]
    told = {text for __, __, text in found}
    found += [
        ("response", "note", note) for note in dict.fromkeys(learned.notes) if note not in told
    ]
    problem = Prepared(
        learned.customers.onto(scenario),
        learned,
        None,
        multiplied(scenario, learned.personas.divide(learned.responses)),
        (),
    ).problem()
    found.append(
        (
            "plan",
            "ready",
            _("{lines} lines, {rules} rules", lines=len(problem.lines), rules=len(problem.rules)),
        )
    )
    return found
