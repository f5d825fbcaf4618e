"""The report's parts. One file is one part: its words, its charts and tables, and where it stands.

A part is a function `(outcome, say) -> Section | None` under `@report_section`; None: there is no
data for it. A new file in this folder joins by itself; a package of the user's own joins through
the entry points of the group `optimizer.sections`::

    @report_section("movers", title=_("What moves most"), rank=25)
    def movers(outcome: Outcome, say: Words) -> Section | None:
        \"""The channel whose spend changes most.\"""
        lines = [line for line in lines_of(outcome) if line.change is not None]
        if not lines:
            return None
        most = max(lines, key=lambda line: abs(line.change))
        return Section(finding=say(_("{channel} moves most.", channel=most.channel)))
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from optimizer.messages import Message, _
from optimizer.pipeline.outcome import Outcome
from optimizer.registry import BUILT_IN, BrokenPlugin, Registry
from optimizer.report.view import Section
from optimizer.report.words import Words

Build = Callable[[Outcome, Words], Section | None]
GROUP = "optimizer.sections"


@dataclass(frozen=True)
class ReportSection:
    """A part of the report as it is registered.

    Parameters
    ----------
    name
        Its id: the place in the page a link leads to.
    title
        What stands above it, unless the part itself says something else.
    rank
        Its place in the page: after every part with a smaller number. The program's own stand at
        10 (plan), 20 (waterfall), 25 (belief), 30 (truth), 40 (curves), 50 (frontier),
        60 (calendar), 70 (segments), 80 (why), 90 (baselines), 100 (journey), 110 (models),
        120 (health) and 1000 (appendix).
    build
        Makes the part from an outcome, in the reader's words; None: no data for it.
    terminal
        Its place in what a terminal shows after planning (None: not shown there). The program's
        own: 10 (plan), 15 (belief), 20 (why), 30 (baselines), 40 (truth).
    """

    name: str
    title: Message
    rank: float
    build: Build
    terminal: float | None = None

    @property
    def help(self) -> str:
        """What it shows: the docstring of its function."""
        return inspect.getdoc(self.build) or ""

    def __call__(self, outcome: Outcome, say: Words) -> Section | None:
        """The part with its id and title; None where there is no data for it."""
        made = self.build(outcome, say)
        return made and replace(made, id=self.name, title=made.title or say(self.title))


def _accepts(name: str, entry: ReportSection) -> None:
    if not isinstance(entry, ReportSection):
        raise TypeError(f"'{name}' is no report section: declare it with @report_section")
    if not re.fullmatch(r"[a-z][a-z0-9-]*", name) or name == "summary":
        raise ValueError(f"'{name}' cannot be a section's id: small letters, digits and dashes")


SECTIONS: Registry[ReportSection] = Registry(
    _("report section"), GROUP, _accepts, home="optimizer.report.sections"
)


def report_section(
    name: str, *, title: Message, rank: float, terminal: float | None = None
) -> Callable[[Build], ReportSection]:
    """Register a part of the report; see `ReportSection` for what is declared.

    Parameters
    ----------
    name
        Small letters, digits and dashes, beginning with a letter; "summary" is taken.
    title
        What stands above it.
    rank
        Its place in the page: after every part with a smaller number.
    terminal
        Its place in what a terminal shows (None: not shown there).

    Returns
    -------
    Callable
        Turns a function `(outcome, say) -> Section | None` into the registered `ReportSection`.

    Raises
    ------
    ValueError
        On use: where the name cannot be an id or is taken, or the function has no docstring.
    """

    def enter(build: Build) -> ReportSection:
        """Put the function into the family."""
        return SECTIONS.add(name, ReportSection(name, title, rank, build, terminal))

    return enter


def sections(outcome: Outcome, say: Words) -> tuple[Section, ...]:
    """Every part the outcome has data for, in the order of their ranks.

    Returns
    -------
    tuple of Section
        A plug-in's part that fails stands in its place as a section that says why.
    """
    order = sorted((SECTIONS[name] for name in SECTIONS), key=lambda entry: entry.rank)
    return _made(order, outcome, say)


def terminal_sections(outcome: Outcome, say: Words) -> tuple[Section, ...]:
    """The parts that a terminal shows, in their order there.

    Returns
    -------
    tuple of Section
        Those that declare a place there and have data; a plug-in's that fails says why.
    """
    shown = [(entry.terminal, entry) for entry in map(SECTIONS.__getitem__, SECTIONS)]
    order = sorted(((at, entry) for at, entry in shown if at is not None), key=lambda pair: pair[0])
    return _made([entry for __, entry in order], outcome, say)


def _made(order: list[ReportSection], outcome: Outcome, say: Words) -> tuple[Section, ...]:
    made = (_section(entry, outcome, say) for entry in order)
    return tuple(section for section in made if section is not None)


def _section(entry: ReportSection, outcome: Outcome, say: Words) -> Section | None:
    """A part of the report; where a plug-in's fails, the page says so and goes on."""
    package = SECTIONS.origin(entry.name)
    if package == BUILT_IN:
        return entry(outcome, say)
    try:
        return entry(outcome, say)
    except Exception as error:  # a stranger's code: whatever it raises must not stop the report
        reason = str(error) or type(error).__name__
        told = BrokenPlugin(GROUP, entry.name, package, reason).says
        return Section(id=entry.name, title=say(entry.title), finding=say(told))
