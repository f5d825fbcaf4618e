"""`optimizer attribute`: journeys into channel credit, models side by side."""

from __future__ import annotations

from typing import Any

import click

from optimizer.cli.show import format_option, note, progress
from optimizer.messages import _

SCENARIO = ("lookback_days", "half_life_days")


@click.command(
    epilog="Example: optimizer attribute events.csv --model last --model markov --order 2 --intervals 1000"
)
@click.argument("source")
@click.option(
    "--model",
    "-m",
    "models",
    multiple=True,
    metavar="M",
    help="A model, repeatable; see `optimizer list models`. [default: the usual ones]",
)
@click.option(
    "--order",
    default=None,
    metavar="K",
    help="Touches a Markov state remembers: 1, 2, ..., 1,2,3 or auto. [default: 1]",
)
@click.option(
    "--lookback",
    "lookback_days",
    type=float,
    metavar="DAYS",
    help="Leave out touches older than this before the journey's end.",
)
@click.option(
    "--intervals",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help="Bootstrap replicates for 90 % intervals, such as 1000.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Seed of the bootstrap.",
)
@click.option(
    "--stages", is_flag=True, help="Tell credit by lifecycle stage too (events with milestones)."
)
@click.option(
    "--like",
    metavar="TOOL",
    help="The convention of another tool: channelattribution, do-attribution, mam, ...",
)
@click.option(
    "--segment",
    metavar="NAME",
    help="Only the people of this segment (the latest that is known of each).",
)
@click.option(
    "--platforms", is_flag=True, help="Roll tiers up: xiaohongshu/koc counts as xiaohongshu."
)
@click.option(
    "--conversion",
    metavar="EVENT",
    multiple=True,
    help="The event that closes a journey, repeatable. [default: purchase]",
)
@click.option(
    "--direct",
    metavar="CHANNEL",
    multiple=True,
    help="Channels that last_non_direct passes over. [default: direct]",
)
@click.option(
    "--no-nulls", is_flag=True, help="Leave journeys without a conversion out of the chain."
)
@click.option(
    "--collapse", is_flag=True, help="Count consecutive repeats of a channel as one touch."
)
@click.option(
    "--truncate", metavar="STEPS", help="Cut the chain's sum: a number of steps, or `longest`."
)
@click.option(
    "--half-life",
    "half_life_days",
    type=float,
    metavar="DAYS",
    help="time_decay: a touch this much older counts half. [default: 7]",
)
@click.option(
    "--position",
    metavar="F,M,L",
    help="position: first, middle and last share. [default: 0.4,0.2,0.4]",
)
@click.option(
    "--calibrate",
    "tests",
    multiple=True,
    metavar="TEST",
    help="A lift test, repeatable: CHANNEL=0.7 (times what the model says), or a csv with channel, multiplier or conversions.",
)
@click.option(
    "--difference",
    "takers",
    multiple=True,
    metavar="WHO",
    help="Who takes what a calibrated channel loses: untested, organic, total (nobody), or a channel, repeatable. [default: untested]",
)
@click.option(
    "--explain", metavar="CHANNEL", help="Take this channel's removal effect apart instead."
)
@click.option(
    "--removal",
    is_flag=True,
    help="Print the removal effect three ways instead: users lost, the touch skipped, users left untouched.",
)
@click.option(
    "--journeys",
    metavar="FILE",
    help="Also write credit journey by journey (csv or parquet), for the last model named.",
)
@click.option(
    "--by",
    "period",
    type=click.Choice(["day", "week", "month"]),
    help="Print the last model's credit by period of touch instead.",
)
@click.option(
    "--compare", "compared", is_flag=True, help="Print how far the models disagree instead."
)
@click.option(
    "--engine",
    type=click.Choice(["duckdb", "spark"]),
    default="duckdb",
    show_default=True,
    help="Where events are counted (spark: parquet, the extra [spark]).",
)
@click.option(
    "--memory",
    metavar="SIZE",
    help="Memory the data engine may use before it spills to disk, such as 4GB. [default: 60 % of the machine's]",
)
@click.option(
    "--timezone",
    metavar="ZONE",
    help="The clock times are read and shown on, such as Asia/Shanghai (events).",
)
@click.option(
    "--print-sql",
    "printed",
    is_flag=True,
    help="Print the query that counts, instead of running it.",
)
@click.option(
    "--dialect",
    default="duckdb",
    show_default=True,
    metavar="D",
    help="Dialect of --print-sql: duckdb, spark, bigquery, snowflake, postgres, ...",
)
@format_option
def attribute(
    source: str,
    models: tuple[str, ...],
    order: str | None,
    intervals: int,
    seed: int,
    stages: bool,
    like: str | None,
    tests: tuple[str, ...],
    takers: tuple[str, ...],
    explain: str | None,
    removal: bool,
    journeys: str | None,
    period: str | None,
    compared: bool,
    form: str,
    engine: str,
    memory: str | None,
    timezone: str | None,
    printed: bool,
    dialect: str,
    **words: Any,
) -> None:
    """Turn the journeys in SOURCE into credit.

    SOURCE: paths or events as csv, parquet or a folder of parquet, a database (postgres://user@host/db::table,
    shop.duckdb::table), or a scenario.
    """
    from optimizer.cli import attribution_tables as tables
    from optimizer.cli.sources import resolve

    orders = _order(order)
    with progress(quiet=form != "table") as say:
        say(_("reading journeys"))
        named = resolve(source)
        options = _options(named.scenario, words)
        tested = _tested(named.scenario, tests, takers)
        if orders is None:
            orders = named.scenario.attribution.order if named.scenario is not None else 1
        from optimizer.attribution.models import MODELS
        from optimizer.attribution.models import attribute as run
        from optimizer.data.tables import open_source

        for name in models:
            MODELS[name]  # an unknown name is said before anything is read
        opened = open_source(
            named.table, named.columns, engine=engine, memory=memory, timezone=timezone
        )
        chosen = list(models) or None
        if printed:
            text = _sql(opened, chosen, orders, options, dialect)
        elif explain is not None:
            from optimizer.attribution.explain import explain as take_apart

            say(_("explaining {explain}", explain=explain))
            told = take_apart(opened, explain, orders if isinstance(orders, int) else 1, **options)
        elif removal:
            from optimizer.cli import removal_table

            say(_("removing channels"))
            removed = removal_table.removed(opened, options)
        elif period is not None:
            from optimizer.attribution.touch_credit import credit_by_period

            if isinstance(orders, list) or orders == "auto":
                raise click.UsageError(_("--by takes one --order"))
            frame = credit_by_period(
                opened, (chosen or ["last"])[-1], period, order=int(orders), **tested, **options
            )
        else:
            say(_("counting and solving"))
            if stages:
                chosen = [
                    *(chosen or [name for name in MODELS if MODELS[name].by_default]),
                    "markov_stages",
                    "lifecycle",
                ]
            result = run(
                opened,
                chosen,
                orders,
                intervals=intervals,
                seed=seed,
                like=like,
                **tested,
                **options,
            )
            if journeys is not None:
                say(_("writing {journeys}", journeys=journeys))
                _write(opened, result, journeys, options)
    if printed:
        click.echo(text, nl=False)
    elif explain is not None:
        tables.explanation(told, form)
    elif removal:
        removal_table.show(removed, form)
    elif period is not None:
        tables.periods(frame, form)
    elif compared:
        tables.disagreement(result, form)
    else:
        tables.credits(result, form)


