"""What a user says of a table beyond the file itself."""

from __future__ import annotations

from dataclasses import dataclass, field

from optimizer.data.mapping.model import Mapping


@dataclass(frozen=True)
class Choices:
    """The answers to what a file leaves open. None and empty: not said.

    Attributes
    ----------
    channel
        The channel of every row.
    split
        A header whose values become a level below the channel.
    columns
        (our column, header) pairs.
    units
        (header, factor) pairs, for bare numbers.
    ranges
        low, mid or high end of "1万-2万".
    dates
        mdy or dmy for 8/13/2026.
    year
        The year of "8月13日".
    date
        The day of every row, where no column says it.
    zone
        The time zone of clock times in the output.
    missing
        Further words for "no value".
    ignore
        Headers that are not what they look like.
    tiers
        Follower borders between nano, koc, waist and head.
    duplicates
        add | first | last, where two files tell different numbers of the same thing.
    decimal
        "." or ",": the decimal mark of every number.
    currency
        The currency of amounts whose files name none, or several that are one, ISO 4217.
    sheets
        The sheets of a workbook that count.
    totals
        out | keep: rows that are called totals and equal no sum of others.
    period
        day | week | month: what a date stands for, where files differ.
    lines
        order | line: whether a value that repeats in the rows of an order is the order's or the
        line's.
    mapping
        What the file's mapping.yaml says of it: decimal mark, currency, sheets, rows to skip,
        aliases, words. What can also be said by an option stands in the attributes above.
    """

    channel: str | None = None
    split: str | None = None
    columns: tuple[tuple[str, str], ...] = ()
    units: tuple[tuple[str, float], ...] = ()
    ranges: str | None = None
    dates: str | None = None
    year: int | None = None
    date: str | None = None
    zone: str | None = None
    missing: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    tiers: tuple[float, float, float] = (10_000, 50_000, 500_000)
    duplicates: str | None = None
    decimal: str | None = None
    currency: str | None = None
    sheets: tuple[str, ...] = ()
    totals: str | None = None
    period: str | None = None
    lines: str | None = None
    mapping: Mapping = field(default_factory=Mapping)

    @property
    def decimal_mark(self) -> str | None:
        """The decimal mark that is said, by an option or in mapping.yaml."""
        return self.decimal or self.mapping.decimal

    @property
    def money(self) -> str | None:
        """The currency that is said."""
        return self.currency or self.mapping.currency

    @property
    def counting_sheets(self) -> tuple[str, ...]:
        """The sheets that are said to count; empty: not said."""
        return self.sheets or self.mapping.sheets
