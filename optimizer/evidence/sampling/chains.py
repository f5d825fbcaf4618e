"""Many chains of the posterior side by side: their state, and how probable it is.

The model, for period t and channel c::

    sold_t   ~ NegativeBinomial(mean = organic_t + tilt_t * sum_c level_c * a_ct, spread)
    a_ct     = carry-over (geometric, keep_c) of s(x) = x / (half_c + x), with s(usual_c) = 1
    organic  = exp(linear splines + season + controls + what all budgets do together)
    tilt     = (organic / its level) ** tie, tie in [0, 1]: how far demand scales what spend brings
    log level_c = log usual_c + common + sum_k trust_k * log credit_kc per money (centred)
                  + platform + own
    credit_k      what a kind of evidence credits channels with: claims, touches, a stage chain

Carry-over and shape follow Jin et al. 2017; what such models get wrong, Chan & Perry 2017;
calibration by tests, Zhang et al. 2023.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimizer.evidence.kind import Company, LiftTest
from optimizer.evidence.sampling.features import (
    claim_shape,
    media_features,
    organic_basis,
    volume_shape,
)
from optimizer.evidence.sampling.hints import Hints, read_hints
from optimizer.evidence.sampling.priors import HALF_LIVES, RATIOS, Priors

Array = NDArray[np.float64]
Index = NDArray[np.int64]
State = dict[str, NDArray[Any]]
NOISE = 0.08  # of a period's sales, relative, beyond counting
TESTED = 8  # periods a test without dates is about
STEPS = {
    "level": 0.6,
    "organic": 0.5,
    "shift": 0.3,
    "pair": 0.5,
    "spread": 0.4,
    "tie": 0.3,
    "many": 0.4,
}


class Chains:
    """N chains; every array's first axis is the chain.

    Parameters
    ----------
    company
        The tables.
    priors
        What is presumed.
    rng
        Where chance comes from.
    count
        N.

    Attributes
    ----------
    s
        The state: level (log, C), i and j (grid places of half-spend and carry-over, C), gamma (log
        organic, B), tie, spread (log noise), common, trust, platform; and what follows from it:
        media (C, T), total, organic, tilt, mu (T), loglik, logtest, logprior.
    """

    def __init__(
        self, company: Company, priors: Priors, rng: np.random.Generator, count: int
    ) -> None:
        self.rng, self.p, self.n = rng, priors, count
        self.spend = spend = np.maximum(np.nan_to_num(company.spend), 0.0)
        self.known = np.isfinite(company.sold)
        self.y = sold = np.maximum(np.nan_to_num(company.sold), 0.0)
        self.count = spend.shape[1]
        self.usual = usual_spend(spend)
        labels = sorted(set(company.platforms))
        self.groups: Index = np.array([labels.index(p) for p in company.platforms], dtype=np.int64)
        turn = (company.starts - company.starts.astype("datetime64[Y]")).astype(float) / 365.25
        self.basis, self.scales = organic_basis(spend, company.days, turn, company.controls, priors)
        self.keeps = 0.5 ** (company.days / np.maximum(HALF_LIVES, 1e-3))
        self.features = media_features(spend, self.usual, self.keeps)
        days = np.log(np.maximum(HALF_LIVES, 1.0) / priors.half_life)
        self.prior_keep = -0.5 * (days / priors.half_life_sd) ** 2
        ratio = -0.5 * (np.log(RATIOS / priors.ratio) / priors.ratio_sd) ** 2
        self.prior_ratio = np.tile(ratio, (self.count, 1))
        if company.claimed is not None:
            claims = np.maximum(np.nan_to_num(company.claimed), 0.0)
            if claims.sum() > 0:
                self.prior_ratio += claim_shape(
                    spend, self.usual, claims, sold, priors.claim_weight
                )
        if company.volume is not None:
            self.prior_ratio += volume_shape(spend, self.usual, company.volume)
        self.hints: Hints = read_hints(company, spend, self.usual, priors)
        self.weight = priors.fact * self.known
        if len(sold) >= 16:
            self.weight[: priors.early_periods] *= priors.early_weight
        self.tests = [
            (t.channel, t.effect, max(t.standard_error, 1e-6), *_tested(t, spend))
            for t in company.tests
        ]
        self.level_y = max(float(sold[self.known].mean()) if self.known.any() else 0.0, 1e-9)
        weighted = float(self.y @ self.weight) / max(float(self.weight.sum()), 1e-9)
        self.mean_y = max(weighted, 0.5)
        self.steps = dict(STEPS)
        self.hits: dict[str, list[float]] = {name: [] for name in STEPS}
        self.root: Array = np.diag(self.scales * 0.2)
        self.s: State = self._start()
        self.refresh()

    def _start(self) -> State:
        """Every chain somewhere in the prior, the mean of sales about right."""
        r, n, c, p, hints = self.rng, self.n, self.count, self.p, self.hints
        share = 1 / (
            1 + np.exp(-(np.log(hints.share / (1 - hints.share)) + 0.7 * r.normal(size=n)))
        )
        trust = hints.trust + hints.trust_sd * r.normal(size=(n, len(hints.offset)))
        trust = np.clip(trust, 0.0, 1.2)
        platform = p.platform_sd * r.normal(size=(n, int(self.groups.max()) + 1))
        i, j = r.integers(1, len(RATIOS) - 1, (n, c)), r.integers(0, 4, (n, c))
        base = np.log(self.usual) + trust @ hints.offset + 0.4 * r.normal(size=(n, c))
        media = np.exp(base)[:, :, None] * self.features[np.arange(c), i, j]
        mean = media.sum(axis=1).mean(axis=1)
        common = np.log(share * self.mean_y / np.maximum(mean, 1e-12))
        gamma = 0.3 * self.scales * r.normal(size=(n, len(self.scales)))
        gamma[:, 0] = np.log((1 - share) * self.mean_y)
        return {
            "level": base + common[:, None],
            "i": i,
            "j": j,
            "gamma": gamma,
            "tie": r.random(n),
            "spread": np.full(n, np.log(NOISE)) + 0.3 * r.normal(size=n),
            "common": common,
            "trust": trust,
            "platform": platform,
        }

    def refresh(self) -> None:
        """Everything that follows from the parameters."""
        s = self.s
        self.constant = self.counting(s["spread"])
        features = self.features[np.arange(self.count), s["i"], s["j"]]
        s["media"] = np.exp(s["level"])[:, :, None] * features
        s["total"] = s["media"].sum(axis=1)
        s["organic"], s["tilt"] = self.demand(s["gamma"], s["tie"])
        s["mu"] = s["organic"] + s["tilt"] * s["total"]
        s["loglik"], s["logtest"], s["logprior"] = self.fits(s["mu"]), self.tested(s), self.prior(s)

    def demand(self, gamma: Array, tie: Array) -> tuple[Array, Array]:
        """(N, T) organic demand, and what a unit of effect is worth then."""
        shape = np.clip(gamma[:, 1:] @ self.basis[:, 1:].T, -8, 8)
        return np.exp(np.clip(gamma[:, :1], -20, 20) + shape), np.exp(tie[:, None] * shape)

    def counting(self, spread: Array) -> tuple[Array, Array]:
        """Size of the negative binomial, and what of its log-density needs no mean."""
        from scipy.special import gammaln

        size = np.exp(-2 * np.clip(spread, -5, 1))[:, None]
        rest = gammaln(self.y + size) - gammaln(size) + size * np.log(size)
        return size, rest @ self.weight

    def fits(self, mu: Array, constant: tuple[Array, Array] | None = None) -> Array:
        """(N,) log-likelihood of what was sold; variance mu + (spread mu)^2."""
        size, rest = self.constant if constant is None else constant
        mu = np.maximum(mu, 1e-6)
        log = self.y * np.log(mu) - (self.y + size) * np.log(mu + size)
        out: Array = log @ self.weight + rest
        return out

    def tested(self, s: State) -> Array:
        """(N,) log-likelihood of the lift tests."""
        out = np.zeros(self.n)
        for c, effect, error, spend, weeks in self.tests:
            ratio, keep = RATIOS[s["i"][:, c]], self.keeps[s["j"][:, c]]
            x = spend / self.usual[c]
            curve = x / (ratio[:, None] + x) * (1 + ratio)[:, None]
            stock, total = np.zeros(self.n), np.zeros(self.n)
            for t in range(len(spend)):
                stock = keep * stock + (1 - keep) * curve[:, t]
                total += stock
            brought = np.exp(s["level"][:, c]) * total * s["tilt"][:, weeks].mean(axis=1)
            out -= 0.5 * ((effect - brought) / error) ** 2
        return out

    def prior_level(self, s: State) -> Array:
        """(N,) log-density of the effects: normal above, slowly falling towards nothing."""
        own = self.hints.own_sd
        centre = np.log(self.usual) + s["common"][:, None] + s["trust"] @ self.hints.offset
        z = (s["level"] - centre - s["platform"][:, self.groups]) / own
        low = 0.5 * own / self.p.zero_tail * (z + 1) - 0.5
        out: Array = np.where(z > -1, -0.5 * z**2, low).sum(axis=1)
        return out

    def prior_hyper(self, s: State) -> Array:
        """(N,) log-density of trust and platforms."""
        z = (s["trust"] - self.hints.trust) / self.hints.trust_sd
        trust = np.where((s["trust"] < -0.2) | (s["trust"] > 1.4), -np.inf, -0.5 * z**2)
        out: Array = trust.sum(axis=1) - 0.5 * ((s["platform"] / self.p.platform_sd) ** 2).sum(
            axis=1
        )
        return out

    def prior(self, s: State) -> Array:
        """(N,) log-density of the effects, of the share of sales that spend caused, and of their
        sum. Both are needed: with the share alone, organic demand could vanish at no cost.
        """
        caused, p = (s["tilt"] * s["total"]).mean(axis=1), self.hints.share
        odds = np.log(np.maximum(caused, 1e-12)) - np.log(
            np.maximum(s["organic"].mean(axis=1), 1e-12)
        )
        z = (odds - np.log(p / (1 - p))) / self.hints.share_sd
        level = np.log(np.maximum(s["mu"].mean(axis=1), 1e-12) / self.level_y) / self.p.level_sd
        out: Array = self.prior_level(s) - 0.5 * z**2 - 0.5 * level**2
        return out

    def scaled(self, level: Array) -> Array:
        """(N, C, T) media at other levels."""
        out: Array = np.exp(level - self.s["level"])[:, :, None] * self.s["media"]
        return out


def usual_spend(spend: Array) -> Array:
    """(C,) mean spend of the periods in which a channel was on; never 0."""
    on = spend > 0
    usual = spend.sum(axis=0) / np.maximum(on.sum(axis=0), 1)
    typical = float(np.median(usual[usual > 0])) if on.any() else 1.0
    return np.where(usual > 0, usual, typical)


def _tested(test: LiftTest, spend: Array) -> tuple[Array, list[int]]:
    """Spend of a test's channel in its periods, and the periods."""
    periods = [t for t in test.periods if 0 <= t < len(spend)]
    periods = periods or list(range(max(0, len(spend) - TESTED), len(spend)))
    return spend[periods, test.channel], periods
