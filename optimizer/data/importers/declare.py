"""What a platform's export looks like, said once: the nouns `Column`, `Recorded`, `Importer` and the registry.

A new importer is a function in a file of `platforms/` that returns an `Importer`; its name is what the user
writes, its docstring the help. Everything else (encodings, header rows, number forms, totals rows) is shared.
"""

from __future__ import annotations

import importlib
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Literal

from optimizer.messages import _
from optimizer.registry import Registry

Kind = Literal[
    "text", "id", "count", "money", "number", "rate", "day", "time", "epoch_s", "epoch_us", "json"
]
Table = Literal["spend", "shop", "orders", "events", "creators", "arms", "regions"]


@dataclass(frozen=True)
class Column:
    """One of our columns and the headers that mean it.

    to:       our name; a leading underscore marks a column used only inside (a check, a filter)
    names:    headers, the platform's own first; units in brackets ("(元)", "(%)") need no name of their own
    kind:     how cells are read
    blank:    the column must be there, but a row may leave it empty
    scale:    headers whose bare numbers are in another unit: {"粉丝数万": 10_000}
    unclear:  headers whose bare numbers could be in several units: the user is asked (--unit)
    missing:  further words for "no value" in this column ("无接单权限")
    prefer:   several headers may be present; the first of `names` wins and the choice is reported
    agrees:   (numerator, denominator, factor) this column must equal, as a check on the reading
    say:      what a reader should know (basis, window, what adding up does)
    """

    to: str
    names: tuple[str, ...]
    kind: Kind = "text"
    required: bool = False
    blank: bool = False
    scale: dict[str, float] = field(default_factory=dict)
    unclear: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    prefer: bool = False
    agrees: tuple[str, str, float] | None = None
    say: str = ""


# What a report's date column is called where the platform's own names are not used.
DAYS = ("日期", "时间", "统计日期", "统计时间", "投放日期", "数据日期", "分日", "date", "day")


def column(to: str, *names: str, kind: Kind = "text", **more: object) -> Column:
    """Shorthand for declarations: `column("spend", "消费", "消耗", kind="money", required=True)`."""
    return Column(to, names, kind, **more)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Recorded:
    """A column kept on record and not imported: a ratio with its window (days after the click; None = not stated
    by the platform) and its basis. Ratios are computed anew from sums, never averaged."""

    name: str
    window_days: int | None
    basis: str


@dataclass(frozen=True)
class Importer:
    """One platform's export.

    title:    what people call it, in Chinese where it is Chinese
    table:    which of our tables it becomes
    channel:  the channel its rows belong to; None where a column says it
    either:   of these columns at least one must be there
    sign:     headers no other platform has together: how `auto` knows it
    key:      our columns that say which thing a row is about: the same key twice with other numbers is a clash
    records:  ratio columns, with window and basis
    rows:     SQL that reshapes the typed rows (wide to long); {rows} is the relation
    once:     our column that no two rows of a file may share ("order_id"); repeats are a question
    headless: the columns in order, where files of this platform come without a header row; `shape`: what the first
              row must look like, {column: regular expression}
    also:     other titles a user may write
    auto:     `auto` may choose it
    """

    title: str
    table: Table
    columns: tuple[Column, ...]
    channel: str | None = None
    either: tuple[str, ...] = ()
    sign: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    records: tuple[Recorded, ...] = ()
    rows: str | None = None
    once: str | None = None
    headless: tuple[str, ...] = ()
    shape: dict[str, str] = field(default_factory=dict)
    also: tuple[str, ...] = ()
    auto: bool = True

    def find(self, to: str) -> Column | None:
        return next((c for c in self.columns if c.to == to), None)


IMPORTERS: Registry[Callable[[], Importer]] = Registry(_("importer"), "optimizer.importers")

_PLATFORM_FILES = (
    "xiaohongshu",
    "oceanengine",
    "tencent",
    "taobao",
    "jd",
    "creators",
    "apps",
    "web",
    "shopify",
    "plain",
    "trials",
)


@cache
def load_platforms() -> None:
    """Import every declaration file, in the order they are listed."""
    for name in _PLATFORM_FILES:
        importlib.import_module(f"optimizer.data.importers.platforms.{name}")


@cache
def declared(name: str) -> Importer:
    """The declaration of importer `name`; an unknown name is a UserError."""
    return IMPORTERS[name]()


_INVISIBLE = re.compile(r"[\s\ufeff\u200b-\u200f\u2060\u00ad]+")
_UNITS = {
    "元": 1.0,
    "人民币": 1.0,
    "cny": 1.0,
    "rmb": 1.0,
    "usd": 1.0,
    "$": 1.0,
    "¥": 1.0,
    "次": 1.0,
    "人": 1.0,
    "个": 1.0,
    "笔": 1.0,
    "件": 1.0,
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
_IN_BRACKETS = re.compile(r"^(.+?)[(\[]([^()\[\]]{1,4})[)\]]$")


@lru_cache(maxsize=8192)
def header_key(header: str) -> str:
    """A header as it is compared: full-width forms halved, invisible characters, braces, quotes and underscores away, lower
    case: "AppsFlyer ID" and "appsflyer_id" are one."""
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", header)).replace("_", "")
    return text.strip("{}'\"=").replace("￥", "¥").casefold()


@lru_cache(maxsize=8192)
def header_unit(key: str) -> tuple[str, float | None]:
    """(base, factor of the unit in brackets): "粉丝数(万)" -> ("粉丝数", 10000.0); ("点击率", None) without one."""
    match = _IN_BRACKETS.match(key)
    if match and match.group(2) in _UNITS:
        return match.group(1), _UNITS[match.group(2)]
    return key, None


def unit_factor(word: str) -> float | None:
    """The factor of a unit a user wrote: "万" -> 10000.0; None if unknown."""
    return _UNITS.get(header_key(word))


@cache
def lookup(name: str) -> dict[str, tuple[Column, str]]:
    """header key -> (column, the declared name), for one importer; a clash inside a declaration is a programming slip."""
    found: dict[str, tuple[Column, str]] = {}
    for entry in declared(name).columns:
        for written in entry.names:
            key = header_key(written)
            if found.setdefault(key, (entry, written))[0] is not entry:
                raise ValueError(
                    f"importer '{name}': header '{written}' means both {found[key][0].to} and {entry.to}"
                )
    return found


@cache
def all_keys(names: tuple[str, ...]) -> frozenset[str]:
    """Every header key that some importer of `names` declares."""
    return frozenset(key for name in names for key in lookup(name))


@cache
def sign_keys(name: str) -> frozenset[str]:
    return frozenset(header_key(sign) for sign in declared(name).sign)


def match_header(name: str, header: str) -> tuple[Column, str, float | None] | None:
    """(column, declared name, unit factor stated by the header) for a header of importer `name`, or None."""
    table = lookup(name)
    key = header_key(header)
    if key in table:
        entry, written = table[key]
        return entry, written, entry.scale.get(written, header_unit(key)[1])
    base, factor = header_unit(key)
    if factor is not None and base in table:
        entry, written = table[base]
        return entry, written, factor
    return None
