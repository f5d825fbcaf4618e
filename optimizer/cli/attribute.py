"""`optimizer attribute`: journeys into channel credit, models side by side."""

from __future__ import annotations

from typing import Any

import click

from optimizer.cli.show import format_option, note, progress, table, to_csv, to_json

COLUMNS = ["model", "channel", "conversions", "value", "share", "removal_effect", "low", "high"]


@click.command(epilog="Example: optimizer attribute events.csv --model last --model markov --order 2 --intervals 1000")
@click.argument("source")
@click.option("--model", "-m", "models", multiple=True, metavar="M", help="A model, repeatable; see `optimizer list models`. [default: the usual ones]")
@click.option("--order", default="1", show_default=True, metavar="K", help="Touches a Markov state remembers: 1, 2, ..., 1,2,3 or auto.")
@click.option("--lookback", type=float, metavar="DAYS", help="Leave out touches older than this before the journey's end.")
@click.option("--intervals", type=click.IntRange(min=0), default=0, metavar="N", help="Bootstrap replicates for 90 % intervals, such as 1000.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the bootstrap.")
@click.option("--like", metavar="TOOL", help="The convention of another tool: channelattribution, do-attribution, mam, ...")
@click.option("--no-nulls", is_flag=True, help="Leave journeys without a conversion out of the chain.")
@click.option("--collapse", is_flag=True, help="Count consecutive repeats of a channel as one touch.")
@click.option("--half-life", type=float, metavar="DAYS", help="time_decay: a touch this much older counts half. [default: 7]")
@click.option("--position", metavar="F,M,L", help="position: first, middle and last share. [default: 0.4,0.2,0.4]")
@format_option
def attribute(
    source: str, models: tuple[str, ...], order: str, lookback: float | None, intervals: int, seed: int,
    like: str | None, no_nulls: bool, collapse: bool, half_life: float | None, position: str | None, form: str,
) -> None:
    """Turn the journeys in SOURCE (paths or events: csv, parquet, a folder of parquet; or a scenario) into credit."""
    from optimizer.cli.sources import resolve

    with progress(quiet=form != "table") as say:
        say("reading")
        named = resolve(source)
        options = _options(named.scenario, lookback, no_nulls, collapse, half_life, position)
        from optimizer.attribution.models import attribute as run

        result = run(
            named.table, models or None, _order(order), intervals=intervals, seed=seed, like=like,
            columns=named.columns, **options,
        )
    _print(result, form)


def _options(scenario: Any, lookback: float | None, no_nulls: bool, collapse: bool, half_life: float | None,
             position: str | None) -> dict[str, Any]:
    """The command line's words, over the scenario's, over the defaults."""
    options: dict[str, Any] = {}
    if scenario is not None:
        options["lookback_days"] = scenario.attribution.lookback_days
        options["half_life_days"] = scenario.attribution.half_life_days
    if lookback is not None:
        options["lookback_days"] = lookback
    if half_life is not None:
        options["half_life_days"] = half_life
    if no_nulls:
        options["nulls"] = False
    if collapse:
        options["collapse"] = True
    if position is not None:
        options["position"] = tuple(position.replace("/", ",").split(","))
    return options


def _order(text: str) -> int | str | list[int]:
    """1, "auto" or several: "1,2,3"."""
    if text == "auto":
        return text
    parts = text.split(",")
    if not all(part.strip().isdigit() for part in parts):
        raise click.BadParameter(f"'{text}' is no order; write 1, 2, ..., 1,2,3 or auto", param_hint="--order")
    numbers = [int(part) for part in parts]
    return numbers[0] if len(numbers) == 1 else numbers


def _print(result: Any, form: str) -> None:
    for text in result.notes:
        note(text)
    if form == "json":
        click.echo(to_json(result.as_dict()), nl=False)
        return
    if form == "csv":
        click.echo(to_csv(result.to_frame().to_dict("records"), COLUMNS), nl=False)
        return
    source = result.source
    rate = "" if result.conversion_rate is None else f", {result.conversion_rate:.2%} of journeys convert"
    note(f"{source.get('label', 'source')}: {_number(source.get('journeys'), 0)} journeys{rate}")
    for credit in result.credits:
        for text in credit.notes:
            note(f"{credit.label}: {text}")
        _table(credit)


def _table(credit: Any) -> None:
    columns = ["channel", "conversions", "value", "share"]
    if credit.removal_effect is not None:
        columns.append("removal effect")
    if credit.low is not None:
        columns.append("90 % interval")
    rows = []
    for i in sorted(range(len(credit.channels)), key=lambda i: (-credit.conversions[i], credit.channels[i])):
        row = [credit.channels[i], _number(credit.conversions[i], 2), _number(credit.value[i], 2), f"{credit.share[i]:.1%}"]
        if credit.removal_effect is not None:
            row.append(f"{credit.removal_effect[i]:.4f}")
        if credit.low is not None:
            row.append(f"{_number(credit.low[i], 1)} to {_number(credit.high[i], 1)}")
        rows.append(row)
    if credit.organic_conversions is not None:
        blank = [""] * (len(columns) - 4)
        part = credit.organic_conversions / credit.total_conversions if credit.total_conversions else 0.0
        rows.append(["(organic)", _number(credit.organic_conversions, 2), _number(credit.organic_value, 2), f"{part:.1%}", *blank])
    table(credit.label, columns, rows, right=range(1, len(columns)))


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:,.{digits}f}"
