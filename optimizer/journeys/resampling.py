"""Groups of users for the bootstrap and for held-out folds, drawn by what the users did.

Every user draws a lot: a hash of his journeys (which channels, in which order, how they ended) and
of his number among the users with the same journeys. A row of a path table stands for many
journeys; each is taken for a user of its own, so that the copies of a path are split. So the lots
are as random as drawing, and the same in every run, in any order of rows, whatever users are
called, and whether journeys come as events or as paths. Channels enter by where they stand in
journeys, not by their names (these decide only between channels that stand in the same places).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from optimizer.data.engine import Engine
from optimizer.data.tables import Events
from optimizer.journeys import event_touches
from optimizer.journeys.journey_sql import Shape
from optimizer.journeys.touches import Touches

PLACES = 8  # from the beginning and from the end of a journey that channels are told apart by
DRAWN_ABOVE = 100_000  # journeys of one path


def with_lots(
    events: Events, shape: Shape, segment: str | None = None, platforms: bool = False
) -> Events:
    """The same events, with their users' lots in the column `lot`, by which `Events.bucket` goes.

    Parameters
    ----------
    events
        On this machine; a database's are given back as they are (its buckets go by user id).
    shape, segment, platforms
        What counts as a journey, see `event_touches.of_events`.
    """
    engine = events.engine
    if not isinstance(engine, Engine):
        return events
    key = f"lots of {events.table}, {shape!r}, {segment}, {platforms}"
    if key not in engine.known:
        touches = event_touches.of_events(events, shape, 1, segment, platforms, hashed=True)
        engine.known[key] = engine.keep(engine.name("lots"), _of_users(touches))
    table = engine.define(
        engine.name("resampled"),
        f"SELECT e.*, COALESCE(l.lot, hash(e.user_id)) AS lot FROM {events.table} AS e"
        f" LEFT JOIN {engine.known[key]} AS l ON {engine.key('e.user_id')} = l.trip",
    )
    facts = {**events.facts, "lots": table}
    if facts.get("table") == events.table:
        facts["table"] = table
    return events.over(table, facts)


def copies(engine: Engine, touches: Touches, buckets: int) -> str:
    """Make a relation (trip, bucket, conversions, nulls) that spreads the journeys of paths.

    A fraction of a journey (weights need not be whole) goes where one more journey would. Paths
    with very many journeys draw all their bucket sizes at once (multinomial, seeded by the path),
    which has the same distribution.

    Parameters
    ----------
    engine
        Where the relation will live.
    touches
        Of a path table.
    buckets
        Groups of journeys.

    Returns
    -------
    Its name.
    """
    kinds = engine.keep(engine.name("kinds"), _of_paths(touches))
    numbered = (
        "SELECT trip, amount, converts, kind, preceding,"
        " unnest(range(1, 1 + CAST(ceil(amount) AS BIGINT))) AS copy"
        f" FROM {kinds} WHERE amount <= {DRAWN_ABOVE}"
    )
    parts = [
        f"SELECT trip, converts, {engine.bucket(_lot('kind', 'preceding + copy'), buckets)}"
        f" AS bucket, least(1.0, amount - copy + 1) AS size FROM ({numbered}) AS n"
    ]
    drawn = _drawn(engine, kinds, buckets)
    if drawn:
        parts.append(f"SELECT trip, converts, bucket, size FROM {drawn}")
    return engine.keep(
        engine.name("copies"),
        "SELECT trip, bucket, sum(CASE WHEN converts THEN size ELSE 0.0 END) AS conversions,"
        " sum(CASE WHEN converts THEN 0.0 ELSE size END) AS nulls"
        f" FROM ({' UNION ALL '.join(parts)}) AS every GROUP BY trip, bucket",
    )


def _lot(kind: str, copy: str) -> str:
    """SQL: the lot of a copy of a kind of user."""
    return f"hash(concat({kind}, ':', CAST({copy} AS BIGINT)))"


def _kind(won: str, lost: str) -> str:
    """SQL: a hash of a journey and of how it ended; those of a user are added up."""
    return f"CAST(hash(concat_ws(':', path, {won}, {lost})) AS HUGEINT)"


def _journeys(touches: Touches) -> str:
    """SQL: trip, won, lost, value and path (a hash of the channels in order) of each journey."""
    label = f"list_extract({_labels(touches)!r}, channel + 1)"
    return (
        "SELECT trip, CAST(max(conversions) AS DOUBLE) AS won, CAST(max(nulls) AS DOUBLE) AS lost,"
        f" max(value) AS value, sum(CAST(hash(pos * {len(touches.names)} + {label}) AS HUGEINT))"
        f" AS path FROM ({touches.sql}) AS t GROUP BY trip, part"
    )


def _labels(touches: Touches) -> list[int]:
    """The channels' ranks by where they stand in journeys, and how those end."""
    won, lost = (touches.engine.total(name, touches.scales[0]) for name in ("conversions", "nulls"))
    found = touches.engine.columns(
        f"SELECT channel, least(pos, {PLACES}) AS place, least(n - pos, {PLACES}) AS to_come,"
        f" {won} AS won, {lost} AS lost FROM ({touches.sql}) AS t GROUP BY ALL"
    )
    places: dict[int, list[tuple[float, ...]]] = {}
    for channel, *where, up, down in zip(*(found[name].tolist() for name in found), strict=True):
        amounts = tuple(round(part / touches.scales[0], 6) for part in (up, down))
        if any(amounts):
            places.setdefault(int(channel), []).append((*where, *amounts))
    size = len(touches.names)
    order = sorted(range(size), key=lambda i: (sorted(places.get(i, [])), i))
    return [int(rank) for rank in np.argsort(order)]


