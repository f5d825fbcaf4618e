"""Events where they are: on Spark or in a database, by the same SQL text.

Queries are written in DuckDB's dialect; sqlglot turns the text into the target's, and ibis (an
extra, imported only here) holds the connection. Only aggregates come back. Databases are opened for
reading only.
"""

from __future__ import annotations

import math
import weakref
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from optimizer.addresses import Address, is_query
from optimizer.data.dialect import Dialect
from optimizer.data.engine import Engine, Limits, quoted
from optimizer.errors import UserError
from optimizer.messages import Message, _
from optimizer.packages import install
from optimizer.registry import did_you_mean

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

# Where ibis's name of a backend is not sqlglot's name of its dialect.
DIALECTS = {"pyspark": "spark", "postgres": "postgres", "mssql": "tsql"}


class Warehouse(Dialect):
    """A connected database or Spark session."""

    def __init__(self, connection: Any, label: str, scrubbed: Callable[[str], str] = str) -> None:
        super().__init__(DIALECTS.get(connection.name, connection.name))
        self.connection, self.label, self.scrubbed = connection, label, scrubbed
        if (
            connection.name != "pyspark"
        ):  # a Spark session may be the user's own, and takes half a minute to start
            weakref.finalize(self, connection.disconnect)

    def numbered(
        self, expression: str, table: str, known: Sequence[str] | None = None
    ) -> tuple[tuple[str, ...], str]:
        """The sorted distinct texts of an expression over a table (`known`, where they are), and
        SQL for their positions.
        """
        names = (
            tuple(sorted(known))
            if known
            else tuple(
                sorted(
                    row[0]
                    for row in self.rows(f"SELECT DISTINCT {expression} AS name FROM {table}")
                    if row[0] is not None
                )
            )
        )
        return names, self.numbering(expression, names)

    def rows(self, sql: str, parameters: list[Any] | None = None) -> list[tuple[Any, ...]]:
        """The result as Python rows."""
        return self._fetched(sql)[1]

    def columns(
        self, sql: str, parameters: list[Any] | None = None
    ) -> dict[str, np.ndarray[Any, Any]]:
        """The result as numpy columns; nulls come as masked arrays."""
        import numpy as np

        names, rows = self._fetched(sql)
        out: dict[str, np.ndarray[Any, Any]] = {}
        for i, name in enumerate(names):
            cells = [row[i] for row in rows]
            empty = [cell is None for cell in cells]
            if any(isinstance(cell, str) for cell in cells):
                filled: Any = np.array(cells, dtype=object)
            elif all(cell is None or isinstance(cell, bool | int) for cell in cells) and all(
                abs(cell or 0) < 2**62 for cell in cells
            ):
                filled = np.array(
                    [0 if cell is None else int(cell) for cell in cells], dtype=np.int64
                )
            elif all(cell is None or hasattr(cell, "__float__") for cell in cells):
                filled = np.array([math.nan if cell is None else float(cell) for cell in cells])
            else:
                filled = np.array(cells, dtype="datetime64[us]")
            out[name] = np.ma.masked_array(filled, empty) if any(empty) else filled
        return out

    def frame(self, sql: str, parameters: list[Any] | None = None) -> pd.DataFrame:
        """The result as a pandas frame."""
        import pandas as pd

        return pd.DataFrame(
            {
                name: list(
                    column.filled(None)
                    if hasattr(column, "filled") and column.dtype == object
                    else column
                )
                for name, column in self.columns(sql).items()
            }
        )

    def _fetched(self, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        text = self.text(sql)
        try:
            answer = self.connection.raw_sql(text)
            if hasattr(answer, "collect"):
                return list(answer.columns), [tuple(row) for row in answer.collect()]
            if hasattr(answer, "description"):
                try:
                    return [column[0] for column in answer.description], [
                        tuple(row) for row in answer.fetchall()
                    ]
                finally:
                    answer.close()
            frame = self.connection.sql(text, dialect=self.dialect).to_pandas()
            return list(frame.columns), list(frame.itertuples(index=False, name=None))
        except UserError:
            raise
        except Exception as error:
            # Every driver has its own kinds of error; all say that the database did not answer.
            if hasattr(getattr(self.connection, "con", None), "rollback"):
                self.connection.con.rollback()
            raise UserError(
                _("the database refused: {error}", error=self.scrubbed(_first_line(error))),
                self.label,
            ) from None


def _first_line(error: Exception) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()]
    return lines[0][:300] if lines else type(error).__name__


def open_warehouse(address: Address) -> tuple[Warehouse, str, dict[str, tuple[str, str]]]:
    """Connect to a database: (engine, relation, columns as in `Raw`).

    Raises
    ------
    UserError
        Without the extra, a connection, the table, or one SELECT; it shows no secret.
    """
    table, label = address.table, address.label
    ibis = _ibis("warehouse")
    try:
        connection = ibis.connect(address.url)
    except Exception as error:
        raise UserError(
            _("no connection: {error}", error=address.scrubbed(_first_line(error))),
            label,
            _(
                "check host, port, user and database; the extra [warehouse] brings PostgreSQL, "
                "others need their ibis backend"
            ),
        ) from None
    engine = Warehouse(
        connection, label, address.scrubbed
    )  # closes the connection when it is forgotten
    try:
        if is_query(table):
            query = _one_select(table, engine.dialect, label)
            schema = connection.sql(query, dialect=engine.dialect).schema()
            relation = engine.define(engine.name("source"), _in_duckdb(query, engine.dialect))
        else:
            *place, name = table.split(".")
            schema = connection.table(
                name, database=tuple(place) if len(place) > 1 else place[0] if place else None
            ).schema()
            relation = ".".join(quoted(part) for part in (*place, name))
    except UserError:
        raise
    except Exception as error:
        raise UserError(
            _("cannot read: {error}", error=address.scrubbed(_first_line(error))),
            label,
            _tables_near(connection, table),
        ) from None
    _read_only(connection)
    return engine, relation, {name: (quoted(name), sql_type(kind)) for name, kind in schema.items()}


