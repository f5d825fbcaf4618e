"""Spreading a path's journeys over buckets, so that the bootstrap sees journeys and not paths.

A row of a path table stands for many journeys. Journey number i of a path falls in the bucket that
a hash of (path, i) says: as random as drawing, and the same in every run and in any order of rows.
Paths with very many journeys draw all their bucket sizes at once (multinomial, seeded by the
path), which has the same distribution.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimizer.data.engine import literal

Array = NDArray[np.float64]

DRAWN_ABOVE = 2000  # journeys of one path


def copies(engine: Any, journeys: str, buckets: int) -> str:
    """Make a relation (trip, bucket, conversions, nulls) of a relation of paths.

    A fraction of a journey (weights need not be whole) goes where one more journey would.

    Parameters
    ----------
    engine
        Where the relations live; DuckDB.
    journeys
        Relation (trip, path, conversions, nulls).
    buckets
        Groups of journeys.

    Returns
    -------
    Its name.
    """
    parts = [_hashed(journeys, kind, buckets) for kind in ("conversions", "nulls")]
    drawn = _drawn(engine, journeys, buckets)
    if drawn:
        parts.append(f"SELECT trip, bucket, conversions, nulls FROM {drawn}")
    name = engine.name("copies")
    engine.run(
        f"CREATE TEMP TABLE {name} AS"
        " SELECT trip, bucket, sum(conversions) AS conversions, sum(nulls) AS nulls"
        f" FROM ({' UNION ALL '.join(parts)}) GROUP BY trip, bucket"
    )
    return str(name)


def _hashed(journeys: str, kind: str, buckets: int) -> str:
    """SQL: each journey in the bucket that a hash says, of paths with few journeys. kind:
    conversions | nulls.
    """
    size = "least(1.0, amount - copy)"
    conversions, nulls = (size, "0.0") if kind == "conversions" else ("0.0", size)
    return (
        f"SELECT trip, CAST(hash(path, {literal(kind)}, copy) % {buckets} AS INTEGER) AS bucket,"
        f" {conversions} AS conversions, {nulls} AS nulls"
        f" FROM (SELECT trip, path, {kind} AS amount,"
        f" unnest(range(CAST(ceil({kind}) AS BIGINT))) AS copy"
        f" FROM {journeys} WHERE {kind} > 0 AND {kind} <= {DRAWN_ABOVE})"
    )


def _drawn(engine: Any, journeys: str, buckets: int) -> str | None:
    """Bucket sizes of paths with very many journeys, drawn at once: a relation's name, None where
    there are none.
    """
    import pyarrow

    rows = engine.rows(
        f"SELECT trip, hash(path), conversions, nulls FROM {journeys}"
        f" WHERE conversions > {DRAWN_ABOVE} OR nulls > {DRAWN_ABOVE} ORDER BY trip"
    )
    if not rows:
        return None
    parts: list[tuple[int, Array, Array]] = []
    for trip, seed, conversions, nulls in rows:
        for kind, amount in ((0, conversions), (1, nulls)):
            if amount <= DRAWN_ABOVE:
                continue
            rng = np.random.default_rng([int(seed), kind])
            # 2^53 journeys are beyond any data, but not beyond a test: numpy draws 64-bit numbers.
            drawn = rng.multinomial(int(amount), np.full(buckets, 1.0 / buckets)).astype(float)
            drawn[int(rng.integers(buckets))] += amount - int(amount)
            none = np.zeros(buckets)
            parts.append((trip, drawn, none) if kind == 0 else (trip, none, drawn))
    name = engine.name("drawn")
    table = pyarrow.table(
        {
            "trip": np.repeat([trip for trip, _, _ in parts], buckets),
            "bucket": np.tile(np.arange(buckets, dtype=np.int32), len(parts)),
            "conversions": np.concatenate([part for _, part, _ in parts]),
            "nulls": np.concatenate([part for _, _, part in parts]),
        }
    )
    engine.connection.register(name, table)
    return str(name)
