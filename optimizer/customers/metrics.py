"""The usual figures of the trade: exposures, CTR, UV, CVR, AOV, GMV, repurchase, CAC, ROI, by
channel, tier, stage, period.

One aggregation inside the data engine per table; every ratio comes from `optimizer.units`. An order
belongs to the last touch before it within the look-back; orders without one stand in the row "" (no
touch). A figure that the tables do not tell is None, never 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from optimizer import units
from optimizer.customers.segments import of_users
from optimizer.data.engine import literal
from optimizer.errors import UserError
from optimizer.messages import Message, Text, _
from optimizer.plotting import Plots
from optimizer.registry import did_you_mean

if TYPE_CHECKING:
    import pandas as pd

    from optimizer.data.tables import Events

BY = ("channel", "platform", "tier", "stage", "period", "segment")
PERIODS = ("day", "week", "month")
RATIOS: dict[str, Callable[[Mapping[str, Any]], float | None]] = {
    "ctr": lambda r: _ratio(units.ctr, r["clicks"], r["exposures"]),
    "cvr": lambda r: _ratio(units.cvr, r["orders"], r["visitors"]),
    "aov": lambda r: _ratio(units.aov, r["gmv"], r["orders"]),
    "repurchase_rate": lambda r: _ratio(
        units.repurchase_rate, r["repeat_customers"], r["new_customers"]
    ),
    "cac": lambda r: _ratio(units.cac, r["spend"], r["new_customers"]),
    "roi": lambda r: _ratio(units.roi, r["gmv"], r["spend"]),
}
SUMS = (
    "spend",
    "exposures",
    "clicks",
    "touches",
    "visitors",
    "orders",
    "gmv",
    "new_customers",
    "repeat_customers",
)

ROW = "ROWS BETWEEN UNBOUNDED PRECEDING AND"
CENTS = 10_000  # money is added up as whole hundredths of a cent, so that no order of rows matters
Row = dict[str, Any]  # figure -> number, None where the tables do not tell


@dataclass(frozen=True)
class Metrics(Plots):
    """The figures, row by row.

    Parameters
    ----------
    by
        What the rows are: channel | platform | tier | stage | period | segment.
    rows
        key (the channel, tier, ...), the sums and the ratios.
    total
        The same over everything (visitors are distinct people, so they are no sum of the rows).
    bases
        What each figure counts, in words.
    benchmarks
        Figure -> the value to hold it against.
    notes
        What a reader should know.
    """

    by: str
    rows: pd.DataFrame
    total: dict[str, Any]
    bases: Mapping[str, Message]
    benchmarks: Mapping[str, float]
    notes: tuple[Text, ...] = ()


def _ratio(
    formula: Callable[[float, float], float | None], part: float | None, base: float | None
) -> float | None:
    return None if part is None or base is None else formula(part, base)


def metrics(
    events: Events | None = None,
    spend: pd.DataFrame | None = None,
    by: str = "channel",
    period: str = "week",
    lookback_days: float = 30.0,
    stages: Sequence[tuple[str, Sequence[str], int]] | None = None,
    purchase: str = "purchase",
    benchmarks: Mapping[str, float] | None = None,
) -> Metrics:
    """The figures of a campaign.

    Parameters
    ----------
    events
        Opened events.
    spend
        period, channel, spend[, exposures, clicks, segment, orders, gmv, new_customers]; the last
        three are what platforms report and are used only without events.
    by
        channel | platform | tier | stage | period | segment.
    period
        day | week | month, for by="period".
    lookback_days
        An order belongs to the last touch within this many days before it.
    stages
        (name, milestones, how many of them) in order, for by="stage".
    purchase
        What an order is called.
    benchmarks
        Figure -> the value to hold it against.

    Raises
    ------
    UserError
        For what the tables cannot tell, or unknown names.
    """
    if events is None and spend is None:
        raise UserError(
            _("no events and no spend"), fix=_("name an events table, a spend table, or both")
        )
    _check(by, period, lookback_days, benchmarks or {})
    table: dict[str, Row] = {}
    total: Row = dict.fromkeys(SUMS)
    notes: list[Text] = []
    if events is not None:
        if by == "segment":
            events, several = of_users(events)  # a purchase may leave its buyer's segment open
            if several:
                notes.append(
                    _(
                        "{several} users stand in several segments; each counts in the latest",
                        several=f"{several:,}",
                    )
                )
        if by == "stage" and not stages:
            raise UserError(
                _("no stages to tell figures by"), fix=_("name the stages in the scenario")
            )
        found = _from_events(events, by, period, lookback_days, stages or (), purchase)
        for key, values in found.items():
            table.setdefault(key, dict.fromkeys(SUMS)).update(values)
        total.update(_from_events(events, "all", period, lookback_days, (), purchase).get("", {}))
    if spend is not None:
        _check_spend(spend)
        mine = _from_spend(spend, by, period, events is None)
        if mine is None:
            notes.append(_("spend, exposures and clicks are not known by {by}", by=by))
        for key, values in (mine or {}).items():
            table.setdefault(key, dict.fromkeys(SUMS)).update(values)
        whole = _from_spend(spend, "all", period, events is None) or {}
        total.update(next(iter(whole.values()), {}))
    order = [stage[0] for stage in stages or ()] if by == "stage" else sorted(table)
    return Metrics(
        by,
        _finish([(key, table[key]) for key in order if key in table]),
        _row("total", total),
        _bases(lookback_days, reported=events is None),
        dict(benchmarks or {}),
        tuple(notes),
    )


def _check(by: str, period: str, lookback_days: float, benchmarks: Mapping[str, float]) -> None:
    if by not in BY:
        raise UserError(_("cannot tell figures by '{by}'", by=by), fix=did_you_mean(by, BY))
    if period not in PERIODS:
        raise UserError(
            _("unknown period '{period}'", period=period), fix=did_you_mean(period, PERIODS)
        )
    if not lookback_days > 0:
        raise UserError(
            _("a look-back of {lookback_days} days", lookback_days=f"{lookback_days:g}"),
            fix=_("days above 0"),
        )
    for name in benchmarks:
        if name not in RATIOS:
            raise UserError(
                _("no benchmark is possible for '{name}'", name=name),
                fix=did_you_mean(name, RATIOS),
            )


def _bases(lookback_days: float, reported: bool) -> dict[str, Message]:
    """What each figure counts. reported: orders are those the platforms claim."""
    return {
        "cvr": _("orders / visitors (people touched)"),
        "repurchase_rate": _("new customers with a second order in the data / new customers"),
        "roi": _("GMV / spend"),
        "cac": _("spend / new customers"),
        "orders": _(
            "as the platforms report them, each with its own window: they add up to more "
            "than was sold"
        )
        if reported
        else _("last touch within {lookback_days} days", lookback_days=f"{lookback_days:g}"),
    }


def _finish(rows: list[tuple[str, Row]]) -> pd.DataFrame:
    import pandas as pd

    return (
        pd.DataFrame([_row(key, values) for key, values in rows], columns=["key", *SUMS, *RATIOS])
        .astype(object)
        .where(lambda f: f.notna(), None)
    )


def _row(key: str, values: Row) -> Row:
    row: Row = {"key": key} | values
    return row | {name: ratio(row) for name, ratio in RATIOS.items()}


def _level(by: str, channel: str) -> str:
    """SQL: the part of a channel's name that a row stands for."""
    if by == "platform":
        return f"split_part({channel}, '/', 1)"
    if by == "tier":
        return (
            f"CASE WHEN {channel} IS NULL THEN '' WHEN contains({channel}, '/') "
            f"THEN regexp_replace({channel}, '^.*/', '') ELSE '-' END"
        )
    return channel


