"""What a workbook says beside its cells: sheets that are hidden, cells that hold an error, merged
headers, pivot tables.

The reader of workbooks gives an empty cell for an error, so errors are looked for in the file.
"""

from __future__ import annotations

import html
import re
import zipfile
from dataclasses import dataclass, field
from typing import Any

HEADER_ROWS = 20  # merged cells below these are no header
# elements may have a prefix (x:c), attributes come in any order; "<" never stands in a formula
_ERROR = re.compile(
    rb'<(?:\w+:)?c(?=\s)([^>]*?\st="e"[^>]*)>\s*'
    rb"(?:<(?:\w+:)?f[^>]*/>\s*|<(?:\w+:)?f[^>]*>[^<]*</(?:\w+:)?f>\s*)?"
    rb"<(?:\w+:)?v>([^<]*)</"
)
_PLACE = re.compile(rb"([A-Z]{1,3})([0-9]+)")
_SHEET = re.compile(rb"<(?:\w+:)?sheet\s[^>]*>")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\s[^>]*>")


@dataclass(frozen=True)
class Sheet:
    """What is known of a sheet.

    Attributes
    ----------
    hidden
        Whether it is hidden.
    errors
        {(row, column) from 0: the error, such as "#REF!"}
    merged
        Whether cells near its top are merged side by side.
    pivot
        Whether it holds a pivot table.
    """

    hidden: bool = False
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    merged: bool = False
    pivot: bool = False


def sheets_of(book: Any, path: str) -> dict[str, Sheet]:
    """{name: what is known of it} of the sheets of an opened workbook."""
    hidden = {m.name for m in book.sheets_metadata if not str(m.visible).endswith(".Visible")}
    inside = _inside(path)
    out = {}
    for name in book.sheet_names:
        errors, pivot = inside.get(name, ({}, False))
        ranges = book.get_sheet_by_name(name).merged_cell_ranges or []
        merged = sum(a[0] < HEADER_ROWS and a[1] != b[1] for a, b in ranges) > 1
        out[name] = Sheet(name in hidden, errors, merged, pivot)
    return out


def _inside(path: str) -> dict[str, tuple[dict[tuple[int, int], str], bool]]:
    """{sheet: (errors, whether it holds a pivot table)} of an xlsx; nothing of other kinds."""
    if not zipfile.is_zipfile(path):
        return {}
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        if "xl/workbook.xml" not in names:
            return {}
        targets = _targets(archive, "xl/_rels/workbook.xml.rels", names)
        out = {}
        for tag in _SHEET.findall(archive.read("xl/workbook.xml")):
            file = "xl/" + targets.get(_attribute(tag, b"id"), "").removeprefix("/xl/")
            if file not in names:
                continue
            folder, __, last = file.rpartition("/")
            beside = _targets(archive, f"{folder}/_rels/{last}.rels", names)
            pivot = any("pivotTable" in target for target in beside.values())
            name = html.unescape(_attribute(tag, b"name").decode("utf-8", "replace"))
            out[name] = _errors(archive.read(file)), pivot
    return out


def _targets(archive: zipfile.ZipFile, file: str, names: set[str]) -> dict[bytes, str]:
    """{id: target} of a relations file; empty where there is none."""
    if file not in names:
        return {}
    tags = _RELATION.findall(archive.read(file))
    return {
        _attribute(tag, b"Id"): _attribute(tag, b"Target").decode("utf-8", "replace")
        for tag in tags
    }


def _attribute(tag: bytes, name: bytes) -> bytes:
    """What an attribute of a tag says; nothing where there is none."""
    found = re.search(rb'\s(?:\w+:)?%s="([^"]*)"' % name, tag)
    return found[1] if found else b""


def _errors(xml: bytes) -> dict[tuple[int, int], str]:
    """{(row, column) from 0: the error} of a sheet."""
    if b't="e"' not in xml:
        return {}
    found = {}
    for cell, error in _ERROR.findall(xml):
        place = _PLACE.fullmatch(_attribute(cell, b"r"))
        if place:
            found[int(place[2]) - 1, _column(place[1])] = error.decode("utf-8", "replace")
    return found


def _column(letters: bytes) -> int:
    """The place of a column, from 0.

    >>> _column(b"A"), _column(b"AB")
    (0, 27)
    """
    place = 0
    for letter in letters:
        place = place * 26 + letter - 64
    return place - 1
