"""The cells of a column that are not in the usual form, and what they say of the whole column."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from optimizer.data.engine import literal, quoted
from optimizer.data.reading import cells, day_cells
from optimizer.data.reading.headers import Match
from optimizer.data.reading.inference.currency import code_sql
from optimizer.data.reading.inference.dates import order_of, order_sql
from optimizer.data.reading.inference.inferred import Inferred
from optimizer.data.reading.kinds import accepts, value_of
from optimizer.data.reading.source import Reading
from optimizer.errors import Problem
from optimizer.messages import Message, _, listed


def read_others(
    reading: Reading, i: int, match: Match, mark: str
) -> tuple[list[Problem], list[Message]]:
    """The cells of one column that are not in the usual form, each distinct text once.

    `_r` stays where a cell holds something that was not understood, and becomes NULL where it was,
    or where it means "no value".
    """
    table, entry, choices = reading.table, match.entry, reading.choices
    if not reading.one(f"SELECT count(_r{i}) FROM {table}")[0]:
        return [], []
    quick = 0
    if entry.kind in ("time", "day"):
        quick = reading.one(f"SELECT count({quoted(entry.to)}) FROM {table} WHERE _r{i} IS NULL")[0]
    if entry.kind in ("time", "day"):
        choices = replace(choices, dates=_order(reading, i, match))
    gone = [*entry.missing, *choices.missing]
    if entry.to.startswith("_"):  # only looked at as a check
        gone += cells.ERRORS
    is_gone = "_gone(r)"
    if gone:
        is_gone += f" OR trim(r) IN ({', '.join(literal(w) for w in gone)})"
    accepted = accepts(match, "v", reading.layout, choices)
    reading.connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE texts AS
        SELECT r, n, CASE WHEN {accepted} THEN v END AS v, {is_gone} AS gone
        FROM (SELECT r, n, CASE WHEN {is_gone} THEN NULL ELSE {value_of(match, choices, mark)} END AS v
              FROM (SELECT _r{i} AS r, count(*) AS n FROM {table}
                    WHERE _r{i} IS NOT NULL GROUP BY 1))""")
    reading.connection.execute(f"""
        UPDATE {table} AS t
        SET {quoted(entry.to)} = x.v, _r{i} = CASE WHEN x.v IS NULL AND NOT x.gone THEN x.r END
        FROM texts AS x WHERE t._r{i} = x.r""")
    if entry.kind == "day":
        return [], _spans(reading, match, quick)
    if entry.kind == "money":
        return _signs(reading, match), []
    return _zones(reading, match, quick) if entry.kind == "time" else ([], [])


def _spans(reading: Reading, match: Match, quick: int) -> list[Message]:
    """What cells name a month or a week, which an import keeps as such where they are its periods;
    how many cells are which is kept.
    """
    rows = reading.connection.execute(
        f"SELECT {day_cells.length('r')}, sum(n) FROM texts WHERE v IS NOT NULL GROUP BY 1"
    ).fetchall()
    lengths = {str(length): int(n) for length, n in rows}
    if quick:
        lengths["day"] = lengths.get("day", 0) + quick
    said: dict[str, Any] = {"where": reading.part.where, "header": match.header.strip()}
    spans = {*lengths} & {"week", "month"}
    if match.entry.to == "period":
        reading.lengths.update(lengths)
        if spans == {"month"}:
            return [_("{where}: '{header}' holds months, which stay months", **said)]
    if spans:
        return [
            _("{where}: '{header}' holds months or weeks; each counts from its first day", **said)
        ]
    return []


def _order(reading: Reading, i: int, match: Match) -> str | None:
    """mdy or dmy: as the user says, else as the column's cells tell."""
    if reading.choices.dates is not None:
        return reading.choices.dates
    left = (
        f"SELECT _r{i} AS r, count(*) AS n FROM {reading.table} WHERE _r{i} IS NOT NULL GROUP BY 1"
    )
    order = order_of(reading.one(f"SELECT {', '.join(order_sql('r', 'n'))} FROM ({left})"))
    if order.order is not None and order.evidence is not None:
        where, header = reading.part.where, match.header.strip()
        shown = _("day/month/year") if order.order == "dmy" else _("month/day/year")
        reading.inferred.append(
            Inferred(where, header, "dates", shown, order.evidence, order.cells)
        )
    return order.order


def _signs(reading: Reading, match: Match) -> list[Problem]:
    """Amounts under one header in several currencies cannot be added up."""
    sign = code_sql("r")
    found = reading.column(
        f"SELECT DISTINCT {sign} AS sign FROM texts"
        f" WHERE v IS NOT NULL AND {sign} IS NOT NULL ORDER BY 1"
    )
    if not match.entry.to.startswith("_"):
        reading.signs.update(found)
    if len(found) < 2:
        return []
    return [
        Problem(
            _("amounts are in several currencies: {names}", names=listed(found)),
            reading.place(match),
            _("export in one currency"),
        )
    ]


def _zones(reading: Reading, match: Match, quick: int) -> tuple[list[Problem], list[Message]]:
    """Times that state their zone beside times that do not cannot be put in order."""
    says = day_cells.is_zoned("r")
    zoned, plain = reading.one(
        f"SELECT count(*) FILTER ({says}), count(*) FILTER (NOT {says})"
        " FROM texts WHERE v IS NOT NULL"
    )
    if zoned and (plain or quick):
        what = _("some times state their zone and others do not")
        fix = _("export again with one kind of times")
        return [Problem(what, reading.place(match), fix)], []
    if zoned and reading.choices.zone is None:
        return [], [
            _(
                "{where}: '{header}' states its zone; times were written as UTC "
                "(--zone names another)",
                where=reading.part.where,
                header=match.header.strip(),
            )
        ]
    return [], []
