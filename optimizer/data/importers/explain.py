"""What is wrong with a part, in its own rows and columns, and what was left out of it.

A row's place in the typed table finds it again in the file. Rows are only looked at in Python here, to explain.
"""

from __future__ import annotations

import csv
import re
from typing import Any

from optimizer.data.importers import cells
from optimizer.data.importers.container import Part
from optimizer.data.importers.declare import Importer
from optimizer.data.importers.headers import Header, Match
from optimizer.data.importers.source import DATA, FOOTNOTE, TOTAL, source_sql
from optimizer.data.importers.text import blocks
from optimizer.errors import Problem, UserError
from optimizer.messages import _

MOST_SHOWN = 12
FOOTNOTES = re.compile(
    r"\s*(数据|说明|注[:：]|备注|更新|导出|来源|note|source|generated|exported|report|disclaimer)",
    re.IGNORECASE,
)
_TOTAL = re.compile(rf"\s*({cells.TOTALS})\s*", re.IGNORECASE)


def malformed(
    connection: Any, part: Part, header: Header, number: int
) -> tuple[list[Problem], list[str]]:
    if part.kind not in ("text", "sheet"):
        return [], []
    rows = connection.execute(
        f"SELECT DISTINCT line, error_type, csv_line FROM rejects{number} ORDER BY line, error_type"
    ).fetchall()
    problems: list[Problem] = []
    notes: list[str] = []
    seen: set[int] = set()
    for line, kind, raw in rows:
        if line in seen:
            continue
        seen.add(line)
        where = _("{label}: row {row}", label=part.where, row=line)
        line_only = raw.strip("\n")
        cells_there = (
            line_only.split(header.delimiter)
            if '"' not in raw and "\n" not in line_only
            else [line_only]
        )
        filled = [c for c in cells_there if c.strip()]
        if not filled:
            continue
        if any(_TOTAL.fullmatch(c.strip()) for c in filled[:3]):
            notes.append(_("{where}: left out, a row of totals: {raw}", where=where, raw=raw[:80]))
        elif len(filled) == 1 and FOOTNOTES.match(filled[0]):
            notes.append(_("{where}: left out, a footnote: {raw}", where=where, raw=filled[0][:80]))
        elif len(problems) < MOST_SHOWN:
            what = {
                "MISSING COLUMNS": _(
                    "has {cells} cells where the header has {width}",
                    cells=len(cells_there),
                    width=len(header.names),
                ),
                "TOO MANY COLUMNS": _(
                    "has more cells than the header's {names}", names=len(header.names)
                ),
                "UNQUOTED VALUE": _("has a quote that does not end"),
                "LINE SIZE OVER MAXIMUM": _("is longer than a table's row can be"),
            }
            problems.append(
                Problem(
                    _(
                        "this row {what}: {text}",
                        what=what.get(kind, "cannot be read (" + kind.lower() + ")"),
                        text=repr(raw[:60].strip()),
                    ),
                    where,
                    _("mend or delete the row, or export again"),
                )
            )
    return problems, notes


def not_understood(
    connection: Any, part: Part, header: Header, used: list[Match], table: str, importer: Importer
) -> list[Problem]:
    """The cells that were not understood, or are empty where a row cannot do without them; the first of each column."""
    out = []
    for i, match in enumerate(used):
        entry = match.column
        assert entry is not None
        needed = (
            entry.required
            and not entry.blank
            and (entry.kind not in ("money", "count") or importer.table == "orders")
        )
        where = f"_state = {DATA} AND ({f'{cells.name(entry.to)} IS NULL' if needed else f'_r{i} IS NOT NULL'})"
        many, first = connection.execute(
            f"SELECT count(*), min(rowid) FROM {table} WHERE {where}"
        ).fetchone()
        if not many:
            continue
        rows = (
            [
                r[0]
                for r in connection.execute(
                    f"SELECT rowid FROM {table} WHERE {where} ORDER BY rowid LIMIT 3"
                ).fetchall()
            ]
            if many > 1
            else [first]
        )
        found = records(connection, part, header, rows)
        for row in rows:
            place, record = found.get(row, (row + 1, ()))
            raw = (record[match.position] or "") if match.position < len(record) else ""
            unclear = match.written in entry.unclear
            what, fix = explain(entry.kind, raw, match.header.strip(), importer.table, unclear)
            more = _(" ({many} such cells)", many=many) if many > 3 and row == rows[-1] else ""
            out.append(
                Problem(
                    what + more,
                    _(
                        "{where}: row {row}, column '{column}'",
                        where=part.where,
                        row=place,
                        column=match.header.strip(),
                    ),
                    fix,
                )
            )
    return out


