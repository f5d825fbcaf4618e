"""Journeys in SQL: from events or paths to one relation of touches that all counting reads.

Each function returns the text of a query; nothing is run here. The relation has one row per touch:

    trip, part    the journey (user and number within the user; path number and 0)
    bucket        user bucket (events), 0 for paths: their copies are spread later
    channel       number of the channel, by name
    back_1 ...    the touches before it in the journey, nearest first; null where the journey had not begun
    pos, n        1 for the first touch up to n for the last
    timestamp, days_to_last   null for paths
    conversions, value, nulls   of the journey: how many ended how, and the value of the conversions, on every touch

Journeys of events: a user's touches in order, ties by channel; a conversion comes after the touches of its moment and
closes the journey; what follows the last conversion is a journey without one. Lookback drops touches more than so
many days before the journey's end, which is its conversion, or its last touch where it has none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from optimizer.data.engine import literal

DAY = 86400.0


@dataclass(frozen=True)
class Shape:
    """What the relation of touches must hold.

    back:          how many touches before each touch are needed (the highest Markov order; 0: none)
    lookback_days: drop touches older than this before the journey's end
    collapse:      consecutive touches of one channel are one touch
    nulls:         journeys without a conversion take part
    conversion:    names of the events that close a journey
    touch:         names of the events that are touches
    """

    back: int = 0
    lookback_days: float | None = None
    collapse: bool = False
    nulls: bool = True
    conversion: tuple[str, ...] = ("purchase",)
    touch: tuple[str, ...] = ("touch",)


JOURNEY = "PARTITION BY trip, part"


def named(column: str, names: Sequence[str]) -> str:
    """SQL: column is one of these names."""
    return f"{column} IN ({', '.join(literal(name) for name in names)})" if names else "FALSE"


@dataclass(frozen=True)
class Reading:
    """How an events relation is read. channel, bucket, user: SQL of a touch's channel number, of its user's bucket, of
    what tells users apart. end: the number that stands for a conversion in the place of a channel, above them all, so
    that a conversion comes after the touches of its moment (of two at one moment the dearer comes first, so that the order
    of rows does not matter). where: further SQL on rows, or None."""

    table: str
    channel: str
    bucket: str
    end: int
    user: str = "user_id"
    where: str | None = None

    def marked(self, shape: Shape) -> str:
        """The rows that matter: trip, bucket, timestamp, channel, value."""
        closes = named("event", shape.conversion)
        rows = f"{named('event', shape.touch)} OR {closes}"
        if self.where:
            rows = f"({rows}) AND {self.where}"
        return f"""marked AS (
  SELECT {self.user} AS trip, {self.bucket} AS bucket, timestamp, CASE WHEN {closes} THEN {self.end} ELSE {self.channel} END AS channel,
         CASE WHEN {closes} THEN value END AS value
  FROM {self.table} WHERE {rows}
)"""

    @property
    def visits(self) -> str:
        """A user's events in order."""
        return "PARTITION BY trip ORDER BY timestamp, channel, COALESCE(value, 0.0) DESC"

    @property
    def closes(self) -> str:
        return f"CASE WHEN channel = {self.end} THEN 1 ELSE 0 END"


def touches_of_events(reading: Reading, shape: Shape) -> str:
    """The relation of touches of an events relation."""
    if shape.lookback_days is None and not shape.collapse:
        return _whole_journeys(reading, shape)
    return _cut_journeys(reading, shape)


def steps_of_events(reading: Reading, shape: Shape) -> str:
    """Touches with what came before them and whether their journey ended with them: all that chains need, from one
    sort of the events. Columns: bucket, channel, back_1 ..., is_last, weight (1), conversions, value, nulls (of the
    journey, on its last touch only). Whole journeys with nulls only (no lookback, no collapsing)."""
    end = reading.end
    return f"""WITH {reading.marked(shape)}, followed AS (
  SELECT bucket, channel, lead(channel) OVER visits AS following, lead(value) OVER visits AS gain{_raw_backs(shape)}
  FROM marked WINDOW visits AS ({reading.visits})
)
SELECT bucket, channel{_cut_backs(shape, end)}, following IS NULL OR following = {end} AS is_last, 1 AS weight,
       CASE WHEN following = {end} THEN 1 ELSE 0 END AS conversions, CASE WHEN following = {end} THEN COALESCE(gain, 0.0) ELSE 0.0 END AS value,
       CASE WHEN following IS NULL THEN 1 ELSE 0 END AS nulls
FROM followed WHERE channel < {end}"""


