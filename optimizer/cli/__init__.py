"""The command line. Only this package knows click and rich; it holds no logic.

This file loads nothing but the list of commands: `optimizer --help` answers at the speed of bare
Python.
"""

from __future__ import annotations

import os
import sys

from optimizer.cli.commands import COMMANDS, help_text

__all__ = ["COMMANDS", "main"]


def main() -> None:
    """Entry point of the `optimizer` command."""
    words = sys.argv[1:]
    if (
        words in ([], ["-h"], ["--help"], ["--lang", "zh"], ["--lang", "en"])
        and "_OPTIMIZER_COMPLETE" not in os.environ
    ):
        try:
            if sys.stdout is not None:  # closed
                sys.stdout.write(help_text() + "\n")
                sys.stdout.flush()
            sys.exit(0)
        except OSError:
            pass  # what is said of it is said below
    from optimizer.cli.app import run  # loads click and whatever a command needs

    sys.exit(run())
