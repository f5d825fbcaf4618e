"""Where a table comes from: a csv or parquet file, a folder of parquet, or a frame in memory, as
one noun.

A `Raw` is a relation inside the engine with the columns as they came, and the words to point at one
of its rows.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from optimizer.addresses import FILES, ON_TRUST, Address, is_address, is_query, parse
from optimizer.data import duckdb_query, sqlite_files
from optimizer.data.csv_tables import open_csv_table
from optimizer.data.engine import Engine, quoted
from optimizer.data.mapping.file import mapping_of
from optimizer.data.mapping.rows import blank_rows
from optimizer.data.names import cleaned
from optimizer.data.parquet_files import refuse_strangers
from optimizer.data.raw import Raw
from optimizer.data.reading import cells
from optimizer.data.warehouse import local_copy, open_spark, open_warehouse
from optimizer.errors import UserError
from optimizer.inputs import admit, files_below
from optimizer.messages import _
from optimizer.registry import did_you_mean
from optimizer.shown import hidden

ENGINES = ("duckdb", "spark")


def open_raw(source: Any, engine: Engine | str | None = None) -> Raw:
    """Open anything a table can come from.

    Parameters
    ----------
    source
        A path, a database address, or a frame (pandas, polars, pyarrow, ibis); a `Raw` is handed
        back.
    engine
        An `Engine`, or the name of one: "duckdb" (default) or "spark" (parquet only).

    Raises
    ------
    UserError
        Where it is nothing of the kind.
    """
    if isinstance(source, Raw):
        return source
    if isinstance(engine, str):
        if engine not in ENGINES:
            raise UserError(
                _("unknown engine '{engine}'", engine=engine),
                "engine",
                did_you_mean(engine, ENGINES),
            )
        if engine == "spark":
            return _spark(source)
        engine = None
    if isinstance(source, str | Path):
        text = str(source)
        if is_address(text):
            address = parse(text)
            if address.scheme in FILES:
                return _database_file(address.file, address.table, engine)
            return _database(address)
        name, colons, table = text.partition("::")
        if colons and not os.path.lexists(text):
            return _database_file(name, table, engine)
        return _mapped(text, engine)
    return _open_frame(source, engine)


def _mapped(text: str, engine: Engine | None) -> Raw:
    """A file with what its mapping.yaml says of it; rows that are none of the table are blank."""
    mapping, path = mapping_of(text), Path(text)
    if not mapping.skip_rows or not path.is_file() or path.suffix.lower() in (".parquet", ".pq"):
        return replace(_open_path(text, engine), mapping=mapping)
    engine = _ready(engine)
    copy = Path(engine.folder) / f"{engine.name('skipped')}.csv"
    blank_rows(admit(path).path, mapping.skip_rows, copy)
    return replace(_open_path(str(copy), engine), mapping=mapping, label=text)


def _ready(engine: Engine | None) -> Engine:
    """An engine that knows the grammar of cells."""
    engine = engine or Engine()
    cells.prepare(engine)
    return engine


def _spark(source: Any) -> Raw:
    if not isinstance(source, str | Path):
        raise UserError(
            _("Spark reads parquet, not a {kind}", kind=type(source).__name__),
            _("engine spark"),
            _("write the table to parquet"),
        )
    if is_address(str(source)):
        raise UserError(
            _("Spark reads parquet on this machine"),
            hidden(str(source)),
            _("name a parquet file or a folder of them"),
        )
    path = str(admit(source, folder=True).path)
    spark, view, columns = open_spark(path)
    return Raw(spark, view, columns, path, True, None)


def _database(address: Address) -> Raw:
    """A table or query of a database.

    Events stay there; a table of paths or of spend is an aggregate and is fetched.
    """
    warehouse, relation, columns = open_warehouse(address)
    label = address.label
    plain = {name.strip().lower() for name in columns}
    if plain & {"path", "spend"}:
        local, view = local_copy(warehouse, relation)
        cells.prepare(local)
        local.admit()
        raw = Raw(local, view, _described(local, view), label, True, None)
    else:
        raw = Raw(warehouse, relation, columns, label, True, None)
    if address.scheme in ON_TRUST:
        raw.left_out.append(
            _(
                "{label}: only a SELECT is sent, but a {scheme} database is not told to refuse "
                "changes; use an account that may only read",
                label=label,
                scheme=address.scheme,
            )
        )
    return raw


def _database_file(name: str, table: str, engine: Engine | None) -> Raw:
    """`file.duckdb::table` or `file.duckdb::SELECT ...`; the same of an SQLite file. Nothing is
    changed or made, and whatever the file holds reaches no other file.
    """
    given = admit(name)
    if not table.strip():
        raise UserError(
            _("a database address names its table"), given.label, _("write FILE::TABLE")
        )
    engine = _ready(engine)
    if sqlite_files.is_sqlite(given.path):
        engine.admit()
        view = sqlite_files.bring(engine, given, table)
    elif is_query(table):
        engine.admit()
        view = duckdb_query.answer(engine, given, table)
    else:
        view = duckdb_query.attach(engine, given, table)
        label = f"{given.label}::{table}"
        return cleaned(Raw(engine, view, _described(engine, view), label, True, None))
    return cleaned(Raw(engine, view, _described(engine, view), given.label, True, None))


def _same(records: list[int]) -> dict[int, int]:
    return {record: record for record in records}


def _open_path(text: str, engine: Engine | None) -> Raw:
    given = admit(text, folder=True)
    path = given.path
    engine = _ready(engine)
    engine.admit([path])
    if path.is_dir():
        files = files_below(path, lambda file: file.suffix in (".parquet", ".pq"))
        if not files:
            raise UserError(
                _("the folder holds no parquet file"),
                text,
                _("name a csv file, a parquet file, or a folder of parquet files"),
            )
        return _parquet(engine, list(map(str, files)), text)
    with path.open("rb") as stream:
        magic = stream.read(4)
    if magic == b"PAR1" or path.suffix.lower() in (".parquet", ".pq"):
        return _parquet(engine, [str(path)], given.label)
    return open_csv_table(engine, path, given.label)


def _parquet(engine: Engine, files: list[str], label: str) -> Raw:
    import duckdb

    view = engine.name("raw")
    try:
        if len(files) > 1:
            refuse_strangers(engine, files, label)
        # A list of names, never a pattern: a file may be called "a[1].parquet".
        engine.connection.read_parquet(
            files, union_by_name=True, hive_partitioning=False
        ).create_view(view)
        columns = _described(engine, view)
    except duckdb.Error as error:
        raise UserError(
            _("cannot be read as parquet: {error}", error=str(error).splitlines()[0]),
            label,
            _("write it again, or give a csv file"),
        ) from None
    return cleaned(Raw(engine, view, columns, label, True, _same))


def _described(engine: Engine, view: str) -> dict[str, tuple[str, str]]:
    return {row[0]: (quoted(row[0]), str(row[1])) for row in engine.rows(f"DESCRIBE {view}")}


def _open_frame(source: Any, engine: Engine | None) -> Raw:
    kind = type(source).__module__.split(".")[0]
    table = source
    if kind == "polars":
        table = (source.collect() if hasattr(source, "collect") else source).to_arrow()
    elif kind == "ibis":
        table = source.to_pyarrow()
    elif kind not in ("pandas", "pyarrow") or not hasattr(
        source, "columns" if kind == "pandas" else "schema"
    ):
        raise UserError(
            _("a {kind} is no table", kind=type(source).__name__),
            fix=_("give a path, or a pandas, polars, pyarrow or ibis table"),
        )
    engine = _ready(engine)
    engine.admit()
    label = _("the {kind} table", kind=kind)
    doubled: tuple[str, ...] = ()
    if kind == "pandas":
        names = [str(name) for name in table.columns]
        doubled = tuple(sorted({name for name in names if names.count(name) > 1}))
        table = table.reset_index(drop=True)  # the index is no column
        table.columns = names
    view = engine.name("frame")
    import duckdb

    try:
        engine.connection.register(view, table)
        columns = _described(engine, view)
    except (duckdb.Error, ValueError, TypeError) as error:
        raise UserError(
            _("cannot be read: {error}", error=str(error).splitlines()[0]),
            label,
            _("give columns of text, numbers and timestamps"),
        ) from None
    return cleaned(Raw(engine, view, columns, label, kind != "pandas", _same, doubled))
