"""One part -> one typed table in DuckDB: each cell read by its column's kind, what was not understood marked by a bit.

Rows keep their order, so a row's place in the table finds it again in the file. Rows are only looked at in Python
to explain a problem.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from typing import Any

from optimizer.data.importers import cells
from optimizer.data.importers.container import Part
from optimizer.data.importers.declare import Importer
from optimizer.data.importers.headers import Header, Match
from optimizer.errors import Problem

DATA, TOTAL, BLANK, FOOTNOTE = range(4)
MOST_SHOWN = 12
LOOK = 6  # columns from the left in which a totals row may say so
_FOOTNOTE = re.compile(r"\s*(数据|说明|注[:：]|备注|更新|导出|来源|note|source|generated|exported|report|disclaimer)", re.IGNORECASE)
_TOTAL = re.compile(cells.TOTALS, re.IGNORECASE)


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


def source_sql(connection: Any, part: Part, header: Header, number: int) -> str:
    """SQL of the part's rows as text columns c0, c1, ...; malformed rows go to reject tables named by `number`."""
    width = len(header.names) + header.extra
    if part.kind == "parquet":
        return f"(SELECT {', '.join(f'{_as_text(kind, cells.name(n))} AS c{i}' for i, (n, kind) in enumerate(_described(connection, part)))} FROM read_parquet({cells.quote(str(part.path))}))"
    if part.kind == "json":
        return f"(SELECT {', '.join(f'{_as_text(kind, cells.name(n))} AS c{i}' for i, (n, kind) in enumerate(_described(connection, part)))} FROM {_json(part)})"
    columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(width))
    return (
        f"read_csv({cells.quote(str(part.path))}, auto_detect=false, header=false, delim={cells.quote(header.delimiter)}, quote='\"', escape='\"', "
        f"new_line='\\n', columns={{{columns}}}, nullstr='', ignore_errors=true, store_rejects=true, "
        f"rejects_table='rejects{number}', rejects_scan='scans{number}', rejects_limit=2000, strict_mode=true)"
    )


def described(connection: Any, part: Part) -> tuple[str, ...]:
    """The column names of a parquet or json part."""
    return tuple(n for n, _ in _described(connection, part))


def _described(connection: Any, part: Part) -> list[tuple[str, str]]:
    relation = f"read_parquet({cells.quote(str(part.path))})" if part.kind == "parquet" else _json(part)
    return [(row[0], row[1]) for row in connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()]


def _json(part: Part) -> str:
    return f"read_json({cells.quote(str(part.path))}, format='auto', union_by_name=true, maximum_object_size=67108864)"


def _as_text(kind: str, column: str) -> str:
    if kind.startswith(("STRUCT", "MAP")) or kind.endswith("]"):
        return f"CAST(to_json({column}) AS VARCHAR)"
    if kind.startswith("TIMESTAMP WITH"):
        return f"strftime({column}, '%Y-%m-%d %H:%M:%S.%f+00:00')"
    return f"CAST({column} AS VARCHAR)"


