"""One sweep over everything that is not known: Metropolis steps, every chain its own.

Half-spend and carry-over move on grids, everything else continuously; `ensemble` is the move along
differences of chains of ter Braak 2006.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimizer.evidence.sampling.chains import NOISE, Array, Chains, Index

WANTED = 0.3  # of the proposals are taken
NOISE_SD = 0.7  # log-spread of the noise's prior


def sweep(run: Chains) -> None:
    """One round."""
    for c in run.rng.permutation(run.count):
        _channel(run, int(c))
    for __ in range(2):
        move = run.rng.normal(size=run.s["gamma"].shape) @ run.root.T
        move *= _step(run, "organic")[:, None]
        _decide(run, "organic", 0.0, gamma=run.s["gamma"] + move)
    _shift(run)
    for __ in range(max(1, run.count // 3)):
        if run.count > 1:
            _pair(run)
    for __ in range(2):
        _ensemble(run)
    _noise(run)
    tie = run.s["tie"] + _step(run, "tie") * run.rng.normal(size=run.n)
    inside = (tie >= 0) & (tie <= 1)
    _decide(run, "tie", np.where(inside, 0.0, -np.inf), tie=np.clip(tie, 0, 1))
    _hyper(run)


def adapt(run: Chains) -> None:
    """Steps towards three acceptances in ten; organic moves from the curvature at the mean."""
    for name, got in run.hits.items():
        if got:
            size = run.steps[name] * np.exp(float(np.mean(got)) - WANTED)
            run.steps[name] = float(np.clip(size, 0.02, 3.0))
        got.clear()
    s, mu = run.s, run.s["mu"].mean(axis=0)
    slope = (s["organic"] + s["tie"][:, None] * s["tilt"] * s["total"]).mean(axis=0)
    variance = np.maximum(mu + (np.exp(np.mean(s["spread"])) * mu) ** 2, 1e-9)
    curvature = run.basis.T * (run.weight * slope**2 / variance) @ run.basis
    inverse = np.linalg.inv(curvature + np.diag(run.scales**-2.0))
    run.root = np.linalg.cholesky((inverse + inverse.T) / 2) / np.sqrt(len(run.scales))


def _step(run: Chains, name: str) -> Array:
    """(N,) sizes of a move, now and then much smaller or larger."""
    out: Array = run.steps[name] * np.exp(0.7 * run.rng.normal(size=run.n))
    return out


def _decide(
    run: Chains,
    name: str,
    extra: Array | float,
    only: NDArray[np.bool_] | None = None,
    **new: NDArray[Any],
) -> NDArray[np.bool_]:
    """Metropolis step to the `new` values; `extra` is what else enters the log ratio."""
    old, s = run.s, run.s | new
    if "media" in new:
        s["total"] = new["media"].sum(axis=1)
    if "gamma" in new or "tie" in new:
        s["organic"], s["tilt"] = run.demand(s["gamma"], s["tie"])
    s["mu"] = s["organic"] + s["tilt"] * s["total"]
    s["loglik"], s["logprior"] = run.fits(s["mu"]), run.prior(s)
    if run.tests:
        s["logtest"] = run.tested(s)
    ratio = sum(s[k] - old[k] for k in ("loglik", "logtest", "logprior")) + extra
    if "gamma" in new:
        steps = (s["gamma"] / run.scales) ** 2 - (old["gamma"] / run.scales) ** 2
        ratio = ratio - 0.5 * steps[:, 1:].sum(axis=1)
    ok: NDArray[np.bool_] = np.log(run.rng.random(run.n)) < ratio
    if only is not None:
        ok &= only
    run.hits[name].append(float(ok.mean() if only is None else ok[only].mean()))
    for key, value in s.items():
        if value is not old[key]:
            at = ok.reshape(-1, *[1] * (value.ndim - 1))
            s[key] = np.where(at, value, old[key])
    run.s = s
    return ok


def _channel(run: Chains, c: int) -> None:
    """One channel's level, half-spend and carry-over together."""
    r, n, s = run.rng, run.n, run.s
    level, extra = s["level"].copy(), np.zeros(n)
    places: dict[str, Index] = {}
    for key, prior in (("i", run.prior_ratio[c]), ("j", run.prior_keep)):
        places[key] = s[key].copy()
        wish = s[key][:, c] + r.integers(-1, 2, n)
        places[key][:, c] = np.clip(wish, 0, len(prior) - 1)
        inside = wish == places[key][:, c]
        extra += np.where(inside, prior[places[key][:, c]] - prior[s[key][:, c]], -np.inf)
    level[:, c] += _step(run, "level") * r.normal(size=n)
    feature = run.features[c, places["i"][:, c], places["j"][:, c]]
    media = np.exp(level[:, c])[:, None] * feature
    total = s["total"] - s["media"][:, c] + media
    ok = _decide(run, "level", extra, level=level, total=total, i=places["i"], j=places["j"])
    run.s["media"][ok, c] = media[ok]


