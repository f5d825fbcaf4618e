"""`optimizer check`: everything read and checked, nothing solved."""

from __future__ import annotations

from typing import Any

import numpy as np

from optimizer.data.tables import Spend
from optimizer.data.totals import Totals
from optimizer.messages import Message, Text, _, listed
from optimizer.pipeline.estimates import estimate
from optimizer.pipeline.multipliers import multiplied
from optimizer.pipeline.problem import build
from optimizer.pipeline.steps import Say, silent
from optimizer.scenario import Scenario


def check(scenario: Scenario, say: Say = silent) -> list[tuple[str, str, Text]]:
    """Read and check everything, solve nothing.

    Parameters
    ----------
    scenario
        What is asked.
    say
        Hears each step.

    Returns
    -------
    list
        (what, state, detail); what: scenario | events | paths | spend | totals | response | plan;
        state: fine | note | ready.

    Raises
    ------
    Problems
        With everything wrong.
    """
    estimates = estimate(scenario, say)
    detail: Text = _(
        "{channels} channels stated, {rules} rules, horizon {horizon} {period}s",
        channels=len(scenario.channels),
        rules=len(scenario.rules),
        horizon=scenario.horizon,
        period=scenario.period,
    )
    found: list[tuple[str, str, Text]] = [("scenario", "fine", detail)]
    tables = estimates.tables
    for name, table in (("events", tables.events), ("paths", tables.paths)):
        if table is not None:
            facts = dict(table.facts)
            if isinstance(facts.get("channels"), dict):
                facts["channels"] = len(facts["channels"])
            found.append((name, "fine", _facts(facts)))
            found += [(name, "note", note) for note in table.notes]
    if tables.spend is not None:
        found.append(("spend", "fine", _facts(_spend_facts(tables.spend))))
        found += [("spend", "note", note) for note in tables.spend.notes]
    if tables.totals is not None:
        found.append(("totals", "fine", _totals_facts(tables.totals)))
        found += [("totals", "note", note) for note in tables.totals.notes]
    told = {text for __, __, text in found}
    found += [
        ("response", "note", note) for note in dict.fromkeys(estimates.notes) if note not in told
    ]
    lines = multiplied(scenario, estimates.personas.divide(estimates.responses))
    problem = build(estimates.onto(scenario), lines)
    ready: Message = _(
        "{lines} lines, {rules} rules", lines=len(problem.decisions), rules=len(problem.rules)
    )
    return [*found, ("plan", "ready", ready)]


def _facts(facts: dict[str, Any]) -> Text:
    """What a table holds, in a row."""
    told = {
        key: f"{value:,}" if isinstance(value, int) else str(value) for key, value in facts.items()
    }
    said = {
        "rows": _("rows {n}", n=told.get("rows")),
        "users": _("users {n}", n=told.get("users")),
        "channels": _("channels {n}", n=told.get("channels")),
        "from": _("from {n}", n=told.get("from")),
        "to": _("to {n}", n=told.get("to")),
        "conversions": _("conversions {n}", n=told.get("conversions")),
        "nulls": _("nulls {n}", n=told.get("nulls")),
    }
    return listed(message for key, message in said.items() if key in facts)


def _spend_facts(spend: Spend) -> dict[str, Any]:
    when = spend.frame["period"]
    return {
        "rows": len(spend.frame),
        "channels": len(spend.channels),
        "from": f"{when.min():%Y-%m-%d}",
        "to": f"{when.max():%Y-%m-%d}",
    }


def _totals_facts(totals: Totals) -> Text:
    return _(
        "{n} {period}s from {first} to {last}, {sold} new customers",
        n=f"{len(totals.starts):,}",
        period=totals.period,
        first=f"{totals.starts[0]}",
        last=f"{totals.starts[-1]}",
        sold=f"{np.nansum(totals.new_customers):,.0f}",
    )
