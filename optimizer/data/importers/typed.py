"""One part -> one typed table in DuckDB: each cell read by its column's kind.

`_r0`, `_r1`, ... keep the texts that were not understood; `_state` says what a row is. Rows keep their order.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from optimizer.data.importers import cells
from optimizer.data.importers.container import Part
from optimizer.data.importers.declare import Importer
from optimizer.data.importers.explain import (
    FOOTNOTES,
    left_out,
    lines_inside,
    malformed,
    not_understood,
    swallowed,
)
from optimizer.data.importers.headers import Header, Match
from optimizer.data.importers.source import BLANK, DATA, FOOTNOTE, TOTAL, source_sql
from optimizer.errors import Problem
from optimizer.messages import _

LOOK = 6  # columns from the left in which a totals row may say so


@dataclass(frozen=True)
class Choices:
    """What the user said beyond the files. None and empty: not said.

    channel: the channel of every row · split: a header whose values become a level below the channel ·
    columns: {our column: header} · units: {header: factor} · ranges: low, mid or high end of "1万-2万" ·
    dates: mdy or dmy for 8/13/2026 · year: of "8月13日" · date: the day of every row where no column says it · zone: the time zone of clock times in the output ·
    missing: further words for "no value" · ignore: headers that are not what they look like · tiers: follower borders (nano|koc|waist|head) ·
    duplicates: add | first | last, where two files tell different numbers of the same thing
    """

    channel: str | None = None
    split: str | None = None
    columns: tuple[tuple[str, str], ...] = ()
    units: tuple[tuple[str, float], ...] = ()
    ranges: str | None = None
    dates: str | None = None
    year: int | None = None
    date: str | None = None
    zone: str | None = None
    missing: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    tiers: tuple[float, float, float] = (10_000, 50_000, 500_000)
    duplicates: str | None = None


@dataclass(frozen=True)
class Typed:
    """A part that was read. table: its name in DuckDB; columns: ours, in the order of the declaration."""

    part: Part
    name: str
    importer: Importer
    header: Header
    matches: tuple[Match, ...]
    table: str
    columns: tuple[str, ...]
    rows: int
    missing: dict[str, int]


def connect(room: str) -> Any:
    """A DuckDB for one import: bounded memory, spilling to the working folder."""
    from optimizer.data.engine import Engine, Limits

    engine = Engine(Limits(memory="1GB", spill=room))
    for statement in cells.macros():
        engine.run(statement)
    return engine


def read_part(
    connection: Any,
    part: Part,
    name: str,
    importer: Importer,
    header: Header,
    matches: tuple[Match, ...],
    choices: Choices,
    number: int,
) -> tuple[Typed | None, list[Problem], list[str]]:
    """Type every row of a part. Problems say row and column; notes say what was left out.

    Two steps: the forms most cells have are read while loading; the other texts are read once per distinct text.
    """
    used = [m for m in matches if m.column is not None]
    names = [m.column.to for m in used if m.column]
    table = f"part{number}"
    if part.kind in ("text", "sheet"):
        _blank_out(part, header)
    try:
        connection.execute(
            _load(
                table,
                source_sql(connection, part, header, number),
                header,
                matches,
                importer,
                choices,
            )
        )
    except Exception as error:  # DuckDB on a file it cannot read at all
        if type(error).__module__.split(".")[0] not in ("duckdb", "_duckdb"):
            raise
        return (
            None,
            [
                Problem(
                    _("the table cannot be read: {error}", error=_sentence(error)),
                    part.where,
                    _("export it again as csv or xlsx"),
                )
            ],
            [],
        )
    problems, notes = malformed(connection, part, header, number)
    problems += swallowed(connection, part, header, table)
    for i, m in enumerate(
        used
    ):  # columns read quickly while loading: a total's word is what was left over
        day = m.column is not None and m.column.kind in ("day", "time")
        if m.position < LOOK or day:
            connection.execute(
                f"UPDATE {table} SET _state = {TOTAL} WHERE _r{i} IS NOT NULL AND {'_totals_of_days' if day else '_totals'}(_r{i})"
            )
    for i in range(len(used)):
        if (
            part.kind == "text"
            and names
            and used[i].column
            and used[i].column.kind in ("text", "id")
        ):  # type: ignore[union-attr]
            problems += lines_inside(connection, part, header, used[i], table, i)
        wrong, more = _read_slowly(connection, table, i, used[i], importer, choices, part.where)
        problems += wrong
        notes += more
    lacks = " OR ".join(
        f"{cells.name(m.column.to)} IS NULL"
        for m in used
        if m.column and m.column.required and not m.column.blank
    )
    if lacks:
        connection.execute(
            f"UPDATE {table} SET _state = CASE WHEN _blank THEN {BLANK} WHEN _note THEN {FOOTNOTE} ELSE _state END WHERE _state = {DATA} AND (_blank OR _note) AND ({lacks})"
        )
    problems += not_understood(connection, part, header, used, table, importer)
    notes += left_out(connection, part, header, table)
    counts = connection.execute(
        f"SELECT count(*), {', '.join(f'count({cells.name(n)})' for n in names)} FROM {table} WHERE _state = {DATA}"
    ).fetchone()
    missing = {n: int(counts[0] - counts[i + 1]) for i, n in enumerate(names)}
    if choices.date is not None and importer.find("period") and "period" not in names:
        names.append("period")
    return (
        Typed(part, name, importer, header, matches, table, tuple(names), int(counts[0]), missing),
        problems,
        notes,
    )


def _load(
    table: str,
    source: str,
    header: Header,
    matches: tuple[Match, ...],
    importer: Importer,
    choices: Choices,
) -> str:
    """SQL: the part's columns read in their usual forms; `_r3` keeps the text of column 3 where that failed."""
    used = [m for m in matches if m.column is not None]
    columns: list[str] = []
    values: list[str] = []
    if (
        choices.date is not None
        and importer.find("period")
        and not any(m.column and m.column.to == "period" for m in used)
    ):
        columns.append(f"DATE {cells.quote(choices.date)} AS period")
    for i, m in enumerate(used):
        entry, raw = m.column, f"c{m.position}"
        assert entry is not None
        quick = (
            None
            if _needs_care(m, choices)
            else cells.fast(entry.kind, raw, f"v{i}", _positive(entry.kind, importer))
        )
        value, usual = quick or (f"NULL::{type_of_kind(entry.kind)}", "FALSE")
        values.append(f"{value} AS v{i}")
        columns += [
            f"v{i} AS {cells.name(entry.to)}",
            f"CASE WHEN {usual} THEN NULL ELSE {raw} END AS _r{i}",
        ]
    split = [
        m
        for m in matches
        if choices.split is not None and m.header.strip() == choices.split.strip()
    ]
    if split:
        columns.append(f"{cells.text(f'c{split[0].position}')} AS _split")
    number = {
        m.position
        for m in used
        if m.column
        and m.column.kind not in ("text", "id")
        and not _needs_care(m, choices)
        and cells.fast(m.column.kind, "", "", False)
    }
    first = {*range(min(LOOK, len(header.names)))}
    name = {m.position for m in used if m.column and m.column.kind in ("text", "id")}
    # who ordered or was touched may be called anything; a plan, a channel or a creator is not called "total"
    look = sorted(
        (first | name)
        - number
        - (name - {0} if importer.table in ("orders", "events", "arms", "regions") else set())
    )
    seen = sorted(first | {m.position for m in used})
    others = (
        f"coalesce({', '.join(f'c{i}' for i in seen if i)})" if [i for i in seen if i] else "NULL"
    )
    # only a row that lacks something can be blank or a footnote
    lacks = (
        " OR ".join(
            f"v{i} IS NULL"
            for i, m in enumerate(used)
            if m.column and m.column.required and not m.column.blank
        )
        or "FALSE"
    )
    blank = f"CASE WHEN {lacks} THEN coalesce({', '.join(f'c{i}' for i in seen)}) IS NULL ELSE FALSE END"
    note = f"CASE WHEN ({lacks}) AND {others} IS NULL THEN regexp_matches(c0, {cells.quote('(?i)^' + FOOTNOTES.pattern)}) ELSE FALSE END"
    return (
        f"CREATE TEMP TABLE {table} AS SELECT CASE WHEN {' OR '.join(f'_totals(c{i})' for i in look) or 'FALSE'} THEN {TOTAL} ELSE {DATA} END AS _state, "
        f"{blank} AS _blank, {note} AS _note, {', '.join(columns)} FROM (SELECT *, {', '.join(values)} FROM {source})"
    )


