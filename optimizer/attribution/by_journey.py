"""Models that divide each journey by something learned from all of them: two readings of the journeys."""

from __future__ import annotations

from typing import Any

import numpy as np

from optimizer.attribution import (
    heuristics as heuristics,  # what these build on comes first in the list of models
)
from optimizer.attribution import markov as markov
from optimizer.attribution.credit import Credit
from optimizer.attribution.family import MODELS, Array, Options, from_events
from optimizer.attribution.relation import Relation, divided, looked_up, relation
from optimizer.attribution.uncertainty import interval

LINEAR = "intervals are linearised in the removal effects"


@from_events(paths=True, removal="markov")
def markov_by_journey(opened: Any, options: Options, draws: Array | None) -> Credit:
    """Markov removal effects, shared out again within each converting journey (the totals that MAM prints).

    Each touch gets its channel's removal effect over the sum of those of its journey. Unlike `markov`, a channel is
    credited only on journeys that it touches.
    """
    from optimizer.attribution.models import counted

    name = "markov_by_journey"
    buckets = 1 if draws is None else draws.shape[1]
    counts = counted(opened, [MODELS["markov"]], options, buckets)
    effects = np.asarray(MODELS["markov"](counts, np.ones((1, buckets)), options).removal_effect)[0]
    credit = counted(
        opened,
        [],
        options,
        buckets,
        {name: divided(looked_up(effects, "channel", opened.engine.dialect))},
    ).credit[name]
    found: dict[str, Any] = {}
    if draws is not None:
        drawn = np.asarray(MODELS["markov"](counts, draws, options).removal_effect)
        moved = np.divide(drawn - effects, effects, out=np.zeros_like(drawn), where=effects > 0)
        together = _together(relation(opened, options, {name: effects}))
        replicates = [
            draws @ part + moved @ (np.diag(part.sum(axis=0)) - pairs)
            for part, pairs in zip(credit, together, strict=True)
        ]
        low, high = interval(replicates[0])
        found = {
            "draws": replicates[0],
            "value_draws": replicates[1],
            "low": np.maximum(low, 0.0),
            "high": high,
            "notes": (LINEAR,),
        }
    return Credit(
        name,
        counts.channels,
        credit[0].sum(axis=0),
        credit[1].sum(axis=0),
        float(counts.conversions.sum()),
        float(counts.value.sum()),
        options.order,
        effects,
        **found,
    )


def _together(touches: Relation) -> tuple[Array, Array]:
    """Sums over journeys of the product of two channels' shares, times the journey's conversions and its value, C x C each.

    A journey's division moves by (diag(shares) - shares x shares) times the relative move of the removal effects.
    """
    sums = "SELECT trip, part, channel, sum(share_0) AS share, max(conversions) AS conversions, max(value) AS value"
    found = touches.engine.columns(
        f"WITH held AS ({sums} FROM ({touches.sql}) AS t WHERE conversions > 0 GROUP BY trip, part, channel)"
        f" SELECT a.channel AS one, b.channel AS two, {touches.total('a.share * b.share * a.conversions')} AS conversions,"
        f" {touches.total('a.share * b.share * a.value', True)} AS value"
        " FROM held AS a JOIN held AS b ON a.trip = b.trip AND a.part = b.part GROUP BY a.channel, b.channel"
    )
    size = len(touches.names)
    out = np.zeros((2, size, size))
    place = np.asarray(found["one"], dtype=np.int64), np.asarray(found["two"], dtype=np.int64)
    for i, column in enumerate(("conversions", "value")):
        out[(i, *place)] = np.asarray(found[column], dtype=np.float64)
    return out[0], out[1]


@from_events(paths=True)
def fractribution(opened: Any, options: Options, draws: Array | None) -> Credit:
    """Leave one touch out: what each touch adds to the observed conversion rate of its exact path, never below 0.

    The rate of the path without the touch is that of the journeys that took exactly that path (0 if none did). A
    path's conversions are divided in proportion; the last touch takes all where no touch adds anything. (Google's
    open-source fractribution.)
    """
    from optimizer.attribution.leave_one_out import replicated, taken_apart

    paths = taken_apart(opened, options, 1 if draws is None else draws.shape[1])
    ones = np.ones((1, paths.conversions.shape[0]))
    conversions, value = replicated(paths, ones)
    found: dict[str, Any] = {}
    if draws is not None:
        replicates = replicated(paths, draws)
        low, high = interval(replicates[0])
        found = {"draws": replicates[0], "value_draws": replicates[1], "low": low, "high": high}
    return Credit(
        "fractribution",
        paths.channels,
        conversions[0],
        value[0],
        paths.totals[0],
        paths.totals[1],
        **found,
    )
