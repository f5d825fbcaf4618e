"""The entries of `mapping.yaml`: how each is written, and read."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import available_timezones

from optimizer.data.reading.columns import unit_factor
from optimizer.errors import Problem
from optimizer.messages import Message, Text, _, listed
from optimizer.registry import did_you_mean

EVENTS = ("touch", "engage", "product_view", "add_to_cart", "checkout", "purchase")
STATES = ("paid", "unpaid", "cancelled", "refunded")
MOST_ROWS = 1_000_000  # the last row that `skip_rows` may name


class Wrong(ValueError):
    """A value that an entry cannot have: what, what to try, and the key below it where it stands."""

    def __init__(self, what: Message, fix: Message, *below: str | int) -> None:
        super().__init__(str(what))
        self.what, self.fix, self.below = what, fix, below

    def problem(self, where: Text, excerpt: str = "") -> Problem:
        """The same, with its place."""
        return Problem(self.what, where, self.fix, excerpt)


@dataclass(frozen=True)
class Key:
    """One entry.

    Attributes
    ----------
    read
        The value as `Mapping` holds it; raises `Wrong`.
    form
        text | number | list | pairs | lists: how `--set KEY=VALUE` is taken.
    says
        What it is, where it is asked for.
    """

    read: Callable[[Any], Any]
    form: str
    says: Message


def _text(raw: Any) -> str:
    if isinstance(raw, bool) or not isinstance(raw, str | int | float) or not str(raw).strip():
        raise Wrong(_("{raw} is no text", raw=repr(raw)), _("write a text, in quotes"))
    return str(raw).strip()


def _one_of(*known: str) -> Callable[[Any], str]:
    def read(raw: Any) -> str:
        text = _text(raw)
        if text not in known:
            raise Wrong(_("'{text}' is not understood", text=text), did_you_mean(text, known))
        return text

    return read


def _list(raw: Any) -> tuple[str, ...]:
    """One text or several."""
    return tuple(_text(item) for item in (raw if isinstance(raw, list | tuple) else [raw]))


def _pairs(raw: Any, read: Callable[[Any], Any]) -> tuple[tuple[str, Any], ...]:
    if not isinstance(raw, dict):
        raise Wrong(
            _("{raw} has no keys of its own", raw=repr(raw)), _("write it as {{KEY: VALUE}}")
        )
    out = []
    for name, value in raw.items():
        try:
            out.append((_text(name), read(value)))
        except Wrong as error:
            raise Wrong(error.what, error.fix, name, *error.below) from None
    return tuple(out)


def _columns(raw: Any) -> tuple[tuple[str, str], ...]:
    return _pairs(raw, _text)


def _names(raw: Any) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """{one: [several]}, where no name of the several stands under two."""
    pairs = _pairs(raw, _list)
    place: dict[str, str] = {}
    for one, several in pairs:
        for name in several:
            other = place.setdefault(name, one)
            if other != one:
                raise Wrong(
                    _(
                        "'{name}' stands under {first} and {second}",
                        name=name,
                        first=other,
                        second=one,
                    ),
                    _("keep it under one of them"),
                    one,
                )
    return pairs


def _words(raw: Any) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Words for milestones, which may be called anything, and for states of orders."""
    pairs = _names(raw)
    for ours, __ in pairs:
        near = did_you_mean(ours, (*EVENTS, *STATES))
        if ours not in (*EVENTS, *STATES) and near.template.startswith("did you mean"):
            raise Wrong(_("'{word}' is no word of ours", word=ours), near, ours)
    return pairs


def _apart(raw: Any) -> tuple[tuple[str, ...], ...]:
    groups = raw if isinstance(raw, list | tuple) else [raw]
    if groups and not isinstance(groups[0], list | tuple):
        groups = [groups]
    out = tuple(_list(group) for group in groups)
    if any(len(group) < 2 for group in out):
        raise Wrong(
            _("names are kept apart from one another: two at least"),
            _("write them as [[NAME, OTHER NAME]]"),
        )
    return out


