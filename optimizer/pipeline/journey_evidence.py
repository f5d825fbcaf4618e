"""What the stage chain, touch credit and weekly sales say together of what each channel brings.

The chain judges by what users show and by the calendar, touch credit by whom channels meet; their
errors go together only in part, so a channel is believed to have caused their weighted geometric
mean.
Channels that have spend but no touches (a walled garden) get what weekly sales and the others say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from optimizer.attribution.attribute import attribute
from optimizer.attribution.lifecycle import Lifecycle
from optimizer.attribution.lifecycle.believed import with_belief
from optimizer.attribution.lifecycle.harvest_search import HARVESTS
from optimizer.data.tables import Events, Spend
from optimizer.data.totals import Totals
from optimizer.errors import UserError
from optimizer.evidence.belief import Array, Belief, Interval, interval
from optimizer.evidence.kind import Company, Indication
from optimizer.evidence.sampling.priors import Priors
from optimizer.evidence.sampling.run import Length, draw
from optimizer.journeys.new_customers import until_first
from optimizer.journeys.volume import by_period, first_purchases_by_day, touches_by_day
from optimizer.pipeline.company import company
from optimizer.scenario import Scenario

# of what is believed of a channel, on the logarithm; docs/explanation/evidence.md says how chosen
WEIGHTS = {"lifecycle": 0.75, "linear": 0.25}
FEW = 1.0  # new customers: a channel with less credit by either is told of by neither
# what no kind of evidence sees of itself, standard deviations of logarithms: of all channels
# together, and of each
COMMON, OWN = 0.35, 0.4
LEAST_PERIODS, LEAST_SOLD = 8, 50  # below which weeks tell nothing
PRIORS = Priors(future_sd=0.25)
LENGTH = Length(chains=64, warm=150, between=10, draws=320, work=3e7)


@dataclass(frozen=True)
class JourneyEvidence:
    """The lifecycle, held against other evidence.

    Parameters
    ----------
    life
        With effects moved to what is believed.
    caused
        Channel -> new customers it is believed to have caused over the history.
    belief
        Draws of every channel with spend (None: every one of them touches).
    untouched
        Channels with spend that no journey shows.
    kinds
        Kind of evidence -> the weight it had, in the mean over the new customers that are believed
        of channels; they add up to 1.
    """

    life: Lifecycle
    caused: Mapping[str, Interval]
    belief: Belief | None = None
    untouched: tuple[str, ...] = ()
    kinds: Mapping[str, float] = field(default_factory=lambda: dict(WEIGHTS))


def weigh(scenario: Scenario, events: Events, spend: Spend, life: Lifecycle) -> JourneyEvidence:
    """Hold a fitted lifecycle against touch credit, and channels that touch nobody against weekly
    sales.

    Parameters
    ----------
    scenario
        Its seed, and experiments on channels that no journey shows.
    events, spend
        The tables.
    life
        As fitted.
    """
    chain, touches = _credit(life, events)
    heeded = _heeded(life)
    believed = {
        name: float(
            np.exp(
                (1 - heeded[name]) * np.log(max(chain[name], FEW))
                + heeded[name] * np.log(max(touches[name], FEW))
            )
        )
        for name in spend.channels
        if name in life.channels and max(chain[name], touches[name]) > FEW
    }
    life = with_belief(life, believed, COMMON, OWN, scenario.seed)
    belief = _of_sales(scenario, events, spend, life)
    untouched = (
        ()
        if belief is None
        else tuple(name for name in belief.channels if name not in life.channels)
    )
    caused = {name: interval(draws) for name, draws in _drawn(life, believed).items()}
    if belief is not None:
        drawn = belief.caused.sum(axis=1)
        caused |= {name: interval(drawn[:, belief.channels.index(name)]) for name in untouched}
    return JourneyEvidence(life, caused, belief, untouched, _weights(believed, heeded))


def _weights(believed: Mapping[str, float], heeded: Mapping[str, float]) -> dict[str, float]:
    """The weights that were used: touch credit's is another one for each channel."""
    whole = sum(believed.values())
    if whole <= 0:
        return dict(WEIGHTS)
    linear = sum(mean * heeded[name] for name, mean in believed.items()) / whole
    return {"lifecycle": 1.0 - linear, "linear": linear}


