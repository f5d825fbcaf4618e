"""Journeys of an events relation, in SQL (see `journey_sql`)."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.data.engine import literal
from optimizer.journeys.journey_sql import (
    DAY,
    JOURNEY,
    Shape,
    collapsed,
    named,
    seconds,
    touches_before,
)
from optimizer.journeys.tie_orders import Ties, in_every_order


@dataclass(frozen=True)
class EventsRelation:
    """How an events relation is read.

    Parameters
    ----------
    table
        What stands after FROM.
    channel, bucket, user
        SQL of a touch's channel number, of its user's bucket, of what tells users apart.
    end
        The number that stands for a conversion in the place of a channel, above them all, so that
        a conversion comes after the touches of its moment (of two at one moment the dearer comes
        first, so that the order of rows does not matter).
    where
        Further SQL on rows, or None.
    when
        SQL of the moment that orders rows: an instant.
    """

    table: str
    channel: str
    bucket: str
    end: int
    user: str = "user_id"
    where: str | None = None
    when: str = "timestamp"

    def rows(self, shape: Shape) -> str:
        """SQL: a row matters, being a touch or a conversion."""
        wanted = f"{named('event', shape.touch)} OR {named('event', shape.conversion)}"
        return f"({wanted}) AND {self.where}" if self.where else wanted

    def marked(self, shape: Shape) -> str:
        """SQL: the rows that matter, as `marked`: trip, bucket, timestamp, channel, value.

        Parameters
        ----------
        shape
            Says which events are touches and which conversions.

        Returns
        -------
        str
            One common table expression, to stand in a WITH clause.
        """
        closes = named("event", shape.conversion)
        return f"""marked AS (
  SELECT {self.user} AS trip, {self.bucket} AS bucket, {self.when} AS timestamp,
         CASE WHEN {closes} THEN {self.end} ELSE {self.channel} END AS channel,
         CASE WHEN {closes} THEN value END AS value
  FROM {self.table} WHERE {self.rows(shape)}
)"""

    @property
    def visits(self) -> str:
        """SQL: a user's events in order, as a window."""
        return "PARTITION BY trip ORDER BY timestamp, channel, COALESCE(value, 0.0) DESC"

    @property
    def closes(self) -> str:
        """SQL: 1 where a row of `marked` closes a journey, 0 elsewhere."""
        return f"CASE WHEN channel = {self.end} THEN 1 ELSE 0 END"


def touches_of_events(relation: EventsRelation, shape: Shape, ties: Ties | None = None) -> str:
    """SQL: the relation of touches of an events relation.

    Parameters
    ----------
    relation, shape
        What is read, and what is needed.
    ties
        How touches of one moment are told; None: there are none, or their names order them.
    """
    if shape.lookback_days is None and not (shape.collapse or shape.reuse or ties):
        return _whole_journeys(relation, shape)
    return _cut_journeys(relation, shape, ties)


def steps_of_events(relation: EventsRelation, shape: Shape) -> str:
    """SQL: touches with what came before them and whether their journey ended with them.

    All that chains need, from one sort of the events. Columns: bucket, channel, back_1 ...,
    is_last, weight (1), conversions, value, nulls (of the journey, on its last touch only). Whole
    journeys with nulls only (no lookback, no collapsing).

    Parameters
    ----------
    relation, shape
        What is read, and what is needed.
    """
    end = relation.end
    return f"""WITH {relation.marked(shape)}, followed AS (
  SELECT bucket, channel, lead(channel) OVER visits AS following,
         lead(value) OVER visits AS gain{_raw_backs(shape)}
  FROM marked WINDOW visits AS ({relation.visits})
)
SELECT bucket, channel{_cut_backs(shape, end)},
       following IS NULL OR following = {end} AS is_last, 1 AS weight,
       CASE WHEN following = {end} THEN 1 ELSE 0 END AS conversions,
       CASE WHEN following = {end} THEN COALESCE(gain, 0.0) ELSE 0.0 END AS value,
       CASE WHEN following IS NULL THEN 1 ELSE 0 END AS nulls
FROM followed WHERE channel < {end}"""


