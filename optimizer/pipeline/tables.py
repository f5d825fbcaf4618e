"""The first arrow: open and check every table a scenario names, all problems together."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, replace
from typing import Any

from optimizer.addresses import is_address
from optimizer.customers.new_by_day import new_by_day
from optimizer.customers.orders import read_orders
from optimizer.data.one_currency import may_be
from optimizer.data.open import open_events, open_paths, read_spend
from optimizer.data.reading.columns import header_key
from optimizer.data.sources import open_raw
from optimizer.data.tables import Events, Paths, Spend
from optimizer.data.totals import Totals, read_totals
from optimizer.errors import Problem, Problems, UserError
from optimizer.journeys.declared import Journey
from optimizer.journeys.prepared import prepared
from optimizer.messages import _
from optimizer.registry import did_you_mean
from optimizer.scenario import Scenario
from optimizer.units import after_rebate


@dataclass(frozen=True)
class Tables:
    """What the scenario's data holds; None where it names none."""

    events: Events | None = None
    paths: Paths | None = None
    spend: Spend | None = None
    totals: Totals | None = None

    @property
    def journeys(self) -> Events | Paths | None:
        """The journeys, from events where both are given."""
        return self.events if self.events is not None else self.paths


def read_tables(scenario: Scenario) -> Tables:
    """Open and check the scenario's tables.

    Raises
    ------
    Problems
        With everything wrong in any of them.
    """
    opened: dict[str, Any] = {}
    wrong: list[Problem] = []
    for name in ("events", "paths", "spend"):
        try:
            table = as_it_stands(scenario, name)
            if table is not None and name != "spend":
                table = prepared(table, Journey.of(scenario.journey))
            opened[name] = table
        except UserError as error:
            wrong.extend(error.problems)
    try:
        opened["totals"] = _totals(scenario)
    except UserError as error:
        wrong.extend(error.problems)
    wrong += _foreign_money(scenario, opened)
    if wrong:
        raise Problems(wrong)
    if opened.get("spend") is not None:
        opened["spend"] = after_rebates(scenario, opened["spend"])
    return Tables(**opened)


def as_it_stands(scenario: Scenario, name: str) -> Any:
    """One of the scenario's tables, opened and checked, before the journey that is declared and the
    channels' rebates are applied.

    Parameters
    ----------
    scenario
        Says where, and how its columns are called.
    name
        events | paths | spend | totals | orders.

    Returns
    -------
    Events | Paths | Spend | Totals | Orders | None
        None where the scenario names none. Of orders refunds are taken off, cancellations are rows
        below 0.

    Raises
    ------
    UserError
        Where the table cannot be read.
    """
    source = _source(scenario, name)
    if source is None:
        return None
    stated: Mapping[Any, dict[str, str]] = scenario.columns
    columns = stated.get(name)
    if name == "orders":
        return read_orders(source, columns)
    if name == "totals":
        return read_totals(source, columns, value_per_customer=scenario.value_per_customer)
    said = _with_segment(scenario, name, source, columns)
    return READERS[name](*said, **_read_as(scenario, name))


READERS: dict[str, Callable[..., Any]] = {
    "events": open_events,
    "paths": open_paths,
    "spend": read_spend,
}


def _foreign_money(scenario: Scenario, opened: Mapping[str, Any]) -> list[Problem]:
    """A problem for every table whose amounts are in another currency than the scenario's."""
    problems = []
    for name, table in opened.items():
        facts = getattr(table, "facts", {})
        found = facts.get("currency") if facts else getattr(table, "currency", None)
        if found is not None and not may_be(found, scenario.currency):
            problems.append(
                Problem(
                    _(
                        "the amounts of {table} are in {found}, and the scenario counts in "
                        "{currency}",
                        table=getattr(scenario.data, name, None) or table.label,
                        found=found,
                        currency=scenario.currency,
                    ),
                    scenario.where("currency"),
                    _("write currency: {found}, or convert the amounts", found=found),
                )
            )
    return problems


