"""What every option and argument refuses, whatever command it belongs to."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import click

from optimizer.errors import UserError
from optimizer.locale import Reader
from optimizer.messages import Message, _
from optimizer.shown import CONTROLS, printable

LEAST_MEMORY = 1500 << 20  # bytes of address space: the libraries are mapped, and little is left


def checked(param: click.Parameter, reader: Callable[[], Reader]) -> None:
    """Let an option or argument take nothing that no command can work with: numbers that are not
    finite or beyond 64 bits, empty text, and control characters.

    Parameters
    ----------
    param
        Is changed.
    reader
        The language of what is said.
    """
    asked = param.callback

    def check(context: click.Context, option: click.Parameter, value: Any) -> Any:
        for part in _flat(value):
            wrong = _unfit(part)
            if wrong is not None:
                raise click.BadParameter(reader().say(wrong), context, option)
        return value if asked is None else asked(context, option, value)

    param.callback = check


def refuse_little_memory() -> None:
    """Refuse to start where native code would end without a word.

    Raises
    ------
    UserError
        Where the process may use less than `LEAST_MEMORY` of address space.
    """
    try:
        import resource  # POSIX only
    except ImportError:
        return
    most = resource.getrlimit(resource.RLIMIT_AS)[0]
    if most != resource.RLIM_INFINITY and most < LEAST_MEMORY:
        raise UserError(
            _(
                "this process may use {most} MB of memory, and needs {least} MB",
                most=f"{most >> 20:,}",
                least=f"{LEAST_MEMORY >> 20:,}",
            ),
            fix=_("raise the limit (ulimit -v)"),
        )


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, tuple | list):
        for part in value:
            yield from _flat(part)
    else:
        yield value


def _unfit(value: Any) -> Message | None:
    """Why no command can work with a value; None where one may."""
    if isinstance(value, float) and not math.isfinite(value):
        return _("{value} is no finite number", value=repr(value))
    if isinstance(value, int) and abs(value) >= 1 << 63:
        return _("this number is too large")
    if isinstance(value, str) and not value.strip():
        return _("nothing is named here")
    if isinstance(value, str) and CONTROLS.search(value):
        return _("{value} holds a control character", value=printable(value)[:80])
    return None
