"""What the customers we already have add to a plan: retention offers as lines, and the lifetime
value of a new one.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from optimizer.customers.ltv import ltv
from optimizer.customers.orders import Orders, read_orders
from optimizer.customers.retention import Offer, retention_lines
from optimizer.customers.rfm import rfm
from optimizer.errors import Problem, Problems, UserError
from optimizer.messages import Text, _
from optimizer.pipeline.tables import Tables, as_it_stands
from optimizer.scenario import Channel, Scenario


@dataclass(frozen=True)
class Customers:
    """What the customers we have add to a plan.

    Parameters
    ----------
    channels
        A line for each retention offer.
    lifetime
        Margin of a new customer, currency (None: not asked for).
    paid
        Channels with spend, which that value is put on.
    notes
        Remarks for people.
    """

    channels: dict[str, Channel] = field(default_factory=dict)
    lifetime: float | None = None
    paid: tuple[str, ...] = ()
    notes: tuple[Text, ...] = ()

    def onto(self, scenario: Scenario) -> Scenario:
        """The scenario with what the customers add to it; what the founder states stays.

        Parameters
        ----------
        scenario
            What is asked.

        Returns
        -------
        Scenario
            A copy, or the scenario itself where there is nothing to add.
        """
        channels = dict(scenario.channels)
        if self.lifetime is not None:
            named = {**{name: Channel() for name in self.paid}, **channels}
            channels = {
                name: channel
                if channel.ltv_per_customer is not None or channel.retention
                else channel.model_copy(update={"ltv_per_customer": self.lifetime})
                for name, channel in named.items()
            }
        if not self.channels and channels == scenario.channels:
            return scenario
        return scenario.model_copy(update={"channels": {**channels, **self.channels}})


def customers(scenario: Scenario, tables: Tables) -> Customers:
    """Retention lines and lifetime value where the scenario asks for them.

    Parameters
    ----------
    scenario
        Says which offers and which lifetime.
    tables
        Orders are read from its events where the scenario names no table of orders.

    Returns
    -------
    Customers
        Empty where the scenario asks for neither.

    Raises
    ------
    UserError
        Where an offer does not fit the customers, or no orders are known.
    """
    if not scenario.retention and scenario.lifetime is None:
        return Customers()
    orders = _orders(scenario, tables)
    notes: list[Text] = list(orders.notes)
    offers = _offers(scenario, orders, notes) if scenario.retention else {}
    lifetime = _worth(scenario, orders, notes) if scenario.lifetime is not None else None
    return Customers(
        offers, lifetime, tables.spend.channels if tables.spend is not None else (), tuple(notes)
    )


def _orders(scenario: Scenario, tables: Tables) -> Orders:
    orders: Orders | None = as_it_stands(scenario, "orders")
    if orders is not None:
        return orders
    if tables.events is None:
        raise UserError(
            _("retention and lifetime need orders"),
            scenario.where("data"),
            _("name a table under data: orders: FILE, or events with purchases"),
        )
    return read_orders(tables.events)


def _offers(scenario: Scenario, orders: Orders, notes: list[Text]) -> dict[str, Channel]:
    groups = rfm(orders)
    offers = [Offer(o.group, o.cost, o.response, o.value, o.reach) for o in scenario.retention]
    try:
        lines = retention_lines(groups, offers)
    except UserError as error:
        raise Problems(
            Problem(p.what, scenario.where("retention"), p.fix) for p in error.problems
        ) from None
    taken = [line.name for line in lines if line.name in scenario.channels]
    if taken:
        raise UserError(
            _("channel '{taken}' is the name of a retention line", taken=taken[0]),
            scenario.where("channels", taken[0], at_key=True),
            _("rename the channel"),
        )
    for line in lines:
        notes.append(
            _(
                "{name}: {size} customers, at most {most_orders} extra orders for {most}",
                name=line.name,
                size=f"{line.size:,}",
                most_orders=f"{line.most_orders:,.0f}",
                most=f"{line.most:,.0f}",
            )
        )
    return {line.name: Channel.model_validate(line.channel()) for line in lines}


def _worth(scenario: Scenario, orders: Orders, notes: list[Text]) -> float:
    assert scenario.lifetime is not None
    margin = 1.0 if scenario.margin is None else scenario.margin
    worth = ltv(orders, scenario.lifetime.horizon_days, margin, scenario.lifetime.discount)
    notes += worth.notes
    notes.append(
        _(
            "lifetime margin of a new customer within {horizon_days} days: {value} "
            "({level} interval {low} to {high})",
            horizon_days=worth.horizon_days,
            value=f"{worth.value:,.1f}",
            level=f"{worth.level:.0%}",
            low=f"{worth.low:,.1f}",
            high=f"{worth.high:,.1f}",
        )
    )
    return worth.value
