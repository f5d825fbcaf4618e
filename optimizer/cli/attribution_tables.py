"""How `optimizer attribute` prints credit, explanations, periods and disagreement."""

from __future__ import annotations

from typing import Any

import click

from optimizer.cli.show import note, stage_name, table, tell, to_csv, to_json, words
from optimizer.messages import _

ENDS = ("START", "CONVERSION", "LOST")  # states that are no channel
COLUMNS = ["model", "channel", "conversions", "value", "share", "removal_effect", "low", "high"]


def credits(result: Any, form: str) -> None:
    """Credit of every model: the contract's json and csv, or one table per model."""
    for text in result.notes:
        note(text)
    if form == "json":
        click.echo(to_json(result.as_dict()), nl=False)
        return
    if form == "csv":
        click.echo(to_csv(result.to_frame().to_dict("records"), COLUMNS), nl=False)
        return
    rate = (
        "" if result.conversion_rate is None else f", {result.conversion_rate:.2%} of them convert"
    )
    note(
        f"{result.source.get('label', 'source')}: {number(result.source.get('journeys'))} journeys{rate}"
    )
    for credit in result.credits:
        for text in credit.notes:
            note(f"{credit.label}: {text}")
        _credit(credit)


def _credit(credit: Any) -> None:
    columns = [words("channel"), words("conversions"), words("value"), words("share")]
    if credit.removal_effect is not None:
        columns.append(words(_("removal effect")))
    if credit.low is not None:
        columns.append(words(_("90 % interval")))
    if credit.by_stage is not None:
        columns += [stage_name(name) for name in credit.stages]
    rows = []
    for i in sorted(
        range(len(credit.channels)), key=lambda i: (-credit.conversions[i], credit.channels[i])
    ):
        row = [
            credit.channels[i],
            number(credit.conversions[i], 2),
            number(credit.value[i], 2),
            f"{credit.share[i]:.1%}",
        ]
        if credit.removal_effect is not None:
            row.append(f"{credit.removal_effect[i]:.4f}")
        if credit.low is not None:
            row.append(f"{number(credit.low[i], 1)} {words('to')} {number(credit.high[i], 1)}")
        if credit.by_stage is not None:
            row += [number(x, 1) for x in credit.by_stage[i]]
        rows.append(row)
    if credit.organic_conversions is not None:
        part = (
            credit.organic_conversions / credit.total_conversions
            if credit.total_conversions
            else 0.0
        )
        row = [
            words("(organic)"),
            number(credit.organic_conversions, 2),
            number(credit.organic_value, 2),
            f"{part:.1%}",
        ]
        rows.append(row + [""] * (len(columns) - len(row)))
    table(credit.label, columns, rows, right=range(1, len(columns)), heads=str)


def explanation(told: Any, form: str) -> None:
    """What is behind one channel's removal effect. csv holds the edges."""
    if form == "json":
        click.echo(to_json(told.as_dict()), nl=False)
        return
    if form == "csv":
        frame(told.edges, "csv")
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
        _frame(words(title), part)


def periods(found: Any, form: str) -> None:
    """Credit by period of touch."""
    shown = found.assign(period=found["period"].dt.strftime("%Y-%m-%d"))
    frame(shown, form)


def disagreement(result: Any, form: str) -> None:
    """How far every two models differ."""
    frame(result.compare(), form)


def frame(found: Any, form: str) -> None:
    """A pandas frame in the asked form."""
    records = found.to_dict("records")
    if form == "json":
        click.echo(to_json(records), nl=False)
    elif form == "csv":
        click.echo(to_csv(records, list(found.columns)), nl=False)
    else:
        _frame(None, found)


def _frame(title: str | None, found: Any) -> None:
    numeric = [i for i, name in enumerate(found.columns) if found[name].dtype.kind in "fi"]
    rows = [[_cell(name, value) for name, value in row.items()] for row in found.to_dict("records")]
    table(title, [name.replace("_", " ") for name in found.columns], rows, right=numeric)


def _cell(name: str, value: Any) -> str:
    if not isinstance(value, int | float):
        return words(value) if value in ENDS else str(value)
    if value != value:
        return "-"
    if name in ("probability", "share", "share_against", "share_moved"):
        return f"{value:.1%}"
    return (
        f"{value:.3f}"
        if name == "rank_correlation"
        else number(value, 0 if value == int(value) else 2)
    )


def number(value: float | None, digits: int = 0) -> str:
    """1234.5 -> "1,234.5"; "-" for None."""
    return "-" if value is None else f"{value:,.{digits}f}"
