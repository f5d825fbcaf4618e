"""`optimizer compare`: plans side by side."""

from __future__ import annotations

from typing import Any

import click

from optimizer.cli.show import (
    format_option,
    lang_option,
    language,
    note,
    progress,
    table,
    to_csv,
    to_json,
)
from optimizer.errors import UserError
from optimizer.messages import _

COLUMNS = ("scenario", "status", "spend", "customers", "revenue", "cac", "roi", "objective")


@click.command(epilog="Example: optimizer compare my-brand --over budget=200000,300000,400000")
@click.argument("scenarios", nargs=-1, required=True, type=click.Path())
@click.option(
    "--over", metavar="KEY=a,b,c", help="One scenario, solved once for each value of this key."
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
@format_option
@lang_option
def compare(
    scenarios: tuple[str, ...],
    over: str | None,
    changes: tuple[str, ...],
    out: str | None,
    form: str,
    lang: str | None,
) -> None:
    """Solve several scenarios, or one over a changing key, and show the plans side by side with what differs."""
    from optimizer.pipeline import sweep
    from optimizer.pipeline.compare import row
    from optimizer.pipeline.expect import expected
    from optimizer.report.differences import differences
    from optimizer.report.words import Words
    from optimizer.scenario import load_scenario

    if over is None:
        loaded = [(path, load_scenario(path, changes)) for path in scenarios]
    else:
        key, mark, values = over.partition("=")
        if not mark or not values.strip():
            raise UserError(
                _("this is not KEY=a,b,c"),
                f"--over {over}",
                _("for example --over budget=200000,300000"),
            )
        if len(scenarios) > 1:
            raise click.UsageError(_("--over takes one scenario"))
        loaded = [
            (
                f"{key}={value.strip()}",
                load_scenario(scenarios[0], [*changes, f"{key}={value.strip()}"]),
            )
            for value in values.split(",")
        ]
    say, wanted = (
        Words(language(lang), loaded[0][1].currency),
        [scenario for __, scenario in loaded],
    )
    with progress(expected=expected(wanted[0], wanted[1:])) as tell:
        outcomes = list(sweep(wanted, tell))
    names = [name for name, __ in loaded]
    if out:
        from optimizer.report.compare import compare as write

        note(
            say(
                _(
                    "report: {file}",
                    file=str(
                        write(list(zip(names, outcomes, strict=True)), out, language(lang))[0]
                    ),
                )
            )
        )
    rows: list[dict[str, Any]] = [
        row(name, outcome.plan) for name, outcome in zip(names, outcomes, strict=True)
    ]
    channels = list(
        dict.fromkeys(c for outcome in outcomes for c in outcome.plan.spend_by_channel())
    )
    if form == "json":
        click.echo(
            to_json({"plans": rows, "differences": differences(names, outcomes, say)}), nl=False
        )
        return
    flat = [
        {**{c: r[c] for c in COLUMNS}, **{c: r["by_channel"].get(c) for c in channels}}
        for r in rows
    ]
    if form == "csv":
        click.echo(to_csv(flat, [*COLUMNS, *channels]), nl=False)
        return
    names_of = {
        "status": say(_("Status")),
        "objective": say(_("Goal reached")),
        "cac": say(_("CAC")),
        "roi": say(_("ROI")),
        "spend": say(_("Spend")),
        "customers": say(_("New customers")),
        "revenue": say(_("Revenue")),
    }

    def shown(key: str, value: Any) -> str:
        if key == "status":
            return say.named("status", value)
        if key in ("customers", "roi"):
            return say.count(value) if key == "customers" else say.ratio(value)
        return (
            "-" if value is None else say.number(value) if key == "objective" else say.money(value)
        )

    # transposed: one column per plan reads better than one row with twenty cells
    # where every goal is customers they stand there already
    same = all(outcome.plan.goal == "customers" for outcome in outcomes)
    heads = [*(name for name in COLUMNS[1:] if not (same and name == "objective")), *channels]
    table(
        None,
        ["", *names],
        [[names_of.get(head, head), *(shown(head, line[head]) for line in flat)] for head in heads],
        right=range(1, len(names) + 1),
        heads=str,
    )
    for sentence in differences(names, outcomes, say):
        click.echo(sentence)
    if all(not outcome.plan.feasible for outcome in outcomes):
        raise SystemExit(3)
