"""The sections of the defence page, each a table or two and the sentence that says what they show."""

from __future__ import annotations

import json

from optimizer.attribution.credit import Credit
from optimizer.attribution.defence import Defence
from optimizer.messages import Message, _, listed
from optimizer.report.credit_table import channels_by_credit
from optimizer.report.titles import STAGES, model_title
from optimizer.report.view import Cell, Column, Section, Table
from optimizer.report.words import Words

STATES = {"ok": _("ok"), "caution": _("caution"), "refused": _("too many")}


def defence_sections(found: Defence, say: Words) -> tuple[Section, ...]:
    """The sections that there is something to say in, in their order.

    Parameters
    ----------
    found
        What is defended.
    say
        The reader's words.
    """
    sections = (
        _models(found, say),
        _differences(found, say),
        _neighbours(found, say),
        _stages(found, say),
        _paths(found, say),
        _reading(found, say),
    )
    return tuple(section for section in sections if section is not None)


def _section(name: str, title: Message, say: Words, **parts: object) -> Section:
    return Section(id=name, title=say(title), **parts)  # type: ignore[arg-type]


def _models(found: Defence, say: Words) -> Section:
    """Credit, CPA and ROAS of every model, channel by channel."""
    credits = found.result.credits
    channels = channels_by_credit(found.chosen, found.result)
    numbers = {(row["model"], row["channel"]): row for row in found.rows()}

    def grid(caption: Message, cell: str) -> Table:
        columns = [Column(say(_("channel")), number=False)]
        if found.spend is not None:
            columns.append(Column(say(_("spend"))))
        columns += [Column(say(model_title(credit.label))) for credit in credits]
        rows = []
        for channel in channels:
            row = [Cell(channel)]
            if found.spend is not None:
                spent = found.spend.get(channel)
                row.append(Cell(say.money(spent), value=spent))
            for credit in credits:
                row.append(_number(numbers.get((credit.label, channel)), cell, say))
            rows.append(tuple(row))
        return Table(say(caption), tuple(columns), tuple(rows))

    tables = [
        grid(_("credit, in conversions (90 % interval below)"), "conversions"),
        grid(_("value credited"), "value"),
    ]
    if found.spend is not None:
        tables += [
            grid(_("CPA: spend per credited conversion"), "cpa"),
            grid(_("ROAS: value credited per unit of spend"), "roas"),
        ]
    return _section(
        "models",
        _("What each model says"),
        say,
        finding=say(
            _(
                "{number} models on the same journeys; where they agree, the choice of the model "
                "does not matter",
                number=str(len(credits)),
            )
        ),
        tables=tuple(tables),
    )


def _number(row: dict[str, object] | None, cell: str, say: Words) -> Cell:
    value = None if row is None else row[cell]
    if row is None or not isinstance(value, int | float):
        return Cell("–")
    number = float(value)
    if cell == "conversions":
        low, high = row["low"], row["high"]
        note = ""
        if isinstance(low, float) and isinstance(high, float):
            note = say(_("{low} to {high}", low=say.number(low), high=say.number(high)))
        return Cell(say.number(number), note=note, value=number)
    return Cell(say.ratio(number) if cell == "roas" else say.money(number), value=number)


def _differences(found: Defence, say: Words) -> Section | None:
    """The chosen model against each other, channel by channel."""
    if not found.differences:
        return None
    others = list(dict.fromkeys(item.against for item in found.differences))
    by = {(item.against, item.channel): item for item in found.differences}
    sure = [item for item in found.differences if _apart(item.low, item.high)]
    columns = (
        Column(say(_("channel")), number=False),
        *(Column(say(model_title(other))) for other in others),
    )
    rows = []
    for channel in channels_by_credit(found.chosen, found.result):
        row = [Cell(channel)]
        for other in others:
            item = by.get((other, channel))
            if item is None:
                row.append(Cell("–"))
                continue
            note = ""
            if item.low is not None and item.high is not None:
                note = say(
                    _("{low} to {high}", low=say.number(item.low), high=say.number(item.high))
                )
            tone = "strong" if _apart(item.low, item.high) else "dim"
            row.append(
                Cell(say.signed_count(item.difference), tone, note, item.difference)  # type: ignore[arg-type]
            )
        rows.append(tuple(row))
    drawn = any(item.low is not None for item in found.differences)
    return _section(
        "differences",
        _("How sure the differences are"),
        say,
        finding=say(
            _(
                "{sure} of {all} differences between models are larger than chance (their 90 % "
                "interval leaves 0 out)",
                sure=str(len(sure)),
                all=str(len(found.differences)),
            )
            if drawn
            else _("no intervals were asked for")
        ),
        tables=(
            Table(
                say(
                    _(
                        "{model} less each other model, in conversions (90 % interval below, from "
                        "the same drawn users)",
                        model=model_title(found.chosen.label),
                    )
                ),
                columns,
                tuple(rows),
            ),
        ),
    )


