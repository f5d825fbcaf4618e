"""From credit to curves: what each channel's spend brings over the whole plan.

In this order: what the founder states (a curve, or a point with an elasticity); the lifecycle model, where it was
asked for and the journeys carry milestones; touch volume fitted to spend, times credited customers per touch; with
a path table, which has no times, one point with the typical elasticity.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from optimizer.attribution.credit import Credit
from optimizer.errors import UserError
from optimizer.journeys.volume import by_period, touches_by_day
from optimizer.messages import _
from optimizer.pipeline.credit import Credited
from optimizer.pipeline.tables import Tables
from optimizer.response.channel import Response
from optimizer.response.curve import Curve, stated
from optimizer.response.fit import TYPICAL, fit_curve, through_point
from optimizer.scenario import Channel, Scenario
from optimizer.units import ratio

if TYPE_CHECKING:
    from optimizer.data.tables import Spend

DAYS = {"day": 1.0, "week": 7.0, "month": 365.25 / 12}


def respond(
    scenario: Scenario, tables: Tables, credited: Credited | None
) -> tuple[dict[str, Response], list[str]]:
    """Channel -> response over the plan, for every channel money can be put on; and what should be said about it."""
    out: dict[str, Response] = {}
    notes: list[str] = []
    seen = _seen(scenario, tables, credited, notes)
    for name in sorted(set(scenario.channels) | set(seen)):
        entry = scenario.channels.get(name, Channel())
        response = _stated(name, entry, seen.get(name)) or seen.get(name)
        if response is None:
            if entry.min or entry.current:
                notes.append(
                    _(
                        "nothing says what {name} brings; it is planned as bringing nothing",
                        name=name,
                    )
                )
                response = Response(
                    channel=name, curve=through_point(entry.current or entry.min or 1.0, 0.0)
                )
            else:
                continue
        current = entry.current if entry.current is not None else response.current
        stated_value = (
            entry.value_per_customer,
            response.value_per_customer,
            scenario.value_per_customer,
        )
        average = credited.value_per_customer if credited is not None else None
        value = next((v for v in (*stated_value, average) if v is not None), None)
        out[name] = replace(response, current=current, value_per_customer=value)
    return out, notes


def _stated(name: str, entry: Channel, seen: Response | None) -> Response | None:
    """What the founder states about a channel goes before what the data say."""
    if entry.curve is not None:
        curve = stated(entry.curve.shape, entry.curve.parameters)
    elif entry.customers is not None and entry.current:
        curve = through_point(entry.current, entry.customers, entry.elasticity or TYPICAL)
    else:
        return None
    return Response(
        channel=name,
        curve=curve,
        current=seen.current if seen else None,
        value_per_customer=seen.value_per_customer if seen else None,
        last_touch=seen.last_touch if seen else None,
    )


def _seen(
    scenario: Scenario, tables: Tables, credited: Credited | None, notes: list[str]
) -> dict[str, Response]:
    """What the tables say of every channel with spend."""
    spend = tables.spend
    if spend is None:
        return {}
    if credited is None:
        notes.append(
            _("there is spend but no journeys: only channels with a stated curve can be planned")
        )
        return {}
    periods = scenario.horizon * DAYS[scenario.period] / DAYS[spend.period]
    weeks = spend_by_period(spend)
    length = len(weeks["starts"])
    recent = max(1, min(length, round(periods)))
    days = touches_by_day(tables.events) if tables.events is not None else None
    out = {}
    for name in spend.channels:
        paid = weeks["spend"][name]
        if paid.max() <= 0:
            continue
        entry = scenario.channels.get(name, Channel())
        customers = _customers(credited.new, name)
        curve: Curve
        volume: Curve | None = None
        if days is not None:
            touches = by_period(days, weeks["starts"], weeks["end"], name)
            if touches.sum() == 0:
                notes.append(
                    _(
                        "{name} has spend but no touches: the data say nothing of what it brings; "
                        "state a curve for it",
                        name=name,
                    )
                )
                continue
            volume = fit_curve(paid, touches, elasticity=entry.elasticity or TYPICAL).stretched(
                periods
            )
            curve = volume.times(ratio(customers, float(touches.sum())) or 0.0)
        else:
            per_plan = periods / length
            if customers <= 0:
                notes.append(
                    _(
                        "{name} has spend but no credited conversions; it is planned as bringing "
                        "nothing",
                        name=name,
                    )
                )
            curve = through_point(
                float(paid.sum()) * per_plan, customers * per_plan, entry.elasticity or TYPICAL
            )
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
            _("touches without spend, credited but not planned: {names}", names=", ".join(silent))
        )
    return out


def spend_by_period(spend: Spend) -> Mapping[str, Any]:
    """Spend per channel in every period from the first to the last (0 where a channel paused).

    starts: first day of each period; end: the day after the last period; spend: channel -> currency per period.
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
    return {
        "starts": starts.to_numpy(dtype="datetime64[D]"),
        "end": np.datetime64(end, "D"),
        "spend": {str(name): wide[name].to_numpy(dtype=float) for name in wide.columns},
    }


def _customers(credit: Credit, channel: str) -> float:
    """New customers credited to a channel (0 where journeys never saw it)."""
    return (
        float(credit.conversions[credit.channels.index(channel)])
        if channel in credit.channels
        else 0.0
    )


def check_budget(scenario: Scenario) -> None:
    """A plan without a budget needs a goal that is bounded without one."""
    goal = (
        scenario.goal
        if isinstance(scenario.goal, str)
        else next(iter(scenario.goal), "")
        if isinstance(scenario.goal, dict)
        else ""
    )
    if scenario.budget is None and goal not in ("min_spend", "profit"):
        raise UserError(
            _("no budget is stated"),
            scenario.where(),
            _("add budget: AMOUNT, or goal: min_spend with a target, or goal: profit"),
        )
