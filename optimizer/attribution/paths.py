"""The different paths of a source with how they ended: aggregated by the engine, the most frequent
first."""

from __future__ import annotations

from optimizer.attribution.options import Options
from optimizer.attribution.touches import TouchShares, touch_shares
from optimizer.data.tables import Events, Paths
from optimizer.messages import _

Row = tuple[tuple[str, ...], float, float, float]  # path, conversions, value, nulls


def path_query(opened: Events | Paths, options: Options) -> tuple[TouchShares, str]:
    """The different paths of a source.

    Returns
    -------
    touches : TouchShares
        What the query is over.
    sql : str
        Columns path (a list of positions in the channels' names), conversions, value, nulls.

    Raises
    ------
    UserError
        Where the source is in a database without lists.
    """
    touches = touch_shares(opened, options, {})
    touches.local(_("listing different paths needs the events on this machine"))
    journeys = (
        "SELECT list(channel ORDER BY pos) AS path, max(conversions) AS conversions,"
        " max(value) AS value, max(nulls) AS nulls"
        f" FROM ({touches.sql}) AS t GROUP BY trip, part"
    )
    sql = (
        f"SELECT path, {touches.total('conversions')} AS conversions,"
        f" {touches.total('value', True)} AS value, {touches.total('nulls')} AS nulls"
        f" FROM ({journeys}) AS j GROUP BY path"
    )
    return touches, sql


def frequent_paths(opened: Events | Paths, options: Options, limit: int) -> list[Row]:
    """The most frequent different paths (ties by path), at most `limit`.

    Returns
    -------
    list of tuple
        Channel names without '>', conversions, value (currency), journeys without a conversion.
    """
    touches, sql = path_query(opened, options)
    names = touches.names
    found = touches.engine.rows(
        f"SELECT path, conversions, value, nulls FROM ({sql}) AS p"
        f" ORDER BY conversions + nulls DESC, path LIMIT {int(limit)}"
    )
    clean = [name.replace(">", "›") for name in names]
    safe = (
        clean if len(set(clean)) == len(clean) else [f"channel {i:06d}" for i in range(len(names))]
    )
    return [
        (tuple(safe[step] for step in path), float(won), float(value or 0.0), float(lost))
        for path, won, value, lost in found
    ]
