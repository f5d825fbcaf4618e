"""Personas in the plan: a channel becomes one line per segment where the data can tell its segments apart.

Each segment is taken as a small company of its own: its journeys are credited by the plan's model, its spend comes from
the spend table. That gives one point per channel and segment: new customers per unit of spend, against the channel's
average. How far such a ratio is believed follows from all of them together: a random-effects estimate (DerSimonian &
Laird 1986) of how much segments differ beyond chance. Where the differences are no larger than chance (Cochran's Q at
5 %), segments are pooled: every one has the channel's own curve on its share of the spend, and the plan is the plan
without segments. Otherwise a segment's curve is the channel's, bent at the same share of today's spend, through the
segment's own point, shrunk towards the channel's. The segments' points add up to the channel's.

Segments with few orders share one line ("pooled").
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from optimizer.customers.segments import of_users, segments
from optimizer.errors import UserError
from optimizer.pipeline.tables import Tables
from optimizer.response.channel import Response
from optimizer.scenario import Channel, Scenario
from optimizer.units import ratio

if TYPE_CHECKING:
    from optimizer.data.tables import Events, Spend
    from optimizer.pipeline.credit import Credited

REST = "pooled"          # what the line of the segments too small to stand alone is called
LEVEL = 0.05             # of the test whether segments differ at all
NOBODY = 2 ** 0.5        # relative error of half a customer: what is credited where a segment was never touched
DRAWS = 40               # replicates of the lifecycle, for the error of a segment's credit


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
        base, channel=part.line, whole=part.channel, segment=part.segment, curve=base.curve.stretched(size).times(part.used),
        touches=base.touches.stretched(size).times(part.touches) if base.touches is not None and part.touches is not None else None,
        current=None if base.current is None else base.current * size,
        last_touch=None if base.last_touch is None else base.last_touch * part.last,
        value_per_customer=base.value_per_customer if part.value is None else part.value,
        models={name: curve.stretched(size).times(part.used) for name, curve in base.models.items()},
    )


def personas(scenario: Scenario, tables: Tables, credited: Credited | None) -> Personas:
    """The scenario's segments, where it asks for them. Raises `UserError` where the tables know no segments."""
    asked = scenario.segments
    if asked is None:
        return Personas()
    where = scenario.where("segments")
    if tables.events is None or credited is None:
        raise UserError("segments need events: a path table does not say who is who", where, "name data: {events: FILE} with a column for the segment")
    events, several = of_users(tables.events)
    found = segments(events, asked.least)
    names = [str(name) for name in found.table["segment"]]
    if not any(names):
        raise UserError(f"no row of the events has a segment (column '{asked.column}')", where, "fill the column in, or leave segments: out")
    notes = [f"{several:,} users stand in several segments; each counts in the latest"] if several else []
    groups: dict[str, tuple[str, ...]] = {name: (name,) for name in found.own if name}
    small = tuple(name for name in found.pooled if name)
    if groups and small:
        groups[REST] = small
        notes.append(f"segments with fewer than {asked.least} orders are planned together as '{REST}': {', '.join(small)}")
    if len(groups) < 2:
        return Personas(notes=(*notes, f"segments are pooled: fewer than two of them have {asked.least} orders or more ({', '.join(n or '-' for n in names)})"))
    _refuse_clashes(groups, tables, where)
    answers = {name: _answer(scenario, tables, _only(events, which), name, credited) for name, which in groups.items()}
    credit = tuple((name, channel, n, answer.last.get(channel, 0.0)) for name, answer in answers.items() for channel, n in sorted(answer.customers.items()))
    spend = tables.spend
    if spend is None or spend.by_segment is None:
        notes.append("spend is not known by segment, so the plan cannot be split: credit is told by segment only (add a column for the segment to the spend table)")
        return Personas(credit=credit, notes=tuple(notes))
    return _split(scenario, spend, events, groups, answers, credit, notes)


def _refuse_clashes(groups: Mapping[str, Any], tables: Tables, where: str) -> None:
    """A rule says `of: NAME`: a segment may not be called like a channel, a platform or a tier."""
    channels = set(tables.spend.channels if tables.spend else ()) | set(tables.events.facts["channels"] if tables.events else ())
    known = {part for channel in channels for part in (channel, *channel.split("/"))}
    for name in sorted(set(groups) & known):
        raise UserError(f"segment '{name}' is also the name of a channel, so a rule's of: could mean either", where, "rename the segment")


def _only(events: Events, which: Sequence[str]) -> Events:
    """The events of the users of some segments."""
    from optimizer.data.engine import literal

    listed = ", ".join(literal(name) for name in which)
    table = events.engine.keep(events.engine.name("personas"), f"SELECT * FROM {events.table} WHERE segment IN ({listed})")
    counts = events.query(f"SELECT event, channel, count(*) AS n FROM {table} GROUP BY 1, 2 ORDER BY 1, 2")
    channels: dict[str, int] = {}
    kinds: dict[str, int] = {}
    for event, channel, n in zip(counts["event"], counts["channel"], counts["n"], strict=True):
        kinds[str(event)] = kinds.get(str(event), 0) + int(n)
        if event == "touch":
            channels[str(channel)] = channels.get(str(channel), 0) + int(n)
    facts = {**events.facts, "rows": sum(kinds.values()), "channels": channels, "events": kinds}
    return replace(events, table=table, facts=facts)


