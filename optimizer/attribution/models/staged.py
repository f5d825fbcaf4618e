"""The stage-aware chain: a state is a lifecycle stage and a channel, so that credit adds up both
ways.

A touch's stage is what the user's milestones before it showed (a touch at the moment of a milestone
comes first); stages are reached in order and kept. Removing a channel removes it in every stage.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from optimizer.attribution.bootstrap import interval
from optimizer.attribution.counting import count_under
from optimizer.attribution.credit import Credit
from optimizer.attribution.options import Options
from optimizer.attribution.registry import from_events
from optimizer.attribution.replicates import Array, in_proportion, weigh
from optimizer.data.engine import literal
from optimizer.data.tables import Events
from optimizer.journeys import absorbing
from optimizer.journeys.counts import Counts
from optimizer.journeys.graph import JourneyGraph
from optimizer.journeys.stages import Ladder, ladder
from optimizer.messages import _

MARK = "\x1f"  # between stage and channel; a control character that no channel name holds


@from_events(title=_("Markov by stage"), by_stage=True, rank=140)
def markov_stages(events: Events, options: Options, draws: Array | None) -> Credit:
    """Markov removal effect over stage x channel states: a channel's credit, told by the stage it
    worked in.

    Order 1. A channel is removed in all stages at once; its credit is split over the stages in
    proportion to the removal effects of its single states. Stages come from the scenario, else the
    five usual ones.

    Parameters
    ----------
    events
        Touches and milestones with times.
    draws
        R x B bucket weights, or None for no intervals.
    options
        What counts as a journey; the scenario's stages in `lifecycle`.
    """
    counts, steps = count_staged(
        events, options, options.lifecycle.get("stages"), 1 if draws is None else draws.shape[1]
    )
    places = [read(label) for label in counts.channels]
    names = tuple(sorted({channel for __, channel in places}))
    last = counts.chains[1].states[:, -1]
    owner = np.array([names.index(channel) for __, channel in places], dtype=np.int64)
    whole = [
        np.flatnonzero((last >= 0) & (owner[np.maximum(last, 0)] == c)) for c in range(len(names))
    ]
    ones = np.ones((1, counts.buckets))
    effects = _effects(counts, ones, whole)
    single = _effects(counts, ones, absorbing.groups(last, len(counts.channels))).conversions[0]
    total, value = weigh(ones, counts.conversions), weigh(ones, counts.value)
    conversions = in_proportion(total, effects.conversions)[0]
    by_stage = np.zeros((len(names), len(steps.names)))
    for (stage, channel), effect in zip(places, single, strict=True):
        by_stage[names.index(channel), stage] += effect
    rows = by_stage.sum(axis=1, keepdims=True)
    by_stage = np.divide(by_stage, rows, out=np.zeros_like(by_stage), where=rows > 0)
    credit = Credit(
        "markov_stages",
        names,
        conversions,
        in_proportion(value, effects.value)[0],
        float(total[0]),
        float(value[0]),
        1,
        effects.conversions[0],
        stages=steps.names,
        by_stage=by_stage * conversions[:, None],
        notes=steps.notes,
    )
    if draws is None:
        return credit
    drawn = _effects(counts, draws, whole)
    replicates = in_proportion(weigh(draws, counts.conversions), drawn.conversions)
    worth = in_proportion(weigh(draws, counts.value), drawn.value)
    low, high = interval(replicates)
    return replace(credit, draws=replicates, value_draws=worth, low=low, high=high)


def staged_events(events: Events, steps: Ladder) -> Events:
    """The same events, each touch's channel with its stage's number before it: "02" + MARK +
    channel.

    Parameters
    ----------
    events
        Touches, milestones and purchases with times.
    steps
        The stages, L of them before the first purchase. A touch's is the highest that the user's
        milestones before it show (0: none), L after one purchase, L + 1 after more.

    Returns
    -------
    Events
        Over a new view of the same engine.
    """
    view = events.engine.name("staged")
    signs = " ".join(
        f"WHEN {literal(name)} THEN {level}" for name, level in sorted(steps.signs.items())
    )
    sign = f"CASE event {signs} ELSE 0 END" if signs else "0"
    before = (
        f"OVER (PARTITION BY user_id ORDER BY {events.order}"
        " ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
    )
    top = len(steps.levels)
    bought = f"sum(CASE WHEN event = {literal(steps.purchase)} THEN 1 ELSE 0 END) {before}"
    level = (
        f"CASE WHEN {bought} >= 2 THEN {top + 1} WHEN {bought} = 1 THEN {top}"
        f" ELSE COALESCE(max({sign}) {before}, 0) END"
    )
    channel = f"lpad(CAST({level} AS VARCHAR), 2, '0') || {literal(MARK)} || channel"
    events.engine.define(
        view,
        f"SELECT user_id, {events.timed}, event, value, segment,"
        f" CASE WHEN event = 'touch' THEN {channel} ELSE channel END AS channel"
        f" FROM {events.table}",
    )
    return events.over(view)


def read(label: str) -> tuple[int, str]:
    """Stage number and channel of a staged channel.

    Examples
    --------
    >>> read("02" + MARK + "search")
    (2, 'search')
    """
    stage, __, channel = label.partition(MARK)
    return int(stage), channel


def staged_graph(counts: Counts, steps: Ladder) -> JourneyGraph:
    """The journey graph whose states are stage x channel.

    Parameters
    ----------
    counts, steps
        As `count_staged` gives them.
    """
    graph = JourneyGraph.from_counts(counts, 1)
    pairs = [read(label) if label else (0, "") for label in graph.channel]
    names = tuple(
        f"{steps.names[stage]}: {channel}" if channel else state
        for (stage, channel), state in zip(pairs, graph.states, strict=True)
    )
    return replace(graph, states=names, channel=tuple(channel for __, channel in pairs))


def count_staged(
    events: Events, options: Options, stages: Sequence[Any] | None, buckets: int = 1
) -> tuple[Counts, Ladder]:
    """Order-1 counts whose channels are stage x channel, and the stages.

    Parameters
    ----------
    events
        Touches and milestones.
    options
        What counts as a journey; tiers are never rolled up here.
    stages
        The scenario's stages; None: the five usual ones.
    buckets
        Groups of users for the bootstrap.
    """
    seen = {
        str(name): int(n) for name, n in dict(events.facts["events"]).items() if name != "touch"
    }
    steps = ladder(stages, seen)
    plain = replace(options, direct=(), platforms=False)
    return count_under(staged_events(events, steps), plain, (1,), buckets=buckets), steps


def _effects(counts: Counts, draws: Array, members: list[absorbing.Index]) -> absorbing.Effects:
    chain = counts.chains[1]
    return absorbing.removal_effects(
        chain.source,
        chain.target,
        weigh(draws, chain.moves),
        weigh(draws, chain.conversions),
        weigh(draws, chain.value),
        weigh(draws, chain.nulls),
        members,
    )
