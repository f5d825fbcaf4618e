"""Every rule: one readable model in tests/lp, the rule kept on the true curves, its price, its
words, its mistakes.

A new rule needs an example here; write its model with `OPTIMIZER_WRITE_LP=1 pytest
tests/test_rules.py`, and read it.
"""

from __future__ import annotations

import os
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer.allocation.build import build_model
from optimizer.allocation.check import BrokenPlan, verify
from optimizer.allocation.lp_text import lp_text
from optimizer.allocation.outer_approximation import OuterApproximation
from optimizer.allocation.plan import Plan
from optimizer.allocation.planner import solve
from optimizer.allocation.problem import Decision, Goal, Problem, Rule
from optimizer.allocation.quantities import PlanQuantities
from optimizer.allocation.rule import RULES, RuleRows, comparisons, expand
from optimizer.allocation.rule import rule as register_rule
from optimizer.allocation.rule_words import rule_text
from optimizer.errors import UserError
from optimizer.locale import Reader
from optimizer.messages import _
from optimizer.response.shapes.bounded import saturating
from optimizer.response.shapes.straight import linear, pieces

HERE = Path(__file__).parent / "lp"


def small() -> Problem:
    """Three lines that a person can follow: posts, a bent line, a straight one; two periods for the
    bent one.
    """
    shape = pieces(pieces=((100.0, 0.3), (200.0, 0.1)))
    return Problem(
        decisions=tuple(
            replace(line, ltv=30.0)
            for line in (
                Decision(
                    channel="xhs/koc",
                    period="W1",
                    curves={"customers": linear(rate=4.0), "exposure": linear(rate=900.0)},
                    value=60.0,
                    price=20.0,
                    posts=True,
                    whole=False,
                    current=100.0,
                    draws=(1.0, 0.8, 1.3),
                    uses={"hours": 2.0},
                ),
                Decision(
                    channel="xhs/nano",
                    period="W1",
                    curves={
                        "customers": shape,
                        "exposure": linear(rate=30.0),
                        "stage:interest": linear(rate=0.5),
                    },
                    value=50.0,
                    margin=0.6,
                    current=80.0,
                    draws=(1.0, 1.1, 0.6),
                    tags=("cheap",),
                    uses={"hours": 0.01},
                ),
                Decision(
                    channel="xhs/nano",
                    period="W2",
                    curves={"customers": shape.times(1.5), "exposure": linear(rate=30.0)},
                    value=50.0,
                    margin=0.6,
                    current=80.0,
                    draws=(1.0, 1.1, 0.6),
                    tags=("cheap",),
                    payments=(("W1", 0.5), ("W2", 0.5)),
                ),
                Decision(
                    channel="feed",
                    period="W1",
                    curves={
                        "customers": linear(rate=0.12, cap=400.0),
                        "exposure": linear(rate=50.0),
                    },
                    value=70.0,
                    current=200.0,
                    draws=(1.0, 0.9, 1.0),
                ),
            )
        ),
        goal=Goal("customers"),
        periods=("W1", "W2"),
    )


