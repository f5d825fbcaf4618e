"""`optimizer attribute`: journeys into channel credit, models side by side."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from optimizer.attribution.attribute import attribute as run
from optimizer.attribution.by_period import credit_by_period
from optimizer.attribution.counting import opened_as_is
from optimizer.attribution.credit import Attribution
from optimizer.attribution.defence import defend
from optimizer.attribution.explain import explain
from optimizer.attribution.journey_file import write_journeys
from optimizer.attribution.options import Options
from optimizer.attribution.registry import MODELS
from optimizer.cli import attribution_tables as tables
from optimizer.cli import removal_table
from optimizer.cli.attribution_options import attribution_options
from optimizer.cli.attribution_said import Given, Orders, said_options, said_orders, said_tests
from optimizer.cli.attribution_sql import counting_sql
from optimizer.cli.combinations import refuse_for_table, refuse_misfits
from optimizer.cli.journey_options import stated, told_columns, told_journey
from optimizer.cli.show import misuse, note, progress, spoken
from optimizer.cli.sources import Named, resolve
from optimizer.data.open import read_spend
from optimizer.data.tables import Events, Paths
from optimizer.journeys.declared import Journey
from optimizer.journeys.prepared import prepared
from optimizer.messages import Text, _
from optimizer.pipeline.fingerprint import of_table
from optimizer.report.defence import write_defence
from optimizer.report.words import Words
from optimizer.store import Kept, Store

Say = Callable[[Text], None]


@click.command(
    epilog="Example: optimizer attribute events.csv --model last --model markov --order 2 "
    "--intervals 1000"
)
@click.argument("source")
@attribution_options
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
        options = said_options(scenario, words)
        tested = said_tests(scenario, words["tests"], words["takers"])
        orders = said_orders(words["order"])
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
        words["kept"] = _kept(named, journey, words)
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
        text = counting_sql(opened, models, orders, options, words)
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
        kept=words["kept"],
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


def _kept(named: Named, journey: Journey, words: Given) -> Kept | None:
    """Where the counts of a scenario's journeys are found; None for a table without a scenario."""
    if named.scenario is None or words["no_store"] or words["engine"] != "duckdb":
        return None
    if journey.identities is not None:  # a table of its own
        return None
    columns = told_columns(named.columns, words["columns"])
    told = {"columns": columns, "read": journey.told(whole=True), "zone": words["timezone"]}
    return of_table(Store.beside(named.scenario.folder), named.table, told)


def _write(
    opened: Events | Paths, result: Attribution, file: str, options: Given, raw: bool
) -> None:
    credit = result.credits[-1]
    chosen = Options.of(order=credit.order or 1, **options)
    rows = write_journeys(opened, credit, file, chosen, raw=raw)
    note(_("{file}: {rows} rows of {label}", file=file, rows=f"{rows:,}", label=credit.label))
