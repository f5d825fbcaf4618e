"""The plan as a workbook: numbers stay numbers, every name is text, nothing is a formula."""

from __future__ import annotations

import datetime
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from optimizer.attribution.credit import COLUMNS as ATTRIBUTION
from optimizer.errors import UserError
from optimizer.files import beside
from optimizer.messages import Message, _
from optimizer.packages import install
from optimizer.pipeline.outcome import Outcome
from optimizer.report import tables
from optimizer.report.page import page
from optimizer.report.view import Page, Section, Table
from optimizer.report.words import Words

MAX_CELL = 32_000  # a workbook's cell takes 32,767 characters
BORN = datetime.datetime(2000, 1, 1)  # the same outcome gives the same bytes


def write_workbook(outcome: Outcome, file: Path | str, lang: str = "en") -> Path:
    """The plan as a workbook.

    Sheets: the summary (the report's tables as they are read), the plan and the attribution with
    their full numbers.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    UserError
        Where xlsxwriter is not installed.
    """
    say = Words(lang, outcome.scenario.currency, page=True)
    attribution = outcome.attribution
    sheets: list[tuple[Message, Sequence[str], list[list[Any]]]] = [
        (_("Plan"), tables.PLAN, [list(row.values()) for row in tables.plan_rows(outcome.plan)])
    ]
    if attribution is not None:
        rows = [
            [c.label, *(row.get(name) for name in ATTRIBUTION[1:])]
            for c in attribution.credits
            for row in c.as_dict()["channels"]
        ]
        sheets.append((_("Who gets the credit"), ATTRIBUTION, rows))
    with beside(file) as target:
        target.write_bytes(workbook(page(outcome, say), sheets, say))
    return Path(file)


def workbook(
    shown: Page, sheets: Sequence[tuple[Message, Sequence[str], list[list[Any]]]], say: Words
) -> bytes:
    """A page's tables as a workbook, and tables with their full numbers behind it.

    Parameters
    ----------
    shown
        What stands on the first sheet.
    sheets
        (name, columns, rows) of the others.
    say
        The reader's words.

    Raises
    ------
    UserError
        Where xlsxwriter is not installed.
    """
    try:
        import xlsxwriter
    except ImportError:
        raise UserError(_("writing a workbook needs xlsxwriter"), fix=install("excel")) from None
    memory = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(memory, options)
    book.set_properties({"created": BORN})
    looks = {
        "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "bottom"}),
        "title": book.add_format({"bold": True, "font_size": 14}),
        "bold": book.add_format({"bold": True}),
        "right": book.add_format({"align": "right"}),
        "number": book.add_format({"num_format": "#,##0.00"}),
    }
    _summary(book.add_worksheet(say(_("Summary"))[:31]), shown, looks)
    for name, columns, rows in sheets:
        _rows(book.add_worksheet(say(name)[:31]), columns, rows, looks)
    book.close()
    return memory.getvalue()


def _summary(sheet: Any, shown: Page, looks: dict[str, Any]) -> None:
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 12, 16)
    sheet.write_string(0, 0, _text(shown.title), looks["title"])
    at = 1
    for sentence in (shown.subtitle, shown.verdict, shown.more):
        if sentence:
            sheet.write_string(at, 0, _text(sentence))
            at += 1
    at += 1
    for card in shown.cards:
        for i, text in enumerate((card.title, card.value, card.change, card.note)):
            sheet.write_string(at, i, _text(text), looks["bold"] if i == 1 else None)
        at += 1
    for section in shown.sections:
        at = _section(sheet, section, at + 1, looks)


def _section(sheet: Any, section: Section, at: int, looks: dict[str, Any]) -> int:
    found: list[Table] = [
        *section.tables,
        *(c.table for c in section.charts if c.table is not None),
    ]
    if section.id == "appendix" or not found:
        return at
    sheet.write_string(at, 0, _text(section.title), looks["title"])
    sheet.write_string(at + 1, 0, _text(section.finding))
    at += 3
    for table in found:
        sheet.write_string(at, 0, _text(table.caption), looks["bold"])
        for i, column in enumerate(table.columns):
            sheet.write_string(at + 1, i, _text(column.title), looks["head"])
        at += 2
        for row in [*table.rows, *([table.foot] if table.foot else [])]:
            for i, cell in enumerate(row):
                sheet.write_string(
                    at, i, _text(cell.text), looks["right"] if table.columns[i].number else None
                )
            at += 1
        at += 1
    return at


def _rows(sheet: Any, columns: Any, rows: list[list[Any]], looks: dict[str, Any]) -> None:
    sheet.set_column(0, 1, 24)
    sheet.set_column(2, len(columns), 15)
    sheet.freeze_panes(1, 0)
    for i, name in enumerate(columns):
        sheet.write_string(0, i, name, looks["head"])
    for at, row in enumerate(rows, start=1):
        for i, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(at, i, _text(value))
            elif value is not None and value == value and abs(value) != float("inf"):
                sheet.write_number(at, i, value, looks["number"])
    if rows:
        sheet.autofilter(0, 0, len(rows), len(columns) - 1)


def _text(text: str) -> str:
    """The text without signs XML cannot hold, and no longer than a cell."""
    return "".join(c for c in text if c >= " " or c in "\t\n")[:MAX_CELL]
