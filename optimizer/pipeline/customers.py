"""What the customers we already have add to a plan: retention offers as lines, and the lifetime value of a new one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optimizer.errors import Problem, Problems, UserError
from optimizer.pipeline.tables import Tables
from optimizer.scenario import Channel, Scenario

if TYPE_CHECKING:
    from optimizer.customers.orders import Orders


def with_customers(scenario: Scenario, tables: Tables) -> tuple[Scenario, list[str]]:
    """The scenario with a channel for each retention offer and a lifetime value where one was asked for.

    Raises `Problems` where an offer does not fit the customers, or no orders are known.
    """
    if not scenario.retention and scenario.lifetime is None:
        return scenario, []
    orders = _orders(scenario, tables)
    channels = dict(scenario.channels)
    notes = list(orders.notes)
    if scenario.retention:
        channels |= _offers(scenario, orders, notes)
    if scenario.lifetime is not None:
        paid = tables.spend.channels if tables.spend is not None else ()
        channels = _worth(scenario, orders, {**{name: Channel() for name in paid}, **channels}, notes)
    return scenario.model_copy(update={"channels": channels}), notes


def _orders(scenario: Scenario, tables: Tables) -> Orders:
    from optimizer.customers.orders import read_orders

    if scenario.data.orders is None:
        if tables.events is None:
            raise UserError("retention and lifetime need orders", scenario.where("data"), "name a table under data: orders: FILE, or events with purchases")
        return read_orders(tables.events)
    file = scenario.folder / scenario.data.orders
    if not file.exists():
        raise UserError(f"there is no {file}", scenario.where("data", "orders"), "paths are relative to the scenario's folder")
    columns: Any = scenario.columns
    return read_orders(str(file), columns.get("orders"))


def _offers(scenario: Scenario, orders: Orders, notes: list[str]) -> dict[str, Channel]:
    from optimizer.customers.retention import Offer, retention_lines
    from optimizer.customers.rfm import rfm

    groups = rfm(orders)
    offers = [Offer(o.group, o.cost, o.response, o.value, o.reach) for o in scenario.retention]
    try:
        lines = retention_lines(groups, offers)
    except UserError as error:
        raise Problems(Problem(p.what, scenario.where("retention"), p.fix) for p in error.problems) from None
    taken = [line.name for line in lines if line.name in scenario.channels]
    if taken:
        raise UserError(f"channel '{taken[0]}' is the name of a retention line", scenario.where("channels", taken[0], at_key=True), "rename the channel")
    for line in lines:
        notes.append(f"{line.name}: {line.size:,} customers, at most {line.most_orders:,.0f} extra orders for {line.most:,.0f}")
    return {line.name: Channel.model_validate(line.channel()) for line in lines}


def _worth(scenario: Scenario, orders: Orders, channels: dict[str, Channel], notes: list[str]) -> dict[str, Channel]:
    from optimizer.customers.ltv import ltv

    assert scenario.lifetime is not None
    margin = 1.0 if scenario.margin is None else scenario.margin
    worth = ltv(orders, scenario.lifetime.horizon_days, margin, scenario.lifetime.discount)
    notes += worth.notes
    notes.append(f"lifetime margin of a new customer within {worth.horizon_days} days: {worth.value:,.1f} (90% interval {worth.low:,.1f} to {worth.high:,.1f})")
    return {
        name: channel if channel.ltv_per_customer is not None or channel.retention else channel.model_copy(update={"ltv_per_customer": worth.value})
        for name, channel in channels.items()
    }
