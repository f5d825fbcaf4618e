"""What an importer is: one platform's export, declared. The registry `IMPORTERS`.

A new importer is one file: in `platforms/`, or in a package of the user's own that names it under
the entry-point group `optimizer.importers`. Its name is what the user writes, its docstring the
help. Everything else (encodings, header rows, number forms, totals rows) is
`optimizer.data.reading`'s.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property

from optimizer.data.reading.columns import Layout, Understood, header_key, header_unit
from optimizer.messages import Text, _
from optimizer.registry import Registry

# What a report's date column is called where the platform's own names are not used.
DAYS = (*("日期", "时间", "统计日期", "统计时间", "投放日期", "数据日期", "分日"), *("date", "day"))
TABLES = ("spend", "totals", "shop", "orders", "events", "paths", "creators", "arms", "regions")
# "Amount spent (CHF)": whatever the currency, it is the same column
_IN_CURRENCY = re.compile(r"(.{2,}?) ?[(（][A-Za-z]{3}[)）]")


@dataclass(frozen=True)
class Recorded:
    """A column kept on record and not imported: a ratio.

    Ratios are computed anew from sums, never averaged.

    Attributes
    ----------
    name
        Its header.
    window_days
        Days after the click that it counts; None: not stated by the platform.
    basis
        What is divided by what.
    """

    name: str
    window_days: int | None
    basis: Text


@dataclass(frozen=True)
class Importer(Layout):
    """One platform's export: its layout, and what becomes of its rows.

    The first attributes are those of `Layout`: title, table, columns, either, sign, headless,
    shape.

    Attributes
    ----------
    channel
        The channel its rows belong to; None where a column says it.
    key
        Our columns that say which thing a row is about: the same key twice with other numbers is a
        clash.
    records
        Ratio columns, with window and basis.
    rows
        SQL that reshapes the typed rows (wide to long); {rows} is the relation.
    once
        Our column that no two rows of a file may share ("order_id"); repeats are a question.
    also
        Other titles a user may write.
    beside
        Further headers of the platform's exports, which nothing is read from: what a file is
        recognised by, beside its columns.
    against
        Parts of headers that say that a file is something else, where they are not understood.
    alone
        Headers that are its export where there are no others, however usual each of them is.
    spans
        Headers of the day on which a row begins, where a row may cover more than that day; the
        column `until` says its last day.
    general
        No platform's: chosen only where no platform shows.
    auto
        Whether `auto` may choose it.
    rank
        Its place in lists; importers of one rank stand in the order of their files.
    seen
        Where its headers were held against something public; "": they are from memory.
    """

    channel: str | None = None
    key: tuple[str, ...] = ()
    records: tuple[Recorded, ...] = ()
    rows: str | None = None
    once: str | None = None
    also: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    alone: tuple[str, ...] = ()
    spans: tuple[str, ...] = ()
    general: bool = False
    auto: bool = True
    rank: int = 1000
    seen: str = ""

    def understands(self, header: str) -> Understood | None:
        """What a header means here, whatever the currency it names at its end."""
        if header not in self._meant:
            found = super().understands(header)
            if found is None and (bare := _IN_CURRENCY.fullmatch(header.strip())):
                found = super().understands(bare[1])
            self._meant[header] = found
        return self._meant[header]

    @cached_property
    def _meant(self) -> dict[str, Understood | None]:
        """What headers were understood as before: every file is held against every importer."""
        return {}

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """The keys of every header that its exports are known to have."""
        more = (*self.sign, *self.beside, *(kept.name for kept in self.records))
        return frozenset({*self.lookup, *(header_key(name) for name in more)})

    def knows(self, header: str) -> bool:
        """Whether its exports are known to have a header."""
        key = header_key(header)
        known = key in self.vocabulary or header_unit(key)[0] in self.vocabulary
        return known or (bool(key) and self.understands(header) is not None)

    def shows(self, header: str) -> bool:
        """Whether a header is one of its signs, with or without a unit or a currency."""
        if not self.sign:
            return False
        key = header_key(header)
        if key in self.sign_keys or header_unit(key)[0] in self.sign_keys:
            return True
        bare = _IN_CURRENCY.fullmatch(header.strip())
        return bare is not None and header_key(bare[1]) in self.sign_keys

    def score(self, headers: tuple[str, ...]) -> tuple[int, int]:
        """(columns understood, signs seen) in a header row."""
        columns = {
            id(found.column) for h in headers if h.strip() and (found := self.understands(h))
        }
        return len(columns), sum(self.shows(header) for header in headers if header.strip())

    def strays(self, headers: tuple[str, ...]) -> tuple[str, ...]:
        """The headers that say that a file is something else."""
        return tuple(
            header
            for header in headers
            if any(part in header_key(header) for part in self.against) and not self.knows(header)
        )


Declaration = Callable[[], Importer]


class Importers(Registry[Declaration]):
    """The registry of importers, in the order of their ranks."""

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(super().__iter__(), key=lambda name: declared_by(self[name]).rank))


def _keeps_the_contract(name: str, declaration: Declaration) -> None:
    """Raise `TypeError` or `ValueError` with what an importer on its way in misses."""
    importer = declared_by(declaration)
    if not isinstance(importer, Importer):
        raise TypeError(f"importer '{name}' must return an Importer, not {importer!r}")
    if importer.table not in TABLES:
        raise ValueError(
            f"importer '{name}': '{importer.table}' is no table; known: {', '.join(TABLES)}"
        )
    try:
        importer.lookup  # noqa: B018 - one header for two columns
    except ValueError as error:
        raise ValueError(f"importer '{name}': {error}") from None
    ours = {column.to for column in importer.columns}
    for what, names in (
        ("either", importer.either),
        ("headless", ()),
        ("once", (importer.once,) if importer.once else ()),
    ):
        unknown = sorted(set(names) - ours)
        if unknown:
            raise ValueError(f"importer '{name}': {what} names no column of its own: {unknown[0]}")


IMPORTERS = Importers(
    _("importer"),
    "optimizer.importers",
    accepts=_keeps_the_contract,
    home="optimizer.data.importers.platforms",
)


@cache
def declared_by(declaration: Declaration) -> Importer:
    """The importer of a declaration, made once."""
    return declaration()


def importer_of(name: str, layout: Layout) -> Importer:
    """The importer that a part was read with: its layout, where that was made for its header."""
    return layout if isinstance(layout, Importer) else declared(name)


def declared(name: str) -> Importer:
    """The importer of a name.

    Raises
    ------
    UserError
        For an unknown name, with the nearest one.
    """
    return declared_by(IMPORTERS[name])
