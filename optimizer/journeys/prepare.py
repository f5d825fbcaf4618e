"""From an opened source to a query of touches that is ready to be counted."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from optimizer.data import cells
from optimizer.data.engine import Engine
from optimizer.data.tables import Events, Paths
from optimizer.errors import UserError
from optimizer.journeys import coded_walk, journey_sql, spread
from optimizer.journeys.journey_sql import Reading, Shape
from optimizer.messages import _
from optimizer.registry import did_you_mean


@dataclass(frozen=True)
class Touches:
    """A query of touches (see `journey_sql`), and what is known about it.

    sql:     the query; steps: a quicker one that serves chains alone (`journey_sql.steps_of_events`), or None
    walk:    the quickest, which counts as well (`journey_sql.walk_of_events`, `walk_of_paths`), or None
    walked:  the answer of such a query, where it is there without one (`coded_walk`), or None
    names:   channels, sorted; `channel` and `back_*` hold positions in it (`coded` is always true)
    scales:  powers of two by which (journeys, value) are scaled before they are summed as whole numbers
    copies:  relation (trip, bucket, conversions, nulls) that spreads a path's journeys over buckets, or None
    whole:   conversions and their value before any was found untouched, or None where there can be none
    """

    engine: Any
    sql: str
    steps: str | None
    names: tuple[str, ...]
    coded: bool
    scales: tuple[float, float]
    copies: str | None = None
    whole: tuple[float, float] | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    walk: str | None = None
    walked: dict[str, Any] | None = None


def of_events(
    events: Events,
    shape: Shape,
    buckets: int,
    segment: str | None = None,
    platforms: bool = False,
    hashed: bool = False,
) -> Touches:
    """Touches of an events table. hashed: `trip` is a 64-bit hash of the user instead of the user (quicker to sort; at
    10^8 users the chance that any two are taken for one is 1 in 4,000)."""
    engine = events.engine
    for name in shape.conversion:
        if name not in events.facts["events"]:
            raise UserError(
                _("no event is called '{name}', so no journey converts", name=name),
                events.facts["label"],
                did_you_mean(name, events.facts["events"]),
            )
    where = None
    if segment is not None:
        if segment not in events.facts["segments"]:
            raise UserError(
                _("no segment is called '{segment}'", segment=segment),
                events.facts["label"],
                did_you_mean(segment, events.facts["segments"]),
            )
        where = journey_sql.named("segment", [segment])
    channel = journey_sql.platform("channel") if platforms else "channel"
    touch = journey_sql.named("event", shape.touch) + (f" AND {where}" if where else "")
    plain = (
        segment is None and not platforms and events.facts.get("table") == events.table
    )  # not some part of what was opened
    names, channel = engine.numbered(
        channel, f"{events.table} WHERE {touch}", tuple(events.facts["channels"]) if plain else None
    )
    closes = journey_sql.named("event", shape.conversion) + (f" AND {where}" if where else "")
    if plain:
        conversions = sum(events.facts["events"][name] for name in shape.conversion)
        valued = sum(events.facts["values"][name][0] for name in shape.conversion)
        top = max(events.facts["values"][name][1] for name in shape.conversion)
    else:
        top, conversions, valued = engine.rows(
            f"SELECT max(value), count(*), count(value) FROM {events.table} WHERE {closes}"
        )[0]
    scales = (whole_scale(1.0), whole_scale(top or 0.0))
    # Values are summed on the same scale as later, so that touched and untouched add up to the last bit.
    (total,) = (
        engine.rows(
            f"SELECT {engine.total('COALESCE(value, 0.0)', scales[1])} FROM {events.table} WHERE {closes}"
        )[0]
        if valued
        else (0,)
    )
    user = engine.key("user_id") if hashed else "user_id"
    reading = Reading(events.table, channel, events.bucket(buckets), len(names), user, where)
    sql = journey_sql.touches_of_events(reading, shape)
    whole = shape.nulls and shape.lookback_days is None and not shape.collapse
    steps = journey_sql.steps_of_events(reading, shape) if whole else None
    walk = (
        _walk(events, reading, shape, buckets, scales[1])
        if whole and hashed and shape.back
        else None
    )
    label, notes = events.facts["label"], []
    if conversions and not valued:
        notes.append(
            _(
                "{file}: no {event} carries a value; value is 0 throughout",
                file=label,
                event=" or ".join(shape.conversion),
            )
        )
    elif valued < conversions:
        notes.append(
            _(
                "{file}: {a} of {b} conversions carry no value and count as 0 in value",
                file=label,
                a=f"{conversions - valued:,}",
                b=f"{conversions:,}",
            )
        )
    facts = {key: events.facts[key] for key in ("kind", "label", "rows", "from", "to", "zone")}
    return Touches(
        engine,
        sql,
        steps,
        names,
        True,
        scales,
        None,
        (float(conversions), float(total or 0) / scales[1]),
        facts,
        tuple(notes),
        walk,
    )


def _walk(events: Events, reading: Reading, shape: Shape, buckets: int, scale: float) -> str | None:
    """The walk of events, where this machine's engine reads them and a moment fits in 64 bits."""
    import datetime

    if not isinstance(events.engine, Engine):
        return None
    begin, end = (
        datetime.datetime.fromisoformat(str(events.facts[name])) for name in ("from", "to")
    )
    if ((end - begin) / datetime.timedelta(microseconds=1) + 1) * (reading.end + 1) >= 2**62:
        return None
    return journey_sql.walk_of_events(reading, shape, str(begin), buckets, scale)


