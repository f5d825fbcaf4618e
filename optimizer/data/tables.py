"""What a source is once it is open: light handles on checked, normalised relations inside the engine.

`open_events`, `open_paths`, `read_spend` and `open_source` are the doors; everything behind them may trust what
passed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from optimizer.data.engine import Engine
    from optimizer.data.warehouse import Warehouse


@dataclass(frozen=True)
class Events:
    """Touches and milestones, one row each, checked. Holds no rows: it names a relation inside the engine.

    table: the relation, to be used as it is after FROM. Its columns:
        user_id    text, or a whole number where the source has whole numbers; never null. Compare it, hash it,
                   nothing else
        timestamp  TIMESTAMP (microseconds, no zone; see `facts["zone"]`); never null
        channel    text, `channel/tier` where a tier was given; null where a milestone names none
        event      text, `touch` or a milestone's name; never null
        value      double, currency, >= 0; null where absent
        segment    text; null where absent
    Order rows by (timestamp, then touches before milestones, then channel, event) to break ties the same way
    every time; `order` is that text.
    facts: rows, users, from, to, channels (touches by channel), events (rows by event name), segments, zone, label
    notes: remarks for people (duplicates, unused columns, the assumed time zone)

    >>> events.query(f"SELECT event, count(*) AS n FROM {events.table} GROUP BY event ORDER BY event")
    """

    engine: Engine | Warehouse
    table: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    order = "timestamp, (event <> 'touch'), channel, event"

    def query(self, sql: str) -> pd.DataFrame:
        """Run SQL (DuckDB's dialect; transpiled where the engine is another) and return the result, which must be
        small: aggregates, never rows."""
        return self.engine.frame(sql)

    def columns(self, sql: str) -> dict[str, Any]:
        """The same as numpy arrays, column by column (quicker, no pandas; nulls come as masked arrays)."""
        return self.engine.columns(sql)

    def bucket(self, buckets: int, user: str = "user_id") -> str:
        """SQL expression: the user's bucket, 0 to buckets - 1. Equal numbers of buckets mean equal users per bucket
        everywhere in the program, so bootstrap replicates of different models can be joined."""
        return self.engine.bucket(user, buckets)


@dataclass(frozen=True)
class Paths:
    """A path table, checked: aggregated journeys without users or times. Holds no rows.

    table: the relation. Its columns:
        path         text as written, touches joined by `>`
        conversions  double >= 0: journeys along this path that ended in a conversion
        value        double >= 0, currency: total value of those conversions
        nulls        double >= 0: journeys along this path that ended without
    Rows may repeat a path; they are to be added up.
    facts: rows, paths, conversions, value, nulls, label
    """

    engine: Engine | Warehouse
    table: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Spend:
    """What was spent, small enough to be a frame.

    frame:    period (the period's first day), channel, spend (currency), exposures, clicks, posts (NaN where absent);
              one row per period and channel, sorted
    channels: sorted
    period:   day, week or month
    by_segment: the same spend by segment of people: period, channel, segment ("": not said), spend (None: no such column)
    """

    frame: pd.DataFrame
    channels: tuple[str, ...]
    period: str
    label: str = "spend"
    notes: tuple[str, ...] = ()
    by_segment: pd.DataFrame | None = None

    def weekly(self, column: str = "spend", channels: Sequence[str] | None = None) -> pd.DataFrame:
        """Weeks x channels of one column; the index holds each week's first day, without gaps.

        Days are added up to weeks from Monday; weeks keep the weekday they start on. A channel without a row in a week
        had no spend then: 0. What a table never says of a channel (its exposures, say) is NaN throughout.
        Raises `UserError` for months, which are no sum of weeks, and for a channel that is not here.
        """
        return self.by_period("week", column, channels)

    def by_period(
        self, period: str, column: str = "spend", channels: Sequence[str] | None = None
    ) -> pd.DataFrame:
        """The same by day, week or month, no finer than the table itself."""
        from optimizer.data.regular import regular

        return regular(self, period, column, channels)


Source = Any


def open_events(source: Source, columns: Mapping[str, str] | None = None, **options: Any) -> Events:
    """Open and check an events table; see `optimizer.data.events.open_events` (options: timezone, engine)."""
    from optimizer.data import events

    return source if isinstance(source, Events) else events.open_events(source, columns, **options)


def open_paths(source: Source, columns: Mapping[str, str] | None = None, **options: Any) -> Paths:
    """Open and check a path table; see `optimizer.data.paths.open_paths` (options: engine)."""
    from optimizer.data import paths

    return source if isinstance(source, Paths) else paths.open_paths(source, columns, **options)


def read_spend(source: Source, columns: Mapping[str, str] | None = None, **options: Any) -> Spend:
    """Read and check a spend table; see `optimizer.data.spend.read_spend` (options: period, engine)."""
    from optimizer.data import spend

    return source if isinstance(source, Spend) else spend.read_spend(source, columns, **options)


def open_source(
    source: Source, columns: Mapping[str, str] | None = None, **options: Any
) -> Events | Paths:
    """Open whichever it is, a path table (it has a column path) or an events table.

    Options as for `open_events`, and memory ("4GB"): what the engine may use before it spills to disk.
    """
    if isinstance(source, Events | Paths):
        return source
    from optimizer.data.checking import plain
    from optimizer.data.sources import open_raw

    engine, memory = options.pop("engine", None), options.pop("memory", None)
    if memory is not None and engine in (None, "duckdb"):
        from dataclasses import replace

        from optimizer.data.engine import Engine, Limits

        engine = Engine(replace(Limits.from_environment(), memory=memory))
    raw = open_raw(source, engine)
    names = {plain(name) for name in raw.columns}
    if (
        "path" in names
        or "path" in (columns or {})
        or ("user_id" not in names and names & {"total_conversions", "conversions"})
    ):
        options.pop("timezone", None)
        return open_paths(raw, columns, **options)
    return open_events(raw, columns, **options)
