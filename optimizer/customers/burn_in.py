"""How long at the beginning of the data those first seen may be customers from before.

Who was a customer before the data begin is first seen at their next order, and looks new. The first
weeks of a table are full of them, and they buy again sooner and more often than new customers do.
So customers are compared by when they were first seen, each watched for the same time: the burn-in
ends where those first seen earlier no longer buy more than those first seen later. A table whose
customers are all new (a cohort that was followed) shows no such decline, and none are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from optimizer.customers.ages import ages
from optimizer.customers.orders import Orders

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

WEEK = 7
WATCHED = (14, 60)  # days in which customers are compared, at least and at most
FEW = 200  # customers with whom nothing can be compared
SURE = 1.28  # standard errors: one-sided at 10 %, for leaving nobody out costs more than a week
MATERIAL = 0.1  # of the mean of orders after the first, and of spend: less of a decline is none


@dataclass(frozen=True)
class BurnIn:
    """What is left out at the beginning.

    Parameters
    ----------
    days
        From the first order of the data.
    left_out
        Customers first seen then.
    before, after
        Orders per customer within `watched` days of the first one seen: of those left out, and of
        those who stay; None where there is nobody.
    watched
        Days.
    compared
        Whether there were enough customers to choose it.
    """

    days: int
    left_out: int = 0
    before: float | None = None
    after: float | None = None
    watched: int = 0
    compared: bool = False


def stated(days: int, first: pd.Series, end: pd.Timestamp) -> BurnIn:
    """A burn-in that the user states."""
    offset = _days(first, first.min().normalize())
    return BurnIn(days, int((offset < days).sum()))


def chosen(first: pd.Series, ages: pd.DataFrame, end: pd.Timestamp) -> BurnIn:
    """The burn-in that the data ask for.

    Parameters
    ----------
    first
        First order of each customer.
    ages
        user (position in `first`), age (days since the first order), value; one row per order.
    end
        Of the data.
    """
    import numpy as np

    start = first.min().normalize()
    span = int((end - start).days)
    watched = int(min(max(span // 4, WATCHED[0]), WATCHED[1]))
    offset = _days(first, start)
    whole = offset + watched <= span
    if whole.sum() < FEW:
        return BurnIn(0)
    orders, spent = _within(ages, watched, len(first))
    spent = np.minimum(spent, np.quantile(spent[whole], 0.99))
    days = 0
    for days in range(0, span // 2 + 1, WEEK):
        there = whole & (offset >= days)
        if there.sum() < FEW:
            days = max(0, days - WEEK)
            break
        if not any(_declines(offset[there], kind[there]) for kind in (orders - 1, spent)):
            break
    early, late = whole & (offset < days), whole & (offset >= days)
    return BurnIn(
        days,
        int((offset < days).sum()),
        float(orders[early].mean()) if early.any() else None,
        float(orders[late].mean()) if late.any() else None,
        watched,
        True,
    )


def settled_from(orders: Orders, burn_in_days: int | None = None) -> pd.Timestamp | None:
    """The first day on which whoever is first seen is a new customer; None: the data's first.

    Parameters
    ----------
    orders
        Checked orders.
    burn_in_days
        As the user states it; None: chosen from the data.
    """
    import pandas as pd

    frame, first, end = ages(orders)
    days = chosen(first, frame, end).days if burn_in_days is None else burn_in_days
    return first.min().normalize() + pd.Timedelta(days=days) if days else None


def _days(first: pd.Series, start: pd.Timestamp) -> np.ndarray[Any, Any]:
    """When each customer was first seen, whole days after the start."""
    import numpy as np

    return np.asarray((first.dt.normalize() - start).dt.days, dtype=float)


def _within(
    ages: pd.DataFrame, watched: int, customers: int
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Days with an order, and what was spent, of each customer within so many days of the first."""
    import numpy as np

    some = ages[(ages["age"] < watched) & (ages["value"] > 0)]
    days = some.assign(day=np.floor(some["age"])).drop_duplicates(["user", "day"])
    orders = np.bincount(days["user"].to_numpy(), minlength=customers).astype(float)
    spent = np.bincount(some["user"], weights=some["value"], minlength=customers)
    return orders, spent


def _declines(seen: np.ndarray[Any, Any], kind: np.ndarray[Any, Any]) -> bool:
    """Whether those first seen earlier have clearly and materially more: a line through all."""
    import numpy as np

    x = seen - seen.mean()
    spread = float(x @ x)
    if spread == 0.0:
        return False
    slope = float(x @ kind) / spread
    rest = kind - kind.mean() - slope * x
    error = float(np.sqrt(rest @ rest / max(1, len(kind) - 2) / spread))
    excess = slope * float(x.min())  # of the earliest over the mean
    return slope < -SURE * error and excess > MATERIAL * float(kind.mean())
