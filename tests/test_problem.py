"""From a scenario's words to the budget problem: what is understood, what is refused and where."""

from __future__ import annotations

import pytest

from optimizer.allocation.plan import Plan
from optimizer.allocation.planner import solve
from optimizer.errors import UserError
from optimizer.pipeline.problem import build
from optimizer.response.channel import Response
from optimizer.response.shapes.bounded import saturating
from optimizer.scenario import read_scenario

HEAD = """
currency: CNY
budget: 10000
goal: customers
value_per_customer: 100
channels:
  xhs/koc: {curve: {saturating: {ceiling: 300, half_spend: 4000}}, current: 2000}
  feed: {curve: {saturating: {ceiling: 200, half_spend: 6000}}, current: 6000}
"""


def planned(text: str) -> Plan:
    return solve(build(read_scenario(text)))


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ("- {max_share: 130%, of: feed}", "outside what is possible"),
        ("- {min_rio: 2}", "did you mean 'min_roi'"),
        ("- {max_cac: 50, of: fed}", "did you mean 'feed'"),
        ("- {max_cac: 50}\n  - {max_cac: 60}", "twice"),
        ("- {max_cac: -5}", "outside what is possible"),
        ("- {max_cac: .nan}", "finite"),
        ("- {budget: 5000, period: W3}", "outside the plan"),
        ("- {max_posts: 3, of: feed}", "not bought by the post"),
        ("- {max_channels: 1.5}", "whole"),
        ("- {min_channels: 2}", "commit"),
    ],
)
def test_a_wrong_rule_has_its_place(rules: str, said: str) -> None:
    with pytest.raises(UserError, match=said) as caught:
        planned(f"{HEAD}rules:\n  {rules}\n")
    assert "scenario:1" in str(caught.value.problems[0].where or ""), caught.value.problems[0]


@pytest.mark.parametrize(
    ("channel", "said"),
    [
        ("{max: 100}", "nothing says what spend on x brings"),
        ("{bookings: {fee: 0, customers: 3}}", "costs nothing"),
        ("{bookings: {fee: -5, customers: 3}}", "outside what is possible"),
        ("{curve: {pieces: [[10, 5], [10, -2]]}}", "falls"),
        ("{curve: {saturating: {ceiling: .inf, half_spend: 3}}}", "finite"),
        ("{curve: {saturating: {ceiling: 30}}}", "half_spend"),
        ("{curve: {linear: 2}, min: 50, max: 20}", "above max"),
    ],
)
def test_a_wrong_channel_has_its_place(channel: str, said: str) -> None:
    with pytest.raises(UserError, match=said) as caught:
        planned(f"{HEAD}  x: {channel}\n")
    assert "scenario:9" in str(caught.value.problems[0].where or "")


def test_all_problems_at_once() -> None:
    with pytest.raises(UserError) as caught:
        planned(f"{HEAD}  x: {{max: 5}}\n  y: {{max: 5}}\nrules:\n  - {{max_cac: 4, of: nobody}}\n")
    assert len(caught.value.problems) == 3


def test_impossible_wishes_are_reasoned() -> None:
    dear = planned(f"{HEAD}  head: {{bookings: {{fee: 20000, customers: 900, max: 3, min: 1}}}}\n")
    assert dear.status == "infeasible"
    assert {(c.rule, c.of) for c in dear.conflict} == {("budget", None), ("min_posts", "head")}
    assert any(f.rule == "budget" and f.needed == 20000 for f in dear.fixes)
    cap = planned(f"{HEAD}rules:\n  - {{max_cac: 0}}\n")
    assert cap.status == "optimal"
    assert cap.objective == 0
    assert any("max_cac 0" in str(note) for note in cap.notes)


def test_bookings_cost_fee_service_and_samples() -> None:
    plan = planned(
        f"{HEAD}  koc: {{bookings: {{fee: 800, service: 10%, samples: 120, customers: 60, max: 4}}}}\n"
    )
    line = next(x for x in plan.lines if x.channel == "koc")
    assert line.posts == 4
    assert line.spend == pytest.approx(4 * (880 + 120))
    assert line.customers == 240


