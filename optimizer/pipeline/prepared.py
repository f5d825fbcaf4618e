"""response -> forecast: everything before the allocation, near a scenario's plan."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.allocation.problem import Problem
from optimizer.attribution.credit import Attribution
from optimizer.messages import Text, _
from optimizer.pipeline import steps
from optimizer.pipeline.equilibrium import OnChain, on_chain
from optimizer.pipeline.estimates import Estimates, estimate
from optimizer.pipeline.fitted import FittedLifecycle
from optimizer.pipeline.multipliers import multiplied
from optimizer.pipeline.problem import build
from optimizer.pipeline.record import Clock
from optimizer.pipeline.steps import Say, silent
from optimizer.pipeline.tables import Tables
from optimizer.response.channel import Response
from optimizer.scenario import Scenario
from optimizer.store import NOTHING_KEPT, Store


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


def prepare(
    scenario: Scenario,
    say: Say = silent,
    clock: Clock | None = None,
    time_limit: float | None = None,
    store: Store = NOTHING_KEPT,
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
    store
        Where what was estimated before is found.

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
    return near_plan(scenario, estimate(scenario, say, clock, store), say, clock, time_limit)


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
