"""Goals, risk, what is not known, frontiers: against closed forms and every plan of a grid."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import Ran

from optimizer.allocation.frontier import frontier
from optimizer.allocation.goal import GOALS, read_goal
from optimizer.allocation.incumbent import Incumbent
from optimizer.allocation.outer_approximation import FAR, OuterApproximation
from optimizer.allocation.planner import solve
from optimizer.allocation.problem import Decision, Goal, Problem, Rule
from optimizer.errors import UserError
from optimizer.pipeline.problem import build
from optimizer.report.words import Words
from optimizer.response.shapes.bounded import saturating
from optimizer.scenario import read_scenario

TOPS, HALVES, WORTH = (
    np.array([3000.0, 1200.0, 5000.0]),
    np.array([40e3, 15e3, 150e3]),
    np.array([180.0, 150.0, 170.0]),
)


def lines(**more: object) -> tuple[Decision, ...]:
    rng = np.random.default_rng(3)
    return tuple(
        Decision(
            channel=name,
            value=float(w),
            margin=0.5,
            ltv=float(w) * 0.8,
            current=20e3,
            curves={
                "customers": saturating(ceiling=float(t), half_spend=float(h)),
                "exposure": saturating(ceiling=float(t) * (300 - 100 * k), half_spend=float(h) * 2),
                "model:first": saturating(ceiling=float(t) * (0.5 + 0.4 * k), half_spend=float(h)),
                "model:last": saturating(ceiling=float(t) * (1.4 - 0.5 * k), half_spend=float(h)),
            },
            draws=tuple(float(d) for d in np.exp(rng.normal(-0.02, 0.2 + 0.2 * k, 40))),
            **more,
        )  # type: ignore[arg-type]
        for k, (name, t, h, w) in enumerate(zip(("a", "b", "c"), TOPS, HALVES, WORTH, strict=True))
    )


BUDGET = Rule("budget", 100e3)


def grid(step: float = 1e3) -> np.ndarray:
    axis = np.arange(0, 100e3 + 1, step)
    x, y = (g.ravel() for g in np.meshgrid(axis, axis, indexing="ij"))
    kept = x + y <= 100e3
    return np.stack([x[kept], y[kept], 100e3 - x[kept] - y[kept]], axis=1)


def won(spend: np.ndarray, tops: np.ndarray = TOPS) -> np.ndarray:
    return tops * spend / (HALVES + spend)


def test_profit_without_a_budget_stops_where_the_next_unit_pays_for_itself() -> None:
    plan = solve(Problem(lines(), (), Goal("profit")), explain=False)
    best = np.sqrt(WORTH * 0.5 * TOPS * HALVES) - HALVES  # margin * slope = 1
    assert [line.spend for line in plan.lines] == pytest.approx(best, rel=2e-3)
    assert plan.objective == pytest.approx(float(won(best) @ WORTH * 0.5 - best.sum()), rel=1e-7)


@pytest.mark.parametrize("goal", ["customers", "revenue", "ltv", "exposure"])
def test_plain_goals(goal: str) -> None:
    spend = grid()
    seen = spend / (2 * HALVES + spend) * TOPS * np.array([300.0, 200.0, 100.0])
    value = {
        "customers": won(spend).sum(1),
        "revenue": won(spend) @ WORTH,
        "ltv": won(spend) @ WORTH * 0.8,
        "exposure": seen.sum(1),
    }[goal]
    plan = solve(Problem(lines(), (BUDGET,), Goal(goal)), explain=False)
    assert plan.certificate is not None
    assert value.max() <= plan.certificate.upper * (1 + 1e-9)
    assert (plan.objective or 0) >= value.max()


def test_mix_and_robust() -> None:
    spend = grid()
    seen = (spend / (2 * HALVES + spend) * TOPS * np.array([300.0, 200.0, 100.0])).sum(1)
    mixed = solve(
        Problem(lines(), (BUDGET,), Goal("mix", {"weights": {"customers": 1.0, "exposure": 0.01}})),
        explain=False,
    )
    assert (mixed.objective or 0) >= (won(spend).sum(1) + 0.01 * seen).max()
    first, last = (
        won(spend, TOPS * np.array([0.5, 0.9, 1.3])).sum(1),
        won(spend, TOPS * np.array([1.4, 0.9, 0.4])).sum(1),
    )
    robust = solve(Problem(lines(), (BUDGET,), Goal("robust")), explain=False)
    assert robust.certificate is not None
    best = np.minimum(first, last).max()
    assert best <= robust.certificate.upper * (1 + 1e-9)
    assert (robust.objective or 0) >= best


def test_least_spend_for_a_target() -> None:
    text = """
