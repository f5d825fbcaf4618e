"""What goes wrong, in the user's terms: what, where, and what to try.

Anything a user can cause raises `UserError` or `Problems` (several at once); the command line
prints them without a traceback and exits with 1. A programming mistake stays an ordinary exception.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from optimizer.messages import ENGLISH, Language, Text, _
from optimizer.shown import told


@dataclass(frozen=True)
class Open:
    """What a file leaves open, as `optimizer map` asks for it.

    Parameters
    ----------
    key
        The entry of mapping.yaml that settles it ("decimal", "columns.spend", "words.touch").
    choices
        What it may be, the likeliest first; empty: anything.
    """

    key: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Problem:
    """One thing wrong with the user's input.

    Parameters
    ----------
    what
        The cause, in the user's terms ("spend is negative: -30").
    where
        File, line, column, row, as precise as known ("data/spend.csv: row 12, column spend").
    fix
        What to try ("write spend as a number of currency units, 0 or more").
    excerpt
        The line of the file with a mark under the culprit; the same in every language.
    open
        Where an answer of the user's settles it: the question.
    """

    what: Text
    where: Text | None = None
    fix: Text | None = None
    excerpt: str = ""
    open: Open | None = None

    def render(self, language: Language, /) -> str:
        """Where, what, the excerpt, and on a line of its own what to try, in a language; without
        the secrets of addresses and control characters, whatever holds them.
        """
        head: Text = self.what
        if self.where:
            head = _("{where}: {what}", where=self.where, what=self.what)
        lines = [language.say(head)]
        if self.excerpt:
            lines.append(self.excerpt)
        if self.fix:
            lines.append("  " + language.say(_("try: {fix}", fix=self.fix)))
        return told("\n".join(lines))

    def as_json(self) -> dict[str, str | None]:
        """The problem for programs, in English; `what` holds the excerpt too."""
        what = told(f"{self.what}\n{self.excerpt}" if self.excerpt else str(self.what))
        where, fix = (None if text is None else told(str(text)) for text in (self.where, self.fix))
        return {"what": what, "where": where, "fix": fix}

    def __str__(self) -> str:
        return self.render(ENGLISH)


class UserError(Exception):
    """The input is wrong; carries one `Problem` or several."""

    def __init__(self, what: Text, where: Text | None = None, fix: Text | None = None) -> None:
        self.problems: tuple[Problem, ...] = (Problem(what, where, fix),)
        super().__init__(str(self))

    def render(self, language: Language, /) -> str:
        """Every problem, one after the other, in a language."""
        return "\n".join(problem.render(language) for problem in self.problems)

    def __str__(self) -> str:
        return self.render(ENGLISH)


class Problems(UserError):
    """Every problem of a file, together, so that the user mends it in one go."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        Exception.__init__(self, str(self))
