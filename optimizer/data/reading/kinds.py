"""What the kind of a column means for its cells, in SQL."""

from __future__ import annotations

from optimizer.data.reading import cells, day_cells
from optimizer.data.reading.choices import Choices
from optimizer.data.reading.columns import Layout
from optimizer.data.reading.headers import Match


def unit_of(match: Match, choices: Choices) -> float:
    """The factor of a column's bare numbers: as the user says, else as its header does, else 1."""
    told = dict(choices.units)
    for header in (match.header, match.header.strip()):
        if header in told:
            return told[header]
    return 1.0 if match.factor is None else match.factor


def needs_care(match: Match, choices: Choices) -> bool:
    """Bare numbers of this column are not simply what they say: another unit, or a unit nobody has
    stated.
    """
    return (
        bool(choices.missing or match.entry.missing)
        or unit_of(match, choices) != 1.0
        or match.written in match.entry.unclear
    )


def value_of(match: Match, choices: Choices, mark: str = ".") -> str:
    """SQL: the text `r` read by the column's kind.

    Parameters
    ----------
    match, choices
        The column, and what the user says.
    mark
        The column's decimal mark.
    """
    entry = match.entry
    if entry.kind in ("count", "money", "number", "rate"):
        share = entry.kind == "rate"
        value = cells.number("r", unit_of(match, choices), choices.ranges, share, mark)
        if match.written in entry.unclear and match.header.strip() not in dict(choices.units):
            value = f"CASE WHEN regexp_matches(r, '[万亿千wWkK]') THEN {value} END"
        return value
    if entry.kind == "day":
        return day_cells.day("r", choices.dates, choices.year)
    if entry.kind == "time":
        return day_cells.time("r", choices.dates, choices.year, choices.zone)
    if entry.kind in ("epoch_s", "epoch_us"):
        return day_cells.epoch("r", 1 if entry.kind == "epoch_s" else 1_000_000, choices.zone)
    if entry.kind == "json":
        return "try_cast(r AS JSON)"
    return cells.ident("r") if entry.kind == "id" else cells.text("r")


def is_positive(kind: str, layout: Layout) -> bool:
    """Whether numbers below 0 cannot stand in a column of that kind."""
    return kind == "count" or (kind == "money" and layout.table in ("spend", "shop", "creators"))


def accepts(match: Match, value: str, layout: Layout, choices: Choices) -> str:
    """SQL: whether a value can stand in the column."""
    kind = match.entry.kind
    if kind == "money" and is_positive("money", layout):
        return f"{value} >= 0"
    loose = choices.ranges is not None or unit_of(match, choices) != 1.0
    return cells.accept(kind, value, loose)


def type_of_kind(kind: str) -> str:
    """The SQL type of a column of that kind.

    >>> type_of_kind("day"), type_of_kind("money")
    ('DATE', 'DECIMAL(18,6)')
    """
    return {
        "day": "DATE",
        "time": "TIMESTAMP",
        "epoch_s": "TIMESTAMP",
        "epoch_us": "TIMESTAMP",
        "json": "JSON",
        "text": "VARCHAR",
        "id": "VARCHAR",
    }.get(kind, cells.NUMBER_TYPE)
