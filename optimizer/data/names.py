"""Control characters in what a table holds: read as blanks once, where the table comes in, and
said. No chart, terminal or spreadsheet meets them.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from optimizer.data.engine import literal, quoted
from optimizer.data.raw import Raw
from optimizer.messages import Message, Text, _

_BYTES = bytes(sorted({*range(1, 9), 11, 12, *range(14, 32), 127}))
_RARE = re.compile(b"\xc2[\x80-\x9f]|\xef\xbf[\xbe\xbf]")  # U+0080 to U+009F, U+FFFE, U+FFFF
_SQL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x{7f}-\x{9f}\x{fffe}\x{ffff}]"
BLOCK = 1 << 20


def without_controls(path: Path, target: Path) -> Path:
    """A UTF-8 text, or a copy of it with blanks for control characters where it holds any.

    Parameters
    ----------
    path
        The text.
    target
        Where the copy goes.
    """
    with path.open("rb") as stream:
        while block := _block(stream):
            if _held(block):
                break
        else:
            return path
    with path.open("rb") as stream, target.open("wb") as out:
        while block := _block(stream):
            out.write(_RARE.sub(b" ", block.translate(_TO_BLANKS)))
    return target


_TO_BLANKS = bytes(32 if byte in _BYTES else byte for byte in range(256))


def _block(stream: BinaryIO) -> bytes:
    """A block that ends between two characters."""
    block = stream.read(BLOCK)
    while block and block[-1] >= 0x80 and (more := stream.read(1)):
        block += more
    return block


def _held(block: bytes) -> bool:
    plain = len(block.translate(None, _BYTES)) == len(block)
    return not plain or (not block.isascii() and _RARE.search(block) is not None)


def said(label: Text) -> Message:
    """The remark on a file that held control characters."""
    return _("{label}: control characters in it are read as blanks", label=label)


def cleaned(raw: Raw) -> Raw:
    """A table of typed columns, control characters in its texts read as blanks.

    Parameters
    ----------
    raw
        Its columns of text are looked at, but for those of user ids.

    Returns
    -------
    Raw
        The same where there are none; else with a remark for each column.
    """
    texts = [
        name
        for name, (__, kind) in raw.columns.items()
        if kind == "VARCHAR" and not name.lower().endswith("id") and "user" not in name.lower()
    ]
    if not texts or not raw.local:
        return raw
    counts = ", ".join(
        f"count(*) FILTER (WHERE regexp_matches({raw.columns[name][0]}, {literal(_SQL)}))"
        for name in texts
    )
    (found,) = raw.attempt(f"SELECT {counts} FROM {raw.view}")
    held = {name: int(n) for name, n in zip(texts, found, strict=True) if n}
    if not held:
        return raw
    view = raw.engine.name("cleaned")
    each = ", ".join(
        f"regexp_replace({sql}, {literal(_SQL)}, ' ', 'g') AS {quoted(name)}"
        if name in held
        else f"{sql} AS {quoted(name)}"
        for name, (sql, __) in raw.columns.items()
    )
    raw.engine.define(view, f"SELECT {each} FROM {raw.view}")
    columns = {name: (quoted(name), kind) for name, (__, kind) in raw.columns.items()}
    for name, rows in held.items():
        raw.left_out.append(
            _(
                "{label}: column '{name}': control characters in {n} rows are read as blanks",
                label=raw.label,
                name=name,
                n=f"{rows:,}",
            )
        )
    return replace(raw, view=view, columns=columns)
