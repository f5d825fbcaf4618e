"""One part -> one typed table in DuckDB: each cell read by its column's kind.

`_r0`, `_r1`, ... keep the texts that were not understood; `_state` says what a row is; `_row` is
the row's place among the file's records, from 0, whatever order the engine worked in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from optimizer import progress
from optimizer.data.engine import Engine, Limits, literal, quoted
from optimizer.data.reading import cells, usual_cells
from optimizer.data.reading.columns import Layout, header_key
from optimizer.data.reading.container import Part
from optimizer.data.reading.explain import not_understood
from optimizer.data.reading.headers import Header, Match
from optimizer.data.reading.inference.currency import HEADERS, named_sql
from optimizer.data.reading.inference.grammar import POINT
from optimizer.data.reading.inference.inferred import Inferred
from optimizer.data.reading.inference.numbers import Numbers, numbers_of
from optimizer.data.reading.inference.periods import Grain, grain_of
from optimizer.data.reading.inference.totals import PEOPLE, settle_totals
from optimizer.data.reading.kinds import is_positive, needs_care, type_of_kind
from optimizer.data.reading.other_cells import read_others
from optimizer.data.reading.rows import blank_and_note, left_out, lines_inside, malformed, swallowed
from optimizer.data.reading.source import BLANK, DATA, FOOTNOTE, TOTAL, Reading, source_sql
from optimizer.errors import Problem
from optimizer.messages import Message, _

LOADING = 0.7  # of the time that a part takes
LOOK = 6  # columns from the left in which a totals row may say so


@dataclass(frozen=True)
class Typed:
    """A part that was read.

    Attributes
    ----------
    part, header, matches
        Where it comes from, its header row, and what each header was understood as.
    name, layout
        What the table is, and its name.
    table
        Its name in DuckDB.
    columns
        Ours, in the order of the file.
    rows
        How many rows hold data.
    missing
        {our column: cells without a value}
    inferred
        What was inferred of its columns, with what decided it.
    unproven
        Rows of totals that equal no sum of the rows that are there.
    signs
        Currencies whose signs stand in its amounts, ISO 4217.
    currency
        Name of the column in DuckDB that names each row's currency.
    grain
        What its rows cover.
    """

    part: Part
    name: str
    layout: Layout
    header: Header
    matches: tuple[Match, ...]
    table: str
    columns: tuple[str, ...]
    rows: int
    missing: dict[str, int]
    inferred: tuple[Inferred, ...] = ()
    unproven: tuple[int, ...] = ()
    signs: tuple[str, ...] = ()
    currency: str | None = None
    grain: Grain = field(default_factory=Grain)


def connect(room: str) -> Engine:
    """An engine for one import: bounded memory, spilling to the working folder `room`."""
    engine = Engine(Limits(memory="1GB", spill=room))
    cells.prepare(engine)
    return engine


def read_part(reading: Reading) -> tuple[Typed | None, list[Problem], list[Message]]:
    """Type every row of a part.

    Two steps: the forms most cells have are read while loading; the other texts are read once per
    distinct text.

    Returns
    -------
    typed
        The table; None where the file cannot be read at all.
    problems
        With row and column.
    notes
        What was left out.
    """
    if reading.is_text:
        _blank_out(reading.part, reading.header)
    try:
        with progress.part(0.0, LOADING):
            reading.connection.execute(_load(reading))
    except Exception as error:  # DuckDB on a file it cannot read at all
        if type(error).__module__.split(".")[0] not in ("duckdb", "_duckdb"):
            raise
        what = _("the table cannot be read: {error}", error=_sentence(error))
        fix = _("export it again as csv or xlsx")
        return None, [Problem(what, reading.part.where, fix)], []
    _in_file_order(reading)
    problems, notes = malformed(reading)
    problems += swallowed(reading)
    _mark_totals(reading)
    numbers = numbers_of(reading)
    problems += numbers.problems
    with progress.part(LOADING, 1.0):
        for i, match in progress.counted([*enumerate(reading.used)]):
            wrong, more = _read_column(reading, i, match, numbers)
            problems += wrong
            notes += more
    totals = settle_totals(reading)
    problems += totals.problems
    grain, wrong = grain_of(reading, reading.lengths)
    problems += wrong
    _mark_what_lacks(reading)
    problems += not_understood(reading)
    notes += left_out(reading)
    typed = _typed(reading, [*numbers.inferred, *reading.inferred, *totals.inferred])
    return replace(typed, unproven=totals.unproven, grain=grain), problems, notes


def _read_column(
    reading: Reading, i: int, match: Match, numbers: Numbers
) -> tuple[list[Problem], list[Message]]:
    """The texts of a column that were not read while loading."""
    if match.position in numbers.open:
        reading.connection.execute(f"UPDATE {reading.table} SET _r{i} = NULL")
        return [], []
    lines = reading.part.kind == "text" and match.entry.kind in ("text", "id")
    problems = lines_inside(reading, match, i) if lines else []
    mark = numbers.marks.get(match.position, POINT)
    wrong, notes = read_others(reading, i, match, mark)
    return [*problems, *wrong], notes


def _typed(reading: Reading, inferred: list[Inferred]) -> Typed:
    """The handle on the finished table."""
    names = [m.entry.to for m in reading.used]
    counted = ", ".join(["count(*)", *(f"count({quoted(n)})" for n in names)])
    counts = reading.one(f"SELECT {counted} FROM {reading.table} WHERE _state = {DATA}")
    missing = {n: int(counts[0] - counts[i + 1]) for i, n in enumerate(names)}
    if _dated(reading) and "period" not in names:
        names.append("period")
    return Typed(
        reading.part,
        reading.name,
        reading.layout,
        reading.header,
        reading.matches,
        reading.table,
        tuple(names),
        int(counts[0]),
        missing,
        tuple(inferred),
        (),
        tuple(sorted(reading.signs)),
        "currency"
        if "currency" in names
        else None
        if _currency_column(reading) is None
        else "_currency",
    )


def _dated(reading: Reading) -> bool:
    """Whether the user said the day of every row, and the table has days."""
    return reading.choices.date is not None and reading.layout.find("period") is not None


def _load(reading: Reading) -> str:
    """SQL: the part's columns read in their usual forms; `_r3` keeps the text of column 3 where
    that failed.
    """
    choices, used = reading.choices, reading.used
    columns: list[str] = []
    values: list[str] = []
    if _dated(reading) and not any(m.entry.to == "period" for m in used):
        columns.append(f"DATE {literal(str(choices.date))} AS period")
    for i, match in enumerate(used):
        entry, raw = match.entry, f"c{match.position}"
        quick = (
            None
            if needs_care(match, choices)
            else usual_cells.usual(
                entry.kind, raw, f"v{i}", is_positive(entry.kind, reading.layout)
            )
        )
        value, usual = quick or (f"NULL::{type_of_kind(entry.kind)}", "FALSE")
        values.append(f"{value} AS v{i}")
        columns += [
            f"v{i} AS {quoted(entry.to)}",
            f"CASE WHEN {usual} THEN NULL ELSE {raw} END AS _r{i}",
        ]
    if choices.split is not None:
        split = next(
            (m for m in reading.matches if m.header.strip() == choices.split.strip()), None
        )
        if split is not None:
            columns.append(f"{cells.text(f'c{split.position}')} AS _split")
    if (place := _currency_column(reading)) is not None:
        columns.append(f"{named_sql(cells.text(f'c{place}'))} AS _currency")
    source = source_sql(reading.connection, reading.part, reading.header, reading.number)
    return (
        f"CREATE TEMP TABLE {reading.table} AS"
        f" SELECT {', '.join(['_row', *_states(reading), *columns])}"
        f" FROM (SELECT *, {', '.join(values)}"
        f" FROM (SELECT row_number() OVER () - 1 AS _row, * FROM {source}))"
    )


def _currency_column(reading: Reading) -> int | None:
    """Where a column names the currency, of a table whose importer knows none."""
    if any(m.entry.to == "currency" for m in reading.used):
        return None
    places = [m.position for m in reading.matches if header_key(m.header) in HEADERS]
    return places[0] if len(places) == 1 else None


def _in_file_order(reading: Reading) -> None:
    """The rows as the file has them: a join inside the loading may have turned them round."""
    table = reading.table
    if reading.one(f"SELECT count(*) FROM {table} WHERE rowid <> _row")[0]:
        reading.connection.execute(
            f"CREATE TEMP TABLE {table}_sorted AS SELECT * FROM {table} ORDER BY _row"
        )
        reading.connection.execute(f"DROP TABLE {table}")
        reading.connection.execute(f"ALTER TABLE {table}_sorted RENAME TO {table}")


def _states(reading: Reading) -> list[str]:
    """SQL of `_state` (a row that says it is one of totals), `_blank` and `_note`."""
    used = reading.used
    first = set(range(min(LOOK, len(reading.header.names))))
    seen = sorted(first | {m.position for m in used})
    totals = " OR ".join(f"_totals(c{i})" for i in _totals_columns(reading, first)) or "FALSE"
    # only a row that lacks something can be blank or a footnote
    required = [i for i, m in enumerate(used) if m.entry.required and not m.entry.blank]
    lacks = " OR ".join(f"v{i} IS NULL" for i in required) or "FALSE"
    blank, note = blank_and_note([f"c{i}" for i in seen], lacks)
    return [
        f"CASE WHEN {totals} THEN {TOTAL} ELSE {DATA} END AS _state",
        f"{blank} AS _blank",
        f"{note} AS _note",
    ]


def _totals_columns(reading: Reading, first: set[int]) -> list[int]:
    """Columns of text in which a row may say that it is one of totals."""
    number = {
        m.position
        for m in reading.used
        if m.entry.kind not in ("text", "id")
        and not needs_care(m, reading.choices)
        and usual_cells.usual(m.entry.kind, "", "", False)
    }
    name = {m.position for m in reading.used if m.entry.kind in ("text", "id")}
    people = reading.layout.table in PEOPLE
    return sorted((first | name) - number - (name - {0} if people else set()))


def _mark_totals(reading: Reading) -> None:
    """In columns that were read quickly while loading, a total's word is what was left over."""
    for i, match in enumerate(reading.used):
        day = match.entry.kind in ("day", "time")
        if match.position < LOOK or day:
            says = "_totals_of_days" if day else "_totals"
            reading.connection.execute(
                f"UPDATE {reading.table} SET _state = {TOTAL}"
                f" WHERE _r{i} IS NOT NULL AND {says}(_r{i})"
            )


def _mark_what_lacks(reading: Reading) -> None:
    """Blank rows and footnotes, among the rows that lack something after every cell was read."""
    lacks = " OR ".join(
        f"{quoted(m.entry.to)} IS NULL"
        for m in reading.used
        if m.entry.required and not m.entry.blank
    )
    if lacks:
        state = f"CASE WHEN _blank THEN {BLANK} WHEN _note THEN {FOOTNOTE} ELSE _state END"
        reading.connection.execute(
            f"UPDATE {reading.table} SET _state = {state}"
            f" WHERE _state = {DATA} AND (_blank OR _note) AND ({lacks})"
        )


def _blank_out(part: Part, header: Header) -> None:
    """Overwrite everything up to the data with blank lines: DuckDB sees data only, and lines keep
    their numbers.
    """
    with part.path.open("r+b") as stream:
        stream.write(
            b" " * max(0, header.after - header.last_row)
            + b"\n" * min(header.after, header.last_row)
        )


def _sentence(error: BaseException) -> str:
    text = str(error).strip().splitlines()
    return re.sub(r"\S*/part\d+\.txt", "the file", text[0])[:200] if text else type(error).__name__
