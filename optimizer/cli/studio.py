"""`optimizer studio`: the whole job in a browser."""

from __future__ import annotations

import webbrowser
from pathlib import Path

import click

from optimizer.cli.show import lang_option, language, note
from optimizer.messages import _


@click.command(epilog="Example: optimizer studio my-brand")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=".")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    help="Port on this machine.  [default: any free one]",
)
@click.option("--no-browser", is_flag=True, help="Print the address and open nothing.")
@lang_option
def studio(folder: Path, port: int, no_browser: bool, lang: str | None) -> None:
    """Do the whole job in a browser: drop files, mend what is open, set goal and rules, plan,
    compare, and take the results along.

    FOLDER is a scenario folder, an empty one, or one to be made; everything stands in it as the
    other commands read it. The pages answer only on this machine and only under an address that
    holds a secret. Ctrl-C ends it.
    """
    from optimizer.studio import run  # Starlette is heavy

    def ready(address: str) -> None:
        click.echo(address)
        note(_("Ctrl-C ends it"))
        if not no_browser:
            webbrowser.open(address)

    run(folder, language(lang), port, ready)