def lines_inside(
    connection: Any, part: Part, header: Header, match: Match, table: str, i: int
) -> list[Problem]:
    """A name or id that holds a line end: most often a stray quote has swallowed rows, so the sums would lack them."""
    row = connection.execute(
        f"SELECT min(rowid) FROM {table} WHERE contains(_r{i}, chr(10))"
    ).fetchone()[0]
    if row is None:
        return []
    place = _records(part, header, [row]).get(row)
    where = _(
        "{where}: row {row}, column '{column}'",
        where=part.where,
        row=place[0] if place else row + 1,
        column=match.header.strip(),
    )
    return [
        Problem(
            _("a cell holds several lines: a stray quote may have swallowed rows"),
            where,
            _("mend the quotes in that row"),
        )
    ]


def swallowed(connection: Any, part: Part, header: Header, table: str) -> list[Problem]:
    """A stray quote in any column, used or not, may have made whole rows part of a cell. It shows where a cell's lines
    have as many delimiters as the rows they would be; that is looked for only where there are more lines than rows."""
    if part.kind != "text" or not header.quoted:
        return []
    with part.path.open("rb") as stream:
        stream.seek(header.after)
        lines = sum(block.count(b"\n") for block in blocks(stream))
    rows = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    if lines <= rows:
        return []
    width = len(header.names) + header.extra
    mark = re.escape(header.delimiter)

    def cells_of(count: int) -> str:
        return rf"[^{mark}\n]*({mark}[^{mark}\n]*){{{count}}}"

    forms = [
        rf"{cells_of(width - 1 - i)}\n({cells_of(width - 1)}\n)*{cells_of(i)}" for i in range(width)
    ]
    tests = [
        f"contains(c{i}, chr(10)) AND regexp_full_match(c{i}, {cells.quote(form)})"
        for i, form in enumerate(forms)
    ]
    if width < 2 or width > 400:
        return []
    source = source_sql(connection, part, header, 0)
    found = connection.execute(
        f"SELECT {', '.join(f'min(c{i}) FILTER ({test})' for i, test in enumerate(tests))} FROM {source}"
    ).fetchone()
    return [
        Problem(
            _(
                "a cell holds whole rows, so a stray quote has swallowed them: {text}",
                text=repr(text[:40]),
            ),
            _("{where}: column '{header}'", where=part.where, header=header.names[i].strip())
            if i < len(header.names)
            else part.where,
            _("mend the quotes in that row"),
        )
        for i, text in enumerate(found)
        if text is not None
    ]


