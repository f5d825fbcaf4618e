"""The sample brand only: the plan beside what is really true."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from optimizer.messages import _
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
    if not known:
        return None
    finding = say(_("This sample brand's truth is known."))
    charts: tuple[Chart, ...] = ()
    captured = known.get("captured")
    best, mine = (known.get("best") or {}).get("customers"), known.get("plan_true_customers")
    if best and mine is not None:
        finding = say(
            _(
                "This sample brand's truth is known: the plan really brings {plan} new "
                "customers, {share} of the {best} that the best plan possible would.",
                plan=say.count(mine),
                share=say.percent(mine / best, 1),
                best=say.count(best),
            )
        )
        charts = (_chart(_ways(known, best, mine, say), best, captured is not None, say),)
    channels = _channels(outcome, known, say)
    return Section(
        finding=finding,
        paragraphs=(_captured(captured, say),) if charts and captured is not None else (),
        charts=charts,
        details=() if channels is None else (channels,),
    )


def _captured(share: float, say: Words) -> str:
    return say(
        _(
            "Of what money can add beyond spending nothing, the plan captures {share}.",
            share=say.percent(share, 1),
        )
    )


@dataclass(frozen=True)
class _Way:
    """A way of planning: new customers it really brings, and its share of what money can add."""

    name: str
    customers: float
    captured: float | None
    mine: bool = False


def _ways(known: Mapping[str, Any], best: float, mine: float, say: Words) -> list[_Way]:
    captured = known.get("baselines_captured") or {}
    return [
        _Way(say(_("Best possible")), best, 1.0),
        _Way(say(_("This plan")), mine, known.get("captured"), mine=True),
        *(
            _Way(say(baseline_title(name)), value, captured.get(name))
            for name, value in (known.get("baselines_true") or {}).items()
        ),
    ]


def _chart(ways: list[_Way], best: float, captured: bool, say: Words) -> Chart:
    wins = _(
        "Of the customers that the best plan wins beyond spending nothing, the share this plan "
        "wins."
    )
    columns = (
        Column(say(_("Way of planning")), number=False),
        Column(say(_("New customers"))),
        Column(say(_("Of the best"))),
        *([Column(say(_("Of what money can add")), help=say(wins))] if captured else []),
    )
    rows = tuple(
        (
            Cell(way.name, "strong" if way.mine else ""),
            Cell(say.count(way.customers)),
            Cell(say.percent(way.customers / best, 1)),
            *([Cell(say.percent(way.captured, 1))] if captured else []),
        )
        for way in ways
    )
    entries = [(way.name, way.customers, say.count(way.customers), way.mine) for way in ways]
    return Chart(
        "truth",
        bars(entries, say(_("New customers")), say),
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
