"""`optimizer attribute`: journeys into channel credit, models side by side."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from optimizer.attribution.attribute import attribute as run
from optimizer.attribution.by_period import credit_by_period
from optimizer.attribution.counting import opened_as_is
from optimizer.attribution.credit import Attribution
from optimizer.attribution.defence import defend
from optimizer.attribution.explain import explain
from optimizer.attribution.options import Options
from optimizer.attribution.registry import MODELS
from optimizer.attribution.touch_credit import write_journeys
from optimizer.cli import attribution_tables as tables
from optimizer.cli import removal_table
from optimizer.cli.combinations import refuse_for_table, refuse_misfits
from optimizer.cli.journey_options import journey_options, stated, told_columns, told_journey
from optimizer.cli.show import format_option, lang_option, misuse, note, progress, spoken
from optimizer.cli.sources import resolve
from optimizer.customers.segments import TOLD
from optimizer.data.open import read_spend
from optimizer.data.tables import Events, Paths
from optimizer.inputs import whole
from optimizer.journeys.prepared import prepared
from optimizer.journeys.printing import print_sql
from optimizer.messages import Text, _
from optimizer.report.defence import write_defence
from optimizer.report.words import Words
from optimizer.scenario import Scenario

MOST_STEPS = 1_000_000  # of a journey, or touches that a state remembers

Orders = int | str | list[int]  # one, "auto", several
Given = dict[str, Any]  # options of the models, by name
Say = Callable[[Text], None]


@click.command(
    epilog="Example: optimizer attribute events.csv --model last --model markov --order 2 "
    "--intervals 1000"
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
    help="A lift test, repeatable: CHANNEL=0.7 (times what the model says), or a csv with "
    "channel, multiplier or conversions.",
)
@click.option(
    "--difference",
    "takers",
    multiple=True,
    metavar="WHO",
    help="Who takes what a calibrated channel loses: untested, organic, total (nobody), or a "
    "channel, repeatable. [default: untested]",
)
@click.option(
    "--explain", metavar="CHANNEL", help="Take this channel's removal effect apart instead."
)
@click.option(
    "--removal",
    is_flag=True,
    help="Print the removal effect three ways instead: users lost, the touch skipped, users left "
    "untouched.",
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
    "--report",
    metavar="FOLDER",
    help="Write the page that defends the last model named instead: models side by side with spend, "
    "differences, other conventions, what was read.",
)
@click.option(
    "--spend",
    metavar="FILE",
    help="The spend table, for CPA and ROAS (--report). [default: the scenario's]",
)
@click.option(
    "--currency",
    metavar="CODE",
    help="Currency of values (--report). [default: the scenario's, else CNY]",
)
@lang_option
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
    help="Memory the data engine may use before it spills to disk, such as 4GB. [default: 60 % of "
    "the machine's]",
)
@click.option(
    "--timezone",
    metavar="ZONE",
    help="The clock times are read and shown on, such as Asia/Shanghai (events).",
)
@journey_options
@click.option(
    "--raw",
    is_flag=True,
    help="Write csv as it is; otherwise a text that a spreadsheet would run as a formula gets an "
    "apostrophe before it.",
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
    help="Dialect of --print-sql: duckdb, postgres, spark or databricks.",
)
@format_option
def attribute(source: str, models: tuple[str, ...], form: str, **words: Any) -> None:
    """Turn the journeys in SOURCE into credit.

    SOURCE: paths or events as csv, parquet or a folder of parquet, a database
    (postgres://user@host/db::table, shop.duckdb::table), or a scenario.
    """
    context = click.get_current_context()
    refuse_misfits(context)
    with progress(quiet=form != "table") as say:
        say(_("reading journeys"))
        named = resolve(source)
        scenario = named.scenario
        journey = told_journey(scenario, words)
        options = _options(scenario, words)
        tested = _tested(scenario, words["tests"], words["takers"])
        orders = _order(words["order"])
        if orders is None:
            orders = scenario.attribution.order if scenario is not None else 1
        for name in models:
            MODELS[name]  # an unknown name is said before anything is read
        opened = opened_as_is(
            named.table,
            journey,
            told_columns(named.columns, words["columns"]),
            engine=words["engine"],
            memory=words["memory"],
            timezone=words["timezone"],
        )
        refuse_for_table(context, opened)
        words["journey"] = journey
        words["stated"] = stated(context, scenario)
        if scenario is not None:
            words["currency"] = words["currency"] or scenario.currency
            if words["spend"] is None and scenario.data.spend is not None:
                words["spend"] = scenario.place(scenario.data.spend)
        if words["like"] is None:
            opened = prepared(opened, journey)
            options = {**journey.counted(), **options}
        show = _asked(opened, list(models), orders, options, tested, words, say)
    show(form)


def _asked(
    opened: Events | Paths,
    models: list[str],
    orders: Orders,
    options: Given,
    tested: Given,
    words: Given,
    say: Say,
) -> Callable[[str], None]:
    """Do what was asked for, credit by default; gives a function that prints it in a form."""
    if words["printed"]:
        text = _sql(opened, models, orders, options, words)
        return lambda form: click.echo(text, nl=False)
    if words["report"] is not None:
        return _defended(opened, models, orders, options, words, say)
    if words["explain"] is not None:
        say(_("explaining {explain}", explain=words["explain"]))
        order = orders if isinstance(orders, int) else 1
        told = explain(opened, words["explain"], order, **options)
        return lambda form: tables.explanation(told, form)
    if words["removal"]:
        say(_("removing channels"))
        removed = removal_table.removed(opened, options)
        return lambda form: removal_table.show(removed, form)
    if words["period"] is not None:
        if isinstance(orders, list) or orders == "auto":
            raise misuse(_("--by takes one --order"))
        model = (models or ["last"])[-1]
        frame = credit_by_period(
            opened, model, words["period"], order=int(orders), **tested, **options
        )
        return lambda form: tables.periods(frame, form)
    result = _credit(opened, models, orders, options, tested, words, say)
    if words["compared"]:
        return lambda form: tables.disagreement(result, form)
    return lambda form: tables.credits(result, form)


def _defended(
    opened: Events | Paths,
    models: list[str],
    orders: Orders,
    options: Given,
    words: Given,
    say: Say,
) -> Callable[[str], None]:
    """Write the defence page."""
    if isinstance(orders, list):
        raise misuse(_("--report takes one --order"))
    say(_("counting and solving"))
    found = defend(
        opened,
        models,
        read_spend(words["spend"]) if words["spend"] is not None else None,
        words["intervals"] or 200,
        words["seed"],
        words["like"],
        orders,
        words["journey"],
        **options,
    )
    found.result.ledger.refuse(str(found.result.source.get("label", "")), words["stated"])
    page = write_defence(
        found, words["report"], Words(spoken(), words["currency"] or "CNY", page=True)
    )
    return lambda form: click.echo(str(page))


def _credit(
    opened: Events | Paths,
    models: list[str],
    orders: Orders,
    options: Given,
    tested: Given,
    words: Given,
    say: Say,
) -> Attribution:
    say(_("counting and solving"))
    if words["stages"]:
        models = [*(models or MODELS.by_default()), "markov_stages", "lifecycle"]
    result = run(
        opened,
        models or None,
        orders,
        intervals=words["intervals"],
        seed=words["seed"],
        like=words["like"],
        journey=words["journey"],
        **tested,
        **options,
    )
    result.ledger.refuse(str(result.source.get("label", "")), words["stated"])
    if words["journeys"] is not None:
        say(_("writing {journeys}", journeys=words["journeys"]))
        written = prepared(opened, result.journey)
        options = {**result.journey.counted(), **options}
        _write(written, result, words["journeys"], options, words["raw"])
    return result


def _sql(
    opened: Events | Paths, names: Sequence[str], orders: Orders, given: Given, words: Given
) -> str:
    """The counting query of the models named."""
    options = Options.of(**given)
    chosen = [MODELS[name] for name in names or MODELS.by_default()]
    weights = {model.name: model.share(options) for model in chosen if model.share is not None}
    steps = orders if isinstance(orders, list) else [1 if orders == "auto" else int(orders)]
    text = print_sql(
        opened,
        weights,
        steps if any(model.takes_order for model in chosen) else (),
        words["dialect"],
        lookback_days=options.lookback_days,
        nulls=options.nulls,
        collapse=options.collapse,
        direct=options.direct,
        conversion=options.conversion,
        segment=options.segment,
        platforms=options.platforms,
        reuse=options.reuse,
    )
    if options.ties == "split" and isinstance(opened, Events):
        text = f"-- touches of one moment stand in the order of their names\n{text}"
    if words["journey"].rewrites:
        told = json.dumps(words["journey"].told())  # a text of the user's ends no comment there
        text = f"-- the table is as the journey reads it, not as it stands: {told}\n{text}"
    if options.segment is None:
        return text
    told = TOLD.format(timed="timestamp", when="timestamp", table="events")
    return f"-- segment: on every row the latest that is known of its user: {told}\n{text}"


def _write(
    opened: Events | Paths, result: Attribution, file: str, options: Given, raw: bool
) -> None:
    credit = result.credits[-1]
    chosen = Options.of(order=credit.order or 1, **options)
    rows = write_journeys(opened, credit, file, chosen, raw=raw)
    note(_("{file}: {rows} rows of {label}", file=file, rows=f"{rows:,}", label=credit.label))


def _options(scenario: Scenario | None, words: Given) -> Given:
    """The command line's words, over the scenario's, over the defaults (not named here)."""
    options: Given = {}
    if scenario is not None:
        choice = scenario.attribution
        options = {"half_life_days": choice.half_life_days}
        own = {
            "stages": scenario.stages,
            "stage_timeout_days": choice.stage_timeout_days,
            "experiments": [test.model_dump(by_alias=True) for test in scenario.experiments],
        }
        if any(own.values()):
            options["lifecycle"] = {name: given for name, given in own.items() if given}
    for name in ("half_life_days", "segment"):
        if words[name] is not None:
            options[name] = words[name]
    if words["truncate"] is not None:
        steps = words["truncate"]
        number = whole(steps, MOST_STEPS)
        options["truncate"] = steps if number is None else number
    if words["position"] is not None:
        options["position"] = tuple(words["position"].replace("/", ",").split(","))
    return options


def _tested(scenario: Scenario | None, tests: tuple[str, ...], takers: tuple[str, ...]) -> Given:
    """`calibrate` and `difference` of the command line, over those of the scenario."""
    given: Given = {}
    if scenario is not None and scenario.attribution.calibrate:
        given = {
            "calibrate": dict(scenario.attribution.calibrate),
            "difference": scenario.attribution.difference,
        }
    files = [text for text in tests if Path(text).is_file()]
    if files and len(tests) > 1:
        raise misuse(_("--calibrate takes one file, or one or more CHANNEL=MULTIPLIER"))
    if files:
        given["calibrate"] = files[0]
    elif tests:
        given["calibrate"] = _multipliers(tests)
    if takers:
        given["difference"] = takers[0] if len(takers) == 1 else list(takers)
    if takers and not given.get("calibrate"):
        raise misuse(_("--difference needs --calibrate"))
    return given


def _multipliers(tests: Sequence[str]) -> dict[str, str]:
    """Several CHANNEL=MULTIPLIER; what the numbers may be is checked where they are used."""
    out: dict[str, str] = {}
    for text in tests:
        channel, __, number = text.rpartition("=")
        if not channel:
            raise misuse(
                _("'{text}' is no file, and no CHANNEL=MULTIPLIER such as meta=0.7", text=text),
                "--calibrate",
            )
        if channel in out:
            raise misuse(_("'{name}' is given twice", name=channel), "--calibrate")
        out[channel] = number
    return out


def _order(text: str | None) -> Orders | None:
    """1, "auto" or several: "1,2,3"."""
    if text is None or text == "auto":
        return text
    numbers = [number for part in text.split(",") if (number := whole(part, MOST_STEPS))]
    if len(numbers) < 1 + text.count(","):
        raise misuse(
            _("'{text}' is no order; write 1, 2, ..., 1,2,3 or auto", text=text), "--order"
        )
    return numbers[0] if len(numbers) == 1 else numbers
