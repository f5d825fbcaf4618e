"""The sample brand only: the plan beside what is really true."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from optimizer.allocation.plan import Plan
from optimizer.messages import Message, _
from optimizer.pipeline.outcome import Outcome
from optimizer.report.channels import lines_of, platform_of
from optimizer.report.charts.bars import bars
from optimizer.report.sections import report_section
from optimizer.report.titles import baseline_title, model_title
from optimizer.report.view import Cell, Chart, Column, Section, Table
from optimizer.report.words import Words


@report_section("truth", title=_("Against the truth"), rank=30, terminal=40)
def truth(outcome: Outcome, say: Words) -> Section | None:
    """What the plan and simpler ways really bring, and what each channel truly causes.

    Returns
    -------
    Section or None
        None where the truth is not known, as of every real brand.
    """
    known = outcome.truth
    if not known or outcome.plan.totals is None:
        return None
    finding = say(_("This sample brand's truth is known."))
    charts: tuple[Chart, ...] = ()
    organic = float(known.get("nothing") or 0.0)
    best, mine = (known.get("best") or {}).get("customers"), known.get("plan_true_customers")
    paragraphs: tuple[str, ...] = ()
    if best and mine is not None and best > organic:
        told = {
            "plan": say.count(mine - organic),
            "best": say.count(best - organic),
            "share": say.percent((mine - organic) / (best - organic), 1),
        }
        finding = say(
            _(
                "This sample brand's truth is known: the plan's money really adds {plan} new "
                "customers, {share} of the {best} that the best plan possible would add.",
                **told,
            )
        )
        paragraphs = (say(_expected(outcome.plan, mine - organic, organic, say)),)
        charts = (_chart(_ways(known, best, mine, say), organic, say),)
    channels = _channels(outcome, known, say)
    return Section(
        finding=finding,
        paragraphs=paragraphs,
        charts=charts,
        details=() if channels is None else (channels,),
    )


def _expected(plan: Plan, added: float, organic: float, say: Words) -> Message:
    """What the plan promised beside what is so, both without who comes anyway."""
    assert plan.totals is not None
    return _(
        "The plan expected to add {expected}, it adds {added}; another {organic} come without any "
        "spend.",
        expected=say.count(plan.totals.customers),
        added=say.count(added),
        organic=say.count(organic),
    )


@dataclass(frozen=True)
class _Way:
    """A way of planning, and the new customers it really brings."""

    name: str
    customers: float
    mine: bool = False


def _ways(known: Mapping[str, Any], best: float, mine: float, say: Words) -> list[_Way]:
    return [
        _Way(say(_("Best possible")), best),
        _Way(say(_("This plan")), mine, mine=True),
        *(
            _Way(say(baseline_title(name)), value)
            for name, value in (known.get("baselines_true") or {}).items()
        ),
    ]


def _chart(ways: list[_Way], organic: float, say: Words) -> Chart:
    """Ways of planning, the best first, by what their money adds to who comes anyway."""
    best = ways[0].customers - organic
    wins = _(
        "Of the customers that the best plan wins beyond spending nothing, the share this plan "
        "wins."
    )
    columns = (
        Column(say(_("Way of planning")), number=False),
        Column(say(_("Added by the money"))),
        Column(say(_("Of what money can add")), help=say(wins)),
        Column(say(_("All new customers"))),
    )
    rows = tuple(
        (
            Cell(way.name, "strong" if way.mine else ""),
            Cell(say.count(way.customers - organic)),
            Cell(say.percent((way.customers - organic) / best, 1)),
            Cell(say.count(way.customers), "dim"),
        )
        for way in ways
    )
    added = [(way.name, way.customers - organic, way.mine) for way in ways]
    entries = [(name, more, say.count(more), mine) for name, more, mine in added]
    return Chart(
        "truth",
        bars(entries, say(_("New customers added by the money")), say),
        say(_("What each way of planning really brings")),
        table=Table(say(_("What each plan really brings")), columns, rows),
    )


def _channels(outcome: Outcome, known: Mapping[str, Any], say: Words) -> Table | None:
    """What each channel truly causes beside the models; the plan's spend beside the best."""
    caused, best = known.get("caused") or {}, (known.get("best") or {}).get("spend") or {}
    spend = {line.channel: line.spend for line in lines_of(outcome)}
    order = sorted({*caused, *best, *spend}, key=lambda c: (-caused.get(c, 0.0), c))
    if not caused and not best:
        return None
    chosen = outcome.chosen_model
    credits = outcome.attribution.credits if outcome.attribution else ()
    shown = [c for c in credits if c.label == chosen or c.model == "last"]
    credit = [dict(zip(c.channels, c.conversions.tolist(), strict=True)) for c in shown]
    columns = [Column(say(_("Channel")), number=False)]
    if caused:
        columns.append(Column(say(_("Caused, in truth"))))
        columns += [Column(say(model_title(c.label))) for c in shown]
    if best:
        columns += [Column(say(_("Best spend"))), Column(say(_("Plan's spend")))]
    rows = []
    for channel in order:
        row = [Cell(channel)]
        if caused:
            row.append(Cell(say.count(caused.get(channel)), "strong"))
            row += [Cell(say.count(c.get(channel))) for c in credit]
        if best:
            row.append(Cell(say.money(best.get(channel)), "strong"))
            row.append(Cell(say.money(spend.get(channel))))
        rows.append(tuple(row))
    return Table(
        say(_("Channel by channel: truth, models, spend")),
        tuple(columns),
        tuple(rows),
        tuple(platform_of(c) for c in order),
    )
