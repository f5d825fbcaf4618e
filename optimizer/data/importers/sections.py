"""A text file that holds several tables, with comment lines between them (Google Analytics)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from optimizer.data.reading.container import Part

COMMENT = b"#"
MOST = 50  # tables of one file


def sections(part: Part, room: Path) -> Iterator[Part]:
    """The tables of a part: itself, or where it begins with a comment, each of those in it.

    Every table keeps its rows' places: what is not its own is a blank line.

    Parameters
    ----------
    part
        Of a file.
    room
        Where working files go.
    """
    if part.kind != "text" or not _begins_with_comment(part.path):
        yield part
        return
    found = _cut(part.path, room)
    if len(found) < 2:
        yield part
        return
    for number, path in enumerate(found, 1):
        # like the sheets of a workbook: one that nobody knows is left out beside one that is known,
        # and two that tell the same are a question
        where, sheet = f"{part.where}: {number}", str(number)
        yield replace(part, where=where, path=path, kind="sheet", sheet=sheet)


def _begins_with_comment(path: Path) -> bool:
    with path.open("rb") as stream:
        for line in stream:
            if line.strip():
                return line.removeprefix(b"\xef\xbb\xbf").startswith(COMMENT)
    return False


def _cut(path: Path, room: Path) -> list[Path]:
    """One file for each run of lines that are neither blank nor comments."""
    found: list[Path] = []
    out: BinaryIO | None = None
    with ExitStack() as open_files, path.open("rb") as stream:
        for at, line in enumerate(stream):
            text = line.strip().strip(b",")
            if not text or line.removeprefix(b"\xef\xbb\xbf").startswith(COMMENT):
                out = None
                continue
            if out is None:
                if len(found) == MOST:
                    break
                found.append(room / f"{path.stem}-{len(found) + 1}.txt")
                out = open_files.enter_context(found[-1].open("wb"))
                out.write(b"\n" * at)
            out.write(line)
    return found
