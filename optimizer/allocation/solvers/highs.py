"""The array path to HiGHS: no modeller between, for large models and re-solves."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from optimizer.allocation.expression import Array, Index
from optimizer.allocation.model import LinearModel, Solution
from optimizer.allocation.solvers.sifting import Rows, sift

if TYPE_CHECKING:
    import highspy

OPTIONS = {
    "primal_feasibility_tolerance": 1e-9,
    "dual_feasibility_tolerance": 1e-9,
    "mip_feasibility_tolerance": 1e-9,
}


@cache
def quiet() -> None:
    """Keep HiGHS' banner off standard output, which belongs to the user's json and csv.

    It is printed when its first object is made, before it can be told not to.
    """
    import highspy

    sys.stdout.flush()
    try:
        kept = os.dup(1)
    except OSError:  # there is no standard output to keep clean
        highspy.Highs()
        return
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 1)
            highspy.Highs()
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def solve_arrays(
    model: LinearModel,
    gap: float = 1e-9,
    seconds: float | None = None,
    row_prices: Mapping[str, float] | None = None,
) -> Solution:
    """Hand the model to HiGHS as arrays. The same call on the same model gives the same solution.

    Parameters
    ----------
    model
        The model.
    gap
        Relative gap at which a mixed model is done.
    seconds
        Time limit (None: none).
    row_prices
        Prices of rows by name, where known from before; very wide linear programs are then sifted.
    """
    if row_prices:
        sifted = sift(model, row_prices, lambda part: solve_whole(part, gap, seconds))
        if sifted is not None:
            return sifted
    return solve_whole(model, gap, seconds)


def solve_whole(model: LinearModel, gap: float, seconds: float | None) -> Solution:
    """The whole model at once; see `solve_arrays`."""
    import highspy

    quiet()
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("mip_rel_gap", gap)
    for name, value in OPTIONS.items():
        solver.setOptionValue(name, value)
    end = None if seconds is None else time.monotonic() + seconds

    def run() -> None:
        """Once more, in the time that is left."""
        if end is not None:
            solver.setOptionValue(
                "time_limit", solver.getRunTime() + max(end - time.monotonic(), 0.01)
            )
        solver.run()

    if solver.passModel(_program(model)) == highspy.HighsStatus.kError:
        return Solution("failed")
    run()
    kinds = highspy.HighsModelStatus
    if solver.getModelStatus() in (kinds.kUnboundedOrInfeasible, kinds.kInfeasible):
        # presolve cannot always tell the two apart, and "no plan exists" is worth asking twice
        solver.clearSolver()
        solver.setOptionValue("presolve", "off")
        run()
    solution = read_highs(model, solver)
    if solution.status == "optimal" and not model.mixed and not _proven(model, solution):
        solver.clearSolver()
        for name in ("primal_feasibility_tolerance", "dual_feasibility_tolerance"):
            solver.setOptionValue(name, 1e-7)
        run()
        solution = read_highs(model, solver)
    return solution


def _program(model: LinearModel) -> highspy.HighsLp:
    """The model as HiGHS takes it."""
    import highspy

    right = np.array(model.right, dtype=float)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = model.width, len(right)
    lp.col_cost_ = -model.cost
    lp.col_lower_, lp.col_upper_ = model.low, model.high
    lp.row_upper_ = right
    lp.row_lower_ = (
        np.where(np.array(model.equal, dtype=bool), right, -np.inf) if len(right) else right
    )
    rows = Rows(model)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.array(model.start, dtype=np.int32)
    lp.a_matrix_.index_ = rows.column.astype(np.int32)
    lp.a_matrix_.value_ = rows.value
    if model.mixed:
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[int(flag)] for flag in model.integer]
    return lp


def _proven(model: LinearModel, solution: Solution) -> bool:
    """Whether the solution's own dual prices prove it (weak duality): a solver's word is not a
    proof.
    """
    assert solution.prices is not None
    rows = Rows(model)
    bound = rows.bound(solution.prices, rows.gain(solution.prices)[0], 1e-7)
    reached = (float(solution.value or 0.0) - model.constant) / model.unit
    return bound - reached <= 1e-6 * max(1.0, abs(reached))


def read_highs(model: LinearModel, solver: highspy.Highs, order: Index | None = None) -> Solution:
    """The solution of a HiGHS object that has run.

    Parameters
    ----------
    model
        What it solved.
    solver
        The object; also the one behind PuLP.
    order
        PuLP keeps columns in an order of its own: where each of the model's stands.
    """
    import highspy

    status, kinds = solver.getModelStatus(), highspy.HighsModelStatus
    if status == kinds.kInfeasible:
        return Solution("infeasible")
    if status in (kinds.kUnbounded, kinds.kUnboundedOrInfeasible):
        return Solution("unbounded")
    info = solver.getInfo()
    x: Array | None = None
    if info.primal_solution_status == 2:
        x = np.array(solver.getSolution().col_value)
        x = x if order is None else x[order]
    if status in (kinds.kOptimal, kinds.kModelEmpty):
        if x is None:
            x = np.clip(np.zeros(model.width), model.low, model.high)
        value = model.objective(x)
        scaled = -info.mip_dual_bound if model.mixed else -info.objective_function_value
        bound = scaled * model.unit + model.constant if np.isfinite(scaled) else value
        prices = None if model.mixed or order is not None else _row_prices(model, solver)
        return Solution("optimal", x, value, max(float(bound), value), prices)
    if status in (kinds.kTimeLimit, kinds.kIterationLimit, kinds.kSolutionLimit, kinds.kInterrupt):
        scaled = -info.mip_dual_bound if model.mixed else np.inf
        value_so_far = None if x is None else model.objective(x)
        return Solution("limit", x, value_so_far, scaled * model.unit + model.constant)
    return Solution("failed")


def _row_prices(model: LinearModel, solver: highspy.Highs) -> Array:
    """Dual prices of the rows, as a maximum has them: 0 or more where a row is no equality."""
    prices = -np.array(solver.getSolution().row_dual)
    return np.where(np.array(model.equal, dtype=bool), prices, np.maximum(prices, 0.0))
