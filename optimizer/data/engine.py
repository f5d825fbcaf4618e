"""The data engine: DuckDB in this process. The only module that imports it.

Rows stay in here. What leaves are aggregates: a handful of columns as numpy arrays or a small
pandas frame. The same SQL text runs on Spark or a warehouse through `optimizer.data.warehouse`;
both kinds of engine offer `columns`, `frame`, `rows`, `run`, `bucket` and `total`.
"""

from __future__ import annotations

import contextlib
import os
import weakref
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optimizer.errors import UserError
from optimizer.foreign import foreign
from optimizer.inputs import whole
from optimizer.messages import _
from optimizer.results.rooms import open_room

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


MOST_THREADS = 1024


@dataclass(frozen=True)
class Limits:
    """What an engine may use. memory: "4GB" style, default 60 % of the machine's; threads: default
    all cores; spill: folder for what does not fit in memory, default the system's temporary folder.
    """

    memory: str | None = None
    threads: int | None = None
    spill: str | None = None

    @classmethod
    def from_environment(cls) -> Limits:
        """OPTIMIZER_MEMORY, OPTIMIZER_THREADS and OPTIMIZER_SPILL, where they are set."""
        text = os.environ.get("OPTIMIZER_THREADS")
        threads = None if text is None else whole(text, MOST_THREADS)
        if text is not None and not threads:
            raise UserError(
                _("'{threads}' is no number of threads", threads=text),
                _("environment variable OPTIMIZER_THREADS"),
                _("write a whole number from 1 to {most}", most=MOST_THREADS),
            )
        return cls(os.environ.get("OPTIMIZER_MEMORY"), threads, os.environ.get("OPTIMIZER_SPILL"))


