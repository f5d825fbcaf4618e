"""New customers of a time after the plan was made: told, or counted from orders or events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from optimizer.customers.new_by_day import new_by_day
from optimizer.customers.orders import Orders, purchases, read_orders
from optimizer.data.open import open_events
from optimizer.data.tables import Events
from optimizer.data.totals import Totals, read_totals
from optimizer.errors import UserError
from optimizer.journeys.declared import Journey
from optimizer.journeys.journey_sql import named
from optimizer.messages import _
from optimizer.pipeline.tables import as_it_stands
from optimizer.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd


def sold_since(found: Mapping[str, Path], scenario: Scenario) -> Totals:
    """New customers since the plan began: told, or first orders of people not known before.

    Parameters
    ----------
    found
        Kind of table -> file with what came since.
    scenario
        The one that was planned: it knows who had bought before, and what a conversion is.

    Raises
    ------
    UserError
        Where none of the files tells, or one cannot be read.
    """
    if "totals" in found:
        return read_totals(str(found["totals"]), value_per_customer=scenario.value_per_customer)
    if "orders" in found:
        orders = read_orders(str(found["orders"]))
    elif "events" in found:
        orders = Orders(_conversions(open_events(str(found["events"])), scenario))
    else:
        raise UserError(
            _("none of the files says how many new customers came"),
            fix=_("bring totals, orders or events of the same time"),
        )
    before = _bought_before(scenario)
    if before is None:
        return new_by_day(orders)
    known = orders.frame["user_id"].astype(str).isin(before)
    strangers = replace(orders, frame=orders.frame[~known].reset_index(drop=True))
    return new_by_day(strangers, burn_in_days=0)


def _conversions(events: Events, scenario: Scenario) -> pd.DataFrame:
    """user_id, timestamp, value of every conversion."""
    return events.query(
        "SELECT CAST(user_id AS VARCHAR) AS user_id, timestamp, value "
        f"FROM {events.table} WHERE {_is_conversion(scenario)} ORDER BY timestamp, user_id"
    )


def _is_conversion(scenario: Scenario) -> str:
    return named("event", Journey.of(scenario.journey).conversion)


def _bought_before(scenario: Scenario) -> set[str] | None:
    """Who had bought when the plan was made; None: the scenario's tables name nobody."""
    orders, events = as_it_stands(scenario, "orders"), as_it_stands(scenario, "events")
    if orders is None and events is None:
        return None
    known: set[str] = set()
    if orders is not None:
        known.update(purchases(orders)["user_id"].astype(str))
    if events is not None:
        found = events.query(
            "SELECT DISTINCT CAST(user_id AS VARCHAR) AS user_id "
            f"FROM {events.table} WHERE {_is_conversion(scenario)}"
        )
        known.update(found["user_id"])
    return known
