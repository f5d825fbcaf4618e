"""The nouns of a report, before any format: HTML, Markdown and the terminal all print these.

Every text here is plain text (never HTML); the printer of each format escapes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Tone = Literal["", "good", "bad", "dim", "strong", "warn", "up", "down"]


@dataclass(frozen=True)
class Cell:
    """One cell of a table.

    Parameters
    ----------
    text
        What stands in it.
    tone
        How it is set: a look of the page.
    note
        A second, smaller line.
    value
        The number behind it, for sorting.
    """

    text: str
    tone: Tone = ""
    note: str = ""
    value: float | None = None


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Parameters
    ----------
    title
        Its head.
    number
        Right-aligned, tabular figures.
    help
        What it means, in a sentence.
    """

    title: str
    number: bool = True
    help: str = ""


@dataclass(frozen=True)
class Table:
    """Cells under columns.

    Parameters
    ----------
    caption, columns, rows
        Its title, the columns, and the cells row by row.
    groups
        The platform of each row ("" for none), for the page's filter.
    foot
        The row of totals.
    finding
        The sentence that says what it shows, where the section's own speaks of something else.
    """

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    groups: tuple[str, ...] = ()
    foot: tuple[Cell, ...] = ()
    finding: str = ""


@dataclass(frozen=True)
class Chart:
    """A Vega-Lite chart.

    Parameters
    ----------
    name
        File name on export.
    spec
        The chart as Vega-Lite (see `optimizer.report.charts`).
    label
        What a reader who cannot see it is told.
    title, table
        What stands above it, and its numbers.
    group
        Its platform, for the page's filter.
    small
        One of several small charts side by side.
    """

    name: str
    spec: dict[str, Any]
    label: str
    title: str = ""
    group: str = ""
    small: bool = False
    table: Table | None = None


@dataclass(frozen=True)
class Drawing:
    """A picture that is no chart: markup made by this program, names escaped.

    Parameters
    ----------
    label
        What a reader who cannot see it is told.
    wide, narrow
        SVG text for a page and for a phone.
    """

    label: str
    wide: str
    narrow: str


@dataclass(frozen=True, kw_only=True)
class Section:
    """One part of the report; whatever it leaves empty is not shown.

    Parameters
    ----------
    finding
        The sentence that says what it shows.
    paragraphs
        Further sentences.
    charts, drawings, tables
        What is shown at once.
    details
        Tables that are folded away.
    code
        (caption, text in fixed width).
    notes
        Remarks, listed.
    id, title
        Set from the section's declaration; a title of its own goes before the declared one.
    """

    finding: str = ""
    paragraphs: tuple[str, ...] = ()
    charts: tuple[Chart, ...] = ()
    drawings: tuple[Drawing, ...] = ()
    tables: tuple[Table, ...] = ()
    details: tuple[Table, ...] = ()
    code: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    id: str = ""
    title: str = ""


@dataclass(frozen=True)
class Card:
    """A headline number.

    Parameters
    ----------
    title, value
        What it is, and how much.
    change
        Against now; `tone` says whether that is good | bad | "" (neither).
    note
        Its cap or floor.
    """

    title: str
    value: str
    change: str = ""
    tone: Tone = ""
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Page:
    """The whole report, before any format.

    Parameters
    ----------
    lang, title, subtitle
        Its language and head.
    verdict, more
        The answer, and what else belongs to it, smaller.
    status
        ok | none (no plan meets the rules).
    cards, sections
        Headline numbers, and the parts in their order.
    steps, steps_title
        What to do first, and the words above it.
    groups
        Platforms, for the filter.
    footer
        Lines at the end.
    """

    lang: str
    title: str
    subtitle: str
    verdict: str
    more: str = ""
    status: Literal["ok", "none"] = "ok"
    cards: tuple[Card, ...] = ()
    sections: tuple[Section, ...] = ()
    steps: tuple[str, ...] = ()
    steps_title: str = ""
    groups: tuple[str, ...] = ()
    footer: tuple[str, ...] = ()
