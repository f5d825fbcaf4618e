"""How far segments are told apart: points of every channel and segment, shrunk to the channel's.

Each segment is taken as a small company of its own: its journeys are credited by the plan's model,
its spend comes from the spend table. That gives one point per channel and segment: new customers
per unit of spend, against the channel's average. How far such a ratio is believed follows from all
of them together: a random-effects estimate (DerSimonian & Laird 1986) of how much segments differ
beyond chance. Where the differences are no larger than chance (Cochran's Q at 5 %), segments are
pooled: every one has the channel's own curve on its share of the spend, and the plan is the plan
without segments. Otherwise a segment's curve is the channel's, bent at the same share of today's
spend, through the segment's own point, shrunk towards the channel's. The segments' points add up to
the channel's.

Segments with few orders share one line ("pooled").
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from optimizer.customers.segments import of_users, only, segments
from optimizer.data.tables import Events, Spend
from optimizer.errors import UserError
from optimizer.messages import Text, _, listed
from optimizer.pipeline.credit import Credited
from optimizer.pipeline.segment_credit import SegmentCredit, segment_credit
from optimizer.pipeline.segments import REST, Persona, Personas
from optimizer.pipeline.tables import Tables
from optimizer.scenario import Channel, Scenario
from optimizer.scenario.schema import Segments as Asked
from optimizer.units import ratio

LEVEL = 0.05  # of the test whether segments differ at all
NOBODY = 2**0.5  # relative error of half a customer: credit where a segment was never touched

Groups = dict[str, tuple[str, ...]]  # line of the plan -> the segments it stands for


def personas(scenario: Scenario, tables: Tables, credited: Credited | None) -> Personas:
    """The scenario's segments, where it asks for them.

    Raises
    ------
    UserError
        Where the tables know no segments.
    """
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
    notes: list[Text] = []
    if several:
        notes.append(
            _(
                "{several} users stand in several segments; each counts in the latest",
                several=f"{several:,}",
            )
        )
    groups = _groups(events, asked, where, notes)
    if len(groups) < 2:
        return Personas(notes=tuple(notes))
    _refuse_clashes(groups, tables, where)
    answers = {
        name: segment_credit(scenario, tables, only(events, which), name, credited)
        for name, which in groups.items()
    }
    credit = tuple(
        (name, channel, n, answer.last.get(channel, 0.0))
        for name, answer in answers.items()
        for channel, n in sorted(answer.customers.items())
    )
    if tables.spend is None or tables.spend.by_segment is None:
        notes.append(
            _(
                "spend is not known by segment, so the plan cannot be split: credit is told by "
                "segment only (add a column for the segment to the spend table)"
            )
        )
        return Personas(credit=credit, notes=tuple(notes))
    observed = _observed(tables.spend, events, groups, answers)
    channels = _told_apart(scenario, tables.spend, observed, notes)
    if not channels:
        return Personas(credit=credit, notes=tuple(notes))
    points = {name: _points(observed, name, lines) for name, lines in channels.items()}
    doubt, between = heterogeneity(
        [[(math.log(p.own), p.error) for p in row] for row in points.values()]
    )
    parts = {name: _shrunk(observed, name, row, between) for name, row in points.items()}
    notes.append(_verdict(parts.values(), doubt, between))
    return Personas(parts, credit, doubt, tuple(notes))


def _groups(events: Events, asked: Asked, where: str, notes: list[Text]) -> Groups:
    """Segments with enough orders, each by itself, and the others together; fewer than two lines:
    no split.
    """
    found = segments(events, asked.least)
    names = [str(name) for name in found.table["segment"]]
    if not any(names):
        raise UserError(
            _("no row of the events has a segment (column '{column}')", column=asked.column),
            where,
            _("fill the column in, or leave segments: out"),
        )
    groups: Groups = {name: (name,) for name in found.own if name}
    small = tuple(name for name in found.pooled if name)
    if groups and small:
        groups[REST] = small
        notes.append(
            _(
                "segments with fewer than {least} orders are planned together as '{rest}': {names}",
                least=asked.least,
                rest=REST,
                names=listed(small),
            )
        )
    if len(groups) < 2:
        notes.append(
            _(
                "segments are pooled: fewer than two of them have {least} orders or more ({names})",
                least=asked.least,
                names=listed(name or "-" for name in names),
            )
        )
    return groups


def _refuse_clashes(groups: Groups, tables: Tables, where: str) -> None:
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


@dataclass(frozen=True)
class _Observed:
    """What the tables say by (channel, line): money (currency), touches; and each line's own
    credit.
    """

    groups: Groups
    credit: Mapping[str, SegmentCredit]
    money: Mapping[tuple[str, str], float]
    touches: Mapping[tuple[str, str], float]


@dataclass(frozen=True)
class _Point:
    """A channel in one line. share: of the channel's spend; own: customers per unit of spend
    against the channel's average; error: its relative standard error.
    """

    line: str
    share: float
    own: float
    error: float


def _observed(
    spend: Spend, events: Events, groups: Groups, credit: Mapping[str, SegmentCredit]
) -> _Observed:
    assert spend.by_segment is not None
    line = {name: label for label, which in groups.items() for name in which}
    paid = spend.by_segment.assign(
        group=spend.by_segment["segment"].map(lambda name: line.get(name, ""))
    )
    sums = paid.groupby(["channel", "group"], as_index=False)["spend"].sum()
    money = {
        (str(c), str(g)): float(v)
        for c, g, v in zip(sums["channel"], sums["group"], sums["spend"], strict=True)
    }
    return _Observed(groups, credit, money, _touches(events, line))


def _told_apart(
    scenario: Scenario, spend: Spend, observed: _Observed, notes: list[Text]
) -> dict[str, list[str]]:
    """Channel -> the lines it is split into; a note names the channels that are not split."""
    split: dict[str, list[str]] = {}
    whole: list[str] = []
    for channel in spend.channels:
        lines = [g for g in observed.groups if observed.money.get((channel, g), 0.0) > 0]
        if (
            observed.money.get((channel, ""), 0.0) > 0
            or len(lines) < 2
            or _stated(scenario.channels.get(channel, Channel()))
        ):
            whole.append(channel)
        else:
            split[channel] = lines
    if whole:
        notes.append(
            _(
                "not split by segment (spend without a known segment, one segment only, or "
                "stated in the scenario): {names}",
                names=listed(whole),
            )
        )
    return split


def _points(observed: _Observed, channel: str, lines: Sequence[str]) -> list[_Point]:
    """The segments' points; half a customer is added to each, so that none is 0."""
    total = sum(observed.money[channel, line] for line in lines)
    got = {line: observed.credit[line].customers.get(channel, 0.0) for line in lines}
    mean = (sum(got.values()) + 0.5 * len(lines)) / total
    return [
        _Point(
            line,
            observed.money[channel, line] / total,
            (got[line] + 0.5) / observed.money[channel, line] / mean,
            observed.credit[line].errors.get(channel, NOBODY),
        )
        for line in lines
    ]


