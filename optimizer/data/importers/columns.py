"""The columns of exports, declared in few words: "Cost | Total cost | 消耗" is three headers.

Where several headers of one column are there, the first that is declared counts: an export of one
platform may well have both, and which of them is meant is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from optimizer.data.reading.columns import Column, Kind, column
from optimizer.messages import Text

# (numerator, denominator, factor) that a ratio must equal
Agrees = tuple[str, str, float]
# what a list of creators does not speak of: what was ordered of them, paid to them and sold
NO_LIST = (
    *("坑位费", "佣金", "gmv", "成交金额", "支付金额", "退款", "订单号", "订单数", "订单编号"),
    *("合作总金额", "消耗", "花费", "样品", "结算金额", "付款", "commission", "spend"),
)


def names(*texts: str) -> tuple[str, ...]:
    """Headers, of texts that hold one or several each.

    >>> names("Cost | Total cost", "消耗")
    ('Cost', 'Total cost', '消耗')
    """
    return tuple(part.strip() for text in texts for part in text.split(" | ") if part.strip())


def _made(to: str, texts: tuple[str, ...], kind: Kind, required: bool, say: Text) -> Column:
    return column(to, *names(*texts), kind=kind, required=required, prefer=True, say=say)


def day(*texts: str, required: bool = True) -> Column:
    """The day, week or month of a row: our `period`."""
    return _made("period", texts, "day", required, "")


def until(*texts: str) -> Column:
    """The last day of a row that covers more than its first (`Importer.spans`)."""
    return _made("until", texts, "day", False, "")


def time(to: str, *texts: str, required: bool = False, blank: bool = False) -> Column:
    """A point of time."""
    return replace(_made(to, texts, "time", required, ""), blank=blank)


def money(
    to: str,
    *texts: str,
    required: bool = False,
    blank: bool = False,
    say: Text = "",
    scale: Mapping[str, float] | None = None,
    missing: tuple[str, ...] = (),
    agrees: Agrees | None = None,
) -> Column:
    """An amount; `scale`: headers whose numbers are in another unit."""
    made = _made(to, texts, "money", required, say)
    return replace(made, blank=blank, scale=scale or {}, missing=missing, agrees=agrees)


def count(to: str, *texts: str, required: bool = False, say: Text = "") -> Column:
    """A whole number that is not below 0."""
    return _made(to, texts, "count", required, say)


def number(to: str, *texts: str, say: Text = "", agrees: Agrees | None = None) -> Column:
    """Any number."""
    return replace(_made(to, texts, "number", False, say), agrees=agrees)


def rate(to: str, *texts: str, agrees: Agrees | None = None) -> Column:
    """A share: 7.86 % is 0.0786; `agrees`: what it must equal."""
    return replace(_made(to, texts, "rate", False, ""), agrees=agrees)


def ident(to: str, *texts: str, required: bool = False) -> Column:
    """What identifies something; it stays text."""
    return _made(to, texts, "id", required, "")


def words(to: str, *texts: str, required: bool = False) -> Column:
    """Text."""
    return _made(to, texts, "text", required, "")


def document(to: str, *texts: str, say: Text = "") -> Column:
    """A JSON document."""
    return _made(to, texts, "json", False, say)