def _heeded(life: Lifecycle) -> dict[str, float]:
    """Channel -> weight of touch credit: the less, the surer the calendar is that the channel only
    meets people who would have bought.
    """
    found = np.clip((life.incrementality.harvest - HARVESTS) / (1 - HARVESTS), 0.0, 1.0)
    return dict(zip(life.channels, (WEIGHTS["linear"] * (1 - found)).tolist(), strict=True))


def _credit(life: Lifecycle, events: Events) -> tuple[dict[str, float], dict[str, float]]:
    """New customers of the whole history by channel: of the stage chain, and of linear touch
    credit.
    """
    chain = life.new_customers.by_stage[0].sum(axis=1)
    first = until_first(events, life.ladder.purchase)
    linear = attribute(first, models=["linear"], read_ledger=False).credits[0]
    touches = dict(zip(linear.channels, linear.conversions.tolist(), strict=True))
    return (
        dict(zip(life.channels, chain.tolist(), strict=True)),
        {name: touches.get(name, 0.0) for name in life.channels},
    )


def _drawn(life: Lifecycle, believed: Mapping[str, float]) -> dict[str, Array]:
    """Channel -> new customers it caused, as they might be: credit is nearly linear in effects."""
    held, out = life.incrementality, {}
    if held.drawn is None:  # nothing is believed
        return {}
    for name, mean in believed.items():
        c = life.channels.index(name)
        drawn = held.drawn[:, :, c].mean(axis=1)
        out[name] = mean * drawn / max(float(held.factor[:, c].mean()), 1e-9)
    return out


def _of_sales(scenario: Scenario, events: Events, spend: Spend, life: Lifecycle) -> Belief | None:
    """What weekly sales say where a channel has spend and no touches; None where all touch, or too
    few weeks are known.
    """
    if all(name in life.channels for name in spend.channels) or life.totals[0] < LEAST_SOLD:
        return None
    known = [test for test in scenario.experiments if test.channel not in life.channels]
    alone = scenario.model_copy(update={"experiments": tuple(known)})
    try:
        made, __ = company(alone, spend, _sales(events, life))
    except UserError:
        return None  # spend and journeys hardly meet
    if len(made.starts) < LEAST_PERIODS or np.nansum(made.sold) < LEAST_SOLD:
        return None
    made = replace(made, indications=(_indication(made, life),), volume=_volume(made, events))
    return draw(made, scenario.seed, LENGTH, PRIORS)


def _sales(events: Events, life: Lifecycle) -> Totals:
    """New customers by day, every day of the journeys."""
    start = np.datetime64(life.start, "D")
    count = np.zeros(life.days)
    for day, customers in first_purchases_by_day(events, life.ladder.purchase):
        place = int((np.datetime64(day, "D") - start).astype(int))
        if 0 <= place < life.days:
            count[place] += customers
    days = (start + np.arange(life.days)).astype(object)
    return Totals("day", tuple(days), count)


def _indication(made: Company, life: Lifecycle) -> Indication:
    """What is believed of channels that touch, per period in which they were on."""
    credit = life.new_customers.by_stage[0].sum(axis=1)
    on = np.maximum((made.spend > 0).sum(axis=0), 1)
    each = [
        float(credit[life.channels.index(name)]) if name in life.channels else np.nan
        for name in made.channels
    ]
    return Indication(np.array(each) / on, np.full(len(each), OWN))


def _volume(made: Company, events: Events) -> Array:
    """Touches of each channel in each period, T x C."""
    days = touches_by_day(events)
    end = made.starts[-1] + np.timedelta64(round(made.days), "D")
    return np.column_stack([by_period(days, made.starts, end, name) for name in made.channels])
