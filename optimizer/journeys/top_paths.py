"""The paths that bring the most: different journeys by their channels in order, added up in one pass of the engine.

Repeats of a channel in a row are taken once, so that a path reads as a story and not as a log. Paths are spread over
LONGEST columns instead of lists, which every engine can group by and which bounds memory whatever a robot clicked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from optimizer.data.tables import Events, open_source
from optimizer.journeys import prepare
from optimizer.journeys.journey_sql import Shape
from optimizer.plotting import Plots

LONGEST = 8  # channels of a path that is told; what is longer is added up


@dataclass(frozen=True)
class TopPath:
    """channels: in order; conversions, nulls: journeys that ended with and without one; value: currency of the conversions."""

    channels: tuple[str, ...]
    conversions: float
    value: float
    nulls: float


@dataclass(frozen=True)
class TopPaths(Plots):
    """The paths with the most conversions, largest first, ties by value, then by name.

    conversions, value, nulls: of all journeys
    longer:  conversions of journeys through more than LONGEST channels (none of them is in `paths`)
    steps:   channels of a converting journey on average, repeats in a row taken once (None: nothing converts)
    """

    paths: tuple[TopPath, ...]
    conversions: float
    value: float
    nulls: float
    longer: float
    steps: float | None


def top_paths(
    source: Any, limit: int = 10, lookback_days: float | None = None, conversion: str = "purchase"
) -> TopPaths:
    """The `limit` paths with the most conversions. source: as `count` takes it; lookback_days: events only."""
    opened = open_source(source)
    shape = Shape(0, lookback_days, True, True, (conversion,))
    touches = (
        prepare.of_events(opened, shape, 1, hashed=True)
        if isinstance(opened, Events)
        else prepare.of_paths(opened, shape, 1)
    )
    places = [f"p{i}" for i in range(1, LONGEST + 1)]
    wide = ", ".join(
        f"max(CASE WHEN pos = {i} THEN channel END) AS p{i}" for i in range(1, LONGEST + 1)
    )
    # one row per journey; a journey that is too long keeps no path
    cut = ", ".join(f"CASE WHEN steps <= {LONGEST} THEN {p} END AS {p}" for p in places)
    journeys = f"SELECT max(conversions) AS conversions, max(value) AS value, max(nulls) AS nulls, max(n) AS steps, {wide} FROM ({touches.sql}) AS t GROUP BY trip, part"
    total, (many, money) = touches.engine.total, touches.scales
    sums = (
        f"{total('conversions', many)} AS conversions, {total('value', money)} AS value, {total('nulls', many)} AS nulls, "
        f"{total(f'steps * conversions / {float(2**20)!r}', many)} AS steps"  # a smaller unit: many steps may not overflow
    )
    grouped = f"SELECT {', '.join(places)}, {sums} FROM (SELECT conversions, value, nulls, steps, {cut} FROM ({journeys}) AS j) AS k GROUP BY {', '.join(places)}"
    best = touches.engine.columns(
        f"SELECT * FROM ({grouped}) AS g WHERE p1 IS NOT NULL AND conversions > 0 "
        f"ORDER BY conversions DESC, value DESC, {', '.join(f'COALESCE({p}, -1)' for p in places)} LIMIT {int(limit)}"
    )
    whole = touches.engine.columns(
        "SELECT sum(conversions) AS conversions, sum(value) AS value, sum(nulls) AS nulls, sum(steps) AS steps, "
        f"sum(CASE WHEN p1 IS NULL THEN conversions ELSE 0 END) AS longer FROM ({grouped}) AS g"
    )

    def amounts(found: dict[str, Any], name: str, scale: float) -> list[float]:
        column = np.asarray(np.ma.filled(np.ma.asarray(found[name]), 0), dtype=float)
        return [float(value) / scale for value in column]

    listed = zip(
        *(np.ma.filled(np.ma.asarray(best[p]), -1).astype(int).tolist() for p in places),
        strict=True,
    )
    paths = tuple(
        TopPath(tuple(touches.names[i] for i in path if i >= 0), won, value, lost)
        for path, won, value, lost in zip(
            listed,
            amounts(best, "conversions", many),
            amounts(best, "value", money),
            amounts(best, "nulls", many),
            strict=True,
        )
    )
    conversions, longer = amounts(whole, "conversions", many)[0], amounts(whole, "longer", many)[0]
    steps = amounts(whole, "steps", many)[0] * 2**20
    return TopPaths(
        paths,
        conversions,
        amounts(whole, "value", money)[0],
        amounts(whole, "nulls", many)[0],
        longer,
        steps / conversions if conversions else None,
    )
