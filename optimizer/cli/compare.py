"""`optimizer compare`: plans side by side."""

from __future__ import annotations

from collections.abc import Sequence

import click

from optimizer.attribution.registry import MODELS
from optimizer.cli.show import (
    Row,
    emit,
    format_option,
    lang_option,
    language,
    misuse,
    note,
    progress,
    table,
)
from optimizer.cli.storing import store_option, stored
from optimizer.errors import UserError
from optimizer.messages import Text, _
from optimizer.pipeline import sweep
from optimizer.pipeline.outcome import Outcome
from optimizer.pipeline.runtime_estimate import expected
from optimizer.report.compare import compare as write
from optimizer.report.differences import differences
from optimizer.report.titles import status_title
from optimizer.report.words import Words
from optimizer.scenario import Scenario, load_scenario

COLUMNS = ("scenario", "status", "spend", "customers", "revenue", "cac", "roi", "objective")
HEADS = {
    "status": _("Status"),
    "objective": _("Goal reached"),
    "cac": _("CAC"),
    "roi": _("ROI"),
    "spend": _("Spend"),
    "customers": _("New customers"),
    "revenue": _("Revenue"),
}


@click.command(epilog="Example: optimizer compare my-brand --over budget=200000,300000,400000")
@click.argument("scenarios", nargs=-1, required=True, type=click.Path())
@click.option(
    "--over", metavar="KEY=a,b,c", help="One scenario, solved once for each value of this key."
)
@click.option(
    "--model",
    "-m",
    "models",
    multiple=True,
    metavar="M",
    help="Build the plans on this attribution model's credit; one scenario can be solved once for "
    "each of several. [default: the scenario's]",
)
@click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change one value in every scenario first.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False),
    help="Also write the comparison as a report into this folder.",
)
@store_option
@format_option
@lang_option
def compare(
    scenarios: tuple[str, ...],
    over: str | None,
    models: tuple[str, ...],
    changes: tuple[str, ...],
    out: str | None,
    no_store: bool,
    form: str,
    lang: str | None,
) -> None:
    """Solve several scenarios, or one over a changing key, and show the plans side by side with
    what differs.
    """
    for model in models:
        MODELS[model]  # an unknown name is said before anything is solved
    if len(models) > 1 and over is not None:
        raise misuse(_("--over takes one --model"))
    if len(models) > 1:
        over = f"attribution.model={','.join(models)}"
    elif models:
        changes = (*changes, f"attribution.model={models[0]}")
    loaded = _loaded(scenarios, over, changes)
    names, wanted = [name for name, __ in loaded], [scenario for __, scenario in loaded]
    say = Words(language(lang), wanted[0].currency)
    with progress(expected=expected(wanted[0], wanted[1:])) as tell:
        outcomes = list(sweep(wanted, tell, stored=stored(no_store)))
    if out:
        page, *__ = write(list(zip(names, outcomes, strict=True)), out, say.lang)
        note(_("report: {file}", file=page))
    rows = [_row(name, outcome) for name, outcome in zip(names, outcomes, strict=True)]
    channels = list(
        dict.fromkeys(c for outcome in outcomes for c in outcome.plan.spend_by_channel())
    )
    flat = [
        {**{c: row[c] for c in COLUMNS}, **{c: row["by_channel"].get(c) for c in channels}}
        for row in rows
    ]
    plans = [(name, outcome.plan) for name, outcome in zip(names, outcomes, strict=True)]
    told = differences(plans, say)
    if emit(form, {"plans": rows, "differences": told}, flat, [*COLUMNS, *channels]):
        return
    # where every goal is customers they stand there already
    same = all(outcome.plan.goal == "customers" for outcome in outcomes)
    heads = [*(name for name in COLUMNS[1:] if not (same and name == "objective")), *channels]
    # transposed: one column per plan reads better than one row with twenty cells
    table(
        None,
        ["", *names],
        [[HEADS.get(head, head), *(_cell(head, row[head], say) for row in flat)] for head in heads],
        right=range(1, len(names) + 1),
    )
    for sentence in told:
        click.echo(sentence)
    if all(not outcome.plan.feasible for outcome in outcomes):
        raise SystemExit(3)


def _loaded(
    scenarios: Sequence[str], over: str | None, changes: Sequence[str]
) -> list[tuple[str, Scenario]]:
    """The plans' names and scenarios: each of the files, or one of them for each value."""
    if over is None:
        return [(path, load_scenario(path, changes)) for path in scenarios]
    key, mark, values = over.partition("=")
    if not mark or not values.strip():
        raise UserError(
            _("this is not KEY=a,b,c"),
            f"--over {over}",
            _("for example --over budget=200000,300000"),
        )
    if len(scenarios) > 1:
        raise misuse(_("--over, and several --model, take one scenario"))
    names = [f"{key}={value.strip()}" for value in values.split(",")]
    return [(name, load_scenario(scenarios[0], [*changes, name])) for name in names]


def _row(name: str, outcome: Outcome) -> Row:
    """One plan as a row; amounts in currency, None where there is no plan."""
    plan = outcome.plan
    totals = plan.totals
    return {
        "scenario": name,
        "status": plan.status,
        "spend": totals.spend if totals else None,
        "customers": totals.customers if totals else None,
        "revenue": totals.revenue if totals else None,
        "cac": totals.cac if totals else None,
        "roi": totals.roi if totals else None,
        "objective": plan.objective,
        "by_channel": plan.spend_by_channel(),
    }


def _cell(head: str, value: float | str | None, say: Words) -> Text:
    if isinstance(value, str):
        return status_title(value)
    if head == "customers":
        return say.count(value)
    if head == "roi":
        return say.ratio(value)
    if value is None:
        return "-"
    return say.number(value) if head == "objective" else say.money(value)
