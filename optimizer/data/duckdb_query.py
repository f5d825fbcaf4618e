"""A DuckDB file as a source: `shop.duckdb::events`, `shop.duckdb::SELECT ...`.

The file is opened for reading only. Neither a query nor a view that stands in the file reaches any
other file, the network or an extension.
"""

from __future__ import annotations

from typing import Any

from optimizer.data.engine import Engine, literal, quoted
from optimizer.errors import UserError
from optimizer.inputs import Input
from optimizer.messages import _
from optimizer.registry import did_you_mean

VECTORS = 100  # of 2,048 rows, brought over at a time
EXACT = ("BIGINT", "UBIGINT", "HUGEINT", "UHUGEINT", "DECIMAL")


def attach(engine: Engine, given: Input, table: str) -> str:
    """A table or view of a DuckDB file, where it stands; the name of the relation.

    The engine is locked first (`Engine.admit`): a view may hold any query, such as one that reads
    the password file.

    Raises
    ------
    UserError
        For what is no DuckDB file, and for an unknown table.
    """
    import duckdb

    # a file that was not closed well has its last changes beside it
    engine.admit([given.path, f"{given.path}.wal"])
    attached, view = engine.name("attached"), engine.name("raw")
    try:
        engine.run(f"ATTACH {literal(str(given.path))} AS {attached} (READ_ONLY, TYPE duckdb)")
    except duckdb.Error as error:
        raise _no_file(error, given) from None
    known = [
        ".".join(row)
        for row in engine.rows(
            "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = $1"
            " UNION ALL SELECT schema_name, view_name FROM duckdb_views()"
            " WHERE database_name = $1 AND NOT internal ORDER BY ALL",
            [attached],
        )
    ]
    place = table.strip() if "." in table else f"main.{table.strip()}"
    if place not in known:
        raise UserError(
            _("no table '{table}'", table=table),
            given.label,
            did_you_mean(
                place.removeprefix("main."), [other.removeprefix("main.") for other in known]
            ),
        )
    schema, __, short = place.partition(".")
    source = f"{attached}.{quoted(schema)}.{quoted(short)}"
    try:
        return engine.define(view, f"SELECT * FROM {source}")
    except duckdb.Error as error:
        raise UserError(
            _("cannot be read: {error}", error=_first(error)), f"{given.label}::{table}"
        ) from None


def _no_file(error: Exception, given: Input) -> UserError:
    what = _("this is no DuckDB file that can be opened: {error}", error=_first(error))
    return UserError(what, given.label)


def answer(engine: Engine, given: Input, query: str) -> str:
    """Run one SELECT in a DuckDB file and keep its rows in the engine; the name of the relation.

    The file is opened by a connection of its own that reads only and reaches no other file, no
    network and no extension, so a scenario from elsewhere can read nothing it does not name. Raises
    `UserError` for anything that is not one SELECT.
    """
    import duckdb

    try:
        connection = duckdb.connect(
            str(given.path),
            read_only=True,
            config={
                "enable_external_access": "false",
                "python_enable_replacements": "false",
                "lock_configuration": "true",
            },
        )
    except duckdb.Error as error:
        raise _no_file(error, given) from None
    try:
        statements = connection.extract_statements(query)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise UserError(
                _("only one query that reads (SELECT) can be a source"),
                given.label,
                _("leave out everything but the SELECT"),
            )
        asked = statements[0].query.strip().rstrip(";")
        return _bring(engine, connection, asked, given.label)
    except duckdb.Error as error:
        raise UserError(
            _("the query cannot be read: {error}", error=_first(error)), given.label
        ) from None
    finally:
        connection.close()


def _bring(engine: Engine, connection: Any, query: str, label: str) -> str:
    """The query's rows in a table of the engine, some at a time.

    Whole numbers travel as text: pandas would round them.
    """
    described = [
        (str(row[0]), str(row[1])) for row in connection.execute(f"DESCRIBE {query}").fetchall()
    ]
    if len({name.lower() for name, __ in described}) < len(described):
        raise UserError(
            _("two columns of the query have the same name"), label, _("name them with AS")
        )
    table, chunk = engine.name("answer"), engine.name("chunk")
    typed = ", ".join(f"{quoted(name)} {kind}" for name, kind in described)
    engine.run(f"CREATE TEMP TABLE {table} ({typed})")
    travels = ", ".join(
        f"CAST({quoted(name)} AS VARCHAR) AS {quoted(name)}"
        if kind.startswith(EXACT)
        else quoted(name)
        for name, kind in described
    )
    arrives = ", ".join(f"CAST({quoted(name)} AS {kind})" for name, kind in described)
    rows = connection.execute(f"SELECT {travels} FROM ({query})")
    while True:
        frame = rows.fetch_df_chunk(VECTORS)
        if not len(frame):
            return table
        engine.connection.register(chunk, frame)
        engine.run(f"INSERT INTO {table} SELECT {arrives} FROM {chunk}")
        engine.connection.unregister(chunk)


def _first(error: Exception) -> str:
    return str(error).splitlines()[0]
