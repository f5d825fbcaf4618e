"""What the source says and a catalogue does not: `python3 dev.py locale --check`. Needs a source
tree.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from babel.messages.catalog import Catalog
from babel.messages.frontend import CommandLineInterface
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from optimizer.locale import DOMAIN

HERE = Path(__file__).parent
ROOT = HERE.parent.parent


def source_messages() -> Catalog:
    """Every message of the source, as `pybabel extract` finds it."""
    with TemporaryDirectory() as folder:
        template = Path(folder) / f"{DOMAIN}.pot"
        mapping = str(ROOT / "babel.cfg")
        CommandLineInterface().run(
            ["pybabel", "-q", "extract", "-F", mapping, "-o", str(template), str(ROOT)]
        )
        with template.open("rb") as text:
            return read_po(text)


def catalogue_messages(lang: str) -> Catalog:
    """The text of a language's catalogue."""
    with (HERE / lang / "LC_MESSAGES" / f"{DOMAIN}.po").open("rb") as text:
        return read_po(text, locale=lang)


def untranslated(lang: str = "zh") -> list[str]:
    """Messages of the source without a translation, each with the file it stands in.

    Parameters
    ----------
    lang
        A language with a catalogue.

    Returns
    -------
    list[str]
        "file: 'English'", one per message; of a plural the singular.
    """
    known = catalogue_messages(lang)
    out = []
    for message in source_messages():
        if not message.id:
            continue
        one = message.id if isinstance(message.id, str) else message.id[0]
        found = known.get(one, message.context)
        said = "" if found is None else found.string
        if not (said if isinstance(said, str) else all(said)):
            place = message.locations[0][0] if message.locations else "?"
            out.append(f"{place}: {one!r}")
    return out


def compile_all() -> None:
    """Write the compiled catalogue beside each text, as `pybabel compile` does.

    Its checks are left out: they take the per cent sign of "90 % interval" for a placeholder.
    """
    for source in sorted(HERE.glob(f"*/LC_MESSAGES/{DOMAIN}.po")):
        with source.open("rb") as text, source.with_suffix(".mo").open("wb") as made:
            write_mo(made, read_po(text, locale=source.parts[-3]))


if __name__ == "__main__":
    if "--compile" in sys.argv:
        compile_all()
    lacking = untranslated()
    sys.stdout.write("\n".join([*lacking, f"{len(lacking)} messages without Chinese", ""]))
    sys.exit(1 if lacking else 0)
