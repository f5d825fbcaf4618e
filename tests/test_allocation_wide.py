"""Wide problems: narrowed by their dual and sifted, they must come to what the whole model comes
to.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from optimizer.allocation.canonical import project_onto_caps
from optimizer.allocation.expression import Array
from optimizer.allocation.model import LinearModel, Solution
from optimizer.allocation.outer_approximation import OuterApproximation
from optimizer.allocation.planner import solve
from optimizer.allocation.problem import Decision, Problem, Rule
from optimizer.allocation.solvers import sifting
from optimizer.allocation.solvers.highs import solve_arrays, solve_whole
from optimizer.response.curve import CURVES, Curve
from optimizer.response.shapes.bounded import exponential, saturating
from optimizer.response.shapes.growing import log, power
from optimizer.response.shapes.straight import pieces
from optimizer.response.vectorised import VectorisedCurves


def many_lines(count: int, seed: int = 3) -> Problem:
    rng = np.random.default_rng(seed)
    made = [saturating, exponential]
    lines = tuple(
        Decision(
            channel=f"p{k % 7}/c{k}",
            value=float(rng.uniform(20, 90)),
            curves={
                "customers": made[k % 2](
                    ceiling=float(rng.uniform(50, 500)), half_spend=float(rng.uniform(2000, 30000))
                )
            },
        )
        for k in range(count)
    )
    budget = 4000.0 * count
    return Problem(
        lines,
        (
            Rule("budget", budget),
            Rule("max_share", 0.1, "p3"),
            Rule("min_share", 0.2, "p1"),
            Rule("max", 2e4, "p2/c2"),
            Rule("min_roi", 1.2, "p5"),
        ),
    )


def random_model(rng: np.random.Generator, columns: int, rows: int) -> LinearModel:
    model = LinearModel(
        rng.uniform(0, 1, columns),
        np.zeros(columns),
        rng.uniform(0.5, 2, columns),
        np.zeros(columns, dtype=bool),
        decisions=1,
        columns=[f"x{j}" for j in range(columns)],
    )
    for k in range(rows):
        index = np.sort(rng.choice(columns, columns // 2, replace=False))
        model.add_row(
            index,
            rng.uniform(0.2, 1, len(index)) * (1 if k else 7),
            columns / 20 * (1 if k else 7),
            f"row{k}",
        )
    return model


@pytest.mark.parametrize("seed", range(2))
def test_sifting_comes_to_the_whole_models_optimum(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sifting, "WIDE", 100)
    rng = np.random.default_rng(seed)
    model = random_model(rng, 40_000, 4)
    whole = solve_whole(model, 1e-9, None)
    assert whole.prices is not None
    true = dict(zip(model.names, whole.prices / np.array(model.scales) * model.unit, strict=True))
    sizes: list[int] = []

    def part(small: LinearModel) -> Solution:
        sizes.append(small.width)
        return solve_whole(small, 1e-9, None)

    off = {name: price * float(rng.uniform(0.9, 1.1)) for name, price in true.items()}
    for hint in (true, off):
        found = sifting.sift(model, hint, part)
        assert found is not None
        assert found.value == pytest.approx(whole.value, rel=1e-8)
        assert found.bound >= whole.value * (1 - 1e-9)  # type: ignore[operator]
        assert found.x is not None
        rows = sifting.Rows(model)
        assert np.all(rows.times(found.x) <= rows.right + 1e-7)
        assert np.all((found.x >= -1e-9) & (found.x <= model.high + 1e-9))
    assert max(sizes) < 20_000  # that was the point
    nonsense = solve_arrays(
        model, 1e-9, None, dict.fromkeys(true, 0.0)
    )  # a bad hint costs time, never the answer
    assert nonsense.value == pytest.approx(whole.value, rel=1e-8)


def test_a_wide_problem_is_the_same_sifted_orsolve_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    it = many_lines(420)
    plain = solve(it, explain=False, gap=1e-6)
    monkeypatch.setattr(sifting, "WIDE", 100)
    monkeypatch.setattr("optimizer.allocation.solvers.pulp.LARGE", 100)
    seen: list[bool] = []
    real = sifting.sift

    def watched(*given: object) -> Solution | None:
        out = real(*given)  # type: ignore[arg-type]
        seen.append(out is not None)
        return out

    monkeypatch.setattr("optimizer.allocation.solvers.highs.sift", watched)
    narrow = solve(it, explain=False, gap=1e-6)
    assert any(seen)
    assert plain.certificate is not None
    assert narrow.certificate is not None
    for plan in (plain, narrow):
        assert plan.status == "optimal"
        assert all(rule.holds for rule in plan.rules)
    assert narrow.objective == pytest.approx(plain.objective, rel=2e-6)
    assert narrow.certificate.upper >= plain.certificate.lower * (1 - 1e-12)
    assert plain.certificate.upper >= narrow.certificate.lower * (1 - 1e-12)


def test_many_curves_read_at_once_are_each_its_own() -> None:
    curves: list[Curve | None] = [
        saturating(ceiling=3.0, half_spend=2.0).rescale_price(3.0),
        None,
        power(spend=2.0, response=3.0, elasticity=0.4).times(2.0),
        CURVES["hill"](ceiling=3.0, half_spend=2.0, steepness=3.0),
        log(gain=3.0, scale=2.0),
        exponential(ceiling=3.0, half_spend=2.0),  # type: ignore[call-arg]
        saturating(ceiling=5.0, half_spend=0.5),
        pieces(pieces=((2, 3), (1, 1))),
    ]
    for amounts in (np.arange(8.0), np.full(8, 0.3), np.zeros(8)):
        alone = [
            0.0 if curve is None else float(curve(a))
            for curve, a in zip(curves, amounts, strict=True)
        ]
        assert VectorisedCurves(curves)(amounts) == pytest.approx(alone, rel=1e-14)


def test_outlines_of_many_lines_are_those_of_each() -> None:
    it = many_lines(240)
    bench = OuterApproximation(it, "arrays")
    bounds = bench.upper_bounds(it.rules)
    from optimizer.allocation.piecewise import estimator

    for above in (True, False):
        together = bench.estimators(above, bounds)
        for line, shape in zip(it.decisions, together, strict=True):
            grid = bench.grids[it.decisions.index(line)]
            alone = estimator(line.curves, grid[grid <= shape.at[-1]], above)
            assert shape.at == pytest.approx(alone.at, rel=1e-12)
            assert shape.values["customers"] == pytest.approx(alone.values["customers"], rel=1e-12)
            assert shape.tail["customers"] == pytest.approx(
                alone.tail["customers"], rel=1e-9, abs=1e-15
            )


def test_a_cap_passed_by_a_solvers_hair_is_kept_to_the_last_digit() -> None:
    line = saturating(ceiling=3.0, half_spend=2.0)
    lines = tuple(
        Decision(channel=name, curves={"customers": line}) for name in ("a/x", "a/y", "b")
    )
    lines = (
        *lines,
        Decision(
            channel="k", curves={"customers": line}, price=30.0, posts=True, whole=True, setup=5.0
        ),
    )
    it = Problem(lines, (Rule("budget", 100.0), Rule("max", 40.0, "a")))
    spend = np.array([25.0, 15.0 + 3e-8, 25.0 + 2e-8, 30.0])
    exact = project_onto_caps(it, spend, it.rules)
    assert exact[:2].sum() <= 40.0
    assert exact.sum() + 5.0 <= 100.0
    assert exact == pytest.approx(spend, rel=1e-8)
    assert exact[3] == 30.0
    fine: Array = np.array([25.0, 15.0, 25.0, 30.0])
    assert project_onto_caps(it, fine, it.rules) is fine
    assert project_onto_caps(it, fine * 2, it.rules).sum() == pytest.approx(
        190.0
    )  # far above a cap is no rounding
    later = replace(
        lines[0], payments=(("all", 0.4), ("next", 0.6))
    )  # cash: the part of it that has left the account
    cash = Problem(
        (later, *lines[1:]),
        (Rule("cash_until", 85.0, None, {"period": "all"}),),
        periods=("all", "next"),
    )
    exact = project_onto_caps(cash, np.array([25.0, 15.0, 25.0 + 3e-8, 30.0]), cash.rules)
    assert 0.4 * exact[0] + exact[1:].sum() + 5.0 <= 85.0, "the set-up is paid too"
    assert exact == pytest.approx([25.0, 15.0, 25.0, 30.0], rel=1e-8)


@pytest.mark.parametrize("budget", [1.0, 1e7, 1e15])
def test_no_budget_is_ever_passed(budget: float) -> None:
    lines = tuple(
        Decision(
            channel=name, curves={"customers": saturating(ceiling=top, half_spend=half * budget)}
        )
        for name, top, half in (("a", 1.0, 0.5), ("b", 2.0, 0.2), ("c", 0.5, 0.8))
    )
    it = Problem(lines, (Rule("budget", budget), Rule("max", budget / 3, "b")))
    for problem in (it, replace(it, rules=(*it.rules, Rule("max_cac", budget)))):
        plan = solve(problem, explain=False)
        spend = [line.spend for line in plan.lines]
        assert sum(spend) <= budget * (1 + 1e-15)
        assert spend[1] <= budget / 3
        assert sum(spend) == pytest.approx(budget, rel=1e-8)


def test_without_time_for_whole_choices_there_is_a_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    """The relaxation is rounded to whole posts: a plan that keeps every rule, with a bound above it."""
    rng = np.random.default_rng(5)
    lines = tuple(
        Decision(
            channel=f"c{k}",
            price=float(rng.uniform(500, 9000)),
            posts=True,
            whole=True,
            curves={
                "customers": saturating(
                    ceiling=float(rng.uniform(50, 500)), half_spend=float(rng.uniform(2, 10))
                )
            },
        )
        for k in range(60)
    )
    it = Problem(lines, (Rule("budget", 12e4), Rule("max_cac", 70.0)))
    real = OuterApproximation.solve_model

    def only_relaxations(self: OuterApproximation, model: LinearModel, gap: float) -> Solution:
        return Solution("limit") if model.mixed else real(self, model, gap)

    monkeypatch.setattr("optimizer.allocation.outer_approximation.MANY_WHOLE", 30)
    monkeypatch.setattr(OuterApproximation, "solve_model", only_relaxations)
    plan = solve(it, explain=False)
    assert plan.status == "time_limit"
    assert plan.certificate is not None
    assert all(rule.holds for rule in plan.rules)
    assert plan.certificate.gap < 0.1
    assert "time ran out" in " ".join(map(str, plan.notes))
    posts = np.array([line.spend / lines[k].price for k, line in enumerate(plan.lines)])
    assert posts == pytest.approx(np.round(posts))
