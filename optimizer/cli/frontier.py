"""`optimizer frontier`: the best plan as the budget, a rule or the exposure asked for changes."""

from __future__ import annotations

import click

from optimizer.allocation.frontier import frontier as sweep
from optimizer.cli.show import Row, emit, format_option, lang_option, language, progress, table
from optimizer.cli.storing import store_option, stored
from optimizer.messages import Text, _
from optimizer.pipeline import prepare
from optimizer.pipeline.runtime_estimate import expected
from optimizer.report.goals import goal_column, value_text
from optimizer.report.titles import rule_title
from optimizer.report.words import Words
from optimizer.scenario import load_scenario
from optimizer.units import cac

SOLVE = _("solving")


@click.command(
    epilog="Example: optimizer frontier my-brand --over budget --from 100000 --to 500000 --steps 9"
)
@click.argument("scenario", type=click.Path())
@click.option(
    "--over",
    default="budget",
    show_default=True,
    metavar="WHAT",
    help="budget; exposure (the least asked for, against the goal); or a rule, as max_cac or "
    "max_cac:xiaohongshu.",
)
@click.option("--from", "start", type=float, help="First value.  [default: half of what it is]")
@click.option("--to", "stop", type=float, help="Last value.  [default: twice what it is]")
@click.option(
    "--steps", type=click.IntRange(2, 1000), default=20, show_default=True, help="How many plans."
)
@click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change one value of the scenario first.",
)
@store_option
@format_option
@lang_option
def frontier(
    scenario: str,
    over: str,
    start: float | None,
    stop: float | None,
    steps: int,
    changes: tuple[str, ...],
    no_store: bool,
    form: str,
    lang: str | None,
) -> None:
    """Solve the plan again and again while one thing changes, and say where the kinks are and what
    makes them.

    Exit code 3 when there is no plan at any step.
    """
    loaded = load_scenario(scenario, changes)
    with progress(expected=[*expected(loaded)[:-1], (SOLVE, 0.05 * steps)]) as tell:
        problem = prepare(loaded, tell, store=stored(no_store)(loaded)).problem()
        tell(SOLVE)
        found = sweep(problem, over, start, stop, steps)
    rows: list[Row] = [
        {over: step.at, **step.as_dict(), "cac": cac(step.spend, step.customers)} for step in found
    ]
    for row in rows:
        del row["at"]
    columns = [over, "objective", "spend", "customers", "revenue", "cac", "channels", "note"]
    flat = [{**row, "channels": " | ".join(row["channels"])} for row in rows]
    whole = {"over": over, "goal": problem.goal.name, "steps": rows}
    if not emit(form, whole, flat, columns):
        notes = [step.note for step in found]
        _table(rows, notes, over, problem.goal.name, Words(language(lang), loaded.currency))
    if not found:
        raise SystemExit(3)


def _table(rows: list[Row], notes: list[Text], over: str, goal: str, say: Words) -> None:
    heads: list[Text] = [
        _("Budget") if over == "budget" else over if ":" in over else rule_title(over),
        goal_column(goal, say),
        _("Spend"),
        _("New customers"),
        _("CAC"),
        _("Channels"),
        _("What changes"),
    ]
    shown: list[list[Text]] = [
        [
            say.money(row[over]) if over == "budget" else say.number(row[over]),
            value_text(row["objective"], goal, say),
            say.money(row["spend"]),
            say.count(row["customers"]),
            say.money(row["cac"]),
            str(len(row["channels"])),
            note,
        ]
        for row, note in zip(rows, notes, strict=True)
    ]
    # where the goal is customers they and the goal are one column
    kept = [i for i in range(len(heads)) if not (goal == "customers" and i == 3)]
    table(
        None,
        [heads[i] for i in kept],
        [[line[i] for i in kept] for line in shown],
        right=range(len(kept) - 1),
    )
