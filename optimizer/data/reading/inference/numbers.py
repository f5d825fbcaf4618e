"""The decimal marks of a file's columns, from the texts of all their cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from optimizer.data.engine import quoted
from optimizer.data.reading.headers import Match
from optimizer.data.reading.inference.grammar import (
    COMMA,
    COUNTED,
    HOW_TO_SAY,
    NUMERIC,
    POINT,
    Grammar,
    Tally,
    grammars_of,
    is_chinese,
    tallies_of,
    tally_sql,
)
from optimizer.data.reading.inference.inferred import Inferred
from optimizer.data.reading.rows import records
from optimizer.data.reading.source import Reading, described_kinds, source_sql
from optimizer.errors import Open, Problem
from optimizer.messages import _


@dataclass
class Numbers:
    """The decimal marks of a part.

    Attributes
    ----------
    marks
        {position of the column: "." or ","}; "." for those that are not there.
    inferred
        What was inferred.
    problems
        Columns that two readings survive, or none.
    open
        Positions of those columns.
    """

    marks: dict[int, str] = field(default_factory=dict)
    inferred: list[Inferred] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    open: set[int] = field(default_factory=set)


def numbers_of(reading: Reading) -> Numbers:
    """How the columns of a part that was loaded write their numbers.

    Cells in a form that both grammars read alike were read while loading; the others decide. Only
    where they leave anything open, the whole part is looked at again.
    """
    used = [(i, m) for i, m in enumerate(reading.used) if m.entry.kind in NUMERIC]
    typed = _typed(reading)
    used = [(i, m) for i, m in used if m.position not in typed]
    tallies = {m.position: _left(reading, i, m) for i, m in used}
    if not any(_doubtful(tally) for tally in tallies.values()):
        return _settled(reading, used, tallies, {})
    whole = _whole(reading, typed)
    others = {position: tally for position, tally in whole.items() if position not in tallies}
    return _settled(reading, used, {position: whole[position] for position in tallies}, others)


def _typed(reading: Reading) -> set[int]:
    """The columns that hold numbers already (parquet, JSON)."""
    if reading.part.kind not in ("parquet", "json"):
        return set()
    kinds = described_kinds(reading.connection, reading.part)
    return {i for i, kind in enumerate(kinds) if kind != "VARCHAR"}


def _left(reading: Reading, i: int, match: Match) -> Tally:
    """The cells of a column that were not read while loading, and those read with decimals."""
    raw = f"_r{i}"
    left = (
        f"SELECT {raw} AS r, count(*) AS n FROM {reading.table} WHERE {raw} IS NOT NULL GROUP BY 1"
    )
    row = reading.one(f"SELECT {', '.join(tally_sql('r', 'n'))} FROM ({left})")
    counts = dict(zip(COUNTED, (int(number) for number in row), strict=True))
    if counts["only_comma"] or counts["dotted"] or counts["commaed"]:
        value = quoted(match.entry.to)
        (decimals,) = reading.one(
            f"SELECT count(*) FROM {reading.table} WHERE {raw} IS NULL AND {value} % 1 <> 0"
        )
        counts["only_point"] += int(decimals)
    return Tally(match.entry.kind, counts)


def _doubtful(tally: Tally) -> bool:
    """Whether a column's own cells do not settle it as written with a decimal point."""
    if tally.kind == "rate":
        return bool(tally["only_comma"])
    return bool(tally.comma or (tally.open and not tally.point))


def _whole(reading: Reading, typed: set[int]) -> dict[int, Tally]:
    """{position: tally} of every column, used or not, over all its cells."""
    kinds = {m.position: m.entry.kind for m in reading.used}
    places = [i for i in range(reading.header.width) if i not in typed]
    source = source_sql(reading.connection, reading.part, reading.header, 0)
    counted = [sql for i in places for sql in tally_sql(f"c{i}")]
    row = [int(number) for number in reading.one(f"SELECT {', '.join(counted)} FROM {source}")]
    tallies = tallies_of(row, [kinds.get(i, "rate") for i in places])
    return dict(zip(places, tallies, strict=True))


def _settled(
    reading: Reading,
    used: Sequence[tuple[int, Match]],
    tallies: dict[int, Tally],
    unused: dict[int, Tally],
) -> Numbers:
    """The grammar of every column of numbers."""
    out = Numbers()
    chinese, said = is_chinese(reading.header.names), reading.choices.decimal_mark
    grammars = grammars_of(tallies, list(unused.values()), chinese, said)
    for __, match in used:
        grammar = grammars[match.position]
        if grammar.mark is None:
            out.open.add(match.position)
            out.problems.append(_question(reading, match, grammar))
            continue
        out.marks[match.position] = grammar.mark
        if grammar.cells or grammar.mark != POINT:
            out.inferred.append(_inferred(reading, match, grammar))
    return out


def _inferred(reading: Reading, match: Match, grammar: Grammar) -> Inferred:
    written = "1,234.56" if grammar.mark == POINT else "1.234,56"
    header = match.header.strip()
    return Inferred(reading.part.where, header, "numbers", written, grammar.evidence, grammar.cells)


def _question(reading: Reading, match: Match, grammar: Grammar) -> Problem:
    """What a column leaves open, with its first cell that does."""
    i = next(i for i, m in enumerate(reading.used) if m is match)
    row, text = reading.one(
        f"SELECT min(_row), min_by(_r{i}, _row) FROM {reading.table}"
        f" WHERE regexp_matches(_r{i}, '[.,]')"
    )
    place = None
    if row is not None:
        place = records(reading.connection, reading.part, reading.header, [row]).get(
            row, (row + 1,)
        )[0]
    what = _("{evidence}: {cell}", evidence=grammar.evidence, cell=repr(str(text or "")[:40]))
    where = reading.place(match, place)
    return Problem(what, where, HOW_TO_SAY, open=Open("decimal", (POINT, COMMA)))
