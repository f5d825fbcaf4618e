"""Personas in the plan: a channel becomes one line per segment where the data can tell its segments
apart.

`segment_credit` asks each segment on its own, `segment_split` decides how far its answer is
believed; here are the nouns, what they do to responses and amounts, and what is told of them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from optimizer.allocation.plan import Plan
from optimizer.messages import Text
from optimizer.response.channel import Response
from optimizer.units import cac, roi

REST = "pooled"  # what the line of the segments too small to stand alone is called
COLUMNS = (
    "segment",
    "channel",
    "line",
    "spend",
    "customers",
    "last_touch",
    "efficiency",
    "error",
    "weight",
    "used",
)


@dataclass(frozen=True)
class Persona:
    """One channel in one segment.

    Parameters
    ----------
    line
        Its name in the plan, channel/segment.
    share
        Of the channel's spend.
    customers, value
        Credited to it, new customers and currency each (by the plan's model, in the segment's own
        journeys).
    error
        Relative standard error of `customers`.
    own, used
        Customers per unit of spend against the channel's average: as measured, and as the plan
        takes it.
    weight
        How far the measurement is believed, 0 (pooled) to 1.
    touches
        Touches per unit of spend against the channel's average (None: no touches).
    last
        Its share of the channel's last-touch credit.
    """

    line: str
    channel: str
    segment: str
    spend: float
    share: float
    customers: float
    value: float | None
    error: float
    own: float
    used: float
    weight: float
    touches: float | None
    last: float


@dataclass(frozen=True)
class Personas:
    """The segments of a plan.

    Parameters
    ----------
    parts
        Channel -> its personas (empty: the plan is not split).
    credit
        (segment, channel, new customers, last-touch customers), whether the plan is split or not.
    doubt
        Chance of differences this large where there are none (None: not tested).
    notes
        Remarks for people.
    """

    parts: Mapping[str, tuple[Persona, ...]] = field(default_factory=dict)
    credit: tuple[tuple[str, str, float, float], ...] = ()
    doubt: float | None = None
    notes: tuple[Text, ...] = ()

    @property
    def lines(self) -> tuple[Persona, ...]:
        """Every persona, channel by channel."""
        return tuple(part for parts in self.parts.values() for part in parts)

    def divide(self, responses: Mapping[str, Response]) -> dict[str, Response]:
        """Responses by line from responses by channel.

        Parameters
        ----------
        responses
            Channel -> response over the plan, on the whole channel's spend.

        Returns
        -------
        dict[str, Response]
            A split channel is gone; in its place stand its lines, each on its share of the spend.
        """
        out = {name: response for name, response in responses.items() if name not in self.parts}
        for channel, parts in self.parts.items():
            if channel in responses:
                out |= {part.line: _response(responses[channel], part) for part in parts}
        return out

    def gather(self, by_line: Mapping[str, float]) -> dict[str, float]:
        """Amounts by channel from amounts by line.

        Parameters
        ----------
        by_line
            Line -> amount that can be added up (spend, customers).

        Returns
        -------
        dict[str, float]
            Channel -> the sum over its lines; what is no line stays as it is.
        """
        whole = {part.line: part.channel for part in self.lines}
        out: dict[str, float] = {}
        for line, amount in by_line.items():
            name = whole.get(line, line)
            out[name] = out.get(name, 0.0) + amount
        return out


def _response(base: Response, part: Persona) -> Response:
    """The channel's curve on the segment's share of the spend, through the segment's point."""
    size = part.share
    return replace(
        base,
        channel=part.line,
        whole=part.channel,
        segment=part.segment,
        curve=base.curve.rescale_horizon(size).times(part.used),
        touches=base.touches.rescale_horizon(size).times(part.touches)
        if base.touches is not None and part.touches is not None
        else None,
        current=None if base.current is None else base.current * size,
        last_touch=None if base.last_touch is None else base.last_touch * part.last,
        value_per_customer=base.value_per_customer if part.value is None else part.value,
        models={
            name: curve.rescale_horizon(size).times(part.used)
            for name, curve in base.models.items()
        },
    )


def by_segment(people: Personas, plan: Plan) -> list[dict[str, Any]]:
    """The plan by segment.

    Parameters
    ----------
    people
        How the channels were split.
    plan
        The plan of those lines.

    Returns
    -------
    list
        segment; now (today's spend over the plan's length, None: not known), spend, revenue
        (currency per plan), customers (new, per plan), cac, roi; source (own: its measured
        difference counts; pooled: the channels' curves). Empty where the plan is not split.
    """
    out = []
    for name in dict.fromkeys(part.segment for part in people.lines):
        mine = {part.line: part for part in people.lines if part.segment == name}
        lines = [line for line in plan.lines if line.channel in mine]
        if not lines:
            continue
        spend = math.fsum(line.spend for line in lines)
        customers = math.fsum(line.customers for line in lines)
        revenue = math.fsum(line.revenue for line in lines)
        today = [line.current for line in lines if line.current is not None]
        out.append(
            {
                "segment": name,
                "now": math.fsum(today) if len(today) == len(lines) else None,
                "spend": spend,
                "customers": customers,
                "revenue": revenue,
                "cac": cac(spend, customers),
                "roi": roi(revenue, spend),
                "source": "own" if any(part.weight > 0 for part in mine.values()) else "pooled",
            }
        )
    return out


def table(people: Personas) -> list[dict[str, Any]]:
    """Credit by segment and channel.

    Returns
    -------
    list
        `COLUMNS`. customers: new, by the plan's model; last_touch: the same by last touch; spend,
        efficiency (customers per unit of spend against the channel's average), error (relative),
        weight (how far it is believed) and used are known where the plan is split, else None.
    """
    parts = {(part.segment, part.channel): part for part in people.lines}
    out = []
    for segment, channel, customers, last in people.credit:
        row = dict.fromkeys(COLUMNS) | {
            "segment": segment,
            "channel": channel,
            "customers": customers,
            "last_touch": last,
        }
        part = parts.get((segment, channel))
        if part is not None:
            row |= {
                "line": part.line,
                "spend": part.spend,
                "efficiency": part.own,
                "error": part.error,
                "weight": part.weight,
                "used": part.used,
            }
        out.append(row)
    return out
