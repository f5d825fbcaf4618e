"""`optimizer new --from`: a founder's own exports become a scenario that can be planned as it
stands.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

CHANNELS = {"小红书": 1200.0, "抖音": 2000.0, "百度搜索": 900.0}


def write_exports(folder: Path) -> tuple[Path, Path, Path]:
    """Spend with a title, a totals row, thousands and 万, in GBK; events and orders with Chinese
    headers.
    """
    rng = random.Random(3)
    spend, total = ["投放数据导出,,,", "周,渠道,花费(元),曝光"], 0.0
    for week in range(10):
        for name, usual in CHANNELS.items():
            money = usual * rng.choice([0.5, 1.0, 1.5])
            total += money
            spend.append(
                f'{date(2026, 3, 2) + timedelta(weeks=week):%Y/%m/%d},{name},"{money:,.2f}",{money / 300:.1f}万'
            )
    spend.append(f'合计,-,"{total:,.2f}",-')
    events, orders = ["用户,时间,渠道,事件,金额"], ["订单号,用户,下单时间,金额,状态"]
    for i in range(900):
        at = datetime(2026, 3, 2) + timedelta(minutes=rng.randrange(60 * 24 * 65))
        for _ in range(rng.choice([1, 2, 3])):
            events.append(f"u{i},{at:%Y-%m-%d %H:%M:%S},{rng.choice([*CHANNELS, '自然'])},touch,")
            if rng.random() < 0.3:
                events.append(f"u{i},{at + timedelta(minutes=5):%Y-%m-%d %H:%M:%S},,engage,")
            if rng.random() < 0.2:
                events.append(f"u{i},{at + timedelta(minutes=9):%Y-%m-%d %H:%M:%S},,add_to_cart,")
            if rng.random() < 0.12:
                orders.append(
                    f"{len(orders)},u{i},{at + timedelta(hours=2):%Y-%m-%d %H:%M},129,已完成"
                )
                events.append(f"u{i},{at + timedelta(hours=2):%Y-%m-%d %H:%M:%S},,purchase,129")
            at += timedelta(hours=rng.randrange(4, 90))
    files = folder / "my-spend.csv", folder / "my-events.csv", folder / "orders.csv"
    for file, rows in zip(files, (spend, events, orders), strict=True):
        file.write_text("\n".join(rows) + "\n", encoding="gbk")
    return files


def test_from_messy_exports_to_a_plan_in_three_commands(
    tmp_path: Path, optimizer: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from optimizer.scenario import load_scenario

    monkeypatch.chdir(tmp_path)
    spend, events, orders = write_exports(tmp_path)
    ran = optimizer(
        "new", "my-brand", "--from", spend.name, "--from", events.name, "--from", orders.name
    )
    assert ran.code == 0, ran.err
    made = load_scenario(tmp_path / "my-brand")
    assert (made.period, made.horizon, made.data.spend, made.data.events, made.data.orders) == (
        "week",
        8,
        "data/spend.csv",
        "data/events.csv",
        "data/orders.csv",
    )
    assert set(made.channels) == set(CHANNELS)
    last_eight = sum(
        float(line.split('"')[1].replace(",", ""))
        for line in spend.read_text(encoding="gbk").splitlines()[-25:-1]
    )
    assert made.budget == pytest.approx(last_eight, abs=1)
    assert optimizer("check", "my-brand").code == 0
    ran = optimizer("plan", "my-brand", "--format", "json")
    assert ran.code == 0, ran.err
    assert (tmp_path / "reports" / "my-brand" / "report.html").exists()


def test_a_path_table_is_taken_too_and_chinese_speaks_in_the_file(
    tmp_path: Path, optimizer: Callable[..., Any]
) -> None:
    (tmp_path / "paths.csv").write_text("path,conversions,value,nulls\na > b,3,30,4\nb,2,20,9\n")
    (tmp_path / "spend.csv").write_text(
        "month,channel,spend\n2026-01,a,100\n2026-02,a,120\n2026-02,b,80\n2026-03,b,90\n"
    )
    ran = optimizer(
        "--lang",
        "zh",
        "new",
        tmp_path / "x",
        "--from",
        tmp_path / "paths.csv",
        "--from",
        tmp_path / "spend.csv",
    )
    assert ran.code == 0, ran.err
    text = (tmp_path / "x" / "scenario.yaml").read_text(encoding="utf-8")
    assert "period: month" in text
    assert "各渠道最近的花费" in text
    assert optimizer("check", tmp_path / "x").code == 0


def test_what_is_not_understood_leaves_nothing_behind(
    tmp_path: Path, optimizer: Callable[..., Any]
) -> None:
    (tmp_path / "odd.csv").write_text("甲,乙\n1,2\n", encoding="gbk")
    (tmp_path / "spend.csv").write_text("week,channel,spend\n2026-03-02,a,12x\n")
    ran = optimizer(
        "new",
        tmp_path / "x",
        "--from",
        tmp_path / "odd.csv",
        "--from",
        tmp_path / "spend.csv",
        "--from",
        tmp_path / "none.csv",
    )
    assert ran.code == 1
    assert "odd.csv" in ran.err
    assert "12x" in ran.err
    assert "none.csv" in ran.err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["odd.csv", "spend.csv"]
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "kept.txt").write_text("mine")
    assert optimizer("new", tmp_path / "full", "--from", tmp_path / "spend.csv").code == 1
    assert (tmp_path / "full" / "kept.txt").read_text() == "mine"


def test_a_hostile_channel_name_stays_a_name(tmp_path: Path, optimizer: Callable[..., Any]) -> None:
    from optimizer.scenario import load_scenario

    name = 'x": {max: 1} # <img src=x>'
    (tmp_path / "spend.csv").write_text(
        'week,channel,spend\n2026-03-02,"' + name.replace('"', '""') + '",100\n', encoding="utf-8"
    )
    assert optimizer("new", tmp_path / "n", "--from", tmp_path / "spend.csv").code == 0
    assert list(load_scenario(tmp_path / "n").channels) == [name]


@pytest.mark.parametrize(
    ("name", "shown"), [("brand", "brand"), ("双十一 autumn", '"双十一 autumn"')]
)
def test_what_to_type_next_can_be_typed(
    name: str,
    shown: str,
    tmp_path: Path,
    optimizer: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    done = optimizer("new", name)
    assert f"`optimizer check {shown}` and `optimizer plan {shown}`" in done.err


def test_check_lists_its_problems_for_programs_too(
    tmp_path: Path, optimizer: Callable[..., Any]
) -> None:
    file = tmp_path / "scenario.yaml"
    file.write_text("budgt: 5\nhorizon: 0\n")
    done = optimizer("check", file, "--format", "json")
    found = json.loads(done.out)["problems"]
    assert (done.code, [p["where"] for p in found]) == (1, [f"{file}:1:1", f"{file}:2:10"])
    assert "unknown key 'budgt'" in done.err
    assert optimizer("check", file, "--format", "csv").out == ""
