"""A table as it came: a relation inside the engine, and the words to point at one of its rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from optimizer.data.engine import Engine
from optimizer.data.mapping.model import Mapping
from optimizer.data.reading.csv_files import CsvFile
from optimizer.errors import UserError
from optimizer.messages import Message, Text, _


@dataclass(frozen=True)
class Raw:
    """A table as it came.

    Attributes
    ----------
    engine
        Where it is: an `Engine` or a `Warehouse`.
    view
        Relation inside the engine; columns hold text where the source is text.
    columns
        Name in the source -> (SQL of that column in the view, its SQL type).
    label
        What to call the source in messages.
    stored
        Whether reading it twice is cheap (parquet, arrow); text and Python objects are copied once
        instead.
    rows_of
        Data records numbered from 1 -> the row a person sees; None where rows have no order (a
        database).
    doubled
        Headers that stand there twice.
    broken
        Says in the user's terms why the engine could not read the source.
    text
        A csv: every column is text, parsed anew at every reading.
    file
        That csv.
    mend
        Leaves rows out of a csv that are none of its data and cannot be read as such; False where
        there is nothing to mend.
    left_out
        Notes on rows that were left out so.
    mapping
        What the mapping.yaml beside the source says of it.
    """

    engine: Any
    view: str
    columns: dict[str, tuple[str, str]]
    label: Text
    stored: bool
    rows_of: Callable[[list[int]], dict[int, int]] | None
    doubled: tuple[str, ...] = ()
    broken: Callable[[Exception], UserError] | None = None
    text: bool = False
    file: CsvFile | None = None
    mend: Callable[[], bool] | None = None
    left_out: list[Message] = field(default_factory=list)
    mapping: Mapping = field(default_factory=Mapping)

    @property
    def local(self) -> bool:
        """Whether the engine is DuckDB, which knows the grammar of cells."""
        return isinstance(self.engine, Engine)

    def attempt(self, sql: str) -> list[tuple[Any, ...]]:
        """Run a statement that may find the source broken; what breaks it is the user's to mend.

        Parameters
        ----------
        sql
            A statement that changes nothing where it fails.

        Raises
        ------
        UserError
            With what is wrong, and where.
        """
        import duckdb

        try:
            rows: list[tuple[Any, ...]] = self.engine.rows(sql)
            return rows
        except duckdb.Error as error:
            if self.mend is not None and self.mend():
                return self.attempt(sql)
            if self.broken is not None:
                raise self.broken(error) from None
            raise UserError(
                _("cannot be read: {error}", error=str(error).splitlines()[0]), self.label
            ) from None
