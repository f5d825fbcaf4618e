"""How numbers and money are written for people, in each language."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass


def digits_for(values: Iterable[float | None]) -> int:
    """Decimals that show about three significant figures of a column: 0 from 100 up, then 1, 2 ...

    Parameters
    ----------
    values
        Numbers of one column; None, 0 and what is not finite are passed over.

    Returns
    -------
    int
        Decimals for the whole column, 0 to 9, by the median of the sizes; 0 where all are whole
        numbers.

    Examples
    --------
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
    """How numbers and money are written for people.

    Parameters
    ----------
    lang
        en or zh.
    currency
        An ISO 4217 code.

    Examples
    --------
    >>> Locale("zh").short(123456), Locale("en", "USD").money(3.456, 2)
    ('12.3万', '$3.46')
    """

    lang: str = "en"
    currency: str = "CNY"

    @property
    def _tag(self) -> str:
        return {"en": "en_US", "zh": "zh_CN"}[self.lang]

    def number(self, value: float | None, digits: int = 0) -> str:
        """1234.5 -> "1,234" ("-" for None).

        Parameters
        ----------
        value
            The number; None is "-".
        digits
            Decimals, shown even where they are 0.

        Returns
        -------
        str
            With the thousands set apart.
        """
        if value is None:
            return "-"
        from babel.numbers import format_decimal

        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        return str(format_decimal(round(value, digits) + 0.0, format=pattern, locale=self._tag))

    def short(self, value: float | None) -> str:
        """Three significant digits for tables and axes; 万 and 亿 in Chinese, k and M in English.

        Parameters
        ----------
        value
            The number; None is "-".

        Returns
        -------
        str
            Such as "12.3万" or "123k", without a currency sign.
        """
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

        Parameters
        ----------
        value
            Amount in whole units of `currency` (yuan, not cents); None is "-".
        digits
            Decimals, shown even where they are 0.

        Returns
        -------
        str
            A minus stands before the currency's sign.
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
        """0.125 -> "12.5%" with digits=1 ("-" for None).

        Parameters
        ----------
        value
            A share: 0.125 is 12.5 %; None is "-".
        digits
            Decimals of the percentage.

        Returns
        -------
        str
            Without a sign for growth.
        """
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
        """+12 / -3 ("-" for None).

        Parameters
        ----------
        value
            The number; None is "-".
        digits
            Decimals; what rounds to 0 with them has no sign.

        Returns
        -------
        str
            With the thousands set apart.
        """
        if value is None:
            return "-"
        return ("+" if round(value, digits) > 0 else "") + self.number(value, digits)