def _ensemble(run: Chains) -> None:
    """Half of the chains move along differences of the other half."""
    r, n, s = run.rng, run.n, run.s
    half = (np.arange(n) < n // 2) == (r.random() < 0.5)
    other = np.flatnonzero(~half)
    a, b = r.choice(other, n), r.choice(other, n)
    size = np.where(r.random(n) < 0.1, 1.0, _step(run, "many"))[:, None]
    pick = r.random((n, run.count)) < r.choice([0.3, 0.6, 1.0], n)[:, None]
    level = s["level"] + size * pick * (s["level"][a] - s["level"][b])
    level += 1e-3 * r.normal(size=level.shape)
    gamma = s["gamma"] + size * (s["gamma"][a] - s["gamma"][b])
    _decide(run, "many", 0.0, half, level=level, gamma=gamma, media=run.scaled(level))


def _shift(run: Chains) -> None:
    """All channels up or down together, organic the other way: the mean of sales stays."""
    s, step = run.s, _step(run, "shift") * run.rng.normal(size=run.n)
    organic = np.maximum(s["organic"].mean(axis=1), 1e-12)
    rest = 1 - (s["mu"] - s["organic"]).mean(axis=1) * np.expm1(step) / organic
    gamma = s["gamma"].copy()
    gamma[:, 0] += np.log(np.maximum(rest, 1e-9))
    # the centre of the levels moves along; the map's determinant is that of gamma: 1 / rest
    extra = np.where(rest > 1e-6, -np.log(np.maximum(rest, 1e-9)), -np.inf)
    level = s["level"] + step[:, None]
    _decide(
        run,
        "shift",
        extra,
        level=level,
        gamma=gamma,
        media=run.scaled(level),
        common=s["common"] + step,
    )


def _pair(run: Chains) -> None:
    """What one channel gains another loses."""
    a, b = run.rng.choice(run.count, 2, replace=False)
    step = _step(run, "pair") * run.rng.normal(size=run.n)
    mean = np.maximum(run.s["media"].mean(axis=2), 1e-12)
    left = mean[:, b] - mean[:, a] * np.expm1(step)
    change = np.log(np.maximum(left, 1e-12) / mean[:, b])
    level = run.s["level"].copy()
    level[:, a] += step
    level[:, b] += change
    extra = np.where(left > 1e-9 * run.mean_y, -change, -np.inf)  # the map's determinant
    _decide(run, "pair", extra, level=level, media=run.scaled(level))


def _noise(run: Chains) -> None:
    """Noise beyond counting, relative; about 8 %."""
    s, middle = run.s, np.log(NOISE)
    spread = s["spread"] + _step(run, "spread") * run.rng.normal(size=run.n)
    constant = run.counting(spread)
    loglik = run.fits(s["mu"], constant)
    z, was = (spread - middle) / NOISE_SD, (s["spread"] - middle) / NOISE_SD
    ok = np.log(run.rng.random(run.n)) < loglik - s["loglik"] - 0.5 * (z**2 - was**2)
    run.hits["spread"].append(float(ok.mean()))
    s["spread"] = np.where(ok, spread, s["spread"])
    s["loglik"] = np.where(ok, loglik, s["loglik"])
    size, rest = run.constant
    run.constant = np.where(ok[:, None], constant[0], size), np.where(ok, constant[1], rest)


def _hyper(run: Chains) -> None:
    """Common level, trust in claims, platforms: given the effects, priors only."""
    for __ in range(3):
        for name, size in (("common", 0.3), ("trust", 0.15), ("platform", 0.2)):
            old = run.s[name]
            new = run.s | {name: old + size * run.rng.normal(size=old.shape)}
            gain = run.prior_level(new) + run.prior_hyper(new)
            gain -= run.prior_level(run.s) + run.prior_hyper(run.s)
            ok = np.log(run.rng.random(run.n)) < gain
            run.s[name] = np.where(ok if old.ndim == 1 else ok[:, None], new[name], old)
    run.s["logprior"] = run.prior(run.s)
