"""`optimizer report`: the report of a scenario in other forms: pictures, a workbook, another
language.
"""

from __future__ import annotations

from pathlib import Path

import click

from optimizer.cli.plan import WRITE, command_line
from optimizer.cli.show import lang_option, language, note, progress
from optimizer.cli.storing import store_option, stored
from optimizer.errors import UserError
from optimizer.messages import _
from optimizer.pipeline import run
from optimizer.pipeline.record import folder_name
from optimizer.pipeline.runtime_estimate import expected
from optimizer.report import write
from optimizer.report.export import write_charts
from optimizer.report.finished import command_of, page_of, write_finished
from optimizer.report.workbook import write_workbook
from optimizer.scenario import load_scenario

DRAW = _("drawing the charts")
SECONDS = {WRITE: 1.5, DRAW: 4.0}
PICTURES = (".svg", ".png")


@click.command(
    epilog="Example: optimizer report my-brand --charts pictures --workbook plan.xlsx --lang zh"
)
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
    "--charts",
    type=click.Path(file_okay=False),
    help="Also write every chart here, as PNG and SVG.",
)
@click.option(
    "--workbook", type=click.Path(dir_okay=False), help="Also write the plan as a workbook (.xlsx)."
)
@store_option
@lang_option
def report(
    scenario: str,
    changes: tuple[str, ...],
    out: str | None,
    charts: str | None,
    workbook: str | None,
    no_store: bool,
    lang: str | None,
) -> None:
    """Plan SCENARIO and write its report, its charts as pictures, and its plan as a workbook.

    The same as `optimizer plan`, with more files and nothing printed but their places. SCENARIO may
    also be the folder of a finished report: with --charts its charts are drawn as they stand there,
    nothing is planned again.
    """
    if finished := page_of(Path(scenario)):
        pictures(finished, charts, bool(changes or out or workbook))
        return
    words = language(lang)
    loaded = load_scenario(scenario, changes)
    folder = Path(out) if out else Path("reports") / folder_name(loaded, scenario)
    last = [WRITE, DRAW] if charts else [WRITE]
    steps = [*expected(loaded), *((step, SECONDS[step]) for step in last)]
    within = below(charts, folder)
    with progress(expected=steps) as say:
        outcome = run(
            loaded, say, command=command_line(scenario, changes), store=stored(no_store)(loaded)
        )
        say(WRITE)
        written = [folder / "report.html"]
        made = write(outcome, folder, words, within)
        written += [file for file in made if within is not None and file.suffix in PICTURES]
        if charts and within is None:
            say(DRAW)
            written += write_charts(outcome, charts, words)
        if workbook:
            written.append(write_workbook(outcome, workbook, words))
    for file in written:
        click.echo(str(file))
    if not outcome.plan.feasible:
        note(_("no plan meets the rules; the report says why"))
        raise SystemExit(3)


def below(charts: str | None, folder: Path) -> str | None:
    """The charts' folder as the report's folder sees it, where it stands in it: one commit then.

    Parameters
    ----------
    charts
        As given (None: not asked for).
    folder
        The report's.

    Returns
    -------
    str or None
        "." for the report's own folder, None for another place.
    """
    if charts is None:
        return None
    here, there = Path(folder).resolve(), Path(charts).resolve()
    return there.relative_to(here).as_posix() if there.is_relative_to(here) else None


def pictures(page: Path, charts: str | None, more: bool) -> None:
    """The charts of a finished report; whatever else is asked for needs its scenario.

    Parameters
    ----------
    page
        The report.html of a finished report.
    charts
        Folder for the charts (None: not asked for, which is refused).
    more
        Something else was asked for as well.

    Raises
    ------
    UserError
        Where anything but charts is asked for; it names the command that made the report.
    """
    if charts is None or more:
        made = command_of(page)
        raise UserError(
            _("this folder holds a finished report, not a scenario"),
            str(page.parent),
            _(
                "--charts DIR draws its charts; for anything else name its scenario, it was made "
                "by: {made}",
                made=made,
            )
            if made
            else _("--charts DIR draws its charts; for anything else name its scenario"),
        )
    with progress(expected=[(DRAW, SECONDS[DRAW])]) as say:
        say(DRAW)
        written = write_finished(page, charts)
    for file in written:
        click.echo(str(file))
