"""`optimizer doctor`: is this machine fit for the work?"""

from __future__ import annotations

import click

from optimizer.cli.show import emit, format_option, lang_option, table, tell
from optimizer.doctor import examine
from optimizer.messages import _, listed, pgettext

COLUMNS = ("name", "state", "detail", "fix")
STATES = {"ok": _("fine"), "missing": _("not there"), "broken": _("broken")}


@click.command(epilog="Example: optimizer doctor --format json")
@format_option
@lang_option
def doctor(form: str, lang: str | None) -> None:
    """Look at versions, solvers, memory, fonts and the optional parts, and say what to do where
    something is missing.

    Exit code 1 where the program cannot work; a missing optional part is no fault.
    """
    found = examine()
    rows = [{"name": f.name, "state": f.state, "detail": f.detail, "fix": f.fix} for f in found]
    broken = [finding.name for finding in found if finding.state == "broken"]
    if not emit(form, {"fit": not broken, "findings": rows}, rows, COLUMNS):
        table(
            None,
            [_("Looked at"), pgettext("doctor", "State"), _("Found"), _("What to do")],
            [(f.name, STATES[f.state], f.detail, f.fix) for f in found],
        )
        tell(
            _("The program cannot work here: {names}.", names=listed(broken, "and"))
            if broken
            else _("Everything the program needs is there.")
        )
    if broken:
        raise SystemExit(1)
