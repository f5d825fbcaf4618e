"""The sample brand only: the plan beside what is really true."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from optimizer.messages import _
from optimizer.report import charts_more
from optimizer.report.facts import channel_lines, chosen_model, group_of, part
from optimizer.report.view import Cell, Chart, Column, Section, Table
from optimizer.report.words import Words


def truth(outcome: Any, say: Words) -> Section | None:
    known: Mapping[str, Any] | None = part(outcome, "truth")
    if not known:
        return None
    charts: list[Chart] = []
    paragraphs: tuple[str, ...] = ()
    finding = say(_("This sample brand's truth is known."))
    best = part_of(known, "best", "customers")
    mine = known.get("plan_true_customers")
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
        entries = [
            (say(_("Best possible")), best, say.count(best), False),
            (say(_("This plan")), mine, say.count(mine), True),
        ]
        others = known.get("baselines_true") or {}
        entries += [
            (say.named("baseline", name), value, say.count(value), False)
            for name, value in others.items()
        ]
        captured = {say(_("This plan")): known.get("captured"), say(_("Best possible")): 1.0}
        captured |= {
            say.named("baseline", name): value
            for name, value in (known.get("baselines_captured") or {}).items()
        }
        extra = known.get("captured") is not None
        rows = tuple(
            (
                Cell(name, "strong" if strong else ""),
                Cell(text),
                Cell(say.percent(value / best, 1)),
                *([Cell(say.percent(captured.get(name), 1))] if extra else []),
            )
            for name, value, text, strong in entries
        )
        columns = [
            Column(say(_("Way of planning")), number=False),
            Column(say(_("New customers"))),
            Column(say(_("Of the best"))),
        ]
        if extra:
            columns.append(
                Column(
                    say(_("Of what money can add")),
                    help=say(
                        _(
                            "Of the customers that the best plan wins beyond spending nothing, the share "
                            "this plan wins."
                        )
                    ),
                )
            )
            paragraphs = (
                say(
                    _(
                        "Of what money can add beyond spending nothing, the plan captures {share}.",
                        share=say.percent(known["captured"], 1),
                    )
                ),
            )
        numbers = Table(say(_("What each plan really brings")), tuple(columns), rows)
        charts.append(
            Chart(
                "truth",
                charts_more.bars(entries, say(_("New customers")), say),
                say(_("What each way of planning really brings")),
                table=numbers,
            )
        )
    channels = _channels(outcome, known, say)
    details = () if channels is None else (channels,)
    return Section(
        "truth",
        say(_("Against the truth")),
        finding,
        paragraphs,
        charts=tuple(charts),
        details=details,
    )


def part_of(known: Mapping[str, Any], name: str, inner: str) -> Any:
    return (known.get(name) or {}).get(inner)


def _channels(outcome: Any, known: Mapping[str, Any], say: Words) -> Table | None:
    """What each channel truly causes beside the chosen model and last touch; the plan's spend beside the best."""
    caused, best = known.get("caused") or {}, part_of(known, "best", "spend") or {}
    lines = {line.channel: line for line in channel_lines(outcome)}
    order = sorted({*caused, *best, *lines}, key=lambda c: (-caused.get(c, 0.0), c))
    if not caused and not best:
        return None
    attribution, chosen = part(outcome, "attribution"), chosen_model(outcome)
    shown = [
        c
        for c in (attribution.credits if attribution else ())
        if c.label == chosen or c.model == "last"
    ]
    credit = [dict(zip(c.channels, c.conversions.tolist(), strict=True)) for c in shown]
    columns = [Column(say(_("Channel")), number=False)]
    if caused:
        columns += [
            Column(say(_("Caused, in truth"))),
            *(Column(charts_more.model_name(c.label, say)) for c in shown),
        ]
    if best:
        columns += [Column(say(_("Best spend"))), Column(say(_("Plan's spend")))]
    rows = []
    for channel in order:
        row = [Cell(channel)]
        if caused:
            row += [
                Cell(say.count(caused.get(channel)), "strong"),
                *(Cell(say.count(c.get(channel))) for c in credit),
            ]
        if best:
            row += [
                Cell(say.money(best.get(channel)), "strong"),
                Cell(say.money(lines[channel].spend if channel in lines else None)),
            ]
        rows.append(tuple(row))
    return Table(
        say(_("Channel by channel: truth, models, spend")),
        tuple(columns),
        tuple(rows),
        tuple(group_of(c) for c in order),
    )
