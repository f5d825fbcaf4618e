"""What the sections share, worked out once from an outcome: one line per channel, what today brings, what is new ground."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from optimizer import units


def part(thing: Any, name: str, default: Any = None) -> Any:
    """An outcome's part, or `default` where the outcome has none: every section appears only if its data is there."""
    found = getattr(thing, name, default)
    return default if found is None else found


def group_of(channel: str) -> str:
    """The platform of a channel: `xiaohongshu` for `xiaohongshu/koc`."""
    return channel.split("/")[0]


@dataclass(frozen=True)
class ChannelLine:
    """A channel over the whole plan. Currency, customers and touches are sums over periods; None is not known.

    marginal_cac: of the period where the next customer is cheapest; beyond: spend above what was ever observed
    customers_now: new customers today's spend brings on the same curve; customers_seen: at the most ever spent
    """

    channel: str
    spend: float
    customers: float
    revenue: float
    current: float | None
    minimum: float
    maximum: float | None
    posts: int | None
    touches: float | None
    marginal_cac: float | None
    held_by: tuple[str, ...]
    observed: tuple[float, float] | None
    customers_now: float | None
    customers_seen: float | None

    @property
    def group(self) -> str:
        return group_of(self.channel)

    @property
    def average_cac(self) -> float | None:
        return units.cac(self.spend, self.customers)

    @property
    def change(self) -> float | None:
        return None if self.current is None else self.spend - self.current

    @property
    def beyond(self) -> bool:
        """The plan spends more here than was ever observed (a hundredth more does not count)."""
        return self.observed is not None and self.spend > 1.01 * self.observed[1]

    @property
    def on_new_ground(self) -> float | None:
        """Customers that rest on spending more than was ever observed."""
        if not self.beyond or self.customers_seen is None:
            return None
        return max(0.0, self.customers - self.customers_seen)


def channel_lines(outcome: Any) -> tuple[ChannelLine, ...]:
    """One line per channel, the largest spend first, ties by name."""
    plan = part(outcome, "plan")
    if plan is None:
        return ()
    responses = part(outcome, "responses", {})
    lines = []
    for channel in sorted({line.channel for line in plan.lines}):
        own = [line for line in plan.lines if line.channel == channel]
        response = responses.get(channel)
        current = total([line.current for line in own])
        observed = _observed(own)
        marginal = [line.marginal_cac for line in own if line.marginal_cac is not None]
        lines.append(
            ChannelLine(
                channel=channel,
                spend=sum(line.spend for line in own),
                customers=sum(line.customers for line in own),
                revenue=sum(line.revenue for line in own),
                current=current,
                minimum=sum(line.minimum for line in own),
                maximum=total([line.maximum for line in own]),
                posts=None
                if any(line.posts is None for line in own)
                else sum(line.posts or 0 for line in own),
                touches=total([line.touches for line in own]),
                marginal_cac=min(marginal) if marginal else None,
                held_by=tuple(sorted({line.held_by for line in own if line.held_by})),
                observed=observed,
                customers_now=on_curve(response, current),
                customers_seen=on_curve(response, observed[1] if observed else None),
            )
        )
    return tuple(sorted(lines, key=lambda line: (-line.spend, line.channel)))


def total(values: Sequence[float | None]) -> float | None:
    """The sum, or None where one is unknown."""
    known = [v for v in values if v is not None]
    return sum(known) if values and len(known) == len(values) else None


def on_curve(response: Any, spend: float | None) -> float | None:
    """New customers at `spend` on a channel's curve, None where either is unknown."""
    curve = part(response, "curve")
    return None if curve is None or spend is None else float(curve(spend))


def current_of(response: Any) -> float | None:
    """Today's spend over the plan's length, currency."""
    value = part(response, "current", part(response, "current_spend"))
    return None if value is None else float(value)


def _observed(lines: Sequence[Any]) -> tuple[float, float] | None:
    ranges = [line.observed for line in lines if line.observed is not None]
    if not ranges or len(ranges) != len(lines):
        return None
    return sum(r[0] for r in ranges), sum(r[1] for r in ranges)


def periods(plan: Any) -> tuple[str, ...]:
    """The plan's periods in the order its lines name them."""
    return tuple(dict.fromkeys(line.period for line in plan.lines))


def groups(outcome: Any) -> tuple[str, ...]:
    """Platforms of all channels in the report, sorted; the page's filter offers these."""
    names: set[str] = set()
    plan, attribution = part(outcome, "plan"), part(outcome, "attribution")
    if plan is not None:
        names |= {line.channel for line in plan.lines}
    if attribution is not None:
        names |= {channel for credit in attribution.credits for channel in credit.channels}
    names |= set(part(outcome, "responses", {}))
    return tuple(sorted({group_of(name) for name in names}))


def chosen_model(outcome: Any) -> str | None:
    """The attribution model the plan rests on: the scenario's, else the last one that is there."""
    attribution = part(outcome, "attribution")
    if attribution is None or not attribution.credits:
        return None
    wanted = part(part(part(outcome, "scenario"), "attribution"), "model")
    labels = [credit.label for credit in attribution.credits]
    for credit in attribution.credits:
        if wanted in (credit.model, credit.label):
            return str(credit.label)
    return "lifecycle" if "lifecycle" in labels else str(labels[-1])
