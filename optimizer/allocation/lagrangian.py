"""Large problems narrowed by their dual: with the right price on every shared row, each decision is
made alone.

For prices y >= 0 on the shared rows the Lagrangian splits by decision: maximise A f(u) - B u,
solved in closed form by the curve's slope. Minimising over y (smooth, a handful of unknowns:
L-BFGS-B) gives prices, and at them an amount for each decision; the linear model then needs only a
few pieces around these amounts instead of many everywhere. The dual only says where to look: the
certificate still comes from the estimators and the linear programs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.allocation.expression import TINY, Array, Expression
from optimizer.allocation.model import CHOSEN, ConstraintBlock
from optimizer.allocation.problem import Problem
from optimizer.response.curve import Curve
from optimizer.response.vectorised import VectorisedCurves

WINDOW = 0.002  # half-width of the piece around the dual's amount, relative


@dataclass(frozen=True, eq=False)
class LagrangianStart:
    """Where the dual says that the best plan lies.

    Parameters
    ----------
    grids
        Per decision, corners around the amount that the dual's prices suggest.
    prices
        By row name, in units of the goal per unit of the row as it was stated; only shared rows
        have one.
    """

    grids: list[Array]
    prices: Mapping[str, float]


def lagrangian_start(
    problem: Problem, goal: ConstraintBlock, blocks: Sequence[ConstraintBlock], bounds: Array
) -> LagrangianStart | None:
    """Where to look.

    Parameters
    ----------
    problem
        A large problem.
    goal, blocks
        The goal and the rules in symbols.
    bounds
        The most each decision can get, currency.

    Returns
    -------
    LagrangianStart | None
        None where the problem does not split by decision: helpers, binaries, several responses,
        carry-over.
    """
    plain = not problem.carries and not any(
        decision.setup or decision.whole for decision in problem.decisions
    )
    if not plain or goal.free or any(item.free for item in blocks):
        return None
    flat = _Coefficients(problem)
    aim = flat.row(goal.rows[0].left)
    rows = [flat.row(row.excess) for item in blocks for row in item.rows]
    called = [item.row_name(row) for item in blocks for row in item.rows]
    if aim is None or any(row is None for row in rows) or not flat.names_are_one():
        return None
    low, high = np.zeros(len(problem.decisions)), bounds / problem.prices
    shared: list[Row] = []
    names: list[str] = []
    for row, name in zip(rows, called, strict=True):
        assert row is not None
        spend, response, constant = row
        alone = np.flatnonzero(spend)
        if len(alone) == 1 and not response.any():  # a bound on one decision needs no price
            i, limit = int(alone[0]), -constant / spend[alone[0]] / problem.prices[alone[0]]
            if spend[i] > 0:
                high[i] = min(high[i], max(limit, 0.0))
            else:
                low[i] = max(low[i], limit)
        else:
            shared.append(row)
            names.append(name)
    decisions = _Decisions(problem, flat.curves())
    prices = _prices(decisions, aim, shared, low, np.maximum(low, high))
    amount = decisions.decide(*_weights(aim, shared, prices), low, np.maximum(low, high))
    grids = [
        _window(curve, float(u), float(top))
        for curve, u, top in zip(decisions.curves, amount, bounds / problem.prices, strict=True)
    ]
    named = zip(names, prices, strict=True)
    return LagrangianStart(
        grids, {name: float(price) for name, price in named if called.count(name) == 1}
    )


Row = tuple[Array, Array, float]


class _Coefficients:
    """Rows as coefficients per decision: of spend (currency), of the response, and a constant."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.used: list[set[str]] = [set() for _ in problem.decisions]

    def row(self, expression: Expression) -> Row | None:
        """An expression's coefficients; None where it holds helpers or counts channels."""
        count = len(self.problem.decisions)
        spend, response = np.zeros(count), np.zeros(count)
        for kind, which, weight in expression.atoms:
            if kind in (*CHOSEN, "helper"):
                return None
            if kind == "spend":
                np.add.at(spend, which, weight)
            elif kind == "posts":
                np.add.at(spend, which, weight / self.problem.prices[which])
            else:
                np.add.at(response, which, weight)
                for i in which:
                    self.used[int(i)].add(kind)
        return spend, response, expression.constant

    def names_are_one(self) -> bool:
        """Whether no decision is asked for two responses."""
        return all(len(names) <= 1 for names in self.used)

    def curves(self) -> list[Curve | None]:
        """For each decision the curve that is spoken of (None: none is)."""
        return [
            decision.curves[next(iter(names))] if names else None
            for decision, names in zip(self.problem.decisions, self.used, strict=True)
        ]


