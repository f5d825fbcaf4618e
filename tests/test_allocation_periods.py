"""Plans by period: pacing, seasons, prices, carry-over with its tail, cash and deposits."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from optimizer.allocation.calendar import days, periods, seasons
from optimizer.allocation.plan import Plan
from optimizer.allocation.planner import solve
from optimizer.allocation.problem import Problem
from optimizer.errors import UserError
from optimizer.pipeline.problem import build
from optimizer.scenario import read_scenario

BASE = """
currency: CNY
budget: 60000
horizon: 4
goal: customers
value_per_customer: 100
channels:
  a: {{curve: {{saturating: {{ceiling: 900, half_spend: 30000}}}}, current: 20000{a}}}
  b: {{curve: {{exponential: {{ceiling: 500, half_spend: 25000}}}}{b}}}
{more}
"""


def problem(more: str = "", a: str = "", b: str = "") -> Problem:
    return build(read_scenario(BASE.format(more=more, a=a, b=b)))


def planned(more: str = "", a: str = "", b: str = "") -> Plan:
    return solve(problem(more, a, b), explain=False)


def by(plan: Plan, channel: str) -> np.ndarray:
    return np.array(
        [
            line.spend
            for line in plan.lines
            if line.channel == channel and not line.period.startswith("after")
        ]
    )


def test_without_seasons_even_pacing_is_best_and_the_same_plan() -> None:
    whole, weekly = planned(), planned("calendar: {}")
    assert weekly.objective == pytest.approx(whole.objective, rel=1e-6)
    for name, total in whole.spend_by_channel().items():
        assert by(weekly, name) == pytest.approx(np.full(4, total / 4), rel=2e-3)


def test_demand_and_price_move_money() -> None:
    even, season = planned("calendar: {}"), planned("calendar: {demand: {W3: 2}}")
    assert by(season, "a")[2] > by(even, "a")[2] * 1.2
    assert by(season, "a")[[0, 1, 3]] == pytest.approx(np.full(3, by(season, "a")[0]), rel=1e-2)
    dear = planned("calendar: {price: {W3: 2}}")
    assert dear.objective is not None
    assert even.objective is not None
    assert dear.objective < even.objective < (season.objective or 0)
    line = next(x for x in dear.lines if x.channel == "a" and x.period == "W3")
    assert line.customers == pytest.approx(900 / 4 * (line.spend / 2) / (7500 + line.spend / 2))


def test_carry_over_against_every_plan_of_a_grid() -> None:
    """One channel, four periods, 40 % carried over, two periods of tail: the simulation is written
    out again here.
    """
    text = """
budget: 40000
horizon: 4
calendar: {tail: 2, demand: {W2: 1.5}}
channels:
  a: {curve: {saturating: {ceiling: 900, half_spend: 30000}}, current: 24000, carry_over: 40%}
rules:
  - {period_budget: {W1: 9000}}
"""
    it = build(read_scenario(text))
    plan = solve(it, explain=False)
    axis = np.linspace(0, 30000, 31)
    grid = np.stack([g.ravel() for g in np.meshgrid(axis, axis, axis, axis, indexing="ij")], axis=1)
    grid = grid[(grid.sum(1) <= 40000) & (grid[:, 0] <= 9000)]

    def simulate(spend: np.ndarray) -> np.ndarray:
        stock = np.full(len(spend), 6000 / 0.6 * 0.4)  # today's 6,000 a week, settled
        won = np.zeros(len(spend))
        for week in range(6):
            stock = stock * (1.0 if week == 0 else 0.4) + (spend[:, week] if week < 4 else 0.0)
            felt = stock * 0.6
            won += (1.5 if week == 1 else 1.0) * 900 / 4 * felt / (7500 + felt)
        return won

    best = simulate(grid).max()
    assert plan.certificate is not None
    assert plan.objective == pytest.approx(float(simulate(by(plan, "a")[None, :])[0]), rel=1e-9)
    assert plan.objective is not None
    assert best <= plan.certificate.upper * (1 + 1e-9)
    assert plan.objective >= best * (1 - 1e-6)
    assert sum(line.customers for line in plan.lines) == pytest.approx(plan.totals.customers)  # type: ignore[union-attr]


def test_a_steady_plan_with_carry_over_gives_the_stated_curve() -> None:
    it = problem("calendar: {tail: 0}", a=", carry_over: 50%, max: 20000, min: 20000", b=", max: 0")
    plan = solve(it, explain=False)
    assert sum(x.customers for x in plan.lines) >= 900 * 20000 / 50000 * (1 - 1e-9)


def test_cash_and_deposits() -> None:
    more = """calendar: {demand: {W1: 3}}
