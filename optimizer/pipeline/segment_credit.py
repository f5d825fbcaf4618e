"""Each segment as a small company of its own: its journeys, credited by the plan's model."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from optimizer.attribution.attribute import attribute
from optimizer.attribution.credit import Credit
from optimizer.attribution.lifecycle import fit_lifecycle
from optimizer.attribution.lifecycle.incrementality import certain
from optimizer.data.tables import Events
from optimizer.errors import UserError
from optimizer.journeys.new_customers import customers, until_first
from optimizer.messages import _
from optimizer.pipeline.credit import Credited
from optimizer.pipeline.tables import Tables
from optimizer.scenario import Scenario
from optimizer.units import ratio

DRAWS = 40  # replicates of the lifecycle, for the error of a segment's credit


@dataclass(frozen=True)
class SegmentCredit:
    """The plan's model on one segment's journeys, by channel.

    Parameters
    ----------
    customers, errors
        New customers credited, and their relative standard error.
    last
        Customers of last-touch credit.
    value
        Currency per customer (None: no value is known).
    """

    customers: Mapping[str, float]
    errors: Mapping[str, float]
    last: Mapping[str, float]
    value: float | None


def segment_credit(
    scenario: Scenario, tables: Tables, events: Events, name: str, whole: Credited
) -> SegmentCredit:
    """Credit a segment's own journeys by the plan's model.

    Parameters
    ----------
    events
        The segment's events.
    name
        The segment's, for messages.
    whole
        Credit of everybody, which says the model.

    Raises
    ------
    UserError
        Where the segment holds too little for the model.
    """
    choice = scenario.attribution
    model = whole.new.model
    base = [model, "last"] if whole.lifecycle is None else ["last"]
    try:
        credits = attribute(
            until_first(events),
            models=list(dict.fromkeys(base)),
            order=choice.order,
            lookback_days=choice.lookback_days,
            half_life_days=choice.half_life_days,
            read_ledger=False,
        ).credits
        found = {credit.model: credit for credit in reversed(credits)}
        people, bought = customers(events)
        if whole.lifecycle is None:
            got = _by_channel(found[model])
            errors = {channel: 1.0 / math.sqrt(max(n, 0.5)) for channel, n in got.items()}
        else:
            got, errors = _by_lifecycle(scenario, tables, events)
    except UserError as error:
        raise UserError(
            _("segment '{name}': {what}", name=name, what=error.problems[0].what),
            scenario.where("segments"),
            _("raise least, so that '{name}' is pooled", name=name),
        ) from None
    return SegmentCredit(got, errors, _by_channel(found["last"]), ratio(bought, people) or None)


def _by_channel(credit: Credit) -> dict[str, float]:
    return {
        channel: float(n) for channel, n in zip(credit.channels, credit.conversions, strict=True)
    }


def _by_lifecycle(
    scenario: Scenario, tables: Tables, events: Events
) -> tuple[dict[str, float], dict[str, float]]:
    """New customers by channel of a segment's own stage chain, and their relative errors.

    What the calendar and lift tests say of a channel was learned on everybody and holds for the
    channel as a whole, so it is left out here: it would only add its noise to a comparison between
    segments.
    """
    paid = tables.spend.channels if tables.spend is not None else None
    life = fit_lifecycle(
        events, [s.model_dump() for s in scenario.stages] or None, paid, check_timing=False
    )
    life = replace(life, incrementality=certain(len(life.channels)), chain=life.raw)
    got = life.split("customers").by_stage[0].sum(axis=1)
    drawn = life.split("customers", chain=life.replicates(DRAWS, scenario.seed)).by_stage.sum(
        axis=2
    )
    spread = drawn.std(axis=0)
    customers = {channel: float(got[i]) for i, channel in enumerate(life.channels)}
    errors = {
        channel: max(float(spread[i]), math.sqrt(max(float(got[i]), 0.5))) / max(float(got[i]), 0.5)
        for i, channel in enumerate(life.channels)
    }
    return customers, errors
