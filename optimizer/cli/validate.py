"""`optimizer validate`: held-out comparison of models and orders, axiom card, data health."""

from __future__ import annotations

from typing import Any

import click

from optimizer.cli.show import format_option, note, progress, table, tell, to_csv, to_json, words
from optimizer.messages import _

COLUMNS = ["model", "order", "log_likelihood", "end_gain", "auc"]
MARKS = {"ok": "ok", "caution": "caution", "bad": "BAD"}


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
    help="Groups of users (of paths, where there are only paths).",
)
@click.option(
    "--lookback",
    type=float,
    metavar="DAYS",
    help="Leave out touches older than this before the journey's end.",
)
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
    source: str,
    max_order: int,
    folds: int,
    lookback: float | None,
    segment: str | None,
    seed: int,
    form: str,
) -> None:
    """Say what SOURCE can tell about attribution models: which predict unseen journeys, which keep their promises."""
    from optimizer.cli.sources import resolve

    with progress(quiet=form != "table") as say:
        say(_("comparing models on held-out journeys"))
        named = resolve(source)
        options: dict[str, Any] = {"lookback_days": lookback, "segment": segment}
        if lookback is None and named.scenario is not None:
            options["lookback_days"] = named.scenario.attribution.lookback_days
        from optimizer.attribution.validation import validate as run

        result = run(named.table, max_order, folds, seed, columns=named.columns, **options)
    _print(result, form)


def _print(result: Any, form: str) -> None:
    for text in result.notes:
        note(text)
    if form == "json":
        click.echo(to_json(result.as_dict()), nl=False)
    elif form == "csv":
        rows = [
            {
                "model": s.name,
                "order": s.order,
                "log_likelihood": s.log_likelihood,
                "end_gain": s.end_gain,
                "auc": s.auc,
            }
            for s in result.scores
        ]
        click.echo(to_csv(rows, COLUMNS), nl=False)
    else:
        for sentence in result.verdict:
            tell(sentence)
        click.echo("")
        _tables(result)


def _tables(result: Any) -> None:
    table(
        words(_("on journeys not seen (higher is better)")),
        ["model", _("log-likelihood per journey"), _("gain in predicting the end"), "AUC"],
        [
            [
                s.name if s.order is None else f"{s.name} {s.order}",
                _text(s.log_likelihood, 4),
                _text(s.end_gain, 6),
                _text(s.auc, 3),
            ]
            for s in result.scores
        ],
        right=(1, 2, 3),
    )
    table(
        words(_("data health")),
        ["check", "state", "value", "says"],
        [
            [words(c.name), words(MARKS[c.state]), _text(c.value, 3), words(c.says)]
            for c in result.health
        ],
        right=(2,),
    )
    names = list(dict.fromkeys(item.axiom for item in result.axioms))
    rows = []
    for model in dict.fromkeys(item.model for item in result.axioms):
        cells = {
            item.axiom: words("yes")
            if item.holds
            else words(_("off by {deviation}", deviation=f"{item.deviation:.2%}"))
            for item in result.axioms
            if item.model == model
        }
        rows.append([model, *(cells[name] for name in names)])
    if rows:
        table(words(_("promises kept on these journeys")), ["model", *names], rows)


def _text(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