def _rows(raw: Any) -> tuple[int, ...]:
    """A number N: the first N rows; a list: those rows."""
    whole = [raw] if not isinstance(raw, list | tuple) else list(raw)
    if not all(
        isinstance(row, int) and not isinstance(row, bool) and 1 <= row <= MOST_ROWS
        for row in whole
    ):
        raise Wrong(
            _("{raw} are no rows", raw=repr(raw)),
            _("write how many rows from the top are left out, or which: [1, 2, 9]"),
        )
    return tuple(range(1, raw + 1)) if isinstance(raw, int) else tuple(sorted(set(whole)))


def _currency(raw: Any) -> str:
    text = _text(raw).upper()
    if not re.fullmatch("[A-Z]{3}", text):
        raise Wrong(
            _("'{text}' is no currency", text=text), _("write its three letters: CNY, USD, EUR")
        )
    return text


def _zone(raw: Any) -> str:
    text = _text(raw)
    known = available_timezones()
    if text not in known:
        raise Wrong(_("unknown time zone '{zone}'", zone=text), did_you_mean(text, known))
    return text


def _units(raw: Any) -> tuple[tuple[str, float], ...]:
    def factor(word: Any) -> float:
        found = unit_factor(_text(word))
        if found is None:
            raise Wrong(_("unknown unit '{word}'", word=word), _("known: 元, 千, 万, 亿, 分, %, ‰"))
        return found

    return _pairs(raw, factor)


def _year(raw: Any) -> int:
    text = _text(raw)
    if not re.fullmatch(r"(19[9]\d|20\d\d)", text):
        raise Wrong(_("{raw} is no year", raw=repr(raw)), _("write 2026"))
    return int(text)


def _date(raw: Any) -> str:
    try:
        return date.fromisoformat(_text(raw)).isoformat()
    except ValueError as error:
        if isinstance(error, Wrong):
            raise
        raise Wrong(_("{raw} is no date", raw=repr(raw)), _("write 2026-08-13")) from None


KEYS: dict[str, Key] = {
    "platform": Key(_text, "text", _("which importer reads the file: `optimizer list importers`")),
    "channel": Key(_text, "text", _("the channel of the whole file")),
    "columns": Key(_columns, "pairs", _("which header holds one of our columns")),
    "aliases": Key(_names, "lists", _("the other names that a channel goes by")),
    "apart": Key(_apart, "list", _("names that look like one channel and are not")),
    "words": Key(
        _words,
        "lists",
        _(
            "the file's words for {events}, and for orders that are {states}",
            events=listed(EVENTS),
            states=listed(STATES, " or "),
        ),
    ),
    "sheets": Key(_list, "list", _("the sheets of a workbook that count")),
    "skip_rows": Key(_rows, "rows", _("how many rows from the top are left out, or which ones")),
    "decimal": Key(_one_of(".", ","), "text", _("the decimal mark: . or ,")),
    "currency": Key(_currency, "text", _("the currency of every amount: CNY, USD, EUR")),
    "timezone": Key(_zone, "text", _("the clock of the times: Asia/Shanghai")),
    "dates": Key(_one_of("mdy", "dmy"), "text", _("how 8/9/2026 is meant: mdy or dmy")),
    "year": Key(_year, "text", _("the year of dates without one")),
    "date": Key(_date, "text", _("the day of every row, where no column says it")),
    "units": Key(_units, "pairs", _("the unit of a column's bare numbers: 万, 千, 分, 元, %")),
    "ranges": Key(_one_of("low", "mid", "high"), "text", _("which end of 1万-2万 counts")),
    "split": Key(_text, "text", _("a column whose values become a level below the channel")),
    "missing": Key(_list, "list", _("further words for 'no value'")),
    "ignore": Key(_list, "list", _("headers that are not what they look like")),
    "duplicates": Key(
        _one_of("first", "last", "add"), "text", _("which of two rows about one thing counts")
    ),
    "totals": Key(
        _one_of("out", "keep"), "text", _("rows that are called totals: left out or kept")
    ),
    "period": Key(_one_of("day", "week", "month"), "text", _("what a date stands for")),
    "lines": Key(
        _one_of("order", "line"), "text", _("whose a value is that repeats in the rows of an order")
    ),
}
