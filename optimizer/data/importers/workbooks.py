"""Which sheets of a workbook count: a hidden one, or one that adds others up, is asked about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from optimizer.data.engine import quoted
from optimizer.data.importers.checks import ADDITIVE
from optimizer.data.reading.choices import Choices
from optimizer.data.reading.container import Part
from optimizer.data.reading.source import DATA
from optimizer.data.reading.typed import Typed
from optimizer.errors import Open, Problem, UserError
from optimizer.messages import Message, _
from optimizer.registry import did_you_mean

_SUMMARY = re.compile(
    r"汇总|总表|总览|概览|合计|透视|summary|overview|total|pivot|dashboard", re.IGNORECASE
)


def left_aside(part: Part, choices: Choices) -> Message | None:
    """Why a part is not looked at; None where it is."""
    if part.kind == "aside":
        return _("{where}: no table, left out", where=part.where)
    wanted = choices.counting_sheets
    if part.sheet and wanted and part.sheet not in wanted:
        return _("{where}: not one of the sheets that count, left out", where=part.where)
    return None


def unknown_sheets(file: str, seen: Sequence[str], choices: Choices) -> list[Problem]:
    """Sheets that the user names and a workbook does not have."""
    if not seen:
        return []
    return [
        Problem(_("there is no sheet '{name}'", name=name), file, did_you_mean(name, seen))
        for name in choices.counting_sheets
        if name not in seen
    ]


def sheet_questions(connection: Any, parts: Sequence[Typed], choices: Choices) -> list[Problem]:
    """What the sheets of one workbook leave open.

    Parameters
    ----------
    connection
        DuckDB's, with the parts' tables.
    parts
        Those of one file.
    choices
        Where the user has named the sheets that count, nothing is open.
    """
    sheets = [part for part in parts if part.part.sheet and part.rows]
    if choices.counting_sheets or not sheets:
        return []
    names = tuple(part.part.sheet for part in sheets)
    out = [
        _question(_("this sheet is hidden"), part, [n for n in names if n != part.part.sheet])
        for part in sheets
        if part.part.hidden
    ]
    shown = [part for part in sheets if not part.part.hidden]
    for part in shown:
        others = [p for p in shown if p is not part and p.layout.table == part.layout.table]
        if not others or part.layout.table not in ("spend", "shop", "totals"):
            continue
        if _SUMMARY.search(part.part.sheet):
            what = _("this sheet may add up the others, which would count twice")
            rest = [p.part.sheet for p in shown if not _SUMMARY.search(p.part.sheet)]
            out.append(_question(what, part, rest))
            continue
        twin = next((p for p in others if _same_sum(connection, part, p)), None)
        if twin is not None and not _SUMMARY.search(twin.part.sheet) and part.rows <= twin.rows:
            what = _(
                "this sheet adds up to the same as sheet '{other}', which would count twice",
                other=twin.part.sheet,
            )
            out.append(_question(what, part, [twin.part.sheet]))
    return out


def _question(what: Message, part: Typed, others: Sequence[str]) -> Problem:
    names = [*others, part.part.sheet]
    return Problem(
        what,
        part.part.where,
        _("say which sheets count, as often as needed: --sheet '{name}'", name=names[0]),
        open=Open("sheets", tuple(names)),
    )


def _same_sum(connection: Any, part: Typed, other: Typed) -> bool:
    """Whether the first amount that both have adds up to the same."""
    name = next((c for c in ADDITIVE if c in part.columns and c in other.columns), None)
    if name is None:
        return False
    sums = [
        connection.execute(
            f"SELECT CAST(sum({quoted(name)}) AS DOUBLE) FROM {p.table} WHERE _state = {DATA}"
        ).fetchone()[0]
        for p in (part, other)
    ]
    rows = max(part.rows, other.rows)
    return all(sums) and abs(sums[0] - sums[1]) <= 0.005 * (rows + 1)


def unread_as(part: Part, failure: UserError) -> Sequence[Problem]:
    """The problems of a part that was not recognised; a shape that is no table is named."""
    if part.pivot:
        what = _("this sheet is a pivot table, not a table of rows")
        fix = _("export the rows it is made from, or copy its values into a plain table")
    elif part.merged:
        what = _("the header has merged cells: a column has no name of its own")
        fix = _("unmerge the header and give every column one name, in one row")
    else:
        return failure.problems
    return [Problem(what, part.where, fix)]
