"""Linear programs of very many columns and few rows, solved a few thousand columns at a time.

With prices for the rows (from the dual, or from the solve before) nearly every column is decided by
the sign of what it gains beyond them: it is full or empty. Only the columns whose gain is close to
nothing go to the solver; its new prices are held against all columns again (sifting; Bixby et al.
1992). What ends the loop is the proof itself: weak duality over every column, computed here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from optimizer.allocation.expression import Array, Index
from optimizer.allocation.model import LinearModel, Solution

WIDE = 10_000  # columns from which sifting pays
TURNS = 8
GAP = 1e-9


def sift(
    model: LinearModel, row_prices: Mapping[str, float], solve: Callable[[LinearModel], Solution]
) -> Solution | None:
    """The optimum of a wide linear program.

    Parameters
    ----------
    model
        The model.
    row_prices
        A price per row name, in units of the goal per unit of the row as it was stated.
    solve
        Solves a small model.

    Returns
    -------
    Solution | None
        None where sifting does not get there: the whole model decides then.
    """
    if model.mixed or model.width < WIDE or len(model.right) * 50 > model.width or not row_prices:
        return None
    rows = Rows(model)
    known = np.array([row_prices.get(name, np.nan) for name in model.names])
    prices = known * rows.scale / model.unit
    unknown = rows.touched(np.isnan(prices))
    prices = np.where(np.isnan(prices), 0.0, prices)
    gain, closeness = rows.gain(prices)
    closeness = np.where(unknown, 0.0, closeness)
    count = max(min(2000, model.width // 10), 20 * len(prices), model.width // 100)
    open_ = np.zeros(model.width, dtype=bool)
    for _ in range(TURNS):
        open_ |= unknown | np.isinf(np.where(gain > 0, model.high, model.low))
        nearest = np.argpartition(closeness, min(count, model.width - 1))[:count]
        open_[nearest] = True
        if open_.sum() * 2 > model.width:
            return None
        rest = np.where(open_, 0.0, np.where(gain > 0, model.high, model.low))
        columns = np.flatnonzero(open_)
        solution = solve(rows.among(columns, rows.times(rest)))
        if solution.status != "optimal" or solution.x is None or solution.prices is None:
            count *= 8  # what was decided too early may be what stands in the way
            continue
        x = rest
        x[columns] = solution.x
        prices = solution.prices
        was, (gain, closeness) = gain, rows.gain(prices)
        value, bound = float(model.cost @ x), rows.bound(prices, gain)
        if bound - value <= GAP * max(abs(bound), abs(value)):
            return Solution(
                "optimal",
                x,
                value * model.unit + model.constant,
                max(bound, value) * model.unit + model.constant,
                prices,
            )
        open_ |= (gain > 0) != (was > 0)
        count *= 2
    return None


class Rows:
    """A model's rows, all entries side by side."""

    def __init__(self, model: LinearModel) -> None:
        self.model = model
        self.column: Index = (
            np.concatenate(model.index) if model.index else np.zeros(0, dtype=np.int64)
        )
        self.value: Array = np.concatenate(model.value) if model.value else np.zeros(0)
        self.row: Index = np.repeat(np.arange(len(model.right)), np.diff(model.start))
        self.right, self.equal = (
            np.array(model.right, dtype=float),
            np.array(model.equal, dtype=bool),
        )
        self.scale = np.array(model.scales, dtype=float)

    def touched(self, which: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Columns that stand in any of these rows."""
        out = np.zeros(self.model.width, dtype=bool)
        out[self.column[which[self.row]]] = True
        return out

    def times(self, x: Array) -> Array:
        """The rows' left sides at x."""
        return np.bincount(
            self.row, weights=self.value * x[self.column], minlength=len(self.right)
        ).astype(np.float64)

    def gain(self, prices: Array) -> tuple[Array, Array]:
        """What filling each column gains beyond the prices, and how small that is against its
        parts.
        """
        paid = self.value * prices[self.row]
        gain = self.model.cost - np.bincount(self.column, weights=paid, minlength=self.model.width)
        size = np.abs(self.model.cost) + np.bincount(
            self.column, weights=np.abs(paid), minlength=self.model.width
        )
        return gain, np.abs(gain) / np.maximum(size, 1e-300)

    def bound(self, prices: Array, gain: Array, precision: float = 1e-9) -> float:
        """No x within the rows is worth more than this (weak duality), whatever the prices.

        Parameters
        ----------
        prices
            Of the rows.
        gain
            Of the columns at these prices.
        precision
            To which columns without end are priced out.
        """
        if np.any(prices[~self.equal] < 0):
            return np.inf
        end = np.where(gain > 0, self.model.high, self.model.low)
        loose = np.isinf(end) & (np.abs(gain) <= precision)
        best = np.where(loose, 0.0, gain * np.where(loose, 0.0, end))
        return float(prices @ self.right + np.sum(best))

    def among(self, columns: Index, used: Array) -> LinearModel:
        """The model of these columns, with what the others use taken off the rows."""
        place = np.full(self.model.width, -1, dtype=np.int64)
        place[columns] = np.arange(len(columns))
        kept = place[self.column] >= 0
        row, column, value = self.row[kept], place[self.column[kept]], self.value[kept]
        ends = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=len(self.right)))])
        return replace(
            self.model,
            cost=self.model.cost[columns],
            low=self.model.low[columns],
            high=self.model.high[columns],
            integer=self.model.integer[columns],
            start=[int(e) for e in ends],
            index=np.split(column, ends[1:-1]),
            value=np.split(value, ends[1:-1]),
            right=list(self.right - used),
            columns=[],
        )
