"""A plan evaluated at itself agrees with itself: random companies on the stage chain, random rules,
choices of channels, periods, whole posts and set-ups among them.

CHAIN_SCENARIOS=60 runs sixty of them.
"""

from __future__ import annotations

import os

import numpy as np
import pytest

from optimizer.allocation.check import evaluate_plan
from optimizer.allocation.plan import Plan
from optimizer.allocation.planner import solve
from optimizer.allocation.problem import Goal, Problem, Rule
from tests.chain_worlds import problem

SCENARIOS = int(os.environ.get("CHAIN_SCENARIOS", "0"))
STANDING = (0, 4, 17, 18)  # of the sixty: few decisions, and every kind of choice


def random_rules(rng: np.random.Generator, made: Problem, count: int) -> list[Rule]:
    """Rules about as harsh as what an even split gives, in any combination."""
    even = evaluate_plan(made, np.full(len(made.decisions), 3000.0 / len(made.decisions)))
    customers = float(even.customers.sum())
    cac, roi = 3000.0 / customers, customers / 30.0
    first, last = made.period_names[0], made.period_names[-1]

    def between(low: float, high: float) -> float:
        return float(rng.uniform(low, high))

    pool = [
        Rule("max_cac", cac * between(0.85, 1.1)),
        Rule("max_cac", cac * between(0.8, 1.6), "b"),
        Rule("min_customers", customers * between(0.6, 1.05)),
        Rule("min_roi", roi * between(0.9, 1.1)),
        Rule("min_share", between(0.2, 0.5), "a"),
        Rule("max_share", between(0.2, 0.5), "b"),
        Rule("budget", between(500, 1500), None, {"period": last}),
        Rule("min", between(50, 300), "b", {"period": first}),
        Rule("max_change", between(0.5, 2.0), "c"),
        Rule("max_step", between(0.3, 1.0), "a"),
        Rule("max_channels", int(rng.integers(1, 3))),
        Rule("commit", between(500, 1500), "a"),
        Rule("min_when_on", between(200, 600)),
        Rule("needs", between(100, 500), "a", {"to": "b"}),
    ]
    return [pool[k] for k in rng.choice(len(pool), size=count, replace=False)]


def scenario(seed: int) -> Problem:
    rng = np.random.default_rng([seed, 5])
    channels, periods = int(rng.choice([3, 4])), int(rng.choice([1, 2, 3]))
    goal = (Goal(), Goal("revenue"), Goal("profit"), Goal("min_spend"))[int(rng.integers(4))]
    made = problem(
        seed,
        channels=channels,
        periods=periods,
        seasons=tuple(rng.uniform(0.7, 1.6, periods)) if rng.random() < 0.5 else None,
        post=float(rng.uniform(100, 400)) if rng.random() < 0.3 else None,
        setup=float(rng.uniform(50, 200)) if rng.random() < 0.4 else 0.0,
        goal=goal,
    )
    rules = random_rules(rng, made, int(rng.integers(2, 5)))
    if goal.name == "min_spend":
        some = evaluate_plan(made, np.full(len(made.decisions), 2000.0 / len(made.decisions)))
        rules.append(Rule("min_customers", float(some.customers.sum())))
    return made.with_rules([*made.rules, *rules])


def fixed_at(made: Problem, plan: Plan) -> Problem:
    """The problem with every spend fixed at the plan's, its own rules kept."""
    pins = [
        Rule(name, max(line.spend * (1 + sign * 1e-9), 0.0), line.channel, {"period": line.period})
        for line in plan.lines
        for name, sign in (("min", -1), ("max", 1))
        if line.spend > 0 or name == "max"
    ]
    return made.with_rules([*made.rules, *pins])


@pytest.mark.parametrize("seed", range(SCENARIOS) if SCENARIOS else STANDING)
def test_a_plan_fixed_at_itself_is_itself(seed: int) -> None:
    made = scenario(seed)
    plan = solve(made, explain=False)
    if not plan.feasible:
        assert plan.conflict or plan.notes
        return
    assert plan.totals is not None
    assert all(result.holds for result in plan.rules)
    again = solve(fixed_at(made, plan), explain=False)
    assert again.totals is not None, again.conflict
    assert all(result.holds for result in again.rules)
    assert again.totals.spend == pytest.approx(plan.totals.spend, rel=1e-6)
    assert again.totals.customers == pytest.approx(plan.totals.customers, rel=1e-3)
    assert again.totals.revenue == pytest.approx(plan.totals.revenue, rel=1e-3)
    assert again.totals.cac == pytest.approx(plan.totals.cac, rel=1e-3)