def _from_events(
    events: Events,
    by: str,
    period: str,
    lookback_days: float,
    stages: Sequence[tuple[str, Sequence[str], int]],
    purchase: str,
) -> dict[str, Row]:
    """Sums of the events by key; `by` may also be "all"."""
    bought = f"event = {literal(purchase)}"
    whole = {
        "period": f"CAST(CAST(date_trunc('{period}', timestamp) AS DATE) AS VARCHAR)",
        "segment": "COALESCE(segment, '')",
        "stage": "stage",
        "all": "''",
    }.get(by)
    touch_key = whole or f"COALESCE({_level(by, 'channel')}, '')"
    order_key = whole or f"COALESCE({_level(by, 'via')}, '')"
    stage = f", {_stage(events, stages)} AS stage" if by == "stage" else ""
    base = _placed(events, bought, float(lookback_days) * 86400, stage)
    touched = events.query(
        f"{base} SELECT {touch_key} AS key, COUNT(*) AS touches, "
        "COUNT(DISTINCT user_id) AS visitors "
        "FROM placed WHERE event = 'touch' GROUP BY 1 ORDER BY 1"
    )
    orders = events.query(
        f"{base} SELECT {order_key} AS key, COUNT(*) AS orders, "
        f"{events.engine.total('value', CENTS)} AS gmv, COUNT(value) AS priced, "
        "SUM(CASE WHEN nth = 1 THEN 1 ELSE 0 END) AS new_customers, "
        "SUM(CASE WHEN nth = 1 AND all_orders >= 2 THEN 1 ELSE 0 END) AS repeat_customers "
        f"FROM placed WHERE {bought} GROUP BY 1 ORDER BY 1"
    )
    out: dict[str, Row] = {}
    for row in touched.to_dict("records"):
        out[str(row["key"])] = {
            "touches": int(row["touches"]),
            "visitors": int(row["visitors"]),
            "orders": 0,
            "gmv": 0.0,
            "new_customers": 0,
            "repeat_customers": 0,
        }
    for row in orders.to_dict("records"):
        mine = out.setdefault(str(row["key"]), {"touches": 0, "visitors": 0})
        mine |= {
            "orders": int(row["orders"]),
            "gmv": float(row["gmv"]) / CENTS if row["priced"] else None,
            "new_customers": int(row["new_customers"]),
            "repeat_customers": int(row["repeat_customers"]),
        }
    return out


