"""Opening a csv file as it comes: its encoding, its delimiter, its header, and where it is broken.

UTF-8 with or without a byte order mark, UTF-16 with one, else GB18030 (decoding decides, no statistics: guessing
libraries call GBK Big5). DuckDB reads UTF-8, so anything else is rewritten once into the engine's spill folder.
"""

from __future__ import annotations

import codecs
import csv
import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from optimizer.errors import Problem, Problems, UserError
from optimizer.messages import _

BLOCK = 1 << 20
CONTROLS = bytes(byte for byte in range(32) if byte < 9 or byte > 13)
SHOWN = 20
# DuckDB keeps buffers of several such lines; a path of 100,000 touches is some 2 MB.
LONGEST_LINE = 1 << 26


@dataclass(frozen=True)
class CsvFile:
    """A csv file that is ready to be read. `path` is UTF-8 text (a rewritten copy where the original was not).

    longest: a bound on the bytes of its longest line; plain: no quotes in it and its lines end one way, so that a line is a
    row and a delimiter the end of a cell
    """

    path: Path
    label: str
    delimiter: str
    header: tuple[str, ...]
    encoding: str
    longest: int
    plain: bool


class Look:
    """What the bytes of a file tell, block by block: its longest line, and whether it is plain (see `CsvFile`)."""

    def __init__(self) -> None:
        self._longest = self._run = self._lines = self._returns = self._both = 0
        self._last, self._odd, self._bare = b"", False, False

    def see(self, block: bytes) -> None:
        """The next block of the file."""
        first, last = block.find(b"\n"), block.rfind(b"\n")
        self._longest = max(self._longest, self._run + (first if first >= 0 else len(block)))
        self._run = self._run + len(block) if first < 0 else len(block) - last
        if (
            len(block) > BLOCK
        ):  # it grew when it was rewritten: a line within it may be longer than the least bound
            self._longest = max(self._longest, last - first)
        self._odd = self._odd or b'"' in block or b"\0" in block
        if b"\r" in block or self._last == b"\r":
            self._lines += block.count(b"\n")
            self._returns += block.count(b"\r")
            self._both += block.count(b"\r\n") + (self._last == b"\r" and block.startswith(b"\n"))
        else:
            self._bare = self._bare or first >= 0
        self._last = block[-1:]

    @property
    def plain(self) -> bool:
        return not self._odd and (
            not self._returns or (self._returns == self._both == self._lines and not self._bare)
        )

    @property
    def bound(self) -> int:
        """1 MB at least (DuckDB's buffers grow with it, so it is no larger than needed)."""
        longest = max(self._longest, self._run)
        return (longest >> 20) + 2 << 20 if longest >= 1 << 20 else 1 << 20


def open_csv(path: Path, folder: Path, label: str | None = None) -> CsvFile:
    """Look at a file: encoding, delimiter, header. Raises `UserError` for what is no text table."""
    label = label or str(path)
    head = _head(path, label)
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise UserError(
            _("this is an Excel workbook, not a csv file"),
            label,
            _("save the sheet as csv (UTF-8), or use `optimizer import`"),
        )
    encoding, look = _encoding(path, head, label)
    if encoding != "utf-8" or head.startswith(b"\x1f\x8b"):
        path, look = _rewritten(path, encoding, folder)
    with path.open(encoding="utf-8-sig", newline="") as stream:
        first = stream.readline(BLOCK)
        if not first.strip():
            raise UserError(
                _("the file is empty") if not first else _("the first line is empty"),
                label,
                _("the first line must name the columns"),
            )
        delimiter = max(",;\t|", key=lambda mark: (first.count(mark), mark == ","))
        stream.seek(0)
        try:
            header = tuple(cell.strip() for cell in next(_records(stream, delimiter)))
        except csv.Error as error:
            raise UserError(
                _("the header cannot be read: {error}", error=error),
                _("{label}: row 1", label=label),
                _("check its quotes"),
            ) from None
    return CsvFile(path, label, delimiter, header, encoding, look.bound, look.plain)


def _head(path: Path, label: str) -> bytes:
    try:
        with path.open("rb") as stream:
            head = stream.read(1 << 16)
    except OSError as error:
        raise UserError(_("cannot be read: {error}", error=error.strerror), label) from None
    if not head:
        raise UserError(_("the file is empty"), label, _("the first line must name the columns"))
    return head


