"""How channels move people between stages, how far people come, and the paths that convert most often."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from optimizer import units
from optimizer.messages import _
from optimizer.report import charts_more
from optimizer.report.drawing import NARROW, flow
from optimizer.report.facts import chosen_model, group_of, part
from optimizer.report.sections.paths import steps_chart, top_table
from optimizer.report.view import Cell, Column, Section, Table
from optimizer.report.words import Words

SHOWN = 20  # channels in the picture; all are in the table


def journey(outcome: Any, say: Words) -> Section | None:
    """The flow picture and its numbers; how far one touch moves somebody, where the lifecycle model was fitted; people
    by step, and the top paths."""
    flow_part, story = _flow(outcome, say), part(outcome, "story")
    if story is None:
        return flow_part
    steps, top = steps_chart(story, say), top_table(story, say)
    if steps is None and top is None:
        return flow_part
    base = flow_part or Section(
        "journey", say(_("What people did")), top.finding if top is not None else ""
    )
    tables = () if top is None else (top if flow_part is not None else replace(top, finding=""),)
    return replace(base, charts=() if steps is None else (steps,), tables=tables)


def _flow(outcome: Any, say: Words) -> Section | None:
    credit = _staged(outcome)
    if credit is None:
        return None
    amounts = np.maximum(np.asarray(credit.by_stage, dtype=float), 0.0)
    order = sorted(
        range(len(credit.channels)), key=lambda i: (-amounts[i].sum(), credit.channels[i])
    )
    stages = [stage_name(name, say) for name in credit.stages]
    keep = [j for j in range(len(stages)) if amounts[:, j].sum() > 0]
    if not keep or not amounts.sum():
        return None
    drawn = [i for i in order if amounts[i].sum() > 0][:SHOWN]
    names = [credit.channels[i] for i in drawn]
    shown = (
        names,
        [stages[j] for j in keep],
        [[float(amounts[i, j]) for j in keep] for i in drawn],
        [[say.count(float(amounts[i, j])) for j in keep] for i in drawn],
        [say.count(float(amounts[i].sum())) for i in drawn],
        [say.count(float(amounts[drawn][:, j].sum())) for j in keep],
    )
    columns = (
        Column(say(_("Channel")), number=False),
        *(Column(stages[j]) for j in keep),
        Column(say(_("Total"))),
    )
    rows = tuple(
        (
            Cell(credit.channels[i]),
            *(Cell(say.count(float(amounts[i, j])), value=float(amounts[i, j])) for j in keep),
            Cell(say.count(float(amounts[i].sum())), "strong"),
        )
        for i in order
    )
    foot = (
        Cell(say(_("Total"))),
        *(Cell(say.count(float(amounts[:, j].sum()))) for j in keep),
        Cell(say.count(float(amounts.sum()))),
    )
    table = Table(
        say(_("Conversions caused, by channel and stage")),
        columns,
        rows,
        tuple(group_of(credit.channels[i]) for i in order),
        foot,
    )
    details = (table, *uplift_tables(part(outcome, "lifecycle"), say))
    return Section(
        "journey",
        say(_("How channels move people")),
        _finding(credit, amounts, stages, say),
        (
            say(
                _(
                    "Conversions that each channel caused by {model}, by the stage its touches "
                    "found people in. What no paid touch caused is left out.",
                    model=charts_more.model_name(credit.label, say),
                )
            ),
        ),
        details=details,
        svg=(
            (
                say(
                    _(
                        "Flow from channels to the stages on which they move people; the numbers are "
                        "in the table below"
                    )
                ),
                flow(*shown),
                flow(*shown, NARROW),
            ),
        ),
    )


def _staged(outcome: Any) -> Any:
    """The credit that knows stages: the chosen model's, else the first that does."""
    attribution, chosen = part(outcome, "attribution"), chosen_model(outcome)
    if attribution is None or chosen is None:
        return None
    credits = [attribution[chosen], *attribution.credits]
    return next((credit for credit in credits if credit.by_stage is not None), None)


def stage_name(name: str, say: Words) -> str:
    """A stage in words: the five by name, the user's own as they are."""
    return say(f"stage.{name}") if f"stage.{name}" in say else name


def _finding(credit: Any, amounts: Any, stages: list[str], say: Words) -> str:
    """Where most of the effect arises, and which channel stands for it."""
    by_stage = amounts.sum(axis=0)
    top = int(np.argmax(by_stage))
    channel = credit.channels[int(np.argmax(amounts[:, top]))]
    share = units.share(float(by_stage[top]), float(by_stage.sum()))
    return say(
        _(
            "{share} of the effect is won on people at the stage of {stage}; {channel} "
            "does the most there.",
            share=say.percent(share),
            stage=stages[top],
            channel=channel,
        )
    )


def uplift_tables(lifecycle: Any, say: Words) -> tuple[Table, ...]:
    """Chance that one touch moves somebody on, by stage."""
    uplift, names, channels = (
        part(lifecycle, "uplift"),
        part(lifecycle, "stages"),
        part(lifecycle, "channels"),
    )
    if uplift is None or names is None or channels is None:
        return ()
    values = np.asarray(uplift, dtype=float)
    if values.shape != (len(channels), len(names)):
        return ()
    error = part(lifecycle, "error")
    errors = (
        np.asarray(error, dtype=float)
        if error is not None and np.shape(error) == values.shape
        else None
    )
    order = sorted(range(len(channels)), key=lambda i: channels[i])
    rows = tuple(
        (
            Cell(channels[i]),
            *(
                Cell(
                    say.percent(float(values[i, j]), 2),
                    note=""
                    if errors is None
                    else say(_("± {error}", error=say.percent(float(errors[i, j]), 2))),
                )
                for j in range(len(names))
            ),
        )
        for i in order
    )
    columns = (
        Column(say(_("Channel")), number=False),
        *(Column(stage_name(name, say)) for name in names),
    )
    return (
        Table(
            say(_("Chance that one touch moves somebody on, above what happens by itself")),
            columns,
            rows,
            tuple(group_of(channels[i]) for i in order),
        ),
    )
