"""How old customers are at their orders: days since the first one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.customers.orders import Orders

if TYPE_CHECKING:
    import pandas as pd


def ages(orders: Orders) -> tuple[pd.DataFrame, pd.Series, pd.Timestamp]:
    """Every row of a customer with an order, at the customer's age.

    Parameters
    ----------
    orders
        Checked orders.

    Returns
    -------
    tuple
        user (position among the customers), age (days) and value of each row from the first order
        on; the first order by customer; the end of the data.
    """
    import pandas as pd

    frame = orders.frame
    first = frame[frame["value"] > 0].groupby("user_id")["timestamp"].min().sort_index()
    frame = frame[frame["user_id"].isin(first.index)]
    position = pd.Series(range(len(first)), index=first.index)
    user = frame["user_id"].map(position).astype(int)
    age = (frame["timestamp"] - frame["user_id"].map(first)).dt.total_seconds() / 86400
    end = orders.frame["timestamp"].max().normalize() + pd.Timedelta(days=1)
    out = pd.DataFrame({"user": user, "age": age.astype(float), "value": frame["value"]})
    return out[out["age"] >= 0], first, end
