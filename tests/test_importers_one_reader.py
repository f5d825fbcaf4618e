"""A table means the same whether it is imported, planned on or attributed."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from optimizer.data.importers import Choices, read_exports
from optimizer.data.open import open_events, open_paths, open_source, read_spend
from optimizer.data.tables import Events
from optimizer.errors import UserError

Rows = list[tuple[Any, ...]]

TABLES = {
    "thousands": 'period,channel,spend\n2026-08-03,douyin,"1,234"\n2026-08-10,douyin,"2,345.5"\n',
    "chinese": '日期,渠道,花费\n2026/8/3,douyin,"1,234"\n2026/8/10,douyin,"2,345"\n',
    "units": "日期,渠道,花费(元),曝光量\n20260803,抖音,￥1234.5,1.2万\n20260810,抖音,800元,3千\n",
    "unit of the header": "日期,渠道,花费（万元）\n2026-08-03,抖音,1.5\n2026-08-10,抖音,0.25\n",
    "full width": "日期；渠道；花费\n２０２６－０８－０３；抖音；１２３\n2026-08-10；抖音；５\n".replace(
        "；", ","
    ),
    "months": "月份,渠道,消耗\n2026年7月,抖音,100\n2026年8月份,抖音,200\n",
    "months with dots": "月份,渠道,消耗\n2026.7,抖音,100\n2026.8,抖音,200\n",
    "weeks": "week,channel,cost\n2026-W31,a,5\n2026W32,a,6\n",
    "no value": "日期,渠道,花费,点击量\n2026-08-03,抖音,10,-\n2026-08-10,抖音,12,无\n",
    "tabs": "日期\t渠道\t花费\n2026-08-03\t抖音\t10\n2026-08-10\t抖音\t11\n",
    "full-width commas": "日期，渠道，花费\n2026-08-03，抖音，10\n2026-08-10，抖音，11\n",
    "header further down": "投放日报\n导出人：市场部\n\n日期,渠道,花费\n2026-08-03,抖音,10\n",
    "totals at the end": "日期,渠道,花费\n2026-08-03,抖音,10\n2026-08-10,抖音,5\n合计,,15\n",
    "totals among channels": "日期,渠道,花费\n2026-08-03,抖音,10\n2026-08-03,小红书,5\n2026-08-03,合计,15\n",
    "a footnote of one cell": "日期,渠道,花费\n2026-08-03,抖音,10\n2026-08-10,抖音,5\n数据来源：内部\n",
    "a footnote among cells": "日期,渠道,花费\n2026-08-03,抖音,10\n数据来源：内部,,\n,,\n",
    "an empty cell more": "日期,渠道,花费,\n2026-08-03,抖音,10,\n2026-08-10,抖音,11,\n",
    "an empty cell more in the rows": "日期,渠道,花费\n2026-08-03,抖音,10,\n2026-08-10,抖音,11,\n",
    "tiers": "period,channel,tier,spend\n2026-08-03,xhs,koc,10\n2026-08-03,xhs,,4\n",
    "a stamp": "日期,渠道,花费\n2026-08-03 00:00:00,抖音,10\n2026-08-10 00:00,抖音,11\n",
}


@pytest.fixture
def put(tmp_path: Path) -> Callable[..., Path]:
    def write(text: str, encoding: str = "utf-8", name: str = "t.csv") -> Path:
        path = tmp_path / name
        data = text.encode(encoding)
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return path

    return write


def imported(path: Path, platform: str = "plain_spend") -> Rows:
    with read_exports(platform, [path], Choices()) as found:
        frame = found.frame()
    # a month stays a month in what is imported; it is planned on from its first day
    more = ["clicks"] if "clicks" in frame else []
    return [
        (
            f"{pd.Timestamp(row.period):%Y-%m-%d}",
            row.channel,
            row.spend,
            *(getattr(row, name) for name in more),
        )
        for row in frame.itertuples()
    ]


def planned_on(path: Path, like: Rows) -> Rows:
    frame = read_spend(path).frame
    more = ["clicks"] if len(like[0]) > 3 else []
    return [
        (f"{row.period:%Y-%m-%d}", row.channel, row.spend, *(getattr(row, name) for name in more))
        for row in frame.itertuples()
    ]


def alike(one: Rows, other: Rows) -> bool:
    return [[None if pd.isna(cell) else cell for cell in row] for row in one] == [
        [None if pd.isna(cell) else cell for cell in row] for row in other
    ]


CASES = [(name, encoding) for name in TABLES for encoding in ("utf-8", "gb18030")]
CASES += [("units", "utf-8-sig"), ("units", "utf-16"), ("thousands", "utf-16-le")]


@pytest.mark.parametrize(("name", "encoding"), CASES)
def test_spend_is_planned_on_as_it_is_imported(
    name: str, encoding: str, put: Callable[..., Path]
) -> None:
    path = put(TABLES[name], encoding)
    rows = imported(path)
    assert rows
    assert alike(planned_on(path, rows), rows)


def test_what_is_left_out_of_spend_is_told(put: Callable[..., Path]) -> None:
    def notes(name: str) -> str:
        return "\n".join(map(str, read_spend(put(TABLES[name])).notes))

    assert "t.csv: the header is row 4; the rows above it were left out" in notes(
        "header further down"
    )
    assert "t.csv: left out as totals: row 4" in notes("totals at the end")
    assert "t.csv: left out as totals: row 4" in notes("totals among channels")
    assert "t.csv: row 4: left out, a footnote: 数据来源：内部" in notes("a footnote of one cell")
    assert "t.csv: left out as footnote: row 3" in notes("a footnote among cells")


def test_a_packed_file_is_read_like_the_file(put: Callable[..., Path]) -> None:
    path = put(TABLES["units"], "gb18030", "t.csv.gz")
    assert planned_on(path, imported(path)) == imported(path)


def test_problems_name_the_row_of_the_file_below_a_preamble(put: Callable[..., Path]) -> None:
    path = put("投放日报\n\n日期,渠道,花费\n2026-08-03,抖音,五百\n\n2026-08-10,,3\n合计,,503\n")
    with pytest.raises(UserError) as caught:
        read_spend(path)
    assert [str(p).rpartition("/")[2].splitlines()[0] for p in caught.value.problems] == [
        "t.csv: row 4, column 花费: spend is no number: '五百'",
        "t.csv: row 6, column 渠道: channel is empty",
    ]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("日期,渠道,花费\n2026-08-03,a,$5\n2026-08-10,a,¥6\n", "several currencies: CNY, USD"),
        ("日期,渠道,花费,消耗\n2026-08-03,a,5,6\n", "2 columns could be spend: '花费' (column 3)"),
        ("日期,渠道,花费\n2026-08-03,a,1-2万\n", "spend is no number: '1-2万'"),
        ("日期,渠道,花费\n03/04/2026,a,5\n", "no date that can be read safely: '03/04/2026'"),
        ("日期,渠道,花费\n2026-08-03,a,-5\n", "spend is negative: '-5'"),
        ("日期,渠道,花费\n2026-08-03,a,(5)\n", "spend is negative: '(5)'"),
    ],
)
def test_what_is_a_question_to_the_importer_is_one_to_the_plan(
    text: str, what: str, put: Callable[..., Path]
) -> None:
    path = put(text)
    with pytest.raises(UserError) as caught:
        read_spend(path)
    assert what in str(caught.value)
    with read_exports("plain_spend", [path]) as found:
        assert found.problems


def test_a_file_of_two_encodings_is_refused_with_its_line(put: Callable[..., Path]) -> None:
    path = put("日期,渠道,花费\n2026-08-03,小红书聚光投放,5\n")
    path.write_bytes(path.read_bytes() + "2026-08-10,抖音千川,5\n".encode("gb18030"))
    with pytest.raises(UserError, match="line 3 is not UTF-8"):
        read_spend(path)


def test_events_are_attributed_as_they_are_imported(put: Callable[..., Path]) -> None:
    text = (
        "用户ID,时间,渠道,事件,金额\n"
        'u1,2026/8/13 9:05,抖音,touch,\nu1,2026年8月13日 10:00,,purchase,"1,299.50"\n'
        "u2,2026-08-13T11:00:00+08:00,小红书,touch,\nu2,2026-08-14 08:00,,purchase,￥88\n"
    )
    path = put(text, "gb18030")
    events = open_source(path)
    assert isinstance(events, Events)
    rows = events.engine.rows(
        f"SELECT user_id, CAST(timestamp AS VARCHAR), channel, value FROM {events.table}"
    )
    assert rows == [
        ("u1", "2026-08-13 09:05:00", "抖音", None),
        ("u1", "2026-08-13 10:00:00", None, 1299.5),
        ("u2", "2026-08-13 03:00:00", "小红书", None),
        ("u2", "2026-08-14 08:00:00", None, 88.0),
    ]
    plain = put(text.replace("T11:00:00+08:00", " 03:00:00"), "gb18030")
    with read_exports("plain_events", [plain]) as found:
        frame = found.frame()
    assert frame["timestamp"].tolist() == [row[1] for row in rows]
    assert frame["value"].dropna().tolist() == [1299.5, 88.0]


def test_clean_events_and_paths_take_the_quick_way(
    put: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from optimizer.data.reading import checking

    def never(*given: object) -> None:
        raise AssertionError("a clean table was read cell by cell")

    monkeypatch.setattr(checking, "_carefully", never)
    open_events(put("user_id,timestamp,channel,event,value\nu,2026-01-01 10:00:00,a,touch,\n"))
    open_paths(put("path,conversions\na > b,2\n"))
    read_spend(put("period,channel,spend\n2026-08-03,a,1234.5\n"))


def test_numbers_of_paths_in_other_forms(put: Callable[..., Path]) -> None:
    paths = open_paths(
        put('path,conversions,value\n抖音 > 搜索,"1,200",1.5万\n搜索,3,￥20\n', "gbk")
    )
    assert paths.engine.rows(f"SELECT path, conversions, value FROM {paths.table}") == [
        ("抖音 > 搜索", 1200.0, 15000.0),
        ("搜索", 3.0, 20.0),
    ]


def test_two_files_that_were_imported_are_checked_too(
    tmp_path: Path, optimizer: Callable[..., Any]
) -> None:
    (tmp_path / "data").mkdir()
    for name in ("thousands", "chinese"):
        (tmp_path / "data" / "spend.csv").write_text(TABLES[name], encoding="utf-8")
        scenario = tmp_path / "scenario.yaml"
        scenario.write_text(
            "budget: 1000\ndata: {spend: data/spend.csv}\n"
            "channels: {douyin: {curve: {linear: {rate: 0.01}}}}\n"
        )
        ran = optimizer("check", scenario)
        assert ran.code == 0, ran.err
