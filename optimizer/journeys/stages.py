"""Stages from milestones, and what the lifecycle model reads: event-days, from one source by user.

A *ladder* is the scenario's ordered stages read as levels: those before the first purchase (levels a user climbs),
then the buyers' stages. Milestones are signs: a stage may be reached without its milestone being seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from optimizer.errors import UserError
from optimizer.messages import _

if TYPE_CHECKING:
    from optimizer.data.tables import Events

Array = NDArray[np.float64]
Index = NDArray[np.int64]

PURCHASE = "purchase"
DEFAULT = (
    {"name": "awareness"},
    {"name": "interest", "milestones": ["engage", "product_view"]},
    {"name": "decision", "milestones": ["add_to_cart"]},
    {"name": "repurchase", "milestones": [PURCHASE]},
    {"name": "loyalty", "milestones": [PURCHASE], "count": 2},
)
SAMPLE = 500_000  # events that are read user by user; larger sources are sampled by whole users
FEW = 20  # milestones of a stage below which the stage cannot be told from its neighbours


@dataclass(frozen=True)
class Ladder:
    """levels: names of the stages before the first purchase, lowest first; buyers: names of the two stages after
    it (one order, more); signs: milestone -> level it shows (1 ...); timeout: days after which, in the mean, somebody
    untouched who shows nothing has fallen back a level (None: estimated)."""

    levels: tuple[str, ...]
    buyers: tuple[str, str]
    signs: Mapping[str, int]
    purchase: str = PURCHASE
    notes: tuple[str, ...] = ()
    timeout: float | None = None

    @property
    def names(self) -> tuple[str, ...]:
        return (*self.levels, *self.buyers)


def ladder(
    stages: Sequence[Any] | None,
    seen: Mapping[str, int],
    purchase: str = PURCHASE,
    timeout: float | None = None,
) -> Ladder:
    """The ladder of a scenario's stages (mappings or objects with name, milestones, count), given the milestones
    that occur in the data (name -> rows). timeout: see `Ladder`. Stages that the data hardly ever show are left out, and that is said.
    """
    rows = [_read(s) for s in (DEFAULT if stages is None else stages)]
    before = [r for r in rows if purchase not in r[1]]
    after = [r[0] for r in rows if purchase in r[1]]
    if not before:
        before = [("awareness", (), 1)]
    levels, signs, notes = [before[0][0]], {}, []
    for name, milestones, __ in before[1:]:
        shown = sum(int(seen.get(m, 0)) for m in milestones)
        if shown < FEW:
            notes.append(
                _("stage {name} is left out: the data show it {a} times", name=name, a=shown)
            )
            continue
        levels.append(name)
        signs.update({m: len(levels) - 1 for m in milestones if m in seen})
    if len(levels) == 1:
        notes.append(
            _(
                "the journeys carry no milestones before the purchase: only what touches do to "
                "buying itself can be seen"
            )
        )
    names = (*after, "repurchase", "loyalty")[:2] if len(after) != 1 else (after[0], "loyalty")
    return Ladder(tuple(levels), (names[0], names[1]), signs, purchase, tuple(notes), timeout)


def _read(stage: Any) -> tuple[str, tuple[str, ...], int]:
    get = stage.get if isinstance(stage, Mapping) else lambda k, d=None: getattr(stage, k, d)
    return str(get("name")), tuple(get("milestones") or ()), int(get("count", 1) or 1)


@dataclass(frozen=True)
class EventDays:
    """The days on which a user did something. Days count from the source's first day; users 0..U-1 by id.

    channels:   C names, sorted
    touch:      rows (user, day, channel, touches, after the first purchase or not)
    sign:       rows (user, day, level shown), before the first purchase
    order:      rows (user, day, orders, value); the first order is the first row of its user
    bucket:     (U,) user bucket; first_day: (U,) day of the user's first event
    volume:     days x C touches in the whole source; share: part of the users that was read
    start:      the first day, ISO
    totals:     first purchases, orders, value of first purchases, value of all orders; whole source
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
    notes: tuple[str, ...] = ()
    start: str = ""

    @property
    def first_orders(self) -> NDArray[np.bool_]:
        """Which rows of `order` are the first of their user."""
        user = self.order[0]
        return np.r_[True, np.diff(user) > 0] if len(user) else np.zeros(0, dtype=bool)

    def without(self, channels: NDArray[np.bool_]) -> EventDays:
        """The same people and days as if these channels (C,) had touched nobody."""
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
    """Read event-days. Sources above `sample` rows are read for a sample of whole users, chosen by their bucket, so
    that memory stays bounded; totals and volumes always come from the whole source.

    Raises `UserError` where there is nobody or nothing to learn from.
    """
    rows = int(events.facts["rows"])
    seen = {str(k): int(v) for k, v in dict(events.facts.get("events", {})).items() if k != "touch"}
    steps = ladder(stages, seen, timeout=timeout)
    cut = 1000 if rows <= sample else max(1, round(1000 * sample / rows))
    where = "TRUE" if cut >= 1000 else f"{events.bucket(1000)} < {cut}"
    t = events.table
    first = events.columns(
        f"SELECT min(timestamp) AS a, max(timestamp) AS b, count(DISTINCT user_id) AS n FROM {t}"
    )
    if not rows or int(first["n"][0]) == 0:
        raise UserError(_("there are no events"), fix=_("give an events table with touches"))
    start = f"(SELECT date_trunc('day', min(timestamp)) FROM {t})"
    day = f"CAST(date_diff('day', {start}, timestamp) AS INTEGER)"
    bought = f"event = {_text(steps.purchase)}"
    # amounts are added up as whole numbers, so that no order of adding changes a digit
    top = float(
        events.columns(f"SELECT coalesce(max(value), 0.0) AS v FROM {t} WHERE {bought}")["v"][0]
    )
    scale = 2.0 ** (44 - int(np.ceil(np.log2(max(top, 1e-12)))))
    people = (
        f"SELECT user_id, row_number() OVER (ORDER BY user_id) - 1 AS u, {events.bucket(buckets)} AS b, min({day}) AS d, "
        f"min(CASE WHEN {bought} THEN timestamp END) AS fp FROM {t} WHERE {where} GROUP BY user_id"
    )
    joined = f"FROM {t} AS e JOIN people AS p ON e.user_id = p.user_id"
    who = events.columns(f"WITH people AS ({people}) SELECT u, b, d FROM people ORDER BY u")
    touch = events.columns(
        f"WITH people AS ({people}) SELECT u, {day} AS d, channel, coalesce(timestamp > fp, FALSE) AS post, count(*) AS n {joined} "
        f"WHERE event = 'touch' AND channel IS NOT NULL GROUP BY ALL ORDER BY u, d, channel, post"
    )
    volume = events.columns(
        f"SELECT {day} AS d, channel, count(*) AS n FROM {t} WHERE event = 'touch' AND channel IS NOT NULL GROUP BY ALL ORDER BY d, channel"
    )
    orders = events.columns(
        f"WITH people AS ({people}) SELECT u, {day} AS d, count(*) AS n, {events.engine.amount('coalesce(value, 0.0)', scale)} AS v {joined} WHERE {bought} "
        f"GROUP BY ALL ORDER BY u, d"
    )
    level = " ".join(f"WHEN {_text(name)} THEN {at}" for name, at in sorted(steps.signs.items()))
    sign = (
        events.columns(
            f"WITH people AS ({people}) SELECT DISTINCT u, {day} AS d, CASE event {level} END AS k {joined} "
            f"WHERE event IN ({', '.join(_text(n) for n in sorted(steps.signs))}) AND coalesce(timestamp <= fp, TRUE) ORDER BY u, d, k"
        )
        if level
        else {"u": np.zeros(0), "d": np.zeros(0), "k": np.zeros(0)}
    )
    sums = events.columns(
        f"SELECT count(*) AS n, count(DISTINCT user_id) AS c, {events.engine.amount('coalesce(value, 0.0)', scale)} AS v, "
        f"{events.engine.amount('CASE WHEN r = 1 THEN coalesce(value, 0.0) ELSE 0.0 END', scale)} AS f FROM (SELECT user_id, value, "
        f"row_number() OVER (PARTITION BY user_id ORDER BY timestamp, value) AS r FROM {t} WHERE {bought}) AS o"
    )
    channels = tuple(sorted({str(c) for c in volume["channel"]}))
    code = {name: i for i, name in enumerate(channels)}
    days = (
        int(
            np.floor(
                (
                    first["b"][0].astype("datetime64[D]") - first["a"][0].astype("datetime64[D]")
                ).astype(int)
            )
        )
        + 1
    )
    per_day = np.zeros((days, len(channels)))
    per_day[_ints(volume["d"]), [code[str(c)] for c in volume["channel"]]] = np.asarray(
        volume["n"], dtype=float
    )
    notes = list(steps.notes)
    share = len(who["u"]) / int(first["n"][0])
    if cut < 1000:
        notes.append(
            _(
                "the lifecycle model read {a} of {b} users, chosen by hash; totals are of all",
                a=f"{len(who['u']):,}",
                b=f"{int(first['n'][0]):,}",
            )
        )
    return EventDays(
        channels,
        steps,
        days,
        (
            _ints(touch["u"]),
            _ints(touch["d"]),
            np.array([code[str(c)] for c in touch["channel"]], dtype=np.int64),
            np.asarray(touch["n"], dtype=float),
            np.asarray(touch["post"], dtype=bool),
        ),
        (_ints(sign["u"]), _ints(sign["d"]), _ints(sign["k"])),
        (
            _ints(orders["u"]),
            _ints(orders["d"]),
            np.asarray(orders["n"], dtype=float),
            np.asarray(orders["v"], dtype=float),
        ),
        _ints(who["b"]),
        _ints(who["d"]),
        per_day,
        share,
        tuple(float(np.nan_to_num(np.ma.filled(sums[name], 0.0))[0]) for name in "cnfv"),
        tuple(notes),
        str(first["a"][0].astype("datetime64[D]")),
    )


def _ints(column: Any) -> Index:
    return np.asarray(column, dtype=np.int64)


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
