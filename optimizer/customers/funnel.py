"""The funnel: how many people reached each stage, where they are lost, and what carts left behind
are worth.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from optimizer import units
from optimizer.data.engine import literal
from optimizer.errors import UserError
from optimizer.messages import Message, _
from optimizer.plotting import Plots
from optimizer.registry import did_you_mean

if TYPE_CHECKING:
    import pandas as pd

    from optimizer.data.tables import Events

CENTS = 10_000  # money is added up as whole hundredths of a cent, so that no order of rows matters


@dataclass(frozen=True)
class Funnel(Plots):
    """How far people came.

    Parameters
    ----------
    stages
        stage, people (who reached this stage or a later one), rate (of the stage before), loss (1 -
        rate), of_first (of the first stage), benchmark, below (1 - rate / benchmark where the rate
        is lower).
    notes
        What a reader should know.
    """

    stages: pd.DataFrame
    notes: tuple[Message, ...] = ()


def funnel(
    events: Events,
    stages: Sequence[tuple[str, Sequence[str], int]],
    benchmarks: Mapping[str, float] | None = None,
    segment: str | None = None,
) -> Funnel:
    """People by the furthest stage they reached.

    Parameters
    ----------
    events
        Opened events.
    stages
        (name, milestones, how many of them) in order; the first stage is everybody seen.
    benchmarks
        Stage -> the rate to hold it against.
    segment
        Only the rows of this segment.
    """
    import pandas as pd

    names = [stage[0] for stage in stages]
    for name in benchmarks or {}:
        if name not in names:
            raise UserError(
                _("a benchmark speaks of '{name}', which is no stage", name=name),
                fix=did_you_mean(name, names),
            )
    where = f"WHERE segment = {literal(segment)}" if segment is not None else ""
    reached = ", ".join(
        f"SUM(CASE WHEN event IN ({', '.join(map(literal, milestones))}) THEN 1 ELSE 0 END) AS s{i}"
        if milestones
        else f"1 AS s{i}"
        for i, (_name, milestones, _needed) in enumerate(stages)
    )
    furthest = " ".join(
        f"WHEN s{i} >= {int(needed) if milestones else 1} THEN {i}"
        for i, (_name, milestones, needed) in reversed(list(enumerate(stages)))
    )
    counts = events.query(
        f"SELECT level, COUNT(*) AS people FROM (SELECT CASE {furthest} ELSE 0 END AS level "
        f"FROM (SELECT user_id, {reached} FROM {events.table} {where} GROUP BY user_id)) "
        "GROUP BY level ORDER BY level"
    )
    at = {int(r["level"]): int(r["people"]) for r in counts.to_dict("records")}
    rows: list[dict[str, Any]] = []
    for i, name in enumerate(names):
        people = sum(n for level_, n in at.items() if level_ >= i)
        rate = units.share(people, rows[-1]["people"]) if rows else None
        goal = (benchmarks or {}).get(name)
        rows.append(
            {
                "stage": name,
                "people": people,
                "rate": rate,
                "loss": None if rate is None else 1 - rate,
                "of_first": units.share(people, rows[0]["people"]) if rows else 1.0,
                "benchmark": goal,
                "below": None
                if goal is None or rate is None
                else max(0.0, -(units.change(rate, goal) or 0.0)),
            }
        )
    return Funnel(pd.DataFrame(rows).astype(object).where(lambda f: f.notna(), None))


@dataclass(frozen=True)
class Carts(Plots):
    """Carts left behind.

    Parameters
    ----------
    rows
        channel (of the last touch before the cart, "" for none), carts (people who filled one),
        left (no order within the window), loss (left / carts), value (what the left carts held,
        currency).
    total
        The same over all channels.
    window_days
        Days within which an order counts.
    won_back
        Share of them that a reminder brings back.
    worth
        Value of the left carts x `won_back`; a cart without a stated value counts as the average
        order.
    """

    rows: pd.DataFrame
    total: dict[str, Any]
    window_days: float
    won_back: float
    worth: float | None


def carts(
    events: Events,
    window_days: float = 7.0,
    won_back: float = 0.1,
    cart: str = "add_to_cart",
    purchase: str = "purchase",
) -> Carts:
    """Where carts are left, and what a reminder is worth.

    A person's last cart event before an order (or the end) is one cart; carts younger than the
    window at the end of the data are left out, since they may still be bought.

    Parameters
    ----------
    events
        Opened events.
    window_days
        Days within which an order counts.
    won_back
        Share of them that a reminder brings back, 0 to 1.
    cart, purchase
        What the events are called.
    """
    import pandas as pd

    if not window_days > 0 or not 0 <= won_back <= 1:
        raise UserError(
            _(
                "a window of {window_days} days, a share of {won_back}",
                window_days=f"{window_days:g}",
                won_back=f"{won_back:g}",
            ),
            fix=_("a window above 0 days, a share won back between 0 and 1"),
        )
    is_cart, is_order = f"event = {literal(cart)}", f"event = {literal(purchase)}"
    sold = events.query(
        f"SELECT COUNT(value) AS orders, {events.engine.total('value', CENTS)} AS gmv "
        f"FROM {events.table} WHERE {is_order}"
    ).to_dict("records")[0]
    orders = int(sold["orders"])
    average = units.aov(float(sold["gmv"]) / CENTS, orders) if orders else None
    found = events.query(_carts_sql(events, is_cart, is_order, float(window_days) * 86400))
    rows = [_cart_row(row, average) for row in found.to_dict("records")]
    value = None if any(r["value"] is None for r in rows) else float(sum(r["value"] for r in rows))
    filled, left = sum(r["carts"] for r in rows), sum(r["left"] for r in rows)
    total = {
        "channel": "total",
        "carts": filled,
        "left": left,
        "loss": units.share(left, filled),
        "value": value,
    }
    return Carts(
        pd.DataFrame(rows, columns=["channel", "carts", "left", "loss", "value"]),
        total,
        window_days,
        won_back,
        None if value is None else value * won_back,
    )


def _carts_sql(events: Events, is_cart: str, is_order: str, window: float) -> str:
    """Carts by channel: how many, how many were left, and what those held. window: seconds."""
    by_user = f"PARTITION BY user_id ORDER BY {events.order}"
    either = f"CASE WHEN {is_cart} OR {is_order} THEN 1 ELSE 0 END"
    value = events.engine.total("CASE WHEN gone = 1 THEN value END", CENTS)
    return f"""
        WITH seen AS (SELECT *, MAX(timestamp) OVER () AS ending FROM {events.table}),
        marked AS (
            SELECT *,
                LAST_VALUE(CASE WHEN event = 'touch' THEN channel END IGNORE NULLS) OVER (
                    {by_user} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS via,
                MIN(CASE WHEN {is_order} THEN timestamp END) OVER (
                    {by_user} ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS bought,
                LEAD(CASE WHEN {is_cart} THEN 1 ELSE 0 END) OVER (
                    PARTITION BY user_id, {either} ORDER BY {events.order}) AS next_is_cart
            FROM seen),
        filled AS (
            SELECT COALESCE(via, '') AS channel, value,
                CASE WHEN bought IS NOT NULL AND epoch(bought) - epoch(timestamp) <= {window!r}
                    THEN 0 ELSE 1 END AS gone
            FROM marked
            WHERE {is_cart} AND COALESCE(next_is_cart, 0) = 0
                AND epoch(ending) - epoch(timestamp) >= {window!r})
        SELECT channel, COUNT(*) AS carts, SUM(gone) AS abandoned, {value} AS value,
            SUM(CASE WHEN gone = 1 AND value IS NULL THEN 1 ELSE 0 END) AS unpriced
        FROM filled GROUP BY channel ORDER BY channel"""


def _cart_row(row: Mapping[Any, Any], average: float | None) -> dict[str, Any]:
    """One channel's carts; average: of an order, currency."""
    unpriced, carts_, left = int(row["unpriced"]), int(row["carts"]), int(row["abandoned"])
    unknown = row["value"] is None or row["value"] != row["value"]
    known = 0.0 if unknown else float(row["value"]) / CENTS
    value = None if unpriced and average is None else known + unpriced * (average or 0.0)
    return {
        "channel": str(row["channel"]),
        "carts": carts_,
        "left": left,
        "loss": units.share(left, carts_),
        "value": value,
    }
