"""What an A/B test of a creative, a page or an offer does to a plan: the channel's curve times the winner's multiplier."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from optimizer.messages import _
from optimizer.response.channel import Response
from optimizer.scenario import Channel, Scenario


def multiplied(scenario: Scenario, responses: Mapping[str, Response]) -> dict[str, Response]:
    """The responses with the scenario's multipliers; a segment's line has its channel's unless it states its own."""
    out = dict(responses)
    for name, response in responses.items():
        factor = _factor(scenario, name, response)
        if factor is not None:
            curve = response.curve.times(factor)
            note = "; ".join(
                part
                for part in (
                    _("times {factor}, as the scenario says", factor=f"{factor:g}"),
                    curve.evidence.note,
                )
                if part
            )
            curve = replace(curve, evidence=replace(curve.evidence, note=note))
            out[name] = replace(
                response,
                curve=curve,
                models={model: other.times(factor) for model, other in response.models.items()},
            )
    return out


def _factor(scenario: Scenario, name: str, response: Response) -> float | None:
    own = scenario.channels.get(name, Channel()).multiplier
    return (
        own
        if own is not None or not response.whole
        else scenario.channels.get(response.whole, Channel()).multiplier
    )


def said(scenario: Scenario) -> list[str]:
    """A remark for each channel that has one."""
    return [
        _(
            "{name}: its curve is multiplied by {multiplier}, as the scenario says",
            name=name,
            multiplier=f"{channel.multiplier:g}",
        )
        for name, channel in sorted(scenario.channels.items())
        if channel.multiplier is not None
    ]
