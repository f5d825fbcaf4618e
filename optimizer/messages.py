"""What the program says to a person, kept as data until the edge.

A `Message` is a template and the fields that stand in it: `_("there is no arm '{name}'",
name=name)`. A field may be a message again, a number with its unit (`Quantity`), several things in
a row (`Listing`), or a name of the user's, which is shown untouched in every language.
`str(message)` is English; whatever prints for a person renders it in the reader's language:
`Language("zh").say(message)`. Nothing reads a finished sentence again.

The templates are gettext's msgids (python-brace-format). `optimizer/locale/README.md` says how the
catalogues are extracted and compiled. A template without a translation is said in English.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from optimizer.number_format import Locale

LANGUAGES = ("en", "zh")


@runtime_checkable
class Sayable(Protocol):
    """Anything that knows how it reads in a language."""

    def render(self, language: Language, /) -> str:
        """The text in that language."""
        ...


class Language(Protocol):
    """What a message needs of a reader's language; `optimizer.locale.Reader` is the one in use."""

    @property
    def lang(self) -> str:
        """The language's code."""
        ...

    def template(self, message: Message, /) -> str:
        """The template in this language: of `message.plural` where the count asks for it."""
        ...

    def say(self, thing: object, /) -> str:
        """A message, or anything else, as text in this language."""
        ...

    def quantity(self, quantity: Quantity, /) -> str:
        """A number with its unit, as this language writes it."""
        ...

    def joint(self, kind: str, /) -> tuple[str, str]:
        """What stands between the items of a `Listing`, and before the last one."""
        ...

    def field(self, text: str, /) -> str:
        """Words of the program on their way into a sentence."""
        ...

    def sentence(self, text: str, /) -> str:
        """A sentence whose fields are filled."""
        ...


class _Spoken:
    """Shared by all that is said: English as text, and no text where a number would be."""

    def render(self, language: Language, /) -> str:
        raise NotImplementedError

    def __str__(self) -> str:
        return self.render(ENGLISH)

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)


@dataclass(frozen=True, eq=True, repr=False)
class Message(_Spoken):
    """One sentence or phrase.

    Parameters
    ----------
    template
        English, with `{slots}`; gettext's msgid.
    fields
        What stands in the slots: (name, value) pairs. A value that is `Sayable` is said in the same
        language.
    context
        gettext's msgctxt, where one English phrase has several translations.
    plural
        The template for every number but 1; the field `n` holds the number.
    """

    template: str
    fields: tuple[tuple[str, Any], ...] = ()
    context: str = ""
    plural: str = ""

    @property
    def values(self) -> dict[str, Any]:
        """The fields by name."""
        return dict(self.fields)

    def render(self, language: Language, /) -> str:
        """The sentence in a language, its fields too."""
        template = language.template(self)
        if not self.fields:
            return template.format() if "{" in template or "}" in template else template
        return language.sentence(_FORMATTER.vformat(template, (), _Said(self.values, language)))

    def __repr__(self) -> str:
        return f"Message({str(self)!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return (Message, (self.template, self.fields, self.context, self.plural))


class _Said(dict[str, Any]):
    """Fields as they are put into a template: what is said again is said in the template's
    language.
    """

    def __init__(self, values: Mapping[str, Any], language: Language) -> None:
        super().__init__(values)
        self._language = language

    def __getitem__(self, key: str) -> Any:
        value = super().__getitem__(key)
        if isinstance(value, Sayable):
            return self._language.field(value.render(self._language))
        return value


class _Formatter(string.Formatter):
    """`str.format` of plain slots: a template cannot reach into what stands in its fields."""

    def get_field(self, field_name: str, args: Any, kwargs: Any) -> Any:
        return kwargs[field_name], field_name


_FORMATTER = _Formatter()


def _(template: str, /, **fields: Any) -> Message:
    """A message: `_("unknown {kind} '{name}'", kind=kind, name=name)`."""
    return Message(template, tuple(fields.items()))


