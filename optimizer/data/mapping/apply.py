"""What a mapping does to a table: SQL of names and words, and the choices of one file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from optimizer.data.engine import literal
from optimizer.data.mapping.file import MAPPING, RECORD, mapping_of
from optimizer.data.reading.choices import Choices
from optimizer.inputs import files_below

SINGLE = (
    *("channel", "split", "ranges", "dates", "year", "date", "duplicates"),
    *("decimal", "currency", "totals", "period", "lines"),
)
BLANKS = " \t\r\n\u00a0\u3000\ufeff"


def renamed(name: str, pairs: Sequence[tuple[str, Sequence[str]]], levels: bool = False) -> str:
    """SQL: a text, or our name where it is one of those that stand for it.

    Parameters
    ----------
    name
        SQL of the text; blanks around it do not count.
    pairs
        (ours, theirs): `Mapping.aliases` or `Mapping.words`.
    levels
        Whether what stands before the first "/" is renamed too: 抖音/feed is douyin/feed.

    >>> renamed("channel", ())
    'channel'
    """
    bare = f"trim({name}, {literal(BLANKS)})"
    whole, below = [], []
    for ours, theirs in pairs:
        told = [other.strip(BLANKS) for other in theirs]
        listed = ", ".join(map(literal, told))
        if told:
            whole.append(f"WHEN {bare} IN ({listed}) THEN {literal(ours)}")
        below += [
            f"WHEN starts_with({bare}, {literal(other + '/')})"
            f" THEN {literal(ours)} || substr({bare}, {len(other) + 1})"
            for other in told
            if levels
        ]
    return f"CASE {' '.join([*whole, *below])} ELSE {name} END" if whole else name


def members(file: Path) -> list[Path]:
    """The files of a folder that may hold tables; of anything else, itself."""
    if not file.is_dir():
        return [file]
    return files_below(file, _may_hold_a_table) or [file]


def _may_hold_a_table(file: Path) -> bool:
    return not (
        file.name.startswith((".", "_")) or file.name == MAPPING or file.name.endswith(RECORD)
    )


def choices_for(file: Path, asked: Choices) -> Choices:
    """The choices for one file: as asked, and as its mapping.yaml says where nothing was asked.

    Parameters
    ----------
    file
        Whose mapping.yaml is looked for.
    asked
        What the user says now; it counts more.
    """
    mapping = mapping_of(file)
    if not mapping:
        return asked
    said: dict[str, Any] = {
        "columns": tuple({**dict(mapping.columns), **dict(asked.columns)}.items()),
        "units": tuple({**dict(mapping.units), **dict(asked.units)}.items()),
        "missing": (*mapping.missing, *asked.missing),
        "ignore": (*mapping.ignore, *asked.ignore),
        "zone": asked.zone or mapping.timezone,
        "sheets": asked.sheets or mapping.sheets,
    }
    for name in SINGLE:
        now = getattr(asked, name)
        said[name] = getattr(mapping, name) if now is None else now
    return replace(asked, mapping=mapping, **said)
