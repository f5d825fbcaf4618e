"""The sample brand only: the plan beside what is really true."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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
    finding = say("truth.finding.caused")
    best = part_of(known, "best", "customers")
    mine = known.get("plan_true_customers")
    if best and mine is not None:
        finding = say(
            "truth.finding",
            plan=say.count(mine),
            share=say.percent(mine / best, 1),
            best=say.count(best),
        )
        entries = [
            (say("truth.best"), best, say.count(best), False),
            (say("baselines.plan"), mine, say.count(mine), True),
        ]
        others = known.get("baselines_true") or {}
        entries += [
            (say.named("baseline", name), value, say.count(value), False)
            for name, value in others.items()
        ]
        captured = {say("baselines.plan"): known.get("captured"), say("truth.best"): 1.0}
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
            Column(say("baselines.way"), number=False),
            Column(say("customers")),
            Column(say("truth.of_best")),
        ]
        if extra:
            columns.append(Column(say("truth.captured"), help=say("truth.captured.help")))
            paragraphs = (say("truth.captured.finding", share=say.percent(known["captured"], 1)),)
        numbers = Table(say("truth.caption"), tuple(columns), rows)
        charts.append(
            Chart(
                "truth",
                charts_more.bars(entries, say("customers"), say),
                say("truth.label"),
                table=numbers,
            )
        )
    channels = _channels(outcome, known, say)
    details = () if channels is None else (channels,)
    return Section(
        "truth", say("truth.title"), finding, paragraphs, charts=tuple(charts), details=details
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
    columns = [Column(say("channel"), number=False)]
    if caused:
        columns += [
            Column(say("truth.caused")),
            *(Column(charts_more.model_name(c.label, say)) for c in shown),
        ]
    if best:
        columns += [Column(say("truth.spend_best")), Column(say("truth.spend_plan"))]
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
        say("truth.channels.caption"),
        tuple(columns),
        tuple(rows),
        tuple(group_of(c) for c in order),
    )
