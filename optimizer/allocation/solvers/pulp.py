"""Running a model: on PuLP, which only this file knows, or on arrays.

PuLP is the readable modeller: named variables, named rows, HiGHS behind it (or CBC, for a second
opinion). Models of more than some ten thousand columns, and the many re-solves behind prices and
conflicts, go to HiGHS as arrays.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from optimizer.allocation.model import LinearModel, Solution
from optimizer.allocation.solvers.highs import OPTIONS, quiet, read_highs, solve_arrays

LARGE = 5_000  # columns from which PuLP's own work costs more than the solving


def run(
    model: LinearModel,
    solver: str = "highs",
    gap: float = 1e-9,
    seconds: float | None = None,
    row_prices: Mapping[str, float] | None = None,
) -> Solution:
    """Solve a model.

    Parameters
    ----------
    model
        The model.
    solver
        "highs" (PuLP on HiGHS, arrays when large), "arrays" (HiGHS without PuLP) or "cbc".
    gap
        Relative gap at which a mixed model is done.
    seconds
        Time limit (None: none).
    row_prices
        Prices of rows by name, where known from before.
    """
    if solver == "arrays" or (solver == "highs" and model.width > LARGE):
        return solve_arrays(model, gap, seconds, row_prices)
    return _with_pulp(model, solver, gap, seconds)


def _with_pulp(model: LinearModel, solver: str, gap: float, seconds: float | None) -> Solution:
    import pulp

    program, variables = pulp_model(model)
    if solver == "highs":
        quiet()
        engine = pulp.HiGHS(msg=False, gapRel=gap, timeLimit=seconds, threads=1, **OPTIONS)
        program.solve(engine)
        order = np.array([v.index for v in variables], dtype=np.int64)  # PuLP sorts columns by name
        solution = read_highs(model, program.solverModel, order)
        if solution.status in ("unbounded", "infeasible"):
            return solve_arrays(model, gap, seconds)  # which asks again without presolve
        return solution
    # PuLP 3 brings CBC along; the class that wraps it goes with PuLP 4
    bundled = pulp.PULP_CBC_CMD.pulp_cbc_path
    program.solve(pulp.COIN_CMD(path=bundled, msg=False, gapRel=gap, timeLimit=seconds))
    status = program.sol_status
    if status == pulp.LpSolutionInfeasible:
        return Solution("infeasible")
    if status == pulp.LpSolutionUnbounded:
        return Solution("unbounded")
    if status == pulp.LpSolutionNoSolutionFound:
        return Solution("limit" if seconds is not None else "failed")
    x = np.array([v.varValue if v.varValue is not None else 0.0 for v in variables])
    value = model.objective(x)
    if status == pulp.LpSolutionOptimal:
        room = abs(value) * gap if model.mixed else 0.0
        return Solution("optimal", x, value, value + room)
    return Solution("limit", x, value)


def pulp_model(model: LinearModel) -> tuple[Any, list[Any]]:
    """The model in PuLP: named variables, named rows, built from lists of pairs (never `lpSum` in a
    loop).
    """
    import pulp

    program = pulp.LpProblem("plan", pulp.LpMaximize)
    category = {True: pulp.LpInteger, False: pulp.LpContinuous}
    variables = [
        program.add_variable(
            name,
            None if low == -np.inf else float(low),
            None if high == np.inf else float(high),
            category[bool(whole)],
        )
        for name, low, high, whole in zip(
            model.columns, model.low, model.high, model.integer, strict=True
        )
    ]
    program.setObjective(
        pulp.LpAffineExpression([(v, float(c)) for v, c in zip(variables, model.cost, strict=True)])
    )
    for k, name in enumerate(model.names):
        pairs = [
            (variables[j], float(v)) for j, v in zip(model.index[k], model.value[k], strict=True)
        ]
        sense = pulp.LpConstraintEQ if model.equal[k] else pulp.LpConstraintLE
        program.addConstraint(
            pulp.LpConstraint(pulp.LpAffineExpression(pairs), sense, name, float(model.right[k]))
        )
    return program, variables
