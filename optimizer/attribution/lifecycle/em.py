"""Hidden levels from event-days: accelerated expectation-maximisation.

The model is told in `parameters`, the expectation step in `forward_backward`. The causes of a step
are split as in noisy-or models: each touch fires with its own chance, the step happens if any
does. Rounds are accelerated by SQUAREM (Varadhan & Roland 2008, scheme S3).
"""

from __future__ import annotations

import numpy as np

from optimizer.attribution.lifecycle.chain import COHORTS, cohort
from optimizer.attribution.lifecycle.forward_backward import (
    TINY,
    Posterior,
    expect,
    quiet_moves,
    standing_at_the_end,
)
from optimizer.attribution.lifecycle.parameters import (
    ExpectedCounts,
    HmmParameters,
    from_logit,
    move_masks,
    to_logit,
)
from optimizer.attribution.lifecycle.partial_pooling import pooled_chance
from optimizer.attribution.lifecycle.sequence import Array, Index, Sequence, by_bucket
from optimizer.progress import counted

COMPANY = 50.0  # weight of all cohorts in where one of them enters, in people
PATIENCE = 3  # rounds without a better fit after which the estimation ends


def estimate(
    seq: Sequence,
    volume: Array,
    parameters: HmmParameters,
    rounds: int,
    prior: HmmParameters,
    buckets: int = 1,
    pooling: Array | None = None,
    tolerance: float = 1e-6,
) -> tuple[HmmParameters, ExpectedCounts]:
    """Improve the parameters for a number of rounds, fewer when they stop moving.

    A round is two steps of expectation-maximisation and a SQUAREM step along where they lead,
    taken back when it fits worse; the last round is a plain step from the best. What is judged is
    the fit from `seq.since` on; as the time before pulls a little too, it may fall again, and then
    rounds end.

    Parameters
    ----------
    seq
        The lives.
    volume
        days x C touches of the people in `seq`.
    parameters
        Where to start.
    rounds
        Most rounds.
    prior
        What is believed before looking, see `first_guess`.
    buckets
        Groups of users by which the last step's expected counts are kept.
    pooling
        C x C weights of siblings, see `pooling_weights`.
    tolerance
        Relative gain of the log-likelihood below which a round was no better.

    Returns
    -------
    The best parameters after a last plain step, and that step's expected counts.
    """
    best, best_fit, stale, last, safe = parameters, -np.inf, 0, -np.inf, parameters
    for _turn in counted(range(rounds)):
        one, found = em_step(seq, volume, parameters, prior, 1, pooling)
        if found.log_likelihood < last - 1e-9 * abs(last):  # the SQUAREM step went too far
            parameters = safe
            one, found = em_step(seq, volume, parameters, prior, 1, pooling)
        fit = found.log_likelihood
        stale = stale + 1 if fit - best_fit < tolerance * abs(fit) else 0
        if fit > best_fit:
            best, best_fit = parameters, fit
        if stale >= PATIENCE:
            break
        last = fit
        safe, __ = em_step(seq, volume, one, prior, 1, pooling)
        parameters = squarem_step(parameters, one, safe)
    return em_step(seq, volume, best, prior, buckets, pooling)


def em_step(
    seq: Sequence,
    volume: Array,
    parameters: HmmParameters,
    prior: HmmParameters,
    buckets: int,
    pooling: Array | None,
) -> tuple[HmmParameters, ExpectedCounts]:
    """One plain step of expectation-maximisation: better parameters, and the counts they come from.

    Parameters as in `estimate`.
    """
    posterior = expect(seq, volume, parameters)
    return _maximise(seq, volume, parameters, posterior, prior, buckets, pooling)


def squarem_step(before: HmmParameters, one: HmmParameters, two: HmmParameters) -> HmmParameters:
    """Extrapolate three iterates on the scale of logits (SQUAREM; Varadhan & Roland 2008, scheme
    S3).

    Parameters
    ----------
    before, one, two
        Parameters, and what one and two plain steps make of them.

    Returns
    -------
    Further along the same way; it may fit worse.
    """
    x0, x1, x2 = (to_logit(r) for r in (before, one, two))
    moved, bent = x1 - x0, x2 - 2 * x1 + x0
    size = float(np.sqrt((moved**2).sum() / max(float((bent**2).sum()), 1e-12)))
    a = -min(max(size, 1.0), 16.0)
    return from_logit(x0 - 2 * a * moved + a * a * bent, two)


