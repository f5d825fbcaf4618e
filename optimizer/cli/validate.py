"""`optimizer validate`: held-out comparison of models and orders, axiom card, data health."""

from __future__ import annotations

from typing import Any

import click

from optimizer.attribution.counting import opened_as_is
from optimizer.attribution.validation import Validation
from optimizer.attribution.validation import validate as run
from optimizer.cli.combinations import refuse_for_table
from optimizer.cli.journey_options import journey_options, told_columns, told_journey
from optimizer.cli.show import emit, format_option, note, progress, table, tell
from optimizer.cli.sources import resolve
from optimizer.journeys.prepared import prepared
from optimizer.messages import Text, _

COLUMNS = ["model", "order", "log_likelihood", "end_gain", "auc"]
MARKS = {"ok": _("ok"), "caution": _("caution"), "bad": _("BAD")}


@click.command(epilog="Example: optimizer validate paths.csv")
@click.argument("source")
@click.option(
    "--max-order",
    type=click.IntRange(min=1, max=10),
    default=4,
    show_default=True,
    metavar="K",
    help="Compare Markov orders up to this one.",
)
@click.option(
    "--folds",
    type=click.IntRange(min=2, max=100),
    default=10,
    show_default=True,
    help="Groups of users (of journeys, where there are only paths).",
)
@journey_options
@click.option("--segment", metavar="NAME", help="Only the users of this segment.")
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Seed of the permutation test.",
)
@format_option
def validate(
    source: str, max_order: int, folds: int, segment: str | None, seed: int, form: str, **words: Any
) -> None:
    """Say what SOURCE can tell about attribution models: which predict unseen journeys, which keep
    their promises.
    """
    with progress(quiet=form != "table") as say:
        say(_("comparing models on held-out journeys"))
        named = resolve(source)
        journey = told_journey(named.scenario, words)
        opened = opened_as_is(named.table, journey, told_columns(named.columns, words["columns"]))
        refuse_for_table(click.get_current_context(), opened)
        said = {**journey.counted(), "segment": segment}
        result = run(prepared(opened, journey), max_order, folds, seed, **said)
    _print(result, form)


def _print(result: Validation, form: str) -> None:
    for text in result.notes:
        note(text)
    rows = [
        {
            "model": score.name,
            "order": score.order,
            "log_likelihood": score.log_likelihood,
            "end_gain": score.end_gain,
            "auc": score.auc,
        }
        for score in result.scores
    ]
    if not emit(form, result.as_dict(), rows, COLUMNS):
        for sentence in result.verdict:
            tell(sentence)
        click.echo("")
        _tables(result)


def _tables(result: Validation) -> None:
    table(
        _("on journeys not seen (higher is better)"),
        [_("model"), _("log-likelihood per journey"), _("gain in predicting the end"), "AUC"],
        [
            [
                score.name if score.order is None else f"{score.name} {score.order}",
                _text(score.log_likelihood, 4),
                _text(score.end_gain, 6),
                _text(score.auc, 3),
            ]
            for score in result.scores
        ],
        right=(1, 2, 3),
    )
    table(
        _("data health"),
        [_("check"), _("state"), _("value"), _("says")],
        [
            [check.title, MARKS[check.state], _text(check.value, 3), check.says]
            for check in result.health
        ],
        right=(2,),
    )
    heads = {item.axiom: item.title for item in result.axioms}
    rows: list[list[Text]] = []
    for model in dict.fromkeys(item.model for item in result.axioms):
        cells: dict[str, Text] = {
            item.axiom: _("yes")
            if item.holds
            else _("off by {deviation}", deviation=f"{item.deviation:.2%}")
            for item in result.axioms
            if item.model == model
        }
        rows.append([model, *(cells[name] for name in heads)])
    if rows:
        table(_("promises kept on these journeys"), [_("model"), *heads.values()], rows)


def _text(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
