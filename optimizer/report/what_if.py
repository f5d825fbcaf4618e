"""The what-if page: its knobs, the plan it shows, its HTML. Served by `optimizer.serve`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

from optimizer.allocation.plan import Plan
from optimizer.messages import _
from optimizer.report.facts import channel_lines, current_of
from optimizer.report.sections.plan import held
from optimizer.report.sections.verdict import cards, horizon, rule_name, verdict
from optimizer.report.words import Words

ROOM = 1.5  # how far beyond today's numbers the knobs reach


@dataclass(frozen=True)
class Asked:
    """Changes to a scenario: the budget (None: none), bounds by channel (min, max), rule values by number."""

    budget: float | None
    channels: dict[str, tuple[float | None, float | None]]
    rules: dict[int, float]


def knobs(
    scenario: Any, saved: Plan, responses: Mapping[str, Any], movable: tuple[str, ...], say: Words
) -> dict[str, Any]:
    """What can be turned, in the order of the saved plan: budget, each channel's floor and cap, each plain rule.

    movable: channels with bounds of their own; further lines of the plan (retention offers) are shown only.
    """
    spend = saved.spend_by_channel()
    names = sorted({*movable, *spend}, key=lambda name: (-spend.get(name, 0.0), name))
    bounds = {name: _bounds(scenario, name) for name in names}
    now = {name: current_of(responses.get(name)) for name in names}
    # one scale for all channels, so that their bars compare
    amounts = [
        *spend.values(),
        *(v for v in now.values() if v),
        *(v for pair in bounds.values() for v in pair if v),
    ]
    top = round_up(max(amounts, default=0.0) * ROOM) or 1.0
    total = sum(spend.values()) or sum(v or 0.0 for v in now.values())
    budget = scenario.budget
    units = {(r.rule, r.of): r.unit for r in saved.rules}
    return {
        "top": top,
        "step": step(top),
        "names": names,
        "budget": {
            "value": budget,
            "top": round_up(max(budget or 0.0, total, 1e-9) * 2),
            "step": step(2 * max(budget or 0.0, total, 1e-9)),
        },
        "channels": {
            name: {"min": low, "max": high, "now": now[name], "fixed": name not in movable}
            for name, (low, high) in bounds.items()
        },
        "rules": [
            {
                "index": i,
                "name": rule_name(rule.name, rule.of, say),
                "value": float(rule.value),
                "whole": isinstance(rule.value, int),
                "unit": units.get((rule.name, rule.of), ""),
                "top": 1.0
                if units.get((rule.name, rule.of)) == "share"
                else max(3.0 * rule.value, 1.0),
            }
            for i, rule in enumerate(scenario.rules)
            if isinstance(rule.value, int | float) and not isinstance(rule.value, bool)
        ],
    }


def _bounds(scenario: Any, name: str) -> tuple[float | None, float | None]:
    channel = scenario.channels.get(name)
    return (None, None) if channel is None else (channel.min, channel.max)


def round_up(value: float) -> float:
    """The next 1, 2 or 5 times a power of ten: 83,000 -> 100,000."""
    import math

    if value <= 0 or not math.isfinite(value):
        return 0.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(
        float(factor * power)
        for factor in (1, 1.5, 2, 3, 4, 5, 6, 8, 10)
        if factor * power >= value * (1 - 1e-12)
    )


def step(top: float) -> float:
    """A slider's step: a round amount, some two hundred to the whole way."""
    import math

    return float(10.0 ** math.floor(math.log10(top / 200))) * (
        5 if top / 200 / 10.0 ** math.floor(math.log10(top / 200)) >= 5 else 1
    )


def fragment(scenario: Any, plan: Plan, saved: Plan, say: Words) -> dict[str, Any]:
    """The plan as the page shows it: words written, numbers for the bars."""
    shown = replace(plan, current=saved.totals) if plan.totals is not None else plan
    outcome = SimpleNamespace(scenario=scenario, plan=shown)
    before = saved.spend_by_channel()
    answer, more = verdict(
        SimpleNamespace(scenario=scenario, plan=replace(shown, current=None)), say
    )
    rows = []
    for line in channel_lines(outcome):
        change = line.spend - before.get(line.channel, 0.0)
        moved = abs(change) > 0.0005 * max(sum(before.values()), 1e-300)
        rows.append(
            {
                "channel": line.channel,
                "spend": line.spend,
                "spend_text": say.money(line.spend, 0 if line.spend >= 100 else None),
                "saved": before.get(line.channel, 0.0),
                "saved_text": say.money(
                    before.get(line.channel, 0.0),
                    0 if before.get(line.channel, 0.0) >= 100 else None,
                ),
                "change": say.signed_money(change, 0 if abs(change) >= 100 else None)
                if moved
                else "",
                "tone": "" if not moved else "up" if change > 0 else "down",
                "customers": say.count(line.customers),
                "next": say.money(line.marginal_cac),
                "held": held(line, say),
                "beyond": say(_("above what was ever spent here")) if line.beyond else "",
            }
        )
    return {
        "status": "ok" if plan.totals is not None else "none",
        "verdict": answer,
        "more": more,
        "cards": [
            {"title": c.title, "value": c.value, "change": c.change, "tone": c.tone, "note": c.note}
            for c in cards(outcome, say, against="serve.from_saved")
        ],
        "rows": rows,
        "rules": [
            {
                "name": rule_name(r.rule, r.of, say),
                "bound": say.by_unit(r.bound, r.unit),
                "achieved": say.by_unit(r.achieved, r.unit),
                "holds": r.holds,
            }
            for r in plan.rules
        ],
    }


def html(scenario: Any, turn: Mapping[str, Any], first: Mapping[str, Any], say: Words) -> str:
    """The page; its look and program are files beside it, its numbers a JSON block no name can break out of."""
    from optimizer.report.page import environment, in_script

    keys = ("serve.budget", "serve.lost", "serve.nobudget", "serve.min", "serve.max", "serve.nocap")
    words = {key.split(".")[1]: say(key) for key in keys}
    data = json.loads(
        json.dumps(
            {"knobs": turn, "first": first, "words": words, "symbol": say.symbol, "lang": say.lang},
            allow_nan=False,
        )
    )
    return str(
        environment()
        .get_template("what_if.html")
        .render(
            say=say,
            name=scenario.name,
            lang_tag={"en": "en", "zh": "zh-CN"}[say.lang],
            data=_markup(in_script(data)),
            horizon=horizon(scenario, say),
            goal=say.named("goal", _goal(scenario.goal)),
        )
    )


def _goal(goal: Any) -> str:
    return (
        goal
        if isinstance(goal, str)
        else next(iter(goal), "customers")
        if isinstance(goal, dict)
        else "customers"
    )


def _markup(text: str) -> Any:
    from markupsafe import Markup

    return Markup(text)
