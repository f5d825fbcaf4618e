"""The expectation step: what each user's day was likely to be, by the forward-backward recursion
(Rabiner 1989).

All users take a step of the recursion together (see `sequence`). Days without events share one
matrix, so a gap of g days costs one lookup of its g-th power. Arrays have their levels first and
their rows last: a sum over levels is then a few sweeps over long rows, and all that is not the
recursion itself is done for all rows at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.attribution.lifecycle.chain import cohort
from optimizer.attribution.lifecycle.parameters import HmmParameters, move_masks
from optimizer.attribution.lifecycle.sequence import Array, Index, Sequence

TINY = 1e-9
NONE = 1e-300  # a likelihood below which there is none


@dataclass(frozen=True)
class Posterior:
    """What the recursion leaves behind. R rows, K levels.

    Parameters
    ----------
    xi
        K x K x R posterior of each row's move: level at the day's start, at its end.
    idle, keep
        K x R chance that no touch pushes, and that nothing sells, on the row's day.
    power
        (G + 1) x K x K powers of `quiet`, from 0 on.
    quiet
        K x K transitions of a day without events.
    future
        K x R likelihood of the row's day and of what follows, by the level at its start, over the
        likelihood of all.
    ends
        K x R level at the end of the row's day given what came until then.
    log_likelihood, late
        Of all rows, and of those from `Sequence.since` on; both leave out the quiet days after the
        last row.
    """

    xi: Array
    idle: Array
    keep: Array
    power: Array
    quiet: Array
    future: Array
    ends: Array
    log_likelihood: float
    late: float


def expect(seq: Sequence, volume: Array, parameters: HmmParameters) -> Posterior:
    """The expectation step.

    Parameters
    ----------
    seq
        The lives.
    volume
        days x C touches of the people in `seq`.
    parameters
        The model as believed so far.
    """
    levels = len(parameters.hazard)
    shown = _emission_table(parameters.emission, levels)
    idle, keep, move = _day_likelihoods(seq, volume, parameters, shown)
    quiet = parameters.baseline * shown[0] * (1 - parameters.hazard)[:, None]
    power = np.empty((int(max(seq.gap.max(), seq.tail.max() + 1)) + 1, levels, levels))
    power[0] = np.eye(levels)
    for g in range(len(power) - 1):
        power[g + 1] = power[g] @ quiet
    first = int(seq.offset[1])
    gap = powers(power, seq.gap[first:] - 1)
    step = _products(gap, move[:, :, first:])  # from the end of the row before to the row's end
    entry = parameters.initial[cohort(seq.day[:first])].T
    ends, size = _forward(seq, entry, move, step)
    backward = _backward(seq, step, power)
    start = np.concatenate([entry, rows_times(ends[:, seq.before], gap)], axis=1)
    future = times_columns(move, backward)
    whole = np.maximum((start * future).sum(axis=0), NONE)
    future /= whole
    xi = start[:, None] * move
    xi *= backward / whole
    fit = np.log(size)
    late = float(fit[seq.day >= seq.since].sum())
    return Posterior(xi, idle, keep, power, quiet, future, ends, float(fit.sum()), late)


def _day_likelihoods(
    seq: Sequence, volume: Array, r: HmmParameters, shown: Array
) -> tuple[Array, Array, Array]:
    """Idle and keep (K x R), and the likelihood of each row's day by its move (K x K x R), see
    `Posterior`.
    """
    levels = len(r.hazard)
    per_touch = np.log1p(-np.minimum(np.concatenate([r.up, r.buy], axis=1), 0.999))
    untouched = np.exp(np.ascontiguousarray((seq.active @ per_touch).T))
    idle, keep = untouched[:levels], untouched[levels:]
    keep *= (1 - r.hazard)[:, None]
    norm = volume @ r.exposure / np.maximum(volume.sum(axis=1, keepdims=True), TINY)
    usual = np.log(np.maximum(norm, TINY)).T
    seen = np.ascontiguousarray((seq.touches @ np.log(r.exposure)).T)
    seen -= seq.touched * usual[:, seq.day]
    np.exp(seen, out=seen)
    kept, bought = seen * keep, np.flatnonzero(seq.bought)
    move = np.empty((levels, levels, len(seq.day)))
    for a in range(levels):
        for b in range(levels):
            step = idle[a] * r.baseline[a, b] if a < levels - 1 else r.baseline[a, b]
            if b == a + 1:
                step = step + (1 - idle[a])
            np.multiply(step * kept[a], shown[:, a, b][seq.sign], out=move[a, b])
    move[:, :, bought] = 0.0
    for a in range(levels):
        move[a, a, bought] = seen[a, bought] * (1 - keep[a, bought])
    return idle, keep, move


def _forward(seq: Sequence, entry: Array, move: Array, step: Array) -> tuple[Array, Array]:
    """Level at the end of each row's day given what came until then (K x R), and the likelihood of
    each row given the rows before (R).

    entry: levels at the users' first rows, K x U; step: see `expect`.
    """
    off = seq.offset
    first = int(off[1])
    ends, size = np.empty((len(entry), len(seq.day))), np.empty(len(seq.day))
    for j in range(len(off) - 1):
        here = slice(off[j], off[j + 1])
        if j == 0:
            out = rows_times(entry, move[:, :, here])
        else:
            before = slice(off[j - 1], off[j - 1] + off[j + 1] - off[j])
            out = rows_times(ends[:, before], step[:, :, off[j] - first : off[j + 1] - first])
        size[here] = np.maximum(out.sum(axis=0), NONE)
        np.divide(out, size[here], out=ends[:, here])
    return ends, size


def _backward(seq: Sequence, step: Array, power: Array) -> Array:
    """Likelihood of what follows each row by the level at its end, K x R, scaled to a largest
    of 1. Buyers have no tail.
    """
    off = seq.offset
    first = int(off[1])
    tail = power.sum(axis=2).T[:, seq.tail]
    backward = np.empty((len(tail), len(seq.day)))
    for j in range(len(off) - 2, -1, -1):
        here = slice(off[j], off[j + 1])
        rest = tail[:, : off[j + 1] - off[j]].copy()
        if j + 2 < len(off):
            after = slice(off[j + 1], off[j + 2])
            rest[:, : off[j + 2] - off[j + 1]] = times_columns(
                step[:, :, off[j + 1] - first : off[j + 2] - first], backward[:, after]
            )
        np.divide(rest, np.maximum(rest.max(axis=0), NONE), out=backward[:, here])
    return backward


def _emission_table(emission: Array, levels: int) -> Array:
    """Chance of each combination of signs for each move: 2^(K-1) x K x K."""
    masks = move_masks(levels)
    table = np.empty((1 << max(levels - 1, 0), levels, levels))
    for code in range(len(table)):
        flags = np.array([(code >> j) & 1 for j in range(levels - 1)], dtype=bool)
        chance = np.where(flags, emission, 1 - emission).prod(axis=2)  # 3 x K
        table[code] = sum(chance[m][:, None] * masks[m] for m in range(3))
    return table


def quiet_moves(seq: Sequence, posterior: Posterior) -> tuple[Array, Array]:
    """Expected moves on days without events, from the two ends of every gap.

    Returns
    -------
    K x K from `seq.since` on, and K x K of all time.
    """
    power, quiet, ends = posterior.power, posterior.quiet, posterior.ends
    levels = quiet.shape[0]
    weight = np.zeros((2, len(power) + 1, levels, levels))  # before `since`, from then on
    rest = np.flatnonzero(~seq.bought[seq.last])
    last = seq.last[rest]
    begin = np.concatenate([ends[:, seq.before], ends[:, last]], axis=1)
    length = np.concatenate([seq.gap[int(seq.offset[1]) :] - 1, seq.tail[rest]])
    day = np.concatenate([seq.day[seq.before], seq.day[last]])
    nothing = np.ones(levels) @ rows_times(ends[:, last], powers(power, seq.tail[rest]))
    future = np.concatenate(
        [
            posterior.future[:, int(seq.offset[1]) :],
            np.broadcast_to(1.0 / np.maximum(nothing, NONE), (levels, len(rest))),
        ],
        axis=1,
    )
    early = np.clip(seq.since - 1 - day, 0, length)
    late = np.flatnonzero((early == 0) & (length > 0))
    _add_by_length(weight[1], length[late], begin[:, late], future[:, late])
    cut = np.flatnonzero(early)
    before, after = early[cut], length[cut] - early[cut]
    _add_by_length(
        weight[0], before, begin[:, cut], times_columns(powers(power, after), future[:, cut])
    )
    _add_by_length(
        weight[1], after, rows_times(begin[:, cut], powers(power, before)), future[:, cut]
    )
    total, above = np.zeros((2, levels, levels)), np.zeros((2, levels, levels))
    # above = sum over gaps g > t of weight[g] (quiet^(g-1-t))'
    for t in range(len(power) - 1, -1, -1):
        above = weight[:, t + 1] + above @ quiet.T
        total += quiet * (power[t].T @ above)
    return total[1], total.sum(axis=0)


def _add_by_length(weight: Array, length: Index, begin: Array, future: Array) -> None:
    """weight[g] += sum over the gaps of g days of begin future'."""
    for a in range(len(begin)):
        for b in range(len(future)):
            weight[:, a, b] += np.bincount(length, begin[a] * future[b], minlength=len(weight))


