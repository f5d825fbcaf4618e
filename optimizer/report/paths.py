"""What people did, before anybody is credited: the commonest paths, and how far people come."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from optimizer import units
from optimizer.journeys.top_paths import TopPaths
from optimizer.messages import _
from optimizer.report.charts.bars import bars
from optimizer.report.titles import step_title
from optimizer.report.view import Cell, Chart, Column, Table, Tone
from optimizer.report.words import Words, isolated

ARROW = " → "
Steps = Sequence[tuple[str, int]]  # (step, people who came this far)


def path_name(channels: Sequence[str]) -> str:
    """A path as people read it; each name fenced: one from right to left turns no arrow."""
    return ARROW.join(isolated(name) for name in channels)


def top_table(found: TopPaths, say: Words) -> Table | None:
    """The paths with the most conversions, what all others bring, and the whole.

    Parameters
    ----------
    found
        The commonest paths, and the sums over all journeys.
    say
        The reader's words.

    Returns
    -------
    Table or None
        None where there are no paths. A column of value only where a path brought any, the share
        that converts only where journeys that did not convert are known.
    """
    if not found.paths:
        return None
    money, converts = any(path.value for path in found.paths), found.nulls > 0

    def row(
        name: str, conversions: float, value: float, nulls: float, tone: Tone = ""
    ) -> tuple[Cell, ...]:
        """A path (or a sum of paths) as cells."""
        cells = [
            Cell(name, tone),
            Cell(say.count(conversions), tone or "strong", value=conversions),
            Cell(say.percent(units.share(conversions, found.conversions)), tone),
        ]
        if money:
            text = say.money(value, 0 if value >= 100 else None)
            cells.append(Cell(text, tone, value=value))
        if converts:
            cells.append(Cell(say.percent(units.share(conversions, conversions + nulls)), tone))
        return tuple(cells)

    rows = [
        row(path_name(path.channels), path.conversions, path.value, path.nulls)
        for path in found.paths
    ]
    won = found.conversions - sum(path.conversions for path in found.paths)
    if won > 1e-9 * found.conversions:
        value = found.value - sum(path.value for path in found.paths)
        lost = found.nulls - sum(path.nulls for path in found.paths)
        rows.append(row(say(_("All other paths")), won, value, lost, "dim"))
    return Table(
        say(_("Top paths: the journeys that convert most often")),
        _columns(money, converts, say),
        tuple(rows),
        ("",) * len(rows),
        row(say(_("Total")), found.conversions, found.value, found.nulls),
        _commonest(found, say),
    )


def _columns(money: bool, converts: bool, say: Words) -> tuple[Column, ...]:
    exactly = _("Of the journeys that went exactly this way, the share that ended in a conversion.")
    return (
        Column(say(_("Path")), number=False),
        Column(say(_("Conversions"))),
        Column(say(_("Share")), help=say(_("Of all conversions that a touch came before."))),
        *([Column(say(_("Value")))] if money else []),
        *([Column(say(_("Converts")), help=say(exactly))] if converts else []),
    )


def _commonest(found: TopPaths, say: Words) -> str:
    first = found.paths[0]
    return say(
        _(
            "The commonest way to a conversion is {path}: {count} of {total}. A journey "
            "that converts passes {steps} channels on average, repeats in a row taken once.",
            path=path_name(first.channels),
            count=say.count(first.conversions),
            total=say.count(found.conversions),
            steps=say.number(found.steps, 1),
        )
    )


def steps_chart(steps: Steps, say: Words) -> Chart | None:
    """How many people come how far; buying again is unrolled, one bar per order.

    Parameters
    ----------
    steps
        (step, people who came this far or further), the first step first.
    say
        The reader's words.

    Returns
    -------
    Chart or None
        None where there are fewer than two steps, or nobody stands on the first.
    """
    if len(steps) < 2 or not steps[0][1]:
        return None
    names = [say(step_title(name)) for name, __ in steps]
    shares = [None, *(units.share(now, before) for (__, before), (__, now) in pairwise(steps))]
    entries = [
        (
            name,
            float(people),
            say.count(people) + ("" if share is None else f" ({say.percent(share)})"),
            key.startswith("order "),
        )
        for name, (key, people), share in zip(names, steps, shares, strict=True)
    ]
    rows = tuple(
        (
            Cell(name),
            Cell(say.count(people), value=float(people)),
            Cell(say.percent(share) if share is not None else "-"),
            Cell(say.percent(units.share(people, steps[0][1]))),
        )
        for name, (__, people), share in zip(names, steps, shares, strict=True)
    )
    columns = (
        Column(say(_("Step")), number=False),
        Column(say(_("People"))),
        Column(say(_("Of the step before"))),
        Column(say(_("Of everybody seen"))),
    )
    return Chart(
        "steps",
        bars(entries, say(_("People")), say),
        say(_("People who came as far as each step; the numbers are in the table below")),
        _bought(steps, say),
        table=Table(say(_("People by step, buying again unrolled")), columns, rows),
    )


def _bought(steps: Steps, say: Words) -> str:
    """How many have bought, and how many again."""
    people = dict(steps)
    bought, again = people.get("order 1", 0), people.get("order 2", 0)
    seen = say.count(steps[0][1])
    if not bought:
        return say(_("Of {seen} people seen, nobody has bought yet.", seen=seen))
    return say(
        _(
            "Of {seen} people seen, {share} have bought; {again} of the buyers bought again.",
            again=say.percent(units.share(again, bought)),
            seen=seen,
            share=say.percent(units.share(bought, steps[0][1])),
        )
    )
