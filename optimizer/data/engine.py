"""The data engine: DuckDB in this process. The only module that imports it.

Rows stay in here. What leaves are aggregates: a handful of columns as numpy arrays or a small
pandas frame. The same SQL text runs on Spark or a warehouse through `optimizer.data.warehouse`;
both kinds of engine offer `columns`, `frame`, `rows`, `run`, `bucket` and `total`.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from optimizer.errors import UserError
from optimizer.messages import _

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


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
        threads = os.environ.get("OPTIMIZER_THREADS")
        if threads is not None and not (threads.isdigit() and int(threads) > 0):
            raise UserError(
                _("'{threads}' is no number of threads", threads=threads),
                _("environment variable OPTIMIZER_THREADS"),
                _("write 1 or more"),
            )
        return cls(
            os.environ.get("OPTIMIZER_MEMORY"),
            int(threads) if threads else None,
            os.environ.get("OPTIMIZER_SPILL"),
        )


def quoted(name: str) -> str:
    """An SQL identifier, whatever the name holds."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """An SQL string constant, whatever the text holds."""
    return "'" + text.replace("'", "''") + "'"


class Engine:
    """One DuckDB connection with a memory limit and a spill folder that goes with the engine."""

    dialect = "duckdb"

    def __init__(self, limits: Limits | None = None) -> None:
        import duckdb

        limits = limits or Limits.from_environment()
        try:
            folder = tempfile.mkdtemp(prefix="optimizer-", dir=limits.spill)
        except OSError as error:
            raise UserError(
                _("cannot spill here: {strerror}", strerror=error.strerror),
                str(limits.spill),
                _("name a folder that can be written"),
            ) from None
        self._gone = weakref.finalize(self, shutil.rmtree, folder, True)
        self.folder = folder
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
