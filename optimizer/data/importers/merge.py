"""Typed parts -> one of our tables, written whole or not at all.

Sums are over DECIMAL, so they are exact and do not depend on the order of rows or files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from optimizer.data.engine import literal, quoted
from optimizer.data.importers.declare import Importer, importer_of
from optimizer.data.mapping.apply import renamed
from optimizer.data.reading.cells import NUMBER_TYPE
from optimizer.data.reading.choices import Choices
from optimizer.data.reading.kinds import type_of_kind
from optimizer.data.reading.source import DATA
from optimizer.data.reading.typed import Typed

# Columns of each table, in the order they are written; those no file holds are left out unless they
# are needed.
COLUMNS: dict[str, tuple[str, ...]] = {
    "spend": (
        *("period", "channel", "spend", "exposures", "clicks", "posts", "engagements", "carts"),
        *("orders", "gmv", "new_customers", "conversions", "claimed", "segment"),
    ),
    "shop": (
        *("period", "channel", "visitors", "views", "saves", "carts", "orders", "customers"),
        *("new_customers", "items", "gmv", "refunds"),
    ),
    "orders": (
        *("order_id", "user_id", "timestamp", "value", "refund", "state", "channel", "segment"),
    ),
    "events": ("user_id", "timestamp", "channel", "event", "value", "tier", "segment"),
    "paths": ("path", "conversions", "value", "nulls"),
    "arms": ("arm", "visitors", "conversions", "value"),
    "regions": ("region", "period", "value", "treated"),
    "creators": (
        *("creator", "creator_id", "platform", "tier", "followers", "likes", "posts"),
        *("post_price", "video_price"),
    ),
}
ALWAYS = {
    "spend": 3,
    "shop": 2,
    "orders": 4,
    "events": 4,
    "paths": 2,
    "creators": 4,
    "arms": 1,
    "regions": 4,
}
SUMS = (
    *("spend", "exposures", "clicks", "posts", "engagements", "orders", "gmv", "carts"),
    *("new_customers", "conversions", "visitors", "views", "saves", "customers", "items"),
    *("refunds", "claimed"),
)
WHOLE = (
    *("exposures", "clicks", "posts", "engagements", "carts", "orders", "new_customers"),
    *("conversions", "visitors", "views", "saves", "customers", "items", "followers", "likes"),
)
# what a platform may claim, the nearest to a new customer first
CLAIMS = ("claimed", "new_customers", "orders", "conversions")
AMOUNTS = ("value", "refund", "post_price", "video_price")


def table_sql(
    parts: Sequence[Typed], said: Mapping[str, Choices], table: str
) -> tuple[str, tuple[str, ...]]:
    """The finished table.

    Parameters
    ----------
    parts, said
        What it is made from, and what the user says of each part, by its table.
    table
        Which of ours it is.

    Returns
    -------
    sql
        Of its rows.
    columns
        Their names.
    """
    have = {c for p in parts for c in p.columns}
    have |= {"claimed"} if have & {*CLAIMS} else set()
    kept = {"orders": {"state", "channel"}, "events": {"channel", "value"}}.get(table, set())
    columns = [
        c for i, c in enumerate(COLUMNS[table]) if i < ALWAYS[table] or c in have or c in kept
    ]
    union = " UNION ALL ".join(f"({relation(p, said.get(p.table, Choices()))})" for p in parts)
    if table in ("spend", "shop"):
        sums = ", ".join(f"{_plain(c, f'sum({c})')} AS {c}" for c in columns if c in SUMS)
        whom = ", segment" if "segment" in columns else ""
        # a month's own name keeps it from being taken for its first day
        months = all(p.grain.unit == "month" and p.grain.said for p in parts)
        form = "%Y-%m" if months and not any("until" in p.columns for p in parts) else "%Y-%m-%d"
        sql = (
            f"SELECT strftime(period, '{form}') AS period, channel, {sums}{whom}"
            f" FROM ({union}) GROUP BY ALL ORDER BY period, channel{whom}"
        )
    else:
        shown = ", ".join(f"{_plain(c, quoted(c))} AS {c}" for c in columns)
        sql = f"SELECT {shown} FROM ({union})"
        # reshaped rows come in no order of their own
        if table == "events" and any(importer_of(p.name, p.layout).rows for p in parts):
            sql += " ORDER BY user_id, timestamp, event, channel, value"
    return sql, tuple(columns)


def relation(typed: Typed, choices: Choices) -> str:
    """SQL of a part's rows in our table's columns (the ones it has), channel and tier filled in."""
    importer = importer_of(typed.name, typed.layout)
    cells = _worded(typed, choices)
    rows = f"(SELECT {cells} FROM {typed.table} WHERE _state = {DATA})"
    if importer.rows:
        gaps = "".join(
            f", NULL::{type_of_kind(c.kind)} AS {quoted(c.to)}"
            for c in importer.columns
            if c.to not in typed.columns
        )
        whole = f"(SELECT {cells}{gaps} FROM {typed.table} WHERE _state = {DATA})"
        rows = f"({importer.rows.format(rows=whole)})"
    have = set(typed.columns)
    have |= {"state", "value", "timestamp"} if importer.table == "orders" else set()
    events = importer.table == "events" and bool(importer.rows)
    have |= {"user_id", "timestamp", "event", "value"} if events else set()
    have |= {"channel", "spend"} if importer.table == "spend" and importer.rows else set()
    special = {
        "channel": _renamed(_channel(importer, have, choices), choices),
        "platform": _platform(importer, have, choices),
        "tier": _tier(importer, have, choices),
        "claimed": next((name for name in CLAIMS if name in have), None),
    }
    picked = []
    for name in COLUMNS[importer.table]:
        made = special.get(name)
        if made is not None:
            picked.append(f"{made} AS {name}")
        elif name in have:
            picked.append(quoted(name))
        else:
            picked.append(f"NULL::{_type_of(name)} AS {quoted(name)}")
    return f"SELECT {', '.join(picked)} FROM {rows}"


def _worded(typed: Typed, choices: Choices) -> str:
    """SQL: every column, the words of events and of states as the mapping gives them."""
    words = choices.mapping.words
    told = [c for c in typed.columns if c.lstrip("_") in ("event", "status", "state", "name")]
    if not words or not told:
        return "*"
    return f"* REPLACE ({', '.join(f'{renamed(quoted(c), words)} AS {quoted(c)}' for c in told)})"


def _renamed(channel: str | None, choices: Choices) -> str | None:
    """SQL: the channel under its one name."""
    if channel is None or not choices.mapping.aliases:
        return channel
    return renamed(f"({channel})", choices.mapping.aliases, levels=True)


def _channel(importer: Importer, have: set[str], choices: Choices) -> str | None:
    """SQL of the channel: said by a column, the platform or the user; its level below by --split or
    a tier.
    """
    if importer.table not in ("spend", "shop", "orders", "events"):
        return None
    channel = "channel" if "channel" in have else "NULL"
    if importer.table != "events" and importer.channel:
        channel = literal(importer.channel)
    if importer.table == "spend" and "tier" in have:
        channel = f"CASE WHEN tier IS NULL THEN {channel} ELSE {channel} || '/' || tier END"
    if choices.channel:
        channel = literal(choices.channel)
    if choices.split:
        channel = f"{channel} || '/' || replace(coalesce(_split, '-'), '/', '-')"
    if importer.table != "events":
        return channel
    if choices.channel or choices.split:
        return f"CASE WHEN channel IS NULL THEN NULL ELSE {channel} END"
    return "channel" if importer.rows or "channel" in have else "NULL::VARCHAR"


def _platform(importer: Importer, have: set[str], choices: Choices) -> str | None:
    """SQL of a creator's platform."""
    if importer.table != "creators":
        return None
    said = choices.channel or importer.channel
    default = literal(said) if said else "NULL::VARCHAR"
    return f"coalesce(platform, {default})" if "platform" in have else default