EXAMPLES: dict[str, Rule] = {
    "budget": Rule("budget", 250.0, None, {"period": "W1"}),
    "min": Rule("min", 150.0, "feed"),
    "max": Rule("max", 90.0, "xhs/nano"),
    "fixed": Rule("fixed", "current", "xhs/nano"),
    "max_change": Rule("max_change", 0.25, "feed"),
    "max_share": Rule("max_share", 0.4, "cheap"),
    "min_share": Rule("min_share", 0.5, "feed", {"by": "exposure"}),
    "min_ratio": Rule("min_ratio", 2.0, "feed", {"to": "xhs"}),
    "tier_mix": Rule("tier_mix", {"koc": 0.6, "nano": 0.4}, "xhs"),
    "max_cac": Rule("max_cac", 3.0, "xhs"),
    "min_roi": Rule("min_roi", 17.0),
    "min_ltv_to_cac": Rule("min_ltv_to_cac", 11.0),
    "min_profit_roi": Rule("min_profit_roi", 11.0),
    "min_marginal_roi": Rule("min_marginal_roi", 20.0, "xhs/nano"),
    "min_customers": Rule("min_customers", 45.0, "feed"),
    "min_revenue": Rule("min_revenue", 3000.0, "feed"),
    "min_profit": Rule("min_profit", 2500.0, "feed"),
    "min_exposure": Rule("min_exposure", 18_000.0),
    "min_stage": Rule("min_stage", 80.0, None, {"stage": "interest"}),
    "commit": Rule("commit", 250.0),
    "max_channels": Rule("max_channels", 1),
    "min_channels": Rule("min_channels", 3, None, {"commit": 60.0}),
    "min_posts": Rule("min_posts", 15.0, "xhs/koc"),
    "max_posts": Rule("max_posts", 3.0, "xhs/koc"),
    "max_use": Rule("max_use", 20.0, None, {"resource": "hours"}),
    "period_budget": Rule("period_budget", {"W1": 250.0, "W2": 100.0}),
    "cash": Rule("cash", {"W1": 120.0, "W2": 150.0}),
    "cash_until": Rule("cash_until", 120.0, None, {"period": "W1"}),
    "max_step": Rule("max_step", 0.1, "xhs/nano"),
    "min_when_on": Rule("min_when_on", 150.0, "xhs/nano"),
    "needs": Rule("needs", 150.0, "xhs/koc", {"to": "feed"}),
    "either": Rule("either", 250.0, "feed", {"to": "xhs/koc"}),
    "steps": Rule("steps", 150.0, "xhs/nano"),
    "stock": Rule("stock", 60.0, "xhs/nano"),
    "min_goal": Rule("min_goal", 18_000.0, None, {"goal": "exposure"}),
    "max_goal": Rule("max_goal", 150.0, None, {"goal": "min_change"}),
    "min_mix": Rule("min_mix", 50.0, None, {"weights": {"xhs": -1.0, "feed": 4.0}}),
    "max_mix": Rule("max_mix", 100.0, None, {"weights": {"xhs/koc": 1.0, "feed": -2.0}}),
    "max_risk": Rule("max_risk", 0.34, "xhs/nano", {"cac": 4.0}),
}
BUDGET = Rule("budget", 400.0)


def posed(name: str) -> Problem:
    return replace(small(), rules=(BUDGET, EXAMPLES[name]))


@cache
def planned(name: str) -> Plan:
    return solve(posed(name))


def test_every_rule_has_an_example() -> None:
    assert set(EXAMPLES) == set(RULES)


@pytest.mark.parametrize("name", list(RULES))
def test_the_model_reads_as_written(name: str) -> None:
    """Golden text: the rows of one rule on one small problem."""
    problem = posed(name)
    rules = expand(problem)
    problem = replace(problem, rules=tuple(rules))
    bench = OuterApproximation(problem)
    bounds = bench.upper_bounds(rules, 1e4)
    model = build_model(
        problem,
        bench.estimators(False, bounds),
        [bench.constraint_block(r) for r in rules],
        bench.objective_block(),
        bounds,
        True,
    )
    text, file = lp_text(model, problem), HERE / f"{name}.lp"
    if os.environ.get("OPTIMIZER_WRITE_LP"):
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")
    assert len(set(model.names)) == len(model.names)


def test_no_stray_models() -> None:
    assert {file.stem for file in HERE.glob("*.lp")} == set(RULES)


@pytest.mark.parametrize("name", list(RULES))
def test_kept_on_the_true_curves_and_bites(name: str) -> None:
    """The plan keeps the rule, and without it the best plan breaks it (else the example shows
    nothing).
    """
    plan = planned(name)
    assert plan.status == "optimal", plan.notes
    assert all(rule.holds for rule in plan.rules)
    problem = posed(name)
    free = solve(replace(problem, rules=(BUDGET,)), explain=False)
    spend = np.array([line.spend for line in free.lines])
    if name != "stock":  # no plan sells more than there is: it only counts less
        with pytest.raises(BrokenPlan):
            verify(problem, spend, expand(problem))
    assert free.objective is not None
    assert plan.objective is not None
    assert plan.objective <= free.objective * (1 + 1e-9)


@pytest.mark.parametrize("name", list(RULES))
def test_price_is_the_difference_of_two_solves(name: str) -> None:
    plan = planned(name)
    rules = expand(posed(name))
    for k, result in enumerate(plan.rules):
        if rules[k].key == BUDGET.key:
            continue
        without = solve(
            replace(small(), rules=tuple(r for j, r in enumerate(rules) if j != k)), explain=False
        )
        assert without.objective is not None
        assert plan.objective is not None
        assert result.price == pytest.approx(
            without.objective - plan.objective, abs=1e-4 * plan.objective
        )


