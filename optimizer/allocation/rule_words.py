"""A rule in words: inside a sentence, and as a sentence of its own."""

from __future__ import annotations

import string

from optimizer.allocation.decision import Rule
from optimizer.allocation.rule import spec_of
from optimizer.messages import Message, Name, Quantity, Text, _


def rule_name(rule: Rule) -> Name:
    """The rule's key in English, its title elsewhere."""
    return Name(rule.name, spec_of(rule).title)


def rule_text(rule: Rule, bound: Text | None = None, about: str | None = None) -> Message:
    """A rule inside a sentence: "max_cac 45 of xiaohongshu".

    Parameters
    ----------
    rule
        The rule.
    bound
        Its value as it is to be written (None: as it is typed).
    about
        What it is about (None: its `of`).
    """
    of = about or rule.of
    said = rule.bound if bound is None else bound
    if of:
        return _("{rule} {bound} of {of}", rule=rule_name(rule), bound=said, of=of)
    return _("{rule} {bound}", rule=rule_name(rule), bound=said)


def rule_sentence(rule: Rule, currency: str) -> Message:
    """The rule's help with its value filled in, and what it is about before it.

    Parameters
    ----------
    rule
        A simple rule.
    currency
        ISO 4217 code of its value, where it is money.
    """
    spec, value = spec_of(rule), float(rule.value)
    if spec.unit == "money":
        shown: Quantity | str = Quantity(value, "money", currency, 0 if value == int(value) else 2)
    elif spec.unit in ("share", "change"):
        whole = abs(value * 100 - round(value * 100)) < 1e-9
        shown = Quantity(value, "share", digits=0 if whole else 1)
    else:
        shown = f"{value:,.6g}"
    known = {"value": shown, **{key: str(item) for key, item in rule.options.items()}}
    slots = [slot for _text, slot, *_rest in string.Formatter().parse(spec.help) if slot]
    text = Message(spec.help, tuple((slot, known.get(slot, f"{{{slot}}}")) for slot in slots))
    return _("{of}: {text}", of=rule.of, text=text) if rule.of else text
