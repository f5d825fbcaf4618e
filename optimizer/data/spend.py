"""Opening a spend table: `period,channel,spend[,exposures][,clicks][,posts][,tier][,segment]`; `week`, `date`, `month` stand for period."""

from __future__ import annotations

import datetime
import itertools
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from optimizer.data.engine import Engine, literal
from optimizer.data.money import number_checks
from optimizer.data.reading import values
from optimizer.data.reading.checking import Check, Column, Found, checked, match
from optimizer.data.sources import Raw, open_raw
from optimizer.data.tables import Spend
from optimizer.errors import Problem, Problems, UserError
from optimizer.messages import _
from optimizer.registry import did_you_mean

if TYPE_CHECKING:
    import pandas as pd

NUMBERS = ("spend", "exposures", "clicks", "posts")
COLUMNS = (
    Column(
        "period",
        True,
        ("week", "date", "month", "day"),
        hints=(
            "time",
            "datetime",
            "weekstart",
            "week_start",
            "period_start",
            "日期",
            "周",
            "统计日期",
        ),
    ),
    Column("channel", True, hints=("source", "platform", "media", "渠道", "平台")),
    Column("spend", True, hints=("cost", "amount", "budget", "消耗", "花费", "消费", "总费用")),
    Column("exposures", hints=("impressions", "views", "reach", "展现量", "曝光")),
    Column("clicks", hints=("点击量", "点击数")),
    Column("posts", hints=("notes", "videos", "笔记数")),
    Column("tier", hints=("level", "层级")),
    Column("segment", hints=("persona", "audience", "人群", "分群")),
)
MONTH = r"\d{4}[-/]?\d{1,2}|\d{4}年\d{1,2}月"
WEEK = r"(\d{4})-?W(\d{1,2})"
PERIODS = ("day", "week", "month")


def read_spend(
    source: Any,
    columns: Mapping[str, str] | None = None,
    *,
    period: str | None = None,
    engine: Engine | str | None = None,
) -> Spend:
    """Read and check a spend table: csv, parquet, pandas, polars, pyarrow.

    period: day, week or month; inferred from the dates (or from the column's name where there is one date only).
    Rows of the same period and channel (campaigns, say) are added up and the notes say so; a row that repeats another
    in every cell is a problem, since nobody can tell a copy from a second purchase.
    Raises `Problems` with file, row and column of everything that is wrong.
    """
    if period is not None and period not in PERIODS:
        raise UserError(
            _("unknown period '{period}'", period=period), "period", did_you_mean(period, PERIODS)
        )
    raw = open_raw(source, engine)
    found, notes = match(raw, COLUMNS, columns)
    when = found["period"]
    start = _start(when)
    channel = values.text(found["channel"].sql, found["channel"].kind)
    if "tier" in found:
        tier = values.text(found["tier"].sql, found["tier"].kind)
        channel = f"CASE WHEN {tier} IS NULL THEN {channel} ELSE {channel} || '/' || {tier} END"
    shape = {"period": start, "channel": channel} | {
        name: values.number(found[name].sql, found[name].kind)
        if name in found
        else "CAST(NULL AS DOUBLE)"
        for name in NUMBERS
    }
    shape["segment"] = (
        f"COALESCE({values.text(found['segment'].sql, found['segment'].kind)}, '')"
        if "segment" in found
        else "CAST(NULL AS VARCHAR)"
    )
    table = checked(raw, shape, _checks(found, start), found, "spend")
    copies = _copies(raw, found)
    if copies:
        raise Problems(copies)
    return _spend(raw, table, when, notes, period, "segment" in found)


def _start(when: Found) -> str:
    """The first day of the period as TIMESTAMP: dates, 2026-W33 (ISO week, from Monday), 2026-08."""
    date = f"date_trunc('day', {values.time(when.sql, when.kind)})"
    if not values.is_text(when.kind):
        return date
    cell = values.text(when.sql, when.kind)
    digits = f"regexp_replace({cell}, '[-/年月]', '', 'g')"
    month = f"try_strptime(left({digits}, 4) || '-' || lpad(substr({digits}, 5), 2, '0'), '%Y-%m')"
    iso = f"TRY_CAST(regexp_extract({cell}, {literal(WEEK)}, 1) || '-01-04' AS TIMESTAMP)"
    number = f"TRY_CAST(regexp_extract({cell}, {literal(WEEK)}, 2) AS INTEGER)"
    # 4 January always lies in ISO week 1; week 53 exists only where it still lies mostly in that year.
    monday = f"date_trunc('week', {iso}) + to_days(7 * ({number} - 1))"
    week = (
        f"CASE WHEN {number} BETWEEN 1 AND 53 AND weekofyear({monday}) = {number} THEN {monday} END"
    )
    return (
        f"CASE WHEN regexp_full_match({cell}, {literal(WEEK)}) THEN {week}"
        f" WHEN regexp_full_match({cell}, {literal(MONTH)}) THEN {month} ELSE {date} END"
    )


