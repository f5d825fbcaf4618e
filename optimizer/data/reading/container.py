"""A file of any kind -> parts, each a UTF-8 csv or tsv in a working folder (or a parquet file as it
is).

The kind is told by the first bytes, never by the name: platforms call tab-separated text ".xls",
and web pages too.
"""

from __future__ import annotations

import csv
import gzip
import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from optimizer.data.reading import confined
from optimizer.data.reading.encodings import sniff_encoding, to_utf8
from optimizer.data.reading.look import BLOCK
from optimizer.data.reading.workbook import sheets_of
from optimizer.errors import UserError
from optimizer.inputs import admit, files_below
from optimizer.messages import Text, _

MOST_BYTES = 8 << 30  # an archive member unpacks to at most this
MOST_MEMBERS = 2000  # of an archive
MOST_SHEETS = 500  # of a workbook
MOST_CELLS = 20_000_000  # of a workbook's sheets, empty ones before the last among them
# what stands beside a table in an archive, by its name
_ASIDE = re.compile(
    r"(^|[/\\])(read.?me|licen[cs]e|说明|使用说明|字段说明|导出说明)[^/\\]*$"
    r"|[.](md|pdf|docx?|html?|png|jpe?g|gif|url|lnk|rtf)$",
    re.IGNORECASE,
)
MOST_RATIO = 1000  # and to at most this many times its packed size, beyond 100 MB


@dataclass(frozen=True)
class Part:
    """One table to read.

    Attributes
    ----------
    where
        What the user calls it ("export.zip: daily.csv", "plan.xlsx: Sheet1").
    path
        UTF-8 text, or parquet.
    kind
        text | sheet (text written from a workbook) | parquet | json (one object per line, or a
        list) | aside (in an archive: a readme, a picture)
    encoding
        As found, for the report.
    origin
        The bytes before decoding, so that text can be cut at runs of blanks if nothing else fits.
    ends
        Whether the last line has a line end.
    sheet
        Its name in a workbook.
    hidden, merged, pivot
        What is known of a sheet (see `workbook.Sheet`).
    """

    where: str
    path: Path
    kind: str
    encoding: str = "utf-8"
    origin: Path | None = None
    ends: bool = True
    sheet: str = ""
    hidden: bool = False
    merged: bool = False
    pivot: bool = False


def open_parts(path: Path, room: Path) -> Iterator[Part]:
    """The tables of a file or folder, in name order.

    Parameters
    ----------
    path
        A file of any kind, or a folder of them.
    room
        Where working files go.

    Raises
    ------
    UserError
        For what is no table, or cannot be read.
    """
    given = admit(path, folder=True)
    if given.path.is_dir():
        files = files_below(path, lambda file: not file.name.startswith((".", "_")))
        if not files:
            raise UserError(
                _("the folder is empty"), str(path), _("name a folder that holds exports")
            )
        for file in files:
            yield from open_parts(file, room)
        return
    with given.path.open("rb") as stream:
        head = stream.read(4096)
    yield from _parts(given.path, head, given.label, room)


