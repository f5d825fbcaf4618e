"""How channels move people between stages, how far people come, and the commonest paths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from optimizer import units
from optimizer.attribution.credit import Array, Credit
from optimizer.messages import _
from optimizer.pipeline.fitted import FittedLifecycle
from optimizer.pipeline.outcome import Outcome
from optimizer.report.channels import platform_of
from optimizer.report.drawing import NARROW, flow
from optimizer.report.paths import steps_chart, top_table
from optimizer.report.sections import report_section
from optimizer.report.stages import uplift_table
from optimizer.report.titles import model_title, stage_title
from optimizer.report.view import Cell, Column, Drawing, Section, Table
from optimizer.report.words import Words

SHOWN = 20  # channels in the picture; all are in the table


@report_section("journey", title=_("How channels move people"), rank=100)
def journey(outcome: Outcome, say: Words) -> Section | None:
    """The flow picture and its numbers; what one touch does, where the lifecycle model was fitted;
    people by step, and the top paths.

    Returns
    -------
    Section or None
        None where no model tells credit by stage and neither steps nor paths are known.
    """
    flows, story = _flow(outcome, say), outcome.story
    if story is None:
        return flows
    steps, top = steps_chart(story.steps, say), top_table(story.paths, say)
    if steps is None and top is None:
        return flows
    base = flows
    if base is None:
        base = Section(title=say(_("What people did")), finding=top.finding if top else "")
        top = top and replace(top, finding="")
    return replace(base, charts=(steps,) if steps else (), tables=(top,) if top else ())


@dataclass(frozen=True)
class _Staged:
    """Credit by channel and stage. amounts: channels x stages, conversions, not negative."""

    credit: Credit
    amounts: Array
    stages: tuple[str, ...]

    @property
    def order(self) -> list[int]:
        """Channels by their credit, the most first."""
        sums = self.amounts.sum(axis=1)
        names = self.credit.channels
        return sorted(range(len(names)), key=lambda i: (-sums[i], names[i]))

    @property
    def moved(self) -> list[int]:
        """Stages on which anybody is moved."""
        return [j for j, amount in enumerate(self.amounts.sum(axis=0)) if amount > 0]


def _staged(outcome: Outcome, say: Words) -> _Staged | None:
    """The credit that knows stages: the chosen model's, else the first that does."""
    attribution, chosen = outcome.attribution, outcome.chosen_model
    if attribution is None or chosen is None:
        return None
    for credit in (attribution[chosen], *attribution.credits):
        if credit.by_stage is not None:
            amounts = np.maximum(credit.by_stage, 0.0)
            return _Staged(credit, amounts, tuple(say(stage_title(s)) for s in credit.stages))
    return None


def _flow(outcome: Outcome, say: Words) -> Section | None:
    found = _staged(outcome, say)
    if found is None or not found.moved:
        return None
    numbers = _numbers(found, say)
    caused = _(
        "Conversions that each channel caused by {model}, by the stage its touches "
        "found people in. What no paid touch caused is left out.",
        model=say(model_title(found.credit.label)),
    )
    return Section(
        finding=_finding(found, say),
        paragraphs=(say(caused),),
        details=(numbers, *_uplift(outcome.lifecycle, say)),
        drawings=(_drawing(found, say),),
    )


def _uplift(lifecycle: FittedLifecycle | None, say: Words) -> tuple[Table, ...]:
    return () if lifecycle is None else (uplift_table(lifecycle.life, say),)


def _drawing(found: _Staged, say: Words) -> Drawing:
    amounts, keep, channels = found.amounts, found.moved, found.credit.channels
    drawn = [i for i in found.order if amounts[i].sum() > 0][:SHOWN]

    def texts(values: Sequence[float]) -> list[str]:
        """Counts in words."""
        return [say.count(float(value)) for value in values]

    shown = (
        [channels[i] for i in drawn],
        [found.stages[j] for j in keep],
        [[float(amounts[i, j]) for j in keep] for i in drawn],
        [texts([amounts[i, j] for j in keep]) for i in drawn],
        texts([amounts[i].sum() for i in drawn]),
        texts([amounts[drawn][:, j].sum() for j in keep]),
    )
    label = _(
        "Flow from channels to the stages on which they move people; the numbers are "
        "in the table below"
    )
    return Drawing(say(label), flow(*shown), flow(*shown, NARROW))


def _numbers(found: _Staged, say: Words) -> Table:
    amounts, keep, channels = found.amounts, found.moved, found.credit.channels
    columns = (
        Column(say(_("Channel")), number=False),
        *(Column(found.stages[j]) for j in keep),
        Column(say(_("Total"))),
    )
    rows = tuple(
        (
            Cell(channels[i]),
            *(Cell(say.count(float(amounts[i, j])), value=float(amounts[i, j])) for j in keep),
            Cell(say.count(float(amounts[i].sum())), "strong"),
        )
        for i in found.order
    )
    foot = (
        Cell(say(_("Total"))),
        *(Cell(say.count(float(amounts[:, j].sum()))) for j in keep),
        Cell(say.count(float(amounts.sum()))),
    )
    caption = say(_("Conversions caused, by channel and stage"))
    return Table(caption, columns, rows, tuple(platform_of(channels[i]) for i in found.order), foot)


def _finding(found: _Staged, say: Words) -> str:
    """Where most of the effect arises, and which channel stands for it."""
    by_stage = found.amounts.sum(axis=0)
    top = int(np.argmax(by_stage))
    share = units.share(float(by_stage[top]), float(by_stage.sum()))
    return say(
        _(
            "{share} of the effect is won on people at the stage of {stage}; {channel} "
            "does the most there.",
            share=say.percent(share),
            stage=found.stages[top],
            channel=found.credit.channels[int(np.argmax(found.amounts[:, top]))],
        )
    )
