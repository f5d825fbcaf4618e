"""The command line. Only this package knows click; it holds no logic.

Commands are loaded when asked for, so that `optimizer --help` loads click and nothing else.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

import click

from optimizer.errors import UserError

# name: (module:function, one line of help). The order is the order of the story.
COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("optimizer.cli.demo:demo", "Write a sample brand with known truth, plan it, write its report."),
    "new": ("optimizer.cli.new:new", "Write a scenario folder to start from."),
    "check": ("optimizer.cli.check:check", "Read and check everything, solve nothing."),
    "attribute": ("optimizer.cli.attribute:attribute", "Turn journeys into channel credit, models side by side."),
    "plan": ("optimizer.cli.plan:plan", "Spread the budget, prove the plan, write the report."),
    "compare": ("optimizer.cli.compare:compare", "Plans side by side: several scenarios, or one over a changing key."),
    "simulate": ("optimizer.cli.simulate:simulate", "Write a company whose truth is known."),
    "list": ("optimizer.cli.listing:listing", "List models, rules, curves, goals, templates."),
}


class Commands(click.Group):
    """A click group that imports a command's module only when the command is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, function = COMMANDS[cmd_name][0].split(":")
        command: click.Command = getattr(importlib.import_module(module), function)
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from optimizer.registry import did_you_mean

            ctx.fail(f"no command '{args[0]}'; {did_you_mean(args[0], COMMANDS)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="attribution-budget-optimizer", prog_name="optimizer")
def cli() -> None:
    """Turn customer journeys into channel credit, credit into response curves, and curves into a proven budget plan.

    Start with `optimizer demo`, or with `optimizer new my-brand` and your own files.
    """


def main() -> None:
    """Entry point: a user's mistake is a message and exit code 1, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        code = cli.main(standalone_mode=False)
        sys.stdout.flush()
    except UserError as error:
        click.echo(f"error: {error}", err=True)
        code = 1
    except click.exceptions.Abort:
        click.echo("stopped", err=True)
        code = 130
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except MemoryError:
        click.echo("error: not enough memory\n  try: fewer journeys at once, or a smaller --order", err=True)
        code = 1
    sys.exit(code if isinstance(code, int) else 0)
