"""How many channels, posts and other resources a plan uses."""

from __future__ import annotations

from optimizer.allocation.quantities import PlanQuantities
from optimizer.allocation.rule import RuleRows, rule
from optimizer.messages import _
from optimizer.units import Amount, Count, Money, PositiveMoney


@rule(title=_("At least this or nothing"), direction="at least", speaks_of=("spend", "channels"))
def commit(plan: PlanQuantities, value: Money, of: str | None = None) -> RuleRows:
    """The channel gets at least {value}, or nothing (each channel of a group)."""
    each = plan.channel_by_channel("commit", value, of)
    if each:
        return each
    (channel,) = plan.channels(of)
    return plan.spend(channel) >= value * plan.used(channel)


@rule(title=_("Channels at most"), direction="at most", speaks_of=("channels",))
def max_channels(plan: PlanQuantities, value: Count, of: str | None = None) -> RuleRows:
    """At most {value} channels are used."""
    return plan.used(of) <= value


@rule(title=_("Channels at least"), direction="at least", speaks_of=("spend", "channels"))
def min_channels(
    plan: PlanQuantities, value: Count, commit: PositiveMoney, of: str | None = None
) -> RuleRows:
    """At least {value} channels are used, each used one with at least {commit}."""
    parts = [
        (plan.spend(channel) >= commit * plan.used(channel)).called(channel)
        for channel in plan.channels(of)
    ]
    return [plan.used(of) >= value, *parts]


@rule(title=_("Posts at least"), direction="at least", speaks_of=("posts",), bounds="posts")
def min_posts(
    plan: PlanQuantities, value: Amount, of: str | None = None, period: str | None = None
) -> RuleRows:
    """At least {value} posts are booked."""
    return plan.posts(of, period) >= value


@rule(title=_("Posts at most"), direction="at most", speaks_of=("posts",), bounds="posts")
def max_posts(
    plan: PlanQuantities, value: Amount, of: str | None = None, period: str | None = None
) -> RuleRows:
    """At most {value} posts are booked."""
    return plan.posts(of, period) <= value


@rule(title=_("Use of the resource at most"), direction="at most", speaks_of=("resource",))
def max_use(
    plan: PlanQuantities,
    value: Amount,
    resource: str,
    of: str | None = None,
    period: str | None = None,
) -> RuleRows:
    """At most {value} of {resource} is used, a resource that is limited beside money (planning
    hours, samples).
    """
    return plan.resource(resource, of, period) <= value
