"""Units and ratios: each formula of the trade stands here and nowhere else.

Money is in the scenario's one currency, spend and customers are per plan (or per the period a table
names). A ratio whose base is 0 is `None`, never 0 and never infinity: "no customers" is not "free
customers". `None` is not 0 anywhere in this program.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from optimizer.messages import Text, _


@dataclass(frozen=True)
class Kind:
    """What a number in a scenario means, and the range it may lie in. Rules and curves annotate
    with it.

    Parameters
    ----------
    name
        money, share, ratio, change, amount, positive, count, ...
    low, high
        The range, both ends included.
    whole
        Only whole numbers.
    hint
        What to write, said to somebody who wrote something else.
    """

    name: str
    low: float = 0.0
    high: float = math.inf
    whole: bool = False
    hint: Text = ""

    @property
    def units(self) -> dict[str, str]:
        """Marks that may follow a number of this kind, and what one of them is worth: 30%, 40万."""
        return (
            {"%": "0.01"}
            if self.name in ("share", "change", "ratio")
            else {"万": "1e4", "亿": "1e8"}
        )


Money = Annotated[float, Kind("money", 0, 1e15, hint=_("an amount of currency, 0 or more"))]
PositiveMoney = Annotated[
    float, Kind("positive money", 5e-324, 1e15, hint=_("an amount of currency above 0"))
]
Share = Annotated[
    float, Kind("share", 0, 1, hint=_("a share from 0 to 1, or a percentage such as 30%"))
]
Ratio = Annotated[float, Kind("ratio", 0, 1e12, hint=_("a ratio, 0 or more; 2.0 is 2 back for 1"))]
Change = Annotated[float, Kind("change", -1, 1e6, hint=_("a change such as +20% or -0.15"))]
Amount = Annotated[float, Kind("amount", 0, 1e15, hint=_("a number, 0 or more"))]
Positive = Annotated[float, Kind("positive", 5e-324, 1e15, hint=_("a number above 0"))]
Count = Annotated[int, Kind("count", 0, 1e9, whole=True, hint=_("a whole number, 0 or more"))]


def ratio(part: float, base: float) -> float | None:
    """part / base, or None where the base is 0."""
    return part / base if base else None


def cac(spend: float, new_customers: float) -> float | None:
    """Customer acquisition cost (获客成本), currency per new customer: all marketing spend / new
    customers.
    """
    return ratio(spend, new_customers)


def roi(gmv: float, spend: float) -> float | None:
    """Return on investment (投产比), as the trade uses it, the same as ROAS: GMV / ad spend. 2.0 is 2
    back for 1.
    """
    return ratio(gmv, spend)


def profit_roi(gmv: float, margin: float, spend: float) -> float | None:
    """Profit per unit of spend: (GMV * margin - spend) / spend. margin: gross margin, a share of
    GMV.
    """
    return ratio(gmv * margin - spend, spend)


def profit(gmv: float, margin: float, spend: float) -> float:
    """Contribution in currency: GMV * margin - spend."""
    return gmv * margin - spend


def marginal_cac(customers_per_unit: float) -> float | None:
    """Cost of the next customer: 1 / (new customers per unit of spend)."""
    return ratio(1.0, customers_per_unit)


def ctr(clicks: float, exposures: float) -> float | None:
    """Click-through rate (点击率): clicks / exposures."""
    return ratio(clicks, exposures)


def cvr(orders: float, visitors: float) -> float | None:
    """Conversion rate (转化率): orders / visitors."""
    return ratio(orders, visitors)


def aov(gmv: float, orders: float) -> float | None:
    """Average order value (客单价), currency: GMV / orders."""
    return ratio(gmv, orders)


def repurchase_rate(repeat_customers: float, customers: float) -> float | None:
    """Repurchase rate (复购率): customers with 2 orders or more / customers."""
    return ratio(repeat_customers, customers)


def share(part: float, whole: float) -> float | None:
    """Part of a whole, 0 to 1."""
    return ratio(part, whole)


def change(new: float, old: float) -> float | None:
    """Relative change, new against old: 0.2 is +20 %."""
    return ratio(new - old, old)


def digits_for(values: Iterable[float | None]) -> int:
    """Decimals that show about three significant figures of a column: 0 from 100 up, then 1, 2 ...

    >>> digits_for([1204.2, 880.0]), digits_for([42.87]), digits_for([0.0123]), digits_for([45.0])
    (0, 1, 4, 0)
    """
    sizes = sorted(abs(v) for v in values if v is not None and math.isfinite(v) and v)
    if not sizes or all(size == round(size) for size in sizes):
        return 0
    middle = sizes[len(sizes) // 2]
    return max(0, min(9, 2 - math.floor(math.log10(middle))))


@dataclass(frozen=True)
class Locale:
    """How numbers and money are written for people. `lang`: en or zh; `currency`: an ISO 4217
    code.
    """

    lang: str = "en"
    currency: str = "CNY"

    @property
    def _tag(self) -> str:
        return {"en": "en_US", "zh": "zh_CN"}[self.lang]

    def number(self, value: float | None, digits: int = 0) -> str:
        """1234.5 -> "1,234" ("-" for None)."""
        if value is None:
            return "-"
        from babel.numbers import format_decimal

        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        return str(format_decimal(round(value, digits) + 0.0, format=pattern, locale=self._tag))

    def short(self, value: float | None) -> str:
        """Three significant digits for tables and axes; 万 and 亿 in Chinese, k and M in English."""
        if value is None:
            return "-"
        steps = (
            [(1e8, "亿"), (1e4, "万")]
            if self.lang == "zh"
            else [(1e9, "B"), (1e6, "M"), (1e4, "k")]
        )
        for step, mark in steps:
            if abs(value) >= step:
                unit = 1e3 if mark == "k" else step
                scaled = value / unit
                return f"{self.number(scaled, 1 if abs(scaled) < 100 else 0)}{mark}"
        return self.number(
            value, 0 if abs(value) >= 100 or value == int(value) else 1 if abs(value) >= 1 else 2
        )

    def money(self, value: float | None, digits: int = 0) -> str:
        """12345 -> "￥12,345" for CNY in Chinese, "CNY 12,345" style symbols otherwise ("-" for
        None).
        """
        if value is None:
            return "-"
        sign = "-" if round(value, digits) < 0 else ""
        return f"{sign}{self.symbol}{self.number(abs(value), digits)}"

    @property
    def symbol(self) -> str:
        """The currency's sign; U+FFE5 for the yuan, which a GBK terminal can print."""
        if self.currency == "CNY":
            return "￥"
        from babel.numbers import get_currency_symbol

        sign = str(get_currency_symbol(self.currency, locale=self._tag))
        return sign + (" " if sign.isalpha() else "")

    def percent(self, value: float | None, digits: int = 0) -> str:
        """0.125 -> "12.5%" with digits=1 ("-" for None)."""
        return "-" if value is None else f"{self.number(value * 100, digits)}%"

    def quantity(self, value: float | None, kind: str, digits: int | None = None) -> str:
        """A number with its unit.

        Parameters
        ----------
        value
            The number; None is "-".
        kind
            money | count | number | ratio | share | change.
        digits
            Decimals; None: as many as the size of the number asks for.
        """
        if value is None:
            return "-"
        if kind == "money":
            return self.money(value, digits_for([value]) if digits is None else digits)
        if kind == "count":
            whole = abs(value) >= 20 or value == round(value)
            return self.number(value, (0 if whole else 1) if digits is None else digits)
        if kind == "ratio":
            return self.number(value, 2 if digits is None else digits)
        if kind in ("share", "change"):
            whole = abs(value * 100 - round(value * 100)) <= 0.05
            return self.percent(value, (0 if whole else 1) if digits is None else digits)
        return self.number(value, digits_for([value]) if digits is None else digits)

    def signed(self, value: float | None, digits: int = 0) -> str:
        """+12 / -3 ("-" for None)."""
        if value is None:
            return "-"
        return ("+" if round(value, digits) > 0 else "") + self.number(value, digits)
