"""Which importer a part is read with, and where its header stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from optimizer.data.importers.declare import IMPORTERS, declared
from optimizer.data.importers.given import importer_for, without_channel
from optimizer.data.importers.recognise import choose, possible, rank_importers, shows_platform
from optimizer.data.importers.sheets import LAYOUT, SHEET, TOTALS, is_sheet, is_totals
from optimizer.data.reading.choices import Choices
from optimizer.data.reading.columns import Layout, header_key
from optimizer.data.reading.container import Part, with_blanks_as_tabs
from optimizer.data.reading.headers import Header, find_header
from optimizer.data.reading.source import described
from optimizer.errors import UserError
from optimizer.messages import _, listed


def importer_name(platform: str) -> str:
    """The registry's name for what the user wrote: a name, or the platform's own title (聚光, 生意参谋).

    Raises
    ------
    UserError
        For an unknown platform, with the nearest name.
    """
    if platform in IMPORTERS or platform == "auto":
        return platform
    wanted = header_key(platform)
    for name in IMPORTERS:
        importer = declared(name)
        if wanted in (header_key(str(t)) for t in (name, importer.title, *importer.also)):
            return name
    IMPORTERS[platform]  # raises, with the nearest name
    raise AssertionError


@dataclass(frozen=True)
class Recogniser:
    """What is known before a part of a file is looked at.

    Attributes
    ----------
    connection, room
        DuckDB's, and where working files go.
    platform
        As asked: an importer's name, or `auto`.
    choices
        Those for the file.
    """

    connection: Any
    room: Path
    platform: str
    choices: Choices

    def recognised(self, part: Part) -> tuple[Part, str, Header]:
        """The part, its importer and its header.

        Raises `UserError` where either is not recognised.
        """
        platform = self._platform
        auto = platform == "auto"
        names = tuple(n for n in IMPORTERS if declared(n).auto) if auto else (platform,)
        if part.kind in ("parquet", "json"):
            header = self._columns_of(part, names)
        else:
            part, header = self._header_of(part, names)
        return part, self._named(header, names, part) if auto else platform, header

    @property
    def _platform(self) -> str:
        """As asked, else as the file's mapping says."""
        said = self.choices.mapping.platform
        return self.platform if self.platform != "auto" or said is None else importer_name(said)

    def heads(self, names: Sequence[str], layout: Layout | None = None) -> dict[str, str]:
        """{our column: header} as asked, else as the file's mapping says."""
        ours = {c.to for c in layout.columns} if layout is not None else None
        return self.choices.mapping.heads(ours, names) | dict(self.choices.columns)

    def _named(self, header: Header, names: tuple[str, ...], part: Part) -> str:
        """The importer of a header: a platform, else a sheet of channels, or a table of totals."""
        try:
            return choose(header.names, names, part.where)
        except UserError:
            heads, channel = self.heads(header.names), self.choices.channel
            if heads or channel:
                able = possible(header.names, names)
                if (said := importer_for(header.names, able, heads, channel)) is not None:
                    return said
            if shows_platform(header.names, names):
                raise
            if is_sheet(header.names):
                return SHEET
            if is_totals(header.names):
                return TOTALS
            if (lacking := without_channel(header.names, heads, part.where)) is not None:
                raise lacking from None
            raise

    def _columns_of(self, part: Part, names: tuple[str, ...]) -> Header:
        """The columns of a file that knows them."""
        try:
            header = Header(described(self.connection, part), 1, 1, 0, "")
        except Exception as error:
            if type(error).__module__.split(".")[0] not in ("duckdb", "_duckdb"):
                raise
            raise UserError(
                _("this {kind} file cannot be read", kind=part.kind),
                part.where,
                _("export it again"),
            ) from None
        if not rank_importers(header.names, names):
            raise UserError(
                _("no column was understood: {names}", names=listed(header.names[:8])),
                part.where,
                _("name the platform and its columns: --column spend=HEADER"),
            )
        return header

    def _header_of(self, part: Part, names: tuple[str, ...]) -> tuple[Part, Header]:
        """The header row of a text; its columns may be parted by runs of blanks."""
        layouts: list[Layout] = [declared(name) for name in names]
        if self._platform in ("auto", SHEET, TOTALS):
            layouts += [LAYOUT, declared(TOTALS)]
        mapping = self.choices.mapping
        chosen = tuple(header for __, header in (*mapping.usual_columns, *self.choices.columns))
        try:
            return part, find_header(part.path, part.where, layouts, chosen)
        except UserError as error:
            if part.kind != "text":
                raise
            try:
                cut = with_blanks_as_tabs(part, self.room)
                header = find_header(cut.path, cut.where, layouts, chosen)
            except UserError:
                raise error from None
            if header.delimiter != "\t" or len(header.names) < 2:
                raise error from None
            return cut, header
