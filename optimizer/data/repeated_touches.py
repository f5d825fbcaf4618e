"""The touches of a path under their names: `Direct x 2` is two of Direct, as Google writes it."""

from __future__ import annotations

from dataclasses import replace

from optimizer.data.engine import literal
from optimizer.data.mapping.apply import BLANKS, renamed
from optimizer.data.raw import Raw
from optimizer.data.reading.encodings import blocks
from optimizer.data.reading.values import Found
from optimizer.messages import Message, _

TIMES = (" x ", " × ")
REPEATED = r"(.*\S)\s+[x×]\s*([1-9]\d{0,2})"


def named(raw: Raw, path: Found) -> tuple[Found, tuple[Message, ...]]:
    """The column of paths with every touch written out, and under the name that mapping.yaml gives
    it.

    Parameters
    ----------
    raw, path
        The table and its column of paths, touches joined by `>`.

    Returns
    -------
    path
        The same column where nothing is to be done.
    notes
        What was read as what.
    """
    notes: tuple[Message, ...] = ()
    touch = f"trim(t, {literal(BLANKS)})"
    each = renamed(touch, raw.mapping.aliases, levels=True)
    if (seen := _repeats(raw, path)) is not None:
        form = literal(REPEATED)
        once = renamed(f"regexp_extract({touch}, {form}, 1)", raw.mapping.aliases, levels=True)
        many = f"range(CAST(regexp_extract({touch}, {form}, 2) AS BIGINT))"
        each = (
            f"CASE WHEN regexp_full_match({touch}, {form})"
            f" THEN list_transform({many}, lambda i: {once}) ELSE [{each}] END"
        )
        note = _("{file}: '{touch}' is read as that many touches", file=raw.label, touch=seen)
        notes = (note,)
    elif each == touch:
        return path, ()
    else:
        each = f"[{each}]"
    touches = f"flatten(list_transform(string_split({path.sql}, '>'), lambda t: {each}))"
    whole = f"CASE WHEN {path.sql} IS NOT NULL THEN array_to_string({touches}, ' > ') END"
    return replace(path, sql=f"({whole})", kind="VARCHAR"), notes


def _repeats(raw: Raw, path: Found) -> str | None:
    """The first touch that says how often it was repeated; None where there is none."""
    if not raw.local or not path.is_text or (raw.file is not None and not _in_text(raw)):
        return None
    marks = " OR ".join(f"contains(cell, {literal(mark)})" for mark in TIMES)
    touch = f"trim(unnest(string_split(cell, '>')), {literal(BLANKS)})"
    rows = raw.attempt(
        f"SELECT touch FROM (SELECT {touch} AS touch FROM (SELECT {path.sql} AS cell"
        f" FROM {raw.view}) AS cells WHERE {marks}) AS touches"
        f" WHERE regexp_full_match(touch, {literal(REPEATED)}) LIMIT 1"
    )
    return str(rows[0][0]) if rows else None


def _in_text(raw: Raw) -> bool:
    """Whether a csv holds such a mark anywhere: its bytes are looked through before its cells."""
    assert raw.file is not None
    marks = [mark.encode() for mark in TIMES]
    last = b""
    with raw.file.path.open("rb") as stream:
        for block in blocks(stream):
            text = last + block
            if any(mark in text for mark in marks):
                return True
            last = text[-4:]
    return False
