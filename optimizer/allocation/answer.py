"""What a solver says about a model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.allocation.expression import Array


@dataclass(frozen=True, eq=False)
class Answer:
    """status: optimal | limit (stopped early: `x` may be None) | infeasible | unbounded | failed.

    x: column values; value: objective at x; bound: proven bound on the objective (never below the optimum), both in
    the goal's own unit. prices: of the model's rows as they stand in it (linear programs only; None: not known).
    """

    status: str
    x: Array | None = None
    value: float | None = None
    bound: float = np.inf
    prices: Array | None = None