def standing_at_the_end(seq: Sequence, posterior: Posterior) -> Array:
    """Level at the end of the data, U x K: 0 for those who bought.

    Parameters
    ----------
    seq, posterior
        The lives, and what `expect` made of them.
    """
    stand = rows_times(posterior.ends[:, seq.last], powers(posterior.power, seq.tail))
    stand /= np.maximum(stand.sum(axis=0), NONE)
    stand[:, seq.bought[seq.last]] = 0.0
    return np.ascontiguousarray(stand.T)


def powers(power: Array, days: Index) -> Array:
    """K x K x n, the power of each number of days."""
    out: Array = np.take(np.ascontiguousarray(power.transpose(1, 2, 0)), days, axis=2)
    return out


def rows_times(vector: Array, matrix: Array) -> Array:
    """Row vectors (K x n) times matrices (K x K x n), one by one."""
    out: Array = np.einsum("in,ijn->jn", vector, matrix)
    return out


def times_columns(matrix: Array, vector: Array) -> Array:
    """Matrices (K x K x n) times column vectors (K x n), one by one."""
    out: Array = np.einsum("ijn,jn->in", matrix, vector)
    return out


def _products(left: Array, right: Array) -> Array:
    """Matrices times matrices (K x K x n), one by one."""
    return np.stack([rows_times(row, right) for row in left])
