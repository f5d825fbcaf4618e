"""What is said of one file: the entries of `mapping.yaml` that are about it."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass

from optimizer.data.reading.columns import header_key


@dataclass(frozen=True)
class Mapping:
    """What a user says of a file beyond the file itself. None and empty: not said.

    Attributes
    ----------
    platform
        Which importer reads it, by name or title.
    channel
        The channel of the whole file.
    columns
        (our column, header) pairs; each must be there.
    usual_columns
        The same, said of several files: they count where a file has the header.
    aliases
        (channel, the other names it goes by) pairs.
    apart
        Names that look like one channel and are not.
    words
        (our word, the file's words for it) pairs: events (touch, add_to_cart, purchase) and states
        of orders (paid, unpaid, cancelled, refunded).
    sheets
        The sheets of a workbook that count; others are left out.
    skip_rows
        Rows that are none of the table, as a spreadsheet counts them, from 1.
    decimal
        "." or ",": the decimal mark of every number.
    currency
        The currency of every amount, ISO 4217.
    timezone
        The clock of the times, an IANA name.
    split, units, ranges, dates, year, date, missing, ignore, duplicates, totals, period, lines
        As in `Choices`.
    """

    platform: str | None = None
    channel: str | None = None
    columns: tuple[tuple[str, str], ...] = ()
    usual_columns: tuple[tuple[str, str], ...] = ()
    aliases: tuple[tuple[str, tuple[str, ...]], ...] = ()
    apart: tuple[tuple[str, ...], ...] = ()
    words: tuple[tuple[str, tuple[str, ...]], ...] = ()
    sheets: tuple[str, ...] = ()
    skip_rows: tuple[int, ...] = ()
    decimal: str | None = None
    currency: str | None = None
    timezone: str | None = None
    split: str | None = None
    units: tuple[tuple[str, float], ...] = ()
    ranges: str | None = None
    dates: str | None = None
    year: int | None = None
    date: str | None = None
    missing: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    duplicates: str | None = None
    totals: str | None = None
    period: str | None = None
    lines: str | None = None

    def heads(self, ours: Container[str] | None, headers: Iterable[str]) -> dict[str, str]:
        """{our column: header} for a table.

        Parameters
        ----------
        ours
            The columns that the table may have; None: any.
        headers
            Those that it has.
        """
        keys = {header_key(header) for header in headers}
        usual = {
            to: header
            for to, header in self.usual_columns
            if (ours is None or to in ours) and header_key(header) in keys
        }
        return usual | dict(self.columns)

    def __bool__(self) -> bool:
        """Whether anything is said."""
        return self != Mapping()
