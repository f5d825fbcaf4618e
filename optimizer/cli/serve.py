"""`optimizer serve`: the what-if page."""

from __future__ import annotations

import webbrowser

import click

from optimizer.cli.show import lang_option, language, note, progress
from optimizer.cli.storing import store_option, stored
from optimizer.messages import _
from optimizer.pipeline.runtime_estimate import expected
from optimizer.scenario import load_scenario


@click.command(epilog="Example: optimizer serve my-brand")
@click.argument("scenario", type=click.Path())
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    help="Port on this machine.  [default: any free one]",
)
@click.option("--no-browser", is_flag=True, help="Print the address and open nothing.")
@store_option
@lang_option
def serve(scenario: str, port: int, no_browser: bool, no_store: bool, lang: str | None) -> None:
    """Open a page where budget, caps and floors are sliders and the plan is solved again as they
    move.

    It answers only on this machine and only under an address that holds a secret. No file of
    yours is written; download the changed scenario from the page. Ctrl-C ends it.
    """
    from optimizer.serve import run  # Starlette is heavy
    from optimizer.serve.what_if import WhatIf  # as above

    def ready(address: str) -> None:
        click.echo(address)
        note(_("Ctrl-C ends it"))
        if not no_browser:
            webbrowser.open(address)

    loaded = load_scenario(scenario)
    with progress(expected=expected(loaded)) as say:
        what_if = WhatIf.start(loaded, language(lang), say, stored(no_store)(loaded))
    run(what_if, port, ready)
