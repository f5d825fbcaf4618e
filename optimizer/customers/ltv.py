"""What a customer is worth within a horizon, from the repeat behaviour the data show.

A customer's age is the time since their first order. For each stretch of age, the margin per
customer is taken over those customers who were observed through all of it; the stretches are added
up. So young customers tell about the first weeks and only old ones about the later, and nobody is
counted as lost who simply has not had the time.

Customers first seen early may be customers from before the data begin, who buy more: they are left
out by a burn-in chosen from the data (`burn_in`). Where the horizon reaches beyond what new
customers were observed for, those left out say how buying goes on with age, scaled to what new
customers bought at the ages where both were observed (the chain ladder of insurers).

Intervals hold the mean of as many customers to come: the doubt about the estimate and the chance of
who comes, each by a bootstrap over the weeks in which customers came, for weeks differ, or over
groups of customers, whichever is wider.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from optimizer.customers.ages import ages
from optimizer.customers.burn_in import BurnIn, chosen, stated
from optimizer.customers.ltv_curve import FEW, Sums, Told, curve, interval, sums, watched
from optimizer.customers.orders import Orders, OrderSource, read_orders
from optimizer.errors import UserError
from optimizer.messages import Text, _
from optimizer.plotting import Plots

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

BUCKETS = 200


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
        Currency per new customer, with the interval at 1 - level of the mean of as many to come.
    customers
        New ones with an order.
    curve
        age_days (end of the stretch), value (up to there), low, high, customers (observed through
        the stretch).
    notes
        Where few customers speak, and what else a reader should know.
    burn_in_days
        Customers first seen before that many days of data were left out.
    observed_days
        Up to that age new customers tell of themselves; beyond it those left out do.
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
    burn_in_days: int = 0
    observed_days: int = 0


def ltv(
    source: OrderSource,
    horizon_days: int = 365,
    margin: float = 1.0,
    discount: float = 0.0,
    step_days: int = 30,
    level: float = 0.05,
    draws: int = 1000,
    seed: int = 0,
    burn_in_days: int | None = None,
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
    burn_in_days
        Customers first seen within so many days of the data's beginning are left out, as they may
        be customers from before; None: chosen from the data; 0: nobody.

    Raises
    ------
    UserError
        When no customer has been observed for the whole horizon; it says the longest one that
        works.
    """
    import numpy as np

    _check(horizon_days, margin, discount, step_days, level, draws)
    orders = read_orders(source)
    frame, first, end = ages(orders)
    burn = chosen(first, frame, end) if burn_in_days is None else stated(burn_in_days, first, end)
    offset = (first - first.min().normalize()).dt.days.to_numpy()
    new = offset >= burn.days
    _check_new(new, burn)
    edges = np.array([*range(0, horizon_days, step_days), horizon_days], dtype=float)
    told = _told(frame, (end - first).dt.total_seconds().to_numpy() / 86400, edges)
    told = replace(
        told, worth=told.worth * margin / (1 + discount) ** (frame["age"].to_numpy() / 365)
    )
    ways = (_buckets(first.index), np.asarray(offset // 7, dtype=int))
    pairs = [(sums(told, by, new), sums(told, by, ~new)) for by in ways]
    direct = _direct(pairs[0], told, new, horizon_days)
    low, high = interval(pairs, direct, level, draws, seed)
    table = _table(pairs[0], edges, direct, low, high)
    seen = int(edges[direct])
    return Ltv(
        horizon_days,
        margin,
        discount,
        float(table["value"].iloc[-1]),
        float(low[-1]),
        float(high[-1]),
        level,
        int(new.sum()),
        table,
        _notes(orders, burn, seen, int(table["customers"].iloc[direct - 1]), horizon_days),
        burn.days,
        seen,
    )


def _told(frame: pd.DataFrame, observed: np.ndarray[Any, Any], edges: np.ndarray[Any, Any]) -> Told:
    """What orders tell at the ages of the edges."""
    import numpy as np

    stretch = np.searchsorted(edges, frame["age"].to_numpy(), side="right") - 1
    return Told(edges, observed, frame["user"].to_numpy(), stretch, frame["value"].to_numpy())


def _table(
    pair: tuple[Sums, Sums],
    edges: np.ndarray[Any, Any],
    direct: int,
    low: np.ndarray[Any, Any],
    high: np.ndarray[Any, Any],
) -> pd.DataFrame:
    """The curve: value up to each age, its interval, and who was watched."""
    import pandas as pd

    return pd.DataFrame(
        {
            "age_days": edges[1:].astype(int),
            "value": curve(pair[0].whole, pair[1].whole, direct)[0],
            "low": low,
            "high": high,
            "customers": pair[0].people.sum(axis=0).astype(int),
        }
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


def _check_new(new: np.ndarray[Any, Any], burn: BurnIn) -> None:
    """Somebody was first seen after the burn-in."""
    if not new.any():
        raise UserError(
            _("nobody was first seen after the first {days} days", days=burn.days),
            fix=_("leave out fewer days at the beginning"),
        )


def _direct(
    pair: tuple[Sums, Sums], told: Told, new: np.ndarray[Any, Any], horizon_days: int
) -> int:
    """Stretches of which new customers tell themselves.

    Raises
    ------
    UserError
        Where nobody tells of the horizon, with the longest one that works.
    """
    import numpy as np

    direct = watched(*pair)
    if direct is not None:
        return direct
    longest = math.floor(told.observed[new].max())
    others = np.sort(told.observed[~new])[::-1]
    if len(others) >= FEW and (pair[0].people.sum(axis=0) >= FEW).sum() >= 2:
        longest = max(longest, math.floor(others[FEW - 1]))
    raise UserError(
        _("no customer has been observed for {horizon_days} days", horizon_days=horizon_days),
        fix=_("the longest horizon these orders can speak of is {longest} days", longest=longest)
        if longest >= 1
        else _("wait for more orders"),
    )


def _notes(
    orders: Orders, burn: BurnIn, seen: int, observed: int, horizon_days: int
) -> tuple[Text, ...]:
    """What a reader should know. observed: customers who were watched through the last stretch of
    which new ones tell.
    """
    notes: list[Text] = [*orders.notes, _of_burn_in(burn)]
    if seen < horizon_days:
        notes.append(
            _(
                "new customers were watched for {seen} days; what follows goes on as it did with "
                "the customers left out, scaled to the new ones",
                seen=seen,
            )
        )
    if observed < FEW:
        notes.append(
            _("only {number} customers were observed for the whole horizon", number=observed)
        )
    return tuple(notes)


def _of_burn_in(burn: BurnIn) -> Text:
    """What was done about customers from before the data."""
    if burn.before is not None and burn.after is not None:
        return _(
            "the {left} customers first seen in the first {days} days are left out: they made "
            "{before} orders within {watched} days of the first one seen, later ones {after}, so "
            "many of them were customers before",
            left=f"{burn.left_out:,}",
            days=burn.days,
            before=f"{burn.before:.2f}",
            watched=burn.watched,
            after=f"{burn.after:.2f}",
        )
    if burn.days:
        return _(
            "the {left} customers first seen in the first {days} days are left out, as asked",
            left=f"{burn.left_out:,}",
            days=burn.days,
        )
    if burn.compared:
        return _(
            "customers first seen early bought no more than those first seen later: all count as "
            "new"
        )
    return _(
        "first order means the first in these orders: customers from before they begin count as new"
    )


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
