"""What the texts of a table say, at the door: how numbers and days are written, which rows are
totals, in which currency amounts are.
"""

from __future__ import annotations

from collections.abc import Mapping

from optimizer.data.raw import Raw
from optimizer.data.reading.inference.dates import order_of, order_sql
from optimizer.data.reading.inference.grammar import (
    COMMA,
    HOW_TO_SAY,
    NUMERIC,
    POINT,
    grammars_of,
    is_chinese,
    tallies_of,
    tally_sql,
)
from optimizer.data.reading.inference.sums import HOW_TO_SETTLE, verdicts_on
from optimizer.data.reading.rows import MOST_SHOWN, blank_and_note
from optimizer.data.reading.rules import Rules
from optimizer.data.reading.source import BLANK, DATA, FOOTNOTE, TOTAL
from optimizer.data.reading.typed import LOOK
from optimizer.data.reading.values import Found, is_text
from optimizer.errors import Open, Problem, Problems
from optimizer.messages import _, listed


def marks_of(raw: Raw, found: Mapping[str, Found]) -> dict[str, str]:
    """{our column: its decimal mark}; `Problems` where two readings survive.

    The columns of the source that mean nothing here have a say where the others leave it open.
    """
    numbers = {n: e for n, e in found.items() if e.is_text and e.column.kind in NUMERIC}
    if not numbers:
        return {}
    used = {entry.sql for entry in found.values()}
    rest = [sql for sql, kind in raw.columns.values() if is_text(kind) and sql not in used]
    sources = [*(e.sql for e in numbers.values()), *dict.fromkeys(rest)]
    counted = [sql for source in sources for sql in tally_sql(f"CAST({source} AS VARCHAR)")]
    (row,) = raw.attempt(f"SELECT {', '.join(counted)} FROM {raw.view}")
    kinds = [*(e.column.kind for e in numbers.values()), *("rate" for __ in rest)]
    tallies = tallies_of([int(number) for number in row], kinds)
    grammars = grammars_of(
        dict(zip(numbers, tallies, strict=False)),
        tallies[len(numbers) :],
        is_chinese(tuple(raw.columns)),
        raw.mapping.decimal,
    )
    problems = [
        Problem(
            grammar.evidence,
            _("{label}: column {column}", label=raw.label, column=numbers[name].name),
            HOW_TO_SAY,
            open=Open("decimal", (POINT, COMMA)),
        )
        for name, grammar in grammars.items()
        if grammar.mark is None
    ]
    if problems:
        raise Problems(problems)
    return {name: grammar.mark or POINT for name, grammar in grammars.items()}


def date_order(raw: Raw, entry: Found) -> str | None:
    """mdy or dmy, of a column of days in text."""
    if entry.column.kind != "day" or not entry.is_text:
        return None
    if raw.mapping.dates is not None:
        return raw.mapping.dates
    counted = order_sql(f"CAST({entry.sql} AS VARCHAR)")
    (row,) = raw.attempt(f"SELECT {', '.join(counted)} FROM {raw.view}")
    return order_of([int(number) for number in row]).order


def signs_of(raw: Raw, signs: Mapping[str, Found], data: str) -> tuple[str, ...]:
    """The currency whose signs stand beside amounts; `Problems` where those under one header are in
    several, which cannot be added up, and mapping.yaml does not say that they are one.
    """
    problems, seen = [], set()
    for sign, entry in signs.items():
        found = raw.engine.rows(
            f"SELECT DISTINCT {sign} FROM {raw.view} WHERE {data} AND {sign} IS NOT NULL ORDER BY 1"
        )
        seen |= {str(row[0]) for row in found}
        if len(found) > 1 and raw.mapping.currency is None:
            problems.append(
                Problem(
                    _(
                        "amounts are in several currencies: {names}",
                        names=listed(row[0] for row in found),
                    ),
                    _("{label}: column {column}", label=raw.label, column=entry.name),
                    _("export in one currency"),
                )
            )
    if problems:
        raise Problems(problems)
    return tuple(sorted(seen))


