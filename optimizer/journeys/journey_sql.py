"""Journeys in SQL: from events or paths to one relation of touches that all counting reads.

Each function here, in `events_sql` and in `paths_sql` returns the text of a query; nothing is run
here. The relation has one row per touch:

    trip, part    the journey (user and number within the user; path number and 0; with ties
                  MOST_ORDERS times the number, and the number of the order)
    bucket        user bucket (events), 0 for paths: their copies are spread later
    channel       number of the channel, by name
    back_1 ...    the touches before it in the journey, nearest first; null before the journey began
    pos, n        1 for the first touch up to n for the last
    timestamp, days_to_last   null for paths
    conversions, value, nulls   of the journey: how many ended how, and the value of the
                                conversions, on every touch

Journeys of events: a user's touches in order; touches of one moment stand in each of their orders
in turn (`tie_orders`). A conversion comes after the touches of its moment and closes the journey,
or, where touches are reused, takes all touches before it; what follows the last conversion is a
journey without one. Lookback drops touches more than so many days before the journey's end, which
is its conversion, or its last touch where it has none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from optimizer.data.engine import literal

DAY = 86400.0  # seconds
JOURNEY = "PARTITION BY trip, part"
MOST_ORDERS = 24  # in which a journey with tied touches is told


@dataclass(frozen=True)
class Shape:
    """What the relation of touches must hold.

    Parameters
    ----------
    back
        How many touches before each touch are needed (the highest Markov order; 0: none).
    lookback_days
        Drop touches older than this before the journey's end; None: none.
    collapse
        Consecutive touches of one channel are one touch.
    nulls
        Journeys without a conversion take part.
    conversion
        Names of the events that close a journey.
    touch
        Names of the events that are touches.
    reuse
        A conversion takes all the touches before it, those of earlier conversions too.
    split
        Touches of one moment are told in each of their orders; otherwise in that of their names.
    """

    back: int = 0
    lookback_days: float | None = None
    collapse: bool = False
    nulls: bool = True
    conversion: tuple[str, ...] = ("purchase",)
    touch: tuple[str, ...] = ("touch",)
    reuse: bool = False
    split: bool = True

    @property
    def history(self) -> list[str]:
        """Names of the columns that hold the touches before: back_1 ..."""
        return [f"back_{i}" for i in range(1, self.back + 1)]


def named(column: str, names: Sequence[str]) -> str:
    """SQL: column is one of these names.

    Parameters
    ----------
    column
        SQL of a text.
    names
        Any texts; none: nothing is.

    Examples
    --------
    >>> named("event", ["touch", "it's"])
    "event IN ('touch', 'it''s')"
    """
    return f"{column} IN ({', '.join(literal(name) for name in names)})" if names else "FALSE"


def seconds(begin: str, end: str) -> str:
    """SQL: seconds from one TIMESTAMP to another, a double.

    Parameters
    ----------
    begin, end
        SQL of a TIMESTAMP each.

    Returns
    -------
    str
        SQL; below 0 where `end` is earlier.
    """
    return f"date_diff('microsecond', {begin}, {end}) / 1e6"


def platform(channel: str) -> str:
    """SQL: the channel without its tier."""
    return f"trim(split_part({channel}, '/', 1))"


def touches_before(shape: Shape, window: str = "visits") -> str:
    """SQL: the columns back_1 ..., each with a comma before it, of a window that holds one journey
    in order.

    Parameters
    ----------
    shape
        Says how many.
    window
        SQL name of the window.
    """
    return "".join(
        f", lag(channel, {i}) OVER {window} AS {name}" for i, name in enumerate(shape.history, 1)
    )


def collapsed(sql: str, last: str, order: str) -> str:
    """SQL: a WITH clause, longer by `collapsed`: the rows of `last` whose channel is not the one
    before.

    Parameters
    ----------
    sql
        The clause so far.
    last
        Name of its last relation.
    order
        What orders the touches of a journey.
    """
    return f"""{sql}, runs AS (
  SELECT *, lag(channel) OVER (PARTITION BY trip, part ORDER BY {order}) AS before FROM {last}
), collapsed AS (
  SELECT * FROM runs WHERE before IS NULL OR before <> channel
)"""


def described(touches: str, weights: Mapping[str, str], is_direct: str | None) -> str:
    """SQL: the touches with one column `share_i` per weight expression, each touch's part of its
    journey.

    Parameters
    ----------
    touches
        What stands after FROM.
    weights
        Model -> SQL that may use pos, n, repeats, distinct_channels, days_to_last, is_direct,
        last_named, and `OVER journey`. Only what they mention is computed.
    is_direct
        SQL written on `channel`; None where no channel is.
    """
    text = " ".join(weights.values())
    added, summed = [], []
    if "is_direct" in text or "last_named" in text:
        added.append(f"{is_direct or 'FALSE'} AS is_direct")
    if "last_named" in text:
        added.append(
            f"max(CASE WHEN {is_direct} THEN NULL ELSE pos END) OVER journey AS last_named"
            if is_direct
            else "n AS last_named"
        )
    if "repeats" in text or "distinct_channels" in text:
        added.append("count(*) OVER (PARTITION BY trip, part, channel) AS repeats")
    if "distinct_channels" in text:
        summed.append(
            "CAST(round(sum(1.0 / repeats) OVER journey) AS INTEGER) AS distinct_channels"
        )
    sql = (
        f"SELECT *, {', '.join(added)} FROM {touches} WINDOW journey AS ({JOURNEY})"
        if added
        else f"SELECT * FROM {touches}"
    )
    if summed:
        sql = (
            f"SELECT *, {', '.join(summed)} FROM ({sql}) AS repeated WINDOW journey AS ({JOURNEY})"
        )
    shares = "".join(
        f", {expression} AS share_{i}" for i, expression in enumerate(weights.values())
    )
    # Ordered, so that a sum over the journey is added up the same way every time.
    journey = f"{JOURNEY} ORDER BY pos ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING"
    return (
        f"SELECT *{shares} FROM ({sql}) AS described WINDOW journey AS ({journey})"
        if shares
        else sql
    )
