"""Building and solving allocation problems, against plain ways of doing it. Run by hand: ratios, not tests.

    python benchmarks/allocation/run.py [lines ...]

The same concave problem (saturating channels, one budget, one CAC cap) goes to: this package; HiGHS as arrays with 20
pieces per line; PuLP built with lpSum on CBC with the same pieces; scipy's SLSQP on the curves as rivals call it; and
cvxpy where it is installed. Columns are lines x 20. Objective: customers on the true curves, relative to the best.
"""

from __future__ import annotations

import sys
import time

import numpy as np

from optimizer.allocation.backend import quiet
from optimizer.allocation.problem import Line, Problem, Rule
from optimizer.allocation.solve import solve
from optimizer.response.curves import saturating

PIECES = 20
BUDGET = 1e6


def problem(count: int) -> tuple[Problem, np.ndarray, np.ndarray, float]:
    rng = np.random.default_rng(7)
    top, half = rng.uniform(50, 500, count), rng.uniform(0.2, 3, count) * BUDGET / count
    cap = float(BUDGET / (0.35 * top.sum()))
    lines = tuple(Line(channel=f"c{k}", curves={"customers": saturating(ceiling=float(t), half_spend=float(h))})
                  for k, (t, h) in enumerate(zip(top, half, strict=True)))
    return Problem(lines, (Rule("budget", BUDGET), Rule("max_cac", cap))), top, half, cap


def customers(top: np.ndarray, half: np.ndarray, spend: np.ndarray) -> float:
    return float((top * spend / (half + spend)).sum())


def pieces(top: np.ndarray, half: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Widths and rises of 20 chords per line, up to ten half-spends, closer where the curve bends."""
    at = half[:, None] * 10 * np.linspace(0, 1, PIECES + 1)[None, :] ** 2
    won = top[:, None] * at / (half[:, None] + at)
    return np.diff(at, axis=1), np.diff(won, axis=1)


def by_arrays(top: np.ndarray, half: np.ndarray, cap: float) -> np.ndarray:
    import highspy

    quiet()
    width, rise = pieces(top, half)
    n = width.size
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = n, 2
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = -rise.ravel(), np.zeros(n), np.ones(n)
    lp.row_lower_, lp.row_upper_ = np.full(2, -np.inf), np.array([1.0, 0.0])
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.array([0, n, 2 * n], dtype=np.int32)
    lp.a_matrix_.index_ = np.tile(np.arange(n, dtype=np.int32), 2)
    lp.a_matrix_.value_ = np.concatenate([width.ravel() / BUDGET, (width.ravel() - cap * rise.ravel()) / BUDGET])
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.passModel(lp)
    solver.run()
    return (np.array(solver.getSolution().col_value).reshape(width.shape) * width).sum(1)


def by_lpsum(top: np.ndarray, half: np.ndarray, cap: float) -> np.ndarray:
    import pulp

    width, rise = pieces(top, half)
    program = pulp.LpProblem("plan", pulp.LpMaximize)
    x = [[program.add_variable(f"x{i}_{j}", 0, 1) for j in range(PIECES)] for i in range(len(top))]
    cells = [(i, j) for i in range(len(top)) for j in range(PIECES)]
    program += pulp.lpSum(float(rise[i, j]) * x[i][j] for i, j in cells)
    program += pulp.lpSum(float(width[i, j]) / BUDGET * x[i][j] for i, j in cells) <= 1
    program += pulp.lpSum(float(width[i, j] - cap * rise[i, j]) / BUDGET * x[i][j] for i, j in cells) <= 0
    program.solve(pulp.COIN_CMD(path=pulp.PULP_CBC_CMD.pulp_cbc_path, msg=False))
    return np.array([sum((v.varValue or 0) * w for v, w in zip(row, widths, strict=True)) for row, widths in zip(x, width, strict=True)])


def by_slsqp(top: np.ndarray, half: np.ndarray, cap: float) -> np.ndarray:
    from scipy.optimize import minimize

    found = minimize(
        lambda x: -customers(top, half, x), np.full(len(top), BUDGET / len(top) / 2), method="SLSQP",
        bounds=[(0, BUDGET)] * len(top), options={"maxiter": 300},
        constraints=[{"type": "ineq", "fun": lambda x: BUDGET - x.sum()},
                     {"type": "ineq", "fun": lambda x: cap * customers(top, half, x) - x.sum()}],
    )
    return np.asarray(found.x)


def by_cvxpy(top: np.ndarray, half: np.ndarray, cap: float) -> np.ndarray:
    import cvxpy as cp

    x = cp.Variable(len(top), nonneg=True)
    won = cp.sum(cp.multiply(top, 1 - cp.multiply(half, cp.inv_pos(half + x))))
    cp.Problem(cp.Maximize(won), [cp.sum(x) <= BUDGET, cp.sum(x) <= cap * won]).solve()
    return np.asarray(x.value)


def main() -> None:
    import importlib.util

    sizes = [int(a) for a in sys.argv[1:]] or [50, 500, 5000]
    import scipy.optimize  # noqa: F401 - imports are not what is measured

    print(f"{'lines':>8} {'columns':>9} {'way':<14} {'seconds':>9} {'customers':>14} {'gap':>9}")
    for count in sizes:
        it, top, half, cap = problem(count)
        start = time.perf_counter()
        plan = solve(it, explain=False)
        seconds = time.perf_counter() - start
        best = plan.objective or 1.0
        gap = plan.certificate.gap if plan.certificate else float("nan")
        print(f"{count:>8} {count * PIECES:>9} {'this package':<14} {seconds:>9.3f} {best:>14.3f} {gap:>9.1e}")
        ways = {"highspy arrays": by_arrays, "lpSum + CBC": by_lpsum, "SLSQP": by_slsqp}
        if importlib.util.find_spec("cvxpy"):
            ways["cvxpy"] = by_cvxpy
        for name, way in ways.items():
            if (name == "SLSQP" and count > 600) or (name == "lpSum + CBC" and count > 6000):
                continue
            start = time.perf_counter()
            spend = way(top, half, cap)
            seconds = time.perf_counter() - start
            value = customers(top, half, spend)
            over = max(0.0, float(spend.sum()) / BUDGET - 1, float(spend.sum()) / (cap * value) - 1)
            print(f"{count:>8} {count * PIECES:>9} {name:<14} {seconds:>9.3f} {value:>14.3f} {1 - value / best:>9.1e}"
                  + (f"   breaks a rule by {over:.1e}" if over > 1e-6 else ""))


if __name__ == "__main__":
    main()
