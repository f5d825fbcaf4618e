"""The lifecycle model on its way through the pipeline: whether a plan is built on it, and how it is
fitted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from optimizer.attribution.bootstrap import BUCKETS, bucket_weights
from optimizer.attribution.credit import Attribution, Credit
from optimizer.attribution.lifecycle import Lifecycle, as_credit, fit_lifecycle
from optimizer.attribution.lifecycle.experiments import adjustment_notes, calibrate
from optimizer.forecast.local_linearisation import Forecast
from optimizer.pipeline.journey_evidence import JourneyEvidence, weigh
from optimizer.pipeline.tables import Tables
from optimizer.plotting import Plots
from optimizer.scenario import Scenario

NAME = "lifecycle"

Array = NDArray[np.float64]


@dataclass(frozen=True)
class FittedLifecycle(Plots):
    """The fitted lifecycle, with what the report tells of it.

    Parameters
    ----------
    life
        The model.
    orders
        Its credit for all orders.
    new
        Its credit for new customers.
    forecast
        Of the plan that the curves were made for, with draws (None: no plan yet).
    evidence
        What else was weighed (None: no spend is known).
    """

    life: Lifecycle
    orders: Credit
    new: Credit
    forecast: Forecast | None = None
    evidence: JourneyEvidence | None = None

    @property
    def uplift(self) -> Array:
        """See `Lifecycle`."""
        return self.life.uplift

    @property
    def error(self) -> Array:
        """See `Lifecycle`."""
        return self.life.error

    @property
    def stages(self) -> tuple[str, ...]:
        """Names of the stages, in order."""
        return self.life.stages

    @property
    def channels(self) -> tuple[str, ...]:
        """Names of the channels, sorted."""
        return self.life.channels


def uses_lifecycle(scenario: Scenario, tables: Tables) -> bool:
    """Whether the plan is built on the lifecycle: it was asked for, or nothing was and the journeys
    carry milestones.

    Parameters
    ----------
    scenario
        Says which model is asked for, if any.
    tables
        Its events; on path tables it never is.

    Returns
    -------
    bool
        True as well where another model is chosen and the lifecycle is only listed among those
        shown.
    """
    if tables.events is None:
        return False
    choice = scenario.attribution
    if choice.model is not None:
        return choice.model == NAME or NAME in choice.models
    seen = dict(tables.events.facts.get("events", {}))
    return any(name not in ("touch", "purchase") for name in seen) and "purchase" in seen


def fitted(scenario: Scenario, tables: Tables) -> FittedLifecycle:
    """Fit the lifecycle to the scenario's events.

    Parameters
    ----------
    scenario
        Says which stages, experiments, draws and seed.
    tables
        With events; the channels of spend, where there is any, are those that are paid.

    Returns
    -------
    FittedLifecycle
        With what experiments measured in it, and no forecast yet.

    Raises
    ------
    UserError
        Where it cannot be fitted.
    """
    assert tables.events is not None
    paid = tables.spend.channels if tables.spend is not None else None
    stages = [stage.model_dump() for stage in scenario.stages] or None
    life = fit_lifecycle(
        tables.events, stages, paid, timeout=scenario.attribution.stage_timeout_days
    )
    evidence = (
        weigh(scenario, tables.events, tables.spend, life) if tables.spend is not None else None
    )
    life = evidence.life if evidence is not None else life
    untouched = evidence.untouched if evidence is not None else ()
    tests = [
        test.model_dump(by_alias=True)
        for test in scenario.experiments
        if test.channel not in untouched
    ]
    life, adjusted = calibrate(life, tests) if tests else (life, None)
    count = scenario.attribution.intervals
    draws = bucket_weights(count, BUCKETS, scenario.seed) if count else None
    orders = as_credit(life, draws=draws)
    first = life.new_customers.by_stage[0]
    money = first.sum(axis=1) * life.values[0]
    new = replace(
        orders,
        conversions=first.sum(axis=1),
        by_stage=first,
        value=money,
        total_conversions=life.totals[0],
        total_value=life.totals[2],
        organic_conversions=float(life.totals[0] - first.sum()),
        organic_value=float(life.totals[2] - money.sum()),
        low=None,
        high=None,
        draws=None,
        value_draws=None,
    )
    if adjusted is not None:
        orders = replace(orders, notes=(*orders.notes, *adjustment_notes(adjusted)))
    return FittedLifecycle(life, orders, new, evidence=evidence)


def with_lifecycle(shown: Attribution, lifecycle: FittedLifecycle) -> Attribution:
    """The models side by side, the lifecycle first among them.

    Parameters
    ----------
    shown
        The other models on all conversions.
    lifecycle
        The fitted model, whose credit for all orders is shown.

    Returns
    -------
    Attribution
        Credit of the lifecycle that was there before is replaced.
    """
    others = (credit for credit in shown.credits if credit.model != NAME)
    return replace(shown, credits=(lifecycle.orders, *others))
