"""What an importer is: one platform's export, declared. The registry `IMPORTERS`.

A new importer is one file: in `platforms/`, or in a package of the user's own that names it under
the entry-point group `optimizer.importers`. Its name is what the user writes, its docstring the
help. Everything else (encodings, header rows, number forms, totals rows) is
`optimizer.data.reading`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from optimizer.data.reading.columns import Layout
from optimizer.messages import Text, _
from optimizer.registry import Registry

# What a report's date column is called where the platform's own names are not used.
DAYS = (*("日期", "时间", "统计日期", "统计时间", "投放日期", "数据日期", "分日"), *("date", "day"))
TABLES = ("spend", "totals", "shop", "orders", "events", "creators", "arms", "regions")


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
    auto
        Whether `auto` may choose it.
    rank
        Its place in lists; importers of one rank stand in the order of their files.
    """

    channel: str | None = None
    key: tuple[str, ...] = ()
    records: tuple[Recorded, ...] = ()
    rows: str | None = None
    once: str | None = None
    also: tuple[str, ...] = ()
    auto: bool = True
    rank: int = 1000


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
