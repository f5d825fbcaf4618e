"""The linear model: columns and rows as plain arrays, every row named, everything of order 1.

Variables are named by position, rows by their rule.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from optimizer.allocation.expression import Array, Comparison, Index

INFINITY = float("inf")
CHOSEN = ("active", "on", "starts", "choice")  # kinds of atoms that are whole numbers


@dataclass(frozen=True, eq=False)
class ConstraintBlock:
    """A rule (or goal) in symbols.

    Parameters
    ----------
    name
        The rule's, as row names hold it.
    rows
        What it asks; of a goal one row, whose left side is made as large as it can be.
    free
        One entry per helper: whether it may be below 0.
    bindings
        The rows that bind the helpers.
    choices
        One entry per whole number that is chosen: the largest.
    """

    name: str
    rows: tuple[Comparison, ...]
    free: tuple[bool, ...] = ()
    bindings: tuple[Comparison, ...] = ()
    choices: tuple[float, ...] = ()

    def row_name(self, row: Comparison) -> str:
        """The name of one of its rows in the model."""
        name = f"{self.name}_{slug(row.label)}" if row.label else self.name
        if len(self.rows) > 1:
            name += "_least" if row.sense == ">=" else "_most"
        return name


@dataclass(eq=False)
class LinearModel:
    """Maximise cost @ x with rows (sparse, by row) <= or == right and low <= x <= high.

    Parameters
    ----------
    cost, low, high, integer
        One per column, scaled.
    start, index, value
        The rows' entries, row by row.
    right, equal, scales, names
        One per row; `scales` is what a row was divided by.
    columns
        The columns' names (empty: never shown).
    unit, constant
        objective = unit * cost @ x + constant, in the goal's own unit.
    decisions
        How many the problem has.
    piece_decision, piece_width
        For each column of a piece: its decision and the amount it holds when full.
    spend_column, spend_unit
        Where spend has columns of its own (carry-over): which, and currency per unit of them.
    prices
        Currency per unit of each decision's amount.
    taken
        How often each row name was given.
    unused
        (column of the binary, the channel's decisions), for each channel whose use is counted.
    unbegun
        (columns of the binaries that say it has begun, a decision), where a rule asks when a
        channel begins.
    """

    cost: Array
    low: Array
    high: Array
    integer: Array
    start: list[int] = field(default_factory=lambda: [0])
    index: list[Index] = field(default_factory=list)
    value: list[Array] = field(default_factory=list)
    right: list[float] = field(default_factory=list)
    equal: list[bool] = field(default_factory=list)
    scales: list[float] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    unit: float = 1.0
    constant: float = 0.0
    decisions: int = 0
    piece_decision: Index = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    piece_width: Array = field(default_factory=lambda: np.zeros(0))
    spend_column: Index | None = None
    spend_unit: float = 1.0
    prices: Array = field(default_factory=lambda: np.zeros(0))
    taken: dict[str, int] = field(default_factory=dict)
    unused: tuple[tuple[int, Index], ...] = ()
    unbegun: tuple[tuple[Index, int], ...] = ()

    @property
    def mixed(self) -> bool:
        """Whether some columns are whole numbers."""
        return bool(self.integer.any())

    @property
    def width(self) -> int:
        """Number of columns."""
        return len(self.cost)

    def objective(self, x: Array) -> float:
        """The goal at a point, in its own unit."""
        return float(self.cost @ x) * self.unit + self.constant

    def add_row(
        self, index: Index, value: Array, right: float, name: str, equal: bool = False
    ) -> None:
        """Add a row, scaled so that its largest coefficient is 1.

        Parameters
        ----------
        index, value
            Its entries: columns and coefficients.
        right
            Its right side.
        name
            Of the rule; a second row of the same name is numbered.
        equal
            The left side is the right side, not at most that.
        """
        scale = float(np.max(np.abs(value))) if len(value) else 0.0
        keep = np.abs(value) > 1e-12 * scale
        index, value = index[keep], value[keep]
        if scale <= 0:
            scale = max(abs(right), 1.0) if right >= 0 else abs(right)
        self.index.append(index)
        self.value.append(value / scale)
        self.start.append(self.start[-1] + len(index))
        self.right.append(right / scale)
        self.scales.append(scale)
        self.equal.append(equal)
        taken = self.taken.get(name, 0)
        self.taken[name] = taken + 1
        self.names.append(name if not taken else f"{name}__{taken + 1}")

    def spend(self, x: Array) -> Array:
        """Currency per decision at a point x, set-up costs not included."""
        if self.spend_column is not None:
            out = np.asarray(x[self.spend_column] * self.spend_unit, dtype=float)
        else:
            fill = np.bincount(
                self.piece_decision,
                weights=x[: len(self.piece_decision)] * self.piece_width,
                minlength=self.decisions,
            )
            out = np.asarray(fill * self.prices, dtype=float)
        for column, members in self.unused:
            # a binary may be a billionth above 0, and let as little spend through
            if x[column] < 0.5:
                out[members] = 0.0
        for columns, decision in self.unbegun:
            if np.sum(x[columns]) < 0.5:
                out[decision] = 0.0
        return out

    def for_nothing(self, x: Array) -> bool:
        """Whether a channel is taken as used that gets nothing, or as begun before it spends."""
        spend = self.spend(x)
        return any(
            x[column] >= 0.5 and not np.any(spend[members] > 0) for column, members in self.unused
        ) or any(x[columns[-1]] >= 0.5 and not spend[i] > 0 for columns, i in self.unbegun)


@dataclass(frozen=True, eq=False)
class Solution:
    """What a solver says about a model.

    Parameters
    ----------
    status
        optimal | limit (stopped early: `x` may be None) | infeasible | unbounded | failed.
    x
        Column values.
    value, bound
        Objective at x and its proven bound (never below the optimum), in the goal's own unit.
    prices
        Of the model's rows as they stand in it (linear programs only; None: not known).
    """

    status: str
    x: Array | None = None
    value: float | None = None
    bound: float = np.inf
    prices: Array | None = None


def referenced_responses(blocks: Sequence[ConstraintBlock]) -> frozenset[str]:
    """The responses that rules and goal speak of."""
    kinds = {
        kind
        for block in blocks
        for row in (*block.rows, *block.bindings)
        for side in (row.left, row.right)
        for kind, _, _ in side.atoms
    }
    return frozenset(kinds - {"spend", "posts", *CHOSEN, "helper"})


def slug(text: str) -> str:
    """A name as LP files can hold it."""
    return re.sub(r"[^A-Za-z0-9]+", "_", text).strip("_")[:40]