def read_part(connection: Any, part: Part, name: str, importer: Importer, header: Header, matches: tuple[Match, ...],
              choices: Choices, number: int) -> tuple[Typed | None, list[Problem], list[str]]:
    """Type every row of a part. Problems say row and column; notes say what was left out.

    Two steps: the forms most cells have are read while loading; the other texts are read once per distinct text.
    """
    used = [m for m in matches if m.column is not None]
    names = [m.column.to for m in used if m.column]
    table = f"part{number}"
    if part.kind in ("text", "sheet"):
        _blank_out(part, header)
    try:
        connection.execute(_load(table, source_sql(connection, part, header, number), header, matches, importer, choices))
    except Exception as error:  # DuckDB on a file it cannot read at all
        if type(error).__module__.split(".")[0] not in ("duckdb", "_duckdb"):
            raise
        return None, [Problem(f"the table cannot be read: {_sentence(error)}", part.where, "export it again as csv or xlsx")], []
    problems, notes = _rejects(connection, part, header, number)
    for i, m in enumerate(used):  # columns read quickly while loading: a total's word is what was left over
        if m.position < LOOK or (m.column and m.column.kind in ("day", "time")):
            connection.execute(f"UPDATE {table} SET _state = {TOTAL} WHERE _r{i} IS NOT NULL AND _totals(_r{i})")
    for i in range(len(used)):
        if part.kind == "text" and names and used[i].column and used[i].column.kind in ("text", "id"):  # type: ignore[union-attr]
            problems += _lines_inside(connection, part, header, used[i], table, i)
        wrong, more = _read_slowly(connection, table, i, used[i], importer, choices, part.where)
        problems += wrong
        notes += more
    lacks = " OR ".join(f"{cells.name(m.column.to)} IS NULL" for m in used if m.column and m.column.required and not m.column.blank)
    if lacks:
        connection.execute(f"UPDATE {table} SET _state = CASE WHEN _blank THEN {BLANK} WHEN _note THEN {FOOTNOTE} ELSE _state END WHERE _state = {DATA} AND (_blank OR _note) AND ({lacks})")
    problems += _explain(connection, part, header, used, table, importer)
    notes += _left_out(connection, part, header, table)
    counts = connection.execute(f"SELECT count(*), {', '.join(f'count({cells.name(n)})' for n in names)} FROM {table} WHERE _state = {DATA}").fetchone()
    missing = {n: int(counts[0] - counts[i + 1]) for i, n in enumerate(names)}
    if choices.date is not None and importer.find("period") and "period" not in names:
        names.append("period")
    return Typed(part, name, importer, header, matches, table, tuple(names), int(counts[0]), missing), problems, notes


def _load(table: str, source: str, header: Header, matches: tuple[Match, ...], importer: Importer, choices: Choices) -> str:
    """SQL: the part's columns read in their usual forms; `_r3` keeps the text of column 3 where that failed."""
    used = [m for m in matches if m.column is not None]
    columns: list[str] = []
    values: list[str] = []
    if choices.date is not None and importer.find("period") and not any(m.column and m.column.to == "period" for m in used):
        columns.append(f"DATE {cells.quote(choices.date)} AS period")
    for i, m in enumerate(used):
        entry, raw = m.column, f"c{m.position}"
        assert entry is not None
        quick = None if _needs_care(m, choices) else cells.fast(entry.kind, raw, f"v{i}", _positive(entry.kind, importer))
        value, usual = quick or (f"NULL::{type_of_kind(entry.kind)}", "FALSE")
        values.append(f"{value} AS v{i}")
        columns += [f"v{i} AS {cells.name(entry.to)}", f"CASE WHEN {usual} THEN NULL ELSE {raw} END AS _r{i}"]
    split = [m for m in matches if choices.split is not None and m.header.strip() == choices.split.strip()]
    if split:
        columns.append(f"{cells.text(f'c{split[0].position}')} AS _split")
    typed = {m.position for m in used if m.column and not _needs_care(m, choices) and cells.fast(m.column.kind, "", "", False)}
    first = {*range(min(LOOK, len(header.names)))}
    look = sorted((first | {m.position for m in used if m.column and m.column.kind == "text"}) - typed)
    seen = sorted(first | {m.position for m in used})
    others = f"coalesce({', '.join(f'c{i}' for i in seen if i)})" if [i for i in seen if i] else "NULL"
    note = f"CASE WHEN {others} IS NULL THEN regexp_matches(c0, {cells.quote('(?i)^' + _FOOTNOTE.pattern)}) ELSE FALSE END"
    return (
        f"CREATE TEMP TABLE {table} AS SELECT CASE WHEN {' OR '.join(f'_totals(c{i})' for i in look) or 'FALSE'} THEN {TOTAL} ELSE {DATA} END AS _state, "
        f"coalesce({', '.join(f'c{i}' for i in seen)}) IS NULL AS _blank, {note} AS _note, {', '.join(columns)} FROM (SELECT *, {', '.join(values)} FROM {source})"
    )


