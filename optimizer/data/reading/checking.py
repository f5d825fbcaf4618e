"""Checking a table at the door: cells by rule, and every problem with its row and column.

One pass decides whether anything is wrong; only then is the source read again to point at the rows.
Rows that are none of the data (totals, blanks, footnotes) are left out and told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from optimizer.data.raw import Raw
from optimizer.data.reading.careful import date_order, marks_of, says_totals, signs_of, state_of
from optimizer.data.reading.inference.grammar import POINT
from optimizer.data.reading.rows import MOST_SHOWN
from optimizer.data.reading.rules import Check, Rules
from optimizer.data.reading.source import DATA, FOOTNOTE, TOTAL
from optimizer.data.reading.values import Found
from optimizer.errors import Problem, Problems, UserError
from optimizer.messages import Message, Text, _, listed

SHOWN = 20


@dataclass(frozen=True)
class Checked:
    """A table that keeps its rules.

    Attributes
    ----------
    table
        The normalised relation.
    raw, found
        What it was read from: the source, or its cells read with care.
    signs
        Codes of the currency whose sign stands beside amounts.
    """

    table: str
    raw: Raw
    found: Mapping[str, Found]
    signs: tuple[str, ...] = ()


def checked(raw: Raw, found: Mapping[str, Found], rules: Rules) -> Checked:
    """Make the normalised relation (a view on what is cheap to read again, else a table) and check
    it.

    Cells are read the quick way; only where that finds anything wrong in a table of text, the
    grammar of cells reads it, and rows that are none of the data are left out, with a note in
    `raw.left_out`.

    Parameters
    ----------
    raw
        The source.
    found
        Our name -> the raw column.
    rules
        What the table is.

    Raises
    ------
    Problems
        With every cell that breaks a rule.
    UserError
        Where the source has no rows.
    """
    table = _Table(raw, found, rules)
    rows, wrong = table.counts()
    if rows == 0:
        raise UserError(
            _("the table has a header but no rows"), raw.label, _("export it again with its rows")
        )
    texts = raw.local and any(entry.is_text for entry in found.values())
    doubts = table.doubts or raw.mapping.decimal == ","
    if texts and (any(wrong) or doubts or (rules.totals and says_totals(raw, found))):
        table = _carefully(raw, found, rules)
        rows, wrong = table.counts()
        table.tell_left_out()
    if any(wrong):
        raise Problems(table.problems(wrong))
    return Checked(table.defined(), table.raw, table.found, table.signs)


class _Table:
    """The relation of a table while its rules are checked.

    state: SQL of what a row is; "": every row is data. doubts: cells that may be 1.5 or 1,500.
    """

    doubts = 0
    signs: tuple[str, ...] = ()

    def __init__(self, raw: Raw, found: Mapping[str, Found], rules: Rules, state: str = "") -> None:
        self.raw, self.found, self.kind = raw, found, rules.kind
        self.checks = rules.checks(found)
        self.source, columns = raw.view, rules.columns(found)
        self.body = ", ".join(f"{sql} AS {name}" for name, sql in columns.items())
        self.wrong = [check.wrong for check in self.checks]
        self.state = state
        read = [doubt for entry in found.values() if not entry.cell and (doubt := entry.doubt)]
        self.doubt = " OR ".join(read) if raw.local and read else "FALSE"
        if not raw.stored:
            self._parse(columns)

    def _parse(self, columns: Mapping[str, str]) -> None:
        """Text is parsed once: each row keeps the numbers of the rules it breaks as bits."""
        self.source = self.raw.engine.name(f"{self.kind}_marked")
        marks = " + ".join(
            f"CASE WHEN {wrong} THEN {1 << i} ELSE 0 END"
            for i, wrong in enumerate([*self.wrong, self.doubt])
        )
        self.raw.attempt(
            f"CREATE TABLE {self.source} AS SELECT {self.body}, {marks} AS marks"
            f" FROM {self.raw.view}"
        )
        self.body = ", ".join(columns)
        *self.wrong, self.doubt = (f"(marks & {1 << i}) <> 0" for i in range(len(self.checks) + 1))

    @property
    def data(self) -> str:
        """SQL: the rows that hold data."""
        return f"{self.source} WHERE {self.state} = {DATA}" if self.state else self.source

    def counts(self) -> tuple[int, list[int]]:
        """Rows, and rows that break each rule."""
        tests = [*self.wrong, self.doubt]
        counted = [f"COALESCE(sum(CASE WHEN {w} THEN 1 ELSE 0 END), 0)" for w in tests]
        sql = f"SELECT {', '.join(['count(*)', *counted])} FROM {self.data}"
        rows, *wrong, self.doubts = (int(number) for number in self.raw.attempt(sql)[0])
        return rows, wrong

    def defined(self) -> str:
        """The checked relation's name."""
        engine = self.raw.engine
        return str(engine.define(engine.name(self.kind), f"SELECT {self.body} FROM {self.data}"))

    def tell_left_out(self) -> None:
        """Note the rows of totals and the footnotes."""
        raw = self.raw
        for state, what in ((TOTAL, _("totals")), (FOOTNOTE, _("footnote"))):
            rows = [row for row, __ in _records(raw, f"{self.state} = {state}", "NULL", MOST_SHOWN)]
            if rows and raw.rows_of is not None:
                places = raw.rows_of(rows)
                raw.left_out.append(
                    _(
                        "{where}: left out as {what}: row {rows}",
                        where=raw.label,
                        what=what,
                        rows=listed(places.get(row, row) for row in rows),
                    )
                )

    def problems(self, wrong: Sequence[int]) -> list[Problem]:
        """Each broken cell with its row, the first ones of each kind; how many more there are."""
        raw = self.raw
        broken = [(check, n) for check, n in zip(self.checks, wrong, strict=True) if n]
        hits = [(check, number, self._hits(check)) for check, number in broken]
        records = [record for _check, _number, rows in hits for record, _cell in rows]
        places = raw.rows_of(records) if raw.rows_of else {}
        problems: list[tuple[int, Problem]] = []
        for check, _number, rows in hits:
            for record, cell in rows:
                row = places.get(record, record)
                what = check.what
                if check.shows:
                    what = _("{what}: {cell}", what=what, cell=_short(cell))
                problems.append((row, Problem(what, self._where(check, row), check.fix)))
        problems.sort(key=lambda pair: pair[0])
        more = [
            Problem(
                _("{number} more rows: {what}", number=f"{number - len(rows):,}", what=check.what),
                self._where(check, 0),
                check.fix,
            )
            for check, number, rows in hits
            if number > len(rows) and raw.rows_of is not None
        ]
        return [problem for __, problem in problems] + more

    def _hits(self, check: Check) -> list[tuple[int, object]]:
        """(record, cell) of the first cells that break a rule; record 0 where rows have no order (a
        database).
        """
        entry = self.found.get(check.column)
        cell = entry.shown if entry is not None else "NULL"
        if self.raw.rows_of is None:
            rows = self.raw.engine.rows(
                f"SELECT DISTINCT {cell} AS cell FROM {self.raw.view} WHERE {check.wrong}"
                f" ORDER BY cell LIMIT {SHOWN}"
            )
            return [(0, row[0]) for row in rows]
        data = f" AND {self.state} = {DATA}" if self.state else ""
        return _records(self.raw, f"({check.wrong}){data}", cell)

    def _where(self, check: Check, row: int) -> Message:
        name = self.found[check.column].name if check.column in self.found else check.column
        if not row:
            return _("{label}: column {column}", label=self.raw.label, column=name)
        return _("{label}: row {row}, column {column}", label=self.raw.label, row=row, column=name)


