"""The array path to HiGHS: no modeller between, for large models and re-solves."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from functools import cache

import numpy as np

from optimizer.allocation.answer import Answer
from optimizer.allocation.expression import Index
from optimizer.allocation.model import Model
from optimizer.allocation.sift import Rows, sift

OPTIONS = {
    "primal_feasibility_tolerance": 1e-9,
    "dual_feasibility_tolerance": 1e-9,
    "mip_feasibility_tolerance": 1e-9,
}


@cache
def quiet() -> None:
    """HiGHS prints a banner on standard output when its first object is made, before it can be told not to; standard
    output belongs to the user's json and csv, so that moment is spent looking elsewhere."""
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
    model: Model,
    gap: float = 1e-9,
    seconds: float | None = None,
    hint: Mapping[str, float] | None = None,
) -> Answer:
    """Hand the model to HiGHS as arrays. The same call on the same model gives the same answer.

    hint: prices of rows by name, where known from before; very wide linear programs are then sifted."""
    if hint:
        sifted = sift(model, hint, lambda part: _whole(part, gap, seconds))
        if sifted is not None:
            return sifted
    return _whole(model, gap, seconds)


def _whole(model: Model, gap: float, seconds: float | None) -> Answer:
    import highspy

    quiet()
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("mip_rel_gap", gap)
    for name, value in OPTIONS.items():
        solver.setOptionValue(name, value)
    if seconds is not None:
        solver.setOptionValue("time_limit", max(seconds, 0.01))
    right = np.array(model.right, dtype=float)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = model.width, len(right)
    lp.col_cost_ = -model.cost
    lp.col_lower_, lp.col_upper_ = model.low, model.high
    lp.row_upper_ = right
    lp.row_lower_ = (
        np.where(np.array(model.equal, dtype=bool), right, -np.inf) if len(right) else right
    )
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.array(model.start, dtype=np.int32)
    lp.a_matrix_.index_ = (
        np.concatenate(model.index).astype(np.int32) if model.index else np.zeros(0, dtype=np.int32)
    )
    lp.a_matrix_.value_ = np.concatenate(model.value) if model.value else np.zeros(0)
    if model.mixed:
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[int(flag)] for flag in model.integer]
    if solver.passModel(lp) == highspy.HighsStatus.kError:
        return Answer("failed")
    solver.run()
    status = solver.getModelStatus()
    if status in (
        highspy.HighsModelStatus.kUnboundedOrInfeasible,
        highspy.HighsModelStatus.kInfeasible,
    ):
        # presolve cannot always tell the two apart, and "no plan exists" is worth asking twice
        solver.clearSolver()
        solver.setOptionValue("presolve", "off")
        solver.run()
        status = solver.getModelStatus()
    answer = read_highs(model, solver, status)
    if answer.status == "optimal" and not model.mixed and not _proven(model, solver, answer):
        solver.clearSolver()
        for name in ("primal_feasibility_tolerance", "dual_feasibility_tolerance"):
            solver.setOptionValue(name, 1e-7)
        solver.run()
        answer = read_highs(model, solver, solver.getModelStatus())
    return answer


def _proven(model: Model, solver: object, answer: Answer) -> bool:
    """Whether the answer's own dual prices prove it (weak duality, computed here): a solver's word is not a proof."""
    prices = np.array(solver.getSolution().row_dual) * -1.0  # type: ignore[attr-defined]
    prices = np.where(np.array(model.equal, dtype=bool), prices, np.maximum(prices, 0.0))
    rows = Rows(model)
    bound = rows.bound(prices, rows.gain(prices)[0], 1e-7)
    reached = (float(answer.value or 0.0) - model.constant) / model.unit
    return bound - reached <= 1e-6 * max(1.0, abs(reached))


def read_highs(model: Model, solver: object, status: object, order: Index | None = None) -> Answer:
    """An `Answer` from a HiGHS object that has run; also the one behind PuLP, which keeps columns in an `order` of
    its own."""
    import highspy

    kinds = highspy.HighsModelStatus
    if status == kinds.kInfeasible:
        return Answer("infeasible")
    if status in (kinds.kUnbounded, kinds.kUnboundedOrInfeasible):
        return Answer("unbounded")
    info = solver.getInfo()  # type: ignore[attr-defined]
    feasible = info.primal_solution_status == 2
    x = np.array(solver.getSolution().col_value) if feasible else None  # type: ignore[attr-defined]
    if x is not None and order is not None:
        x = x[order]
    value = float(model.cost @ x) * model.unit + model.constant if x is not None else None
    if status in (kinds.kOptimal, kinds.kModelEmpty):
        if x is None:
            x = np.clip(np.zeros(model.width), model.low, model.high)
            value = float(model.cost @ x) * model.unit + model.constant
        scaled = -info.mip_dual_bound if model.mixed else -info.objective_function_value
        bound = scaled * model.unit + model.constant if np.isfinite(scaled) else value
        prices = None
        if not model.mixed and order is None:
            prices = -np.array(solver.getSolution().row_dual)  # type: ignore[attr-defined]
            prices = np.where(np.array(model.equal, dtype=bool), prices, np.maximum(prices, 0.0))
        return Answer("optimal", x, value, max(float(bound), float(value)), prices)  # type: ignore[arg-type]
    if status in (kinds.kTimeLimit, kinds.kIterationLimit, kinds.kSolutionLimit, kinds.kInterrupt):
        scaled = -info.mip_dual_bound if model.mixed else np.inf
        return Answer("limit", x, value, scaled * model.unit + model.constant)
    return Answer("failed")