def _totals(raw: Raw, found: Mapping[str, Found], everywhere: bool) -> str:
    """SQL: whether a row says that it is one of totals.

    everywhere: in any text near its beginning, and in its names; else in the first column only, for
    who ordered or was touched may be called anything.
    """
    texts = {sql for sql, kind in raw.columns.values() if is_text(kind)}
    names = {entry.sql for entry in found.values() if entry.column.kind in ("text", "id")}
    days = {e.cell or e.sql for e in found.values() if e.column.kind in ("day", "time")}
    numbers = {e.cell or e.sql for e in found.values()} - names - days
    says = [f"_totals_of_days({sql})" for sql in sorted(days & texts)]
    for i, (sql, __) in enumerate(raw.columns.values()):
        near = i == 0 or (everywhere and (i < LOOK or sql in names))
        if near and sql in texts - numbers - days:
            says.append(f"_totals({sql})")
    return f"COALESCE({' OR '.join(says) or 'FALSE'}, FALSE)"


def says_totals(raw: Raw, found: Mapping[str, Found]) -> bool:
    """Whether any row does."""
    sql = f"SELECT 1 FROM {raw.view} WHERE {_totals(raw, found, True)} LIMIT 1"
    return bool(raw.attempt(sql))


def state_of(raw: Raw, found: Mapping[str, Found], rules: Rules) -> str:
    """SQL: what a row is. Only one that breaks a rule can be blank or a footnote."""
    wrong = " OR ".join(f"({check.wrong})" for check in rules.checks(found)) or "FALSE"
    total = _totals(raw, found, rules.totals)
    gone = _proven(raw, found, total) if rules.totals else []
    first = f"WHEN _row IN ({', '.join(map(str, gone))}) THEN {TOTAL} " if gone else ""
    seen = [f"NULLIF(trim(CAST({sql} AS VARCHAR)), '')" for sql, __ in raw.columns.values()]
    blank, note = blank_and_note(seen, "TRUE")
    return (
        f"CASE {first}WHEN NOT COALESCE({wrong}, FALSE) THEN {DATA} WHEN {total} THEN {TOTAL}"
        f" WHEN {blank} THEN {BLANK} WHEN {note} THEN {FOOTNOTE} ELSE {DATA} END"
    )


def _proven(raw: Raw, found: Mapping[str, Found], says: str) -> list[int]:
    """The rows that are totals (see `inference.sums`), of a table whose amounts add up.

    Raises
    ------
    Problems
        With the rows that say so and equal no sum.
    """
    when = [e for e in found.values() if e.column.kind in ("day", "time") and e.cell]
    days = [entry.sql for entry in when]
    amounts = [e.number for e in found.values() if e.column.kind in ("count", "money", "number")]
    lacks = " OR ".join(f"({e.sql} IS NULL AND ({says} OR {e.absent}))" for e in when) or "FALSE"
    some = " OR ".join(f"{sql} IS NOT NULL" for sql in amounts) or "FALSE"
    picked = "".join(f", {sql} AS a{i}" for i, sql in enumerate(amounts))
    verdicts = verdicts_on(
        raw.attempt,
        f"(SELECT _row, {says} AS _says, ({lacks}) AND ({says} OR {some}) AS _lacks,"
        f" {days[0] if days else 'NULL'} AS _period{picked} FROM {raw.view})",
        [f"a{i}" for i in range(len(amounts))],
    )
    said = "keep" if _was_imported(raw) else raw.mapping.totals
    if verdicts.open and said is None:
        shown = list(verdicts.open[:MOST_SHOWN])
        places = raw.rows_of(shown) if raw.rows_of is not None else {}
        raise Problems(
            Problem(
                _("this row is called a total and equals no sum of others"),
                _("{label}: row {row}", label=raw.label, row=places.get(row, row)),
                HOW_TO_SETTLE,
                open=Open("totals", ("keep", "out")),
            )
            for row in shown
        )
    gone = verdicts.open if said == "out" else ()
    return [*verdicts.proven, *verdicts.told, *gone]


def _was_imported(raw: Raw) -> bool:
    """Whether `optimizer import` wrote the file, which has asked already."""
    path = raw.file.path if raw.file is not None else None
    return path is not None and path.with_name(path.name + ".import.json").exists()