def walk_of_events(relation: EventsRelation, shape: Shape, begin: str, scale: float) -> str:
    """SQL: the counts that chains need, from one sort by one number. For DuckDB only.

    The moment since `begin` and the channel in one, so that moments sort as (timestamp, channel)
    and the touch before is read off the moment before. Groups of events: bucket, channel (`end`
    for a conversion), back_1 ..., number, value (of conversions, times `scale`). What came to a
    channel and neither went on nor converted was lost; nothing need be said of it here.

    Parameters
    ----------
    relation, shape
        What is read, and what is needed.
    begin
        A timestamp no later than any event.
    scale
        Of values, see `touches.whole_scale`.
    """
    closes, several = named("event", shape.conversion), relation.end + 1
    raw = "".join(
        f", CAST(lag(moment, {i}) OVER visits % {several} AS INTEGER) AS raw_{i}"
        for i in range(1, shape.back + 1)
    )
    backs = ", ".join(shape.history)
    return f"""WITH marked AS (
  SELECT {relation.user} AS trip, {relation.bucket} AS bucket,
         (epoch_us(timestamp) - epoch_us(TIMESTAMP {literal(begin)})) * {several}
         + CASE WHEN {closes} THEN {relation.end} ELSE {relation.channel} END AS moment,
         CASE WHEN {closes} THEN CAST(COALESCE(value, 0.0) * {scale!r} AS BIGINT) END AS gain
  FROM {relation.table} WHERE {relation.rows(shape)}
), followed AS (
  SELECT bucket, CAST(moment % {several} AS INTEGER) AS channel, gain{raw}
  FROM marked WINDOW visits AS (PARTITION BY trip ORDER BY moment, gain DESC)
), cut AS (
  SELECT bucket, channel, gain{_cut_backs(shape, relation.end)} FROM followed
)
SELECT bucket, channel, {backs}, count(*) AS number, sum(gain) AS value
FROM cut GROUP BY bucket, channel, {backs}"""


def _raw_backs(shape: Shape) -> str:
    """SQL: the events before, whether they belong to the journey or not; each with a comma before
    it.
    """
    return "".join(f", lag(channel, {i}) OVER visits AS raw_{i}" for i in range(1, shape.back + 1))


def _cut_backs(shape: Shape, end: int) -> str:
    """SQL: a journey's history ends where the journey began: at a conversion, or before the user's
    first touch.
    """
    out = []
    for i in range(1, shape.back + 1):
        begun = " AND ".join(f"raw_{j} < {end}" for j in range(1, i + 1))
        out.append(f", CASE WHEN {begun} THEN raw_{i} END AS back_{i}")
    return "".join(out)


def _so_far(relation: EventsRelation) -> str:
    """SQL: a user's events up to each one, as a window."""
    return f"{relation.visits} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"


def _whole_journeys(relation: EventsRelation, shape: Shape) -> str:
    """SQL, two sorts: by user for the number of the journey and of the row, by journey for
    everything else.
    """
    end, closes = relation.end, relation.closes
    kept = f"channel < {end}" + ("" if shape.nulls else " AND conversions = 1")
    return f"""WITH {relation.marked(shape)}, numbered AS (
  SELECT *, row_number() OVER visits AS place,
         0 - {closes} + sum({closes}) OVER so_far AS part{_raw_backs(shape)}
  FROM marked WINDOW visits AS ({relation.visits}), so_far AS ({_so_far(relation)})
), ended AS (
  SELECT *, max({closes}) OVER journey AS conversions,
         COALESCE(max(value) OVER journey, 0.0) AS gain,
         place - min(place) OVER journey + 1 AS pos, count(*) OVER journey AS rows_in,
         max(CASE WHEN channel < {end} THEN timestamp END) OVER journey AS last_touch
  FROM numbered WINDOW journey AS ({JOURNEY})
)
SELECT trip, part, bucket, channel, timestamp, conversions, gain AS value, 1 - conversions AS nulls,
       pos, rows_in - conversions AS n,
       {seconds("timestamp", "last_touch")} / {DAY!r} AS days_to_last{_cut_backs(shape, end)}
FROM ended WHERE {kept}"""


