"""Compile the catalogues while a wheel or an editable install is built."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Catalogues(BuildHookInterface):  # type: ignore[type-arg]
    """`optimizer/locale/*/LC_MESSAGES/optimizer.po` -> `.mo` beside it."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the compiled catalogues and have them packed."""
        for source in sorted(Path(self.root).glob("optimizer/locale/*/LC_MESSAGES/*.po")):
            compiled = source.with_suffix(".mo")
            with source.open("rb") as text, compiled.open("wb") as made:
                write_mo(made, read_po(text, locale=source.parts[-3]))
            build_data["artifacts"].append(compiled.relative_to(self.root).as_posix())