def open_spark(path: str) -> tuple[Warehouse, str, dict[str, tuple[str, str]]]:
    """A parquet file or folder on a local Spark session (or the one that is running): as
    `open_warehouse`.
    """
    ibis = _ibis("spark")
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise UserError(_("Spark is not installed"), _("engine spark"), install("spark")) from None
    limits = Limits.from_environment()
    try:
        builder = (
            SparkSession.builder.appName("optimizer")
            .config("spark.sql.session.timeZone", "UTC")
            .config("spark.ui.enabled", "false")
        )
        builder = builder.config("spark.sql.shuffle.partitions", "8").config(
            "spark.driver.memory", _spark_memory(limits.memory)
        )
        builder = builder.config("spark.driver.bindAddress", "127.0.0.1").config(
            "spark.driver.host", "127.0.0.1"
        )
        if SparkSession.getActiveSession() is None:
            builder = builder.master(f"local[{limits.threads or '*'}]")
        session = builder.getOrCreate()
        session.sparkContext.setLogLevel("ERROR")
    except Exception as error:
        raise UserError(
            _("Spark does not start: {error}", error=_first_line(error)),
            _("engine spark"),
            _("it needs Java 17 (JAVA_HOME)"),
        ) from None
    connection = ibis.pyspark.connect(session)
    engine = Warehouse(connection, path)
    view = f"optimizer_{abs(hash(path)) % 10**12}_{engine.name('source')}"
    try:
        frame = session.read.parquet(path)
        frame.createOrReplaceTempView(view)
        schema = connection.table(view).schema()
    except Exception as error:
        raise UserError(
            _("Spark cannot read this as parquet: {error}", error=_first_line(error)),
            path,
            _("give a parquet file or a folder of parquet files"),
        ) from None
    return engine, view, {name: (quoted(name), sql_type(kind)) for name, kind in schema.items()}


def _ibis(extra: str) -> Any:
    try:
        import ibis
    except ImportError:
        raise UserError(_("this needs ibis, which is not installed"), fix=install(extra)) from None
    return ibis


def _spark_memory(limit: str | None) -> str:
    """ "4GB" as Spark writes it."""
    return (
        (limit or "2GB")
        .strip()
        .lower()
        .replace("gib", "g")
        .replace("mib", "m")
        .replace("gb", "g")
        .replace("mb", "m")
    )


def sql_type(kind: Any) -> str:
    """DuckDB's name for an ibis type."""
    if kind.is_timestamp():
        return "TIMESTAMP WITH TIME ZONE" if kind.timezone else "TIMESTAMP"
    if kind.is_date():
        return "DATE"
    if kind.is_integer():
        return "BIGINT"
    if kind.is_decimal():
        return "DECIMAL"
    if kind.is_floating():
        return "DOUBLE"
    return "VARCHAR" if kind.is_string() else str(kind).upper()


def local_copy(
    engine: Warehouse, relation: str, limits: Limits | None = None
) -> tuple[Engine, str]:
    """A small table of the database (paths, spend: aggregates already) as a table of a local
    engine.
    """
    import pyarrow

    names, rows = engine._fetched(f"SELECT * FROM {relation}")
    table = pyarrow.table(
        {name: pyarrow.array([_arrow_cell(row[i]) for row in rows]) for i, name in enumerate(names)}
    )
    local = Engine(limits)
    view = local.name("fetched")
    local.connection.register(view, table)
    return local, view


def _arrow_cell(cell: Any) -> Any:
    import decimal

    return float(cell) if isinstance(cell, decimal.Decimal) else cell


def _one_select(text: str, dialect: str, label: str) -> str:
    """The query, after making sure that it is one query and changes nothing."""
    import sqlglot
    from sqlglot import expressions

    try:
        parsed = [tree for tree in sqlglot.parse(text, read=dialect) if tree is not None]
    except sqlglot.errors.SqlglotError as error:
        raise UserError(
            _("the query cannot be read: {error}", error=_first_line(error)), label
        ) from None
    changing = (
        expressions.Insert,
        expressions.Update,
        expressions.Delete,
        expressions.Create,
        expressions.Drop,
        expressions.Alter,
        expressions.Command,
        expressions.Into,
    )
    if (
        len(parsed) != 1
        or not isinstance(parsed[0], expressions.Query)
        or parsed[0].find(*changing)
    ):
        raise UserError(
            _("only one query that reads (SELECT) can be a source"),
            label,
            _("leave out everything but the SELECT"),
        )
    return str(parsed[0].sql(dialect=dialect))


def _in_duckdb(query: str, dialect: str) -> str:
    import sqlglot

    return str(sqlglot.transpile(query, read=dialect, write="duckdb")[0])


def _tables_near(connection: Any, table: str) -> Message:
    try:
        return did_you_mean(table.split(".")[-1], connection.list_tables())
    except Exception:
        return _("check the table's name")


def _read_only(connection: Any) -> None:
    """PostgreSQL promises to change nothing; other databases rely on our sending SELECT only."""
    if connection.name == "postgres":
        connection.raw_sql("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY").close()
        connection.con.commit()
