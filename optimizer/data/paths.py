"""Opening a path table: `path,conversions[,value][,nulls]`, touches joined by `>`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from optimizer.data import cells
from optimizer.data.checking import Check, Column, Found, checked, match
from optimizer.data.engine import Engine
from optimizer.data.money import number_checks
from optimizer.data.sources import open_raw
from optimizer.data.tables import Paths

COLUMNS = (
    Column("path", True, hints=("journey", "touchpoints", "channels", "sequence", "路径")),
    Column("conversions", True, ("total_conversions", "conversion"), hints=("conv", "total_conversion", "orders", "n", "count", "转化数", "转化")),
    Column("value", False, ("total_conversion_value", "conversion_value"), hints=("revenue", "total_value", "amount", "金额")),
    Column("nulls", False, ("total_null", "total_nulls"), hints=("null", "non_conversions", "dropoffs", "未转化")),
)


def open_paths(source: Any, columns: Mapping[str, str] | None = None, *, engine: Engine | str | None = None) -> Paths:
    """Open and check a path table: csv, parquet, a folder of parquet, pandas, polars, pyarrow.

    columns: {our name: their name}; the names of ChannelAttribution are understood without it.
    A path that stands in several rows is added up. Raises `Problems` with file, row and column of everything wrong.
    """
    raw = open_raw(source, engine)
    found, notes = match(raw, COLUMNS, columns)
    path = cells.text(found["path"].sql, found["path"].kind)
    numbers: dict[str, str] = {name: cells.number(found[name].sql, found[name].kind) for name in ("conversions", "value", "nulls") if name in found}
    shape = {"path": path} | {name: f"COALESCE({numbers.get(name, 'CAST(NULL AS DOUBLE)')}, 0.0)" for name in ("conversions", "value", "nulls")}
    table = checked(raw, shape, _checks(found, path, numbers), found, "paths")
    rows, different, conversions, nulls, weightless, angled = raw.engine.rows(
        f"SELECT count(*), count(DISTINCT path), sum(conversions), sum(nulls), count_if(conversions + nulls = 0), COALESCE(bool_or(contains(path, '<')), FALSE) FROM {table}"
    )[0]
    if "nulls" not in found:
        notes.append(f"{raw.label}: there is no column nulls, so only paths that converted are known")
    if weightless:
        notes.append(f"{raw.label}: {weightless:,} rows stand for no journey at all (0 conversions, 0 nulls)")
    if rows > different:
        notes.append(f"{raw.label}: {rows - different:,} rows repeat the path of another row and are added to it")
    facts = {
        "kind": "paths", "label": raw.label, "rows": rows, "paths": different, "conversions": conversions,
        "nulls": nulls, "has_nulls": "nulls" in found, "has_value": "value" in found, "angled": angled,
    }
    return Paths(raw.engine, table, facts, tuple(notes))


def _checks(found: Mapping[str, Found], path: str, numbers: Mapping[str, str]) -> list[Check]:
    checks = [
        Check("path", f"{path} IS NULL", "path is empty", "write the touches joined by ' > '"),
        Check("path", f"COALESCE({cells.has_hole(path)}, FALSE)", "the path has an empty touch: {cell}",
              "name every touch; a '>' joins touches and cannot be part of a name, except in brackets as in <b>"),
    ]
    for name in ("conversions", "value", "nulls"):
        if name in found:
            checks += number_checks(name, found[name], required=name == "conversions")
    if "value" in numbers:
        checks.append(Check(
            "value", f"COALESCE({numbers['value']}, 0) > 0 AND COALESCE({numbers['conversions']}, 0) = 0",
            "a value without a conversion: {cell}", "value is the total of the row's conversions: write 0, or the conversions",
        ))
    return checks
