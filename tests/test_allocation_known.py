"""Textbook instances and rivals' traps, each written as a scenario a user could have written.

The answers below are worked from the instances themselves; where the shared known answers lie
beside the checkout, the same numbers are read from there.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer.allocation.plan import Plan
from optimizer.allocation.planner import solve
from optimizer.pipeline.problem import build
from optimizer.scenario import load_scenario

HERE = Path(__file__).parent / "known"
SHARED = Path(__file__).parents[1] / ".." / "shared" / "known_answers" / "allocation.json"


def plan_of(name: str, *changes: str, solver: str = "highs") -> Plan:
    return solve(build(load_scenario(HERE / f"{name}.yaml", changes)), solver=solver)


def posts(plan: Plan, **fees: float) -> list[float]:
    spend = plan.spend_by_channel()
    return [spend[name.replace("_", "/")] / fee for name, fee in fees.items()]


def dual(name: str, key: str, at: float, step: float) -> float:
    """Gain per unit of a row, by solving again on both sides of it."""
    more, less = (plan_of(name, f"{key}={at + sign * step}").objective for sign in (1, -1))
    assert more is not None
    assert less is not None
    return (more - less) / (2 * step)


@pytest.fixture(scope="module")
def stated() -> dict[str, Any]:
    if not SHARED.exists():
        pytest.skip("the shared known answers are not beside this checkout")
    return {
        case["id"]: case["answer"] | case
        for case in json.loads(SHARED.read_text(encoding="utf-8"))["cases"]
    }


@pytest.mark.parametrize("solver", ["highs", "arrays", "cbc"])
def test_westchester(solver: str) -> None:
    plan = plan_of("westchester", solver=solver)
    assert plan.objective == pytest.approx(1_052_000, rel=1e-9)
    assert posts(plan, tv=2000, radio=300, news=600) == pytest.approx([4, 14, 10], rel=1e-6)
    assert dual("westchester", "budget", 18200, 1) == pytest.approx(51.30434783, rel=1e-6)


@pytest.mark.parametrize("solver", ["highs", "arrays", "cbc"])
def test_win_big(solver: str) -> None:
    plan = plan_of("win_big", solver=solver)
    assert plan.objective == pytest.approx(67_240.30172, rel=1e-7)
    fees = {"tv": 800.0, "paper": 925.0, "radio_30s": 290.0, "radio_60s": 380.0}
    assert posts(plan, **fees) == pytest.approx([1.96875, 5, 6.206896552, 0], rel=1e-6, abs=1e-9)
    assert dual("win_big", "budget", 8000, 1) == pytest.approx(6.25, rel=1e-6)
    whole = plan_of("win_big_whole", solver=solver)
    assert whole.objective == pytest.approx(66_900, rel=1e-9)
    assert {line.channel: line.posts for line in whole.lines} == {
        "tv": 2,
        "paper": 5,
        "radio/30s": 6,
        "radio/60s": 0,
    }


@pytest.mark.parametrize("solver", ["highs", "arrays", "cbc"])
def test_flamingo(solver: str) -> None:
    plan = plan_of("flamingo", solver=solver)
    assert plan.objective == pytest.approx(2160, rel=1e-9)
    assert posts(plan, tv=10000, radio=3000, news=1000) == pytest.approx([15, 33, 30], rel=1e-6)
    assert plan.totals is not None
    assert plan.totals.customers == pytest.approx(127_100, rel=1e-6)


@pytest.mark.parametrize("solver", ["highs", "arrays", "cbc"])
def test_super_grain(solver: str) -> None:
    plan = plan_of("super_grain", solver=solver)
    assert plan.objective == pytest.approx(17_000, rel=1e-9)
    assert posts(plan, tv=300, magazine=150, sunday=100) == pytest.approx(
        [0, 20, 10], rel=1e-6, abs=1e-6
    )
    assert dual("super_grain", "budget", 4000, 1) == pytest.approx(3, rel=1e-6)
    assert dual("super_grain", "rules.max_use", 1000, 1) == pytest.approx(5, rel=1e-6)


def test_s_curve_trap() -> None:
    """The optimum by trying every split in steps of 0.01; a greedy search ends at (0, 60) with
    66.67.
    """
    plan = plan_of("s_curve_trap")
    x = np.linspace(0, 800, 80_001)
    y = 800 - x
    best = (1000 * x**4 / (600**4 + x**4) + 400 * y / (300 + y)).max()
    assert plan.objective == pytest.approx(best, rel=1e-6)
    assert plan.objective == pytest.approx(767.279, rel=1e-3)
    assert plan.certificate is not None
    assert plan.certificate.upper >= best
    assert posts(plan, x=1, y=1) == pytest.approx([762.17, 37.83], abs=0.1)


def test_what_one_more_unit_of_a_rule_brings() -> None:
    """The textbooks' duals, said of the rules by solving again a hair away."""
    for name, rule, of, at in (
        ("westchester", "budget", None, 51.30434783),
        ("win_big", "budget", None, 6.25),
        ("super_grain", "budget", None, 3.0),
        ("super_grain", "max_use", None, 5.0),
        ("super_grain", "max_posts", "tv", 0.0),
    ):
        found = {(r.rule, r.of): r.marginal for r in plan_of(name).rules}
        assert found[rule, of] == pytest.approx(at, rel=1e-6), name
    whole = plan_of("win_big_whole")
    assert all(r.marginal is None for r in whole.rules)  # whole posts move by jumps
    assert next(r for r in whole.rules if r.rule == "budget").price == pytest.approx(
        116_900 - 66_900
    )  # what posts are to be had
    curved = plan_of("s_curve_trap").rules[0]
    assert curved.price is None  # without a budget there is no best plan
    assert curved.marginal == pytest.approx(
        4000 * (762.17 / 600) ** 3 / 600 / (1 + (762.17 / 600) ** 4) ** 2, rel=2e-3
    )


@pytest.mark.parametrize("unit", [1.0, 1e2, 1e4, 1e6, 1e8])
def test_scale_trap(unit: float) -> None:
    """Any unit of money gives the same shares; the equal split would give 1.797059."""
    changes = [f"budget={unit}"] + [
        f"channels.{name}.curve.saturating.half_spend={half * unit}"
        for name, half in (("a", 0.5), ("b", 0.2), ("c", 0.8))
    ]
    plan = plan_of("scale_trap", *changes)
    assert plan.objective == pytest.approx(1.944458247, rel=1e-7)
    assert [plan.spend_by_channel()[name] / unit for name in "abc"] == pytest.approx(
        [0.396417, 0.601797, 0.001786], abs=1e-5
    )
    equal = next(b for b in plan.baselines if b.name == "equal")
    assert equal.objective == pytest.approx(1.797059, rel=1e-6)


def test_the_shared_answers_are_these(stated: dict[str, Any]) -> None:
    for name in ("westchester", "win_big", "flamingo", "super_grain"):
        assert plan_of(name).objective == pytest.approx(stated[name]["objective"], rel=1e-6)
    assert plan_of("win_big_whole").objective == pytest.approx(
        stated["win_big"]["integer_answer"]["objective"], rel=1e-6
    )
    for name, case in (("s_curve_trap", "s_curve_greedy_trap"), ("scale_trap", "scale_trap")):
        assert plan_of(name).objective == pytest.approx(
            stated[case]["objective"], rel=stated[case]["tolerance"]
        )
