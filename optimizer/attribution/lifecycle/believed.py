"""The lifecycle held against other evidence: its effects moved to what is believed.

Each kind of evidence errs in its own way, the chain by what users show, touch credit by whom
channels meet. Here the chain's effects are multiplied until its own credit is what all kinds
together believe, and its draws get the doubt that no kind sees of itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from optimizer.attribution.lifecycle.incrementality import HIGHEST, LOWEST
from optimizer.attribution.lifecycle.model import Lifecycle

ROUNDS = 3  # credit is nearly linear in the factors
FARTHEST = 8.0  # times what the chain says of a channel, at most
LEAST = 0.02  # of what is believed: credit of the chain below which there is nothing to multiply
SMALLEST = 0.05  # of what users show: no channel's effect is known better
DRAWS = 400


def with_belief(
    life: Lifecycle, caused: Mapping[str, float], common: float, own: float, seed: int = 0
) -> Lifecycle:
    """The lifecycle with effects such that its credit is what is believed.

    Parameters
    ----------
    life
        As fitted.
    caused
        Channel -> new customers that it caused over the history; channels that are not named keep
        their effects.
    common, own
        Doubt, standard deviations of logarithms: of all channels together, and of each.
    seed
        Of the draws.

    Returns
    -------
    Lifecycle
        With an `incrementality` that is known as draws.
    """
    at = [c for c, name in enumerate(life.channels) if name in caused]
    if not at:
        return life
    target = np.array([caused[life.channels[c]] for c in at])
    held = life.incrementality
    factor, most = held.factor.copy(), FARTHEST * np.maximum(held.factor[:, at], 0.1)
    current = life
    for __ in range(ROUNDS):
        credit = current.new_customers.by_stage[0].sum(axis=1)[at]
        ratio = target / np.maximum(credit, np.maximum(LEAST * target, 1e-9))
        factor[:, at] = np.clip(factor[:, at] * ratio, 0.0, most)
        current = life.adjusted(replace(held, factor=factor.copy()))
    rng = np.random.default_rng([seed, 13])
    count = len(life.channels)
    times = factor / np.maximum(held.factor, 1e-3)
    noise = common * rng.normal(size=(DRAWS, 1)) + own * rng.normal(size=(DRAWS, count))
    noise = np.exp(noise - (common**2 + own**2) / 2)
    grain = SMALLEST * rng.normal(size=(DRAWS, 1, count))
    drawn = np.clip(held.draw(rng, DRAWS) * times * noise[:, None, :] + grain, LOWEST, HIGHEST)
    covariance = np.cov(drawn.reshape(DRAWS, -1).T) + 1e-8 * np.eye(2 * count)
    incrementality = replace(
        held,
        factor=factor,
        covariance=covariance,
        harvest=np.zeros(count),
        split=np.stack([factor, factor]),
        drawn=drawn,
    )
    return life.adjusted(incrementality)
