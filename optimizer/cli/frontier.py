"""`optimizer frontier`: the best plan as the budget, a rule or the exposure asked for changes."""

from __future__ import annotations

from dataclasses import asdict

import click

from optimizer.cli.show import (
    format_option,
    lang_option,
    language,
    progress,
    table,
    to_csv,
    to_json,
)
from optimizer.messages import _


@click.command(
    epilog="Example: optimizer frontier my-brand --over budget --from 100000 --to 500000 --steps 9"
)
@click.argument("scenario", type=click.Path())
@click.option(
    "--over",
    default="budget",
    show_default=True,
    metavar="WHAT",
    help="budget; exposure (the least asked for, against the goal); or a rule, as max_cac or max_cac:xiaohongshu.",
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
@format_option
@lang_option
def frontier(
    scenario: str,
    over: str,
    start: float | None,
    stop: float | None,
    steps: int,
    changes: tuple[str, ...],
    form: str,
    lang: str | None,
) -> None:
    """Solve the plan again and again while one thing changes, and say where the kinks are and what makes them.

    Exit code 3 when there is no plan at any step.
    """
    from optimizer.allocation.frontier import frontier as sweep
    from optimizer.pipeline import prepare
    from optimizer.pipeline.expect import expected
    from optimizer.report.sections.frontier import changes as change_words
    from optimizer.report.sections.frontier import objective_text
    from optimizer.report.words import Words
    from optimizer.scenario import load_scenario
    from optimizer.units import cac

    loaded = load_scenario(scenario, changes)
    with progress(expected=[*expected(loaded)[:-1], ("solving", 0.05 * steps)]) as tell:
        problem = prepare(loaded, tell).problem()
        tell("solving")
        found = sweep(problem, over, start, stop, steps)
    rows = [
        {
            over: s.at,
            **{k: v for k, v in asdict(s).items() if k != "at"},
            "cac": cac(s.spend, s.customers),
        }
        for s in found
    ]
    columns = [over, "objective", "spend", "customers", "revenue", "cac", "channels", "note"]
    if form == "json":
        click.echo(to_json({"over": over, "goal": problem.goal.name, "steps": rows}), nl=False)
    elif form == "csv":
        click.echo(
            to_csv([{**row, "channels": " | ".join(row["channels"])} for row in rows], columns),
            nl=False,
        )
    else:
        say = Words(language(lang), loaded.currency)
        goal = say.capital(say.named("goal", problem.goal.name))
        shown = [
            [
                say.money(row[over]) if over == "budget" else say.number(row[over]),
                objective_text(row["objective"], problem.goal.name, say),
                say.money(row["spend"]),
                say.count(row["customers"]),
                say.money(row["cac"]),
                str(len(row["channels"])),
                change_words(row["note"], say),
            ]
            for row in rows
        ]
        first = (
            say(_("Budget"))
            if over == "budget"
            else say.named("rule", over)
            if ":" not in over
            else over
        )
        heads = [
            first,
            goal,
            say(_("Spend")),
            say(_("New customers")),
            say(_("CAC")),
            say(_("Channels")),
            say(_("What changes")),
        ]
        twice = problem.goal.name == "customers"  # the goal and the customers are one column
        kept = [i for i in range(7) if not (twice and i == 3)]
        table(
            None,
            [heads[i] for i in kept],
            [[line[i] for i in kept] for line in shown],
            right=range(len(kept) - 1),
        )
    if not found:
        raise SystemExit(3)
