"""The paths that bring the most: different journeys by their channels in order, added up in one
pass of the engine.

Repeats of a channel in a row are taken once, so that a path reads as a story and not as a log.
Paths are spread over LONGEST columns instead of lists, which every engine can group by and which
bounds memory whatever a robot clicked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from optimizer.data.open import open_source
from optimizer.data.tables import Events
from optimizer.journeys import event_touches, path_touches
from optimizer.journeys.journey_sql import Shape
from optimizer.journeys.touches import Touches
from optimizer.plotting import Plots

LONGEST = 8  # channels of a path that is told; what is longer is added up
STEP_UNIT = 2**20  # steps are summed in a larger unit, so that many may not overflow


@dataclass(frozen=True)
class TopPath:
    """One path.

    Parameters
    ----------
    channels
        In order.
    conversions, nulls
        Journeys that ended with and without one.
    value
        Currency of the conversions.
    """

    channels: tuple[str, ...]
    conversions: float
    value: float
    nulls: float


@dataclass(frozen=True)
class TopPaths(Plots):
    """The paths with the most conversions, largest first, ties by value, then by name.

    Parameters
    ----------
    paths
        Those of at most LONGEST channels.
    conversions, value, nulls
        Of all journeys.
    longer
        Conversions of journeys through more than LONGEST channels (none of them is in `paths`).
    steps
        Channels of a converting journey on average, repeats in a row taken once; None: nothing
        converts.
    """

    paths: tuple[TopPath, ...]
    conversions: float
    value: float
    nulls: float
    longer: float
    steps: float | None


def top_paths(
    source: Any,
    limit: int = 10,
    lookback_days: float | None = None,
    conversion: Sequence[str] = ("purchase",),
    reuse: bool = False,
    segment: str | None = None,
    platforms: bool = False,
) -> TopPaths:
    """The `limit` paths with the most conversions.

    Parameters
    ----------
    source
        As `counting.count` takes it.
    limit
        Most paths.
    lookback_days
        Leave out touches older than this before the journey's end (events only).
    conversion, reuse, segment, platforms
        As `counting.count` takes them.
    """
    opened = open_source(source)
    shape = Shape(0, lookback_days, True, True, tuple(conversion), reuse=reuse, split=False)
    touches = (
        event_touches.of_events(opened, shape, 1, segment, platforms, hashed=True)
        if isinstance(opened, Events)
        else path_touches.of_paths(opened, shape, 1, platforms)
    )
    grouped = _by_path(touches)
    places = _places()
    order = ", ".join(f"COALESCE({p}, -1)" for p in places)
    best = touches.engine.columns(
        f"SELECT * FROM ({grouped}) AS g WHERE p1 IS NOT NULL AND conversions > 0"
        f" ORDER BY conversions DESC, value DESC, {order} LIMIT {int(limit)}"
    )
    whole = touches.engine.columns(
        "SELECT sum(conversions) AS conversions, sum(value) AS value, sum(nulls) AS nulls,"
        " sum(steps) AS steps,"
        " sum(CASE WHEN p1 IS NULL THEN conversions ELSE 0 END) AS longer"
        f" FROM ({grouped}) AS g"
    )
    many, money = touches.scales
    listed = zip(
        *(np.ma.filled(np.ma.asarray(best[p]), -1).astype(int).tolist() for p in places),
        strict=True,
    )
    paths = tuple(
        TopPath(tuple(touches.names[i] for i in path if i >= 0), won, value, lost)
        for path, won, value, lost in zip(
            listed,
            _amounts(best, "conversions", many),
            _amounts(best, "value", money),
            _amounts(best, "nulls", many),
            strict=True,
        )
    )
    conversions = _amounts(whole, "conversions", many)[0]
    steps = _amounts(whole, "steps", many)[0] * STEP_UNIT
    return TopPaths(
        paths,
        conversions,
        _amounts(whole, "value", money)[0],
        _amounts(whole, "nulls", many)[0],
        _amounts(whole, "longer", many)[0],
        steps / conversions if conversions else None,
    )


def _places() -> list[str]:
    """Names of the columns that hold a path's channels."""
    return [f"p{i}" for i in range(1, LONGEST + 1)]


def _by_path(touches: Touches) -> str:
    """SQL: sums of conversions, value, nulls and steps by path; one that is too long keeps no
    channels.
    """
    places = _places()
    wide = ", ".join(
        f"max(CASE WHEN pos = {i} THEN channel END) AS {p}" for i, p in enumerate(places, 1)
    )
    journeys = (
        "SELECT max(conversions) AS conversions, max(value) AS value, max(nulls) AS nulls,"
        f" max(n) AS steps, {wide} FROM ({touches.sql}) AS t GROUP BY trip, part"
    )
    cut = ", ".join(f"CASE WHEN steps <= {LONGEST} THEN {p} END AS {p}" for p in places)
    total, (many, money) = touches.engine.total, touches.scales
    steps = total(f"steps * conversions / {float(STEP_UNIT)!r}", many)
    return (
        f"SELECT {', '.join(places)}, {total('conversions', many)} AS conversions,"
        f" {total('value', money)} AS value, {total('nulls', many)} AS nulls, {steps} AS steps"
        f" FROM (SELECT conversions, value, nulls, steps, {cut} FROM ({journeys}) AS j) AS k"
        f" GROUP BY {', '.join(places)}"
    )


def _amounts(found: dict[str, Any], name: str, scale: float) -> list[float]:
    """A column of sums, from whole numbers back to journeys or currency."""
    column = np.asarray(np.ma.filled(np.ma.asarray(found[name]), 0), dtype=float)
    return [float(value) / scale for value in column]
