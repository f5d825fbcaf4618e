"""Read exports: every file opened, understood, typed, checked, and merged into one table. Start here.

Everything wrong is collected and told at once; a table is only written when nothing is wrong.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

from optimizer import progress
from optimizer.data.importers import merge
from optimizer.data.importers.container import Part, open_parts, with_blanks_as_tabs
from optimizer.data.importers.declare import IMPORTERS, declared, header_key, load_platforms
from optimizer.data.importers.explain import records
from optimizer.data.importers.headers import (
    Header,
    Match,
    choose,
    find_header,
    rank_importers,
    understand,
)
from optimizer.data.importers.source import described
from optimizer.data.importers.typed import Choices, Typed, connect, read_part
from optimizer.errors import Problem, Problems, UserError
from optimizer.files import sha256, write_text
from optimizer.messages import _

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Choices", "ColumnReport", "Imported", "importer_name", "read_exports"]


@dataclass(frozen=True)
class ColumnReport:
    """How one column of one file was understood. status: read | on record | checked | not used"""

    file: str
    column: int
    header: str
    status: str
    to: str | None
    kind: str | None
    factor: float | None
    missing: int | None
    example: str
    say: str


@dataclass(frozen=True)
class Imported:
    """What was read. `problems` empty: the table can be written. rows: of the finished table.

    notes: what was left out and why; warnings: numbers that do not agree with each other.
    """

    table: str
    importers: tuple[str, ...]
    files: tuple[tuple[str, str], ...]
    columns: tuple[ColumnReport, ...]
    notes: tuple[str, ...]
    warnings: tuple[str, ...]
    problems: tuple[Problem, ...]
    rows: int
    names: tuple[str, ...]
    _connection: Any = None
    _sql: str = ""

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

    def write(self, out: Path | str) -> None:
        """Write the table, and beside it NAME.import.json: files, columns, units, windows, what was left out."""
        self._check()
        out = Path(out)
        if out.exists() and any(
            out.samefile(name) for name, __ in self.files if Path(name).exists()
        ):
            raise UserError(
                _("this would overwrite a file that is being imported"),
                str(out),
                _("write to another file"),
            )
        merge.write(self._connection, self._sql, out)
        import json

        record = {
            "table": self.table,
            "importers": list(self.importers),
            "rows": self.rows,
            "files": [{"file": Path(name).name, "sha256": digest} for name, digest in self.files],
            "columns": [
                {
                    "file": Path(c.file).name,
                    "header": c.header,
                    "status": c.status,
                    "to": c.to,
                    "factor": c.factor,
                    "missing": c.missing,
                    "note": c.say or None,
                }
                for c in self.columns
            ],
            "notes": list(self.notes),
            "warnings": list(self.warnings),
        }
        write_text(
            out.with_name(out.name + ".import.json"),
            json.dumps(record, ensure_ascii=False, indent=2) + "\n",
        )

    def _check(self) -> None:
        if self.problems:
            raise Problems(self.problems)
        if self.rows == 0:
            raise UserError(
                _("there are headers, but no rows of data"),
                ", ".join(name for name, __ in self.files),
                _("export a span of time that holds data"),
            )


def importer_name(platform: str) -> str:
    """The registry's name for what the user wrote: a name, or the platform's own title (聚光, 生意参谋)."""
    load_platforms()
    if platform in IMPORTERS or platform == "auto":
        return platform
    wanted = header_key(platform)
    for name in IMPORTERS:
        importer = declared(name)
        if wanted in (header_key(t) for t in (name, importer.title, *importer.also)):
            return name
    IMPORTERS[platform]  # raises, with the nearest name
    raise AssertionError


@contextmanager
def read_exports(
    platform: str, files: Sequence[Path | str], choices: Choices | None = None
) -> Iterator[Imported]:
    """Read exports of `platform` (`auto`: told by their headers) into one table.

    Use as a block: the working folder and the engine live as long as it does. Raises UserError for an unknown
    platform; everything wrong with the files is in `.problems`.
    """
    choices = choices or Choices()
    name = importer_name(platform)
    if not files:
        raise UserError(_("no file to import"), fix=_("name one or several files"))
    room = Path(tempfile.mkdtemp(prefix="optimizer-import-"))
    engine = connect(str(room))
    try:
        yield _read(engine.connection, room, name, [Path(f) for f in files], choices)
    finally:
        engine.close()
        shutil.rmtree(room, ignore_errors=True)


def _read(connection: Any, room: Path, name: str, files: list[Path], choices: Choices) -> Imported:
    if len(files) > 1:
        return _read_all(connection, room, name, _distinct(files), choices)
    digest: list[tuple[list[tuple[Path, str]], list[Problem], list[str]]] = []
    hashing = Thread(
        target=lambda: digest.append(_distinct(files))
    )  # one file is nobody's repeat: hash it beside the reading
    hashing.start()
    try:
        found = _read_all(connection, room, name, ([(files[0], "")], [], []), choices)
    finally:
        hashing.join()
    kept, problems, __ = digest[0]
    hashes = tuple((str(f), h) for f, h in kept if h)
    return replace(
        found, files=hashes, problems=(*problems, *(p for p in found.problems if p not in problems))
    )


def _read_all(
    connection: Any,
    room: Path,
    name: str,
    distinct: tuple[list[tuple[Path, str]], list[Problem], list[str]],
    choices: Choices,
) -> Imported:
    problems: list[Problem] = []
    notes: list[str] = []
    warnings: list[str] = []
    columns: list[ColumnReport] = []
    parts: list[Typed] = []
    kept, problems_of_files, notes_of_files = distinct
    problems += problems_of_files
    notes += notes_of_files
    number = 0
    # files by their size; within a file, finding the header and loading is about half of the work
    for file, __ in progress.weighed(
        kept, [1.0 + (file.stat().st_size if file.is_file() else 0) for file, __ in kept]
    ):
        unread: list[tuple[Part, UserError]] = []
        read_here = 0
        try:
            for part in open_parts(file, room):
                number += 1
                try:
                    with progress.part(0.0, 0.5):
                        found = _place(
                            connection, part, name, room, tuple(h for __, h in choices.columns)
                        )
                except UserError as error:
                    unread.append((part, error))
                    continue
                read_here += 1
                with progress.part(0.5, 1.0):
                    typed, wrong, more, doubts, reports = _one(connection, *found, choices, number)
                problems += wrong
                notes += more
                warnings += doubts
                columns += reports
                if typed is not None:
                    parts.append(typed)
        except UserError as error:
            problems += error.problems
        for part, failure in unread:
            if read_here and part.kind == "sheet":
                notes.append(_("{where}: not an export that is known, left out", where=part.where))
            else:
                problems += failure.problems
    tables = sorted({p.importer.table for p in parts})
    if len(tables) > 1:
        problems.append(
            Problem(
                _("the files become different tables: {names}", names=", ".join(tables)),
                fix=_("import each kind on its own"),
            )
        )
    if (
        choices.split is not None
        and parts
        and not any(
            header_key(m.header) == header_key(choices.split) for p in parts for m in p.matches
        )
    ):
        problems.append(
            Problem(
                _("--split {split}: there is no such column", split=choices.split),
                fix=_("name a column of the file"),
            )
        )
    if parts and len(tables) == 1 and not problems:
        wrong, more = merge.drop_duplicates(connection, parts, choices)
        problems += wrong
        notes += more
    table = tables[0] if tables else ""
    sql, rows = "", 0
    names: tuple[str, ...] = ()
    if parts and len(tables) == 1 and not problems:
        sql, names = merge.table_sql(parts, choices, table)
        if table in ("spend", "shop"):  # small once it is added up: add up once
            connection.execute(f"CREATE TEMP TABLE finished AS {sql}")
            sql = f"SELECT {', '.join(names)} FROM finished ORDER BY period, channel{', segment' if 'segment' in names else ''}"
        rows = int(connection.execute(f"SELECT count(*) FROM ({sql})").fetchone()[0])
        if rows == 0:
            notes.append(_("there are headers, but no rows of data: nothing can be written"))
        taken = sum(p.rows for p in parts)
        if rows != taken and table in ("orders", "events"):
            notes.append(
                _(
                    "{taken} rows became {rows} rows of {table}: {why}",
                    taken=taken,
                    rows=rows,
                    table=table,
                    why=_why(parts),
                )
            )
    return Imported(
        table,
        tuple(dict.fromkeys(p.name for p in parts)),
        tuple((str(f), digest) for f, digest in kept if digest),
        tuple(columns),
        tuple(notes),
        tuple(warnings),
        tuple(problems),
        rows,
        tuple(names),
        connection,
        sql,
    )


def _why(parts: list[Typed]) -> str:
    docs = {p.name: IMPORTERS.help(p.name) for p in parts}
    return "; ".join(docs[n] for n in sorted(docs))


def _distinct(files: list[Path]) -> tuple[list[tuple[Path, str]], list[Problem], list[str]]:
    """Files with their digests, without byte-for-byte repeats."""
    kept: list[tuple[Path, str]] = []
    problems: list[Problem] = []
    notes: list[str] = []
    seen: dict[str, Path] = {}
    for file in files:
        try:
            digest = sha256(file) if file.exists() else ""
        except OSError as error:
            problems.append(
                Problem(
                    _("cannot be read: {error}", error=error.strerror),
                    str(file),
                    _("check the file's permissions"),
                )
            )
            continue
        if digest and digest in seen:
            notes.append(
                _("{file}: the same file as {seen}: counted once", file=file, seen=seen[digest])
            )
            continue
        seen[digest] = file
        kept.append((file, digest))
    return kept, problems, notes


def _place(
    connection: Any, part: Part, name: str, room: Path, chosen: tuple[str, ...] = ()
) -> tuple[Part, str, Header]:
    """(the part, its importer, its header); a UserError when the platform or the header is not recognised."""
    names = tuple(n for n in IMPORTERS if declared(n).auto) if name == "auto" else (name,)
    if part.kind in ("parquet", "json"):
        try:
            header = Header(described(connection, part), 1, 1, 0, "")
        except Exception as error:
            if type(error).__module__.split(".")[0] not in ("duckdb", "_duckdb"):
                raise
            raise UserError(
                _("this {kind} file cannot be read", kind=part.kind),
                part.where,
                _("export it again"),
            ) from None
        if not rank_importers(header.names, names):
            raise UserError(
                _("no column was understood: {names}", names=", ".join(header.names[:8])),
                part.where,
                _("name the platform and its columns: --column spend=HEADER"),
            )
    else:
        try:
            header = find_header(part.path, part.where, names, chosen)
        except UserError as error:
            if part.kind != "text":
                raise
            try:
                part = with_blanks_as_tabs(part, room)
                header = find_header(part.path, part.where, names, chosen)
            except UserError:
                raise error from None
            if header.delimiter != "\t" or len(header.names) < 2:
                raise error from None
    return part, choose(header.names, names, part.where) if name == "auto" else name, header


def _one(
    connection: Any, part: Part, name: str, header: Header, choices: Choices, number: int
) -> tuple[Typed | None, list[Problem], list[str], list[str], list[ColumnReport]]:
    importer = declared(name)
    matches, problems = understand(
        name, header, dict(choices.columns), part.where, choices.date, choices.ignore
    )
    notes: list[str] = []
    warnings: list[str] = []
    if header.row == 0:
        notes.append(
            _(
                "{where}: there is no header row; the {names} columns were taken in the order "
                "of {title}",
                where=part.where,
                names=len(header.names),
                title=importer.title,
            )
        )
    elif header.row > 1:
        notes.append(
            _(
                "{where}: the header is row {row}; the rows above it were left out",
                where=part.where,
                row=header.row,
            )
        )
    if not part.ends and part.kind == "text":
        notes.append(
            _(
                "{where}: the last line has no line end; look whether the file is whole",
                where=part.where,
            )
        )
    typed = None
    if not problems:
        typed, wrong, more = read_part(
            connection, part, name, importer, header, matches, choices, number
        )
        problems += wrong
        notes += more
    if typed is not None and not problems:
        warnings += merge.check(connection, typed)
        problems += merge.orphans(connection, typed)
        wrong, more = merge.repeated(connection, typed, choices)
        problems += wrong
        notes += more
        problems += _needs_channel(typed, choices)
        notes += [
            _(
                "{where}: {column}: {missing} of {rows} cells hold no value; they are left out "
                "of the sums",
                where=part.where,
                column=m.header.strip(),
                missing=typed.missing[m.column.to],
                rows=typed.rows,
            )
            for m in matches
            if m.column
            and m.column.required
            and not m.column.blank
            and m.column.kind in ("money", "count")
            and typed.missing.get(m.column.to)
        ]
        notes += _currencies(connection, typed)
    return (
        typed,
        problems,
        notes,
        warnings,
        _report(connection, part, importer, header, matches, typed),
    )


def _needs_channel(typed: Typed, choices: Choices) -> list[Problem]:
    needs = (
        typed.importer.table in ("spend", "shop")
        and not typed.importer.channel
        and "channel" not in typed.columns
        and not choices.channel
    )
    return (
        [
            Problem(
                _("no column says the channel"),
                typed.part.where,
                _("say it: --channel douyin/feed"),
            )
        ]
        if needs
        else []
    )


def _currencies(connection: Any, typed: Typed) -> list[str]:
    if "currency" not in typed.columns:
        return []
    found = [
        r[0]
        for r in connection.execute(
            f"SELECT DISTINCT currency FROM {typed.table} WHERE currency IS NOT NULL AND value IS NOT NULL AND _state = 0 ORDER BY 1"
        ).fetchall()
    ]
    if len(found) > 1:
        raise Problems(
            [
                Problem(
                    _("amounts are in several currencies: {names}", names=", ".join(found)),
                    typed.part.where,
                    _(
                        "export in one currency, or choose a column in one: --column 'value=Event "
                        "Revenue USD'"
                    ),
                )
            ]
        )
    return (
        [_("{where}: amounts are in {found}", where=typed.part.where, found=found[0])]
        if found
        else []
    )


def _report(
    connection: Any,
    part: Part,
    importer: Any,
    header: Header,
    matches: tuple[Match, ...],
    typed: Typed | None,
) -> list[ColumnReport]:
    first: tuple[str, ...] = ()
    if typed is not None and typed.rows:
        row = connection.execute(
            f"SELECT min(rowid) FROM {typed.table} WHERE _state = 0"
        ).fetchone()[0]
        first = records(connection, part, header, [row]).get(row, (0, ()))[1]
    recorded = {header_key(r.name): r for r in importer.records}
    out = []
    for m in matches:
        example = (first[m.position] or "")[:24].strip() if m.position < len(first) else ""
        kept = recorded.get(header_key(m.header))
        window = (
            ""
            if kept is None
            else f"{kept.basis}; window: {_('not stated') if kept.window_days is None else _('{window_days} days', window_days=kept.window_days)}"
        )
        if m.column is not None:
            status = "read" if not m.column.to.startswith("_") else "checked"
            out.append(
                ColumnReport(
                    part.where,
                    m.position + 1,
                    m.header.strip(),
                    status,
                    m.column.to.lstrip("_"),
                    m.column.kind,
                    m.factor,
                    typed.missing.get(m.column.to) if typed else None,
                    example,
                    "; ".join(x for x in (m.column.say, window) if x),
                )
            )
        elif kept is not None:
            out.append(
                ColumnReport(
                    part.where,
                    m.position + 1,
                    m.header.strip(),
                    _("on record"),
                    None,
                    None,
                    None,
                    None,
                    example,
                    window,
                )
            )
        else:
            out.append(
                ColumnReport(
                    part.where,
                    m.position + 1,
                    m.header.strip(),
                    _("not used"),
                    None,
                    None,
                    None,
                    None,
                    example,
                    "",
                )
            )
    return out