@dataclass(frozen=True)
class Answer:
    """The plan's model on one segment's journeys, by channel: new customers credited with their relative standard error,
    customers of last-touch credit; value: currency per customer (None: no value is known)."""

    customers: Mapping[str, float]
    errors: Mapping[str, float]
    last: Mapping[str, float]
    value: float | None


def _answer(scenario: Scenario, tables: Tables, events: Events, name: str, whole: Credited) -> Answer:
    from optimizer.attribution.models import attribute
    from optimizer.journeys.new_customers import customers, until_first

    choice = scenario.attribution
    model = whole.new.model
    try:
        base = [model, "last"] if whole.journey is None else ["last"]
        found = {c.model: c for c in reversed(attribute(
            until_first(events), models=list(dict.fromkeys(base)), order=choice.order, lookback_days=choice.lookback_days, half_life_days=choice.half_life_days).credits)}
        people, bought = customers(events)
        if whole.journey is None:
            got = _by_channel(found[model])
            errors = {channel: 1.0 / math.sqrt(max(n, 0.5)) for channel, n in got.items()}
        else:
            got, errors = _lifecycle(scenario, tables, events)
    except UserError as error:
        raise UserError(f"segment '{name}': {error.problems[0].what}", scenario.where("segments"), f"raise least, so that '{name}' is pooled") from None
    return Answer(got, errors, _by_channel(found["last"]), ratio(bought, people) or None)


def _by_channel(credit: Any) -> dict[str, float]:
    return {channel: float(n) for channel, n in zip(credit.channels, credit.conversions, strict=True)}


def _lifecycle(scenario: Scenario, tables: Tables, events: Events) -> tuple[dict[str, float], dict[str, float]]:
    """New customers by channel of a segment's own stage chain, and their relative errors.

    What the calendar and lift tests say of a channel was learned on everybody and holds for the channel as a whole, so
    it is left out here: it would only add its noise to a comparison between segments.
    """
    import numpy as np

    from optimizer.attribution.lifecycle import fit_lifecycle
    from optimizer.attribution.lifecycle.timing import Timing

    paid = tables.spend.channels if tables.spend is not None else None
    life = fit_lifecycle(events, [s.model_dump() for s in scenario.stages] or None, paid, check_timing=False)
    count = len(life.channels)
    level = Timing(np.ones((2, count)), np.zeros((2 * count, 2 * count)), np.zeros(count), np.ones((2, 2, count)), ())
    life = replace(life, timing=level, chain=life.raw)
    got = life.split("customers").by_stage[0].sum(axis=1)
    drawn = life.split("customers", chain=life.replicates(DRAWS, scenario.seed)).by_stage.sum(axis=2)
    spread = drawn.std(axis=0)
    customers = {channel: float(got[i]) for i, channel in enumerate(life.channels)}
    errors = {channel: max(float(spread[i]), math.sqrt(max(float(got[i]), 0.5))) / max(float(got[i]), 0.5) for i, channel in enumerate(life.channels)}
    return customers, errors


