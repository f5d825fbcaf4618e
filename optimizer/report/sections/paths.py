"""What people did, before anybody is credited: the paths that convert most often, and how far people come."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from optimizer import units
from optimizer.messages import _
from optimizer.report import charts_more
from optimizer.report.view import Cell, Chart, Column, Table
from optimizer.report.words import Words, isolated

ARROW = " → "


def path_name(channels: Any) -> str:
    """A path as people read it; each name fenced, so that a name from right to left turns no arrow."""
    return ARROW.join(isolated(name) for name in channels)


def top_table(story: Any, say: Words) -> Table | None:
    """The paths with the most conversions, what all others bring, and the whole."""
    found = story.paths
    if not found.paths:
        return None
    money = any(path.value for path in found.paths)
    columns = [
        Column(say(_("Path")), number=False),
        Column(say(_("Conversions"))),
        Column(say(_("Share")), help=say(_("Of all conversions that a touch came before."))),
    ]
    columns += [Column(say(_("Value")))] if money else []
    converts = found.nulls > 0
    columns += (
        [
            Column(
                say(_("Converts")),
                help=say(
                    _(
                        "Of the journeys that went exactly this way, the share that ended in a "
                        "conversion."
                    )
                ),
            )
        ]
        if converts
        else []
    )

    def row(
        name: str, conversions: float, value: float, nulls: float, tone: str = ""
    ) -> tuple[Cell, ...]:
        cells = [
            Cell(name, tone),
            Cell(say.count(conversions), tone or "strong", value=conversions),
            Cell(say.percent(units.share(conversions, found.conversions)), tone),
        ]
        cells += (
            [Cell(say.money(value, 0 if value >= 100 else None), tone, value=value)]
            if money
            else []
        )
        cells += (
            [Cell(say.percent(units.share(conversions, conversions + nulls)), tone)]
            if converts
            else []
        )
        return tuple(cells)

    rows = [
        row(path_name(path.channels), path.conversions, path.value, path.nulls)
        for path in found.paths
    ]
    won = found.conversions - sum(path.conversions for path in found.paths)
    if won > 1e-9 * found.conversions:
        value, lost = (
            found.value - sum(path.value for path in found.paths),
            found.nulls - sum(path.nulls for path in found.paths),
        )
        rows.append(row(say(_("All other paths")), won, value, lost, "dim"))
    foot = row(say(_("Total")), found.conversions, found.value, found.nulls)
    first = found.paths[0]
    finding = say(
        _(
            "The commonest way to a conversion is {path}: {count} of {total}. A journey "
            "that converts passes {steps} channels on average, repeats in a row taken once.",
            path=path_name(first.channels),
            count=say.count(first.conversions),
            total=say.count(found.conversions),
            steps=say.number(found.steps, 1),
        )
    )
    return Table(
        say(_("Top paths: the journeys that convert most often")),
        tuple(columns),
        tuple(rows),
        ("",) * len(rows),
        foot,
        finding,
    )


def steps_chart(story: Any, say: Words) -> Chart | None:
    """How many people come how far; buying again is unrolled, one bar per order."""
    steps = story.steps
    if len(steps) < 2 or not steps[0][1]:
        return None
    names = [step_name(name, say) for name, __ in steps]
    shares = [None, *(units.share(now, before) for (__, before), (__, now) in pairwise(steps))]
    entries = [
        (
            name,
            float(people),
            say.count(people) + ("" if share is None else f" ({say.percent(share)})"),
            str(key).startswith("order "),
        )
        for name, (key, people), share in zip(names, steps, shares, strict=True)
    ]
    table = Table(
        say(_("People by step, buying again unrolled")),
        (
            Column(say(_("Step")), number=False),
            Column(say(_("People"))),
            Column(say(_("Of the step before"))),
            Column(say(_("Of everybody seen"))),
        ),
        tuple(
            (
                Cell(name),
                Cell(say.count(people), value=float(people)),
                Cell(say.percent(share) if share is not None else "-"),
                Cell(say.percent(units.share(people, steps[0][1]))),
            )
            for name, (__, people), share in zip(names, steps, shares, strict=True)
        ),
    )
    return Chart(
        "steps",
        charts_more.bars(entries, say(_("People")), say),
        say(_("People who came as far as each step; the numbers are in the table below")),
        _finding(steps, say),
        table=table,
    )


def _finding(steps: Any, say: Words) -> str:
    people = dict(steps)
    bought, again = people.get("order 1", 0), people.get("order 2", 0)
    words = {"seen": say.count(steps[0][1]), "share": say.percent(units.share(bought, steps[0][1]))}
    if not bought:
        return say(_("Of {seen} people seen, nobody has bought yet.", **words))
    return say(
        _(
            "Of {seen} people seen, {share} have bought; {again} of the buyers bought again.",
            again=say.percent(units.share(again, bought)),
            **words,
        )
    )


def step_name(name: str, say: Words) -> str:
    """A step in words: the five stages by name, orders by number, the user's own stages as they are."""
    if name.startswith("order ") and name[6:].isdecimal():
        return say(_("Order {number}", number=name[6:]))
    return say(f"stage.{name}") if f"stage.{name}" in say else name