def _shrunk(
    observed: _Observed, channel: str, points: Sequence[_Point], between: float
) -> tuple[Persona, ...]:
    """The segments' points shrunk towards the channel's, so that they still add up to it.

    between: variance of log-ratios between segments.
    """
    weights = [between / (between + point.error**2) for point in points]
    used = [point.own**weight for point, weight in zip(points, weights, strict=True)]
    level = sum(point.share * u for point, u in zip(points, used, strict=True))
    touched = [observed.touches.get((channel, point.line), 0.0) for point in points]
    paid = [observed.money[channel, point.line] for point in points]
    last = [observed.credit[point.line].last.get(channel, 0.0) for point in points]
    base = ratio(sum(touched), sum(paid))
    return tuple(
        Persona(
            line=f"{channel}/{point.line}",
            channel=channel,
            segment=point.line,
            spend=paid[i],
            share=point.share,
            customers=observed.credit[point.line].customers.get(channel, 0.0),
            value=observed.credit[point.line].value,
            error=point.error,
            own=point.own,
            used=used[i] / level,
            weight=weights[i],
            touches=touched[i] / paid[i] / base if base else None,
            last=last[i] / sum(last) if sum(last) > 0 else point.share,
        )
        for i, point in enumerate(points)
    )


def _verdict(parts: Iterable[Sequence[Persona]], doubt: float, between: float) -> Text:
    if between > 0:
        believed = [part.weight for row in parts for part in row]
        return _(
            "segments differ by more than chance (p = {p}): each has its own line, its "
            "measured difference believed by {low} to {high}",
            p=f"{doubt:.2g}",
            low=f"{min(believed):.0%}",
            high=f"{max(believed):.0%}",
        )
    return _(
        "segments differ by no more than chance (p = {p}): their curves are pooled, so "
        "each keeps its share of the spend",
        p=f"{doubt:.2g}",
    )


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
        f"""
        SELECT channel, segment, count(*) AS n FROM {events.table}
        WHERE event = 'touch' AND segment IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2
        """
    )
    out: dict[tuple[str, str], float] = {}
    for channel, segment, n in zip(frame["channel"], frame["segment"], frame["n"], strict=True):
        key = (str(channel), group.get(str(segment), ""))
        out[key] = out.get(key, 0.0) + float(n)
    return out


def heterogeneity(rows: Sequence[Sequence[tuple[float, float]]]) -> tuple[float, float]:
    """Whether segments differ beyond chance, and by how much.

    Parameters
    ----------
    rows
        Channel by channel, (log-ratio, its standard error) of each segment.

    Returns
    -------
    tuple
        The p-value of Cochran's Q; and the variance between segments over all channels together
        (DerSimonian & Laird 1986), 0 where Q is no larger than chance allows.

    >>> heterogeneity([[(0.0, 0.1), (0.0, 0.1)]])
    (1.0, 0.0)
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
