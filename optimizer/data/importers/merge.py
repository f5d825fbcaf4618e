"""Typed parts -> one of our tables: duplicates between files, checks on the sums, the table written atomically.

Sums are over DECIMAL, so they are exact and do not depend on the order of rows or files.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from optimizer.data.importers import cells
from optimizer.data.importers.source import DATA, TOTAL
from optimizer.data.importers.typed import Choices, Typed, type_of_kind
from optimizer.errors import Problem, UserError
from optimizer.files import beside
from optimizer.messages import _

# Columns of each table, in the order they are written; those no file holds are left out unless they are needed.
COLUMNS: dict[str, tuple[str, ...]] = {
    "spend": (
        "period",
        "channel",
        "spend",
        "exposures",
        "clicks",
        "posts",
        "engagements",
        "carts",
        "orders",
        "gmv",
        "new_customers",
        "conversions",
        "segment",
    ),
    "shop": (
        "period",
        "channel",
        "visitors",
        "views",
        "saves",
        "carts",
        "orders",
        "customers",
        "new_customers",
        "items",
        "gmv",
        "refunds",
    ),
    "orders": (
        "order_id",
        "user_id",
        "timestamp",
        "value",
        "refund",
        "state",
        "channel",
        "segment",
    ),
    "events": ("user_id", "timestamp", "channel", "event", "value", "tier", "segment"),
    "arms": ("arm", "visitors", "conversions", "value"),
    "regions": ("region", "period", "value", "treated"),
    "creators": (
        "creator",
        "creator_id",
        "platform",
        "tier",
        "followers",
        "likes",
        "posts",
        "post_price",
        "video_price",
    ),
}
ALWAYS = {"spend": 3, "shop": 2, "orders": 4, "events": 4, "creators": 4, "arms": 1, "regions": 4}
SUMS = (
    "spend",
    "exposures",
    "clicks",
    "posts",
    "engagements",
    "orders",
    "gmv",
    "carts",
    "new_customers",
    "conversions",
    "visitors",
    "views",
    "saves",
    "customers",
    "items",
    "refunds",
)
ADDITIVE = (
    "spend",
    "exposures",
    "clicks",
    "gmv",
    "orders",
    "engagements",
    "conversions",
    "refunds",
)
WHOLE = (
    "exposures",
    "clicks",
    "posts",
    "engagements",
    "carts",
    "orders",
    "new_customers",
    "conversions",
    "visitors",
    "views",
    "saves",
    "customers",
    "items",
    "followers",
    "likes",
)


def check(connection: Any, typed: Typed) -> list[str]:
    """Do the numbers agree with each other and with the file's own totals row? Warnings where they do not.

    A platform may count a rate its own way, so a disagreement is told, loudly, and refused only on request (--strict).
    """
    warnings = _totals(connection, typed)
    has = set(typed.columns)
    where = typed.part.where
    if {"clicks", "exposures"} <= has:
        clicks, exposures = connection.execute(
            f"SELECT sum(clicks), sum(exposures) FROM {typed.table} WHERE _state = {DATA} AND clicks IS NOT NULL AND exposures IS NOT NULL"
        ).fetchone()
        if clicks is not None and clicks > exposures:
            warnings.append(
                _(
                    "{where}: more clicks ({clicks}) than exposures ({exposures}); look whether "
                    "the two columns are named the right way round",
                    where=where,
                    clicks=f"{clicks:,.0f}",
                    exposures=f"{exposures:,.0f}",
                )
            )
    for entry in typed.importer.columns:
        if (
            entry.agrees is None
            or entry.to not in has
            or not {entry.agrees[0], entry.agrees[1]} <= has
        ):
            continue
        top, base, factor = entry.agrees
        header = next(m.header.strip() for m in typed.matches if m.column is entry)
        mine, other = (
            f"CAST({cells.name(entry.to)} AS DOUBLE)",
            f"CAST({top} AS DOUBLE) * {factor!r} / CAST({base} AS DOUBLE)",
        )
        slack = (
            0.0006 if entry.kind == "rate" else 0.006 * max(1.0, factor / 100)
        )  # what rounding in the export may hide
        near = f"abs({mine} - {other}) <= {slack} + 0.02 * abs({other})"
        percent = (
            f" OR abs({mine} / 100 - {other}) <= {slack} + 0.02 * abs({other})"
            if entry.kind == "rate"
            else ""
        )
        told = f"_state = {DATA} AND {base} > 0 AND {top} IS NOT NULL AND {cells.name(entry.to)} IS NOT NULL"
        rows, off, row = connection.execute(
            f"SELECT count(*), count(*) FILTER (NOT ({near}{percent})), min(rowid) FILTER (NOT ({near}{percent})) FROM {typed.table} WHERE {told}"
        ).fetchone()
        if off:
            advice = (
                "look whether these are the right columns"
                if off * 2 > rows
                else "they were taken as they stand"
            )
            warnings.append(
                f"{where}: in {off} of {rows} rows '{header}' is not {top} / {base} (first: data row {row + 1}); {advice}"
            )
    return warnings


def _totals(connection: Any, typed: Typed) -> list[str]:
    """One totals row: its sums must be those of the rows, or rows are missing."""
    columns = [c for c in typed.columns if c in ADDITIVE]
    if not columns or typed.importer.table not in ("spend", "shop"):
        return []
    rows = connection.execute(
        f"SELECT {', '.join(columns)} FROM {typed.table} WHERE _state = {TOTAL} LIMIT 2"
    ).fetchall()
    if len(rows) != 1:
        return []
    sums = connection.execute(
        f"SELECT {', '.join(f'sum({c})' for c in columns)}, count(*) FROM {typed.table} WHERE _state = {DATA}"
    ).fetchone()
    return [
        _(
            "{where}: the totals row says {name} {told}, the rows add up to {found}: rows "
            "are missing or were changed",
            where=typed.part.where,
            name=name,
            told=f"{told:,.2f}",
            found=f"{found:,.2f}",
        )
        for name, told, found in zip(columns, rows[0], sums, strict=False)
        if told is not None
        and found is not None
        and abs(float(told) - float(found)) > 0.01 * sums[-1] + 1e-6 * abs(float(told))
    ]


def orphans(connection: Any, typed: Typed) -> list[Problem]:
    """Orders whose rows never hold the order's total (its first row is missing)."""
    if not {"order_id", "value"} <= set(typed.columns) or not any(
        c.to == "value" and c.blank for c in typed.importer.columns
    ):
        return []
    rows = connection.execute(
        f"SELECT order_id FROM {typed.table} WHERE _state = {DATA} GROUP BY order_id HAVING count(value) = 0 ORDER BY min(rowid) LIMIT 4"
    ).fetchall()
    twice = connection.execute(
        f"SELECT order_id FROM {typed.table} WHERE _state = {DATA} GROUP BY order_id HAVING count(value) > 1 ORDER BY min(rowid) LIMIT 4"
    ).fetchall()
    out = [
        Problem(
            _("order {order} has rows, but none with its total", order=r[0]),
            typed.part.where,
            _("rows are missing: export again"),
        )
        for r in rows
    ]
    return out + [
        Problem(
            _("order {order} has several rows with a total", order=r[0]),
            typed.part.where,
            _("keep one of them, or export again"),
        )
        for r in twice
    ]


