"""`optimizer demo`: a sample brand with known truth, planned and reported."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from optimizer.cli.plan import WRITE
from optimizer.cli.show import emit, format_option, lang_option, language, note, progress, sections
from optimizer.messages import _
from optimizer.report import FILES, RECORD, fill, plan_data
from optimizer.report.terminal import summary
from optimizer.results.commit import commit
from optimizer.simulate.demo import BRANDS
from optimizer.simulate.demo import demo as play
from optimizer.simulate.write import FILES as BRAND

REPORT = "report"  # the folder of the report in the brand's


@click.command(epilog="Example: optimizer demo my-demo --seed 7")
@click.argument("folder", type=click.Path(file_okay=False), default="demo")
@click.option("--seed", default=1, show_default=True, help="Another seed is another brand.")
@click.option(
    "--users",
    type=click.IntRange(100, 2_000_000),
    default=20_000,
    show_default=True,
    help="How many people live in its market.",
)
@click.option(
    "--weeks",
    type=click.IntRange(4, 260),
    help="How many weeks of history it has.  [default: 26, aggregate 78]",
)
@click.option(
    "--world",
    default="stages",
    show_default=True,
    help="How its customers work; `optimizer list worlds`.",
)
@click.option(
    "--brand",
    type=click.Choice(list(BRANDS)),
    default="journeys",
    show_default=True,
    help="journeys: who was touched is known, a brand in China; aggregate: only weekly spend, the "
    "shop's orders and what platforms claim, a brand abroad.",
)
@format_option
@lang_option
def demo(
    folder: str,
    seed: int,
    users: int,
    weeks: int | None,
    world: str,
    brand: str,
    form: str,
    lang: str | None,
) -> None:
    """Write a sample brand whose truth is known into FOLDER, plan it from its data alone, and write
    the report.

    The report shows the plan beside the best plan there is and beside the simple rules.
    """
    words = language(lang)
    owns = (*BRAND, *(f"{REPORT}/{name}" for name in FILES))
    with progress() as say, commit(folder, owns, f"{REPORT}/{RECORD}") as part:
        command = f"optimizer plan {shlex.quote(folder)}"
        outcome = play(part, seed, users, weeks, world, brand, say, command)
        say(WRITE)
        (part / REPORT).mkdir()
        fill(outcome, part / REPORT, words)
    truth = outcome.truth or {}
    captured = {"plan": truth["captured"], **truth["baselines_captured"]} if truth else {}
    rows = [{"way": name, "captured": share} for name, share in captured.items()]
    whole = {"plan": plan_data(outcome), "truth": truth}
    if not emit(form, whole, rows, ["way", "captured"]):
        sections(summary(outcome, words))
    note(
        _(
            "report: {folder}\n  the brand: {folder2}; plan it again with `optimizer plan "
            "{folder3}`, change it with --set",
            folder=Path(folder) / REPORT / "report.html",
            folder2=folder,
            folder3=folder,
        )
    )