def _sql(
    opened: Any, names: list[str] | None, orders: Any, given: dict[str, Any], dialect: str
) -> str:
    """The counting query of the models named."""
    from optimizer.attribution.family import MODELS, Options
    from optimizer.customers.segments import TOLD
    from optimizer.journeys.printing import print_sql

    options = Options.of(**given)
    chosen = [
        MODELS[name] for name in (names or [name for name in MODELS if MODELS[name].by_default])
    ]
    weights = {model.name: model.share(options) for model in chosen if model.share is not None}
    steps = [1] if orders == "auto" else [orders] if isinstance(orders, int) else list(orders)
    head = (
        []
        if options.segment is None
        else [f"-- segment: on every row the latest that is known of its user: {TOLD}events"]
    )
    text = print_sql(
        opened,
        weights,
        steps if any(model.chain or model.removal for model in chosen) else (),
        dialect,
        lookback_days=options.lookback_days,
        nulls=options.nulls,
        collapse=options.collapse,
        direct=options.direct,
        conversion=options.conversion,
        segment=options.segment,
        platforms=options.platforms,
    )
    return "\n".join([*head, text])


def _write(opened: Any, result: Any, file: str, options: dict[str, Any]) -> None:
    from optimizer.attribution.family import Options
    from optimizer.attribution.touch_credit import write_journeys

    credit = result.credits[-1]
    rows = write_journeys(opened, credit, file, Options.of(order=credit.order or 1, **options))
    note(_("{file}: {rows} rows of {label}", file=file, rows=f"{rows:,}", label=credit.label))


