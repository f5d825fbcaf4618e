"""A model as LP text that people and solvers read: rows named by their rules, columns explained
above.
"""

from __future__ import annotations

import numpy as np

from optimizer.allocation.model import LinearModel
from optimizer.allocation.problem import Problem


def lp_text(model: LinearModel, problem: Problem) -> str:
    """The model in CPLEX LP format.

    Every row is scaled so that its largest coefficient is 1, the objective by `unit`.

    Parameters
    ----------
    model
        The model.
    problem
        The problem it was built from, whose channels are named above the rows.
    """
    out = [f"\\ {problem.name}".replace("\n", " "), f"\\ objective in units of {model.unit:.12g}"]
    for i, decision in enumerate(problem.decisions):
        name = f"{decision.channel} {decision.period}".replace("\n", " ")
        out.append(f"\\ x{i}_*: pieces of {name}, each filled from 0 to 1")
    known = set(model.columns)
    for k, name in enumerate(problem.channels):
        if f"z{k}" in known:
            out.append(f"\\ z{k}: {name} is used".replace("\n", " "))
    out += [
        "Maximize",
        _row(" goal", np.flatnonzero(model.cost), model.cost[np.flatnonzero(model.cost)], model)
        or " goal: 0 x0_0",
    ]
    out.append("Subject To")
    for k, name in enumerate(model.names):
        left = (
            _row(f" {name}", model.index[k], model.value[k], model)
            or f" {name}: 0 {model.columns[0]}"
        )
        out.append(f"{left} {'=' if model.equal[k] else '<='} {model.right[k] + 0.0:.12g}")
    out.append("Bounds")
    for name, low, high in zip(model.columns, model.low, model.high, strict=True):
        if low == -np.inf:
            out.append(f" {name} free")
        elif high == np.inf:
            out.append(f" {name} >= {low:.12g}")
        else:
            out.append(f" {low:.12g} <= {name} <= {high:.12g}")
    whole = [name for name, flag in zip(model.columns, model.integer, strict=True) if flag]
    if whole:
        out += ["General", *(f" {name}" for name in whole)]
    return "\n".join([*out, "End", ""])


def _row(name: str, index: np.ndarray, value: np.ndarray, model: LinearModel) -> str:
    terms = [
        f"{'-' if v < 0 else '+'} {abs(v):.12g} {model.columns[j]}"
        for j, v in zip(index, value, strict=True)
    ]
    if not terms:
        return ""
    lines = ["    ".join(["", " ".join(terms[k : k + 8])]) for k in range(0, len(terms), 8)]
    return f"{name}:" + "\n".join(lines)
