"""What the shop sold, period by period: the totals that need no journeys.

A table `period,new_customers[,orders][,revenue][,visitors]`; every further number is a control.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from optimizer.data.controls import control_values, controls_of
from optimizer.data.engine import Engine, quoted
from optimizer.data.one_currency import currency_column, one_currency
from optimizer.data.periods import period_of
from optimizer.data.raw import Raw
from optimizer.data.reading.checking import Checked, checked
from optimizer.data.reading.columns import Layout, column
from optimizer.data.reading.matching import match
from optimizer.data.reading.rules import Check, Rules, number_checks
from optimizer.data.reading.values import Found
from optimizer.data.sources import open_raw
from optimizer.data.spend import period_checks
from optimizer.errors import UserError
from optimizer.messages import Message, Text, _, listed

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]
PERIOD = column(
    "period",
    *("period", "week", "date", "month", "day", "日期", "时间", "周", "周起始", "月份"),
    *("统计日期", "统计时间", "开始日期", "起始日期", "周开始", "week start", "week starting"),
    *("week beginning", "week commencing", "week of", "year week", "report date"),
    kind="day",
    required=True,
    prefer=True,
    hints=("time", "datetime"),
)
COLUMNS = (
    PERIOD,
    column(
        "new_customers",
        *("new_customers", "新客数", "新客户数", "新增客户", "新增客户数", "新客户", "新客"),
        *("新客人数", "新增顾客数", "支付新买家数", "成交新客数", "new buyers", "first orders"),
        *("first-time customers", "first time customers", "total new customers"),
        kind="number",
        prefer=True,
    ),
    column(
        "orders",
        *("orders", "total orders", "order count", "number of orders", "purchases"),
        *("订单数", "订单量", "总订单数", "成交订单数", "支付订单数", "成交笔数"),
        *("customers", "buyers", "支付买家数", "成交人数"),
        kind="number",
        prefer=True,
    ),
    column(
        "revenue",
        *("revenue", "net sales", "sales", "total sales", "total revenue", "gross sales"),
        *("turnover", "gmv", "销售额", "总销售额", "成交金额", "支付金额", "营业额", "销售金额"),
        *("成交额", "sales amount"),
        kind="money",
        prefer=True,
    ),
    column(
        "visitors",
        *("visitors", "sessions", "visits", "访客数", "访客", "uv", "unique visitors"),
        kind="number",
        prefer=True,
    ),
    column("refunds", "refunds", "退款金额", "成功退款金额", "退款", kind="money"),
    currency_column(),
)
LAYOUT = Layout(_("table of totals"), "totals", COLUMNS)
SOLD = ("new_customers", "orders", "revenue")
NUMBERS = (*SOLD, "visitors", "refunds")
ASSUMED_VALUE = 100.0  # sales per new customer where nothing says it


@dataclass(frozen=True)
class Totals:
    """What was sold in every period from the first to the last, T of them.

    Parameters
    ----------
    period
        day, week or month.
    starts
        First day of each period, sorted and without gaps.
    new_customers
        First purchases per period (nan: missing).
    orders, revenue, visitors
        Per period; revenue in currency (None: no such column).
    controls
        What else moved demand, by name, per period.
    label
        What the table is called in messages.
    notes
        Remarks for people.
    currency
        As the table names it (None: it does not).
    """

    period: str
    starts: tuple[date, ...]
    new_customers: Array
    orders: Array | None = None
    revenue: Array | None = None
    visitors: Array | None = None
    controls: Mapping[str, Array] = field(default_factory=dict)
    label: Text = "totals"
    notes: tuple[Text, ...] = ()
    currency: str | None = None


def read_totals(
    source: Any,
    columns: Mapping[str, str] | None = None,
    *,
    value_per_customer: float | None = None,
    engine: Engine | str | None = None,
) -> Totals:
    """Read and check a table of totals.

    Every further column of numbers is a control; a text column that names holidays or events
    becomes one control per name. Rows of one period (regions, products) are added up.

    Parameters
    ----------
    source
        csv, parquet, pandas, polars, pyarrow, a database address.
    columns
        {our name: their name}
    value_per_customer
        Currency; turns sales into customers where a table has nothing but sales.
    engine
        What reads it.

    Raises
    ------
    Problems
        With file, row and column of everything that is wrong.
    """
    matched = match(open_raw(source, engine), LAYOUT, columns)
    raw = matched.raw
    if not set(SOLD) & set(matched.found):
        raise UserError(
            _("no column says what was sold"),
            _("{label}: header", label=raw.label),
            _("name one of new_customers, orders, revenue; or map it: columns: {{orders: HEADER}}"),
        )
    controls, names = controls_of(raw, LAYOUT, matched.found)
    found = {**matched.found, **controls}
    table = checked(raw, found, Rules("totals", _columns, _checks, totals=True))
    currency = one_currency(table.raw, table.found, ("revenue",), table.signs)
    used = {entry.name for entry in controls.values()}
    notes = [*_still_unused(raw, found), *raw.left_out]
    if used:
        notes.append(
            _("{label}: taken as controls: {names}", label=raw.label, names=listed(sorted(used)))
        )
    return replace(_totals(table, notes, names, value_per_customer), currency=currency)


def _still_unused(raw: Raw, found: Mapping[str, Found]) -> list[Message]:
    used = {entry.name for entry in found.values()}
    rest = [name for name in raw.columns if name.strip() and name not in used]
    if not rest:
        return []
    return [_("{label}: columns not used: {names}", label=raw.label, names=listed(rest))]


def _columns(found: Mapping[str, Found]) -> dict[str, str]:
    out = {"period": found["period"].day}
    for name in NUMBERS:
        out[name] = found[name].number if name in found else "CAST(NULL AS DOUBLE)"
    for name, entry in found.items():
        if name.startswith("control_"):
            boolean = f"CAST({entry.sql} AS DOUBLE)"
            out[name] = boolean if entry.kind == "BOOLEAN" else entry.number
        elif name.startswith("named_"):
            out[name] = entry.text
    return out


def _checks(found: Mapping[str, Found]) -> list[Check]:
    """Totals may be negative (refunds of an earlier period) and may be empty."""
    checks = period_checks(found["period"])
    for name in NUMBERS:
        if name in found:
            checks += number_checks(name, found[name], negative=True)
    return checks


def _totals(
    checked: Checked, notes: list[Message], names: Mapping[str, str], value: float | None
) -> Totals:
    raw = checked.raw
    wanted = ", ".join(quoted(name) for name in ("period", *NUMBERS, *names))
    frame = raw.engine.frame(f"SELECT {wanted} FROM {checked.table}")
    frame = frame.sort_values(["period", *NUMBERS], kind="stable")
    days = sorted({stamp.date() for stamp in frame["period"]})
    period, remark = period_of(set(days), checked.found["period"], raw.mapping.period, raw)
    notes += [remark] if remark is not None else []
    period, starts = _regular(days, period, raw, notes)
    place = {day: _place(day, starts, period) for day in days}
    frame["place"] = [place[stamp.date()] for stamp in frame["period"]]
    _tell_places(frame, starts, period, raw.label, notes)
    sums = frame.groupby("place")[list(NUMBERS)].sum(min_count=1).reindex(range(len(starts)))
    numbers = {name: sums[name].to_numpy(dtype=float) for name in NUMBERS if name in checked.found}
    if "refunds" in numbers and "revenue" in numbers:
        refunds = np.abs(np.nan_to_num(numbers["refunds"]))
        numbers["revenue"] = numbers["revenue"] - refunds
        notes.append(_("{label}: refunds are taken off revenue", label=raw.label))
    sold = _sold(numbers, value, raw.label, notes)
    return Totals(
        period=period,
        starts=tuple(starts),
        new_customers=sold,
        orders=numbers.get("orders"),
        revenue=numbers.get("revenue"),
        visitors=numbers.get("visitors"),
        controls=control_values(frame, names, len(starts)),
        label=raw.label,
        notes=tuple(notes),
    )


def _tell_places(
    frame: pd.DataFrame, starts: Sequence[date], period: str, label: Text, notes: list[Message]
) -> None:
    """Notes on rows that share a period, and on periods without a row."""
    there = set(frame["place"])
    if len(frame) > len(there):
        notes.append(
            _(
                "{file}: {a} rows share their period with another row and are added up",
                file=label,
                a=f"{len(frame) - len(there):,}",
            )
        )
    gaps = [start for place, start in enumerate(starts) if place not in there]
    if gaps:
        notes.append(
            _(
                "{label}: {n} {period}s are missing (first {first}): what was sold then is taken "
                "as unknown",
                label=label,
                n=len(gaps),
                period=period,
                first=f"{gaps[0]}",
            )
        )


def _sold(
    numbers: Mapping[str, Array], value: float | None, label: Text, notes: list[Message]
) -> Array:
    """New customers per period, from the best column there is; notes say what is doubtful."""
    if "new_customers" in numbers:
        sold = numbers["new_customers"].copy()
    elif "orders" in numbers:
        sold = numbers["orders"].copy()
        notes.append(
            _(
                "{label}: there is no column new_customers; every order is taken as a new customer",
                label=label,
            )
        )
    else:
        sold = numbers["revenue"] / (value or ASSUMED_VALUE)
        notes.append(
            _(
                "{label}: there are sales only; {value} of sales are taken as one new customer",
                label=label,
                value=f"{value:,.10g}",
            )
            if value
            else _(
                "{label}: there are sales only; 100 of sales are taken as one new customer "
                "(assumed; state value_per_customer)",
                label=label,
            )
        )
    below = sold < 0
    if below.any():
        notes.append(
            _(
                "{label}: {n} periods sold less than nothing after refunds: they are taken as "
                "unknown",
                label=label,
                n=int(below.sum()),
            )
        )
        sold[below] = np.nan
    return sold


def _regular(
    days: Sequence[date], period: str, raw: Raw, notes: list[Message]
) -> tuple[str, list[date]]:
    """The calendar from the first period to the last, and what its periods are.

    Weeks that do not all start on the same weekday, and months from another day than the first,
    are still weeks and months.
    """
    gaps = [(b - a).days for a, b in itertools.pairwise(days)]
    if period == "day" and len(gaps) > 1 and min(gaps) >= 5:
        usual = sorted(gaps)[len(gaps) // 2]
        period = "week" if usual < 20 else "month"
        notes.append(
            _(
                "{label}: {period}s do not all start on the same day: each is taken as the nearest",
                label=raw.label,
                period=period,
            )
        )
    if period == "month":
        first, last = (day.year * 12 + day.month - 1 for day in (days[0], days[-1]))
        return period, [date(at // 12, at % 12 + 1, 1) for at in range(first, last + 1)]
    step = 7 if period == "week" else 1
    many = round((days[-1] - days[0]).days / step)
    return period, [days[0] + timedelta(days=step * i) for i in range(many + 1)]


def _place(day: date, starts: Sequence[date], period: str) -> int:
    """The place of a date on the calendar."""
    if period == "month":
        return (day.year - starts[0].year) * 12 + day.month - starts[0].month
    return round((day - starts[0]).days / (7 if period == "week" else 1))