def repeated(connection: Any, typed: Typed, choices: Choices) -> tuple[list[Problem], list[str]]:
    """Rows of one file about the same thing where the platform writes one row each (`once`): an order counted twice is a
    wrong sum, so it is a question, answered by `duplicates`: add, first or last row."""
    key = typed.importer.once
    if key is None or key not in typed.columns or choices.duplicates == "add":
        return [], []
    name = cells.name(key)
    found = connection.execute(
        f"SELECT {name}, count(*) FROM {typed.table} WHERE _state = {DATA} GROUP BY {name} HAVING count(*) > 1 ORDER BY min(rowid)"
    ).fetchall()
    if not found:
        return [], []
    if choices.duplicates is None:
        fix = _("say which counts: --duplicates first, last, or add (all are real)")
        return [
            Problem(
                _(
                    "{key} {value} stands in {many} rows ({found} such)",
                    key=key,
                    value=value,
                    many=many,
                    found=len(found),
                ),
                typed.part.where,
                fix,
            )
            for value, many in found[:3]
        ], []
    keep = "max" if choices.duplicates == "last" else "min"
    gone = connection.execute(f"""
        UPDATE {typed.table} AS t SET _state = 9 FROM (SELECT {name} AS k, {keep}(rowid) AS r FROM {typed.table} WHERE _state = {DATA} GROUP BY {name}) AS o
        WHERE t._state = {DATA} AND t.{name} = o.k AND t.rowid <> o.r""").fetchone()[0]
    return [], [
        f"{typed.part.where}: {gone} rows repeat the {key} of another row: the {choices.duplicates} one counts"
    ]


