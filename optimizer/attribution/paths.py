"""The different paths of a source with how they ended: aggregated by the engine, the most frequent first."""

from __future__ import annotations

from typing import Any

from optimizer.attribution.family import Options
from optimizer.attribution.relation import Relation, relation

Row = tuple[tuple[str, ...], float, float, float]  # path, conversions, value, nulls


def path_query(opened: Any, options: Options) -> tuple[Relation, str]:
    """The touches, and a query of different paths: `path` (a list of channels), conversions, value, nulls."""
    touches = relation(opened, options, {})
    touches.local("listing different paths")
    journeys = (
        f"SELECT list(channel ORDER BY pos) AS path, max(conversions) AS conversions, max(value) AS value, max(nulls) AS nulls"
        f" FROM ({touches.sql}) AS t GROUP BY trip, part"
    )
    sql = (
        f"SELECT path, {touches.total('conversions')} AS conversions, {touches.total('value', True)} AS value,"
        f" {touches.total('nulls')} AS nulls FROM ({journeys}) AS j GROUP BY path"
    )
    return touches, sql


def frequent_paths(opened: Any, options: Options, limit: int) -> list[Row]:
    """The most frequent different paths (ties by path), at most `limit`, as tuples of channel names without '>'."""
    touches, sql = path_query(opened, options)
    names = touches.names
    found = touches.engine.rows(
        f"SELECT path, conversions, value, nulls FROM ({sql}) AS p ORDER BY conversions + nulls DESC, path LIMIT {int(limit)}"
    )
    clean = [name.replace(">", "›") for name in names]
    safe = (
        clean if len(set(clean)) == len(clean) else [f"channel {i:06d}" for i in range(len(names))]
    )
    label = dict(enumerate(safe))
    return [
        (tuple(label[step] for step in path), float(won), float(value or 0.0), float(lost))
        for path, won, value, lost in found
    ]