def _of_users(touches: Touches) -> str:
    """SQL: trip, lot."""
    return f"""WITH users AS (
  SELECT trip, sum({_kind("won", "lost")}) AS kind, sum(value) AS value
  FROM ({_journeys(touches)}) AS j GROUP BY trip
)
SELECT trip, {_lot("kind", "row_number() OVER (PARTITION BY kind ORDER BY value, trip)")} AS lot
FROM users"""


def _of_paths(touches: Touches) -> str:
    """SQL: trip, amount, converts, kind, and how many of the kind are on the paths before."""
    one, none = "1.0::DOUBLE", "0.0::DOUBLE"
    return f"""WITH journeys AS ({_journeys(touches)}), kinds AS (
  SELECT trip, won AS amount, TRUE AS converts, {_kind(one, none)} AS kind
  FROM journeys WHERE won > 0
  UNION ALL
  SELECT trip, lost, FALSE, {_kind(none, one)} FROM journeys WHERE lost > 0
)
SELECT *, sum(ceil(amount)) OVER (PARTITION BY kind ORDER BY trip) - ceil(amount) AS preceding
FROM kinds"""


def _drawn(engine: Engine, kinds: str, buckets: int) -> str | None:
    """Bucket sizes of paths with very many journeys, drawn at once: a relation's name, None where
    there are none.
    """
    import pyarrow

    rows = engine.rows(
        f"SELECT trip, converts, hash(kind, preceding), amount FROM {kinds}"
        f" WHERE amount > {DRAWN_ABOVE} ORDER BY trip, converts"
    )
    if not rows:
        return None
    sizes = []
    for *_, seed, amount in rows:
        rng = np.random.default_rng(int(seed))
        # 2^53 journeys are beyond any data, but not beyond a test: numpy draws 64-bit numbers.
        drawn = rng.multinomial(int(amount), np.full(buckets, 1.0 / buckets)).astype(float)
        drawn[int(rng.integers(buckets))] += amount - int(amount)
        sizes.append(drawn)
    columns: dict[str, Any] = {
        "trip": np.repeat([row[0] for row in rows], buckets),
        "converts": np.repeat([row[1] for row in rows], buckets),
        "bucket": np.tile(np.arange(buckets, dtype=np.int32), len(rows)),
        "size": np.concatenate(sizes),
    }
    name = engine.name("drawn")
    engine.connection.register(name, pyarrow.table(columns))
    return str(name)
