"""A goal's numbers in words: what it is called, its unit, what a value of it amounts to."""

from __future__ import annotations

from dataclasses import replace

from optimizer import units
from optimizer.allocation.goal import GOALS
from optimizer.allocation.plan import Totals
from optimizer.messages import Message, Text, _
from optimizer.report.words import Words


def goal_title(goal: str) -> Text:
    """What a goal is called: "new customers"."""
    return GOALS[goal].title if goal in GOALS else goal


def goal_column(goal: str, say: Words) -> str:
    """The same at the head of a column or an axis.

    Parameters
    ----------
    goal
        Its name; one that is not registered is said as it stands.
    say
        The reader's words.
    """
    return say.capital(say(goal_title(goal)))


def in_money(goal: str) -> bool:
    """Whether a goal is counted in currency."""
    return goal in GOALS and GOALS[goal].unit == "money"


def minimises(goal: str) -> bool:
    """Whether a goal has nothing to gain: it saves."""
    return goal in GOALS and GOALS[goal].minimises


def saves_spend(goal: str) -> bool:
    """Whether what is to be small is the spend itself."""
    return goal == "min_spend"


def on_totals(goal: str, totals: Totals) -> float | None:
    """A goal's number by the sums of a plan, or of today (None: they do not tell it)."""
    known = {
        "customers": totals.customers,
        "revenue": totals.revenue,
        "profit": totals.profit,
        "exposure": totals.touches,
        "min_spend": totals.spend,
    }
    return known.get(goal)


def moved(new: float, old: float, goal: str, say: Words) -> str:
    """A change with its sign: as a share, or as an amount where the old bears none.

    Parameters
    ----------
    new, old
        In the goal's unit.
    goal
        Its name; one that is not registered is counted.
    say
        The reader's words.
    """
    share = units.change(new, old)
    if share is not None or new == old:
        return say.change(share or 0.0)
    return say.signed_money(new - old) if in_money(goal) else say.signed_count(new - old)


def value_text(value: float | None, goal: str, say: Words) -> str:
    """A goal's value in its unit: currency or a count.

    Parameters
    ----------
    value
        In the goal's unit; None (not known) is "-".
    goal
        Its name; one that is not registered is counted.
    say
        The reader's words.
    """
    return say.money(value) if in_money(goal) else say.count(value)


def value_words(value: float | None, goal: str, say: Words, signed: bool = False) -> str:
    """The same with its unit named: "212 new customers", "￥8,000 in revenue".

    Parameters
    ----------
    value
        In the goal's unit; None (not known) is "-".
    goal
        Its name; one that is not registered has no unit to be named.
    say
        The reader's words.
    signed
        A difference, with its sign.
    """
    text = value_text(value, goal, say)
    if signed:
        text = say.signed_money(value) if in_money(goal) else say.signed_count(value)
    if goal not in GOALS:
        return text
    said = GOALS[goal].amount
    template = said.plural if said.plural and value == 1 else said.template
    return say(replace(said, template=template, fields=(("n", value), ("amount", text))))


def with_unit(title: Message, goal: str, say: Words) -> str:
    """A column's title with the goal's unit; currency carries its own sign.

    Parameters
    ----------
    title
        What the column shows: "Price".
    goal
        By name: in its unit the column is counted.
    say
        The reader's words.
    """
    if in_money(goal):
        return say(title)
    return say(_("{title} ({unit})", title=say(title), unit=say(goal_title(goal))))
