"""Checking a table at the door: columns by name, cells by rule, and every problem with its row and column.

One pass decides whether anything is wrong; only then is the source read again to point at the rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from optimizer.data.reading.values import is_nested
from optimizer.data.sources import Raw
from optimizer.errors import Problem, Problems, UserError
from optimizer.messages import _
from optimizer.registry import did_you_mean

SHOWN = 20


@dataclass(frozen=True)
class Column:
    """A column we know. also: names understood as they are; hints: names that suggest this column in a message."""

    name: str
    required: bool = False
    also: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()


@dataclass(frozen=True)
class Found:
    """A column of the source under our name: its SQL in the raw view, its type, its name there."""

    sql: str
    kind: str
    name: str


@dataclass(frozen=True)
class Check:
    """A rule for cells. wrong: SQL over the raw view, true where the rule is broken; what: with {cell} filled in."""

    column: str
    wrong: str
    what: str
    fix: str


def plain(name: str) -> str:
    """A header as it is compared: case, blanks around it and spaces inside do not count."""
    return "_".join(name.strip(" \t\r\n\u00a0\u3000\ufeff").lower().split())


def match(
    raw: Raw, known: Sequence[Column], mapping: Mapping[str, str] | None = None
) -> tuple[dict[str, Found], list[str]]:
    """Find our columns in the source; `mapping` is {our name: their name}. Returns them and notes on the rest.

    Raises `Problems` for required columns that are missing, unknown names in `mapping`, and doubled headers.
    """
    problems: list[Problem] = []
    found: dict[str, Found] = {}
    ours = {column.name: column for column in known}
    header = _("{label}: header", label=raw.label)
    by_plain = {plain(name): name for name in reversed(list(raw.columns))}
    for our, their in (mapping or {}).items():
        if our not in ours:
            problems.append(
                Problem(
                    _("columns: there is no column '{our}' to map to", our=our),
                    raw.label,
                    did_you_mean(our, ours),
                )
            )
        elif their in raw.columns or plain(their) in by_plain:
            name = their if their in raw.columns else by_plain[plain(their)]
            found[our] = Found(*raw.columns[name], name)
        else:
            problems.append(
                Problem(
                    _("column '{their}' (mapped to {our}) is missing", their=their, our=our),
                    header,
                    did_you_mean(their, raw.columns),
                )
            )
    taken = {entry.name for entry in found.values()}
    for column in known:
        if column.name in found or column.name in (mapping or {}):
            continue
        for name in (column.name, *column.also):
            if name in by_plain and by_plain[name] not in taken:
                found[column.name] = Found(*raw.columns[by_plain[name]], by_plain[name])
                taken.add(by_plain[name])
                break
    rest = [name for name in raw.columns if name not in taken]
    for column in known:
        if column.required and column.name not in found and column.name not in (mapping or {}):
            problems.append(
                Problem(
                    _("column '{name}' is missing", name=column.name),
                    header,
                    _suggestion(column, rest, raw),
                )
            )
    problems += [
        Problem(
            _("column '{name}' stands twice in the header", name=name),
            header,
            _("give each column its own name"),
        )
        for name in raw.doubled
        if name in {entry.name for entry in found.values()}
    ]
    problems += [
        Problem(
            _(
                "column '{name}' holds {kind}, not single values",
                name=entry.name,
                kind=entry.kind.lower(),
            ),
            header,
            _("give one value per row"),
        )
        for entry in found.values()
        if is_nested(entry.kind)
    ]
    if problems:
        raise Problems(problems)
    notes = []
    unused = [name for name in rest if name]
    if unused:
        shown = ", ".join(unused[:10]) + (
            f", ... ({len(unused)} in all)" if len(unused) > 10 else ""
        )
        notes.append(_("{label}: columns not used: {names}", label=raw.label, names=shown))
        for column in known:
            near = [name for name in unused if _near(plain(name), column)]
            if near and column.name not in found:
                notes.append(
                    _(
                        "{label}: column '{near}' is not used; if it is meant as {name}, map it: "
                        "columns: {{{name2}: {near2}}}",
                        label=raw.label,
                        near=near[0],
                        name=column.name,
                        name2=column.name,
                        near2=near[0],
                    )
                )
    return found, notes


def _near(name: str, column: Column) -> bool:
    import difflib

    return name in column.hints or difflib.SequenceMatcher(None, name, column.name).ratio() > 0.75


def _suggestion(column: Column, rest: Sequence[str], raw: Raw) -> str:
    for name in rest:
        if _near(plain(name), column):
            return _(
                "did you mean '{name}'? then rename it, or map it: columns: {{{name2}: {name3}}}",
                name=name,
                name2=column.name,
                name3=name,
            )
    if len(raw.columns) == 1:
        return _(
            "the header has one column only: '{header}'; separate columns with commas",
            header=_short(next(iter(raw.columns))),
        )
    return _(
        "rename a column, or map one: columns: {{{name}: ...}}; {name2}",
        name=column.name,
        name2=did_you_mean(column.name, raw.columns),
    )


def checked(
    raw: Raw,
    columns: Mapping[str, str],
    checks: Sequence[Check],
    cells: Mapping[str, Found],
    kind: str,
) -> str:
    """Make the normalised relation (a view on what is cheap to read again, else a table) and check it.

    columns: our name -> SQL over the raw view. cells: our name -> the raw column, to quote bad cells.
    Returns the relation's name. Raises `Problems`, and `UserError` where the source has no rows.
    """
    engine = raw.engine
    body = ", ".join(f"{sql} AS {name}" for name, sql in columns.items())
    if raw.stored:
        source, wrongs = raw.view, [check.wrong for check in checks]
    else:
        # Text is parsed once: each row keeps the numbers of the rules it breaks as bits.
        source = engine.name(f"{kind}_marked")
        marks = (
            " + ".join(
                f"CASE WHEN {check.wrong} THEN {1 << i} ELSE 0 END"
                for i, check in enumerate(checks)
            )
            or "0"
        )
        raw.attempt(f"CREATE TABLE {source} AS SELECT {body}, {marks} AS marks FROM {raw.view}")
        body = ", ".join(columns)
        wrongs = [f"(marks & {1 << i}) <> 0" for i in range(len(checks))]
    counted = ", ".join(
        [
            "count(*)",
            *(f"COALESCE(sum(CASE WHEN {wrong} THEN 1 ELSE 0 END), 0)" for wrong in wrongs),
        ]
    )
    counts = [int(number) for number in raw.attempt(f"SELECT {counted} FROM {source}")[0]]
    if counts[0] == 0:
        raise UserError(
            _("the table has a header but no rows"), raw.label, _("export it again with its rows")
        )
    wrong = [(check, number) for check, number in zip(checks, counts[1:], strict=True) if number]
    if wrong:
        raise Problems(_located(raw, wrong, cells))
    return str(engine.define(engine.name(kind), f"SELECT {body} FROM {source}"))


def _located(
    raw: Raw, wrong: Sequence[tuple[Check, int]], cells: Mapping[str, Found]
) -> list[Problem]:
    """Each broken cell with its row, the first ones of each kind; how many more there are."""
    hits: list[tuple[Check, int, list[tuple[int, Any]]]] = []
    for check, number in wrong:
        cell = f"CAST({cells[check.column].sql} AS VARCHAR)" if check.column in cells else "NULL"
        if raw.rows_of is None:
            rows = [
                (0, row[0])
                for row in raw.engine.rows(
                    f"SELECT DISTINCT {cell} AS cell FROM {raw.view} WHERE {check.wrong} ORDER BY cell LIMIT {SHOWN}"
                )
            ]
        else:
            rows = raw.engine.rows(
                f"SELECT record, cell FROM (SELECT row_number() OVER () AS record, {cell} AS cell, {check.wrong} AS wrong FROM {raw.view}) AS numbered"
                f" WHERE wrong ORDER BY record LIMIT {SHOWN}"
            )
        hits.append((check, number, [(int(record), cell) for record, cell in rows]))
    places = (
        raw.rows_of([record for __, __, rows in hits for record, __ in rows]) if raw.rows_of else {}
    )
    problems = [
        (
            places.get(record, record),
            Problem(
                check.what.replace("{cell}", _short(cell)),
                _(
                    "{label}: {places}column {column}",
                    label=raw.label,
                    places=_row(places, record),
                    column=_title(check, cells),
                ),
                check.fix,
            ),
        )
        for check, __, rows in hits
        for record, cell in rows
    ]
    problems.sort(key=lambda pair: pair[0])
    out = [problem for __, problem in problems]
    for check, number, rows in hits:
        if number > len(rows) and raw.rows_of is not None:
            out.append(
                Problem(
                    _(
                        "{number} more rows: {what}",
                        number=f"{number - len(rows):,}",
                        what=check.what.replace(": {cell}", "").replace("{cell}", "..."),
                    ),
                    _("{label}: column {column}", label=raw.label, column=_title(check, cells)),
                    check.fix,
                )
            )
    return out


def _row(places: Mapping[int, int], record: int) -> str:
    """ "row 3, "; nothing where rows have no order (a database)."""
    return _("row {row}, ", row=places.get(record, record)) if record else ""


def _title(check: Check, cells: Mapping[str, Found]) -> str:
    return cells[check.column].name if check.column in cells else check.column


def _short(cell: Any) -> str:
    if cell is None:
        return "empty"
    text = str(cell)
    return repr(text if len(text) <= 60 else text[:57] + "...")
