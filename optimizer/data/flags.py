"""Touches that say with 0 or 1 whether they ended in a conversion: `user,time,channel,conversion`.

Each row is a touch of its channel; a row that says 1 is a purchase too, at the same time.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from optimizer.data.engine import literal
from optimizer.data.reading.columns import Layout, column
from optimizer.data.reading.values import Found
from optimizer.messages import Message, Text, _

FLAG = column(
    "conversion",
    *("conversion", "converted", "is_conversion", "is_converted", "conversion_flag", "purchased"),
    *("是否转化", "转化", "是否成交", "是否购买"),
    required=True,
    hints=("target", "label", "conv", "flag"),
)
TRUE = ("1", "1.0", "true", "t", "yes", "y", "是")
FALSE = ("0", "0.0", "false", "f", "no", "n", "否", "")


def flagged(layout: Layout) -> Layout:
    """The columns of events, with a flag for the event."""
    others = tuple(entry for entry in layout.columns if entry.to != "event")
    return replace(layout, columns=(*others, FLAG), sign=())


def is_flagged(layout: Layout, there: Collection[str], said: Mapping[str, str]) -> bool:
    """Whether a table has such a flag and no column of events.

    Parameters
    ----------
    layout
        Of events.
    there
        The headers of the table.
    said
        {our column: header}
    """
    events, flags = layout.find("event"), Layout("", "events", (FLAG,))
    event = "event" in said or any(events and layout.holds(name, events) for name in there)
    return not event and ("conversion" in said or any(flags.holds(name, FLAG) for name in there))


def says(flag: str) -> str:
    """SQL: whether a flag says 1; NULL where it is neither 1 nor 0."""
    text = f"lower(trim(COALESCE(CAST({flag} AS VARCHAR), '')))"
    words = [", ".join(literal(word) for word in some) for some in (TRUE, FALSE)]
    return f"CASE WHEN {text} IN ({words[0]}) THEN TRUE WHEN {text} IN ({words[1]}) THEN FALSE END"


def as_event(found: Mapping[str, Found]) -> dict[str, Found]:
    """The columns with an event for the flag: purchase, touch, or nothing where it is no flag."""
    flag = found["conversion"]
    told = f"(CASE {says(flag.sql)} WHEN TRUE THEN 'purchase' WHEN FALSE THEN 'touch' END)"
    event = replace(flag, sql=told, kind="VARCHAR", column=replace(FLAG, to="event"))
    return {
        **{name: entry for name, entry in found.items() if name != "conversion"},
        "event": event,
    }


def touches_and_purchases(table: str, columns: Collection[str]) -> str:
    """SQL: two rows for one that says 1: the touch of its channel, and the purchase.

    Parameters
    ----------
    table
        Events with one row each.
    columns
        Its columns.
    """
    kept = [name for name in columns if name not in ("channel", "event", "value")]
    rest = "".join(f", {name}" for name in kept)
    return (
        "SELECT channel, CASE WHEN event IS NOT NULL THEN 'touch' END AS event,"
        f" CASE WHEN FALSE THEN value END AS value{rest} FROM {table} WHERE channel IS NOT NULL"
        " UNION ALL SELECT NULL AS channel, 'purchase' AS event,"
        f" CASE WHEN value > 0 THEN value END AS value{rest} FROM {table} WHERE event = 'purchase'"
    )


def note(label: Text, purchases: int) -> Message:
    """What is said of such a table."""
    return _(
        "{file}: each row is a touch; the {n} rows whose flag says 1 are purchases too",
        file=label,
        n=f"{purchases:,}",
    )
