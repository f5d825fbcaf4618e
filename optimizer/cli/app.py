"""The click application: commands are imported when asked for, a user's mistake is a message and exit code 1."""

from __future__ import annotations

import copy
import importlib
import os
import sys
from typing import Any

import click

from optimizer.cli import COMMANDS, INTRO, chinese, help_text
from optimizer.errors import UserError


def _in_chinese(command: click.Command, name: str) -> click.Command:
    """A copy of the command with its help in Chinese, where it is written; the command itself keeps its words."""
    from optimizer.cli import help_zh

    command = copy.copy(command)
    command.help = help_zh.HELP.get(name, command.help)
    command.params = [copy.copy(option) for option in command.params]
    for option in command.params:
        if isinstance(option, click.Option) and option.help:
            option.help = help_zh.OPTIONS.get(option.help, option.help)
    return command


def _talk(word: str, text: str) -> click.Option:
    """A flag every command has; `optimizer.cli.show.asked` reads it."""
    def keep(context: click.Context, option: click.Parameter, value: bool) -> None:
        context.meta[f"optimizer.{word}"] = value

    return click.Option([f"-{word[0]}", f"--{word}", word], is_flag=True, expose_value=False, callback=keep, help=text)


class Commands(click.Group):
    """A click group that imports a command's module only when the command is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, function = COMMANDS[cmd_name][0].split(":")
        command: click.Command = getattr(importlib.import_module(module), function)
        if not any(option.name == "quiet" for option in command.params):
            command.params += [_talk("quiet", "Say nothing but the result."), _talk("verbose", "Say each step and its time.")]
        if chinese(sys.argv[1:]):
            return _in_chinese(command, cmd_name)
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from optimizer.registry import did_you_mean

            ctx.fail(f"no command '{args[0]}'; {did_you_mean(args[0], COMMANDS)}")
        return super().resolve_command(ctx, args)

    def get_help(self, ctx: click.Context) -> str:
        return help_text()


@click.group(cls=Commands, help=INTRO, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="attribution-budget-optimizer", prog_name="optimizer")
def cli() -> None: ...


def run() -> int:
    """Run the command line and return its exit code: 0 done, 1 the input is wrong, 2 the command is wrong, 3 no plan."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        code = cli.main(prog_name="optimizer", standalone_mode=False)
        sys.stdout.flush()
    except UserError as error:
        click.echo(f"error: {error}", err=True)
        return 1
    except (click.exceptions.Abort, KeyboardInterrupt):
        click.echo("stopped", err=True)
        return 130
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except MemoryError:
        click.echo("error: not enough memory\n  try: fewer journeys at once, or a smaller --order", err=True)
        return 1
    except OSError as error:
        click.echo(f"error: {error.filename or ''}: {error.strerror or error}", err=True)
        return 1
    return code if isinstance(code, int) else 0
