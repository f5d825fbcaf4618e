"""How far to trust it: each check, its state, what to do."""

from __future__ import annotations

from typing import Any

from optimizer.report import charts_more
from optimizer.report.facts import channel_lines, group_of, part
from optimizer.report.view import Cell, Column, Section, Table
from optimizer.report.words import Words

WEAK_FIT = 0.3     # R² below which a fitted curve is called weak


def health(outcome: Any, say: Words) -> Section | None:
    rows: list[tuple[Cell, Cell, Cell]] = []
    plan = part(outcome, "plan")
    if plan is not None and plan.certificate is not None:
        state = say("health.proof.good", gap=say.gap(plan.certificate.gap))
        rows.append((Cell(say("health.proof")), Cell(state), Cell("-", "dim")))
    responses = part(outcome, "responses", {})
    for channel in sorted(responses):
        curve = part(responses[channel], "curve")
        if curve is not None:
            rows.append(_curve(channel, curve.evidence, say))
    for line in channel_lines(outcome):
        if line.beyond and line.observed is not None:
            state = say("health.beyond", plan=say.money(line.spend), seen=say.money(line.observed[1]))
            rows.append((Cell(line.channel), Cell(state, "warn"), Cell(say("health.beyond.todo"))))
    remarks = notes(outcome, say)
    if not rows and not remarks:
        return None
    steady = _stability(part(plan, "stability", ()), say)
    count = sum(1 for _, state, _ in rows if state.tone == "warn")
    finding = say("health.finding", n=count) if count else say("health.finding.good")
    columns = (Column(say("check"), number=False), Column(say("state"), number=False), Column(say("todo"), number=False))
    rows.sort(key=lambda row: row[1].tone != "warn")
    return Section("health", say("health.title"), finding, paragraphs=_steady(part(plan, "stability", ()), say),
                   tables=(*([Table(say("health.caption"), columns, tuple(rows))] if rows else []), *steady), notes=remarks)


def _steady(stability: Any, say: Words) -> tuple[str, ...]:
    if not stability:
        return ()
    sure = max(stability, key=lambda x: (x.funded, x.low, x.channel))
    test = max(stability, key=lambda x: (x.tells, x.channel))
    return (say("stability.finding", channel=sure.channel, share=say.percent(sure.funded), test=test.channel),)


def _stability(stability: Any, say: Words) -> tuple[Table, ...]:
    """How each channel's spend moves over draws of the data, the best to test first."""
    if not stability:
        return ()
    order = sorted(stability, key=lambda x: (-x.tells, x.channel))
    rows = tuple(
        (Cell(x.channel), Cell(say.percent(x.funded)), Cell(say("range", low=say.money(x.low), high=say.money(x.high))), Cell(say.percent(x.tells)))
        for x in order
    )
    columns = (Column(say("channel"), number=False), Column(say("stability.funded")), Column(say("stability.range")),
               Column(say("stability.tells"), help=say("stability.tells.help")))
    return (Table(say("stability.caption"), columns, rows, tuple(group_of(x.channel) for x in order)),)



def _curve(channel: str, evidence: Any, say: Words) -> tuple[Cell, Cell, Cell]:
    name = Cell(say("health.curve", channel=channel))
    if evidence.source == "fitted" and evidence.r2 is not None:
        weak = evidence.r2 < WEAK_FIT
        key = "health.fit.weak" if weak else "health.fit.good"
        state = say(key, r2=say.number(evidence.r2, 2), points=say.count(evidence.points))
        return name, Cell(state, "warn" if weak else "", say.remark(evidence.note) if evidence.note else ""), Cell(say("health.fit.weak.todo")) if weak else Cell("-", "dim")
    if evidence.source == "point":
        return name, Cell(say("health.point")), Cell(say("health.point.todo"))
    return name, Cell(say.remark(evidence.note) if evidence.note else say("health.stated")), Cell(say("health.stated.todo"))


def notes(outcome: Any, say: Words) -> tuple[str, ...]:
    """Every remark made on the way, once, in the order they came."""
    attribution, plan = part(outcome, "attribution"), part(outcome, "plan")
    found = list(part(outcome, "notes", ()))
    if attribution is not None:
        found += list(attribution.notes)
        for credit in attribution.credits:
            found += [say("remark.of", of=charts_more.model_name(credit.label, say), text=say.remark(text)) for text in credit.notes]
    if plan is not None:
        found += list(plan.notes)
    return tuple(dict.fromkeys(say.remark(str(text)) for text in found))
