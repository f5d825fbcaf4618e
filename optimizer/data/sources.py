"""Where a table comes from: a csv or parquet file, a folder of parquet, or a frame in memory, as
one noun.

A `Raw` is a relation inside the engine with the columns as they came, and the words to point at one
of its rows.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from optimizer.data import duckdb_query
from optimizer.data.addresses import hidden
from optimizer.data.csv_tables import open_csv_table
from optimizer.data.engine import Engine, literal, quoted
from optimizer.data.parquet_files import refuse_strangers
from optimizer.data.raw import Raw
from optimizer.data.reading import cells
from optimizer.data.warehouse import local_copy, open_spark, open_warehouse
from optimizer.errors import UserError
from optimizer.messages import Message, _
from optimizer.registry import did_you_mean

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
        if "://" in text.partition("::")[0]:
            return _database(text)
        if "::" in text and not Path(text).exists():
            return _duckdb_file(text, engine)
        return _open_path(text, engine)
    return _open_frame(source, engine)


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
    if not Path(source).exists() and "://" not in str(source):
        raise UserError(_("there is no such file or folder"), str(source), _nearby(Path(source)))
    spark, view, columns = open_spark(str(source))
    return Raw(spark, view, columns, str(source), True, None)


def _database(address: str) -> Raw:
    """A table or query of a database.

    Events stay there; a table of paths or of spend is an aggregate and is fetched.
    """
    warehouse, relation, columns = open_warehouse(address)
    label = hidden(address)
    plain = {name.strip().lower() for name in columns}
    if plain & {"path", "spend"}:
        local, view = local_copy(warehouse, relation)
        cells.prepare(local)
        return Raw(local, view, _described(local, view), label, True, None)
    return Raw(warehouse, relation, columns, label, True, None)


def _duckdb_file(address: str, engine: Engine | None) -> Raw:
    """`file.duckdb::table`, attached for reading only, or `file.duckdb::SELECT ...`."""
    import duckdb

    name, __, table = address.partition("::")
    if not Path(name).is_file():
        raise UserError(_("there is no such file"), name, _nearby(Path(name)))
    engine = _ready(engine)
    if duckdb_query.is_query(table):
        view = duckdb_query.answer(engine, name, table)
        return Raw(engine, view, _described(engine, view), name, True, None)
    attached, view = engine.name("attached"), engine.name("raw")
    try:
        engine.run(f"ATTACH {literal(name)} AS {attached} (READ_ONLY)")
    except duckdb.Error as error:
        raise UserError(
            _(
                "this is no DuckDB file that can be opened: {error}",
                error=str(error).splitlines()[0],
            ),
            name,
        ) from None
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
            name,
            did_you_mean(
                place.removeprefix("main."), [other.removeprefix("main.") for other in known]
            ),
        )
    schema, __, short = place.partition(".")
    try:
        engine.run(
            f"CREATE VIEW {view} AS SELECT * FROM {attached}.{quoted(schema)}.{quoted(short)}"
        )
    except duckdb.Error as error:
        raise UserError(
            _("cannot be read: {error}", error=str(error).splitlines()[0]), address
        ) from None
    return Raw(engine, view, _described(engine, view), address, True, None)


def _same(records: list[int]) -> dict[int, int]:
    return {record: record for record in records}


def _open_path(text: str, engine: Engine | None) -> Raw:
    path = Path(text)
    try:
        exists = path.exists()
    except OSError:
        exists = False
    if not exists:
        raise UserError(_("there is no such file or folder"), text, _nearby(path))
    engine = _ready(engine)
    if path.is_dir():
        files = sorted(
            str(file)
            for pattern in ("*.parquet", "*.pq")
            for file in path.rglob(pattern)
            if file.is_file()
        )
        if not files:
            raise UserError(
                _("the folder holds no parquet file"),
                text,
                _("name a csv file, a parquet file, or a folder of parquet files"),
            )
        return _parquet(engine, files, text)
    with _readable(path) as stream:
        magic = stream.read(4)
    if magic == b"PAR1" or path.suffix.lower() in (".parquet", ".pq"):
        return _parquet(engine, [text], text)
    return open_csv_table(engine, path)


def _readable(path: Path) -> Any:
    try:
        return path.open("rb")
    except OSError as error:
        raise UserError(_("cannot be read: {error}", error=error.strerror), str(path)) from None


def _nearby(path: Path) -> Message:
    folder = path.parent
    names = (
        [entry.name for entry in folder.iterdir() if not entry.name.startswith(".")]
        if folder.is_dir()
        else []
    )
    return did_you_mean(path.name, names) if names else _("check the path")


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
    return Raw(engine, view, columns, label, True, _same)


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
    return Raw(engine, view, columns, label, kind != "pandas", _same, doubled)
