"""How far segments are told apart: points of every channel and segment, shrunk to the channel's.

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
from typing import TYPE_CHECKING, Any

from optimizer.customers.segments import of_users, only, segments
from optimizer.errors import UserError
from optimizer.messages import _
from optimizer.pipeline.segment_credit import Answer, answer_of
from optimizer.pipeline.segments import REST, Persona, Personas
from optimizer.pipeline.tables import Tables
from optimizer.scenario import Channel, Scenario
from optimizer.units import ratio

if TYPE_CHECKING:
    from optimizer.data.tables import Events, Spend
    from optimizer.pipeline.credit import Credited

LEVEL = 0.05  # of the test whether segments differ at all
NOBODY = (
    2**0.5
)  # relative error of half a customer: what is credited where a segment was never touched


def personas(scenario: Scenario, tables: Tables, credited: Credited | None) -> Personas:
    """The scenario's segments, where it asks for them. Raises `UserError` where the tables know no segments."""
    asked = scenario.segments
    if asked is None:
        return Personas()
    where = scenario.where("segments")
    if tables.events is None or credited is None:
        raise UserError(
            _("segments need events: a path table does not say who is who"),
            where,
            _("name data: {{events: FILE}} with a column for the segment"),
        )
    events, several = of_users(tables.events)
    found = segments(events, asked.least)
    names = [str(name) for name in found.table["segment"]]
    if not any(names):
        raise UserError(
            _("no row of the events has a segment (column '{column}')", column=asked.column),
            where,
            _("fill the column in, or leave segments: out"),
        )
    notes = (
        [
            _(
                "{several} users stand in several segments; each counts in the latest",
                several=f"{several:,}",
            )
        ]
        if several
        else []
    )
    groups: dict[str, tuple[str, ...]] = {name: (name,) for name in found.own if name}
    small = tuple(name for name in found.pooled if name)
    if groups and small:
        groups[REST] = small
        notes.append(
            _(
                "segments with fewer than {least} orders are planned together as '{rest}': {names}",
                least=asked.least,
                rest=REST,
                names=", ".join(small),
            )
        )
    if len(groups) < 2:
        return Personas(
            notes=(
                *notes,
                _(
                    "segments are pooled: fewer than two of them have {least} orders or more "
                    "({names})",
                    least=asked.least,
                    names=", ".join(n or "-" for n in names),
                ),
            )
        )
    _refuse_clashes(groups, tables, where)
    answers = {
        name: answer_of(scenario, tables, only(events, which), name, credited)
        for name, which in groups.items()
    }
    credit = tuple(
        (name, channel, n, answer.last.get(channel, 0.0))
        for name, answer in answers.items()
        for channel, n in sorted(answer.customers.items())
    )
    spend = tables.spend
    if spend is None or spend.by_segment is None:
        notes.append(
            _(
                "spend is not known by segment, so the plan cannot be split: credit is told by "
                "segment only (add a column for the segment to the spend table)"
            )
        )
        return Personas(credit=credit, notes=tuple(notes))
    return _split(scenario, spend, events, groups, answers, credit, notes)


def _refuse_clashes(groups: Mapping[str, Any], tables: Tables, where: str) -> None:
    """A rule says `of: NAME`: a segment may not be called like a channel, a platform or a tier."""
    channels = set(tables.spend.channels if tables.spend else ()) | set(
        tables.events.facts["channels"] if tables.events else ()
    )
    known = {part for channel in channels for part in (channel, *channel.split("/"))}
    for name in sorted(set(groups) & known):
        raise UserError(
            _(
                "segment '{name}' is also the name of a channel, so a rule's of: could mean either",
                name=name,
            ),
            where,
            _("rename the segment"),
        )


