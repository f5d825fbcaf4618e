"""Opening a csv file as it comes: its encoding, its delimiter, its header, and where it is broken.

A quick look finds what plain files need. The first line is taken for the header; where that does
not hold what the table needs, `below` opens the file again at a header further down (see
`headers`). DuckDB reads UTF-8, so any other encoding is rewritten once into the engine's spill
folder.
"""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from optimizer.data.reading import encodings
from optimizer.data.reading.container import unpack
from optimizer.data.reading.encodings import Undecodable, sniff_encoding, to_utf8
from optimizer.data.reading.headers import Header
from optimizer.data.reading.look import BLOCK, Look
from optimizer.data.reading.rows import is_footnote, is_total
from optimizer.errors import Problem, Problems, UserError
from optimizer.messages import Message, _

SHOWN = 20
# DuckDB keeps buffers of several such lines; a path of 100,000 touches is some 2 MB.
LONGEST_LINE = 1 << 26


@dataclass(frozen=True)
class CsvFile:
    """A csv file that is ready to be read.

    Attributes
    ----------
    path
        UTF-8 text (a rewritten copy where the original was not).
    label
        What the user calls it.
    delimiter, header
        What parts its columns, and what they are called.
    encoding
        Of the original.
    longest
        A bound on the bytes of its longest line.
    plain
        No quotes in it and its lines end one way, so that a line is a row and a delimiter the end
        of a cell.
    header_line
        The last line of the header, from 1; the data begin below it.
    extra
        1 where every row carries one empty cell more than the header.
    skip
        Lines above the header.
    """

    path: Path
    label: str
    delimiter: str
    header: tuple[str, ...]
    encoding: str
    longest: int
    plain: bool
    header_line: int = 1
    extra: int = 0
    skip: int = 0

    @property
    def width(self) -> int:
        """Cells of a row."""
        return len(self.header) + self.extra

    def below(self, header: Header) -> CsvFile:
        """The same file with another row for its header."""
        return replace(
            self,
            delimiter=header.delimiter,
            header=tuple(name.strip() for name in header.names),
            header_line=header.last_row,
            extra=header.extra,
            skip=header.row - 1,
            plain=self.plain and header.last_row == 1 and not header.extra,
        )


def open_csv(path: Path, folder: Path, label: str | None = None) -> CsvFile:
    """Look at a file: encoding, delimiter, header.

    Parameters
    ----------
    path
        The file; it may be packed with gzip.
    folder
        Where a copy in UTF-8 goes, if one is needed.
    label
        What the user calls it.

    Raises
    ------
    UserError
        For what is no text table.
    """
    label = label or str(path)
    head = _head(path, label)
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise UserError(
            _("this is an Excel workbook, not a csv file"),
            label,
            _("save the sheet as csv (UTF-8), or use `optimizer import`"),
        )
    path, encoding, look = _as_utf8(path, head, folder, label)
    with path.open(encoding="utf-8-sig", newline="") as stream:
        first = stream.readline(BLOCK)
        if not first.strip() and not stream.read(BLOCK).strip():
            raise UserError(
                _("the file is empty") if not first else _("the first line is empty"),
                label,
                _("the first line must name the columns"),
            )
        delimiter = max(",;\t|", key=lambda mark: (first.count(mark), mark == ","))
        stream.seek(0)
        records = _records(stream, delimiter)
        try:
            header = tuple(cell.strip() for cell in next(records))
        except csv.Error as error:
            raise UserError(
                _("the header cannot be read: {error}", error=error),
                _("{label}: row {row}", label=label, row=1),
                _("check its quotes"),
            ) from None
        line = records.line_num
        extra = _extra(records, len(header))
    plain = look.plain and not extra
    return CsvFile(
        path, label, delimiter, header or ("",), encoding, look.bound, plain, line, extra
    )


def _extra(records: Any, width: int) -> int:
    """1 where the first rows carry one empty cell more than the header (a delimiter at its end)."""
    try:
        seen = list(itertools.islice((record for record in records if record), SHOWN))
    except csv.Error:
        return 0
    return int(bool(seen) and all(len(r) == width + 1 and not r[-1].strip() for r in seen))


def _head(path: Path, label: str) -> bytes:
    try:
        with path.open("rb") as stream:
            head = stream.read(1 << 16)
    except OSError as error:
        raise UserError(_("cannot be read: {error}", error=error.strerror), label) from None
    if not head:
        raise UserError(_("the file is empty"), label, _("the first line must name the columns"))
    return head


