"""The lifecycle as one of the attribution models: its settings, and its credit in the form of
every model.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from optimizer.attribution.bootstrap import BUCKETS, interval
from optimizer.attribution.credit import Credit
from optimizer.attribution.lifecycle.assumptions import assumptions
from optimizer.attribution.lifecycle.experiments import calibrate
from optimizer.attribution.lifecycle.fit import fit_lifecycle
from optimizer.attribution.lifecycle.model import Lifecycle
from optimizer.attribution.lifecycle.sequence import Array
from optimizer.attribution.options import Options
from optimizer.attribution.registry import from_events
from optimizer.data.tables import Events
from optimizer.errors import UserError
from optimizer.messages import _
from optimizer.registry import did_you_mean

KNOWN = ("stages", "paid", "experiments", "sample", "check_timing", "stage_timeout_days")


@from_events(
    title=_("Lifecycle"),
    by_stage=True,
    weighs_tests=lambda options: bool(options.lifecycle.get("experiments")),
    rank=150,
)
def lifecycle(events: Events, options: Options, draws: Array | None) -> Credit:
    """What each channel causes at each lifecycle stage, by hidden stages behind the milestones;
    the rest is organic.

    Uplifts per touch by channel and stage, a baseline from untouched days, and the stage chain
    between them; credit is the Aumann-Shapley share of what all paid touches caused. Needs events
    with times and purchases; milestones sharpen it. See docs/lifecycle.md.
    """
    buckets = BUCKETS if draws is None else draws.shape[1]
    return as_credit(fitted(events, options, buckets), draws)


def fitted(events: Events, options: Options, buckets: int = BUCKETS) -> Lifecycle:
    """Fit with the settings in `options.lifecycle`.

    Parameters
    ----------
    events
        An opened events table.
    options
        The models' choices; `lifecycle` may hold the names in `KNOWN`.
    buckets
        Groups of users for the bootstrap.

    Raises
    ------
    UserError
        For a setting that is unknown or makes no sense.
    """
    given: Mapping[str, Any] = options.lifecycle
    for name in given:
        if name not in KNOWN:
            raise UserError(
                _("unknown lifecycle setting '{name}'", name=name), fix=did_you_mean(name, KNOWN)
            )
    rest = {name: given[name] for name in ("sample", "check_timing") if name in given}
    timeout = given.get("stage_timeout_days")
    if timeout is not None and not timeout > 0:
        raise UserError(
            _("stage_timeout_days is {timeout}", timeout=timeout), fix=_("a number of days above 0")
        )
    life = fit_lifecycle(
        events,
        given.get("stages"),
        given.get("paid"),
        options.direct,
        buckets,
        timeout=timeout,
        **rest,
    )
    if given.get("experiments"):
        life, __ = calibrate(life, given["experiments"])
    return life


def as_credit(life: Lifecycle, draws: Array | None = None) -> Credit:
    """The lifecycle's answer in the form of every attribution model.

    Parameters
    ----------
    life
        A fitted lifecycle.
    draws
        R x B bucket weights for intervals; None: no intervals.
    """
    orders, value = life.split("orders"), life.split("value")
    conversions = orders.by_stage[0].sum(axis=1)
    low = high = credit_draws = value_draws = None
    if draws is not None:
        replicas = life.replicates(draws)
        credit_draws = life.split("orders", replicas, nodes=4).by_stage.sum(axis=2)
        value_draws = life.split("value", replicas, nodes=4).by_stage.sum(axis=2)
        low, high = interval(credit_draws)
        low = np.maximum(low, 0.0)
    total = life.totals[1]
    return Credit(
        model="lifecycle",
        channels=life.channels,
        conversions=conversions,
        value=value.by_stage[0].sum(axis=1),
        total_conversions=total,
        total_value=life.totals[3],
        organic_conversions=float(total - conversions.sum()),
        organic_value=float(life.totals[3] - value.by_stage[0].sum()),
        stages=life.stages,
        by_stage=orders.by_stage[0],
        first_day=life.start,
        by_day=(orders.by_day[0], value.by_day[0]),
        low=low,
        high=high,
        draws=credit_draws,
        value_draws=value_draws,
        notes=(*life.notes, *assumptions(life)),
        options={
            "levels": list(life.ladder.levels),
            "paid": [c for c, p in zip(life.channels, np.asarray(life.paid), strict=True) if p],
        },
    )
