"""The nouns of a report, before any format: HTML, Markdown and the terminal all print these.

Every text here is plain text (never HTML); the printer of each format escapes it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Cell:
    """One cell. tone: "" | good | bad | dim; note: a second, smaller line; value: the number behind, for sorting."""

    text: str
    tone: str = ""
    note: str = ""
    value: float | None = None


@dataclass(frozen=True)
class Column:
    """A column's title. number: right-aligned, tabular figures; help: what it means, in a sentence."""

    title: str
    number: bool = True
    help: str = ""


@dataclass(frozen=True)
class Table:
    """rows: cells per row; groups: the platform of each row ("" for none), for the page's filter; foot: totals;
    finding: the sentence that says what it shows, where the section's own speaks of something else."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    groups: tuple[str, ...] = ()
    foot: tuple[Cell, ...] = ()
    finding: str = ""


@dataclass(frozen=True)
class Chart:
    """A Vega-Lite spec with its finding. label: what a reader who cannot see it is told; group: its platform;
    small: one of several small multiples; name: file name on export; table: its numbers."""

    name: str
    spec: dict[str, Any]
    label: str
    title: str = ""
    group: str = ""
    small: bool = False
    table: Table | None = None


@dataclass(frozen=True)
class Section:
    """One part of the report. finding: the sentence that says what it shows."""

    id: str
    title: str
    finding: str = ""
    paragraphs: tuple[str, ...] = ()
    charts: tuple[Chart, ...] = ()
    tables: tuple[Table, ...] = ()
    details: tuple[Table, ...] = ()
    code: tuple[tuple[str, str], ...] = ()  # caption, text in fixed width
    svg: tuple[
        tuple[str, str, str], ...
    ] = ()  # label, drawing, the same for a phone: markup made by this program, names escaped
    notes: tuple[str, ...] = ()  # remarks, listed


@dataclass(frozen=True)
class Card:
    """A headline number. change: against now; note: its cap or floor; tone of the change: good | bad | ""."""

    title: str
    value: str
    change: str = ""
    tone: str = ""
    note: str = ""


@dataclass(frozen=True)
class Page:
    """The whole report. status: ok | none (no plan meets the rules)."""

    lang: str
    title: str
    subtitle: str
    verdict: str
    more: str  # what else belongs to the answer, smaller
    status: str
    cards: tuple[Card, ...]
    sections: tuple[Section, ...]
    steps: tuple[str, ...] = ()  # what to do first, under steps_title
    steps_title: str = ""
    groups: tuple[str, ...] = ()
    footer: tuple[str, ...] = field(default=())
