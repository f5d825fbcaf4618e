"""Totals: what was sold by period, from a table, a sheet of channels, or orders; and bad data."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from optimizer.customers.new_by_day import new_by_day
from optimizer.customers.orders import read_orders
from optimizer.data.importers import read_exports
from optimizer.data.importers.sheets import is_sheet, is_totals
from optimizer.data.spend import read_spend
from optimizer.data.totals import read_totals
from optimizer.errors import UserError
from optimizer.pipeline import tables
from optimizer.scenario import load_scenario

WEEKLY = """Week,Facebook,Google,TikTok,Email,Total sales
2026-08-03,3067.9,2345.86,1791.5,150,7986.91
2026-08-10,3582.04,3021.11,1667.57,150,10796.76
2026-08-17,4735.91,2989.14,1109.95,150,11271.66
"""
META = """Reporting starts,Reporting ends,Campaign name,Campaign delivery,Attribution setting,Results,\
Impressions,Amount spent (USD),Link clicks,Purchases,Purchases conversion value,Day
2026-08-03,2026-11-01,Prospecting,active,7-day click,9,31857,353.97,382,9,652.5,2026-08-03
2026-08-03,2026-11-01,Retargeting,active,7-day click,3,12010,133.45,144,3,217.5,2026-08-03
"""
GOOGLE = """Campaign performance
3 August 2026 - 1 November 2026
Day,Campaign status,Campaign,Budget,Campaign type,Currency code,Cost,Impr.,Clicks,Conversions,Conv. value
2026-08-03,Enabled,US | Brand | Search,400.00,Search,USD,75.14,"1,826",83,2.5,175.00
2026-08-04,Enabled,US | Brand | Search,400.00,Search,USD,42.17,"1,012",46,1.41,98.70
Total: Campaigns, --, --, --, --,USD,117.31,"2,838",129,3.91,
Total: Account, --, --, --, --,USD,117.31,"2,838",129,3.91,
"""
TIKTOK = """Campaign name,By Day,Cost,Impressions,Clicks (destination),Conversions,Currency
Spark Ads,2026-08-03,177.78,26667,240,3,USD
Spark Ads,2026-08-04,167.88,25182,226,3,USD
Total of 1 results,-,345.66,-,-,-,USD
"""
SYCM = """统计日期,访客数,浏览量,支付买家数,支付新买家数,支付件数,支付金额,成功退款金额
2026-08-03,"3,889","11,667",81,64,90,"12,879.00","1,416.69"
2026-08-04,"3,693","11,079",77,61,86,"12,243.00","1,346.73"
"""


def _file(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_text(text, encoding=encoding)
    return path


def _said(notes: Any) -> str:
    return "\n".join(str(note) for note in notes)


def test_chinese_totals_are_read_with_their_controls(tmp_path: Path) -> None:
    text = '周,新客数,成交金额,价格,节日,转化率\n2026-08-03,1.2万,"12,000.5",59,,2%\n'
    text += "2026-08-10,11000,11000,49,七夕,2%\n"
    totals = read_totals(str(_file(tmp_path, "t.csv", text, "gb18030")))
    assert totals.period == "week"
    assert totals.starts == (date(2026, 8, 3), date(2026, 8, 10))
    assert totals.new_customers.tolist() == [12000.0, 11000.0]
    assert totals.revenue is not None
    assert totals.revenue.tolist() == [12000.5, 11000.0]
    assert {name: values.tolist() for name, values in totals.controls.items()} == {
        "价格": [59.0, 49.0],
        "七夕": [0.0, 1.0],
    }
    assert "转化率" in _said(totals.notes)  # an outcome is no control


def test_gaps_are_filled_and_told(tmp_path: Path) -> None:
    text = "week,new_customers\n2026-08-03,10\n2026-08-10,11\n2026-08-24,9\n"
    totals = read_totals(str(_file(tmp_path, "t.csv", text)))
    assert [start.day for start in totals.starts] == [3, 10, 17, 24]
    assert np.isnan(totals.new_customers[2])
    assert "2026-08-17" in _said(totals.notes)


def test_weeks_that_start_on_other_days_are_weeks(tmp_path: Path) -> None:
    text = "week,new_customers\n2026-08-03,10\n2026-08-10,11\n2026-08-18,9\n2026-08-24,8\n"
    totals = read_totals(str(_file(tmp_path, "t.csv", text)))
    assert totals.period == "week"
    assert totals.new_customers.tolist() == [10, 11, 9, 8]
    assert "same day" in _said(totals.notes)


def test_negative_sales_after_refunds_are_a_doubt_not_an_error(tmp_path: Path) -> None:
    text = "week,new_customers,revenue\n2026-08-03,10,500\n2026-08-10,-2,-90\n"
    totals = read_totals(str(_file(tmp_path, "t.csv", text)))
    assert totals.new_customers[0] == 10
    assert np.isnan(totals.new_customers[1])
    assert totals.revenue is not None
    assert totals.revenue[1] == -90
    assert "refunds" in _said(totals.notes)


def test_orders_or_sales_stand_for_new_customers_with_a_doubt(tmp_path: Path) -> None:
    orders = read_totals(
        str(_file(tmp_path, "o.csv", "week,orders\n2026-08-03,10\n2026-08-10,9\n"))
    )
    assert orders.new_customers.tolist() == [10, 9]
    assert "every order" in _said(orders.notes)
    sales = str(_file(tmp_path, "s.csv", "week,total sales\n2026-08-03,640\n2026-08-10,1280\n"))
    assert read_totals(sales, value_per_customer=64).new_customers.tolist() == [10, 20]
    assert "assumed" in _said(read_totals(sales).notes)


def test_regions_are_added_up(tmp_path: Path) -> None:
    text = "week,region,new_customers\n2026-08-03,east,10\n2026-08-03,west,5\n2026-08-10,east,7\n"
    totals = read_totals(str(_file(tmp_path, "t.csv", text)))
    assert totals.new_customers.tolist() == [15, 7]
    assert "added up" in _said(totals.notes)


def test_what_is_wrong_has_its_place(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="what was sold"):
        read_totals(str(_file(tmp_path, "a.csv", "week,price\n2026-08-03,10\n")))
    with pytest.raises(UserError, match="row 3"):
        read_totals(
            str(_file(tmp_path, "b.csv", "week,new_customers\n2026-08-03,10\n2026-08-10,many\n"))
        )
    two = "week,channel,spend,currency\n2026-08-03,a,1,USD\n2026-08-03,b,1,EUR\n"
    with pytest.raises(UserError, match="several currencies"):
        read_spend(str(_file(tmp_path, "c.csv", two)))


def test_spend_carries_what_platforms_claim(tmp_path: Path) -> None:
    text = "日期,渠道,花费,转化数\n2026-08-03,抖音,100,4\n2026-08-03,百度,50,\n"
    spend = read_spend(str(_file(tmp_path, "s.csv", text)))
    claimed = spend.frame.set_index("channel")["claimed"]
    assert claimed["抖音"] == 4
    assert np.isnan(claimed["百度"])


def test_a_sheet_with_a_column_per_channel_is_spend_and_totals(tmp_path: Path) -> None:
    with read_exports("auto", [_file(tmp_path, "weekly.csv", WEEKLY)]) as found:
        assert found.table == "spend"
        assert found.totals is not None
        frame, totals = found.frame(), found.totals.frame()
        assert "one column per channel" in _said(found.notes)
    assert sorted(frame["channel"].unique()) == ["Email", "Facebook", "Google", "TikTok"]
    assert frame["spend"].sum() == pytest.approx(24760.98)
    assert totals["revenue"].tolist() == [7986.91, 10796.76, 11271.66]
    assert not is_sheet(["Week", "new customers", "price", "stockout"])
    assert is_totals(["Week", "new customers", "price", "stockout"])
    assert not is_totals(["Day", "Cost", "orders"])


def test_a_total_of_the_channels_is_no_sales(tmp_path: Path) -> None:
    text = "Week,Facebook spend (USD),Google,Total\n2026-08-03,10,20,30\n2026-08-10,11,9,20\n"
    with read_exports("auto", [_file(tmp_path, "a.csv", text)]) as found:
        assert found.totals is None
        assert sorted(found.frame()["channel"].unique()) == ["Facebook", "Google"]
        assert found.currencies == ("USD",)


def test_the_import_writes_both_tables(tmp_path: Path, optimizer: Callable[..., Any]) -> None:
    file = _file(tmp_path, "weekly.csv", WEEKLY)
    ran = optimizer("import", "auto", file, "--out", tmp_path / "spend.csv")
    assert ran.code == 0, ran.err
    assert len(pd.read_csv(tmp_path / "spend.csv")) == 12
    assert len(pd.read_csv(tmp_path / "spend.totals.csv")) == 3


def test_ad_accounts_abroad_are_spend_with_claims(tmp_path: Path) -> None:
    files = [
        _file(tmp_path, "meta.csv", META),
        _file(tmp_path, "google.csv", GOOGLE),
        _file(tmp_path, "tiktok.csv", TIKTOK),
    ]
    with read_exports("auto", files) as found:
        assert not found.problems
        assert found.currencies == ("USD",)
        sums = found.frame().groupby("channel")[["spend", "claimed"]].sum()
    assert sums.loc["meta"].tolist() == pytest.approx([487.42, 12])
    assert sums.loc["google"].tolist() == pytest.approx([117.31, 3.91])
    assert sums.loc["tiktok"].tolist() == pytest.approx([345.66, 6])


def test_two_currencies_are_never_added_up(tmp_path: Path) -> None:
    other = META.replace("Amount spent (USD)", "Amount spent (EUR)")
    files = [_file(tmp_path, "google.csv", GOOGLE), _file(tmp_path, "meta.csv", other)]
    with read_exports("auto", files) as found:
        assert "several currencies" in _said(p.what for p in found.problems)


def test_new_leaves_out_what_cannot_help(tmp_path: Path, optimizer: Callable[..., Any]) -> None:
    given = {"meta.csv": META, "google.csv": GOOGLE, "odd.csv": "a,b\n1,2\n"}
    given["totals.csv"] = "week,new customers\n2026-08-03,10\n2026-08-10,9\n"
    files = [part for n, text in given.items() for part in ("--from", _file(tmp_path, n, text))]
    ran = optimizer("new", tmp_path / "x", *files)
    assert ran.code == 0, ran.err
    assert "left out" in ran.err
    assert "odd.csv" in ran.err
    page = yaml.safe_load((tmp_path / "x" / "scenario.yaml").read_text(encoding="utf-8"))
    assert page["currency"] == "USD"
    assert page["data"] == {"spend": "data/spend.csv", "totals": "data/totals.csv"}


def test_new_counts_the_money_of_a_platform_once(
    tmp_path: Path, optimizer: Callable[..., Any]
) -> None:
    files = [_file(tmp_path, "weekly.csv", WEEKLY), _file(tmp_path, "meta.csv", META)]
    ran = optimizer("new", tmp_path / "x", "--from", files[0], "--from", files[1])
    assert ran.code == 0, ran.err
    assert "meta already" in ran.err
    assert set(pd.read_csv(tmp_path / "x" / "data" / "spend.csv")["channel"]) == {
        *("Email", "Facebook", "Google", "TikTok")
    }


def test_new_makes_totals_of_a_shops_table(tmp_path: Path, optimizer: Callable[..., Any]) -> None:
    spend = "日期,渠道,花费\n2026-08-03,抖音,100\n2026-08-04,抖音,90\n"
    ran = optimizer(
        *("new", tmp_path / "x", "--from", _file(tmp_path, "sycm.csv", SYCM)),
        *("--from", _file(tmp_path, "spend.csv", spend, "gb18030")),
    )
    assert ran.code == 0, ran.err
    totals = read_totals(str(tmp_path / "x" / "data" / "totals.csv"))
    assert totals.new_customers.tolist() == [64, 61]
    assert totals.revenue is not None
    assert totals.revenue[0] == pytest.approx(12879 - 1416.69)


def test_totals_from_orders_count_first_orders(tmp_path: Path) -> None:
    text = "order_id,user_id,date,value\n1,a,2026-08-03,10\n2,b,2026-08-03,20\n"
    text += "3,a,2026-08-05,30\n4,a,2026-08-05,-5\n5,c,2026-08-06,7\n"
    totals = new_by_day(read_orders(_file(tmp_path, "orders.csv", text)))
    assert totals.new_customers.tolist() == [2, 0, 0, 1]
    assert totals.orders is not None
    assert totals.orders.tolist() == [2, 0, 1, 1]
    assert totals.revenue is not None
    assert totals.revenue.tolist() == [30, 0, 25, 7]


def test_a_scenario_of_spend_and_orders_has_totals(tmp_path: Path) -> None:
    _file(tmp_path, "spend.csv", "week,channel,spend\n2026-08-03,meta,10\n2026-08-10,meta,20\n")
    _file(tmp_path, "orders.csv", "user_id,date,value\na,2026-08-03,10\nb,2026-08-12,20\n")
    page = "horizon: 4\nbudget: 100\ndata: {spend: spend.csv, orders: orders.csv}\n"
    opened = tables.read_tables(load_scenario(_file(tmp_path, "scenario.yaml", page)))
    assert opened.totals is not None
    assert opened.totals.period == "day"
    assert opened.totals.new_customers.sum() == 2


@pytest.mark.parametrize(
    ("totals", "words"),
    [
        ("2026-08-03,10\n2026-08-10,12\n2026-08-17,9\n", "only 3 periods"),
        ("2026-07-20,8\n2026-07-27,9\n2026-08-03,10\n2026-08-10,12\n2026-08-17,9\n", "before any"),
        ("2026-08-05,10\n2026-08-12,12\n2026-08-19,9\n", "different days"),
    ],
    ids=["short", "sales before spend", "other weekdays"],
)
def test_check_says_what_is_doubtful(
    tmp_path: Path, optimizer: Callable[..., Any], totals: str, words: str
) -> None:
    spend = "".join(
        f"2026-08-{day:02},meta,{day * 10},{day}\n2026-08-{day:02},google,{200 - day * 5},4\n"
        for day in (3, 10, 17, 24)
    )
    _file(tmp_path, "spend.csv", f"week,channel,spend,claimed\n{spend}")
    _file(tmp_path, "totals.csv", f"week,new_customers\n{totals}")
    page = "horizon: 4\nbudget: 1000\ndata: {spend: spend.csv, totals: totals.csv}\n"
    ran = optimizer("check", _file(tmp_path, "scenario.yaml", page), "--format", "json")
    assert ran.code == 0, ran.err
    assert words in ran.out


def test_a_sheet_of_channels_may_say_what_was_sold(
    optimizer: Callable[..., Any], tmp_path: Path
) -> None:
    """Customers and orders beside the channels are totals, no channel's claim."""
    sheet = tmp_path / "sheet.csv"
    sheet.write_text(
        "Week,Facebook,Google,New customers,Orders\n2026-06-01,200,150,30,41\n2026-06-08,210,160,33,44\n"
    )
    ran = optimizer("import", "auto", sheet, "--out", tmp_path / "spend.csv")
    assert ran.code == 0, ran.err
    totals = (tmp_path / "spend.totals.csv").read_text().splitlines()
    assert totals[0].startswith("period,new_customers,orders")
    assert [float(cell) for cell in totals[1].split(",")[1:3]] == [30, 41]
    spent = (tmp_path / "spend.csv").read_text()
    assert spent.count("Facebook") == spent.count("Google") == 2
    assert "30" not in spent
