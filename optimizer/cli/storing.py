"""`--no-store`, and where a command finds what was worked out before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from optimizer.scenario import Scenario
from optimizer.store import NOTHING_KEPT, Store

F = TypeVar("F", bound=Callable[..., Any])


def store_option(function: F) -> F:
    """`--no-store`."""
    return click.option(
        "--no-store",
        is_flag=True,
        help="Work everything out anew, and keep nothing in .optimizer beside the scenario.",
    )(function)


def stored(no_store: bool) -> Callable[[Scenario], Store]:
    """A scenario's store.

    Parameters
    ----------
    no_store
        What `--no-store` says.
    """
    if no_store:
        return lambda scenario: NOTHING_KEPT
    return lambda scenario: Store.beside(scenario.folder)