def walk_of_events(reading: Reading, shape: Shape, begin: str, buckets: int, scale: float) -> str:
    """The counts that chains need, from one sort by one number: the moment since `begin` and the channel in one, so that
    moments sort as (timestamp, channel) and the touch before is read off the moment before.

    Groups of events: bucket, channel (`end` for a conversion), back_1 ..., number, value (of conversions, times `scale`).
    For DuckDB only. What came to a channel and neither went on nor converted was lost; nothing need be said of it here.
    """
    closes, several = named("event", shape.conversion), reading.end + 1
    rows = f"{named('event', shape.touch)} OR {closes}"
    if reading.where:
        rows = f"({rows}) AND {reading.where}"
    user = reading.user if buckets == 1 else "hash(CAST(user_id AS VARCHAR))"
    bucket = "0" if buckets == 1 else f"CAST(trip % {buckets} AS INTEGER)"
    raw = "".join(
        f", CAST(lag(moment, {i}) OVER visits % {several} AS INTEGER) AS raw_{i}"
        for i in range(1, shape.back + 1)
    )
    backs = ", ".join(f"back_{i}" for i in range(1, shape.back + 1))
    return f"""WITH marked AS (
  SELECT {user} AS trip, (epoch_us(timestamp) - epoch_us(TIMESTAMP {literal(begin)})) * {several} + CASE WHEN {closes} THEN {reading.end} ELSE {reading.channel} END AS moment,
         CASE WHEN {closes} THEN CAST(COALESCE(value, 0.0) * {scale!r} AS BIGINT) END AS gain
  FROM {reading.table} WHERE {rows}
), followed AS (
  SELECT trip, CAST(moment % {several} AS INTEGER) AS channel, gain{raw}
  FROM marked WINDOW visits AS (PARTITION BY trip ORDER BY moment, gain DESC)
), cut AS (
  SELECT {bucket} AS bucket, channel, gain{_cut_backs(shape, reading.end)} FROM followed
)
SELECT bucket, channel, {backs}, count(*) AS number, sum(gain) AS value FROM cut GROUP BY bucket, channel, {backs}"""


def walk_of_paths(
    source: str, shape: Shape, listed: str, bucket: str, scales: tuple[float, float]
) -> str:
    """The counts that chains need of a relation of paths (path, conversions, value, nulls). For DuckDB only.

    Groups of steps: bucket, channel (null at a journey's end), back_1 ..., and the conversions, value and nulls of the journeys
    that took the step, times `scales`. Channels are texts as they stand between the '>'. listed: SQL of a path's list of
    touches, on `path`.
    """
    many, money = scales
    backs = [f"back_{i}" for i in range(1, shape.back + 1)]
    before = [
        f"unnest(list_concat([{', '.join(['NULL'] * i)}], names)) AS back_{i}"
        for i in range(1, shape.back + 1)
    ]
    nulls = f"CAST(nulls * {many!r} AS BIGINT)" if shape.nulls else "CAST(0 AS BIGINT)"
    return f"""WITH listed AS (
  SELECT {bucket} AS bucket, {listed} AS names, CAST(conversions * {many!r} AS BIGINT) AS conversions, CAST(value * {money!r} AS BIGINT) AS value, {nulls} AS nulls FROM {source}
), walked AS (
  SELECT bucket, unnest(list_append(names, NULL)) AS channel, {", ".join(before)}, conversions, value, nulls FROM listed
)
SELECT bucket, channel, {", ".join(backs)}, sum(conversions) AS conversions, sum(value) AS value, sum(nulls) AS nulls
FROM walked WHERE channel IS NOT NULL OR back_1 IS NOT NULL GROUP BY bucket, channel, {", ".join(backs)}"""


def spread_paths(journeys: str, copies: str) -> str:
    """A relation of paths whose journeys are spread over buckets: path, bucket, conversions, value, nulls."""
    return (
        f"(SELECT j.path, s.bucket, s.conversions, s.nulls, CASE WHEN j.conversions > 0 THEN j.value * (s.conversions / j.conversions) ELSE 0.0 END AS value"
        f" FROM {journeys} AS j JOIN {copies} AS s ON j.trip = s.trip) AS copied"
    )


def _raw_backs(shape: Shape) -> str:
    return "".join(f", lag(channel, {i}) OVER visits AS raw_{i}" for i in range(1, shape.back + 1))


