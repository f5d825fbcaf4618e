"""Languages: the gettext catalogues, and how a message reads in each.

The edge (command line, report, what-if page) makes one `Reader` and says everything through it. A
catalogue is `<language>/LC_MESSAGES/optimizer.po`; README.md beside this file says how it is
extracted and compiled. A package of the user's own adds its words with `add_translations`.
"""

from __future__ import annotations

import gettext
import io
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from optimizer.errors import UserError
from optimizer.messages import LANGUAGES, Message, Quantity, Sayable, _
from optimizer.number_format import Locale
from optimizer.registry import did_you_mean

DOMAIN = "optimizer"
HERE = Path(__file__).parent
# stands around words of the program inside a sentence, until the blanks beside them are settled
EDGE = "\0"
CJK = "\u3000-\u303f\u4e00-\u9fff\uff00-\uffef"

_added: dict[str, dict[str, str]] = {}


@lru_cache(maxsize=4)
def catalogue(lang: str) -> gettext.NullTranslations:
    """The catalogue of a language.

    The compiled one; but where the text it is compiled from stands beside it and is newer (a source
    tree at work), or where nothing was compiled, that text.

    Parameters
    ----------
    lang
        Name of a folder beside this file, such as "zh".

    Returns
    -------
    gettext.NullTranslations
        Empty where the language has no catalogue. It is read once per process.
    """
    folder = HERE / lang / "LC_MESSAGES"
    compiled, source = folder / f"{DOMAIN}.mo", folder / f"{DOMAIN}.po"
    made = compiled.stat().st_mtime if compiled.is_file() else None
    written = source.stat().st_mtime if source.is_file() else None
    if made is not None and (written is None or written <= made):
        return gettext.GNUTranslations(io.BytesIO(compiled.read_bytes()))
    if written is None:
        return gettext.NullTranslations()
    from babel.messages.mofile import write_mo  # only where nothing was compiled
    from babel.messages.pofile import read_po

    out = io.BytesIO()
    write_mo(out, read_po(io.BytesIO(source.read_bytes()), locale=lang))
    return gettext.GNUTranslations(io.BytesIO(out.getvalue()))


def add_translations(lang: str, words: Mapping[str, str]) -> None:
    """Add translations of a package's own messages.

    Parameters
    ----------
    lang
        The language they are in, such as "zh".
    words
        English template -> the same in that language. What the program itself says is not
        overruled.
    """
    _added.setdefault(lang, {}).update(words)


class Reader:
    """A person's language.

    Parameters
    ----------
    lang
        "en" or "zh".
    currency
        ISO 4217 code for amounts that name none.
    """

    def __init__(self, lang: str = "en", currency: str = "CNY") -> None:
        if lang not in LANGUAGES:
            raise UserError(
                _("unknown language '{lang}'", lang=lang), fix=did_you_mean(lang, LANGUAGES)
            )
        self.lang = lang
        self.currency = currency
        self.locale = Locale(lang, currency)
        self._catalogue = catalogue(lang) if lang != "en" else gettext.NullTranslations()

    def template(self, message: Message, /) -> str:
        """The template of a message in this language, English where there is none."""
        if self.lang == "en":
            return message.template
        if message.plural:
            one = message.plural
            found = self._catalogue.ngettext(one, message.template, 2)
        elif message.context:
            found = self._catalogue.pgettext(message.context, message.template)
        else:
            found = self._catalogue.gettext(message.template)
        if found == message.template:
            return _added.get(self.lang, {}).get(message.template, found)
        return found

    def say(self, thing: object, /) -> str:
        """A message in this language; anything else as it stands."""
        return thing.render(self) if isinstance(thing, Sayable) else str(thing)

    def quantity(self, quantity: Quantity, /) -> str:
        """A number with its unit."""
        locale = Locale(self.lang, quantity.currency or self.currency)
        return locale.quantity(quantity.value, quantity.kind, quantity.digits)

    def joint(self, kind: str, /) -> tuple[str, str]:
        """What stands between the items of a list, and before the last."""
        return _JOINTS.get(self.lang, _JOINTS["en"]).get(kind, (kind, kind))

    def field(self, text: str, /) -> str:
        """Words of the program inside a sentence: marked, for the blanks beside them."""
        return text if self.lang == "en" else f"{EDGE}{text}{EDGE}"

    def sentence(self, text: str, /) -> str:
        """No blank between Chinese and Chinese where words were put together."""
        if EDGE not in text:
            return text
        text = re.sub(f"(?<=[{CJK}]) {EDGE}+(?=[{CJK}])|(?<=[{CJK}]){EDGE}+ (?=[{CJK}])", "", text)
        return text.replace(EDGE, "")


_JOINTS: dict[str, dict[str, tuple[str, str]]] = {
    "en": {"and": (", ", " and "), "or": (", ", " or "), "all": (", ", " and ")},
    "zh": {
        "all": ("、", "、"),
        ", ": ("、", "、"),
        "; ": ("；", "；"),
        "and": ("、", "和"),
        "or": ("、", "或"),
        ", or ": ("，或", "，或"),
    },
}
