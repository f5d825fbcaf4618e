"""`optimizer plan`: from a scenario to a proven plan and its report."""

from __future__ import annotations

from pathlib import Path

import click

from optimizer.cli.show import (
    format_option,
    lang_option,
    language,
    note,
    progress,
    sections,
    to_csv,
    to_json,
)
from optimizer.messages import _


@click.command(epilog="Example: optimizer plan my-brand --set budget=300000 --out reports/bolder")
@click.argument("scenario", type=click.Path())
@click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change one value, e.g. budget=300000 or rules.max_cac=50.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False),
    help="Folder for the report.  [default: reports/SCENARIO]",
)
@click.option(
    "--gap",
    type=click.FloatRange(1e-12, 0.5),
    default=1e-4,
    show_default=True,
    help="Certified gap to reach.",
)
@click.option(
    "--time-limit",
    type=click.FloatRange(min=0.1),
    metavar="SECONDS",
    help="Stop searching after this long; the best plan found is reported with its bound.",
)
@click.option("--no-report", is_flag=True, help="Print the plan and write no files.")
@format_option
@lang_option
def plan(
    scenario: str,
    changes: tuple[str, ...],
    out: str | None,
    gap: float,
    time_limit: float | None,
    no_report: bool,
    form: str,
    lang: str | None,
) -> None:
    """Turn journeys into credit, credit into curves, curves into a proven plan; write its report.

    Exit code 3 when no plan can meet the rules; the report then says which rules collide and what would be enough.
    """
    from optimizer.pipeline import run
    from optimizer.pipeline.expect import expected
    from optimizer.pipeline.record import folder_name
    from optimizer.report import write
    from optimizer.report.terminal import summary
    from optimizer.scenario import load_scenario

    words = language(lang)
    loaded = load_scenario(scenario, changes)
    folder = Path(out) if out else Path("reports") / folder_name(loaded, scenario)
    command = " ".join(
        ["optimizer plan", quoted(scenario), *(f"--set {quoted(change)}" for change in changes)]
    )
    steps = [*expected(loaded), *([] if no_report else [("writing the report", 1.5)])]
    with progress(expected=steps) as say:
        outcome = run(loaded, say=say, gap=gap, time_limit=time_limit, command=command)
        if not no_report:
            say("writing the report")
            write(outcome, folder, words)
    result = outcome.plan.as_dict()
    if form == "json":
        click.echo(to_json(result), nl=False)
    elif form == "csv":
        columns = [
            "channel",
            "period",
            "spend",
            "posts",
            "touches",
            "customers",
            "revenue",
            "average_cac",
            "marginal_cac",
        ]
        click.echo(to_csv(result["spend"], columns), nl=False)
    else:
        sections(summary(outcome, words))
    if not no_report:
        note(_("report: {names}", names=folder / "report.html"))
    if not outcome.plan.feasible:
        raise SystemExit(3)


def quoted(word: str) -> str:
    import shlex

    return shlex.quote(word)
