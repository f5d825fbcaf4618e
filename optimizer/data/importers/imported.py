"""What was read: the finished table, how every column was understood, what is wrong."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optimizer.data.importers.declare import importer_of
from optimizer.data.importers.reconcile import Reconciled
from optimizer.data.reading.columns import header_key
from optimizer.data.reading.headers import Match
from optimizer.data.reading.inference.inferred import Inferred
from optimizer.data.reading.rows import records
from optimizer.data.reading.source import DATA, Reading
from optimizer.data.reading.typed import Typed
from optimizer.data.write_table import table_kind, write_table
from optimizer.errors import Problem, Problems, UserError
from optimizer.messages import Message, Text, _, listed
from optimizer.results import disk
from optimizer.results.commit import commit

if TYPE_CHECKING:
    import pandas as pd


RECORD = ".import.json"  # what a table's record is named, after the table


@dataclass(frozen=True)
class ColumnReport:
    """How one column of one file was understood.

    Attributes
    ----------
    file, column, header
        Where it stands; columns count from 1.
    status
        read | on record | checked | not used
    to, kind, factor
        Our column, how its cells were read, and the unit of its bare numbers.
    missing
        Cells without a value.
    example
        Its first cell.
    say
        What a reader should know.
    """

    file: Text
    column: int
    header: str
    status: str
    to: str | None
    kind: str | None
    factor: float | None
    missing: int | None
    example: str
    say: Text


@dataclass(frozen=True)
class Imported:
    """What was read. Without `problems` the table can be written.

    Attributes
    ----------
    table, names
        Which of our tables it is, and its columns.
    importers
        Who read the files.
    files
        (name, SHA-256) of each.
    columns
        How each column was understood.
    notes
        What was left out and why.
    warnings
        Numbers that do not agree with each other.
    problems
        What is wrong.
    rows
        Of the finished table.
    currencies
        That the files name.
    totals
        What the same files say was sold (a sheet with one column per channel).
    inferred
        What was inferred of the files and their columns, with what decided it.
    sums
        What each file came to: a line to confirm.
    """

    table: str
    importers: tuple[str, ...]
    files: tuple[tuple[str, str], ...]
    columns: tuple[ColumnReport, ...]
    notes: tuple[Message, ...]
    warnings: tuple[Message, ...]
    problems: tuple[Problem, ...]
    rows: int
    names: tuple[str, ...]
    _connection: Any = None
    _sql: str = ""
    currencies: tuple[str, ...] = ()
    totals: Imported | None = None
    inferred: tuple[Inferred, ...] = ()
    sums: tuple[Reconciled, ...] = ()

    def frame(self) -> pd.DataFrame:
        """The finished table; only inside the `read_exports` block."""
        self._check()
        frame: pd.DataFrame = self._connection.execute(self._sql).df()
        return frame

    def unused(self) -> tuple[str, ...]:
        """Headers that were not used, each once."""
        return tuple(
            dict.fromkeys(c.header for c in self.columns if c.status == "not used" and c.header)
        )

    def write(self, out: Path | str, totals: Path | None = None) -> None:
        """Write the table, and beside it NAME.import.json: files, columns, units, windows, what was
        left out; all in one commit.

        Parameters
        ----------
        out
            The table's file, .csv or .parquet.
        totals
            The file of its totals, in the same folder: written where there are any; where there
            are none, those of an earlier import go.

        Raises
        ------
        UserError
            Where something is wrong with the files, there are no rows, or `out` is one of the
            files.
        """
        self._check()
        out = Path(out)
        table_kind(out)
        if out.exists() and any(
            out.samefile(name) for name, __ in self.files if Path(name).exists()
        ):
            raise UserError(
                _("this would overwrite a file that is being imported"),
                str(out),
                _("write to another file"),
            )
        owns = []
        if totals is not None and totals.with_name(totals.name + RECORD).exists():
            owns = [totals.name, totals.name + RECORD]
        with commit(out.parent, owns) as part:
            self._put(part / out.name)
            if totals is not None and self.totals is not None:
                self.totals._check()
                self.totals._put(part / totals.name)

    def _put(self, file: Path) -> None:
        """The table and its record in a folder that is made ready."""
        write_table(self._connection, self._sql, file)
        told = json.dumps(self._record(), ensure_ascii=False, indent=2) + "\n"
        disk.write(file.with_name(file.name + RECORD), told.encode("utf-8"))

    def _record(self) -> dict[str, Any]:
        return {
            "table": self.table,
            "importers": list(self.importers),
            "rows": self.rows,
            "files": [{"file": Path(name).name, "sha256": digest} for name, digest in self.files],
            "columns": [
                {
                    "file": Path(str(c.file)).name,
                    "header": c.header,
                    "status": c.status,
                    "to": c.to,
                    "factor": c.factor,
                    "missing": c.missing,
                    "note": str(c.say) or None,
                }
                for c in self.columns
            ],
            "inferred": [_inferred(one) for one in self.inferred],
            "sums": [
                {**s.record(), "file": Path(str(s.file)).name, "line": None} for s in self.sums
            ],
            "notes": [str(note) for note in self.notes],
            "warnings": [str(warning) for warning in self.warnings],
        }

    def _check(self) -> None:
        if self.problems:
            raise Problems(self.problems)
        if self.rows == 0:
            raise UserError(
                _("there are headers, but no rows of data"),
                listed(name for name, __ in self.files),
                _("export a span of time that holds data"),
            )


def _inferred(one: Inferred) -> dict[str, Any]:
    return {
        "file": Path(str(one.file)).name,
        "header": one.header or None,
        "what": one.what,
        "reading": str(one.reading),
        "evidence": str(one.evidence),
        "cells": one.cells,
    }


def report(reading: Reading, typed: Typed | None) -> list[ColumnReport]:
    """How every column of a part was understood, with its first cell."""
    first: tuple[str, ...] = ()
    if typed is not None and typed.rows:
        (row,) = reading.one(f"SELECT min(_row) FROM {typed.table} WHERE _state = {DATA}")
        found = records(reading.connection, reading.part, reading.header, [row])
        first = found.get(row, (0, ()))[1]
    windows = {
        header_key(kept.name): _("{basis}; window: {window}", basis=kept.basis, window=window)
        for kept in importer_of(reading.name, reading.layout).records
        for window in [
            _("not stated")
            if kept.window_days is None
            else _("{window_days} days", window_days=kept.window_days)
        ]
    }
    out = []
    for match in reading.matches:
        example = (first[match.position] or "")[:24].strip() if match.position < len(first) else ""
        out.append(_column(reading, typed, match, example, windows.get(header_key(match.header))))
    return out


def _column(
    reading: Reading, typed: Typed | None, match: Match, example: str, window: Message | None
) -> ColumnReport:
    place = (reading.part.where, match.position + 1, match.header.strip())
    entry = match.column
    if entry is None:
        status = "on record" if window is not None else "not used"
        return ColumnReport(*place, status, None, None, None, None, example, window or "")
    said = [said for said in (entry.say, window) if said]
    return ColumnReport(
        *place,
        "checked" if entry.to.startswith("_") else "read",
        entry.to.lstrip("_"),
        entry.kind,
        match.factor,
        typed.missing.get(entry.to) if typed else None,
        example,
        listed(said, "; ") if len(said) > 1 else said[0] if said else "",
    )
