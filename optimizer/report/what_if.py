"""The what-if page: its knobs, the plan it shows, its HTML. Served by `optimizer.serve`."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from optimizer.allocation.plan import Plan
from optimizer.messages import Message, _
from optimizer.pipeline.outcome import Outcome
from optimizer.report.answer import cards, horizon, verdict
from optimizer.report.channels import ChannelLine, channel_lines
from optimizer.report.goals import goal_title
from optimizer.report.page import environment, in_script
from optimizer.report.sections.plan import held
from optimizer.report.titles import rule_title
from optimizer.report.words import Words
from optimizer.response.channel import Response
from optimizer.scenario import Scenario

ROOM = 1.5  # how far beyond today's numbers the knobs reach
ROUND = (1, 1.5, 2, 3, 4, 5, 6, 8, 10)  # amounts that read well, times a power of ten


@dataclass(frozen=True)
class Asked:
    """Changes to a scenario.

    Parameters
    ----------
    budget
        Currency over the plan (None: no budget).
    channels
        Channel -> (min, max), currency over the plan; None: no bound.
    rules
        Number of a rule in the scenario -> its value.
    """

    budget: float | None
    channels: dict[str, tuple[float | None, float | None]]
    rules: dict[int, float]


def slides(value: object) -> bool:
    """Whether a rule's value is one number a slider can move."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def knobs(
    scenario: Scenario,
    saved: Plan,
    responses: Mapping[str, Response],
    movable: Sequence[str],
    say: Words,
) -> dict[str, Any]:
    """What can be turned: budget, each channel's floor and cap, each rule of one number.

    Parameters
    ----------
    scenario, saved
        What is asked as it stands, and its plan.
    responses
        Channel -> response, for today's spend.
    movable
        Channels with bounds of their own; further lines of the plan (retention offers) are shown
        only.
    say
        The reader's words.

    Returns
    -------
    dict
        As the page reads it; channels in the order of the saved plan.
    """
    spend = saved.spend_by_channel()
    names = sorted({*movable, *spend}, key=lambda name: (-spend.get(name, 0.0), name))
    bounds = {name: _bounds(scenario, name) for name in names}
    now = {name: responses[name].current if name in responses else None for name in names}
    # one scale for all channels, so that their bars compare
    amounts = [
        *spend.values(),
        *(v for v in now.values() if v),
        *(v for pair in bounds.values() for v in pair if v),
    ]
    top = round_up(max(amounts, default=0.0) * ROOM) or 1.0
    total = sum(spend.values()) or sum(v or 0.0 for v in now.values())
    money = 2 * max(scenario.budget or 0.0, total, 1e-9)
    return {
        "top": top,
        "step": step(top),
        "names": names,
        "budget": {"value": scenario.budget, "top": round_up(money), "step": step(money)},
        "channels": {
            name: {"min": low, "max": high, "now": now[name], "fixed": name not in movable}
            for name, (low, high) in bounds.items()
        },
        "rules": _rules(scenario, saved, say),
    }


def _bounds(scenario: Scenario, name: str) -> tuple[float | None, float | None]:
    channel = scenario.channels.get(name)
    return (None, None) if channel is None else (channel.min, channel.max)


def _rules(scenario: Scenario, saved: Plan, say: Words) -> list[dict[str, Any]]:
    """A knob for each rule whose value is one number."""
    units = {(r.rule, r.of): r.unit for r in saved.rules}
    out = []
    for i, rule in enumerate(scenario.rules):
        if slides(rule.value):
            unit = units.get((rule.name, rule.of), "")
            out.append(
                {
                    "index": i,
                    "name": say(rule_title(rule.name, rule.of)),
                    "value": float(rule.value),
                    "whole": isinstance(rule.value, int),
                    "unit": unit,
                    "top": 1.0 if unit == "share" else max(3.0 * rule.value, 1.0),
                }
            )
    return out


def round_up(value: float) -> float:
    """The next amount that reads well; 0 for none.

    >>> round_up(83_000.0)
    100000.0
    """
    if value <= 0 or not math.isfinite(value):
        return 0.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(factor * power for factor in ROUND if factor * power >= value * (1 - 1e-12))


