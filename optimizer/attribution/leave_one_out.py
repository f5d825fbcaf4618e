"""What `fractribution` is computed from: converting paths, the same paths without one touch, and how each ended by bucket.

The engine aggregates; what comes out is one row per different path that converted (or is such a path less one touch) and
bucket, never a journey.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimizer.attribution.family import Options
from optimizer.attribution.relation import Relation
from optimizer.data.engine import Engine
from optimizer.data.tables import Paths
from optimizer.errors import UserError
from optimizer.journeys import journey_sql, prepare
from optimizer.messages import _

Array = NDArray[np.float64]
Index = NDArray[np.int64]
BLOCK = 1 << 23


@dataclass(frozen=True)
class Steps:
    """T touches of the converting paths, path by path; P paths.

    path, without: the path of a touch, and the path that is left without it (-1: nobody took that one)
    channel, last: the touch's channel, whether it is the path's last; alone: whether it is the only one
    begin:         where each converting path begins among the touches
    conversions, value, nulls: buckets x P, sparse
    """

    channels: tuple[str, ...]
    totals: tuple[float, float]
    path: Index
    without: Index
    channel: Index
    last: NDArray[np.bool_]
    alone: NDArray[np.bool_]
    begin: Index
    conversions: Any
    value: Any
    nulls: Any


def taken_apart(opened: Any, options: Options, buckets: int) -> Steps:
    """The paths of a source under these options. Raises `UserError` where the source is not on this machine."""
    shape = journey_sql.Shape(
        0, options.lookback_days, options.collapse, options.nulls, options.conversion
    )
    if isinstance(opened, Paths):
        touches = prepare.of_paths(opened, shape, buckets, options.platforms)
    else:
        touches = prepare.of_events(
            opened, shape, buckets, options.segment, options.platforms, hashed=True
        )
    here = Relation(touches.engine, touches.sql, touches.names, touches.scales)
    here.local("listing different paths")
    engine: Engine = touches.engine
    journeys = (
        f"SELECT list(channel ORDER BY pos) AS path, trip, min(bucket) AS bucket, max(conversions) AS conversions, max(value) AS value, max(nulls) AS nulls"
        f" FROM ({touches.sql}) AS t GROUP BY trip, part"
    )
    if touches.copies is not None:
        journeys = (
            f"SELECT j.path, s.bucket, s.conversions, CASE WHEN j.conversions > 0 THEN j.value * (s.conversions / j.conversions) ELSE 0.0 END AS value, s.nulls"
            f" FROM ({journeys}) AS j JOIN {touches.copies} AS s ON j.trip = s.trip"
        )
    taken = engine.keep(
        engine.name("taken"),
        (
            f"SELECT path, bucket, {here.total('conversions')} AS conversions, {here.total('value', True)} AS value, {here.total('nulls')} AS nulls"
            f" FROM ({journeys}) AS j GROUP BY path, bucket"
        ),
    )
    known = engine.keep(
        engine.name("known"),
        (
            f"SELECT path, row_number() OVER (ORDER BY path) - 1 AS place, sum(conversions) > 0 AS converts FROM {taken} GROUP BY path"
        ),
    )
    steps = engine.columns(f"""WITH steps AS (
  SELECT path, place, len(path) AS n, unnest(range(1, len(path) + 1)) AS pos FROM {known} WHERE converts
)
SELECT s.place, s.pos, s.n, list_extract(s.path, s.pos) AS channel, COALESCE(r.place, -1) AS without
FROM steps AS s LEFT JOIN {known} AS r ON r.path = list_concat(list_slice(s.path, 1, s.pos - 1), list_slice(s.path, s.pos + 1, s.n))
ORDER BY s.place, s.pos""")
    place, pos, n, channel, without = (
        np.asarray(steps[name], dtype=np.int64)
        for name in ("place", "pos", "n", "channel", "without")
    )
    rows = engine.columns(
        f"SELECT k.place, t.bucket, t.conversions, t.value, t.nulls FROM {taken} AS t JOIN {known} AS k ON t.path = k.path ORDER BY k.place, t.bucket"
    )
    for name in (taken, known):
        engine.run(f"DROP TABLE {name}")
    import scipy.sparse as sp

    size = int(np.asarray(rows["place"]).max(initial=-1)) + 1
    at = np.asarray(rows["bucket"], dtype=np.int64), np.asarray(rows["place"], dtype=np.int64)
    ends = [
        sp.csr_matrix((np.asarray(rows[name], dtype=np.float64), at), shape=(buckets, size))
        for name in ("conversions", "value", "nulls")
    ]
    return Steps(
        touches.names,
        (float(ends[0].sum()), float(ends[1].sum())),
        place,
        without,
        channel,
        pos == n,
        n == 1,
        np.flatnonzero(pos == 1),
        ends[0],
        ends[1],
        ends[2],
    )


def replicated(paths: Steps, draws: Array) -> tuple[Array, Array]:
    """Credit in conversions and value, R x C each. draws: R x buckets."""
    size, channels = len(paths.path), len(paths.channels)
    out = np.zeros((len(draws), channels)), np.zeros((len(draws), channels))
    if not size:
        return out
    if size > 5_000_000 and len(draws) > 1:
        raise UserError(
            _(
                "the converting paths have {size} touches: too many different ones for "
                "intervals of fractribution",
                size=f"{size:,}",
            ),
            fix=_("ask for this model without intervals, or roll tiers up (platforms)"),
        )
    import scipy.sparse as sp

    owner = sp.csr_matrix((np.ones(size), (np.arange(size), paths.channel)), shape=(size, channels))
    lengths = np.diff(np.append(paths.begin, size))
    block = max(1, BLOCK // size)
    for i in range(0, len(draws), block):
        won, worth, lost = (
            np.asarray(draws[i : i + block] @ part)
            for part in (paths.conversions, paths.value, paths.nulls)
        )
        rate = np.divide(won, won + lost, out=np.zeros_like(won), where=won + lost > 0)
        less = np.where(paths.without >= 0, rate[:, np.maximum(paths.without, 0)], 0.0)
        gain = np.where(
            paths.alone, rate[:, paths.path], np.maximum(rate[:, paths.path] - less, 0.0)
        )
        whole = np.repeat(np.add.reduceat(gain, paths.begin, axis=1), lengths, axis=1)
        share = np.where(whole > 0, gain / np.where(whole > 0, whole, 1.0), paths.last)
        for target, amount in zip(out, (won, worth), strict=True):
            target[i : i + block] = (share * amount[:, paths.path]) @ owner
    return out
