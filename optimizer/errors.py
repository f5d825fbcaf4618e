"""What goes wrong, in the user's terms: what, where, and what to try.

Anything a user can cause raises `UserError` or `Problems` (several at once); the command line prints them
without a traceback and exits with 1. A programming mistake stays an ordinary exception.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing wrong with the user's input.

    what:  the cause, in the user's terms ("spend is negative: -30")
    where: file, line, column, row, as precise as known ("data/spend.csv: row 12, column spend")
    fix:   what to try ("write spend as a number of currency units, 0 or more")
    """

    what: str
    where: str | None = None
    fix: str | None = None

    def __str__(self) -> str:
        head = f"{self.where}: {self.what}" if self.where else self.what
        return f"{head}\n  try: {self.fix}" if self.fix else head


class UserError(Exception):
    """The input is wrong; carries one `Problem` or several."""

    def __init__(self, what: str, where: str | None = None, fix: str | None = None) -> None:
        self.problems: tuple[Problem, ...] = (Problem(what, where, fix),)
        super().__init__(str(self))

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class Problems(UserError):
    """Every problem of a file, together, so that the user mends it in one go."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        Exception.__init__(self, str(self))