def _tier(importer: Importer, have: set[str], choices: Choices) -> str | None:
    """SQL of a creator's tier: as the list says, else by followers."""
    if importer.table != "creators":
        return None
    nano, koc, waist = choices.tiers
    by_size = "NULL::VARCHAR"
    if "followers" in have:
        by_size = (
            f"CASE WHEN followers IS NULL THEN NULL WHEN followers < {nano!r} THEN 'nano'"
            f" WHEN followers < {koc!r} THEN 'koc' WHEN followers <= {waist!r} THEN 'waist'"
            " ELSE 'head' END"
        )
    return f"coalesce(tier, {by_size})" if "tier" in have else by_size


def _type_of(name: str) -> str:
    if name in SUMS or name in (*AMOUNTS, "followers", "likes"):
        return NUMBER_TYPE
    return {"period": "DATE", "timestamp": "TIMESTAMP"}.get(name, "VARCHAR")


def _plain(name: str, value: str) -> str:
    """SQL: a value as it is written."""
    if name in WHOLE:
        return f"CAST({value} AS BIGINT)"
    if name in SUMS or name in AMOUNTS:
        return f"CAST({value} AS DOUBLE)"
    if name == "period":
        return f"strftime({value}, '%Y-%m-%d')"
    if name == "timestamp":
        return f"CAST({value} AS VARCHAR)"
    return value
