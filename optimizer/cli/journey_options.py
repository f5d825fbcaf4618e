"""Options that say what a journey is and how SOURCE is read, for the commands that read journeys."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import click

from optimizer.cli.show import pair
from optimizer.journeys.declared import JOINS, ORDERS, TIES, Journey
from optimizer.journeys.groups import GA4
from optimizer.scenario import Scenario

F = TypeVar("F", bound=Callable[..., Any])
# parameter -> the field of a journey it gives
FIELDS = {
    "touch": "touch",
    "conversion": "conversion",
    "join": "join",
    "session_minutes": "session_minutes",
    "lookback_days": "lookback_days",
    "ties": "ties",
    "orders": "orders",
    "identities": "identities",
    "platforms": "platforms",
    "collapse": "collapse",
    "direct": "direct",
    "separator": "separator",
    "ignore": "ignore",
}


def journey_options(function: F) -> F:
    """The options that declare a journey."""
    for option in reversed(OPTIONS):
        function = option(function)
    return function


OPTIONS = (
    click.option(
        "--touch",
        multiple=True,
        metavar="EVENT",
        help="The events that are touches, repeatable. [default: touch]",
    ),
    click.option(
        "--conversion",
        metavar="EVENT",
        multiple=True,
        help="The event that closes a journey, repeatable. [default: purchase]",
    ),
    click.option(
        "--join",
        type=click.Choice(JOINS),
        help="closes: a conversion ends its journey; reuses: each conversion takes all the touches "
        "before it. [default: closes]",
    ),
    click.option(
        "--lookback",
        "lookback_days",
        type=float,
        metavar="DAYS",
        help="Leave out touches older than this before the journey's end.",
    ),
    click.option(
        "--session",
        "session_minutes",
        type=float,
        metavar="MINUTES",
        help="Touches of one channel so soon after each other are one visit.",
    ),
    click.option(
        "--ties",
        type=click.Choice(TIES),
        help="Touches of one moment: split (each of their orders counts evenly) or name. [default: "
        "split]",
    ),
    click.option(
        "--orders",
        type=click.Choice(ORDERS),
        help="Which of a customer's conversions count. [default: all]",
    ),
    click.option(
        "--group",
        "groups",
        multiple=True,
        metavar="RULE",
        help="Channel groups: ga4, or NAME=PATTERN, repeatable; the first that matches counts.",
    ),
    click.option(
        "--identities",
        metavar="FILE",
        help="A table user_id, person_id: the users of one person are one.",
    ),
    click.option(
        "--ignore",
        multiple=True,
        metavar="HEADER",
        help="A column of numbers that does not matter, repeatable (paths).",
    ),
    click.option(
        "--separator",
        metavar="SIGN",
        help="What joins the touches of a path, such as '|', or json. [default: >]",
    ),
    click.option(
        "--column",
        "columns",
        multiple=True,
        metavar="OURS=THEIRS",
        help="A header that stands for one of our columns, repeatable: user_id=uid.",
    ),
)


def told_columns(columns: Mapping[str, str] | None, given: Sequence[str]) -> dict[str, str] | None:
    """Our column -> the file's header, of `--column`, over the scenario's."""
    told = dict(pair(text, "--column", "user_id=uid") for text in given)
    return {**(columns or {}), **told} or None


def told_journey(scenario: Scenario | None, words: Mapping[str, Any]) -> Journey:
    """The journey of the command line, over the scenario's."""
    said: dict[str, Any] = {} if scenario is None else scenario.journey
    for word, field in FIELDS.items():
        if words.get(word) not in (None, (), False):
            said[field] = words[word]
    if words.get("no_nulls"):
        said["nulls"] = False
    if words.get("groups"):
        said["groups"] = [
            rule if rule == GA4 else dict([pair(rule, "--group", "Search=google.*|baidu.*")])
            for rule in words["groups"]
        ]
    return Journey.of(said)


def stated(context: click.Context, scenario: Scenario | None) -> tuple[str, ...]:
    """Entries of the ledger whose convention the user states: nothing is refused for them."""
    said = context.params.get("join") or context.params.get("like")
    return ("conversions after another",) if said or scenario is not None else ()
