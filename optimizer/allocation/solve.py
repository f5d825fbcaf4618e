"""Solving a problem: the public `solve`, and PuLP, which only this file knows.

PuLP is the readable modeller: named variables, named rows, HiGHS behind it (or CBC, for a second opinion). Models of
more than some ten thousand columns, and the many re-solves behind prices and conflicts, go to HiGHS as arrays.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from optimizer.allocation.answer import Answer
from optimizer.allocation.backend import OPTIONS, quiet, read_highs, solve_arrays
from optimizer.allocation.model import Model

if TYPE_CHECKING:
    from optimizer.allocation.plan import Plan
    from optimizer.allocation.problem import Problem

LARGE = 5_000  # columns from which PuLP's own work costs more than the solving


def run(
    model: Model,
    solver: str = "highs",
    gap: float = 1e-9,
    seconds: float | None = None,
    hint: Mapping[str, float] | None = None,
) -> Answer:
    """Solve a model with "highs" (PuLP on HiGHS, arrays when large), "arrays" (HiGHS without PuLP) or "cbc". hint: prices
    of rows by name, where known from before."""
    if solver == "arrays" or (solver == "highs" and model.width > LARGE):
        return solve_arrays(model, gap, seconds, hint)
    return _with_pulp(model, solver, gap, seconds)


def _with_pulp(model: Model, solver: str, gap: float, seconds: float | None) -> Answer:
    import pulp

    program, variables = pulp_model(model)
    if solver == "highs":
        quiet()
        engine = pulp.HiGHS(msg=False, gapRel=gap, timeLimit=seconds, threads=1, **OPTIONS)
        program.solve(engine)
        highs = program.solverModel
        order = np.array([v.index for v in variables], dtype=np.int64)  # PuLP sorts columns by name
        answer = read_highs(model, highs, highs.getModelStatus(), order)
        if answer.status in (
            "unbounded",
            "infeasible",
        ):  # the array path asks again without presolve
            return solve_arrays(model, gap, seconds)
        return answer
    bundled = (
        pulp.PULP_CBC_CMD.pulp_cbc_path
    )  # PuLP 3 brings CBC along; the class that wraps it goes with PuLP 4
    program.solve(pulp.COIN_CMD(path=bundled, msg=False, gapRel=gap, timeLimit=seconds))
    status = program.sol_status
    if status == pulp.LpSolutionInfeasible:
        return Answer("infeasible")
    if status == pulp.LpSolutionUnbounded:
        return Answer("unbounded")
    if status == pulp.LpSolutionNoSolutionFound:
        return Answer("limit" if seconds is not None else "failed")
    x = np.array([v.varValue if v.varValue is not None else 0.0 for v in variables])
    value = float(model.cost @ x) * model.unit + model.constant
    if status == pulp.LpSolutionOptimal:
        room = abs(value) * gap if model.mixed else 0.0
        return Answer("optimal", x, value, value + room)
    return Answer("limit", x, value)


def pulp_model(model: Model) -> tuple[Any, list[Any]]:
    """The model in PuLP: named variables, named rows, built from lists of pairs (never `lpSum` in a loop)."""
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


def solve(
    problem: Problem,
    gap: float = 1e-4,
    solver: str = "highs",
    time_limit: float | None = None,
    explain: bool = True,
) -> Plan:
    """The best plan, its proof, the price of every rule; or, where no plan exists, the reason and the ways out.

    gap: relative distance between the plan's value on the true curves and the proven bound at which to stop; small
    problems are brought further at no cost. time_limit: seconds for the plan itself (None: as long as it takes).
    explain: also prices, baselines, next money, ladder (False: the plan and its proof only).
    """
    from optimizer.allocation.planner import (
        plan,  # the search asks this file to run its models: here the door opens inward
    )

    return plan(problem, gap=gap, solver=solver, time_limit=time_limit, explain=explain)
