"""`optimizer doctor`: is this machine fit for the work?"""

from __future__ import annotations

import click

from optimizer.cli.show import format_option, lang_option, language, table, to_csv, to_json, words
from optimizer.messages import _


@click.command(epilog="Example: optimizer doctor --format json")
@format_option
@lang_option
def doctor(form: str, lang: str | None) -> None:
    """Look at versions, solvers, memory, fonts and the optional parts, and say what to do where something is missing.

    Exit code 1 where the program cannot work; a missing optional part is no fault.
    """
    from dataclasses import asdict

    from optimizer.doctor import examine
    from optimizer.report.words import Words

    found = examine()
    rows = [asdict(finding) for finding in found]
    broken = [finding.name for finding in found if finding.state == "broken"]
    if form == "json":
        click.echo(to_json({"fit": not broken, "findings": rows}), nl=False)
    elif form == "csv":
        click.echo(to_csv(rows, ("name", "state", "detail", "fix")), nl=False)
    else:
        say = Words(language(lang))
        heads = [say(f"doctor.{key}") for key in ("look", "state", "detail", "fix")]
        table(
            None,
            heads,
            [
                (words(f.name), say(f"doctor.{f.state}"), words(f.detail), words(f.fix))
                for f in found
            ],
        )
        click.echo(
            say(
                _(
                    "The program cannot work here: {names}.",
                    names=say.join([words(name) for name in broken]),
                )
            )
            if broken
            else say(_("Everything the program needs is there."))
        )
    if broken:
        raise SystemExit(1)
