"""One pass over the journeys: from an opened source to `Counts`. Rows stay in the data engine.

The touches stream through window functions (`journey_sql`) into one GROUP BY: bucket, channel, the
touches before. All that `Counts` holds are sums of its groups. Sums are taken over whole numbers
(amounts scaled by a power of two and rounded to 62 bits), so they do not depend on the order of
rows or on the number of threads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from optimizer.data.open import open_source
from optimizer.data.tables import Events, Paths
from optimizer.errors import UserError
from optimizer.journeys import event_touches, journey_sql, path_touches
from optimizer.journeys.assemble import assemble, assemble_pairs, assemble_walk
from optimizer.journeys.counts import Counts
from optimizer.journeys.direct import USUAL, direct_channels
from optimizer.journeys.journey_sql import Shape
from optimizer.journeys.paths_sql import value_of_copies
from optimizer.journeys.touches import Touches
from optimizer.messages import _


def count(
    source: Any,
    weights: Mapping[str, str] | None = None,
    orders: Sequence[int] = (1,),
    pairs: bool = False,
    buckets: int = 1,
    lookback_days: float | None = None,
    nulls: bool = True,
    collapse: bool = False,
    direct: Sequence[str] = USUAL,
    conversion: str | Sequence[str] = ("purchase",),
    segment: str | None = None,
    platforms: bool = False,
    longest: bool = False,
    touch: Sequence[str] = ("touch",),
    reuse: bool = False,
    ties: str = "name",
) -> Counts:
    """Count everything the asked models need, in one pass.

    Parameters
    ----------
    source
        Whatever `optimizer.data.open.open_source` takes, or what it returned.
    weights
        Model name -> SQL of a touch's part of its journey, see
        `optimizer.attribution.models.heuristics`.
    orders
        Markov orders to count transitions for.
    pairs
        Count journeys by channel pairs too (a second pass).
    buckets
        Groups of users for the bootstrap; of a path table, groups of journeys.
    lookback_days
        Leave out touches older than this before the journey's end (events only).
    nulls
        Journeys without a conversion take part.
    collapse
        Consecutive touches of one channel count as one.
    direct
        The channels that `is_direct` and `last_named` speak of, see `direct.direct_channels`.
    conversion
        The events that close a journey.
    segment
        Only events of this segment (events only).
    platforms
        Count `xiaohongshu/koc` as `xiaohongshu`.
    longest
        Find `source["longest_path"]`, the touches of the longest journey, repeats in a row taken
        once.
    touch
        The events that are touches.
    reuse
        A conversion takes all touches before it, those of earlier conversions too (events only).
    ties
        Touches of one moment: "name" (in the order of their channels' names) or "split" (each of
        their orders counts evenly).

    Raises
    ------
    UserError
        For what cannot be asked, or not of this source.
    """
    weights, levels = dict(weights or {}), tuple(sorted(set(orders)))
    opened = open_source(source)
    asked = _Asked(buckets, segment, platforms)
    shape = _shape(opened, levels, asked, lookback_days, nulls, collapse, conversion)
    shape = replace(shape, touch=tuple(touch), reuse=reuse, split=ties == "split")
    chains_alone = bool(levels) and not weights
    if chains_alone and isinstance(opened, Paths) and not (collapse or pairs or longest):
        touches = path_touches.walk_of_paths(opened, shape, buckets, platforms)
    else:
        touches = _prepared(opened, shape, asked)
    counts = (_walked(touches, levels, opened, buckets) if chains_alone else None) or assemble(
        touches,
        touches.engine.columns(_query(touches, weights, shape, direct)),
        tuple(weights),
        levels,
        buckets,
        opened.notes,
    )
    if pairs:
        counts = replace(
            counts, pairs=assemble_pairs(touches, touches.engine.columns(_pairs(touches)), buckets)
        )
    if longest:
        counts = replace(counts, source={**counts.source, "longest_path": _longest(touches)})
    return counts


def counting_query(
    opened: Events | Paths,
    weights: Mapping[str, str],
    orders: Sequence[int] = (1,),
    direct: Sequence[str] = USUAL,
    buckets: int = 1,
    lookback_days: float | None = None,
    nulls: bool = True,
    collapse: bool = False,
    conversion: str | Sequence[str] = ("purchase",),
    segment: str | None = None,
    platforms: bool = False,
    reuse: bool = False,
    ties: str = "name",
) -> tuple[str, tuple[str, ...]]:
    """The one query that `count` would run (but for pairs and the longest path).

    Parameters as in `count`, of an opened source.

    Returns
    -------
    SQL, and the channels by number.
    """
    asked = _Asked(buckets, segment, platforms)
    levels = tuple(sorted(set(orders)))
    shape = _shape(opened, levels, asked, lookback_days, nulls, collapse, conversion)
    shape = replace(shape, reuse=reuse, split=ties == "split")
    touches = _prepared(opened, shape, asked)
    return _query(touches, weights, shape, direct), touches.names


@dataclass(frozen=True)
class _Asked:
    """How a source is to be read, see `count`."""

    buckets: int
    segment: str | None
    platforms: bool


def _shape(
    opened: Events | Paths,
    orders: Sequence[int],
    asked: _Asked,
    lookback_days: float | None,
    nulls: bool,
    collapse: bool,
    conversion: str | Sequence[str],
) -> Shape:
    """What the touches must hold. Raises `UserError` for what cannot be asked, or not of a path
    table.
    """
    if min(orders, default=1) < 1:
        raise UserError(_("order is {order}", order=min(orders)), fix=_("write 1 or more"))
    if asked.buckets < 1:
        raise UserError(_("buckets is {buckets}", buckets=asked.buckets), fix=_("write 1 or more"))
    if isinstance(opened, Paths) and asked.segment is not None:
        raise UserError(
            _("a path table has no segments"),
            opened.facts["label"],
            _("leave segment out, or give an events table"),
        )
    return Shape(
        max(orders, default=0),
        lookback_days,
        collapse,
        nulls,
        (conversion,) if isinstance(conversion, str) else tuple(conversion),
    )


def _prepared(opened: Events | Paths, shape: Shape, asked: _Asked) -> Touches:
    """The touches of either kind of source."""
    if isinstance(opened, Events):
        return event_touches.of_events(
            opened, shape, asked.buckets, asked.segment, asked.platforms, hashed=True
        )
    return path_touches.of_paths(opened, shape, asked.buckets, asked.platforms)


def _walked(
    touches: Touches, levels: Sequence[int], opened: Events | Paths, buckets: int
) -> Counts | None:
    """The counts of chains alone, where there is a quicker way to them."""
    found = touches.walked
    if found is None and touches.walk is not None:
        found = touches.engine.columns(touches.walk)
    if found is None:
        return None
    return assemble_walk(touches, found, levels, buckets, opened.notes)


def _query(
    touches: Touches, weights: Mapping[str, str], shape: Shape, direct: Sequence[str]
) -> str:
    """SQL: the groups that `assemble` reads."""
    quick = touches.steps is not None and not weights
    table = str(touches.steps) if quick else _table(touches, weights, shape, direct)
    return _counting(touches, table, len(weights), shape)


def _table(
    touches: Touches, weights: Mapping[str, str], shape: Shape, direct: Sequence[str]
) -> str:
    """SQL: the touches with each model's share, and with their buckets."""
    places = {name: i for i, name in enumerate(touches.names)}
    known = [str(places[name]) for name in direct_channels(touches.names, direct)]
    is_direct = f"channel IN ({', '.join(known)})" if known else None
    sql = journey_sql.described(f"({touches.sql}) AS touches", weights, is_direct)
    columns = ["channel", *shape.history, *(f"share_{i}" for i in range(len(weights)))]
    last = "pos = n AS is_last"
    if touches.copies is None:
        return (
            "SELECT bucket, conversions, value, nulls, conversions + nulls AS weight,"
            f" {last}, {', '.join(columns)} FROM ({sql}) AS t"
        )
    spread = _spread(touches, sql, ["pos", "n", *columns])
    return f"SELECT *, conversions + nulls AS weight, {last} FROM ({spread}) AS t"


