"""`--port` and `--no-browser`, and what a command does once its page answers."""

from __future__ import annotations

import webbrowser
from collections.abc import Callable
from typing import Any, TypeVar

import click

from optimizer.cli.show import note
from optimizer.messages import _

F = TypeVar("F", bound=Callable[..., Any])


def browser_options(function: F) -> F:
    """`--port` and `--no-browser`."""
    port = click.option(
        "--port",
        type=click.IntRange(0, 65535),
        default=0,
        help="Port on this machine.  [default: any free one]",
    )
    quiet = click.option("--no-browser", is_flag=True, help="Print the address and open nothing.")
    return port(quiet(function))


def opened(no_browser: bool) -> Callable[[str], None]:
    """Tells the address on standard output, and opens it.

    Parameters
    ----------
    no_browser
        What `--no-browser` says.
    """

    def ready(address: str) -> None:
        click.echo(address)
        note(_("Ctrl-C ends it"))
        if not no_browser:
            webbrowser.open(address)

    return ready
