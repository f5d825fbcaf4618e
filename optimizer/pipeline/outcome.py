"""What a run leaves behind: everything the report needs, and nothing that can be recomputed from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from optimizer.plotting import Plots

if TYPE_CHECKING:
    from optimizer.allocation.plan import Plan
    from optimizer.allocation.problem import Problem
    from optimizer.attribution.credit import Attribution
    from optimizer.data.tables import Spend
    from optimizer.pipeline.segments import Personas
    from optimizer.pipeline.story import Story
    from optimizer.response.channel import Response
    from optimizer.scenario import Scenario


@dataclass(frozen=True)
class Outcome(Plots):
    """One run of a scenario, from its tables to its plan.

    attribution:  models side by side (None: no journeys)
    lifecycle:    the lifecycle model's own result: uplifts, stage values, populations (None: not used)
    story:        the paths that bring the most, and people by step (None: no journeys)
    responses:    channel -> curve over the whole plan, with today's spend
    personas:     credit by segment of people, and how channels were split (empty: not asked for)
    truth:        for a simulated company: what the plan and the simple rules would really bring
    notes:        remarks for people: what was assumed, left out, or should be doubted
    record:       versions, hashes of inputs, solver, seed, times: what run.json holds
    """

    scenario: Scenario
    problem: Problem
    plan: Plan
    responses: Mapping[str, Response]
    spend: Spend | None = None
    attribution: Attribution | None = None
    lifecycle: Any = None
    story: Story | None = None
    personas: Personas | None = None
    truth: Mapping[str, Any] | None = None
    notes: tuple[str, ...] = ()
    command: str = ""
    record: Mapping[str, Any] = field(default_factory=dict)
