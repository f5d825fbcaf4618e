"""What enters the posterior: columns of organic demand, and carried-over saturation of spend."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimizer.evidence.sampling.priors import RATIOS, Priors

Array = NDArray[np.float64]
YEAR = 364.0  # days of 52 weeks
VOLUME_NOISE = 0.05  # of touches around their curve, relative, at least
SEASON_FROM = 300  # days of history from which a season can be told from a trend


def organic_basis(
    spend: Array, days: float, turn: Array, controls: Array | None, priors: Priors
) -> tuple[Array, Array]:
    """Columns of log organic demand, and their prior standard deviations.

    Parameters
    ----------
    spend
        (T, C) currency per period.
    days
        Length of a period.
    turn
        (T,) place in the year, 0 to 1.
    controls
        (T, K) (None: none).
    priors
        Sizes of what may move.

    Returns
    -------
    tuple
        (T, B) columns, the first of ones; (B,) standard deviations.
    """
    periods = len(spend)
    t = np.arange(periods) * days
    columns, scales = [np.ones(periods)], [3.0]
    knots = np.arange(0.0, t[-1] - priors.knot_days / 2, priors.knot_days)
    for knot in knots:  # a column lifts everything after its knot: independent steps of a walk
        columns.append(np.clip((t - knot) / priors.knot_days, 0.0, 1.0))
        scales.append(priors.drift)
    if periods * days >= SEASON_FROM:
        angle = 2 * np.pi * turn
        for k in (1, 2):
            columns += [np.sin(k * angle), np.cos(k * angle)]
            scales += [priors.season / k] * 2
    if controls is not None and controls.size:
        z = np.nan_to_num(np.asarray(controls, dtype=float))
        spread = z.std(axis=0)
        columns += list(((z - z.mean(axis=0)) / np.where(spread > 0, spread, 1.0)).T)
        scales += [priors.control] * z.shape[1]
    common, excess = common_movement(spend)
    if excess > 0:
        columns.append(common)
        scales.append(priors.follow * float(np.sqrt(excess)))
    basis = np.column_stack(columns)
    basis[:, 1:] -= basis[:, 1:].mean(axis=0)
    return basis, np.array(scales)


def common_movement(spend: Array) -> tuple[Array, float]:
    """(T,) what all channels' spend does together, and the mean correlation between them.

    Where everything rises together, budgets may have followed demand: organic demand may move too.
    """
    x = np.log1p(spend / np.maximum(spend.mean(axis=0), 1e-9))[:, spend.std(axis=0) > 0]
    count = x.shape[1]
    if count < 2:
        return np.zeros(len(spend)), 0.0
    z = (x - x.mean(axis=0)) / x.std(axis=0)
    mean = z.mean(axis=1)
    return mean, float(np.clip((mean.var() * count - 1) / (count - 1), 0.0, 1.0))


def media_features(spend: Array, usual: Array, keeps: Array) -> Array:
    """Carried-over saturation (geometric carry-over of x / (half + x)), 1 at usual spend.

    Parameters
    ----------
    spend
        (T, C) currency per period.
    usual
        (C,) currency per period when the channel is on.
    keeps
        Shares of an effect that last into the next period, one per grid place.

    Returns
    -------
    Array
        (C, ratios, keeps, T).
    """
    x = (spend / usual).T  # C, T
    s = x[:, None, :] / (RATIOS[None, :, None] + x[:, None, :]) * (1 + RATIOS)[None, :, None]
    out = np.empty((*s.shape[:2], len(keeps), s.shape[2]))
    first = s[..., : min(4, s.shape[2])].mean(axis=-1)
    for j, keep in enumerate(keeps):
        stock = first.copy()
        for t in range(s.shape[2]):
            stock = keep * stock + (1 - keep) * s[..., t]
            out[:, :, j, t] = stock
    return out


def claim_shape(spend: Array, usual: Array, claimed: Array, sold: Array, weight: float) -> Array:
    """(C, ratios) log weight of each half-spend from how a platform's buyers move with its spend.

    A claim says who was met, not who was won; but who is met saturates as the volume bought does.

    Parameters
    ----------
    spend, claimed
        (T, C) currency and conversions per period.
    usual
        (C,) currency per period.
    sold
        (T,) customers per period.
    weight
        What a period of claims weighs, 0 to 1.
    """
    out = np.zeros((spend.shape[1], len(RATIOS)))
    base = np.maximum(sold, 1.0)
    for c in range(spend.shape[1]):
        x = spend[:, c] / usual[c]
        both = np.stack([x, np.concatenate([x[:1], x[:-1]])])
        on = (both.sum(axis=0) > 0.05) & (np.arange(len(x)) >= 1)
        if on.sum() < 8 or claimed[:, c].sum() < 20:
            continue
        share = np.log((claimed[on, c] + 0.5) / base[on])
        trend = np.column_stack([np.ones(on.sum()), np.linspace(-1, 1, int(on.sum()))])
        w = np.sqrt(1 / (0.02 + 1 / (claimed[on, c] + 1)))
        for i, ratio in enumerate(RATIOS):
            s = (both[:, on] / (ratio + both[:, on])).mean(axis=0)
            r = share - np.log(s)
            r = r - trend @ np.linalg.lstsq(trend * w[:, None], r * w, rcond=None)[0]
            out[c, i] = -0.5 * weight * on.sum() * np.log(np.mean((w * r) ** 2) + 1e-9)
        out[c] -= out[c].max()
    return out


def volume_shape(spend: Array, usual: Array, volume: Array) -> Array:
    """(C, ratios) log weight of each half-spend from the touches that spend bought.

    Parameters
    ----------
    spend, volume
        (T, C) currency and touches per period.
    usual
        (C,) currency per period.
    """
    out = np.zeros((spend.shape[1], len(RATIOS)))
    for c in range(spend.shape[1]):
        on = (spend[:, c] > 0.05 * usual[c]) & (volume[:, c] > 0)
        if on.sum() < 8:
            continue
        x, touches = spend[on, c] / usual[c], np.log(volume[on, c])
        for i, ratio in enumerate(RATIOS):
            off = touches - np.log(x / (ratio + x))
            out[c, i] = -0.5 * on.sum() * np.log(off.var() + VOLUME_NOISE**2)
        out[c] -= out[c].max()
    return out
