"""Random problems against every plan of a grid: the proof must hold, the plan must be as good, rules must be kept.

More instances: OPTIMIZER_INSTANCES=300 pytest tests/test_allocation_random.py
"""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pytest
from allocation_worlds import World, world

from optimizer.allocation.check import ledger
from optimizer.allocation.conflict import possible
from optimizer.allocation.engine import Bench
from optimizer.allocation.expand import expand
from optimizer.allocation.limits import rows
from optimizer.allocation.plan import Plan
from optimizer.allocation.problem import Problem
from optimizer.allocation.solve import solve

COUNT = int(os.environ.get("OPTIMIZER_INSTANCES", "40"))


def agrees(it: World, plan: Plan) -> None:
    best = it.value[it.allowed].max(initial=-np.inf)
    if plan.status == "infeasible":
        assert not it.allowed.any(), f"a grid plan is allowed: {it.spend[it.allowed][0]}"
        return
    assert plan.status == "optimal", plan.notes
    assert plan.certificate is not None
    assert plan.objective is not None
    assert plan.certificate.upper >= best * (1 - 1e-9), "a grid plan beats the proven bound"
    assert plan.objective >= best * (1 - plan.certificate.gap) - 1e-9, "a grid plan beats the plan"
    assert plan.certificate.gap <= 1e-4
    assert all(rule.holds for rule in plan.rules)


@pytest.mark.parametrize("seed", range(COUNT))
def test_concave(seed: int) -> None:
    it = world(seed, concave=True)
    agrees(it, solve(it.problem, explain=False))


@pytest.mark.parametrize("seed", range(COUNT))
def test_with_binaries(seed: int) -> None:
    it = world(10_000 + seed, concave=False)
    agrees(it, solve(it.problem, explain=False))


@pytest.mark.parametrize("seed", range(COUNT))
def test_a_conflict_collides_and_is_minimal(seed: int) -> None:
    it = world(20_000 + seed, concave=seed % 3 > 0, tight=True)
    plan = solve(it.problem, explain=False)
    agrees(it, plan)
    if plan.status != "infeasible":
        return
    core = [r for r in it.problem.rules if any(_same(r, c) for c in plan.conflict)]
    if len(core) != len(plan.conflict):  # a rule over a group stands for one per channel
        pytest.skip("the conflict names parts of a rule")
    assert not _possible(it.problem, core)
    for rule in core:
        assert _possible(it.problem, [r for r in core if r is not rule]), f"the conflict without {rule} still has no plan"
    for fix in plan.fixes:
        eased = [replace(r, value=fix.needed) if _same(r, fix) else r for r in it.problem.rules]
        assert _possible(it.problem, eased), fix
        stingy = fix.needed + (fix.bound - fix.needed) * 1e-3 + 3e-6 * (fix.bound - fix.needed) / abs(fix.bound - fix.needed) * abs(fix.needed)
        harder = [replace(r, value=stingy) if _same(r, fix) else r for r in it.problem.rules]
        whole = fix.unit == "count"
        assert whole or not _possible(it.problem, harder), f"less than {fix} is enough"


def _same(rule: object, other: object) -> bool:
    return rule.name == other.rule and rule.of == other.of  # type: ignore[attr-defined]


def _possible(problem: Problem, rules: list[object]) -> bool:
    """Whether some plan keeps the rules."""
    stated = replace(problem, rules=tuple(rules))  # type: ignore[arg-type]
    simple = expand(stated)
    return possible(Bench(replace(stated, rules=tuple(simple)), "arrays"), simple) is not None