def _cut_journeys(relation: EventsRelation, shape: Shape, ties: Ties | None) -> str:
    """SQL: the same where touches are left out of journeys, or stand in several: what is kept is
    numbered afterwards.
    """
    sql = _reused(relation, shape) if shape.reuse else _closed(relation, shape)
    last, order = "kept", "timestamp, channel"
    if ties is not None:
        sql, last, order = in_every_order(sql, last, ties), "ordered", "timestamp, place, channel"
    if shape.collapse:
        sql, last = collapsed(sql, last, order), "collapsed"
    to_last = seconds("timestamp", "max(timestamp) OVER journey")
    return f"""{sql}
SELECT trip, part, bucket, channel, timestamp, conversions, value, nulls,
       row_number() OVER visits AS pos, count(*) OVER journey AS n,
       {to_last} / {DAY!r} AS days_to_last{touches_before(shape)}
FROM {last} WINDOW journey AS ({JOURNEY}), visits AS ({JOURNEY} ORDER BY {order})"""


def _reused(relation: EventsRelation, shape: Shape) -> str:
    """SQL: a WITH clause that ends in `kept`: each conversion with all the touches before it, and
    the touches after a user's last conversion.
    """
    end, lookback = relation.end, ""
    if shape.lookback_days is not None:
        lookback = f" AND {seconds('m.timestamp', 'b.finish')} <= {shape.lookback_days * DAY!r}"
    sql = f"""WITH {relation.marked(shape)}, bought AS (
  SELECT trip, timestamp AS finish, COALESCE(value, 0.0) AS gain,
         row_number() OVER (PARTITION BY trip ORDER BY timestamp, COALESCE(value, 0.0) DESC) - 1
           AS part
  FROM marked WHERE channel = {end}
), credited AS (
  SELECT m.trip, b.part, m.bucket, m.timestamp, m.channel, 1 AS conversions, b.gain AS value,
         0 AS nulls
  FROM marked AS m JOIN bought AS b ON m.trip = b.trip AND m.timestamp <= b.finish{lookback}
  WHERE m.channel < {end}
)"""
    if not shape.nulls:
        return f"{sql}, kept AS (SELECT * FROM credited)"
    recent = ""
    if shape.lookback_days is not None:
        recent = f" WHERE {seconds('timestamp', 'finish')} <= {shape.lookback_days * DAY!r}"
    return f"""{sql}, latest AS (
  SELECT trip, max(finish) AS finish, count(*) AS bought FROM bought GROUP BY trip
), after AS (
  SELECT m.trip, COALESCE(l.bought, 0) AS part, m.bucket, m.timestamp, m.channel,
         max(m.timestamp) OVER (PARTITION BY m.trip) AS finish
  FROM marked AS m LEFT JOIN latest AS l ON m.trip = l.trip
  WHERE m.channel < {end} AND (l.finish IS NULL OR m.timestamp > l.finish)
), kept AS (
  SELECT * FROM credited UNION ALL
  SELECT trip, part, bucket, timestamp, channel, 0 AS conversions, 0.0 AS value, 1 AS nulls
  FROM after{recent}
)"""


def _closed(relation: EventsRelation, shape: Shape) -> str:
    """SQL: a WITH clause that ends in `kept`: the touches of the journeys that conversions close."""
    closes = relation.closes
    sql = f"""WITH {relation.marked(shape)}, numbered AS (
  SELECT *, 0 - {closes} + sum({closes}) OVER so_far AS part
  FROM marked WINDOW so_far AS ({_so_far(relation)})
), ended AS (
  SELECT *, max({closes}) OVER journey AS conversions,
         COALESCE(max(value) OVER journey, 0.0) AS gain, max(timestamp) OVER journey AS finish
  FROM numbered WINDOW journey AS ({JOURNEY})
), kept AS (
  SELECT trip, part, bucket, timestamp, channel,
         conversions, gain AS value, 1 - conversions AS nulls
  FROM ended WHERE channel < {relation.end}"""
    if not shape.nulls:
        sql += " AND conversions = 1"
    if shape.lookback_days is not None:
        sql += f" AND {seconds('timestamp', 'finish')} <= {shape.lookback_days * DAY!r}"
    return sql + "\n)"
