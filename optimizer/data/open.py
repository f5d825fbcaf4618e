"""The doors: whatever a table may come from, as a checked table of events, paths or spend."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from optimizer.data import events, paths, spend
from optimizer.data.engine import Engine, Limits
from optimizer.data.reading.columns import header_key
from optimizer.data.sources import open_raw
from optimizer.data.tables import Events, Paths, Spend

# what only a table of paths counts
COUNTED = {header_key("conversions"), header_key("total_conversions")}

Source = Any


def open_events(source: Source, columns: Mapping[str, str] | None = None, **options: Any) -> Events:
    """Open and check an events table; see `optimizer.data.events.open_events` (options: timezone,
    engine).
    """
    return source if isinstance(source, Events) else events.open_events(source, columns, **options)


def open_paths(source: Source, columns: Mapping[str, str] | None = None, **options: Any) -> Paths:
    """Open and check a path table; see `optimizer.data.paths.open_paths` (options: engine)."""
    return source if isinstance(source, Paths) else paths.open_paths(source, columns, **options)


def read_spend(source: Source, columns: Mapping[str, str] | None = None, **options: Any) -> Spend:
    """Read and check a spend table; see `optimizer.data.spend.read_spend` (options: period,
    engine).
    """
    return source if isinstance(source, Spend) else spend.read_spend(source, columns, **options)


def open_source(
    source: Source, columns: Mapping[str, str] | None = None, **options: Any
) -> Events | Paths:
    """Open whichever it is, a path table (it has a column path) or an events table.

    Options as for `open_events` and `open_paths`, and memory ("4GB"): what the engine may use
    before it spills to disk.
    """
    if isinstance(source, Events | Paths):
        return source
    engine, memory = options.pop("engine", None), options.pop("memory", None)
    if memory is not None and engine in (None, "duckdb"):
        engine = Engine(replace(Limits.from_environment(), memory=memory))
    raw = open_raw(source, engine)
    keys = {header_key(name) for name in raw.columns}
    if (
        "path" in keys
        or "path" in {**dict(raw.mapping.columns), **(columns or {})}
        or (header_key("user_id") not in keys and keys & COUNTED)
    ):
        for name in ("timezone", "touch"):  # of events alone
            options.pop(name, None)
        return open_paths(raw, columns, **options)
    for name in ("separator", "ignore"):  # of paths alone
        options.pop(name, None)
    return open_events(raw, columns, **options)
