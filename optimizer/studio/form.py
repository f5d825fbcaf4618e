"""The page of goal, budget, bounds and rules: from the scenario's text to fields, and from fields
to the scenario's text.

Rules, their fields and their words come from the registry, so that a new one is here by itself.
What is not touched stays in the file as it was written, comments too.
"""

from __future__ import annotations

import json
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from inspect import Parameter
from typing import Any

from optimizer.allocation.goal import GOALS, read_goal
from optimizer.allocation.rule import RULES
from optimizer.errors import UserError
from optimizer.messages import Message, Text, _
from optimizer.scenario import Scenario
from optimizer.scenario.registered import rule_hints
from optimizer.studio.typed import choices, is_number, shown
from optimizer.yaml_file import Source, plain

MOST_ROWS = 400
BASICS: dict[str, Message] = {
    "name": _("Name"),
    "goal": _("Goal"),
    "budget": _("Budget"),
    "period": _("Period"),
    "horizon": _("Periods"),
    "currency": _("Currency"),
    "value_per_customer": _("Revenue per new customer"),
    "margin": _("Gross margin"),
}
BOUNDS: dict[str, Message] = {"min": _("at least"), "max": _("at most")}
PERIODS: dict[str, Message] = {"day": _("day"), "week": _("week"), "month": _("month")}
OPTIONS: dict[str, Message] = {
    "value": _("value"),
    "of": _("of"),
    "to": _("to"),
    "by": _("measured by"),
    "within": _("within"),
    "period": _("in the period"),
    "commit": _("with at least"),
    "cac": _("a high CAC is above"),
    "stage": _("stage"),
    "resource": _("resource"),
    "direction": _("direction"),
    "weights": _("weights"),
    "slack": _("slack"),
}
DIRECTIONS: dict[str, Message] = {
    "at most": _("At most"),
    "at least": _("At least"),
    "both": _("Exactly"),
    "none": _("Others"),
}
Posted = Mapping[str, str]


@dataclass(frozen=True)
class Field:
    """One box of the page.

    Attributes
    ----------
    name
        As it is sent.
    label, hint
        What it is, and what to write.
    value
        What stands in it.
    options
        (value, words) to choose from; none: it is typed.
    number
        Whether a phone shows digits.
    names
        Whether channels and groups are offered.
    """

    name: str
    label: Text
    value: str = ""
    hint: Text = ""
    options: tuple[tuple[str, Text], ...] = ()
    number: bool = False
    names: bool = False


@dataclass(frozen=True)
class RuleRow:
    """One rule: what stands in the file (`was`, as JSON; "": it is new), and its fields."""

    key: str
    rule: str
    title: Text
    help: Message
    fields: tuple[Field, ...]
    was: str = ""
    gone: bool = False


@dataclass(frozen=True)
class ChannelRow:
    """A channel with its two bounds."""

    key: str
    name: str
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Form:
    """Everything the page shows."""

    basics: tuple[Field, ...]
    channels: tuple[ChannelRow, ...]
    rules: tuple[RuleRow, ...]
    names: tuple[str, ...] = ()


def raw_of(source: Source) -> dict[str, Any]:
    """The scenario as plain data.

    Raises
    ------
    UserError
        Where it is no mapping of keys.
    """
    raw = plain(source.tree, source.name)
    if not isinstance(raw, dict):
        raise UserError(_("a scenario is a mapping of keys, this is a single value"), source.name)
    return raw


def form_of(raw: Mapping[str, Any], known: Sequence[str], posted: Posted | None = None) -> Form:
    """The page for a scenario, or with what was typed into it.

    Parameters
    ----------
    raw
        The scenario as plain data.
    known
        Channels that the tables or the last plan know.
    posted
        What was sent; fields that were not stand as in the file.
    """
    posted = posted or {}
    channels, rules = _channels(raw), rules_of(raw)
    names = sorted({*channels, *known})
    sent = posted_channels(posted)
    basics = tuple(_basic(key, raw.get(key), posted) for key in BASICS)
    rows = tuple(
        _channel_row(f"c{i}", name, channels.get(name), posted, sent.get(name))
        for i, name in enumerate(names[:MOST_ROWS])
    )
    asked = posted_rules(posted) if posted else [(f"r{i}", one) for i, one in enumerate(rules)]
    return Form(
        basics,
        rows,
        tuple(row for key, one in asked if (row := rule_row(key, one, posted)) is not None),
        _groups(names, channels),
    )


def posted_channels(posted: Posted) -> dict[str, str]:
    """Channel -> what the names of its fields begin with."""
    return {
        text: name[:-5] for name, text in posted.items() if name[:1] == "c" and name[-5:] == ".name"
    }


def posted_rules(posted: Posted) -> list[tuple[str, dict[str, Any]]]:
    """(key, entry as it stood) of every rule that was sent."""
    keys = [name[:-5] for name in posted if name.startswith("r") and name.endswith(".rule")]
    out: list[tuple[str, dict[str, Any]]] = []
    for key in keys[:MOST_ROWS]:
        was = _was(posted.get(f"{key}.was", ""))
        out.append((key, was or {posted[f"{key}.rule"]: None}))
    return out


