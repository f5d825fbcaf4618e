"""Leave one touch out: converting paths, the same paths without one touch, and how each ended by
bucket.

The engine aggregates; what comes out is one row per different path that converted (or is such a
path less one touch) and bucket, never a journey.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from optimizer.attribution.bootstrap import interval
from optimizer.attribution.credit import Credit
from optimizer.attribution.options import Options
from optimizer.attribution.registry import from_events
from optimizer.attribution.touches import TouchShares, touches_of
from optimizer.data.engine import Engine
from optimizer.data.tables import Events, Paths
from optimizer.errors import UserError
from optimizer.messages import _

if TYPE_CHECKING:
    import scipy.sparse as sp

Array = NDArray[np.float64]
Index = NDArray[np.int64]
BLOCK = 1 << 23
MOST_TOUCHES = 5_000_000  # of different converting paths, with intervals


@from_events(title=_("Fractribution"), paths=True, rank=120)
def fractribution(opened: Events | Paths, options: Options, draws: Array | None) -> Credit:
    """Leave one touch out: what each touch adds to the observed conversion rate of its exact path,
    never below 0.

    The rate of the path without the touch is that of the journeys that took exactly that path (0
    if none did). A path's conversions are divided in proportion; the last touch takes all where no
    touch adds anything. (Google's open-source fractribution.)

    Parameters
    ----------
    opened
        Events or paths, on this machine.
    draws
        R x B bucket weights, or None for no intervals.
    options
        What counts as a journey.
    """
    paths = taken_apart(opened, options, 1 if draws is None else draws.shape[1])
    conversions, value = replicated(paths, np.ones((1, paths.conversions.shape[0])))
    credit = Credit(
        "fractribution", paths.channels, conversions[0], value[0], paths.totals[0], paths.totals[1]
    )
    if draws is None:
        return credit
    replicates, worth = replicated(paths, draws)
    low, high = interval(replicates)
    return replace(credit, draws=replicates, value_draws=worth, low=low, high=high)


@dataclass(frozen=True)
class TouchRemovals:
    """T touches of the converting paths, path by path; P paths.

    Parameters
    ----------
    channels
        C names, sorted.
    totals
        Conversions and value of all paths.
    path, without
        T each: the path of a touch, and the path that is left without it (-1: nobody took that
        one).
    channel, last, alone
        T each: the touch's channel, whether it is the path's last, whether it is the only one.
    begin
        Where each converting path begins among the touches.
    conversions, value, nulls
        Buckets x P, sparse.
    """

    channels: tuple[str, ...]
    totals: tuple[float, float]
    path: Index
    without: Index
    channel: Index
    last: NDArray[np.bool_]
    alone: NDArray[np.bool_]
    begin: Index
    conversions: sp.csr_matrix
    value: sp.csr_matrix
    nulls: sp.csr_matrix


def taken_apart(opened: Events | Paths, options: Options, buckets: int) -> TouchRemovals:
    """The paths of a source under these options.

    Parameters
    ----------
    opened
        Events or paths.
    options
        What counts as a journey.
    buckets
        Groups of users, 1 for no intervals.

    Raises
    ------
    UserError
        Where the source is not on this machine.
    """
    touches = touches_of(opened, options, buckets, hashed=True)
    here = TouchShares(touches.engine, touches.sql, touches.names, touches.scales)
    engine = here.on_this_machine(_("listing different paths needs the events on this machine"))
    taken = engine.keep(engine.name("taken"), _paths_by_bucket(here, touches.copies))
    known = engine.keep(
        engine.name("known"),
        f"SELECT path, row_number() OVER (ORDER BY path) - 1 AS place,"
        f" sum(conversions) > 0 AS converts FROM {taken} GROUP BY path",
    )
    removals = _removals(engine, taken, known, touches.names, buckets)
    for name in (taken, known):
        engine.run(f"DROP TABLE {name}")
    return removals


def _paths_by_bucket(here: TouchShares, copies: str | None) -> str:
    """SQL: path, bucket, conversions, value, nulls; one row per different path and bucket.

    copies: the relation that spreads a path's journeys over buckets, None where they are in one
    each.
    """
    journeys = (
        "SELECT list(channel ORDER BY pos) AS path, trip, min(bucket) AS bucket,"
        " max(conversions) AS conversions, max(value) AS value, max(nulls) AS nulls"
        f" FROM ({here.sql}) AS t GROUP BY trip, part"
    )
    if copies is not None:
        journeys = (
            "SELECT j.path, s.bucket, s.conversions, CASE WHEN j.conversions > 0"
            " THEN j.value * (s.conversions / j.conversions) ELSE 0.0 END AS value, s.nulls"
            f" FROM ({journeys}) AS j JOIN {copies} AS s ON j.trip = s.trip"
        )
    return (
        f"SELECT path, bucket, {here.total('conversions')} AS conversions,"
        f" {here.total('value', True)} AS value, {here.total('nulls')} AS nulls"
        f" FROM ({journeys}) AS j GROUP BY path, bucket"
    )


def _removals(
    engine: Engine, taken: str, known: str, names: tuple[str, ...], buckets: int
) -> TouchRemovals:
    """The touches of converting paths with what is left without each. taken, known: relations."""
    import scipy.sparse as sp

    steps = engine.columns(f"""WITH steps AS (
  SELECT path, place, len(path) AS n, unnest(range(1, len(path) + 1)) AS pos
  FROM {known} WHERE converts
)
SELECT s.place, s.pos, s.n, list_extract(s.path, s.pos) AS channel, COALESCE(r.place, -1) AS without
FROM steps AS s LEFT JOIN {known} AS r
  ON r.path = list_concat(list_slice(s.path, 1, s.pos - 1), list_slice(s.path, s.pos + 1, s.n))
ORDER BY s.place, s.pos""")
    place, pos, n, channel, without = (
        np.asarray(steps[name], dtype=np.int64)
        for name in ("place", "pos", "n", "channel", "without")
    )
    rows = engine.columns(
        f"SELECT k.place, t.bucket, t.conversions, t.value, t.nulls"
        f" FROM {taken} AS t JOIN {known} AS k ON t.path = k.path ORDER BY k.place, t.bucket"
    )
    size = int(np.asarray(rows["place"]).max(initial=-1)) + 1
    at = np.asarray(rows["bucket"], dtype=np.int64), np.asarray(rows["place"], dtype=np.int64)
    conversions, value, nulls = (
        sp.csr_matrix((np.asarray(rows[name], dtype=np.float64), at), shape=(buckets, size))
        for name in ("conversions", "value", "nulls")
    )
    return TouchRemovals(
        names,
        (float(conversions.sum()), float(value.sum())),
        place,
        without,
        channel,
        pos == n,
        n == 1,
        np.flatnonzero(pos == 1),
        conversions,
        value,
        nulls,
    )


def replicated(paths: TouchRemovals, draws: Array) -> tuple[Array, Array]:
    """Credit in every replicate.

    Parameters
    ----------
    paths
        What was counted.
    draws
        R x buckets.

    Returns
    -------
    conversions, value : numpy.ndarray
        R x C each.

    Raises
    ------
    UserError
        For replicates of more different paths than memory holds.
    """
    import scipy.sparse as sp

    size, channels = len(paths.path), len(paths.channels)
    out = np.zeros((len(draws), channels)), np.zeros((len(draws), channels))
    if not size:
        return out
    if size > MOST_TOUCHES and len(draws) > 1:
        raise UserError(
            _(
                "the converting paths have {size} touches: too many different ones for "
                "intervals of fractribution",
                size=f"{size:,}",
            ),
            fix=_("ask for this model without intervals, or roll tiers up (platforms)"),
        )
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
