"""The budget problem: lines that can take money, rules, a goal. Frozen; solving it changes nothing."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from optimizer.allocation.expression import Array, Index
from optimizer.errors import UserError
from optimizer.messages import _
from optimizer.registry import did_you_mean
from optimizer.response.curves import Curve
from optimizer.response.many import Many

if TYPE_CHECKING:
    from optimizer.allocation.outcome import OutcomeModel


TOGETHER = " + "  # between the names of several groups that one rule speaks of
ALL = "all"


@dataclass(frozen=True, kw_only=True)
class Line:
    """One channel in one period: where money can go, and what it does there.

    curves:    response by name over the line's amount: "customers" (buyers), "exposure", "stage:<name>",
               "model:<name>" (customers by another attribution model). The amount is currency, or posts if `posts`.
    price:     currency per unit of the amount: 1 for spend, above 1 in a dear season, the cost of a post for bookings
    posts:     the amount is posts; whole: only whole posts can be bought
    value:     revenue per customer, currency; margin: gross margin, a share; ltv: margin over a customer's lifetime
    new:       whether its customers are new ones (a retention line's are not)
    setup:     currency, paid once per channel if it is used at all
    carry:     share of the effective amount still at work one period later (adstock), and `carry_in`: the effective
               amount already at work when the plan begins; idle: the line takes no money (the tail after the plan)
    current:   today's spend, currency over the same stretch (None: unknown)
    last_touch: customers by last-touch credit today, for the baseline (None: unknown)
    draws:     factors on the customer curve, one per bootstrap draw
    uses:      units of other limited resources (planning hours) per unit of the amount
    payments:  (period, share of the spend that leaves the account then); empty: all in its own period
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

    def __post_init__(self) -> None:
        for name in ("value", "ltv", "setup", "carry_in", "current", "margin"):
            number = getattr(self, name)
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
    """One stated rule: the name of a registered function, its value, what it is about, further options.

    where: where the user wrote it ("scenario.yaml:12:5"), for messages.
    """

    name: str
    value: Any
    of: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    where: str | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        return (self.name, self.of or "", repr(sorted(self.options.items())))

    def __str__(self) -> str:
        """ "max_cac 45 of xiaohongshu"."""
        value = f"{self.value:,.10g}" if isinstance(self.value, int | float) else str(self.value)
        return f"{self.name} {value}" + (f" of {self.of}" if self.of else "")


@dataclass(frozen=True)
class Goal:
    """What to make as large (or small) as possible: the name of a registered goal and its options."""

    name: str = "customers"
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Problem:
    """Lines, rules and a goal. `outcome`: the model that says what a plan brings, where channels act on each other
    (None: every line by its own curves)."""

    lines: tuple[Line, ...]
    rules: tuple[Rule, ...] = ()
    goal: Goal = Goal()
    currency: str = "CNY"
    name: str = "plan"
    outcome: OutcomeModel | None = None
    periods: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.lines:
            raise UserError(
                _("there is no channel to plan for"),
                fix=_("state channels with curves, or give data with spend"),
            )
        seen = set()
        for line in self.lines:
            if (line.channel, line.period) in seen:
                raise UserError(
                    _(
                        "channel {channel} stands twice in period {period}",
                        channel=line.channel,
                        period=line.period,
                    ),
                    fix=_("name each channel once"),
                )
            seen.add((line.channel, line.period))
        if any(line.setup for line in self.lines):
            for name in self.channels:
                if len({line.setup for line in self.lines if line.channel == name}) > 1:
                    raise UserError(
                        _("channel {name} has two set-up costs", name=name),
                        fix=_("state one per channel"),
                    )

    @property
    def budget(self) -> float | None:
        """The overall budget, currency (None: none stated)."""
        found = [
            rule.value
            for rule in self.rules
            if rule.name == "budget" and rule.of is None and not rule.options
        ]
        return float(min(found)) if found else None

    @cached_property
    def channels(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(line.channel for line in self.lines))

    @cached_property
    def single(self) -> frozenset[str]:
        """Channels of one line."""
        count = Counter(line.channel for line in self.lines)
        return frozenset(name for name, lines in count.items() if lines == 1)

    @cached_property
    def channel_of(self) -> Index:
        """For each line, the number of its channel."""
        number = {name: k for k, name in enumerate(self.channels)}
        return np.array([number[line.channel] for line in self.lines], dtype=np.int64)

    @cached_property
    def members(self) -> tuple[Index, ...]:
        """For each channel, the numbers of its lines, in their order."""
        order = np.argsort(self.channel_of, kind="stable")
        return tuple(np.split(order, np.cumsum(np.bincount(self.channel_of))[:-1]))

    @cached_property
    def period_names(self) -> tuple[str, ...]:
        return self.periods or tuple(dict.fromkeys(line.period for line in self.lines))

    @cached_property
    def tags(self) -> tuple[str, ...]:
        return tuple(sorted({tag for line in self.lines for tag in line.tags}))

    def match(self, of: str | None, where: str | None = None) -> Index:
        """Numbers of the lines that `of` speaks of: a channel, a platform prefix (`xiaohongshu`), a tier (`koc`, on
        every platform), a tag, several of these (`a + b`), "all" or None for all."""
        if of is None:
            return np.arange(len(self.lines))
        found = self._members(of)
        if not found and TOGETHER in of:
            return np.unique(
                np.concatenate([self.match(part, where) for part in of.split(TOGETHER)])
            )
        if not found and of == ALL:
            return np.arange(len(self.lines))
        if not found:
            known = {line.channel for line in self.lines} | set(self.tags)
            known |= {
                part
                for name in list(known)
                for k in range(1, name.count("/") + 1)
                for part in (name.rsplit("/", k)[0], name.split("/", k)[-1])
            }
            raise UserError(
                _("'{of}' is no channel, group or tag here", of=of), where, did_you_mean(of, known)
            )
        return np.array(found, dtype=np.int64)

    def names(self, of: str) -> bool:
        """Whether something here is called so."""
        return bool(self._members(of))

    def _members(self, of: str) -> list[int]:
        return [
            i
            for i, line in enumerate(self.lines)
            if line.channel == of
            or line.channel.startswith(f"{of}/")
            or line.channel.endswith(f"/{of}")
            or of in line.tags
        ]

    @cached_property
    def _match_cache(self) -> dict[str | None, Index]:
        return {}

    def lines_of(self, of: str | None) -> Index:
        """`match`, remembered."""
        if of not in self._match_cache:
            self._match_cache[of] = self.match(of)
        return self._match_cache[of]

    @cached_property
    def prices(self) -> Array:
        return np.array([line.price for line in self.lines])

    @cached_property
    def is_posts(self) -> Array:
        return np.array([line.posts for line in self.lines], dtype=bool)

    @cached_property
    def is_whole(self) -> NDArray[np.bool_]:
        return np.array([line.whole for line in self.lines], dtype=bool)

    @cached_property
    def is_idle(self) -> NDArray[np.bool_]:
        return np.array([line.idle for line in self.lines], dtype=bool)

    def paid_share(self, period: str) -> Array:
        """Per line, the share of its money that has left the account by the end of a period."""
        names = self.period_names
        until = set(names[: names.index(period) + 1])
        return np.array(
            [
                sum(part for when, part in line.payments if when in until)
                if line.payments
                else float(line.period in until)
                for line in self.lines
            ]
        )

    @cached_property
    def setups(self) -> Array:
        """Set-up cost per channel, currency."""
        return np.array([self.lines[int(members[0])].setup for members in self.members])

    @cached_property
    def responses(self) -> tuple[str, ...]:
        """Names of all responses that any line has, "customers" always."""
        return tuple(sorted({name for line in self.lines for name in line.curves} | {"customers"}))

    @cached_property
    def respond(self) -> Mapping[str, Many]:
        """For each response, the curves of all lines side by side."""
        return {
            name: Many([line.curves.get(name) for line in self.lines]) for name in self.responses
        }

    @cached_property
    def carries(self) -> bool:
        """Whether any money works beyond its own period."""
        return any(line.carry > 0 or line.carry_in > 0 for line in self.lines)

    @cached_property
    def carry_from(self) -> tuple[Index, Index, Array, Array]:
        """Effective amount of line `to` = own + sum weight * amount of line `from` + constant (in the line's amount).

        Lines of a channel follow each other in the order they stand in. Returns (to, from, weight, constant).
        """
        to: list[int] = []
        source: list[int] = []
        weight: list[float] = []
        constant = np.zeros(len(self.lines))
        by_channel: dict[str, list[int]] = {}
        for i, line in enumerate(self.lines):
            by_channel.setdefault(line.channel, []).append(i)
        for members in by_channel.values():
            for position, i in enumerate(members):
                keep = 1.0
                for earlier in reversed(members[:position]):
                    keep *= self.lines[earlier].carry
                    if keep < 1e-12:
                        break
                    to.append(i)
                    source.append(earlier)
                    weight.append(keep)
                first = self.lines[members[0]]
                constant[i] = first.carry_in * first.carry**position
        return (
            np.array(to, dtype=np.int64),
            np.array(source, dtype=np.int64),
            np.array(weight),
            constant,
        )

    def amounts(self, spend: Array) -> Array:
        """Effective amounts of all lines (what their curves are read at) for money `spend`, set-up costs not included."""
        own = np.asarray(spend, dtype=float) / self.prices
        if not self.carries:
            return own
        to, source, weight, constant = self.carry_from
        out = own + constant
        np.add.at(out, to, weight * own[source])
        return out

    def with_rules(self, rules: Sequence[Rule]) -> Problem:
        return replace(self, rules=tuple(rules))
