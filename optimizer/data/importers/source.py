"""A part as a relation of text columns c0, c1, ... inside DuckDB."""

from __future__ import annotations

from typing import Any

from optimizer.data.importers import cells
from optimizer.data.importers.container import Part
from optimizer.data.importers.headers import Header

DATA, TOTAL, BLANK, FOOTNOTE = range(4)  # what a row is


def source_sql(connection: Any, part: Part, header: Header, number: int) -> str:
    """SQL of the part's rows as text columns c0, c1, ...; malformed rows go to reject tables named by `number` (0: nowhere)."""
    width = len(header.names) + header.extra
    if part.kind == "parquet":
        return f"(SELECT {', '.join(f'{_as_text(kind, cells.name(n))} AS c{i}' for i, (n, kind) in enumerate(_described(connection, part)))} FROM read_parquet({cells.quote(str(part.path))}))"
    if part.kind == "json":
        return f"(SELECT {', '.join(f'{_as_text(kind, cells.name(n))} AS c{i}' for i, (n, kind) in enumerate(_described(connection, part)))} FROM {_json(part)})"
    columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(width))
    quote = "quote='\"', escape='\"'" if header.quoted else "quote='', escape=''"
    rejects = (
        f"store_rejects=true, rejects_table='rejects{number}', rejects_scan='scans{number}', rejects_limit=2000, "
        if number > 0
        else ""
    )
    return (
        f"read_csv({cells.quote(str(part.path))}, auto_detect=false, header=false, delim={cells.quote(header.delimiter)}, {quote}, "
        f"new_line='\\n', columns={{{columns}}}, nullstr='', ignore_errors=true, {rejects}strict_mode=true)"
    )


def described(connection: Any, part: Part) -> tuple[str, ...]:
    """The column names of a parquet or json part."""
    return tuple(n for n, _ in _described(connection, part))


def _described(connection: Any, part: Part) -> list[tuple[str, str]]:
    relation = (
        f"read_parquet({cells.quote(str(part.path))})" if part.kind == "parquet" else _json(part)
    )
    return [
        (row[0], row[1])
        for row in connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
    ]


def _json(part: Part) -> str:
    return f"read_json({cells.quote(str(part.path))}, format='auto', union_by_name=true, maximum_object_size=67108864)"


def _as_text(kind: str, column: str) -> str:
    if kind.startswith(("STRUCT", "MAP")) or kind.endswith("]"):
        return f"CAST(to_json({column}) AS VARCHAR)"
    if kind.startswith("TIMESTAMP WITH"):
        return f"strftime({column}, '%Y-%m-%d %H:%M:%S.%f+00:00')"
    return f"CAST({column} AS VARCHAR)"
