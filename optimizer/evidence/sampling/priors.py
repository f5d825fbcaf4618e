"""What is presumed before the weeks are looked at: weak, and the same for every channel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

RATIOS = np.array([0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4])  # half-spend over usual spend
HALF_LIVES = np.array([0.0, 2.0, 4.0, 7.0, 14.0, 28.0, 50.0])  # days in which an effect halves


@dataclass(frozen=True)
class Priors:
    """Weak priors; spreads (`_sd`) are standard deviations of logarithms unless said otherwise.

    Parameters
    ----------
    ratio, ratio_sd
        Half-spend over usual spend.
    half_life, half_life_sd
        Days in which an effect halves.
    own_sd, unclaimed_sd
        A channel's effect per money around its siblings, with and without claims.
    platform_sd
        A platform's effect per money around the others.
    trust, trust_sd
        How far differences of claims per money are differences of effect (an exponent).
    share, share_sd
        Share of sales that spend caused; its spread on the logit.
    hinted_share_sd
        The same where indications say how much all channels bring.
    level_sd
        Sales that are explained, against the mean of those known.
    zero_tail
        How slowly the density of small effects falls.
    knot_days, drift, season, control, follow
        Organic demand: days between knots, drift from knot to knot, size of the season, of a
        control, and of what moves with all budgets together.
    claim_weight
        Weight of the shape of claims against spend.
    fact
        Weight of a period of sales: neighbouring periods tell the same.
    early_periods, early_weight
        The launch is one event: its periods, and what each weighs.
    future_sd
        Level of the coming periods against what the past ones tell.
    """

    ratio: float = 1.0
    ratio_sd: float = 0.9
    half_life: float = 7.0
    half_life_sd: float = 1.0
    own_sd: float = 0.7
    unclaimed_sd: float = 0.9
    platform_sd: float = 0.25
    trust: float = 0.85
    trust_sd: float = 0.25
    share: float = 0.5
    share_sd: float = 1.0
    hinted_share_sd: float = 0.7
    level_sd: float = 1.0
    zero_tail: float = 0.8
    knot_days: float = 42.0
    drift: float = 0.15
    season: float = 0.15
    control: float = 0.3
    follow: float = 0.3
    claim_weight: float = 0.4
    fact: float = 0.4
    early_periods: int = 4
    early_weight: float = 0.25
    future_sd: float = 0.4