def _read_slowly(connection: Any, table: str, i: int, match: Match, importer: Importer, choices: Choices, where: str) -> tuple[list[Problem], list[str]]:
    """The cells of one column that are not in the usual form, each distinct text once. `_r` stays where a cell holds
    something that was not understood, and becomes NULL where it was, or where it means "no value"."""
    if not connection.execute(f"SELECT count(_r{i}) FROM {table}").fetchone()[0]:
        return [], []
    entry = match.column
    assert entry is not None
    quick = connection.execute(f"SELECT count({cells.name(entry.to)}) FROM {table} WHERE _r{i} IS NULL").fetchone()[0] if entry.kind == "time" else 0
    gone = [*entry.missing, *choices.missing]
    is_gone = "_gone(r)" + (f" OR trim(r) IN ({', '.join(cells.quote(w) for w in gone)})" if gone else "")
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE texts AS
        SELECT r, CASE WHEN {_accepts(match, 'v', importer, choices)} THEN v END AS v, {is_gone} AS gone
        FROM (SELECT r, CASE WHEN {is_gone} THEN NULL ELSE {_value(match, choices)} END AS v FROM (SELECT DISTINCT _r{i} AS r FROM {table} WHERE _r{i} IS NOT NULL))""")
    connection.execute(f"""
        UPDATE {table} AS t SET {cells.name(entry.to)} = x.v, _r{i} = CASE WHEN x.v IS NULL AND NOT x.gone THEN x.r END
        FROM texts AS x WHERE t._r{i} = x.r""")
    return _zones(connection, match, quick, choices, where) if entry.kind == "time" else ([], [])


def _zones(connection: Any, match: Match, quick: int, choices: Choices, where: str) -> tuple[list[Problem], list[str]]:
    """Times that state their zone beside times that do not cannot be put in order."""
    zoned, plain = connection.execute(f"SELECT count(*) FILTER ({cells.is_zoned('r')}), count(*) FILTER (NOT {cells.is_zoned('r')}) FROM texts WHERE v IS NOT NULL").fetchone()
    header = match.header.strip()
    if zoned and (plain or quick):
        return [Problem("some times state their zone and others do not", f"{where}: column '{header}'", "export again with one kind of times")], []
    if zoned and choices.zone is None:
        return [], [f"{where}: '{header}' states its zone; times were written as UTC (--zone names another)"]
    return [], []


def _left_out(connection: Any, part: Part, header: Header, table: str) -> list[str]:
    notes = []
    for state, words in ((TOTAL, "totals"), (FOOTNOTE, "footnote")):
        found = [r[0] for r in connection.execute(f"SELECT rowid FROM {table} WHERE _state = {state} ORDER BY rowid LIMIT {MOST_SHOWN}").fetchall()]
        if found:
            places = _records(part, header, found) if part.kind in ("text", "sheet") else {}
            notes.append(f"{part.where}: left out as {words}: row {', '.join(str(places[r][0] if r in places else r + 1) for r in found)}")
    return notes


def _blank_out(part: Part, header: Header) -> None:
    """Overwrite everything up to the data with blank lines, so that DuckDB sees data only and lines keep their numbers."""
    with part.path.open("r+b") as stream:
        stream.write(b" " * max(0, header.after - header.last_row) + b"\n" * min(header.after, header.last_row))


def _lines_inside(connection: Any, part: Part, header: Header, match: Match, table: str, i: int) -> list[Problem]:
    """A name or id that holds a line end: most often a stray quote has swallowed rows, so the sums would lack them."""
    row = connection.execute(f"SELECT min(rowid) FROM {table} WHERE contains(_r{i}, chr(10))").fetchone()[0]
    if row is None:
        return []
    place = _records(part, header, [row]).get(row)
    where = f"{part.where}: row {place[0] if place else row + 1}, column '{match.header.strip()}'"
    return [Problem("a cell holds several lines: a stray quote may have swallowed rows", where, "mend the quotes in that row")]


def _factor(match: Match, choices: Choices) -> float:
    told = dict(choices.units)
    for header in (match.header, match.header.strip()):
        if header in told:
            return told[header]
    return 1.0 if match.factor is None else match.factor


def _needs_care(match: Match, choices: Choices) -> bool:
    """Bare numbers of this column are not simply what they say: another unit, or a unit nobody has stated."""
    assert match.column is not None
    return bool(choices.missing or match.column.missing) or _factor(match, choices) != 1.0 or match.written in match.column.unclear


def _value(match: Match, choices: Choices) -> str:
    """SQL: the text `r` read by the column's kind."""
    entry = match.column
    assert entry is not None
    if entry.kind in ("count", "money", "number", "rate"):
        value = cells.number("r", _factor(match, choices), choices.ranges, share=entry.kind == "rate")
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
    return cells.accept(entry.kind, value, choices.ranges is not None or _factor(match, choices) != 1.0)


