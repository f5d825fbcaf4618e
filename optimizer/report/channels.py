"""What the sections share: one line per channel, what today brings, what is new ground."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from optimizer import units
from optimizer.allocation.plan import Plan, PlanLine
from optimizer.pipeline.outcome import Outcome
from optimizer.response.channel import Response


def platform_of(channel: str) -> str:
    """The platform of a channel: `xiaohongshu` for `xiaohongshu/koc`."""
    return channel.split("/")[0]


@dataclass(frozen=True)
class ChannelLine:
    """A channel over the whole plan; amounts are sums over its periods, None is not known.

    Parameters
    ----------
    spend, revenue, current, minimum, maximum
        Currency: planned, brought, today's, and the allowed range (maximum None: no ceiling).
    customers, posts, touches
        New customers, posts and touches of the plan.
    marginal_cac
        Currency for the next new customer, in the period where it is cheapest.
    held_by
        What stops the channel from taking more, in its periods (see `PlanLine`).
    observed
        The range of spend the curve was seen in.
    customers_now, customers_seen
        New customers that today's spend, and the most ever spent, bring on the same curve.
    commission
        Currency of the spend that is paid as a share of what is sold.
    profit
        Margin of the revenue minus the spend, currency.
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
    commission: float = 0.0
    profit: float | None = None

    @property
    def platform(self) -> str:
        """The platform it belongs to."""
        return platform_of(self.channel)

    @property
    def average_cac(self) -> float | None:
        """Currency per new customer."""
        return units.cac(self.spend, self.customers)

    @property
    def change(self) -> float | None:
        """Currency more (or less) than today."""
        return None if self.current is None else self.spend - self.current

    @property
    def beyond(self) -> bool:
        """The plan spends more here than was ever seen (a hundredth more does not count)."""
        return self.observed is not None and self.spend > 1.01 * self.observed[1]

    @property
    def on_new_ground(self) -> float | None:
        """New customers that rest on spending more than was ever seen."""
        if not self.beyond or self.customers_seen is None:
            return None
        return max(0.0, self.customers - self.customers_seen)


def lines_of(outcome: Outcome) -> tuple[ChannelLine, ...]:
    """`channel_lines` of a run."""
    return channel_lines(outcome.plan, outcome.responses)


def channel_lines(
    plan: Plan, responses: Mapping[str, Response] | None = None
) -> tuple[ChannelLine, ...]:
    """One line per channel of a plan.

    Parameters
    ----------
    plan
        A plan; one without lines has no channels.
    responses
        Channel -> response over the whole plan, for what today's spend brings.

    Returns
    -------
    tuple of ChannelLine
        The largest spend first, ties by name.
    """
    known = responses or {}
    by_channel: dict[str, list[PlanLine]] = {}
    for line in plan.lines:
        by_channel.setdefault(line.channel, []).append(line)
    lines = [_whole(name, own, known.get(name)) for name, own in sorted(by_channel.items())]
    return tuple(sorted(lines, key=lambda line: (-line.spend, line.channel)))


def _whole(channel: str, own: Sequence[PlanLine], response: Response | None) -> ChannelLine:
    """A channel's periods taken together."""
    current = total([line.current for line in own])
    observed = _observed(own)
    marginal = [line.marginal_cac for line in own if line.marginal_cac is not None]
    posts = total([line.posts for line in own])
    return ChannelLine(
        channel=channel,
        spend=sum(line.spend for line in own),
        customers=sum(line.customers for line in own),
        revenue=sum(line.revenue for line in own),
        current=current,
        minimum=sum(line.minimum for line in own),
        maximum=total([line.maximum for line in own]),
        posts=None if posts is None else int(posts),
        touches=total([line.touches for line in own]),
        marginal_cac=min(marginal) if marginal else None,
        held_by=tuple(sorted({line.held_by for line in own if line.held_by})),
        observed=observed,
        customers_now=on_curve(response, current),
        customers_seen=on_curve(response, observed[1] if observed else None),
        commission=sum(line.commission for line in own),
        profit=total([line.profit for line in own]),
    )


def total(values: Sequence[float | None]) -> float | None:
    """The sum, or None where one is unknown."""
    known = [v for v in values if v is not None]
    return sum(known) if values and len(known) == len(values) else None


def on_curve(response: Response | None, spend: float | None) -> float | None:
    """New customers at `spend` on a channel's curve, None where either is unknown.

    Parameters
    ----------
    response
        The channel's, over the whole plan.
    spend
        Currency over the whole plan.
    """
    return None if response is None or spend is None else float(response.curve(spend))


def _observed(lines: Sequence[PlanLine]) -> tuple[float, float] | None:
    ranges = [line.observed for line in lines if line.observed is not None]
    if not ranges or len(ranges) != len(lines):
        return None
    return sum(r[0] for r in ranges), sum(r[1] for r in ranges)


def channels_of(outcome: Outcome) -> frozenset[str]:
    """Every channel that a report speaks of."""
    names = {line.channel for line in outcome.plan.lines} | set(outcome.responses)
    if outcome.attribution is not None:
        names |= {c for credit in outcome.attribution.credits for c in credit.channels}
    return frozenset(names)


def platforms(outcome: Outcome) -> tuple[str, ...]:
    """Platforms of all channels in the report, sorted; the page's filter offers these."""
    return tuple(sorted({platform_of(name) for name in channels_of(outcome)}))