goal: {min_spend: {targets: {customers_change: +20%, cac_change: +30%}}}
channels:
  a: {curve: {saturating: {ceiling: 3000, half_spend: 40000}}, current: 40000}
  b: {curve: {saturating: {ceiling: 1200, half_spend: 15000}}, current: 10000}
  c: {curve: {saturating: {ceiling: 5000, half_spend: 150000}}, current: 50000}
"""
    plan = solve(build(read_scenario(text)))
    today = won(np.array([40e3, 10e3, 50e3])).sum()
    assert plan.totals is not None
    assert plan.totals.customers == pytest.approx(1.2 * today, rel=1e-5)
    assert plan.objective == pytest.approx(plan.totals.spend)
    assert plan.certificate is not None
    assert plan.certificate.lower <= plan.objective <= plan.certificate.upper + 1e-9  # type: ignore[operator]
    more = solve(Problem(lines(), (Rule("budget", plan.objective * 0.999),)), explain=False)  # type: ignore[operator]
    assert (more.objective or 0) < 1.2 * today  # less money cannot reach it


def test_risk_is_kept_and_close_to_the_best_by_grid() -> None:
    them = lines()
    rule = Rule("max_risk", 0.25, None, {"cac": 37.0})
    plan = solve(Problem(them, (BUDGET, rule)), explain=False)
    draws = np.array([line.draws for line in them]).T
    axis = np.arange(0, 70e3, 3.5e3)
    spend = np.stack([g.ravel() for g in np.meshgrid(axis, axis, axis, indexing="ij")], axis=1)
    spend = spend[spend.sum(1) <= 100e3]
    losses = spend.sum(1)[:, None] - 37.0 * won(spend) @ draws.T
    worst = np.sort(losses, axis=1)[:, ::-1][:, :10].mean(1)
    allowed = worst <= 0
    best = won(spend).sum(1)[allowed].max()
    assert plan.certificate is not None
    assert best <= plan.certificate.upper * (1 + 1e-9)
    assert (plan.objective or 0) >= best * (1 - 1e-4)
    mine = np.array([line.spend for line in plan.lines])
    assert np.mean(mine.sum() > 37.0 * won(mine) @ draws.T) <= 0.25
    free = solve(Problem(them, (BUDGET,)), explain=False)
    money = np.array([line.spend for line in free.lines])
    assert np.sort(money.sum() - 37.0 * won(money) @ draws.T)[::-1][:10].mean() > 0  # it bites


def test_chances_and_what_to_test_next() -> None:
    plan = solve(Problem(lines(), (BUDGET, Rule("max_cac", 45.0))))
    draws = np.array([line.draws for line in lines()]).T
    mine = np.array([line.spend for line in plan.lines])
    chance = np.mean(mine.sum() <= 45.0 * won(mine) @ draws.T * (1 + 1e-6))
    assert [r.chance for r in plan.rules] == [None, pytest.approx(chance)]
    told = {s.channel: s for s in plan.stability}
    assert [s.information_value for s in plan.stability] == sorted(
        (s.information_value for s in plan.stability), reverse=True
    )
    assert all(0 <= s.funded <= 1 and s.low <= s.high for s in told.values())
    sure = tuple(
        replace(line, draws=(1.0,) * 40) if line.channel == "c" else line for line in lines()
    )
    calm = {s.channel: s for s in solve(Problem(sure, (BUDGET,))).stability}
    assert calm["c"].information_value == 0
    assert calm["b"].information_value > 0


def test_frontier_rises_bends_down_and_names_its_kinks() -> None:
    it = Problem(lines(), (BUDGET, Rule("max", 20e3, "b"), Rule("commit", 30e3, "c")))
    steps = frontier(it, start=10e3, stop=150e3, steps=15)
    values = [s.objective for s in steps]
    assert values == sorted(values)
    assert [s.at for s in steps] == pytest.approx(np.linspace(10e3, 150e3, 15))
    assert any("c comes in" in str(s.note) for s in steps)
    assert any("max 20,000 of b begins to bind" in str(s.note) for s in steps)
    concave = [s.objective for s in frontier(replace(it, rules=(BUDGET,)), steps=12)]
    assert np.all(np.diff(concave, 2) <= 1e-6 * concave[-1])
    for step in (steps[4], steps[-1]):
        alone = solve(replace(it, rules=(Rule("budget", step.at), *it.rules[1:])), explain=False)
        assert step.objective == pytest.approx(alone.objective, rel=2e-4)


def test_frontier_of_exposure_and_of_a_rule() -> None:
    it = Problem(lines(), (BUDGET, Rule("max_cac", 40.0)))
    trade = frontier(it, "exposure", steps=6)
    assert len(trade) == 6
    assert [s.objective for s in trade] == sorted((s.objective for s in trade), reverse=True)
    caps = frontier(it, "max_cac", start=5.0, stop=60.0, steps=8)
    assert [s.objective for s in caps] == sorted(s.objective for s in caps)
    with pytest.raises(UserError, match="did you mean 'max_cac'"):
        frontier(it, "max_ca")


@pytest.mark.parametrize(
    "raw",
    [
        "custmers",
        3,
        None,
        ["customers"],
        {"mix": {}},
        {"mix": {"fame": "x"}},
        {"customers": 3},
        {"min_spend": {"targets": {"gvm_change": 0.2}}},
        {"min_spend": {"targets": {"gmv_change": "lots"}}},
    ],
)
def test_goals_that_are_none(raw: object) -> None:
    with pytest.raises(UserError):
        read_goal(raw, "scenario.yaml:3:7")


def test_every_goal_has_words() -> None:
    assert all(GOALS.help(name) for name in GOALS)


def test_no_limit_at_all_is_said() -> None:
    plan = solve(Problem(lines()))
    assert plan.status == "unbounded"
    assert "nothing limits the spend" in str(plan.notes[0])


def test_no_money_is_a_plan() -> None:
    plan = solve(Problem(lines(), (Rule("budget", 0.0), Rule("max_cac", 10.0))))
    assert plan.status == "optimal"
    assert plan.objective == 0
    assert plan.totals is not None
    assert plan.totals.cac is None


def test_of_equal_plans_the_one_nearest_to_today() -> None:
    from optimizer.response.shapes.straight import linear

    both = tuple(
        Decision(channel=n, curves={"customers": linear(rate=0.1)}, current=c)
        for n, c in (("a", 70.0), ("b", 10.0), ("c", 20.0))
    )
    plan = solve(Problem(both, (Rule("budget", 100.0),)), explain=False)
    assert [line.spend for line in plan.lines] == pytest.approx([70, 10, 20])
    kept = solve(Problem(both, (Rule("budget", 100.0), Rule("min", 30.0, "b"))), explain=False)
    assert kept.lines[1].spend >= 30.0 * (1 - 1e-9)  # the tie-break keeps every rule
    twins = tuple(replace(line, current=None) for line in both)
    assert [
        line.spend for line in solve(Problem(twins, (Rule("budget", 90.0),)), explain=False).lines
    ] == pytest.approx([30, 30, 30])


def test_a_time_limit_is_reported_as_what_it_is() -> None:
    """No time at all: no plan, and that is said; never "optimal", never "infeasible"."""
    plan = solve(Problem(lines(), (BUDGET,)), time_limit=1e-9)
    assert plan.status == "time_limit"
    assert plan.totals is None
    assert "time ran out" in str(plan.notes[0])


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_bound_is_not_a_time_limit(lang: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing limits the money and a solver calls the far search impossible, the plan near by
    has no bound: said as what it is, not as a time limit, and never as a number.
    """
    from optimizer.pipeline.outcome import Outcome
    from optimizer.report.answer import cards, verdict
    from optimizer.report.sections.health import health
    from optimizer.report.sections.why import why

    search = OuterApproximation._search

    def wrong(
        self: OuterApproximation,
        rules: Any,
        gap: float,
        goal: Any,
        ask: int,
        truth: Any,
        far: float,
    ) -> Incumbent:
        return (
            Incumbent("infeasible")
            if far == FAR and goal is None
            else search(self, rules, gap, goal, ask, truth, far)
        )

    monkeypatch.setattr(OuterApproximation, "_search", wrong)
    plan = solve(
        Problem(lines(), goal=Goal("profit"), rules=(Rule("max_cac", 60.0),)), explain=False
    )
    assert plan.status == "gap_open"
    assert "nothing limits the money" in str(plan.notes[-1])
    say = Words(lang, "CNY")
    outcome = Outcome(read_scenario("{name: s, budget: 1}"), plan)
    told = " ".join(
        map(
            str, (*verdict(plan, say), cards(outcome, say), why(outcome, say), health(outcome, say))
        )
    )
    assert {"en": "Nothing limits the money", "zh": "花钱没有上限"}[lang] in told
    assert not re.search("∞|inf|nan|time limit|时限", told)


