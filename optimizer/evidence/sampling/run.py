"""Draws from the posterior, and whether the chains agree on them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.evidence.belief import RECENT, Belief
from optimizer.evidence.kind import Company
from optimizer.evidence.sampling.chains import Chains, State
from optimizer.evidence.sampling.moves import adapt, sweep
from optimizer.evidence.sampling.priors import RATIOS, Priors
from optimizer.progress import counted, part

Array = NDArray[np.float64]
AGREED = 1.1  # r_hat up to which chains agree (Gelman & Rubin 1992)
ADAPT = 20  # sweeps between two adaptations of the steps


@dataclass(frozen=True)
class Length:
    """How long the chains run.

    Parameters
    ----------
    chains
        Side by side.
    warm, between
        Sweeps before the first draw, and between two draws.
    draws
        Of the belief.
    work
        Chains x sweeps x periods x channels at most (channel moves of one period): where the chains
        do not agree yet they go on, up to this; about 60 seconds of one processor. Counted, not
        timed, so that the same tables give the same draws on every machine.
    """

    chains: int = 64
    warm: int = 200
    between: int = 20
    draws: int = 400
    work: float = 1.5e8


def draw(
    company: Company, seed: int, length: Length | None = None, priors: Priors | None = None
) -> Belief:
    """Draws of every channel's response and of organic demand from totals per period.

    Parameters
    ----------
    company
        The tables: at least two periods and a channel.
    seed
        The same seed gives the same draws.
    length
        How long to run.
    priors
        What is presumed.

    Returns
    -------
    Belief
        Caused plus organic is what was sold in every draw and period.
    """
    length, priors = length or Length(), priors or Priors()
    rng = np.random.default_rng([seed, 20_260_105])
    run = Chains(company, priors, rng, length.chains)
    rounds = int(np.ceil(length.draws / length.chains))
    sweep_cost = length.chains * company.spend.size
    affordable = int(length.work / sweep_cost)
    with part(0.0, 0.15):
        _warm(run, length.warm)
    with part(0.15, 0.3):
        kept = _round(run, rounds, length.between)
    done = 0.3
    spent = length.warm + rounds * length.between
    worst = r_hat(kept)
    while worst > AGREED and affordable - spent >= spent:
        between = spent // rounds  # twice as long, and all that came before is warming up
        with part(done, (1 + done) / 2):
            for __ in range(2):
                _warm(run, between // 4)
            kept = _round(run, rounds, between)
        done = (1 + done) / 2
        spent += rounds * between + between // 2
        worst = r_hat(kept)
    return _belief(company, run, kept, rng, length.draws, worst)


def _warm(run: Chains, sweeps: int) -> None:
    for k in range(sweeps):
        sweep(run)
        if k % ADAPT == ADAPT - 1:
            adapt(run)


def _round(run: Chains, rounds: int, between: int) -> list[State]:
    """The state of all chains after every stretch of sweeps."""
    kept = []
    for __ in counted(range(rounds)):
        for __ in range(between):
            sweep(run)
        run.refresh()
        kept.append(run.s | {"media": run.s["tilt"][:, None, :] * run.s["media"]})
    return kept


def r_hat(kept: list[State]) -> float:
    """The worst disagreement of the chains over effects and share caused (Gelman & Rubin 1992);
    nan with fewer than three rounds.
    """
    traces = np.stack([np.column_stack([k["level"], _share(k)]) for k in kept])
    n = len(traces)
    if n < 3:
        return float("nan")
    within = traces.var(axis=0, ddof=1).mean(axis=0)
    between = traces.mean(axis=0).var(axis=0, ddof=1)
    each = np.sqrt((n - 1) / n + between / np.maximum(within, 1e-12))
    return float(each.max())


def _share(s: State) -> Array:
    total: Array = s["media"].sum(axis=(1, 2)) / np.maximum(s["mu"].sum(axis=1), 1e-9)
    return total


def _belief(
    company: Company,
    run: Chains,
    kept: list[State],
    rng: np.random.Generator,
    draws: int,
    worst: float,
) -> Belief:
    """Draws as curves, and every period's sales split in proportion: independent Poisson sources,
    given their sum. A period whose sales are missing is filled with what the draw expects.
    """
    s = {key: np.concatenate([k[key] for k in kept])[:draws] for key in kept[0]}
    ratio, sd = RATIOS[s["i"]], run.p.future_sd
    sold = np.where(run.known, run.y, s["mu"])
    caused = np.moveaxis(s["media"] / s["mu"][:, None, :], 1, 2) * sold[:, :, None]
    future = np.exp(sd * rng.normal(size=(len(ratio), 1)) - sd**2 / 2)
    level = np.exp(s["level"]) * s["tilt"][:, -RECENT:].mean(axis=1)[:, None]  # demand of late
    claimed = company.claimed
    return Belief(
        channels=company.channels,
        days=company.days,
        ceiling=level * (1 + ratio) * future,
        half=ratio * run.usual,
        keep=run.keeps[s["j"]],
        organic=sold * s["organic"] / s["mu"],
        caused=caused,
        most=run.spend.max(axis=0),
        today=run.spend[-RECENT:].mean(axis=0),
        claimed=None if claimed is None else np.nansum(claimed, axis=0),
        r_hat=worst,
    )
