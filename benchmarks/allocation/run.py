"""Building and solving allocation problems, against plain ways of doing it. Run by hand: ratios, not tests.

    python benchmarks/allocation/run.py [lines ...] [--limit SECONDS]

The same concave problem (saturating channels, one budget, one CAC cap) goes to: this package; HiGHS as arrays with 20
pieces per line; PuLP built with lpSum on CBC with the same pieces; scipy's linprog; scipy's SLSQP on the curves as
rivals call it; cvxpy and PyMC-Marketing where benchmarks/.venvs/cvx and /pymc hold them. Columns are lines x 20.
Seconds are of the processor, imports not counted; a way that passes the limit (300) is stopped, and larger problems are
not given to it. Objective: customers on the true curves, relative to this package's.
"""

from __future__ import annotations

import sys

import numpy as np
from timed import elsewhere, timed

from optimizer.allocation.planner import solve
from optimizer.allocation.problem import Decision, Problem, Rule
from optimizer.allocation.solvers.highs import quiet
from optimizer.response.shapes.bounded import saturating

PIECES = 20
BUDGET = 1e6


def problem(count: int) -> tuple[Problem, np.ndarray, np.ndarray, float]:
    rng = np.random.default_rng(7)
    top, half = rng.uniform(50, 500, count), rng.uniform(0.2, 3, count) * BUDGET / count
    cap = float(BUDGET / (0.35 * top.sum()))
    lines = tuple(
        Decision(
            channel=f"c{k}", curves={"customers": saturating(ceiling=float(t), half_spend=float(h))}
        )
        for k, (t, h) in enumerate(zip(top, half, strict=True))
    )
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
    lp.a_matrix_.value_ = np.concatenate(
        [width.ravel() / BUDGET, (width.ravel() - cap * rise.ravel()) / BUDGET]
    )
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.passModel(lp)
    solver.run()
    return np.asarray(
        (np.array(solver.getSolution().col_value).reshape(width.shape) * width).sum(1)
    )


def by_lpsum(top: np.ndarray, half: np.ndarray, cap: float) -> np.ndarray:
    import pulp

    width, rise = pieces(top, half)
    program = pulp.LpProblem("plan", pulp.LpMaximize)
    x = [[program.add_variable(f"x{i}_{j}", 0, 1) for j in range(PIECES)] for i in range(len(top))]
    cells = [(i, j) for i in range(len(top)) for j in range(PIECES)]
    program += pulp.lpSum(float(rise[i, j]) * x[i][j] for i, j in cells)
    program += pulp.lpSum(float(width[i, j]) / BUDGET * x[i][j] for i, j in cells) <= 1
    program += (
        pulp.lpSum(float(width[i, j] - cap * rise[i, j]) / BUDGET * x[i][j] for i, j in cells) <= 0
    )
    program.solve(pulp.COIN_CMD(path=pulp.PULP_CBC_CMD.pulp_cbc_path, msg=False))
    return np.array(
        [
            sum((v.varValue or 0) * w for v, w in zip(row, widths, strict=True))
            for row, widths in zip(x, width, strict=True)
        ]
    )


def by_slsqp(top: np.ndarray, half: np.ndarray, cap: float) -> np.ndarray:
    from scipy.optimize import minimize

    found = minimize(
        lambda x: -customers(top, half, x),
        np.full(len(top), BUDGET / len(top) / 2),
        method="SLSQP",
        bounds=[(0, BUDGET)] * len(top),
        options={"maxiter": 300},
        constraints=[
            {"type": "ineq", "fun": lambda x: BUDGET - x.sum()},
            {"type": "ineq", "fun": lambda x: cap * customers(top, half, x) - x.sum()},
        ],
    )
    return np.asarray(found.x)


def by_linprog(top: np.ndarray, half: np.ndarray, cap: float) -> np.ndarray:
    from scipy.optimize import linprog

    width, rise = pieces(top, half)
    rows = np.array([width.ravel() / BUDGET, (width.ravel() - cap * rise.ravel()) / BUDGET])
    found = linprog(-rise.ravel(), A_ub=rows, b_ub=[1.0, 0.0], bounds=(0, 1), method="highs")
    return np.asarray((found.x.reshape(width.shape) * width).sum(1))


def by_us(it: Problem) -> tuple[np.ndarray, float]:
    plan = solve(it, explain=False)
    return np.array(
        [line.spend for line in plan.lines]
    ), plan.certificate.gap if plan.certificate else float("nan")


def main() -> None:
    import scipy.optimize  # noqa: F401 - imports are not what is measured

    arguments = sys.argv[1:]
    limit = (
        float(arguments.pop(arguments.index("--limit") + 1)) if "--limit" in arguments else 300.0
    )
    sizes = [int(a) for a in arguments if a.isdigit()] or [50, 500, 5000]
    by_us(problem(3)[0])
    out: set[str] = set()
    print(
        f"{'lines':>8} {'columns':>9} {'way':<16} {'seconds':>9} {'to ours':>8} {'short of ours':>14}"
    )
    for count in sizes:
        it, top, half, cap = problem(count)
        ours, (spend, gap) = timed(by_us, (it,), 600.0)
        assert ours is not None
        best = customers(top, half, spend)
        start = f"{count:>8} {count * PIECES:>9}"
        print(
            f"{start} {'this package':<16} {ours:>9.3f} {1:>8.2f} {'-':>14}   gap {gap:.1e}",
            flush=True,
        )
        ways = {
            "highspy arrays": by_arrays,
            "lpSum + CBC": by_lpsum,
            "scipy linprog": by_linprog,
            "SLSQP": by_slsqp,
        }
        for name in (*ways, "cvxpy", "PyMC-Marketing"):
            if name in out:
                continue
            try:
                if name in ways:
                    seconds, spend = timed(ways[name], (top, half, cap), limit)
                else:
                    venv, script = (
                        ("cvx", "cvxpy_way.py") if name == "cvxpy" else ("pymc", "pymc_way.py")
                    )
                    seconds, spend = elsewhere(
                        venv, script, limit, top=top, half=half, cap=cap, budget=BUDGET
                    )
            except FileNotFoundError as missing:
                print(f"{start} {name:<16} not here: {missing}")
                out.add(name)
                continue
            if seconds is None:
                print(
                    f"{start} {name:<16} stopped after {limit:.0f} s (or failed); not asked again",
                    flush=True,
                )
                out.add(name)
                continue
            value = customers(top, half, spend)
            over = max(0.0, float(spend.sum()) / BUDGET - 1, float(spend.sum()) / (cap * value) - 1)
            print(
                f"{start} {name:<16} {seconds:>9.3f} {seconds / ours:>8.2f} {1 - value / best:>14.1e}"
                + (f"   breaks a rule by {over:.1e}" if over > 1e-6 else ""),
                flush=True,
            )


if __name__ == "__main__":
    main()
