"""`optimizer check`: read and check everything, solve nothing."""

from __future__ import annotations

import click

from optimizer.cli.show import format_option, lang_option, progress, table, to_csv, to_json, words


@click.command(epilog="Example: optimizer check my-brand")
@click.argument("scenario", type=click.Path())
@click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change one value, e.g. budget=300000.",
)
@format_option
@lang_option
def check(scenario: str, changes: tuple[str, ...], form: str, lang: str | None) -> None:
    """Read a scenario and its tables, list every problem at once with its place, and solve nothing."""
    from optimizer.errors import UserError
    from optimizer.pipeline import check as check_scenario
    from optimizer.pipeline.expect import expected
    from optimizer.scenario import load_scenario

    try:
        loaded = load_scenario(scenario, changes)
        with progress(expected=expected(loaded)[:3]) as say:
            found = check_scenario(loaded, say)
    except UserError as error:
        if form == "json":  # for programs too; people read them on the other stream
            click.echo(
                to_json(
                    {
                        "problems": [
                            {"what": p.what, "where": p.where, "fix": p.fix} for p in error.problems
                        ],
                        "checks": [],
                    }
                ),
                nl=False,
            )
        raise
    rows = [{"check": name, "state": state, "detail": text} for name, state, text in found]
    if form == "json":
        click.echo(to_json({"problems": [], "checks": rows}), nl=False)
    elif form == "csv":
        click.echo(to_csv(rows, ["check", "state", "detail"]), nl=False)
    else:
        table(
            None,
            ["check", "state", "detail"],
            [[words(row["check"]), words(row["state"]), _detail(row["detail"])] for row in rows],
        )


def _detail(text: str) -> str:
    """A remark, or the facts of a table, such as "rows 12,000, users 900"."""
    facts = [fact.partition(" ") for fact in text.split(", ")]
    if words(text) != text or any(words(name) == name for name, _, _ in facts):
        return words(text)
    return "，".join(f"{words(name)} {value}" for name, _, value in facts)
