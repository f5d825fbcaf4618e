"""What the program's own names are called: rules, models, stages, statuses, simple ways.

A name that is not the program's (a stage of the user's, a plug-in without a title) is said as it
stands.
"""

from __future__ import annotations

from optimizer.allocation.rule import RULES
from optimizer.attribution.registry import MODELS
from optimizer.messages import Message, Text, _
from optimizer.report.words import Words

BASELINES: dict[str, Message] = {
    "keep_split": _("Keep today's split"),
    "equal": _("Equal split"),
    "last_touch": _("In proportion to last touch"),
    "claims": _("In proportion to what platforms claim"),
}
STAGES: dict[str, Message] = {
    "awareness": _("Awareness"),
    "interest": _("Interest"),
    "decision": _("Decision"),
    "repurchase": _("Repurchase"),
    "loyalty": _("Loyalty"),
}
STATUSES: dict[str, Message] = {
    "optimal": _("optimal"),
    "infeasible": _("no plan"),
    "unbounded": _("no limit"),
    "time_limit": _("best found in time"),
    "gap_open": _("best found"),
}


def rule_title(rule: str, of: str | None = None) -> Text:
    """A rule in words, with what it speaks of: "CAC at most (xiaohongshu)".

    Parameters
    ----------
    rule
        Its name; of one that is not registered the underscores become blanks.
    of
        What it is about: a channel, a platform, a period (None: the whole plan).
    """
    title = RULES[rule].title if rule in RULES else _plain(rule)
    return _("{rule} ({of})", rule=title, of=of) if of else title


def rule_bound(rule: str, of: str | None, bound: float, unit: str, say: Words) -> str:
    """A rule with its number: "CAC at most (xiaohongshu) ￥75".

    Parameters
    ----------
    rule, of
        As in `rule_title`.
    bound
        In the rule's own unit.
    unit
        As in `Words.by_unit`.
    say
        The reader's words.
    """
    title, number = say(rule_title(rule, of)), say.by_unit(bound, unit)
    return say(_("{rule} {bound}", rule=title, bound=number))


def model_title(label: str) -> Text:
    """A model's label in words: "markov 2" keeps its order."""
    name, __, order = label.partition(" ")
    title = MODELS[name].title if name in MODELS else _plain(name)
    return _("{model} {order}", model=title, order=order) if order else title


def baseline_title(name: str) -> Text:
    """A simple way of planning in words."""
    return BASELINES.get(name, _plain(name))


def status_title(status: str) -> Text:
    """How a solve ended, in words."""
    return STATUSES.get(status, _plain(status))


def stage_title(name: str) -> Text:
    """A stage in words: the five by name, the user's own as they are."""
    return STAGES.get(name, name)


def step_title(name: str) -> Text:
    """A step of the funnel in words: orders by number, else a stage."""
    if name.startswith("order ") and name[6:].isdecimal():
        return _("Order {number}", number=name[6:])
    return stage_title(name)


def _plain(name: str) -> str:
    return name.replace("_", " ")
