"""Which channels merely harvest: a greedy search over the two-sided prior of `incrementality`.

Turning one channel over changes a 2 x 2 block of a precision of 2C x 2C. By Woodbury's identity all
C turns are weighed at once in C^2 from the covariance as it stands, and the best one is made in
C^2: one inversion in all, C^3.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimizer.attribution.lifecycle.chain import Array

WORKING = (1.0, 0.25)  # incrementality of a channel at work: mean and standard deviation
HARVESTING = (0.05, 0.1)  # of one that merely harvests
HARVESTS = 0.25  # chance of the second before looking, the same for every channel
ALIKE = 0.8  # prior correlation between a channel's incrementality for pushing up and for buying
BETTER = 1e-9  # of the log evidence, by which a turn has to win


def search(precision: Array, pull: Array) -> tuple[NDArray[np.bool_], Array, Array]:
    """Turn channels over, the best one first, while that explains more.

    Parameters
    ----------
    precision
        2C x 2C of the calendar's Gaussian likelihood of (factor - 1); first up, then buy.
    pull
        (2C,) its precision times its mean.

    Returns
    -------
    Which channels merely harvest (C,), and covariance (2C x 2C) and mode (2C,) given that.
    """
    count = len(pull) // 2
    harvesting = np.zeros(count, dtype=bool)
    covariance = _covariance(precision, harvesting)
    for _ in range(2 * count):
        gain = flips(harvesting, covariance, precision, pull)[0]
        top = int(np.argmax(gain))
        if gain[top] <= BETTER:
            break
        at = [top, top + count]
        change = _own(~harvesting[top]) - _own(harvesting[top])
        part = covariance[:, at]
        covariance = covariance - part @ np.linalg.solve(
            np.eye(2) + change @ part[at], change @ part.T
        )
        harvesting[top] = ~harvesting[top]
    covariance = _covariance(precision, harvesting)
    return harvesting, covariance, covariance @ (_prior_pull(harvesting) + pull)


def flips(
    harvesting: NDArray[np.bool_], covariance: Array, precision: Array, pull: Array
) -> tuple[Array, Array]:
    """What it would be like to turn each channel over, the others as they are.

    Parameters
    ----------
    harvesting
        (C,) as the channels are.
    covariance
        2C x 2C given that.
    precision, pull
        See `search`.

    Returns
    -------
    Log odds of each channel turned over against all as they are (C,), and its own mode then
    (2 x C).
    """
    count = len(harvesting)
    total = _prior_pull(harvesting) + pull
    best = (covariance @ total).reshape(2, count).T
    at = np.arange(count)
    own = covariance.reshape(2, count, 2, count)[:, at, :, at]  # C x 2 x 2
    here = np.stack([_own(h) for h in harvesting])
    there = np.stack([_own(not h) for h in harvesting])
    inner = np.eye(2) + (there - here) @ own
    loss = np.linalg.solve(inner, there - here)  # by which the mode moves, in its own precision
    mean_here, mean_there = _mean(harvesting)[:, None], _mean(~harvesting)[:, None]
    shift = (there * mean_there[:, None]).sum(axis=2) - (here * mean_here[:, None]).sum(axis=2)
    kept = best - np.einsum("cij,cjk,ck->ci", own, loss, best)
    narrowed = own - own @ loss @ own
    mode = kept + np.einsum("cij,cj->ci", narrowed, shift)
    fit = (
        -np.einsum("ci,cij,cj->c", best, loss, best)
        + (kept * shift).sum(axis=1)
        + (mode * shift).sum(axis=1)
    )
    prior = (
        np.linalg.slogdet(there)[1]
        - np.linalg.slogdet(here)[1]
        - there.sum(axis=(1, 2)) * _mean(~harvesting) ** 2
        + here.sum(axis=(1, 2)) * _mean(harvesting) ** 2
    )
    odds = np.where(harvesting, -1.0, 1.0) * (np.log(HARVESTS) - np.log1p(-HARVESTS))
    gain = 0.5 * (-np.linalg.slogdet(inner)[1] + prior + fit) + odds
    return np.asarray(gain, dtype=np.float64), np.asarray(mode.T, dtype=np.float64)


def _own(harvests: bool | np.bool_) -> Array:
    """Prior precision of a channel's two factors, 2 x 2."""
    spread = HARVESTING[1] if harvests else WORKING[1]
    return np.asarray(np.linalg.inv(spread**2 * np.array([[1.0, ALIKE], [ALIKE, 1.0]])), float)


def _mean(harvesting: NDArray[np.bool_]) -> Array:
    """(C,) prior mean of (factor - 1)."""
    return np.where(harvesting, HARVESTING[0] - 1, WORKING[0] - 1)


def _covariance(precision: Array, harvesting: NDArray[np.bool_]) -> Array:
    """2C x 2C of the factors."""
    count = len(harvesting)
    whole = precision.copy()
    for c, harvests in enumerate(harvesting):
        at = np.ix_([c, c + count], [c, c + count])
        whole[at] += _own(harvests)
    return np.asarray(np.linalg.inv(whole), dtype=np.float64)


def _prior_pull(harvesting: NDArray[np.bool_]) -> Array:
    """(2C,) the prior's precision times its mean."""
    each = [_own(h).sum(axis=1) * m for h, m in zip(harvesting, _mean(harvesting), strict=True)]
    return np.array(each).reshape(-1, 2).T.ravel()