def relation(typed: Typed, choices: Choices) -> str:
    """SQL of a part's rows in our table's columns (the ones it has), channel and tier filled in."""
    importer = typed.importer
    rows = f"(SELECT * FROM {typed.table} WHERE _state = {DATA})"
    if importer.rows:
        lacking = [c.to for c in importer.columns if c.to not in typed.columns]
        gaps = "".join(
            f", NULL::{type_of_kind(c.kind)} AS {cells.name(c.to)}"
            for c in importer.columns
            if c.to in lacking
        )
        rows = f"({importer.rows.format(rows=f'(SELECT *{gaps} FROM {typed.table} WHERE _state = {DATA})')})"
    channel = "channel" if "channel" in typed.columns else "NULL"
    if importer.table in ("spend", "shop", "orders") and importer.channel:
        channel = cells.quote(importer.channel)
    if choices.channel:
        channel = cells.quote(choices.channel)
    if choices.split:
        channel = f"{channel} || '/' || replace(coalesce(_split, '-'), '/', '-')"
    have = (
        set(typed.columns)
        | ({"state"} if importer.table == "orders" else set())
        | ({"value"} if importer.table == "events" and importer.rows else set())
    )
    picked = []
    for name in COLUMNS[importer.table]:
        if name == "channel" and importer.table in ("spend", "shop", "orders"):
            picked.append(f"{channel} AS channel")
        elif name == "channel" and importer.table == "events":
            picked.append(
                f"{'CASE WHEN channel IS NULL THEN NULL ELSE ' + channel + ' END' if choices.channel or choices.split else ('channel' if importer.rows or 'channel' in have else 'NULL::VARCHAR')} AS channel"
            )
        elif name == "platform" and importer.table == "creators":
            said = choices.channel or importer.channel
            default = cells.quote(said) if said else "NULL::VARCHAR"
            picked.append(
                f"{'coalesce(platform, ' + default + ')' if 'platform' in have else default} AS platform"
            )
        elif name == "tier" and importer.table == "creators":
            nano, koc, waist = choices.tiers
            by_size = (
                f"CASE WHEN followers IS NULL THEN NULL WHEN followers < {nano!r} THEN 'nano' WHEN followers < {koc!r} THEN 'koc' WHEN followers <= {waist!r} THEN 'waist' ELSE 'head' END"
                if "followers" in have
                else "NULL::VARCHAR"
            )
            picked.append(
                f"{'coalesce(tier, ' + by_size + ')' if 'tier' in have else by_size} AS tier"
            )
        elif name in have:
            picked.append(cells.name(name))
        else:
            picked.append(f"NULL::{_type_of(name)} AS {cells.name(name)}")
    return f"SELECT {', '.join(picked)} FROM {rows}"


def _type_of(name: str) -> str:
    if name in SUMS or name in (
        "value",
        "refund",
        "followers",
        "likes",
        "post_price",
        "video_price",
    ):
        return cells.NUMBER_TYPE
    return {"period": "DATE", "timestamp": "TIMESTAMP"}.get(name, "VARCHAR")


def drop_duplicates(
    connection: Any, parts: Sequence[Typed], choices: Choices
) -> tuple[list[Problem], list[str]]:
    """Rows that stand in two files. The same thing with the same numbers is counted once; with other numbers it is a
    question, answered by `duplicates`: add, first or last file wins. Rows within one file are only reported."""
    problems: list[Problem] = []
    notes: list[str] = []
    for name in sorted({p.name for p in parts}):
        mine = [p for p in parts if p.name == name]
        for one in mine:
            notes += _inside(connection, one)
        if len(mine) < 2 or choices.duplicates == "add":
            continue
        importer = mine[0].importer
        shared = [c for c in mine[0].columns if all(c in p.columns for p in mine)]
        about = (
            [c for c in shared if c in ("period", "channel", *importer.key)]
            if importer.table != "events"
            else shared
        )
        if importer.table == "orders" and "order_id" in shared:
            about = ["order_id"]
        elif importer.table == "creators":
            about = [c for c in about if c != "creator"] if "creator_id" in about else about
        if not about:
            continue
        keys = ", ".join(cells.name(c) for c in about)
        union = " UNION ALL ".join(
            f"SELECT {keys}, {i} AS _part, hash({', '.join(cells.name(c) for c in shared)}) AS _hash FROM {p.table} WHERE _state = {DATA}"
            for i, p in enumerate(mine)
        )
        connection.execute(f"""
            CREATE OR REPLACE TEMP TABLE shared_rows AS
            WITH per AS (SELECT {keys}, _part, count(*) AS n, sum(_hash::HUGEINT) AS h FROM ({union}) GROUP BY ALL)
            SELECT {keys}, min(_part) AS first, max(_part) AS last, min(n) = max(n) AND min(h) = max(h) AS same FROM per
            GROUP BY {keys} HAVING count(*) > 1""")
        clashes = connection.execute(
            f"SELECT {keys}, first, last FROM shared_rows WHERE NOT same ORDER BY ALL LIMIT 5"
        ).fetchall()
        many = connection.execute(
            "SELECT count(*) FILTER (same), count(*) FILTER (NOT same) FROM shared_rows"
        ).fetchone()
        if clashes and choices.duplicates is None:
            for row in clashes:
                what = ", ".join(
                    f"{c.lstrip('_')} {v}"
                    for c, v in zip(about, row, strict=False)
                    if v is not None
                )
                problems.append(
                    Problem(
                        _(
                            "{what} stands in two files with different numbers ({many} such)",
                            what=what,
                            many=many[1],
                        ),
                        _(
                            "{where} and {where2}",
                            where=mine[row[-2]].part.where,
                            where2=mine[row[-1]].part.where,
                        ),
                        _(
                            "say which counts: --duplicates last (the later file), first, or add (both are "
                            "real)"
                        ),
                    )
                )
            continue
        keep = "last" if choices.duplicates == "last" else "first"
        for i, p in enumerate(mine):
            gone = connection.execute(f"""
                UPDATE {p.table} AS t SET _state = 9 FROM shared_rows o WHERE t._state = {DATA} AND o.{keep} <> {i}
                AND {" AND ".join(f"t.{cells.name(c)} IS NOT DISTINCT FROM o.{cells.name(c)}" for c in about)}""").fetchone()
            if gone and gone[0]:
                notes.append(
                    _(
                        "{where}: {gone} rows are also in another file: counted once",
                        where=p.part.where,
                        gone=gone[0],
                    )
                )
    return problems, notes


