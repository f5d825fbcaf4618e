"""Journeys of a path table, in SQL (see `journey_sql`)."""

from __future__ import annotations

from collections.abc import Callable

from optimizer.journeys.journey_sql import JOURNEY, Shape, collapsed, touches_before


def walk_of_paths(
    source: str, shape: Shape, listed: str, bucket: str, scales: tuple[float, float]
) -> str:
    """SQL: the counts that chains need of a relation of paths (path, conversions, value, nulls).
    For DuckDB only.

    Groups of steps: bucket, channel (null at a journey's end), back_1 ..., and the conversions,
    value and nulls of the journeys that took the step, times `scales`. Channels are texts as they
    stand between the '>'.

    Parameters
    ----------
    source
        The relation.
    shape
        What is needed.
    listed, bucket
        SQL of a path's list of touches, and of its bucket, on `path`.
    scales
        Of journeys and of value, see `touches.whole_scale`.
    """
    many, money = scales
    before = [
        f"unnest(list_concat([{', '.join(['NULL'] * i)}], names)) AS {name}"
        for i, name in enumerate(shape.history, 1)
    ]
    nulls = f"CAST(nulls * {many!r} AS BIGINT)" if shape.nulls else "CAST(0 AS BIGINT)"
    backs = ", ".join(shape.history)
    return f"""WITH listed AS (
  SELECT {bucket} AS bucket, {listed} AS names,
         CAST(conversions * {many!r} AS BIGINT) AS conversions,
         CAST(value * {money!r} AS BIGINT) AS value, {nulls} AS nulls
  FROM {source}
), walked AS (
  SELECT bucket, unnest(list_append(names, NULL)) AS channel, {", ".join(before)},
         conversions, value, nulls
  FROM listed
)
SELECT bucket, channel, {backs},
       sum(conversions) AS conversions, sum(value) AS value, sum(nulls) AS nulls
FROM walked WHERE channel IS NOT NULL OR back_1 IS NOT NULL
GROUP BY bucket, channel, {backs}"""


def value_of_copies(path: str, copy: str) -> str:
    """SQL: the value that goes with some of a path's conversions.

    Parameters
    ----------
    path, copy
        Aliases of the relations that hold the path's amounts, and the copy's.
    """
    share = f"{path}.value * ({copy}.conversions / {path}.conversions)"
    return f"CASE WHEN {path}.conversions > 0 THEN {share} ELSE 0.0 END"


def spread_paths(journeys: str, copies: str) -> str:
    """SQL: a relation of paths whose journeys are spread over buckets: path, bucket, conversions,
    value, nulls.

    Parameters
    ----------
    journeys
        Relation (trip, path, conversions, value, nulls).
    copies
        See `resampling.copies`.
    """
    return (
        "(SELECT j.path, s.bucket, s.conversions, s.nulls,"
        f" {value_of_copies('j', 's')} AS value"
        f" FROM {journeys} AS j JOIN {copies} AS s ON j.trip = s.trip) AS copied"
    )


def distinct_paths(
    table: str, shape: Shape, amount: Callable[[str, float], str], scales: tuple[float, float]
) -> str:
    """SQL: one row per different path: path, conversions, value, nulls.

    Parameters
    ----------
    table, shape
        The relation of paths, and what is needed.
    amount, scales
        How to add up, see `Engine.amount`.
    """
    sums = [
        f"{amount(name, scale)} AS {name}"
        for name, scale in (("conversions", scales[0]), ("value", scales[1]))
    ]
    sums.append(f"{amount('nulls', scales[0])} AS nulls" if shape.nulls else "0.0 AS nulls")
    return f"SELECT path, {', '.join(sums)} FROM {table} GROUP BY path"


def touches_of_paths(
    journeys: str, shape: Shape, listed: str, channel: str, bucket: str, portable: bool = False
) -> str:
    """SQL: the relation of touches of a relation of paths (trip, path, conversions, value, nulls).

    Parameters
    ----------
    journeys, shape
        The relation, and what is needed.
    listed
        SQL of a path's list of touches, on `path`.
    channel
        SQL of a touch's channel, on `name`.
    bucket
        SQL of the path's bucket, on `path`.
    portable
        Lists are unfolded in a join, as other databases do it (some count places from 0, so they
        are counted anew).
    """
    kept = "trip, bucket, conversions, value, nulls"
    if portable:
        spread = (
            f"SELECT {kept}, CAST(unfolded.name AS VARCHAR) AS name,"
            " row_number() OVER (PARTITION BY trip ORDER BY unfolded.place) AS pos"
            " FROM listed CROSS JOIN UNNEST(names) WITH ORDINALITY AS unfolded(name, place)"
        )
    else:
        spread = (
            f"SELECT {kept}, unnest(names) AS name, generate_subscripts(names, 1) AS pos,"
            " len(names) AS whole FROM listed"
        )
    whole = "" if portable else ", whole"
    sql = f"""WITH listed AS (
  SELECT trip, {bucket} AS bucket, conversions, value, nulls, {listed} AS names FROM {journeys}
), spread AS (
  {spread}
), named AS (
  SELECT trip, 0 AS part, bucket, conversions, value, nulls, pos, {channel} AS channel{whole}
  FROM spread
)"""
    last, pos, many = "named", "pos", "whole" if whole else "count(*) OVER journey"
    if shape.collapse:
        sql, last = collapsed(sql, last, "pos"), "collapsed"
        pos, many = "row_number() OVER visits", "count(*) OVER journey"
    return f"""{sql}
SELECT trip, part, bucket, channel, CAST(NULL AS TIMESTAMP) AS timestamp,
       conversions, value, nulls, {pos} AS pos, {many} AS n,
       CAST(NULL AS DOUBLE) AS days_to_last{touches_before(shape)}
FROM {last} WINDOW journey AS ({JOURNEY}), visits AS ({JOURNEY} ORDER BY pos)"""
