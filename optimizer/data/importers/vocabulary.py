"""The names and words of a finished table: channels that look like one, events nobody knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from optimizer.data.engine import quoted
from optimizer.data.mapping.words import no_touch, one_channel
from optimizer.data.reading.choices import Choices
from optimizer.data.reading.typed import Typed
from optimizer.errors import Problem
from optimizer.messages import _, listed, ngettext

CHANNELS = ("spend", "shop", "events")  # tables in which a channel's name decides


def counted(connection: Any, sql: str, table: str, names: Sequence[str]) -> list[tuple[Any, ...]]:
    """(channel, event, rows) of a finished table; None for what it does not have."""
    shown = [name for name in ("channel", "event") if name in names and table in CHANNELS]
    picked = ", ".join(quoted(n) if n in shown else f"NULL AS {n}" for n in ("channel", "event"))
    rows: list[tuple[Any, ...]] = connection.execute(
        f"SELECT {picked}, count(*) FROM ({sql}) GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    return rows


def doubtful(
    rows: Sequence[tuple[Any, ...]], parts: Sequence[Typed], said: Mapping[str, Choices], file: str
) -> list[Problem]:
    """Questions about the channels and events of a finished table.

    Parameters
    ----------
    rows
        As `counted` gives them.
    parts, said
        What it was made from, and what the user said of each part, by its table.
    file
        The first file, whose mapping.yaml would hold the answer.
    """
    where = listed(dict.fromkeys(part.part.where for part in parts))
    apart = [group for choices in said.values() for group in choices.mapping.apart]
    channels = {str(channel) for channel, __, __ in rows if channel is not None}
    events: dict[str, int] = {}
    for __, event, number in rows:
        if event is not None:
            events[str(event)] = events.get(str(event), 0) + number
    found = one_channel(channels, apart, where, file)
    nameless = sum(int(row[-1]) for row in rows if row[1] is None)
    if nameless and parts[0].layout.table == "events":
        found.append(
            Problem(
                ngettext(
                    "{n} row says no event, or a flag that is neither 0 nor 1",
                    "{n} rows say no event, or a flag that is neither 0 nor 1",
                    nameless,
                ),
                where,
                _("mend those rows, or export again"),
            )
        )
    lost = no_touch(events, _("{where}: column {name}", where=where, name="event"), file)
    return [*found, *([lost] if lost is not None else [])]
