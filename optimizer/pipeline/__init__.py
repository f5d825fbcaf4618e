"""The pipeline, one line per arrow: data -> journeys -> attribution -> response -> allocation (->
report).

Read this file first; everything else is one of its words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from optimizer.allocation.plan import Plan
from optimizer.allocation.planner import solve
from optimizer.pipeline import steps
from optimizer.pipeline.assumed import assumption_notes
from optimizer.pipeline.chain_belief import chain_belief
from optimizer.pipeline.check import check as check
from optimizer.pipeline.economics import paid_responses
from optimizer.pipeline.estimates import Estimates as Estimates
from optimizer.pipeline.estimates import estimate as estimate
from optimizer.pipeline.fingerprint import evidence
from optimizer.pipeline.outcome import Outcome
from optimizer.pipeline.plan_belief import plan_belief
from optimizer.pipeline.prepared import Prepared as Prepared
from optimizer.pipeline.prepared import near_plan as near_plan
from optimizer.pipeline.prepared import prepare as prepare
from optimizer.pipeline.record import Clock, record
from optimizer.pipeline.steps import Say, silent
from optimizer.scenario import Scenario, load_scenario
from optimizer.store import NOTHING_KEPT, Store

__all__ = ["Estimates", "Outcome", "Prepared", "check", "plan", "prepare", "run", "sweep"]


def run(
    scenario: Scenario,
    say: Say = silent,
    gap: float = 1e-4,
    time_limit: float | None = None,
    command: str = "",
    prepared: Prepared | None = None,
    store: Store = NOTHING_KEPT,
    story: bool = True,
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
    store
        Where what was estimated before is found.
    story
        Whether a report will tell what people did, which is read from the journeys anew.

    Raises
    ------
    UserError
        For whatever is wrong with the scenario or its tables.
    """
    clock = Clock()
    before = prepared or prepare(scenario, say, clock, time_limit, store)
    say(steps.ALLOCATE)
    with clock.time("allocation"):
        problem = before.problem()
        plan = solve(problem, gap=gap, time_limit=time_limit)
    believed = before.estimates.believed
    responses = paid_responses(scenario, before.responses)
    belief = (
        plan_belief(believed, responses, plan)
        if believed is not None
        else chain_belief(before.chain, before.lifecycle, problem, plan)
    )
    assumed = assumption_notes(scenario, responses, plan)
    return Outcome(
        scenario=scenario,
        problem=problem,
        plan=plan,
        responses=responses,
        spend=before.tables.spend,
        attribution=before.attribution,
        lifecycle=before.lifecycle,
        story=before.estimates.journeys if story else None,
        personas=before.estimates.personas,
        belief=belief,
        notes=(*before.notes, *(belief.notes() if belief is not None else ()), *assumed),
        assumed=(*assumed, *problem.notes),
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


def sweep(
    scenarios: Sequence[Scenario],
    say: Say = silent,
    gap: float = 1e-4,
    stored: Callable[[Scenario], Store] = lambda scenario: NOTHING_KEPT,
) -> Iterator[Outcome]:
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
    stored
        Where what was estimated before is found, by scenario.

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
            key, estimates = now, estimate(scenario, say, store=stored(scenario))
        say(scenario.name)
        yield run(scenario, say, gap, prepared=near_plan(scenario, estimates, say))
