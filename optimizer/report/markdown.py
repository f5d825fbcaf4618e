"""The report as Markdown: the same parts and words, without pictures."""

from __future__ import annotations

import re

from optimizer.report.view import Page, Section, Table
from optimizer.shown import CONTROLS


def markdown(page: Page) -> str:
    """The page as text that any Markdown reader shows as text: names cannot become markup."""
    out = [
        f"# {safe(page.title)}",
        "",
        safe(page.subtitle),
        "",
        f"**{safe(page.verdict)}**",
        "",
        *([safe(page.more), ""] if page.more else []),
    ]
    if page.cards:
        out += ["| | | | |", "| --- | ---: | --- | --- |"]
        out += [
            f"| {safe(c.title)} | **{safe(c.value)}** | {safe(c.change)} | {safe(c.note)} |"
            for c in page.cards
        ]
        out.append("")
    if page.steps:
        out += [
            f"**{safe(page.steps_title)}**",
            "",
            *(f"{n}. {safe(step)}" for n, step in enumerate(page.steps, 1)),
            "",
        ]
    for section in page.sections:
        out += _section(section)
    out += ["---", ""]
    out += [safe(line) for line in page.footer]
    return "\n".join(out) + "\n"


def _section(section: Section) -> list[str]:
    out = [f"## {safe(section.title)}", ""]
    if section.finding:
        out += [safe(section.finding), ""]
    for text in section.paragraphs:
        out += [safe(text), ""]
    tables = [
        *section.tables,
        *(c.table for c in section.charts if c.table is not None),
        *section.details,
    ]
    for table in tables:
        out += _table(table)
    if section.notes:
        out += [*(f"- {safe(text)}" for text in section.notes), ""]
    for caption, text in section.code:
        fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
        out += [f"{safe(caption)}:", "", fence, text.rstrip("\n"), fence, ""]
    return out


def _table(table: Table) -> list[str]:
    out = [f"**{safe(table.caption)}**", "", *([safe(table.finding), ""] if table.finding else [])]
    out.append("| " + " | ".join(safe(c.title) for c in table.columns) + " |")
    out.append("| " + " | ".join("---:" if c.number else "---" for c in table.columns) + " |")
    for row in [*table.rows, *([table.foot] if table.foot else [])]:
        out.append(
            "| "
            + " | ".join(safe(cell.text + (f" ({cell.note})" if cell.note else "")) for cell in row)
            + " |"
        )
    return [*out, ""]


def safe(text: str) -> str:
    """Plain text in Markdown: its signs escaped, one line, no HTML."""
    text = " ".join(CONTROLS.sub(" ", text).replace("\u2060", "").split())
    text = re.sub(r"([\\`*_\[\]|#~!])", r"\\\1", text)
    # some readers make links of these by themselves
    text = re.sub(r"(?i)\b(https?|ftp|mailto|xmpp)(:)(?=/|\S)", r"\1\\\2", text)
    text = re.sub(r"(?i)\b(www)(\.)", r"\1\\\2", text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
