"""Spend, totals and tests on one calendar: the company as a kind of evidence reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.attribution.lifecycle.experiments import read_experiments
from optimizer.data.tables import Spend
from optimizer.data.totals import Totals
from optimizer.errors import UserError
from optimizer.evidence.kind import Company, LiftTest
from optimizer.messages import Text, _
from optimizer.scenario import Scenario
from optimizer.units import DAYS

Array = NDArray[np.float64]
Days = NDArray[np.datetime64]
WEEK = 7
SHORT = 8  # periods of totals below which hardly anything can be told
ONE_DAY = np.timedelta64(1, "D")


@dataclass(frozen=True)
class _Calendar:
    """First day and day after the last of each period, T each."""

    starts: Days
    ends: Days

    def __len__(self) -> int:
        return len(self.starts)


def company(scenario: Scenario, spend: Spend, totals: Totals) -> tuple[Company, list[Text]]:
    """The tables on the calendar of the totals (days are added up to weeks).

    Spend is divided evenly over the days of its periods, so that weeks may start on different days
    in the two tables. Channels nothing was ever spent on are left out.

    Returns
    -------
    tuple
        The company; and remarks.

    Raises
    ------
    UserError
        Where nothing was ever spent, where spend and totals have fewer than two periods in common,
        and for experiments that make no sense.
    """
    notes: list[Text] = []
    calendar, sold, controls = _weekly(totals)
    frame = spend.frame
    first = frame["period"].to_numpy().astype("datetime64[D]")
    last = _ends(first, spend.period)
    paid = frame["spend"].to_numpy(dtype=float)
    names = [
        name for name in spend.channels if paid[(frame["channel"] == name).to_numpy()].sum() > 0
    ]
    if not names:
        raise UserError(
            _("nothing was ever spent: totals say nothing of channels"),
            scenario.where("data", "spend"),
            _("bring weeks with spend, or state curves"),
        )
    keep = (calendar.ends <= last.max()) & (calendar.ends > calendar.starts)
    if keep.sum() < 2 or (calendar.ends[keep] > first.min()).sum() < 2:
        raise UserError(
            _("totals and spend have fewer than two periods in common"),
            scenario.where("data", "totals"),
            _("bring totals of the weeks in which money was spent, at least eight of them"),
        )
    if (~keep).any():
        notes.append(
            _("{n} periods of totals come after the last spend and are left out", n=(~keep).sum())
        )
    calendar = _Calendar(calendar.starts[keep], calendar.ends[keep])
    before = int((calendar.ends <= first.min()).sum())
    if before:
        notes.append(
            _("{n} periods of totals come before any spend: they are taken as without it", n=before)
        )
    offset = (int((first.min() - calendar.starts[0]).astype(int)) % WEEK) != 0
    if offset and totals.period == spend.period == "week":
        notes.append(
            _("weeks of spend and of totals start on different days: spend is divided by days")
        )
    if keep.sum() < SHORT:
        notes.append(
            _("only {n} periods of totals: what spend brings is hardly known", n=int(keep.sum()))
        )
    channel = frame["channel"].to_numpy()
    rows = [channel == name for name in names]
    told = frame["claimed"].to_numpy(dtype=float) if "claimed" in frame.columns else None
    made = Company(
        days=float(WEEK) if totals.period != "month" else DAYS["month"],
        starts=calendar.starts,
        channels=tuple(names),
        platforms=tuple(name.split("/")[0] for name in names),
        spend=np.column_stack([_onto(calendar, first[r], last[r], paid[r]) for r in rows]),
        sold=sold[keep],
        claimed=None
        if told is None or not np.isfinite(told).any()
        else np.column_stack([_claims(calendar, first[r], last[r], told[r]) for r in rows]),
        controls=None if controls is None else controls[keep],
    )
    tests = _tests(scenario, made, calendar, notes)
    return Company(**{**vars(made), "tests": tests}), notes


def _weekly(totals: Totals) -> tuple[_Calendar, Array, Array | None]:
    """Periods, new customers and controls; days as weeks, the last of which ends with the days."""
    starts = np.array(totals.starts, dtype="datetime64[D]")
    sold = np.asarray(totals.new_customers, dtype=float)
    controls = [np.asarray(values, dtype=float) for values in totals.controls.values()]
    if totals.period != "day":
        both = np.column_stack(controls) if controls else None
        return _Calendar(starts, _ends(starts, totals.period)), sold, both
    skip, weeks = len(sold) % WEEK, len(sold) // WEEK
    by_week = [values[skip:].reshape(weeks, WEEK) for values in (sold, *controls)]
    begins = starts[skip::WEEK][:weeks]
    told = np.isfinite(by_week[0])
    mean = np.nansum(by_week[0], axis=1) / np.maximum(told.sum(axis=1), 1)
    enough = told.sum(axis=1) >= WEEK - 2
    both = (
        np.column_stack([np.nan_to_num(v).mean(axis=1) for v in by_week[1:]]) if controls else None
    )
    return _Calendar(begins, _ends(begins, "week")), np.where(enough, mean * WEEK, np.nan), both


def _ends(starts: Days, period: str) -> Days:
    """The day after each period."""
    if period == "month":
        return (starts.astype("datetime64[M]") + 1).astype("datetime64[D]")
    out: Days = starts + (WEEK if period == "week" else 1) * ONE_DAY
    return out


def _onto(calendar: _Calendar, first: Days, last: Days, amounts: Array) -> Array:
    """Amounts of stretches of days, per period of a calendar: each is even over its days."""
    out = np.zeros(len(calendar))
    for a, b, amount in zip(first, last, np.nan_to_num(amounts), strict=True):
        if amount == 0:
            continue
        within = np.minimum(calendar.ends, b) - np.maximum(calendar.starts, a)
        share = np.maximum(within.astype(float), 0.0) / float((b - a).astype(int))
        out += amount * share
    return out


def _claims(calendar: _Calendar, first: Days, last: Days, claimed: Array) -> Array:
    """Claims per period; nan where nothing is said of it."""
    told = np.isfinite(claimed)
    days = (last - first).astype(float)
    known = _onto(calendar, first[told], last[told], days[told])
    return np.where(known > 0, _onto(calendar, first[told], last[told], claimed[told]), np.nan)


def _tests(
    scenario: Scenario, made: Company, calendar: _Calendar, notes: list[Text]
) -> tuple[LiftTest, ...]:
    """The scenario's experiments as tests of periods; those of multipliers correct other models."""
    given = [test.model_dump(by_alias=True) for test in scenario.experiments]
    read = read_experiments(given, made.channels, str(calendar.starts[0]))
    out = []
    for test in read:
        if test.relative:
            notes.append(
                _(
                    "the experiment on {channel} states a multiplier and is not used: with totals "
                    "state effect and standard_error",
                    channel=test.channel,
                )
            )
            continue
        out.append(
            LiftTest(
                made.channels.index(test.channel),
                test.effect,
                test.error,
                _periods(calendar, test.start, test.end),
            )
        )
    return tuple(out)


def _periods(calendar: _Calendar, start: float | None, end: float | None) -> tuple[int, ...]:
    """Places of the periods that lie in a test for the better half; days from the calendar's
    first. All of them where it has no dates.
    """
    begins = (calendar.starts - calendar.starts[0]).astype(float)
    length = (calendar.ends - calendar.starts).astype(float)
    low = begins[0] if start is None else start
    high = begins[-1] + length[-1] if end is None else end
    within = np.minimum(begins + length, high) - np.maximum(begins, low)
    found: Sequence[int] = np.flatnonzero(within >= length / 2).tolist()
    return tuple(found)
