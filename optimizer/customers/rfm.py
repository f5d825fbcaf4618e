"""RFM: how recently, how often and for how much each customer bought, in groups a founder can act
on.

Scores run from 1 (worst) to `levels` (best). By quantiles, a score is 1 + floor(levels * share of
customers who are strictly worse), so equal customers always score alike; by cuts, it is 1 + the
number of cuts reached.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

from optimizer.customers.orders import Orders, OrderSource, purchases, read_orders
from optimizer.errors import UserError
from optimizer.messages import Message, Text, _
from optimizer.plotting import Plots
from optimizer.registry import did_you_mean
from optimizer.units import aov, share

if TYPE_CHECKING:
    import datetime

    import pandas as pd

Date: TypeAlias = "str | datetime.date | pd.Timestamp"

# key: (English, Chinese, who they are). The order is that of the table.
GROUPS: dict[str, tuple[str, str, Message]] = {
    "high_value": ("high value", "高价值客户", _("bought recently, often, and for much")),
    "potential": ("potential", "潜力客户", _("bought not long ago, not yet often or for much")),
    "new": ("new", "新客户", _("bought once, recently")),
    "at_risk": ("at risk", "流失风险客户", _("bought often or for much, but not for long")),
    "lost": ("lost", "已流失客户", _("bought little, long ago")),
}
AXES = ("recency", "frequency", "monetary")


@dataclass(frozen=True)
class Rfm(Plots):
    """Customers in groups at a date.

    Parameters
    ----------
    at
        The date.
    customers
        By user_id: recency_days (whole days since the last order), frequency (orders), monetary
        (currency, cancellations taken off), r, f, m (scores), group.
    groups
        group, en, zh, who, customers, share, orders, value, value_share, recency_days, frequency,
        monetary, aov.
    levels
        How many scores each axis has.
    notes
        What a reader should know.
    """

    at: pd.Timestamp
    customers: pd.DataFrame
    groups: pd.DataFrame
    levels: Mapping[str, int]
    notes: tuple[Text, ...] = ()


def rfm(
    source: OrderSource,
    at: Date | None = None,
    levels: int = 5,
    cuts: Mapping[str, Sequence[float]] | None = None,
) -> Rfm:
    """Score and group every customer.

    Parameters
    ----------
    source
        Orders: see `read_orders`.
    at
        Only orders before this date count (None: the day after the last order).
    levels
        Scores by quantile, for axes without cuts.
    cuts
        Rising borders per axis, {"recency": [30, 90], "frequency": [2, 5], "monetary": [200,
        1000]}; recency in days.
    """
    import pandas as pd

    orders = read_orders(source)
    borders = _borders(cuts or {})
    if not 2 <= levels <= 20:
        raise UserError(_("{levels} levels", levels=levels), fix=_("2 to 20 levels; 5 is usual"))
    moment = _moment(orders, at)
    seen = orders.frame[orders.frame["timestamp"] < moment]
    bought = purchases(Orders(seen))
    if bought.empty:
        raise UserError(
            _("no orders before {date}", date=moment.date()), fix=_("choose a later date with --at")
        )
    last = bought.groupby("user_id")["timestamp"].max()
    customers = pd.DataFrame(
        {
            "recency_days": (moment - last).dt.days,
            "frequency": bought.groupby("user_id").size(),
            "monetary": seen.groupby("user_id")["value"].sum().reindex(last.index),
        }
    )
    notes: list[Text] = list(orders.notes)
    only_back = seen["user_id"].nunique() - len(customers)
    if only_back:
        notes.append(
            _(
                "{only_back} customers have no order with a value above 0: left out",
                only_back=only_back,
            )
        )
    counts = {}
    for axis, column, letter in zip(
        AXES, ("recency_days", "frequency", "monetary"), "rfm", strict=True
    ):
        customers[letter], counts[axis] = _scores(
            customers[column], borders.get(axis), levels, descending=axis == "recency"
        )
    customers["group"] = _groups(customers, counts)
    return Rfm(moment, customers, _table(customers), counts, tuple(notes))


def _moment(orders: Orders, at: Date | None) -> pd.Timestamp:
    import pandas as pd

    if at is None:
        newest: pd.Timestamp = orders.frame["timestamp"].max()
        return newest.normalize() + pd.Timedelta(days=1)
    try:
        moment = pd.Timestamp(at)
    except ValueError:
        raise UserError(_("'{at}' is no date", at=at), fix=_("write 2026-08-13")) from None
    if not isinstance(moment, pd.Timestamp) or moment.tzinfo is not None:
        raise UserError(_("'{at}' is no date", at=at), fix=_("write 2026-08-13"))
    return moment


def _borders(cuts: Mapping[str, Sequence[float]]) -> dict[str, list[float]]:
    out = {}
    for axis, values in cuts.items():
        if axis not in AXES:
            raise UserError(
                _("unknown axis '{axis}' in the cuts", axis=axis), fix=did_you_mean(axis, AXES)
            )
        borders = [float(v) for v in values]
        if not borders or any(b <= a for a, b in pairwise(borders)):
            raise UserError(
                _(
                    "the cuts of {axis} do not rise: {names}",
                    axis=axis,
                    names=", ".join(f"{v:g}" for v in borders),
                ),
                fix=_("write {axis}=30,90,180", axis=axis),
            )
        out[axis] = borders
    return out


def _scores(
    values: pd.Series, borders: list[float] | None, levels: int, descending: bool
) -> tuple[pd.Series, int]:
    """(score 1 is worst, number of levels). descending: small values are good (recency)."""
    import numpy as np
    import pandas as pd

    if borders is not None:
        passed = np.searchsorted(borders, values.to_numpy(), side="right")
        top = len(borders) + 1
        return pd.Series(top - passed if descending else 1 + passed, index=values.index), top
    worse = values.rank(method="min", ascending=not descending) - 1
    score = 1 + (worse.astype(int) * levels) // len(values)
    return score.clip(upper=levels), levels


def _groups(customers: pd.DataFrame, levels: Mapping[str, int]) -> pd.Series:
    """The group of each customer; every customer falls in exactly one."""
    import numpy as np
    import pandas as pd

    def high(letter: str, axis: str) -> Any:
        return customers[letter] > 0.6 * levels[axis]

    def low(letter: str, axis: str) -> Any:
        return customers[letter] <= max(1.0, 0.4 * levels[axis])

    recent, far = high("r", "recency"), low("r", "recency")
    once = customers["frequency"] == 1
    best = recent & high("f", "frequency") & high("m", "monetary")
    worth = ~(low("f", "frequency") & low("m", "monetary"))
    chosen = np.select(
        [best, recent & once, far & worth, far],
        ["high_value", "new", "at_risk", "lost"],
        default="potential",
    )
    return pd.Series(chosen, index=customers.index)


def _table(customers: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    rows = []
    people, money = len(customers), float(customers["monetary"].sum())
    for key, (en, zh, who) in GROUPS.items():
        some = customers[customers["group"] == key]
        orders, value = int(some["frequency"].sum()), float(some["monetary"].sum())
        rows.append(
            {
                "group": key,
                "en": en,
                "zh": zh,
                "who": who,
                "customers": len(some),
                "share": share(len(some), people),
                "orders": orders,
                "value": value,
                "value_share": share(value, money),
                "recency_days": float(some["recency_days"].mean()) if len(some) else None,
                "frequency": share(orders, len(some)),
                "monetary": share(value, len(some)),
                "aov": aov(value, orders),
            }
        )
    return pd.DataFrame(rows)


def movement(
    source: OrderSource,
    before: Date,
    after: Date,
    levels: int = 5,
    cuts: Mapping[str, Sequence[float]] | None = None,
) -> pd.DataFrame:
    """How customers moved between two dates.

    With quantiles a customer can move because others did; cuts hold still.

    Parameters
    ----------
    source
        Orders: see `read_orders`.
    before, after
        The dates.
    levels, cuts
        As in `rfm`.

    Returns
    -------
    pandas.DataFrame
        Customers; rows the group then (with `none`: no customer yet), columns the group now.
    """
    import pandas as pd

    orders = read_orders(source)
    then, now = rfm(orders, before, levels, cuts), rfm(orders, after, levels, cuts)
    if then.at >= now.at:
        raise UserError(
            _("{date} is not before {date2}", date=then.at.date(), date2=now.at.date()),
            fix=_("give the earlier date first"),
        )
    was = then.customers["group"].reindex(now.customers.index).fillna("none")
    table = pd.crosstab(was, now.customers["group"])
    return table.reindex(index=[*GROUPS, "none"], columns=list(GROUPS), fill_value=0).rename_axis(
        index="then", columns="now"
    )
