"""The click application: commands are imported when asked for, a user's mistake is a message and
exit code 1.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

import click

from optimizer.cli.checked import checked, refuse_little_memory
from optimizer.cli.commands import COMMANDS, INTRO, chinese, help_text
from optimizer.cli.ending import Stopped, heard, standard_streams
from optimizer.cli.spoken import speaking, told, translated
from optimizer.errors import UserError
from optimizer.foreign import foreign
from optimizer.inputs import forget
from optimizer.locale import Reader
from optimizer.messages import Message, _
from optimizer.registry import broken, did_you_mean
from optimizer.shown import told as safe


def _talk(word: str, text: str) -> click.Option:
    """A flag every command has; `optimizer.cli.show.asked` reads it."""

    def keep(context: click.Context, option: click.Parameter, value: bool) -> None:
        context.meta[f"optimizer.{word}"] = value

    return click.Option(
        [f"-{word[0]}", f"--{word}", word],
        is_flag=True,
        expose_value=False,
        callback=keep,
        help=text,
    )


def _lang() -> click.Option:
    """The language, asked for before the command, or by one that prints nothing but messages."""

    def keep(context: click.Context, option: click.Parameter, value: str | None) -> None:
        if value:
            context.meta["optimizer.lang"] = value

    return click.Option(
        ["--lang"],
        type=click.Choice(["en", "zh"]),
        expose_value=False,
        callback=keep,
        help="Language of words. [default: the locale's]",
    )


class Commands(click.Group):
    """A click group that imports a command's module only when the command is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order of the story."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command with the flags that every command has, in the reader's language."""
        if cmd_name not in COMMANDS:
            return None
        module, function = COMMANDS[cmd_name][0].split(":")
        command: click.Command = getattr(importlib.import_module(module), function)
        if not any(option.name == "quiet" for option in command.params):
            if not any(option.name == "lang" for option in command.params):
                command.params.append(_lang())
            command.params += [
                _talk("quiet", "Say nothing but the result."),
                _talk("verbose", "Say each step and its time."),
            ]
            for param in command.params:
                checked(param, _reader)
        if chinese(sys.argv[1:]):
            return translated(command, _reader())
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """As click does it; of an unknown name the nearest known one is told."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            near = did_you_mean(args[0], COMMANDS)
            ctx.fail(_reader().say(_("no command '{name}'; {fix}", name=args[0], fix=near)))
        return super().resolve_command(ctx, args)

    def get_help(self, ctx: click.Context) -> str:
        """What `optimizer --help` says."""
        return help_text()


@click.group(
    cls=Commands,
    help=INTRO,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(package_name="attribution-budget-optimizer", prog_name="optimizer")
def cli() -> None:
    """The program; its help is INTRO."""


cli.params.append(_lang())


def _reader() -> Reader:
    return Reader("zh" if chinese(sys.argv[1:]) else "en")


def _error(text: Message) -> None:
    """A mistake of the user's, in the reader's language, without a traceback."""
    click.echo(safe(_reader().say(text)), err=True)


def run() -> int:
    """Run the command line.

    Returns
    -------
    int
        The exit code: 0 done, 1 the input is wrong, 2 the command is wrong, 3 no plan, 128 and the
        signal's number where one ended it.
    """
    standard_streams()
    with heard() as ending:
        try:
            code = _spoken()
            stopped = ending.number is not None and code == 1  # native code makes an error of it
        except Stopped:
            stopped = True
        except Exception:
            if ending.number is None:
                raise
            stopped = True
    if stopped:
        _error(_("stopped"))
        return ending.code
    return code


def _spoken() -> int:
    """Run the command line in the reader's language."""
    named = len(broken)
    reader = _reader()
    try:
        if reader.lang == "en":
            code = _run(cli)
        else:
            with speaking(reader):
                code = _run(translated(cli, reader))
    finally:
        forget()
    for plugin in broken[named:]:
        _error(_("note: {text}", text=plugin.says))
    return code


def _run(program: click.Group) -> int:
    out = sys.stdout
    try:
        refuse_little_memory()
        code = program.main(prog_name="optimizer", standalone_mode=False)
        sys.stdout.flush()
    except UserError as error:
        _error(_("error: {error}", error=error))
        return 1
    except (click.exceptions.Abort, KeyboardInterrupt):
        _error(_("stopped"))
        return 130
    except click.ClickException as error:
        click.echo(safe(told(error, _reader())), err=True)
        return error.exit_code
    except (BrokenPipeError, SystemExit) as error:
        # where nobody reads, click puts another stream in its place and exits, rich exits
        unread = sys.stdout is not out or isinstance(error.__context__, BrokenPipeError)
        if isinstance(error, SystemExit) and not unread:
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except MemoryError:
        _error(_("error: not enough memory\n  try: fewer journeys at once, or a smaller --order"))
        return 1
    except OSError as error:
        why = foreign(error.strerror or error)
        if error.filename:
            _error(_("error: {file}: {why}", file=error.filename, why=why))
        else:  # only standard output has no name
            _error(_("error: cannot write the result: {why}", why=why))
        return 1
    return code if isinstance(code, int) else 0