class _Decisions:
    """The decisions' curves, grouped by shape so that a whole group decides at once."""

    def __init__(self, problem: Problem, curves: list[Curve | None]) -> None:
        self.curves, self.price = curves, problem.prices
        self.respond = VectorisedCurves(curves)

    def decide(self, gain: Array, cost: Array, low: Array, high: Array) -> Array:
        """The amount at which gain * f(u) - cost * price * u is largest, per decision."""
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            slope = np.where(gain > 0, cost * self.price / gain, np.inf)
            u = self.respond.spend_at_slope(slope)
        none = np.array([curve is None for curve in self.curves])
        bare = np.where(cost > 0, low, np.where(gain > 0, high, low))
        return np.where(none, bare, np.clip(u, low, high))


def _weights(aim: Row, shared: Sequence[Row], prices: Array) -> tuple[Array, Array]:
    """What a unit of response gains and a unit of spend costs a decision, at these prices."""
    gain, cost = aim[1].copy(), -aim[0]
    for (spend, response, _), price in zip(shared, prices, strict=True):
        if price:
            gain -= price * response
            cost += price * spend
    return gain, cost


def _prices(
    decisions: _Decisions, aim: Row, shared: Sequence[Row], low: Array, high: Array
) -> Array:
    """The dual's best prices, found in units of order 1 (each row by its own size)."""
    from scipy.optimize import minimize

    if not shared:
        return np.zeros(0)
    full = decisions.respond(high)
    size = max(float(np.abs(aim[1]) @ full), float(np.abs(aim[0]) @ (high * decisions.price)), TINY)
    sizes = np.array(
        [
            max(abs(c), 1e-3 * float(np.abs(s) @ (high * decisions.price) + np.abs(r) @ full), TINY)
            for s, r, c in shared
        ]
    )

    def dual(y: Array) -> tuple[float, Array]:
        gain, cost = _weights(aim, shared, y * size / sizes)
        amount = decisions.decide(gain, cost, low, high)
        money, won = amount * decisions.price, decisions.respond(amount)
        left = np.array([s @ money + r @ won + c for s, r, c in shared])
        return (
            float(gain @ won - cost @ money)
            - float((y / sizes) @ np.array([c for _, _, c in shared])) * size
        ) / size, -left / sizes

    start = np.full(len(shared), 0.5)
    found = minimize(
        dual,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=[(0.0, None)] * len(shared),
        options={"maxiter": 200, "ftol": 1e-13},
    )
    return np.asarray(found.x * size / sizes, dtype=float)


def _window(curve: Curve | None, amount: float, top: float) -> Array:
    """A few corners around an amount, and the curve's own. The amount is none itself: the tangents
    on both sides meet there, so that prices near the dual's leave no two pieces as good as each
    other.
    """
    top = top if top > 0 else 1.0
    points = {0.0, top}
    if curve is not None:
        points.update(part.start for part in curve.regions())
        points.update(p for p in (amount * (1 - WINDOW), amount * (1 + WINDOW)) if 0 < p < top)
        if not np.isfinite(float(curve.slope(0.0))):
            points.add(amount * 1e-3 or top * 1e-9)
    return np.array(sorted(points))
