"""Options that say how SOURCE is read, for the commands that read journeys."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import click

from optimizer.cli.show import pair

F = TypeVar("F", bound=Callable[..., Any])


def reading_options(function: F) -> F:
    """`--column`, `--separator`, `--ignore`."""
    for option in (
        click.option(
            "--ignore",
            multiple=True,
            metavar="HEADER",
            help="A column of numbers that does not matter, repeatable (paths).",
        ),
        click.option(
            "--separator",
            metavar="SIGN",
            help="What joins the touches of a path, such as '|', or json. [default: >]",
        ),
        click.option(
            "--column",
            "columns",
            multiple=True,
            metavar="OURS=THEIRS",
            help="A header that stands for one of our columns, repeatable: user_id=uid.",
        ),
    ):
        function = option(function)
    return function


def told_columns(columns: Mapping[str, str] | None, given: Sequence[str]) -> dict[str, str] | None:
    """Our column -> the file's header, of `--column`, over the scenario's."""
    told = dict(pair(text, "--column", "user_id=uid") for text in given)
    return {**(columns or {}), **told} or None


def read_as(words: Mapping[str, Any]) -> dict[str, Any]:
    """What `open_source` is told besides."""
    return {"separator": words["separator"], "ignore": words["ignore"]}
