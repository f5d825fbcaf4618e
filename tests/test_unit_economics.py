"""What founders pay and earn per channel: by hand on small scenarios, wherever money is shown, and as
a property of any plan: what it says it pays adds up to budget, cash and profit.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from optimizer.allocation.planner import solve
from optimizer.cli.app import cli
from optimizer.errors import UserError
from optimizer.pipeline import run
from optimizer.pipeline.breakeven import breakeven
from optimizer.pipeline.problem import build
from optimizer.report import write
from optimizer.report.terminal import summary
from optimizer.report.workbook import write_workbook
from optimizer.response.all_in import all_in
from optimizer.response.curve import stated
from optimizer.scenario import load_scenario

# Two slots of a live room, nothing else. A customer orders 200; a quarter is refunded, so 150 stay.
# Half of that is margin: 75, less 12 for each return (a quarter): 72. Commission: 20 % of 150: 30.
# A slot costs 10,000 * 1.1 + 400 = 11,400 and sells 300: 9,000 of commission. Two slots: 22,800 +
# 18,000 = 40,800 for 600 customers: CAC 68, revenue 90,000, ROI 2.2059, profit 600 * 72 - 40,800 =
# 2,400. 9,200 of the budget stay. Breaks even at 11,400 / (72 - 30) = 271.43 customers.
LIVE = """name: live
budget: 50000
goal: profit
margin: 50%
refund_rate: 25%
return_cost: 12
value_per_customer: 200
channels:
  live:
    commission: 20%
    bookings: {fee: 10000, service: 10%, samples: 400, min: 2, max: 2, customers: 300}
"""


def _scenario(folder: Path, text: str) -> Any:
    file = folder / "eco.yaml"
    file.write_text(text, encoding="utf-8")
    return load_scenario(file)


def test_one_live_room_by_hand_in_every_place_where_money_is_shown(tmp_path: Path) -> None:
    outcome = run(_scenario(tmp_path, LIVE))
    totals = outcome.plan.totals
    assert totals is not None
    assert_allclose(
        [totals.spend, totals.commission, totals.customers, totals.revenue, totals.profit],
        [40_800, 18_000, 600, 90_000, 2_400],
    )
    assert_allclose([totals.cac, totals.roi, totals.unspent], [68, 90_000 / 40_800, 9_200])
    assert outcome.plan.objective == pytest.approx(2_400)
    assert outcome.plan.lines[0].average_cac == outcome.plan.lines[0].marginal_cac == 68

    write(outcome, tmp_path / "out")
    kept = json.loads((tmp_path / "out" / "plan.json").read_text(encoding="utf-8"))
    assert kept["totals"]["profit"] == pytest.approx(2_400)
    (row,) = csv.DictReader((tmp_path / "out" / "plan.csv").read_text().splitlines())
    assert [float(row[k]) for k in ("spend", "posts", "commission", "profit")] == [
        *(40_800, 2, 18_000, 2_400)
    ]
    page = (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    told = " ".join(str(block) for block in summary(outcome))
    for text in (page, told):
        for money in ("40,800", "68", "90,000", "2.21", "2,400", "9,200"):
            assert money in text, money
    from openpyxl import load_workbook

    write_workbook(outcome, tmp_path / "plan.xlsx")
    cells = {
        cell.value
        for sheet in load_workbook(tmp_path / "plan.xlsx")
        for line in sheet.iter_rows()
        for cell in line
    }
    assert {40_800, 18_000, 90_000, 2_400} <= {
        round(x, 6) for x in cells if isinstance(x, float | int)
    }


def test_breakeven_says_what_a_live_slot_must_sell(tmp_path: Path) -> None:
    scenario = _scenario(tmp_path, LIVE)
    (found,) = breakeven(scenario)
    assert (found.of, found.cost, found.contribution, found.commission) == ("slot", 11_400, 72, 30)
    assert found.customers == pytest.approx(11_400 / 42)
    assert found.gmv == pytest.approx(200 * 11_400 / 42)
    assert found.pays
    assert found.profit == pytest.approx(300 * 42 - 11_400)
    said = CliRunner().invoke(cli, ["breakeven", str(tmp_path / "eco.yaml"), "--lang", "en"])
    assert said.exit_code == 0, said.output
    assert "272" in said.output  # 271 would not be enough
    dear = CliRunner().invoke(
        cli, ["breakeven", str(tmp_path / "eco.yaml"), "--set", "channels.live.commission=48%"]
    )
    assert "no number of customers pays" in dear.output


def test_a_rebate_is_taken_off_the_bill_once(tmp_path: Path) -> None:
    # 10,000 billed bring 100 customers; a fifth comes back, so they cost 8,000: a CAC of 80
    text = """
