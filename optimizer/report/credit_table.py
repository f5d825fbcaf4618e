"""Several attribution models side by side, as a chart and as a table."""

from __future__ import annotations

from optimizer.attribution.credit import Attribution, Credit
from optimizer.messages import _
from optimizer.report.channels import platform_of
from optimizer.report.charts.credit import models
from optimizer.report.charts.look import Spec
from optimizer.report.titles import model_title
from optimizer.report.view import Cell, Column, Table, Tone
from optimizer.report.words import Words


def channels_by_credit(lead: Credit, attribution: Attribution) -> list[str]:
    """Every channel of any model, in the order of one model's credit, ties by name.

    Parameters
    ----------
    lead
        Whose order it is; a channel it does not know counts as one without credit.
    attribution
        The models side by side.
    """
    credit = dict(zip(lead.channels, lead.conversions.tolist(), strict=True))
    names = sorted({c for model in attribution.credits for c in model.channels})
    return sorted(names, key=lambda c: (-credit.get(c, 0.0), c))


def credit_of(model: Credit, channel: str) -> float | None:
    """Conversions a model credits to a channel (None: it does not know the channel)."""
    if channel not in model.channels:
        return None
    return float(model.conversions[model.channels.index(channel)])


def credit_spec(attribution: Attribution, chosen: str, say: Words) -> Spec:
    """The chart of all models; the one labelled `chosen` is drawn in the accent colour.

    Parameters
    ----------
    attribution
        The models side by side.
    chosen
        A label that stands in it.
    say
        The reader's words.

    Raises
    ------
    KeyError
        Where no model is called so.
    """
    lead = attribution[chosen]
    order = {channel: i for i, channel in enumerate(channels_by_credit(lead, attribution))}
    last = next((c.label for c in attribution.credits if c.model == "last"), None)
    rows = []
    for credit in attribution.credits:
        for i, channel in enumerate(credit.channels):
            low = None if credit.low is None else float(credit.low[i])
            high = None if credit.high is None else float(credit.high[i])
            rows.append((credit.label, channel, float(credit.conversions[i]), low, high))
    # others first, so that the chosen model and last touch are drawn on top
    rows.sort(key=lambda r: (order[r[1]], r[0] == chosen, r[0] == last))
    return models(rows, chosen, last, say)


def side_by_side(attribution: Attribution, chosen: str, say: Words) -> Table:
    """Conversions and shares of every model; the channels in the order of the chosen one.

    Parameters
    ----------
    attribution
        The models, a column each.
    chosen
        The label of the one that is set in bold.
    say
        The reader's words.

    Returns
    -------
    Table
        A row per channel ("-" where a model does not know it), the organic part where any model
        tells it, and the total that there was to hand out.

    Raises
    ------
    KeyError
        Where no model is called so.
    """
    order = channels_by_credit(attribution[chosen], attribution)

    def cell(credit: Credit, channel: str) -> Cell:
        """What a model credits to a channel."""
        tone: Tone = "strong" if credit.label == chosen else ""
        value = credit_of(credit, channel)
        if value is None:
            return Cell(say.count(None), tone)
        share = float(credit.share[credit.channels.index(channel)])
        return Cell(say.count(value), tone, say.percent(share), value)

    rows = [(Cell(c), *(cell(credit, c) for credit in attribution.credits)) for c in order]
    organic = [c.organic_conversions for c in attribution.credits]
    if any(x is not None for x in organic):
        title = Cell(say(_("Organic (no paid touch)")), "dim")
        rows.append((title, *(Cell(say.count(x), "dim") for x in organic)))
    return Table(
        say(_("Credited conversions by model")),
        (
            Column(say(_("Channel")), number=False),
            *(Column(say(model_title(c.label))) for c in attribution.credits),
        ),
        tuple(rows),
        tuple(platform_of(c) for c in order) + ("",) * (len(rows) - len(order)),
        (
            Cell(say(_("Total"))),
            *(Cell(say.count(c.total_conversions)) for c in attribution.credits),
        ),
    )
