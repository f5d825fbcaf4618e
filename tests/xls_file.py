"""A small Excel 97 workbook (.xls) from rows of text and numbers: one sheet of BIFF8 records inside a compound file.

No library that is still maintained writes .xls, and platforms still export it (生意参谋). Layout: [MS-XLS] and [MS-CFB].
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

SECTOR = 512
END, FREE, FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD


def xls(rows: Sequence[Sequence[str | float | None]], sheet: str = "Sheet1") -> bytes:
    """The workbook's bytes."""
    begin = _record(0x809, struct.pack("<HHHHII", 0x600, 0x0005, 0x0DBB, 0x07CC, 0, 0x06))
    name = struct.pack("<BB", len(sheet), 1) + sheet.encode("utf-16-le")
    place = len(begin) + 4 + 6 + len(name) + 4
    book = begin + _record(0x85, struct.pack("<IH", place, 0) + name) + _record(0x0A, b"")
    return _compound(book + _sheet(rows))


def _sheet(rows: Sequence[Sequence[str | float | None]]) -> bytes:
    width = max((len(row) for row in rows), default=0)
    out = [
        _record(0x809, struct.pack("<HHHHII", 0x600, 0x0010, 0x0DBB, 0x07CC, 0, 0x06)),
        _record(0x200, struct.pack("<IIHHH", 0, len(rows), 0, width, 0)),
    ]
    for r, row in enumerate(rows):
        for c, cell in enumerate(row):
            if isinstance(cell, str):
                text = cell.encode("utf-16-le")
                out.append(_record(0x204, struct.pack("<HHHHB", r, c, 0, len(text) // 2, 1) + text))
            elif cell is not None:
                out.append(_record(0x203, struct.pack("<HHHd", r, c, 0, float(cell))))
    return b"".join(out) + _record(0x0A, b"")


def _record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def _compound(stream: bytes) -> bytes:
    """A compound file with one stream, "Workbook" (4,096 bytes at least, so that it needs no small sectors)."""
    stream = stream.ljust(4096, b"\0")
    body = -(-len(stream) // SECTOR)
    fats = 1
    while fats * (SECTOR // 4) < fats + 1 + body:
        fats += 1
    chain = [FAT] * fats + [END] + [fats + 2 + i for i in range(body - 1)] + [END]
    table = struct.pack(f"<{len(chain)}I", *chain).ljust(fats * SECTOR, b"\xff")
    header = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes(16)
        + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    )
    header += struct.pack("<IIIIIIIII", 0, fats, fats, 0, 4096, END, 0, END, 0)
    header += struct.pack(f"<{fats}I", *range(fats)).ljust(109 * 4, b"\xff")
    folder = (
        _entry("Root Entry", 5, END, 0, child=1)
        + _entry("Workbook", 2, fats + 1, len(stream))
        + _entry("", 0, 0, 0) * 2
    )
    return header + table + folder + stream.ljust(body * SECTOR, b"\0")


def _entry(name: str, kind: int, start: int, size: int, child: int = FREE) -> bytes:
    text = name.encode("utf-16-le")
    length = len(text) + 2 if name else 0
    return (
        text.ljust(64, b"\0")
        + struct.pack("<HBBIII", length, kind, 1, FREE, FREE, child)
        + bytes(36)
        + struct.pack("<IQ", start, size)
    )
