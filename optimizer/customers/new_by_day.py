"""New customers by day, counted from orders: the first order of each customer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.customers.burn_in import settled_from
from optimizer.customers.orders import Orders, purchases
from optimizer.data.totals import Array, Totals
from optimizer.messages import Text, _

if TYPE_CHECKING:
    import pandas as pd


def new_by_day(orders: Orders, label: Text = "orders", burn_in_days: int | None = None) -> Totals:
    """Totals of an orders table, day by day from its first order to its last.

    A customer's first order in the table wins a new customer, but for the days on which many of
    those first seen were customers before (`burn_in`): how many were new then is not known. A
    cancellation takes its amount off the day it is booked on, and is no order.

    Parameters
    ----------
    orders
        Checked orders.
    label
        What they are called in messages.
    burn_in_days
        Days at the beginning whose new customers are unknown; 0 where customers of before are no
        longer among the orders (None: chosen from the data).

    Returns
    -------
    Totals
        By day; a day without an order is 0. Its notes say what makes the count doubtful.
    """
    import pandas as pd

    bought = purchases(orders)
    first = bought.groupby("user_id")["timestamp"].min().dt.normalize()
    sold, booked = bought, orders.frame
    if orders.guests is not None:  # orders and revenue, but nobody's first order
        guests = orders.guests.assign(user_id="")
        sold = pd.concat([bought, purchases(Orders(guests))], ignore_index=True)
        booked = pd.concat([booked, guests], ignore_index=True)
    days = sold["timestamp"].dt.normalize()
    calendar = pd.date_range(days.min(), days.max(), freq="D")

    def per_day(amounts: pd.Series) -> Array:
        out: Array = amounts.reindex(calendar, fill_value=0.0).to_numpy(dtype=float)
        return out

    booked = booked.assign(day=booked["timestamp"].dt.normalize())
    settled, new = settled_from(orders, burn_in_days), per_day(first.value_counts())
    if settled is not None:
        new = np.where(calendar < settled, np.nan, new)
    notes = [*orders.notes, _counted(label, first, settled, calendar[0])]
    return Totals(
        period="day",
        starts=tuple(day.date() for day in calendar),
        new_customers=new,
        orders=per_day(days.value_counts()),
        revenue=per_day(booked.groupby("day")["value"].sum()),
        label=label,
        notes=tuple(notes),
        currency=orders.currency,
    )


def _counted(
    label: Text, first: pd.Series, settled: pd.Timestamp | None, begin: pd.Timestamp
) -> Text:
    """What is said of how new customers were told."""
    if settled is not None:
        return _(
            "{label}: new customers are counted from the orders ({n} first orders from {day} on); "
            "many of those first seen before bought earlier, so how many were new then is taken "
            "as unknown",
            label=label,
            n=f"{int((first >= settled).sum()):,}",
            day=f"{settled:%Y-%m-%d}",
        )
    return _(
        "{label}: new customers are counted from the orders ({n} first orders); whoever bought "
        "before {day} counts as new, so the first weeks may hold too many",
        label=label,
        n=f"{len(first):,}",
        day=f"{begin:%Y-%m-%d}",
    )
