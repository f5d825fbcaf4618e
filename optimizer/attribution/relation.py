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
from optimizer.errors import UserError
from optimizer.journeys import journey_sql, prepare
from optimizer.messages import _

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Relation:
    """A query of touches: the columns of `journey_sql` and `share_0`, `share_1`, ... in the order asked.

    scales: powers of two by which (journeys, value) are scaled before they are summed as whole numbers
    names:  channels, sorted; the column `channel` holds positions in it.
    """

    engine: Any
    sql: str
    names: tuple[str, ...]
    scales: tuple[float, float]

    def local(self, what: str) -> None:
        """Refuse what only the engine on this machine can do."""
        if self.engine.dialect != "duckdb":
            raise UserError(
                f"{what} needs the events on this machine",
                fix=_("export them to parquet, and name that"),
            )

    def total(self, expression: str, money: bool = False) -> str:
        """SQL: the sum of a number of journeys (or of an amount of money), the same in any order of adding."""
        scale = self.scales[money]
        if self.engine.dialect != "duckdb":
            return f"({self.engine.total(expression, scale)} / {scale!r})"
        return f"(sum(CAST(round(({expression}) * {scale!r}) AS HUGEINT)) / {scale!r})"

    def named(self, column: str = "channel") -> str:
        """SQL: the channel's name."""
        return listed([literal(name) for name in self.names], column, self.engine.dialect)

    def numbers(self, by_bucket: Array, name: str) -> str:
        """A query with the columns bucket, channel and `name`: one number per bucket and channel."""
        rows = ", ".join(
            f"({b}, {c}, {float(by_bucket[b, c])!r})"
            for b in range(by_bucket.shape[0])
            for c in range(by_bucket.shape[1])
        )
        return f"SELECT * FROM (VALUES {rows}) AS given(bucket, channel, {name})"

    def lookup(self, numbers: Array, column: str = "channel") -> str:
        """SQL: the channel's number, from one number per channel."""
        return looked_up(numbers, column, self.engine.dialect)


def relation(
    opened: Any,
    options: Options,
    shares: Mapping[str, str | Array],
    buckets: int = 1,
    by_path: bool = False,
) -> Relation:
    """Touches of an opened source under these options, with a share of the journey per model.

    shares: name -> SQL expression (see `heuristics`), or scores by channel (C, in the order of the sorted channel
            names) that each journey divides among its touches; where all its scores are 0 the last touch takes it.
    """
    shape = journey_sql.Shape(
        0, options.lookback_days, options.collapse, options.nulls, options.conversion
    )
    if isinstance(opened, Paths):
        touches = prepare.of_paths(opened, shape, buckets, options.platforms, by_path)
    else:
        touches = prepare.of_events(opened, shape, buckets, options.segment, options.platforms)
    bare = Relation(touches.engine, touches.sql, touches.names, touches.scales)
    places = {name: i for i, name in enumerate(touches.names)}
    known = [str(places[name]) for name in options.direct if name in places]
    is_direct = f"channel IN ({', '.join(known)})" if known else "FALSE"
    texts = {
        name: share if isinstance(share, str) else divided(bare.lookup(share))
        for name, share in shares.items()
    }
    sql = journey_sql.described(f"({touches.sql}) AS touches", texts, is_direct)
    return Relation(touches.engine, sql, touches.names, touches.scales)


def looked_up(numbers: Array, column: str, dialect: str = "duckdb") -> str:
    """SQL: the number of a channel, from one per channel in the order of their names."""
    return listed([repr(float(x)) for x in numbers], column, dialect)


def listed(items: list[str], column: str, dialect: str) -> str:
    """SQL: one of the items, by position."""
    if dialect == "duckdb":
        return f"list_extract([{', '.join(items)}], {column} + 1)"
    return f"CASE {column} {' '.join(f'WHEN {i} THEN {item}' for i, item in enumerate(items))} END"


def divided(score: str) -> str:
    """SQL: a touch's share when the journey is divided in proportion to the scores."""
    whole = f"sum({score}) OVER journey"
    return f"CASE WHEN {whole} > 0 THEN {score} / {whole} WHEN pos = n THEN 1.0 ELSE 0.0 END"
