"""`optimizer serve`: the what-if page."""

from __future__ import annotations

import click

from optimizer.cli.browsing import browser_options, opened
from optimizer.cli.show import lang_option, language, progress
from optimizer.cli.storing import store_option, stored
from optimizer.pipeline.runtime_estimate import expected
from optimizer.scenario import load_scenario


@click.command(epilog="Example: optimizer serve my-brand")
@click.argument("scenario", type=click.Path())
@browser_options
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

    loaded = load_scenario(scenario)
    with progress(expected=expected(loaded)) as say:
        what_if = WhatIf.start(loaded, language(lang), say, stored(no_store)(loaded))
    run(what_if, port, opened(no_browser))
