"""What people did, before anybody is credited: the paths that bring the most, and how far people come, order by order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from optimizer.pipeline.tables import Tables
from optimizer.plotting import Plots
from optimizer.scenario import Scenario

if TYPE_CHECKING:
    from optimizer.journeys.top_paths import TopPaths

ORDERS = 4  # orders of one person that are told apart


@dataclass(frozen=True)
class Story(Plots):
    """paths: the journeys that convert most often; steps: (stage, people who came this far or further), the loop of
    buying again unrolled: after the stages before the first order come "order 1", "order 2", ... (empty: a path table)."""

    paths: TopPaths
    steps: tuple[tuple[str, int], ...] = ()


def story(scenario: Scenario, tables: Tables) -> Story | None:
    """The story of the scenario's journeys; None without journeys."""
    if tables.journeys is None:
        return None
    from optimizer.customers.funnel import funnel
    from optimizer.journeys.stages import DEFAULT, PURCHASE
    from optimizer.journeys.top_paths import top_paths

    paths = top_paths(
        tables.journeys,
        lookback_days=scenario.attribution.lookback_days if tables.events is not None else None,
    )
    if tables.events is None:
        return Story(paths)
    stages: list[dict[str, Any]] = [stage.model_dump() for stage in scenario.stages] or [
        dict(stage) for stage in DEFAULT
    ]
    seen = dict(tables.events.facts.get("events", {}))
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
    found = funnel(tables.events, [*before, *orders]).stages
    steps = tuple((str(row["stage"]), int(row["people"])) for row in found.to_dict("records"))
    return Story(paths, tuple(step for i, step in enumerate(steps) if step[1] or i <= len(before)))
