"""Plans on the stage chain: its slopes, and plans against every plan of a grid."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from typing import cast

import numpy as np
import pytest

from optimizer.allocation.local_search import anchored
from optimizer.allocation.outcome import LocalModel
from optimizer.allocation.plan import Plan
from optimizer.allocation.planner import solve
from optimizer.allocation.problem import Problem, Rule
from optimizer.allocation.sequential_lp import SequentialSearch, search_of
from optimizer.forecast.adjoint import Stream
from optimizer.forecast.population import Population
from optimizer.pipeline.chain_outcome import ChainOutcome
from optimizer.pipeline.problem import build
from optimizer.scenario import read_scenario
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
    idle = np.where(np.arange(9) < 6, spend, 0.0)  # what is not bought, nobody else can move
    slope = model.gradient(idle, "customers", np.r_[np.zeros(6), np.ones(3)])
    assert (slope[:6] == 0).all()
    assert (slope[6:] > 0).all()
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


def keeps(rule: Rule, spend: np.ndarray) -> np.ndarray:
    """Which plans of a grid (plans x channels x periods) keep a rule, in its own words."""
    each, of = spend.sum(axis=2), "abc".index(rule.of or "a")
    if rule.name == "max_channels":
        return (each > 0).sum(axis=1) <= rule.value
    if rule.name == "commit":
        return (each[:, of] == 0) | (each[:, of] >= rule.value)
    if rule.name == "min_when_on":
        return ((spend[:, of] == 0) | (spend[:, of] >= rule.value)).all(axis=1)
    assert rule.name == "needs"
    return (each[:, of] == 0) | (each[:, "abc".index(str(rule.options["to"]))] >= rule.value)


@pytest.mark.parametrize("seed", SEASONS)
@pytest.mark.parametrize(
    ("rules", "post"),
    [
        ((), None),
        ((Rule("commit", 900.0, "a"), Rule("max_channels", 2)), None),
        ((Rule("min_when_on", 900.0, "a"), Rule("needs", 900.0, "b", {"to": "c"})), 3000.0 / 9),
    ],
    ids=["smooth", "two, or much of a", "posts, much of a when on, b needs c"],
)
def test_no_plan_of_a_grid_is_better(
    grids, seed: int, rules: tuple[Rule, ...], post: float | None
) -> None:
    made = problem(seed, *rules, seasons=SEASONS[seed], post=post)
    spend, won = grids[seed]
    allowed = np.ones(len(spend), dtype=bool)
    for rule in rules:
        allowed &= keeps(rule, spend.reshape(-1, 3, 3))
    plan = solve(made, explain=False)
    assert plan.objective is not None
    assert all(result.holds for result in plan.rules)
    assert plan.objective >= won[allowed].max() * (1 - 1e-3)
    for line in plan.lines:
        if post is not None and line.channel == "c":
            assert line.spend == pytest.approx(post * line.posts)


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


def test_a_step_stays_in_its_region_and_is_the_best_there() -> None:
    """The best of a concave model in a box and under a budget, by the prices that prove it."""
    made = problem(2, seasons=(1.0, 1.6, 0.7))
    search = search_of(made, "arrays", None)
    assert isinstance(search, SequentialSearch)
    here, width = np.full(9, 3000.0 / 9), 60.0
    local = search.near(here, width)
    found = local.best(made.rules, 1e-7)
    assert found.spend is not None
    low, high = here - width, here + width
    assert (low - 1e-6 <= found.spend).all()
    assert (found.spend <= high + 1e-6).all()
    assert found.bound - found.value <= 1e-6 * found.value
    step = np.array(
        [
            local.objective_value(found.spend + e) - local.objective_value(found.spend - e)
            for e in 0.05 * np.eye(9)
        ]
    )
    inner = (found.spend > low + 1) & (found.spend < high - 1)
    price = step[inner].mean()
    assert step[inner] == pytest.approx(price, rel=1e-2)
    assert (step[found.spend >= high - 1] >= price * 0.99).all()
    assert (step[found.spend <= low + 1] <= price * 1.01).all()


def test_targets_stand_against_what_today_brings_on_the_chain() -> None:
    """Curves of single channels say something else of today than the chain does."""
    channels = "".join(
        f"  {name}: {{curve: {{saturating: {{ceiling: 40, half_spend: 500}}}}, current: 300}}\n"
        for name in "abc"
    )
    goal = "goal: {min_spend: {targets: {customers_change: +20%}}}"
    scenario = read_scenario(f"{goal}\nchannels:\n{channels}")
    model = model_of(problem(2, periods=1))

    def least(onto: Callable[[Problem], Problem] | None) -> float:
        (asked,) = build(scenario, {}, onto).rules
        return float(asked.value)

    assert least(None) == pytest.approx(1.2 * 3 * 40 * 300 / 800)
    on_chain = 1.2 * model.outcome(np.full(3, 300.0)).customers.sum()
    assert least(lambda made: replace(made, outcome=model)) == pytest.approx(on_chain)