def after_rebates(scenario: Scenario, spend: Spend) -> Spend:
    """A spend table as it is paid once the channels' rebates are back.

    Parameters
    ----------
    scenario
        States the rebates.
    spend
        As billed.
    """
    left = {name: after_rebate(1.0, c.rebate) for name, c in scenario.channels.items() if c.rebate}
    if not left:
        return spend

    def paid(frame: Any) -> Any:
        return frame.assign(spend=frame["spend"] * frame["channel"].map(left).fillna(1.0))

    parts = None if spend.by_segment is None else paid(spend.by_segment)
    return replace(spend, frame=paid(spend.frame), by_segment=parts)


def _read_as(scenario: Scenario, name: str) -> dict[str, Any]:
    """What the declared journey says of reading a table."""
    journey = Journey.of(scenario.journey)
    if name == "events":
        return {"touch": journey.touch}
    return {"separator": journey.separator, "ignore": journey.ignore} if name == "paths" else {}


def _source(scenario: Scenario, name: str) -> str | None:
    """The path or address of one of the scenario's tables; None where it names none.

    Raises
    ------
    UserError
        For a file that is not there.
    """
    file: str | None = getattr(scenario.data, name)
    if file is None:
        return None
    path = scenario.place(file)
    if not is_address(file) and "::" not in file and not os.path.exists(path):
        raise UserError(
            _("there is no {file}", file=path),
            scenario.where("data", name),
            _("paths are relative to the scenario's folder"),
        )
    return path


def _totals(scenario: Scenario) -> Totals | None:
    """What was sold, as a table says; without one, and without journeys, as the orders say."""
    data = scenario.data
    if data.totals is not None:
        told: Totals = as_it_stands(scenario, "totals")
        return told
    if data.spend is None or data.orders is None or data.events or data.paths:
        return None
    return new_by_day(as_it_stands(scenario, "orders"), data.orders)


def _with_segment(
    scenario: Scenario, name: str, source: Any, columns: dict[str, str] | None
) -> tuple[Any, dict[str, str] | None]:
    """The source and its columns' names, with the scenario's column for segments among them. Spend
    may lack it.
    """
    if scenario.segments is None or name == "paths" or "segment" in (columns or {}):
        return source, columns
    raw = open_raw(source)
    return raw, with_segment(scenario, name, columns, raw.columns)


def with_segment(
    scenario: Scenario,
    name: str,
    columns: Mapping[str, str] | None,
    there: Iterable[str] | None = None,
) -> dict[str, str] | None:
    """The names of a table's columns with the scenario's column for segments.

    Parameters
    ----------
    name
        events | paths | spend.
    columns
        Our column -> the table's (None: as they are).
    there
        The table's columns; spend has a segment only where it is among them.
    """
    known = None if columns is None else dict(columns)
    if scenario.segments is None or name == "paths" or "segment" in (known or {}):
        return known
    if name == "spend" and header_key(scenario.segments.column) not in {
        header_key(column) for column in there or ()
    }:
        return known
    return {**(known or {}), "segment": scenario.segments.column}


def refuse_unknown_channels(scenario: Scenario, known: Set[str]) -> None:
    """Channels that the scenario only bounds, and no table knows, are most likely a slip of the
    pen.

    Raises
    ------
    Problems
        With each of them.
    """
    out = []
    for name, channel in scenario.channels.items():
        stated = (
            channel.curve is not None
            or channel.customers is not None
            or channel.exposure is not None
            or (
                channel.bookings is not None
                and (channel.bookings.customers is not None or channel.bookings.touches is not None)
            )
        )
        if name in known or stated or any(other.startswith(f"{name}/") for other in known):
            continue
        fix = (
            did_you_mean(name, known)
            if known
            else _("state its response with curve:, or name tables under data:")
        )
        out.append(
            Problem(
                _("channel '{name}' is in no table and has no curve", name=name),
                scenario.where("channels", name, at_key=True),
                fix,
            )
        )
    if out:
        raise Problems(out)