def test_touches_of_a_booking_become_customers_at_the_channels_rate() -> None:
    seen = Response(
        channel="koc",
        curve=saturating(ceiling=30.0, half_spend=900.0),
        touches=saturating(ceiling=30_000.0, half_spend=900.0),
        current=500.0,
    )
    text = f"{HEAD}  koc: {{bookings: {{fee: 500, touches: 20000, max: 2}}}}\n"
    plan = solve(build(read_scenario(text), {"koc": seen}))
    line = next(x for x in plan.lines if x.channel == "koc")
    assert line.customers == pytest.approx(2 * 20_000 * 0.001)
    assert line.touches == 40_000


def test_a_retention_line_brings_revenue_but_no_new_customers() -> None:
    plan = planned(
        HEAD.replace("goal: customers", "goal: revenue")
        + "  wecom: {curve: {saturating: {ceiling: 400, half_spend: 2000}}, retention: true}\n"
        "rules:\n  - {max_cac: 60}\n"
    )
    line = next(x for x in plan.lines if x.channel == "wecom")
    assert line.spend > 0
    assert line.customers == 0
    assert line.revenue > 0
    assert plan.totals is not None
    assert plan.totals.customers == pytest.approx(sum(x.customers for x in plan.lines))
    assert plan.totals.spend <= 60 * plan.totals.customers * (1 + 1e-6)


def test_set_up_is_paid_once_and_only_if_used() -> None:
    cheap = planned(f"{HEAD}  tv: {{curve: {{linear: 0.2}}, setup: 3000, max: 7000}}\n")
    line = next(x for x in cheap.lines if x.channel == "tv")
    assert line.spend == pytest.approx(7000)
    assert line.customers == pytest.approx(800)
    dear = planned(f"{HEAD}  tv: {{curve: {{linear: 0.02}}, setup: 6000, max: 4000}}\n")
    assert next(x for x in dear.lines if x.channel == "tv").spend == 0


def test_a_set_up_needs_some_spend_behind_it() -> None:
    """Rules that ask for money count set-ups, which are paid only where something is spent: 40 + 20
    and a little.
    """
    text = (
        "budget: 100\nchannels:\n  a/x: {{curve: {{linear: 1}}, max: 40}}\n  a/y: {{{}, setup: 20}}\nrules:\n"
        "  - {{min: 60, of: a}}\n  - {{max: 60, of: a}}\n"
    )
    plan = planned(text.format("curve: {linear: 1}"))
    assert plan.status == "optimal"
    assert plan.certificate is not None
    assert plan.certificate.gap <= 1e-4
    assert plan.objective == pytest.approx(40, rel=1e-4)
    assert sum(plan.spend_by_channel().values()) == pytest.approx(60)
    posts = planned(
        text.format("bookings: {fee: 25, customers: 3}")
    )  # no part of a post is a little: 15 + 20 + 25
    assert posts.objective == pytest.approx(15 + 3)
    assert posts.certificate is not None
    assert posts.certificate.gap <= 1e-4


@pytest.mark.parametrize("budget", ["1e15", "1e9", "0.001"])
def test_any_budget_gives_a_plan(budget: str) -> None:
    plan = planned(HEAD.replace("10000", budget) + "rules:\n  - {max_cac: 60}\n")
    assert plan.status == "optimal"
    assert plan.certificate is not None
    assert plan.certificate.gap <= 1e-4
    if float(budget) > 1e6:
        free = planned(
            HEAD.replace("budget: 10000", "budget: 200000") + "rules:\n  - {max_cac: 60}\n"
        )
        assert plan.objective == pytest.approx(free.objective, rel=1e-4)


def test_a_straight_line_takes_any_budget() -> None:
    plan = planned(
        "budget: 1e12\nchannels:\n  a: {curve: {linear: 0.001}}\n  b: {curve: {linear: 0.002}, max: 3e11}\n"
    )
    assert plan.status == "optimal"
    assert plan.objective == pytest.approx(0.002 * 3e11 + 0.001 * 7e11)
