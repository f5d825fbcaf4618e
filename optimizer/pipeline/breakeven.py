"""What a live slot, a post or a round of spend must sell to pay for itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from optimizer import units
from optimizer.errors import UserError
from optimizer.messages import _
from optimizer.pipeline import estimate
from optimizer.pipeline.economics import stated_current, stated_curve, terms
from optimizer.registry import did_you_mean
from optimizer.scenario import Channel, Scenario

ROUND = 1_000.0  # currency of spend that is asked about where today's is not known


@dataclass(frozen=True)
class Breakeven:
    """What one channel must sell.

    Parameters
    ----------
    channel
        Its name.
    of
        What is paid for: one "slot" (or post), "current" spend, or a "round" amount.
    cost
        Currency paid for it however much it sells: fee, service, samples, or spend.
    value, kept
        Order value per customer, and what is kept of it after refunds, currency.
    contribution, commission
        What a customer earns before marketing spend, and the commission on it, currency.
    expected
        New customers that the scenario expects of it (None: it does not say).
    """

    channel: str
    of: Literal["slot", "current", "round"]
    cost: float
    value: float
    kept: float
    contribution: float
    commission: float
    expected: float | None = None

    @property
    def customers(self) -> float | None:
        """New customers that pay for it (None: no number of them is enough)."""
        return units.breakeven(self.cost, self.contribution, self.commission)

    @property
    def gmv(self) -> float | None:
        """The same in orders before refunds, currency."""
        return None if self.customers is None else self.customers * self.value

    @property
    def pays(self) -> bool | None:
        """Whether what is expected pays for it (None: nothing is expected)."""
        if self.expected is None:
            return None
        return self.customers is not None and self.expected >= self.customers

    @property
    def profit(self) -> float | None:
        """What is expected of it, currency (None: nothing is)."""
        if self.expected is None:
            return None
        return self.expected * (self.contribution - self.commission) - self.cost

    def as_dict(self) -> dict[str, Any]:
        """As `--format json` prints it."""
        return {
            "channel": self.channel,
            "of": self.of,
            "cost": self.cost,
            "value": self.value,
            "kept": self.kept,
            "contribution": self.contribution,
            "commission": self.commission,
            "customers": self.customers,
            "gmv": self.gmv,
            "expected": self.expected,
            "profit": self.profit,
            "pays": self.pays,
        }


def breakeven(scenario: Scenario, of: str | None = None) -> tuple[Breakeven, ...]:
    """What each stated channel must sell to pay for itself.

    Parameters
    ----------
    scenario
        States fees, commissions, refunds and margin. Where it states no value per customer its
        tables are read for one.
    of
        One channel only.

    Raises
    ------
    UserError
        For a channel that is not there, or where nothing says what a customer is worth.
    """
    if of is not None and of not in scenario.channels:
        raise UserError(
            _("there is no channel '{name}' in this scenario", name=of),
            scenario.where("channels"),
            did_you_mean(of, scenario.channels),
        )
    asked = {
        name: entry
        for name, entry in scenario.channels.items()
        if of in (None, name) and not entry.retention
    }
    if not asked:
        raise UserError(
            _("the scenario states no channel"),
            scenario.where(),
            _("add channels: with a fee, a commission or current spend"),
        )
    worth = {name: _worth(scenario, entry) for name, entry in asked.items()}
    if any(value is None for value in worth.values()) and scenario.data.spend is not None:
        found = estimate(scenario).responses
        for name in worth:
            if worth[name] is None and name in found:
                worth[name] = found[name].value_per_customer
    return tuple(_of_channel(scenario, name, entry, worth[name]) for name, entry in asked.items())


def _worth(scenario: Scenario, entry: Channel) -> float | None:
    own = entry.value_per_customer
    return scenario.value_per_customer if own is None else own


def _of_channel(scenario: Scenario, name: str, entry: Channel, value: float | None) -> Breakeven:
    if value is None:
        raise UserError(
            _("what a customer of {channel} is worth is not known", channel=name),
            scenario.where("channels", name),
            _(
                "add {what}: to the scenario or to channel {channel}",
                what="value_per_customer",
                channel=name,
            ),
        )
    own = terms(scenario, name, entry, value)
    booked, today = entry.bookings, stated_current(entry)
    of: Literal["slot", "current", "round"] = "current" if today else "round"
    cost, expected = today or ROUND, entry.customers
    if booked is not None:
        of, sold = "slot", booked.customers
        cost = units.slot_cost(booked.fee, booked.service, entry.rebate, booked.samples)
        expected = float(sold) if isinstance(sold, int | float) else None
    elif today and entry.curve is not None:
        expected = float(stated_curve(entry, entry.curve)(today))
    return Breakeven(
        name, of, cost, value, own.value or 0.0, own.contribution or 0.0, own.commission, expected
    )
