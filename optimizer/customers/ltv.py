"""What a customer is worth within a horizon, from the repeat behaviour the data show. No model, no
extrapolation.

A customer's age is the time since their first order. For each stretch of age, the margin per
customer is taken over those customers who were observed through all of it; the stretches are added
up. So young customers tell about the first weeks and only old ones about the later, and nobody is
counted as lost who simply has not had the time. Intervals: bootstrap over groups of customers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from optimizer.customers.orders import Orders, OrderSource, read_orders
from optimizer.errors import UserError
from optimizer.messages import Text, _
from optimizer.plotting import Plots

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

BUCKETS = 200
FEW = 30


@dataclass(frozen=True)
class Ltv(Plots):
    """Expected margin per new customer within a horizon, discounted.

    Parameters
    ----------
    horizon_days
        Days since the first order.
    margin
        Gross margin, a share of value.
    discount
        Per year.
    value, low, high
        Currency per new customer, with its interval at 1 - level.
    customers
        With an order.
    curve
        age_days (end of the stretch), value (up to there), low, high, customers (observed through
        the stretch).
    notes
        Where few customers speak, and what else a reader should know.
    """

    horizon_days: int
    margin: float
    discount: float
    value: float
    low: float
    high: float
    level: float
    customers: int
    curve: pd.DataFrame
    notes: tuple[Text, ...] = ()


def ltv(
    source: OrderSource,
    horizon_days: int = 365,
    margin: float = 1.0,
    discount: float = 0.0,
    step_days: int = 30,
    level: float = 0.05,
    draws: int = 1000,
    seed: int = 0,
) -> Ltv:
    """Value of a new customer by horizon.

    Parameters
    ----------
    source
        Orders: see `read_orders`.
    horizon_days
        Days since the first order.
    margin
        Gross margin, a share of value.
    discount
        Per year; 0.1 is 10 %.
    step_days
        Length of a stretch of the curve.
    level
        Of the interval: it holds 1 - level.
    draws, seed
        Of the bootstrap.

    Raises
    ------
    UserError
        When no customer has been observed for the whole horizon; it says the longest one that
        works.
    """
    import numpy as np
    import pandas as pd

    _check(horizon_days, margin, discount, step_days, level, draws)
    orders = read_orders(source)
    frame, first, end = _ages(orders)
    edges = np.array([*range(0, horizon_days, step_days), horizon_days], dtype=float)
    # days each customer has been watched
    observed = (end - first).dt.total_seconds().to_numpy() / 86400
    _check_observed(observed, horizon_days)
    bucket = _buckets(first.index)
    age = frame["age"].to_numpy()
    worth = frame["value"].to_numpy() * margin / (1 + discount) ** (age / 365)
    stretch = np.searchsorted(edges, age, side="right") - 1
    who = frame["user"].to_numpy()
    ends = edges[np.minimum(stretch + 1, len(edges) - 1)]
    inside = (stretch < len(edges) - 1) & (observed[who] >= ends)
    groups, stretches = int(bucket.max()) + 1, len(edges) - 1
    value = np.zeros((groups, stretches))
    np.add.at(value, (bucket[who[inside]], stretch[inside]), worth[inside])
    people = np.zeros((groups, stretches))
    for k in range(stretches):
        people[:, k] = np.bincount(bucket[observed >= edges[k + 1]], minlength=groups)
    curve = np.cumsum(value.sum(axis=0) / people.sum(axis=0))
    low, high = _interval(value, people, level, draws, seed)
    table = pd.DataFrame(
        {
            "age_days": edges[1:].astype(int),
            "value": curve,
            "low": low,
            "high": high,
            "customers": people.sum(axis=0).astype(int),
        }
    )
    return Ltv(
        horizon_days,
        margin,
        discount,
        float(curve[-1]),
        float(low[-1]),
        float(high[-1]),
        level,
        len(first),
        table,
        _notes(orders, int(people[:, -1].sum())),
    )


def _check(
    horizon_days: int, margin: float, discount: float, step_days: int, level: float, draws: int
) -> None:
    positive = horizon_days >= 1 and step_days >= 1 and draws >= 1
    if not positive or not 0 < level < 1 or margin < 0 or discount <= -1:
        raise UserError(
            _(
                "horizon and step are 1 day or more, margin is 0 or more, level lies between 0 "
                "and 1"
            ),
            fix=_("look at the numbers given"),
        )


def _check_observed(observed: np.ndarray[Any, Any], horizon_days: int) -> None:
    """Somebody was observed for the whole horizon. observed: days, per customer."""
    if (observed >= horizon_days).any():
        return
    longest = math.floor(observed.max())
    raise UserError(
        _("no customer has been observed for {horizon_days} days", horizon_days=horizon_days),
        fix=_("the longest horizon these orders can speak of is {longest} days", longest=longest)
        if longest >= 1
        else _("wait for more orders"),
    )


def _notes(orders: Orders, observed: int) -> tuple[Text, ...]:
    """What a reader should know. observed: customers who were watched for the whole horizon."""
    notes: list[Text] = [
        *orders.notes,
        _(
            "first order means the first in these orders: customers from before they begin "
            "count as new"
        ),
    ]
    if observed < FEW:
        notes.append(
            _("only {number} customers were observed for the whole horizon", number=observed)
        )
    return tuple(notes)


def _ages(orders: Orders) -> tuple[pd.DataFrame, pd.Series, pd.Timestamp]:
    """(value and age in days of every row of a customer with an order, first order by customer, end
    of the data)
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


def _buckets(users: pd.Index) -> np.ndarray[Any, Any]:
    """Which bootstrap group each customer is in: by a hash of the id, so the same in any order; few
    customers are their own groups.
    """
    import numpy as np
    import pandas as pd

    if len(users) <= BUCKETS:
        return np.arange(len(users))
    keys = pd.util.hash_array(users.to_numpy(dtype=object), categorize=False)
    return np.asarray(keys % BUCKETS, dtype=int)


def _interval(
    value: np.ndarray[Any, Any], people: np.ndarray[Any, Any], level: float, draws: int, seed: int
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Percentile bootstrap of the cumulated value; a draw without anybody in a stretch keeps the
    stretch's mean.
    """
    import numpy as np

    groups = len(value)
    weights = (
        np.random.default_rng(seed)
        .multinomial(groups, np.full(groups, 1 / groups), size=draws)
        .astype(float)
    )
    top, base = weights @ value, weights @ people
    mean = value.sum(axis=0) / people.sum(axis=0)
    drawn = np.cumsum(np.where(base > 0, top / np.where(base > 0, base, 1), mean), axis=1)
    low, high = np.quantile(drawn, [level / 2, 1 - level / 2], axis=0)
    return low, high