def pgettext(context: str, template: str, /, **fields: Any) -> Message:
    """A message whose English alone does not say which word is meant: `pgettext("of a check",
    "State")`.

    Parameters
    ----------
    context
        gettext's msgctxt, a literal.
    template
        English with `{slots}`, a literal: the extraction finds nothing else.
    **fields
        What stands in the slots.
    """
    return Message(template, tuple(fields.items()), context)


def ngettext(one: str, many: str, n: float, /, **fields: Any) -> Message:
    """A message that depends on a number, which is the field `n` too: `ngettext("{n} row", "{n}
    rows", 3)`.

    A field `n=` of its own says how the number is written.

    Parameters
    ----------
    one, many
        English for 1 and for every other number, both literals with the same slots.
    n
        The number that decides.
    **fields
        What stands in the other slots.
    """
    shown = {"n": n, **fields}
    return Message(one if n == 1 else many, tuple(shown.items()), "", one)


@dataclass(frozen=True, repr=False)
class Quantity(_Spoken):
    """A number with its unit, written at the edge.

    Parameters
    ----------
    value
        The number; None is "-".
    kind
        money | count | number | ratio | share | change.
    currency
        ISO 4217, for money.
    digits
        Decimals; None: as many as its size asks for.
    """

    value: float | None
    kind: str = "number"
    currency: str = ""
    digits: int | None = None

    def render(self, language: Language, /) -> str:
        """The number as the language writes it."""
        return language.quantity(self)


@dataclass(frozen=True, repr=False)
class Listing(_Spoken):
    """Several things in a row.

    Parameters
    ----------
    items
        Messages, names, numbers.
    joint
        ", " | "; " | "and" | "or" | " " | newline: what stands between them.
    """

    items: tuple[Any, ...]
    joint: str = ", "

    def render(self, language: Language, /) -> str:
        """The items with what stands between them in that language."""
        said = [language.say(item) for item in self.items]
        between, last = language.joint(self.joint)
        if len(said) < 2:
            return "".join(said)
        return between.join(said[:-1]) + last + said[-1]


@dataclass(frozen=True, repr=False)
class Name(_Spoken):
    """A key of the program that other languages say in words: English shows the key (`max_cac`), as
    it is typed.

    Parameters
    ----------
    key
        What the user writes.
    title
        What it means; its translation is what other languages show. None: the key everywhere.
    """

    key: str
    title: Message | None = None

    def render(self, language: Language, /) -> str:
        """The key in English, the translated title elsewhere (the key where there is none)."""
        if language.lang == "en" or self.title is None:
            return self.key
        said = self.title.render(language)
        return self.key if said == str(self.title) else said


Text = (
    str | _Spoken
)  # what a message may be given as: plain text is said as it stands in every language


def listed(items: Iterable[Any], joint: str = ", ") -> Listing:
    """The items in a row, as one thing that can stand in a message.

    Parameters
    ----------
    items
        Messages, names, numbers; said in the reader's language when the list is.
    joint
        What stands between them; see `Listing`.

    Returns
    -------
    Listing
        It keeps the items as they are, nothing is put into words yet.
    """
    return Listing(tuple(items), joint)


@dataclass(frozen=True)
class _English:
    """The language of the source: templates as they stand, numbers by `number_format`."""

    lang: str = "en"
    _joints: Mapping[str, tuple[str, str]] = field(
        default_factory=lambda: {"and": (", ", " and "), "or": (", ", " or ")}
    )

    def template(self, message: Message, /) -> str:
        return message.template

    def say(self, thing: object, /) -> str:
        return str(thing)

    def quantity(self, quantity: Quantity, /) -> str:
        return Locale("en", quantity.currency or "CNY").quantity(
            quantity.value, quantity.kind, quantity.digits
        )

    def joint(self, kind: str, /) -> tuple[str, str]:
        return self._joints.get(kind, (kind, kind))

    def field(self, text: str, /) -> str:
        return text

    def sentence(self, text: str, /) -> str:
        return text


ENGLISH = _English()
