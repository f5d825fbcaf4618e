"""Finer grids where the estimators leave the curves, near the plans that were looked at."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from optimizer.allocation.decision import Rule
from optimizer.allocation.expression import TINY, Array
from optimizer.allocation.piecewise import Estimator, refined_grid
from optimizer.allocation.relaxation import Relaxation

ROUNDINGS = 40  # posts that may be passed over while others are rounded up


def refine(
    relaxed: Relaxation,
    plans: Sequence[Array],
    above: Sequence[Estimator],
    below: Sequence[Estimator],
    gap: float,
) -> bool:
    """Finer grids of a relaxation; whether anything could be refined.

    Parameters
    ----------
    relaxed
        The problem with its grids, which are changed.
    plans
        Currency per decision: where the grids matter.
    above, below
        Over- and underestimators on the grids as they are.
    gap
        Relative distance of value and bound that is asked for.
    """
    problem = relaxed.problem
    amounts = [problem.amounts(spend) for spend in plans]
    sizes = {
        name: max(float(sum(e.values[name][-1] for e in above if name in e.values)), TINY)
        for name in sorted({name for e in above for name in e.values})
    }
    allowed = min(gap, 1e-4) / len(relaxed.grids)
    moved = False
    for i, exact in enumerate(relaxed.exact):
        if exact:
            continue
        wanted = [
            float(point[i])
            for point in amounts
            if _apart(above[i], below[i], float(point[i]), sizes, allowed)
        ]
        if not wanted:
            continue
        curves = problem.decisions[i].curves.values()
        upright = any(not np.isfinite(float(curve.slope(0.0))) for curve in curves)
        grid = refined_grid(relaxed.grids[i], wanted, upright)
        if len(grid) > len(relaxed.grids[i]):
            relaxed.grids[i] = grid
            moved = True
    return moved


def _apart(
    above: Estimator, below: Estimator, amount: float, sizes: dict[str, float], allowed: float
) -> bool:
    """Whether over- and underestimator differ by more than is allowed at an amount."""
    if not above.values:
        return False
    jump = max(above.values[name][0] / sizes[name] for name in above.values)
    if amount == 0.0 and jump > 1e-2 * allowed:
        return True
    error = max(
        (above.value_at(name, amount) - below.value_at(name, amount)) / sizes[name]
        for name in above.values
    )
    return error > 1e-3 * allowed


def shrunk_to_feasibility(
    search: Relaxation, plan: Array, rules: Sequence[Rule], tolerance: float
) -> list[Array]:
    """A plan that breaks a cap by a hair on the true curves, with as much less of everything as
    mends it.

    Empty where nothing up to a thousandth does.

    Parameters
    ----------
    search
        Of the problem.
    plan
        Currency per decision.
    rules
        Simple rules it must keep.
    tolerance
        By which share of a row's larger side it may break one.
    """
    for less in 10.0 ** np.arange(-9.0, -2.9, 0.5):
        if search.feasible(plan * (1 - less), rules, tolerance):
            return [plan * (1 - less)]
    return []


def rounded_to_feasibility(
    search: Relaxation, plan: Array, rules: Sequence[Rule], tolerance: float
) -> Array:
    """A plan with every fraction of a post rounded down, then as many up again as the rules allow,
    the largest fractions first.

    Parameters
    ----------
    search
        Of the problem.
    plan
        Currency per decision.
    rules
        Simple rules it should keep.
    tolerance
        By which share of a row's larger side it may break one.
    """
    prices, whole = search.problem.prices, search.problem.is_whole
    posts = plan / prices
    down = np.where(whole, np.floor(posts + 1e-6), posts)
    order = np.argsort(-(posts - down), kind="stable")
    order = order[(posts - down)[order] > 1e-6]

    def up(count: int) -> Array:
        more = down.copy()
        more[order[:count]] += 1.0
        return more

    for __ in range(ROUNDINGS):
        low, high = 0, len(order)
        while low < high:  # the largest number that still keeps the rules
            middle = (low + high + 1) // 2
            if search.feasible(search.project(up(middle) * prices), rules, tolerance):
                low = middle
            else:
                high = middle - 1
        down, order = up(low), order[low + 1 :]  # without the one that was too much
    return search.project(down * prices)
