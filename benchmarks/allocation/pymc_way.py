"""PyMC-Marketing's BudgetOptimizer on stated curves: the smallest model it accepts, its own solver settings.

    PYTHON_WITH_PYMC_MARKETING benchmarks/allocation/pymc_way.py FILE.npz

FILE holds `top`, `half` and `budget`. Prints seconds of the optimisation (compiling the model not counted) and the
spend, as json. It knows a budget and bounds per channel, no CAC cap. Two even periods of half the curve each are the curve.
"""

from __future__ import annotations

import json
import sys
import time

import arviz as az
import numpy as np
import pymc as pm
import pymc.dims as pmd
from pymc_marketing.mmm.budget_optimizer import BudgetOptimizer, CustomModelWrapper
from pytensor.xtensor import as_xtensor

given = np.load(sys.argv[1])
top, half, budget = given["top"], given["half"], float(given["budget"])
channels = [f"c{k}" for k in range(len(top))]
ceiling, bend = (as_xtensor(values / 2, dims=("channel",)) for values in (top, half))
with pm.LinearModel(coords={"date": [0, 1], "channel": channels}) as model:
    data = pmd.Data("channel_data", np.zeros((2, len(top))), dims=("date", "channel"))
    sure = pmd.Normal("sure", 1.0, 1e-9)  # it wants a posterior: one draw of a number that is known
    pmd.Deterministic("total_contribution", sure * (ceiling * data / (bend + data)).sum())
idata = az.from_dict(posterior={"sure": np.ones((1, 1))})
optimizer = BudgetOptimizer(
    model=CustomModelWrapper(base_model=model, idata=idata, channels=channels),
    num_periods=2,
    response_variable="total_contribution",
)
bounds = dict.fromkeys(channels, (0.0, budget))
start = time.process_time()
spend, result = optimizer.allocate_budget(total_budget=budget, budget_bounds=bounds)[:2]
print(
    json.dumps(
        {
            "seconds": time.process_time() - start,
            "spend": [float(x) for x in np.asarray(spend)],
            "said": str(result.message),
        }
    )
)
