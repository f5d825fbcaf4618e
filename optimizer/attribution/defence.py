"""What it takes to defend a credit: models side by side with spend, differences with intervals, and
how each number moves under the conventions next to the one chosen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from optimizer.attribution.attribute import attribute
from optimizer.attribution.bootstrap import interval
from optimizer.attribution.by_period import credit_by_period
from optimizer.attribution.counting import opened_source
from optimizer.attribution.credit import Attribution, Credit
from optimizer.attribution.options import Options
from optimizer.attribution.registry import MODELS
from optimizer.data.tables import Events, Paths, Spend
from optimizer.errors import UserError
from optimizer.journeys.declared import Journey
from optimizer.journeys.direct import direct_channels
from optimizer.journeys.prepared import prepared, without_channels
from optimizer.journeys.top_paths import TopPaths, top_paths
from optimizer.messages import Message, _
from optimizer.units import cac, roi

if TYPE_CHECKING:
    import pandas as pd

LENGTHS = {"day": 1, "week": 7, "month": 31}  # days, at most
WINDOWS = (7.0, 30.0, 90.0)  # days, the usual ones


@dataclass(frozen=True)
class Neighbour:
    """The chosen model under a convention next to the one chosen.

    Parameters
    ----------
    title
        What is different.
    shares
        Channel -> share of the credited conversions.
    conversions
        Credited in all.
    moved
        The share of credit that changes hands, 0 to 1.
    """

    title: Message
    shares: dict[str, float]
    conversions: float
    moved: float


@dataclass(frozen=True)
class Difference:
    """Credit of the chosen model less that of another, for a channel.

    Parameters
    ----------
    against, channel
        The other model's label, and the channel.
    difference, low, high
        Conversions, with a 90 % interval from replicates that share their users (None: not drawn).
    """

    against: str
    channel: str
    difference: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Defence:
    """All of it.

    Parameters
    ----------
    result
        The models side by side, with the ledger and the journey.
    chosen
        The model that is defended.
    spend
        Channel -> currency over the same time; None: not given.
    differences
        The chosen model against each other one.
    neighbours
        The chosen model under other conventions.
    staged
        Credit by lifecycle stage, or None where there are no milestones.
    paths
        The paths that bring the most.
    weekly
        The chosen model's credit by week (period, channel, conversions, value); None of paths.
    """

    result: Attribution
    chosen: Credit
    spend: dict[str, float] | None
    differences: tuple[Difference, ...]
    neighbours: tuple[Neighbour, ...]
    staged: Credit | None
    paths: TopPaths
    weekly: pd.DataFrame | None

    def rows(self) -> list[dict[str, Any]]:
        """One row per model and channel: credit, spend, CPA and ROAS."""
        out = []
        for credit in self.result.credits:
            for i, channel in enumerate(credit.channels):
                conversions, value = float(credit.conversions[i]), float(credit.value[i])
                spent = None if self.spend is None else self.spend.get(channel)
                out.append(
                    {
                        "model": credit.label,
                        "channel": channel,
                        "conversions": conversions,
                        "value": value,
                        "share": float(credit.share[i]),
                        "low": None if credit.low is None else float(credit.low[i]),
                        "high": None if credit.high is None else float(credit.high[i]),
                        "spend": spent,
                        "cpa": None if spent is None else cac(spent, conversions),
                        "roas": None if spent is None else roi(value, spent),
                    }
                )
        return out


def defend(
    opened: Events | Paths,
    models: Sequence[str] = (),
    spend: Spend | None = None,
    intervals: int = 200,
    seed: int = 0,
    like: str | None = None,
    order: Any = 1,
    journey: Journey | None = None,
    **options: Any,
) -> Defence:
    """Everything that the defence page shows.

    Parameters
    ----------
    opened
        Events or paths.
    models
        Names; the last one is defended. None named: the usual ones, and Markov is defended.
    spend
        What was spent on the channels.
    intervals, seed, like, order, journey, options
        As for `attribute`.
    """
    names = list(models) or [name for name in MODELS.by_default() if name != "time_decay"]
    chosen = names[-1] if models else "markov"
    result = attribute(
        opened, names, order, intervals=intervals, seed=seed, like=like, journey=journey, **options
    )
    lead = result[chosen]
    declared = result.journey
    read = prepared(opened, declared)
    plain = {**options, "order": lead.order or 1}
    return Defence(
        result,
        lead,
        None if spend is None else _spent(spend, read),
        _differences(result, lead),
        _neighbours(read, lead, declared, plain),
        _staged(read, declared, options),
        _paths(read, Options.of(**{**declared.counted(), **options})),
        None
        if isinstance(read, Paths)
        else credit_by_period(read, lead.model, **{**declared.counted(), **plain}),
    )


def _paths(read: Events | Paths, options: Options) -> TopPaths:
    """The paths of the journeys that are credited."""
    return top_paths(
        opened_source(read, segment=options.segment),
        lookback_days=options.lookback_days if isinstance(read, Events) else None,
        conversion=options.conversion,
        reuse=options.reuse,
        segment=options.segment,
        platforms=options.platforms,
    )


def _spent(spend: Spend, read: Events | Paths) -> dict[str, float]:
    """Currency by channel, of the periods that the events reach into."""
    frame = spend.frame
    if isinstance(read, Events):
        first, last = (np.datetime64(str(read.facts[name])) for name in ("from", "to"))
        begin = frame["period"].to_numpy(dtype="datetime64[us]")
        days = np.timedelta64(LENGTHS[spend.period], "D")
        frame = frame[(begin <= last) & (begin + days > first)]
    totals = frame.groupby("channel")["spend"].sum()
    return {str(channel): float(amount) for channel, amount in totals.items()}


def _differences(result: Attribution, lead: Credit) -> tuple[Difference, ...]:
    out = []
    for other in result.credits:
        if other.label == lead.label or other.channels != lead.channels:
            continue
        gap = lead.conversions - other.conversions
        low = high = None
        if lead.draws is not None and other.draws is not None:
            low, high = interval(lead.draws - other.draws)
        for i, channel in enumerate(lead.channels):
            out.append(
                Difference(
                    other.label,
                    channel,
                    float(gap[i]),
                    None if low is None else float(low[i]),
                    None if high is None else float(high[i]),
                )
            )
    return tuple(out)


def _neighbours(
    read: Events | Paths, lead: Credit, declared: Journey, options: dict[str, Any]
) -> tuple[Neighbour, ...]:
    """The chosen model once for each convention next to the one chosen."""
    changes: list[tuple[Message, dict[str, Any]]] = []
    if isinstance(read, Events):
        for days in WINDOWS:
            if days != declared.lookback_days:
                title = _("lookback of {days} days", days=f"{days:g}")
                changes.append((title, {"lookback_days": days}))
        if declared.lookback_days is not None:
            changes.append((_("no lookback"), {"lookback_days": None}))
        if declared.join == "closes":
            title = _("every conversion takes all the touches before it")
            changes.append((title, {"reuse": True}))
        else:
            changes.append((_("a conversion closes its journey"), {"reuse": False}))
        other = "name" if declared.ties == "split" else "split"
        title = (
            _("touches of one moment in the order of their names")
            if other == "name"
            else _("touches of one moment in each of their orders")
        )
        changes.append((title, {"ties": other}))
    title = (
        _("without the journeys that do not convert")
        if declared.nulls
        else _("with the journeys that do not convert")
    )
    changes.append((title, {"nulls": not declared.nulls}))
    title = (
        _("repeats in a row as touches of their own")
        if declared.collapse
        else _("repeats of a channel in a row as one touch")
    )
    changes.append((title, {"collapse": not declared.collapse}))
    usual = {**declared.counted(), **options}
    found = [_neighbour(read, lead, title, {**usual, **change}) for title, change in changes]
    direct = direct_channels(lead.channels, declared.direct)
    if isinstance(read, Events) and direct and len(direct) < len(lead.channels):
        title = _("touches of direct traffic left out")
        found.append(_neighbour(without_channels(read, direct), lead, title, usual))
    return tuple(neighbour for neighbour in found if neighbour is not None)


def _neighbour(
    read: Events | Paths, lead: Credit, title: Message, options: dict[str, Any]
) -> Neighbour | None:
    try:
        credit = attribute(read, [lead.model], read_ledger=False, **options).credits[0]
    except UserError:
        return None  # not of this source, or nothing is left
    shares = dict(zip(credit.channels, credit.share.tolist(), strict=True))
    before = dict(zip(lead.channels, lead.share.tolist(), strict=True))
    names = {*shares, *before}
    moved = sum(abs(shares.get(name, 0.0) - before.get(name, 0.0)) for name in names) / 2
    return Neighbour(title, shares, float(np.sum(credit.conversions)), moved)


def _staged(read: Events | Paths, declared: Journey, options: dict[str, Any]) -> Credit | None:
    if isinstance(read, Paths):
        return None
    milestones = set(read.facts["events"]) - {"touch", *declared.conversion}
    if not milestones:
        return None
    try:
        counted = {**declared.counted(), **options}
        return attribute(read, ["markov_stages"], read_ledger=False, **counted).credits[0]
    except UserError:
        return None
