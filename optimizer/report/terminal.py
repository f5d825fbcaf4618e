"""The summary a terminal shows after planning: the report's words and tables, as plain data."""

from __future__ import annotations

from typing import Any

from optimizer.report.facts import part
from optimizer.report.sections.plan import plan
from optimizer.report.sections.truth import truth
from optimizer.report.sections.verdict import cards, verdict
from optimizer.report.sections.why import baselines, why
from optimizer.report.view import Card, Section, Table
from optimizer.report.words import Words

Block = tuple[str, tuple[str, ...], tuple[tuple[str, ...], ...], tuple[str, ...]]


def summary(outcome: Any, lang: str = "en") -> list[Block]:
    """Blocks of (title, columns, rows, sentences), in reading order; the first holds the verdict and the cards.

    All text, nothing to be marked up; columns and rows are empty where a block only says something. Numbers sit in
    every column but those `text_columns` names.
    """
    say = Words(lang, str(part(part(outcome, "scenario"), "currency", "CNY")))
    shown = cards(outcome, say)
    rows = tuple((c.title, c.value, c.change, c.note) for c in shown)
    out: list[Block] = [
        (
            "",
            ("", "", "", "") if shown else (),
            rows,
            tuple(text for text in verdict(outcome, say) if text),
        )
    ]
    for section in (
        plan(outcome, say),
        why(outcome, say),
        baselines(outcome, say),
        truth(outcome, say),
    ):
        if section is not None:
            out += _blocks(section)
    return out


def _blocks(section: Section) -> list[Block]:
    sentences = tuple(text for text in (section.finding, *section.paragraphs) if text)
    tables = section.tables or tuple(
        chart.table for chart in section.charts if chart.table is not None
    )
    if not tables:
        return [(section.title, (), (), sentences)]
    return [
        _block(section.title if i == 0 else table.caption, table, sentences if i == 0 else ())
        for i, table in enumerate(tables)
    ]


def _block(title: str, table: Table, sentences: tuple[str, ...]) -> Block:
    rows = [tuple(cell.text + (" *" if cell.note else "") for cell in row) for row in table.rows]
    if table.foot:
        rows.append(tuple(cell.text for cell in table.foot))
    notes = tuple(
        dict.fromkeys("* " + cell.note for row in table.rows for cell in row if cell.note)
    )
    return title, tuple(c.title for c in table.columns), tuple(rows), (*sentences, *notes)


__all__ = ["Card", "summary"]
