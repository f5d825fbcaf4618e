"""What each channel brings for its money: the response curves with now, plan and the range that was seen."""

from __future__ import annotations

from typing import Any

from optimizer.report import charts_more
from optimizer.report.facts import channel_lines, current_of, group_of, on_curve, part, periods
from optimizer.report.view import Cell, Chart, Column, Section, Table
from optimizer.report.words import Words


def curves(outcome: Any, say: Words) -> Section | None:
    """One small chart per channel, the plan's largest first."""
    responses = part(outcome, "responses", {})
    lines = {line.channel: line for line in channel_lines(outcome)}
    order = [c for c in lines if c in responses] + sorted(c for c in responses if c not in lines)
    small, rows, groups = [], [], []
    for channel in order:
        curve = part(responses[channel], "curve")
        if curve is None:
            continue
        line = lines.get(channel)
        now = line.current if line and line.current is not None else current_of(responses[channel])
        then = line.spend if line else None
        seen = curve.evidence.observed
        label = say("curves.label", channel=channel, now=say.money(now), plan=say.money(then))
        spec = charts_more.response_curve(channel, curve, now, then, seen, say)
        small.append(Chart(f"curve {channel}", spec, label, channel, group_of(channel), small=True))
        seen_text = (
            "-" if seen is None else say("range", low=say.money(seen[0]), high=say.money(seen[1]))
        )
        rows.append(
            (
                Cell(channel),
                Cell(say.money(now)),
                Cell(say.count(on_curve(responses[channel], now))),
                Cell(say.money(then)),
                Cell(say.count(on_curve(responses[channel], then))),
                Cell(seen_text, "dim"),
                Cell(say.named("source", curve.evidence.source), "dim"),
                Cell(say.number(curve.evidence.r2, 2), "dim"),
            )
        )
        groups.append(group_of(channel))
    if not small:
        return None
    numbers = Table(
        say("curves.caption"),
        (
            Column(say("channel"), number=False),
            Column(say("now")),
            Column(say("curves.customers_now")),
            Column(say("plan")),
            Column(say("curves.customers_plan")),
            Column(say("curves.seen")),
            Column(say("curves.source"), number=False),
            Column(say("curves.fit")),
        ),
        tuple(rows),
        tuple(groups),
    )
    return Section(
        "curves",
        say("curves.title"),
        _finding(outcome, say),
        (say("curves.legend"), *_seasons(outcome, say), *_new_ground(outcome, say)),
        charts=tuple(small),
        details=(numbers,),
    )


def _finding(outcome: Any, say: Words) -> str:
    funded = [x for x in channel_lines(outcome) if x.spend > 0 and x.marginal_cac is not None]
    if not funded:
        return say("curves.finding.plain")
    by_cost = sorted(funded, key=lambda x: (x.marginal_cac or 0.0, x.channel))
    low, high = by_cost[0], by_cost[-1]
    values = {
        "low": low.channel,
        "low_cac": say.money(low.marginal_cac),
        "high": high.channel,
        "high_cac": say.money(high.marginal_cac),
    }
    if values["low_cac"] == values["high_cac"]:
        return (
            say("curves.finding.level", low_cac=values["low_cac"])
            if len(funded) > 1
            else say("curves.finding.one", **values)
        )
    return say("curves.finding", **values)


def _seasons(outcome: Any, say: Words) -> tuple[str, ...]:
    """With a calendar the curves are those of even weeks; the plan's own numbers hold its seasons."""
    plan = part(outcome, "plan")
    return (say("curves.even"),) if plan is not None and len(periods(plan)) > 1 else ()


def _new_ground(outcome: Any, say: Words) -> tuple[str, ...]:
    """How much of the plan rests on spending more than was ever seen."""
    lines = [x for x in channel_lines(outcome) if x.observed is not None]
    if not lines:
        return ()
    beyond = [x for x in lines if x.on_new_ground is not None]
    if not beyond:
        return (say("curves.inside"),) if not any(x.beyond for x in lines) else ()
    gain = sum(x.on_new_ground or 0.0 for x in beyond)
    return (
        say(
            "curves.beyond",
            customers=say.count(gain),
            channels=say.join([x.channel for x in beyond]),
        ),
    )
