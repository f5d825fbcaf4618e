"""What a table's columns are called: declared once, found in whatever header a file has.

A `Column` says the headers that mean it and how its cells are read; a `Layout` is the columns of
one kind of table. Our own tables and every platform's export are declared in these words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Literal

from optimizer.data.reading.inference.currency import CODES
from optimizer.messages import Text

Kind = Literal[
    "text", "id", "count", "money", "number", "rate", "day", "time", "epoch_s", "epoch_us", "json"
]
TableKind = Literal[
    "spend", "totals", "shop", "orders", "events", "paths", "creators", "arms", "regions", "tests"
]


@dataclass(frozen=True)
class Column:
    """One of our columns and the headers that mean it.

    Attributes
    ----------
    to
        Our name; a leading underscore marks a column used only inside (a check, a filter).
    names
        Headers, the platform's own first; units in brackets ("(元)", "(%)") need no name of their
        own.
    kind
        How cells are read.
    required
        Whether the table makes no sense without it.
    blank
        The column must be there, but a row may leave it empty.
    scale
        Headers whose bare numbers are in another unit: {"粉丝数万": 10_000}.
    unclear
        Headers whose bare numbers could be in several units: the user is asked (--unit).
    missing
        Further words for "no value" in this column ("无接单权限").
    prefer
        Several headers may be present; the first of `names` wins and the choice is reported.
    agrees
        (numerator, denominator, factor) this column must equal, as a check on the reading.
    say
        What a reader should know (basis, window, what adding up does).
    hints
        Headers that are not understood as this column, but suggest it in a message.
    """

    to: str
    names: tuple[str, ...]
    kind: Kind = "text"
    required: bool = False
    blank: bool = False
    scale: Mapping[str, float] = field(default_factory=dict)
    unclear: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    prefer: bool = False
    agrees: tuple[str, str, float] | None = None
    say: Text = ""
    hints: tuple[str, ...] = ()


def column(
    to: str,
    *names: str,
    kind: Kind = "text",
    required: bool = False,
    blank: bool = False,
    scale: Mapping[str, float] | None = None,
    unclear: tuple[str, ...] = (),
    missing: tuple[str, ...] = (),
    prefer: bool = False,
    agrees: tuple[str, str, float] | None = None,
    say: Text = "",
    hints: tuple[str, ...] = (),
) -> Column:
    """A `Column`, with its headers written one after the other.

    >>> column("spend", "消费", "消耗", kind="money", required=True).names
    ('消费', '消耗')
    """
    return Column(
        to, names, kind, required, blank, scale or {}, unclear, missing, prefer, agrees, say, hints
    )


@dataclass(frozen=True)
class Understood:
    """What one header was understood as.

    Attributes
    ----------
    column
        The column it means.
    written
        The declared name it equals.
    factor
        The unit that the header states for bare numbers (10000.0 for 万); None where it states none.
    """

    column: Column
    written: str
    factor: float | None


@dataclass(frozen=True)
class Layout:
    """The columns of one kind of table.

    Attributes
    ----------
    title
        What people call it, in Chinese where it is Chinese.
    table
        Which of our tables it becomes.
    columns
        Its columns.
    either
        Of these columns at least one must be there.
    sign
        Headers no other layout has together: how `auto` knows it.
    headless
        The columns in order, where files come without a header row.
    shape
        What the first row of such a file must look like: {column: regular expression}.
    """

    title: Text
    table: TableKind
    columns: tuple[Column, ...] = ()
    either: tuple[str, ...] = ()
    sign: tuple[str, ...] = ()
    headless: tuple[str, ...] = ()
    shape: Mapping[str, str] = field(default_factory=dict)

    def find(self, to: str) -> Column | None:
        """The column of that name of ours."""
        return next((c for c in self.columns if c.to == to), None)

    @cached_property
    def lookup(self) -> Mapping[str, tuple[Column, str]]:
        """Header key -> (column, the declared name).

        Raises
        ------
        ValueError
            Where one header is declared for two columns: a slip in the declaration.
        """
        found: dict[str, tuple[Column, str]] = {}
        for entry in self.columns:
            for written in entry.names:
                key = header_key(written)
                if found.setdefault(key, (entry, written))[0] is not entry:
                    raise ValueError(
                        f"header '{written}' means both {found[key][0].to} and {entry.to}"
                    )
        return found

    @cached_property
    def sign_keys(self) -> frozenset[str]:
        """The keys of `sign`."""
        return frozenset(header_key(sign) for sign in self.sign)

    def understands(self, header: str) -> Understood | None:
        """What a header means here; None where it means nothing.

        Its unit in brackets is taken off where the header is not declared with it.
        """
        key = header_key(header)
        if key in self.lookup:
            entry, written = self.lookup[key]
            return Understood(entry, written, entry.scale.get(written, header_unit(key)[1]))
        base, factor = header_unit(key)
        if factor is not None and base in self.lookup:
            entry, written = self.lookup[base]
            return Understood(entry, written, factor)
        return None

    def holds(self, header: str, entry: Column) -> bool:
        """Whether a header means that column."""
        found = self.understands(header) if header.strip() else None
        return found is not None and found.column is entry

    def score(self, headers: tuple[str, ...]) -> tuple[int, int]:
        """(columns understood, signs seen) in a header row."""
        understood = {
            id(found.column) for h in headers if h.strip() and (found := self.understands(h))
        }
        return len(understood), len(self.sign_keys & {header_key(h) for h in headers})

    def fits(self, headers: tuple[str, ...]) -> bool:
        """Whether every required column is there and, where the layout has signs, one of them."""
        if self.sign and self.score(headers)[1] == 0:
            return False
        if self.either and not any(
            self.holds(h, c) for h in headers for c in self.columns if c.to in self.either
        ):
            return False
        return all(
            any(self.holds(h, c) for h in headers)
            for c in self.columns
            if c.required and not (self.sign and c.to == "period")
        )


MICROS = "micros"
_INVISIBLE = re.compile(r"[\s\ufeff\u200b-\u200f\u2060\u00ad]+")
_IN_BRACKETS = re.compile(r"^(.+?)[(\[]([^()\[\]]{1,4})[)\]]$")
_ONE = ("元", "人民币", "rmb", "$", "¥", "€", "£", "次", "人", "个", "笔", "件")
_UNITS = {
    **dict.fromkeys((*_ONE, *(code.lower() for code in CODES)), 1.0),
    "千": 1e3,
    "k": 1e3,
    "千元": 1e3,
    "万": 1e4,
    "w": 1e4,
    "万元": 1e4,
    "亿": 1e8,
    "分": 0.01,
    "%": 0.01,
    "‰": 0.001,
}


@lru_cache(maxsize=8192)
def header_key(header: str) -> str:
    """A header as it is compared: full-width forms halved, lower case, without invisible
    characters.

    Braces, quotes and underscores do not count either: "AppsFlyer ID" and "appsflyer_id" are one.

    >>> header_key("{AppsFlyer ID}") == header_key("appsflyer_id")
    True
    """
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", header)).replace("_", "")
    return text.strip("{}'\"=").replace("￥", "¥").casefold()


@lru_cache(maxsize=8192)
def header_unit(key: str) -> tuple[str, float | None]:
    """(base, factor of the unit in brackets) of a header key; "cost_micros" is in millionths.

    >>> header_unit("粉丝数(万)"), header_unit("点击率"), header_unit("costmicros")
    (('粉丝数', 10000.0), ('点击率', None), ('cost', 1e-06))
    """
    if key.endswith(MICROS) and len(key) > len(MICROS):
        return key.removesuffix(MICROS), 1e-6
    match = _IN_BRACKETS.match(key)
    if match and match.group(2) in _UNITS:
        return match.group(1), _UNITS[match.group(2)]
    return key, None


def unit_factor(word: str) -> float | None:
    """The factor of a unit a user wrote: "万" is 10000.0; None if unknown."""
    return _UNITS.get(header_key(word))
