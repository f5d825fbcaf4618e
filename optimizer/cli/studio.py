"""`optimizer studio`: the whole job in a browser."""

from __future__ import annotations

from pathlib import Path

import click

from optimizer.cli.browsing import browser_options, opened
from optimizer.cli.show import lang_option, language


@click.command(epilog="Example: optimizer studio my-brand")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=".")
@browser_options
@lang_option
def studio(folder: Path, port: int, no_browser: bool, lang: str | None) -> None:
    """Do the whole job in a browser: drop files, mend what is open, set goal and rules, plan,
    compare, and take the results along.

    FOLDER is a scenario folder, an empty one, or one to be made; everything stands in it as the
    other commands read it. The pages answer only on this machine and only under an address that
    holds a secret. Ctrl-C ends it.
    """
    from optimizer.studio import run  # Starlette is heavy

    run(folder, language(lang), port, opened(no_browser))