def walk_of_paths(
    paths: Paths, shape: Shape, buckets: int, platforms: bool = False, by_path: bool = False
) -> Touches:
    """Chains alone of a path table: its paths are taken apart and counted in one go, by their texts; channels get their
    numbers when little is left."""
    _untimed(paths, shape)
    engine = paths.engine
    if not isinstance(engine, Engine):
        return of_paths(paths, shape, buckets, platforms, by_path)
    facts = {key: paths.facts[key] for key in ("kind", "label", "rows", "paths")}
    coded = engine.known.get(paths.table)
    if coded is not None and buckets == 1:
        texts = [text.strip(cells.BLANKS) for text in coded.names]
        channels = [text.split("/")[0] for text in texts] if platforms else texts
        names = tuple(sorted(set(channels)))
        if coded_walk.fits(len(names), shape.back):
            place = {name: i for i, name in enumerate(names)}
            found = coded_walk.walk(
                coded,
                np.array([place[name] for name in channels]),
                len(names),
                shape.back,
                shape.nulls,
            )
            return Touches(
                engine, "", None, names, True, (1.0, 1.0), None, None, facts, walked=found
            )
    largest = paths.facts["largest"]
    source, bucket = paths.table, engine.bucket("path", buckets) if by_path else "0"
    if buckets > 1 and not by_path:
        journeys, largest = _journeys(paths, shape)
        copies = spread.copies(engine, journeys, buckets)
        source, bucket = journey_sql.spread_paths(journeys, copies), "bucket"
    scales = (whole_scale(max(*largest[::2], 1.0)), whole_scale(largest[1]))
    angled = paths.facts["angled"]
    steps = engine.keep(
        engine.name("steps"),
        journey_sql.walk_of_paths(source, shape, cells.touches_of("path", angled), bucket, scales),
    )

    def channel(column: str) -> str:
        name = cells.touch_name(column, angled)
        return journey_sql.platform(name) if platforms else name

    names, kind = engine.enumerated(channel("channel"), f"{steps} WHERE channel IS NOT NULL")
    places = ", ".join(
        f"{engine.place(channel(name), kind)} AS {name}"
        for name in ("channel", *(f"back_{i}" for i in range(1, shape.back + 1)))
    )
    walk = f"SELECT bucket, {places}, conversions, value, nulls FROM {steps}"
    return Touches(engine, "", None, names, True, scales, None, None, facts, walk=walk)


def of_paths(
    paths: Paths, shape: Shape, buckets: int, platforms: bool = False, by_path: bool = False
) -> Touches:
    """Touches of a path table."""
    _untimed(paths, shape)
    engine = paths.engine
    journeys, largest = _journeys(paths, shape)
    scales = (whole_scale(max(*largest[::2], 1.0)), whole_scale(largest[1]))
    angled = paths.facts["angled"]
    listed, name = cells.touches_of("path", angled), cells.touch_name("name", angled)
    channel = journey_sql.platform(name) if platforms else name
    names, channel = engine.numbered(
        channel, f"(SELECT DISTINCT unnest({listed}) AS name FROM {journeys}) AS listed"
    )
    copies, bucket = None, "0"
    if buckets > 1 and by_path:
        bucket = engine.bucket("path", buckets)
    elif buckets > 1:
        copies = spread.copies(engine, journeys, buckets)
    sql = journey_sql.touches_of_paths(
        journeys, shape, listed, channel, bucket, engine.dialect != "duckdb"
    )
    facts = {key: paths.facts[key] for key in ("kind", "label", "rows", "paths")}
    return Touches(engine, sql, None, names, True, scales, copies, None, facts)


def _untimed(paths: Paths, shape: Shape) -> None:
    if shape.lookback_days is not None:
        raise UserError(
            _("a path table has no times, so lookback cannot be applied"),
            paths.facts["label"],
            _("give an events table, or leave lookback out"),
        )


def _journeys(paths: Paths, shape: Shape) -> tuple[str, tuple[float, float, float]]:
    """A relation (trip, path, conversions, value, nulls) of different paths, numbered in their order, and the largest amounts."""
    engine = paths.engine
    top, many, lost = engine.rows(
        f"SELECT max(value), max(conversions), max(nulls) FROM {paths.table}"
    )[0]
    first = (whole_scale(max(many, lost, 1.0)), whole_scale(top or 0.0))
    journeys = engine.name("journeys")
    engine.keep(
        journeys,
        f"SELECT row_number() OVER (ORDER BY path) AS trip, path, conversions, value, nulls FROM ({journey_sql.distinct_paths(paths.table, shape, engine.amount, first)}) AS added",
    )
    many, top, lost = engine.rows(
        f"SELECT max(conversions), max(value), max(nulls) FROM {journeys}"
    )[0]
    return journeys, (float(many), float(top or 0.0), float(lost))


def whole_scale(largest: float) -> float:
    """The power of two that takes amounts up to `largest` just below 2^62, where a 64-bit whole number ends."""
    return 2.0 ** (61 - math.frexp(largest)[1]) if largest > 0 else 1.0
