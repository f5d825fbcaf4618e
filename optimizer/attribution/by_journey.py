"""Models that divide each journey by something learned from all of them: two readings of the journeys."""

from __future__ import annotations

from typing import Any

import numpy as np

from optimizer.attribution import (
    heuristics as heuristics,  # what these build on comes first in the list of models
)
from optimizer.attribution import markov as markov
from optimizer.attribution.credit import Credit
from optimizer.attribution.family import Array, Options, from_events
from optimizer.attribution.relation import Relation, relation

SINGLE = "intervals are not given: this model's shares are not sums of counts"


@from_events(paths=True, removal="markov")
def markov_by_journey(opened: Any, options: Options, draws: Array | None) -> Credit:
    """Markov removal effects, shared out again within each converting journey (the totals that MAM prints).

    Each touch gets its channel's removal effect over the sum of those of its journey. Unlike `markov`, a channel is
    credited only on journeys that it touches.
    """
    from optimizer.attribution.models import attribute_with

    markov = attribute_with(opened, ["markov"], options).credits[0]
    effects = np.asarray(markov.removal_effect)
    touches = relation(opened, options, {"markov": effects})
    return _summed("markov_by_journey", touches, markov, draws, markov.order, effects)


@from_events(paths=True)
def fractribution(opened: Any, options: Options, draws: Array | None) -> Credit:
    """Leave one touch out: what each touch adds to the observed conversion rate of its exact path, never below 0.

    The rate of the path without the touch is that of the journeys that took exactly that path (0 if none did). A
    path's conversions are divided in proportion; the last touch takes all where no touch adds anything. (Google's
    open-source fractribution.)
    """
    from optimizer.attribution.models import attribute_with
    from optimizer.attribution.paths import path_query

    last = attribute_with(opened, ["last"], options).credits[0]
    touches, paths = path_query(opened, options)
    rate = "conversions / (conversions + nulls)"
    sql = f"""WITH paths AS MATERIALIZED ({paths}), rates AS (
  SELECT path, conversions, value, len(path) AS n, CASE WHEN conversions + nulls > 0 THEN {rate} ELSE 0.0 END AS rate FROM paths
), steps AS (
  SELECT path, conversions, value, n, rate, unnest(range(1, n + 1)) AS pos FROM rates WHERE conversions > 0
), gains AS (
  SELECT s.path, s.pos, s.n, s.conversions, s.value, list_extract(s.path, s.pos) AS channel,
         CASE WHEN s.n = 1 THEN s.rate ELSE greatest(s.rate - coalesce(r.rate, 0.0), 0.0) END AS gain
  FROM steps AS s LEFT JOIN rates AS r ON r.path = list_concat(list_slice(s.path, 1, s.pos - 1), list_slice(s.path, s.pos + 1, s.n))
), shares AS (
  SELECT *, sum(gain) OVER (PARTITION BY path) AS whole FROM gains
), divided AS (
  SELECT *, CASE WHEN whole > 0 THEN gain / whole WHEN pos = n THEN 1.0 ELSE 0.0 END AS share_0 FROM shares
)
SELECT channel, path, pos, share_0, conversions, value FROM divided"""
    return _summed("fractribution", Relation(touches.engine, sql, touches.names, touches.scales), last, draws)


def _summed(name: str, touches: Relation, like: Credit, draws: Array | None, order: int | None = None,
            effects: Array | None = None) -> Credit:
    """Credit of shares laid on touches, added up by channel."""
    found = touches.engine.columns(
        f"SELECT channel, {touches.total('share_0 * conversions')} AS conversions, {touches.total('share_0 * value', True)} AS value"
        f" FROM ({touches.sql}) AS t GROUP BY channel")
    place = np.asarray(found["channel"], dtype=np.int64)
    conversions, value = np.zeros(len(touches.names)), np.zeros(len(touches.names))
    conversions[place], value[place] = np.asarray(found["conversions"], float), np.asarray(found["value"], float)
    return Credit(
        name, touches.names, conversions, value, like.total_conversions, like.total_value, order, effects,
        notes=(SINGLE,) if draws is not None else ())