def type_of_kind(kind: str) -> str:
    return {"day": "DATE", "time": "TIMESTAMP", "epoch_s": "TIMESTAMP", "epoch_us": "TIMESTAMP", "json": "JSON", "text": "VARCHAR", "id": "VARCHAR"}.get(kind, cells.NUMBER_TYPE)


def _rejects(connection: Any, part: Part, header: Header, number: int) -> tuple[list[Problem], list[str]]:
    if part.kind not in ("text", "sheet"):
        return [], []
    rows = connection.execute(f"SELECT DISTINCT line, error_type, csv_line FROM rejects{number} ORDER BY line, error_type").fetchall()
    problems: list[Problem] = []
    notes: list[str] = []
    seen: set[int] = set()
    for line, kind, raw in rows:
        if line in seen:
            continue
        seen.add(line)
        where = f"{part.where}: row {line}"
        line_only = raw.strip("\n")
        cells_there = line_only.split(header.delimiter) if '"' not in raw and "\n" not in line_only else [line_only]
        filled = [c for c in cells_there if c.strip()]
        if not filled:
            continue
        if any(_TOTAL.fullmatch(c.strip()) for c in filled[:3]):
            notes.append(f"{where}: left out as totals: {raw[:80]}")
        elif len(filled) == 1 and _FOOTNOTE.match(filled[0]):
            notes.append(f"{where}: left out as a footnote: {filled[0][:80]}")
        elif len(problems) < MOST_SHOWN:
            what = {"MISSING COLUMNS": f"has {len(cells_there)} cells where the header has {len(header.names)}",
                    "TOO MANY COLUMNS": f"has more cells than the header's {len(header.names)}",
                    "UNQUOTED VALUE": "has a quote that does not end", "LINE SIZE OVER MAXIMUM": "is longer than a table's row can be"}
            problems.append(Problem(f"this row {what.get(kind, 'cannot be read (' + kind.lower() + ')')}: {raw[:60].strip()!r}", where, "mend or delete the row, or export again"))
    return problems, notes


def _explain(connection: Any, part: Part, header: Header, used: list[Match], table: str, importer: Importer) -> list[Problem]:
    """The cells that were not understood, or are empty where a row cannot do without them; the first of each column."""
    out = []
    for i, match in enumerate(used):
        entry = match.column
        assert entry is not None
        needed = entry.required and not entry.blank and (entry.kind not in ("money", "count") or importer.table == "orders")
        where = f"_state = {DATA} AND ({f'{cells.name(entry.to)} IS NULL' if needed else f'_r{i} IS NOT NULL'})"
        many, first = connection.execute(f"SELECT count(*), min(rowid) FROM {table} WHERE {where}").fetchone()
        if not many:
            continue
        rows = [r[0] for r in connection.execute(f"SELECT rowid FROM {table} WHERE {where} ORDER BY rowid LIMIT 3").fetchall()] if many > 1 else [first]
        found = records(connection, part, header, rows)
        for row in rows:
            place, record = found.get(row, (row + 1, ()))
            raw = (record[match.position] or "") if match.position < len(record) else ""
            unclear = match.written in entry.unclear
            what, fix = explain(entry.kind, raw, match.header.strip(), importer.table, unclear)
            more = f" ({many} such cells)" if many > 3 and row == rows[-1] else ""
            out.append(Problem(what + more, f"{part.where}: row {place}, column '{match.header.strip()}'", fix))
    return out


