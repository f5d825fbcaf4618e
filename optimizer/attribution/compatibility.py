"""`--like TOOL`: which settings reproduce which tool's convention (the table of
docs/attribution.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from optimizer.errors import UserError
from optimizer.journeys.declared import Journey
from optimizer.messages import _
from optimizer.registry import did_you_mean


@dataclass(frozen=True)
class CompatibilityPreset:
    """What makes ours agree with another tool.

    Parameters
    ----------
    help
        Which settings of the tool are meant.
    models
        The models it would answer with.
    options
        Fields of `Options` by name.
    journey
        What it takes for a journey, where it reads events.
    """

    help: str
    models: tuple[str, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    journey: Journey = field(default_factory=Journey)

    def journey_under(self, said: Journey) -> Journey:
        """The tool's journey under what the user declares, which counts more."""
        return replace(self.journey, **{name: getattr(said, name) for name in said.told()})


PRESETS = {
    "ga4": CompatibilityPreset(
        "Google Analytics 4, paid and organic last click: 90 days, touches reused by every "
        "conversion, direct passed over",
        ("last_non_direct",),
        journey=Journey(join="reuses", lookback_days=90),
    ),
    "snowplow": CompatibilityPreset(
        "Snowplow's attribution package: 30 days, touches reused by every conversion, repeats in a "
        "row taken once",
        ("first", "last", "linear", "position"),
        {"collapse": True},
        journey=Journey(join="reuses", lookback_days=30),
    ),
    "channelattribution": CompatibilityPreset(
        "ChannelAttribution with var_null and a large max_step: the exact chain",
        ("markov",),
        {"nulls": True},
    ),
    "channelattribution-defaults": CompatibilityPreset(
        "ChannelAttribution's default step limit: the sum cut at the longest collapsed path + 1",
        ("markov",),
        {"nulls": True, "truncate": "longest"},
    ),
    "do-attribution": CompatibilityPreset(
        "do-attribution, redirect_to_null: the exact chain", ("markov",), {"nulls": True}
    ),
    "do-attribution-fail": CompatibilityPreset(
        "do-attribution, fail: share of conversions whose path touches the channel", ("touched",)
    ),
    "mam": CompatibilityPreset(
        "MAM totals: order-1 effects shared out again within each journey",
        ("markov_by_journey",),
        {"nulls": True},
    ),
    "fractribution": CompatibilityPreset(
        "fractribution: floored leave-one-touch-out on the observed rates, last touch where"
        " nothing is gained",
        ("fractribution",),
    ),
}


def preset(name: str) -> CompatibilityPreset:
    """The preset called `name`.

    Raises
    ------
    UserError
        For an unknown name, with the nearest known one.

    Examples
    --------
    >>> preset("mam").models
    ('markov_by_journey',)
    """
    if name not in PRESETS:
        raise UserError(
            _("unknown tool '{name}' for --like", name=name), fix=did_you_mean(name, PRESETS)
        )
    return PRESETS[name]
