"""The attribution arrow: which models are shown, which one the plan is built on, and what it is
credited with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from optimizer.attribution.attribute import attribute
from optimizer.attribution.credit import Attribution, Credit
from optimizer.data.tables import Events
from optimizer.journeys.new_customers import customers, until_first
from optimizer.messages import Text, _
from optimizer.pipeline.fitted import FittedLifecycle, fitted, uses_lifecycle, with_lifecycle
from optimizer.pipeline.tables import Tables
from optimizer.scenario import Scenario
from optimizer.units import ratio

SHOWN = ("first", "last", "linear", "position", "time_decay", "markov", "shapley")


@dataclass(frozen=True)
class Credited:
    """Credit as the next arrows need it.

    Parameters
    ----------
    shown
        Every model on all conversions, for the report.
    new
        The chosen model's credit for new customers (first purchases), which the plan is built on.
    last
        Last-touch credit for new customers, for the baseline.
    value_per_customer
        Currency: all purchases of those who bought / their number (None: no value is known).
    notes
        Remarks for people.
    lifecycle
        The fitted lifecycle (None: not asked for).
    """

    shown: Attribution
    new: Credit
    last: Credit
    value_per_customer: float | None
    notes: tuple[Text, ...]
    lifecycle: FittedLifecycle | None = None


def credit(scenario: Scenario, tables: Tables) -> Credited | None:
    """Credit by every model shown; None without journeys.

    Parameters
    ----------
    scenario
        Says which models, how far to look back, and how many bootstrap draws.
    tables
        Journeys from events, or from a path table, which knows neither times nor first purchases.

    Returns
    -------
    Credited | None
        Conversions and new customers over the whole history, not per period.

    Raises
    ------
    UserError
        Where a model cannot be fitted to the journeys.
    """
    if tables.journeys is None:
        return None
    choice = scenario.attribution
    lifecycle = fitted(scenario, tables) if uses_lifecycle(scenario, tables) else None
    chosen = choice.model or ("lifecycle" if lifecycle else "markov")
    options = _options(scenario)
    names = _names(scenario, chosen, timed=tables.events is not None)
    shown = attribute(tables.journeys, models=names, intervals=choice.intervals, **options)
    notes: list[Text] = []
    if tables.events is None:
        new = shown
        value = ratio(shown.credits[0].total_value, shown.credits[0].total_conversions)
        notes.append(
            _(
                "a path table does not say who bought before: every conversion is taken for a "
                "new customer's"
            )
        )
    else:
        base = dict.fromkeys([chosen, "last"])
        if lifecycle is not None:
            base.pop("lifecycle", None)
        new, value = _of_new_customers(tables.events, list(base), options)
    if lifecycle is not None:
        shown = with_lifecycle(shown, lifecycle)
        new = replace(new, credits=(*new.credits, lifecycle.new))
    by_model = {c.model: c for c in reversed(new.credits)}
    return Credited(
        shown, by_model[chosen], by_model["last"], value or None, (*shown.notes, *notes), lifecycle
    )


def _of_new_customers(
    events: Events, models: Sequence[str], options: dict[str, Any]
) -> tuple[Attribution, float | None]:
    """Credit for first purchases, and currency per customer."""
    people, bought = customers(events)
    return attribute(until_first(events), models=models, **options), ratio(bought, people)


def _names(scenario: Scenario, chosen: str, timed: bool) -> list[str]:
    """The models shown; a path table has no times to decay over, and the lifecycle is fitted by
    itself.
    """
    usual = [name for name in SHOWN if timed or name != "time_decay"]
    names = dict.fromkeys([*usual, *scenario.attribution.models, chosen])
    names.pop("lifecycle", None)
    return list(names)


def _options(scenario: Scenario) -> dict[str, Any]:
    choice = scenario.attribution
    options: dict[str, Any] = {
        "order": choice.order,
        "journey": scenario.journey,
        "half_life_days": choice.half_life_days,
        "seed": scenario.seed,
        "read_ledger": False,
    }
    if choice.calibrate:
        options |= {"calibrate": dict(choice.calibrate), "difference": choice.difference}
    return options
