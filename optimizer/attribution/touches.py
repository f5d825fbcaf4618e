"""The touches inside the engine, each with its part of its journey: for credit by journey, by
period, by prediction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from optimizer.attribution.options import Options
from optimizer.data.engine import Engine, literal
from optimizer.data.tables import Events, Paths
from optimizer.data.warehouse import Warehouse
from optimizer.errors import UserError
from optimizer.journeys import event_touches, journey_sql, path_touches
from optimizer.journeys.direct import direct_channels
from optimizer.journeys.paths_sql import value_of_copies
from optimizer.journeys.touches import Touches
from optimizer.messages import Message, _

Array = NDArray[np.float64]


@dataclass(frozen=True)
class TouchShares:
    """A query of touches: the columns of `journey_sql`, and `share_0`, `share_1`, ... in the order
    asked.

    Parameters
    ----------
    engine
        Where the query runs.
    sql
        The query, to be used in brackets after FROM.
    names
        Channels, sorted; the column `channel` holds positions in it.
    scales
        Powers of two by which (journeys, value) are scaled before they are summed as whole numbers.
    part_of_journey
        What `part` is divided by to number a user's journeys.
    """

    engine: Engine | Warehouse
    sql: str
    names: tuple[str, ...]
    scales: tuple[float, float]
    part_of_journey: int = 1

    def local(self, refusal: Message) -> None:
        """Refuse SQL that only DuckDB understands.

        Raises
        ------
        UserError
            With the refusal, where the events are in a database of another kind.
        """
        if self.engine.dialect != "duckdb":
            raise UserError(refusal, fix=_("export them to parquet, and name that"))

    def on_this_machine(self, refusal: Message) -> Engine:
        """The engine, for what a database that is only read cannot do.

        Raises
        ------
        UserError
            With the refusal, where the events are in a database.
        """
        if not isinstance(self.engine, Engine):
            raise UserError(refusal, fix=_("export them to parquet, and name that"))
        return self.engine

    def total(self, expression: str, money: bool = False) -> str:
        """SQL of a sum over touches, the same in any order of adding.

        Parameters
        ----------
        expression
            SQL of a number of journeys, or of an amount of money.
        money
            Which of the two scales it is counted on.
        """
        scale = self.scales[money]
        if self.engine.dialect != "duckdb":
            return f"({self.engine.total(expression, scale)} / {scale!r})"
        return f"(sum(CAST(round(({expression}) * {scale!r}) AS HUGEINT)) / {scale!r})"

    def named(self, column: str = "channel") -> str:
        """SQL: the channel's name.

        Parameters
        ----------
        column
            SQL of its position.
        """
        return item_at([literal(name) for name in self.names], column, self.engine.dialect)

    def numbers(self, by_bucket: Array, name: str) -> str:
        """A query with the columns bucket, channel and `name`.

        Parameters
        ----------
        by_bucket
            One number per bucket and channel, B x C.
        name
            What to call the number.
        """
        rows = ", ".join(
            f"({b}, {c}, {float(by_bucket[b, c])!r})"
            for b in range(by_bucket.shape[0])
            for c in range(by_bucket.shape[1])
        )
        return f"SELECT * FROM (VALUES {rows}) AS given(bucket, channel, {name})"

    def lookup(self, numbers: Array, column: str = "channel") -> str:
        """SQL: the channel's number.

        Parameters
        ----------
        numbers
            One per channel, C.
        column
            SQL of the channel's position.
        """
        return number_at(numbers, column, self.engine.dialect)


def touches_of(
    opened: Events | Paths, options: Options, buckets: int, hashed: bool = False
) -> Touches:
    """Touches of an opened source under these options.

    Parameters
    ----------
    opened, options
        The events or paths, and what counts as a journey.
    buckets, hashed
        As for `event_touches.of_events`.
    """
    shape, platforms = options.shape(), options.platforms
    if isinstance(opened, Paths):
        return path_touches.of_paths(opened, shape, buckets, platforms)
    return event_touches.of_events(opened, shape, buckets, options.segment, platforms, hashed)


def touch_shares(
    opened: Events | Paths, options: Options, shares: Mapping[str, str | Array], buckets: int = 1
) -> TouchShares:
    """Touches of an opened source under these options, with a share of the journey per model.

    Parameters
    ----------
    opened
        The events or paths.
    options
        What counts as a journey.
    shares
        Name -> SQL expression (see `registry.share_of_journey`), or scores by channel (C, in the
        order of the sorted channel names) that each journey divides among its touches; where all
        its scores are 0 the last touch takes it.
    buckets
        Groups of users in the column `bucket`; the journeys of a path are spread over them.
    """
    touches = touches_of(opened, options, buckets)
    bare = TouchShares(
        touches.engine, touches.sql, touches.names, touches.scales, touches.part_of_journey
    )
    places = {name: i for i, name in enumerate(touches.names)}
    known = [str(places[name]) for name in direct_channels(touches.names, options.direct)]
    is_direct = f"channel IN ({', '.join(known)})" if known else "FALSE"
    texts = {
        name: share if isinstance(share, str) else divided(bare.lookup(share))
        for name, share in shares.items()
    }
    sql = journey_sql.described(f"({touches.sql}) AS touches", texts, is_direct)
    if touches.copies is not None:
        sql = (
            "SELECT t.* REPLACE (s.bucket AS part, s.bucket AS bucket, s.nulls AS nulls,"
            f" s.conversions AS conversions, {value_of_copies('t', 's')} AS value)"
            f" FROM ({sql}) AS t JOIN {touches.copies} AS s ON t.trip = s.trip"
        )
    return replace(bare, sql=sql)


def number_at(numbers: Array, column: str, dialect: str = "duckdb") -> str:
    """SQL: the number of a channel.

    Parameters
    ----------
    numbers
        One per channel, in the order of their names, C.
    column
        SQL of the channel's position.
    dialect
        Of the engine.

    Examples
    --------
    >>> number_at(np.array([0.5, 0.25]), "channel")
    'list_extract([0.5, 0.25], channel + 1)'
    """
    return item_at([repr(float(x)) for x in numbers], column, dialect)


def item_at(items: Sequence[str], column: str, dialect: str) -> str:
    """SQL: one of the items.

    Parameters
    ----------
    items
        SQL each.
    column
        SQL of a position among them.
    dialect
        Of the engine.
    """
    if dialect == "duckdb":
        return f"list_extract([{', '.join(items)}], {column} + 1)"
    return f"CASE {column} {' '.join(f'WHEN {i} THEN {item}' for i, item in enumerate(items))} END"


def divided(score: str) -> str:
    """SQL: a touch's share when the journey is divided in proportion to scores.

    Parameters
    ----------
    score
        SQL of the touch's score; where all of a journey are 0 the last touch takes it.
    """
    whole = f"sum({score}) OVER journey"
    return f"CASE WHEN {whole} > 0 THEN {score} / {whole} WHEN pos = n THEN 1.0 ELSE 0.0 END"