def test_a_rule_that_keeps_a_channel_out_has_its_price() -> None:
    """Nothing is bought there, 0 against 0: the rule looks as if it had room, yet it is why."""
    lines = (
        Decision(channel="xhs", curves={"customers": saturating(ceiling=300.0, half_spend=4000.0)}),
        Decision(channel="tv", curves={"customers": linear(rate=0.02)}),
    )
    budget = Rule("budget", 10e3)
    plan = solve(Problem(lines, (budget, Rule("max_cac", 40.0, "tv"))))
    free = solve(Problem(lines, (budget,)), explain=False)
    assert plan.objective is not None
    assert free.objective is not None
    assert plan.spend_by_channel()["tv"] == 0
    assert plan.rules[1].price == pytest.approx(free.objective - plan.objective, rel=1e-3)
    assert plan.rules[1].price > 50
    nothing = solve(Problem(lines, (Rule("budget", 0.0),)))
    assert nothing.rules[0].price is None  # without it there is no best plan; it is not free


@pytest.mark.parametrize("name", list(RULES))
def test_words(name: str) -> None:
    assert "{value}" in RULES.help(name) or name in ("tier_mix", "period_budget", "cash")
    assert RULES[name].unit in ("money", "share", "ratio", "change", "count", "amount")
    for result in planned(name).rules:
        assert "{" not in str(result.text)
        assert result.sense == RULES[result.rule].sense


@pytest.mark.parametrize(
    "name", [n for n in RULES if n not in ("fixed", "max_risk", "min_marginal_roi")]
)
def test_achieved_is_where_the_rule_would_just_hold(name: str) -> None:
    problem = posed(name)
    plan = planned(name)
    for rule, result in zip(expand(problem), plan.rules, strict=True):
        if result.achieved is None or rule.name in ("fixed", "max_change", "min_marginal_roi"):
            continue
        spend = np.array([line.spend for line in plan.lines])
        book = verify(problem, spend, [])
        at = replace(rule, value=result.achieved)
        assert abs(max(row.violation() for row in comparisons(at, book.quantities))) < 1e-9


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (Rule("max_cac", 5.0, "xsh"), "'xsh' is no channel, group or tag here"),
        (Rule("max_cac", 5.0, "Cheap"), "did you mean 'cheap'"),
        (Rule("budget", 5.0, None, {"period": "W7"}), "outside the plan"),
        (Rule("period_budget", {"W9": 5.0}), "outside the plan"),
        (Rule("cash", {"W0": 5.0}), "outside the plan"),
        (Rule("max_posts", 5.0, "feed"), "not bought by the post"),
        (Rule("min_stage", 5.0, None, {"stage": "decision"}), "decision"),
        (Rule("max_use", 5.0, None, {"resource": "hour"}), "did you mean 'hours'"),
        (Rule("tier_mix", {"koc": 0.9, "nano": 0.9}, "xhs"), "add up to 180%"),
        (Rule("max_cac", -5.0), "negative"),
        (Rule("max_cac", float("nan")), "nan"),
        (Rule("min_roi", float("inf")), "inf"),
        (Rule("budget", -1.0), "negative"),
    ],
)
def test_mistakes_are_told(rule: Rule, said: str) -> None:
    with pytest.raises(UserError, match=said):
        solve(replace(small(), rules=(BUDGET, rule)))


def test_what_is_not_known_is_asked_for() -> None:
    bare = Problem(
        (Decision(channel="a", curves={"customers": saturating(ceiling=9.0, half_spend=5.0)}),),
        (BUDGET,),
    )
    for rule, said in (
        (Rule("min_roi", 2.0), "value_per_customer"),
        (Rule("max_change", 0.1), "current"),
        (Rule("fixed", "current", "a"), "current"),
        (Rule("min_exposure", 5.0), "exposure"),
        (Rule("max_risk", 0.1, None, {"cac": 5.0}), "draws"),
    ):
        with pytest.raises(UserError, match=said):
            solve(replace(bare, rules=(BUDGET, rule)))
    for goal in ("revenue", "profit", "ltv", "exposure"):
        with pytest.raises(UserError):
            solve(replace(bare, goal=Goal(goal)))


