"""Markov removal effects laid onto the journeys: what was learned from all divides each one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from optimizer.attribution.bootstrap import interval
from optimizer.attribution.counting import count_under, counts_for
from optimizer.attribution.credit import Credit
from optimizer.attribution.models.markov import markov
from optimizer.attribution.options import Options
from optimizer.attribution.registry import from_events
from optimizer.attribution.replicates import Array
from optimizer.attribution.touches import TouchShares, divided, number_at, touch_shares
from optimizer.data.tables import Events, Paths
from optimizer.messages import _

NAME = "markov_by_journey"


@from_events(title=_("Markov by journey"), paths=True, takes_order=True, rank=110)
def markov_by_journey(opened: Events | Paths, options: Options, draws: Array | None) -> Credit:
    """Markov removal effects, shared out again within each converting journey (the totals that MAM
    prints).

    Each touch gets its channel's removal effect over the sum of those of its journey. Unlike
    `markov`, a channel is credited only on journeys that it touches. Intervals are linearised in
    the removal effects.

    Parameters
    ----------
    opened
        Events or paths.
    draws
        R x B bucket weights, or None for no intervals.
    options
        What counts as a journey; order and truncate of the chain.
    """
    buckets = 1 if draws is None else draws.shape[1]
    counts = counts_for(opened, [(markov, options)], buckets)
    effects = np.asarray(markov(counts, np.ones((1, buckets)), options).removal_effect)[0]
    share = divided(number_at(effects, "channel", opened.engine.dialect))
    by_bucket = count_under(opened, options, weights={NAME: share}, buckets=buckets).credit[NAME]
    credit = Credit(
        NAME,
        counts.channels,
        by_bucket[0].sum(axis=0),
        by_bucket[1].sum(axis=0),
        float(counts.conversions.sum()),
        float(counts.value.sum()),
        options.order,
        effects,
    )
    if draws is None:
        return credit
    drawn = np.asarray(markov(counts, draws, options).removal_effect)
    moved = np.divide(drawn - effects, effects, out=np.zeros_like(drawn), where=effects > 0)
    together = _together(touch_shares(opened, options, {NAME: effects}))
    replicates, worth = (
        draws @ part + moved @ (np.diag(part.sum(axis=0)) - pairs)
        for part, pairs in zip(by_bucket, together, strict=True)
    )
    low, high = interval(replicates)
    return replace(
        credit,
        draws=replicates,
        value_draws=worth,
        low=np.maximum(low, 0.0),
        high=high,
        notes=(_("intervals are linearised in the removal effects"),),
    )


def _together(touches: TouchShares) -> tuple[Array, Array]:
    """Sums over journeys of the product of two channels' shares, times its conversions and value,
    C x C.

    A journey's division moves by (diag(shares) - shares x shares) times the relative move of the
    removal effects.
    """
    found = touches.engine.columns(
        f"""
WITH held AS (
  SELECT trip, part, channel, sum(share_0) AS share, max(conversions) AS conversions,
    max(value) AS value
  FROM ({touches.sql}) AS t WHERE conversions > 0 GROUP BY trip, part, channel
)
SELECT a.channel AS one, b.channel AS two,
  {touches.total("a.share * b.share * a.conversions")} AS conversions,
  {touches.total("a.share * b.share * a.value", True)} AS value
FROM held AS a JOIN held AS b ON a.trip = b.trip AND a.part = b.part
GROUP BY a.channel, b.channel""".strip()
    )
    size = len(touches.names)
    out = np.zeros((2, size, size))
    place = np.asarray(found["one"], dtype=np.int64), np.asarray(found["two"], dtype=np.int64)
    for i, column in enumerate(("conversions", "value")):
        out[(i, *place)] = np.asarray(found[column], dtype=np.float64)
    return out[0], out[1]
