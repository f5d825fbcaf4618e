"""Opening a spend table:
`period,channel,spend[,exposures][,clicks][,posts][,claimed][,tier][,segment][,currency]`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from optimizer.data.engine import Engine
from optimizer.data.one_currency import currency_column, one_currency
from optimizer.data.periods import PERIODS, period_of
from optimizer.data.raw import Raw
from optimizer.data.reading.checking import Checked, checked
from optimizer.data.reading.columns import Layout, column
from optimizer.data.reading.matching import match
from optimizer.data.reading.rules import Check, Rules, number_checks
from optimizer.data.reading.values import Found
from optimizer.data.sources import open_raw
from optimizer.data.tables import Spend
from optimizer.errors import Problem, Problems, UserError
from optimizer.messages import Message, _
from optimizer.registry import did_you_mean

if TYPE_CHECKING:
    import pandas as pd

NUMBERS = ("spend", "exposures", "clicks", "posts", "claimed")
COLUMNS = (
    column(
        "period",
        *("period", "week", "date", "month", "day", "日期", "时间", "周", "周起始", "月份"),
        kind="day",
        required=True,
        prefer=True,
        hints=("time", "datetime", "weekstart", "week_start", "period_start", "统计日期"),
    ),
    column(
        "channel",
        *("channel", "渠道", "媒体", "媒介", "source"),
        required=True,
        hints=("platform", "media", "平台"),
    ),
    column(
        "spend",
        *("spend", "cost", "花费", "消耗", "消费", "费用", "投放金额", "amount spent"),
        kind="money",
        required=True,
        hints=("amount", "budget", "总费用"),
    ),
    column(
        "exposures",
        *("exposures", "impressions", "展现量", "曝光量", "展示量", "曝光", "展现"),
        kind="count",
        hints=("views", "reach"),
    ),
    column("clicks", "clicks", "点击量", "点击数", "点击", "点击次数", kind="count"),
    column(
        "posts",
        *("posts", "笔记数", "发布数", "投放篇数", "篇数"),
        kind="count",
        hints=("notes", "videos"),
    ),
    column(
        "claimed",
        *("claimed", "claims", "conversions", "purchases", "claimed conversions"),
        *("转化数", "转化量", "成交订单数", "平台转化数", "归因订单数"),
        kind="number",
        prefer=True,
        say=_("as the platform claims them"),
    ),
    column("tier", "tier", "层级", hints=("level",)),
    column("segment", "segment", "人群", "分群", "人群名称", "persona", "audience"),
    currency_column(),
)
LAYOUT = Layout(_("plain spend table"), "spend", COLUMNS)


def read_spend(
    source: Any,
    columns: Mapping[str, str] | None = None,
    *,
    period: str | None = None,
    engine: Engine | str | None = None,
) -> Spend:
    """Read and check a spend table.

    Rows of the same period and channel (campaigns, say) are added up and the notes say so; a row
    that repeats another in every cell is a problem, since nobody can tell a copy from a second
    purchase.

    Parameters
    ----------
    source
        csv, parquet, pandas, polars, pyarrow, a database address.
    columns
        {our name: their name}
    period
        day, week or month; inferred from the dates (or from the column's name where there is one
        date only).
    engine
        What reads it.

    Raises
    ------
    Problems
        With file, row and column of everything that is wrong.
    """
    if period is not None and period not in PERIODS:
        raise UserError(
            _("unknown period '{period}'", period=period), "period", did_you_mean(period, PERIODS)
        )
    matched = match(open_raw(source, engine), LAYOUT, columns)
    raw, found = matched.raw, matched.found
    table = checked(raw, found, Rules("spend", _columns, _checks, totals=True))
    currency = one_currency(table.raw, table.found, ("spend",), table.signs)
    copies = _copies(raw)
    if copies:
        raise Problems(copies)
    notes = [*matched.notes, *raw.left_out]
    said = period or matched.raw.mapping.period
    return replace(_spend(table, notes, said, "segment" in found), currency=currency)


def _columns(found: Mapping[str, Found]) -> dict[str, str]:
    absent = "CAST(NULL AS DOUBLE)"
    numbers = {n: found[n].number if n in found else absent for n in NUMBERS}
    segment = "CAST(NULL AS VARCHAR)"
    if "segment" in found:
        segment = f"COALESCE({found['segment'].text}, '')"
    shape = {"period": found["period"].day, "channel": _channel(found)}
    return {**shape, **numbers, "segment": segment}


def _channel(found: Mapping[str, Found]) -> str:
    """SQL: the channel, with its tier below it where one is given."""
    channel = found["channel"].text
    if "tier" not in found:
        return channel
    tier = found["tier"].text
    return f"CASE WHEN {tier} IS NULL THEN {channel} ELSE {channel} || '/' || {tier} END"


def period_checks(found: Found) -> list[Check]:
    """Rules for the column that holds the periods' first days."""
    when, absent = found.day, found.absent
    first, last = "TIMESTAMP '1971-01-01'", "TIMESTAMP '2199-12-31'"
    return [
        Check(
            "period", absent, _("period is empty"), _("write the period's first day: 2026-08-10")
        ),
        Check(
            "period",
            f"NOT ({absent}) AND {when} IS NULL",
            _("this is no date that can be read safely"),
            _("write 2026-08-10, 2026-W33 or 2026-08"),
            shows=True,
        ),
        Check(
            "period",
            f"COALESCE({when} NOT BETWEEN {first} AND {last}, FALSE)",
            _("the year cannot be right"),
            _("write 2026-08-10"),
            shows=True,
        ),
    ]


def _checks(found: Mapping[str, Found]) -> list[Check]:
    checks = [
        *period_checks(found["period"]),
        Check(
            "channel",
            f"{found['channel'].text} IS NULL",
            _("channel is empty"),
            _("name the channel"),
        ),
    ]
    for name in NUMBERS:
        if name in found:
            checks += number_checks(name, found[name], required=name == "spend")
    return checks


def _copies(raw: Raw) -> list[Problem]:
    """Rows that repeat an earlier row in every cell of the file, not only in columns we know."""
    every = sorted({sql for sql, __ in raw.columns.values()})
    anything = ", ".join(f"CAST({sql} AS VARCHAR)" for sql in every)
    rows = raw.engine.rows(
        f"SELECT record, first FROM (SELECT record, min(record) OVER (PARTITION BY"
        f" {', '.join(every)}) AS first FROM (SELECT row_number() OVER () AS record, *"
        f" FROM {raw.view}) AS numbered WHERE COALESCE({anything}, NULL) IS NOT NULL) AS copied"
        " WHERE record > first ORDER BY record"
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


def _spend(checked: Checked, notes: list[Message], period: str | None, segments: bool) -> Spend:
    raw, table, when = checked.raw, checked.table, checked.found["period"]
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
    unit, remark = period_of({stamp.date() for stamp in frame["period"]}, when, period, raw)
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
