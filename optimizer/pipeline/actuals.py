"""What came of a plan: the plan that was written, beside the spend and the customers since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from optimizer.data.importers.checks import UNITS
from optimizer.data.open import read_spend
from optimizer.data.tables import Spend
from optimizer.data.totals import Totals
from optimizer.errors import Problem, Problems, UserError
from optimizer.evidence.actuals import Foreseen, Promise, foresee, spread_of
from optimizer.messages import Text, _, listed
from optimizer.pipeline.sold_since import sold_since
from optimizer.pipeline.tables import after_rebates, as_it_stands
from optimizer.pipeline.written_plan import Written, read_plan
from optimizer.plotting import Plots
from optimizer.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]

LENGTH = {"day": 1, "week": 7}  # days; months are counted by the calendar
FINER = ("day", "week", "month")


@dataclass(frozen=True)
class ChannelActual:
    """Planned and spent so far, currency."""

    channel: str
    planned: float
    spent: float


@dataclass(frozen=True)
class PeriodActual:
    """One period of the plan: planned and spent, currency; new customers, due and come."""

    start: date
    planned: float
    spent: float
    due: float
    came: float


@dataclass(frozen=True)
class Actuals(Plots):
    """A plan against what came.

    Parameters
    ----------
    channels, periods
        Those with plan or spend; the periods that are over.
    horizon
        Periods of the whole plan.
    came
        New customers so far.
    foreseen
        What was due, and what is believed now.
    target
        Customers of the whole plan that were asked for (None: none).
    notes
        Remarks for people.
    """

    channels: tuple[ChannelActual, ...]
    periods: tuple[PeriodActual, ...]
    horizon: int
    came: float
    foreseen: Foreseen
    target: float | None
    notes: tuple[Text, ...]

    def to_frame(self) -> pd.DataFrame:
        """A row per period that is over: start, planned, spent, due, came."""
        import pandas as pd

        return pd.DataFrame(
            [{**vars(period), "start": str(period.start)} for period in self.periods]
        )


def actuals(
    scenario: Scenario,
    plan: Path,
    since: Mapping[str, Path],
    start: date | None = None,
    target: float | None = None,
) -> Actuals:
    """Hold a plan against what came.

    Parameters
    ----------
    scenario
        The one that was planned, with the data it was planned from.
    plan
        Folder of its report.
    since
        Kind of table -> file: spend since then, and what was sold: totals, orders or events.
    start
        First day of the plan (None: the day after the scenario's last period of spend).
    target
        All customers of the whole plan (None: the scenario's `min_customers` and the organic ones,
        where it has such a rule).

    Raises
    ------
    UserError
        Where the plan or the files cannot be read, or do not overlap.
    """
    written = read_plan(plan, scenario.horizon)
    if "spend" not in since:
        raise UserError(
            _("none of the files says what was spent"),
            fix=_("bring the spend of every channel since the plan began"),
        )
    spend = after_rebates(scenario, read_spend(str(since["spend"])))
    sold = sold_since(since, scenario)
    _refuse_coarser(scenario, (spend, sold))
    began = start or _after(scenario)
    done = _done(spend, sold, began, scenario)
    paid = _placed(spend.frame["period"], began, scenario.period)
    money = spend.frame["spend"].to_numpy(dtype=float)
    by_channel = {
        name: _summed(paid[rows], money[rows], done)
        for name in spend.channels
        if (rows := (spend.frame["channel"] == name).to_numpy()).any()
    }
    came = _summed(_placed(sold.starts, began, scenario.period), sold.new_customers, done)
    _refuse_unknown(sold, came)
    result = _held(scenario, written, by_channel, came, began, done, target)
    return replace(result, notes=(*spend.notes, *sold.notes, *result.notes))


def _refuse_coarser(scenario: Scenario, tables: Sequence[Spend | Totals]) -> None:
    """A `Problems` where a table's periods are longer than the plan's."""
    wrong = [
        Problem(
            _(
                "the plan goes by {period}, this table only by {coarse}",
                period=UNITS[scenario.period],
                coarse=UNITS[table.period],
            ),
            table.label,
            _("export it by {period}", period=UNITS[scenario.period]),
        )
        for table in tables
        if FINER.index(table.period) > FINER.index(scenario.period)
    ]
    if wrong:
        raise Problems(wrong)


def _refuse_unknown(sold: Totals, came: Array) -> None:
    """A `UserError` where not every period that is over has a number of new customers."""
    if np.isfinite(came).all():
        return
    day = next(day for day, n in zip(sold.starts, sold.new_customers, strict=True) if n != n)
    raise UserError(
        _("how many new customers came on {day} is not known", day=str(day)),
        sold.label,
        _("bring totals of these periods, or orders of before the plan in the scenario"),
    )


def _held(
    scenario: Scenario,
    written: Written,
    spent: Mapping[str, Array],
    came: Array,
    began: date,
    done: int,
    target: float | None,
) -> Actuals:
    horizon = scenario.horizon
    names = sorted({*written.spend, *spent})
    nothing = np.zeros(horizon)
    planned = {name: np.asarray(written.spend.get(name, nothing)) for name in names}
    paid = {name: np.asarray(spent.get(name, nothing[:done])) for name in names}
    brings = {name: np.asarray(written.customers.get(name, nothing)) for name in names}
    scale = written.extra.mean / max(sum(float(b.sum()) for b in brings.values()), 1e-12)
    due = scale * _in_proportion(brings, planned, paid, done)
    organic = written.organic / horizon
    left = scale * sum(float(b[done:].sum()) for b in brings.values())
    asked = target if target is not None else _asked(scenario, written)
    foreseen = foresee(
        Promise(float(due.sum()), organic * done),
        Promise(left, organic * (horizon - done)),
        float(came.sum()),
        spread_of(written.extra),
        asked,
    )
    channels = [
        ChannelActual(name, float(planned[name][:done].sum()), float(paid[name].sum()))
        for name in names
    ]
    periods = [
        PeriodActual(
            _starts(began, scenario.period, at),
            sum(float(planned[name][at]) for name in names),
            sum(float(paid[name][at]) for name in names),
            float(due[at]) + organic,
            float(came[at]),
        )
        for at in range(done)
    ]
    unplanned = [name for name in names if planned[name].sum() <= 0 < paid[name].sum()]
    return Actuals(
        tuple(channels),
        tuple(periods),
        horizon,
        float(came.sum()),
        foreseen,
        asked,
        tuple(_doubts(written, unplanned)),
    )


def _in_proportion(
    brings: Mapping[str, Array], planned: Mapping[str, Array], paid: Mapping[str, Array], done: int
) -> Array:
    """Customers due in each period for what was spent, of what was planned, channel by channel."""
    due = np.zeros(done)
    for name, customers in brings.items():
        whole = float(planned[name].sum())
        if whole > 0:
            due += float(customers.sum()) * paid[name] / whole
    return due


def _doubts(written: Written, unplanned: Sequence[str]) -> list[Text]:
    notes: list[Text] = []
    if unplanned:
        notes.append(
            _(
                "spent on channels that the plan leaves out, and nothing is expected of it: {names}",
                names=listed(unplanned),
            )
        )
    if written.extra.low == written.extra.high:
        notes.append(
            _("the plan rests on stated curves: how sure it is, and so the chance, is not known")
        )
    return notes


def _asked(scenario: Scenario, written: Written) -> float | None:
    """The scenario's own least number of customers of the whole plan, and those who come anyway."""
    asked = [
        float(rule.value)
        for rule in scenario.rules
        if rule.name == "min_customers" and rule.of is None and not rule.options
    ]
    return max(asked) + written.organic if asked else None


def _after(scenario: Scenario) -> date:
    """The day after the last period of the scenario's spend."""
    spend = as_it_stands(scenario, "spend")
    if spend is None:
        raise UserError(
            _("the scenario has no spend that would say when the plan begins"),
            scenario.where("data"),
            _("say it: --start 2026-09-07"),
        )
    last: date = spend.frame["period"].max().date()
    return _starts(last, spend.period, 1)


def _starts(began: date, period: str, at: int) -> date:
    """First day of a period, counted from the plan's first day."""
    if period == "month":
        day = (
            np.datetime64(began, "M") + at + (np.datetime64(began, "D") - np.datetime64(began, "M"))
        )
    else:
        day = np.datetime64(began, "D") + LENGTH[period] * at
    out: date = day.astype("datetime64[D]").item()
    return out


def _placed(starts: Any, began: date, period: str) -> Array:
    """Which period of the plan each day lies in; below 0: before it."""
    days = np.asarray(starts, dtype="datetime64[D]")
    if period == "month":
        return (days.astype("datetime64[M]") - np.datetime64(began, "M")).astype(int)
    return np.asarray((days - np.datetime64(began, "D")).astype(int) // LENGTH[period])


def _summed(places: Any, amounts: Any, done: int) -> Array:
    inside = (places >= 0) & (places < done)
    return np.bincount(places[inside], weights=amounts[inside], minlength=done).astype(float)


def _done(spend: Spend, sold: Totals, began: date, scenario: Scenario) -> int:
    """How many whole periods of the plan spend and sales both cover.

    Raises
    ------
    UserError
        Where it is none.
    """
    ends = (
        _starts(spend.frame["period"].max().date(), spend.period, 1),
        _starts(sold.starts[-1], sold.period, 1),
    )
    done = int(_placed(np.array(ends), began, scenario.period).min())
    if done < 1:
        raise UserError(
            _(
                "the plan begins on {day}, and the files, which end before {end}, do not cover its "
                "first period",
                day=str(began),
                end=str(min(ends)),
            ),
            spend.label,
            _("bring what came since, or say when the plan began: --start 2026-09-07"),
        )
    return min(done, scenario.horizon)
