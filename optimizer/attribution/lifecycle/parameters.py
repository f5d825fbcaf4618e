"""The parameters of the hidden Markov model, where they start, and the scale on which they are
extrapolated.

Model, per user and day before the first purchase, level k = 0 .. K-1 (hidden):

    buys            1 - (1 - h[k]) prod_c (1 - buy[c,k])^n_c    n_c: touches of c at work that day
    else steps up   1 - prod_c (1 - up[c,k])^n_c                pushed by a touch
    else            moves by the baseline transitions A[k, .]   with no touch: up, down, stays
    shows level j   emission[move, k, j]                        move = stays, up, down; milestones
                                                                are signs, seldom certain
    is touched by c in proportion to exposure[c,k]              only *which* channel touches tells
                                                                of the level, so that busy users
                                                                do not look willing

A hidden Markov model (Baum, Petrie, Soules & Weiss 1970; Rabiner 1989) whose steps have causes
that are split as in noisy-or models: each touch fires with its own chance, the step happens if any
does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.attribution.lifecycle.chain import COHORTS
from optimizer.attribution.lifecycle.sequence import Array

SIMPLEX = ("baseline", "initial")  # rows that add up to 1
RELATIVE = ("exposure",)  # columns whose mean is 1


@dataclass(frozen=True)
class HmmParameters:
    """The numbers of the model. C channels, K levels, M = K - 1 milestones' levels.

    Parameters
    ----------
    up, buy
        C x K chance per touch to step up one level, to buy.
    hazard
        K, daily chance to buy untouched.
    baseline
        K x K daily transitions of those who neither buy nor are pushed; rows add up to 1.
    emission
        3 x K x M chance that a day shows level j + 1, by move (stays, up, down) and level.
    exposure
        C x K exposure propensity: relative chance that a touch of the channel finds a user of the
        level; mean 1 per level.
    initial
        cohorts x K initial distribution, the level at a user's first event; rows add up to 1.
    """

    up: Array
    buy: Array
    hazard: Array
    baseline: Array
    emission: Array
    exposure: Array
    initial: Array

    @property
    def named(self) -> dict[str, Array]:
        """The arrays by name, in order."""
        return {
            "up": self.up,
            "buy": self.buy,
            "hazard": self.hazard,
            "baseline": self.baseline,
            "emission": self.emission,
            "exposure": self.exposure,
            "initial": self.initial,
        }


@dataclass(frozen=True)
class ExpectedCounts:
    """Expected counts behind `HmmParameters`, by user bucket (first axis B) where an interval
    needs them.

    All counts but `standing` are of the days from `Sequence.since` on.

    Parameters
    ----------
    pushes, buys, trials
        B x C x K: firings that stepped, firings that bought, touches at work.
    organic
        B x K purchases without a touch.
    days
        B x K user-days in a level.
    moves
        K x K untouched transitions.
    reached
        C x K touches on users in a level.
    standing
        U x K where each user stands at the end of the data, as probabilities; 0 for buyers.
    log_likelihood
        Of what happened from `Sequence.since` on, given what came before.
    """

    pushes: Array
    buys: Array
    trials: Array
    organic: Array
    days: Array
    moves: Array
    reached: Array
    standing: Array
    log_likelihood: float


def first_guess(channels: int, levels: int) -> HmmParameters:
    """Where the estimation starts: milestones mean what they say, touches do a little.

    Parameters
    ----------
    channels, levels
        C and K.

    Examples
    --------
    >>> first_guess(2, 3).initial[0].tolist()
    [0.8, 0.1, 0.1]
    """
    baseline = np.zeros((levels, levels))
    for a in range(levels):
        for b in range(levels):
            baseline[a, b] = {1: 0.01, -1: 0.03}.get(b - a, 0.0005 if a != b else 0.0)
        baseline[a, a] = 1 - baseline[a].sum()
    emission = np.full((3, levels, max(levels - 1, 0)), 0.002)
    for j in range(1, levels):
        for a in range(levels):
            emission[1, a, j - 1] = 0.7 if a == j - 1 else 0.05 if a < j - 1 else 0.002
            emission[0, a, j - 1] = 0.02 if a == j else 0.0004
    rung = np.arange(levels)
    top = np.where(rung == levels - 1, 0.01, 0.0003 * (rung + 1))
    up = np.full((channels, levels), 0.02)
    up[:, -1] = 0.0
    initial = np.full(levels, 0.2 / max(levels - 1, 1))
    initial[0] = 1.0 if levels == 1 else 0.8
    return HmmParameters(
        up,
        np.tile(top, (channels, 1)),
        top,
        baseline,
        emission,
        np.ones((channels, levels)),
        np.tile(initial, (len(COHORTS) + 1, 1)),
    )


def move_masks(levels: int) -> Array:
    """3 x K x K, which pairs of levels are a stay, a step up, a step down.

    Parameters
    ----------
    levels
        K.

    Examples
    --------
    >>> move_masks(2)[1].tolist()
    [[0.0, 1.0], [0.0, 0.0]]
    """
    one = np.ones((levels, levels))
    return np.stack([np.eye(levels), np.triu(one, 1), np.tril(one, -1)])


def to_logit(parameters: HmmParameters) -> Array:
    """All numbers as one vector without bounds: logits of chances, logarithms of rows that add up
    to 1.

    Parameters
    ----------
    parameters
        Any.

    Returns
    -------
    All arrays of `HmmParameters.named`, one after the other.
    """
    parts = []
    for name, values in parameters.named.items():
        x = values.ravel()
        parts.append(
            np.log(np.maximum(x, 1e-8))
            if name in SIMPLEX + RELATIVE
            else np.log(np.maximum(x, 1e-8)) - np.log1p(-np.minimum(x, 1 - 1e-6))
        )
    return np.concatenate(parts)


def from_logit(x: Array, like: HmmParameters) -> HmmParameters:
    """The parameters of a vector of `to_logit`, kept within sense.

    Parameters
    ----------
    x
        Of `to_logit`, or anything of its length.
    like
        Gives the shapes.

    Examples
    --------
    >>> guess = first_guess(1, 2)
    >>> bool(np.allclose(from_logit(to_logit(guess), guess).baseline, guess.baseline))
    True
    """
    out: dict[str, Array] = {}
    at = 0
    for name, values in like.named.items():
        shape = values.shape
        part = np.clip(x[at : at + int(np.prod(shape))].reshape(shape), -18.0, 7.0)
        at += part.size
        if name in SIMPLEX:
            part = np.exp(part - part.max(axis=-1, keepdims=True))
            out[name] = part / part.sum(axis=-1, keepdims=True)
        elif name in RELATIVE:
            out[name] = np.exp(part) / np.exp(part).mean(axis=0, keepdims=True)
        else:
            out[name] = 1 / (1 + np.exp(-part))
    out["up"][:, -1] = 0.0
    out["up"], out["buy"] = np.minimum(out["up"], 0.9), np.minimum(out["buy"], 0.9)
    out["hazard"] = np.minimum(out["hazard"], 0.5)
    out["emission"] = np.clip(out["emission"], 1e-7, 1 - 1e-4)
    return HmmParameters(**out)
