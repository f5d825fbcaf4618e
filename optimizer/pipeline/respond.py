"""From credit to curves: what each channel's spend brings over the whole plan.

In this order: what the founder states (a curve, or a point with an elasticity); touch volume fitted
to spend, times credited customers per touch; with a path table, which has no times, one point with
the typical elasticity. Where a plan is built on the lifecycle, `equilibrium` puts the chain's
curves in place of these.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from optimizer.attribution.credit import Credit
from optimizer.data.tables import Spend
from optimizer.errors import UserError
from optimizer.journeys.volume import by_period, touches_by_day
from optimizer.messages import Text, _, listed
from optimizer.pipeline.credit import Credited
from optimizer.pipeline.economics import stated_current, stated_curve
from optimizer.pipeline.tables import Tables
from optimizer.response.channel import Response
from optimizer.response.curve import Curve
from optimizer.response.fit import TYPICAL, fit_curve, from_point_elasticity
from optimizer.scenario import Channel, Scenario
from optimizer.units import DAYS, ratio


@dataclass(frozen=True)
class SpendByPeriod:
    """Spend in every period from the first to the last, T of them.

    Parameters
    ----------
    starts
        First day of each period, T.
    end
        The day after the last period.
    paid
        Channel -> currency in each period, T (0 where the channel paused).
    """

    starts: NDArray[np.datetime64]
    end: np.datetime64
    paid: Mapping[str, NDArray[np.float64]]


def respond(
    scenario: Scenario,
    tables: Tables,
    credited: Credited | None,
    believed: Mapping[str, Response] | None = None,
) -> tuple[dict[str, Response], list[Text]]:
    """What spend brings, for every channel money can be put on.

    Parameters
    ----------
    believed
        Channel -> response by a belief: of all channels where there are no journeys, else of those
        that have spend and no touches.

    Returns
    -------
    tuple
        Channel -> response over the plan; and remarks.
    """
    out: dict[str, Response] = {}
    notes: list[Text] = []
    held = dict(believed or {})
    seen = held
    if credited is not None or not held:
        seen = held | _seen(scenario, tables, credited, notes, frozenset(held))
    for name in sorted(set(scenario.channels) | set(seen)):
        entry = scenario.channels.get(name, Channel())
        response = _stated(name, entry, seen.get(name)) or seen.get(name)
        if response is None:
            if not (entry.min or entry.current):
                continue
            notes.append(
                _("nothing says what {name} brings; it is planned as bringing nothing", name=name)
            )
            spend = stated_current(entry) or entry.min or 1.0
            response = Response(channel=name, curve=from_point_elasticity(spend, 0.0))
        own = stated_current(entry)
        current = own if own is not None else response.current
        values = (
            entry.value_per_customer,
            response.value_per_customer,
            scenario.value_per_customer,
            credited.value_per_customer if credited is not None else None,
        )
        value = next((value for value in values if value is not None), None)
        out[name] = replace(response, current=current, value_per_customer=value)
    return out, notes


def _stated(name: str, entry: Channel, seen: Response | None) -> Response | None:
    """What the founder states about a channel goes before what the data say."""
    if entry.curve is not None:
        curve = stated_curve(entry, entry.curve)
    elif entry.customers is not None and entry.current:
        now = stated_current(entry) or 0.0
        curve = from_point_elasticity(now, entry.customers, entry.elasticity or TYPICAL)
        if entry.elasticity is None:
            curve = _assumed(curve)
    else:
        return None
    return Response(
        channel=name,
        curve=curve,
        current=seen.current if seen else None,
        value_per_customer=seen.value_per_customer if seen else None,
        last_touch=seen.last_touch if seen else None,
    )


def _assumed(curve: Curve) -> Curve:
    """The same curve, said to rest on an elasticity that nobody stated."""
    note = _(
        "through one stated point with an assumed elasticity of {a}: nobody stated how fast "
        "returns fall",
        a=f"{TYPICAL:g}",
    )
    return replace(curve, evidence=replace(curve.evidence, source="assumed", note=note))


def _seen(
    scenario: Scenario,
    tables: Tables,
    credited: Credited | None,
    notes: list[Text],
    believed: Set[str] = frozenset(),
) -> dict[str, Response]:
    """What the tables say of every channel with spend; of those `believed` others speak."""
    spend = tables.spend
    if spend is None:
        return {}
    if credited is None:
        notes.append(
            _("there is spend but no journeys: only channels with a stated curve can be planned")
        )
        return {}
    periods = scenario.horizon * DAYS[scenario.period] / DAYS[spend.period]
    table = spend_by_period(spend)
    length = len(table.starts)
    recent = max(1, min(length, round(periods)))
    days = touches_by_day(tables.events) if tables.events is not None else None
    out = {}
    for name in spend.channels:
        paid = table.paid[name]
        if paid.max() <= 0:
            continue
        elasticity = scenario.channels.get(name, Channel()).elasticity or TYPICAL
        customers = _customers(credited.new, name)
        touches = None if days is None else by_period(days, table.starts, table.end, name)
        curves = (
            _by_point(paid, customers, periods, elasticity)
            if touches is None
            else _by_touches(paid, touches, customers, periods, elasticity)
        )
        if curves is None and name in believed:
            continue
        notes += _doubts(name, curves is not None, touches is None and customers <= 0)
        if curves is None:
            continue
        curve, volume = curves
        out[name] = Response(
            channel=name,
            curve=curve,
            touches=volume,
            value_per_customer=credited.value_per_customer,
            current=float(paid[-recent:].mean()) * periods,
            last_touch=_customers(credited.last, name) * periods / length,
        )
    silent = sorted(set(credited.shown.credits[0].channels) - set(spend.channels))
    if silent:
        notes.append(
            _("touches without spend, credited but not planned: {names}", names=listed(silent))
        )
    return out


def _doubts(name: str, told: bool, uncredited: bool) -> list[Text]:
    """What must be said of a channel of which the tables tell nothing, or nothing good."""
    if not told:
        return [
            _(
                "{name} has spend but no touches: the data say nothing of what it brings; "
                "state a curve for it",
                name=name,
            )
        ]
    if uncredited:
        return [
            _(
                "{name} has spend but no credited conversions; it is planned as bringing nothing",
                name=name,
            )
        ]
    return []


def _by_touches(
    paid: NDArray[np.float64],
    touches: NDArray[np.float64],
    customers: float,
    periods: float,
    elasticity: float,
) -> tuple[Curve, Curve] | None:
    """Customers and touches over the plan's spend: volume fitted to spend, at the customers per
    touch seen.
    """
    if touches.sum() == 0:
        return None
    volume = fit_curve(paid, touches, elasticity=elasticity).rescale_horizon(periods)
    return volume.times(ratio(customers, float(touches.sum())) or 0.0), volume


def _by_point(
    paid: NDArray[np.float64], customers: float, periods: float, elasticity: float
) -> tuple[Curve, None]:
    """Customers over the plan's spend through the one point that is seen; touches have no times."""
    per_plan = periods / len(paid)
    point = float(paid.sum()) * per_plan
    return from_point_elasticity(point, customers * per_plan, elasticity), None


