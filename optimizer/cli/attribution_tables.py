"""How `optimizer attribute` prints credit, explanations, periods and disagreement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from optimizer.attribution.credit import Attribution, Credit
from optimizer.attribution.explain import Explanation
from optimizer.attribution.ledger import Ledger
from optimizer.cli.show import emit, note, records, table, tell
from optimizer.messages import Message, Name, Text, _
from optimizer.report.titles import STAGES

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ["model", "channel", "conversions", "value", "share", "removal_effect", "low", "high"]
# states that are no channel
ENDS = {"START": _("START"), "CONVERSION": _("CONVERSION"), "LOST": _("LOST")}
STATES = {"ok": _("ok"), "caution": _("caution"), "refused": _("too many")}
HEADS: dict[str, Message] = {
    "model": _("model"),
    "channel": _("channel"),
    "conversions": _("conversions"),
    "value": _("value"),
    "share": _("share"),
    "from": _("from"),
    "to": _("to"),
    "next": _("next"),
    "before": _("before"),
    "count": _("count"),
    "probability": _("probability"),
    "path": _("path"),
    "nulls": _("nulls"),
    "period": _("period"),
    "against": _("against"),
    "rank_correlation": _("rank correlation"),
    "share_moved": _("share moved"),
    "largest_mover": _("largest mover"),
    "share_against": _("share against"),
}


def stage_name(name: str) -> Text:
    """A lifecycle stage for people: the usual ones in Chinese where that is spoken, a user's own as
    it is.
    """
    return Name(name, STAGES.get(name))


def credits(result: Attribution, form: str) -> None:
    """Credit of every model: the contract's json and csv, or one table per model.

    Parameters
    ----------
    result
        The models side by side.
    form
        table | json | csv.
    """
    for text in result.notes:
        note(text)
    if form != "table":
        emit(form, result.as_dict(), records(result.to_frame()), COLUMNS)
        return
    label = result.source.get("label", "source")
    journeys = number(result.source.get("journeys"))
    rate = result.conversion_rate
    note(
        _("{label}: {number} journeys", label=label, number=journeys)
        if rate is None
        else _(
            "{label}: {number} journeys, {rate} of them convert",
            label=label,
            number=journeys,
            rate=f"{rate:.2%}",
        )
    )
    for credit in result.credits:
        for text in credit.notes:
            note(_("{where}: {what}", where=credit.label, what=text))
        _credit(credit)
    tell(result.journey.sentence(timed=result.source.get("kind") != "paths"))
    _ledger(result.ledger)


def _ledger(found: Ledger) -> None:
    """What was read, and what to do about what was not."""
    if not found.entries:
        return
    rows: list[list[Text]] = [
        [
            entry.says,
            "" if entry.share is None else f"{entry.share:.1%}",
            STATES[entry.state],
            entry.remedy if entry.remedy is not None and entry.state != "ok" else "",
        ]
        for entry in found.entries
    ]
    table(
        _("how the journeys were read"),
        [_("what"), _("share"), _("state"), _("what to do")],
        rows,
        right=(1,),
    )


def _credit(credit: Credit) -> None:
    columns: list[Text] = [_("channel"), _("conversions"), _("value"), _("share")]
    if credit.removal_effect is not None:
        columns.append(_("removal effect"))
    if credit.low is not None:
        columns.append(_("90 % interval"))
    if credit.by_stage is not None:
        columns += [stage_name(name) for name in credit.stages]
    order = sorted(
        range(len(credit.channels)), key=lambda i: (-credit.conversions[i], credit.channels[i])
    )
    rows = [_row(credit, i) for i in order]
    if credit.organic_conversions is not None:
        total = credit.total_conversions
        row: list[Text] = [
            _("(organic)"),
            number(credit.organic_conversions, 2),
            number(credit.organic_value, 2),
            f"{credit.organic_conversions / total if total else 0.0:.1%}",
        ]
        rows.append(row + [""] * (len(columns) - len(row)))
    table(credit.label, columns, rows, right=range(1, len(columns)))


def _row(credit: Credit, i: int) -> list[Text]:
    """One channel of the table."""
    row: list[Text] = [
        credit.channels[i],
        number(credit.conversions[i], 2),
        number(credit.value[i], 2),
        f"{credit.share[i]:.1%}",
    ]
    if credit.removal_effect is not None:
        row.append(f"{credit.removal_effect[i]:.4f}")
    if credit.low is not None and credit.high is not None:
        low, high = number(credit.low[i], 1), number(credit.high[i], 1)
        row.append(_("{low} to {high}", low=low, high=high))
    if credit.by_stage is not None:
        row += [number(x, 1) for x in credit.by_stage[i]]
    return row


def explanation(told: Explanation, form: str) -> None:
    """What is behind one channel's removal effect. csv holds the edges.

    Parameters
    ----------
    told
        About one channel, in one model.
    form
        table | json | csv.
    """
    if form != "table":
        emit(form, told.as_dict(), records(told.edges), list(told.edges.columns))
        return
    for sentence in told.sentences():
        tell(sentence)
    click.echo("")
    for title, part in (
        (_("what users do next"), told.next),
        (_("where they come from"), told.before),
        (_("busiest steps into and out of it"), told.edges),
        (_("converting paths through it"), told.paths),
    ):
        _frame(title, part)


def periods(found: pd.DataFrame, form: str) -> None:
    """Credit by period of touch.

    Parameters
    ----------
    found
        Rows by period, model and channel; `period` is the first day of each.
    form
        table | json | csv.
    """
    frame(found.assign(period=found["period"].dt.strftime("%Y-%m-%d")), form)


def disagreement(result: Attribution, form: str) -> None:
    """How far every two models differ.

    Parameters
    ----------
    result
        The models side by side.
    form
        table | json | csv.
    """
    frame(result.compare(), form)


def frame(found: pd.DataFrame, form: str) -> None:
    """A pandas frame in the asked form.

    Parameters
    ----------
    found
        Columns by the names of `HEADS`; others are shown as they are.
    form
        table | json | csv.
    """
    rows = records(found)
    if not emit(form, rows, rows, list(found.columns)):
        _frame(None, found)


def _frame(title: Text | None, found: pd.DataFrame) -> None:
    numeric = [i for i, name in enumerate(found.columns) if found[name].dtype.kind in "fi"]
    rows = [[_cell(name, value) for name, value in row.items()] for row in records(found)]
    table(title, [HEADS.get(name, name) for name in found.columns], rows, right=numeric)


def _cell(name: str, value: Any) -> Text:
    if not isinstance(value, int | float):
        return ENDS.get(value, str(value))
    if value != value:
        return "-"
    if name in ("probability", "share", "share_against", "share_moved"):
        return f"{value:.1%}"
    if name == "rank_correlation":
        return f"{value:.3f}"
    return number(value, 0 if value == int(value) else 2)


def number(value: float | None, digits: int = 0) -> str:
    """A number with its thousands set apart; "-" where it is not known.

    Parameters
    ----------
    value
        None: not known.
    digits
        Decimals.

    Returns
    -------
    str
        The same in every language.

    Examples
    --------
    >>> number(1234.5, 1), number(None)
    ('1,234.5', '-')
    """
    return "-" if value is None else f"{value:,.{digits}f}"
