"""Units and ratios: each formula of the trade stands here and nowhere else.

Money is in the scenario's one currency, spend and customers are per plan (or per the period a table
names). A ratio whose base is 0 is `None`, never 0 and never infinity: "no customers" is not "free
customers". `None` is not 0 anywhere in this program.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

from optimizer.messages import Text, _

TIMES = 10.0  # from a base that was less than a tenth no share is told
DAYS = {"day": 1.0, "week": 7.0, "month": 365.25 / 12}  # of a period


@dataclass(frozen=True)
class Kind:
    """What a number in a scenario means, and the range it may lie in. Rules and curves annotate
    with it.

    Parameters
    ----------
    name
        money, share, ratio, change, amount, positive, count, ...
    low, high
        The range, both ends included.
    whole
        Only whole numbers.
    hint
        What to write, said to somebody who wrote something else.
    """

    name: str
    low: float = 0.0
    high: float = math.inf
    whole: bool = False
    hint: Text = ""

    @property
    def units(self) -> dict[str, str]:
        """Marks that may follow a number of this kind, and what one of them is worth: 30%, 40万."""
        return (
            {"%": "0.01"}
            if self.name in ("share", "change", "ratio")
            else {"万": "1e4", "亿": "1e8"}
        )


Money = Annotated[float, Kind("money", 0, 1e15, hint=_("an amount of currency, 0 or more"))]
PositiveMoney = Annotated[
    float, Kind("positive money", 5e-324, 1e15, hint=_("an amount of currency above 0"))
]
Share = Annotated[
    float, Kind("share", 0, 1, hint=_("a share from 0 to 1, or a percentage such as 30%"))
]
Ratio = Annotated[float, Kind("ratio", 0, 1e12, hint=_("a ratio, 0 or more; 2.0 is 2 back for 1"))]
Change = Annotated[float, Kind("change", -1, 1e6, hint=_("a change such as +20% or -0.15"))]
Amount = Annotated[float, Kind("amount", 0, 1e15, hint=_("a number, 0 or more"))]
Positive = Annotated[float, Kind("positive", 5e-324, 1e15, hint=_("a number above 0"))]
Count = Annotated[int, Kind("count", 0, 1e9, whole=True, hint=_("a whole number, 0 or more"))]


def ratio(part: float, base: float) -> float | None:
    """part / base, or None where the base is 0.

    Parameters
    ----------
    part, base
        Two amounts over the same stretch of time.

    Returns
    -------
    float | None
        part / base in the units of the two.

    Examples
    --------
    >>> ratio(3, 4), ratio(3, 0)
    (0.75, None)
    """
    return part / base if base else None


def cac(spend: float, new_customers: float) -> float | None:
    """Customer acquisition cost (获客成本), currency per new customer: all marketing spend / new
    customers.

    Parameters
    ----------
    spend
        All marketing spend over the plan or period, currency.
    new_customers
        First-time buyers over the same stretch of time.

    Returns
    -------
    float | None
        Currency per new customer; None where there is none.

    Examples
    --------
    >>> cac(12_000, 150), cac(12_000, 0)
    (80.0, None)
    """
    return ratio(spend, new_customers)


def roi(gmv: float, spend: float) -> float | None:
    """Return on investment (投产比), as the trade uses it, the same as ROAS: GMV / ad spend. 2.0 is 2
    back for 1.

    Parameters
    ----------
    gmv
        Gross merchandise value over the plan or period, currency.
    spend
        Ad spend over the same stretch of time, currency.

    Returns
    -------
    float | None
        Currency back per unit of currency spent; None where nothing is spent.

    Examples
    --------
    >>> roi(30_000, 12_000), roi(30_000, 0)
    (2.5, None)
    """
    return ratio(gmv, spend)


def profit_roi(gmv: float, margin: float, spend: float) -> float | None:
    """Profit per unit of spend: (GMV * margin - spend) / spend.

    Parameters
    ----------
    gmv
        Gross merchandise value over the plan or period, currency.
    margin
        Gross margin, a share of GMV from 0 to 1.
    spend
        Ad spend over the same stretch of time, currency.

    Returns
    -------
    float | None
        0 where the margin just pays for the spend, below 0 where it does not; None where nothing is
        spent.

    Examples
    --------
    >>> profit_roi(30_000, 0.6, 12_000), profit_roi(30_000, 0.6, 0)
    (0.5, None)
    """
    return ratio(gmv * margin - spend, spend)


def profit(gmv: float, margin: float, spend: float) -> float:
    """Contribution in currency: GMV * margin - spend.

    Parameters
    ----------
    gmv
        Gross merchandise value over the plan or period, currency.
    margin
        Gross margin, a share of GMV from 0 to 1.
    spend
        Ad spend over the same stretch of time, currency.

    Returns
    -------
    float
        Currency over the same stretch of time; below 0 for a loss.

    Examples
    --------
    >>> profit(30_000, 0.6, 12_000)
    6000.0
    """
    return gmv * margin - spend


def kept_value(value: float, refund_rate: float) -> float:
    """What a customer's order leaves once refunds (退款) are out, currency: value * (1 - refund rate).

    Parameters
    ----------
    value
        Order value (GMV) per customer, currency.
    refund_rate
        Share of GMV that is refunded, 0 to 1.

    Examples
    --------
    >>> kept_value(200, 0.25)
    150.0
    """
    return value * (1.0 - refund_rate)


def commission_per_customer(value: float, refund_rate: float, commission: float) -> float:
    """Commission (佣金) per customer, currency: commission * value * (1 - refund rate).

    Live rooms, 淘宝客 and affiliates are paid on what is not refunded.

    Parameters
    ----------
    value, refund_rate
        As in `kept_value`.
    commission
        Share of GMV, 0 to 1.

    Examples
    --------
    >>> commission_per_customer(200, 0.25, 0.2)
    30.0
    """
    return commission * kept_value(value, refund_rate)


def contribution(value: float, margin: float, refund_rate: float, return_cost: float) -> float:
    """What a customer earns before all marketing spend, currency: margin * value * (1 - refund rate)
    - refund rate * cost of a return.

    Parameters
    ----------
    value, refund_rate
        As in `kept_value`.
    margin
        Gross margin, a share of what is kept, 0 to 1.
    return_cost
        Currency per refunded order: freight, insurance, goods that cannot be sold again.

    Examples
    --------
    >>> contribution(200, 0.5, 0.25, 12)
    72.0
    """
    return margin * kept_value(value, refund_rate) - refund_rate * return_cost


def after_rebate(billed: float, rebate: float) -> float:
    """What is paid of a bill once its rebate (返点) is back, currency: billed * (1 - rebate).

    Parameters
    ----------
    billed
        Currency.
    rebate
        Share of it that the platform or the agency gives back, 0 to below 1.

    Examples
    --------
    >>> after_rebate(1_000, 0.25)
    750.0
    """
    return billed * (1.0 - rebate)


def slot_cost(fee: float, service: float, rebate: float, samples: float) -> float:
    """What a post or a live slot costs beside commission, currency: fee (坑位费) * (1 + service) *
    (1 - rebate) + samples.

    Parameters
    ----------
    fee, samples
        Currency per slot.
    service
        Platform or agency cut on top of the fee, a share of it.
    rebate
        As in `after_rebate`.

    Examples
    --------
    >>> slot_cost(10_000, 0.25, 0.0, 300)
    12800.0
    """
    return after_rebate(fee * (1.0 + service), rebate) + samples


def breakeven(cost: float, contribution: float, commission: float) -> float | None:
    """Customers that pay for a cost (保本): cost / (contribution - commission per customer).

    Parameters
    ----------
    cost
        What is paid however much is sold, currency.
    contribution, commission
        Per customer, currency (see `contribution`, `commission_per_customer`).

    Returns
    -------
    float | None
        None where a customer earns nothing, so that no number of them is enough.

    Examples
    --------
    >>> breakeven(12_600, 72, 30), breakeven(12_600, 30, 30)
    (300.0, None)
    """
    left = contribution - commission
    return ratio(cost, left) if left > 0 else None


def marginal_cac(customers_per_unit: float) -> float | None:
    """Cost of the next customer: 1 / (new customers per unit of spend).

    Parameters
    ----------
    customers_per_unit
        Slope of the response curve at today's spend: new customers per unit of currency.

    Returns
    -------
    float | None
        Currency per new customer; None where more spend brings nobody.

    Examples
    --------
    >>> marginal_cac(0.0125), marginal_cac(0)
    (80.0, None)
    """
    return ratio(1.0, customers_per_unit)


def ctr(clicks: float, exposures: float) -> float | None:
    """Click-through rate (点击率): clicks / exposures.

    Parameters
    ----------
    clicks, exposures
        Counts over the same stretch of time.

    Returns
    -------
    float | None
        A share, 0 to 1; None without exposures.

    Examples
    --------
    >>> ctr(30, 1_000)
    0.03
    """
    return ratio(clicks, exposures)


def cvr(orders: float, visitors: float) -> float | None:
    """Conversion rate (转化率): orders / visitors.

    Parameters
    ----------
    orders, visitors
        Counts over the same stretch of time.

    Returns
    -------
    float | None
        Orders per visitor, usually a share from 0 to 1; None without visitors.

    Examples
    --------
    >>> cvr(45, 1_500)
    0.03
    """
    return ratio(orders, visitors)


def aov(gmv: float, orders: float) -> float | None:
    """Average order value (客单价), currency: GMV / orders.

    Parameters
    ----------
    gmv
        Gross merchandise value over the plan or period, currency.
    orders
        Orders over the same stretch of time.

    Returns
    -------
    float | None
        Currency per order; None without orders.

    Examples
    --------
    >>> aov(30_000, 200)
    150.0
    """
    return ratio(gmv, orders)


def repurchase_rate(repeat_customers: float, customers: float) -> float | None:
    """Repurchase rate (复购率): customers with 2 orders or more / customers.

    Parameters
    ----------
    repeat_customers
        Customers with 2 orders or more.
    customers
        All of them, with 1 order or more.

    Returns
    -------
    float | None
        A share, 0 to 1; None without customers.

    Examples
    --------
    >>> repurchase_rate(30, 120)
    0.25
    """
    return ratio(repeat_customers, customers)


def share(part: float, whole: float) -> float | None:
    """Part of a whole, 0 to 1.

    Parameters
    ----------
    part, whole
        In the same unit.

    Returns
    -------
    float | None
        None where the whole is 0.

    Examples
    --------
    >>> share(30, 120)
    0.25
    """
    return ratio(part, whole)


def change(new: float, old: float) -> float | None:
    """Relative change, new against old: 0.2 is +20 %.

    Parameters
    ----------
    new, old
        In the same unit.

    Returns
    -------
    float | None
        Share of the old that was added, below 0 where it fell; None where the old bears no share:
        it is 0, below 0, or so little that the new is more than ten times as much.

    Examples
    --------
    >>> change(120, 100), change(5, 0), change(120, -100), change(120, 1)
    (0.2, None, None, None)
    """
    return ratio(new - old, old) if old > 0 and abs(new) <= TIMES * old else None
