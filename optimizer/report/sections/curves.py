"""What each channel brings for its money: its curve with now, plan and the range that was seen."""

from __future__ import annotations

from optimizer.messages import Message, _
from optimizer.pipeline.outcome import Outcome
from optimizer.report.channels import ChannelLine, lines_of, on_curve, platform_of
from optimizer.report.charts.curves import response_curve
from optimizer.report.sections import report_section
from optimizer.report.view import Cell, Chart, Column, Section, Table
from optimizer.report.words import Words
from optimizer.response.channel import Response

SOURCES: dict[str, Message] = {
    "fitted": _("fitted"),
    "point": _("through one point"),
    "stated": _("stated"),
    "assumed": _("assumed"),
    "believed": _("mean of a belief"),
}


@report_section("curves", title=_("What each channel brings for its money"), rank=40)
def curves(outcome: Outcome, say: Words) -> Section | None:
    """One small chart per channel, the plan's largest first."""
    responses = outcome.responses
    if not responses:
        return None
    lines = {line.channel: line for line in lines_of(outcome)}
    order = [c for c in lines if c in responses] + sorted(c for c in responses if c not in lines)
    small = tuple(_chart(responses[c], lines.get(c), say) for c in order)
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
        tuple(_row(responses[c], lines.get(c), say) for c in order),
        tuple(platform_of(c) for c in order),
    )
    legend = _(
        "Shaded: the range of spend seen. Dashed: beyond it. Grey point: now. Blue point: plan."
    )
    funded = list(lines.values())
    return Section(
        finding=_finding(funded, say),
        paragraphs=(say(legend), *_seasons(outcome, say), *_new_ground(funded, say)),
        charts=small,
        details=(numbers,),
    )


def _now(response: Response, line: ChannelLine | None) -> float | None:
    return line.current if line and line.current is not None else response.current


def _chart(response: Response, line: ChannelLine | None, say: Words) -> Chart:
    channel, curve, now = response.channel, response.curve, _now(response, line)
    then = line.spend if line else None
    label = _(
        "{channel}: new customers against spend; now {now}, plan {plan}",
        channel=channel,
        now=say.money(now),
        plan=say.money(then),
    )
    spec = response_curve(channel, curve, now, then, curve.evidence.observed, say)
    name = f"curve {channel}"
    return Chart(name, spec, say(label), channel, platform_of(channel), small=True)


def _row(response: Response, line: ChannelLine | None, say: Words) -> tuple[Cell, ...]:
    now, then = _now(response, line), line.spend if line else None
    evidence = response.curve.evidence
    seen = "-"
    if evidence.observed is not None:
        low, high = evidence.observed
        seen = say(_("{low} – {high}", low=say.money(low), high=say.money(high)))
    return (
        Cell(response.channel),
        Cell(say.money(now)),
        Cell(say.count(on_curve(response, now))),
        Cell(say.money(then)),
        Cell(say.count(on_curve(response, then))),
        Cell(seen, "dim"),
        Cell(say(SOURCES.get(evidence.source, evidence.source)), "dim"),
        Cell(say.number(evidence.r2, 2), "dim"),
    )


def _finding(lines: list[ChannelLine], say: Words) -> str:
    """What the next customer costs, on the cheapest and the dearest funded channel."""
    funded = sorted(
        (x.marginal_cac, x.channel) for x in lines if x.spend > 0 and x.marginal_cac is not None
    )
    if not funded:
        return say(_("New customers against spend, over the whole plan."))
    (low_cac, low), (high_cac, high) = funded[0], funded[-1]
    cheap, dear = say.money(low_cac), say.money(high_cac)
    if cheap != dear:
        return say(
            _(
                "The cheapest next customer is on {low} ({low_cac}), the dearest funded one on "
                "{high} ({high_cac}).",
                low=low,
                low_cac=cheap,
                high=high,
                high_cac=dear,
            )
        )
    if len(funded) == 1:
        return say(_("The next customer on {low} costs {low_cac}.", low=low, low_cac=cheap))
    return say(
        _(
            "On every funded channel the next customer costs the same, {low_cac}: no move "
            "of money between them would gain.",
            low_cac=cheap,
        )
    )


def _seasons(outcome: Outcome, say: Words) -> tuple[str, ...]:
    """With a calendar the curves are of even weeks; the plan's own numbers hold its seasons."""
    if len(outcome.plan.periods) < 2:
        return ()
    even = _(
        "Curves of an even calendar: seasons, prices and carry-over are counted in the "
        "plan, not here."
    )
    return (say(even),)


def _new_ground(lines: list[ChannelLine], say: Words) -> tuple[str, ...]:
    """How much of the plan rests on spending more than was ever seen."""
    known = [x for x in lines if x.observed is not None]
    if not known:
        return ()
    beyond = [x for x in known if x.on_new_ground is not None]
    if not beyond:
        if any(x.beyond for x in known):
            return ()
        return (say(_("No channel is asked to spend more than was seen.")),)
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
