"""Scenario, formulas, versions, inputs, and the command that makes the page again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from optimizer.messages import Message, _, pgettext
from optimizer.pipeline.outcome import Outcome
from optimizer.report.sections import report_section
from optimizer.report.view import Cell, Column, Section, Table
from optimizer.report.words import Words
from optimizer.scenario import Scenario
from optimizer.shown import hidden

FORMULAS: tuple[tuple[Message, Message], ...] = (
    (pgettext("formula", "CAC"), _("all marketing spend / new customers")),
    (_("ROI (the same as ROAS)"), _("revenue / marketing spend; 2.0 is 2 back for 1")),
    (_("Next customer"), _("1 / slope of the channel's curve at the plan's spend")),
    (_("Price of a rule"), _("goal without the rule − goal with it, both solved")),
    (
        _("Proven within"),
        _(
            "the distance between the plan and its proven bound / the larger of the "
            "two, the plan taken on the true curves"
        ),
    ),
    (
        _("Removal effect"),
        _("1 − conversions without the channel / conversions (absorbing Markov chain)"),
    ),
    (
        _("Lifecycle credit"),
        _(
            "reward with all paid touches − reward with none, split along the path "
            "from none to all (Aumann-Shapley)"
        ),
    ),
)


@report_section("appendix", title=_("Appendix"), rank=1000)
def appendix(outcome: Outcome, say: Words) -> Section | None:
    """All it takes to check the page, and to make it again."""
    code = [(say(_("The scenario")), hidden(scenario_text(outcome.scenario)))]
    if outcome.command:
        code.append((say(_("The command that makes this page again")), outcome.command))
    record = outcome.record
    inputs = (record.get("inputs") or {}).values()
    read = {} if outcome.attribution is None else outcome.attribution.source
    tables = (
        _facts(say(_("What was read")), read, say),
        _facts(say(_("Versions")), record.get("versions") or {}, say),
        _facts(say(_("Inputs (SHA-256)")), {x["file"]: x["sha256"] for x in inputs}, say),
        _facts(say(_("Solver")), record.get("solver") or {}, say),
    )
    return Section(
        details=(_formulas(say), *(table for table in tables if table is not None)),
        code=tuple(code),
    )


def _formulas(say: Words) -> Table:
    return Table(
        say(_("Formulas")),
        (Column(say(_("Metric")), number=False), Column(say(_("Formula")), number=False)),
        tuple((Cell(say(name)), Cell(say(formula))) for name, formula in FORMULAS),
    )


def _facts(title: str, facts: Mapping[str, Any], say: Words) -> Table | None:
    """Names and values; None where there are none."""
    rows = tuple((Cell(str(k)), Cell(_plain(v))) for k, v in facts.items() if v is not None)
    if not rows:
        return None
    value = say(pgettext("appendix", "Value"))
    columns = (Column(say(_("Name")), number=False), Column(value, number=False))
    return Table(title, columns, rows)


def scenario_text(scenario: Scenario) -> str:
    """The scenario as it is written in its file; its fields as JSON where there is none."""
    if scenario._source is not None:
        return "\n".join(scenario._source.lines)
    fields = scenario.model_dump(mode="json", exclude_defaults=True)
    return json.dumps(fields, ensure_ascii=False, indent=2, default=str)


def _plain(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(_plain(v) for v in value)
    if isinstance(value, float):
        return f"{value:,.6g}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
