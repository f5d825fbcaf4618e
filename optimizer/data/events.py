"""Opening an events table: `user_id,timestamp,channel,event[,value][,tier][,segment]`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from optimizer.data.engine import Engine, literal
from optimizer.data.money import number_checks
from optimizer.data.reading import values
from optimizer.data.reading.checking import Check, Column, Found, checked, match
from optimizer.data.sources import Raw, open_raw
from optimizer.data.tables import Events
from optimizer.errors import UserError
from optimizer.messages import _
from optimizer.registry import did_you_mean

COLUMNS = (
    Column(
        "user_id",
        True,
        hints=(
            "user",
            "uid",
            "userid",
            "customer_id",
            "customer",
            "visitor_id",
            "client_id",
            "openid",
            "用户",
            "用户id",
        ),
    ),
    Column(
        "timestamp",
        True,
        hints=(
            "time",
            "date",
            "datetime",
            "event_time",
            "event_timestamp",
            "ts",
            "day",
            "created_at",
            "时间",
            "日期",
        ),
    ),
    Column(
        "channel",
        True,
        hints=(
            "source",
            "utm_source",
            "medium",
            "platform",
            "media_source",
            "touchpoint",
            "渠道",
            "来源",
            "平台",
        ),
    ),
    Column(
        "event",
        True,
        hints=("event_name", "event_type", "type", "action", "milestone", "事件", "行为"),
    ),
    Column(
        "value",
        hints=(
            "revenue",
            "amount",
            "price",
            "order_value",
            "conversion_value",
            "gmv",
            "金额",
            "成交金额",
        ),
    ),
    Column("tier", hints=("level", "creator_tier", "kol_tier", "层级")),
    Column("segment", hints=("persona", "cohort", "group", "人群")),
)
TOUCH = "touch"
# Finding exact copies needs every row in one hash table; beyond this many rows it is said that nobody looked.
COPIES_UP_TO = 5_000_000


def open_events(
    source: Any,
    columns: Mapping[str, str] | None = None,
    *,
    timezone: str | None = None,
    engine: Engine | str | None = None,
) -> Events:
    """Open and check an events table: csv, parquet, a folder of parquet, pandas, polars, pyarrow.

    Or a database address (`postgres://user@host/db::schema.table`, `file.duckdb::table`).
    columns:  {our name: their name}
    timezone: the clock times are read on and shown in ("Asia/Shanghai"). Cells that carry a zone are moved to it,
              cells without one are taken to be on it. Default: UTC for cells with a zone, as it stands for others.
    Exact copies of a row are kept and counted in the notes: a second touch on the same day is not an error, and a
    purchase repeated at the same moment finds no new touch to credit.
    Raises `Problems` with file, row and column of everything that is wrong.
    """
    raw = open_raw(source, engine)
    found, notes = match(raw, COLUMNS, columns)
    zone = _zone(raw.engine, timezone)
    slashes = _slashes(raw, found["timestamp"])
    columns_of, checks = (
        _columns(found, zone, slashes, raw.stored),
        _checks(found, zone, slashes, raw.stored),
    )
    groups = _plain(raw, columns_of, checks) if raw.stored else None
    if groups is not None:
        table = str(
            raw.engine.define(
                raw.engine.name("events"), f"SELECT {_selected(columns_of)} FROM {raw.view}"
            )
        )
    else:
        table = checked(raw, columns_of, checks, found, "events")
        groups = raw.engine.rows(_grouped(table))
    return _handle(raw, found, table, groups, notes, timezone, slashes)


def _selected(columns: Mapping[str, str]) -> str:
    return ", ".join(f"{sql} AS {name}" for name, sql in columns.items())


def _grouped(table: str, wrong: str = "0") -> str:
    """What the handle tells of a relation of events, by channel and event."""
    return (
        f"SELECT channel, event, count(*), min(timestamp), max(timestamp), count(value), max(value), {wrong} FROM {table}"
        " GROUP BY channel, event ORDER BY (channel IS NOT NULL), channel, event"
    )


def _plain(
    raw: Raw, columns: Mapping[str, str], checks: list[Check]
) -> list[tuple[Any, ...]] | None:
    """The same, and whether any rule is broken, in one scan; None where one is, and it is left to `checked` to say where."""
    wrong = " OR ".join(f"({check.wrong})" for check in checks)
    rows = raw.attempt(
        _grouped(
            f"(SELECT {_selected(columns)}, CASE WHEN {wrong} THEN 1 ELSE 0 END AS wrong FROM {raw.view}) AS read",
            "max(wrong)",
        )
    )
    return rows if rows and not any(row[-1] for row in rows) else None


def _user(user: Found, stored: bool) -> str:
    """The id as text without blanks; as it is where it is a whole number, or text already typed (trimming ten
    million ids takes as long as reading everything else)."""
    if values.is_number(user.kind) and not user.kind.startswith(("FLOAT", "DOUBLE", "DECIMAL")):
        return user.sql
    return (
        f"NULLIF({user.sql}, '')"
        if stored and user.kind == "VARCHAR"
        else values.text(user.sql, user.kind)
    )


def _columns(
    found: Mapping[str, Found], zone: str, slashes: str | None, stored: bool
) -> dict[str, str]:
    def text(name: str) -> str:
        return (
            values.text(found[name].sql, found[name].kind)
            if name in found
            else "CAST(NULL AS VARCHAR)"
        )

    channel = text("channel")
    if "tier" in found:
        channel = f"CASE WHEN {text('tier')} IS NULL THEN {channel} ELSE {channel} || '/' || {text('tier')} END"
    when, value = found["timestamp"], found.get("value")
    return {
        "user_id": _user(found["user_id"], stored),
        "timestamp": values.time(when.sql, when.kind, zone, slashes),
        "channel": channel,
        "event": text("event"),
        "value": values.number(value.sql, value.kind) if value else "CAST(NULL AS DOUBLE)",
        "segment": text("segment"),
    }


def _checks(
    found: Mapping[str, Found], zone: str, slashes: str | None, stored: bool
) -> list[Check]:
    def text(name: str) -> str:
        return values.text(found[name].sql, found[name].kind)

    when = found["timestamp"]
    time = values.time(when.sql, when.kind, zone, slashes)
    absent = f"{text('timestamp')} IS NULL" if values.is_text(when.kind) else f"{when.sql} IS NULL"
    checks = [
        Check(
            "user_id",
            f"{_user(found['user_id'], stored)} IS NULL",
            _("user_id is empty"),
            _("every event needs its user; leave out events of unknown users"),
        ),
        Check("timestamp", absent, _("timestamp is empty"), _("every event needs its time")),
        Check(
            "timestamp",
            f"NOT ({absent}) AND {time} IS NULL",
            "this is no time that can be read safely: {cell}",
            _("write 2026-08-13 09:30:00, with +08:00 or Z after it if it has a zone"),
        ),
        Check(
            "timestamp",
            f"COALESCE({time} NOT BETWEEN TIMESTAMP '1971-01-01' AND TIMESTAMP '2199-12-31', FALSE)",
            "the year cannot be right: {cell}",
            _("write 2026-08-13 09:30:00"),
        ),
        Check(
            "event",
            f"{text('event')} IS NULL",
            _("event is empty"),
            _("write touch, or a milestone's name such as purchase"),
        ),
        Check(
            "channel",
            f"{text('channel')} IS NULL AND {text('event')} = {literal(TOUCH)}",
            _("a touch names no channel"),
            _("name the channel; only milestones may leave it empty"),
        ),
    ]
    if "value" in found:
        checks += number_checks("value", found["value"])
    return checks


def _zone(engine: Any, timezone: str | None) -> str:
    if timezone is None:
        return "UTC"
    local = engine if isinstance(engine, Engine) else Engine()
    known = [row[0] for row in local.rows("SELECT name FROM pg_timezone_names()")]
    if timezone not in known:
        raise UserError(
            _("unknown time zone '{zone}'", zone=timezone),
            "timezone",
            did_you_mean(timezone, known),
        )
    return timezone


def _slashes(raw: Raw, when: Found) -> str | None:
    """ "dm" or "md" where the column holds 13/8/2026 and its rows settle which part is the day; None otherwise."""
    import duckdb

    if not values.is_text(when.kind):
        return None
    cell = values.text(when.sql, when.kind)
    parts = [
        f"max(TRY_CAST(regexp_extract({cell}, {literal(values.SLASHED)}, {i}) AS INTEGER))"
        for i in (1, 2)
    ]
    try:
        (any_slashed,) = raw.engine.rows(
            f"SELECT count(*) FROM (SELECT {cell} AS cell FROM {raw.view} LIMIT 1000) WHERE regexp_full_match(cell, {literal(values.SLASHED)})"
        )[0]
        if not any_slashed:
            return None
        first, second = raw.engine.rows(f"SELECT {', '.join(parts)} FROM {raw.view}")[0]
    except duckdb.Error:
        return None  # a broken file; the reading proper says where
    if (first or 0) > 12 >= (second or 0):
        return "dm"
    return "md" if (second or 0) > 12 >= (first or 0) else None


def _handle(
    raw: Raw,
    found: Mapping[str, Found],
    table: str,
    groups: list[tuple[Any, ...]],
    notes: list[str],
    timezone: str | None,
    slashes: str | None,
) -> Events:
    engine, when = raw.engine, found["timestamp"]
    rows, valued = (sum(int(group[i]) for group in groups) for i in (2, 5))
    begin, end = min(group[3] for group in groups), max(group[4] for group in groups)
    values: dict[str, tuple[int, float]] = {}
    channels: dict[str, int] = {}
    events: dict[str, int] = {}
    for channel, event, number, __, __, with_value, top, __ in groups:
        events[event] = events.get(event, 0) + number
        seen = values.get(event, (0, 0.0))
        values[event] = (seen[0] + int(with_value), max(seen[1], float(top or 0.0)))
        if event == TOUCH:
            channels[channel] = channels.get(channel, 0) + number
    if TOUCH not in events:
        near = did_you_mean(TOUCH, events)
        listed = ", ".join(
            f"{name} ({number:,})"
            for name, number in sorted(events.items(), key=lambda pair: (-pair[1], pair[0]))[:8]
        )
        raise UserError(
            _("no event is called 'touch'; events here: {listed}", listed=listed),
            _("{label}: column {column}", label=raw.label, column=found["event"].name),
            _("call a contact with a channel 'touch'; {near}", near=near),
        )
    segments = (
        [
            row[0]
            for row in engine.rows(
                f"SELECT DISTINCT segment FROM {table} WHERE segment IS NOT NULL ORDER BY segment LIMIT 1001"
            )
        ]
        if "segment" in found
        else []
    )
    zone = _zone_note(engine, raw, when, rows, timezone, notes)
    if slashes:
        notes.append(
            _(
                "{label}: dates such as 13/8/2026 are read as {order}, as the rows show",
                label=raw.label,
                order="day/month/year" if slashes == "dm" else "month/day/year",
            )
        )
    notes += _alike(raw.label, channels)
    notes += _copies(engine, raw, table, rows)
    facts = {
        "kind": "events",
        "label": raw.label,
        "rows": rows,
        "from": str(begin),
        "to": str(end),
        "channels": dict(sorted(channels.items())),
        "events": dict(sorted(events.items())),
        "segments": segments,
        "zone": zone,
        "rows_with_value": valued,
        "values": dict(sorted(values.items())),
        "table": table,
    }
    return Events(engine, table, facts, tuple(notes))


def _zone_note(
    engine: Any, raw: Raw, when: Found, rows: int, timezone: str | None, notes: list[str]
) -> str:
    if when.kind.startswith("TIMESTAMP WITH TIME ZONE"):
        zoned = rows
    elif values.is_text(when.kind) or values.is_number(when.kind):
        (zoned,) = engine.rows(
            f"SELECT sum(CASE WHEN {values.zoned(when.sql, when.kind)} THEN 1 ELSE 0 END) FROM {raw.view}"
        )[0]
    else:
        zoned = 0
    clock = timezone or "UTC"
    if 0 < zoned < rows:
        notes.append(
            _(
                "{label}: {zoned} times carry a time zone and {rows} do not; the latter are "
                "taken to be in {clock} (set timezone to change it)",
                label=raw.label,
                zoned=f"{zoned:,}",
                rows=f"{rows - zoned:,}",
                clock=clock,
            )
        )
    elif zoned:
        notes.append(_("{label}: times are shown in {clock}", label=raw.label, clock=clock))
    else:
        notes.append(
            _("{file}: times carry no time zone and are taken as they stand", file=raw.label)
            + (f", in {timezone}" if timezone else "")
        )
        clock = timezone or _("as written")
    return clock


def _alike(label: str, channels: Mapping[str, int]) -> list[str]:
    """Names that differ by case or blanks only are probably one channel; they are kept apart and named."""
    groups: dict[str, list[str]] = {}
    for name in sorted(channels):
        groups.setdefault("".join(name.split()).casefold(), []).append(name)
    pairs = [
        " and ".join(repr(name) for name in names) for names in groups.values() if len(names) > 1
    ]
    return (
        [
            _(
                "{file}: these channels differ by case or blanks only and are kept apart: {names}",
                file=label,
                names="; ".join(pairs[:10]),
            )
        ]
        if pairs
        else []
    )


def _copies(engine: Any, raw: Raw, table: str, rows: int) -> list[str]:
    if rows > COPIES_UP_TO:
        return [
            _(
                "{file}: exact copies of rows were not looked for (more than {a} rows)",
                file=raw.label,
                a=f"{COPIES_UP_TO:,}",
            )
        ]
    same = "user_id, timestamp, channel, event, value, segment"
    kinds, extra = engine.rows(
        f"SELECT count(*), COALESCE(sum(n - 1), 0) FROM (SELECT {same}, count(*) AS n FROM {table} GROUP BY {same} HAVING count(*) > 1) AS copied"
    )[0]
    if not extra:
        return []
    return [
        _(
            "{file}: {a} rows are exact copies of another row ({b} different rows); they "
            "are kept, and count as touches of their own",
            file=raw.label,
            a=f"{int(extra):,}",
            b=f"{kinds:,}",
        )
    ]
