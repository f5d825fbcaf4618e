"""What an A/B test of a creative, a page or an offer does to a plan: the channel's curve times the
winner's multiplier.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from optimizer.messages import Message, _
from optimizer.response.channel import Response
from optimizer.scenario import Channel, Scenario


def multiplied(scenario: Scenario, responses: Mapping[str, Response]) -> dict[str, Response]:
    """The responses with the scenario's multipliers; a segment's line has its channel's unless it
    states its own.

    Parameters
    ----------
    scenario
        Channel -> `multiplier`, a factor on its customers.
    responses
        Line of the plan -> response, before multipliers.

    Returns
    -------
    dict[str, Response]
        All lines; curves by other models are multiplied too, touches are not.
    """
    out = dict(responses)
    for name, response in responses.items():
        factor = _factor(scenario, name, response)
        if factor is None:
            continue
        curve = response.curve.times(factor)
        note = _("times {factor}, as the scenario says", factor=f"{factor:g}")
        out[name] = replace(
            response,
            curve=replace(curve, evidence=curve.evidence.noted(note)),
            models={model: other.times(factor) for model, other in response.models.items()},
        )
    return out


def _factor(scenario: Scenario, name: str, response: Response) -> float | None:
    own = scenario.channels.get(name, Channel()).multiplier
    if own is not None or not response.whole:
        return own
    return scenario.channels.get(response.whole, Channel()).multiplier


def notes(scenario: Scenario) -> list[Message]:
    """A remark for each channel that has a multiplier."""
    return [
        _(
            "{name}: its curve is multiplied by {multiplier}, as the scenario says",
            name=name,
            multiplier=f"{channel.multiplier:g}",
        )
        for name, channel in sorted(scenario.channels.items())
        if channel.multiplier is not None
    ]