def blank_rule(name: str, posted: Posted) -> RuleRow:
    """A further rule, nothing in it yet.

    Raises
    ------
    UserError
        For a name that is no rule's.
    """
    if name not in RULES:
        raise UserError(_("unknown rule '{name}'", name=name[:80]))
    number = 0
    while f"r{number}.rule" in posted:
        number += 1
    row = rule_row(f"r{number}", {name: None}, {})
    assert row is not None
    return row


def goals() -> tuple[tuple[str, Text], ...]:
    """Goals that need nothing but their name."""
    out: list[tuple[str, Text]] = []
    for name in GOALS:
        try:
            read_goal(name)
        except UserError:
            continue
        out.append((name, GOALS[name].title))
    return tuple(out)


def rules_by_direction() -> tuple[tuple[Message, tuple[tuple[str, Message, Message], ...]], ...]:
    """Every rule of the registry, by the side of its value on which a plan must stay: (name, title,
    help).
    """
    return tuple(
        (
            words,
            tuple(
                (name, RULES[name].title, Message(RULES[name].help))
                for name in RULES
                if RULES[name].direction == direction and not RULES[name].caps_total
            ),
        )
        for direction, words in DIRECTIONS.items()
    )


def _basic(key: str, value: Any, posted: Posted) -> Field:
    info = Scenario.model_fields[key]
    standing = shown(value) if value is not None else shown(info.default if info.default else None)
    hint: Text = Message(info.description) if info.description else ""
    options: tuple[tuple[str, Text], ...] = ()
    if key == "goal":
        options = goals()
        hint = ""
    elif key == "period":
        options = tuple(PERIODS.items())
    text = posted.get(key, standing)
    if options and standing not in dict(options):
        options = ((standing, standing), *options)  # as it is written in the file
    return Field(
        key,
        BASICS[key],
        text,
        hint,
        options,
        number=not options and key not in ("name", "currency"),
    )


def _channel_row(key: str, name: str, entry: Any, posted: Posted, sent: str | None) -> ChannelRow:
    fields = []
    for bound, label in BOUNDS.items():
        text = posted.get(f"{sent}.{bound}", shown(inside(entry, bound)))
        fields.append(Field(f"{key}.{bound}", label, text, number=True))
    return ChannelRow(key, name, tuple(fields))


def rule_row(key: str, entry: Mapping[str, Any], posted: Posted) -> RuleRow | None:
    """A rule's fields (None: the entry names no rule; the file itself is the place to mend it)."""
    name = next((one for one in entry if one in RULES and not _is_option(one, entry)), None)
    if name is None:
        return None
    spec, fields = RULES[name], []
    for option, hint in rule_hints(name).items():
        standing = shown(entry.get(name if option == "value" else option))
        kind = getattr(hint, "__metadata__", (None,))[0]
        needed = spec.parameters[option].default is Parameter.empty
        words = tuple((word, word) for word in choices(hint))
        fields.append(
            Field(
                f"{key}.{option}",
                OPTIONS.get(option, option),
                posted.get(f"{key}.{option}", standing),
                getattr(kind, "hint", ""),
                (*(() if needed else (("", ""),)), *words) if words else (),
                is_number(hint),
                option in ("to", "within"),
            )
        )
    if "of" in spec.parameters:
        standing = posted.get(f"{key}.of", shown(entry.get("of")))
        whole = spec.speaks_of_whole_plan
        hint = _("empty: the whole plan") if whole else _("a channel or group")
        fields.insert(1, Field(f"{key}.of", OPTIONS["of"], standing, hint, names=True))
    said = {one.name.rpartition(".")[2]: one.value for one in fields}
    was = "" if entry.get(name) is None else json.dumps(entry, ensure_ascii=False)
    return RuleRow(
        key,
        name,
        spec.title,
        _sentence(spec.help, said),
        tuple(fields),
        was,
        bool(posted.get(f"{key}.gone")),
    )


def _sentence(help: str, said: Mapping[str, str]) -> Message:
    """A rule's help with what is typed in it; what is not yet is left open."""
    slots = [slot for __, slot, *___ in string.Formatter().parse(help) if slot]
    return Message(help, tuple((slot, said.get(slot) or "…") for slot in slots))


def _is_option(name: str, entry: Mapping[str, Any]) -> bool:
    """Whether a rule's name stands in an entry as another rule's option (`commit`)."""
    return any(other != name and other in RULES and name in rule_hints(other) for other in entry)


def _was(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def inside(entry: Any, key: str) -> Any:
    return entry.get(key) if isinstance(entry, dict) else None


def _channels(raw: Mapping[str, Any]) -> dict[str, Any]:
    found = raw.get("channels")
    return {str(k): v for k, v in found.items()} if isinstance(found, dict) else {}


def rules_of(raw: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = raw.get("rules")
    return (
        [one if isinstance(one, dict) else {} for one in found] if isinstance(found, list) else []
    )


def _groups(names: Sequence[str], channels: Mapping[str, Any]) -> tuple[str, ...]:
    """What a rule's `of` may name: channels, platforms, tags."""
    tags = [tag for entry in channels.values() for tag in inside(entry, "tags") or ()]
    platforms = [name.rpartition("/")[0] for name in names if "/" in name]
    return tuple(dict.fromkeys([*sorted({*platforms, *map(str, tags)}), *names]))
