"""Where a table comes from: a csv or parquet file, a folder of parquet, or a frame in memory, as one noun.

A `Raw` is a relation inside the engine with the columns as they came, and the words to point at one of its rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from optimizer.data import duckdb_query
from optimizer.data.engine import Engine, literal, quoted
from optimizer.data.reading import csv_files
from optimizer.errors import Problem, Problems, UserError
from optimizer.messages import _
from optimizer.registry import did_you_mean


@dataclass(frozen=True)
class Raw:
    """A table as it came.

    view:    relation inside the engine; columns hold text where the source is text
    columns: name in the source -> (SQL of that column in the view, its SQL type)
    label:   what to call the source in messages
    stored:  whether reading it twice is cheap (parquet, arrow); text and Python objects are copied once instead
    text:    a csv: every column is text, parsed anew at every reading; file: that csv
    rows_of: data records numbered from 1 -> the row a person sees; None where rows have no order (a database)
    """

    engine: Any
    view: str
    columns: dict[str, tuple[str, str]]
    label: str
    stored: bool
    rows_of: Callable[[list[int]], dict[int, int]] | None
    doubled: tuple[str, ...] = ()
    broken: Callable[[Exception], UserError] | None = None
    text: bool = False
    file: csv_files.CsvFile | None = None

    def attempt(self, sql: str) -> list[tuple[Any, ...]]:
        """Run a statement that may find the source broken; what breaks it is the user's to mend."""
        import duckdb

        try:
            rows: list[tuple[Any, ...]] = self.engine.rows(sql)
            return rows
        except duckdb.Error as error:
            if self.broken is not None:
                raise self.broken(error) from None
            raise UserError(
                _("cannot be read: {error}", error=str(error).splitlines()[0]), self.label
            ) from None


ENGINES = ("duckdb", "spark")
BUFFER = (
    1 << 22
)  # bytes of a csv that are read at once; DuckDB's own choice of 32 MB is most of a small run's memory


def open_raw(source: Any, engine: Engine | str | None = None) -> Raw:
    """Open anything a table can come from. Raises `UserError` where it is nothing of the kind.

    engine: an `Engine`, or the name of one: "duckdb" (default) or "spark" (parquet only).
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


def _spark(source: Any) -> Raw:
    from optimizer.data.warehouse import open_spark

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
    """A table or query of a database. Events stay there; a table of paths or of spend is an aggregate and is fetched."""
    from optimizer.data.addresses import hidden
    from optimizer.data.warehouse import local_copy, open_warehouse

    warehouse, relation, columns = open_warehouse(address)
    label = hidden(address)
    plain = {name.strip().lower() for name in columns}
    if plain & {"path", "spend"}:
        local, view = local_copy(warehouse, relation)
        return Raw(local, view, _described(local, view), label, True, None)
    return Raw(warehouse, relation, columns, label, True, None)


def _duckdb_file(address: str, engine: Engine | None) -> Raw:
    """`file.duckdb::table`, attached for reading only, or `file.duckdb::SELECT ...`."""
    import duckdb

    name, __, table = address.partition("::")
    if not Path(name).is_file():
        raise UserError(_("there is no such file"), name, _nearby(Path(name)))
    engine = engine or Engine()
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
            "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = $1 UNION ALL SELECT schema_name, view_name FROM duckdb_views() WHERE database_name = $1 AND NOT internal ORDER BY ALL",
            [attached],
        )
    ]
    place = table.strip() if "." in table else f"main.{table.strip()}"
    if place not in known:
        raise UserError(
            _("no table '{table}'", table=table),
            name,
            did_you_mean(place, known).replace("main.", ""),
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
    engine = engine or Engine()
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
    return _csv(engine, path)


def _readable(path: Path) -> Any:
    try:
        return path.open("rb")
    except OSError as error:
        raise UserError(_("cannot be read: {error}", error=error.strerror), str(path)) from None


def _nearby(path: Path) -> str:
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
            _one_table(engine, files, label)
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


def _one_table(engine: Engine, files: list[str], label: str) -> None:
    """Refuse files that are no parts of one table. A table may gain columns over time, so some files may know fewer of
    them; but where each of two files has columns that the other lacks, they are two tables."""
    columns = _top_columns(engine, files)
    largest = max(columns.values(), key=len)
    strange = {
        file: names
        for file, names in columns.items()
        if not names <= largest or 2 * len(names) < len(largest)
    }
    if not strange:
        return
    problems = []
    for file, names in sorted(strange.items())[:5]:
        has, lacks = sorted(names - largest), sorted(largest - names)
        what = "; ".join(
            part
            for part in (
                _("has {names}", names=", ".join(has[:6])) if has else "",
                _("lacks {names}", names=", ".join(lacks[:6])) if lacks else "",
            )
            if part
        )
        problems.append(
            Problem(
                _("this file is no part of the same table: it {what}", what=what),
                str(Path(file)),
                _("keep one table in {label}, or name the file itself", label=label),
            )
        )
    if len(strange) > 5:
        problems.append(
            Problem(_("{strange} more files have other columns", strange=len(strange) - 5), label)
        )
    raise Problems(problems)


def _top_columns(engine: Engine, files: list[str]) -> dict[str, frozenset[str]]:
    """File -> its columns, without the fields inside them."""
    listed = ", ".join(literal(file) for file in files)
    out: dict[str, set[str]] = {file: set() for file in files}
    skip: dict[str, int] = {}
    for file, name, children in engine.rows(
        f"SELECT file_name, name, num_children FROM parquet_schema([{listed}])"
    ):
        inside = skip.get(file, -1)
        if inside < 0:  # the root of the schema
            skip[file] = 0
        elif inside > 0:  # a field inside a column, and those inside it
            skip[file] = inside - 1 + (children or 0)
        else:
            out[file].add(name)
            skip[file] = children or 0
    return {file: frozenset(names) for file, names in out.items()}


def _described(engine: Engine, view: str) -> dict[str, tuple[str, str]]:
    return {row[0]: (quoted(row[0]), str(row[1])) for row in engine.rows(f"DESCRIBE {view}")}


def _csv(engine: Engine, path: Path) -> Raw:
    file = csv_files.open_csv(path, Path(engine.folder))
    view = engine.name("raw")
    # Columns by position, so that no header text, however odd, reaches SQL.
    places = {f"c{i}": "VARCHAR" for i in range(len(file.header))}
    engine.connection.read_csv(
        str(file.path),
        header=True,
        columns=places,
        auto_detect=False,
        delimiter=file.delimiter,
        quotechar='"',
        escapechar='"',
        max_line_size=min(file.longest, csv_files.LONGEST_LINE),
        buffer_size=min(max(BUFFER, 2 * file.longest), 2 * csv_files.LONGEST_LINE),
    ).create_view(view)
    columns: dict[str, tuple[str, str]] = {}
    for i, name in enumerate(file.header):
        columns.setdefault(name, (f"c{i}", "VARCHAR"))
    doubled = tuple(sorted({name for name in file.header if file.header.count(name) > 1}))
    return Raw(
        engine,
        view,
        columns,
        file.label,
        False,
        lambda records: csv_files.spreadsheet_rows(file, records),
        doubled,
        lambda error: csv_files.broken(file, error),
        text=True,
        file=file,
    )


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
    engine = engine or Engine()
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
