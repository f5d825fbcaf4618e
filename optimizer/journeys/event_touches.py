"""From an opened events table to a query of touches that is ready to be counted."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from optimizer.data.engine import Engine, literal
from optimizer.data.tables import Events
from optimizer.errors import UserError
from optimizer.journeys import events_sql, journey_sql
from optimizer.journeys.events_sql import EventsRelation
from optimizer.journeys.journey_sql import MOST_ORDERS, Shape
from optimizer.journeys.tie_orders import Ties
from optimizer.journeys.touches import Touches, whole_scale
from optimizer.messages import Message, _, listed
from optimizer.registry import did_you_mean


def of_events(
    events: Events,
    shape: Shape,
    buckets: int,
    segment: str | None = None,
    platforms: bool = False,
    hashed: bool = False,
) -> Touches:
    """Touches of an events table.

    Parameters
    ----------
    events, shape
        What is read, and what is needed.
    buckets
        Groups of users.
    segment
        Only events of this segment; None: all.
    platforms
        Count `xiaohongshu/koc` as `xiaohongshu`.
    hashed
        `trip` is a 64-bit hash of the user instead of the user (quicker to sort; at 10^8 users the
        chance that any two are taken for one is 1 in 4,000).

    Raises
    ------
    UserError
        Where no event, or no segment, is called as asked.
    """
    engine = events.engine
    _known_events(events, shape)
    where = None if segment is None else _of_segment(events, segment)
    also = f" AND {where}" if where else ""
    # not some part of what was opened
    plain = segment is None and not platforms and events.facts.get("table") == events.table
    names, channel = engine.numbered(
        journey_sql.platform("channel") if platforms else "channel",
        f"{events.table} WHERE {journey_sql.named('event', shape.touch)}{also}",
        tuple(events.facts["channels"]) if plain else None,
    )
    closes = journey_sql.named("event", shape.conversion) + also
    totals = _conversions(events, shape, closes, plain)
    user = engine.key("user_id") if hashed else "user_id"
    relation = EventsRelation(
        events.table, channel, events.bucket(buckets), len(names), user, where, events.moment
    )
    moments = _tied_moments(events, relation, shape, platforms) if shape.split else 0
    ties = Ties.budgeted(moments, engine.bucket) if moments else None
    whole = shape.nulls and shape.lookback_days is None and not (shape.collapse or shape.reuse)
    whole = whole and ties is None
    return Touches(
        engine=engine,
        sql=events_sql.touches_of_events(relation, shape, ties),
        names=names,
        scales=totals.scales,
        steps=events_sql.steps_of_events(relation, shape) if whole else None,
        walk=_walk(events, relation, shape, totals.scales[1])
        if whole and hashed and shape.back
        else None,
        whole=(float(totals.conversions), totals.value),
        facts={
            **{key: events.facts[key] for key in ("kind", "label", "rows", "from", "to", "zone")},
            **({"tied_moments": moments} if moments else {}),
        },
        part_of_journey=MOST_ORDERS if ties is not None else 1,
        notes=_value_notes(events.facts["label"], shape, totals),
    )


def _tied_moments(events: Events, relation: EventsRelation, shape: Shape, platforms: bool) -> int:
    """How often a user touched several channels at one moment; found once per relation."""
    where = f"({journey_sql.named('event', shape.touch)})"
    if relation.where:
        where += f" AND {relation.where}"
    key = f"ties of {relation.table}, {platforms}, {relation.when}, {where}"
    known: dict[str, int] = getattr(events.engine, "known", {})
    if key not in known:
        moments = (
            f"SELECT 1 AS tied FROM {relation.table} WHERE {where}"
            f" GROUP BY {events.engine.key('user_id')}, {relation.when}"
            f" HAVING min({relation.channel}) <> max({relation.channel})"
        )
        known[key] = int(events.engine.rows(f"SELECT count(*) FROM ({moments}) AS tied")[0][0])
    return known[key]


def shown(events: Events) -> str:
    """SQL: the time of a touch on the clock of the source, of `timestamp` in the relation of
    touches.
    """
    if events.moment == "timestamp":
        return "timestamp"
    return f"timezone({literal(str(events.facts['zone']))}, timezone('UTC', timestamp))"


def _known_events(events: Events, shape: Shape) -> None:
    """Raise `UserError` where no event is called as a conversion should be."""
    for name in shape.conversion:
        if name not in events.facts["events"]:
            raise UserError(
                _("no event is called '{name}', so no journey converts", name=name),
                events.facts["label"],
                did_you_mean(name, events.facts["events"]),
            )


def _of_segment(events: Events, segment: str) -> str:
    """SQL: a row is of this segment. `UserError` where none is."""
    if segment not in events.facts["segments"]:
        raise UserError(
            _("no segment is called '{segment}'", segment=segment),
            events.facts["label"],
            did_you_mean(segment, events.facts["segments"]),
        )
    return journey_sql.named("segment", [segment])


@dataclass(frozen=True)
class _Conversions:
    """How many conversions there are, how many carry a value, the value of all (currency), and the
    scales on which journeys and values are summed.
    """

    conversions: int
    valued: int
    value: float
    scales: tuple[float, float]


def _conversions(events: Events, shape: Shape, closes: str, plain: bool) -> _Conversions:
    """The conversions of the whole table. closes: SQL of a conversion; plain: the table's facts
    speak of all of it.
    """
    engine = events.engine
    if plain:
        conversions = sum(events.facts["events"][name] for name in shape.conversion)
        valued = sum(events.facts["values"][name][0] for name in shape.conversion)
        top = max(events.facts["values"][name][1] for name in shape.conversion)
    else:
        top, conversions, valued = engine.rows(
            f"SELECT max(value), count(*), count(value) FROM {events.table} WHERE {closes}"
        )[0]
    scales = (whole_scale(1.0), whole_scale(top or 0.0))
    total = 0
    if valued:
        # Summed on the same scale as later, so that touched and untouched add up to the last bit.
        sums = engine.total("COALESCE(value, 0.0)", scales[1])
        ((total,),) = engine.rows(f"SELECT {sums} FROM {events.table} WHERE {closes}")
    return _Conversions(conversions, valued, float(total or 0) / scales[1], scales)


def _value_notes(label: str, shape: Shape, found: _Conversions) -> tuple[Message, ...]:
    """What to say of conversions without a value."""
    if found.conversions and not found.valued:
        return (
            _(
                "{file}: no {event} carries a value; value is 0 throughout",
                file=label,
                event=listed(shape.conversion, "or"),
            ),
        )
    if found.valued < found.conversions:
        return (
            _(
                "{file}: {a} of {b} conversions carry no value and count as 0 in value",
                file=label,
                a=f"{found.conversions - found.valued:,}",
                b=f"{found.conversions:,}",
            ),
        )
    return ()


def _walk(events: Events, relation: EventsRelation, shape: Shape, scale: float) -> str | None:
    """The walk of events, where this machine's engine reads them and a moment fits in 64 bits."""
    if not isinstance(events.engine, Engine) or relation.when != "timestamp":
        return None
    begin, end = (
        datetime.datetime.fromisoformat(str(events.facts[name])) for name in ("from", "to")
    )
    moments = (end - begin) / datetime.timedelta(microseconds=1) + 1
    if moments * (relation.end + 1) >= 2**62:
        return None
    return events_sql.walk_of_events(relation, shape, str(begin), scale)