def _as_utf8(path: Path, head: bytes, folder: Path, label: str) -> tuple[Path, str, Look]:
    """The file, or a copy of it, in UTF-8, the original's encoding, and what the bytes tell."""
    binary = UserError(
        _("this is no text file (or in an encoding other than UTF-8, UTF-16 and GB18030)"),
        label,
        _("save it as csv (UTF-8)"),
    )
    number = len(list(folder.iterdir()))
    if head.startswith(b"\x1f\x8b"):
        import gzip  # rarely needed

        packed, path = path, folder / f"unpacked-{number}.csv"
        try:
            with gzip.open(packed) as stream:
                unpack(stream, path, packed.stat().st_size, label)
        except UserError:
            raise binary from None
        head = _head(path, label)

    wide = head.startswith((b"\xff\xfe", b"\xfe\xff")) or head.count(0) > len(head) // 5
    if not wide and encodings.is_binary(head):
        raise binary
    encoding, look = sniff_encoding(path, label)
    if encoding in ("utf-8", "utf-8-sig"):
        return path, encoding, look
    copy, look = folder / f"utf8-{number}.csv", Look()
    try:
        to_utf8(path, encoding, copy, label)
    except Undecodable:
        raise binary from None
    with copy.open("rb") as stream:
        for block in encodings.blocks(stream):
            look.see(block)
    return copy, encoding, look


def _records(stream: IO[str], delimiter: str) -> Any:
    csv.field_size_limit(LONGEST_LINE)
    return csv.reader(stream, delimiter=delimiter, strict=True)


def _rows(file: CsvFile, stream: IO[str]) -> Iterator[tuple[int, list[str]]]:
    """(row as a spreadsheet counts them, its cells) of what is below the header; empty rows are
    left out.
    """
    records = _records(stream, file.delimiter)
    for row, record in enumerate(records, 1):
        if records.line_num > file.header_line and record:
            yield row, record


def diagnose(file: CsvFile) -> list[Problem]:
    """What is wrong with the shape of a file that could not be read: ragged rows, open quotes.

    Rows count from 1 and include the header, as a spreadsheet shows them.
    """
    problems: list[Problem] = []
    ragged, row = 0, 0
    with file.path.open(encoding="utf-8-sig", newline="") as stream:
        try:
            for row, record in _rows(file, stream):
                if len(record) != file.width:
                    ragged += 1
                    if ragged <= SHOWN:
                        problems.append(_ragged(file, row, len(record)))
        except csv.Error as error:
            problems.append(
                Problem(
                    _("cannot be read: {error}", error=error),
                    _("{label}: row {row}", label=file.label, row=row + 1),
                    _("close the quotes; double a quote inside quotes"),
                )
            )
    if ragged > SHOWN:
        what = _(
            "{ragged} more rows have another number of cells than the header", ragged=ragged - SHOWN
        )
        problems.append(Problem(what, file.label))
    return problems


def _ragged(file: CsvFile, row: int, cells: int) -> Problem:
    return Problem(
        _("{cells} cells where the header has {width}", cells=cells, width=len(file.header)),
        _("{label}: row {row}", label=file.label, row=row),
        _("quote cells that hold the delimiter or a line break"),
    )


def mended(file: CsvFile, target: Path) -> list[Message] | None:
    """Write the file without the rows that are none of its data: totals, footnotes and blanks of
    another width.

    Parameters
    ----------
    file
        A file whose rows have not all the width of its header.
    target
        Where the copy goes, the header in its first line.

    Returns
    -------
    list of Message, or None
        Notes on what was left out; None where more is wrong with the file than that.
    """
    notes: list[Message] = []
    try:
        with (
            file.path.open(encoding="utf-8-sig", newline="") as stream,
            target.open("w", encoding="utf-8", newline="") as out,
        ):
            writer = csv.writer(out, delimiter=file.delimiter, lineterminator="\n")
            writer.writerow([*file.header, *[""] * file.extra])
            for row, record in _rows(file, stream):
                if len(record) == file.width:
                    writer.writerow(record)
                    continue
                filled = [cell for cell in record if cell.strip()]
                where = _("{label}: row {row}", label=file.label, row=row)
                shown = file.delimiter.join(record)[:80]
                if is_total(filled):
                    what = _("{where}: left out, a row of totals: {raw}", where=where, raw=shown)
                elif is_footnote(filled):
                    what = _(
                        "{where}: left out, a footnote: {raw}", where=where, raw=filled[0][:80]
                    )
                elif filled:
                    return None
                else:
                    continue
                notes.append(what)
    except csv.Error:
        return None
    if len(notes) > SHOWN:
        return None  # so many remarks are a shape that is not understood
    return notes


def spreadsheet_rows(file: CsvFile, records: list[int]) -> dict[int, int]:
    """Rows as a spreadsheet shows them (the header is 1, empty lines count).

    Parameters
    ----------
    file
        Where they stand.
    records
        Data records numbered from 1, those of the header's width only.

    Returns
    -------
    dict
        {record: row}
    """
    wanted, found, seen = set(records), {}, 0
    with file.path.open(encoding="utf-8-sig", newline="") as stream:
        for row, record in _rows(file, stream):
            if len(record) != file.width:
                continue
            seen += 1
            if seen in wanted:
                found[seen] = row
                if len(found) == len(wanted):
                    break
    return found


def broken(file: CsvFile, error: Exception) -> UserError:
    """The problems of a file that DuckDB refused, in the user's terms."""
    found = diagnose(file)
    if found:
        return Problems(found)
    return UserError(
        _("cannot be read: {error}", error=str(error).splitlines()[0]),
        file.label,
        _("save it again as csv (UTF-8, quoted cells)"),
    )