def _split(
    scenario: Scenario,
    spend: Spend,
    events: Events,
    groups: Mapping[str, tuple[str, ...]],
    answers: Mapping[str, Answer],
    credit: tuple[tuple[str, str, float, float], ...],
    notes: list[str],
) -> Personas:
    """Points of every channel and segment, and how far they are believed."""
    assert spend.by_segment is not None
    group = {name: label for label, which in groups.items() for name in which}
    paid = spend.by_segment.assign(
        group=spend.by_segment["segment"].map(lambda s: group.get(s, ""))
    )
    sums = paid.groupby(["channel", "group"], as_index=False)["spend"].sum()
    money = {
        (str(c), str(g)): float(v)
        for c, g, v in zip(sums["channel"], sums["group"], sums["spend"], strict=True)
    }
    touched = _touches(events, group)
    names, whole = [], []
    for channel in spend.channels:
        labels = [g for g in groups if money.get((channel, g), 0.0) > 0]
        if (
            money.get((channel, ""), 0.0) > 0
            or len(labels) < 2
            or _stated(scenario.channels.get(channel, Channel()))
        ):
            whole.append(channel)
        else:
            names.append((channel, labels))
    if whole:
        notes.append(
            _(
                "not split by segment (spend without a known segment, one segment only, or "
                "stated in the scenario): {names}",
                names=", ".join(whole),
            )
        )
    if not names:
        return Personas(credit=credit, notes=tuple(notes))
    raw: dict[str, list[tuple[str, float, float, float]]] = {}
    for channel, labels in names:
        total = sum(money[channel, g] for g in labels)
        got = {g: answers[g].customers.get(channel, 0.0) for g in labels}
        mean = (sum(got.values()) + 0.5 * len(labels)) / total
        raw[channel] = [
            (
                g,
                money[channel, g] / total,
                (got[g] + 0.5) / money[channel, g] / mean,
                answers[g].errors.get(channel, NOBODY),
            )
            for g in labels
        ]
    doubt, tau2 = heterogeneity(
        [[(math.log(own), error) for __, __, own, error in rows] for rows in raw.values()]
    )
    parts: dict[str, tuple[Persona, ...]] = {}
    for channel, rows in raw.items():
        weights = [tau2 / (tau2 + error**2) for *__, error in rows]
        used = [own**w for (__, __, own, __), w in zip(rows, weights, strict=True)]
        level = sum(share * u for (__, share, __, __), u in zip(rows, used, strict=True))
        last_total = sum(answers[g].last.get(channel, 0.0) for g, *__ in rows)
        base = ratio(
            sum(touched.get((channel, g), 0.0) for g, *__ in rows),
            sum(money[channel, g] for g, *__ in rows),
        )
        parts[channel] = tuple(
            Persona(
                f"{channel}/{g}",
                channel,
                g,
                money[channel, g],
                share,
                answers[g].customers.get(channel, 0.0),
                answers[g].value,
                error,
                own,
                u / level,
                w,
                touched.get((channel, g), 0.0) / money[channel, g] / base if base else None,
                answers[g].last.get(channel, 0.0) / last_total if last_total > 0 else share,
            )
            for (g, share, own, error), u, w in zip(rows, used, weights, strict=True)
        )
    if tau2 > 0:
        notes.append(
            _(
                "segments differ by more than chance (p = {p}): each has its own line, its "
                "measured difference believed by {low} to {high}",
                p=f"{doubt:.2g}",
                low=f"{min(p.weight for ps in parts.values() for p in ps):.0%}",
                high=f"{max(p.weight for ps in parts.values() for p in ps):.0%}",
            )
        )
    else:
        notes.append(
            _(
                "segments differ by no more than chance (p = {p}): their curves are pooled, so "
                "each keeps its share of the spend",
                p=f"{doubt:.2g}",
            )
        )
    return Personas(parts, credit, doubt, tuple(notes))


def _stated(entry: Channel) -> bool:
    """What the founder states of a channel is said of the whole of it."""
    return (
        entry.curve is not None
        or entry.bookings is not None
        or entry.customers is not None
        or entry.exposure is not None
        or bool(entry.stages)
        or entry.setup > 0
    )


def _touches(events: Events, group: Mapping[str, str]) -> dict[tuple[str, str], float]:
    frame = events.query(
        f"SELECT channel, segment, count(*) AS n FROM {events.table} WHERE event = 'touch' AND segment IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2"
    )
    out: dict[tuple[str, str], float] = {}
    for channel, segment, n in zip(frame["channel"], frame["segment"], frame["n"], strict=True):
        key = (str(channel), group.get(str(segment), ""))
        out[key] = out.get(key, 0.0) + float(n)
    return out


def heterogeneity(rows: Sequence[Sequence[tuple[float, float]]]) -> tuple[float, float]:
    """(p-value of Cochran's Q, variance between segments) of log-ratios with standard errors, channel by channel.

    The variance is DerSimonian & Laird's, over all channels together, and 0 where Q is no larger than chance allows.
    """
    from scipy.stats import chi2

    q, freedom, scale = 0.0, 0, 0.0
    for points in rows:
        weights = [1.0 / error**2 for __, error in points]
        total = sum(weights)
        centre = sum(w * y for w, (y, __) in zip(weights, points, strict=True)) / total
        q += sum(w * (y - centre) ** 2 for w, (y, __) in zip(weights, points, strict=True))
        freedom += len(points) - 1
        scale += total - sum(w * w for w in weights) / total
    doubt = float(chi2.sf(q, freedom))
    return doubt, max(0.0, (q - freedom) / scale) if doubt < LEVEL else 0.0
