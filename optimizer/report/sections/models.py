"""Attribution models side by side: credit, difference from last touch, intervals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from optimizer import units
from optimizer.attribution.credit import Attribution, Credit
from optimizer.messages import Message, _
from optimizer.pipeline.outcome import Outcome
from optimizer.report.channels import platform_of
from optimizer.report.credit_table import channels_by_credit, credit_of, credit_spec, side_by_side
from optimizer.report.sections import report_section
from optimizer.report.titles import model_title
from optimizer.report.view import Cell, Chart, Column, Section, Table
from optimizer.report.words import Words


@report_section("models", title=_("Who gets the credit"), rank=110)
def models(outcome: Outcome, say: Words) -> Section | None:
    """Credit by channel under every model; the one the plan rests on, in detail.

    Returns
    -------
    Section or None
        None where nothing was attributed.
    """
    attribution, chosen = outcome.attribution, outcome.chosen_model
    if attribution is None or chosen is None:
        return None
    lead = attribution[chosen]
    last = next((c for c in attribution.credits if c.model == "last"), None)
    if last is lead:
        last = None
    chart = Chart(
        "models",
        credit_spec(attribution, chosen, say),
        say(_("Credited conversions by channel under each attribution model")),
    )
    return Section(
        finding=_finding(lead, last, say),
        paragraphs=tuple(say(message) for message in _paragraphs(attribution, lead, say)),
        charts=(chart,),
        tables=(_detail(lead, last, channels_by_credit(lead, attribution), say),),
        details=(side_by_side(attribution, chosen, say),),
    )


def _paragraphs(attribution: Attribution, lead: Credit, say: Words) -> Iterator[Message]:
    """What would have come by itself; what the bar in the chart is."""
    for credit in attribution.credits:
        if credit.organic_conversions is not None:
            share = units.share(credit.organic_conversions, credit.total_conversions)
            yield _(
                "{model}: {count} conversions ({share}) would have come without any paid touch.",
                model=say(model_title(credit.label)),
                count=say.count(credit.organic_conversions),
                share=say.percent(share),
            )
    if lead.low is not None:
        yield _("The bar is the 90% interval of {model}.", model=say(model_title(lead.label)))


def _finding(lead: Credit, last: Credit | None, say: Words) -> str:
    """Which channels gain and lose most against last touch; else who gets the most."""
    name = say(model_title(lead.label))
    if last is not None:
        # shares, not counts: a model that leaves the organic part out hands out less in all
        old = dict(zip(last.channels, last.share.tolist(), strict=True))
        new = zip(lead.channels, lead.share.tolist(), strict=True)
        moved = sorted((share - old.get(channel, 0.0), channel) for channel, share in new)
        if moved and moved[-1][0] > 0.002 and moved[0][0] < -0.002:
            return say(
                _(
                    "Against last touch, {model} gives {up} a larger share ({up_change}) and "
                    "{down} a smaller one ({down_change}).",
                    model=name,
                    up=moved[-1][1],
                    up_change=_points(moved[-1][0], say),
                    down=moved[0][1],
                    down_change=_points(moved[0][0], say),
                )
            )
    if not lead.channels:
        return ""
    top = max(range(len(lead.channels)), key=lambda i: (lead.conversions[i], lead.channels[i]))
    return say(
        _(
            "{model} gives the most credit to {up} ({share}).",
            model=name,
            up=lead.channels[top],
            share=say.percent(float(lead.share[top])),
        )
    )


def _points(difference: float, say: Words) -> str:
    value = say.number(difference * 100, 1)
    return say(
        _("+{value} points", value=value) if difference > 0 else _("{value} points", value=value)
    )


def _detail(lead: Credit, last: Credit | None, order: Sequence[str], say: Words) -> Table:
    """One model by channel: credit, share, value, interval, removal effect, against last touch.

    last: last touch's credit, None where it is the model itself or not there.
    """
    low, high, removal = lead.low, lead.high, lead.removal_effect
    columns = [
        Column(say(_("Channel")), number=False),
        Column(say(_("Conversions"))),
        Column(say(_("Share"))),
        Column(say(_("Value"))),
    ]
    if low is not None and high is not None:
        columns.append(Column(say(_("90% interval"))))
    if removal is not None:
        columns.append(Column(say(_("Removal effect"))))
    if last is not None:
        columns.append(Column(say(_("Against last touch"))))
    rows = []
    known = [channel for channel in order if channel in lead.channels]
    for channel in known:
        i = lead.channels.index(channel)
        row = [
            Cell(channel),
            Cell(say.count(float(lead.conversions[i])), "strong"),
            Cell(say.percent(float(lead.share[i]))),
            Cell(say.money(float(lead.value[i]), 0)),
        ]
        if low is not None and high is not None:
            ends = {"low": say.count(float(low[i])), "high": say.count(float(high[i]))}
            row.append(Cell(say(_("{low} – {high}", **ends)), "dim"))
        if removal is not None:
            row.append(Cell(say.percent(float(removal[i]))))
        if last is not None:
            row.append(_against(float(lead.conversions[i]), credit_of(last, channel), say))
        rows.append(tuple(row))
    name = say(model_title(lead.label))
    return Table(
        say(_("{model}, in detail", model=name)),
        tuple(columns),
        tuple(rows),
        tuple(platform_of(channel) for channel in known),
    )


def _against(credit: float, old: float | None, say: Words) -> Cell:
    if old is None:
        return Cell("-")
    difference = credit - old
    return Cell(say.signed_count(difference), "up" if difference > 0 else "down", value=difference)
