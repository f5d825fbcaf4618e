"""The summary a terminal shows after planning: the report's words and tables, as plain data."""

from __future__ import annotations

from optimizer.pipeline.outcome import Outcome
from optimizer.report.answer import cards, verdict
from optimizer.report.channels import channels_of
from optimizer.report.names import display_names, named_section
from optimizer.report.sections import terminal_sections
from optimizer.report.view import Section, Table
from optimizer.report.words import Words

Block = tuple[str, tuple[str, ...], tuple[tuple[str, ...], ...], tuple[str, ...]]


def summary(outcome: Outcome, lang: str = "en") -> list[Block]:
    """The answer, its cards, and every section that is declared for the terminal.

    Parameters
    ----------
    outcome
        A run.
    lang
        "en" or "zh".

    Returns
    -------
    list of (title, columns, rows, sentences)
        In reading order; the first holds the verdict and the cards. All text, nothing to be marked
        up; columns and rows are empty where a block only says something.
    """
    say = Words(lang, outcome.scenario.currency)
    say.names = display_names(outcome.scenario, channels_of(outcome), lang)
    shown = cards(outcome, say)
    rows = tuple((c.title, c.value, c.change, c.note) for c in shown)
    answer = verdict(outcome.plan, say, outcome.belief, outcome.assumed)
    said = tuple(text for text in answer if text)
    out: list[Block] = [("", ("", "", "", "") if shown else (), rows, said)]
    for section in terminal_sections(outcome, say):
        out += _blocks(named_section(section, say.names))
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
    notes = dict.fromkeys("* " + cell.note for row in table.rows for cell in row if cell.note)
    return title, tuple(c.title for c in table.columns), tuple(rows), (*sentences, *notes)