def _plain(path: Path, head: bytes) -> IO[bytes]:
    return gzip.open(path, "rb") if head.startswith(b"\x1f\x8b") else path.open("rb")  # type: ignore[return-value]


def _encoding(path: Path, head: bytes, label: str) -> tuple[str, Look]:
    """The file's encoding, and what its bytes tell where that is UTF-8."""
    binary = UserError(
        _("this is no text file (or in an encoding other than UTF-8, UTF-16 and GB18030)"),
        label,
        _("save it as csv (UTF-8)"),
    )
    try:
        with _plain(path, head) as stream:
            start = stream.read(1 << 16)
    except (OSError, EOFError):
        raise binary from None
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates = ["utf-16"]
    else:
        controls = len(start) - len(start.translate(None, CONTROLS))
        if controls > 8 and controls > len(start) / 50:
            raise binary
        candidates = ["utf-8", "gb18030"]
    for encoding in candidates:
        decoder, look = codecs.getincrementaldecoder(encoding)(), Look()
        try:
            with _plain(path, head) as stream:
                while block := stream.read(BLOCK):
                    look.see(block)
                    if not (
                        block.isascii() and encoding == "utf-8" and not decoder.getstate()[0]
                    ):  # seen ten times as fast
                        decoder.decode(block)
                decoder.decode(b"", final=True)
            return encoding, look
        except UnicodeDecodeError:
            continue
        except (OSError, EOFError):
            break
    raise binary


def _rewritten(path: Path, encoding: str, folder: Path) -> tuple[Path, Look]:
    """A UTF-8 copy in `folder`, and what its bytes tell."""
    copy = folder / f"utf8-{len(list(folder.iterdir()))}.csv"
    decoder, look = codecs.getincrementaldecoder(encoding)(), Look()
    with path.open("rb") as probe:
        head = probe.read(2)
    with _plain(path, head) as source, copy.open("wb") as target:
        while block := source.read(BLOCK):
            text = decoder.decode(block).encode("utf-8")
            look.see(text)
            target.write(text)
        text = decoder.decode(b"", final=True).encode("utf-8")
        look.see(text)
        target.write(text)
    return copy, look


def _records(stream: IO[str], delimiter: str) -> Iterator[list[str]]:
    csv.field_size_limit(LONGEST_LINE)
    return csv.reader(stream, delimiter=delimiter, strict=True)


def diagnose(file: CsvFile) -> list[Problem]:
    """What is wrong with the shape of a file that could not be read: ragged rows, open quotes. Rows count from 1
    and include the header, as a spreadsheet shows them."""
    problems: list[Problem] = []
    width, ragged, row = len(file.header), 0, 0
    with file.path.open(encoding="utf-8-sig", newline="") as stream:
        records = _records(stream, file.delimiter)
        try:
            for row, record in enumerate(records, 1):
                if record and len(record) != width:
                    ragged += 1
                    if ragged <= SHOWN:
                        problems.append(
                            Problem(
                                _(
                                    "{cells} cells where the header has {width}",
                                    cells=len(record),
                                    width=width,
                                ),
                                _("{label}: row {row}", label=file.label, row=row),
                                _("quote cells that hold the delimiter or a line break"),
                            )
                        )
        except csv.Error as error:
            problems.append(
                Problem(
                    _("cannot be read: {error}", error=error),
                    _("{label}: row {row}", label=file.label, row=row + 1),
                    _("close the quotes; double a quote inside quotes"),
                )
            )
    if ragged > SHOWN:
        problems.append(
            Problem(
                _(
                    "{ragged} more rows have another number of cells than the header",
                    ragged=ragged - SHOWN,
                ),
                file.label,
            )
        )
    return problems


def spreadsheet_rows(file: CsvFile, records: list[int]) -> dict[int, int]:
    """Row as a spreadsheet shows it (header is 1, empty lines count) for data records numbered from 1."""
    wanted, found, seen = set(records), {}, 0
    with file.path.open(encoding="utf-8-sig", newline="") as stream:
        for row, record in enumerate(_records(stream, file.delimiter), 1):
            if row == 1 or not record:
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
