"""Which row is the header, and which sign separates columns: told by the headers that are
understood.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from optimizer.data.reading.columns import Column, Layout, header_key, header_unit
from optimizer.errors import UserError
from optimizer.messages import Text, _

DELIMITERS = (",", "\t", ";", "|", "，")
HEADER_WITHIN = 40  # rows from the top in which the header is looked for
HEAD_BYTES = 1 << 18


@dataclass(frozen=True)
class Header:
    """The header row that was found.

    Attributes
    ----------
    names
        The headers as written.
    row
        1-based physical line of the header's first line; 0: there is none, the names are the
        layout's columns in their order.
    last_row
        Its last line.
    after
        Byte at which the data begins.
    delimiter
        "" for parquet and JSON.
    extra
        1 where every row carries one empty cell more.
    quoted
        Whether quotes may hold delimiters and line ends.
    """

    names: tuple[str, ...]
    row: int
    last_row: int
    after: int
    delimiter: str
    extra: int = 0
    quoted: bool = True

    @property
    def width(self) -> int:
        """Cells of a row."""
        return len(self.names) + self.extra


@dataclass(frozen=True)
class Match:
    """One header and what it was understood as (column None: not used).

    Attributes
    ----------
    position
        Of the column in its file, from 0.
    header
        As written.
    column
        Which of ours it is.
    written
        The declared name it equals.
    factor
        The unit it states for bare numbers; None where it states none.
    """

    position: int
    header: str
    column: Column | None
    written: str | None = None
    factor: float | None = None

    @property
    def entry(self) -> Column:
        """The column, of a header that is used."""
        assert self.column is not None
        return self.column


def find_header(
    path: Path, where: Text, layouts: Sequence[Layout], chosen: tuple[str, ...] = ()
) -> Header:
    """The header of a text file.

    Of all delimiters and rows near the top, the one with the most headers understood by any of the
    layouts.

    Parameters
    ----------
    path
        UTF-8 text.
    where
        What the user calls the file.
    layouts
        What the table may be.
    chosen
        Headers that the user names; they count as understood.

    Raises
    ------
    UserError
        Where no row is understood.
    """
    text = _beginning(path)
    for layout in layouts:
        if (bare := _headless(layout, text)) is not None:
            return bare
    wanted = {header_key(header) for header in chosen}
    known = frozenset(key for layout in layouts for key in layout.lookup)
    best: tuple[tuple[int, int, int], Header] | None = None
    for delimiter in DELIMITERS:
        for record, first, last, place in _records(text, delimiter):
            if first > HEADER_WITHIN:
                break
            rank = _rank(record, first, layouts, known, wanted)
            if rank is None or (best is not None and rank <= best[0]):
                continue
            after = len(text[:place].encode("utf-8"))
            extra = _extra(text[place:], delimiter, len(record))
            best = rank, Header(tuple(record), first, last, after, delimiter, extra)
    if best is None:
        line = next((line for line in text.splitlines() if line.strip()), "")
        shown = line[:120]
        if _holds_data(line):
            raise UserError(
                _("there is no header row; the file begins with data: {shown}", shown=shown),
                where,
                _("write the names of the columns as the first row, such as period,channel,spend"),
            )
        raise UserError(
            _("no header row was understood; the file begins: {shown}", shown=shown),
            where,
            _(
                "name the platform and its columns: optimizer import PLATFORM FILE --column "
                "spend=HEADER; `optimizer list importers` shows what is known"
            ),
        )
    return best[1]


def _holds_data(line: str) -> bool:
    """Whether a line is a row of data: it has a cell that is a number or a date."""
    cells = re.split(r"[,;\t|]", line)
    return len(cells) > 1 and any(re.fullmatch(r"\W*\d[\d.,:/\-T ]*", c.strip()) for c in cells)


def _beginning(path: Path) -> str:
    """The first whole lines of a file."""
    with path.open("rb") as stream:
        raw = stream.read(HEAD_BYTES)
    if len(raw) == HEAD_BYTES:
        raw = raw[: raw.rfind(b"\n") + 1] or raw
    return raw.decode("utf-8", "ignore")


def _rank(
    record: list[str],
    first: int,
    layouts: Sequence[Layout],
    known: frozenset[str],
    wanted: set[str],
) -> tuple[int, int, int] | None:
    """How well a row serves as header: (columns understood, signs, nearness to the top); None where
    it does not.
    """
    keys = {header_key(cell) for cell in record}
    told = len(keys & wanted)
    if not told and known.isdisjoint(keys | {header_unit(key)[0] for key in keys}):
        return None
    columns, signs = max((layout.score(tuple(record)) for layout in layouts), default=(0, 0))
    columns += told
    filled = sum(1 for cell in record if cell.strip())
    if columns < 1 or (columns == 1 and filled > 1):
        return None
    return columns, signs, -first


def _headless(layout: Layout, text: str) -> Header | None:
    """The layout's columns in their order, where its files have no header and the first row looks
    like one of theirs.
    """
    if not layout.headless:
        return None
    first = text.partition("\n")[0].removeprefix("\ufeff").split("\t")
    if len(first) != len(layout.headless):
        return None
    row = dict(zip(layout.headless, first, strict=True))
    if not all(re.fullmatch(form, row[column]) for column, form in layout.shape.items()):
        return None
    return Header(layout.headless, 0, 0, 0, "\t", quoted=False)


def _records(text: str, delimiter: str) -> Iterator[tuple[list[str], int, int, int]]:
    """(cells, first line, last line, place after it) of the first records; csv rules, quotes may
    hold line ends.
    """
    lines = text.splitlines(keepends=True)
    place = line = 0
    while line < len(lines) and line < HEADER_WITHIN + 5:
        cells, used = _first_record(lines[line : line + 6], delimiter)
        taken = "".join(lines[line : line + used])
        place += len(taken)
        yield cells, line + 1, line + used, place
        line += used


def _first_record(lines: list[str], delimiter: str) -> tuple[list[str], int]:
    """(cells, lines used).

    A quoted cell may hold line ends; a stray quote ends with its own line.
    """
    try:
        reader = csv.reader(io.StringIO("".join(lines)), delimiter=delimiter, strict=True)
        return next(reader, []), max(1, reader.line_num)
    except csv.Error:
        pass
    try:
        return next(csv.reader([lines[0].rstrip("\r\n")], delimiter=delimiter), []), 1
    except csv.Error:
        return [], 1


def _extra(rest: str, delimiter: str, width: int) -> int:
    """1 when every row seen has one cell more than the header and that cell is empty (a delimiter
    at each line's end).
    """
    seen = [cells for cells, *__ in list(_records(rest, delimiter))[:20] if cells]
    return int(
        bool(seen) and all(len(cells) == width + 1 and not cells[-1].strip() for cells in seen)
    )
