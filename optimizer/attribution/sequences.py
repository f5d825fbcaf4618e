"""What follows what in journeys, by fold: touches after histories, and how journeys end after
them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimizer.attribution.lengths import length_class
from optimizer.attribution.touches import TouchShares
from optimizer.journeys.counts import Counts

Array = NDArray[np.float64]
Index = NDArray[np.int64]


@dataclass(frozen=True)
class Sequences:
    """Histories of the last K touches and what followed them, by F folds.

    Histories hold channel numbers, oldest first, -1 where the journey had not begun.

    Parameters
    ----------
    channels
        How many.
    came_from, went_to
        M x K histories, and the M touches that followed.
    moves
        F x M, how often.
    ended_at, length
        N x K histories with which journeys ended, and the class of their length
        (`lengths.length_class`), N.
    won, lost
        F x N, how many of them converted and did not.
    """

    channels: int
    came_from: Index
    went_to: Index
    moves: Array
    ended_at: Index
    length: Index
    won: Array
    lost: Array

    @property
    def order(self) -> int:
        """K."""
        return int(self.came_from.shape[1])


def sequences_of(touches: TouchShares, order: int, folds: int) -> Sequences:
    """What follows histories of `order` touches.

    Parameters
    ----------
    touches
        Touches with their fold in the column `bucket`.
    order
        K, 1 or more.
    folds
        F.
    """
    backs = [f"back_{i}" for i in range(order, 0, -1)]
    lags = ", ".join(f"lag(channel, {i}) OVER journey AS back_{i}" for i in range(order, 0, -1))
    history, ended = ", ".join(backs), ", ".join([*backs[1:], "channel"])
    with_history = (
        f"SELECT bucket, channel, pos, n, conversions, nulls, {lags} FROM ({touches.sql}) AS t"
        " WINDOW journey AS (PARTITION BY trip, part ORDER BY pos)"
    )
    columns = touches.engine.columns
    moved = columns(
        f"SELECT bucket, {history}, channel, {touches.total('conversions + nulls')} AS many"
        f" FROM ({with_history}) AS h GROUP BY bucket, {history}, channel"
    )
    # `of_length`: some databases have a function that is called length
    over = columns(
        f"SELECT bucket, {ended}, of_length, {touches.total('conversions')} AS won,"
        f" {touches.total('nulls')} AS lost FROM (SELECT *, {length_class('n')} AS of_length"
        f" FROM ({with_history}) AS h WHERE pos = n) AS e GROUP BY bucket, {ended}, of_length"
    )
    steps, (moves,) = _by_fold(moved, [*backs, "channel"], ["many"], folds)
    ends, (won, lost) = _by_fold(over, [*backs[1:], "channel", "of_length"], ["won", "lost"], folds)
    return Sequences(
        len(touches.names), steps[:, :-1], steps[:, -1], moves, ends[:, :-1], ends[:, -1], won, lost
    )


def _by_fold(
    found: dict[str, Any], keys: list[str], amounts: list[str], folds: int
) -> tuple[Index, list[Array]]:
    """Different keys, rows sorted, and amounts by fold and key."""
    table = np.column_stack([numbers_of(found[key]) for key in keys])
    rows, place = np.unique(table, axis=0, return_inverse=True)
    bucket = np.asarray(found["bucket"], dtype=np.int64)
    out = []
    for name in amounts:
        sums = np.zeros((folds, len(rows)))
        np.add.at(sums, (bucket, place.ravel()), np.asarray(found[name], dtype=float))
        out.append(sums)
    return rows, out


def numbers_of(column: Any) -> Index:
    """A column of numbers, -1 where it has none."""
    filled = column.filled(-1) if hasattr(column, "filled") else column
    return np.asarray(filled, dtype=np.int64)


def sequences_of_counts(counts: Counts, fold: Index) -> Sequences:
    """The same from transition counts; the lengths of journeys are not known there.

    Parameters
    ----------
    counts
        Transitions of orders that run from 1 without a gap, by B buckets.
    fold
        B, bucket -> fold.

    Raises
    ------
    ValueError
        Where an order is missing.
    """
    orders = sorted(counts.chains)
    if orders != list(range(1, len(orders) + 1)):
        raise ValueError("orders must run from 1 without a gap")
    chain = counts.chains[orders[-1]]
    group = np.zeros((int(fold.max()) + 1, len(fold)))
    group[fold, np.arange(len(fold))] = 1.0
    moves, won, lost = (
        np.asarray(group @ part, dtype=np.float64)
        for part in (chain.moves, chain.conversions, chain.nulls)
    )
    ended = (won + lost).sum(axis=0) > 0
    return Sequences(
        len(counts.channels),
        chain.states[chain.source],
        chain.states[chain.target, -1],
        moves,
        chain.states[ended],
        (chain.states[ended] >= 0).sum(axis=1),
        won[:, ended],
        lost[:, ended],
    )
