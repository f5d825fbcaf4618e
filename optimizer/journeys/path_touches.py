"""From an opened path table to a query of touches that is ready to be counted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from optimizer.data import path_text
from optimizer.data.engine import Engine
from optimizer.data.reading.values import BLANKS
from optimizer.data.tables import Paths
from optimizer.errors import UserError
from optimizer.journeys import coded_walk, journey_sql, paths_sql, resampling
from optimizer.journeys.journey_sql import Shape
from optimizer.journeys.touches import Touches, whole_scale
from optimizer.messages import _


def walk_of_paths(paths: Paths, shape: Shape, buckets: int, platforms: bool = False) -> Touches:
    """Chains alone of a path table: its paths are taken apart and counted in one go, by their
    texts; channels get their numbers when little is left. Parameters as in `of_paths`.
    """
    _untimed(paths, shape)
    engine = paths.engine
    if not isinstance(engine, Engine):
        return of_paths(paths, shape, buckets, platforms)
    if buckets == 1 and (counted := _walked_in_numbers(paths, engine, shape, platforms)):
        return counted
    largest, source, bucket, known = paths.facts["largest"], paths.table, "0", None
    if buckets > 1:
        journeys, largest = _journeys(paths, shape)
        bare = _numbered(paths, journeys, largest, replace(shape, back=0), platforms)
        copies = resampling.copies(engine, bare, buckets)
        source, bucket, known = paths_sql.spread_paths(journeys, copies), "bucket", bare.names
    scales = (whole_scale(max(*largest[::2], 1.0)), whole_scale(largest[1]))
    angled = paths.facts["angled"]
    listed_touches = path_text.touches_of("path", angled)
    steps = engine.keep(
        engine.name("steps"), paths_sql.walk_of_paths(source, shape, listed_touches, bucket, scales)
    )

    def channel(column: str) -> str:
        name = path_text.touch_name(column, angled)
        return journey_sql.platform(name) if platforms else name

    names, kind = engine.enumerated(channel("channel"), f"{steps} WHERE channel IS NOT NULL", known)
    places = ", ".join(
        f"{engine.place(channel(name), kind)} AS {name}" for name in ("channel", *shape.history)
    )
    return Touches(
        engine=engine,
        sql="",
        names=names,
        scales=scales,
        walk=f"SELECT bucket, {places}, conversions, value, nulls FROM {steps}",
        facts=_facts(paths),
    )


def _walked_in_numbers(
    paths: Paths, engine: Engine, shape: Shape, platforms: bool
) -> Touches | None:
    """The steps counted without SQL, where the table is known in numbers (`data.coded`) and a step
    fits in 64 bits.
    """
    coded = engine.known.get(paths.table)
    if coded is None:
        return None
    texts = [text.strip(BLANKS) for text in coded.names]
    channels = [text.split("/")[0].strip(" ") for text in texts] if platforms else texts
    names = tuple(sorted(set(channels)))
    if not coded_walk.fits(len(names), shape.back):
        return None
    place = {name: i for i, name in enumerate(names)}
    positions = np.array([place[name] for name in channels])
    return Touches(
        engine=engine,
        sql="",
        names=names,
        scales=(1.0, 1.0),
        walked=coded_walk.walk(coded, positions, len(names), shape.back, shape.nulls),
        facts=_facts(paths),
    )


def of_paths(paths: Paths, shape: Shape, buckets: int, platforms: bool = False) -> Touches:
    """Touches of a path table.

    Parameters
    ----------
    paths, shape
        What is read, and what is needed.
    buckets
        Groups of journeys; in a database, of paths.
    platforms
        Count `xiaohongshu/koc` as `xiaohongshu`.

    Raises
    ------
    UserError
        Where times are asked for.
    """
    _untimed(paths, shape)
    engine = paths.engine
    journeys, largest = _journeys(paths, shape)
    if not isinstance(engine, Engine):
        bucket = engine.bucket("path", buckets)
        return _numbered(paths, journeys, largest, shape, platforms, bucket)
    found = _numbered(paths, journeys, largest, shape, platforms)
    if buckets == 1:
        return found
    bare = _numbered(paths, journeys, largest, replace(shape, back=0), platforms)
    return replace(found, copies=resampling.copies(engine, bare, buckets))


def _numbered(
    paths: Paths,
    journeys: str,
    largest: tuple[float, float, float],
    shape: Shape,
    platforms: bool,
    bucket: str = "0",
) -> Touches:
    """Touches of a relation of different paths, and the largest amounts (see `_journeys`); bucket:
    SQL of a path's, on `path`.
    """
    engine, angled = paths.engine, paths.facts["angled"]
    touches, name = path_text.touches_of("path", angled), path_text.touch_name("name", angled)
    names, channel = engine.numbered(
        journey_sql.platform(name) if platforms else name,
        f"(SELECT DISTINCT unnest({touches}) AS name FROM {journeys}) AS listed",
    )
    return Touches(
        engine=engine,
        sql=paths_sql.touches_of_paths(
            journeys, shape, touches, channel, bucket, engine.dialect != "duckdb"
        ),
        names=names,
        scales=(whole_scale(max(*largest[::2], 1.0)), whole_scale(largest[1])),
        facts=_facts(paths),
    )


def _facts(paths: Paths) -> dict[str, Any]:
    """What was read, for `Counts.source`."""
    return {key: paths.facts[key] for key in ("kind", "label", "rows", "paths")}


def _untimed(paths: Paths, shape: Shape) -> None:
    """Raise `UserError` where times are asked for."""
    if shape.lookback_days is not None:
        raise UserError(
            _("a path table has no times, so lookback cannot be applied"),
            paths.facts["label"],
            _("give an events table, or leave lookback out"),
        )


def _journeys(paths: Paths, shape: Shape) -> tuple[str, tuple[float, float, float]]:
    """A relation (trip, path, conversions, value, nulls) of different paths, numbered in their
    order, and the largest amounts: conversions, value, nulls.
    """
    engine = paths.engine
    top, many, lost = engine.rows(
        f"SELECT max(value), max(conversions), max(nulls) FROM {paths.table}"
    )[0]
    first = (whole_scale(max(many, lost, 1.0)), whole_scale(top or 0.0))
    added = paths_sql.distinct_paths(paths.table, shape, engine.amount, first)
    journeys = engine.name("journeys")
    engine.keep(
        journeys,
        "SELECT row_number() OVER (ORDER BY path) AS trip, path, conversions, value, nulls"
        f" FROM ({added}) AS added",
    )
    many, top, lost = engine.rows(
        f"SELECT max(conversions), max(value), max(nulls) FROM {journeys}"
    )[0]
    return journeys, (float(many), float(top or 0.0), float(lost))