def test_a_frontier_over_nothing_is_no_frontier() -> None:
    with pytest.raises(UserError, match="no range from 0 to 0"):
        frontier(Problem(lines(), (Rule("budget", 0.0),)))
    assert len(frontier(Problem(lines(), (Rule("budget", 0.0),)), stop=5e3, steps=3)) == 3


def test_numbers_a_solver_cannot_hold_are_no_plan() -> None:
    """A bound that is none: that the solver failed is said, not "spend nothing"."""
    wild = Decision(
        channel="wild", curves={"customers": saturating(ceiling=3000.0, half_spend=1e-300)}
    )
    with np.errstate(all="ignore"):
        plan = solve(Problem((wild, *lines()), (BUDGET,)), explain=False)
    assert plan.status == "failed"
    assert plan.totals is None


def test_the_command(tmp_path: Path, optimizer: Callable[..., Ran]) -> None:
    file = tmp_path / "s.yaml"
    file.write_text(
        "budget: 9000\nchannels:\n  =a: {curve: {saturating: {ceiling: 90, half_spend: 4000}}}\n"
        "  小红书/b: {curve: {saturating: {ceiling: 60, half_spend: 1000}}}\nrules:\n  - {max_cac: 200}\n",
        encoding="utf-8",
    )

    def run(*words: str) -> Ran:
        return optimizer("frontier", file, *words)

    out = run("--steps", "4", "--from", "1000", "--to", "9000", "--format", "json")
    assert out.code == 0, out.err
    steps = json.loads(out.out)["steps"]
    assert len(steps) == 4
    assert [s["budget"] for s in steps] == pytest.approx([1000, 3666.6667, 6333.3333, 9000])
    assert "'=a" in run("--steps", "2", "--format", "csv").out  # no formula for a spreadsheet
    assert run("--over", "max_cca").code == 1
    assert run("--from", "9", "--to", "3").code == 1
    assert run("--steps", "1").code == 2
