"""Hidden levels from event-days: expectation-maximisation for a chain whose steps are pushed by touches.

Model, per user and day before the first purchase, level k = 0 .. K-1 (hidden):
  buys            1 - (1 - h[k]) prod_c (1 - buy[c,k])^n_c          n_c: touches of channel c at work that day
  else steps up   1 - prod_c (1 - up[c,k])^n_c                      pushed by a touch
  else            moves by the baseline A[k, .]                     with no touch: up, down, stays
  shows level j   e[move, k, j], move = stays, up, down             milestones are signs, seldom certain
  is touched by c in proportion to reach[c,k]                       only *which* channel touches tells of the level,
                                                                    so that busy users do not look willing
Baum, Petrie, Soules & Weiss 1970 for the chain; the causes of a step are split as in noisy-or models (each touch
fires with its own chance, the step happens if any does). Days without events share one matrix, so a gap of g days
costs one lookup of its g-th power.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from optimizer.attribution.lifecycle.chain import COHORTS, cohort
from optimizer.attribution.lifecycle.sequence import Array, Index, Sequence
from optimizer.progress import counted

TRIALS = 30.0  # weight of the prior of a touch's effect, in touches
COMPANY = 50.0  # weight of all cohorts in where one of them enters, in people
PATIENCE = 3  # rounds without a better fit after which the estimation ends
TINY = 1e-9


@dataclass(frozen=True)
class Rates:
    """The model's numbers. C channels, K levels. up, buy: C x K per touch; hazard: K per day; base: K x K per day;
    show: 3 x K x (K-1) by move (stays, up, down); reach: C x K, relative; start: cohorts x K, level at the first event."""

    up: Array
    buy: Array
    hazard: Array
    base: Array
    show: Array
    reach: Array
    start: Array


@dataclass(frozen=True)
class Found:
    """Expected counts behind `Rates`, by user bucket (first axis B) where an interval needs them.

    pushes, buys, trials: B x C x K (firings that stepped, firings that bought, touches at work)
    organic: B x K (purchases without a touch); days: B x K user-days in a level
    reached: C x K touches on users in a level; level: U x K where each user stands at the end (0 for buyers)
    fit: log-likelihood of what happened from `Sequence.since` on; all counts but `level` are of that time
    """

    pushes: Array
    buys: Array
    trials: Array
    organic: Array
    days: Array
    moves: Array
    reached: Array
    level: Array
    fit: float


def first_guess(channels: int, levels: int) -> Rates:
    """Where the estimation starts: milestones mean what they say, touches do a little."""
    base = np.zeros((levels, levels))
    for a in range(levels):
        for b in range(levels):
            base[a, b] = {1: 0.01, -1: 0.03}.get(b - a, 0.0005 if a != b else 0.0)
        base[a, a] = 1 - base[a].sum()
    show = np.full((3, levels, max(levels - 1, 0)), 0.002)
    for j in range(1, levels):
        for a in range(levels):
            show[1, a, j - 1] = 0.7 if a == j - 1 else 0.05 if a < j - 1 else 0.002
            show[0, a, j - 1] = 0.02 if a == j else 0.0004
    rung = np.arange(levels)
    top = np.where(rung == levels - 1, 0.01, 0.0003 * (rung + 1))
    up = np.full((channels, levels), 0.02)
    up[:, -1] = 0.0
    start = np.full(levels, 0.2 / max(levels - 1, 1))
    start[0] = 1.0 if levels == 1 else 0.8
    return Rates(
        up,
        np.tile(top, (channels, 1)),
        top,
        base,
        show,
        np.ones((channels, levels)),
        np.tile(start, (len(COHORTS) + 1, 1)),
    )


def estimate(
    seq: Sequence,
    volume: Array,
    rates: Rates,
    rounds: int,
    prior: Rates,
    buckets: int = 1,
    siblings: Array | None = None,
    tolerance: float = 1e-6,
) -> tuple[Rates, Found]:
    """Improve `rates` for a number of rounds, fewer when they stop moving. volume: days x C touches.

    A round is two steps of expectation-maximisation and a leap along where they lead (Varadhan & Roland 2008,
    SQUAREM), taken back when it fits worse; the last round is a plain step from the best. What is judged is the fit from
    `seq.since` on; as the time before pulls a little too, it may fall again, and then rounds end.
    """
    best, best_fit, stale, last, safe = rates, -np.inf, 0, -np.inf, rates
    for _ in counted(range(rounds)):
        one, found = _step(seq, volume, rates, prior, 1, siblings)
        if found.fit < last - 1e-9 * abs(last):  # the leap went too far
            rates = safe
            one, found = _step(seq, volume, rates, prior, 1, siblings)
        stale = stale + 1 if found.fit - best_fit < tolerance * abs(found.fit) else 0
        if found.fit > best_fit:
            best, best_fit = rates, found.fit
        if stale >= PATIENCE:
            break
        last = found.fit
        safe, _ = _step(seq, volume, one, prior, 1, siblings)
        rates = _leap(rates, one, safe)
    return _step(seq, volume, best, prior, buckets, siblings)


def _step(
    seq: Sequence, volume: Array, rates: Rates, prior: Rates, buckets: int, siblings: Array | None
) -> tuple[Rates, Found]:
    return _maximise(seq, volume, rates, _expect(seq, volume, rates), prior, buckets, siblings)


def _leap(before: Rates, one: Rates, two: Rates) -> Rates:
    """Extrapolate three iterates on the scale of logits."""
    x0, x1, x2 = (_open(r) for r in (before, one, two))
    moved, bent = x1 - x0, x2 - 2 * x1 + x0
    size = float(np.sqrt((moved**2).sum() / max(float((bent**2).sum()), 1e-12)))
    a = -min(max(size, 1.0), 16.0)
    return _close(x0 - 2 * a * moved + a * a * bent, two)


_PARTS = ("up", "buy", "hazard", "base", "show", "reach", "start")


def _open(r: Rates) -> Array:
    """All numbers as one vector without bounds."""
    parts = []
    for name in _PARTS:
        x = getattr(r, name).ravel()
        parts.append(
            np.log(np.maximum(x, 1e-8))
            if name in ("base", "reach", "start")
            else np.log(np.maximum(x, 1e-8)) - np.log1p(-np.minimum(x, 1 - 1e-6))
        )
    return np.concatenate(parts)


def _close(x: Array, like: Rates) -> Rates:
    out, at = {}, 0
    for name in _PARTS:
        shape = getattr(like, name).shape
        part = np.clip(x[at : at + int(np.prod(shape))].reshape(shape), -18.0, 7.0)
        at += part.size
        if name in ("base", "start"):
            part = np.exp(part - part.max(axis=-1, keepdims=True))
            out[name] = part / part.sum(axis=-1, keepdims=True)
        elif name == "reach":
            out[name] = np.exp(part) / np.exp(part).mean(axis=0, keepdims=True)
        else:
            out[name] = 1 / (1 + np.exp(-part))
    out["up"][:, -1] = 0.0
    out["up"], out["buy"] = np.minimum(out["up"], 0.9), np.minimum(out["buy"], 0.9)
    out["hazard"], out["show"] = (
        np.minimum(out["hazard"], 0.5),
        np.clip(out["show"], 1e-7, 1 - 1e-4),
    )
    return Rates(**out)


def _expect(seq: Sequence, volume: Array, r: Rates) -> dict[str, Any]:
    """Posterior of every row's move: `xi`, R x K x K (level at the day's start, at its end)."""
    levels = len(r.hazard)
    shown = _shown(r.show, levels)
    idle = np.exp(seq.active @ np.log1p(-np.minimum(r.up, 0.999)))  # R x K: no push
    keep = (1 - r.hazard) * np.exp(
        seq.active @ np.log1p(-np.minimum(r.buy, 0.999))
    )  # R x K: no purchase
    norm = volume @ r.reach / np.maximum(volume.sum(axis=1, keepdims=True), TINY)
    seen = np.exp(
        seq.touches @ np.log(r.reach)
        - seq.touches.sum(axis=1, keepdims=True) * np.log(np.maximum(norm, TINY))[seq.day]
    )
    step = idle[:, :, None] * r.base
    a = np.arange(levels - 1)
    step[:, a, a + 1] += 1 - idle[:, :-1]
    step[:, -1] = r.base[-1]
    move = step * shown[seq.sign]
    move *= (seen * keep)[:, :, None]
    buys = np.flatnonzero(seq.bought)
    move[buys] = 0.0
    diagonal = np.arange(levels)
    move[buys[:, None], diagonal, diagonal] = (seen * (1 - keep))[buys]
    quiet = r.base * shown[0] * (1 - r.hazard)[:, None]  # a day without events
    power = np.empty((int(max(seq.gap.max(), seq.tail.max() + 1)) + 1, levels, levels))
    power[0] = np.eye(levels)
    for g in range(len(power) - 1):
        power[g + 1] = power[g] @ quiet
    rows, off = len(seq.day), seq.offset
    ahead, back, fit, late = np.empty((rows, levels)), np.empty((rows, levels)), 0.0, 0.0
    ends = np.empty((rows, levels))
    for j in range(len(off) - 1):
        here = slice(off[j], off[j + 1])
        n = off[j + 1] - off[j]
        ahead[here] = (
            r.start[cohort(seq.day[here])]
            if j == 0
            else _through(ends[off[j - 1] : off[j - 1] + n], power[seq.gap[here] - 1])
        )
        out = _through(ahead[here], move[here])
        size = np.maximum(out.sum(axis=1), 1e-300)
        fit += float(np.log(size).sum())
        late += float(np.log(size[seq.day[here] >= seq.since]).sum())
        ends[here] = out / size[:, None]
    tail = power[seq.tail].sum(axis=2)
    for j in range(len(off) - 2, -1, -1):
        here = slice(off[j], off[j + 1])
        rest = tail[: off[j + 1] - off[j]].copy()
        if j + 2 < len(off):
            after = slice(off[j + 1], off[j + 2])
            rest[: off[j + 2] - off[j + 1]] = _against(
                power[seq.gap[after] - 1], _against(move[after], back[after])
            )
        rest[seq.bought[here]] = 1.0
        back[here] = rest / np.maximum(rest.max(axis=1, keepdims=True), 1e-300)
    xi = ahead[:, :, None] * move * back[:, None, :]
    xi /= np.maximum(_across(xi).sum(axis=1)[:, None, None], 1e-300)
    return {
        "xi": xi,
        "idle": idle,
        "keep": keep,
        "power": power,
        "quiet": quiet,
        "move": move,
        "back": back,
        "ends": ends,
        "fit": fit,
        "late": late,
    }


def _through(vector: Array, matrix: Array) -> Array:
    """Row vectors times matrices, one by one."""
    out = vector[:, :1] * matrix[:, 0]
    for k in range(1, vector.shape[1]):
        out += vector[:, k : k + 1] * matrix[:, k]
    return out


def _against(matrix: Array, vector: Array) -> Array:
    """Matrices times column vectors, one by one."""
    out = matrix[:, :, 0] * vector[:, :1]
    for k in range(1, vector.shape[1]):
        out += matrix[:, :, k] * vector[:, k : k + 1]
    return out


def _across(xi: Array, mask: Array | None = None) -> Array:
    """Sums of R x K x K over its last axis, column by column (much quicker than numpy's own on so short an axis)."""
    out = np.zeros(xi.shape[:2])
    for j in range(xi.shape[2]):
        if mask is None:
            out += xi[:, :, j]
        elif len(rows := np.flatnonzero(mask[:, j])):
            out[:, rows] += xi[:, rows, j]
    return out


def _shown(show: Array, levels: int) -> Array:
    """Chance of each combination of signs for each move: 2^(K-1) x K x K."""
    masks = moves(levels)
    table = np.empty((1 << max(levels - 1, 0), levels, levels))
    for code in range(len(table)):
        flags = np.array([(code >> j) & 1 for j in range(levels - 1)], dtype=bool)
        chance = np.where(flags, show, 1 - show).prod(axis=2)  # 3 x K
        table[code] = sum(chance[m][:, None] * masks[m] for m in range(3))
    return table


def moves(levels: int) -> Array:
    """3 x K x K, which pairs of levels are a stay, a step up, a step down."""
    one = np.ones((levels, levels))
    return np.stack([np.eye(levels), np.triu(one, 1), np.tril(one, -1)])


def _maximise(
    seq: Sequence,
    volume: Array,
    r: Rates,
    x: dict[str, Any],
    prior: Rates,
    buckets: int,
    siblings: Array | None,
) -> tuple[Rates, Found]:
    levels, standing = len(r.hazard), _across(x["xi"])
    counts = (seq.day >= seq.since)[:, None]
    xi, gamma = x["xi"] * counts[:, :, None], standing * counts
    stays = gamma * ~seq.bought[:, None]
    a = np.arange(levels - 1)
    ups = np.zeros_like(gamma)
    ups[:, :-1] = np.where(seq.bought[:, None], 0.0, xi[:, a, a + 1])
    chance = (
        x["idle"][:, :-1] * r.base[a, a + 1] + 1 - x["idle"][:, :-1]
    )  # a step of one level, any cause
    fired = np.zeros_like(gamma)
    fired[:, :-1] = ups[:, :-1] / np.maximum(chance, TINY)
    sold = gamma * seq.bought[:, None] / np.maximum(1 - x["keep"], TINY)
    group = (
        seq.bucket[seq.owner] % buckets if buckets > 1 else np.zeros(len(seq.day), dtype=np.int64)
    )
    pushes = _by_bucket(seq.active, fired, group, buckets) * r.up
    buys = _by_bucket(seq.active, sold, group, buckets) * r.buy
    trials = _by_bucket(seq.active, stays, group, buckets)
    organic = _sum_by(sold * r.hazard, group, buckets)
    quiet_moves, quiet_all = _quiet(seq, x)
    quiet_days = quiet_moves.sum(axis=1)
    days = _sum_by(gamma, group, buckets)
    days = days + quiet_days * (
        days.sum(axis=1, keepdims=True) / max(float(days.sum()), TINY) if buckets > 1 else 1.0
    )
    up = _shrunk(pushes.sum(axis=0), trials.sum(axis=0), prior.up, siblings)
    up[:, -1] = 0.0
    buy = _shrunk(buys.sum(axis=0), trials.sum(axis=0) + buys.sum(axis=0), prior.buy, siblings)
    up[seq.inert], buy[seq.inert] = 0.0, 0.0
    hazard = np.clip((organic.sum(axis=0) + 0.01) / (days.sum(axis=0) + 50), 1e-8, 0.5)
    went = np.where(seq.bought[:, None, None], 0.0, xi).sum(axis=0)
    went[a, a + 1] -= (fired[:, :-1] * (1 - x["idle"][:, :-1])).sum(
        axis=0
    )  # the pushed ones are not baseline
    went = np.maximum(went, 0.0) + quiet_moves
    hold = np.full((levels, levels), 0.2)
    hold[np.arange(levels), np.arange(levels)] = 20.0
    base = _faded((went + hold) / (went + hold).sum(axis=1, keepdims=True), seq.fade)
    masks = moves(levels)
    show = np.empty_like(r.show)
    for m in range(3):
        weight = np.where(
            seq.bought[:, None], 0.0, _across(x["xi"], masks[m])
        )  # what a stage looks like, it always did
        total = weight.sum(axis=0) + (quiet_all * masks[m]).sum(axis=1)
        for j in range(levels - 1):
            hit = weight[(seq.sign >> j) & 1 == 1].sum(axis=0)
            show[m, :, j] = (hit + 5 * prior.show[m, :, j]) / (total + 5)
    reached = seq.touches.T @ gamma
    first = slice(0, seq.offset[1])
    start = _sum_by(standing[first], cohort(seq.day[first]), len(COHORTS) + 1)
    start = start + (start.sum(axis=0) + 1.0) * COMPANY / (
        start.sum() + levels
    )  # a thin cohort stands where the others do
    level = _standing(seq, x)
    new = Rates(
        up,
        buy,
        hazard,
        base,
        np.clip(show, 1e-7, 1 - 1e-4),
        _reach(seq, volume, r.reach, gamma, reached),
        start / start.sum(axis=1, keepdims=True),
    )
    return new, Found(pushes, buys, trials, organic, days, went, reached, level, x["late"])


def _faded(base: Array, fade: float | None) -> Array:
    """The baseline with a stated chance to fall one level, and to no other below; the rest of each row keeps its proportions."""
    if fade is None:
        return base
    out = np.triu(base)
    out *= (1 - fade * (np.arange(len(base)) > 0)[:, None]) / out.sum(axis=1, keepdims=True)
    rung = np.arange(1, len(base))
    out[rung, rung - 1] = fade
    return out


def _shrunk(hits: Array, trials: Array, prior: Array, siblings: Array | None) -> Array:
    """Beta-binomial: hits per trial, drawn towards what siblings (same platform, same tier) show, and those towards
    all channels; `siblings` is C x C weights, 0 on the diagonal."""
    pooled = (hits.sum(axis=0) + TRIALS * prior.mean(axis=0) * 0.25) / (trials.sum(axis=0) + TRIALS)
    mean = np.broadcast_to(pooled, hits.shape)
    if siblings is not None and siblings.any():
        mean = (siblings @ hits + 4 * TRIALS * pooled) / (siblings @ trials + 4 * TRIALS)
    return np.clip((hits + TRIALS * mean) / (trials + TRIALS), 1e-7, 0.9)


def _by_bucket(active: Array, weight: Array, group: Index, buckets: int) -> Array:
    """B x C x K sums of active * weight."""
    if buckets == 1:
        out: Array = (active.T @ weight)[None]
        return out
    order = np.argsort(group, kind="stable")
    edges = np.searchsorted(group[order], np.arange(buckets + 1))
    a, w = active[order], weight[order]
    return np.stack([a[i:j].T @ w[i:j] for i, j in pairwise(edges)])


def _sum_by(weight: Array, group: Index, buckets: int) -> Array:
    return np.stack(
        [np.bincount(group, weight[:, k], minlength=buckets) for k in range(weight.shape[1])],
        axis=1,
    )


def _quiet(seq: Sequence, x: dict[str, Any]) -> tuple[Array, Array]:
    """Expected moves on days without events, from the two ends of every gap: K x K from `since` on, and of all time."""
    power, quiet, ends, back, move, off = (
        x["power"],
        x["quiet"],
        x["ends"],
        x["back"],
        x["move"],
        seq.offset,
    )
    levels = quiet.shape[0]
    weight = np.zeros((2, len(power) + 1, levels, levels))  # before `since`, from then on

    def gap(rows: slice, length: Index, future: Array) -> None:
        early = np.clip(seq.since - 1 - seq.day[rows], 0, length)
        begin, rest = ends[rows], length - early
        middle = _through(begin, power[early])
        future = future / np.maximum(
            (_through(middle, power[rest]) * future).sum(axis=1, keepdims=True), 1e-300
        )
        _add(weight[1], rest, middle[:, :, None] * future[:, None, :])
        if not len(some := np.flatnonzero(early)):
            return
        _add(
            weight[0],
            early[some],
            begin[some, :, None] * _against(power[rest[some]], future[some])[:, None, :],
        )

    for j in range(len(off) - 1):
        n = off[j + 1] - off[j]
        later = 0
        if j + 2 < len(off):
            after = slice(off[j + 1], off[j + 2])
            later = off[j + 2] - off[j + 1]
            gap(
                slice(off[j], off[j] + later),
                seq.gap[after] - 1,
                _against(move[after], back[after]),
            )
        if n > later:
            last = slice(off[j] + later, off[j + 1])
            gap(
                last,
                seq.tail[later:n],
                np.repeat(np.where(seq.bought[last], 0.0, 1.0)[:, None], levels, axis=1),
            )
    total, above = np.zeros((2, levels, levels)), np.zeros((2, levels, levels))
    for t in range(
        len(power) - 1, -1, -1
    ):  # above = sum over gaps g > t of weight[g] (quiet^(g-1-t))'
        above = weight[:, t + 1] + above @ quiet.T
        total += quiet * (power[t].T @ above)
    return total[1], total.sum(axis=0)


def _add(into: Array, at: Index, what: Array) -> None:
    """into[at] += what, summed per index (np.add.at is slow on matrices)."""
    flat = what.reshape(len(what), -1)
    for k in range(flat.shape[1]):
        into.reshape(len(into), -1)[:, k] += np.bincount(at, flat[:, k], minlength=len(into))


def _standing(seq: Sequence, x: dict[str, Any]) -> Array:
    """Level at the end of the data, U x K: 0 for those who bought."""
    off = seq.offset
    last = np.zeros(len(seq.tail), dtype=np.int64)
    for j in range(len(off) - 1):
        last[: off[j + 1] - off[j]] = np.arange(off[j], off[j + 1])
    stand = _through(x["ends"][last], x["power"][seq.tail])
    stand /= np.maximum(stand.sum(axis=1, keepdims=True), 1e-300)
    stand[seq.bought[last]] = 0.0
    return stand


def _reach(seq: Sequence, volume: Array, reach: Array, gamma: Array, reached: Array) -> Array:
    """Relative reach of each channel by level, given the mix of channels on each day."""
    per_day = np.stack(
        [
            np.bincount(seq.day, gamma[:, k] * seq.touches.sum(axis=1), minlength=len(volume))
            for k in range(gamma.shape[1])
        ],
        axis=1,
    )
    mix = volume / np.maximum(volume.sum(axis=1, keepdims=True), TINY)
    expected = mix.T @ (per_day / np.maximum(mix @ reach, TINY))
    new = (reached + 5.0) / (expected + 5.0)
    out: Array = new / new.mean(axis=0, keepdims=True)
    return out
