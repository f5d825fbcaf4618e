"""The different paths of a source with how they ended: aggregated by the engine, the most frequent first."""

from __future__ import annotations

from typing import Any

from optimizer.attribution.family import Options
from optimizer.attribution.relation import relation

Row = tuple[tuple[str, ...], float, float, float]  # path, conversions, value, nulls


def path_query(opened: Any, options: Options) -> tuple[Any, str, tuple[str, ...], bool]:
    """A query of different paths: `path` (a list of channels), conversions, value, nulls; with the engine, the
    channel names, and whether the lists hold positions in them."""
    touches = relation(opened, options, {})
    journeys = (f"SELECT list(channel ORDER BY pos) AS path, max(conversions) AS conversions, max(value) AS value, max(nulls) AS nulls"
                f" FROM ({touches.sql}) AS t GROUP BY trip, part")
    sql = (f"SELECT path, sum(conversions) AS conversions, sum(value) AS value, sum(nulls) AS nulls FROM ({journeys}) AS j"
           f" GROUP BY path")
    return touches.engine, sql, touches.names, touches.coded


def frequent_paths(opened: Any, options: Options, limit: int) -> list[Row]:
    """The most frequent different paths (ties by path), at most `limit`, as tuples of channel names without '>'."""
    engine, sql, names, coded = path_query(opened, options)
    found = engine.rows(f"SELECT path, conversions, value, nulls FROM ({sql}) AS p ORDER BY conversions + nulls DESC, path LIMIT {int(limit)}")
    clean = [name.replace(">", "›") for name in names]
    safe = clean if len(set(clean)) == len(clean) else [f"channel {i:06d}" for i in range(len(names))]
    label = dict(enumerate(safe)) if coded else dict(zip(names, safe, strict=True))
    return [(tuple(label[step] for step in path), float(won), float(value or 0.0), float(lost)) for path, won, value, lost in found]
