"""Does it move when the channel moves? Uplifts held against the calendar.

A channel may find people who were about to act anyway (brand search in the hour before the
purchase): among users its touches then look strong, but the daily counts of steps and purchases do
not follow its volume. So the chain is run over the history with the volumes as they were, and each
channel's effects are multiplied by a factor, its incrementality, so that the expected daily counts
fit the observed ones. Weeks in which a channel rests or doubles tell most. Each daily series keeps
its own level and slow trend, which therefore say nothing.

Prior: a channel is either at work (incrementality near 1: what users show is right) or merely
harvests (near 0). The second is presumed of no channel more than of another, wherever in the funnel
it meets people: the calendar and tests decide, and other kinds of evidence (see `believed`). What a
channel loses goes back to the baseline: those people would have acted anyway.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.attribution.lifecycle.chain import Array, Chain, cohort
from optimizer.attribution.lifecycle.harvest_search import HARVESTING, WORKING, flips, search
from optimizer.attribution.lifecycle.parameters import move_masks

MOST = 1.3  # it goes no higher: finding willing people flatters a channel, little belittles it
# factors that are drawn lie between: below 0 too, an interval of nothing has to hold 0
LOWEST, HIGHEST = -0.25, 10.0
# organic demand keeps its own level and a smooth trend that may turn about this often
TREND_WEEKS = 8
SHORT_DAYS = 21  # days of data below which the calendar tells nothing
STEP = 0.05  # of the slope in a factor
FEW = 50  # events of a daily series below which it tells nothing


@dataclass(frozen=True)
class Incrementality:
    """How much of each channel's effect is its own, for pushing up (0) and for buying (1).

    Parameters
    ----------
    factor
        (2, C) factors on the effects; 1: as users show, 0: nothing.
    covariance
        2C x 2C of the factors, the channel's state given.
    harvest
        (C,) chance that the channel merely harvests.
    split
        (2, 2, C) the two answers between which `factor` lies: at work, merely harvesting.
    dispersion
        By daily series; 1 is Poisson.
    excluded
        (C,) channels that the baseline was estimated without, so that it holds where their factor
        is 0 (for all others where it is 1); () for none.
    drawn
        D x 2 x C factors as they might be, where they are known as draws (None: by mean and
        covariance).
    """

    factor: Array
    covariance: Array
    harvest: Array
    split: Array
    dispersion: tuple[float, ...]
    excluded: tuple[bool, ...] = ()
    drawn: Array | None = None

    @property
    def error(self) -> Array:
        """Standard error of the factors, (2, C), the doubt about harvesting included."""
        gap = (self.split[0] - self.split[1]) ** 2 * self.harvest * (1 - self.harvest)
        out: Array = np.sqrt(np.maximum(np.diag(self.covariance), 0.0).reshape(2, -1) + gap)
        return out

    def draw(self, rng: np.random.Generator, count: int) -> Array:
        """count x 2 x C factors as they might be: each channel at work or merely harvesting, with
        the spread of each.

        Parameters
        ----------
        rng
            Where the draws come from.
        count
            R.

        Returns
        -------
        R x 2 x C.
        """
        if self.drawn is not None:
            return np.asarray(self.drawn[rng.integers(0, len(self.drawn), count)])
        root = np.linalg.cholesky(self.covariance + 1e-12 * np.eye(len(self.covariance)))
        noise = (rng.normal(0, 1, (count, len(root))) @ root.T).reshape(count, 2, -1)
        harvesting = rng.random((count, 1, len(self.harvest))) < self.harvest
        out: Array = np.clip(
            np.where(
                harvesting,
                self.split[1] + noise * (HARVESTING[1] / WORKING[1]),
                self.split[0] + noise,
            ),
            LOWEST,
            HIGHEST,
        )
        return out


def certain(count: int) -> Incrementality:
    """All effects of `count` channels as users show them, without doubt.

    Parameters
    ----------
    count
        C.
    """
    return Incrementality(
        np.ones((2, count)),
        np.zeros((2 * count, 2 * count)),
        np.zeros(count),
        np.ones((2, 2, count)),
        (),
    )


def untested(count: int) -> Incrementality:
    """No calendar evidence: the prior.

    Parameters
    ----------
    count
        C.
    """
    return _posterior(np.zeros((2 * count, 2 * count)), np.zeros(2 * count), ())


def combined(
    first: Incrementality, rest: Incrementality, excluded: NDArray[np.bool_]
) -> Incrementality:
    """What the calendar says of the channels that were left out, and of the others without them.

    Parameters
    ----------
    first
        Fitted with all channels; says how it is with the excluded ones.
    rest
        Fitted without the excluded channels; says how it is with the others.
    excluded
        (C,) channels that the baseline was estimated without.
    """
    both = np.tile(excluded, 2)
    covariance = np.where(
        np.outer(both, both),
        first.covariance,
        np.where(np.outer(~both, ~both), rest.covariance, 0.0),
    )
    return Incrementality(
        np.where(excluded, first.factor, rest.factor),
        covariance,
        np.where(excluded, first.harvest, rest.harvest),
        np.where(excluded, first.split, rest.split),
        rest.dispersion,
        tuple(excluded.tolist()),
    )


def fit_incrementality(
    chain: Chain, emission: Array, touches: Array, entering: Array, signs: Array, sales: Array
) -> Incrementality:
    """Fit the factors to the calendar.

    One Gauss-Newton step from factors of 1, the effects being nearly linear in them. All counts
    are of the users that were read.

    Parameters
    ----------
    chain
        The estimate, one replicate.
    emission
        3 x K x (K - 1), see `HmmParameters`.
    touches
        days x C touches.
    entering
        (days,) users first seen.
    signs
        days x (K - 1) levels shown.
    sales
        (days,) first purchases.
    """
    count, days = touches.shape[1], len(touches)
    if days < SHORT_DAYS:
        return untested(count)
    expected = _expected_with_each_factor_moved(chain, emission, touches, entering)
    observed = np.column_stack([signs, sales])
    bends = max(3, round(days / 7 / TREND_WEEKS) + 1)
    trend = np.polynomial.legendre.legvander(np.linspace(-1, 1, days), bends - 1)
    start = min(14, days // 4)  # the first weeks do not know what came before
    series = []
    for s in range(observed.shape[1]):
        mean = expected[0, :, s]
        if observed[:, s].sum() < FEW or mean.sum() <= 0:
            continue
        use = slice(start, days)
        root = np.sqrt(1.0 / np.maximum(mean, 0.3))[use]
        slope = ((expected[1:-1, :, s] - mean) / STEP).T[use] * root[:, None]  # days x 2C
        # organic demand may rise and fall; effects may not
        free = np.maximum(expected[-1, :, s], 0.05 * mean)[use, None] * trend[use] * root[:, None]
        y = (observed[:, s] - mean)[use] * root
        same = np.linalg.lstsq(free.T @ free, free.T @ np.column_stack([slope, y]), rcond=None)[0]
        # what the free trend cannot imitate
        series.append((slope - free @ same[:, :-1], y - free @ same[:, -1]))
    spread = [_scatter(y, bends) for _, y in series]
    precision = sum(
        (a.T @ a / v for (a, _), v in zip(series, spread, strict=True)),
        np.zeros((2 * count, 2 * count)),
    )
    pull = sum((a.T @ y / v for (a, y), v in zip(series, spread, strict=True)), np.zeros(2 * count))
    return _posterior(precision, pull, tuple(spread))


def _expected_with_each_factor_moved(
    chain: Chain, emission: Array, touches: Array, entering: Array
) -> Array:
    """Expected daily counts (2C + 2) x days x K: with all factors 1, with each a `STEP` more, and
    with all 0.

    The top level's touches only sell, and buyers' touches are judged on first purchases no more
    than anyone's.
    """
    count = touches.shape[1]
    factor = np.ones((2 * count + 2, 2, count))
    factor[-1] = 0.0  # nobody's touches do anything
    for i in range(2 * count):
        factor[i + 1].reshape(-1)[i] += STEP
    runs = Chain(
        chain.up * factor[:, 0, :, None],
        chain.buy * factor[:, 1, :, None],
        chain.hazard,
        chain.baseline,
        chain.exposure,
        chain.weight,
        chain.initial,
    )
    return _expected(runs, emission, touches, entering)


def _expected(chain: Chain, emission: Array, touches: Array, entering: Array) -> Array:
    """Expected daily counts of each level shown and of first purchases, n x days x K."""
    n, k = len(chain.up), chain.levels
    groups = len(chain.weight)
    now = np.zeros((n, groups, k + 2))
    out = np.zeros((n, len(touches), k))
    seen = (
        chain.baseline[0, :k, :k, None]
        * (move_masks(k)[:, :, :, None] * emission[:, :, None, :]).sum(axis=0)
    ).sum(axis=1)  # K x (K-1)
    for d in range(len(touches)):
        now[..., :k] += entering[d] / groups * chain.initial[cohort(d)]
        now, bought, pushed, rest = chain.day(
            now, chain.per_user(now, np.broadcast_to(touches[d], (n, touches.shape[1])))
        )
        out[:, d, : k - 1] = np.einsum("ngs,sj->nj", rest[..., :k], seen) + np.einsum(
            "ngs,sj->nj", pushed[..., :k], emission[1]
        )
        out[:, d, k - 1] = bought[..., :k].sum(axis=(1, 2))
    return out


def _posterior(precision: Array, pull: Array, dispersion: tuple[float, ...]) -> Incrementality:
    """The calendar's Gaussian likelihood of (factor - 1) with the two-sided prior.

    Which channels merely harvest is searched greedily, then each is weighed against its
    alternative with the others as found.
    """
    harvesting, covariance, best = search(precision, pull)
    gain, other = flips(harvesting, covariance, precision, pull)
    chance = 1 / (1 + np.exp(np.clip(gain, -50, 50)))  # of the answer found
    harvest = np.where(harvesting, chance, 1 - chance)
    found, instead = 1 + best.reshape(2, -1), 1 + other
    split = np.stack([np.where(harvesting, instead, found), np.where(harvesting, found, instead)])
    split = np.clip(split, 0.0, MOST)
    return Incrementality(
        (1 - harvest) * split[0] + harvest * split[1], covariance, harvest, split, dispersion
    )


def _scatter(residual: Array, bends: int) -> float:
    """Variance of standardised residuals, 1 for Poisson days that follow the model, made larger
    where they run on.
    """
    plain = max(1.0, float((residual**2).sum()) / max(len(residual) - bends, 1))
    return plain * _autocorrelation_inflation(residual)


def _autocorrelation_inflation(residual: Array, reach: int = 7) -> float:
    """How much less neighbouring days tell when residuals run on: the long-run variance over the
    plain one (Newey & West 1987), at least 1.
    """
    own = float(residual @ residual)
    if own <= 0:
        return 1.0
    parts = [
        (1 - lag / (reach + 1)) * float(residual[lag:] @ residual[:-lag]) / own
        for lag in range(1, min(reach, len(residual) // 3) + 1)
    ]
    return max(1.0, 1.0 + 2.0 * sum(parts))


def with_incrementality(
    chain: Chain, factor: Array, typical: Array, excluded: Sequence[bool] = ()
) -> Chain:
    """The chain with its effects times the factors, and the difference given to the baseline.

    Parameters
    ----------
    chain
        Effects as users show them.
    factor
        n x 2 x C.
    typical
        C x S touches per user-day in the history, at which totals stay what they were.
    excluded
        (C,) channels of whose effects the baseline already holds all (see `Incrementality`), so
        that what they keep is taken from it.
    """
    n = max(len(factor), len(chain.up))
    up, buy = chain.up * factor[:, 0, :, None], chain.buy * factor[:, 1, :, None]
    counted = 1.0 - np.array(excluded, dtype=np.float64)[:, None] if len(excluded) else 1.0
    lost_up = np.einsum(
        "ncs,cs->ns", np.broadcast_to(chain.up * counted - up, (n, *up.shape[1:])), typical
    )
    lost_buy = np.einsum(
        "ncs,cs->ns", np.broadcast_to(chain.buy * counted - buy, (n, *buy.shape[1:])), typical
    )
    hazard = np.clip(chain.hazard + lost_buy, 0.1 * chain.hazard, 0.9)
    baseline = np.broadcast_to(chain.baseline, (n, *chain.baseline.shape[1:])).copy()
    for k in range(chain.levels - 1):
        move = np.clip(lost_up[:, k], -0.9 * baseline[:, k, k + 1], 0.9 * baseline[:, k, k])
        baseline[:, k, k + 1] += move
        baseline[:, k, k] -= move
    return Chain(up, buy, hazard, baseline, chain.exposure, chain.weight, chain.initial)
