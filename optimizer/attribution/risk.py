"""Who might have bought, and who did: purchases after each history of touches, among all who were
as likely to buy if channels did nothing.

Events: whoever was touched is at risk of a purchase until the next touch or the end of the data. A
purchase is compared with everybody who had waited as long since a touch of the same period, after
as many touches, the remembered ones spread over about as much time, and had neither bought nor been
touched again (the log-rank test, stratified; Kalbfleisch & Prentice 2002, ch. 4). So the calendar,
the season, the number of touches and the cut at the end of the data are no signal. Each user counts
once, up to the first purchase.

Path tables have no dates: there, journeys of the same length are compared by how they ended.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.attribution.lengths import length_class
from optimizer.attribution.options import Options
from optimizer.attribution.sequences import numbers_of
from optimizer.attribution.touches import touch_shares
from optimizer.data.engine import Engine
from optimizer.data.tables import Events, Paths
from optimizer.journeys.events_sql import EventsRelation
from optimizer.journeys.journey_sql import DAY, Shape, named, platform, seconds

Array = NDArray[np.float64]
Index = NDArray[np.int64]

PERIODS, TOUCHES_PER_PERIOD = 2000, 60  # at most; at least
SPREADS = (DAY, 7 * DAY)  # seconds between the remembered touches that are told apart
GROUPS = 60  # histories told apart, the most frequent; all others are one
MOST_TOUCHES = 2_000_000  # more are sampled by user


@dataclass(frozen=True)
class AtRisk:
    """Sets of people of whom some bought, S, by what they remember, G.

    Parameters
    ----------
    sizes
        S x G, people of each history in each set.
    bought
        S x G, how many of them bought.
    """

    sizes: Array
    bought: Array


def at_risk(opened: Events | Paths, options: Options, most: int) -> dict[int, AtRisk]:
    """The sets compared, for histories of 1 to `most` touches.

    Parameters
    ----------
    opened
        Events or paths on this machine.
    options
        What counts as a touch and as a conversion.
    most
        The longest history.
    """
    if isinstance(opened, Paths):
        return _of_paths(opened, options, most)
    return _of_events(opened, options, most)


def _of_paths(opened: Paths, options: Options, most: int) -> dict[int, AtRisk]:
    touches = touch_shares(opened, options, {})
    keys = ["channel", *(f"back_{i}" for i in range(1, most))]
    lags = "".join(f", lag(channel, {i}) OVER journey AS back_{i}" for i in range(1, most))
    found = touches.engine.columns(
        f"SELECT of_length, {', '.join(keys)}, {touches.total('conversions')} AS won,"
        f" {touches.total('nulls')} AS lost"
        f" FROM (SELECT *, {length_class('n')} AS of_length{lags} FROM ({touches.sql}) AS t"
        " WINDOW journey AS (PARTITION BY trip, part ORDER BY pos)) AS h"
        f" WHERE pos = n GROUP BY of_length, {', '.join(keys)}"
        f" ORDER BY of_length, {', '.join(keys)}"
    )
    won, lost = (np.asarray(found[key], dtype=float) for key in ("won", "lost"))
    _, length = np.unique(np.asarray(found["of_length"], np.int64), return_inverse=True)
    history = np.column_stack([numbers_of(found[key]) for key in keys])
    out = {}
    for order in range(1, most + 1):
        group = _frequent(history[:, :order], won + lost)
        shape = int(length.max(initial=-1)) + 1, int(group.max(initial=-1)) + 1
        sizes, bought = np.zeros(shape), np.zeros(shape)
        np.add.at(sizes, (length, group), won + lost)
        np.add.at(bought, (length, group), won)
        out[order] = AtRisk(sizes, bought)
    return out


def _of_events(opened: Events, options: Options, most: int) -> dict[int, AtRisk]:
    engine = opened.engine
    if not isinstance(engine, Engine):
        raise TypeError("events in a database are not tested for a signal")
    told = engine.keep(engine.name("at_risk"), _waiting(opened, options, most))
    (many,) = engine.rows(f"SELECT count(*) FROM {told}")[0]
    periods = int(np.clip(many // TOUCHES_PER_PERIOD, 1, PERIODS))
    shares = [i / periods for i in range(1, periods)]
    edges = engine.rows(f"SELECT quantile_disc(began, {shares!r}) FROM {told}")[0][0] or []
    found = engine.columns(
        f"SELECT * FROM {told} WHERE hash(trip) % {1 + many // MOST_TOUCHES} = 0 ORDER BY ALL"
    )
    period = np.searchsorted(np.asarray(edges, dtype=np.int64), found["began"], side="right")
    keys = ["channel", *(f"back_{i}" for i in range(1, most))]
    history = np.column_stack([numbers_of(found[key]) for key in keys])
    waited, buys = np.asarray(found["waited"], np.int64), np.asarray(found["buys"], bool)
    out = {}
    for order in range(1, most + 1):
        spread = numbers_of(found[f"spread_{order - 1}"]) if order > 1 else np.zeros_like(period)
        like = np.column_stack([period, np.asarray(found["so_far"], np.int64), spread])
        _, stratum = np.unique(like, axis=0, return_inverse=True)
        group = _frequent(history[:, :order], np.ones(len(history)))
        out[order] = _sets(stratum.ravel(), waited, group, buys)
    return out


def _waiting(opened: Events, options: Options, most: int) -> str:
    """SQL: every touch up to a user's first purchase: trip, began and waited (microseconds: the
    moment, and the time until the next touch, the purchase or the end of the data), buys, so_far
    (class of the touches up to here), channel, back_1 ..., spread_1 ... (class of the time since
    the touch so many before).

    Touches of one moment stand in an order drawn by user and channel.
    """
    engine, shape = opened.engine, Shape(conversion=options.conversion, touch=options.touch)
    where = None if options.segment is None else named("segment", [options.segment])
    name = platform("channel") if options.platforms else "channel"
    touched = named("event", shape.touch) + (f" AND {where}" if where else "")
    names, channel = engine.numbered(name, f"{opened.table} WHERE {touched}")
    when, end = opened.moment, len(names)
    relation = EventsRelation(opened.table, channel, "0", end, where=where, when=when)
    until = f"(SELECT max({when}) FROM {opened.table})"
    backs = "".join(
        f", lag(channel, {i}) OVER visits AS back_{i}, lag(timestamp, {i}) OVER visits AS at_{i}"
        for i in range(1, most)
    )
    spreads = "".join(f", back_{i}, {_spread(f'at_{i}')} AS spread_{i}" for i in range(1, most))
    visits = f"PARTITION BY trip ORDER BY timestamp, channel = {end}, hash(trip, channel)"
    return f"""WITH {relation.marked(shape)}, walked AS (
  SELECT trip, timestamp, channel, lead(channel) OVER visits AS following,
         COALESCE(lead(timestamp) OVER visits, {until}) AS until,
         row_number() OVER visits AS so_far,
         sum({relation.closes}) OVER (visits ROWS UNBOUNDED PRECEDING) AS purchases{backs}
  FROM marked WINDOW visits AS ({visits})
)
SELECT CAST(trip AS VARCHAR) AS trip, epoch_us(timestamp) AS began,
       epoch_us(until) - epoch_us(timestamp) AS waited, COALESCE(following = {end}, FALSE) AS buys,
       {length_class("so_far")} AS so_far, channel{spreads}
