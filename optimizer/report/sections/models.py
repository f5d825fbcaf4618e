"""Attribution models side by side: credit, difference from last touch, intervals."""

from __future__ import annotations

from typing import Any

from optimizer import units
from optimizer.messages import _
from optimizer.report import charts_more
from optimizer.report.facts import chosen_model, group_of, part
from optimizer.report.view import Cell, Chart, Column, Section, Table
from optimizer.report.words import Words


def models(outcome: Any, say: Words) -> Section | None:
    attribution = part(outcome, "attribution")
    chosen = chosen_model(outcome)
    if attribution is None or chosen is None:
        return None
    lead = attribution[chosen]
    last = next((c for c in attribution.credits if c.model == "last"), None)
    order = _order(lead, attribution)
    chart = Chart(
        "models",
        credit_spec(attribution, chosen, say),
        say(_("Credited conversions by channel under each attribution model")),
    )
    paragraphs = []
    for credit in attribution.credits:
        if credit.organic_conversions is not None:
            share = units.share(credit.organic_conversions, credit.total_conversions)
            paragraphs.append(
                say(
                    _(
                        "{model}: {count} conversions ({share}) would have come without any paid touch.",
                        model=charts_more.model_name(credit.label, say),
                        count=say.count(credit.organic_conversions),
                        share=say.percent(share),
                    )
                )
            )
    if lead.low is not None:
        paragraphs.append(
            say(
                _(
                    "The bar is the 90% interval of {model}.",
                    model=charts_more.model_name(chosen, say),
                )
            )
        )
    side = side_by_side(attribution, chosen, say)
    detail = _detail(lead, last, order, say)
    return Section(
        "models",
        say(_("Who gets the credit")),
        _finding(lead, last, say),
        tuple(paragraphs),
        (chart,),
        (detail,),
        (side,),
    )


def credit_spec(attribution: Any, chosen: str, say: Words) -> dict[str, Any]:
    """The chart of all models; `chosen` is drawn in the accent colour."""
    order = {channel: i for i, channel in enumerate(_order(attribution[chosen], attribution))}
    last = next((c.label for c in attribution.credits if c.model == "last"), None)
    rows = []
    for credit in attribution.credits:
        for i, channel in enumerate(credit.channels):
            low = None if credit.low is None else float(credit.low[i])
            high = None if credit.high is None else float(credit.high[i])
            rows.append((credit.label, channel, float(credit.conversions[i]), low, high))
    # others first, so that the chosen model and last touch are drawn on top; the order of channels is the lead's
    rows.sort(key=lambda r: (order[r[1]], r[0] == chosen, r[0] == last))
    return charts_more.models(rows, chosen, last, say)


def _order(lead: Any, attribution: Any) -> list[str]:
    credit = dict(zip(lead.channels, lead.conversions.tolist(), strict=True))
    names = sorted({c for model in attribution.credits for c in model.channels})
    return sorted(names, key=lambda c: (-credit.get(c, 0.0), c))


def _credit(model: Any, channel: str) -> float | None:
    return (
        float(model.conversions[model.channels.index(channel)])
        if channel in model.channels
        else None
    )


def _finding(lead: Any, last: Any, say: Words) -> str:
    name = charts_more.model_name(lead.label, say)
    if last is not None and last is not lead:
        # shares, not counts: a model that leaves the organic part out hands out less in all
        old = dict(zip(last.channels, last.share.tolist(), strict=True))
        moved = sorted(
            (
                (s - old.get(c, 0.0), c)
                for c, s in zip(lead.channels, lead.share.tolist(), strict=True)
            ),
            key=lambda m: (m[0], m[1]),
        )
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
    if not len(lead.channels):
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
    return say("points.up" if difference > 0 else "points.down", value=value)


def side_by_side(attribution: Any, chosen: str, say: Words) -> Table:
    """Conversions and shares of every model; the channels in the order of the chosen one."""
    order = _order(attribution[chosen], attribution)
    columns = [Column(say(_("Channel")), number=False)]
    columns += [Column(charts_more.model_name(c.label, say)) for c in attribution.credits]
    rows = []
    for channel in order:
        row = [Cell(channel)]
        for credit in attribution.credits:
            value = _credit(credit, channel)
            share = None if value is None else float(credit.share[credit.channels.index(channel)])
            row.append(
                Cell(
                    say.count(value),
                    "strong" if credit.label == chosen else "",
                    say.percent(share) if share is not None else "",
                    value,
                )
            )
        rows.append(tuple(row))
    organic = [c.organic_conversions for c in attribution.credits]
    if any(x is not None for x in organic):
        rows.append(
            (
                Cell(say(_("Organic (no paid touch)")), "dim"),
                *(Cell(say.count(x), "dim") for x in organic),
            )
        )
    foot = (
        Cell(say(_("Total"))),
        *(Cell(say.count(c.total_conversions)) for c in attribution.credits),
    )
    groups = tuple(group_of(c) for c in order) + ("",) * (len(rows) - len(order))
    return Table(say(_("Credited conversions by model")), tuple(columns), tuple(rows), groups, foot)


def _detail(lead: Any, last: Any, order: list[str], say: Words) -> Table:
    columns = [
        Column(say(_("Channel")), number=False),
        Column(say(_("Conversions"))),
        Column(say(_("Share"))),
        Column(say(_("Value"))),
    ]
    interval, removal = lead.low is not None, lead.removal_effect is not None
    against = last is not None and last is not lead
    if interval:
        columns.append(Column(say(_("90% interval"))))
    if removal:
        columns.append(Column(say(_("Removal effect"))))
    if against:
        columns.append(Column(say(_("Against last touch"))))
    rows, groups = [], []
    for channel in order:
        if channel not in lead.channels:
            continue
        i = lead.channels.index(channel)
        row = [
            Cell(channel),
            Cell(say.count(float(lead.conversions[i])), "strong"),
            Cell(say.percent(float(lead.share[i]))),
            Cell(say.money(float(lead.value[i]), 0)),
        ]
        if interval:
            row.append(
                Cell(
                    say(
                        _(
                            "{low} – {high}",
                            low=say.count(float(lead.low[i])),
                            high=say.count(float(lead.high[i])),
                        )
                    ),
                    "dim",
                )
            )
        if removal:
            row.append(Cell(say.percent(float(lead.removal_effect[i]))))
        if against:
            old = _credit(last, channel)
            difference = None if old is None else float(lead.conversions[i]) - old
            tone = "" if difference is None else "up" if difference > 0 else "down"
            row.append(Cell(say.signed_count(difference), tone, value=difference))
        rows.append(tuple(row))
        groups.append(group_of(channel))
    name = charts_more.model_name(lead.label, say)
    return Table(
        say(_("{model}, in detail", model=name)), tuple(columns), tuple(rows), tuple(groups)
    )
