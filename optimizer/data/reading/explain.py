"""What is wrong with a cell, in the words of the table it stands in, and what to try."""

from __future__ import annotations

import re

from optimizer.data.engine import quoted
from optimizer.data.reading import cells, day_cells
from optimizer.data.reading.headers import Match
from optimizer.data.reading.rows import records
from optimizer.data.reading.source import DATA, Reading
from optimizer.errors import Open, Problem
from optimizer.messages import Message, _

# what is wrong, what to try, and where an answer settles it the question
_SLASHED = re.compile(r"\s*\d{1,2}[/.-]\d{1,2}[/.-]\d{4}.*")
Advice = tuple[Message, Message] | tuple[Message, Message, Open]


def not_understood(reading: Reading) -> list[Problem]:
    """The cells that were not understood, or are empty where a row cannot do without them; the
    first of each column.
    """
    out = []
    for i, match in enumerate(reading.used):
        entry = match.entry
        needed = (
            entry.required
            and not entry.blank
            and (entry.kind not in ("money", "count") or reading.layout.table == "orders")
        )
        wrong = f"{quoted(entry.to)} IS NULL" if needed else f"_r{i} IS NOT NULL"
        where = f"FROM {reading.table} WHERE _state = {DATA} AND ({wrong})"
        many = reading.one(f"SELECT count(*) {where}")[0]
        if not many:
            continue
        rows = reading.column(f"SELECT _row {where} ORDER BY _row LIMIT 3")
        found = records(reading.connection, reading.part, reading.header, rows)
        for row in rows:
            place, record = found.get(row, (row + 1, ()))
            raw = (record[match.position] or "") if match.position < len(record) else ""
            what, fix, *asked = explain(reading, match, raw)
            if many > 3 and row == rows[-1]:
                what = _("{what} ({many} such cells)", what=what, many=many)
            question = asked[0] if asked else None
            out.append(Problem(what, reading.place(match, place), fix, open=question))
    return out


def explain(reading: Reading, match: Match, raw: str) -> Advice:
    """What is wrong with a cell that was not understood."""
    kind, header, shown = match.entry.kind, match.header.strip(), repr(raw[:40])
    if not raw.strip() or raw.strip().lower() in cells.MISSING:
        return (
            _("no value where one is needed: {shown}", shown=shown),
            _("fill it in, or delete the row"),
        )
    if raw.strip() in cells.ERRORS:
        return (
            _("the cell holds a spreadsheet's error: {shown}", shown=raw.strip()),
            _("mend the formula in the spreadsheet and save again"),
        )
    if match.written in match.entry.unclear and re.fullmatch(r"\s*\d+(\.\d+)?\s*", raw):
        return (
            _("{shown} could be in 万 or not: '{header}' does not say", shown=shown, header=header),
            _(
                "say which: --unit '{header}=万' or --unit '{header2}=个'",
                header=header,
                header2=header,
            ),
            Open(f"units.{header}", ("万", "个")),
        )
    if kind in ("day", "time"):
        return _day(raw, shown)
    if kind in ("epoch_s", "epoch_us"):
        unit = _("seconds") if kind == "epoch_s" else _("microseconds")
        return (
            _("{shown} is no time in {unit} since 1970", shown=shown, unit=unit),
            _("export it again"),
        )
    if kind == "json":
        return _("this is not JSON: {shown}", shown=shown), _("export it again")
    if kind == "id":
        return (
            _("{shown} is an id a spreadsheet has shortened", shown=shown),
            _("export again and do not open the file in a spreadsheet before importing"),
        )
    return _number(raw, shown, header, kind, reading.layout.table)


def _day(raw: str, shown: str) -> Advice:
    if _SLASHED.fullmatch(raw):
        return (
            _("{shown} could be month/day or day/month", shown=shown),
            _("say which: --dates mdy or --dates dmy"),
            Open("dates", ("mdy", "dmy")),
        )
    if re.fullmatch(
        rf"\s*(\d{{1,2}}月\d{{1,2}}日|{day_cells.ENGLISH[2][0]}|{day_cells.ENGLISH[3][0]})\s*", raw
    ):
        return _("{shown} has no year", shown=shown), _("say it: --year 2026"), Open("year")
    if re.fullmatch(r"\s*\d{5}(\.\d+)?\s*", raw):
        return (
            _("{shown} is a spreadsheet's day number", shown=shown),
            _("format the column as a date in the spreadsheet and save again"),
        )
    if re.search(r"\d\s*(~|至|-|—)\s*\d{4}", raw):
        return _("{shown} covers several days", shown=shown), _("export by day")
    return _("{shown} is no date that is understood", shown=shown), _("write it as 2026-08-13")


def _number(raw: str, shown: str, header: str, kind: str, table: str) -> Advice:
    right_column = _("look whether '{header}' is the right column", header=header)
    if re.search(r"[~至到]|\d.*[-—–].*\d", raw):
        return (
            _("{shown} is a range", shown=shown),
            _("say which end counts: --ranges low, mid or high"),
            Open("ranges", ("low", "mid", "high")),
        )
    if raw.strip().endswith("+"):
        return (
            _("{shown} is a lower bound", shown=shown),
            _("say --ranges low to take it as it stands"),
            Open("ranges", ("low",)),
        )
    if re.fullmatch(r"\s*\d(\.\d+)?E\+?\d+\s*", raw):
        return (
            _("{shown} was shortened by a spreadsheet", shown=shown),
            _("format the column as a number and save again"),
        )
    if "%" in raw:
        return _("{shown} is a share where a number is needed", shown=shown), right_column
    if raw.strip().startswith(("-", "(", "－")) and table in ("spend", "shop", "creators"):
        return (
            _("{name} is negative: {cell}", name=header, cell=shown),
            _("delete the row, or book the refund where it belongs"),
        )
    if kind == "count" and re.fullmatch(r"\s*\d+\.\d+\s*", raw):
        return _("{shown} is no whole number", shown=shown), right_column
    return (
        _("{shown} is no number that is understood", shown=shown),
        _("write it as 11269 or 11,269, or say --missing WORD if it means no value"),
    )
