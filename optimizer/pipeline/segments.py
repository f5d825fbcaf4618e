"""Personas in the plan: a channel becomes one line per segment where the data can tell its segments apart.

`segment_credit` asks each segment on its own, `segment_split` decides how far its answer is believed; here are the nouns,
what they do to responses and amounts, and what is told of them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from optimizer.response.channel import Response

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

    line:      its name in the plan, channel/segment
    share:     of the channel's spend
    customers, value: credited to it, new customers and currency each (by the plan's model, in the segment's own journeys)
    error:     relative standard error of `customers`
    own, used: customers per unit of spend against the channel's average: as measured, and as the plan takes it
    weight:    how far the measurement is believed, 0 (pooled) to 1
    touches:   touches per unit of spend against the channel's average (None: no touches)
    last:      its share of the channel's last-touch credit
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
    """parts: channel -> its personas (empty: the plan is not split). credit: (segment, channel, new customers, last-touch
    customers), whether the plan is split or not. doubt: chance of differences this large where there are none."""

    parts: Mapping[str, tuple[Persona, ...]] = field(default_factory=dict)
    credit: tuple[tuple[str, str, float, float], ...] = ()
    doubt: float | None = None
    notes: tuple[str, ...] = ()

    @property
    def lines(self) -> tuple[Persona, ...]:
        return tuple(part for parts in self.parts.values() for part in parts)

    def divide(self, responses: Mapping[str, Response]) -> dict[str, Response]:
        """Responses by line from responses by channel."""
        out = {name: response for name, response in responses.items() if name not in self.parts}
        for channel, parts in self.parts.items():
            if channel in responses:
                out |= {part.line: _response(responses[channel], part) for part in parts}
        return out

    def gather(self, by_line: Mapping[str, float]) -> dict[str, float]:
        """Amounts by channel from amounts by line."""
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
        curve=base.curve.stretched(size).times(part.used),
        touches=base.touches.stretched(size).times(part.touches)
        if base.touches is not None and part.touches is not None
        else None,
        current=None if base.current is None else base.current * size,
        last_touch=None if base.last_touch is None else base.last_touch * part.last,
        value_per_customer=base.value_per_customer if part.value is None else part.value,
        models={
            name: curve.stretched(size).times(part.used) for name, curve in base.models.items()
        },
    )


def by_segment(people: Personas, plan: Any) -> list[dict[str, Any]]:
    """The plan by segment: segment, now (its spend over the plan's length), spend, customers (new), revenue, cac, roi, and
    `source` (own: its measured difference counts; pooled: the channels' curves). Empty where the plan is not split."""
    from optimizer.units import cac, roi

    out = []
    for name in dict.fromkeys(part.segment for part in people.lines):
        mine = {part.line: part for part in people.lines if part.segment == name}
        lines = [line for line in plan.lines if line.channel in mine]
        if not lines:
            continue
        spend, customers, revenue = (
            math.fsum(getattr(line, key) for line in lines)
            for key in ("spend", "customers", "revenue")
        )
        now = (
            None
            if any(line.current is None for line in lines)
            else math.fsum(line.current for line in lines)
        )
        out.append(
            {
                "segment": name,
                "now": now,
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
    """Credit by segment and channel. customers: new, by the plan's model; last_touch: the same by last touch; spend,
    efficiency (customers per unit of spend against the channel's average), error (relative), weight (how far it is
    believed) and used are known where the plan is split, else None."""
    parts = {(part.segment, part.channel): part for part in people.lines}
    out = []
    for segment, channel, customers, last in people.credit:
        part = parts.get((segment, channel))
        known = (
            {}
            if part is None
            else {
                "line": part.line,
                "spend": part.spend,
                "efficiency": part.own,
                "error": part.error,
                "weight": part.weight,
                "used": part.used,
            }
        )
        out.append(
            dict.fromkeys(COLUMNS)
            | {"segment": segment, "channel": channel, "customers": customers, "last_touch": last}
            | known
        )
    return out