def _maximise(
    seq: Sequence,
    volume: Array,
    r: HmmParameters,
    x: Posterior,
    prior: HmmParameters,
    buckets: int,
    pooling: Array | None,
) -> tuple[HmmParameters, ExpectedCounts]:
    """The maximisation step, and the expected counts it was made from."""
    levels = len(r.hazard)
    standing = x.xi.sum(axis=1)
    gamma = standing * (seq.day >= seq.since)
    stays = gamma * ~seq.bought
    moved = x.xi.reshape(levels * levels, -1) @ seq.outcomes
    fired, sold = _firings(seq, r, x, gamma)
    group = seq.bucket[seq.owner] % buckets
    active = seq.active if buckets == 1 else by_bucket(seq.active, group, buckets)
    found = active.T @ np.ascontiguousarray(np.concatenate([fired, sold, stays]).T)
    pushes, buys, trials = np.split(found.reshape(buckets, -1, 3 * levels), 3, axis=2)
    pushes, buys = pushes * r.up, buys * r.buy
    organic = _sum_by(sold * r.hazard[:, None], group, buckets)
    quiet, quiet_ever = quiet_moves(seq, x)
    quiet_days = quiet.sum(axis=1)
    days = _sum_by(gamma, group, buckets)
    days = days + quiet_days * (
        days.sum(axis=1, keepdims=True) / max(float(days.sum()), TINY) if buckets > 1 else 1.0
    )
    up = pooled_chance(pushes.sum(axis=0), trials.sum(axis=0), prior.up, pooling)
    up[:, -1] = 0.0
    buy = pooled_chance(buys.sum(axis=0), trials.sum(axis=0) + buys.sum(axis=0), prior.buy, pooling)
    up[seq.inert], buy[seq.inert] = 0.0, 0.0
    hazard = np.clip((organic.sum(axis=0) + 0.01) / (days.sum(axis=0) + 50), 1e-8, 0.5)
    pushed = (fired[:-1] * (1 - x.idle[:-1])).sum(axis=1)
    went, baseline = _baseline(seq, moved[:, 1].reshape(levels, levels), pushed, quiet)
    reached = seq.touches.T @ np.ascontiguousarray(gamma.T)
    new = HmmParameters(
        up,
        buy,
        hazard,
        baseline,
        _emission(moved, prior.emission, quiet_ever),
        _exposure(seq, volume, r.exposure, gamma, reached),
        _initial(seq, standing),
    )
    end = standing_at_the_end(seq, x)
    return new, ExpectedCounts(pushes, buys, trials, organic, days, went, reached, end, x.late)


def _firings(seq: Sequence, r: HmmParameters, x: Posterior, gamma: Array) -> tuple[Array, Array]:
    """Steps up and purchases per unit of the chance that caused them, K x R each: what a touch's
    own chance is multiplied with for its expected firings (noisy-or). gamma: K x R chance to stand
    in a level, on days that count.
    """
    a = np.arange(len(gamma) - 1)
    # a step of one level, any cause
    chance = x.idle[:-1] * r.baseline[a, a + 1][:, None] + 1 - x.idle[:-1]
    fired = np.zeros_like(gamma)
    fired[:-1] = x.xi[a, a + 1] * seq.outcomes[:, 1] / np.maximum(chance, TINY)
    sold = gamma * seq.bought / np.maximum(1 - x.keep, TINY)
    return fired, sold


def _baseline(seq: Sequence, moved: Array, pushed: Array, quiet: Array) -> tuple[Array, Array]:
    """Expected untouched transitions, and their shares of each row, K x K each.

    moved: K x K moves on days with events; pushed: (K - 1,) of them steps up that touches caused;
    quiet: K x K moves on days without events.
    """
    levels = len(moved)
    a = np.arange(levels - 1)
    went = moved.copy()
    went[a, a + 1] -= pushed  # the pushed ones are not baseline
    went = np.maximum(went, 0.0) + quiet
    hold = np.full((levels, levels), 0.2)
    hold[np.arange(levels), np.arange(levels)] = 20.0
    share = (went + hold) / (went + hold).sum(axis=1, keepdims=True)
    return went, _stated_fade(share, seq.fade)


def _stated_fade(baseline: Array, fade: float | None) -> Array:
    """The baseline with a stated chance to fall one level, and to no other below; the rest of each
    row keeps its proportions.
    """
    if fade is None:
        return baseline
    out = np.triu(baseline)
    out *= (1 - fade * (np.arange(len(baseline)) > 0)[:, None]) / out.sum(axis=1, keepdims=True)
    rung = np.arange(1, len(baseline))
    out[rung, rung - 1] = fade
    return out


def _emission(moved: Array, prior: Array, quiet: Array) -> Array:
    """Chance of each sign by move, 3 x K x (K - 1), of all time: what a stage looks like, it
    always did. moved: K^2 x (K + 1) moves by `Sequence.outcomes`; quiet: K x K.
    """
    levels = len(quiet)
    by_move = np.einsum("mab,abo->mao", move_masks(levels), moved.reshape(levels, levels, -1))
    total = by_move[:, :, 0] + (quiet * move_masks(levels)).sum(axis=2)
    out = (by_move[:, :, 2:] + 5 * prior) / (total[:, :, None] + 5)
    return np.asarray(np.clip(out, 1e-7, 1 - 1e-4), dtype=np.float64)


def _initial(seq: Sequence, standing: Array) -> Array:
    """Initial distribution by cohort, cohorts x K: a thin cohort stands where the others do."""
    first = slice(0, seq.offset[1])
    start = _sum_by(standing[:, first], cohort(seq.day[first]), len(COHORTS) + 1)
    start = start + (start.sum(axis=0) + 1.0) * COMPANY / (start.sum() + len(standing))
    return np.asarray(start / start.sum(axis=1, keepdims=True), dtype=np.float64)


def _exposure(seq: Sequence, volume: Array, exposure: Array, gamma: Array, reached: Array) -> Array:
    """Exposure propensity of each channel by level, C x K, given the mix of channels on each
    day.
    """
    per_day = _sum_by(gamma * seq.touched, seq.day, len(volume))
    mix = volume / np.maximum(volume.sum(axis=1, keepdims=True), TINY)
    expected = mix.T @ (per_day / np.maximum(mix @ exposure, TINY))
    new = (reached + 5.0) / (expected + 5.0)
    out: Array = new / new.mean(axis=0, keepdims=True)
    return out


def _sum_by(weight: Array, group: Index, groups: int) -> Array:
    """Sums of weight (K x R) by group, groups x K."""
    return np.stack([np.bincount(group, row, minlength=groups) for row in weight], axis=1)
