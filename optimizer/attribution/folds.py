"""Held-out folds: users of an events table, journeys of a path table, by what they are.

A fold is drawn by a hash of a user's journeys and of his number among the users with the same
journeys; each journey of a path table counts as a user of its own, so the copies of a path are
split. The same journeys fall in the same folds whether they come as events or as paths.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from optimizer.attribution.options import Options
from optimizer.attribution.touches import TouchShares, touch_shares
from optimizer.data.engine import Engine
from optimizer.data.tables import Events, Paths

DRAWN = 100_000  # copies of one path whose folds are drawn one by one; further ones are dealt out


def folded_touches(
    opened: Events | Paths, options: Options, shares: Mapping[str, str], folds: int
) -> TouchShares:
    """The touches with a share of the journey per model, and the fold in the column `bucket`.

    Parameters
    ----------
    opened
        Events or paths.
    options
        What counts as a journey.
    shares
        Name -> SQL expression of a touch's share.
    folds
        How many.

    Returns
    -------
    TouchShares
        Computed once and kept, where the source is on this machine. In a database the folds are
        drawn by user alone (of a path table there: by path).
    """
    touches = touch_shares(opened, options, shares, buckets=folds, by_path=True)
    engine = touches.engine
    if not isinstance(engine, Engine):
        return touches
    told = engine.keep(engine.name("told"), touches.sql)
    journeys = (
        "SELECT trip, part, CAST(max(conversions) AS DOUBLE) AS won,"
        " CAST(max(nulls) AS DOUBLE) AS lost,"
        # of a text: hashes of two numbers are mixed so that they cancel out when they are added up
        f" bit_xor(hash(concat(pos, ':', {touches.named()}))) AS path"
        f" FROM {told} GROUP BY trip, part"
    )
    if isinstance(opened, Paths):
        drawn = engine.keep(engine.name("folds"), _of_paths(journeys, folds))
        kept = (
            "SELECT t.* REPLACE (f.fold AS part, f.fold AS bucket, f.conversions AS conversions,"
            f" f.nulls AS nulls) FROM {told} AS t JOIN {drawn} AS f ON t.trip = f.trip"
        )
    else:
        drawn = engine.keep(engine.name("folds"), _of_users(journeys, folds))
        kept = (
            "SELECT t.* REPLACE (f.fold AS bucket)"
            f" FROM {told} AS t JOIN {drawn} AS f ON t.trip = f.trip"
        )
    return replace(touches, sql=f"SELECT * FROM {engine.keep(engine.name('folded'), kept)}")


def _kind(won: str, lost: str, number: str) -> str:
    """SQL: a hash of a journey, of how it ended, and of its number among its user's."""
    return f"hash(concat_ws(':', path, {won}, {lost}, {number}))"


def _fold(folds: int) -> str:
    """SQL: the fold of a copy of a kind."""
    return (
        f"CAST(CASE WHEN copy <= {DRAWN} THEN hash(kind, copy) % {folds}"
        f" ELSE CAST(copy % {folds} AS UBIGINT) END AS INTEGER)"
    )


def _of_users(journeys: str, folds: int) -> str:
    """SQL: trip, fold."""
    return f"""WITH numbered AS (
  SELECT *, row_number() OVER (PARTITION BY trip ORDER BY part) AS number FROM ({journeys}) AS j
), users AS (
  SELECT trip, bit_xor({_kind("won", "lost", "number")}) AS kind
  FROM numbered GROUP BY trip
), copies AS (
  SELECT trip, kind, row_number() OVER (PARTITION BY kind ORDER BY trip) AS copy FROM users
)
SELECT trip, {_fold(folds)} AS fold FROM copies"""


def _of_paths(journeys: str, folds: int) -> str:
    """SQL: trip, fold, conversions, nulls. A part of a journey goes where a whole one would."""
    dealt = f"floor((ceil(amount) - fold) / {folds}) - floor(({DRAWN} - fold) / {folds})"  # how many numbers above DRAWN, up to the amount, leave the rest `fold`
    return f"""WITH kinds AS (
  SELECT trip, won AS amount, TRUE AS converts, {_kind("1.0::DOUBLE", "0.0::DOUBLE", "1")} AS kind
  FROM ({journeys}) AS j WHERE won > 0
  UNION ALL
  SELECT trip, lost, FALSE, {_kind("0.0::DOUBLE", "1.0::DOUBLE", "1")}
  FROM ({journeys}) AS j WHERE lost > 0
), copies AS (
  SELECT trip, amount, converts, kind,
         unnest(range(1, 1 + CAST(least(ceil(amount), {DRAWN}) AS BIGINT))) AS copy FROM kinds
), drawn AS (
  SELECT trip, converts, {_fold(folds)} AS fold,
         CAST(least(1.0, amount - copy + 1) AS DOUBLE) AS size FROM copies
  UNION ALL
  SELECT trip, converts, CAST(fold AS INTEGER), {dealt}
  FROM kinds, range({folds}) AS every(fold) WHERE amount > {DRAWN}
)
SELECT trip, fold, sum(CASE WHEN converts THEN size ELSE 0.0 END) AS conversions,
       sum(CASE WHEN converts THEN 0.0 ELSE size END) AS nulls
FROM drawn GROUP BY trip, fold"""
