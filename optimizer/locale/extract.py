"""Babel's way into our sources: what is marked with `_()`, and what is shown without a mark.

Help texts are docstrings and `help=` strings, and click has sentences of its own. They belong to
the catalogue as much as marked messages do: with the file that keeps the list of commands (or the
list of families) they are extracted too. Only `pybabel extract` uses this module (see babel.cfg).
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from typing import IO, Any

import click
from babel.messages.extract import extract_python

from optimizer.cli.app import cli
from optimizer.cli.commands import CODES, COMMANDS, INTRO, OPTIONS, USAGE
from optimizer.cli.listing import REGISTRIES, family
from optimizer.cli.spoken import CLICK, unwrapped
from optimizer.registry import BUILT_IN

Found = tuple[int, str | None, Any, list[str]]  # line, keyword, text or texts, comments


def extract(
    source: IO[bytes], keywords: Any, comment_tags: Any, options: dict[str, Any]
) -> Iterator[Found]:
    """A Babel extraction method for one Python file.

    Parameters
    ----------
    source
        The file, with its name.
    keywords, comment_tags, options
        As Babel gives them.

    Returns
    -------
    Iterator
        (line, keyword, text, comments) of every message.
    """
    yield from extract_python(source, keywords, comment_tags, options)
    name = str(getattr(source, "name", "")).replace("\\", "/")
    if name.endswith("optimizer/cli/commands.py"):
        yield from ((1, None, text, []) for text in commands())
    elif name.endswith("optimizer/cli/listing.py"):
        yield from ((1, None, text, []) for text in entries())
    elif name.endswith("optimizer/cli/spoken.py"):
        yield from clicks(keywords)


def commands() -> Iterator[str]:
    """What `--help` says of the program, of every command and of every option."""
    yield from (USAGE, INTRO, OPTIONS, CODES, "Commands:", "[OPTIONS]", "COMMAND [ARGS]...")
    yield from (text for _, text in COMMANDS.values())
    context = click.Context(cli)
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        yield from (unwrapped(text) for text in (command.help, command.epilog) if text)
        for option in command.params:
            if isinstance(option, click.Option) and option.help:
                yield unwrapped(option.help)


def entries() -> Iterator[str]:
    """What `optimizer list` says of the program's own models, rules, curves, ..."""
    for kind in REGISTRIES:
        registry = family(kind)
        yield from (registry.help(name) for name in registry if registry.origin(name) == BUILT_IN)


def clicks(keywords: Any) -> Iterator[Found]:
    """The sentences of the parts of click that we let speak.

    Parameters
    ----------
    keywords
        Names of the functions that mark a message, as Babel gives them.

    Yields
    ------
    Found
        What `extract` yields; the line is always 1, since the text stands in click's files.
    """
    for module in CLICK:
        with open(inspect.getfile(importlib.import_module(module)), "rb") as source:
            for _, keyword, text, _ in extract_python(source, keywords, [], {}):
                yield 1, keyword, text, []