def _apart(low: float | None, high: float | None) -> bool:
    return low is not None and high is not None and (low > 0 or high < 0)


def _neighbours(found: Defence, say: Words) -> Section | None:
    """How the chosen model moves under the conventions beside the one chosen."""
    if not found.neighbours:
        return None
    channels = channels_by_credit(found.chosen, found.result)[:8]
    lead = dict(zip(found.chosen.channels, found.chosen.share.tolist(), strict=True))
    columns = (
        Column(say(_("convention")), number=False),
        Column(say(_("credit that moves"))),
        Column(say(_("conversions credited"))),
        *(Column(channel) for channel in channels),
    )
    total = float(found.chosen.conversions.sum())
    chosen = (
        Cell(say(_("as chosen")), "strong"),
        Cell("–"),
        Cell(say.count(total), value=total),
        *(Cell(say.percent(lead[c]), value=lead[c]) for c in channels),
    )
    rows = [
        (
            Cell(say(item.title)),
            Cell(say.percent(item.moved), value=item.moved),
            Cell(say.count(item.conversions), value=item.conversions),
            *(
                Cell(say.percent(item.shares.get(c, 0.0)), value=item.shares.get(c, 0.0))
                for c in channels
            ),
        )
        for item in found.neighbours
    ]
    return _section(
        "neighbours",
        _("What moves under other conventions"),
        say,
        finding=say(
            _(
                "each line changes one convention and leaves the rest; shares are of the credited "
                "conversions"
            )
        ),
        tables=(Table(say(_("shares under other conventions")), columns, (chosen, *rows)),),
    )


def _stages(found: Defence, say: Words) -> Section | None:
    """Stage by channel."""
    staged: Credit | None = found.staged
    if staged is None or staged.by_stage is None:
        return None
    columns = (
        Column(say(_("channel")), number=False),
        *(Column(say(STAGES.get(name, name))) for name in staged.stages),
        Column(say(_("conversions"))),
    )
    order = sorted(range(len(staged.channels)), key=lambda i: -float(staged.conversions[i]))
    rows = tuple(
        (
            Cell(staged.channels[i]),
            *(Cell(say.number(float(x)), value=float(x)) for x in staged.by_stage[i]),
            Cell(say.number(float(staged.conversions[i])), value=float(staged.conversions[i])),
        )
        for i in order
    )
    return _section(
        "stages",
        _("In which stage each channel works"),
        say,
        finding=say(_("the chain by stage: rows add up to the channel, columns to the stage")),
        tables=(Table(say(_("conversions by stage and channel")), columns, rows),),
    )


def _paths(found: Defence, say: Words) -> Section:
    """The paths that bring the most."""
    columns = (
        Column(say(_("path")), number=False),
        Column(say(_("conversions"))),
        Column(say(_("value"))),
        Column(say(_("nulls"))),
    )
    rows = tuple(
        (
            Cell(" → ".join(path.channels)),
            Cell(say.count(path.conversions), value=path.conversions),
            Cell(say.money(path.value), value=path.value),
            Cell(say.count(path.nulls), value=path.nulls),
        )
        for path in found.paths.paths
    )
    steps = found.paths.steps
    return _section(
        "paths",
        _("The paths that bring the most"),
        say,
        finding=""
        if steps is None
        else say(
            _(
                "a converting journey touches {steps} channels on average, repeats in a row taken "
                "once",
                steps=say.number(steps),
            )
        ),
        tables=(Table(say(_("top paths")), columns, rows),),
    )


def _reading(found: Defence, say: Words) -> Section:
    """The ledger and the declared journey."""
    rows = tuple(
        (
            Cell(say(entry.says)),
            Cell("" if entry.share is None else say.percent(entry.share), value=entry.share),
            Cell(say(STATES[entry.state]), "warn" if entry.state != "ok" else ""),
            Cell(say(entry.remedy) if entry.remedy is not None and entry.state != "ok" else ""),
        )
        for entry in found.result.ledger.entries
    )
    columns = (
        Column(say(_("what")), number=False),
        Column(say(_("share"))),
        Column(say(_("state")), number=False),
        Column(say(_("what to do")), number=False),
    )
    declared = tuple(
        (Cell(name), Cell(json.dumps(value, ensure_ascii=False)))
        for name, value in found.result.journey.told(whole=True).items()
    )
    journey = (Column(say(_("key")), number=False), Column(say(_("value")), number=False))
    cautions = found.result.ledger.cautions
    return _section(
        "reading",
        _("What was read, and how"),
        say,
        finding=say(_("nothing in the reading calls for caution"))
        if not cautions
        else say(_("with caution: {names}", names=listed(entry.says for entry in cautions))),
        tables=(Table(say(_("reading ledger")), columns, rows),),
        details=(Table(say(_("the journey as declared")), journey, declared),),
        notes=tuple(say(note) for note in found.result.notes),
    )
