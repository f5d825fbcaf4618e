"""A csv file as a relation of text columns."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from optimizer.data.engine import Engine
from optimizer.data.names import said, without_controls
from optimizer.data.raw import Raw
from optimizer.data.reading import csv_files
from optimizer.data.reading.headers import Header
from optimizer.messages import Message

# bytes of a csv that are read at once; DuckDB's own choice of 32 MB is most of a small run's memory
BUFFER = 1 << 22


def open_csv_table(engine: Engine, path: Path, label: str | None = None) -> Raw:
    """Open a csv file at the header in its first line; label: what the user calls it."""
    folder = Path(engine.folder)
    file = csv_files.open_csv(path, folder, label)
    clean = without_controls(file.path, folder / "printable.csv")
    if clean == file.path:
        return _csv_table(engine, file)
    again = csv_files.open_csv(clean, folder, file.label)
    raw = _csv_table(engine, replace(again, encoding=file.encoding))
    raw.left_out.append(said(file.label))
    return raw


def below(raw: Raw, header: Header) -> Raw:
    """A csv again, with a header further down or another delimiter."""
    assert raw.file is not None
    return _csv_table(raw.engine, raw.file.below(header))


def _csv_table(engine: Engine, file: csv_files.CsvFile) -> Raw:
    view = engine.name("raw")
    _csv_view(engine, view, file)
    left_out: list[Message] = []

    def mend() -> bool:
        target = Path(engine.folder) / f"{view}-mended.csv"
        if target.exists() or (notes := csv_files.mended(file, target)) is None:
            return False
        left_out.extend(notes)
        _csv_view(engine, view, replace(file, path=target, skip=0))
        return True

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
        mend=mend,
        left_out=left_out,
    )


def _csv_view(engine: Engine, view: str, file: csv_files.CsvFile) -> None:
    """The file as a relation of text columns by position, so that no header text, however odd,
    reaches SQL.
    """
    engine.connection.read_csv(
        str(file.path),
        header=True,
        skiprows=file.skip,
        columns={f"c{i}": "VARCHAR" for i in range(file.width)},
        auto_detect=False,
        delimiter=file.delimiter,
        quotechar='"',
        escapechar='"',
        max_line_size=min(file.longest, csv_files.LONGEST_LINE),
        buffer_size=min(max(BUFFER, 2 * file.longest), 2 * csv_files.LONGEST_LINE),
    ).create_view(view, replace=True)
