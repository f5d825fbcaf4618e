"""One thing that was inferred of a file, with what decided it."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.messages import Text


@dataclass(frozen=True)
class Inferred:
    """What was inferred of a file or of one of its columns.

    Attributes
    ----------
    file
        What the user calls the file.
    header
        The column; "" for the whole file.
    what
        numbers | currency | units | dates | periods | totals | key
    reading
        What it was taken as.
    evidence
        What decided it.
    cells
        How many cells (rows, for totals) decide it; None where no cell does.
    """

    file: Text
    header: str
    what: str
    reading: Text
    evidence: Text
    cells: int | None = None
