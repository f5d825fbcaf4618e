"""What lift tests found, channel by channel: read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from optimizer.data.reading.checking import checked
from optimizer.data.reading.columns import Layout, column
from optimizer.data.reading.matching import match
from optimizer.data.reading.rules import Check, Rules, number_checks
from optimizer.data.reading.values import Found
from optimizer.data.sources import open_raw
from optimizer.errors import Problem, Problems, UserError
from optimizer.messages import _
from optimizer.registry import did_you_mean

FIELDS = ("multiplier", "conversions", "standard_error")
LAYOUT = Layout(
    _("table of lift tests"),
    "tests",
    (
        column("channel", "channel", required=True, hints=("source", "platform", "渠道", "平台")),
        column(
            "multiplier",
            *("multiplier", "factor"),
            kind="number",
            hints=("lift", "coefficient", "倍数", "系数"),
        ),
        column(
            "conversions", "conversions", kind="number", hints=("orders", "incremental", "转化数")
        ),
        column(
            "standard_error",
            *("standard_error", "error"),
            kind="number",
            hints=("se", "stderr", "标准误"),
        ),
    ),
)


@dataclass(frozen=True)
class LiftTest:
    """One channel's test; it states either a multiplier or conversions.

    Parameters
    ----------
    channel
        The channel tested; a platform stands for its tiers together.
    multiplier
        What the channel caused, in times what the model says.
    conversions
        What the channel caused over the whole history, conversions.
    error
        The standard error of that number; 0: not said.
    """

    channel: str
    multiplier: float | None = None
    conversions: float | None = None
    error: float = 0.0


def read_tests(given: object) -> tuple[LiftTest, ...]:
    """Tests as a user gives them.

    Parameters
    ----------
    given
        {channel: multiplier}, {channel: {"conversions": 360, "standard_error": 40}}, or a table
        with the columns channel, multiplier, conversions, standard_error (a path or a frame).

    Raises
    ------
    Problems
        With all that is wrong.

    Examples
    --------
    >>> read_tests({"search": 0.7})
    (LiftTest(channel='search', multiplier=0.7, conversions=None, error=0.0),)
    """
    entries = list(given.items()) if isinstance(given, Mapping) else _table(given)
    problems: list[Problem] = []
    tests: list[LiftTest] = []
    for channel, entry in entries:
        found = _test(str(channel), entry, [test.channel for test in tests])
        if isinstance(found, Problem):
            problems.append(found)
        else:
            tests.append(found)
    if problems:
        raise Problems(problems)
    if not tests:
        raise UserError(
            _("calibrate names no channel"),
            fix=_("write {{channel: multiplier}}, or leave calibrate out"),
        )
    return tuple(tests)


def _test(channel: str, entry: object, before: list[str]) -> LiftTest | Problem:
    """One entry as a test, or what is wrong with it. before: the channels of the entries before
    it."""
    where = _("calibrate: {channel}", channel=channel)
    cells = dict(entry) if isinstance(entry, Mapping) else {"multiplier": entry}
    unknown = sorted(set(cells) - set(FIELDS))
    numbers = {name: _number(cell) for name, cell in cells.items() if cell is not None}
    wrong = [name for name, number in numbers.items() if number is None or not 0 <= number < np.inf]
    if unknown:
        return Problem(
            _("unknown entry '{name}'", name=unknown[0]), where, did_you_mean(unknown[0], FIELDS)
        )
    if ("multiplier" in numbers) == ("conversions" in numbers):
        return Problem(
            _("a test says either multiplier or conversions"), where, _("write one of the two")
        )
    if wrong:
        return Problem(
            _("{name} is {value}", name=wrong[0], value=repr(cells[wrong[0]])),
            where,
            _("write a number of 0 or more, such as 0.7"),
        )
    if channel in before:
        return Problem(
            _("the channel is tested twice"),
            where,
            _("give one test for each channel: combine them"),
        )
    return LiftTest(
        channel,
        numbers.get("multiplier"),
        numbers.get("conversions"),
        numbers.get("standard_error") or 0.0,
    )


def _number(cell: Any) -> float | None:
    try:
        return float(cell)
    except (TypeError, ValueError):
        return None


def _columns(found: Mapping[str, Found]) -> dict[str, str]:
    return {"channel": found["channel"].text} | {
        n: found[n].number if n in found else "CAST(NULL AS DOUBLE)" for n in FIELDS
    }


def _checks(found: Mapping[str, Found]) -> list[Check]:
    checks = [
        Check(
            "channel",
            f"{found['channel'].text} IS NULL",
            _("channel is empty"),
            _("name the channel that was tested"),
        )
    ]
    for n in FIELDS:
        if n in found:
            checks += number_checks(n, found[n])
    return checks


def _table(source: object) -> list[tuple[str, dict[str, Any]]]:
    """The rows of a table of tests: channel, and its cells by name."""
    if not isinstance(source, str | Path) and not hasattr(source, "columns"):
        raise UserError(
            _("a {kind} holds no tests", kind=type(source).__name__),
            "calibrate",
            _("write {{channel: multiplier}}, or name a csv file"),
        )
    matched = match(open_raw(source), LAYOUT)
    raw, found = matched.raw, matched.found
    table = checked(raw, found, Rules("tests", _columns, _checks)).table
    rows = raw.engine.rows(f"SELECT channel, {', '.join(FIELDS)} FROM {table}")
    return [(row[0], dict(zip(FIELDS, row[1:], strict=True))) for row in rows]
