"""The attribution arrow: which models are shown, and which one the plan is built on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.pipeline.tables import Tables
from optimizer.scenario import Scenario

if TYPE_CHECKING:
    from optimizer.attribution.credit import Attribution

SHOWN = ("first", "last", "linear", "position", "time_decay", "markov", "shapley")


def credit(scenario: Scenario, tables: Tables) -> tuple[Attribution | None, str | None, list[str]]:
    """All models side by side, the label of the one the plan is built on, and remarks. None without journeys."""
    journeys = tables.journeys
    if journeys is None:
        return None, None, []
    from optimizer.attribution.models import attribute

    choice = scenario.attribution
    chosen = choice.model or "markov"
    names = [name for name in SHOWN if tables.events is not None or name != "time_decay"]
    names = list(dict.fromkeys([*names, *choice.models, chosen]))
    attribution = attribute(
        journeys, models=names, order=choice.order, lookback_days=choice.lookback_days,
        half_life_days=choice.half_life_days, intervals=choice.intervals, seed=scenario.seed,
    )
    label = next(c.label for c in attribution.credits if c.model == chosen)
    return attribution, label, list(attribution.notes)