def spend_by_period(spend: Spend) -> SpendByPeriod:
    """Spend per channel in every period from the first to the last.

    Parameters
    ----------
    spend
        Rows of channel, period and currency; several rows of one channel and period are added up.

    Returns
    -------
    SpendByPeriod
        Currency per day, week or month, as the table is in; weeks begin on the weekday of the
        first.
    """
    import pandas as pd

    frame = spend.frame
    step = {"day": "D", "week": "7D", "month": "MS"}[spend.period]
    first, last = frame["period"].min(), frame["period"].max()
    starts = pd.date_range(first, last, freq=step)
    end = starts[-1] + (
        pd.offsets.MonthBegin(1)
        if spend.period == "month"
        else pd.Timedelta(step if step != "D" else "1D")
    )
    wide = (
        frame.pivot_table(index="period", columns="channel", values="spend", aggfunc="sum")
        .reindex(starts)
        .fillna(0.0)
    )
    return SpendByPeriod(
        starts.to_numpy(dtype="datetime64[D]"),
        np.datetime64(end, "D"),
        {str(name): wide[name].to_numpy(dtype=float) for name in wide.columns},
    )


def _customers(credit: Credit, channel: str) -> float:
    """New customers credited to a channel (0 where journeys never saw it)."""
    if channel not in credit.channels:
        return 0.0
    return float(credit.conversions[credit.channels.index(channel)])


def check_budget(scenario: Scenario) -> None:
    """A plan without a budget needs a goal that is bounded without one.

    Raises
    ------
    UserError
        Where it has none.
    """
    goal = scenario.goal if isinstance(scenario.goal, str) else next(iter(scenario.goal), "")
    if scenario.budget is None and goal not in ("min_spend", "profit"):
        raise UserError(
            _("no budget is stated"),
            scenario.where(),
            _("add budget: AMOUNT, or goal: min_spend with a target, or goal: profit"),
        )
