"""A part as a relation of text columns c0, c1, ... inside DuckDB."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from optimizer.data.engine import literal, quoted
from optimizer.data.reading.choices import Choices
from optimizer.data.reading.columns import Layout
from optimizer.data.reading.container import Part
from optimizer.data.reading.headers import Header, Match
from optimizer.data.reading.inference.inferred import Inferred
from optimizer.messages import Message, _

DATA, TOTAL, BLANK, FOOTNOTE = range(4)  # what a row is


def source_sql(connection: Any, part: Part, header: Header, number: int) -> str:
    """SQL of the part's rows as text columns c0, c1, ...

    Parameters
    ----------
    connection
        DuckDB's, to look at the columns of parquet and JSON.
    part, header
        What is read.
    number
        Malformed rows go to reject tables of that number; 0: nowhere.
    """
    if part.kind in ("parquet", "json"):
        columns = ", ".join(
            f"{_as_text(kind, quoted(name))} AS c{i}"
            for i, (name, kind) in enumerate(_described(connection, part))
        )
        return f"(SELECT {columns} FROM {_typed(part)})"
    columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(header.width))
    quote = "quote='\"', escape='\"'" if header.quoted else "quote='', escape=''"
    rejects = (
        f"store_rejects=true, rejects_table='rejects{number}', "
        f"rejects_scan='scans{number}', rejects_limit=2000, "
        if number > 0
        else ""
    )
    return (
        f"read_csv({literal(str(part.path))}, auto_detect=false, header=false,"
        f" delim={literal(header.delimiter)}, {quote}, new_line='\\n', columns={{{columns}}},"
        f" nullstr='', ignore_errors=true, {rejects}strict_mode=true)"
    )


def described(connection: Any, part: Part) -> tuple[str, ...]:
    """The column names of a parquet or JSON part."""
    return tuple(name for name, _ in _described(connection, part))


def described_kinds(connection: Any, part: Part) -> tuple[str, ...]:
    """The SQL types of a parquet or JSON part's columns."""
    return tuple(kind for _, kind in _described(connection, part))


def _described(connection: Any, part: Part) -> list[tuple[str, str]]:
    rows = connection.execute(f"DESCRIBE SELECT * FROM {_typed(part)}").fetchall()
    return [(row[0], row[1]) for row in rows]


def _typed(part: Part) -> str:
    if part.kind == "parquet":
        return f"read_parquet({literal(str(part.path))})"
    return (
        f"read_json({literal(str(part.path))}, format='auto', union_by_name=true,"
        " maximum_object_size=67108864)"
    )


def _as_text(kind: str, column: str) -> str:
    if kind.startswith(("STRUCT", "MAP")) or kind.endswith("]"):
        return f"CAST(to_json({column}) AS VARCHAR)"
    if kind.startswith("TIMESTAMP WITH"):
        return f"strftime({column}, '%Y-%m-%d %H:%M:%S.%f+00:00')"
    return f"CAST({column} AS VARCHAR)"


@dataclass(frozen=True)
class Reading:
    """One part while it is read.

    Attributes
    ----------
    connection
        DuckDB's, with the macros of `cells`.
    part, header, matches
        The file, its header row, and what each header was understood as.
    name, layout
        What the table is, and its name.
    choices
        What the user said.
    number
        Of the part among all that are read.
    signs
        Currencies whose signs were seen in its amounts.
    lengths
        {day, week, month or a number of days: cells} of its periods that say it.
    inferred
        What was inferred while its cells were read.
    """

    connection: Any
    part: Part
    name: str
    layout: Layout
    header: Header
    matches: tuple[Match, ...]
    choices: Choices
    number: int
    signs: set[str] = field(default_factory=set)
    lengths: dict[str, int] = field(default_factory=dict)
    inferred: list[Inferred] = field(default_factory=list)

    @property
    def table(self) -> str:
        """The typed table's name in DuckDB."""
        return f"part{self.number}"

    @property
    def used(self) -> list[Match]:
        """The headers that mean a column."""
        return [m for m in self.matches if m.column is not None]

    @property
    def is_text(self) -> bool:
        """Whether the part is lines of text, whose rows can be found again."""
        return self.part.kind in ("text", "sheet")

    def one(self, sql: str) -> Any:
        """The only row of a query."""
        return self.connection.execute(sql).fetchone()

    def column(self, sql: str) -> list[Any]:
        """The only column of a query."""
        return [row[0] for row in self.connection.execute(sql).fetchall()]

    def place(self, match: Match, row: int | None = None) -> Message:
        """Where a column, or one cell of it, stands."""
        header = match.header.strip()
        if row is None:
            return _("{where}: column '{header}'", where=self.part.where, header=header)
        return _(
            "{where}: row {row}, column '{column}'", where=self.part.where, row=row, column=header
        )