def _checks(found: Mapping[str, Found], start: str) -> list[Check]:
    when, channel = found["period"], found["channel"]
    absent = (
        f"{values.text(when.sql, when.kind)} IS NULL"
        if values.is_text(when.kind)
        else f"{when.sql} IS NULL"
    )
    checks = [
        Check(
            "period", absent, _("period is empty"), _("write the period's first day: 2026-08-10")
        ),
        Check(
            "period",
            f"NOT ({absent}) AND {start} IS NULL",
            "this is no date that can be read safely: {cell}",
            _("write 2026-08-10, 2026-W33 or 2026-08"),
        ),
        Check(
            "period",
            f"COALESCE({start} NOT BETWEEN TIMESTAMP '1971-01-01' AND TIMESTAMP '2199-12-31', FALSE)",
            "the year cannot be right: {cell}",
            _("write 2026-08-10"),
        ),
        Check(
            "channel",
            f"{values.text(channel.sql, channel.kind)} IS NULL",
            _("channel is empty"),
            _("name the channel"),
        ),
    ]
    for name in NUMBERS:
        if name in found:
            checks += number_checks(name, found[name], required=name == "spend")
    return checks


def _copies(raw: Raw, found: Mapping[str, Found]) -> list[Problem]:
    """Rows that repeat an earlier row in every cell of the file (not only in the columns we know)."""
    every = ", ".join(sorted({sql for sql, __ in raw.columns.values()}))
    rows = raw.engine.rows(
        f"SELECT record, first FROM (SELECT record, min(record) OVER (PARTITION BY {every}) AS first"
        f" FROM (SELECT row_number() OVER () AS record, * FROM {raw.view})) WHERE record > first ORDER BY record"
    )
    shown = rows[:20]
    places = raw.rows_of([int(number) for pair in shown for number in pair]) if raw.rows_of else {}
    problems = [
        Problem(
            _("repeats row {first} in every cell", first=places.get(first, first)),
            _("{label}: row {row}", label=raw.label, row=places.get(record, record)),
            _("delete the copy; if both are real, add them up in one row"),
        )
        for record, first in shown
    ]
    if len(rows) > len(shown):
        problems.append(
            Problem(
                _(
                    "{rows} more rows repeat another row in every cell",
                    rows=f"{len(rows) - len(shown):,}",
                ),
                raw.label,
            )
        )
    return problems


def _spend(
    raw: Raw, table: str, when: Found, notes: list[str], period: str | None, segments: bool
) -> Spend:
    by_segment = _by_segment(raw, table) if segments else None
    frame = raw.engine.frame(f"SELECT period, channel, {', '.join(NUMBERS)} FROM {table}")
    before = len(frame)
    # Sums in sorted order: the order of rows in the file never reaches the last bit.
    frame = frame.sort_values(["period", "channel", *NUMBERS], kind="stable")
    frame = frame.groupby(["period", "channel"], as_index=False, sort=True)[list(NUMBERS)].sum(
        min_count=1
    )
    if by_segment is not None:
        before -= len(by_segment) - len(frame)
    if len(frame) < before:
        notes.append(
            _(
                "{file}: {a} rows share period and channel with another row and are added up",
                file=raw.label,
                a=f"{before - len(frame):,}",
            )
        )
    unit, remark = _unit(frame, when, period, raw)
    if remark:
        notes.append(remark)
    return Spend(
        frame, tuple(sorted(frame["channel"].unique())), unit, raw.label, tuple(notes), by_segment
    )


def _by_segment(raw: Raw, table: str) -> pd.DataFrame:
    frame: pd.DataFrame = raw.engine.frame(f"SELECT period, channel, segment, spend FROM {table}")
    frame = frame.sort_values(["period", "channel", "segment", "spend"], kind="stable")
    return frame.groupby(["period", "channel", "segment"], as_index=False, sort=True)[
        ["spend"]
    ].sum(min_count=1)


def _unit(frame: pd.DataFrame, when: Found, period: str | None, raw: Raw) -> tuple[str, str | None]:
    """day, week or month, from the distances between the dates; a remark where it was not certain."""
    dates = sorted({stamp.date() for stamp in frame["period"]})
    if values.is_text(when.kind):
        (sample,) = raw.engine.rows(
            f"SELECT min({values.text(when.sql, when.kind)}) FROM {raw.view}"
        )[0]
        written = (
            "week"
            if re.fullmatch(WEEK, sample)
            else "month"
            if re.fullmatch(MONTH, sample)
            else None
        )
    else:
        written = None
    found = written or _unit_of(dates)
    named = {"week": "week", "month": "month", "date": "day", "day": "day"}.get(
        when.name.strip().lower()
    )
    if found is None:
        found = period or named or "week"
        return (
            found,
            None
            if period or named
            else _("{file}: one date only; it is taken as a week", file=raw.label),
        )
    if period and period != found:
        if (period, found) in (("week", "day"), ("month", "day"), ("month", "week")):
            return found, _(
                "{label}: the dates are {found}s, not {period}s",
                label=raw.label,
                found=found,
                period=period,
            )
        raise UserError(
            _("the dates are {found}s, not {period}s", found=found, period=period),
            _("{label}: column {column}", label=raw.label, column=when.name),
            _("say period: {found}, or give each {period} its own row", found=found, period=period),
        )
    return found, None


def _unit_of(dates: list[datetime.date]) -> str | None:
    if len(dates) < 2:
        return None
    if all(date.day == 1 for date in dates):
        return "month"
    gaps = [(b - a).days for a, b in itertools.pairwise(dates)]
    return "week" if all(gap % 7 == 0 for gap in gaps) else "day"