def _carefully(raw: Raw, found: Mapping[str, Found], rules: Rules) -> _Table:
    """The table with its texts read by the grammar of cells, each once."""
    engine = raw.engine
    read, typed, signs = [], dict(found), {}
    marks = marks_of(raw, found)
    for name, entry in found.items():
        careful = entry.carefully(
            rules.zone, rules.slashes, marks.get(name, POINT), date_order(raw, entry)
        )
        if careful is None:
            continue
        value, kind = careful
        read.append(f"{value} AS read_{name}")
        typed[name] = replace(entry, sql=f"read_{name}", kind=kind, factor=1.0, cell=entry.shown)
        if entry.currency is not None:
            read.append(f"{entry.currency} AS sign_{name}")
            signs[f"sign_{name}"] = entry
    view = engine.name(f"{rules.kind}_read")
    raw.attempt(
        f"CREATE TABLE {view} AS SELECT {', '.join(['*', *read])}"
        f" FROM (SELECT row_number() OVER () AS _row, * FROM {raw.view}) ORDER BY _row"
    )
    again = replace(raw, view=view, stored=True)
    state = state_of(again, typed, rules)
    table = _Table(again, typed, rules, state)
    table.signs = signs_of(again, signs, f"{state} = {DATA}")
    return table


def _records(raw: Raw, where: str, cell: str, limit: int = SHOWN) -> list[tuple[int, object]]:
    """(number of the record, cell) of the first rows for which a condition holds."""
    rows = raw.engine.rows(
        f"SELECT record, cell FROM (SELECT row_number() OVER () AS record, {cell} AS cell,"
        f" {where} AS wanted FROM {raw.view}) AS numbered"
        f" WHERE wanted ORDER BY record LIMIT {limit}"
    )
    return [(int(record), cell) for record, cell in rows]


def _short(cell: object) -> Text:
    if cell is None:
        return _("empty")
    text = str(cell)
    return repr(text if len(text) <= 60 else text[:57] + "...")
