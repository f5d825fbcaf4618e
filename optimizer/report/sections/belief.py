"""What is believed of the past, and how far platforms' claims go beyond it."""

from __future__ import annotations

from optimizer.evidence.belief import Interval
from optimizer.messages import Message, _, ngettext
from optimizer.pipeline.outcome import Outcome
from optimizer.pipeline.plan_belief import ChannelBelief, PlanBelief
from optimizer.report.channels import platform_of
from optimizer.report.sections import report_section
from optimizer.report.view import Cell, Column, Section, Table
from optimizer.report.words import Words


@report_section("belief", title=_("What the belief rests on"), rank=25, terminal=15)
def belief(outcome: Outcome, say: Words) -> Section | None:
    """What spend caused of what was sold, claim against estimate by channel, and what is assumed
    of the coming periods.
    """
    known = outcome.belief
    if known is None or not known.channels:
        return None
    paragraphs = [say(_organic(known, say))]
    claims = _claims(known, say)
    if claims is not None:
        paragraphs.append(say(claims))
    if known.test:
        paragraphs.append(
            say(
                _(
                    "A lift test on {channel} would tell most: of all channels its effect on this "
                    "plan is known least.",
                    channel=known.test,
                )
            )
        )
    return Section(
        finding=say(_finding(known, say)),
        paragraphs=tuple(paragraphs),
        tables=(_table(known, say),),
    )


def _finding(known: PlanBelief, say: Words) -> Message:
    caused = sum(row.caused.mean for row in known.channels)
    return ngettext(
        "Of {sold} new customers sold in {n} period, spend is believed to have caused {caused}.",
        "Of {sold} new customers sold in {n} periods, spend is believed to have caused {caused}.",
        known.periods,
        sold=say.count(known.sold),
        caused=say.count(caused),
    )


def _organic(known: PlanBelief, say: Words) -> Message:
    said = {
        "organic": say.count(known.organic),
        "extra": say.count(known.extra.mean),
        "low": say.count(known.extra.low),
        "high": say.count(known.extra.high),
    }
    if known.journeys:
        return _(
            "This is a belief, not a measurement: what the stage chain says of each channel, "
            "weighed with what touch credit says. Over the plan about {organic} new customers "
            "come without spend, and {extra} ({low} to {high}) with it.",
            **said,
        )
    return _(
        "This is a belief from totals, not a measurement: over the plan about {organic} new "
        "customers come without spend, and {extra} ({low} to {high}) with it.",
        **said,
    )


def _claims(known: PlanBelief, say: Words) -> Message | None:
    """All claims together against what was sold."""
    claimed = sum(row.claimed or 0.0 for row in known.channels)
    if claimed <= 0:
        return None
    return _(
        "The platforms claim {claimed} conversions; the shop sold {sold}. A claim says who was "
        "met, not who was won.",
        claimed=say.count(claimed),
        sold=say.count(known.sold),
    )


def _table(known: PlanBelief, say: Words) -> Table:
    with_claims = any(row.claimed for row in known.channels)
    columns = (
        Column(say(_("Channel")), number=False),
        *([Column(say(_("Platform claims")))] if with_claims else []),
        Column(say(_("Believed caused"))),
        Column(say(_("90% interval"))),
        *([Column(say(_("Believed of a claim")))] if with_claims else []),
        Column(say(_("Customers in plan"))),
        Column(say(_("90% interval"))),
    )
    return Table(
        say(_("Claim against belief, channel by channel")),
        columns,
        tuple(_row(row, with_claims, say) for row in known.channels),
        tuple(platform_of(row.channel) for row in known.channels),
    )


def _row(row: ChannelBelief, with_claims: bool, say: Words) -> tuple[Cell, ...]:
    part = row.caused.mean / row.claimed if row.claimed else None
    return (
        Cell(row.channel),
        *([Cell(say.count(row.claimed), "dim")] if with_claims else []),
        Cell(say.count(row.caused.mean), "strong"),
        Cell(_range(row.caused, say), "dim"),
        *([Cell(say.percent(part))] if with_claims else []),
        Cell("-" if row.plan is None else say.count(row.plan.mean)),
        Cell("-" if row.plan is None else _range(row.plan, say), "dim"),
    )


def _range(it: Interval, say: Words) -> str:
    return say(_("{low} – {high}", low=say.count(it.low), high=say.count(it.high)))
