"""Cohorts: customers by the period of their first order, and how many of them come back, period by
period.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.customers.burn_in import settled_from
from optimizer.customers.orders import OrderSource, purchases, read_orders
from optimizer.errors import UserError
from optimizer.messages import _
from optimizer.units import repurchase_rate, share

if TYPE_CHECKING:
    import pandas as pd

PERIODS = {"week": "W-SUN", "month": "M", "quarter": "Q"}


def cohorts(
    source: OrderSource, period: str = "month", burn_in_days: int | None = None
) -> pd.DataFrame:
    """Customers by the period of their first order, and how many of them bought again, period by
    period.

    Parameters
    ----------
    source
        Orders: see `read_orders`.
    period
        week | month | quarter.
    burn_in_days
        Customers first seen within so many days of the data's beginning may be customers from
        before; None: chosen from the data (`burn_in`).

    Returns
    -------
    pandas.DataFrame
        One row per cohort and age: cohort, customers, age (periods after the first), active
        (customers who bought then), rate, repeated (customers with a second order by then),
        repurchase_rate, value (currency), complete (the period has passed), new (no customers from
        before are among them).
    """
    import pandas as pd

    if period not in PERIODS:
        raise UserError(
            _("unknown period '{period}'", period=period),
            fix=_("known: {names}", names=", ".join(PERIODS)),
        )
    orders = read_orders(source)
    bought = purchases(orders)
    index = pd.PeriodIndex(bought["timestamp"], freq=PERIODS[period])
    place = pd.Series(index.asi8, index=bought.index)
    bought = bought.assign(place=place, nth=bought.groupby("user_id").cumcount())
    first = bought.groupby("user_id")["place"].transform("min")
    bought["cohort"], bought["age"] = first, bought["place"] - first
    end = orders.frame["timestamp"].max()
    newest = int(pd.PeriodIndex([end], freq=PERIODS[period]).asi8[0])
    # the last period is only complete when the data reach its last day
    settled = settled_from(orders, burn_in_days)
    done = (
        newest
        if pd.Period(ordinal=newest, freq=PERIODS[period]).end_time.normalize() <= end.normalize()
        else newest - 1
    )
    rows = []
    for cohort in sorted({int(c) for c in bought["cohort"]}):
        some = bought[bought["cohort"] == cohort]
        people = some["user_id"].nunique()
        second = some[some["nth"] == 1].set_index("user_id")["age"]
        start = pd.Period(ordinal=cohort, freq=PERIODS[period]).start_time
        for age in range(newest - cohort + 1):
            then = some[some["age"] == age]
            active, repeated = then["user_id"].nunique(), int((second <= age).sum())
            rows.append(
                {
                    "cohort": str(start.date()),
                    "customers": people,
                    "age": age,
                    "active": active,
                    "rate": share(active, people),
                    "repeated": repeated,
                    "repurchase_rate": repurchase_rate(repeated, people),
                    "value": float(then["value"].sum()),
                    "complete": cohort + age <= done,
                    "new": settled is None or start >= settled,
                }
            )
    return pd.DataFrame(rows)


def repurchase(source: OrderSource, window_days: int | None = None) -> float | None:
    """Repurchase rate (复购率): customers with a second order / customers.

    Parameters
    ----------
    source
        Orders: see `read_orders`.
    window_days
        Only second orders within this many days of the first count, and only customers whose first
        order lies a whole window before the end of the data. None: any second order.

    Returns
    -------
    float or None
        A share; None where there is no such customer.
    """
    import pandas as pd

    orders = read_orders(source)
    bought = purchases(orders)
    times = bought.groupby("user_id")["timestamp"]
    first = times.min()
    second = (
        bought[bought.groupby("user_id").cumcount() == 1]
        .set_index("user_id")["timestamp"]
        .reindex(first.index)
    )
    if window_days is None:
        return repurchase_rate(int(second.notna().sum()), len(first))
    if window_days < 1:
        raise UserError(
            _("a window of {window_days} days", window_days=window_days), fix=_("1 day or more")
        )
    end = orders.frame["timestamp"].max().normalize() + pd.Timedelta(days=1)
    window = pd.Timedelta(days=window_days)
    whole = first + window <= end
    return repurchase_rate(int((second[whole] - first[whole] <= window).sum()), int(whole.sum()))
