"""`optimizer report`: the report of a scenario in other forms: pictures, a workbook, another language."""

from __future__ import annotations

from pathlib import Path

import click

from optimizer.cli.show import lang_option, language, note, progress


@click.command(epilog="Example: optimizer report my-brand --charts pictures --workbook plan.xlsx --lang zh")
@click.argument("scenario", type=click.Path())
@click.option("--set", "changes", multiple=True, metavar="KEY=VALUE", help="Change one value, e.g. budget=300000 or rules.max_cac=50.")
@click.option("--out", type=click.Path(file_okay=False), help="Folder for the report.  [default: reports/SCENARIO]")
@click.option("--charts", type=click.Path(file_okay=False), help="Also write every chart here, as PNG and SVG.")
@click.option("--workbook", type=click.Path(dir_okay=False), help="Also write the plan as a workbook (.xlsx).")
@lang_option
def report(scenario: str, changes: tuple[str, ...], out: str | None, charts: str | None, workbook: str | None, lang: str | None) -> None:
    """Plan SCENARIO and write its report, its charts as pictures, and its plan as a workbook.

    The same as `optimizer plan`, with more files and nothing printed but their places.
    """
    from optimizer.cli.plan import quoted
    from optimizer.errors import UserError
    from optimizer.pipeline import run
    from optimizer.pipeline.record import folder_name
    from optimizer.report import write
    from optimizer.report.export import write_charts
    from optimizer.report.workbook import write_workbook
    from optimizer.scenario import load_scenario

    place = Path(scenario)
    if place.is_dir() and not (place / "scenario.yaml").exists() and (place / "run.json").exists():
        raise UserError("this folder holds a finished report, not a scenario", str(place), "name the scenario it was made from; its appendix says which")
    words = language(lang)
    loaded = load_scenario(scenario, changes)
    folder = Path(out) if out else Path("reports") / folder_name(loaded, scenario)
    command = " ".join(["optimizer plan", quoted(scenario), *(f"--set {quoted(change)}" for change in changes)])
    with progress() as say:
        outcome = run(loaded, say=say, command=command)
        say("writing the report")
        written = [folder / "report.html"]
        write(outcome, folder, words)
        if charts:
            say("drawing the charts")
            written += write_charts(outcome, charts, words)
        if workbook:
            written.append(write_workbook(outcome, workbook, words))
    for file in written:
        click.echo(str(file))
    if not outcome.plan.feasible:
        note("no plan meets the rules; the report says why")
        raise SystemExit(3)
