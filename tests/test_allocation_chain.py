"""Plans on the stage chain: its slopes, plans against every plan of a grid, plans at themselves."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import cast

import numpy as np
import pytest

from optimizer.allocation.check import evaluate_plan
from optimizer.allocation.local_search import anchored
from optimizer.allocation.outcome import LocalModel
from optimizer.allocation.plan import Plan
from optimizer.allocation.planner import solve
from optimizer.allocation.problem import Goal, Problem, Rule
from optimizer.allocation.sequential_lp import SequentialSearch, search_of
from optimizer.forecast.adjoint import Stream
from optimizer.forecast.population import Population
from optimizer.pipeline.chain_outcome import ChainOutcome
from tests.chain_worlds import problem


def model_of(made: Problem) -> ChainOutcome:
    return cast(ChainOutcome, made.outcome)


def spend_of(made: Problem, plan: Plan) -> np.ndarray:
    paid = {(line.channel, line.period): line.spend for line in plan.lines}
    return np.array([paid[d.channel, d.period] for d in made.decisions])


def test_the_chain_by_pull_is_the_chain_person_by_person() -> None:
    paced = model_of(problem(1)).paced
    rng = np.random.default_rng(0)
    touches = paced.daily(rng.uniform(0, 200, (4, 9)))
    fast = Stream(paced.life.chain, paced.days).run(touches)
    slow = Population(paced.life, paced.life.chain).run(touches)
    np.testing.assert_allclose(fast.customers, slow.customers, rtol=1e-12)
    np.testing.assert_allclose(fast.orders, slow.orders, rtol=1e-12)


def test_slopes_are_those_of_a_nudge_and_parts_add_up() -> None:
    made = problem(2, seasons=(1.0, 1.6, 0.7))
    model = model_of(made)
    spend = np.random.default_rng(3).uniform(50, 500, 9)
    yields = model.outcome(spend)
    assert yields.customers.sum() == pytest.approx(float(model.brought(spend).total[0]))
    assert model.outcome(np.zeros(9)).customers.sum() == 0
    for weight in (np.ones(9), np.r_[np.ones(3), np.zeros(6)], np.arange(9.0)):
        slope = model.gradient(spend, "customers", weight)
        for i in (0, 4, 8):
            step = np.zeros(9)
            step[i] = 0.5
            up, down = (float(weight @ model.outcome(spend + s * step).customers) for s in (1, -1))
            assert slope[i] == pytest.approx(up - down, rel=2e-3, abs=1e-7)
    near = LocalModel(spend, model, yields)
    for weight in np.random.default_rng(4).uniform(0.5, 2.0, (12, 9)):  # more than decisions
        np.testing.assert_allclose(
            near.gradient("customers", weight),
            model.gradient(spend, "customers", weight),
            rtol=5e-3,
        )


def every_plan(made: Problem, units: int = 12) -> tuple[np.ndarray, np.ndarray]:
    """All ways to divide the budget in so many parts among decisions and nothing."""
    count = len(made.decisions)
    bars = np.array(list(combinations(range(units + count), count)))
    cells = np.diff(np.c_[np.full(len(bars), -1), bars], axis=1) - 1
    spend = cells * (3000.0 / units)
    paced, touches = model_of(made).paced, model_of(made).touches
    won = np.zeros(len(spend))
    for part in np.array_split(np.arange(len(spend)), 40):
        bought = np.array([curve(spend[part, k]) for k, curve in enumerate(touches.curves)]).T
        won[part] = paced.stream.run(paced.daily(bought)).customers - paced.organic
    return spend, won


@pytest.fixture(scope="module")
def grids() -> dict[int, tuple[np.ndarray, np.ndarray]]:
    return {seed: every_plan(problem(seed, seasons=SEASONS[seed]), 9) for seed in SEASONS}


SEASONS = {12: (0.8, 1.0, 1.7)}


@pytest.mark.parametrize("seed", SEASONS)
@pytest.mark.parametrize(
    "rules",
    [(), (Rule("commit", 900.0, "a"), Rule("max_channels", 2))],
    ids=["smooth", "two, or much of a"],
)
def test_no_plan_of_a_grid_is_better(grids, seed: int, rules: tuple[Rule, ...]) -> None:
    made = problem(seed, *rules, seasons=SEASONS[seed])
    spend, won = grids[seed]
    each = spend.reshape(-1, 3, 3).sum(axis=2)
    allowed = np.ones(len(spend), dtype=bool)
    for rule in rules:
        if rule.name == "max_channels":
            allowed &= (each > 0).sum(axis=1) <= rule.value
        else:
            allowed &= (each[:, 0] == 0) | (each[:, 0] >= rule.value)
    plan = solve(made, explain=False)
    assert plan.objective is not None
    assert all(result.holds for result in plan.rules)
    assert plan.objective >= won[allowed].max() * (1 - 1e-3)


def random_rules(rng: np.random.Generator, made: Problem) -> list[Rule]:
    """Some rules that an even split keeps, and choices among channels."""
    even = np.full(len(made.decisions), 3000.0 / len(made.decisions))
    found = evaluate_plan(made, even)
    customers = float(found.customers.sum())
    pool = [
        Rule("max_cac", 3000.0 / customers * float(rng.uniform(0.9, 1.1))),
        Rule("min_customers", customers * float(rng.uniform(0.6, 1.0))),
        Rule("min_share", float(rng.uniform(0.2, 0.5)), "a"),
        Rule("max_cac", 3000.0 / customers * float(rng.uniform(1.0, 1.6)), "b"),
        Rule("max_channels", int(rng.integers(1, 3))),
        Rule("commit", float(rng.uniform(500, 1500)), "c"),
        Rule("budget", float(rng.uniform(500, 1500)), None, {"period": "W2"}),
        Rule("min", float(rng.uniform(50, 300)), "b", {"period": "W1"}),
    ]
    return [pool[k] for k in rng.choice(len(pool), size=3, replace=False)]


@pytest.mark.parametrize("seed", range(3))
def test_a_plan_at_itself_agrees_with_itself(seed: int) -> None:
    rng = np.random.default_rng([seed, 5])
    goal = Goal("revenue") if seed == 2 else Goal()
    made = problem(seed, goal=goal, setup=120.0 if seed % 2 else 0.0)
    made = made.with_rules([*made.rules, *random_rules(rng, made)])
    plan = solve(made, explain=False)
    if not plan.feasible:
        assert plan.conflict
        return
    assert plan.totals is not None
    assert plan.certificate is not None
    assert plan.certificate.kind == "local"
    assert all(result.holds for result in plan.rules)
    spend = spend_of(made, plan)
    begun = {d.channel: i for i, d in reversed(list(enumerate(made.decisions))) if spend[i] > 0}
    for i in begun.values():
        spend[i] -= made.decisions[i].setup
    pins = [
        Rule(name, max(amount * (1 + sign * 1e-9), 0.0), d.channel, {"period": d.period})
        for d, amount in zip(made.decisions, spend, strict=True)
        for name, sign in (("min", -1), ("max", 1))
        if amount > 0 or name == "max"
    ]
    free = replace(made, decisions=tuple(replace(d, setup=0.0) for d in made.decisions))
    again = solve(free.with_rules(pins), explain=False)
    assert again.totals is not None
    assert again.totals.customers == pytest.approx(plan.totals.customers, rel=1e-3)
    assert again.totals.revenue == pytest.approx(plan.totals.revenue, rel=1e-3)
    here = evaluate_plan(made, spend, made.rules)
    assert float(here.customers.sum()) == pytest.approx(plan.totals.customers, rel=1e-9)
    assert all(rule.holds for rule in here.rules)


def test_a_model_near_the_plan_leads_to_the_plan() -> None:
    """What-if answers stand on it; its proof is local too. Nothing spent has slopes as well."""
    made = problem(2, Rule("min_share", 0.3, "b"), Rule("max_cac", 60.0, "c"), periods=1)
    plan = solve(made, explain=False)
    near = solve(anchored(made, spend_of(made, plan)), explain=False)
    assert near.objective == pytest.approx(plan.objective, rel=1e-5)
    assert near.certificate is not None
    assert near.certificate.kind == "local"
    weight = np.array([0.0, 0.0, 1.0])
    slope = model_of(made).gradient(np.zeros(3), "customers", weight)
    assert slope[2] > 0
    assert slope[:2] == pytest.approx([0.0, 0.0], abs=1e-12)


def test_what_money_alone_rules_out_takes_one_model() -> None:
    made = problem(1, Rule("min_share", 0.4, "a"), Rule("min", 300.0, "b"))
    search = search_of(made, "arrays", None)
    assert isinstance(search, SequentialSearch)
    search.settled = search.best(made.rules).spend
    assert search.settled is not None
    before = search.solves
    assert search.best([*made.rules, Rule("max_channels", 1)]).status == "infeasible"
    assert search.solves == before + 1
    found = search.best([*made.rules, Rule("max_channels", 2)])
    assert found.spend is not None
    assert search.feasible(found.spend, [*made.rules, Rule("max_channels", 2)])
