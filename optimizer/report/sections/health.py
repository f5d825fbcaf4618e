"""How far to trust it: each check, its state, what to do."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from optimizer.allocation.plan import Certificate, Plan, Stability
from optimizer.messages import Message, Text, _, ngettext
from optimizer.pipeline.outcome import Outcome
from optimizer.report.channels import ChannelLine, lines_of, platform_of
from optimizer.report.first_steps import doubted_channels, test_cost, testing_words, to_test
from optimizer.report.goals import value_text, with_unit
from optimizer.report.sections import report_section
from optimizer.report.titles import model_title
from optimizer.report.view import Cell, Column, Section, Table
from optimizer.report.words import Words
from optimizer.response.curve import Evidence

CUT = 0.8  # of today's spend: a channel that keeps less is cut
WEAK_FIT = 0.3  # R² below which a fitted curve is called weak
Check = tuple[Cell, Cell, Cell]  # what was looked at, its state, what to do


@report_section("health", title=_("How far to trust this"), rank=120)
def health(outcome: Outcome, say: Words) -> Section | None:
    """The proof, every curve, what goes beyond what was seen; how steady the split is; remarks."""
    plan, remarks = outcome.plan, notes(outcome, say)
    rows = list(_checks(outcome, say))
    if not rows and not remarks:
        return None
    count = sum(1 for __, state, __ in rows if state.tone == "warn")
    finding = say(
        ngettext("{n} thing to look at.", "{n} things to look at.", count)
        if count
        else _("No check stands out; what the plan rests on is remarked below.")
        if remarks
        else _("Nothing stands out.")
    )
    columns = (
        Column(say(_("Check")), number=False),
        Column(say(_("State")), number=False),
        Column(say(_("What to do")), number=False),
    )
    rows.sort(key=lambda row: row[1].tone != "warn")
    checks = [Table(say(_("Data and models")), columns, tuple(rows))] if rows else []
    return Section(
        finding=finding,
        paragraphs=_steady(plan, say),
        tables=(*checks, *_stability(plan, say)),
        notes=remarks,
    )


def _checks(outcome: Outcome, say: Words) -> Iterator[Check]:
    plan = outcome.plan
    if plan.certificate is not None:
        yield _proof(plan, plan.certificate, say)
    for channel, response in sorted(outcome.responses.items()):
        yield _curve(channel, response.curve.evidence, say)
    corrected = doubted_channels(outcome)
    for line in lines_of(outcome):
        if line.channel in corrected and line.spend < CUT * (line.current or 0.0):
            yield _corrected(line, say)
        if line.beyond and line.observed is not None:
            yield _beyond(line, line.observed[1], say)


def proof(certificate: Certificate, say: Words) -> str:
    """How near the plan is proven to be to the best there is."""
    if not math.isfinite(certificate.gap):
        return say(_("none: no bound is known"))
    if certificate.kind == "local":
        return say(_("no plan near this one is better (gap {gap})", gap=say.gap(certificate.gap)))
    return say(_("gap to the best possible {gap}", gap=say.gap(certificate.gap)))


def _proof(plan: Plan, certificate: Certificate, say: Words) -> Check:
    proven = math.isfinite(certificate.gap)
    todo = Cell("-", "dim")
    if not proven and plan.status == "gap_open":
        todo = Cell(say(_("state a budget, or a max for each channel")))
    state = Cell(proof(certificate, say), "" if proven else "warn")
    return Cell(say(_("Proof of the plan"))), state, todo


def _corrected(line: ChannelLine, say: Words) -> Check:
    """A channel that loses its money over a correction."""
    state = _(
        "cut from {now} to {plan} because its credit is corrected: people may have bought anyway",
        now=say.money(line.current),
        plan=say.money(line.spend),
    )
    todo = _("Test it before the money is moved; enter what is found under experiments.")
    return Cell(line.channel), Cell(say(state), "warn"), Cell(say(todo))


def _beyond(line: ChannelLine, most: float, say: Words) -> Check:
    state = _(
        "the plan spends {plan}, the most ever seen is {seen}",
        plan=say.money(line.spend),
        seen=say.money(most),
    )
    todo = _("Raise in steps; plan again after each.")
    return Cell(line.channel), Cell(say(state), "warn"), Cell(say(todo))


def _curve(channel: str, evidence: Evidence, say: Words) -> Check:
    name = Cell(say(_("Curve of {channel}", channel=channel)))
    if evidence.source == "fitted" and evidence.r2 is not None:
        return name, *_fitted(evidence, evidence.r2, say)
    if evidence.source == "point":
        return (
            name,
            Cell(say(_("taken through one point with a stated elasticity"))),
            Cell(say(_("Bring weekly spend, or test a second level of spend."))),
        )
    if evidence.source == "assumed":
        return (
            name,
            Cell(say.remark(evidence.note), "warn"),
            Cell(say(_("State its elasticity, or bring weekly spend and totals."))),
        )
    if evidence.source == "believed":
        return (
            name,
            Cell(say.remark(evidence.note)),
            Cell(say(_("A lift test narrows it: enter what it finds under experiments."))),
        )
    return (
        name,
        Cell(say.remark(evidence.note or _("stated, not measured"))),
        Cell(say(_("Replace it with measured data as soon as there is some."))),
    )


def _fitted(evidence: Evidence, r2: float, say: Words) -> tuple[Cell, Cell]:
    note = say.remark(evidence.note) if evidence.note else ""
    numbers = {"r2": say.number(r2, 2), "points": say.count(evidence.points)}
    if r2 >= WEAK_FIT:
        good = _("fits well (R² {r2}, {points} points)", **numbers)
        return Cell(say(good), "", note), Cell("-", "dim")
    weak = _("fits poorly (R² {r2}, {points} points)", **numbers)
    todo = _("Vary spend here on purpose for some weeks, then plan again.")
    return Cell(say(weak), "warn", note), Cell(say(todo))


def _moves(stability: Sequence[Stability]) -> bool:
    """Whether the split differs between draws at all."""
    return any(
        x.high - x.low > 1e-6 * max(abs(x.high), 1e-300) or 0 < x.funded < 1 for x in stability
    )


def _steady(plan: Plan, say: Words) -> tuple[str, ...]:
    """The channel that is surest to get money, and the one to test next."""
    test = to_test(plan)
    if not plan.stability:
        return ()
    found = []
    if _moves(plan.stability):
        sure = max(plan.stability, key=lambda x: (x.funded, x.low, x.channel))
        found.append(
            say(
                _(
                    "{channel} is funded in {share} of the draws of the data.",
                    channel=sure.channel,
                    share=say.percent(sure.funded),
                )
            )
        )
    if test is not None and test.information_value > 0:
        found.append(testing_words(test, plan.goal, say, test_cost(plan, test.channel)))
    return tuple(found)


def _stability(plan: Plan, say: Words) -> tuple[Table, ...]:
    """How each channel's spend moves over draws of the data, and what knowing it would gain."""
    if not plan.stability:
        return ()
    moves, goal = _moves(plan.stability), plan.goal
    order = sorted(plan.stability, key=lambda x: (-x.information_value, x.channel))
    worth = _(
        "What the goal would gain on average if this channel's response were known "
        "before planning: test the largest first."
    )
    spread = [Column(say(_("Funded in"))), Column(say(_("Spend in the middle 80% of draws")))]
    columns = (
        Column(say(_("Channel")), number=False),
        *(spread if moves else []),
        Column(with_unit(_("Worth knowing"), goal, say), help=say(worth)),
    )

    def drawn(x: Stability) -> list[Cell]:
        """How often the channel is funded, and with how much."""
        middle = say(_("{low} – {high}", low=say.money(x.low), high=say.money(x.high)))
        return [Cell(say.percent(x.funded)), Cell(middle)]

    rows = tuple(
        (
            Cell(x.channel),
            *(drawn(x) if moves else []),
            Cell(value_text(x.information_value, goal, say), value=x.information_value),
        )
        for x in order
    )
    caption = (
        _("How sure the split is: the same plan over many draws of the data")
        if moves
        else _("What to test next")
    )
    return (Table(say(caption), columns, rows, tuple(platform_of(x.channel) for x in order)),)


def notes(outcome: Outcome, say: Words) -> tuple[str, ...]:
    """Every remark made on the way, once, in the order they came."""
    found: list[Text] = list(outcome.notes)
    if outcome.attribution is not None:
        found += outcome.attribution.notes
        found += [
            _of(model_title(credit.label), note)
            for credit in outcome.attribution.credits
            for note in credit.notes
        ]
    found += outcome.plan.notes
    return tuple(dict.fromkeys(say.remark(note) for note in found))


def _of(model: Text, note: Text) -> Message:
    return _("{of}: {text}", of=model, text=note)
