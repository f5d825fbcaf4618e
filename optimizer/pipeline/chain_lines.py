"""How each line of a plan acts on the stage chain: the touches that its money or its posts buy."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from optimizer.attribution.lifecycle import Lifecycle
from optimizer.forecast.local_linearisation import Volume
from optimizer.journeys.volume import by_period, touches_by_day
from optimizer.pipeline.chain_outcome import ChainLine
from optimizer.pipeline.problem import per_post
from optimizer.pipeline.respond import spend_by_period
from optimizer.pipeline.segments import Personas
from optimizer.pipeline.tables import Tables
from optimizer.response.channel import Response
from optimizer.response.fit import TYPICAL, fit
from optimizer.scenario import Channel, Scenario
from optimizer.units import DAYS, slot_cost

DRAWS = 120


def chain_lines(
    scenario: Scenario,
    tables: Tables,
    life: Lifecycle,
    divided: Mapping[str, Response],
    people: Personas,
) -> dict[str, ChainLine]:
    """Line of the plan -> how it acts on the chain; a segment's by its share of the channel.

    Parameters
    ----------
    scenario, tables
        A channel acts through the chain where the tables have its spend and its touches, and the
        scenario does not state what it brings.
    life
        The fitted lifecycle.
    divided
        Line -> response.
    people
        How channels are split by segment.
    """
    if tables.spend is None:
        return {}
    volumes = _volumes(scenario, tables, life)
    periods = scenario.horizon * DAYS[scenario.period] / DAYS[tables.spend.period]
    parts = {part.line: part for part in people.lines}
    out = {}
    for line, response in divided.items():
        channel = response.whole or line
        entry = scenario.channels.get(channel, Channel())
        if channel not in volumes or not _by_chain(entry):
            continue
        part = parts.get(line)
        own = scenario.channels.get(line, Channel()).multiplier
        times = (
            own if own is not None else entry.multiplier if entry.multiplier is not None else 1.0
        )
        volume, price = _by_post(entry, volumes[channel], periods)
        out[line] = ChainLine(
            channel,
            volume,
            periods * (part.share if part is not None else 1.0),
            times * (part.used if part is not None else 1.0),
            price,
        )
    return out


def _by_post(entry: Channel, volume: Volume, periods: float) -> tuple[Volume, float]:
    """Touches per period over what is bought in it, posts or currency, and what a unit costs.

    A post brings the touches that are stated of it, else those that its cost has bought so far.
    """
    booked = entry.bookings
    if booked is None:
        return volume, 1.0
    price = slot_cost(booked.fee, booked.service, entry.rebate, booked.samples)
    if booked.touches is not None:
        return Volume(per_post(booked.touches).rescale_horizon(1.0 / periods)), price
    over = tuple(draw.rescale_price(1.0 / price) for draw in volume.draws)
    return Volume(volume.curve.rescale_price(1.0 / price), over), price


def _by_chain(entry: Channel) -> bool:
    """Whether nothing else says what a channel brings; a commission hangs on its own customers,
    prices by volume on its own curve.
    """
    stated = entry.curve is not None or (entry.customers is not None and bool(entry.current))
    booked = entry.bookings is not None and entry.bookings.customers is not None
    return not (stated or booked or entry.commission or entry.prices)


def _volumes(scenario: Scenario, tables: Tables, life: Lifecycle) -> dict[str, Volume]:
    """Touches per period of the spend table, as curves with draws."""
    if tables.spend is None or tables.events is None:
        return {}
    spend, days = spend_by_period(tables.spend), touches_by_day(tables.events)
    rng = np.random.default_rng([scenario.seed, 11])
    out = {}
    for name in tables.spend.channels:
        paid = spend.paid[name]
        touches = by_period(days, spend.starts, spend.end, name)
        if paid.max() <= 0 or touches.sum() == 0 or name not in life.channels:
            continue
        entry = scenario.channels.get(name, Channel())
        found = fit(paid, touches, elasticity=entry.elasticity or TYPICAL)
        out[name] = Volume(found.curve, tuple(found.draw(rng) for __ in range(DRAWS)))
    return out