def test_a_rule_cannot_multiply_two_unknowns() -> None:
    from optimizer.allocation.symbolic import SymbolicQuantities

    sketch = SymbolicQuantities(small())
    with pytest.raises(TypeError, match="linear"):
        sketch.spend("feed") * sketch.customers("feed")  # type: ignore[operator]


def test_the_checker_does_not_trust() -> None:
    """A spend above the budget, or a rule broken by a hair more than a millionth, never passes."""
    problem = posed("max")
    with pytest.raises(BrokenPlan, match="budget"):
        verify(problem, np.array([0.0, 0, 0, 400.01]), expand(problem))
    with pytest.raises(BrokenPlan, match="max"):
        verify(problem, np.array([0.0, 45.0, 45.001, 0]), expand(problem))


def test_a_rule_declares_what_the_planner_needs() -> None:
    """Its direction, unit and bounds are stated where it is registered, and every title is one."""
    directions = {name: RULES[name].direction for name in RULES}
    assert directions["max_cac"] == "at most"
    assert directions["commit"] == directions["min_posts"] == "at least"
    assert directions["fixed"] == directions["tier_mix"] == "both"
    assert {name for name in RULES if RULES[name].bounds} == {
        "budget",
        "min",
        "max",
        "fixed",
        "cash_until",
        "min_posts",
        "max_posts",
        "steps",
        "max_change",
    }
    assert [name for name in RULES if RULES[name].caps_total] == ["budget"]
    assert len({str(RULES[name].title) for name in RULES}) == len(RULES)


@pytest.mark.parametrize(
    ("more", "wrong"),
    [
        ({"direction": "up"}, "direction"),
        ({"unit": "furlongs"}, "unit"),
        ({"speaks_of": ()}, "speaks of nothing"),
    ],
)
def test_a_rule_that_breaks_its_contract_is_refused(more: dict[str, Any], wrong: str) -> None:
    declared: dict[str, Any] = {"title": _("Odd"), "direction": "at most", "speaks_of": ("spend",)}

    def odd(plan: PlanQuantities, value: float) -> RuleRows:
        """Spend is odd."""
        return plan.spend() <= value

    with pytest.raises(ValueError, match=wrong):
        register_rule(**{**declared, **more})(odd)
    assert "odd" not in RULES


def test_a_fixed_spend_is_held_from_both_sides() -> None:
    """Too little and too much: its fix is the nearest spend that is possible, its slope the better side's."""
    lines = (
        Decision(channel="a", curves={"customers": saturating(ceiling=90.0, half_spend=50.0)}),
        Decision(channel="b", curves={"customers": saturating(ceiling=30.0, half_spend=50.0)}),
    )
    budget = Rule("budget", 100.0)
    for stated, other, needed in (
        (20.0, Rule("min", 60.0, "a"), 60.0),
        (80.0, Rule("max", 35.0, "a"), 35.0),
    ):
        plan = solve(Problem(lines, (budget, Rule("fixed", stated, "a"), other)))
        assert plan.status == "infeasible"
        (fix,) = [fix for fix in plan.fixes if fix.rule == "fixed"]
        assert fix.needed == pytest.approx(needed)
    for stated in (20.0, 95.0):  # the best is between them
        plan = solve(Problem(lines, (budget, Rule("fixed", stated, "a"))))
        result = plan.rules[1]
        assert result.sense == "="
        assert result.achieved == pytest.approx(stated)
        assert result.price is not None
        assert result.marginal is not None
        assert result.price > 0
        step = 1e-3 if stated < 50 else -1e-3
        near = solve(Problem(lines, (budget, Rule("fixed", stated + step, "a"))), explain=False)
        assert near.objective is not None
        assert plan.objective is not None
        assert result.marginal == pytest.approx((near.objective - plan.objective) / 1e-3, rel=1e-2)


def test_a_rule_in_a_sentence_names_its_key_or_its_title() -> None:
    """English shows what is typed, Chinese what it means; names come out untouched."""
    said = _("no plan can keep {rule}", rule=rule_text(Rule("max_cac", 75.0, "a and of")))
    assert str(said) == "no plan can keep max_cac 75 of a and of"
    assert "max_cac" not in Reader("zh").say(said)
    assert "a and of" in Reader("zh").say(said)
