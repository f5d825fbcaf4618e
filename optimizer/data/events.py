"""Opening an events table: `user_id,timestamp,channel,event[,value][,tier][,segment]`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from optimizer.data.engine import Engine, literal
from optimizer.data.event_facts import TOUCH, alike, clock_of, copies, facts_of, moves
from optimizer.data.flags import FLAG, as_event, flagged, is_flagged, note, touches_and_purchases
from optimizer.data.mapping.doors import heads
from optimizer.data.mapping.words import no_touch
from optimizer.data.one_currency import currency_column, one_currency
from optimizer.data.raw import Raw
from optimizer.data.reading import values
from optimizer.data.reading.checking import checked
from optimizer.data.reading.columns import Layout, column
from optimizer.data.reading.matching import match
from optimizer.data.reading.rules import Check, Rules, number_checks
from optimizer.data.reading.values import Found
from optimizer.data.sources import open_raw
from optimizer.data.tables import Events
from optimizer.errors import Problems, UserError
from optimizer.messages import _, listed
from optimizer.registry import did_you_mean

COLUMNS = (
    column(
        "user_id",
        *("user_id", "用户ID", "用户", "用户编号", "访客ID", "userid", "customer_id", "visitor_id"),
        kind="id",
        required=True,
        hints=("user", "uid", "customer", "client_id", "openid"),
    ),
    column(
        "timestamp",
        *("timestamp", "time", "时间", "事件时间", "event_time"),
        kind="time",
        required=True,
        hints=("date", "datetime", "event_timestamp", "ts", "day", "created_at", "日期"),
    ),
    column(
        "channel",
        *("channel", "渠道"),
        required=True,
        hints=(
            *("source", "utm_source", "medium", "platform", "media_source", "touchpoint"),
            *("来源", "平台"),
        ),
    ),
    column(
        "event",
        *("event", "事件", "event_name", "event_type"),
        required=True,
        hints=("type", "action", "milestone", "行为"),
    ),
    column(
        "value",
        *("value", "金额", "revenue"),
        kind="money",
        hints=("amount", "price", "order_value", "conversion_value", "gmv", "成交金额"),
    ),
    column("tier", "tier", "层级", hints=("level", "creator_tier", "kol_tier")),
    column("segment", "segment", "人群", "分群", hints=("persona", "cohort", "group")),
    currency_column(),
)
LAYOUT = Layout(_("plain events table"), "events", COLUMNS)
FLAGGED = flagged(LAYOUT)


def open_events(
    source: Any,
    columns: Mapping[str, str] | None = None,
    *,
    timezone: str | None = None,
    engine: Engine | str | None = None,
    touch: Sequence[str] = (TOUCH,),
) -> Events:
    """Open and check an events table.

    Exact copies of a row are kept and counted in the notes: a second touch on the same day is not
    an error, and a purchase repeated at the same moment finds no new touch to credit.

    Parameters
    ----------
    source
        csv, parquet, a folder of parquet, pandas, polars, pyarrow, or a database address
        (`postgres://user@host/db::schema.table`, `file.duckdb::table`).
    columns
        {our name: their name}
    timezone
        The clock times are read on and shown in ("Asia/Shanghai"). Cells that carry a zone are
        moved to it, cells without one are taken to be on it. Default: UTC for cells with a zone, as
        it stands for others.
    engine
        What reads it.
    touch
        The words for a touch, of which one at least must be there.

    Raises
    ------
    Problems
        With file, row and column of everything that is wrong.
    """
    raw = open_raw(source, engine)
    timezone = timezone or raw.mapping.timezone
    by_flag = is_flagged(LAYOUT, raw.columns, heads(raw.mapping, FLAGGED, raw.columns, columns))
    matched = match(raw, FLAGGED if by_flag else LAYOUT, columns)
    raw, found = matched.raw, as_event(matched.found) if by_flag else matched.found
    zone = _zone(raw.engine, timezone)
    slashes = _slashes(raw, found["timestamp"])
    rules = Rules(
        "events",
        lambda found: {
            **_columns(found, zone, slashes, raw.stored),
            **(_instants(found, zone, slashes) if timezone is not None and raw.local else {}),
        },
        lambda found: _checks(found, zone, slashes, raw.stored),
        zone,
        slashes,
    )
    quick = raw.stored and not by_flag
    signs: tuple[str, ...] = ()
    groups = _plain(raw, rules.columns(found), rules.checks(found)) if quick else None
    if groups is not None:
        sql = f"SELECT {_selected(rules.columns(found))} FROM {raw.view}"
        table = str(raw.engine.define(raw.engine.name("events"), sql))
    else:
        read = checked(raw, found, rules)
        table, signs = read.table, read.signs
        if by_flag:
            both = touches_and_purchases(table, rules.columns(found))
            table = str(raw.engine.define(raw.engine.name("events"), both))
        groups = raw.engine.rows(_grouped(table))
    _refuse_no_touch(raw, found, groups, touch)
    notes = [*matched.notes, *raw.left_out]
    clock, said = clock_of(raw, found["timestamp"], sum(int(g[2]) for g in groups), timezone)
    facts = facts_of(raw, table, groups, clock, "segment" in found)
    facts["currency"] = one_currency(raw, found, ("value",), signs)
    if timezone is not None and raw.local and moves(zone, facts["from"], facts["to"]):
        facts["instants"] = table
    notes += said
    if slashes and raw.mapping.dates is None:
        notes.append(
            _(
                "{label}: dates such as 13/8/2026 are read as {order}, as the rows show",
                label=raw.label,
                order=_("day/month/year") if slashes == "dm" else _("month/day/year"),
            )
        )
    if by_flag:
        notes.append(note(raw.label, facts["events"].get("purchase", 0)))
    notes += alike(raw, facts["channels"])
    notes += copies(raw.engine, raw, table, facts["rows"])
    return Events(raw.engine, table, facts, tuple(notes))


def _selected(columns: Mapping[str, str]) -> str:
    return ", ".join(f"{sql} AS {name}" for name, sql in columns.items())


def _grouped(table: str, wrong: str = "0") -> str:
    """What the handle tells of a relation of events, by channel and event."""
    return (
        "SELECT channel, event, count(*), min(timestamp), max(timestamp), count(value), max(value),"
        f" {wrong} FROM {table}"
        " GROUP BY channel, event ORDER BY (channel IS NOT NULL), channel, event"
    )


def counted_again(opened: Events, table: str) -> dict[str, Any]:
    """The facts of events that are read otherwise than they were opened.

    Parameters
    ----------
    opened
        Events.
    table
        A relation of the same columns in the same engine.
    """
    groups = opened.engine.rows(_grouped(table))
    if not groups:
        raise UserError(_("no event is left"), opened.facts["label"])
    facts = facts_of(opened, table, groups, opened.facts["zone"], bool(opened.facts["segments"]))
    for name, none in (("events", 0), ("values", (0, 0.0))):
        gone = {event: none for event in opened.facts[name] if event != TOUCH}
        facts[name] = {**gone, **facts[name]}
    return {**opened.facts, **facts}


def _plain(
    raw: Raw, columns: Mapping[str, str], checks: Sequence[Check]
) -> list[tuple[Any, ...]] | None:
    """The same, and whether any rule is broken, in one scan; None where one is, and it is left to
    `checked` to say where.
    """
    wrong = " OR ".join(f"({check.wrong})" for check in checks)
    marked = f"{_selected(columns)}, CASE WHEN {wrong} THEN 1 ELSE 0 END AS wrong"
    rows = raw.attempt(_grouped(f"(SELECT {marked} FROM {raw.view}) AS read", "max(wrong)"))
    return rows if rows and not any(row[-1] for row in rows) else None


def _user(user: Found, stored: bool) -> str:
    """The id as text without blanks; as it is where it is a whole number, or text already typed.

    Trimming ten million ids takes as long as reading everything else.
    """
    if values.is_number(user.kind) and not user.kind.startswith(("FLOAT", "DOUBLE", "DECIMAL")):
        return user.sql
    return f"NULLIF({user.sql}, '')" if stored and user.kind == "VARCHAR" else user.text


def _columns(
    found: Mapping[str, Found], zone: str, slashes: str | None, stored: bool
) -> dict[str, str]:
    def text(name: str) -> str:
        return found[name].text if name in found else "CAST(NULL AS VARCHAR)"

    channel, tier = text("channel"), text("tier")
    if "tier" in found:
        channel = f"CASE WHEN {tier} IS NULL THEN {channel} ELSE {channel} || '/' || {tier} END"
    return {
        "user_id": _user(found["user_id"], stored),
        "timestamp": found["timestamp"].time(zone, slashes),
        "channel": channel,
        "event": text("event"),
        "value": found["value"].number if "value" in found else "CAST(NULL AS DOUBLE)",
        "segment": text("segment"),
    }


def _instants(found: Mapping[str, Found], zone: str, slashes: str | None) -> dict[str, str]:
    """When it happened, on the clock of UTC, which never turns back."""
    when = found["timestamp"]
    here = f"(({when.time(zone, slashes)}) AT TIME ZONE {literal(zone)}) AT TIME ZONE 'UTC'"
    told = values.zoned(when.sql, when.kind)
    return {"instant": f"CASE WHEN {told} THEN {when.time('UTC', slashes)} ELSE {here} END"}


def _checks(
    found: Mapping[str, Found], zone: str, slashes: str | None, stored: bool
) -> list[Check]:
    time, absent = found["timestamp"].time(zone, slashes), found["timestamp"].absent
    first, last = "TIMESTAMP '1971-01-01'", "TIMESTAMP '2199-12-31'"
    channel, event = found["channel"].text, found["event"].text
    flag = found["event"].column.names == FLAG.names
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
            _("this is no time that can be read safely"),
            _("write 2026-08-13 09:30:00, with +08:00 or Z after it if it has a zone"),
            shows=True,
        ),
        Check(
            "timestamp",
            f"COALESCE({time} NOT BETWEEN {first} AND {last}, FALSE)",
            _("the year cannot be right"),
            _("write 2026-08-13 09:30:00"),
            shows=True,
        ),
        Check(
            "event",
            f"{event} IS NULL",
            _("the flag is neither 0 nor 1") if flag else _("event is empty"),
            _("write 1 where the touch ended in a purchase, else 0")
            if flag
            else _("write touch, or a milestone's name such as purchase"),
        ),
        Check(
            "channel",
            f"{channel} IS NULL AND {event} = {literal(TOUCH)}",
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
    """ "dm" or "md" where mapping.yaml says so, or the column holds 13/8/2026 and its rows settle
    which part is the day; None otherwise.
    """
    import duckdb

    if not when.is_text:
        return None
    if raw.mapping.dates is not None:
        return "dm" if raw.mapping.dates == "dmy" else "md"
    form = literal(values.SLASHED)
    parts = ", ".join(
        f"max(TRY_CAST(regexp_extract({when.text}, {form}, {i}) AS INTEGER))" for i in (1, 2)
    )
    try:
        (any_slashed,) = raw.engine.rows(
            f"SELECT count(*) FROM (SELECT {when.text} AS cell FROM {raw.view} LIMIT 1000)"
            f" WHERE regexp_full_match(cell, {form})"
        )[0]
        if not any_slashed:
            return None
        first, second = raw.engine.rows(f"SELECT {parts} FROM {raw.view}")[0]
    except duckdb.Error:
        return None  # a broken file; the reading proper says where
    if (first or 0) > 12 >= (second or 0):
        return "dm"
    return "md" if (second or 0) > 12 >= (first or 0) else None


def _refuse_no_touch(
    raw: Raw, found: Mapping[str, Found], groups: list[tuple[Any, ...]], touch: Sequence[str]
) -> None:
    """Raise `UserError` where no event is called a touch."""
    events: dict[str, int] = {}
    for __, event, number, *__ in groups:
        events[event] = events.get(event, 0) + number
    if any(word in events for word in (TOUCH, *touch)):
        return
    where = _("{label}: column {column}", label=raw.label, column=found["event"].name)
    foreign = no_touch(events, where, str(raw.label))
    if foreign is not None and raw.local:
        raise Problems([foreign])
    most = sorted(events.items(), key=lambda pair: (-pair[1], pair[0]))[:8]
    raise UserError(
        _(
            "no event is called 'touch'; events here: {listed}",
            listed=listed(f"{name} ({number:,})" for name, number in most),
        ),
        where,
        _("call a contact with a channel 'touch'; {near}", near=did_you_mean(TOUCH, events)),
    )
