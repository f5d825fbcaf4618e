"""Personas: which segments (age, region, taste, price band) can speak for themselves, and which are
better pooled.

A rate learned from n orders has a relative error of about 1 / sqrt(n). A segment with `least`
orders or more (100: about 10 %) stands on its own; the others are pooled into one, so that no plan
is built on a handful of orders.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from optimizer.data.engine import literal
from optimizer.errors import UserError
from optimizer.messages import _
from optimizer.registry import did_you_mean

if TYPE_CHECKING:
    import pandas as pd

    from optimizer.data.tables import Events

POOLED = "(pooled)"


@dataclass(frozen=True)
class Segments:
    """How many orders each segment has, and which stand alone.

    Parameters
    ----------
    table
        segment, people, touches, orders, error (relative, of a rate learned from its orders; None
        without any), group (its own name, or `(pooled)`). Rows without a segment are the segment
        "".
    least
        Orders a segment needs to stand alone.
    """

    table: pd.DataFrame
    least: int

    @property
    def own(self) -> tuple[str, ...]:
        """Segments that stand on their own."""
        return self._where(self.table["group"] != POOLED)

    @property
    def pooled(self) -> tuple[str, ...]:
        """Segments that are too small to stand alone."""
        return self._where(self.table["group"] == POOLED)

    def _where(self, chosen: pd.Series) -> tuple[str, ...]:
        return tuple(map(str, self.table.loc[chosen, "segment"]))


def segments(events: Events, least: int = 100, purchase: str = "purchase") -> Segments:
    """Count each segment and say which can stand alone.

    One small segment alone is pooled with the smallest of the rest, so that the pool, too, has
    `least` orders where that is possible.

    Parameters
    ----------
    events
        Opened events.
    least
        Orders a segment needs to stand alone.
    purchase
        What an order is called.
    """
    if least < 1:
        raise UserError(_("at least {least} orders", least=least), fix=_("1 or more"))
    frame = events.query(
        "SELECT COALESCE(segment, '') AS segment, COUNT(DISTINCT user_id) AS people, "
        "SUM(CASE WHEN event = 'touch' THEN 1 ELSE 0 END) AS touches, "
        f"SUM(CASE WHEN event = {literal(purchase)} THEN 1 ELSE 0 END) AS orders "
        f"FROM {events.table} GROUP BY 1 ORDER BY 1"
    )
    frame = frame.astype({"people": int, "touches": int, "orders": int})
    frame["error"] = [1 / math.sqrt(n) if n else None for n in frame["orders"]]
    small = set(frame.loc[frame["orders"] < least, "segment"])
    if small and len(small) < len(frame):
        total = int(frame.loc[frame["segment"].isin(small), "orders"].sum())
        for __, row in (
            frame[~frame["segment"].isin(small)].sort_values(["orders", "segment"]).iterrows()
        ):
            if total >= least:
                break
            small.add(row["segment"])
            total += int(row["orders"])
    frame["group"] = [POOLED if s in small else s for s in frame["segment"]]
    return Segments(frame, least)


# a table, with every user's segment (the latest that is known) on each of the rows: a purchase may
# leave it open
TOLD = (
    "SELECT user_id, {timed}, channel, event, value, first_value(segment) OVER "
    "(PARTITION BY user_id ORDER BY CASE WHEN segment IS NULL THEN 1 ELSE 0 END, "
    "{when} DESC, segment) AS segment FROM {table}"
)


def _told(events: Events) -> str:
    return TOLD.format(timed=events.timed, when=events.moment, table=events.table)


def of_users(events: Events) -> tuple[Events, int]:
    """The events with every user's segment on each of the rows (the latest that is known).

    Returns
    -------
    tuple
        The events, and how many users had several segments.
    """
    table = events.engine.keep(events.engine.name("personas"), _told(events))
    return events.over(table), _several(events)


def of_segment(events: Events, name: str) -> Events:
    """The events of the users of one segment, each row with it; a note says how many users had
    several.

    Raises
    ------
    UserError
        Where no row has that segment.
    """
    if events.facts.get("only") == name:
        return events
    known = events.facts["segments"]
    if name not in known:
        raise UserError(
            _("no segment is called '{segment}'", segment=name),
            events.facts["label"],
            did_you_mean(name, known),
        )
    table = events.engine.keep(
        events.engine.name("personas"),
        f"SELECT * FROM ({_told(events)}) AS told WHERE segment = {literal(name)}",
    )
    several = _several(events)
    notes = (
        [
            _(
                "{several} users stand in several segments; each counts in the latest",
                several=f"{several:,}",
            )
        ]
        if several
        else []
    )
    found = _counted(events, table)
    return replace(found, facts={**found.facts, "only": name}, notes=(*found.notes, *notes))


def only(events: Events, which: Sequence[str]) -> Events:
    """The events of the users of some segments, of events from `of_users`.

    Parameters
    ----------
    events
        As `of_users` makes them: each row with its user's segment.
    which
        Names of segments, one at least.

    Returns
    -------
    Events
        Kept as a relation of the same engine.
    """
    listed = ", ".join(literal(name) for name in which)
    return _counted(
        events,
        events.engine.keep(
            events.engine.name("personas"),
            f"SELECT * FROM {events.table} WHERE segment IN ({listed})",
        ),
    )


def _several(events: Events) -> int:
    """Users who stand in several segments."""
    found = events.query(
        f"SELECT count(*) AS n FROM (SELECT user_id FROM {events.table} "
        "GROUP BY user_id HAVING count(DISTINCT segment) > 1) AS moved"
    )
    return int(found["n"][0])


def _counted(events: Events, table: str) -> Events:
    """Events that are a part of others, with their own counts (0 for what no longer occurs)."""
    counts = events.query(
        f"SELECT event, channel, count(*) AS n FROM {table} GROUP BY 1, 2 ORDER BY 1, 2"
    )
    channels: dict[str, int] = {}
    kinds: dict[str, int] = dict.fromkeys(events.facts["events"], 0)
    for event, channel, n in zip(counts["event"], counts["channel"], counts["n"], strict=True):
        kinds[str(event)] = kinds.get(str(event), 0) + int(n)
        if event == "touch":
            channels[str(channel)] = channels.get(str(channel), 0) + int(n)
    facts = {**events.facts, "rows": sum(kinds.values()), "channels": channels, "events": kinds}
    return events.over(table, facts)
