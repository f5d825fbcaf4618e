"""What is found in exports: every part understood, typed and checked, all merged into one table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
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
from optimizer.data.importers.duplicates import drop_duplicates
from optimizer.data.importers.files import Distinct
from optimizer.data.importers.given import spared
from optimizer.data.importers.header_of import Recogniser
from optimizer.data.importers.imported import ColumnReport, Imported, report
from optimizer.data.importers.order_lines import order_lines
from optimizer.data.importers.reconcile import reconciled
from optimizer.data.importers.remarks import gaps, shape, why
from optimizer.data.importers.sections import sections
from optimizer.data.importers.sheets import (
    SHEET,
    fitted,
    has_totals,
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
from optimizer.data.reading.columns import header_key
from optimizer.data.reading.container import Part, open_parts
from optimizer.data.reading.headers import Header
from optimizer.data.reading.source import Reading
from optimizer.data.reading.typed import Typed, read_part
from optimizer.errors import Problem, UserError
from optimizer.messages import Message, Text, _, listed


@dataclass
class Found:
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

    @property
    def _recogniser(self) -> Recogniser:
        return Recogniser(self.connection, self.room, self.platform, self.here)

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
                        reading = self._recogniser.recognised(part)
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

    def _part(self, part: Part, name: str, header: Header) -> None:
        """One part understood, typed and checked."""
        choices = self.here
        importer = spared(fitted(name, header, part), choices.channel)
        heads = self._recogniser.heads(header.names, importer)
        matches, problems = understand(
            name, importer, header, heads, part.where, choices.date, choices.ignore
        )
        reading = Reading(
            self.connection, part, name, importer, header, matches, choices, self.number
        )
        self.notes += shape(reading)
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
            self.notes += [*more, *said_, *gaps(typed)]
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
                    why=why(self.parts),
                )
            )
        return sql, names, rows
