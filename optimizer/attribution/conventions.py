"""`--like TOOL`: which settings reproduce which tool's convention (the table of docs/attribution.md)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from optimizer.errors import UserError
from optimizer.messages import _
from optimizer.registry import did_you_mean


@dataclass(frozen=True)
class Convention:
    """Models a tool would answer with and the option values that make ours agree with it."""

    help: str
    models: tuple[str, ...]
    options: dict[str, Any] = field(default_factory=dict)


LIKE = {
    "channelattribution": Convention(
        "ChannelAttribution with var_null and a large max_step: the exact chain",
        ("markov",),
        {"nulls": True},
    ),
    "channelattribution-defaults": Convention(
        "ChannelAttribution's default step limit: the sum cut at the longest collapsed path + 1",
        ("markov",),
        {"nulls": True, "truncate": "longest"},
    ),
    "do-attribution": Convention(
        "do-attribution, redirect_to_null: the exact chain", ("markov",), {"nulls": True}
    ),
    "do-attribution-fail": Convention(
        "do-attribution, fail: share of conversions whose path touches the channel", ("touched",)
    ),
    "mam": Convention(
        "MAM totals: order-1 effects shared out again within each journey",
        ("markov_by_journey",),
        {"nulls": True},
    ),
    "fractribution": Convention(
        "fractribution: floored leave-one-touch-out on the observed rates, last touch where nothing is gained",
        ("fractribution",),
    ),
}


def convention(name: str) -> Convention:
    """The convention called `name`; an unknown one is an error with the nearest known name."""
    if name not in LIKE:
        raise UserError(
            _("unknown tool '{name}' for --like", name=name), fix=did_you_mean(name, LIKE)
        )
    return LIKE[name]
