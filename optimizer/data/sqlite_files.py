"""An SQLite file as a source: `shop.sqlite::orders`, `sqlite:///shop.sqlite::SELECT ...`.

SQLite has no types of columns that can be relied on, so cells come as text and are read by the
grammar of cells, as those of a csv file.
"""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from optimizer.addresses import is_query
from optimizer.data.engine import Engine, quoted
from optimizer.errors import UserError
from optimizer.inputs import Input
from optimizer.messages import _
from optimizer.registry import did_you_mean

MAGIC = b"SQLite format 3\0"
ROWS = 50_000  # brought over at a time
# what a query may do: nothing that opens another file or changes this one
_READS = {
    *(sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION),
    sqlite3.SQLITE_RECURSIVE,
}


def is_sqlite(path: Path) -> bool:
    """Whether a file is an SQLite database, by its first bytes."""
    with path.open("rb") as stream:
        return stream.read(len(MAGIC)) == MAGIC


def bring(engine: Engine, given: Input, table: str) -> str:
    """A table, view or SELECT of the file as a table of text in the engine; its name.

    Raises
    ------
    UserError
        For a damaged file, an unknown table, or anything but one SELECT.
    """
    address = given.path.absolute().as_uri() + "?mode=ro"
    connection = sqlite3.connect(address, uri=True)
    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
    try:
        connection.execute("PRAGMA query_only = ON")
        connection.execute("PRAGMA trusted_schema = OFF")
        known = [
            str(name)
            for (name,) in connection.execute(
                "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY name"
            )
        ]
        connection.set_authorizer(_only_reading)
        name = table.strip().removeprefix("main.")
        if name in known:
            query = f"SELECT * FROM {quoted(name)}"
        elif is_query(table):
            query = table.strip().rstrip(";")
        else:
            raise UserError(
                _("no table '{table}'", table=table), given.label, did_you_mean(name, known)
            )
        return _copied(engine, connection.execute(query), given.label)
    except (sqlite3.Error, sqlite3.Warning) as error:
        what = _("the query cannot be read: {error}", error=str(error))
        fix = _("only one query that reads (SELECT) can be a source")
        raise UserError(what, given.label, fix) from None
    finally:
        connection.close()


def _only_reading(action: int, *__: Any) -> int:
    return sqlite3.SQLITE_OK if action in _READS else sqlite3.SQLITE_DENY


def _copied(engine: Engine, rows: sqlite3.Cursor, label: str) -> str:
    import pyarrow

    names = [column[0] for column in rows.description or ()]
    if len({name.lower() for name in names}) < len(names) or not names:
        raise UserError(
            _("two columns of the query have the same name"), label, _("name them with AS")
        )
    table, chunk = engine.name("answer"), engine.name("chunk")
    engine.run(f"CREATE TEMP TABLE {table} ({', '.join(f'{quoted(n)} VARCHAR' for n in names)})")
    for some in _some(rows):
        columns = {name: [_text(row[i]) for row in some] for i, name in enumerate(names)}
        schema = pyarrow.schema([(name, pyarrow.string()) for name in names])
        engine.connection.register(chunk, pyarrow.table(columns, schema=schema))
        engine.run(f"INSERT INTO {table} SELECT * FROM {chunk}")
        engine.connection.unregister(chunk)
    return table


def _some(rows: sqlite3.Cursor) -> Iterator[list[Any]]:
    while some := list(itertools.islice(rows, ROWS)):
        yield some


def _text(cell: Any) -> str | None:
    if cell is None:
        return None
    return cell.decode("utf-8", "replace") if isinstance(cell, bytes) else str(cell)
