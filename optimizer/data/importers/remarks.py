"""What is said of a part beside what is wrong with it."""

from __future__ import annotations

from optimizer.data.importers.declare import IMPORTERS
from optimizer.data.reading.source import Reading
from optimizer.data.reading.typed import Typed
from optimizer.messages import Message, _, listed


def why(parts: list[Typed]) -> object:
    """What the importers say of themselves."""
    names = sorted({p.name for p in parts})
    return listed((Message(IMPORTERS.help(name)) for name in names), "; ")


def shape(reading: Reading) -> list[Message]:
    """Notes on where the header stood, and on how the file ends."""
    part, header = reading.part, reading.header
    notes = []
    if header.row == 0:
        notes.append(
            _(
                "{where}: there is no header row; the {names} columns were taken in the order "
                "of {title}",
                where=part.where,
                names=len(header.names),
                title=reading.layout.title,
            )
        )
    elif header.row > 1:
        notes.append(
            _(
                "{where}: the header is row {row}; the rows above it were left out",
                where=part.where,
                row=header.row,
            )
        )
    if not part.ends and part.kind == "text":
        notes.append(
            _(
                "{where}: the last line has no line end; look whether the file is whole",
                where=part.where,
            )
        )
    return notes


def gaps(typed: Typed) -> list[Message]:
    """Notes on cells without a value in the columns that are added up."""
    return [
        _(
            "{where}: {column}: {missing} of {rows} cells hold no value; they are left out "
            "of the sums",
            where=typed.part.where,
            column=m.header.strip(),
            missing=typed.missing[m.column.to],
            rows=typed.rows,
        )
        for m in typed.matches
        if m.column
        and m.column.required
        and not m.column.blank
        and m.column.kind in ("money", "count")
        and typed.missing.get(m.column.to)
    ]
