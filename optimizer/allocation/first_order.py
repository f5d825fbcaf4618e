"""Curves that stand for an outcome model near a spend, mended to first order.

A decision's own curve cannot say that money on one channel makes another work better. What is
missing of a sum of responses is linear in the money near the spend: the model's gradient less the
curves' slopes, and a constant that makes the values agree. With it every rule and goal is exact
there in value and slope, whatever the curves.
"""

from __future__ import annotations

import numpy as np

from optimizer.allocation.expression import Array, Index
from optimizer.allocation.outcome import LocalModel
from optimizer.allocation.problem import Problem

NOTHING = 1e-10  # share of the largest slope below which one is none


def missing(problem: Problem, kind: str, which: Index, weight: Array) -> tuple[float, Array]:
    """What a sum of responses lacks of the outcome model's near the spend.

    Parameters
    ----------
    problem
        One with a local model.
    kind
        Name of the response.
    which, weight
        Decisions, and a weight for each.

    Returns
    -------
    tuple
        A constant, and per decision what each unit of its money adds to it.
    """
    near = problem.near
    if near is None or kind not in near.yields.kinds:
        return 0.0, np.zeros(len(problem.decisions))
    full = np.zeros(len(problem.decisions))
    np.add.at(full, which, weight)
    curves = problem.respond[kind]
    key = (kind, full.tobytes())
    known = near.lacking.get(key)
    if known is None or known[0] is not curves:
        known = near.lacking[key] = (curves, *_lacking(problem, near, kind, full))
    return known[1], known[2]


def _lacking(problem: Problem, near: LocalModel, kind: str, full: Array) -> tuple[float, Array]:
    """`missing` for a weight of every decision."""
    amounts = np.maximum(problem.amounts(near.spend), 0.0)
    curves = problem.respond[kind]
    value = float(full @ curves(amounts))
    own = full * curves.slopes(amounts)
    slopes = own / problem.prices
    if problem.carries:
        to, source, share, _ = problem.carry_from
        np.add.at(slopes, source, share * own[to] / problem.prices[source])
    true = near.gradient(kind, full)
    slope = true - slopes
    slope[np.abs(slope) <= NOTHING * float(np.max(np.abs(true), initial=0.0))] = 0.0
    slope[problem.is_idle] = 0.0
    return float(full @ near.yields.of(kind)) - value - float(slope @ near.spend), slope
