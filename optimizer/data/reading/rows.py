"""A part's rows in the file they come from: found again, malformed, swallowed by a stray quote,
left out.

Rows are only looked at in Python here, to explain.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from typing import Any

from optimizer.data.engine import literal
from optimizer.data.reading import cells
from optimizer.data.reading.container import Part
from optimizer.data.reading.encodings import blocks
from optimizer.data.reading.headers import Header, Match
from optimizer.data.reading.source import FOOTNOTE, TOTAL, Reading, source_sql
from optimizer.errors import Problem, UserError
from optimizer.messages import Message, _, listed

MOST_SHOWN = 12
FOOTNOTES = re.compile(
    r"\s*\"?\s*(数据|说明|注[:：]|备注|更新|导出|来源|©|\(c\) ?\d{4}|copyright|[*†] "
    r"|note|source|generated|exported|report|disclaimer|quelle|hinweis|fuente|nota[: ]|remarque)",
    re.IGNORECASE,
)
_TOTAL = re.compile(rf"\s*({cells.TOTALS})\s*", re.IGNORECASE)

Record = tuple[int, tuple[str, ...]]  # row in the file as a spreadsheet shows it, its cells


def is_total(filled: list[str]) -> bool:
    """Whether a row of those filled cells is one of totals.

    >>> is_total(["合计", "120"]), is_total(["2026-08-13", "120"])
    (True, False)
    """
    return any(_TOTAL.fullmatch(cell.strip()) for cell in filled[:3])


def is_footnote(filled: list[str]) -> bool:
    """Whether a row of those filled cells is a remark on the table."""
    return len(filled) == 1 and FOOTNOTES.match(filled[0]) is not None


def blank_and_note(columns: Sequence[str], lacks: str) -> tuple[str, str]:
    """SQL: whether a row is blank, and whether it is a footnote.

    Parameters
    ----------
    columns
        The columns that are looked at, the table's first one first.
    lacks
        SQL: the row lacks something it cannot do without.
    """
    beside = f"coalesce({', '.join(columns[1:])})" if columns[1:] else "NULL"
    form = literal("(?i)^" + FOOTNOTES.pattern)
    return (
        f"CASE WHEN {lacks} THEN coalesce({', '.join(columns)}) IS NULL ELSE FALSE END",
        f"CASE WHEN ({lacks}) AND {beside} IS NULL"
        f" THEN regexp_matches({columns[0]}, {form}) ELSE FALSE END",
    )


def malformed(reading: Reading) -> tuple[list[Problem], list[Message]]:
    """Rows that have another number of cells than the header: problems, and notes on totals and
    footnotes.
    """
    if not reading.is_text:
        return [], []
    rows = reading.connection.execute(
        f"SELECT DISTINCT line, error_type, csv_line FROM rejects{reading.number}"
        " ORDER BY line, error_type"
    ).fetchall()
    problems: list[Problem] = []
    notes: list[Message] = []
    seen: set[int] = set()
    for line, kind, raw in rows:
        if line in seen:
            continue
        seen.add(line)
        where = _("{label}: row {row}", label=reading.part.where, row=line)
        there = _cells_of(raw, reading.header.delimiter)
        filled = [c for c in there if c.strip()]
        if not filled:
            continue
        if is_total(filled):
            notes.append(_("{where}: left out, a row of totals: {raw}", where=where, raw=raw[:80]))
        elif is_footnote(filled):
            notes.append(_("{where}: left out, a footnote: {raw}", where=where, raw=filled[0][:80]))
        elif len(problems) < MOST_SHOWN:
            what = _(
                "this row {what}: {text}",
                what=_fault(kind, len(there), len(reading.header.names)),
                text=repr(raw[:60].strip()),
            )
            problems.append(Problem(what, where, _("mend or delete the row, or export again")))
    return problems, notes


def _cells_of(raw: str, delimiter: str) -> list[str]:
    line = raw.strip("\n")
    return line.split(delimiter) if '"' not in raw and "\n" not in line else [line]


def _fault(kind: str, cells_there: int, width: int) -> Message:
    """What DuckDB found wrong with the shape of a row."""
    if kind == "MISSING COLUMNS":
        return _("has {cells} cells where the header has {width}", cells=cells_there, width=width)
    if kind == "TOO MANY COLUMNS":
        return _("has more cells than the header's {names}", names=width)
    if kind == "UNQUOTED VALUE":
        return _("has a quote that does not end")
    if kind == "LINE SIZE OVER MAXIMUM":
        return _("is longer than a table's row can be")
    return _("cannot be read ({kind})", kind=kind.lower())


def lines_inside(reading: Reading, match: Match, i: int) -> list[Problem]:
    """A name or id that holds a line end: most often a stray quote has swallowed rows, so the sums
    would lack them.

    Parameters
    ----------
    reading
        What is read.
    match, i
        The column, and its place among those that are used.
    """
    (row,) = reading.one(f"SELECT min(_row) FROM {reading.table} WHERE contains(_r{i}, chr(10))")
    if row is None:
        return []
    place = _records(reading.part, reading.header, [row]).get(row)
    return [
        Problem(
            _("a cell holds several lines: a stray quote may have swallowed rows"),
            reading.place(match, place[0] if place else row + 1),
            _("mend the quotes in that row"),
        )
    ]


def swallowed(reading: Reading) -> list[Problem]:
    """A stray quote in any column, used or not, may have made whole rows part of a cell.

    It shows where a cell's lines have as many delimiters as the rows they would be; that is looked
    for only where there are more lines than rows.
    """
    header = reading.header
    if reading.part.kind != "text" or not header.quoted or not 2 <= header.width <= 400:
        return []
    with reading.part.path.open("rb") as stream:
        stream.seek(header.after)
        lines = sum(block.count(b"\n") for block in blocks(stream))
    if lines <= reading.one(f"SELECT count(*) FROM {reading.table}")[0]:
        return []
    tests = _row_inside(header)
    source = source_sql(reading.connection, reading.part, header, 0)
    found = reading.one(
        "SELECT "
        + ", ".join(f"min(c{i}) FILTER ({test})" for i, test in enumerate(tests))
        + f" FROM {source}"
    )
    return [
        Problem(
            _(
                "a cell holds whole rows, so a stray quote has swallowed them: {text}",
                text=repr(text[:40]),
            ),
            _(
                "{where}: column '{header}'",
                where=reading.part.where,
                header=header.names[i].strip(),
            )
            if i < len(header.names)
            else reading.part.where,
            _("mend the quotes in that row"),
        )
        for i, text in enumerate(found)
        if text is not None
    ]


def _row_inside(header: Header) -> list[str]:
    """SQL for each column: the cell's lines have as many delimiters as rows would have."""
    mark, width = re.escape(header.delimiter), header.width

    def cells_of(count: int) -> str:
        return rf"[^{mark}\n]*({mark}[^{mark}\n]*){{{count}}}"

    forms = [
        rf"{cells_of(width - 1 - i)}\n({cells_of(width - 1)}\n)*{cells_of(i)}" for i in range(width)
    ]
    return [
        f"contains(c{i}, chr(10)) AND regexp_full_match(c{i}, {literal(form)})"
        for i, form in enumerate(forms)
    ]


