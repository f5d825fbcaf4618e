"""Read exports: every file opened, understood, typed, checked, and merged into one table.

Start here.

Everything wrong is collected and told at once; a table is only written when nothing is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Thread
from typing import Any

from optimizer import progress
from optimizer.data.importers import merge
from optimizer.data.importers.checks import (
    check,
    currencies,
    currency_codes,
    money_inferred,
    needs_channel,
    one_grain,
    orphans,
    repeated,
)
from optimizer.data.importers.declare import IMPORTERS, declared
from optimizer.data.importers.duplicates import drop_duplicates
from optimizer.data.importers.files import Distinct, distinct_files
from optimizer.data.importers.given import importer_for, spared, without_channel
from optimizer.data.importers.imported import ColumnReport, Imported, report
from optimizer.data.importers.order_lines import order_lines
from optimizer.data.importers.recognise import choose, possible, rank_importers, shows_platform
from optimizer.data.importers.reconcile import reconciled
from optimizer.data.importers.sections import sections
from optimizer.data.importers.sheets import (
    LAYOUT,
    SHEET,
    TOTALS,
    fitted,
    has_totals,
    is_sheet,
    is_totals,
    said,
    settle_total,
    totals_sql,
)
from optimizer.data.importers.spans import spread
from optimizer.data.importers.understand import understand
from optimizer.data.importers.vocabulary import counted, doubtful
from optimizer.data.importers.workbooks import (
    left_aside,
    sheet_questions,
    unknown_sheets,
    unread_as,
)
from optimizer.data.mapping.apply import choices_for, members
from optimizer.data.mapping.file import MAPPING
from optimizer.data.mapping.rows import blank_rows
from optimizer.data.reading.choices import Choices
from optimizer.data.reading.columns import Layout, header_key
from optimizer.data.reading.container import Part, open_parts, with_blanks_as_tabs
from optimizer.data.reading.headers import Header, find_header
from optimizer.data.reading.source import Reading, described
from optimizer.data.reading.typed import Typed, connect, read_part
from optimizer.errors import Problem, UserError
from optimizer.messages import Message, Text, _, listed
from optimizer.results.rooms import room as private_room

__all__ = ["Choices", "ColumnReport", "Imported", "importer_name", "read_exports"]


def importer_name(platform: str) -> str:
    """The registry's name for what the user wrote: a name, or the platform's own title (聚光, 生意参谋).

    Raises
    ------
    UserError
        For an unknown platform, with the nearest name.
    """
    if platform in IMPORTERS or platform == "auto":
        return platform
    wanted = header_key(platform)
    for name in IMPORTERS:
        importer = declared(name)
        if wanted in (header_key(str(t)) for t in (name, importer.title, *importer.also)):
            return name
    IMPORTERS[platform]  # raises, with the nearest name
    raise AssertionError


@contextmanager
def read_exports(
    platform: str, files: Sequence[Path | str], choices: Choices | None = None
) -> Iterator[Imported]:
    """Read exports into one table.

    Use as a block: the working folder and the engine live as long as it does.

    Parameters
    ----------
    platform
        An importer's name or title, or `auto`: told by the headers.
    files
        Files of any kind and folders of them.
    choices
        What the user says beyond the files.

    Yields
    ------
    Imported
        Everything wrong with the files is in its `problems`.

    Raises
    ------
    UserError
        For an unknown platform, or no file.
    """
    name = importer_name(platform)
    if not files:
        raise UserError(_("no file to import"), fix=_("name one or several files"))
    with private_room() as room:
        engine = connect(str(room))
        try:
            found = _Found(engine.connection, room, name, choices or Choices())
            yield _read(found, [Path(f) for f in files])
        finally:
            engine.close()


def _read(found: _Found, files: list[Path]) -> Imported:
    if len(files) > 1:
        return found.read(distinct_files(files))
    digests: list[Distinct] = []
    # one file is nobody's repeat: hash it beside the reading
    hashing = Thread(target=lambda: digests.append(distinct_files(files)))
    hashing.start()
    try:
        imported = found.read(Distinct([(files[0], "")]))
    finally:
        hashing.join()
    (distinct,) = digests
    return replace(
        imported,
        files=tuple((str(f), h) for f, h in distinct.kept if h),
        problems=(
            *distinct.problems,
            *(p for p in imported.problems if p not in distinct.problems),
        ),
    )


@dataclass
class _Found:
    """What has been found in the files so far."""

    connection: Any
    room: Path
    platform: str
    choices: Choices
    parts: list[Typed] = field(default_factory=list)
    columns: list[ColumnReport] = field(default_factory=list)
    notes: list[Message] = field(default_factory=list)
    warnings: list[Message] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    currencies: dict[str, Text] = field(default_factory=dict)
    money: dict[str, str] = field(default_factory=dict)
    number: int = 0
    here: Choices = field(default_factory=Choices)  # those for the file that is read
    said: dict[str, Choices] = field(default_factory=dict)  # those of each part, by its table

    def read(self, files: Distinct) -> Imported:
        """Every file, then the finished table."""
        self.problems += files.problems
        self.notes += files.notes
        # files by their size; within a file, finding the header and loading is about half of the
        # work
        sizes = [1.0 + (f.stat().st_size if f.is_file() else 0) for f, __ in files.kept]
        for file, __ in progress.weighed(files.kept, sizes):
            for one in members(file):
                self._file(one)
        tables = sorted({p.layout.table for p in self.parts})
        table = tables[0] if tables else ""
        self._one_table(tables)
        sql, rows = "", 0
        names: tuple[str, ...] = ()
        if self.parts and not self.problems:
            channels = {table: choices.channel for table, choices in self.said.items()}
            wrong, more = drop_duplicates(self.connection, self.parts, self._together, channels)
            self.problems += wrong
            self.notes += more
        if self.parts and not self.problems:
            sql, names, rows = self._finished(table, files)
        return Imported(
            table,
            tuple(dict.fromkeys(p.name for p in self.parts)),
            tuple((str(f), digest) for f, digest in files.kept if digest),
            tuple(self.columns),
            tuple(self.notes),
            tuple(self.warnings),
            tuple(self.problems),
            rows,
            names,
            self.connection,
            sql,
            tuple(sorted(self.currencies)),
            self._sold(files) if table == "spend" and sql else None,
            tuple(inferred for p in self.parts for inferred in p.inferred),
            reconciled(self.connection, self.parts, self.said, self.money) if sql else (),
        )

    @property
    def _together(self) -> Choices:
        """The choices for what the files tell together: as asked, else as every mapping says."""
        told = {choices.duplicates for choices in self.said.values()}
        return self.choices if len(told) != 1 else replace(self.choices, duplicates=told.pop())

    def _sold(self, files: Distinct) -> Imported | None:
        """What sheets of spend say was sold, as a table of totals."""
        parts = [part for part in self.parts if has_totals(part)]
        if not parts:
            return None
        sql, names = totals_sql(parts)
        rows = int(self.connection.execute(f"SELECT count(*) FROM ({sql})").fetchone()[0])
        kept = tuple((str(f), digest) for f, digest in files.kept if digest)
        columns = tuple(self.columns)
        return Imported(
            *("totals", (SHEET,), kept, columns, (), (), (), rows, names, self.connection, sql)
        )

    def _parts(self, file: Path) -> Iterator[Part]:
        """The parts of a file, rows that are none of its table blank."""
        for part in open_parts(file, self.room):
            rows = self.here.mapping.skip_rows
            if rows and part.kind in ("text", "sheet"):
                target = part.path.with_suffix(".skipped.txt")
                blank_rows(part.path, rows, target)
                target.replace(part.path)
            yield part

    def _file(self, file: Path) -> None:
        """Every part of a file; sheets that nobody knows are left out beside one that is known."""
        unread: list[tuple[Part, UserError]] = []
        known = False
        try:
            self.here = choices_for(file, self.choices)
            if self.here.mapping:
                self.notes.append(
                    _("{file}: read as its {mapping} says", file=file, mapping=MAPPING)
                )
            first, sheets = len(self.parts), list[str]()
            for part in (t for p in self._parts(file) for t in sections(p, self.room)):
                sheets += [part.sheet] if part.sheet else []
                if (why := left_aside(part, self.here)) is not None:
                    self.notes.append(why)
                    continue
                self.number += 1
                try:
                    with progress.part(0.0, 0.5):
                        reading = self._recognised(part)
                except UserError as error:
                    unread.append((part, error))
                    continue
                known = True
                with progress.part(0.5, 1.0):
                    self._part(*reading)
            self.problems += unknown_sheets(str(file), sheets, self.here)
            self.problems += sheet_questions(self.connection, self.parts[first:], self.here)
        except UserError as error:
            self.problems += error.problems
        for part, failure in unread:
            if known and part.kind == "sheet":
                self.notes.append(
                    _("{where}: not an export that is known, left out", where=part.where)
                )
            else:
                self.problems += unread_as(part, failure)

    def _recognised(self, part: Part) -> tuple[Part, str, Header]:
        """The part, its importer and its header.

        Raises `UserError` where either is not recognised.
        """
        platform = self._platform
        auto = platform == "auto"
        names = tuple(n for n in IMPORTERS if declared(n).auto) if auto else (platform,)
        if part.kind in ("parquet", "json"):
            header = self._columns_of(part, names)
        else:
            part, header = self._header_of(part, names)
        return part, self._named(header, names, part) if auto else platform, header

    @property
    def _platform(self) -> str:
        """As asked, else as the file's mapping says."""
        said = self.here.mapping.platform
        return self.platform if self.platform != "auto" or said is None else importer_name(said)

    def _heads(self, names: Sequence[str], layout: Layout | None = None) -> dict[str, str]:
        """{our column: header} as asked, else as the file's mapping says."""
        ours = {c.to for c in layout.columns} if layout is not None else None
        return self.here.mapping.heads(ours, names) | dict(self.here.columns)

    def _named(self, header: Header, names: tuple[str, ...], part: Part) -> str:
        """The importer of a header: a platform, else a sheet of channels, or a table of totals."""
        try:
            return choose(header.names, names, part.where)
        except UserError:
            heads, channel = self._heads(header.names), self.here.channel
            if heads or channel:
                able = possible(header.names, names)
                if (said := importer_for(header.names, able, heads, channel)) is not None:
                    return said
            if shows_platform(header.names, names):
                raise
            if is_sheet(header.names):
                return SHEET
            if is_totals(header.names):
                return TOTALS
            if (lacking := without_channel(header.names, heads, part.where)) is not None:
                raise lacking from None
            raise

    def _columns_of(self, part: Part, names: tuple[str, ...]) -> Header:
        """The columns of a file that knows them."""
        try:
            header = Header(described(self.connection, part), 1, 1, 0, "")
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
                _("no column was understood: {names}", names=listed(header.names[:8])),
                part.where,
                _("name the platform and its columns: --column spend=HEADER"),
            )
        return header

    def _header_of(self, part: Part, names: tuple[str, ...]) -> tuple[Part, Header]:
        """The header row of a text; its columns may be parted by runs of blanks."""
        layouts: list[Layout] = [declared(name) for name in names]
        if self._platform in ("auto", SHEET, TOTALS):
            layouts += [LAYOUT, declared(TOTALS)]
        mapping = self.here.mapping
        chosen = tuple(header for __, header in (*mapping.usual_columns, *self.here.columns))
        try:
            return part, find_header(part.path, part.where, layouts, chosen)
        except UserError as error:
            if part.kind != "text":
                raise
            try:
                cut = with_blanks_as_tabs(part, self.room)
                header = find_header(cut.path, cut.where, layouts, chosen)
            except UserError:
                raise error from None
            if header.delimiter != "\t" or len(header.names) < 2:
                raise error from None
            return cut, header

    def _part(self, part: Part, name: str, header: Header) -> None:
        """One part understood, typed and checked."""
        choices = self.here
        importer = spared(fitted(name, header, part), choices.channel)
        heads = self._heads(header.names, importer)
        matches, problems = understand(
            name, importer, header, heads, part.where, choices.date, choices.ignore
        )
        reading = Reading(
            self.connection, part, name, importer, header, matches, choices, self.number
        )
        self.notes += _shape(reading)
        typed = None
        if not problems:
            typed, problems, more = read_part(reading)
            self.notes += more
        if typed is not None and not problems:
            self.warnings += check(reading, typed)
            problems = orphans(reading, typed)
            wrong, more = repeated(reading, typed, choices)
            lines, open_, said_ = order_lines(reading, typed, choices)
            typed = replace(typed, inferred=(*typed.inferred, *lines))
            problems += [*wrong, *open_, *needs_channel(typed, choices)]
            self.notes += [*more, *said_, *_gaps(typed)]
            wrong, more = currencies(reading, typed)
            problems += wrong
            self.notes += more
            if not wrong:
                codes = currency_codes(reading, typed)
                self.currencies.update(dict.fromkeys(codes, part.where))
                self.money[typed.table] = codes[0] if codes else ""
                inferred = money_inferred(reading, typed, codes)
                typed = replace(typed, inferred=(*typed.inferred, *inferred))
            typed, remark = settle_total(self.connection, typed)
            typed, wrong, more = spread(self.connection, typed)
            problems += wrong
            self.notes += more
            self.notes += [*said(typed), *([remark] if remark else [])]
        self.problems += problems
        self.columns += report(reading, typed)
        if typed is not None:
            self.parts.append(typed)
            self.said[typed.table] = choices
            self.money[typed.table] = self.money.get(f"part{self.number}", "")

    def _one_table(self, tables: Sequence[str]) -> None:
        """Problems of the files together."""
        self.problems += one_grain(self.parts, self.choices)
        if len(tables) > 1:
            self.problems.append(
                Problem(
                    _("the files become different tables: {names}", names=listed(tables)),
                    fix=_("import each kind on its own"),
                )
            )
        if len(self.currencies) > 1 and len(tables) == 1:
            self.problems.append(
                Problem(
                    _(
                        "amounts are in several currencies: {names}",
                        names=listed(sorted(self.currencies)),
                    ),
                    listed(dict.fromkeys(self.currencies.values())),
                    _("export in one currency"),
                )
            )
        splits = {c.split for c in self.said.values()} - {None}
        for split in sorted(filter(None, splits)):
            if any(
                header_key(m.header) == header_key(split) for p in self.parts for m in p.matches
            ):
                continue
            self.problems.append(
                Problem(
                    _("--split {split}: there is no such column", split=split),
                    fix=_("name a column of the file"),
                )
            )

    def _finished(self, table: str, files: Distinct) -> tuple[str, tuple[str, ...], int]:
        """SQL of the finished table, its columns, and how many rows it has."""
        if table == "totals":
            sql, names = totals_sql(self.parts)
        else:
            sql, names = merge.table_sql(self.parts, self.said, table)
        if table in ("spend", "shop"):  # small once it is added up: add up once
            self.connection.execute(f"CREATE TEMP TABLE finished AS {sql}")
            order = "period, channel, segment" if "segment" in names else "period, channel"
            sql = f"SELECT {', '.join(names)} FROM finished ORDER BY {order}"
        found = counted(self.connection, sql, table, names)
        rows = sum(int(row[-1]) for row in found)
        file = next((str(name) for name, __ in files.kept), "FILE")
        self.problems += doubtful(found, self.parts, self.said, file)
        if rows == 0:
            self.notes.append(_("there are headers, but no rows of data: nothing can be written"))
        taken = sum(p.rows for p in self.parts)
        if rows != taken and table in ("orders", "events"):
            self.notes.append(
                _(
                    "{taken} rows became {rows} rows of {table}: {why}",
                    taken=taken,
                    rows=rows,
                    table=table,
                    why=_why(self.parts),
                )
            )
        return sql, names, rows


def _why(parts: list[Typed]) -> object:
    """What the importers say of themselves."""
    names = sorted({p.name for p in parts})
    return listed((Message(IMPORTERS.help(name)) for name in names), "; ")


def _shape(reading: Reading) -> list[Message]:
    """Notes on where the header stood, and on how the file ends."""
    part, header = reading.part, reading.header
    notes = []
    if header.row == 0:
        notes.append(
            _(
                "{where}: there is no header row; the {names} columns were taken in the order "
                "of {title}",
                where=part.where,
                names=len(header.names),
                title=reading.layout.title,
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
    return notes


def _gaps(typed: Typed) -> list[Message]:
    """Notes on cells without a value in the columns that are added up."""
    return [
        _(
            "{where}: {column}: {missing} of {rows} cells hold no value; they are left out "
            "of the sums",
            where=typed.part.where,
            column=m.header.strip(),
            missing=typed.missing[m.column.to],
            rows=typed.rows,
        )
        for m in typed.matches
        if m.column
        and m.column.required
        and not m.column.blank
        and m.column.kind in ("money", "count")
        and typed.missing.get(m.column.to)
    ]