budget: 8000
value_per_customer: 200
channels: {feed: {rebate: 20%, current: 10000, curve: {pieces: [[10000, 0.01]]}}}
"""
    plan = solve(build(_scenario(tmp_path, text)))
    assert plan.totals is not None
    assert plan.current is not None
    assert_allclose([plan.totals.customers, plan.totals.cac, plan.totals.roi], [100, 80, 2.5])
    assert plan.current.spend == pytest.approx(8_000)


def test_cash_knows_that_commission_is_due_with_the_sales(tmp_path: Path) -> None:
    # a slot of 1,000, a third of it later, and 20 * 30 = 600 of commission: 1,266.67 at once
    text = """
horizon: 2
calendar: {}
budget: 1600
value_per_customer: 150
channels:
  live:
    commission: 20%
    deposit: {share: 66.6666666667%, balance_after: 1}
    bookings: {fee: 1000, max: 1, customers: 20}
rules:
  - cash: {W1: CASH, W2: 5000}
"""
    enough = solve(build(_scenario(tmp_path, text.replace("CASH", "1267"))), explain=False)
    assert [(x.period, x.spend) for x in enough.lines if x.spend] == [("W1", 1_600)]
    less = solve(build(_scenario(tmp_path, text.replace("CASH", "1266"))), explain=False)
    assert [(x.period, x.spend) for x in less.lines if x.spend] == [("W2", 1_600)]


@pytest.mark.parametrize(
    ("channel", "says"),
    [
        ("{commission: 10%, curve: {linear: 5}}", "share of a value that is not known"),
        (
            "{commission: 10%, value_per_customer: 50, carry_over: 30%, curve: {linear: 1}}",
            "both a commission and carry_over",
        ),
        (
            "{commission: 10%, value_per_customer: 50, bookings: {fee: 1, customers: "
            "{pieces: [[3, 9], [3, 4]]}}}",
            "every post must bring as many",
        ),
        (
            "{value_per_customer: 50, margin: 10%, refund_rate: 50%, return_cost: 20, curve: {linear: 1}}",
            "returns of a cost more than its customers earn",
        ),
    ],
)
def test_what_cannot_be_planned_is_said(tmp_path: Path, channel: str, says: str) -> None:
    text = f"budget: 10\ncalendar: {{}}\nhorizon: 2\nchannels:\n  a: {channel}\n"
    with pytest.raises(UserError, match=says):
        build(_scenario(tmp_path, text))


@pytest.mark.parametrize("name", ["saturating", "power", "hill", "pieces"])
def test_a_curve_over_all_that_is_paid_is_the_curve_over_the_bill(name: str) -> None:
    base = {
        "saturating": lambda: stated("saturating", {"ceiling": 300, "half_spend": 4000}),
        "power": lambda: stated("power", {"spend": 1000, "response": 80, "elasticity": 0.4}),
        "hill": lambda: stated("hill", {"ceiling": 300, "half_spend": 4000, "steepness": 2.5}),
        "pieces": lambda: stated("pieces", [[1000, 0.1], [4000, 0.02]]),
    }[name]()
    curve = all_in(base, 0.96, 17.0)
    billed = np.geomspace(1e-3, 1e5, 60)
    paid = 0.96 * billed + 17.0 * base(billed)
    assert_allclose(curve(paid), base(billed), rtol=1e-10)
    assert_allclose(curve.billed(paid), 0.96 * billed, rtol=1e-10)
    assert curve.concave == base.concave
    middle = billed[name != "pieces" :: 7]
    slope = (curve(paid * 1.0001) - curve(paid * 0.9999)) / (paid * 0.0002)
    if name != "pieces":
        assert_allclose(curve.slope(paid), slope, rtol=1e-4)
        wanted = curve.slope(0.96 * middle + 17.0 * base(middle))
        assert_allclose(curve.slope(curve.spend_at_slope(wanted)), wanted, rtol=1e-6)
    twice = curve.times(2.0)  # the same bill brings twice as many, and twice the commission
    assert_allclose(twice(0.96 * billed + 34.0 * base(billed)), 2 * base(billed), rtol=1e-9)


SHARE = st.sampled_from([0.0, 0.05, 0.2, 0.35])


@st.composite
def economies(draw: st.DrawFn) -> dict[str, Any]:
    """A brand of two channels of spend and one of slots, over one stretch or two periods."""
    channels: dict[str, Any] = {}
    for name in ("feed", "affiliates"):
        channels[name] = {
            "commission": draw(SHARE),
            "rebate": draw(SHARE),
            "setup": draw(st.sampled_from([0, 300])),
            "curve": {
                "saturating": {
                    "ceiling": draw(st.integers(50, 400)),
                    "half_spend": draw(st.integers(500, 6000)),
                }
            },
        }
    channels["live"] = {
        "commission": draw(SHARE),
        "rebate": draw(SHARE),
        "refund_rate": draw(SHARE),
        "bookings": {
            "fee": draw(st.integers(200, 2000)),
            "service": draw(SHARE),
            "samples": draw(st.integers(0, 100)),
            "customers": draw(st.integers(5, 60)),
            "max": 3,
        },
    }
    return {
        "budget": draw(st.integers(2000, 20000)),
        "goal": draw(st.sampled_from(["profit", "customers"])),
        "margin": 0.6,
        "value_per_customer": draw(st.integers(60, 300)),
        "refund_rate": draw(SHARE),
        "return_cost": draw(st.integers(0, 15)),
        "channels": channels,
        **draw(
            st.sampled_from(
                [{}, {"horizon": 2, "calendar": {"demand": {"W2": 1.5}, "price": {"W2": 1.2}}}]
            )
        ),
    }


@settings(max_examples=25, deadline=None)
@given(economies())
def test_what_a_plan_says_it_pays_adds_up_to_budget_cash_and_profit(
    tmp_path_factory: pytest.TempPathFactory, said: dict[str, Any]
) -> None:
    scenario = _scenario(tmp_path_factory.mktemp("eco"), json.dumps(said))
    problem = build(scenario)
    plan = solve(problem, explain=False)
    totals = plan.totals
    assert totals is not None
    assert totals.unspent is not None
    assert totals.profit is not None
    spend = earned = 0.0
    begun: set[str] = set()
    periods = len(plan.periods)
    for line in plan.lines:
        own = said["channels"][line.channel]
        refunded = own.get("refund_rate", said["refund_rate"])
        kept = said["value_per_customer"] * (1 - refunded)
        price, demand = (1.2, 1.5) if line.period == "W2" else (1.0, 1.0)
        sold = line.customers
        paid = own["commission"] * kept * sold
        if "bookings" in own:
            slot = own["bookings"]
            fee = slot["fee"] * (1 + slot["service"]) * (1 - own["rebate"]) + slot["samples"]
            paid += price * fee * (line.posts or 0)
            brought = demand * slot["customers"] * (line.posts or 0)
        else:
            new = line.spend > 0 and line.channel not in begun
            setup = own["setup"] if new else 0.0
            bill = (line.spend - setup - paid) / (price * (1 - own["rebate"]))
            shape = own["curve"]["saturating"]
            brought = shape["ceiling"] * bill / (periods * (shape["half_spend"] / periods + bill))
            brought *= demand
            paid = line.spend
        begun |= {line.channel} if line.spend > 0 else set()
        assert_allclose(line.customers, brought, rtol=1e-6, atol=1e-6)
        assert_allclose(line.spend, paid, rtol=1e-6, atol=1e-4)
        assert_allclose(line.revenue, kept * sold, rtol=1e-9, atol=1e-9)
        assert_allclose(line.commission, own["commission"] * kept * sold, rtol=1e-9, atol=1e-9)
        profit = sold * (kept * 0.6 - refunded * said["return_cost"]) - line.spend
        assert line.profit is not None
        assert_allclose(line.profit, profit, rtol=1e-7, atol=1e-4)
        spend, earned = spend + line.spend, earned + profit
    assert_allclose([totals.spend, totals.profit], [spend, earned], rtol=1e-7, atol=1e-3)
    assert totals.spend + totals.unspent == pytest.approx(said["budget"], rel=1e-6)
    assert totals.commission == pytest.approx(sum(x.commission for x in plan.lines))
    if said["goal"] == "profit":
        assert plan.objective == pytest.approx(totals.profit, rel=1e-6, abs=1e-3)


def test_commission_on_orders_that_stock_leaves_unfilled_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="beyond a limit"):
        build(_scenario(tmp_path, LIVE + "rules:\n  - {stock: 100}\n"))