def quoted(name: str) -> str:
    """An SQL identifier, whatever the name holds."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """An SQL string constant, whatever the text holds."""
    return "'" + text.replace("'", "''") + "'"


def _list(texts: Sequence[str]) -> str:
    return f"[{', '.join(map(literal, texts))}]"


class Engine:
    """One DuckDB connection with a memory limit and a spill folder that goes with the engine.

    It reads and writes in its spill folder, and reads what `admit` names once; then no other file,
    no network and no extension can be reached through it, whatever a file holds.
    """

    dialect = "duckdb"

    def __init__(self, limits: Limits | None = None) -> None:
        import duckdb

        limits = limits or Limits.from_environment()
        try:
            room, gone = open_room(limits.spill)
        except OSError as error:
            raise UserError(
                _("cannot spill here: {strerror}", strerror=error.strerror),
                str(limits.spill),
                _("name a folder that can be written"),
            ) from None
        self._gone = weakref.finalize(self, gone)
        self.folder = folder = str(room)
        config: dict[str, Any] = {
            "temp_directory": folder,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        if limits.threads is not None:
            config["threads"] = limits.threads
        try:
            self.connection = duckdb.connect(config=config)
            self.run("SET TimeZone = 'UTC'")
            with contextlib.suppress(
                duckdb.InvalidInputException
            ):  # Jupyter without ipywidgets has no bar to switch off
                self.run("SET enable_progress_bar = false")
            self.run(
                "SET pandas_analyze_sample = 0"
            )  # columns of mixed objects come as text, to be read cell by cell
            self.run(f"SET memory_limit = {literal(limits.memory or '60%')}")
        except duckdb.Error as error:
            raise UserError(
                _("the data engine does not start: {error}", error=error),
                fix=_("write memory like 4GB"),
            ) from None
        self.known: dict[
            str, Any
        ] = {}  # relation -> what its reader found out about its rows besides
        self._names = 0
        self._sources: tuple[str, ...] | None = None

    def admit(self, files: Iterable[Path | str] = ()) -> None:
        """Let the engine read these files, and lock the door behind them.

        Parameters
        ----------
        files
            All that will be read besides what is in the engine's own folder; a folder stands for
            what is below it. Several sources of one engine are named here before the first is read.

        Raises
        ------
        UserError
            Where the engine was locked with other files.
        """
        wanted = tuple(sorted({os.path.abspath(file) for file in files}))
        if self._sources is not None:
            for file in wanted:
                if file not in self._sources:
                    raise UserError(
                        _("this engine was given for other files and reads no more"),
                        file,
                        _(
                            "give each source an engine of its own, or name all files before the "
                            "first is read: engine.admit([FILE, FILE])"
                        ),
                    )
            return
        folders = [file for file in wanted if os.path.isdir(file)]
        single = [file for file in wanted if file not in folders]
        self.run(f"SET allowed_directories = {_list([*folders, self.folder])}")
        self.run(f"SET allowed_paths = {_list(single)}")
        self.run("SET enable_external_access = false")
        self.run("SET lock_configuration = true")
        self._sources = wanted

    def name(self, kind: str) -> str:
        """A fresh relation name."""
        self._names += 1
        return f"{kind}_{self._names}"

    def define(self, name: str, sql: str) -> str:
        """Give a query a name, to be used after FROM."""
        self.run(f"CREATE VIEW {name} AS {sql}")
        return name

    def keep(self, name: str, sql: str) -> str:
        """The same, computed once and kept."""
        self.run(f"CREATE TEMP TABLE {name} AS {sql}")
        return name

    def run(self, sql: str, parameters: list[Any] | None = None) -> None:
        """Execute one statement."""
        self._execute(sql, parameters)

    def rows(self, sql: str, parameters: list[Any] | None = None) -> list[tuple[Any, ...]]:
        """The result as Python rows (for a few)."""
        result: list[tuple[Any, ...]] = self._execute(sql, parameters).fetchall()
        return result

    def columns(
        self, sql: str, parameters: list[Any] | None = None
    ) -> dict[str, np.ndarray[Any, Any]]:
        """The result as numpy columns."""
        result: dict[str, np.ndarray[Any, Any]] = self._execute(sql, parameters).fetchnumpy()
        return result

    def frame(self, sql: str, parameters: list[Any] | None = None) -> pd.DataFrame:
        """The result as a pandas frame."""
        result: pd.DataFrame = self._execute(sql, parameters).df()
        return result

    def _execute(self, sql: str, parameters: list[Any] | None) -> Any:
        import duckdb

        try:
            return (
                self.connection.execute(sql, parameters)
                if parameters
                else self.connection.execute(sql)
            )
        except duckdb.OutOfMemoryException as error:
            raise UserError(
                _("not enough memory or spill space: {error}", error=str(error).splitlines()[0]),
                fix=_(
                    "set OPTIMIZER_MEMORY (now the limit) or OPTIMIZER_SPILL (a folder on a larger "
                    "disk), or ask for a smaller order"
                ),
            ) from None
        except duckdb.Error as error:
            if type(error) is not duckdb.Error:
                raise
            raise UserError(  # what a reader of parquet says of bytes that make no sense
                _("cannot be read: {error}", error=foreign(str(error).splitlines()[0])),
                ", ".join(self._sources or ()) or None,
                _("export it again"),
            ) from None

    def bucket(self, user: str, buckets: int) -> str:
        """SQL: which of `buckets` groups a user falls in, 0-based; the same in any row order."""
        return (
            "0"
            if buckets == 1
            else f"CAST(hash(CAST({user} AS VARCHAR)) % {int(buckets)} AS INTEGER)"
        )

    def key(self, user: str) -> str:
        """SQL: a 64-bit number that tells users apart."""
        return f"hash({user})"

    def total(self, expression: str, scale: float) -> str:
        """SQL: sum of a double times `scale`, over whole numbers, so that it is the same in any
        order of adding. The result is a whole number of up to 128 bits; divide it by `scale`.
        """
        return f"sum(CAST(({expression}) * {scale!r} AS BIGINT))"  # a cast rounds to the nearest

    def amount(self, expression: str, scale: float) -> str:
        """SQL: the same sum on its own scale, a double."""
        return f"{self.total(expression, scale)} / {scale!r}"

    def numbered(
        self, expression: str, table: str, known: Sequence[str] | None = None
    ) -> tuple[tuple[str, ...], str]:
        """The sorted distinct texts of an expression over a table, and SQL for their positions (0,
        1, ...). known: those texts, where they are known already.
        """
        names, kind = self.enumerated(expression, table, known)
        return names, self.place(expression, kind)

    def enumerated(
        self, expression: str, table: str, known: Sequence[str] | None = None
    ) -> tuple[tuple[str, ...], str]:
        """The sorted distinct texts of an expression over a table, and the name of their type, for
        `place`.
        """
        kind = self.name("names")
        if known:
            self.run(
                f"CREATE TYPE {kind} AS ENUM ({', '.join(literal(name) for name in sorted(known))})"
            )
            return tuple(sorted(known)), kind
        self.run(
            f"CREATE TYPE {kind} AS ENUM"
            f" (SELECT DISTINCT {expression} AS name FROM {table} ORDER BY name)"
        )
        names = self.rows(f"SELECT unnest(enum_range(NULL::{kind}))::VARCHAR")
        return tuple(row[0] for row in names), kind

    def place(self, expression: str, kind: str) -> str:
        """SQL: the position of a text among those of `enumerated`."""
        return f"CAST(enum_code(CAST({expression} AS {kind})) AS INTEGER)"

    def close(self) -> None:
        """Free memory and spill at once (also happens when the engine is forgotten)."""
        self.connection.close()
        self._gone()
