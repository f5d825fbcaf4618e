"""What a budget problem is made of: decisions that can take money, rules, a goal."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from optimizer.errors import UserError
from optimizer.messages import _
from optimizer.response.curve import Curve

STOCK = "stock"  # the rule that says how many orders can be filled


@dataclass(frozen=True, kw_only=True)
class Decision:
    """One channel in one period: where money can go, and what it does there.

    Parameters
    ----------
    channel, period
        Its name: unlike for any two decisions of a problem.
    curves
        Response by name over the amount: "customers" (buyers), "exposure", "stage:<name>",
        "model:<name>" (customers by another attribution model). The amount is currency, or posts if
        `posts`.
    value, margin, ltv
        Revenue per customer (currency), gross margin (a share), margin over a customer's lifetime
        (currency).
    new
        Whether its customers are new ones (a retention decision's are not).
    price
        Currency per unit of the amount: 1 for spend, above 1 in a dear season, the cost of a post
        for bookings.
    posts, whole
        The amount is posts; only whole posts can be bought.
    setup
        Currency, paid once per channel if it is used at all.
    carry, carry_in
        Share of the effective amount still at work one period later (adstock), and the effective
        amount already at work when the plan begins.
    idle
        It takes no money (the tail after the plan).
    current
        Today's spend, currency over the same stretch (None: unknown).
    last_touch
        Customers by last-touch credit today, for the baseline (None: unknown).
    tags
        Further names that rules may use for it.
    draws
        Factors on the customer curve, one per bootstrap draw.
    uses
        Units of other limited resources (planning hours) per unit of the amount.
    payments
        (period, share of the spend that leaves the account then); empty: all in its own period.
    commission
        Currency per customer that is part of its spend, as its curves and price have it already.
    """

    channel: str
    period: str = "all"
    curves: Mapping[str, Curve]
    value: float | None = None
    margin: float = 1.0
    ltv: float | None = None
    new: bool = True
    price: float = 1.0
    posts: bool = False
    whole: bool = False
    setup: float = 0.0
    carry: float = 0.0
    carry_in: float = 0.0
    idle: bool = False
    current: float | None = None
    last_touch: float | None = None
    tags: tuple[str, ...] = ()
    draws: tuple[float, ...] = ()
    uses: Mapping[str, float] = field(default_factory=dict)
    payments: tuple[tuple[str, float], ...] = ()
    commission: float = 0.0

    def __post_init__(self) -> None:
        for name, number in (
            ("value", self.value),
            ("ltv", self.ltv),
            ("setup", self.setup),
            ("carry_in", self.carry_in),
            ("current", self.current),
            ("margin", self.margin),
        ):
            if number is not None and not (math.isfinite(number) and number >= 0):
                raise UserError(
                    _(
                        "{name} of {channel} is {number}",
                        name=name,
                        channel=self.channel,
                        number=number,
                    ),
                    fix=_("a number, 0 or more"),
                )
        if not (math.isfinite(self.price) and self.price > 0):
            raise UserError(
                _("price of {channel} is {price}", channel=self.channel, price=self.price),
                fix=_("a number above 0"),
            )
        if not 0 <= self.carry < 1:
            raise UserError(
                _("carry-over of {channel} is {carry}", channel=self.channel, carry=self.carry),
                fix=_("a share from 0 to below 1"),
            )


@dataclass(frozen=True)
class Rule:
    """One stated rule.

    Parameters
    ----------
    name
        A registered rule.
    value
        Its bound: mostly a number.
    of
        What it is about: a channel, a group, a tag (None: the whole plan).
    options
        Its further arguments by name.
    where
        Where the user wrote it ("scenario.yaml:12:5"), for messages.
    """

    name: str
    value: Any
    of: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    where: str | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        """Which rule it is, whatever its value."""
        return (self.name, self.of or "", repr(sorted(self.options.items())))

    @property
    def period(self) -> str | None:
        """The one period it is about (None: all of them)."""
        named = self.options.get("period")
        return None if named is None else str(named)

    @property
    def about(self) -> str | None:
        """What it is about, its period included: "xiaohongshu W2" (None: the whole plan)."""
        goal = self.options.get("goal")
        return " ".join(str(part) for part in (self.of, goal, self.period) if part) or None

    @property
    def bound(self) -> str:
        """Its value as a person types it."""
        return f"{self.value:,.10g}" if isinstance(self.value, int | float) else str(self.value)

    def __str__(self) -> str:
        """Its key, value and place, as in "max_cac 45 of xiaohongshu"."""
        return f"{self.name} {self.bound}" + (f" of {self.of}" if self.of else "")


@dataclass(frozen=True)
class Goal:
    """What to make as large (or small) as possible: a registered goal and its options."""

    name: str = "customers"
    options: Mapping[str, Any] = field(default_factory=dict)


def stocks_of(rules: Sequence[Rule]) -> frozenset[object]:
    """What rules say of how many orders can be filled."""
    return frozenset((*rule.key, rule.value) for rule in rules if rule.name == STOCK)
