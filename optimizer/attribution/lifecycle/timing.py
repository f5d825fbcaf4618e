"""Does it move when the channel moves? Uplifts held against the calendar.

A channel may find people who were about to act anyway (brand search in the hour before the purchase): among users
its touches then look strong, but the daily counts of steps and purchases do not follow its volume. So the chain is
run over the history with the volumes as they were, and each channel's effects are multiplied by a factor kappa so
that the expected daily counts fit the observed ones. Weeks in which a channel rests or doubles tell most. Each daily
series keeps its own level and slow trend, which therefore say nothing.

Prior: a channel is either at work (kappa near 1: what users show is right) or merely there (kappa near 0: it
harvests). How probable the second is before looking depends on whom the channel finds, see `suspicion`. What a
channel loses goes back to the baseline: those people would have acted anyway.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.attribution.lifecycle.chain import Array, Chain, cohort
from optimizer.attribution.lifecycle.estimate import moves

AT_WORK = (1.0, 0.25)  # kappa of a channel at work: mean and standard deviation
THERE = (0.05, 0.1)  # of one that merely harvests
ALIKE = 0.8  # prior correlation between a channel's kappa for pushing up and for buying
DOUBT = (0.05, 0.85)  # prior chance of harvesting: beyond suspicion, under the greatest
ODD = (
    3.0,
    21.0,
)  # times as often as the others do in the mean: selling outright so much more is odd, and odd at most
READY = 0.4  # ... of a channel that finds people who are readier to buy than the average by such a part, or more
MOST = 1.3  # kappa goes no higher: finding willing people flatters a channel, little belittles it
TREND_WEEKS = (
    8  # organic demand keeps its own level and a smooth trend that may turn about this often
)


@dataclass(frozen=True)
class Timing:
    """kappa: (2, C) for pushing up and for buying; covariance: 2C x 2C; harvest: (C,) chance that the channel merely
    harvests; split: the two answers between which `kappa` lies, (2, 2, C): at work, merely there; dispersion: by daily
    series, 1 is Poisson; apart: (C,) channels that the baseline was estimated without, so that it holds where their kappa
    is 0 (for all others where it is 1); () for none."""

    kappa: Array
    covariance: Array
    harvest: Array
    split: Array
    dispersion: tuple[float, ...]
    apart: tuple[bool, ...] = ()

    @property
    def error(self) -> Array:
        """Standard error of kappa, (2, C), the doubt about harvesting included."""
        gap = (self.split[0] - self.split[1]) ** 2 * self.harvest * (1 - self.harvest)
        out: Array = np.sqrt(np.maximum(np.diag(self.covariance), 0.0).reshape(2, -1) + gap)
        return out

    def draw(self, rng: np.random.Generator, count: int) -> Array:
        """count x 2 x C kappas as they might be: each channel at work or merely there, with the spread of each."""
        root = np.linalg.cholesky(self.covariance + 1e-12 * np.eye(len(self.covariance)))
        noise = (rng.normal(0, 1, (count, len(root))) @ root.T).reshape(count, 2, -1)
        there = rng.random((count, 1, len(self.harvest))) < self.harvest
        out: Array = np.clip(
            np.where(there, self.split[1] + noise * (THERE[1] / AT_WORK[1]), self.split[0] + noise),
            0.0,
            2.0,
        )
        return out


def suspicion(chain: Chain, days: Array) -> Array:
    """Chance, before looking at the calendar, that a channel merely harvests, (C,).

    lift: how much more often than the average person those whom the channel touches buy untouched. The selection
    that can be seen warns of the selection that cannot (Altonji, Elder & Taber 2005). Two scales: up to 1.5 times the
    average nothing is held against a channel, at six times doubt is greatest; and of the way from touching anybody to
    touching only those readiest to buy, a fifth is innocent, more than half is not. A channel that finds readier people and
    sells outright many times as often as the others do in the mean is odd: either it can what none of them can, or it meets
    people who are about to buy. `days`: (S,) person-days per state.
    """
    k = chain.levels
    touched = chain.reach[:, :k] * days[:k]
    usual = max(
        float((days[:k] * chain.hazard[0, :k]).sum() / max(float(days[:k].sum()), 1e-12)), 1e-12
    )
    lift = touched @ chain.hazard[0, :k] / np.maximum(touched.sum(axis=1), 1e-12) / usual
    most = float(chain.hazard[0, :k].max()) / usual
    narrow = (lift - 1) / max(most - 1, 1.0)
    found = np.clip(
        np.maximum((1 - 1.5 / np.maximum(lift, 1e-9)) / 0.75, (narrow - 0.2) / 0.35), 0.0, 1.0
    )
    sells = (chain.buy[0, :, :k] * touched).sum(axis=1) / np.maximum(touched.sum(axis=1), 1e-12)
    alone = (
        sells / np.maximum((sells.sum() - sells) / max(len(sells) - 1, 1), 1e-12)
        if len(sells) > 1
        else np.ones(1)
    )
    odd = np.clip(
        np.log(np.maximum(alone, 1e-9) / ODD[0]) / np.log(ODD[1] / ODD[0]), 0.0, 1.0
    ) * np.clip((lift - 1) / READY, 0.0, 1.0)
    out: Array = DOUBT[0] + (DOUBT[1] - DOUBT[0]) * np.maximum(found, odd)
    return out


def untested(doubt: Array) -> Timing:
    """No calendar evidence: the prior."""
    count = len(doubt)
    return _posterior(np.zeros((2 * count, 2 * count)), np.zeros(2 * count), doubt, ())


def apart(first: Timing, rest: Timing, there: NDArray[np.bool_]) -> Timing:
    """What the calendar says of the channels that were left out (`first`), and of the others without them (`rest`)."""
    both = np.tile(there, 2)
    covariance = np.where(
        np.outer(both, both),
        first.covariance,
        np.where(np.outer(~both, ~both), rest.covariance, 0.0),
    )
    return Timing(
        np.where(there, first.kappa, rest.kappa),
        covariance,
        np.where(there, first.harvest, rest.harvest),
        np.where(there, first.split, rest.split),
        rest.dispersion,
        tuple(there.tolist()),
    )


def timing(
    chain: Chain,
    show: Array,
    touches: Array,
    entering: Array,
    signs: Array,
    sales: Array,
    doubt: Array,
) -> Timing:
    """Fit kappa. touches: days x C; entering: (days,) users first seen; signs: days x (K-1) levels shown; sales: (days,)
    first purchases; all of the users that were read; doubt: see `suspicion`. One Gauss-Newton step from kappa = 1, the effects being nearly
    linear in it."""
    count, days = touches.shape[1], len(touches)
    if days < 21:
        return untested(doubt)
    h = 0.05
    k = np.ones((2 * count + 2, 2, count))
    k[-1] = 0.0  # nobody's touches do anything
    for i in range(2 * count):
        k[i + 1].reshape(-1)[i] += h
    runs = Chain(
        chain.up * k[:, 0, :, None],
        chain.buy * k[:, 1, :, None],
        chain.hazard,
        chain.base,
        chain.reach,
        chain.weight,
        chain.entry,
    )
    # the top level's touches only sell, buyers' touches are judged on first purchases no more than anyone's
    expected = _expected(runs, show, touches, entering)  # n, days, series
    observed = np.column_stack([signs, sales])
    bends = max(3, round(days / 7 / TREND_WEEKS) + 1)
    trend = np.polynomial.legendre.legvander(np.linspace(-1, 1, days), bends - 1)
    start = min(14, days // 4)  # the first weeks do not know what came before
    series = []
    for s in range(observed.shape[1]):
        mean = expected[0, :, s]
        if observed[:, s].sum() < 50 or mean.sum() <= 0:
            continue
        use = slice(start, days)
        root = np.sqrt(1.0 / np.maximum(mean, 0.3))[use]
        slope = ((expected[1:-1, :, s] - mean) / h).T[use] * root[:, None]  # days x 2C
        free = (
            np.maximum(expected[-1, :, s], 0.05 * mean)[use, None] * trend[use] * root[:, None]
        )  # organic demand may rise and fall; effects may not
        y = (observed[:, s] - mean)[use] * root
        same = np.linalg.lstsq(free.T @ free, free.T @ np.column_stack([slope, y]), rcond=None)[0]
        series.append(
            (slope - free @ same[:, :-1], y - free @ same[:, -1])
        )  # what the free trend cannot imitate
    spread = [_scatter(y, bends) for _, y in series]
    precision = sum(
        (a.T @ a / v for (a, _), v in zip(series, spread, strict=True)),
        np.zeros((2 * count, 2 * count)),
    )
    pull = sum((a.T @ y / v for (a, y), v in zip(series, spread, strict=True)), np.zeros(2 * count))
    return _posterior(precision, pull, doubt, tuple(spread))


def _scatter(residual: Array, bends: int) -> float:
    """Variance of standardised residuals, 1 for Poisson days that follow the model, made larger where they run on."""
    return max(1.0, float((residual**2).sum()) / max(len(residual) - bends, 1)) * _runs_on(residual)


def _posterior(
    precision: Array, pull: Array, doubt: Array, dispersion: tuple[float, ...]
) -> Timing:
    """Combine the calendar's Gaussian likelihood of kappa - 1 with the two-sided prior: which channels merely harvest is
    searched greedily, then each is weighed against its alternative with the others as found."""
    count = len(doubt)
    odds = np.log(doubt) - np.log1p(-doubt)

    def solve(there: Array) -> tuple[float, Array, Array]:
        mean = np.tile(np.where(there, THERE[0] - 1, AT_WORK[0] - 1), 2)
        own = np.diag(np.where(there, THERE[1], AT_WORK[1]) ** 2)
        prior = np.block([[own, ALIKE * own], [ALIKE * own, own]])
        inverse = np.linalg.inv(prior)
        covariance = np.linalg.inv(inverse + precision)
        best = covariance @ (inverse @ mean + pull)
        evidence = 0.5 * (
            np.linalg.slogdet(covariance)[1]
            - np.linalg.slogdet(prior)[1]
            + best @ (inverse + precision) @ best
            - mean @ inverse @ mean
        )
        return (
            float(evidence + odds[there].sum()),
            np.asarray(best, dtype=np.float64),
            np.asarray(covariance, dtype=np.float64),
        )

    there = np.zeros(count, dtype=bool)
    score, best, covariance = solve(there)
    for _ in range(2 * count):
        flips = [solve(there ^ (np.arange(count) == c)) for c in range(count)]
        top = int(np.argmax([f[0] for f in flips]))
        if flips[top][0] <= score + 1e-9:
            break
        there = there ^ (np.arange(count) == top)
        score, best, covariance = flips[top]
    harvest, split = np.zeros(count), np.zeros((2, 2, count))
    for c in range(count):
        other_score, other, _ = solve(there ^ (np.arange(count) == c))
        chance = 1 / (1 + np.exp(np.clip(other_score - score, -50, 50)))  # of the answer found
        harvest[c] = chance if there[c] else 1 - chance
        found = 1 + best.reshape(2, count)[:, c]
        instead = 1 + other.reshape(2, count)[:, c]
        split[:, :, c] = (instead, found) if there[c] else (found, instead)
    split = np.clip(split, 0.0, MOST)
    return Timing(
        (1 - harvest) * split[0] + harvest * split[1], covariance, harvest, split, dispersion
    )


def _runs_on(residual: Array, reach: int = 7) -> float:
    """How much less neighbouring days tell when residuals run on: the long-run variance over the plain one (Newey &
    West 1987), at least 1."""
    own = float(residual @ residual)
    if own <= 0:
        return 1.0
    parts = [
        (1 - lag / (reach + 1)) * float(residual[lag:] @ residual[:-lag]) / own
        for lag in range(1, min(reach, len(residual) // 3) + 1)
    ]
    return max(1.0, 1.0 + 2.0 * sum(parts))


def _expected(chain: Chain, show: Array, touches: Array, entering: Array) -> Array:
    """Expected daily counts of each level shown and of first purchases, n x days x K."""
    n, k = len(chain.up), chain.levels
    groups = len(chain.weight)
    now = np.zeros((n, groups, k + 2))
    out = np.zeros((n, len(touches), k))
    seen = (
        chain.base[0, :k, :k, None] * (moves(k)[:, :, :, None] * show[:, :, None, :]).sum(axis=0)
    ).sum(axis=1)  # K x (K-1)
    for d in range(len(touches)):
        now[..., :k] += entering[d] / groups * chain.entry[cohort(d)]
        now, bought, pushed, rest = chain.day(
            now, chain.per_user(now, np.broadcast_to(touches[d], (n, touches.shape[1])))
        )
        out[:, d, : k - 1] = np.einsum("ngs,sj->nj", rest[..., :k], seen) + np.einsum(
            "ngs,sj->nj", pushed[..., :k], show[1]
        )
        out[:, d, k - 1] = bought[..., :k].sum(axis=(1, 2))
    return out


def calibrated(chain: Chain, kappa: Array, typical: Array, apart: Sequence[bool] = ()) -> Chain:
    """The chain with its effects times kappa (n x 2 x C), and the difference given to the baseline.

    typical: C x S touches per user-day in the history, at which totals stay what they were; apart: channels of whose
    effects the baseline already holds all (see `Timing`), so that what they keep is taken from it.
    """
    n = max(len(kappa), len(chain.up))
    up, buy = chain.up * kappa[:, 0, :, None], chain.buy * kappa[:, 1, :, None]
    counted = 1.0 - np.array(apart, dtype=np.float64)[:, None] if len(apart) else 1.0
    lost_up = np.einsum(
        "ncs,cs->ns", np.broadcast_to(chain.up * counted - up, (n, *up.shape[1:])), typical
    )
    lost_buy = np.einsum(
        "ncs,cs->ns", np.broadcast_to(chain.buy * counted - buy, (n, *buy.shape[1:])), typical
    )
    hazard = np.clip(chain.hazard + lost_buy, 0.1 * chain.hazard, 0.9)
    base = np.broadcast_to(chain.base, (n, *chain.base.shape[1:])).copy()
    for k in range(chain.levels - 1):
        move = np.clip(lost_up[:, k], -0.9 * base[:, k, k + 1], 0.9 * base[:, k, k])
        base[:, k, k + 1] += move
        base[:, k, k] -= move
    return Chain(up, buy, hazard, base, chain.reach, chain.weight, chain.entry)