def _cut_backs(shape: Shape, end: int) -> str:
    """A journey's history ends where the journey began: at a conversion, or before the user's first touch."""
    out = []
    for i in range(1, shape.back + 1):
        begun = " AND ".join(f"raw_{j} < {end}" for j in range(1, i + 1))
        out.append(f", CASE WHEN {begun} THEN raw_{i} END AS back_{i}")
    return "".join(out)


def _whole_journeys(reading: Reading, shape: Shape) -> str:
    """Two sorts: by user for the number of the journey and of the row, by journey for everything else."""
    end, closes = reading.end, reading.closes
    kept = f"channel < {end}" + ("" if shape.nulls else " AND conversions = 1")
    return f"""WITH {reading.marked(shape)}, numbered AS (
  SELECT *, row_number() OVER visits AS place, 0 - {closes} + sum({closes}) OVER so_far AS part{_raw_backs(shape)}
  FROM marked WINDOW visits AS ({reading.visits}), so_far AS ({reading.visits} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
), ended AS (
  SELECT *, max({closes}) OVER journey AS conversions, COALESCE(max(value) OVER journey, 0.0) AS gain,
         place - min(place) OVER journey + 1 AS pos, count(*) OVER journey AS rows_in,
         max(CASE WHEN channel < {end} THEN timestamp END) OVER journey AS last_touch
  FROM numbered WINDOW journey AS ({JOURNEY})
)
SELECT trip, part, bucket, channel, timestamp, conversions, gain AS value, 1 - conversions AS nulls,
       pos, rows_in - conversions AS n, {seconds("timestamp", "last_touch")} / {DAY!r} AS days_to_last{_cut_backs(shape, end)}
FROM ended WHERE {kept}"""


def _cut_journeys(reading: Reading, shape: Shape) -> str:
    """The same where touches are left out of journeys: what is kept is numbered afterwards."""
    closes = reading.closes
    sql = f"""WITH {reading.marked(shape)}, numbered AS (
  SELECT *, 0 - {closes} + sum({closes}) OVER so_far AS part
  FROM marked WINDOW so_far AS ({reading.visits} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
), ended AS (
  SELECT *, max({closes}) OVER journey AS conversions, COALESCE(max(value) OVER journey, 0.0) AS gain, max(timestamp) OVER journey AS finish
  FROM numbered WINDOW journey AS ({JOURNEY})
), kept AS (
  SELECT trip, part, bucket, timestamp, channel, conversions, gain AS value, 1 - conversions AS nulls
  FROM ended WHERE channel < {reading.end}"""
    if not shape.nulls:
        sql += " AND conversions = 1"
    if shape.lookback_days is not None:
        sql += f" AND {seconds('timestamp', 'finish')} <= {shape.lookback_days * DAY!r}"
    sql += "\n)"
    last = "kept"
    if shape.collapse:
        sql += """, runs AS (
  SELECT *, lag(channel) OVER (PARTITION BY trip, part ORDER BY timestamp, channel) AS before FROM kept
), collapsed AS (
  SELECT * FROM runs WHERE before IS NULL OR before <> channel
)"""
        last = "collapsed"
    backs = "".join(
        f", lag(channel, {i}) OVER visits AS back_{i}" for i in range(1, shape.back + 1)
    )
    return (
        sql
        + f"""
SELECT trip, part, bucket, channel, timestamp, conversions, value, nulls,
       row_number() OVER visits AS pos, count(*) OVER journey AS n,
       {seconds("timestamp", "max(timestamp) OVER journey")} / {DAY!r} AS days_to_last{backs}
FROM {last} WINDOW journey AS ({JOURNEY}), visits AS ({JOURNEY} ORDER BY timestamp, channel)"""
    )


def seconds(begin: str, end: str) -> str:
    """SQL: seconds from one TIMESTAMP to another, a double."""
    return f"date_diff('microsecond', {begin}, {end}) / 1e6"


def platform(channel: str) -> str:
    """SQL: the channel without its tier."""
    return f"split_part({channel}, '/', 1)"


def distinct_paths(
    table: str, shape: Shape, amount: Callable[[str, float], str], scales: tuple[float, float]
) -> str:
    """One row per different path: path, conversions, value, nulls. amount, scales: how to add up (`Engine.amount`)."""
    sums = [
        f"{amount(name, scale)} AS {name}"
        for name, scale in (("conversions", scales[0]), ("value", scales[1]))
    ]
    sums.append(f"{amount('nulls', scales[0])} AS nulls" if shape.nulls else "0.0 AS nulls")
    return f"SELECT path, {', '.join(sums)} FROM {table} GROUP BY path"


