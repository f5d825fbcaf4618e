"""How far to trust it: each check, its state, what to do."""

from __future__ import annotations

import math
from typing import Any

from optimizer.messages import _, ngettext
from optimizer.report import charts_more
from optimizer.report.facts import channel_lines, group_of, part
from optimizer.report.sections.frontier import (
    gain_sentence,
    goal_of,
    objective_text,
    proof,
    with_unit,
)
from optimizer.report.view import Cell, Column, Section, Table
from optimizer.report.words import Words

WEAK_FIT = 0.3  # R² below which a fitted curve is called weak


def health(outcome: Any, say: Words) -> Section | None:
    rows: list[tuple[Cell, Cell, Cell]] = []
    plan = part(outcome, "plan")
    if plan is not None and plan.certificate is not None:
        proven = math.isfinite(plan.certificate.gap)
        todo = (
            Cell(say(_("state a budget, or a max for each channel")))
            if not proven and plan.status == "gap_open"
            else Cell("-", "dim")
        )
        rows.append(
            (
                Cell(say(_("Proof of the plan"))),
                Cell(proof(plan.certificate, say), "" if proven else "warn"),
                todo,
            )
        )
    responses = part(outcome, "responses", {})
    for channel in sorted(responses):
        curve = part(responses[channel], "curve")
        if curve is not None:
            rows.append(_curve(channel, curve.evidence, say))
    for line in channel_lines(outcome):
        if line.beyond and line.observed is not None:
            state = say(
                _(
                    "the plan spends {plan}, the most ever seen is {seen}",
                    plan=say.money(line.spend),
                    seen=say.money(line.observed[1]),
                )
            )
            rows.append(
                (
                    Cell(line.channel),
                    Cell(state, "warn"),
                    Cell(say(_("Raise in steps; plan again after each."))),
                )
            )
    remarks = notes(outcome, say)
    if not rows and not remarks:
        return None
    steady = _stability(plan, say)
    count = sum(1 for __, state, __ in rows if state.tone == "warn")
    finding = (
        say(ngettext("{n} thing to look at.", "{n} things to look at.", count))
        if count
        else say(_("Nothing stands out."))
    )
    columns = (
        Column(say(_("Check")), number=False),
        Column(say(_("State")), number=False),
        Column(say(_("What to do")), number=False),
    )
    rows.sort(key=lambda row: row[1].tone != "warn")
    return Section(
        "health",
        say(_("How far to trust this")),
        finding,
        paragraphs=_steady(plan, say),
        tables=(
            *([Table(say(_("Data and models")), columns, tuple(rows))] if rows else []),
            *steady,
        ),
        notes=remarks,
    )


def _moves(stability: Any) -> bool:
    """Whether the split differs between draws at all."""
    return any(
        x.high - x.low > 1e-6 * max(abs(x.high), 1e-300) or 0 < x.funded < 1 for x in stability
    )


def _steady(plan: Any, say: Words) -> tuple[str, ...]:
    stability = part(plan, "stability", ())
    if not stability:
        return ()
    test = max(stability, key=lambda x: (x.tells, x.channel))
    found = []
    if _moves(stability):
        sure = max(stability, key=lambda x: (x.funded, x.low, x.channel))
        found.append(
            say(
                _(
                    "{channel} is funded in {share} of the draws of the data.",
                    channel=sure.channel,
                    share=say.percent(sure.funded),
                )
            )
        )
    if test.tells > 0:
        found.append(
            gain_sentence("stability.test", test.tells, goal_of(plan), say, channel=test.channel)
        )
    return tuple(found)


def _stability(plan: Any, say: Words) -> tuple[Table, ...]:
    """How each channel's spend moves over draws of the data, and what knowing it would gain; the best to test first."""
    stability = part(plan, "stability", ())
    if not stability:
        return ()
    moves, goal = _moves(stability), goal_of(plan)
    order = sorted(stability, key=lambda x: (-x.tells, x.channel))
    columns = [Column(say(_("Channel")), number=False)]
    if moves:
        columns += [Column(say(_("Funded in"))), Column(say(_("Spend in the middle 80% of draws")))]
    columns.append(
        Column(
            with_unit(say(_("Worth knowing")), goal, say),
            help=say(
                _(
                    "What the goal would gain on average if this channel's response were known "
                    "before planning: test the largest first."
                )
            ),
        )
    )
    rows = []
    for x in order:
        row = [Cell(x.channel)]
        if moves:
            row += [
                Cell(say.percent(x.funded)),
                Cell(say(_("{low} – {high}", low=say.money(x.low), high=say.money(x.high)))),
            ]
        rows.append((*row, Cell(objective_text(x.tells, goal, say), value=x.tells)))
    caption = (
        say(_("How sure the split is: the same plan over many draws of the data"))
        if moves
        else say(_("What to test next"))
    )
    return (Table(caption, tuple(columns), tuple(rows), tuple(group_of(x.channel) for x in order)),)


def _curve(channel: str, evidence: Any, say: Words) -> tuple[Cell, Cell, Cell]:
    name = Cell(say(_("Curve of {channel}", channel=channel)))
    if evidence.source == "fitted" and evidence.r2 is not None:
        weak = evidence.r2 < WEAK_FIT
        key = "health.fit.weak" if weak else "health.fit.good"
        state = say(key, r2=say.number(evidence.r2, 2), points=say.count(evidence.points))
        return (
            name,
            Cell(state, "warn" if weak else "", say.remark(evidence.note) if evidence.note else ""),
            Cell(say(_("Vary spend here on purpose for some weeks, then plan again.")))
            if weak
            else Cell("-", "dim"),
        )
    if evidence.source == "point":
        return (
            name,
            Cell(say(_("taken through one point with a stated elasticity"))),
            Cell(say(_("Bring weekly spend, or test a second level of spend."))),
        )
    return (
        name,
        Cell(say.remark(evidence.note) if evidence.note else say(_("stated, not measured"))),
        Cell(say(_("Replace it with measured data as soon as there is some."))),
    )


def notes(outcome: Any, say: Words) -> tuple[str, ...]:
    """Every remark made on the way, once, in the order they came."""
    attribution, plan = part(outcome, "attribution"), part(outcome, "plan")
    found = list(part(outcome, "notes", ()))
    if attribution is not None:
        found += list(attribution.notes)
        for credit in attribution.credits:
            found += [
                say(
                    _(
                        "{of}: {text}",
                        of=charts_more.model_name(credit.label, say),
                        text=say.remark(text),
                    )
                )
                for text in credit.notes
            ]
    if plan is not None:
        found += list(plan.notes)
    return tuple(dict.fromkeys(say.remark(str(text)) for text in found))