def _split(scenario: Scenario, spend: Spend, events: Events, groups: Mapping[str, tuple[str, ...]], answers: Mapping[str, Answer],
           credit: tuple[tuple[str, str, float, float], ...], notes: list[str]) -> Personas:
    """Points of every channel and segment, and how far they are believed."""
    assert spend.by_segment is not None
    group = {name: label for label, which in groups.items() for name in which}
    paid = spend.by_segment.assign(group=spend.by_segment["segment"].map(lambda s: group.get(s, "")))
    sums = paid.groupby(["channel", "group"], as_index=False)["spend"].sum()
    money = {(str(c), str(g)): float(v) for c, g, v in zip(sums["channel"], sums["group"], sums["spend"], strict=True)}
    touched = _touches(events, group)
    names, whole = [], []
    for channel in spend.channels:
        labels = [g for g in groups if money.get((channel, g), 0.0) > 0]
        if money.get((channel, ""), 0.0) > 0 or len(labels) < 2 or _stated(scenario.channels.get(channel, Channel())):
            whole.append(channel)
        else:
            names.append((channel, labels))
    if whole:
        notes.append(f"not split by segment (spend without a known segment, one segment only, or stated in the scenario): {', '.join(whole)}")
    if not names:
        return Personas(credit=credit, notes=tuple(notes))
    raw: dict[str, list[tuple[str, float, float, float]]] = {}
    for channel, labels in names:
        total = sum(money[channel, g] for g in labels)
        got = {g: answers[g].customers.get(channel, 0.0) for g in labels}
        mean = (sum(got.values()) + 0.5 * len(labels)) / total
        raw[channel] = [(g, money[channel, g] / total, (got[g] + 0.5) / money[channel, g] / mean, answers[g].errors.get(channel, NOBODY)) for g in labels]
    doubt, tau2 = _heterogeneity([[(math.log(own), error) for _, _, own, error in rows] for rows in raw.values()])
    parts: dict[str, tuple[Persona, ...]] = {}
    for channel, rows in raw.items():
        weights = [tau2 / (tau2 + error**2) for *_, error in rows]
        used = [own**w for (_, _, own, _), w in zip(rows, weights, strict=True)]
        level = sum(share * u for (_, share, _, _), u in zip(rows, used, strict=True))
        last_total = sum(answers[g].last.get(channel, 0.0) for g, *_ in rows)
        base = ratio(sum(touched.get((channel, g), 0.0) for g, *_ in rows), sum(money[channel, g] for g, *_ in rows))
        parts[channel] = tuple(
            Persona(
                f"{channel}/{g}", channel, g, money[channel, g], share, answers[g].customers.get(channel, 0.0), answers[g].value, error, own, u / level, w,
                touched.get((channel, g), 0.0) / money[channel, g] / base if base else None,
                answers[g].last.get(channel, 0.0) / last_total if last_total > 0 else share,
            )
            for (g, share, own, error), u, w in zip(rows, used, weights, strict=True)
        )
    if tau2 > 0:
        notes.append(f"segments differ by more than chance (p = {doubt:.2g}): each has its own line, its measured difference believed by "
                     f"{min(p.weight for ps in parts.values() for p in ps):.0%} to {max(p.weight for ps in parts.values() for p in ps):.0%}")
    else:
        notes.append(f"segments differ by no more than chance (p = {doubt:.2g}): their curves are pooled, so each keeps its share of the spend")
    return Personas(parts, credit, doubt, tuple(notes))


def _stated(entry: Channel) -> bool:
    """What the founder states of a channel is said of the whole of it."""
    return entry.curve is not None or entry.bookings is not None or entry.customers is not None or entry.exposure is not None or bool(entry.stages) or entry.setup > 0


def _touches(events: Events, group: Mapping[str, str]) -> dict[tuple[str, str], float]:
    frame = events.query(f"SELECT channel, segment, count(*) AS n FROM {events.table} WHERE event = 'touch' AND segment IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2")
    out: dict[tuple[str, str], float] = {}
    for channel, segment, n in zip(frame["channel"], frame["segment"], frame["n"], strict=True):
        key = (str(channel), group.get(str(segment), ""))
        out[key] = out.get(key, 0.0) + float(n)
    return out


def _heterogeneity(rows: Sequence[Sequence[tuple[float, float]]]) -> tuple[float, float]:
    """(p-value of Cochran's Q, variance between segments) of log-ratios with standard errors, channel by channel.

    The variance is DerSimonian & Laird's, over all channels together, and 0 where Q is no larger than chance allows.
    """
    from scipy.stats import chi2

    q, freedom, scale = 0.0, 0, 0.0
    for points in rows:
        weights = [1.0 / error**2 for _, error in points]
        total = sum(weights)
        centre = sum(w * y for w, (y, _) in zip(weights, points, strict=True)) / total
        q += sum(w * (y - centre) ** 2 for w, (y, _) in zip(weights, points, strict=True))
        freedom += len(points) - 1
        scale += total - sum(w * w for w in weights) / total
    doubt = float(chi2.sf(q, freedom))
    return doubt, max(0.0, (q - freedom) / scale) if doubt < LEVEL else 0.0



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
        spend, customers, revenue = (math.fsum(getattr(line, key) for line in lines) for key in ("spend", "customers", "revenue"))
        now = None if any(line.current is None for line in lines) else math.fsum(line.current for line in lines)
        out.append({
            "segment": name, "now": now, "spend": spend, "customers": customers, "revenue": revenue, "cac": cac(spend, customers), "roi": roi(revenue, spend),
            "source": "own" if any(part.weight > 0 for part in mine.values()) else "pooled",
        })
    return out


COLUMNS = ("segment", "channel", "line", "spend", "customers", "last_touch", "efficiency", "error", "weight", "used")


def table(people: Personas) -> list[dict[str, Any]]:
    """Credit by segment and channel. customers: new, by the plan's model; last_touch: the same by last touch; spend,
    efficiency (customers per unit of spend against the channel's average), error (relative), weight (how far it is
    believed) and used are known where the plan is split, else None."""
    parts = {(part.segment, part.channel): part for part in people.lines}
    out = []
    for segment, channel, customers, last in people.credit:
        part = parts.get((segment, channel))
        known = {} if part is None else {"line": part.line, "spend": part.spend, "efficiency": part.own, "error": part.error, "weight": part.weight, "used": part.used}
        out.append(dict.fromkeys(COLUMNS) | {"segment": segment, "channel": channel, "customers": customers, "last_touch": last} | known)
    return out
