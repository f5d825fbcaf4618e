"""The rows of totals of a part that was read."""

from __future__ import annotations

from dataclasses import dataclass, field

from optimizer.data.engine import quoted
from optimizer.data.reading.inference.inferred import Inferred
from optimizer.data.reading.inference.sums import HOW_TO_SETTLE, Verdicts, verdicts_on
from optimizer.data.reading.rows import MOST_SHOWN, records
from optimizer.data.reading.source import DATA, TOTAL, Reading
from optimizer.errors import Open, Problem
from optimizer.messages import _

# tables of people: their amounts are added up nowhere in an export, and names may be anything
PEOPLE = ("orders", "events", "tests")
FIRST = ("spend", "gmv", "value", "revenue", "visitors", "exposures", "clicks")


@dataclass
class Totals:
    """What became of the rows that may be totals.

    Attributes
    ----------
    unproven
        Rows left out that equal no sum.
    inferred, problems
        What was inferred, and the questions.
    """

    unproven: tuple[int, ...] = ()
    inferred: list[Inferred] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def settle_totals(reading: Reading) -> Totals:
    """Decide which rows are totals, and mark them so.

    Rows that say so were marked while loading; after this the state of every row is final.
    """
    verdicts = _verdicts(reading)
    out = Totals(verdicts.told)
    said = reading.choices.totals
    gone = [*verdicts.proven, *verdicts.told, *(verdicts.open if said == "out" else ())]
    table = reading.table
    reading.connection.execute(
        f"UPDATE {table} SET _state = {DATA} WHERE _state = {TOTAL}"
        + (f" AND _row NOT IN ({_listed(gone)})" if gone else "")
    )
    if gone:
        reading.connection.execute(
            f"UPDATE {table} SET _state = {TOTAL}"
            f" WHERE _state = {DATA} AND _row IN ({_listed(gone)})"
        )
    if verdicts.proven:
        out.inferred.append(
            Inferred(
                reading.part.where,
                "",
                "totals",
                _("left out"),
                _("rows that equal the sum of others"),
                len(verdicts.proven),
            )
        )
    if verdicts.open and said is None:
        out.problems += _questions(reading, verdicts.open)
    return out


def _listed(rows: list[int]) -> str:
    return ", ".join(str(int(row)) for row in rows)


def _verdicts(reading: Reading) -> Verdicts:
    used = {m.entry.to: m.entry for m in reading.used}
    says = f"_state = {TOTAL}"
    # a cell that holds something else than a day or an id is a mistake, not the lack of one
    needed = [
        f"{quoted(m.entry.to)} IS NULL AND ({says} OR _r{i} IS NULL)"
        for i, m in enumerate(reading.used)
        if m.entry.required and not m.entry.blank and m.entry.kind in ("day", "time", "id")
    ]
    lacks = " OR ".join(f"({one})" for one in needed) or "FALSE"
    if reading.layout.table in PEOPLE:
        lacks = f"({says}) AND ({lacks})"
        says = lacks  # one that lacks nothing is a purchase of somebody
    adding = [
        name
        for name, entry in used.items()
        if entry.kind in ("count", "money", "number") and not name.startswith("_")
    ]
    adding.sort(key=lambda name: FIRST.index(name) if name in FIRST else len(FIRST))
    period = "period" if "period" in used else "NULL"
    # without any amount a row is blank or a footnote
    some = " OR ".join(f"{quoted(name)} IS NOT NULL" for name in adding) or "FALSE"
    amounts = "".join(f", {quoted(name)} AS a{i}" for i, name in enumerate(adding))
    relation = (
        f"(SELECT _row, {says} AS _says, ({lacks}) AND ({says} OR {some}) AS _lacks,"
        f" {period} AS _period{amounts}"
        f" FROM {reading.table} WHERE _state IN ({DATA}, {TOTAL}))"
    )
    names = [] if reading.layout.table in PEOPLE else [f"a{i}" for i in range(len(adding))]
    return verdicts_on(
        lambda sql: list(reading.connection.execute(sql).fetchall()), relation, names
    )


def _questions(reading: Reading, rows: tuple[int, ...]) -> list[Problem]:
    shown = list(rows[:MOST_SHOWN])
    found = records(reading.connection, reading.part, reading.header, shown)
    out = []
    for row in shown:
        place, cells = found.get(row, (row + 1, ()))
        out.append(
            Problem(
                _(
                    "this row is called a total and equals no sum of others: {text}",
                    text=repr(", ".join(cells)[:60]),
                ),
                _("{label}: row {row}", label=reading.part.where, row=place),
                HOW_TO_SETTLE,
                open=Open("totals", ("keep", "out")),
            )
        )
    return out
