"""`optimizer import`: platform exports -> our tables."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from optimizer.cli.show import format_option, note, progress, table, tell, to_csv, to_json, words
from optimizer.errors import Problem, Problems, UserError
from optimizer.messages import _


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

    Encodings, header rows, totals rows, number and date forms are recognised; what is not understood is listed with
    its row and column, and nothing is written. `optimizer list importers` shows the platforms.
    """
    if not dry_run and out is None:
        raise click.UsageError(
            _("say where to write the table (--out FILE), or look first (--dry-run)")
        )
    from optimizer.data.importers import read_exports

    choices = _choices(said)
    with ExitStack() as stack:
        with progress() as say:
            say("reading exports")
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
            found.write(out)
            if found.unused():
                names = found.unused()
                note(
                    _("not used: {names}", names=", ".join(names[:15]))
                    + (
                        f" and {len(names) - 15} more (--dry-run lists them)"
                        if len(names) > 15
                        else ""
                    )
                )
            note(
                _(
                    "wrote {out}: {rows} rows of {table} from {files} file(s)",
                    out=out,
                    rows=found.rows,
                    table=found.table,
                    files=len(found.files),
                )
            )
            if form != "table":
                _show(found, form)


def _choices(said: dict[str, Any]) -> Any:
    from optimizer.data.importers import Choices
    from optimizer.data.importers.declare import unit_factor

    units = []
    for header, word in (_pair(text, "--unit", "粉丝量级=万") for text in said["units"]):
        factor = unit_factor(word)
        if factor is None:
            raise UserError(
                _("unknown unit '{word}'", word=word),
                "--unit",
                _("known: 元, 千, 万, 亿, 分, %, ‰"),
            )
        units.append((header, factor))
    try:
        tiers = tuple(float(t) for t in said["tiers"].split(","))
    except ValueError:
        tiers = ()
    if len(tiers) != 3 or not 0 < tiers[0] < tiers[1] < tiers[2] < float("inf"):
        raise UserError(
            _("'{text}' are no three rising borders", text=said["tiers"]),
            "--tiers",
            _("write --tiers 10000,50000,500000"),
        )
    if said["zone"] is not None:
        from zoneinfo import available_timezones

        if said["zone"] not in available_timezones():
            from optimizer.registry import did_you_mean

            raise UserError(
                _("unknown time zone '{zone}'", zone=said["zone"]),
                "--zone",
                did_you_mean(said["zone"], available_timezones()),
            )
    return Choices(
        channel=said["channel"],
        split=said["split"],
        columns=tuple(_pair(t, "--column", "spend=花费") for t in said["columns"]),
        units=tuple(units),
        ranges=said["ranges"],
        dates=said["dates"],
        year=said["year"],
        date=said["date"].strftime("%Y-%m-%d") if said["date"] else None,
        zone=said["zone"],
        missing=tuple(said["missing"]),
        ignore=tuple(said["ignore"]),
        tiers=(tiers[0], tiers[1], tiers[2]),
        duplicates=said["duplicates"],
    )


def _pair(text: str, option: str, example: str) -> tuple[str, str]:
    left, sign, right = text.partition("=")
    if not sign or not left.strip() or not right.strip():
        raise UserError(
            _("'{text}' has no two sides", text=text),
            option,
            _("for example {option} {example}", option=option, example=example),
        )
    return left.strip(), right.strip()


_COLUMNS = (
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


def _show(found: Any, form: str) -> None:
    rows = [{name: getattr(c, name) for name in _COLUMNS} for c in found.columns]
    if form == "json":
        click.echo(
            to_json(
                {
                    "table": found.table or None,
                    "importers": list(found.importers),
                    "rows": found.rows,
                    "columns": rows,
                    "notes": list(found.notes),
                    "warnings": list(found.warnings),
                    "problems": [
                        {"what": p.what, "where": p.where, "fix": p.fix} for p in found.problems
                    ],
                }
            ),
            nl=False,
        )
        return
    if form == "csv":
        click.echo(to_csv(rows, _COLUMNS), nl=False)
        return
    for file in dict.fromkeys(c.file for c in found.columns):
        shown, unused = [], []
        for c in (c for c in found.columns if c.file == file):
            if c.status == "not used":
                unused.append(c.header)
                continue
            factor = "" if c.factor in (None, 1.0) else f"x {c.factor:g}"
            kind = words("ratio" if c.kind == "rate" else str(c.kind))
            understood = {
                "read": f"{c.to} ({kind})",
                "checked": _("for checks: {to} ({kind})", to=c.to, kind=kind),
                "on record": _("kept on record"),
            }[c.status]
            shown.append(
                (
                    c.header,
                    words(understood),
                    factor,
                    "" if not c.missing else str(c.missing),
                    c.example,
                    words(c.say),
                )
            )
        table(file, ("column", _("understood as"), "unit", _("no value"), "example", "note"), shown)
        if unused:
            tell(
                _("not used: ")
                + ", ".join("".join(ch for ch in name if ch.isprintable()) for name in unused)
            )
    tell(
        _(
            "{importers} -> {table}, {rows} rows",
            importers=", ".join(found.importers) or "nothing",
            table=found.table or "no table",
            rows=found.rows,
        )
    )
