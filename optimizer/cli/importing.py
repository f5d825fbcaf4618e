"""`optimizer import`: platform exports -> our tables."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import click

from optimizer.cli.show import emit, format_option, misuse, note, pair, progress, table, tell
from optimizer.data.importers.exports import read_exports
from optimizer.data.importers.imported import ColumnReport, Imported
from optimizer.data.mapping.keys import KEYS, Wrong
from optimizer.data.reading.choices import Choices
from optimizer.data.reading.columns import unit_factor
from optimizer.data.reading.inference.inferred import Inferred
from optimizer.errors import Problem, Problems, UserError
from optimizer.messages import Message, Text, _, listed
from optimizer.registry import did_you_mean

SHOWN = 15  # unused headers named
COLUMNS = (
    "file",
    "column",
    "header",
    "status",
    "to",
    "kind",
    "factor",
    "missing",
    "example",
    "say",
)
INFERRED = ("file", "header", "what", "reading", "evidence", "cells")
WHAT: dict[str, Message] = {
    "numbers": _("numbers"),
    "currency": _("currency"),
    "dates": _("order of days"),
    "periods": _("what a row covers"),
    "totals": _("rows of totals"),
    "key": _("what an order's rows hold"),
}
KINDS: dict[str | None, Message] = {
    "text": _("text"),
    "count": _("count"),
    "money": _("money"),
    "number": _("number"),
    "rate": _("ratio"),
    "day": _("day"),
    "time": _("time"),
}


@click.command(
    name="import",
    epilog="Example: optimizer import auto juguang.csv qianchuan.csv --out data/spend.csv",
)
@click.argument("platform")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path), help="Where to write the table: .csv or .parquet."
)
@click.option(
    "--dry-run", is_flag=True, help="Print what was understood, column by column; write nothing."
)
@click.option("--channel", help="The channel of every row, such as douyin/feed.")
@click.option(
    "--split", metavar="HEADER", help="A column whose values become a level below the channel."
)
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="OURS=HEADER",
    help="Which header holds one of our columns.",
)
@click.option(
    "--unit",
    "units",
    multiple=True,
    metavar="HEADER=UNIT",
    help="The unit of a column's bare numbers: 万, 千, 分, 元, %.",
)
@click.option(
    "--ranges",
    type=click.Choice(["low", "mid", "high"]),
    help="Which end of '1万-2万' counts; without it ranges are refused.",
)
@click.option(
    "--dates",
    type=click.Choice(["mdy", "dmy"]),
    help="How 8/9/2026 is meant; without it such dates are refused.",
)
@click.option(
    "--year", type=click.IntRange(1990, 2099), help="The year of dates without one (8月13日)."
)
@click.option(
    "--date",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day of every row, for files without a date column.",
)
@click.option(
    "--zone",
    help="Time zone of the clock times written, for times that state theirs. [default: UTC]",
)
@click.option(
    "--missing", multiple=True, metavar="WORD", help="A further word that means 'no value'."
)
@click.option(
    "--ignore", multiple=True, metavar="HEADER", help="A header that is not what it looks like."
)
@click.option(
    "--duplicates",
    type=click.Choice(["first", "last", "add"]),
    help="Where two files tell different numbers of the same thing.",
)
@click.option(
    "--decimal",
    type=click.Choice([".", ","]),
    help="The decimal mark of every number; without it doubtful columns are refused.",
)
@click.option(
    "--currency",
    metavar="CODE",
    help="The currency of every amount: CNY, USD, EUR; several are never added up.",
)
@click.option(
    "--sheet", "sheets", multiple=True, metavar="NAME", help="A sheet of a workbook that counts."
)
@click.option(
    "--totals",
    type=click.Choice(["out", "keep"]),
    help="Rows that are called totals and equal no sum of others: left out or kept.",
)
@click.option(
    "--period",
    type=click.Choice(["day", "week", "month"]),
    help="What a date stands for, where files differ.",
)
@click.option(
    "--lines",
    type=click.Choice(["order", "line"]),
    help="Whose a value is that repeats in the rows of one order.",
)
@click.option(
    "--tiers",
    default="10000,50000,500000",
    show_default=True,
    help="Follower borders of nano, koc, waist, head.",
)
@click.option(
    "--strict",
    is_flag=True,
    help="Refuse where numbers do not agree with each other or with the totals row.",
)
@format_option
def importing(
    platform: str,
    files: tuple[Path, ...],
    out: Path | None,
    dry_run: bool,
    strict: bool,
    form: str,
    **said: Any,
) -> None:
    """Read exports of PLATFORM (`auto` to tell it by the headers) into one table.

    Encodings, header rows, totals rows, number and date forms are recognised; what is not
    understood is listed with its row and column, and nothing is written. `optimizer list importers`
    shows the platforms. What `optimizer map` wrote into mapping.yaml beside a file is heeded; an
    option counts more.
    """
    if not dry_run and out is None:
        raise misuse(_("say where to write the table (--out FILE), or look first (--dry-run)"))
    choices = _choices(said)
    with ExitStack() as stack:
        with progress() as say:
            say(_("reading exports"))
            found = stack.enter_context(read_exports(platform, files, choices))
        if dry_run:
            _show(found, form)
        for text in found.notes:
            note(_("note: {text}", text=text))
        for text in found.warnings:
            note(_("warning: {text}", text=text))
        if found.problems:
            raise Problems(found.problems)
        if strict and found.warnings:
            raise Problems(Problem(text) for text in found.warnings)
        if not dry_run and out is not None:
            totals = out.with_name(f"{out.stem}.totals{out.suffix}")
            found.write(out, totals)
            _written(found, out)
            if found.totals is not None:
                note(
                    _(
                        "wrote {out}: {rows} periods of totals, from the same sheet",
                        out=totals,
                        rows=found.totals.rows,
                    )
                )
            if form != "table":
                _show(found, form)


def _written(found: Imported, out: Path) -> None:
    for one in found.sums:
        note(one.text)
    unused = found.unused()
    if len(unused) > SHOWN:
        note(
            _(
                "not used: {names} and {more} more (--dry-run lists them)",
                names=listed(unused[:SHOWN]),
                more=len(unused) - SHOWN,
            )
        )
    elif unused:
        note(_("not used: {names}", names=listed(unused)))
    note(
        _(
            "wrote {out}: {rows} rows of {table} from {files} file(s)",
            out=out,
            rows=found.rows,
            table=found.table,
            files=len(found.files),
        )
    )


def _choices(said: dict[str, Any]) -> Choices:
    zone = said["zone"]
    if zone is not None and zone not in available_timezones():
        raise UserError(
            _("unknown time zone '{zone}'", zone=zone),
            "--zone",
            did_you_mean(zone, available_timezones()),
        )
    return Choices(
        channel=said["channel"],
        split=said["split"],
        columns=tuple(pair(text, "--column", "spend=花费") for text in said["columns"]),
        units=tuple(_unit(text) for text in said["units"]),
        ranges=said["ranges"],
        dates=said["dates"],
        year=said["year"],
        date=said["date"].strftime("%Y-%m-%d") if said["date"] else None,
        zone=zone,
        missing=tuple(said["missing"]),
        ignore=tuple(said["ignore"]),
        tiers=_tiers(said["tiers"]),
        duplicates=said["duplicates"],
        decimal=said["decimal"],
        currency=_currency(said["currency"]),
        sheets=tuple(said["sheets"]),
        totals=said["totals"],
        period=said["period"],
        lines=said["lines"],
    )


def _currency(text: str | None) -> str | None:
    """The code of a currency, as mapping.yaml takes it too."""
    if text is None:
        return None
    try:
        return str(KEYS["currency"].read(text))
    except Wrong as error:
        raise UserError(error.what, "--currency", error.fix) from None


def _unit(text: str) -> tuple[str, float]:
    header, word = pair(text, "--unit", "粉丝量级=万")
    factor = unit_factor(word)
    if factor is None:
        raise UserError(
            _("unknown unit '{word}'", word=word), "--unit", _("known: 元, 千, 万, 亿, 分, %, ‰")
        )
    return header, factor


def _tiers(text: str) -> tuple[float, float, float]:
    try:
        low, middle, high = (float(number) for number in text.split(","))
    except ValueError:
        low = middle = high = 0.0
    if not 0 < low < middle < high < float("inf"):
        raise UserError(
            _("'{text}' are no three rising borders", text=text),
            "--tiers",
            _("write --tiers 10000,50000,500000"),
        )
    return low, middle, high


def _show(found: Imported, form: str) -> None:
    rows = [{name: getattr(column, name) for name in COLUMNS} for column in found.columns]
    whole = {
        "table": found.table or None,
        "importers": list(found.importers),
        "rows": found.rows,
        "columns": rows,
        "inferred": [{name: getattr(one, name) for name in INFERRED} for one in found.inferred],
        "sums": [one.record() for one in found.sums],
        "notes": list(found.notes),
        "warnings": list(found.warnings),
        "problems": [{"what": p.what, "where": p.where, "fix": p.fix} for p in found.problems],
    }
    if emit(form, whole, rows, COLUMNS):
        return
    heads = (_("column"), _("understood as"), _("unit"), _("no value"), _("example"), _("note"))
    for file in dict.fromkeys(column.file for column in found.columns):
        columns = [column for column in found.columns if column.file == file]
        table(file, heads, [_cells(c) for c in columns if c.status != "not used"])
        unused = [_clean(c.header) for c in columns if c.status == "not used"]
        if unused:
            tell(_("not used: {names}", names=listed(unused)))
    if found.inferred:
        heads = (_("file"), _("column"), _("what"), _("taken as"), _("decided by"), _("cells"))
        table(_("inferred"), heads, [_decided(one) for one in found.inferred])
    for one in found.sums:
        tell(one.text)
    tell(
        _(
            "{importers} -> {table}, {rows} rows",
            importers=listed(found.importers) if found.importers else _("nothing"),
            table=found.table or _("no table"),
            rows=found.rows,
        )
    )


def _decided(one: Inferred) -> tuple[Text, ...]:
    cells = "" if one.cells is None else f"{one.cells:,}"
    return (one.file, one.header, WHAT.get(one.what, one.what), one.reading, one.evidence, cells)


def _cells(column: ColumnReport) -> tuple[Text, ...]:
    kind = KINDS.get(column.kind, str(column.kind))
    understood: dict[str, Text] = {
        "read": _("{to} ({kind})", to=column.to, kind=kind),
        "checked": _("for checks: {to} ({kind})", to=column.to, kind=kind),
        "on record": _("kept on record"),
    }
    return (
        column.header,
        understood[column.status],
        "" if column.factor in (None, 1.0) else f"x {column.factor:g}",
        "" if not column.missing else str(column.missing),
        column.example,
        column.say,
    )


def _clean(text: str) -> str:
    return "".join(sign for sign in text if sign.isprintable())
