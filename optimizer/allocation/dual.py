"""Large problems narrowed by their dual: with the right price on every shared row, each line decides alone.

For prices y >= 0 on the shared rows the Lagrangian splits by line: maximise A f(u) - B u, solved in closed form by
the curve's slope. Minimising over y (smooth, a handful of unknowns: L-BFGS-B) gives prices, and at them an amount for
each line; the linear model then needs only a few pieces around these amounts instead of many everywhere. The dual
only says where to look: the certificate still comes from the outlines and the linear programs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from optimizer.allocation.expression import Array, Expression
from optimizer.allocation.model import Stated
from optimizer.allocation.pieces import reach_of_slope
from optimizer.allocation.problem import Problem
from optimizer.response.curves import Curve, exponential, log, power, saturating
from optimizer.response.many import Many

WINDOW = 0.002  # half-width of the piece around the dual's amount, relative


@dataclass(frozen=True, eq=False)
class Narrowed:
    """Grids around the amounts that the dual's prices suggest, and the prices by row name: units of the goal per unit
    of the row as it was stated. Only shared rows have one."""

    grids: list[Array]
    prices: Mapping[str, float]


def narrowed(
    problem: Problem, goal: Stated, stated: Sequence[Stated], bounds: Array
) -> Narrowed | None:
    """Where to look; None where the problem does not split by line (helpers, binaries, several responses, carry-over)."""
    plain = not problem.carries and not any(line.setup or line.whole for line in problem.lines)
    if not plain or goal.free or any(item.free for item in stated):
        return None
    flat = _Flat(problem)
    aim = flat.row(goal.rows[0].left)
    rows = [flat.row(row.excess) for item in stated for row in item.rows]
    called = [item.row_name(row) for item in stated for row in item.rows]
    if aim is None or any(row is None for row in rows) or not flat.names_are_one():
        return None
    low, high = np.zeros(len(problem.lines)), bounds / problem.prices
    shared: list[Row] = []
    names: list[str] = []
    for row, name in zip(rows, called, strict=True):
        assert row is not None
        spend, response, constant = row
        alone = np.flatnonzero(spend)
        if len(alone) == 1 and not response.any():  # a bound on one line needs no price
            i, limit = int(alone[0]), -constant / spend[alone[0]] / problem.prices[alone[0]]
            if spend[i] > 0:
                high[i] = min(high[i], max(limit, 0.0))
            else:
                low[i] = max(low[i], limit)
        else:
            shared.append(row)
            names.append(name)
    lines = _Lines(problem, flat.curves())
    prices = _prices(lines, aim, shared, low, np.maximum(low, high))
    amount = lines.decide(*_weights(aim, shared, prices), low, np.maximum(low, high))
    grids = [
        _window(curve, float(u), float(top))
        for curve, u, top in zip(lines.curves, amount, bounds / problem.prices, strict=True)
    ]
    return Narrowed(
        grids,
        {
            name: float(price)
            for name, price in zip(names, prices, strict=True)
            if called.count(name) == 1
        },
    )


Row = tuple[Array, Array, float]


class _Flat:
    """Rows as coefficients per line: of spend (currency), of the response, and a constant."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.used: list[set[str]] = [set() for _ in problem.lines]

    def row(self, expression: Expression) -> Row | None:
        count = len(self.problem.lines)
        spend, response = np.zeros(count), np.zeros(count)
        for kind, which, weight in expression.atoms:
            if kind in ("active", "helper"):
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
        return all(len(names) <= 1 for names in self.used)

    def curves(self) -> list[Curve | None]:
        return [
            line.curves[next(iter(names))] if names else None
            for line, names in zip(self.problem.lines, self.used, strict=True)
        ]


class _Lines:
    """The lines' curves, grouped by shape so that a whole group decides at once."""

    def __init__(self, problem: Problem, curves: list[Curve | None]) -> None:
        self.curves, self.price = curves, problem.prices
        self.respond = Many(curves)

    def decide(self, gain: Array, cost: Array, low: Array, high: Array) -> Array:
        """The amount at which gain * f(u) - cost * price * u is largest, per line."""
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            slope = np.where(gain > 0, cost * self.price / gain, np.inf)
            u = np.full(len(self.curves), np.inf)
            for which, curve in self.respond.stacks:
                own = slope[which] * curve.spend_scale / curve.response_scale
                u[which] = _CLOSED[type(curve)](curve, own) * curve.spend_scale
        for i in self.respond.single:
            it = self.curves[i]
            assert it is not None
            u[i] = reach_of_slope(it, float(slope[i])) if np.isfinite(slope[i]) else 0.0
        u = np.where(slope > 0, np.nan_to_num(u, nan=0.0, posinf=np.inf), np.inf)
        none = np.array([curve is None for curve in self.curves])
        bare = np.where(cost > 0, low, np.where(gain > 0, high, low))
        return np.where(none, bare, np.clip(u, low, high))


_LN2 = float(np.log(2))
# the amount at which the slope is s, before scaling; c: curves side by side
_CLOSED: dict[type[Curve], Callable[[Any, Array], Array]] = {
    saturating: lambda c, s: np.sqrt(c.ceiling * c.half_spend / s) - c.half_spend,
    exponential: lambda c, s: np.log(c.ceiling * _LN2 / c.half_spend / s) * c.half_spend / _LN2,
    log: lambda c, s: c.gain / s - c.scale,
    power: lambda c, s: (
        c.spend
        * (c.response * c.elasticity / c.spend / s) ** (1 / np.maximum(1 - c.elasticity, 1e-9))
    ),
}


def _weights(aim: Row, shared: Sequence[Row], prices: Array) -> tuple[Array, Array]:
    """What a unit of response gains and a unit of spend costs a line, at these prices."""
    gain, cost = aim[1].copy(), -aim[0]
    for (spend, response, _), price in zip(shared, prices, strict=True):
        if price:
            gain -= price * response
            cost += price * spend
    return gain, cost


def _prices(lines: _Lines, aim: Row, shared: Sequence[Row], low: Array, high: Array) -> Array:
    """The dual's best prices, found in units of order 1 (each row by its own size)."""
    from scipy.optimize import minimize

    if not shared:
        return np.zeros(0)
    full = lines.respond(high)
    size = max(float(np.abs(aim[1]) @ full), float(np.abs(aim[0]) @ (high * lines.price)), 1e-300)
    sizes = np.array(
        [
            max(abs(c), 1e-3 * float(np.abs(s) @ (high * lines.price) + np.abs(r) @ full), 1e-300)
            for s, r, c in shared
        ]
    )

    def dual(y: Array) -> tuple[float, Array]:
        gain, cost = _weights(aim, shared, y * size / sizes)
        amount = lines.decide(gain, cost, low, high)
        money, won = amount * lines.price, lines.respond(amount)
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
    """A few corners around an amount, and the curve's own. The amount is none itself: the tangents on both sides meet
    there, so that prices near the dual's leave no two pieces as good as each other."""
    top = top if top > 0 else 1.0
    points = {0.0, top}
    if curve is not None:
        points.update(part.start for part in curve.regions())
        points.update(p for p in (amount * (1 - WINDOW), amount * (1 + WINDOW)) if 0 < p < top)
        if not np.isfinite(float(curve.slope(0.0))):
            points.add(amount * 1e-3 or top * 1e-9)
    return np.array(sorted(points))
