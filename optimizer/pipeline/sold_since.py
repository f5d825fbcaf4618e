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
from optimizer.messages import _
from optimizer.pipeline.tables import read_tables, scenario_orders
from optimizer.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd


def sold_since(found: Mapping[str, Path], scenario: Scenario) -> Totals:
    """New customers since the plan began: told, or first orders of people not known before."""
    if "totals" in found:
        return read_totals(str(found["totals"]), value_per_customer=scenario.value_per_customer)
    if "orders" in found:
        return new_by_day(_strangers(read_orders(str(found["orders"])), scenario))
    if "events" in found:
        return new_by_day(
            _strangers(Orders(_purchases(open_events(str(found["events"])))), scenario)
        )
    raise UserError(
        _("none of the files says how many new customers came"),
        fix=_("bring totals, orders or events of the same time"),
    )


def _purchases(events: Events) -> pd.DataFrame:
    return events.query(
        "SELECT CAST(user_id AS VARCHAR) AS user_id, timestamp, value "
        f"FROM {events.table} WHERE event = 'purchase' ORDER BY timestamp, user_id"
    )


def _strangers(orders: Orders, scenario: Scenario) -> Orders:
    """Only the orders of people who had not bought when the plan was made."""
    known: set[str] = set()
    earlier = scenario_orders(scenario)
    if earlier is not None:
        known |= set(purchases(earlier)["user_id"].astype(str))
    tables = read_tables(scenario)
    if tables.events is not None:
        known |= set(_purchases(tables.events)["user_id"])
    mine = orders.frame["user_id"].astype(str)
    return replace(orders, frame=orders.frame[~mine.isin(known)].reset_index(drop=True))
