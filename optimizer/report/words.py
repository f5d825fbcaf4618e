"""The writer of every page: messages in one language, names kept as they are, numbers for people.

`Words(lang, currency)` is passed to whatever writes text: `say(_("Total"))`, `say.money(42.87)`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from optimizer.locale import Reader
from optimizer.messages import Listing, Message, Quantity, Text
from optimizer.number_format import digits_for


class Words(Reader):
    """Says things in one language.

    Parameters
    ----------
    lang
        "en" or "zh".
    currency
        ISO 4217 code of amounts that name none.
    page
        The signs ¥ and − of good print; without it those that a GBK terminal can print (U+FFE5,
        a hyphen).

    Examples
    --------
    >>> Words("en", "EUR").money(1234.6)
    '€1,235'
    """

    def __init__(self, lang: str = "en", currency: str = "CNY", page: bool = False) -> None:
        super().__init__(lang, currency)
        self._page = page
        self.names: Mapping[str, str] = {}  # channel -> what the reader calls it
        self.symbol = self._sign(self.locale.symbol)
        # joined by U+2060: no line ends between the sign and its number
        self._minus, self._plus = ("−\u2060", "+\u2060") if page else ("-", "+")

    def __call__(self, text: Text, /) -> str:
        """A message in this language; names in it are fenced against writing from right to left.

        Plain text (a name of the user's) stays as it is.
        """
        return text if isinstance(text, str) else self.say(fenced(self._named(text)))

    def name(self, text: str) -> str:
        """What a channel is called here; a rule's "channel W2" and "one + other" part by part."""
        if text in self.names or not self.names:
            return self.names.get(text, text)
        for joint in (" + ", " "):
            first, found, rest = text.rpartition(joint)
            if found and self.name(first) != first:
                return f"{self.name(first)}{joint}{self.name(rest) if joint != ' ' else rest}"
        return text

    def _named(self, text: Any) -> Any:
        """A message with its channels called as they are here."""
        if not self.names:
            return text
        if isinstance(text, str):
            return self.name(text)
        if isinstance(text, Message):
            return replace(text, fields=tuple((k, self._named(v)) for k, v in text.fields))
        if isinstance(text, Listing):
            return replace(text, items=tuple(map(self._named, text.items)))
        return text

    def quantity(self, quantity: Quantity, /) -> str:
        """A number with its unit, with the signs of this place."""
        return self._sign(super().quantity(quantity))

    def _sign(self, text: str) -> str:
        return text.replace("￥", "¥") if self._page else text

    def remark(self, text: Text) -> str:
        """A remark of the pipeline in this language; plain text is fenced as a whole."""
        return isolated(self.name(text)) if isinstance(text, str) else self(text)

    def join(self, parts: Sequence[str]) -> str:
        """Several names or phrases in a row: "a, b and c"."""
        parts = [self.name(part) for part in parts]
        if len(parts) < 2:
            return "".join(parts)
        between, last = self.joint("all")
        return between.join(parts[:-1]) + last + parts[-1]

    def paragraph(self, sentences: Sequence[str]) -> str:
        """Sentences one after the other; no blank between them in Chinese."""
        return ("" if self.lang == "zh" else " ").join(sentences)

    # Numbers. `digits` is asked for where a column shares its decimals; else it follows the
    # value's size. What is not known (None) is "-".

    def money(self, value: float | None, digits: int | None = None) -> str:
        """Currency: ¥1,234.

        Parameters
        ----------
        value
            Whole units of the currency (None: not known, "-").
        digits
            Decimals (None: by the value's size, see `digits_for`).
        """
        if value is None:
            return "-"
        digits = digits_for([value]) if digits is None else digits
        sign = self._minus if round(value, digits) < 0 else ""
        return f"{sign}{self.symbol}{self.locale.number(abs(value), digits)}"

    def headline(self, value: float) -> str:
        """Money for a card: in full up to seven figures, then ¥12.3M; 万 and 亿 in Chinese."""
        if abs(value) < (1e5 if self.lang == "zh" else 1e7):
            return self.money(value)
        short = re.sub(r"\.0(?=\D)", "", self.locale.short(abs(value)))
        return f"{self._minus if value < 0 else ''}{self.symbol}{short}"

    def gap(self, value: float) -> str:
        """A proven gap: never rounded to nothing."""
        return "<" + self.locale.percent(1e-4, 2) if value < 1e-4 else self.locale.percent(value, 2)

    def capital(self, text: str) -> str:
        """A word at the head of a column or an axis."""
        return text[:1].upper() + text[1:]

    def number(self, value: float | None, digits: int | None = None) -> str:
        """A plain number: 1,234.5.

        Parameters
        ----------
        value
            None: not known, "-".
        digits
            Decimals (None: by the value's size, see `digits_for`).
        """
        return self._signed(
            self.locale.number(value, digits_for([value]) if digits is None else digits)
        )

    def _signed(self, text: str) -> str:
        """The number with this place's minus sign; "-" alone stays: it says "not known"."""
        return self._minus + text[1:] if len(text) > 1 and text[0] == "-" else text

    def count(self, value: float | None, digits: int | None = None) -> str:
        """Customers, touches: whole from 20 up, one decimal below.

        Parameters
        ----------
        value
            None: not known, "-".
        digits
            Decimals (None: one for a fraction below 20, else none).
        """
        if digits is None:
            digits = 0 if value is None or abs(value) >= 20 or value == round(value) else 1
        return self._signed(self.locale.number(value, digits))

    def ratio(self, value: float | None) -> str:
        """ROI and other multiples: two decimals."""
        return self._signed(self.locale.number(value, 2))

    def percent(self, value: float | None, digits: int | None = None) -> str:
        """A share: 12%; one decimal below a tenth.

        Parameters
        ----------
        value
            A fraction: 0.12 is 12% (None: not known, "-").
        digits
            Decimals of the percentage (None: one below a tenth, else none).
        """
        if digits is None:
            digits = 0 if value is None or abs(value) >= 0.0995 or value == 0 else 1
        return self._signed(self.locale.percent(value, digits))

    def change(self, value: float | None) -> str:
        """A relative change with its sign: +12%, -3%; "none" where it rounds to nothing."""
        if value is None:
            return "-"
        digits = 0 if abs(value) >= 0.095 else 1
        if round(value * 100, digits) == 0:
            return "±0%"
        return ("+" if value > 0 else "") + self._signed(self.locale.percent(value, digits))

    def signed_money(self, value: float | None, digits: int | None = None) -> str:
        """Currency with its sign: +¥1,234.

        Parameters
        ----------
        value
            Whole units of the currency (None: not known, "-").
        digits
            Decimals; what rounds to nothing has no sign.
        """
        if value is None:
            return "-"
        digits = digits_for([value]) if digits is None else digits
        return (self._plus if round(value, digits) > 0 else "") + self.money(value, digits)

    def signed_count(self, value: float | None, digits: int | None = None) -> str:
        """A count with its sign: +12.

        Parameters
        ----------
        value
            None: not known, "-".
        digits
            Decimals (None: one below 20); what rounds to nothing has no plus.
        """
        if value is None:
            return "-"
        digits = (0 if abs(value) >= 20 else 1) if digits is None else digits
        return ("+" if round(value, digits) > 0 else "") + self._signed(
            self.locale.number(value, digits)
        )

    def by_unit(self, value: float | None, unit: str) -> str:
        """A rule's bound or result in its own unit: money | ratio | share | count | customers.

        Parameters
        ----------
        value
            In that unit (None: not known, "-"); shares and changes are fractions.
        unit
            money | share | change | ratio; any other is a count.
        """
        if value is None:
            return "-"
        if unit == "money":
            return self.money(value)
        if unit == "share":
            return self.percent(value, 1 if abs(value * 100 - round(value * 100)) > 0.05 else 0)
        if unit == "change":
            return self.change(value)
        if unit == "ratio":
            return self.ratio(value)
        return self.count(value)


def fenced(text: Text) -> Text:
    """A message whose names, its messages' names too, are `isolated`."""
    if isinstance(text, str):
        return isolated(text)
    if isinstance(text, Message):
        fields = tuple((key, _fenced(value)) for key, value in text.fields)
        return replace(text, fields=fields)
    if isinstance(text, Listing):
        return replace(text, items=tuple(map(_fenced, text.items)))
    return text


def _fenced(value: object) -> object:
    return fenced(value) if isinstance(value, str | Message | Listing) else value


TURNS = ("R", "AL", "AN", "RLE", "RLO", "LRE", "LRO", "PDF", "RLI", "LRI", "FSI", "PDI")


def isolated(text: str) -> str:
    """A name with letters from right to left or direction marks, fenced.

    It cannot turn the sentence around it then (U+2068, U+2069). Other names stay as they are.
    """
    outside = re.sub("\u2068[^\u2068\u2069]*\u2069", "", text)  # what earlier fences leave open
    if all(unicodedata.bidirectional(c) not in TURNS for c in outside):
        return text
    # a mark of direction that is never closed would reach past the fence: it is dropped
    plain = "".join(c for c in text if unicodedata.bidirectional(c) not in TURNS[3:])
    return f"\u2068{plain}\u2069"
