"""The arrows together: what a scenario becomes, worked out by hand on small worlds."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import optimizer as opt
from optimizer.errors import UserError
from optimizer.scenario import read_scenario

ORDERS = "user_id,timestamp,value\n" + "".join(
    # eight who bought once long ago, two who bought three times and lately
    [f"old{i},2025-01-1{i},50\n" for i in range(8)]
    + [f"best{i},2025-{month}-20,100\n" for i in range(2) for month in ("08", "10", "12")]
)


def folder(tmp_path: Path, **tables: str) -> Path:
    for name, text in tables.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    return tmp_path


def test_retention_offer_is_bought_while_it_pays(tmp_path: Path) -> None:
    """A contact of 2 brings 0.1 orders of 100 at margin 0.5, that is 5: everybody is contacted,
    nobody is new.
    """
    here = folder(tmp_path, orders=ORDERS)
    scenario = read_scenario(
        "budget: 1000\ngoal: profit\nmargin: 0.5\ndata: {orders: orders.csv}\n"
        "retention: [{group: high_value, cost: 2, response: 0.1}]\n"
        "channels: {ads: {curve: {linear: {rate: 0.001}}, value_per_customer: 100}}\n",
        here,
    )
    plan = opt.run(scenario).plan
    lines = {line.channel: line for line in plan.lines}
    line = lines["retention/high_value"]
    people = line.spend / 2
    assert people == int(people) > 0
    assert line.revenue == pytest.approx(people * 0.1 * 100)
    assert lines["ads"].spend == pytest.approx(0, abs=1e-6)  # 0.001 * 100 * 0.5 < 1
    assert plan.totals is not None
    assert plan.totals.customers == pytest.approx(0, abs=1e-9)
    assert plan.objective == pytest.approx(people * (0.1 * 100 * 0.5 - 2))


def test_lifetime_value_carries_ltv_to_cac(tmp_path: Path) -> None:
    here = folder(tmp_path, orders=ORDERS)
    text = (
        "budget: 1000\nmargin: 0.5\ndata: {orders: orders.csv}\nlifetime: {horizon_days: 30}\n"
        "channels: {ads: {curve: {saturating: {ceiling: 100, half_spend: 500}}}}\nrules: [{min_ltv_to_cac: AT}]\n"
    )
    # first orders: eight of 50, two of 100, so 60 on average and 30 of margin within 30 days
    loose = opt.run(read_scenario(text.replace("AT", "1"), here)).plan
    assert loose.totals is not None
    assert 30 * loose.totals.customers >= loose.totals.spend * (1 - 1e-9)
    tight = opt.run(read_scenario(text.replace("AT", "3"), here)).plan
    assert tight.totals is not None
    # 30 * 100 / (500 + x) = 3 at x = 500
    assert tight.totals.spend == pytest.approx(500, rel=1e-4)


def test_offers_that_do_not_fit_are_told_with_their_place(tmp_path: Path) -> None:
    here = folder(tmp_path, orders=ORDERS)
    with pytest.raises(UserError, match="high_value"):
        opt.run(
            read_scenario(
                "budget: 5\ndata: {orders: orders.csv}\nretention: [{group: high_valu, cost: "
                "1, response: 1%}]\n",
                here,
            )
        )
    with pytest.raises(UserError, match="need orders"):
        opt.run(
            read_scenario("budget: 5\nretention: [{group: lost, cost: 1, response: 1%}]\n", here)
        )


def test_paths_and_spend_go_through_one_point(tmp_path: Path) -> None:
    """Path tables have no times: spend 400 brought 4 of 6 credited customers; more of it follows
    the elasticity.
    """
    here = folder(
        tmp_path,
        paths="path,conversions,value,nulls\na,4,40,4\nb,2,20,8\n",
        spend="period,channel,spend\n2025-03-03,a,200\n2025-03-10,a,200\n2025-03-03,b,100\n2025-03-10,b,100\n",
    )
    scenario = read_scenario(
        "budget: 600\nhorizon: 2\nattribution: {model: last}\ndata: {paths: paths.csv, spend: spend.csv}\n"
        "channels: {a: {elasticity: 0.5}}\n",
        here,
    )
    outcome = opt.run(scenario)
    a = outcome.responses["a"]
    assert float(a.curve(400.0)) == pytest.approx(4)
    assert float(a.curve.slope(400.0)) == pytest.approx(0.5 * 4 / 400)
    assert a.current == pytest.approx(400)
    assert a.value_per_customer == pytest.approx(10)


def test_scale_of_money_order_of_rows_and_names_change_nothing(tmp_path: Path) -> None:
    def plan(where: Path, factor: float, names: dict[str, str], reverse: bool) -> dict[str, float]:
        where.mkdir()
        rows = [
            f"2025-03-{day:02d},{names[c]},{base * (1 + (day // 7 + k) % 4) * factor}\n"
            for day in (3, 10, 17, 24)
            for k, (c, base) in enumerate((("a", 100.0), ("b", 60.0)))
        ]
        paths = [
            f"{names['a']} > {names['b']},6,60,9\n",
            f"{names['b']},2,20,9\n",
            f"{names['a']},3,30,5\n",
        ]
        for name, head, body in (
            ("spend", "period,channel,spend\n", rows),
            ("paths", "path,conversions,value,nulls\n", paths),
        ):
            (where / f"{name}.csv").write_text(head + "".join(body[::-1] if reverse else body))
        found = opt.run(
            read_scenario(
                f"budget: {300 * factor}\nhorizon: 2\nattribution: {{model: markov}}\n"
                "data: {paths: paths.csv, spend: spend.csv}\n",
                where,
            )
        ).plan
        back = {new: old for old, new in names.items()}
        return {back[c]: x / factor for c, x in found.spend_by_channel().items()}

    one = plan(tmp_path / "1", 1.0, {"a": "a", "b": "b"}, False)
    for k, other in enumerate(
        [
            plan(tmp_path / "2", 1e8, {"a": "a", "b": "b"}, False),
            plan(tmp_path / "3", 1.0, {"a": "a", "b": "b"}, True),
            plan(tmp_path / "4", 1.0, {"a": "zz/koc", "b": "aa_koc"}, False),
        ]
    ):
        assert other == {c: pytest.approx(x, rel=1e-6) for c, x in one.items()}, k


def test_compare_over_budget_says_what_changes(
    tmp_path: Path, optimizer: Callable[..., Any]
) -> None:
    file = tmp_path / "scenario.yaml"
    file.write_text(
        "budget: 100\nchannels:\n  a: {curve: {saturating: {ceiling: 10, half_spend: 50}}}\n "
        " b: {curve: {saturating: {ceiling: 10, half_spend: 80}}}\n"
    )
    ran = optimizer("compare", file, "--over", "budget=100,200,0", "--format", "json")
    assert ran.code == 0, ran.err
    found = json.loads(ran.out)
    spend = [row["spend"] for row in found["plans"]]
    assert spend == [pytest.approx(100), pytest.approx(200), pytest.approx(0, abs=1e-9)]
    assert (
        found["plans"][1]["customers"]
        > found["plans"][0]["customers"]
        > found["plans"][2]["customers"]
        == pytest.approx(0, abs=1e-9)
    )
    assert len(found["differences"]) == 2
    assert "a (" in found["differences"][0]
    assert "b (" in found["differences"][0]


def test_a_stated_channel_without_a_value_is_worth_the_datas_average(tmp_path: Path) -> None:
    here = folder(
        tmp_path,
        paths="path,conversions,value,nulls\na,4,40,4\nb,2,20,8\n",
        spend="period,channel,spend\n2025-03-03,a,200\n2025-03-10,b,100\n",
    )
    text = (
        "budget: 100\nattribution: {model: last}\ndata: {paths: paths.csv, spend: spend.csv}\n"
        "channels: {tv: {curve: {linear: {rate: 0.5}}}}\nrules: [{min_roi: 1}]\n"
    )
    outcome = opt.run(read_scenario(text, here))
    assert outcome.responses["tv"].value_per_customer == pytest.approx(10)
    assert outcome.plan.totals is not None
    assert outcome.plan.totals.revenue == pytest.approx(10 * outcome.plan.totals.customers)
