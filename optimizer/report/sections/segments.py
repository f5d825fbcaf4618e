"""Segments of people: what the plan gives each, and how far the data can tell them apart."""

from __future__ import annotations

from typing import Any

from optimizer.messages import _
from optimizer.pipeline.outcome import Outcome
from optimizer.pipeline.segments import REST, Personas, by_segment, table
from optimizer.report.channels import platform_of
from optimizer.report.sections import report_section
from optimizer.report.view import Cell, Column, Section, Table
from optimizer.report.words import Words


@report_section("segments", title=_("By segment"), rank=70)
def segments(outcome: Outcome, say: Words) -> Section | None:
    """The plan by segment, and the credit of each channel in each.

    Returns
    -------
    Section or None
        None where credit is not told by segment; without a plan it holds the credit alone.
    """
    people, plan = outcome.personas, outcome.plan
    if people is None or not people.credit:
        return None
    rows = by_segment(people, plan) if plan.totals is not None else []
    return Section(
        finding=_finding(people, rows, say),
        tables=(_plan(rows, say),) if rows else (),
        details=(_credit(people, say),),
        notes=tuple(say.remark(text) for text in people.notes),
    )


def _name(segment: str, say: Words) -> str:
    return say(_("small segments together")) if segment == REST else segment


def _finding(people: Personas, rows: list[dict[str, Any]], say: Words) -> str:
    """To which segment money moves, and from which. rows: see `by_segment`."""
    if not people.parts:
        return say(_("The plan is not split by segment; below is who gets the credit in each."))
    if all(row["source"] == "pooled" for row in rows):
        return say(
            _(
                "The data cannot tell the segments apart, so each keeps its share of every "
                "channel's spend."
            )
        )
    moved = [(row["spend"] - row["now"], row["segment"]) for row in rows if row["now"] is not None]
    if not moved:
        return ""
    more, less = max(moved), min(moved)
    if more[0] - less[0] < 0.01 * sum(row["spend"] for row in rows):
        return say(_("The segments keep about their shares of the spend."))
    return say(
        _(
            "Between segments, money moves to {up} ({up_money}) and away from {down} "
            "({down_money}).",
            up=_name(more[1], say),
            up_money=say.signed_money(more[0]),
            down=_name(less[1], say),
            down_money=say.signed_money(less[0]),
        )
    )


def _plan(rows: list[dict[str, Any]], say: Words) -> Table:
    columns = (
        Column(say(_("Segment")), number=False),
        Column(say(_("Now"))),
        Column(say(_("Plan"))),
        Column(say(_("New customers"))),
        Column("CAC"),
        Column("ROI"),
        Column(say(_("Curves")), number=False),
    )
    body = tuple(
        (
            Cell(_name(row["segment"], say)),
            Cell(say.money(row["now"], 0), "dim"),
            Cell(say.money(row["spend"], 0), "strong"),
            Cell(say.count(row["customers"])),
            Cell(say.money(row["cac"])),
            Cell(say.ratio(row["roi"])),
            Cell(say(_("its own")) if row["source"] == "own" else say(_("the channels'"))),
        )
        for row in rows
    )
    return Table(say(_("The plan by segment")), columns, body)


def _credit(people: Personas, say: Words) -> Table:
    measured = _(
        "New customers per unit of spend, against the channel's average; below it the "
        "standard error"
    )
    used = _("The same, shrunk towards the channel's average as far as it may be chance")
    columns = (
        Column(say(_("Channel")), number=False),
        Column(say(_("Segment")), number=False),
        Column(say(_("Spend"))),
        Column(say(_("New customers credited"))),
        Column(say(_("By last touch"))),
        Column(say(_("Efficiency")), help=say(measured)),
        Column(say(_("Efficiency in the plan")), help=say(used)),
    )
    credit = sorted(table(people), key=lambda r: (r["channel"], r["segment"]))
    rows = tuple(
        (
            Cell(row["channel"]),
            Cell(_name(row["segment"], say)),
            Cell(say.money(row["spend"], 0)),
            Cell(say.count(row["customers"])),
            Cell(say.count(row["last_touch"]), "dim"),
            Cell(
                say.ratio(row["efficiency"]),
                note="" if row["error"] is None else f"±{say.percent(row['error'])}",
            ),
            Cell(say.ratio(row["used"]), "strong"),
        )
        for row in credit
    )
    groups = tuple(platform_of(row["channel"]) for row in credit)
    return Table(say(_("Credit by channel and segment")), columns, rows, groups)
