"""What each channel brings for its money: the response curves with now, plan and the range that was seen."""

from __future__ import annotations

from typing import Any

from optimizer.messages import _
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
        label = say(
            _(
                "{channel}: new customers against spend; now {now}, plan {plan}",
                channel=channel,
                now=say.money(now),
                plan=say.money(then),
            )
        )
        spec = charts_more.response_curve(channel, curve, now, then, seen, say)
        small.append(Chart(f"curve {channel}", spec, label, channel, group_of(channel), small=True))
        seen_text = (
            "-"
            if seen is None
            else say(_("{low} – {high}", low=say.money(seen[0]), high=say.money(seen[1])))
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
        say(_("Now and plan on each curve")),
        (
            Column(say(_("Channel")), number=False),
            Column(say(_("Now"))),
            Column(say(_("Customers now"))),
            Column(say(_("Plan"))),
            Column(say(_("Customers in plan"))),
            Column(say(_("Seen"))),
            Column(say(_("Curve")), number=False),
            Column(say(_("R²"))),
        ),
        tuple(rows),
        tuple(groups),
    )
    return Section(
        "curves",
        say(_("What each channel brings for its money")),
        _finding(outcome, say),
        (
            say(
                _(
                    "Shaded: the range of spend seen. Dashed: beyond it. Grey point: now. Blue "
                    "point: plan."
                )
            ),
            *_seasons(outcome, say),
            *_new_ground(outcome, say),
        ),
        charts=tuple(small),
        details=(numbers,),
    )


def _finding(outcome: Any, say: Words) -> str:
    funded = [x for x in channel_lines(outcome) if x.spend > 0 and x.marginal_cac is not None]
    if not funded:
        return say(_("New customers against spend, over the whole plan."))
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
            say(
                _(
                    "On every funded channel the next customer costs the same, {low_cac}: no move "
                    "of money between them would gain.",
                    low_cac=values["low_cac"],
                )
            )
            if len(funded) > 1
            else say(_("The next customer on {low} costs {low_cac}.", **values))
        )
    return say(
        _(
            "The cheapest next customer is on {low} ({low_cac}), the dearest funded one on "
            "{high} ({high_cac}).",
            **values,
        )
    )


def _seasons(outcome: Any, say: Words) -> tuple[str, ...]:
    """With a calendar the curves are those of even weeks; the plan's own numbers hold its seasons."""
    plan = part(outcome, "plan")
    return (
        (
            say(
                _(
                    "Curves of an even calendar: seasons, prices and carry-over are counted in the "
                    "plan, not here."
                )
            ),
        )
        if plan is not None and len(periods(plan)) > 1
        else ()
    )


def _new_ground(outcome: Any, say: Words) -> tuple[str, ...]:
    """How much of the plan rests on spending more than was ever seen."""
    lines = [x for x in channel_lines(outcome) if x.observed is not None]
    if not lines:
        return ()
    beyond = [x for x in lines if x.on_new_ground is not None]
    if not beyond:
        return (
            (say(_("No channel is asked to spend more than was seen.")),)
            if not any(x.beyond for x in lines)
            else ()
        )
    gain = sum(x.on_new_ground or 0.0 for x in beyond)
    return (
        say(
            _(
                "{customers} of the plan's new customers rest on spending more than was ever "
                "seen ({channels}): raise those in steps and watch.",
                customers=say.count(gain),
                channels=say.join([x.channel for x in beyond]),
            )
        ),
    )
