"""What a source is once it is open: light handles on checked, normalised relations inside the
engine.

`optimizer.data.open` holds the doors; everything behind them may trust what passed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from optimizer.data.to_period import to_period
from optimizer.errors import UserError
from optimizer.messages import Text, _
from optimizer.registry import did_you_mean

if TYPE_CHECKING:
    import pandas as pd

    from optimizer.data.engine import Engine
    from optimizer.data.warehouse import Warehouse


@dataclass(frozen=True)
class Events:
    """Touches and milestones, one row each, checked.

    Holds no rows: it names a relation inside the engine.

    Order rows by (time, then touches before milestones, then channel, event) to break ties the
    same way every time; `order` is that text.

    Attributes
    ----------
    engine
        Where the relation lives.
    table
        The relation, to be used as it is after FROM. Its columns:

        - user_id: text, or a whole number where the source has whole numbers; never null. Compare
        it, hash it,
          nothing else
        - timestamp: TIMESTAMP (microseconds, no zone; see `facts["zone"]`); never null
        - channel: text, `channel/tier` where a tier was given; null where a milestone names none
        - event: text, `touch` or a milestone's name; never null
        - value: double, currency, >= 0; null where absent
        - segment: text; null where absent
        - instant: TIMESTAMP on the clock of UTC; only where `facts["instants"]` names this relation
        (the clocks of `facts["zone"]` were changed within the data, so that `timestamp` does not
        order what happened)
    facts
        rows, from, to, channels (touches by channel), events (rows by event name), segments, zone,
        label.
    notes
        Remarks for people (duplicates, unused columns, the assumed time zone).

    A query names the relation: `events.query(f"SELECT event, count(*) AS n FROM {events.table}
    GROUP BY event")`.
    """

    engine: Engine | Warehouse
    table: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[Text, ...] = ()

    @property
    def moment(self) -> str:
        """SQL: what orders the events: their instants, where a changed clock does not."""
        return "instant" if self.facts.get("instants") == self.table else "timestamp"

    @property
    def order(self) -> str:
        """SQL: the rows as they happened."""
        return f"{self.moment}, (event <> 'touch'), channel, event"

    @property
    def timed(self) -> str:
        """SQL: the columns of time, which every relation made from this one keeps."""
        return "timestamp, instant" if self.moment == "instant" else "timestamp"

    def over(self, table: str, facts: Mapping[str, Any] | None = None) -> Events:
        """The events of a relation that was made from this one and kept its columns.

        Parameters
        ----------
        table
            The relation.
        facts
            What is known of it; by default what is known of this one.
        """
        told = dict(self.facts if facts is None else facts)
        if self.moment == "instant":
            told["instants"] = table
        return replace(self, table=table, facts=told)

    def query(self, sql: str) -> pd.DataFrame:
        """Run SQL and return the result, which must be small: aggregates, never rows.

        Parameters
        ----------
        sql
            DuckDB's dialect; transpiled where the engine is another.
        """
        return self.engine.frame(sql)

    def columns(self, sql: str) -> dict[str, Any]:
        """The same as numpy arrays, column by column (quicker, no pandas; nulls come as masked
        arrays).
        """
        return self.engine.columns(sql)

    def bucket(self, buckets: int, user: str = "user_id") -> str:
        """SQL expression: the user's bucket, 0 to buckets - 1; by the users' lots where they are
        drawn (`journeys.resampling`).

        Equal numbers of buckets mean equal users per bucket everywhere in the program, so bootstrap
        replicates of different models can be joined.
        """
        drawn = user == "user_id" and self.facts.get("lots") == self.table
        return self.engine.bucket("lot" if drawn else user, buckets)


@dataclass(frozen=True)
class Paths:
    """A path table, checked: aggregated journeys without users or times. Holds no rows.

    Attributes
    ----------
    engine
        Where the relation lives.
    table
        The relation. Rows may repeat a path; they are to be added up. Its columns:

        - path: text as written, touches joined by `>`
        - conversions: double >= 0: journeys along this path that ended in a conversion
        - value: double >= 0, currency: total value of those conversions
        - nulls: double >= 0: journeys along this path that ended without
    facts
        rows, paths, conversions, value, nulls, label.
    notes
        Remarks for people.
    """

    engine: Engine | Warehouse
    table: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[Text, ...] = ()


@dataclass(frozen=True)
class Spend:
    """What was spent, small enough to be a frame.

    Attributes
    ----------
    frame
        period (the period's first day), channel, spend (currency per period), exposures, clicks,
        posts, claimed (conversions the platform claims), NaN where absent; one row per period and
        channel, sorted.
    channels
        Sorted.
    period
        day, week or month.
    label
        What the table is called in messages.
    notes
        Remarks for people.
    by_segment
        The same spend by segment of people: period, channel, segment ("": not said), spend. None:
        no such column.
    currency
        As the table names it (None: it does not).
    """

    frame: pd.DataFrame
    channels: tuple[str, ...]
    period: str
    label: Text = "spend"
    notes: tuple[Text, ...] = ()
    by_segment: pd.DataFrame | None = None
    currency: str | None = None

    def weekly(self, column: str = "spend", channels: Sequence[str] | None = None) -> pd.DataFrame:
        """Weeks x channels of one column; the index holds each week's first day, without gaps.

        Days are added up to weeks from Monday; weeks keep the weekday they start on. A channel
        without a row in a week had no spend then: 0. What a table never says of a channel (its
        exposures, say) is NaN throughout.

        Parameters
        ----------
        column
            spend (currency per week), exposures, clicks, posts or claimed.
        channels
            Which channels; all by default.

        Raises
        ------
        UserError
            For months, which are no sum of weeks, and for a channel that is not here.
        """
        return self.by_period("week", column, channels)

    def by_period(
        self, period: str, column: str = "spend", channels: Sequence[str] | None = None
    ) -> pd.DataFrame:
        """The same by day, week or month, no finer than the table itself."""
        for channel in channels or ():
            if channel not in self.channels:
                raise UserError(
                    _("no spend of '{channel}'", channel=channel),
                    self.label,
                    did_you_mean(channel, self.channels),
                )
        wide = to_period(self.frame, self.period, period, column, self.channels, self.label)
        return wide if channels is None else wide[list(channels)]