def step(top: float) -> float:
    """A slider's step: a round amount, some two hundred to the whole way.

    >>> step(100_000.0)
    500.0
    """
    power = 10.0 ** math.floor(math.log10(top / 200))
    return power * (5 if top / 200 / power >= 5 else 1)


def fragment(scenario: Scenario, plan: Plan, saved: Plan, say: Words) -> dict[str, Any]:
    """A plan as the page shows it: words written, numbers for the bars.

    Parameters
    ----------
    scenario
        What was asked.
    plan
        Its plan.
    saved
        The plan that changes are measured from.
    say
        The reader's words.
    """
    shown = replace(plan, current=saved.totals) if plan.totals is not None else plan
    answer, more = verdict(replace(shown, current=None), say)
    before = saved.spend_by_channel()
    small = 0.0005 * max(sum(before.values()), 1e-300)
    return {
        "status": "ok" if plan.totals is not None else "none",
        "verdict": answer,
        "more": more,
        "cards": [
            {"title": c.title, "value": c.value, "change": c.change, "tone": c.tone, "note": c.note}
            for c in cards(Outcome(scenario, shown), say, _from_saved)
        ],
        "rows": [_row(x, before.get(x.channel, 0.0), small, say) for x in channel_lines(shown)],
        "rules": [
            {
                "name": say(rule_title(r.rule, r.of)),
                "bound": say.by_unit(r.bound, r.unit),
                "achieved": say.by_unit(r.achieved, r.unit),
                "holds": r.holds,
            }
            for r in plan.rules
        ],
    }


def _from_saved(change: str) -> Message:
    return _("{change} from saved", change=change)


def _row(line: ChannelLine, saved: float, small: float, say: Words) -> dict[str, Any]:
    """A channel's row. saved: its spend in the saved plan; small: a change that is none."""

    def digits(value: float) -> int | None:
        """Decimals: none from 100 up."""
        return 0 if value >= 100 else None

    change = line.spend - saved
    moved = abs(change) > small
    return {
        "channel": line.channel,
        "spend": line.spend,
        "spend_text": say.money(line.spend, digits(line.spend)),
        "saved": saved,
        "saved_text": say.money(saved, digits(saved)),
        "change": say.signed_money(change, digits(abs(change))) if moved else "",
        "tone": "" if not moved else "up" if change > 0 else "down",
        "customers": say.count(line.customers),
        "next": say.money(line.marginal_cac),
        "held": held(line, say),
        "beyond": say(_("above what was ever spent here")) if line.beyond else "",
    }


def html(
    scenario: Scenario,
    turn: Mapping[str, Any],
    first: Mapping[str, Any],
    say: Words,
    keep: str = "",
) -> str:
    """The page as HTML text.

    Its look and program are files beside it, its numbers a JSON block no name can break out of.

    Parameters
    ----------
    scenario
        What is asked as it stands.
    turn, first
        What `knobs` and `fragment` make of it.
    say
        The reader's words.
    keep
        The state of the scenario that the page may write its changes into ("": it offers none).
    """
    from markupsafe import Markup

    lost = _("The program behind this page has ended. Start it again with `optimizer serve`.")
    words = {
        "budget": say(_("Budget")),
        "lost": say(lost),
        "nobudget": say(_("no budget")),
        "min": say(_("floor")),
        "max": say(_("cap")),
        "nocap": say(_("no cap")),
    }
    data = json.loads(
        json.dumps(
            {"knobs": turn, "first": first, "words": words, "symbol": say.symbol, "lang": say.lang},
            allow_nan=False,
        )
    )
    template = environment().get_template("what_if.html")
    return str(
        template.render(
            say=say,
            name=scenario.name,
            lang_tag={"en": "en", "zh": "zh-CN"}[say.lang],
            data=Markup(in_script(data)),
            keep=keep,
            horizon=horizon(scenario, say),
            goal=say(goal_title(_goal(scenario.goal))),
        )
    )


def _goal(goal: Any) -> str:
    """The name of a scenario's goal, which may carry options."""
    if isinstance(goal, dict):
        return str(next(iter(goal), "customers"))
    return goal if isinstance(goal, str) else "customers"
