"""What is known of an events table once it is open: counts, its clock, oddities that are kept."""

from __future__ import annotations

import datetime
import zoneinfo
from collections.abc import Mapping
from typing import Any

from optimizer.data.mapping.words import one_channel
from optimizer.data.raw import Raw
from optimizer.data.reading import values
from optimizer.data.reading.values import Found
from optimizer.data.tables import Events
from optimizer.messages import Message, Text, _

TOUCH = "touch"
# Finding exact copies needs every row in one hash table; beyond this many rows it is said that
# nobody looked.
COPIES_UP_TO = 5_000_000


def facts_of(
    raw: Raw | Events, table: str, groups: list[tuple[Any, ...]], clock: Text, segmented: bool
) -> dict[str, Any]:
    """What the handle tells, from the counts by channel and event."""
    label = raw.label if isinstance(raw, Raw) else raw.facts["label"]
    channels: dict[str, int] = {}
    events: dict[str, int] = {}
    amounts: dict[str, tuple[int, float]] = {}
    for channel, event, number, __, __, with_value, top, __ in groups:
        events[event] = events.get(event, 0) + number
        seen = amounts.get(event, (0, 0.0))
        amounts[event] = (seen[0] + int(with_value), max(seen[1], float(top or 0.0)))
        if event == TOUCH:
            channels[channel] = channels.get(channel, 0) + number
    segments = []
    if segmented:
        rows = raw.engine.rows(
            f"SELECT DISTINCT segment FROM {table} WHERE segment IS NOT NULL"
            " ORDER BY segment LIMIT 1001"
        )
        segments = [row[0] for row in rows]
    return {
        "kind": "events",
        "label": label,
        "rows": sum(int(group[2]) for group in groups),
        "from": str(min(group[3] for group in groups)),
        "to": str(max(group[4] for group in groups)),
        "channels": dict(sorted(channels.items())),
        "events": dict(sorted(events.items())),
        "segments": segments,
        "zone": clock,
        "rows_with_value": sum(int(group[5]) for group in groups),
        "values": dict(sorted(amounts.items())),
        "table": table,
    }


def clock_of(raw: Raw, when: Found, rows: int, timezone: str | None) -> tuple[Text, list[Message]]:
    """Which clock the times are on, and the note that says so."""
    if when.kind.startswith("TIMESTAMP WITH TIME ZONE"):
        zoned = rows
    elif when.is_text or values.is_number(when.kind):
        has_zone = values.zoned(when.sql, when.kind)
        (zoned,) = raw.engine.rows(
            f"SELECT sum(CASE WHEN {has_zone} THEN 1 ELSE 0 END) FROM {raw.view}"
        )[0]
    else:
        zoned = 0
    clock = timezone or "UTC"
    if 0 < zoned < rows:
        return clock, [
            _(
                "{label}: {zoned} times carry a time zone and {rows} do not; the latter are "
                "taken to be in {clock} (set timezone to change it)",
                label=raw.label,
                zoned=f"{zoned:,}",
                rows=f"{rows - zoned:,}",
                clock=clock,
            )
        ]
    if zoned:
        return clock, [_("{label}: times are shown in {clock}", label=raw.label, clock=clock)]
    if timezone:
        return clock, [
            _(
                "{file}: times carry no time zone and are taken as they stand, in {zone}",
                file=raw.label,
                zone=timezone,
            )
        ]
    return _("as written"), [
        _("{file}: times carry no time zone and are taken as they stand", file=raw.label)
    ]


def moves(zone: str, begin: str, end: str) -> bool:
    """Whether the clocks of a zone were changed between two times (ISO), a day before and after.

    Examples
    --------
    >>> moves("Asia/Shanghai", "2026-10-01", "2026-12-01")
    False
    """
    first, last = (datetime.datetime.fromisoformat(text) for text in (begin, end))
    try:
        clock = zoneinfo.ZoneInfo(zone)
    except zoneinfo.ZoneInfoNotFoundError:
        return True  # nothing is known of it here: better safe
    offsets = {
        (first + datetime.timedelta(days=day)).replace(tzinfo=clock).utcoffset()
        for day in range(-1, (last - first).days + 3)
    }
    return len(offsets) > 1


def alike(raw: Raw, channels: Mapping[str, int]) -> list[Message]:
    """Names that look like one channel; they are kept apart and named, with the way to join them."""
    questions = one_channel(channels, raw.mapping.apart, raw.label, str(raw.label))
    return [
        _("{file}: {what}; they are kept apart; {fix}", file=raw.label, what=q.what, fix=q.fix)
        for q in questions[:10]
    ]


def copies(engine: Any, raw: Raw, table: str, rows: int) -> list[Message]:
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
        f"SELECT count(*), COALESCE(sum(n - 1), 0) FROM (SELECT {same}, count(*) AS n"
        f" FROM {table} GROUP BY {same} HAVING count(*) > 1) AS copied"
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
