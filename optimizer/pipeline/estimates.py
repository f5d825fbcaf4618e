"""data -> journeys -> attribution -> response: what the tables say, whatever budget and rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from optimizer.messages import Text, _
from optimizer.pipeline import multipliers, steps
from optimizer.pipeline.beliefs import Believed, believe, walled
from optimizer.pipeline.credit import Credited, credit
from optimizer.pipeline.customers import Customers, customers
from optimizer.pipeline.fingerprint import under
from optimizer.pipeline.journey_summary import JourneySummary, journey_summary
from optimizer.pipeline.record import Clock
from optimizer.pipeline.respond import check_budget, respond
from optimizer.pipeline.segment_split import personas
from optimizer.pipeline.segments import Personas
from optimizer.pipeline.steps import Say, silent
from optimizer.pipeline.tables import Tables, read_tables, refuse_unknown_channels
from optimizer.response.channel import Response
from optimizer.scenario import Scenario
from optimizer.store import NOTHING_KEPT, Kept, Store


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
    kept
        Where what is worked out from them later is kept.
    """

    asked: Scenario
    tables: Tables
    credited: Credited | None
    customers: Customers
    responses: dict[str, Response]
    notes: tuple[Text, ...]
    personas: Personas = field(default_factory=Personas)
    believed: Believed | None = None
    kept: Kept = field(default_factory=Kept)

    @cached_property
    def journeys(self) -> JourneySummary | None:
        """What people did, for the report; read when somebody asks."""
        return self.kept.get("journeys", lambda: journey_summary(self.asked, self.tables))

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


def estimate(
    scenario: Scenario, say: Say = silent, clock: Clock | None = None, store: Store = NOTHING_KEPT
) -> Estimates:
    """data -> journeys -> attribution -> response: all that does not depend on budget and rules.

    Parameters
    ----------
    scenario
        What is asked; that it states a budget where its goal needs one is checked too.
    say
        Hears each step.
    clock
        Adds up the seconds of each arrow (None: nobody asks).
    store
        Where what was estimated before is found.

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
    kept = under(store, scenario)
    say(steps.READ)
    with clock.time("data"):
        tables = read_tables(scenario)
        known = customers(scenario, tables)

    def learn() -> _Learned:
        return _learn(scenario, tables, say, clock)

    learned = kept.get("estimates", learn)
    for arrow in ("attribution", "response"):
        clock.seconds.setdefault(arrow, 0.0)  # found
    credited, people, believed = learned.credited, learned.personas, learned.believed
    notes: list[Text] = []
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
        *learned.notes,
        *notes,
        *multipliers.notes(scenario),
    )
    return Estimates(
        scenario, tables, credited, known, learned.responses, remarks, people, believed, kept
    )


@dataclass(frozen=True)
class _Learned:
    """What is kept of `Estimates`: all that takes long, and no open table."""

    credited: Credited | None
    personas: Personas
    believed: Believed | None
    responses: dict[str, Response]
    notes: tuple[Text, ...]


def _learn(scenario: Scenario, tables: Tables, say: Say, clock: Clock) -> _Learned:
    """attribution -> response."""
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
    return _Learned(credited, people, believed, dict(responses), tuple(notes))
