"""The second-order probabilistic model of Shao & Li (2011, "Data-driven multi-touch attribution models")."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.attribution.family import Answer, Array, Options, from_counts, weigh

if TYPE_CHECKING:
    from optimizer.journeys.counts import Counts


@from_counts(pairs=True, nonnegative=False, by_default=False)
def shao(counts: Counts, draws: Array, options: Options) -> Answer:
    """Second-order probabilistic model: each converting path scores its channels by what they and their pairs convert.

    On a path with m distinct channels, channel i scores
    P(conversion | i) + 1 / (2 (m - 1)) * sum over j of [P(conversion | i, j) - P(conversion | i) - P(conversion | j)],
    where P is the share of journeys with that channel (or pair) that convert. Credit is the sum over conversions.
    The scores are no probabilities: where they fall short of a conversion the rest is left unassigned and shown as
    organic; where their sum exceeds the total they are scaled to it. Pairs that convert worse together than apart
    can make a score negative.
    """
    pairs = counts.pairs
    if pairs is None:
        raise ValueError("counted without pairs")
    one, two, alone = pairs.first, pairs.second, pairs.first == pairs.second
    channels = len(counts.channels)
    journeys, conversions = weigh(draws, pairs.journeys), weigh(draws, pairs.conversions)
    rate = np.divide(conversions, journeys, out=np.zeros_like(conversions), where=journeys > 0)
    single = np.zeros((len(draws), channels))
    single[:, one[alone]] = rate[:, alone]
    mixed = ~alone
    lift = 0.5 * (rate[:, mixed] - single[:, one[mixed]] - single[:, two[mixed]])
    credit = []
    for counted, shared in (
        (pairs.conversions, pairs.shared_conversions),
        (pairs.value, pairs.shared_value),
    ):
        own = np.zeros((len(draws), channels))
        own[:, one[alone]] = weigh(draws, counted)[:, alone] * rate[:, alone]
        part = weigh(draws, shared)[:, mixed] * lift
        for row, extra in zip(own, part, strict=True):
            np.add.at(row, one[mixed], extra)
            np.add.at(row, two[mixed], extra)
        credit.append(own)
    totals = [weigh(draws, counts.conversions), weigh(draws, counts.value)]
    for i in (0, 1):
        given = credit[i].sum(axis=1)
        over = np.where(given > totals[i], totals[i] / np.where(given > 0, given, 1.0), 1.0)
        credit[i] = credit[i] * over[:, None]
    left = np.stack([np.maximum(totals[i] - credit[i].sum(axis=1), 0.0) for i in (0, 1)], axis=-1)
    return Answer(credit[0], credit[1], unassigned=left)