def _inside(connection: Any, part: Typed) -> list[str]:
    """Identical rows inside one file: reported, kept. Rows of one order may well be alike; events too."""
    if part.importer.table == "events" or (
        part.importer.table == "orders" and "order_id" in part.columns
    ):
        return []
    columns = ", ".join(cells.name(c) for c in part.columns)
    twice = connection.execute(
        f"SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(*) AS n FROM {part.table} WHERE _state = {DATA} GROUP BY hash({columns}) HAVING count(*) > 1)"
    ).fetchone()[0]
    if not twice:
        return []
    return [
        _(
            "{where}: {twice} rows repeat another row in every column that was understood; "
            "they were kept, look whether they are real",
            where=part.part.where,
            twice=int(twice),
        )
    ]


def table_sql(parts: Sequence[Typed], choices: Choices, table: str) -> tuple[str, tuple[str, ...]]:
    """(SQL of the finished table, its columns)"""
    have = {c for p in parts for c in p.columns}
    columns = [
        c
        for i, c in enumerate(COLUMNS[table])
        if i < ALWAYS[table]
        or c in have
        or (c == "state" and table == "orders")
        or (c == "channel" and table in ("orders", "events"))
        or (c == "value" and table == "events")
    ]
    union = " UNION ALL ".join(f"({relation(p, choices)})" for p in parts)
    if table in ("spend", "shop"):
        sums = ", ".join(f"{_plain(c, f'sum({c})')} AS {c}" for c in columns if c in SUMS)
        whom = ", segment" if "segment" in columns else ""
        sql = f"SELECT strftime(period, '%Y-%m-%d') AS period, channel, {sums}{whom} FROM ({union}) GROUP BY ALL ORDER BY period, channel{whom}"
    else:
        sql = f"SELECT {', '.join(_plain(c, cells.name(c)) + ' AS ' + c for c in columns)} FROM ({union})"
        if table == "events" and any(
            p.importer.rows for p in parts
        ):  # reshaped rows come in no order of their own
            sql += " ORDER BY user_id, timestamp, event, channel, value"
    return sql, tuple(columns)


def _plain(name: str, value: str) -> str:
    if name in WHOLE:
        return f"CAST({value} AS BIGINT)"
    if name in SUMS or name in ("value", "refund", "post_price", "video_price"):
        return f"CAST({value} AS DOUBLE)"
    if name == "period":
        return f"strftime({value}, '%Y-%m-%d')"
    if name == "timestamp":
        return f"CAST({value} AS VARCHAR)"
    return value


def write(connection: Any, sql: str, out: Path) -> None:
    """Write the table as csv or parquet, whole or not at all."""
    kinds = {".csv": "FORMAT csv, HEADER", ".parquet": "FORMAT parquet"}
    if out.suffix.lower() not in kinds:
        raise UserError(
            _("'{suffix}' is no kind of table that is written here", suffix=out.suffix),
            str(out),
            _("name the output .csv or .parquet"),
        )
    with beside(out) as part:
        connection.execute(
            f"COPY ({sql}) TO {cells.quote(str(part))} ({kinds[out.suffix.lower()]})"
        )
