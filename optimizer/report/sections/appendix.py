"""Scenario, formulas, versions, inputs, and the command that makes the page again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from optimizer.data.addresses import hidden
from optimizer.messages import _, pgettext
from optimizer.report.facts import part
from optimizer.report.view import Cell, Column, Section, Table
from optimizer.report.words import Words

FORMULAS = ("cac", "roi", "marginal", "price", "gap", "removal", "lifecycle")


def appendix(outcome: Any, say: Words) -> Section | None:
    details = []
    code = []
    text = hidden(scenario_text(part(outcome, "scenario")))
    if text:
        code.append((say(_("The scenario")), text))
    if part(outcome, "command"):
        code.append((say(_("The command that makes this page again")), str(outcome.command)))
    rows = tuple(
        (Cell(say(f"formula.{name}")), Cell(say(f"formula.{name}.text"))) for name in FORMULAS
    )
    details.append(
        Table(
            say(_("Formulas")),
            (Column(say(_("Metric")), number=False), Column(say(_("Formula")), number=False)),
            rows,
        )
    )
    attribution = part(outcome, "attribution")
    for title, facts in (
        (say(_("What was read")), part(attribution, "source")),
        (say(_("Versions")), kept(outcome, "versions")),
        (
            say(_("Inputs (SHA-256)")),
            {entry["file"]: entry["sha256"] for entry in kept(outcome, "inputs").values()},
        ),
        (say(_("Solver")), kept(outcome, "solver")),
    ):
        facts = {k: v for k, v in (facts or {}).items() if v is not None}
        if facts:
            pairs = tuple((Cell(str(k)), Cell(_plain(v))) for k, v in facts.items())
            details.append(
                Table(
                    title,
                    (
                        Column(say(_("Name")), number=False),
                        Column(say(pgettext("appendix", "Value")), number=False),
                    ),
                    pairs,
                )
            )
    return Section("appendix", say(_("Appendix")), details=tuple(details), code=tuple(code))


def scenario_text(scenario: Any) -> str:
    """The scenario as written where it is known, else its fields as JSON."""
    if scenario is None:
        return ""
    source = part(scenario, "_source")
    if source is not None:
        return "\n".join(source.lines)
    dump = part(scenario, "model_dump")
    if dump is not None:
        fields = scenario.model_dump(mode="json", exclude_defaults=True)
    else:
        fields = {k: v for k, v in vars(scenario).items() if not k.startswith("_")}
    return json.dumps(fields, ensure_ascii=False, indent=2, default=str)


def kept(outcome: Any, name: str) -> Mapping[str, Any]:
    """A part of what run.json holds."""
    found: Mapping[str, Any] = part(outcome, "record", {}).get(name) or {}
    return found


def _plain(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(_plain(v) for v in value)
    if isinstance(value, float):
        return f"{value:,.6g}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
