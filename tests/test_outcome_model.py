"""Channels that act on each other: repeated linear steps against every plan of a grid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from optimizer.allocation.outcome import Yields, numerical_gradient
from optimizer.allocation.planner import solve
from optimizer.allocation.problem import Decision, Goal, Problem, Rule
from optimizer.response.curve import Curve
from optimizer.response.shapes.bounded import saturating

HALF = np.array([40.0, 30.0, 60.0])
TOP = np.array([100.0, 300.0, 150.0])


class Feeding:
    """The first channel makes people aware, which makes the second convert better; the third stands
    alone.
    """

    def outcome(self, spend: np.ndarray) -> Yields:
        reach = spend / (HALF + spend)
        won = TOP * reach
        won = np.array([won[0] * 0.2, won[1] * (0.3 + 0.7 * reach[0]), won[2]])
        return Yields(customers=won, exposure=reach * 1000)

    def curves_at(self, spend: np.ndarray) -> Sequence[Mapping[str, Curve]]:
        reach = spend / (HALF + spend)
        scale = np.array(
            [TOP[0] * 0.2 + TOP[1] * 0.7 * reach[1], TOP[1] * (0.3 + 0.7 * reach[0]), TOP[2]]
        )
        return [
            {
                "customers": saturating(ceiling=float(s), half_spend=float(h)),
                "exposure": saturating(ceiling=1000.0, half_spend=float(h)),
            }
            for s, h in zip(scale, HALF, strict=True)
        ]

    def gradient(self, spend: np.ndarray, kind: str, weight: np.ndarray) -> np.ndarray:
        return numerical_gradient(self, spend, kind, weight)


def problem(*rules: Rule, goal: str = "customers") -> Problem:
    lines = tuple(
        Decision(
            channel=name,
            curves={"customers": saturating(ceiling=1.0, half_spend=1.0)},
            value=100.0,
            current=c,
        )
        for name, c in (("feed", 20.0), ("search", 60.0), ("tv", 20.0))
    )
    return Problem(lines, (Rule("budget", 100.0), *rules), Goal(goal), outcome=Feeding())


def every_plan() -> tuple[np.ndarray, np.ndarray]:
    axis = np.arange(0, 101.0, 2.5)
    x, y, z = (g.ravel() for g in np.meshgrid(axis, axis, axis, indexing="ij"))
    spend = np.stack([x, y, z], axis=1)[x + y + z <= 100]
    return spend, np.array([Feeding().outcome(s).customers.sum() for s in spend])


@pytest.fixture(scope="module")
def grid() -> tuple[np.ndarray, np.ndarray]:
    return every_plan()


def test_close_to_the_best_there_is(grid: tuple[np.ndarray, np.ndarray]) -> None:
    plan = solve(problem(), explain=False)
    assert plan.status == "optimal"
    assert plan.objective is not None
    assert plan.objective >= grid[1].max() * (1 - 2e-3)
    mine = np.array([line.spend for line in plan.lines])
    assert plan.objective == pytest.approx(Feeding().outcome(mine).customers.sum())
    assert mine[0] > 5  # a look at each channel alone would leave the feeder out
    assert plan.certificate is not None
    assert plan.certificate.kind == "local"
    assert len(plan.certificate.reached) >= 3
    assert any("no plan near this one" in note for note in map(str, plan.notes))


def test_rules_hold_on_the_model_that_was_run_again(grid: tuple[np.ndarray, np.ndarray]) -> None:
    rule = Rule("max_cac", 0.62)
    plan = solve(problem(rule), explain=False)
    spend, won = grid
    allowed = spend.sum(1) <= 0.62 * won
    assert all(r.holds for r in plan.rules)
    assert plan.objective is not None
    assert plan.objective >= won[allowed].max() * (1 - 1e-2)


def test_never_worse_than_today_scaled() -> None:
    plan = solve(problem(Rule("min_share", 0.2, "tv")), explain=False)
    kept = next(b for b in plan.baselines if b.name == "keep_split")
    assert plan.objective is not None
    assert plan.objective >= kept.objective
