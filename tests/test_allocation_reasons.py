"""What the plan says holds each channel, and what it says of money that stays unspent."""

from __future__ import annotations

import pytest

from optimizer.allocation.plan import Plan
from optimizer.allocation.planner import solve
from optimizer.errors import UserError
from optimizer.pipeline.problem import build
from optimizer.scenario import read_scenario

LOSS_MAKER = """
horizon: 4
budget: 300000
goal: profit
margin: 0.25
value_per_customer: 159
channels:
  good: {curve: {linear: {rate: 0.04, cap: 100000}}}
  lossmaker: {curve: {linear: {rate: 0.02, cap: 100000}}}
"""
TWO = """
budget: 1000
goal: GOAL
value_per_customer: 20
margin: 0.5
channels:
  a: {curve: {saturating: {ceiling: 100, half_spend: 500}}, current: 400SETUP}
  b: {curve: {saturating: {ceiling: 60, half_spend: 800}}, current: 400}
  c: {curve: {linear: {rate: 0.04}}, current: 100}
rules: [RULES]
"""


def planned(text: str) -> Plan:
    return solve(build(read_scenario(text)), explain=False)


def two(rules: str, goal: str = "customers", setup: str = "") -> Plan:
    return planned(TWO.replace("RULES", rules).replace("GOAL", goal).replace("SETUP", setup))


def held(plan: Plan) -> dict[str, str]:
    return {line.channel: line.held_by for line in plan.lines}


def notes(plan: Plan) -> str:
    return " ".join(map(str, plan.notes))


def test_a_channel_that_loses_money_is_not_said_to_have_rivals() -> None:
    plan = planned(LOSS_MAKER)
    assert held(plan) == {"good": "curve", "lossmaker": "loss"}
    assert "further spend would cost more than it brings" in notes(plan)


def test_the_goals_own_stop_is_named() -> None:
    plan = two("{max: 1000, of: c}", goal="profit")
    assert held(plan) == {"a": "loss", "b": "loss", "c": "loss"}
    plan = two("{max: 1000, of: c}", goal="profit", setup=", setup: 900")
    assert held(plan) == {"a": "setup", "b": "loss", "c": "loss"}


@pytest.mark.parametrize(
    ("rules", "reasons"),
    [
        ("{max_cac: 8}", {"a": "max_cac", "b": "max_cac", "c": "max_cac"}),
        ("{min_roi: 2.5}", {"a": "min_roi", "b": "min_roi", "c": "min_roi"}),
        ("{max_cac: 9, of: a}, {max_cac: 15, of: b}", {"a": "max_cac", "b": "max_cac"}),
        # c lags behind the share that a and b must have: what others get holds it
        ("{min_share: 0.95, of: a + b}", {"a": "min_share", "b": "min_share", "c": "min_share"}),
        ("{budget: 300, of: a + b}, {max: 100, of: c}", {"a": "budget", "b": "budget"}),
        ("{max_channels: 1}", {"a": "marginal", "b": "max_channels", "c": "max_channels"}),
        ("{max: 0, of: c}", {"a": "marginal", "b": "marginal", "c": "maximum"}),
    ],
)
def test_a_rule_that_binds_is_named(rules: str, reasons: dict[str, str]) -> None:
    plan = two(rules)
    assert {channel: held(plan)[channel] for channel in reasons} == reasons


def test_a_channel_held_by_the_share_of_another() -> None:
    plan = two("{min_share: 0.6, of: b}, {max_cac: 30}")
    assert held(plan)["a"] == "min_share"
    assert held(plan)["c"] == "min_share"


def test_without_any_money_the_budget_holds_everything() -> None:
    plan = planned(
        TWO.replace("RULES", "")
        .replace("GOAL", "customers")
        .replace("SETUP", "")
        .replace("budget: 1000", "budget: 0")
    )
    assert set(held(plan).values()) == {"budget"}


@pytest.mark.parametrize("targets", ["{cac_change: -15%}", "{cac_change: 0}"])
def test_targets_that_no_spend_reaches_are_no_bare_plan(targets: str) -> None:
    plan = two("", goal=f"{{min_spend: {{targets: {targets}}}}}")
    assert plan.status == "optimal"
    assert plan.totals is not None
    assert plan.totals.spend == 0
    assert "the plan spends nothing: every rule and target is kept without any spend" in notes(plan)
    assert set(held(plan).values()) == {"enough"}


def test_least_spend_for_customers_says_that_no_more_is_needed() -> None:
    plan = two("{min_customers: 40}", goal="min_spend")
    assert "spends nothing" not in notes(plan)
    assert "more would break" not in notes(plan)
    assert set(held(plan).values()) == {"enough"}


@pytest.mark.parametrize("goal", ["customers", "revenue", "profit"])
@pytest.mark.parametrize("rule", ["{max_cac: 0.001}", "{min_roi: 1000}"])
def test_a_plan_that_spends_nothing_is_proven_against_what_channels_can_do(
    rule: str, goal: str
) -> None:
    steep = "hill: {ceiling: 100, half_spend: 500, steepness: 0.7}"
    text = TWO.replace("saturating: {ceiling: 100, half_spend: 500}", steep)
    plan = planned(text.replace("RULES", rule).replace("GOAL", goal).replace("SETUP", ""))
    assert plan.totals is not None
    assert plan.certificate is not None
    assert plan.totals.spend == 0
    assert plan.status == "optimal"
    assert plan.certificate.gap < 1e-4


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ("current: 0, customers: 0", "what a spend of 0 brought does not say"),
        ("current: 0, customers: 5", "what a spend of 0 brought does not say"),
        ("customers: 5", "'customers' needs 'current'"),
    ],
)
def test_customers_of_no_spend_are_refused_for_what_they_are(stated: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        read_scenario(f"budget: 100\nchannels:\n  a: {{{stated}}}\n")


@pytest.mark.parametrize(("fixed", "needed"), [(100, 168.03), (160, 168.03), (1000, 981.97)])
def test_a_fixed_spend_moves_no_further_than_it_must(fixed: float, needed: float) -> None:
    # 100 x / (300 + x) + 60 (1000 - x) / (1300 - x) = 80 at 168.03 and at 981.97
    text = f"""
budget: 1000
channels:
  a: {{curve: {{saturating: {{ceiling: 100, half_spend: 300}}}}}}
  b: {{curve: {{saturating: {{ceiling: 60, half_spend: 300}}}}}}
rules: [{{fixed: {fixed}, of: a}}, {{min_customers: 80}}]
"""
    plan = solve(build(read_scenario(text)), explain=False)
    (fix,) = [found for found in plan.fixes if found.rule == "fixed"]
    assert fix.needed == pytest.approx(needed, abs=0.011)
