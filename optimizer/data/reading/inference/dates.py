"""Whether a column writes 8/13/2026 or 13/8/2026: told by the cells that can be read only one way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from optimizer.messages import Message, _

_FORM = r"(\d{1,2})([-/.])(\d{1,2})[-/.]\d{4}\b.*"


@dataclass(frozen=True)
class Order:
    """How a column writes days.

    order: mdy or dmy; None where nothing settles it, or cells differ. evidence, cells: what does.
    """

    order: str | None
    evidence: Message | None = None
    cells: int | None = None


def order_sql(raw: str, weight: str = "1") -> list[str]:
    """SQL aggregates over text cells, for `order_of`: cells whose first, and whose second number can
    be no month, and cells with points (no country writes the month first then).

    Parameters
    ----------
    raw
        SQL of the text.
    weight
        SQL of how many cells have that text.
    """
    text = f"_clean({raw})"
    form = f"regexp_full_match({text}, '{_FORM}')"

    def number(group: int) -> str:
        return f"try_cast(regexp_extract({text}, '^{_FORM}$', {group}) AS INTEGER)"

    tests = (
        f"{form} AND {number(1)} > 12",
        f"{form} AND {number(3)} > 12",
        f"{form} AND regexp_extract({text}, '^{_FORM}$', 2) = '.'",
    )
    return [f"COALESCE(sum({weight}) FILTER ({test}), 0)" for test in tests]


def order_of(counts: Sequence[int]) -> Order:
    """The order that the counts of `order_sql` settle.

    >>> order_of((3, 0, 0)).order, order_of((0, 2, 0)).order, order_of((0, 0, 0)).order
    ('dmy', 'mdy', None)
    """
    days_first, months_first, dotted = (int(number) for number in counts)
    if days_first and months_first:
        return Order(None)
    if days_first:
        return Order("dmy", _("the first number is above 12"), days_first)
    if months_first:
        return Order("mdy", _("the second number is above 12"), months_first)
    if dotted:
        return Order("dmy", _("days written with points begin with the day"), dotted)
    return Order(None)