@pytest.mark.parametrize("seed", range(0, COUNT, 3))
def test_tightening_never_helps_and_prices_are_differences(seed: int) -> None:
    it = world(seed if seed % 2 else 10_000 + seed, concave=seed % 2 == 1)
    plan = solve(it.problem)
    if plan.objective is None:
        return
    slack = 2e-4 * abs(plan.objective) + 1e-9
    for k, rule in enumerate(it.problem.rules):
        if rule.name == "budget":
            continue
        without = solve(replace(it.problem, rules=tuple(r for j, r in enumerate(it.problem.rules) if j != k)), explain=False)
        priced = [r for r in plan.rules if r.rule == rule.name and r.of == rule.of]
        if without.objective is not None:
            assert without.objective >= plan.objective - slack
            if len(priced) == 1 and priced[0].price is not None:
                assert priced[0].price == pytest.approx(without.objective - plan.objective, abs=slack)
        tighter = rule.value * (1.1 if rule.name.startswith(("min", "commit")) else 0.9)
        if rule.name != "max_channels":
            less = solve(replace(it.problem, rules=tuple(
                replace(r, value=tighter) if j == k else r for j, r in enumerate(it.problem.rules))), explain=False)
            if less.objective is not None and rule.name != "commit":
                assert less.objective <= plan.objective + slack


@pytest.mark.parametrize("seed", range(0, COUNT, 4))
def test_names_order_and_currency_change_nothing(seed: int) -> None:
    it = world(seed if seed % 8 else 10_000 + seed, concave=seed % 8 > 0)
    plan = solve(it.problem, explain=False)
    back = {"a/x": "zz/1", "a/y": "zz/0", "b": "aa"}
    of = {**back, "a": "zz", "t": "t"}
    lines = tuple(replace(line, channel=back[line.channel]) for line in reversed(it.problem.lines))
    rules = tuple(replace(r, of=of.get(r.of)) if r.of else r for r in reversed(it.problem.rules))
    other = solve(replace(it.problem, lines=lines, rules=rules), explain=False)
    assert other.status == plan.status
    if plan.objective is None:
        return
    assert {back[x.channel]: x.spend for x in plan.lines} == {x.channel: x.spend for x in other.lines}
    for unit in (1e-2, 1e6):
        scaled = solve(_in_units(it.problem, unit), explain=False)
        assert scaled.objective == pytest.approx(plan.objective * (unit if it.problem.goal.name == "revenue" else 1), rel=2e-4)
        if seed % 8:
            for a, b in zip(plan.lines, scaled.lines, strict=True):
                assert b.spend / unit == pytest.approx(a.spend, abs=0.05)


def _in_units(problem: Problem, unit: float) -> Problem:
    """The same problem in a currency worth 1/unit as much."""
    money = ("budget", "max", "min", "max_cac", "commit")
    lines = tuple(
        replace(
            line, value=line.value * unit, setup=line.setup * unit, price=line.price * unit if line.posts else 1.0,
            curves=line.curves if line.posts else {k: c.dearer(unit) for k, c in line.curves.items()},
        )
        for line in problem.lines
    )
    return replace(problem, lines=lines, rules=tuple(
        replace(r, value=r.value * unit) if r.name in money else r for r in problem.rules))


@pytest.mark.parametrize("seed", range(0, COUNT, 6))
def test_model_customers_are_the_curves_customers(seed: int) -> None:
    """The LP may not flatter itself: what the checker finds at the planned spend is what the plan says."""
    it = world(seed, concave=True)
    plan = solve(it.problem, explain=False)
    if plan.objective is None:
        return
    spend = np.array([x.spend for x in plan.lines])
    book = ledger(it.problem, spend)
    for line, stated in zip(plan.lines, it.problem.lines, strict=True):
        assert line.customers == pytest.approx(float(stated.curves["customers"](line.spend)), rel=1e-12)
    for rule in expand(it.problem):
        assert all(row.violation() <= 1e-6 for row in rows(rule, book))


@pytest.mark.parametrize("seed", range(0, COUNT, 10))
def test_cbc_agrees(seed: int) -> None:
    for it in (world(seed, concave=True), world(10_000 + seed, concave=False)):
        one, two = solve(it.problem, explain=False), solve(it.problem, explain=False, solver="cbc")
        assert one.status == two.status
        if one.objective is not None:
            assert two.objective == pytest.approx(one.objective, rel=2e-4)
