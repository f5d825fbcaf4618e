"""Event-days: the days on which a user did something, from one source by user. What the lifecycle
model reads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimizer.data.engine import literal
from optimizer.data.tables import Events
from optimizer.errors import UserError
from optimizer.journeys.stages import Ladder, ladder
from optimizer.messages import Message, _

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Columns = Mapping[str, Any]  # numpy arrays by name

SAMPLE = 500_000  # events that are read user by user; larger sources are sampled by whole users
PARTS = 1000  # buckets of users of which a sample takes some
TOUCHED = "event = 'touch' AND channel IS NOT NULL"


@dataclass(frozen=True)
class EventDays:
    """The days on which a user did something. Days count from the source's first day; users 0..U-1
    by id.

    Parameters
    ----------
    channels
        C names, sorted.
    ladder
        The stages.
    days
        Days of data.
    touch
        Rows (user, day, channel, touches, after the first purchase or not).
    sign
        Rows (user, day, level shown), before the first purchase.
    order
        Rows (user, day, orders, value); the first order is the first row of its user.
    bucket, first_day
        (U,) user bucket, and day of the user's first event.
    volume
        days x C touches in the whole source.
    share
        Part of the users that was read.
    totals
        First purchases, orders, value of first purchases, value of all orders; whole source.
    notes
        What a reader should know of the data.
    start
        The first day, ISO.
    """

    channels: tuple[str, ...]
    ladder: Ladder
    days: int
    touch: tuple[Index, Index, Index, Array, NDArray[np.bool_]]
    sign: tuple[Index, Index, Index]
    order: tuple[Index, Index, Array, Array]
    bucket: Index
    first_day: Index
    volume: Array
    share: float
    totals: tuple[float, ...]
    notes: tuple[Message, ...] = ()
    start: str = ""

    @property
    def first_orders(self) -> NDArray[np.bool_]:
        """Which rows of `order` are the first of their user."""
        user = self.order[0]
        return np.r_[True, np.diff(user) > 0] if len(user) else np.zeros(0, dtype=bool)

    def without(self, channels: NDArray[np.bool_]) -> EventDays:
        """The same people and days as if these channels (C,) had touched nobody.

        Parameters
        ----------
        channels
            (C,) which.
        """
        kept = ~channels[self.touch[2]]
        user, day, channel, count, post = self.touch
        return replace(
            self,
            touch=(user[kept], day[kept], channel[kept], count[kept], post[kept]),
            volume=np.where(channels, 0.0, self.volume),
        )


def event_days(
    events: Events,
    stages: Sequence[Any] | None = None,
    buckets: int = 200,
    sample: int = SAMPLE,
    timeout: float | None = None,
) -> EventDays:
    """Read event-days.

    Sources above `sample` rows are read for a sample of whole users, chosen by their bucket, so
    that memory stays bounded; totals and volumes always come from the whole source.

    Parameters
    ----------
    events
        An opened events table.
    stages, timeout
        See `stages.ladder`.
    buckets
        Groups of users for the bootstrap.
    sample
        Rows.

    Raises
    ------
    UserError
        Where there is nobody or nothing to learn from.
    """
    rows = int(events.facts["rows"])
    steps = ladder(stages, _milestones(events), timeout=timeout)
    cut = PARTS if rows <= sample else max(1, round(PARTS * sample / rows))
    span = events.columns(
        "SELECT min(timestamp) AS a, max(timestamp) AS b, count(DISTINCT user_id) AS n"
        f" FROM {events.table}"
    )
    users = int(span["n"][0])
    if not rows or users == 0:
        raise UserError(_("there are no events"), fix=_("give an events table with touches"))
    begin, end = (span[name][0].astype("datetime64[D]") for name in ("a", "b"))
    days = int((end - begin).astype(int)) + 1
    reader = _Reader.of(events, steps, buckets, cut)
    who, volume = reader.people(), reader.volume()
    channels = tuple(sorted({str(c) for c in volume["channel"]}))
    read = len(who["u"])
    notes = list(steps.notes)
    if cut < PARTS:
        notes.append(
            _(
                "the lifecycle model read {a} of {b} users, chosen by hash; totals are of all",
                a=f"{read:,}",
                b=f"{users:,}",
            )
        )
    touch, orders, sign = reader.touches(), reader.orders(), reader.signs()
    return EventDays(
        channels=channels,
        ladder=steps,
        days=days,
        touch=(
            _ints(touch["u"]),
            _ints(touch["d"]),
            _codes(touch["channel"], channels),
            np.asarray(touch["n"], dtype=float),
            np.asarray(touch["post"], dtype=bool),
        ),
        sign=(_ints(sign["u"]), _ints(sign["d"]), _ints(sign["k"])),
        order=(
            _ints(orders["u"]),
            _ints(orders["d"]),
            np.asarray(orders["n"], dtype=float),
            np.asarray(orders["v"], dtype=float),
        ),
        bucket=_ints(who["b"]),
        first_day=_ints(who["d"]),
        volume=_by_day(volume, channels, days),
        share=read / users,
        totals=reader.totals(),
        notes=tuple(notes),
        start=str(begin),
    )


def _milestones(events: Events) -> dict[str, int]:
    """Rows of the data by event, touches left out."""
    seen = dict(events.facts.get("events", {})).items()
    return {str(name): int(rows) for name, rows in seen if name != "touch"}


@dataclass(frozen=True)
class _Reader:
    """The queries. day, bought, amount: SQL of a row's day, of a purchase, of the sum of values;
    people: SQL of the people who are read, as a WITH clause.
    """

    events: Events
    steps: Ladder
    day: str
    bought: str
    scale: float
    with_people: str

    @classmethod
    def of(cls, events: Events, steps: Ladder, buckets: int, cut: int) -> _Reader:
        """The queries over a table of events.

        Parameters
        ----------
        events
            The events.
        steps
            Says which event is a purchase.
        buckets
            Groups of users for the bootstrap, B.
        cut
            Of `PARTS` groups of users, how many are read; `PARTS`: everybody.

        Returns
        -------
        _Reader
            One query has run: the largest value, which fixes the scale of sums.
        """
        table = events.table
        start = f"(SELECT date_trunc('day', min(timestamp)) FROM {table})"
        day = f"CAST(date_diff('day', {start}, timestamp) AS INTEGER)"
        bought = f"event = {literal(steps.purchase)}"
        # amounts are added up as whole numbers, so that no order of adding changes a digit
        top = float(
            events.columns(f"SELECT coalesce(max(value), 0.0) AS v FROM {table} WHERE {bought}")[
                "v"
            ][0]
        )
        where = "TRUE" if cut >= PARTS else f"{events.bucket(PARTS)} < {cut}"
        people = (
            "SELECT user_id, row_number() OVER (ORDER BY user_id) - 1 AS u,"
            f" min({events.bucket(buckets)}) AS b, min({day}) AS d,"
            f" min(CASE WHEN {bought} THEN timestamp END) AS fp"
            f" FROM {table} WHERE {where} GROUP BY user_id"
        )
        return cls(
            events,
            steps,
            day,
            bought,
            2.0 ** (44 - int(np.ceil(np.log2(max(top, 1e-12))))),
            f"WITH people AS ({people})",
        )

    @property
    def joined(self) -> str:
        """SQL: the events of the people who are read."""
        return f"FROM (SELECT * FROM {self.events.table}) AS e JOIN people AS p ON e.user_id = p.user_id"

    def amount(self, expression: str) -> str:
        """SQL: a sum of values that does not depend on the order of rows.

        Parameters
        ----------
        expression
            SQL of a value per row, currency.

        Returns
        -------
        str
            SQL of a double.
        """
        return self.events.engine.amount(expression, self.scale)

    def people(self) -> Columns:
        """Who is read: number u, bucket b, first day d."""
        return self.events.columns(f"{self.with_people} SELECT u, b, d FROM people ORDER BY u")

    def touches(self) -> Columns:
        """Touches n by user u, day d, channel, and whether after the first purchase (post)."""
        return self.events.columns(
            f"{self.with_people} SELECT u, {self.day} AS d, channel,"
            " coalesce(timestamp > fp, FALSE) AS post, count(*) AS n"
            f" {self.joined} WHERE {TOUCHED} GROUP BY ALL ORDER BY u, d, channel, post"
        )

    def volume(self) -> Columns:
        """Touches n by day d and channel, of everybody."""
        return self.events.columns(
            f"SELECT {self.day} AS d, channel, count(*) AS n FROM {self.events.table}"
            f" WHERE {TOUCHED} GROUP BY ALL ORDER BY d, channel"
        )

    def orders(self) -> Columns:
        """Orders n and their value v by user u and day d."""
        return self.events.columns(
            f"{self.with_people} SELECT u, {self.day} AS d, count(*) AS n,"
            f" {self.amount('coalesce(value, 0.0)')} AS v"
            f" {self.joined} WHERE {self.bought} GROUP BY ALL ORDER BY u, d"
        )

    def signs(self) -> Columns:
        """Levels k shown by user u and day d, before the first purchase."""
        signs = sorted(self.steps.signs.items())
        if not signs:
            return {"u": np.zeros(0), "d": np.zeros(0), "k": np.zeros(0)}
        level = " ".join(f"WHEN {literal(name)} THEN {at}" for name, at in signs)
        return self.events.columns(
            f"{self.with_people} SELECT DISTINCT u, {self.day} AS d, CASE event {level} END AS k"
            f" {self.joined} WHERE event IN ({', '.join(literal(name) for name, __ in signs)})"
            " AND coalesce(timestamp <= fp, TRUE) ORDER BY u, d, k"
        )

    def totals(self) -> tuple[float, ...]:
        """First purchases, orders, value of first purchases, value of all orders; of everybody."""
        first = self.amount("CASE WHEN r = 1 THEN coalesce(value, 0.0) ELSE 0.0 END")
        sums = self.events.columns(
            "SELECT count(*) AS n, count(DISTINCT user_id) AS c,"
            f" {self.amount('coalesce(value, 0.0)')} AS v, {first} AS f FROM ("
            "SELECT user_id, value,"
            " row_number() OVER (PARTITION BY user_id ORDER BY timestamp, value) AS r"
            f" FROM {self.events.table} WHERE {self.bought}) AS o"
        )
        return tuple(float(np.nan_to_num(np.ma.filled(sums[name], 0.0))[0]) for name in "cnfv")


def _by_day(volume: Columns, channels: tuple[str, ...], days: int) -> Array:
    """days x C touches."""
    out = np.zeros((days, len(channels)))
    out[_ints(volume["d"]), _codes(volume["channel"], channels)] = np.asarray(
        volume["n"], dtype=float
    )
    return out


def _codes(names: Any, channels: tuple[str, ...]) -> Index:
    """Positions of names in `channels`."""
    code = {name: i for i, name in enumerate(channels)}
    return np.array([code[str(name)] for name in names], dtype=np.int64)


def _ints(column: Any) -> Index:
    return np.asarray(column, dtype=np.int64)
