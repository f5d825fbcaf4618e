"""Help and click's own sentences in the reader's language.

click says everything through gettext, so its words stand in our catalogue beside ours. Help texts
are docstrings and `help=` strings; they are looked up by their English.
"""

from __future__ import annotations

import copy
import importlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TypeVar

import click

from optimizer.locale import Reader
from optimizer.messages import Message, _, ngettext

C = TypeVar("C", bound=click.Command)

# the parts of click that say something; their sentences are extracted with ours
CLICK = (
    "click.core",
    "click.decorators",
    "click.exceptions",
    "click.formatting",
    "click.parser",
    "click.types",
)
# click names its types in English once and for all, when a command is declared
TYPES = {
    "file": _("file"),
    "directory": _("directory"),
    "path": _("path"),
    "integer": _("integer"),
    "integer range": _("integer"),
    "float": _("number"),
    "float range": _("number"),
    "boolean": _("boolean"),
}


@contextmanager
def speaking(reader: Reader) -> Iterator[None]:
    """While this lasts, click says its own sentences in the reader's language."""

    def one(text: str) -> str:
        return text if text in TYPES else reader.template(Message(text))

    def several(single: str, plural: str, number: int) -> str:
        return reader.template(ngettext(single, plural, number))

    class Formatter(click.HelpFormatter):
        """Help with this language's colon."""

        def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
            super().write_usage(prog, args, one("Usage:"))

        def write_heading(self, heading: str) -> None:
            said = reader.say(_("{head}:", head=heading))
            self.write(f"{'':>{self.current_indent}}{said}\n")

    with ExitStack() as undo:

        def put(place: object, name: str, thing: object) -> None:
            undo.callback(setattr, place, name, getattr(place, name))
            setattr(place, name, thing)

        for module in map(importlib.import_module, CLICK):
            for word, said in (("_", one), ("ngettext", several)):
                if hasattr(module, word):
                    put(module, word, said)
        put(click.Context, "formatter_class", Formatter)
        yield


def unwrapped(text: str) -> str:
    """A help text as it is looked up: each paragraph on one line, however the source wraps it.

    >>> unwrapped("one\\ntwo\\n\\nthree")
    'one two\\n\\nthree'
    """
    return "\n\n".join(" ".join(part.split()) for part in text.split("\n\n"))


def translated(command: C, reader: Reader) -> C:
    """A copy of the command with its help in the reader's language; the command itself keeps its
    words.

    Parameters
    ----------
    command
        Not changed.
    reader
        The language; what its catalogue lacks stays English.

    Returns
    -------
    C
        A shallow copy with parameters of its own.
    """

    def told(text: str | None) -> str | None:
        return reader.template(Message(unwrapped(text))) if text else text

    context = click.Context(command)
    command = copy.copy(command)
    command.__dict__["_help_option"] = None  # where click keeps --help once it was asked for
    command.help, command.epilog = told(command.help), told(command.epilog)
    command.options_metavar = told(command.options_metavar)
    if isinstance(command, click.Group):
        command.subcommand_metavar = told(command.subcommand_metavar) or ""
    command.params = [copy.copy(param) for param in command.params]
    for param in command.params:
        if param.type.name in TYPES:  # the sign for the value stays what the user types it for
            param.metavar = param.make_metavar(context)
            param.type = copy.copy(param.type)
            param.type.name = reader.say(TYPES[param.type.name])
        if isinstance(param, click.Option):
            param.help = told(param.help)
    return command


def told(error: click.ClickException, reader: Reader) -> str:
    """What is wrong with a command line: how it is used, where to look, and the mistake.

    Parameters
    ----------
    error
        As click raised it.
    reader
        The language of the lines.

    Returns
    -------
    str
        Lines for standard error, without a line end after the last.
    """
    lines = []
    if isinstance(error, click.UsageError) and error.ctx is not None:
        lines.append(error.ctx.get_usage())
        if error.ctx.command.get_help_option(error.ctx) is not None:
            hint = _(
                "Try '{command} {option}' for help.",
                command=error.ctx.command_path,
                option=error.ctx.help_option_names[-1],
            )
            lines.append(reader.say(hint) + "\n")
    lines.append(reader.say(_("Error: {message}", message=_mistake(error, reader))))
    return "\n".join(lines)


def _mistake(error: click.ClickException, reader: Reader) -> str:
    """click's sentence. What click puts together by itself, a full stop and a blank, is Chinese
    here.
    """
    text = error.format_message()
    if reader.lang == "en":
        return text
    if isinstance(error, click.MissingParameter) and error.param is not None and error.ctx:
        head, stop, rest = text.partition(f"{error.param.get_error_hint(error.ctx)}.")
        return f"{head}{stop[:-1]}。{rest.lstrip(' ')}"
    if isinstance(error, click.NoSuchOption):
        return text.replace(f"{error.message} ", error.message, 1)
    return text