def _read_slowly(
    connection: Any,
    table: str,
    i: int,
    match: Match,
    importer: Importer,
    choices: Choices,
    where: str,
) -> tuple[list[Problem], list[str]]:
    """The cells of one column that are not in the usual form, each distinct text once. `_r` stays where a cell holds
    something that was not understood, and becomes NULL where it was, or where it means "no value"."""
    if not connection.execute(f"SELECT count(_r{i}) FROM {table}").fetchone()[0]:
        return [], []
    entry = match.column
    assert entry is not None
    quick = (
        connection.execute(
            f"SELECT count({cells.name(entry.to)}) FROM {table} WHERE _r{i} IS NULL"
        ).fetchone()[0]
        if entry.kind in ("time", "day")
        else 0
    )
    gone = [*entry.missing, *choices.missing]
    is_gone = "_gone(r)" + (
        f" OR trim(r) IN ({', '.join(cells.quote(w) for w in gone)})" if gone else ""
    )
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE texts AS
        SELECT r, CASE WHEN {_accepts(match, "v", importer, choices)} THEN v END AS v, {is_gone} AS gone
        FROM (SELECT r, CASE WHEN {is_gone} THEN NULL ELSE {_value(match, choices)} END AS v FROM (SELECT DISTINCT _r{i} AS r FROM {table} WHERE _r{i} IS NOT NULL))""")
    connection.execute(f"""
        UPDATE {table} AS t SET {cells.name(entry.to)} = x.v, _r{i} = CASE WHEN x.v IS NULL AND NOT x.gone THEN x.r END
        FROM texts AS x WHERE t._r{i} = x.r""")
    if entry.kind == "day":
        return _spans(connection, match, quick, where)
    if entry.kind == "money":
        return _signs(connection, match, where), []
    return _zones(connection, match, quick, choices, where) if entry.kind == "time" else ([], [])


def _spans(
    connection: Any, match: Match, quick: int, where: str
) -> tuple[list[Problem], list[str]]:
    """A month or a week stands for its first day; beside single days it would count them twice."""
    long, short = connection.execute(
        f"SELECT count(*) FILTER ({cells.is_span('r')}), count(*) FILTER (NOT {cells.is_span('r')}) FROM texts WHERE v IS NOT NULL"
    ).fetchone()
    if not long:
        return [], []
    header = match.header.strip()
    if short or quick:
        return [
            Problem(
                _("some rows cover a month or a week and others a day"),
                _("{where}: column '{header}'", where=where, header=header),
                _("export again with one kind of rows"),
            )
        ], []
    return [], [f"{where}: '{header}' holds months or weeks; each is written as its first day"]


def _signs(connection: Any, match: Match, where: str) -> list[Problem]:
    """Amounts under one header in several currencies cannot be added up."""
    found = [
        r[0]
        for r in connection.execute(
            f"SELECT DISTINCT {cells.currency('r')} AS sign FROM texts WHERE v IS NOT NULL AND {cells.currency('r')} IS NOT NULL ORDER BY 1"
        ).fetchall()
    ]
    if len(found) < 2:
        return []
    return [
        Problem(
            _("amounts are in several currencies: {names}", names=", ".join(found)),
            _("{where}: column '{header}'", where=where, header=match.header.strip()),
            _("export in one currency"),
        )
    ]


def _zones(
    connection: Any, match: Match, quick: int, choices: Choices, where: str
) -> tuple[list[Problem], list[str]]:
    """Times that state their zone beside times that do not cannot be put in order."""
    zoned, plain = connection.execute(
        f"SELECT count(*) FILTER ({cells.is_zoned('r')}), count(*) FILTER (NOT {cells.is_zoned('r')}) FROM texts WHERE v IS NOT NULL"
    ).fetchone()
    header = match.header.strip()
    if zoned and (plain or quick):
        return [
            Problem(
                _("some times state their zone and others do not"),
                _("{where}: column '{header}'", where=where, header=header),
                _("export again with one kind of times"),
            )
        ], []
    if zoned and choices.zone is None:
        return [], [
            f"{where}: '{header}' states its zone; times were written as UTC (--zone names another)"
        ]
    return [], []


def _blank_out(part: Part, header: Header) -> None:
    """Overwrite everything up to the data with blank lines, so that DuckDB sees data only and lines keep their numbers."""
    with part.path.open("r+b") as stream:
        stream.write(
            b" " * max(0, header.after - header.last_row)
            + b"\n" * min(header.after, header.last_row)
        )


def _factor(match: Match, choices: Choices) -> float:
    told = dict(choices.units)
    for header in (match.header, match.header.strip()):
        if header in told:
            return told[header]
    return 1.0 if match.factor is None else match.factor


def _needs_care(match: Match, choices: Choices) -> bool:
    """Bare numbers of this column are not simply what they say: another unit, or a unit nobody has stated."""
    assert match.column is not None
    return (
        bool(choices.missing or match.column.missing)
        or _factor(match, choices) != 1.0
        or match.written in match.column.unclear
    )


def _value(match: Match, choices: Choices) -> str:
    """SQL: the text `r` read by the column's kind."""
    entry = match.column
    assert entry is not None
    if entry.kind in ("count", "money", "number", "rate"):
        value = cells.number(
            "r", _factor(match, choices), choices.ranges, share=entry.kind == "rate"
        )
        if match.written in entry.unclear and match.header.strip() not in dict(choices.units):
            value = f"CASE WHEN regexp_matches(r, '[万亿千wWkK]') THEN {value} END"
        return value
    if entry.kind == "day":
        return cells.day("r", choices.dates, choices.year)
    if entry.kind == "time":
        return cells.time("r", choices.dates, choices.year, choices.zone)
    if entry.kind in ("epoch_s", "epoch_us"):
        return cells.epoch("r", 1 if entry.kind == "epoch_s" else 1_000_000, choices.zone)
    if entry.kind == "json":
        return "try_cast(r AS JSON)"
    return cells.ident("r") if entry.kind == "id" else cells.text("r")


def _positive(kind: str, importer: Importer) -> bool:
    return kind == "count" or (kind == "money" and importer.table in ("spend", "shop", "creators"))


def _accepts(match: Match, value: str, importer: Importer, choices: Choices) -> str:
    entry = match.column
    assert entry is not None
    if entry.kind == "money" and _positive("money", importer):
        return f"{value} >= 0"
    return cells.accept(
        entry.kind, value, choices.ranges is not None or _factor(match, choices) != 1.0
    )


def type_of_kind(kind: str) -> str:
    return {
        "day": "DATE",
        "time": "TIMESTAMP",
        "epoch_s": "TIMESTAMP",
        "epoch_us": "TIMESTAMP",
        "json": "JSON",
        "text": "VARCHAR",
        "id": "VARCHAR",
    }.get(kind, cells.NUMBER_TYPE)


def _sentence(error: BaseException) -> str:
    text = str(error).strip().splitlines()
    return re.sub(r"\S*/part\d+\.txt", "the file", text[0])[:200] if text else type(error).__name__
