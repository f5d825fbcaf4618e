"""Which channels may merely harvest, judged by whom they find: the prior of the calendar's
verdict.
"""

from __future__ import annotations

import numpy as np

from optimizer.attribution.lifecycle.chain import Array, Chain

PRIOR = (0.05, 0.85)  # prior chance of harvesting: beyond suspicion, under the greatest
# times as often as the others do in the mean: selling outright so much more is odd, and odd at most
ODD = (3.0, 21.0)
# ... of a channel that finds people who are readier to buy than the average by such a part, or more
READY = 0.4


def harvest_prior(chain: Chain, days: Array) -> Array:
    """Chance, before looking at the calendar, that a channel merely harvests.

    The selection that can be seen warns of the selection that cannot (Altonji, Elder & Taber
    2005). The lift is how much more often than the average person those whom the channel touches
    buy untouched. Two scales: up to 1.5 times the average nothing is held against a channel, at
    six times doubt is greatest; and of the way from touching anybody to touching only those
    readiest to buy, a fifth is innocent, more than half is not. A channel that finds readier
    people and sells outright many times as often as the others do in the mean is odd: either it
    can what none of them can, or it meets people who are about to buy.

    Parameters
    ----------
    chain
        The estimate (its first replicate).
    days
        (S,) person-days per state.

    Returns
    -------
    (C,) chances.
    """
    k = chain.levels
    hazard = chain.hazard[0, :k]
    touched = chain.exposure[:, :k] * days[:k]
    usual = max(float((days[:k] * hazard).sum() / max(float(days[:k].sum()), 1e-12)), 1e-12)
    lift = touched @ hazard / np.maximum(touched.sum(axis=1), 1e-12) / usual
    most = float(hazard.max()) / usual
    narrow = (lift - 1) / max(most - 1, 1.0)
    selective = np.clip(
        np.maximum((1 - 1.5 / np.maximum(lift, 1e-9)) / 0.75, (narrow - 0.2) / 0.35), 0.0, 1.0
    )
    sells = (chain.buy[0, :, :k] * touched).sum(axis=1) / np.maximum(touched.sum(axis=1), 1e-12)
    others = np.maximum((sells.sum() - sells) / max(len(sells) - 1, 1), 1e-12)
    alone = sells / others if len(sells) > 1 else np.ones(1)
    odd = np.clip(
        np.log(np.maximum(alone, 1e-9) / ODD[0]) / np.log(ODD[1] / ODD[0]), 0.0, 1.0
    ) * np.clip((lift - 1) / READY, 0.0, 1.0)
    out: Array = PRIOR[0] + (PRIOR[1] - PRIOR[0]) * np.maximum(selective, odd)
    return out
