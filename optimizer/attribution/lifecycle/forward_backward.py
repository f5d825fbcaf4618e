"""The expectation step: what each user's day was likely to be, by the forward-backward recursion
(Rabiner 1989).

All users take a step of the recursion together (see `sequence`). Days without events share one
matrix, so a gap of g days costs one lookup of its g-th power.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.attribution.lifecycle.chain import cohort
from optimizer.attribution.lifecycle.parameters import HmmParameters, move_masks
from optimizer.attribution.lifecycle.sequence import Array, Index, Sequence

TINY = 1e-9


@dataclass(frozen=True)
class Posterior:
    """What the recursion leaves behind. R rows, K levels.

    Parameters
    ----------
    xi
        R x K x K posterior of each row's move: level at the day's start, at its end.
    idle, keep
        R x K chance that no touch pushes, and that nothing sells, on the row's day.
    power
        (G + 1) x K x K powers of `quiet`, from 0 on.
    quiet
        K x K transitions of a day without events.
    move
        R x K x K likelihood of each row's day by its move.
    backward
        R x K scaled likelihood of what follows the row.
    ends
        R x K level at the end of the row's day given what came until then.
    log_likelihood, late
        Of all rows, and of those from `Sequence.since` on; both leave out the quiet days after the
        last row.
    """

    xi: Array
    idle: Array
    keep: Array
    power: Array
    quiet: Array
    move: Array
    backward: Array
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
    forward, ends, fit, late = _forward(seq, parameters.initial, move, power)
    backward = _backward(seq, move, power)
    xi = forward[:, :, None] * move * backward[:, None, :]
    xi /= np.maximum(row_sums(xi).sum(axis=1)[:, None, None], 1e-300)
    return Posterior(xi, idle, keep, power, quiet, move, backward, ends, fit, late)


def _day_likelihoods(
    seq: Sequence, volume: Array, r: HmmParameters, shown: Array
) -> tuple[Array, Array, Array]:
    """Idle and keep (R x K), and the likelihood of each row's day by its move (R x K x K), see
    `Posterior`.
    """
    levels = len(r.hazard)
    idle = np.exp(seq.active @ np.log1p(-np.minimum(r.up, 0.999)))
    keep = (1 - r.hazard) * np.exp(seq.active @ np.log1p(-np.minimum(r.buy, 0.999)))
    norm = volume @ r.exposure / np.maximum(volume.sum(axis=1, keepdims=True), TINY)
    seen = np.exp(
        seq.touches @ np.log(r.exposure)
        - seq.touches.sum(axis=1, keepdims=True) * np.log(np.maximum(norm, TINY))[seq.day]
    )
    step = idle[:, :, None] * r.baseline
    a = np.arange(levels - 1)
    step[:, a, a + 1] += 1 - idle[:, :-1]
    step[:, -1] = r.baseline[-1]
    move = step * shown[seq.sign]
    move *= (seen * keep)[:, :, None]
    buys = np.flatnonzero(seq.bought)
    move[buys] = 0.0
    diagonal = np.arange(levels)
    move[buys[:, None], diagonal, diagonal] = (seen * (1 - keep))[buys]
    return idle, keep, move


def _forward(
    seq: Sequence, initial: Array, move: Array, power: Array
) -> tuple[Array, Array, float, float]:
    """Level at the start and at the end of each row's day given what came until then (R x K each),
    and the log-likelihoods of `Posterior`.
    """
    off, levels = seq.offset, move.shape[1]
    forward, ends = np.empty((len(seq.day), levels)), np.empty((len(seq.day), levels))
    fit, late = 0.0, 0.0
    for j in range(len(off) - 1):
        here = slice(off[j], off[j + 1])
        n = off[j + 1] - off[j]
        forward[here] = (
            initial[cohort(seq.day[here])]
            if j == 0
            else vectors_times_matrices(ends[off[j - 1] : off[j - 1] + n], power[seq.gap[here] - 1])
        )
        out = vectors_times_matrices(forward[here], move[here])
        size = np.maximum(out.sum(axis=1), 1e-300)
        fit += float(np.log(size).sum())
        late += float(np.log(size[seq.day[here] >= seq.since]).sum())
        ends[here] = out / size[:, None]
    return forward, ends, fit, late


def _backward(seq: Sequence, move: Array, power: Array) -> Array:
    """Likelihood of what follows each row by the level at its end, R x K, scaled to a largest
    of 1.
    """
    off = seq.offset
    backward = np.empty(move.shape[:2])
    tail = power[seq.tail].sum(axis=2)
    for j in range(len(off) - 2, -1, -1):
        here = slice(off[j], off[j + 1])
        rest = tail[: off[j + 1] - off[j]].copy()
        if j + 2 < len(off):
            after = slice(off[j + 1], off[j + 2])
            rest[: off[j + 2] - off[j + 1]] = matrices_times_vectors(
                power[seq.gap[after] - 1], matrices_times_vectors(move[after], backward[after])
            )
        rest[seq.bought[here]] = 1.0
        backward[here] = rest / np.maximum(rest.max(axis=1, keepdims=True), 1e-300)
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
    power, quiet, ends, off = posterior.power, posterior.quiet, posterior.ends, seq.offset
    levels = quiet.shape[0]
    weight = np.zeros((2, len(power) + 1, levels, levels))  # before `since`, from then on
    for j in range(len(off) - 1):
        n = off[j + 1] - off[j]
        later = 0
        if j + 2 < len(off):
            after = slice(off[j + 1], off[j + 2])
            later = off[j + 2] - off[j + 1]
            _add_gap(
                weight,
                seq,
                posterior,
                slice(off[j], off[j] + later),
                seq.gap[after] - 1,
                matrices_times_vectors(posterior.move[after], posterior.backward[after]),
            )
        if n > later:
            last = slice(off[j] + later, off[j + 1])
            silent = np.where(seq.bought[last], 0.0, 1.0)[:, None]
            _add_gap(
                weight,
                seq,
                posterior,
                last,
                seq.tail[later:n],
                np.repeat(silent, ends.shape[1], axis=1),
            )
    total, above = np.zeros((2, levels, levels)), np.zeros((2, levels, levels))
    # above = sum over gaps g > t of weight[g] (quiet^(g-1-t))'
    for t in range(len(power) - 1, -1, -1):
        above = weight[:, t + 1] + above @ quiet.T
        total += quiet * (power[t].T @ above)
    return total[1], total.sum(axis=0)


def _add_gap(
    weight: Array, seq: Sequence, posterior: Posterior, rows: slice, length: Index, future: Array
) -> None:
    """Add the gaps after `rows` to `weight` by their length: the part before `seq.since`, and the
    rest.

    length: days of each gap; future: likelihood of what follows it, by level.
    """
    power, begin = posterior.power, posterior.ends[rows]
    early = np.clip(seq.since - 1 - seq.day[rows], 0, length)
    rest = length - early
    middle = vectors_times_matrices(begin, power[early])
    future = future / np.maximum(
        (vectors_times_matrices(middle, power[rest]) * future).sum(axis=1, keepdims=True), 1e-300
    )
    _scatter_add(weight[1], rest, middle[:, :, None] * future[:, None, :])
    if len(some := np.flatnonzero(early)):
        ahead = matrices_times_vectors(power[rest[some]], future[some])
        _scatter_add(weight[0], early[some], begin[some, :, None] * ahead[:, None, :])


def standing_at_the_end(seq: Sequence, posterior: Posterior) -> Array:
    """Level at the end of the data, U x K: 0 for those who bought.

    Parameters
    ----------
    seq, posterior
        The lives, and what `expect` made of them.
    """
    off = seq.offset
    last = np.zeros(len(seq.tail), dtype=np.int64)
    for j in range(len(off) - 1):
        last[: off[j + 1] - off[j]] = np.arange(off[j], off[j + 1])
    stand = vectors_times_matrices(posterior.ends[last], posterior.power[seq.tail])
    stand /= np.maximum(stand.sum(axis=1, keepdims=True), 1e-300)
    stand[seq.bought[last]] = 0.0
    return stand


def vectors_times_matrices(vector: Array, matrix: Array) -> Array:
    """Row vectors (n x K) times matrices (n x K x K), one by one."""
    out = vector[:, :1] * matrix[:, 0]
    for k in range(1, vector.shape[1]):
        out += vector[:, k : k + 1] * matrix[:, k]
    return out


def matrices_times_vectors(matrix: Array, vector: Array) -> Array:
    """Matrices (n x K x K) times column vectors (n x K), one by one."""
    out = matrix[:, :, 0] * vector[:, :1]
    for k in range(1, vector.shape[1]):
        out += matrix[:, :, k] * vector[:, k : k + 1]
    return out


def row_sums(xi: Array, mask: Array | None = None) -> Array:
    """Sums of R x K x K over its last axis, column by column (much quicker than numpy's own on so
    short an axis).

    Parameters
    ----------
    xi
        R x K x K.
    mask
        K x K, which cells take part; None: all.

    Returns
    -------
    R x K.
    """
    out = np.zeros(xi.shape[:2])
    for j in range(xi.shape[2]):
        if mask is None:
            out += xi[:, :, j]
        elif len(rows := np.flatnonzero(mask[:, j])):
            out[:, rows] += xi[:, rows, j]
    return out


def _scatter_add(into: Array, at: Index | NDArray[np.intp], what: Array) -> None:
    """into[at] += what, summed per index (np.add.at is slow on matrices)."""
    flat = what.reshape(len(what), -1)
    for k in range(flat.shape[1]):
        into.reshape(len(into), -1)[:, k] += np.bincount(at, flat[:, k], minlength=len(into))
