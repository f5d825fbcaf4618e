"""`optimizer plan`: from a scenario to a proven plan and its report."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from optimizer.cli.combinations import refuse_idle
from optimizer.cli.show import emit, format_option, lang_option, language, note, progress, sections
from optimizer.cli.storing import store_option, stored
from optimizer.messages import _
from optimizer.pipeline import run
from optimizer.pipeline.record import folder_name
from optimizer.pipeline.runtime_estimate import expected
from optimizer.report import plan_data, write
from optimizer.report.terminal import summary
from optimizer.scenario import load_scenario

WRITE = _("writing the report")
COLUMNS = [
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
@store_option
@format_option
@lang_option
def plan(
    scenario: str,
    changes: tuple[str, ...],
    out: str | None,
    gap: float,
    time_limit: float | None,
    no_report: bool,
    no_store: bool,
    form: str,
    lang: str | None,
) -> None:
    """Turn journeys into credit, credit into curves, curves into a proven plan; write its report.

    Exit code 3 when no plan can meet the rules; the report then says which rules collide and what
    would be enough.
    """
    words = language(lang)
    if no_report:
        refuse_idle(click.get_current_context(), ("out",))
    loaded = load_scenario(scenario, changes)
    folder = Path(out) if out else Path("reports") / folder_name(loaded, scenario)
    command = command_line(scenario, changes)
    steps = [*expected(loaded), *([] if no_report else [(WRITE, 1.5)])]
    with progress(expected=steps) as say:
        outcome = run(
            loaded,
            say,
            gap,
            time_limit,
            command,
            store=stored(no_store)(loaded),
            story=not no_report,
        )
        if not no_report:
            say(WRITE)
            write(outcome, folder, words)
    result = plan_data(outcome)
    if not emit(form, result, result["spend"], COLUMNS):
        sections(summary(outcome, words))
    if not no_report:
        note(_("report: {names}", names=folder / "report.html"))
    if not outcome.plan.feasible:
        raise SystemExit(3)


def command_line(scenario: str, changes: tuple[str, ...]) -> str:
    """The command that makes the plan again, as a shell takes it.

    Parameters
    ----------
    scenario
        The file or folder, as it was typed.
    changes
        "KEY=VALUE" each, as given with `--set`.

    Returns
    -------
    str
        Quoted for a POSIX shell; `--gap`, `--time-limit` and where results go are left out.
    """
    words = [scenario, *(word for change in changes for word in ("--set", change))]
    return f"optimizer plan {shlex.join(words)}"
