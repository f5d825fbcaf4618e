"""cvxpy on the same curves and rules (its own choice of conic solver).

    PYTHON_WITH_CVXPY benchmarks/allocation/cvxpy_way.py FILE.npz

FILE holds `top`, `half`, `budget` and `cap`. Prints processor seconds and the spend, as json.
"""

from __future__ import annotations

import json
import sys
import time

import cvxpy as cp
import numpy as np

given = np.load(sys.argv[1])
top, half, budget, cap = given["top"], given["half"], float(given["budget"]), float(given["cap"])
start = time.process_time()
x = cp.Variable(
    len(top), nonneg=True
)  # in units of the budget: conic solvers want numbers of order 1
won = cp.sum(cp.multiply(top, 1 - cp.multiply(half / budget, cp.inv_pos(half / budget + x))))
problem = cp.Problem(cp.Maximize(won), [cp.sum(x) <= 1, cp.sum(x) <= cap / budget * won])
problem.solve()
print(
    json.dumps(
        {
            "seconds": time.process_time() - start,
            "spend": [float(v) * budget for v in np.asarray(x.value)],
            "said": f"{problem.status}, {problem.solver_stats.solver_name}",
        }
    )
)
