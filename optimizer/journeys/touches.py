"""A query of touches that is ready to be counted, and what is known about it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from optimizer.messages import Message


@dataclass(frozen=True, kw_only=True)
class Touches:
    """A query of touches (see `journey_sql`), and what is known about it.

    Parameters
    ----------
    engine
        Where it runs.
    sql
        The query; `channel` and `back_*` hold positions in `names`.
    names
        Channels, sorted.
    scales
        Powers of two by which (journeys, value) are scaled before they are summed as whole numbers.
    steps
        A quicker query that serves chains alone (`events_sql.steps_of_events`), or None.
    walk
        The quickest, which counts as well (`walk_of_events`, `walk_of_paths`), or None.
    walked
        The answer of such a query, where it is there without one (`coded_walk`), or None.
    copies
        Relation (trip, bucket, conversions, nulls) that spreads a path's journeys over buckets, or
        None.
    whole
        Conversions and their value before any was found untouched, or None where there can be none.
    facts
        What was read, for `Counts.source`.
    notes
        What a reader should know of it.
    part_of_journey
        What `part` is divided by to number a user's journeys (`tie_orders`); 1: nothing.
    """

    engine: Any
    sql: str
    names: tuple[str, ...]
    scales: tuple[float, float]
    steps: str | None = None
    walk: str | None = None
    walked: dict[str, Any] | None = None
    copies: str | None = None
    whole: tuple[float, float] | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    notes: tuple[Message, ...] = ()
    part_of_journey: int = 1


def whole_scale(largest: float) -> float:
    """The power of two that takes amounts up to `largest` just below 2^62, where a 64-bit whole
    number ends.

    Parameters
    ----------
    largest
        The largest amount.

    Examples
    --------
    >>> whole_scale(1.0) == 2.0**60
    True
    """
    return 2.0 ** (61 - math.frexp(largest)[1]) if largest > 0 else 1.0