def _spread(touches: Touches, sql: str, columns: Sequence[str]) -> str:
    """SQL: each path's touches once per bucket that holds journeys of it."""
    kept = ", ".join(f"t.{column}" for column in columns)
    return (
        f"SELECT {kept}, s.bucket, s.conversions, s.nulls, {value_of_copies('t', 's')} AS value"
        f" FROM ({sql}) AS t JOIN {touches.copies} AS s ON t.trip = s.trip"
    )


def _counting(touches: Touches, table: str, models: int, shape: Shape) -> str:
    """SQL: the one aggregation, by bucket, channel and the touches before it.

    Totals, credit and lower orders are sums of its groups; only where long histories make very
    many groups does credit get a grouping set of its own.
    """
    total, (many, money), history = touches.engine.total, touches.scales, shape.history
    keys = ["bucket", "channel", *history]
    columns = list(keys)
    group = ", ".join(keys)
    if models and len(history) > 1:
        columns.append("GROUPING(back_1) AS without_history")
        group = f"GROUPING SETS ((bucket, channel), ({group}))"
    columns += [
        total("CASE WHEN is_last THEN conversions ELSE 0 END", many) + " AS conversions",
        total("CASE WHEN is_last THEN value ELSE 0 END", money) + " AS value",
        total("CASE WHEN is_last THEN nulls ELSE 0 END", many) + " AS nulls",
        total("weight", many) + " AS moves",
    ]
    for i in range(models):
        columns.append(total(f"share_{i} * conversions", many) + f" AS conversions_{i}")
        columns.append(total(f"share_{i} * value", money) + f" AS value_{i}")
    return f"SELECT {', '.join(columns)} FROM ({table}) AS counted GROUP BY {group}"


