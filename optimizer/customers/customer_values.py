"""What every customer is expected to bring from now on: BG/NBD for orders, gamma-gamma for money."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.customers.bg_nbd import fit_bg_nbd
from optimizer.customers.gamma_gamma import fit_gamma_gamma
from optimizer.customers.orders import OrderSource, purchases, read_orders
from optimizer.errors import UserError
from optimizer.messages import _

if TYPE_CHECKING:
    import pandas as pd

PIECES = 12  # of the horizon: each is discounted as if its orders came in its middle


def customer_values(
    source: OrderSource, horizon_days: int, margin: float = 1.0, discount: float = 0.0
) -> pd.DataFrame:
    """What each customer is expected to order, and to bring, within so many days from now.

    Orders of one day are one. Everybody is watched since their first order in the data. Money that
    went back lowers what orders are worth by the same share for all.

    Parameters
    ----------
    source
        Orders: see `read_orders`.
    horizon_days
        From the last day of the data.
    margin
        Gross margin, a share of value.
    discount
        Per year; 0.1 is 10 %.

    Returns
    -------
    pandas.DataFrame
        By user_id: alive (the chance that they still buy), expected_orders, expected_order_value
        (currency, what goes back taken off), expected_value (margin, currency).

    Raises
    ------
    UserError
        Where too few customers ordered again.
    """
    import numpy as np
    import pandas as pd

    if horizon_days < 1 or margin < 0 or discount <= -1:
        raise UserError(
            _("the horizon is 1 day or more, and margin 0 or more"),
            fix=_("look at the numbers given"),
        )
    orders = read_orders(source)
    days, end = _by_day(purchases(orders)), orders.frame["timestamp"].max().normalize()
    by = days.groupby("user_id", sort=True)
    first, last = by["day"].min(), by["day"].max()
    again = (by.size() - 1).to_numpy(dtype=float)
    recency = (last - first).dt.days.to_numpy(dtype=float)
    age = (end - first).dt.days.to_numpy(dtype=float)
    model = fit_bg_nbd(again, recency, age)
    # the first order is left out, as in the literature: it is often unlike those that follow
    later = days[days["day"] > days["user_id"].map(first)].groupby("user_id")["value"].mean()
    mean = later.reindex(first.index).to_numpy(dtype=float)
    money = fit_gamma_gamma(again[again > 0], mean[again > 0])
    kept = float(orders.frame["value"].sum() / days["value"].sum())  # not given back
    worth = money.expected(again, mean) * kept
    ends = np.linspace(0, horizon_days, PIECES + 1)
    until = np.stack([model.expected(float(x), again, recency, age) for x in ends], axis=1)
    paid = (1 + discount) ** (-(ends[1:] + ends[:-1]) / 2 / 365)
    return pd.DataFrame(
        {
            "alive": model.alive(again, recency, age),
            "expected_orders": until[:, -1],
            "expected_order_value": worth,
            "expected_value": np.diff(until, axis=1) @ paid * worth * margin,
        },
        index=first.index,
    )


def _by_day(bought: pd.DataFrame) -> pd.DataFrame:
    """Orders with those of one customer and day as one."""
    day = bought["timestamp"].dt.normalize()
    by = bought.assign(day=day).groupby(["user_id", "day"])
    return by["value"].sum().reset_index()
