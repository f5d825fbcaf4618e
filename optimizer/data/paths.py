"""Opening a path table: `path,conversions[,value][,nulls]`, touches joined by `>`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from optimizer.data import coded, path_text
from optimizer.data.engine import Engine, literal
from optimizer.data.one_currency import currency_column, one_currency
from optimizer.data.path_separators import joined
from optimizer.data.raw import Raw
from optimizer.data.reading import values
from optimizer.data.reading.checking import checked
from optimizer.data.reading.columns import Layout, column
from optimizer.data.reading.matching import match
from optimizer.data.reading.rules import Check, Rules, number_checks
from optimizer.data.reading.values import Found
from optimizer.data.repeated_touches import named
from optimizer.data.sources import open_raw
from optimizer.data.tables import Paths
from optimizer.data.unused_numbers import refuse_unused_numbers
from optimizer.messages import Message, _

COLUMNS = (
    column(
        "path",
        "path",
        required=True,
        hints=("journey", "touchpoints", "channels", "sequence", "路径"),
    ),
    column(
        "conversions",
        *("conversions", "total_conversions", "conversion"),
        kind="number",
        required=True,
        prefer=True,
        hints=("conv", "total_conversion", "orders", "n", "count", "转化数", "转化"),
    ),
    column(
        "value",
        *("value", "total_conversion_value", "conversion_value", "revenue", "total_revenue"),
        kind="money",
        prefer=True,
        hints=("total_value", "amount", "金额"),
    ),
    column(
        "nulls",
        *("nulls", "total_null", "total_nulls", "non_conversions", "total_non_conversions"),
        *("nonconversions", "total_nonconversions", "non_converting", "未转化数"),
        kind="number",
        prefer=True,
        hints=("null", "dropoffs", "未转化"),
    ),
    currency_column(),
)
LAYOUT = Layout(_("path table"), "paths", COLUMNS)

NUMBERS = ("conversions", "value", "nulls")
# What makes a path untidy: a blank or a '>' at an end, a touch without a name between two.
EDGE = f"{values.BLANK[:-1]}>]"
GAP = f">{values.BLANK}*>"


def open_paths(
    source: Any,
    columns: Mapping[str, str] | None = None,
    *,
    engine: Engine | str | None = None,
    separator: str | None = None,
    ignore: Sequence[str] = (),
) -> Paths:
    """Open and check a path table. A path that stands in several rows is added up.

    Parameters
    ----------
    source
        csv, parquet, a folder of parquet, pandas, polars, pyarrow.
    columns
        {our name: their name}; the names of ChannelAttribution are understood without it.
    engine
        What reads it.
    separator
        What joins the touches of a path (">", "|", "json", ...); None: `>`, and what else cannot be
        mistaken.
    ignore
        Headers of columns that do not matter.

    Raises
    ------
    Problems
        With file, row and column of everything wrong, and columns of numbers that nothing uses.
    UserError
        Where paths seem to be joined by something else.
    """
    matched = match(open_raw(source, engine), LAYOUT, columns)
    raw, found = matched.raw, matched.found
    absent = [name for name in ("nulls", "value") if name not in found]
    refuse_unused_numbers(raw, found, ignore, absent)
    read = joined(raw, found["path"], separator)
    path, more = named(raw, read.path)
    found = {**found, "path": path}
    quick = _in_numbers(raw, found) or _plain(raw, found)
    table, (rows, different, conversions, nulls, weightless, angled, *largest) = (
        quick if quick is not None else _cell_by_cell(raw, found)
    )
    notes = [
        *matched.notes,
        *read.notes,
        *more,
        *raw.left_out,
        *_notes(raw, found, rows, different, weightless),
    ]
    facts = {
        "kind": "paths",
        "label": raw.label,
        "rows": rows,
        "paths": different,
        "conversions": conversions,
        "nulls": nulls,
        "has_nulls": "nulls" in found,
        "has_value": "value" in found,
        "angled": angled,
        "weightless": weightless,
        "largest": [float(number) for number in largest],
        "currency": one_currency(raw, found, ("value",)),
    }
    return Paths(raw.engine, table, facts, tuple(notes))


def _notes(
    raw: Raw, found: Mapping[str, Found], rows: int, different: int, weightless: int
) -> list[Message]:
    """What people should know of the table."""
    notes = []
    if "nulls" not in found:
        notes.append(
            _(
                "{file}: there is no column nulls, so only paths that converted are known",
                file=raw.label,
            )
        )
    if weightless:
        notes.append(
            _(
                "{file}: {a} rows stand for no journey at all (0 conversions, 0 nulls)",
                file=raw.label,
                a=f"{weightless:,}",
            )
        )
    if rows > different:
        notes.append(
            _(
                "{file}: {a} rows repeat the path of another row and are added to it",
                file=raw.label,
                a=f"{rows - different:,}",
            )
        )
    return notes


def _in_numbers(raw: Raw, found: Mapping[str, Found]) -> tuple[str, tuple[Any, ...]] | None:
    """The same as `_plain` for a csv that can be read in numbers (see `coded`); the engine keeps
    them beside the relation.
    """
    if raw.file is None or any(
        entry.factor != 1.0 or entry.sql.startswith("(") for entry in found.values()
    ):
        return None
    read = coded.read(
        raw.file, {name: int(entry.sql.removeprefix("c")) for name, entry in found.items()}
    )
    if read is None:
        return None
    table, different = read
    made = raw.engine.define(raw.engine.name("paths"), f"SELECT {_shape(found)} FROM {raw.view}")
    raw.engine.known[made] = table
    conversions, value, nulls = table.conversions, table.value, table.nulls
    return made, (
        len(conversions),
        different,
        float(conversions.sum()),
        float(nulls.sum()),
        int(((conversions == 0) & (nulls == 0)).sum()),
        False,
        conversions.max(),
        value.max(),
        nulls.max(),
    )


def _shape(found: Mapping[str, Found]) -> str:
    """The columns of the relation, from cells that need no mending."""
    numbers = {
        name: f"TRY_CAST({found[name].sql} AS DOUBLE)" if name in found else "CAST(NULL AS DOUBLE)"
        for name in NUMBERS
    }
    return f"{found['path'].sql} AS path, " + ", ".join(
        f"COALESCE({sql}, 0.0) AS {name}" for name, sql in numbers.items()
    )


def _plain(raw: Raw, found: Mapping[str, Found]) -> tuple[str, tuple[Any, ...]] | None:
    """The relation and what is to be known of it, from one light scan, where nothing in the table
    needs more than that.

    Paths without blanks at their ends and numbers that are numbers. None where anything is out of
    the ordinary, and it is left to `_cell_by_cell` to mend it or to say what is wrong and where.
    """
    import duckdb

    path, numbers = found["path"], {name: found[name] for name in NUMBERS if name in found}
    if (
        not isinstance(raw.engine, Engine)
        or not (raw.stored or raw.text)
        or path.kind != "VARCHAR"
        or not all(values.is_number(n.kind) or n.kind == "VARCHAR" for n in numbers.values())
        or any(entry.factor != 1.0 for entry in found.values())
    ):
        return None
    wrong = [
        "path IS NULL",
        f"regexp_matches(left(path, 1) || right(path, 1), {literal(EDGE)})",
        f"regexp_matches(path, {literal(GAP)})",
        "conversions IS NULL",
        "value > 0 AND conversions = 0",
    ]
    inner = [f"{path.sql} AS path"]
    for name in NUMBERS:
        inner.append(
            f"TRY_CAST({numbers[name].sql} AS DOUBLE) AS {name}"
            if name in numbers
            else f"CAST(NULL AS DOUBLE) AS {name}"
        )
        wrong.append(f"{name} < 0 OR {name} > {values.LARGEST!r}")
        if name in numbers and numbers[name].kind == "VARCHAR":
            inner.append(f"{numbers[name].sql} AS {name}_cell")
            wrong.append(
                f"{name} IS NULL AND {name}_cell IS NOT NULL OR contains({name}_cell, '_')"
            )
    conversions, value, nulls = (f"COALESCE({name}, 0.0)" for name in NUMBERS)
    try:
        found_out = raw.engine.rows(
            f"SELECT count_if(COALESCE({' OR '.join(f'({rule})' for rule in wrong)}, FALSE)),"
            f" count(*), sum({conversions}), sum({nulls}), count_if({conversions} + {nulls} = 0),"
            " COALESCE(bool_or(contains(path, '<')), FALSE),"
            f" max({conversions}), max({value}), max({nulls})"
            f" FROM (SELECT {', '.join(inner)} FROM {raw.view}) AS read"
        )[0]
        if found_out[0] or not found_out[1]:
            return None
        # Apart: beside other sums the different paths would take twice the memory.
        (different,) = raw.engine.rows(f"SELECT count(DISTINCT hash({path.sql})) FROM {raw.view}")[
            0
        ]
    except duckdb.Error:
        return None
    return raw.engine.define(raw.engine.name("paths"), f"SELECT {_shape(found)} FROM {raw.view}"), (
        found_out[1],
        different,
        *found_out[2:],
    )


def _cell_by_cell(raw: Raw, found: Mapping[str, Found]) -> tuple[str, tuple[Any, ...]]:
    """The same with every cell trimmed and checked by rule.

    Raises `Problems` with the row and column of each.
    """
    table = checked(raw, found, Rules("paths", _columns, _checks)).table
    return table, raw.engine.rows(
        "SELECT count(*), count(DISTINCT path), sum(conversions), sum(nulls),"
        " count_if(conversions + nulls = 0), COALESCE(bool_or(contains(path, '<')), FALSE),"
        f" max(conversions), max(value), max(nulls) FROM {table}"
    )[0]


def _columns(found: Mapping[str, Found]) -> dict[str, str]:
    absent = "CAST(NULL AS DOUBLE)"
    numbers = {n: found[n].number if n in found else absent for n in NUMBERS}
    return {"path": found["path"].text} | {n: f"COALESCE({sql}, 0.0)" for n, sql in numbers.items()}


def _checks(found: Mapping[str, Found]) -> list[Check]:
    path = found["path"].text
    checks = [
        Check(
            "path", f"{path} IS NULL", _("path is empty"), _("write the touches joined by ' > '")
        ),
        Check(
            "path",
            f"COALESCE({path_text.has_hole(path)}, FALSE)",
            _("the path has an empty touch"),
            _(
                "name every touch; a '>' joins touches and cannot be part of a name, except in "
                "brackets as in <b>"
            ),
            shows=True,
        ),
    ]
    for name in NUMBERS:
        if name in found:
            checks += number_checks(name, found[name], required=name == "conversions")
    if "value" in found:
        checks.append(
            Check(
                "value",
                f"COALESCE({found['value'].number}, 0) > 0"
                f" AND COALESCE({found['conversions'].number}, 0) = 0",
                _("a value without a conversion"),
                _("value is the total of the row's conversions: write 0, or the conversions"),
                shows=True,
            )
        )
    return checks