def _pairs(touches: Touches) -> str:
    """SQL: journeys by each two of their channels (and each alone): bucket, first, second, and
    sums.
    """
    total, (many, money) = touches.engine.total, touches.scales
    sql = (
        "SELECT trip, part, bucket, channel, max(conversions) AS conversions,"
        f" max(nulls) AS nulls, max(value) AS value FROM ({touches.sql}) AS touches"
        " GROUP BY trip, part, bucket, channel"
    )
    sql = f"SELECT *, count(*) OVER (PARTITION BY trip, part) AS m FROM ({sql}) AS present"
    both = (
        "SELECT a.trip, a.bucket, a.channel AS first, b.channel AS second,"
        " a.m, a.conversions, a.nulls, a.value FROM present AS a JOIN present AS b"
        " ON a.trip = b.trip AND a.part = b.part AND a.channel <= b.channel"
    )
    if touches.copies is not None:
        both = _spread(touches, both, ["first", "second", "m"])
    shared = "CASE WHEN first = second THEN 0.0 ELSE 1.0 / (m - 1) END"
    sums = ", ".join(
        f"{total(expression, scale)} AS {name}"
        for name, expression, scale in (
            ("journeys", "conversions + nulls", many),
            ("conversions", "conversions", many),
            ("value", "value", money),
            ("shared_conversions", f"conversions * ({shared})", many),
            ("shared_value", f"value * ({shared})", money),
        )
    )
    return (
        f"WITH present AS ({sql}) SELECT bucket, first, second, {sums}"
        f" FROM ({both}) AS pairs GROUP BY bucket, first, second"
    )


def _longest(touches: Touches) -> int:
    """Touches of the longest journey, repeats in a row taken once."""
    order = "PARTITION BY trip, part ORDER BY pos"
    sql = (
        f"SELECT trip, part, channel, lag(channel) OVER ({order}) AS before"
        f" FROM ({touches.sql}) AS touches"
    )
    sql = (
        f"SELECT count(*) AS runs FROM ({sql}) AS listed"
        " WHERE before IS NULL OR before <> channel GROUP BY trip, part"
    )
    return int(touches.engine.rows(f"SELECT COALESCE(max(runs), 0) FROM ({sql}) AS counted")[0][0])