FROM walked WHERE channel < {end} AND purchases = 0"""


def _spread(earlier: str) -> str:
    """SQL: the class of the time since an earlier touch; null where there was none."""
    time = seconds(earlier, "timestamp")
    classes = " ".join(f"WHEN {time} <= {edge!r} THEN {i}" for i, edge in enumerate(SPREADS))
    return f"CASE WHEN {earlier} IS NULL THEN NULL {classes} ELSE {len(SPREADS)} END"


def _sets(stratum: Index, waited: Index, group: Index, buys: NDArray[np.bool_]) -> AtRisk:
    """At each purchase, all of its stratum who had waited as long. All N, one row per touch."""
    order = np.lexsort((waited, stratum))
    stratum, waited, group = stratum[order], waited[order], group[order]
    changed = np.append(True, (np.diff(stratum) != 0) | (np.diff(waited) != 0))
    first = np.maximum.accumulate(np.where(changed, np.arange(len(order)), 0))
    last = np.searchsorted(stratum, stratum, side="right")
    at = np.flatnonzero(buys[order])
    begins, place = np.unique(first[at], return_inverse=True)
    groups = int(group.max(initial=-1)) + 1
    sizes, bought = np.zeros((2, len(begins), groups))
    for g in range(groups):
        upto = np.append(0, np.cumsum(group == g))
        sizes[:, g] = upto[last[begins]] - upto[begins]
    np.add.at(bought, (place, group[at]), 1.0)
    return AtRisk(sizes, bought)


def _frequent(history: Index, weight: Array) -> Index:
    """A number per row for its history: the `GROUPS` - 1 most frequent, and one for all others."""
    _, number = np.unique(history, axis=0, return_inverse=True)
    number = number.ravel()
    size = np.bincount(number, weight)
    rank = np.empty(len(size), dtype=np.int64)
    rank[np.argsort(-size, kind="stable")] = np.arange(len(size))
    return np.asarray(np.minimum(rank, GROUPS - 1)[number], dtype=np.int64)