def left_out(reading: Reading) -> list[Message]:
    """Notes on the rows of totals and the footnotes that are none of the data."""
    notes = []
    for state, words in ((TOTAL, _("totals")), (FOOTNOTE, _("footnote"))):
        found = reading.column(
            f"SELECT _row FROM {reading.table} WHERE _state = {state}"
            f" ORDER BY _row LIMIT {MOST_SHOWN}"
        )
        if found:
            places = _records(reading.part, reading.header, found) if reading.is_text else {}
            notes.append(
                _(
                    "{where}: left out as {what}: row {rows}",
                    where=reading.part.where,
                    what=words,
                    rows=listed(places[r][0] if r in places else r + 1 for r in found),
                )
            )
    return notes


def records(connection: Any, part: Part, header: Header, rows: list[int]) -> dict[int, Record]:
    """Rows of the typed table in the file.

    Parameters
    ----------
    connection
        DuckDB's.
    part, header
        Where they were read.
    rows
        Places in the typed table, from 0.

    Returns
    -------
    dict
        {row in the table: (row in the file, its cells)}
    """
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


def _records(part: Part, header: Header, rows: list[int]) -> dict[int, Record]:
    """Rows of the table in the text: records are counted as DuckDB did (blank and malformed ones
    have no row).
    """
    wanted, out, at = set(rows), {}, -1
    csv.field_size_limit(1 << 24)
    with part.path.open(encoding="utf-8", newline="") as stream:
        reader = csv.reader(
            stream,
            delimiter=header.delimiter,
            quoting=csv.QUOTE_MINIMAL if header.quoted else csv.QUOTE_NONE,
        )
        try:
            # a row as a spreadsheet counts them: a quoted line end starts none
            for row, record in enumerate(reader, 1):
                if len(record) != header.width or not record:
                    continue
                at += 1
                if at in wanted:
                    out[at] = (row, tuple(record))
                    if len(out) == len(wanted):
                        break
        except csv.Error:
            pass  # places are for messages only
    return out
