"""The demo: simulate a company, plan it from its data alone, and hold the plan against the
truth.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from optimizer.messages import Text, _
from optimizer.pipeline import Outcome, run
from optimizer.scenario import load_scenario
from optimizer.simulate import Knobs, Truth, draw
from optimizer.simulate.aggregate import write_aggregate
from optimizer.simulate.truth import within
from optimizer.simulate.write import write

# how a brand's channels are called, what it knows, and weeks of history
BRANDS: dict[str, tuple[str, Callable[..., None], int]] = {
    "journeys": ("trade", write, 26),
    "aggregate": ("abroad", write_aggregate, 78),
}


def demo(
    folder: Path,
    seed: int,
    users: int,
    weeks: int | None,
    world: str,
    brand: str,
    say: Callable[[Text], None],
    command: str,
) -> Outcome:
    """Write the sample brand into `folder`, plan it, and return the outcome with its truth.

    Parameters
    ----------
    folder
        Made ready for a commit, empty.
    seed, users, weeks, world
        As in `simulate`; no weeks: as many as the brand usually has.
    brand
        A name in `BRANDS`.
    say
        Called with each step of the work.
    command
        The command line that plans it, for the report.
    """
    say(_("simulating a brand"))
    naming, files, usual = BRANDS[brand]
    truth, events = draw(seed, Knobs().but(users=users, weeks=weeks or usual), world, naming)
    files(folder, truth, events, seed)
    outcome = run(load_scenario(folder / "scenario.yaml"), say, command=command)
    return replace(outcome, truth=against(truth, outcome))


def against(truth: Truth, outcome: Outcome) -> dict[str, Any]:
    """What the plan and the simple rules would really bring, beside the best plan.

    Parameters
    ----------
    truth
        The simulated brand's.
    outcome
        What was planned from its data alone.

    Returns
    -------
    dict
        Expected new customers over the horizon, and shares of the best achievable extra ones.
    """
    rules = {
        "keep_split": truth.keep_split(),
        "equal": _spread(truth, np.ones(len(truth.channels))),
    }
    attribution = outcome.attribution
    if attribution is not None and any(credit.model == "last" for credit in attribution.credits):
        last = attribution["last"]
        credit = dict(zip(last.channels, last.conversions, strict=True))
        rules["last_touch"] = _spread(
            truth, np.array([float(credit.get(name, 0.0)) for name in truth.channels])
        )
    if outcome.spend is not None and outcome.spend.frame["claimed"].notna().any():
        claims = outcome.spend.frame.groupby("channel")["claimed"].sum()
        rules["claims"] = _spread(
            truth, np.array([float(claims.get(name, 0.0)) for name in truth.channels])
        )
    mine = outcome.plan.spend_by_channel()
    return {
        "caused": dict(zip(truth.channels, map(float, truth.caused_customers), strict=True)),
        "organic": truth.history_organic[0],
        "best": {"spend": truth.best, "customers": truth.customers(truth.best)},
        "nothing": truth.customers({}),
        "plan_true_customers": truth.customers(mine),
        "captured": truth.captured(mine),
        "baselines_true": {name: truth.customers(spend) for name, spend in rules.items()},
        "baselines_captured": {name: truth.captured(spend) for name, spend in rules.items()},
    }


def _spread(truth: Truth, weights: np.ndarray[Any, np.dtype[np.float64]]) -> dict[str, float]:
    return dict(zip(truth.channels, map(float, within(weights, truth.terms)), strict=True))
