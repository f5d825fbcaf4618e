"""Help and click's own sentences in the reader's language.

click says everything through gettext, so its words stand in our catalogue beside ours. Help texts are docstrings and
`help=` strings; they are looked up by their English.
"""

from __future__ import annotations

import copy

import click
import click.core
import click.decorators
import click.exceptions
import click.formatting
import click.parser
import click.types

from optimizer.locale import Reader
from optimizer.messages import Message, ngettext


def speak(reader: Reader) -> None:
    """Let click say its own sentences in the reader's language."""

    def one(text: str) -> str:
        return reader.template(Message(text))

    def several(single: str, plural: str, number: int) -> str:
        return reader.template(ngettext(single, plural, number))

    for module in (
        click.core,
        click.decorators,
        click.exceptions,
        click.formatting,
        click.parser,
        click.types,
    ):
        for name, word in (("_", one), ("ngettext", several)):
            if hasattr(module, name):
                setattr(module, name, word)


def translated(command: click.Command, reader: Reader) -> click.Command:
    """A copy of the command with its help in the reader's language; the command itself keeps its words."""
    command = copy.copy(command)
    command.help = reader.template(Message(command.help or ""))
    command.params = [copy.copy(option) for option in command.params]
    for option in command.params:
        if isinstance(option, click.Option) and option.help:
            option.help = reader.template(Message(option.help))
    return command