rules:
  - {cash: {W1: 6000, W3: 60000}}"""
    plan = planned(more)
    spend = by(plan, "a") + by(plan, "b")
    assert spend[0] + spend[1] <= 6000 * (1 + 1e-6)
    later = planned(more, a=", deposit: {share: 30%, balance_after: 2}")
    paid = 0.3 * by(later, "a")[0] + by(later, "b")[0]
    assert paid <= 6000 * (1 + 1e-6)
    assert by(later, "a")[0] > by(plan, "a")[0]
    assert (later.objective or 0) > (plan.objective or 0)


def test_shipped_seasons() -> None:
    assert days(seasons()["double11"], 2026) == (date(2026, 10, 20), date(2026, 11, 11))
    assert days(seasons()["black_friday"], 2026)[0] == date(2026, 11, 27)
    assert days(seasons()["spring_festival"], 2026) == (
        date(2026, 1, 20),
        date(2026, 2, 10),
    )  # new year on February 17
    assert all(0.5 < s.demand < 3 and 1 <= s.price < 2 for s in seasons().values())
    weeks = periods(6, "week", date(2026, 10, 5), ["double11", "double11_warm_up"])
    assert [w.name for w in weeks] == [f"W{k}" for k in range(1, 7)]
    assert weeks[0].demand == pytest.approx((5 + 2 * seasons()["double11_warm_up"].demand) / 7)
    assert weeks[3].demand == pytest.approx(seasons()["double11"].demand)
    assert weeks[5].first == date(2026, 11, 9)
    assert weeks[5].price == pytest.approx((3 * seasons()["double11"].price + 4) / 7)
    months = periods(3, "month", date(2026, 1, 31))
    assert [(m.first, m.last) for m in months] == [
        (date(2026, 1, 31), date(2026, 2, 27)),
        (date(2026, 2, 28), date(2026, 3, 30)),
        (date(2026, 3, 31), date(2026, 4, 29)),
    ]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("calendar: {seasons: [doubl11], start: 2026-10-05}", "did you mean 'double11'"),
        ("calendar: {seasons: [double11]}", "when the plan starts"),
        ("calendar: {demand: {W9: 2}}", "outside the plan"),
        ("calendar: {start: '2026-13-05'}", "no date"),
        ("calendar: {demand: {W1: -2}}", "W1"),
        ("calendar: {}\nrules:\n  - {period_budget: {W5: 100}}", "outside the plan"),
        ("rules:\n  - {period_budget: {W1: 100}}", "outside the plan"),
    ],
)
def test_mistakes_have_a_place(more: str, said: str) -> None:
    with pytest.raises(UserError, match=said) as caught:
        problem(more)
    assert all("scenario:" in str(p.where or "") for p in caught.value.problems)


def test_carry_over_needs_a_calendar() -> None:
    with pytest.raises(UserError, match="needs periods"):
        problem(a=", carry_over: 20%")


SET_UP = """
period: week
horizon: 2
calendar: {{}}
budget: 1000
goal: customers
channels:
  a: {{setup: 100, curve: {{linear: {{rate: 0.1}}}}}}
  b: {{curve: {{linear: {{rate: 0.01}}}}}}
rules:
  - {rule}
"""


@pytest.mark.parametrize(
    ("rule", "customers"),
    [
        ("{period_budget: {W1: 50}}", 90.0),  # set up in W2: 900 x 0.1
        ("{period_budget: {W2: 50}}", 90.0),  # set up in W1
        ("{period_budget: {W1: 50, W2: 90}}", 1.4),  # a can be set up in neither
        ("{period_budget: {W1: 50}, of: a}", 90.0),
        ("{cash: {W1: 500, W2: 100}}", 50.0),  # 600 come, 100 of them set a up
        ("{cash: {W1: 50, W2: 550}}", 50.0),
        ("{max_cac: 11, period: W2}", 90.0),
        ("{max_channels: 1}", 90.0),
    ],
)
def test_a_set_up_is_paid_where_the_channel_first_spends(rule: str, customers: float) -> None:
    stated = build(read_scenario(SET_UP.format(rule=rule)))
    plan = solve(stated, explain=False)
    assert plan.status == "optimal"
    assert plan.objective == pytest.approx(customers, rel=1e-4)
    assert plan.totals is not None
    assert plan.totals.spend == pytest.approx(sum(line.spend for line in plan.lines))
    spent = {(line.channel, line.period): line.spend for line in plan.lines}
    for period, most in (stated.rules[-1].value if "period_budget" in rule else {}).items():
        mine = [v for (c, p), v in spent.items() if p == period and (c == "a" or "of:" not in rule)]
        assert sum(mine) <= most * (1 + 1e-6)


def test_simple_splits_pay_set_ups_from_the_same_budget() -> None:
    plan = solve(build(read_scenario(SET_UP.format(rule="{max: 800, of: a}"))), explain=False)
    (equal,) = [found for found in plan.baselines if found.name == "equal"]
    assert equal.spend == pytest.approx(1000)
    assert not equal.breaks


AT_WORK = """
budget: 60000
horizon: 2
period: month
calendar: {tail: 3}
value_per_customer: 290
margin: 0.7
goal: {min_spend: {targets: {customers_change: -0.1}}}
channels:
  a: {curve: {saturating: {ceiling: 660, half_spend: 29000}}, current: 4000, carry_over: 0.37}
  b: {curve: {power: {spend: 25000, response: 200, elasticity: 0.48}}, SETUPcurrent: 8800,
      carry_over: 0.32}
rules: [{max_channels: 2}]
"""


def test_what_is_still_at_work_of_an_unused_channel_counts_in_the_bound() -> None:
    free = solve(build(read_scenario(AT_WORK.replace("SETUP", ""))), explain=False)
    text = AT_WORK.replace("SETUP", "setup: 2700, ")
    plan = solve(build(read_scenario(text)), explain=False)
    only = text.replace("[{max_channels: 2}]", "[{max_channels: 2}, {max: 0, of: b}]")
    without = solve(build(read_scenario(only)), explain=False)
    assert free.status == plan.status == without.status == "optimal"
    assert free.objective is not None
    assert plan.objective is not None
    assert without.objective is not None
    best = min(without.objective, free.objective + 2700)
    assert plan.objective <= best * (1 + 1e-4)
