"""The defence page: what the credit is, how sure it is, what moves it, and what was read."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

from optimizer.attribution.defence import Defence
from optimizer.files import plain
from optimizer.messages import Message, _
from optimizer.report.defence_sections import defence_sections
from optimizer.report.page import html
from optimizer.report.tables import to_csv
from optimizer.report.titles import model_title
from optimizer.report.view import Card, Page
from optimizer.report.words import Words
from optimizer.report.workbook import workbook
from optimizer.results.commit import commit

FILES = ("report.html", "report.xlsx", "credit.csv", "credit_by_week.csv", "defence.json")
RECORD = "defence.json"


def write_defence(found: Defence, folder: Path | str, say: Words) -> Path:
    """Write the page, the workbook and the tables into a folder, in one commit.

    Parameters
    ----------
    found
        What is defended.
    folder
        Made where it is missing.
    say
        The reader's words and currency.

    Returns
    -------
    pathlib.Path
        The page.
    """
    shown = defence_page(found, say)
    with commit(folder, FILES, RECORD) as part:
        (part / "report.html").write_text(html(shown, say), encoding="utf-8")
        rows = found.rows()
        listings = {"credit": (_("credit"), rows)}
        if found.weekly is not None:
            weekly = [
                {str(key): value for key, value in row.items()}
                | {"period": f"{row['period']:%Y-%m-%d}"}
                for row in found.weekly.to_dict("records")
            ]
            listings["credit_by_week"] = (_("credit by week"), weekly)
        for name, (__, listing) in listings.items():
            text = to_csv(listing, list(listing[0]) if listing else [])
            (part / f"{name}.csv").write_text(text, encoding="utf-8")
        sheets = [
            (title, list(listing[0]), [list(row.values()) for row in listing])
            for title, listing in listings.values()
            if listing
        ]
        if find_spec("xlsxwriter") is not None:
            (part / "report.xlsx").write_bytes(workbook(shown, sheets, say))
        told = {
            **found.result.as_dict(),
            "defended": found.chosen.label,
            "spend": found.spend,
            "neighbours": [
                {"title": str(item.title), "moved": item.moved, "shares": item.shares}
                for item in found.neighbours
            ],
            "differences": [vars(item) for item in found.differences],
        }
        (part / RECORD).write_text(
            json.dumps(plain(told), ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
        )
    return Path(folder) / "report.html"


def defence_page(found: Defence, say: Words) -> Page:
    """The page, before any format.

    Parameters
    ----------
    found
        What is defended.
    say
        The reader's words, made with `page=True`.
    """
    lead = found.chosen
    label = str(found.result.source.get("label", ""))
    return Page(
        lang=say.lang,
        title=say(_("{name}: credit and its defence", name=label)),
        subtitle=say(_("defended: {model}", model=model_title(lead.label))),
        verdict=say(_verdict(found, say)),
        more=say(found.result.journey.sentence(timed=found.weekly is not None)),
        cards=_cards(found, say),
        sections=defence_sections(found, say),
    )


def _verdict(found: Defence, say: Words) -> Message:
    """The one sentence: what was credited, and what moves it most."""
    lead = found.chosen
    total = say.count(float(lead.conversions.sum()))
    if not found.neighbours:
        return _("{total} conversions are credited to channels", total=total)
    most = max(found.neighbours, key=lambda item: item.moved)
    return _(
        "{total} conversions are credited to channels; of the conventions beside the one chosen, "
        "this one moves most: {convention} ({moved} of the credit)",
        total=total,
        convention=most.title,
        moved=say.percent(most.moved),
    )


def _cards(found: Defence, say: Words) -> tuple[Card, ...]:
    lead = found.chosen
    cards = [
        Card(say(_("conversions credited")), say.count(float(lead.conversions.sum()))),
        Card(say(_("value credited")), say.money(float(lead.value.sum()))),
    ]
    if found.spend is not None:
        spent = sum(found.spend.values())
        mine = float(lead.conversions.sum())
        cards += [
            Card(say(_("spend")), say.money(spent)),
            Card(say(_("CPA")), say.money(spent / mine if mine else None)),
            Card(say(_("ROAS")), say.ratio(float(lead.value.sum()) / spent if spent else None)),
        ]
    return tuple(cards)
