"""What a run leaves behind: all that the report needs, and nothing that can be worked out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from optimizer.messages import Text
from optimizer.plotting import Plots

if TYPE_CHECKING:
    from optimizer.allocation.plan import Plan
    from optimizer.allocation.problem import Problem
    from optimizer.attribution.credit import Attribution
    from optimizer.data.tables import Spend
    from optimizer.pipeline.fitted import FittedLifecycle
    from optimizer.pipeline.journey_summary import JourneySummary
    from optimizer.pipeline.plan_belief import PlanBelief
    from optimizer.pipeline.segments import Personas
    from optimizer.response.channel import Response
    from optimizer.scenario import Scenario


@dataclass(frozen=True)
class Outcome(Plots):
    """One run of a scenario, from its tables to its plan.

    Parameters
    ----------
    scenario, plan
        What was asked, and the answer.
    responses
        Channel -> curve over the whole plan, with today's spend (empty: none is known).
    problem
        What the allocator solved (None: not kept).
    spend
        The spend table (None: every curve is stated).
    attribution
        Models side by side (None: no journeys).
    lifecycle
        The lifecycle model's own result: uplifts, credit, forecast (None: not used).
    story
        The paths that bring the most, and people by step (None: no journeys).
    personas
        Credit by segment of people, and how channels were split (None or empty: not asked for).
    belief
        Intervals and chances of the plan (None: nothing is believed in draws).
    truth
        For a simulated company: what the plan and the simple rules would really bring.
    notes
        Remarks for people: what was assumed, left out, or should be doubted.
    assumed
        Those of them that say on what nobody stated or measured the plan rests.
    command
        The command line that makes the same report again.
    record
        Versions, hashes of inputs, solver, seed, times: what run.json holds.
    """

    scenario: Scenario
    plan: Plan
    responses: Mapping[str, Response] = field(default_factory=dict)
    attribution: Attribution | None = None
    problem: Problem | None = None
    spend: Spend | None = None
    lifecycle: FittedLifecycle | None = None
    story: JourneySummary | None = None
    personas: Personas | None = None
    belief: PlanBelief | None = None
    truth: Mapping[str, Any] | None = None
    notes: tuple[Text, ...] = ()
    assumed: tuple[Text, ...] = ()
    command: str = ""
    record: Mapping[str, Any] = field(default_factory=dict)

    @property
    def chosen_model(self) -> str | None:
        """Label of the attribution model the plan rests on (None: no journeys)."""
        return chosen_model(self.attribution, self.scenario.attribution.model)


def chosen_model(attribution: Attribution | None, asked: str | None = None) -> str | None:
    """The label of the model that leads among several.

    Parameters
    ----------
    attribution
        Models side by side.
    asked
        The name or label that was asked for.

    Returns
    -------
    str | None
        The one that was asked for, else the lifecycle's, else the last; None where there is none.
    """
    if attribution is None or not attribution.credits:
        return None
    labels = [credit.label for credit in attribution.credits]
    for credit in attribution.credits:
        if asked in (credit.model, credit.label):
            return credit.label
    return "lifecycle" if "lifecycle" in labels else labels[-1]