def touches_of_paths(
    journeys: str, shape: Shape, listed: str, channel: str, bucket: str, portable: bool = False
) -> str:
    """The relation of touches of a relation of paths (trip, path, conversions, value, nulls). listed: SQL of a path's
    list of touches, on `path`; channel: SQL of a touch's channel, on `name`; bucket: of the path's bucket, on `path`.
    portable: lists are unfolded in a join, as other databases do it (some count places from 0, so they are counted anew)."""
    kept = "trip, bucket, conversions, value, nulls"
    if portable:
        spread = (
            f"SELECT {kept}, CAST(unfolded.name AS VARCHAR) AS name, row_number() OVER (PARTITION BY trip ORDER BY unfolded.place) AS pos"
            " FROM listed CROSS JOIN UNNEST(names) WITH ORDINALITY AS unfolded(name, place)"
        )
    else:
        spread = f"SELECT {kept}, unnest(names) AS name, generate_subscripts(names, 1) AS pos FROM listed"
    sql = f"""WITH listed AS (
  SELECT trip, {bucket} AS bucket, conversions, value, nulls, {listed} AS names FROM {journeys}
), spread AS (
  {spread}
), named AS (
  SELECT trip, 0 AS part, bucket, conversions, value, nulls, pos, {channel} AS channel FROM spread
)"""
    last, pos = "named", "pos"
    if shape.collapse:
        sql += """, runs AS (
  SELECT *, lag(channel) OVER (PARTITION BY trip, part ORDER BY pos) AS before FROM named
), collapsed AS (
  SELECT * FROM runs WHERE before IS NULL OR before <> channel
)"""
        last, pos = "collapsed", "row_number() OVER visits"
    backs = "".join(
        f", lag(channel, {i}) OVER visits AS back_{i}" for i in range(1, shape.back + 1)
    )
    return (
        sql
        + f"""
SELECT trip, part, bucket, channel, CAST(NULL AS TIMESTAMP) AS timestamp, conversions, value, nulls,
       {pos} AS pos, count(*) OVER journey AS n, CAST(NULL AS DOUBLE) AS days_to_last{backs}
FROM {last} WINDOW journey AS ({JOURNEY}), visits AS ({JOURNEY} ORDER BY pos)"""
    )


def described(touches: str, weights: Mapping[str, str], is_direct: str | None) -> str:
    """The touches with one column `share_i` per weight expression, each touch's part of its journey.

    touches: what stands after FROM; is_direct: SQL written on `channel`, None where no channel is. The expressions may use pos, n, repeats,
    distinct_channels, days_to_last, is_direct, last_named, and `OVER journey`. Only what they mention is computed.
    """
    text = " ".join(weights.values())
    added, summed = [], []
    if "is_direct" in text or "last_named" in text:
        added.append(f"{is_direct or 'FALSE'} AS is_direct")
    if "last_named" in text:
        added.append(
            f"max(CASE WHEN {is_direct} THEN NULL ELSE pos END) OVER journey AS last_named"
            if is_direct
            else "n AS last_named"
        )
    if "repeats" in text or "distinct_channels" in text:
        added.append("count(*) OVER (PARTITION BY trip, part, channel) AS repeats")
    if "distinct_channels" in text:
        summed.append(
            "CAST(round(sum(1.0 / repeats) OVER journey) AS INTEGER) AS distinct_channels"
        )
    sql = (
        f"SELECT *, {', '.join(added)} FROM {touches} WINDOW journey AS ({JOURNEY})"
        if added
        else f"SELECT * FROM {touches}"
    )
    if summed:
        sql = (
            f"SELECT *, {', '.join(summed)} FROM ({sql}) AS repeated WINDOW journey AS ({JOURNEY})"
        )
    shares = "".join(
        f", {expression} AS share_{i}" for i, expression in enumerate(weights.values())
    )
    # Ordered, so that a sum over the journey is added up the same way every time.
    journey = f"{JOURNEY} ORDER BY pos ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING"
    return (
        f"SELECT *{shares} FROM ({sql}) AS described WINDOW journey AS ({journey})"
        if shares
        else sql
    )
