"""What people did, before anybody is credited: the paths that bring the most, and how far people
come, order by order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from optimizer.customers.funnel import funnel
from optimizer.data.tables import Events
from optimizer.journeys.stages import DEFAULT, PURCHASE
from optimizer.journeys.top_paths import TopPaths, top_paths
from optimizer.pipeline.tables import Tables
from optimizer.plotting import Plots
from optimizer.scenario import Scenario

ORDERS = 4  # orders of one person that are told apart

Steps = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class JourneySummary(Plots):
    """Paths and steps of a scenario's journeys.

    Parameters
    ----------
    paths
        The journeys that convert most often.
    steps
        (stage, people who came this far or further), the loop of buying again unrolled: after the
        stages before the first order come "order 1", "order 2", ... Empty for a path table.
    """

    paths: TopPaths
    steps: Steps = ()


def journey_summary(scenario: Scenario, tables: Tables) -> JourneySummary | None:
    """The summary of the scenario's journeys; None without journeys.

    Parameters
    ----------
    scenario
        Says which stages, and how far to look back (days).
    tables
        Journeys from events, or from a path table, which has no steps.

    Returns
    -------
    JourneySummary | None
        Of everybody, whatever segments are planned.
    """
    if tables.journeys is None:
        return None
    lookback = scenario.attribution.lookback_days if tables.events is not None else None
    paths = top_paths(tables.journeys, lookback_days=lookback)
    if tables.events is None:
        return JourneySummary(paths)
    return JourneySummary(paths, _steps(scenario, tables.events))


def _steps(scenario: Scenario, events: Events) -> Steps:
    stages: list[dict[str, Any]] = [stage.model_dump() for stage in scenario.stages] or [
        dict(stage) for stage in DEFAULT
    ]
    seen = dict(events.facts.get("events", {}))
    asked = [
        (stage["name"], tuple(stage.get("milestones") or ()), int(stage.get("count") or 1))
        for stage in stages
    ]
    # a stage whose milestones the data never show says nothing of people
    before = [
        stage
        for i, stage in enumerate(asked)
        if PURCHASE not in stage[1] and (i == 0 or any(name in seen for name in stage[1]))
    ]
    orders = [(f"order {n}", (PURCHASE,), n) for n in range(1, ORDERS + 1)]
    found = funnel(events, [*before, *orders]).stages
    steps = tuple((str(row["stage"]), int(row["people"])) for row in found.to_dict("records"))
    return tuple(step for i, step in enumerate(steps) if step[1] or i <= len(before))
