"""`optimizer check`: read and check everything, solve nothing."""

from __future__ import annotations

import click

from optimizer.cli.show import emit, format_option, lang_option, progress, table, to_json
from optimizer.errors import UserError
from optimizer.messages import _
from optimizer.pipeline import check as check_scenario
from optimizer.pipeline.runtime_estimate import expected
from optimizer.scenario import load_scenario

CHECKS = {
    "scenario": _("scenario"),
    "events": _("events"),
    "paths": _("paths"),
    "spend": _("spend"),
    "totals": _("totals"),
    "response": _("response"),
    "plan": _("plan"),
}
STATES = {"fine": _("fine"), "note": _("note"), "ready": _("ready")}


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
    try:
        loaded = load_scenario(scenario, changes)
        with progress(expected=expected(loaded)[:3]) as say:
            found = check_scenario(loaded, say)
    except UserError as error:
        if form == "json":  # for programs too; people read them on the other stream
            wrong = [{"what": p.what, "where": p.where, "fix": p.fix} for p in error.problems]
            click.echo(to_json({"problems": wrong, "checks": []}), nl=False)
        raise
    rows = [{"check": name, "state": state, "detail": text} for name, state, text in found]
    if not emit(form, {"problems": [], "checks": rows}, rows, ["check", "state", "detail"]):
        table(
            None,
            [_("check"), _("state"), _("detail")],
            [[CHECKS[name], STATES[state], detail] for name, state, detail in found],
        )