def _parts(path: Path, head: bytes, where: str, room: Path, inside: bool = False) -> Iterator[Part]:
    if not head.strip(b"\0 \r\n\t\xef\xbb\xbf"):
        raise UserError(_("the file is empty"), where, _("export it again"))
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        yield from _zipped(path, where, room, inside)
    elif head.startswith(b"\xd0\xcf\x11\xe0"):
        yield from _workbook(path, where, room)
    elif head.startswith(b"PAR1"):
        yield Part(where, path, "parquet")
    elif head.startswith(b"\x1f\x8b"):
        unpacked = _fresh(room)
        with gzip.open(path) as stream:
            unpack(stream, unpacked, path.stat().st_size, where)
        with unpacked.open("rb") as stream:
            yield from _parts(unpacked, stream.read(4096), where, room, inside)
    elif head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith((b'{"', b'[{"')):
        yield Part(where, path, "json")
    elif head.startswith(b"%PDF"):
        raise UserError(_("this is a PDF"), where, _("export the table as csv or xlsx"))
    elif (
        head.lstrip(b"\xef\xbb\xbf \r\n\t")[:200]
        .lower()
        .startswith((b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta"))
    ):
        raise UserError(
            _("this is a web page, whatever its name says"),
            where,
            _("open it in a spreadsheet and save it as xlsx or csv"),
        )
    else:
        yield _text(path, where, room)


def _text(path: Path, where: str, room: Path) -> Part:
    encoding, __ = sniff_encoding(path, where)
    target = _fresh(room)
    to_utf8(path, encoding, target, where)
    with target.open("rb") as stream:
        stream.seek(max(0, target.stat().st_size - 1))
        ends = stream.read(1) == b"\n"
    return Part(where, target, "text", encoding, path, ends)


def with_blanks_as_tabs(part: Part, room: Path) -> Part:
    """The same text with runs of blanks as column borders."""
    target = _fresh(room)
    to_utf8(part.origin or part.path, part.encoding, target, part.where, delimiter_runs=True)
    return Part(part.where, target, "text", part.encoding, part.origin, part.ends)


def _zipped(path: Path, where: str, room: Path, inside: bool) -> Iterator[Part]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = sorted(
                (m for m in archive.infolist() if not m.is_dir()), key=lambda m: m.filename
            )
            if any(
                m.filename.startswith(("xl/", "Index/"))
                or m.filename in ("[Content_Types].xml", "content.xml")
                for m in members
            ):
                yield from _workbook(path, where, room)
                return
            if inside:
                raise UserError(_("an archive inside an archive"), where, _("unpack it first"))
            members = [
                m
                for m in members
                if not m.filename.startswith("__MACOSX/")
                and not Path(m.filename).name.startswith(".")
            ]
            if not members:
                raise UserError(
                    _("the archive is empty"), where, _("name an archive that holds exports")
                )
            if len(members) > MOST_MEMBERS:
                raise UserError(
                    _("the archive holds more than {most} files", most=f"{MOST_MEMBERS:,}"),
                    where,
                    _("unpack it, and name the files that are wanted"),
                )
            for member in members:
                name = _member_name(member)
                here = f"{where}: {name}"
                if member.flag_bits & 1:
                    raise UserError(
                        _("the archive is locked by a password"), here, _("unpack it first")
                    )
                unpacked = _fresh(room)
                with archive.open(member) as stream:
                    unpack(stream, unpacked, member.compress_size, here)
                if _ASIDE.search(name):
                    yield Part(here, unpacked, "aside")
                    continue
                with unpacked.open("rb") as raw:
                    yield from _parts(unpacked, raw.read(4096), here, room, inside=True)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        ValueError,
        OSError,
        RuntimeError,
    ) as error:
        raise UserError(
            _("the archive is damaged: {error}", error=_first_line(error)),
            where,
            _("download it again"),
        ) from None


def _member_name(member: zipfile.ZipInfo) -> str:
    """Chinese tools write GBK names into zips without saying so; Python reads those as cp437."""
    if member.flag_bits & 0x800:
        return member.filename
    try:
        return member.filename.encode("cp437").decode("gb18030")
    except UnicodeError:
        return member.filename


def unpack(stream: Any, target: Path, packed: int, where: Text) -> None:
    """Write what a compressed stream holds to a file.

    Parameters
    ----------
    stream
        Of the unpacked bytes.
    target
        Where to.
    packed
        Bytes of the archive member; one that grows out of all proportion is refused.
    where
        What the user calls it.
    """
    size = 0
    try:
        with target.open("wb") as out:
            while block := stream.read(BLOCK):
                size += len(block)
                if size > MOST_BYTES or (size > 100 << 20 and size > packed * MOST_RATIO):
                    raise UserError(
                        _("the archive unpacks to more than an export can be"),
                        where,
                        _("unpack it yourself and look at it"),
                    )
                out.write(block)
    except (gzip.BadGzipFile, zlib.error, zipfile.BadZipFile, EOFError, OSError) as error:
        raise UserError(
            _("the archive is damaged: {error}", error=_first_line(error)),
            where,
            _("download it again"),
        ) from None


def _workbook(path: Path, where: str, room: Path) -> Iterator[Part]:
    """The sheets that hold anything.

    Read in a process of its own: a damaged workbook can bring the reader (Rust) down, and with it
    whatever process it runs in.
    """
    folder = room / f"book{len(list(room.iterdir()))}"
    folder.mkdir()
    ended = confined.run(__name__, "write_sheets", [str(path), str(folder)])
    try:
        told = json.loads((folder / "sheets.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):  # it came to no answer
        told = {"error": ended or _("it is damaged")}
    if "reaches" in told:
        name, cells, last = told["reaches"]
        raise UserError(
            _(
                "sheet '{name}' reaches to cell {last}: {cells} million cells",
                name=name,
                last=last,
                cells=f"{cells / 1e6:,.0f}",
            ),
            where,
            _("delete what stands outside its table (Ctrl+End shows it), or save it as csv"),
        )
    if "error" in told:
        raise UserError(
            _("the workbook cannot be read: {error}", error=told["error"]),
            where,
            _("open it in a spreadsheet and save it again as xlsx"),
        )
    for name, file, marks in told["sheets"]:
        yield Part(f"{where}: {name}", folder / file, "sheet", "workbook", sheet=name, **marks)


def write_sheets(path: str, folder: str) -> None:
    """Write every sheet that holds anything as csv.

    Parameters
    ----------
    path
        The workbook.
    folder
        Where to; sheets.json there says the sheets' names and files, or the error.
    """
    from python_calamine import CalamineWorkbook

    told: dict[str, Any] = {"sheets": []}
    try:
        book = CalamineWorkbook.from_path(path)
        about = sheets_of(book, path)
        if len(book.sheet_names) > MOST_SHEETS:
            raise ValueError(f"more than {MOST_SHEETS} sheets")
        left = MOST_CELLS
        for name in book.sheet_names:
            sheet = book.get_sheet_by_name(name)
            left -= sheet.total_height * sheet.total_width
            if left < 0:
                last = f"{column_letters(sheet.total_width)}{sheet.total_height}"
                told = {"reaches": (name, sheet.total_height * sheet.total_width, last)}
                break
            rows = sheet.to_python(skip_empty_area=False)
            for (row, column), error in about[name].errors.items():
                rows[row][column] = error
            if not any(cell not in ("", None) for row in rows for cell in row):
                continue
            file = f"{len(told['sheets'])}.csv"
            with (Path(folder) / file).open(
                "w", encoding="utf-8", newline="", errors="replace"
            ) as out:
                csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(
                    [cell_text(cell) for cell in row] for row in rows
                )
            marks = {key: getattr(about[name], key) for key in ("hidden", "merged", "pivot")}
            told["sheets"].append((name, file, marks))
    except BaseException as error:  # its panics are no Exception
        told = {"error": _first_line(error)}
    (Path(folder) / "sheets.json").write_text(json.dumps(told), encoding="utf-8")


def column_letters(number: int) -> str:
    """What a spreadsheet calls a column, counted from 1.

    >>> column_letters(1), column_letters(78)
    ('A', 'BZ')
    """
    letters = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def cell_text(cell: Any) -> str:
    """A workbook's cell as text: whole numbers without ".0", dates as ISO, line breaks as blanks.

    A number of 16 digits or more keeps its exponent, so that an id a spreadsheet has rounded is
    noticed.
    """
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        if cell.is_integer() and abs(cell) < 1e15:
            return str(int(cell))
        shown = repr(cell)  # 1.25 -> 1.25, but 1.234 -> 1.2340, which is not 1,234
        return shown + "0" if re.fullmatch(r"-?[0-9]{1,3}[.][0-9]{3}", shown) else shown
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return (
        " ".join(str(cell).replace("\0", "").splitlines()) if isinstance(cell, str) else str(cell)
    )


def _fresh(room: Path) -> Path:
    return room / f"part{len(list(room.iterdir()))}.txt"


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:160] if lines else type(error).__name__