def _options(scenario: Any, words: dict[str, Any]) -> dict[str, Any]:
    """The command line's words, over the scenario's, over the defaults (which are not named here)."""
    options: dict[str, Any] = {}
    if scenario is not None:
        options = {name: getattr(scenario.attribution, name) for name in SCENARIO}
        own = {
            "stages": scenario.stages,
            "stage_timeout_days": scenario.attribution.stage_timeout_days,
            "experiments": [test.model_dump(by_alias=True) for test in scenario.experiments],
        }
        if any(own.values()):
            options["lifecycle"] = {name: given for name, given in own.items() if given}
    for name in (*SCENARIO, "segment"):
        if words[name] is not None:
            options[name] = words[name]
    for name in ("conversion", "direct"):
        if words[name]:
            options[name] = words[name]
    for name, value in (
        ("nulls", not words["no_nulls"]),
        ("collapse", words["collapse"]),
        ("platforms", words["platforms"]),
    ):
        if value != (name == "nulls"):
            options[name] = value
    if words["truncate"] is not None:
        options["truncate"] = (
            int(words["truncate"]) if words["truncate"].isdigit() else words["truncate"]
        )
    if words["position"] is not None:
        options["position"] = tuple(words["position"].replace("/", ",").split(","))
    return options


def _tested(scenario: Any, tests: tuple[str, ...], takers: tuple[str, ...]) -> dict[str, Any]:
    """`calibrate` and `difference` of the command line, over those of the scenario."""
    from pathlib import Path

    given: dict[str, Any] = {}
    if scenario is not None and scenario.attribution.calibrate:
        given = {
            "calibrate": dict(scenario.attribution.calibrate),
            "difference": scenario.attribution.difference,
        }
    files = [text for text in tests if Path(text).is_file()]
    if files and len(tests) > 1:
        raise click.UsageError(_("--calibrate takes one file, or one or more CHANNEL=MULTIPLIER"))
    if files:
        given["calibrate"] = files[0]
    elif tests:
        pairs = [text.rpartition("=") for text in tests]
        for text, (channel, __, __) in zip(tests, pairs, strict=True):
            if not channel:
                raise click.BadParameter(
                    _("'{text}' is no file, and no CHANNEL=MULTIPLIER such as meta=0.7", text=text),
                    param_hint="--calibrate",
                )
        names = [channel for channel, __, __ in pairs]
        if len(set(names)) < len(names):
            raise click.BadParameter(
                _("'{name}' is given twice", name=next(n for n in names if names.count(n) > 1)),
                param_hint="--calibrate",
            )
        given["calibrate"] = {channel: number for channel, __, number in pairs}
    if takers:
        given["difference"] = takers[0] if len(takers) == 1 else list(takers)
    if takers and not given.get("calibrate"):
        raise click.UsageError(_("--difference needs --calibrate"))
    return given


def _order(text: str | None) -> int | str | list[int] | None:
    """1, "auto" or several: "1,2,3"."""
    if text is None or text == "auto":
        return text
    parts = text.split(",")
    if not all(part.strip().isdigit() for part in parts):
        raise click.BadParameter(
            _("'{text}' is no order; write 1, 2, ..., 1,2,3 or auto", text=text),
            param_hint="--order",
        )
    numbers = [int(part) for part in parts]
    return numbers[0] if len(numbers) == 1 else numbers
