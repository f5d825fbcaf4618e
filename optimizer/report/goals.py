"""A goal's numbers in words: what it is called, its unit, what a value of it amounts to."""

from __future__ import annotations

from optimizer.messages import Message, Text, _, ngettext
from optimizer.report.words import Words

LEAST = "min_spend"  # the goal that has nothing to gain: it saves
TITLES: dict[str, Message] = {
    "customers": _("new customers"),
    "revenue": _("revenue"),
    "profit": _("profit"),
    "ltv": _("lifetime margin"),
    "exposure": _("exposure"),
    "mix": _("weighted goal"),
    "robust": _("new customers by the most careful model"),
    LEAST: _("least spend"),
}
MONEY_GOALS = ("revenue", "profit", "ltv", LEAST)


def goal_title(goal: str) -> Text:
    """What a goal is called: "new customers"."""
    return TITLES.get(goal, goal.replace("_", " "))


def goal_column(goal: str, say: Words) -> str:
    """The same at the head of a column or an axis."""
    return say.capital(say(goal_title(goal)))


def in_money(goal: str) -> bool:
    """Whether a goal is counted in currency."""
    return goal in MONEY_GOALS


def value_text(value: float | None, goal: str, say: Words) -> str:
    """A goal's value in its unit: money for revenue, profit, lifetime margin and spend, else a count."""
    return say.money(value) if in_money(goal) else say.count(value)


def value_words(value: float | None, goal: str, say: Words) -> str:
    """The same with its unit named: "212 new customers", "￥8,000 in revenue"."""
    amount = value_text(value, goal, say)
    n = 0.0 if value is None else value
    words = {
        "customers": ngettext("{amount} new customer", "{amount} new customers", n, amount=amount),
        "revenue": _("{amount} in revenue", amount=amount),
        "profit": _("{amount} in profit", amount=amount),
        "ltv": _("{amount} in lifetime margin", amount=amount),
        "exposure": ngettext("{amount} exposure", "{amount} exposures", n, amount=amount),
        "mix": _("{amount} on the weighted goal", amount=amount),
        "robust": ngettext(
            "{amount} new customer by the most careful model",
            "{amount} new customers by the most careful model",
            n,
            amount=amount,
        ),
        LEAST: _("{amount} of spend", amount=amount),
    }
    return say(words.get(goal, _("{amount} ({goal})", amount=amount, goal=goal_title(goal))))


def with_unit(title: Message, goal: str, say: Words) -> str:
    """A column's title with the goal's unit; money carries its own sign."""
    if in_money(goal):
        return say(title)
    return say(_("{title} ({unit})", title=say(title), unit=say(goal_title(goal))))
