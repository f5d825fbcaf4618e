"""Where a table comes from: a csv or parquet file, a folder of parquet, or a frame in memory, as one noun.

A `Raw` is a relation inside the engine with the columns as they came, and the words to point at one of its rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from optimizer.data import csv_files
from optimizer.data.engine import Engine, quoted
from optimizer.errors import UserError


@dataclass(frozen=True)
class Raw:
    """A table as it came.

    view:    relation inside the engine; columns hold text where the source is text
    columns: name in the source -> (SQL of that column in the view, its SQL type)
    label:   what to call the source in messages
    stored:  whether reading it twice is cheap (parquet, arrow); text and Python objects are copied once instead
    rows_of: data records numbered from 1 -> the row a person sees
    """

    engine: Engine
    view: str
    columns: dict[str, tuple[str, str]]
    label: str
    stored: bool
    rows_of: Callable[[list[int]], dict[int, int]]
    doubled: tuple[str, ...] = ()
    broken: Callable[[Exception], UserError] | None = None


def open_raw(source: Any, engine: Engine | None = None) -> Raw:
    """Open anything a table can come from. Raises `UserError` where it is nothing of the kind."""
    if isinstance(source, Raw):
        return source
    if isinstance(source, str | Path):
        return _open_path(str(source), engine)
    return _open_frame(source, engine)


def _same(records: list[int]) -> dict[int, int]:
    return {record: record for record in records}


def _open_path(text: str, engine: Engine | None) -> Raw:
    path = Path(text)
    try:
        exists = path.exists()
    except OSError:
        exists = False
    if not exists:
        raise UserError("there is no such file or folder", text, _nearby(path))
    engine = engine or Engine()
    if path.is_dir():
        files = sorted(str(file) for pattern in ("*.parquet", "*.pq") for file in path.rglob(pattern) if file.is_file())
        if not files:
            raise UserError("the folder holds no parquet file", text, "name a csv file, a parquet file, or a folder of parquet files")
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
        raise UserError(f"cannot be read: {error.strerror}", str(path)) from None


def _nearby(path: Path) -> str:
    from optimizer.registry import did_you_mean

    folder = path.parent
    names = [entry.name for entry in folder.iterdir() if not entry.name.startswith(".")] if folder.is_dir() else []
    return did_you_mean(path.name, names) if names else "check the path"


def _parquet(engine: Engine, files: list[str], label: str) -> Raw:
    import duckdb

    view = engine.name("raw")
    try:
        # A list of names, never a pattern: a file may be called "a[1].parquet".
        engine.connection.read_parquet(files, union_by_name=True, hive_partitioning=False).create_view(view)
        columns = _described(engine, view)
    except duckdb.Error as error:
        raise UserError(f"cannot be read as parquet: {str(error).splitlines()[0]}", label, "write it again, or give a csv file") from None
    return Raw(engine, view, columns, label, True, _same)


def _described(engine: Engine, view: str) -> dict[str, tuple[str, str]]:
    return {row[0]: (quoted(row[0]), str(row[1])) for row in engine.rows(f"DESCRIBE {view}")}


def _csv(engine: Engine, path: Path) -> Raw:
    file = csv_files.open_csv(path, Path(engine.folder))
    view = engine.name("raw")
    # Columns by position, so that no header text, however odd, reaches SQL.
    places = {f"c{i}": "VARCHAR" for i in range(len(file.header))}
    engine.connection.read_csv(
        str(file.path), header=True, columns=places, auto_detect=False, delimiter=file.delimiter, quotechar='"',
        escapechar='"', max_line_size=csv_files.LONGEST_LINE if _has_long_lines(file.path) else 1 << 21,
    ).create_view(view)
    columns: dict[str, tuple[str, str]] = {}
    for i, name in enumerate(file.header):
        columns.setdefault(name, (f"c{i}", "VARCHAR"))
    doubled = tuple(sorted({name for name in file.header if file.header.count(name) > 1}))
    return Raw(
        engine, view, columns, file.label, False, lambda records: csv_files.spreadsheet_rows(file, records), doubled,
        lambda error: csv_files.broken(file, error),
    )


def _has_long_lines(path: Path) -> bool:
    """Whether a line is longer than DuckDB's usual 2 MB; larger buffers cost memory, so only then."""
    run = 0
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            first, last = block.find(b"\n"), block.rfind(b"\n")
            if first < 0:
                run += len(block)
            else:
                run = max(run + first, len(block) - last) if run + first > 1 << 20 else len(block) - last
            if run > 1 << 20:
                return True
    return False


def _open_frame(source: Any, engine: Engine | None) -> Raw:
    kind = type(source).__module__.split(".")[0]
    table = source
    if kind == "polars":
        table = (source.collect() if hasattr(source, "collect") else source).to_arrow()
    elif kind == "ibis":
        table = source.to_pyarrow()
    elif kind not in ("pandas", "pyarrow") or not hasattr(source, "columns" if kind == "pandas" else "schema"):
        raise UserError(
            f"a {type(source).__name__} is no table", fix="give a path, or a pandas, polars, pyarrow or ibis table",
        )
    engine = engine or Engine()
    if kind == "pandas":
        table = _plain_names(table)
    view = engine.name("frame")
    engine.connection.register(view, table)
    return Raw(engine, view, _described(engine, view), f"the {kind} table", kind != "pandas", _same)


def _plain_names(frame: Any) -> Any:
    """The frame with text column names (its index is no column)."""
    frame = frame.reset_index(drop=True)
    frame.columns = [str(name) for name in frame.columns]
    return frame
