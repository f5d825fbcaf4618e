"""The touches inside the engine, each with its part of its journey: for credit by journey, by period, by prediction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimizer.attribution.family import Options
from optimizer.data.engine import literal
from optimizer.data.tables import Paths
from optimizer.journeys import journey_sql, prepare

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Relation:
    """A query of touches: the columns of `journey_sql` and `share_0`, `share_1`, ... in the order asked.

    names: channels, sorted; the column `channel` holds positions in it where `coded`, else the names themselves.
    """

    engine: Any
    sql: str
    names: tuple[str, ...]
    coded: bool

    def places(self, column: Any) -> NDArray[np.int64]:
        """Positions in `names` of a column of channels."""
        if self.coded:
            return np.asarray(column, dtype=np.int64)
        number = {name: i for i, name in enumerate(self.names)}
        return np.array([number[name] for name in column], dtype=np.int64)

    def channel(self, place: int) -> str:
        """SQL of a channel as the column holds it."""
        return str(place) if self.coded else literal(self.names[place])

    def named(self, column: str = "channel") -> str:
        """SQL: the channel's name."""
        if not self.coded:
            return column
        return f"list_extract([{', '.join(literal(name) for name in self.names)}], {column} + 1)"

    def numbers(self, by_bucket: Array, name: str) -> str:
        """A query with the columns bucket, channel and `name`: one number per bucket and channel."""
        rows = ", ".join(
            f"({b}, {self.channel(c)}, {float(by_bucket[b, c])!r})"
            for b in range(by_bucket.shape[0]) for c in range(by_bucket.shape[1]))
        return f"SELECT * FROM (VALUES {rows}) AS given(bucket, channel, {name})"

    def lookup(self, numbers: Array, column: str = "channel") -> str:
        """SQL: the channel's number, from one number per channel."""
        if self.coded:
            return f"list_extract([{', '.join(repr(float(x)) for x in numbers)}], {column} + 1)"
        cases = " ".join(f"WHEN {literal(name)} THEN {float(x)!r}" for name, x in zip(self.names, numbers, strict=True))
        return f"CASE {column} {cases} END"


def relation(opened: Any, options: Options, shares: Mapping[str, str], buckets: int = 1, by_path: bool = False) -> Relation:
    """Touches of an opened source under these options, with the shares (name -> SQL expression).

    An expression may hold `{channel:NAME}`-free SQL only; numbers per channel come in through `Relation.lookup`.
    """
    shape = journey_sql.Shape(0, options.lookback_days, options.collapse, options.nulls, options.conversion)
    if isinstance(opened, Paths):
        touches = prepare.of_paths(opened, shape, buckets, options.platforms, by_path)
    else:
        touches = prepare.of_events(opened, shape, buckets, options.segment, options.platforms)
    places = {name: i for i, name in enumerate(touches.names)}
    known = [str(places[name]) if touches.coded else literal(name) for name in options.direct if name in places]
    is_direct = f"channel IN ({', '.join(known)})" if known else "FALSE"
    sql = journey_sql.described(f"({touches.sql}) AS touches", dict(shares), is_direct)
    return Relation(touches.engine, sql, touches.names, touches.coded)