def explain(kind: str, raw: str, header: str, table: str, unclear: bool = False) -> tuple[str, str]:
    """(what is wrong with a cell, what to try)"""
    shown = repr(raw[:40])
    if not raw.strip() or raw.strip().lower() in cells.MISSING:
        return f"no value where one is needed: {shown}", "fill it in, or delete the row"
    if unclear and re.fullmatch(r"\s*\d+(\.\d+)?\s*", raw):
        return f"{shown} could be in 万 or not: '{header}' does not say", f"say which: --unit '{header}=万' or --unit '{header}=个'"
    if kind in ("day", "time"):
        if re.fullmatch(r"\s*\d{1,2}[/.-]\d{1,2}[/.-]\d{4}.*", raw):
            return f"{shown} could be month/day or day/month", "say which: --dates mdy or --dates dmy"
        if re.fullmatch(r"\s*\d{1,2}月\d{1,2}日\s*", raw):
            return f"{shown} has no year", "say it: --year 2026"
        if re.fullmatch(r"\s*\d{5}(\.\d+)?\s*", raw):
            return f"{shown} is a spreadsheet's day number", "format the column as a date in the spreadsheet and save again"
        if re.search(r"\d\s*(~|至|-|—)\s*\d{4}", raw):
            return f"{shown} covers several days", "export by day"
        return f"{shown} is no date that is understood", "write it as 2026-08-13"
    if kind.startswith("epoch"):
        return f"{shown} is no time in {'seconds' if kind == 'epoch_s' else 'microseconds'} since 1970", "export it again"
    if kind == "json":
        return f"this is not JSON: {shown}", "export it again"
    if kind == "id":
        return f"{shown} is an id a spreadsheet has shortened", "export again and do not open the file in a spreadsheet before importing"
    if re.search(r"[~至到]|\d.*[-—–].*\d", raw):
        return f"{shown} is a range", "say which end counts: --ranges low, mid or high"
    if raw.strip().endswith("+"):
        return f"{shown} is a lower bound", "say --ranges low to take it as it stands"
    if re.fullmatch(r"\s*\d(\.\d+)?E\+?\d+\s*", raw):
        return f"{shown} was shortened by a spreadsheet", "format the column as a number and save again"
    if "%" in raw:
        return f"{shown} is a share where a number is needed", f"look whether '{header}' is the right column"
    if raw.strip().startswith(("-", "(", "－")) and table in ("spend", "shop", "creators"):
        return f"{header} is negative: {shown}", "delete the row, or book the refund where it belongs"
    if kind == "count" and re.fullmatch(r"\s*\d+\.\d+\s*", raw):
        return f"{shown} is no whole number", f"look whether '{header}' is the right column"
    return f"{shown} is no number that is understood", "write it as 11269 or 11,269, or say --missing WORD if it means no value"


def records(connection: Any, part: Part, header: Header, rows: list[int]) -> dict[int, tuple[int, tuple[str, ...]]]:
    """{row in the table: (row in the file, its cells)}"""
    if part.kind in ("text", "sheet"):
        return _records(part, header, rows)
    source = source_sql(connection, part, header, 0)
    out = {}
    for row in rows:
        found = connection.execute(f"SELECT * FROM {source} LIMIT 1 OFFSET {int(row)}").fetchone()
        out[row] = (row + 1, tuple("" if c is None else c for c in found or ()))
    return out


def _records(part: Part, header: Header, rows: list[int]) -> dict[int, tuple[int, tuple[str, ...]]]:
    """Find rows of the table again in the text: count records as DuckDB did (blank and malformed ones have no row)."""
    wanted, out, at = set(rows), {}, -1
    width = len(header.names) + header.extra
    csv.field_size_limit(1 << 24)
    with part.path.open(encoding="utf-8", newline="") as stream:
        reader = csv.reader(stream, delimiter=header.delimiter)
        try:
            for row, record in enumerate(reader, 1):  # a row as a spreadsheet counts them: a quoted line end starts none
                if len(record) != width or not record:
                    continue
                at += 1
                if at in wanted:
                    out[at] = (row, tuple(record))
                    if len(out) == len(wanted):
                        break
        except csv.Error:
            pass  # places are for messages only
    return out


def _sentence(error: BaseException) -> str:
    text = str(error).strip().splitlines()
    return re.sub(r"\S*/part\d+\.txt", "the file", text[0])[:200] if text else type(error).__name__
