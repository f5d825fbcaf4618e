"""Sections join a registry: order, the terminal, what is refused, a stranger's that fails."""

from __future__ import annotations

import pytest
from report_worlds import world

from optimizer.messages import _
from optimizer.pipeline.outcome import Outcome
from optimizer.registry import Registry
from optimizer.report.markdown import markdown
from optimizer.report.page import html, page
from optimizer.report.sections import (
    SECTIONS,
    ReportSection,
    report_section,
    sections,
    terminal_sections,
)
from optimizer.report.terminal import summary
from optimizer.report.view import Cell, Column, Section, Table
from optimizer.report.words import Words


@pytest.fixture
def family(monkeypatch: pytest.MonkeyPatch) -> Registry[ReportSection]:
    """The family as it is; what a test puts in is taken out again."""
    list(SECTIONS)
    monkeypatch.setattr(SECTIONS, "_entries", dict(SECTIONS._entries))
    monkeypatch.setattr(SECTIONS, "_origin", dict(SECTIONS._origin))
    return SECTIONS


def test_ranks_are_the_order_of_the_page(family: Registry[ReportSection]) -> None:
    ranks = [family[name].rank for name in family]
    assert len(set(ranks)) == len(ranks)
    made = [section.id for section in sections(world(), Words())]
    assert made == sorted(made, key=lambda name: family[name].rank)
    shown = [section.id for section in terminal_sections(world(), Words())]
    assert shown == ["plan", "why", "baselines", "truth"]


def test_a_new_section_stands_wherever_the_others_do(family: Registry[ReportSection]) -> None:
    @report_section("posters", title=_("Posters"), rank=15, terminal=15)
    def posters(outcome: Outcome, say: Words) -> Section | None:
        """Where the posters hang."""
        rows = ((Cell(outcome.scenario.name), Cell(say.count(3.0))),)
        columns = (Column(say(_("Name")), number=False), Column("n"))
        table = Table("Posters by line", columns, rows)
        return Section(finding="Three <b>posters</b>.", tables=(table,))

    made, say = world(), Words("zh")
    shown = page(made, say)
    assert [section.id for section in shown.sections][:3] == ["plan", "posters", "waterfall"]
    assert "## Posters" in markdown(shown)
    assert "Three &lt;b&gt;posters&lt;/b&gt;." in html(shown, say)
    assert [block[0] for block in summary(made)][1:3] == ["The plan", "Posters"]
    assert family.help("posters") == "Where the posters hang."


def test_a_strangers_section_that_fails_is_named(
    family: Registry[ReportSection], monkeypatch: pytest.MonkeyPatch
) -> None:
    @report_section("posters", title=_("Posters"), rank=15, terminal=15)
    def posters(outcome: Outcome, say: Words) -> Section | None:
        """Where the posters hang."""
        raise ZeroDivisionError("no posters")

    with pytest.raises(ZeroDivisionError):  # the program's own are not forgiven
        page(world(), Words())
    monkeypatch.setitem(SECTIONS._origin, "posters", "our-posters 1.0")
    shown = page(world(), Words())
    assert shown.sections[1].finding == (
        "plug-in 'posters' of package 'our-posters 1.0' (optimizer.sections) was left out: "
        "no posters"
    )
    assert len(shown.sections) > 8


@pytest.mark.parametrize("name", ["summary", "Posters", "a b", "1st", ""])
def test_an_id_that_no_link_leads_to_is_refused(family: Registry[ReportSection], name: str) -> None:
    def posters(outcome: Outcome, say: Words) -> Section | None:
        """Where the posters hang."""
        return None

    with pytest.raises(ValueError, match="cannot be a section's id"):
        report_section(name, title=_("Posters"), rank=15)(posters)


def test_a_section_without_its_contract_is_refused(family: Registry[ReportSection]) -> None:
    def posters(outcome: Outcome, say: Words) -> Section | None:
        """Where the posters hang."""
        return None

    with pytest.raises(TypeError, match="declare it with @report_section"):
        family.add("posters", posters)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="has no docstring"):
        report_section("posters", title=_("Posters"), rank=1)(lambda outcome, say: None)
