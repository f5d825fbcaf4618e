"""The attribution arrow: which models are shown, which one the plan is built on, and what it is credited with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from optimizer.messages import _
from optimizer.pipeline.lifecycle import beside, fitted, wanted
from optimizer.pipeline.tables import Tables
from optimizer.scenario import Scenario
from optimizer.units import ratio

if TYPE_CHECKING:
    from optimizer.attribution.credit import Attribution, Credit
    from optimizer.pipeline.lifecycle import Journey

SHOWN = ("first", "last", "linear", "position", "time_decay", "markov", "shapley")


@dataclass(frozen=True)
class Credited:
    """Credit as the next arrows need it.

    shown:    every model on all conversions, for the report
    new:      the chosen model's credit for new customers (first purchases), which the plan is built on
    last:     last-touch credit for new customers, for the baseline
    journey:  the fitted lifecycle (None: not asked for)
    value_per_customer: currency, all purchases of those who bought / their number (None: no value is known)
    """

    shown: Attribution
    new: Credit
    last: Credit
    value_per_customer: float | None
    notes: tuple[str, ...]
    journey: Journey | None = None


def credit(scenario: Scenario, tables: Tables) -> Credited | None:
    """Credit by every model shown; None without journeys."""
    if tables.journeys is None:
        return None
    from optimizer.attribution.models import attribute
    from optimizer.journeys.new_customers import customers, until_first

    choice = scenario.attribution
    journey = None
    if wanted(scenario, tables):
        journey = fitted(scenario, tables)
    chosen = choice.model or ("lifecycle" if journey else "markov")
    timed = tables.events is not None
    names = dict.fromkeys(
        [*(name for name in SHOWN if timed or name != "time_decay"), *choice.models, chosen]
    )
    names.pop("lifecycle", None)
    options = {
        "order": choice.order,
        "lookback_days": choice.lookback_days,
        "half_life_days": choice.half_life_days,
        "seed": scenario.seed,
    }
    if choice.calibrate:
        options |= {"calibrate": dict(choice.calibrate), "difference": choice.difference}
    shown = attribute(tables.journeys, models=list(names), intervals=choice.intervals, **options)
    if tables.events is None:
        new = shown
        value = ratio(shown.credits[0].total_value, shown.credits[0].total_conversions)
        notes = [
            _(
                "a path table does not say who bought before: every conversion is taken for a "
                "new customer's"
            )
        ]
    else:
        base = [
            name
            for name in dict.fromkeys([chosen, "last"])
            if journey is None or name != "lifecycle"
        ]
        new = attribute(until_first(tables.events), models=base, **options)
        people, bought = customers(tables.events)
        value = ratio(bought, people)
        notes = []
    if journey is not None:
        shown = beside(shown, journey)
        new = replace(new, credits=(*new.credits, journey.new))
    of = {c.model: c for c in reversed(new.credits)}
    return Credited(shown, of[chosen], of["last"], value or None, (*shown.notes, *notes), journey)
