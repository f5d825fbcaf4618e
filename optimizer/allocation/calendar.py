"""Periods of a plan, and the seasons that make money work more and cost more in some of them.

Seasons ship as a small table (seasons.csv): rough trade norms, meant to be replaced by a founder's
own numbers. `demand` multiplies what a unit of effort brings, `price` what it costs.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib import resources

from optimizer.errors import UserError
from optimizer.messages import _
from optimizer.registry import did_you_mean


@dataclass(frozen=True)
class Season:
    """A stretch of the year in which money works differently.

    Parameters
    ----------
    name
        What a scenario calls it.
    start, end
        "MM-DD", "CNY-28" (days from the Chinese New Year) or "BF+3" (days from Black Friday).
    demand, price
        Factors while it lasts: on what a unit of effort brings, and on what it costs.
    note
        Where the factors come from.
    """

    name: str
    start: str
    end: str
    demand: float
    price: float
    note: str


@dataclass(frozen=True)
class Period:
    """One period of a plan.

    Parameters
    ----------
    name
        W1, W2, ... (D or M for days or months).
    first, last
        Its days, both included (None: the plan has no dates).
    demand, price
        Its factors.
    """

    name: str
    first: date | None = None
    last: date | None = None
    demand: float = 1.0
    price: float = 1.0


@cache
def seasons() -> Mapping[str, Season]:
    """The shipped seasons by name."""
    text = (
        resources.files("optimizer.allocation").joinpath("seasons.csv").read_text(encoding="utf-8")
    )
    return {
        row["season"]: Season(
            row["season"],
            row["from"],
            row["to"],
            float(row["demand"]),
            float(row["price"]),
            row["note"],
        )
        for row in csv.DictReader(text.splitlines())
    }


def days(season: Season, year: int) -> tuple[date, date]:
    """First and last day of a season in a year.

    Parameters
    ----------
    season
        A season; its dates move with the Chinese New Year or Black Friday.
    year
        Calendar year.
    """
    start, end = _day(season.start, year), _day(season.end, year)
    return start, end


def _day(text: str, year: int) -> date:
    if text.startswith("CNY"):
        return _new_year(year) + timedelta(days=int(text[3:]))
    if text.startswith("BF"):
        first = date(year, 11, 1)
        thursday = first + timedelta(days=(3 - first.weekday()) % 7 + 21)
        return thursday + timedelta(days=1 + int(text[2:]))
    month, day = text.split("-")
    return date(year, int(month), int(day))


@cache
def _new_year(year: int) -> date:
    """The Chinese New Year's day."""
    import holidays

    found = [
        day
        for day, name in holidays.country_holidays("CN", years=year, language="en_US").items()
        if "Chinese New Year" in name and "Eve" not in name and "observed" not in name
    ]
    if not found:
        raise UserError(
            _("the date of the Chinese New Year {year} is not known", year=year),
            fix=_("leave spring_festival out and state factors yourself"),
        )
    first: date = min(found)
    return first


def periods(
    count: int,
    length: str,
    start: date | None = None,
    names: Sequence[str] = (),
    demand: Mapping[str, float] | None = None,
    price: Mapping[str, float] | None = None,
) -> tuple[Period, ...]:
    """The periods of a plan, with dates where `start` is given.

    Parameters
    ----------
    count
        How many.
    length
        "day", "week" or "month".
    start
        The first day.
    names
        Shipped seasons to apply, their factors averaged over each period's days; they need `start`.
    demand, price
        A founder's own factors by period name, which replace the seasons'.

    Raises
    ------
    UserError
        For an unknown season or period, or seasons without a start.

    Examples
    --------
    >>> [period.name for period in periods(3, "week")]
    ['W1', 'W2', 'W3']
    """
    unknown = [name for name in names if name not in seasons()]
    if unknown:
        raise UserError(
            _("unknown season '{unknown}'", unknown=unknown[0]),
            fix=did_you_mean(unknown[0], seasons()),
        )
    if names and start is None:
        raise UserError(
            _("seasons need to know when the plan starts"),
            fix=_("add start: 2026-10-05 to the calendar"),
        )
    labels = [f"{length[0].upper()}{k + 1}" for k in range(count)]
    for given in (demand or {}, price or {}):
        for key in given:
            if key not in labels:
                raise UserError(
                    _("period '{key}' is outside the plan", key=key), fix=did_you_mean(key, labels)
                )
    out = []
    for k, label in enumerate(labels):
        first = last = None
        factor, cost = 1.0, 1.0
        if start is not None:
            first, last = _span(start, length, k)
            factor, cost = _factors(first, last, names)
        out.append(
            Period(
                label,
                first,
                last,
                (demand or {}).get(label, factor),
                (price or {}).get(label, cost),
            )
        )
    return tuple(out)


def _span(start: date, length: str, k: int) -> tuple[date, date]:
    if length == "month":
        return _months(start, k), _months(start, k + 1) - timedelta(days=1)
    step = 7 if length == "week" else 1
    return start + timedelta(days=step * k), start + timedelta(days=step * (k + 1) - 1)


def _months(start: date, k: int) -> date:
    total = start.year * 12 + start.month - 1 + k
    for day in range(start.day, start.day - 4, -1):
        try:
            return date(total // 12, total % 12 + 1, day)
        except ValueError:
            continue
    raise AssertionError("a month has at least 28 days")


def _factors(first: date, last: date, names: Sequence[str]) -> tuple[float, float]:
    """Average demand and price over a period's days; where seasons overlap, the stronger demand
    rules the day.
    """
    demand = price = 0.0
    length = (last - first).days + 1
    spans = [
        (seasons()[name], *days(seasons()[name], year))
        for name in names
        for year in range(first.year - 1, last.year + 2)
    ]
    for offset in range(length):
        day = first + timedelta(days=offset)
        found = [season for season, start, end in spans if start <= day <= end]
        best = max(found, key=lambda s: (s.demand, s.name), default=None)
        demand += best.demand if best else 1.0
        price += best.price if best else 1.0
    return demand / length, price / length