def _placed(events: Events, bought: str, window: float, extra: str) -> str:
    """SQL: `placed`, each event with the channel of the last touch within the window (seconds)
    before it.
    """
    return f"""
        WITH ordered AS (
            SELECT *,
                SUM(CASE WHEN {bought} THEN 1 ELSE 0 END) OVER past AS nth,
                SUM(CASE WHEN {bought} THEN 1 ELSE 0 END) OVER (PARTITION BY user_id) AS all_orders,
                LAST_VALUE(CASE WHEN event = 'touch' THEN channel END IGNORE NULLS)
                    OVER past AS last_channel,
                MAX(CASE WHEN event = 'touch' THEN timestamp END) OVER past AS last_time{extra}
            FROM {events.table}
            WINDOW past AS (PARTITION BY user_id ORDER BY {events.order} {ROW} CURRENT ROW)),
        placed AS (
            SELECT *, CASE WHEN epoch(timestamp) - epoch(last_time) <= {window!r}
                THEN last_channel END AS via
            FROM ordered)"""


def _stage(events: Events, stages: Sequence[tuple[str, Sequence[str], int]]) -> str:
    """SQL: the stage a user was in just before the row, by the milestones until then; stages never
    go back here.
    """
    before = f"OVER (PARTITION BY user_id ORDER BY {events.order} {ROW} 1 PRECEDING)"
    cases = []
    for name, milestones, count in reversed(stages):
        if milestones:
            names = ", ".join(map(literal, milestones))
            seen = f"SUM(CASE WHEN event IN ({names}) THEN 1 ELSE 0 END) {before}"
            cases.append(f"WHEN {seen} >= {int(count)} THEN {literal(name)}")
    first = next((name for name, milestones, __ in stages if not milestones), stages[0][0])
    return f"CASE {' '.join(cases)} ELSE {literal(first)} END" if cases else literal(first)


def _exact_sum(column: pd.Series) -> float:
    """The same in any row order; NaN where nothing is known."""
    known = column.dropna()
    return math.fsum(known) if len(known) else math.nan


def _check_spend(spend: pd.DataFrame) -> None:
    lacking = [c for c in ("period", "channel", "spend") if c not in spend]
    if lacking:
        raise UserError(
            _("the spend table lacks {names}", names=", ".join(lacking)),
            fix=_("period, channel, spend"),
        )


def _from_spend(
    spend: pd.DataFrame, by: str, period: str, reported: bool
) -> dict[str, dict[str, Any]] | None:
    """Sums of the spend table by key; None where money cannot be told apart that way (stages;
    segments, without a column for them).
    """
    import pandas as pd

    if by == "stage" or (by == "segment" and "segment" not in spend):
        return None
    channel = spend["channel"].astype(str)
    keys = {
        "channel": channel,
        "platform": channel.str.split("/").str[0],
        "segment": spend["segment"].fillna("").astype(str) if "segment" in spend else channel,
        "all": pd.Series("", index=spend.index),
        "tier": channel.where(channel.str.contains("/"), "-").str.replace("^.*/", "", regex=True),
        "period": pd.Series(
            pd.PeriodIndex(
                pd.to_datetime(spend["period"]),
                freq={"day": "D", "week": "W-SUN", "month": "M"}[period],
            ).start_time.strftime("%Y-%m-%d"),
            index=spend.index,
        ),
    }[by]
    columns = [
        "spend",
        "exposures",
        "clicks",
        *(("orders", "gmv", "new_customers") if reported else ()),
    ]
    numbers = pd.DataFrame(
        {c: pd.to_numeric(spend[c]).astype(float) for c in columns if c in spend}
    )
    sums = numbers.groupby(keys.to_numpy()).agg(_exact_sum)
    whole = {"exposures", "clicks", "orders", "new_customers"}
    return {
        str(key): {
            str(c): (round(v) if c in whole and float(v).is_integer() else float(v))
            for c, v in row.items()
            if v == v
        }
        for key, row in sums.to_dict("index").items()
    }
