"""The columns of the linear model: pieces of decisions, spend, binaries, helpers; and expressions
as coefficients of them.

Columns of a decision are its pieces, each filled from 0 to 1 (the last may go on for ever).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from optimizer.allocation.expression import TINY, Array, Expression, Index
from optimizer.allocation.model import INFINITY, LinearModel
from optimizer.allocation.piecewise import Estimator
from optimizer.allocation.problem import Problem


class Columns:
    """The columns of a model, and expressions in terms of them.

    Parameters
    ----------
    problem, estimators, bounds
        As `build_model` takes them.
    """

    def __init__(self, problem: Problem, estimators: Sequence[Estimator], bounds: Array) -> None:
        self.problem, self.estimators, self.bounds = problem, estimators, bounds
        counts = np.array([len(o.at) for o in estimators])  # pieces between corners, and the tail
        self.first = np.concatenate([[0], np.cumsum(counts)])
        self.counts = counts
        n = int(self.first[-1])
        self.piece_decision = np.repeat(np.arange(len(estimators)), counts)
        last = self.first[1:] - 1
        at = np.concatenate([o.at for o in estimators])
        unit = np.maximum(at[last], TINY)
        self.width = np.append(np.diff(at), 0.0)
        self.width[last] = unit
        self.responses: dict[str, Array] = {}
        self.jumps: dict[str, Array] = {}
        self.names = sorted({name for o in estimators for name in o.values})
        for name in self.names:
            values = np.concatenate(
                [o.values[name] if name in o.values else np.zeros(len(o.at)) for o in estimators]
            )
            rise = np.append(np.diff(values), 0.0)
            rise[last] = np.array([o.tail.get(name, 0.0) for o in estimators]) * unit
            self.responses[name], self.jumps[name] = rise, values[self.first[:-1]]
        self.low = [np.zeros(n)]
        high = np.ones(n)  # of a piece; the one beyond the last corner goes on for ever
        closed = problem.is_idle & (not problem.carries)
        high[last] = np.where(closed, 0.0, INFINITY)
        self.high = [high]
        self.integer = [np.zeros(n, dtype=bool)]
        self.columns = [f"x{i}_{j}" for i, c in enumerate(counts) for j in range(c)]
        self.total = n
        self.model = LinearModel(
            np.zeros(0),
            np.zeros(0),
            np.zeros(0),
            np.zeros(0, dtype=bool),
            decisions=len(estimators),
        )
        self.active: dict[int, int] = {}
        self.on: dict[int, int] = {}
        self.starts: dict[int, int] = {}
        self.unbegun: list[tuple[Index, int]] = []
        self.spend_unit = max(float(np.max(bounds)), TINY) if len(bounds) else 1.0
        self.spend_first: int | None = None
        if problem.carries:
            most = np.where(problem.is_idle, 0.0, INFINITY)
            self.spend_first = self._add(len(estimators), "s", high=most)
        self.helper_first = self.choice_first = 0
        self.helper_unit = 1.0

    def _add(
        self,
        count: int,
        letter: str,
        low: float = 0.0,
        high: Array | float = 1.0,
        integer: bool = False,
    ) -> int:
        """Columns of their own; the number of the first."""
        start = self.total
        self.low.append(np.full(count, low))
        self.high.append(np.broadcast_to(np.asarray(high, dtype=float), (count,)).copy())
        self.integer.append(np.full(count, integer))
        self.columns += (
            [f"{letter}{k}" for k in range(count)]
            if letter != "b"
            else [f"b{start + k}" for k in range(count)]
        )
        self.total += count
        return start

    def _pieces(self, which: Index) -> tuple[Index, Index]:
        """Columns of the pieces of decisions, and for each column the position in `which`."""
        counts = self.counts[which]
        owner = np.repeat(np.arange(len(which)), counts)
        begin = np.repeat(self.first[which], counts)
        offset = np.arange(len(owner)) - np.repeat(
            np.concatenate([[0], np.cumsum(counts)[:-1]]), counts
        )
        return begin + offset, owner

    def flat(self, expression: Expression) -> tuple[Index, Array, float]:
        """Columns, coefficients and constant of an expression."""
        index, value, constant = [], [], expression.constant
        for kind, which, weight in expression.atoms:
            if kind == "spend" and self.spend_first is not None:
                index.append(self.spend_first + which)
                value.append(weight * self.spend_unit)
            elif (
                kind == "posts" and self.spend_first is not None
            ):  # what is bought, not what is still at work
                index.append(self.spend_first + which)
                value.append(weight * self.spend_unit / self.problem.prices[which])
            elif kind == "active":
                index.append(np.array([self.active[int(k)] for k in which], dtype=np.int64))
                value.append(np.asarray(weight))
            elif kind == "on":
                index.append(np.array([self.on[int(i)] for i in which], dtype=np.int64))
                value.append(np.asarray(weight))
            elif kind == "starts":
                index.append(np.array([self.starts[int(i)] for i in which], dtype=np.int64))
                value.append(np.asarray(weight))
            elif kind == "choice":
                index.append(self.choice_first + which)
                value.append(np.asarray(weight))
            elif kind == "helper":
                index.append(self.helper_first + which)
                value.append(weight * self.helper_unit)
            else:
                columns, owner = self._pieces(which)
                index.append(columns)
                if kind == "spend":
                    value.append(
                        weight[owner] * self.problem.prices[which][owner] * self.width[columns]
                    )
                elif kind == "posts":
                    value.append(weight[owner] * self.width[columns])
                else:
                    value.append(weight[owner] * self.responses[kind][columns])
                    constant += self._jump(kind, which, weight, index, value)
        if not index:
            return np.zeros(0, dtype=np.int64), np.zeros(0), constant
        columns, values = np.concatenate(index), np.concatenate(value)
        distinct, where = np.unique(columns, return_inverse=True)
        summed = np.bincount(where, weights=values, minlength=len(distinct)).astype(np.float64)
        return distinct, summed, constant

    def _jump(
        self, kind: str, which: Index, weight: Array, index: list[Index], value: list[Array]
    ) -> float:
        """What an estimator that starts above 0 gives at once: only if the channel is used, where a
        binary tells and nothing is at work from before the plan.
        """
        jumps = self.jumps[kind][which] * weight
        if not jumps.any():
            return 0.0
        told = np.array([self.active.get(int(self.problem.channel_of[i]), -1) for i in which])
        told = np.where(self.problem.carry_from[3][which] > 0, -1, told)
        index.append(told[(told >= 0) & (jumps != 0)])
        value.append(jumps[(told >= 0) & (jumps != 0)])
        return float(np.sum(jumps[told < 0]))