def explain(kind: str, raw: str, header: str, table: str, unclear: bool = False) -> tuple[str, str]:
    """(what is wrong with a cell, what to try)"""
    shown = repr(raw[:40])
    if not raw.strip() or raw.strip().lower() in cells.MISSING:
        return _("no value where one is needed: {shown}", shown=shown), _(
            "fill it in, or delete the row"
        )
    if unclear and re.fullmatch(r"\s*\d+(\.\d+)?\s*", raw):
        return (
            _("{shown} could be in 万 or not: '{header}' does not say", shown=shown, header=header),
            _(
                "say which: --unit '{header}=万' or --unit '{header2}=个'",
                header=header,
                header2=header,
            ),
        )
    if kind in ("day", "time"):
        if re.fullmatch(r"\s*\d{1,2}[/.-]\d{1,2}[/.-]\d{4}.*", raw):
            return (
                _("{shown} could be month/day or day/month", shown=shown),
                _("say which: --dates mdy or --dates dmy"),
            )
        if re.fullmatch(r"\s*\d{1,2}月\d{1,2}日\s*", raw):
            return _("{shown} has no year", shown=shown), _("say it: --year 2026")
        if re.fullmatch(r"\s*\d{5}(\.\d+)?\s*", raw):
            return (
                _("{shown} is a spreadsheet's day number", shown=shown),
                _("format the column as a date in the spreadsheet and save again"),
            )
        if re.search(r"\d\s*(~|至|-|—)\s*\d{4}", raw):
            return _("{shown} covers several days", shown=shown), _("export by day")
        return _("{shown} is no date that is understood", shown=shown), _("write it as 2026-08-13")
    if kind.startswith("epoch"):
        return (
            _(
                "{shown} is no time in {unit} since 1970",
                shown=shown,
                unit="seconds" if kind == "epoch_s" else "microseconds",
            ),
            _("export it again"),
        )
    if kind == "json":
        return _("this is not JSON: {shown}", shown=shown), _("export it again")
    if kind == "id":
        return (
            _("{shown} is an id a spreadsheet has shortened", shown=shown),
            _("export again and do not open the file in a spreadsheet before importing"),
        )
    if re.search(r"[~至到]|\d.*[-—–].*\d", raw):
        return _("{shown} is a range", shown=shown), _(
            "say which end counts: --ranges low, mid or high"
        )
    if raw.strip().endswith("+"):
        return _("{shown} is a lower bound", shown=shown), _(
            "say --ranges low to take it as it stands"
        )
    if re.fullmatch(r"\s*\d(\.\d+)?E\+?\d+\s*", raw):
        return (
            _("{shown} was shortened by a spreadsheet", shown=shown),
            _("format the column as a number and save again"),
        )
    if "%" in raw:
        return (
            _("{shown} is a share where a number is needed", shown=shown),
            _("look whether '{header}' is the right column", header=header),
        )
    if raw.strip().startswith(("-", "(", "－")) and table in ("spend", "shop", "creators"):
        return (
            _("{name} is negative: {cell}", name=header, cell=shown),
            _("delete the row, or book the refund where it belongs"),
        )
    if kind == "count" and re.fullmatch(r"\s*\d+\.\d+\s*", raw):
        return _("{shown} is no whole number", shown=shown), _(
            "look whether '{header}' is the right column", header=header
        )
    return (
        _("{shown} is no number that is understood", shown=shown),
        _("write it as 11269 or 11,269, or say --missing WORD if it means no value"),
    )


def left_out(connection: Any, part: Part, header: Header, table: str) -> list[str]:
    notes = []
    for state, words in ((TOTAL, "totals"), (FOOTNOTE, "footnote")):
        found = [
            r[0]
            for r in connection.execute(
                f"SELECT rowid FROM {table} WHERE _state = {state} ORDER BY rowid LIMIT {MOST_SHOWN}"
            ).fetchall()
        ]
        if found:
            places = _records(part, header, found) if part.kind in ("text", "sheet") else {}
            notes.append(
                _(
                    "{where}: left out as {what}: row {rows}",
                    where=part.where,
                    what=words,
                    rows=", ".join(str(places[r][0] if r in places else r + 1) for r in found),
                )
            )
    return notes


def records(
    connection: Any, part: Part, header: Header, rows: list[int]
) -> dict[int, tuple[int, tuple[str, ...]]]:
    """{row in the table: (row in the file, its cells)}"""
    if part.kind in ("text", "sheet"):
        return _records(part, header, rows)
    import duckdb

    source = source_sql(connection, part, header, 0)
    out = {}
    for row in rows:
        try:
            found = connection.execute(
                f"SELECT * FROM {source} LIMIT 1 OFFSET {int(row)}"
            ).fetchone()
        except duckdb.Error as error:  # bytes that only this reading meets
            raise UserError(
                _("the file is damaged: {error}", error=str(error).splitlines()[0]),
                part.where,
                _("export it again"),
            ) from None
        out[row] = (row + 1, tuple("" if c is None else c for c in found or ()))
    return out


def _records(part: Part, header: Header, rows: list[int]) -> dict[int, tuple[int, tuple[str, ...]]]:
    """Find rows of the table again in the text: count records as DuckDB did (blank and malformed ones have no row)."""
    wanted, out, at = set(rows), {}, -1
    width = len(header.names) + header.extra
    csv.field_size_limit(1 << 24)
    with part.path.open(encoding="utf-8", newline="") as stream:
        reader = csv.reader(
            stream,
            delimiter=header.delimiter,
            quoting=csv.QUOTE_MINIMAL if header.quoted else csv.QUOTE_NONE,
        )
        try:
            for row, record in enumerate(
                reader, 1
            ):  # a row as a spreadsheet counts them: a quoted line end starts none
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
