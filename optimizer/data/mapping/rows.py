"""Rows of a csv that are none of its table, blanked so that the others keep their numbers."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from pathlib import Path


def blank_rows(path: Path, rows: tuple[int, ...], target: Path) -> None:
    """Write a csv with some of its rows blank.

    Parameters
    ----------
    path
        Text in an encoding that keeps ASCII (UTF-8, GB18030).
    rows
        As a spreadsheet counts them, from 1; a quoted line end starts none.
    target
        Where to.
    """
    lines: list[str] = []

    def fed(stream: Iterator[str]) -> Iterator[str]:
        for line in stream:
            lines.append(line)
            yield line

    # latin-1 gives every byte back as it was
    with (
        path.open(encoding="latin-1", newline="") as source,
        target.open("w", encoding="latin-1", newline="") as out,
    ):
        reader = csv.reader(fed(source))
        for row in range(1, max(rows, default=0) + 1):
            try:
                ended = next(reader, None) is None
            except csv.Error:  # a cell longer than csv takes: a row like any other
                ended = False
            text = "".join(lines)
            lines.clear()
            out.write("\n" if row in rows and text else text)
            if ended:
                break
        shutil.copyfileobj(source, out)
