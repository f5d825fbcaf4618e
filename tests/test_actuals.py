"""`optimizer actuals`: a plan against what came."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from optimizer.errors import UserError
from optimizer.evidence.actuals import DEMAND, Promise, foresee, spread_of
from optimizer.evidence.belief import Interval
from optimizer.pipeline.written_plan import read_plan


def test_without_doubt_the_plan_is_believed_whatever_came() -> None:
    seen = foresee(Promise(300, 100), Promise(500, 200), came=250, spread=0.0)
    assert seen.factor == Interval(*(pytest.approx(1.0),) * 3)
    assert seen.due.mean == pytest.approx(400, rel=1e-3)
    assert seen.whole.mean == pytest.approx(250 + 700, rel=1e-3)
    assert seen.chance is None


def test_what_came_is_weighed_with_the_promise_by_their_errors() -> None:
    """For a small spread the posterior is that of two normals."""
    spread, due, came = 0.1, 1000.0, 1150.0
    seen = foresee(Promise(due, 0.0), Promise(0.0, 0.0), came, spread)
    told = (due + (DEMAND * due) ** 2) / due**2  # variance of came / due
    weight = spread**2 / (spread**2 + told)
    assert seen.factor.mean == pytest.approx(1 + weight * (came / due - 1), rel=0.02)
    width = 2 * 1.645 * np.sqrt(1 / (1 / spread**2 + 1 / told))
    assert seen.factor.high - seen.factor.low == pytest.approx(width, rel=0.08)


@settings(max_examples=40, deadline=None)
@example(extra=1.0, organic=0.0, came=515.0, spread=1.0, target=0.0)
@given(
    extra=st.floats(1, 1e5),
    organic=st.floats(0, 1e5),
    came=st.floats(0, 4e5),
    spread=st.floats(0.02, 1.0),
    target=st.floats(0, 1e6),
)
def test_more_that_came_is_more_to_come(
    extra: float, organic: float, came: float, spread: float, target: float
) -> None:
    due, rest = Promise(extra, organic), Promise(2 * extra, organic)
    low, high = (foresee(due, rest, n, spread, target) for n in (came, came * 1.2 + 1))
    assert low.factor.mean <= high.factor.mean + 1e-9
    assert low.whole.mean < high.whole.mean
    assert low.chance is not None
    assert high.chance is not None
    assert 0 <= low.chance <= high.chance + 1e-9 <= 1 + 2e-9
    assert low.factor.low <= low.factor.mean <= low.factor.high
    scaled = foresee(due, rest, came, spread, 0.0)
    assert scaled.chance == pytest.approx(1.0)


def test_the_spread_is_that_of_the_interval() -> None:
    s = 0.3
    ends = np.exp(np.array([-1.645, 1.645]) * s)
    assert spread_of(Interval(1.0, *ends)) == pytest.approx(s, rel=1e-3)
    assert spread_of(Interval(100.0, 100.0, 100.0)) == 0.0
    assert spread_of(Interval(100.0, -20.0, 220.0)) == pytest.approx(240 / 3.29 / 100, rel=1e-3)


PLAN = {
    "spend": [
        {"channel": "meta", "period": "all", "spend": 8000.0, "customers": 160.0},
        {"channel": "google", "period": "all", "spend": 4000.0, "customers": 40.0},
    ],
    "totals": {"customers": 200.0},
    "belief": {
        "extra_customers": {"mean": 200.0, "low": 120.0, "high": 320.0},
        "organic_customers": 80.0,
    },
}


@pytest.fixture
def brand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A brand with twelve weeks behind it, a plan of four weeks, and two weeks since."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "brand"
    (folder / "data").mkdir(parents=True)
    weeks = [f"2026-{7 + day // 31:02}-{1 + day % 31:02}" for day in range(5, 31, 7)]
    weeks += ["2026-08-03", "2026-08-10"]
    spend = "".join(f"{week},meta,2000\n{week},google,1000\n" for week in weeks)
    (folder / "data" / "spend.csv").write_text("period,channel,spend\n" + spend)
    sold = "".join(f"{week},70\n" for week in weeks)
    (folder / "data" / "totals.csv").write_text("period,new_customers\n" + sold)
    (folder / "scenario.yaml").write_text(
        "# ours\nname: brand\ncurrency: EUR\nperiod: week\nhorizon: 4\nbudget: 12000\n"
        "goal: customers  # all that counts\ndata: {spend: data/spend.csv, totals: data/totals.csv}\n"
        "channels: {meta: {}, google: {}}\nrules:\n  - {min_customers: 260}\n"
    )
    (tmp_path / "reports" / "brand").mkdir(parents=True)
    (tmp_path / "reports" / "brand" / "plan.json").write_text(json.dumps(PLAN))
    (tmp_path / "ads.csv").write_text(
        "period,channel,spend\n2026-08-17,meta,1000\n2026-08-24,meta,2000\n"
        "2026-08-17,google,1000\n2026-08-24,google,1000\n2026-08-24,tiktok,50\n"
    )
    (tmp_path / "sold.csv").write_text("period,new_customers\n2026-08-17,60\n2026-08-24,75\n")
    return tmp_path


def test_two_of_four_weeks(brand: Path, optimizer) -> None:
    words = ("actuals", "brand", "--from", "ads.csv", "--from", "sold.csv")
    ran = optimizer(*words, "--format", "json", "--into", "next")
    told = json.loads(ran.out)
    assert told["came"] == 135
    # 160 of meta's customers for 8,000, 40 of google's for 4,000; 20 organic a week
    assert [week["due"] for week in told["periods"]] == pytest.approx([50, 70])
    assert [week["spent"] for week in told["periods"]] == [2000, 3050]
    assert told["foreseen"]["due"]["mean"] == pytest.approx(120, rel=0.02)
    assert 1 < told["foreseen"]["factor"]["mean"] < 1.3
    assert told["target"] == 260 + 80  # the rule is of what spend brings; 80 come anyway
    assert 0 < told["foreseen"]["chance"] < 0.5
    assert told["foreseen"]["whole"]["low"] < 135 + 140 < told["foreseen"]["whole"]["high"]
    by_channel = {row["channel"]: row for row in told["channels"]}
    assert by_channel["meta"] == {"channel": "meta", "planned": 4000.0, "spent": 3000.0}
    assert by_channel["tiktok"]["planned"] == 0
    assert "tiktok" in ran.err
    assert "leaves out" in ran.err
    text = (brand / "next" / "scenario.yaml").read_text()
    assert text.startswith("# ours\n")
    assert "# all that counts" in text
    spend = (brand / "next" / "data" / "spend.csv").read_text().splitlines()
    assert len(spend) == 1 + 12 + 5
    assert spend[-1].startswith("2026-08-24,tiktok,50")
    assert len((brand / "next" / "data" / "totals.csv").read_text().splitlines()) == 1 + 6 + 2
    shown = optimizer(*words).out
    assert "135 new customers came, as the plan said" in shown
    assert "chance of reaching 340" in shown


def test_a_rebate_is_taken_off_once_and_a_commission_is_not_billed(brand: Path, optimizer) -> None:
    """Exports show what is billed; the plan counts what is paid once the rebate is back."""
    scenario = brand / "brand" / "scenario.yaml"
    scenario.write_text(scenario.read_text().replace("meta: {}", "meta: {rebate: 10%}"))
    plan = json.loads(json.dumps(PLAN))
    plan["spend"][1] |= {"spend": 4400.0, "commission": 400.0}
    (brand / "reports" / "brand" / "plan.json").write_text(json.dumps(plan))
    words = ("actuals", "brand", "--from", "ads.csv", "--from", "sold.csv", "--format", "json")
    told = json.loads(optimizer(*words, "--into", "next").out)
    by_channel = {row["channel"]: row for row in told["channels"]}
    assert by_channel["meta"]["spent"] == pytest.approx(2700)
    assert by_channel["google"] == {"channel": "google", "planned": 2000.0, "spent": 2000.0}
    # the tables stand as they are billed: the next scenario states the rebate itself
    assert "2026-07-06,meta,2000" in (brand / "next" / "data" / "spend.csv").read_text()


def test_who_is_new_is_known_from_the_orders_before(brand: Path, optimizer) -> None:
    """Orders of the same customers again, one order that changed, one that both files hold."""
    folder = brand / "brand"
    scenario = folder / "scenario.yaml"
    scenario.write_text(scenario.read_text().replace("totals: data/totals", "orders: data/orders"))
    head = "order_id,user_id,timestamp,value\n"
    (folder / "data" / "orders.csv").write_text(
        head
        + "".join(f"o{i},u{i},2026-07-{6 + i % 20:02},10\n" for i in range(60))
        + "o60,u60,2026-08-16,10\n"
    )
    (brand / "since.csv").write_text(
        head
        + "o60,u60,2026-08-16,7\no61,u3,2026-08-17,5\no62,n1,2026-08-18,5\n"
        + "o63,n2,2026-08-25,5\no64,n2,2026-08-26,5\no65,n3,2026-08-30,5\n"
    )
    ran = optimizer(
        *("actuals", "brand", "--from", "ads.csv", "--from", "since.csv"),
        *("--format", "json", "--into", "next"),
    )
    told = json.loads(ran.out)
    assert [week["came"] for week in told["periods"]] == [1, 2]
    kept = (brand / "next" / "data" / "orders.csv").read_text()
    assert kept.count("o60") == 1
    assert kept.count("\n") == 1 + 60 + 6


def test_what_cannot_be_held_against_the_plan_is_said(brand: Path, optimizer) -> None:
    def said(*words: str) -> str:
        ran = optimizer("actuals", "brand", *words)
        assert ran.code == 1
        assert "Traceback" not in ran.err
        return str(ran.err)

    assert "says how many new customers came" in said("--from", "ads.csv")
    assert "says what was spent" in said("--from", "sold.csv")
    both = ("--from", "ads.csv", "--from", "sold.csv")
    assert "do not cover its first period" in said(*both, "--start", "2026-09-30")
    assert "is no day" in said(*both, "--start", "soon")
    (brand / "gap.csv").write_text("period,new_customers\n2026-08-17,60\n2026-08-24,\n")
    assert "2026-08-24 is not known" in said("--from", "ads.csv", "--from", "gap.csv")
    (brand / "months.csv").write_text("period,new_customers\n2026-08,60\n2026-09,75\n")
    assert "this table only by" in said("--from", "ads.csv", "--from", "months.csv")
    assert "write one first" in said(*both, "--plan", "elsewhere")
    (brand / "reports" / "brand" / "plan.json").write_text('{"spend": 3}')
    assert "plan the scenario again" in said(*both)
    with pytest.raises(UserError):
        read_plan(brand / "reports" / "brand", 4)
