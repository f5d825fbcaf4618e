"""Platform exports read to the right numbers, or are refused by name."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from optimizer.data.importers import IMPORTERS, Choices, read_exports
from optimizer.data.importers.declare import declared
from optimizer.data.reading.columns import header_key
from optimizer.errors import Problems, UserError

SHARED = Path(__file__).parents[2] / "shared" / "data"
needs_data = pytest.mark.skipif(
    not SHARED.exists(), reason="../shared/data is not beside this checkout"
)

HEADER_FILES = {
    "adjust_csv_definition_header.csv": "adjust",
    "alimama_wanxiangtai_product_76col.csv": "wanxiangtai",
    "appsflyer_raw_events_header.csv": "appsflyer",
    "ga4_bigquery_export_csv_22col_header.csv": "ga4",
    "huitun_xhs_38col.csv": "huitun",
    "jd_jingzhuntong_9col_partial.csv": "jingzhuntong",
    "qianchuan_plan_32col.csv": "qianchuan",
    "sycm_product_all_38col.csv": "sycm",
}


def read(platform, files, **choices):
    """(frame, found); raises Problems when something is wrong."""
    with read_exports(
        platform, files if isinstance(files, list) else [files], Choices(**choices)
    ) as found:
        return found.frame(), found


def blanks(frame) -> list[list]:
    """The rows, "" where there is no value."""
    return [
        ["" if pd.isna(cell) else cell for cell in row]
        for row in frame.astype(object).values.tolist()
    ]


def refused(platform, files, **choices) -> str:
    with read_exports(
        platform, files if isinstance(files, list) else [files], Choices(**choices)
    ) as found:
        assert found.problems, f"read silently: {found}"
        return "\n".join(map(str, found.problems))


def put(folder: Path, text: str, name: str = "export.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


# --- recognition


@needs_data
@pytest.mark.parametrize("name", sorted(HEADER_FILES))
def test_shared_headers_are_recognised(name):
    with read_exports("auto", [SHARED / "headers" / name]) as found:
        assert found.importers == (HEADER_FILES[name],)
        assert not found.problems


@needs_data
@pytest.mark.parametrize("encoding", ["gb18030", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("name", sorted(HEADER_FILES))
def test_shared_headers_are_recognised_in_other_dress(name, encoding, tmp_path):
    """Other encodings, other order, full-width brackets, blanks and tabs around names, title rows above."""
    names = (SHARED / "headers" / name).read_text(encoding="utf-8").strip().split(",")
    dressed = [f" {n.replace('(', '（').replace(')', '）')}\t" for n in reversed(names)]
    path = put(tmp_path, f"某某店铺报表\n\n{','.join(dressed)}\n", encoding=encoding)
    with read_exports("auto", [path]) as found:
        assert found.importers == (HEADER_FILES[name],)
        assert not found.problems


@needs_data
def test_price_header_aliases_are_understood():
    meaning = {
        "粉丝数(万)": "followers",
        "赞藏": "likes",
        "图文报价": "post_price",
        "视频报价": "video_price",
    }
    rows = list(
        csv.DictReader(
            (SHARED / "headers" / "kol_price_header_aliases.csv")
            .read_text(encoding="utf-8")
            .splitlines()
        )
    )
    assert len(rows) >= 25
    wrong = []
    for row in rows:
        for header in (row["canonical"], row["alias"]):
            for name in ("creator_prices", "huitun"):
                found = declared(name).understands(header)
                if found is None or found.column.to != meaning[row["canonical"]]:
                    wrong.append((name, header, found))
    assert not wrong


def test_units_of_follower_headers(tmp_path):
    for header, cell, followers in [
        ("粉丝数（w）", "4.2", 42000),
        ("粉丝量（万）", "12", 120000),
        ("粉丝数万", "3.5", 35000),
        ("粉丝数", "4.2w", 42000),
        ("粉丝数(万)", "4.2w", 42000),
        ("粉丝量级", "12万", 120000),
        ("粉丝数", "1,234", 1234),
    ]:
        frame, _ = read(
            "creator_prices", put(tmp_path, f'博主昵称,{header},图文报价\n甲,"{cell}","￥3,000"\n')
        )
        assert frame["followers"].tolist() == [followers], header
        assert frame["post_price"].tolist() == [3000]


def test_a_unit_nobody_states_is_asked_for(tmp_path):
    path = put(tmp_path, "博主昵称,粉丝量级\n甲,12\n")
    assert "could be in 万 or not" in refused("creator_prices", path)
    assert read("creator_prices", path, units=(("粉丝量级", 1e4),))[0]["followers"].tolist() == [
        120000
    ]
    assert read("creator_prices", path, units=(("粉丝量级", 1.0),))[0]["followers"].tolist() == [12]


def test_every_importer_is_declared_soundly():
    for name in IMPORTERS:
        importer = declared(name)
        assert IMPORTERS.help(name)
        names = [c.to for c in importer.columns]
        assert len(names) == len(set(names)), name
        headers = [header_key(h) for c in importer.columns for h in c.names]
        clashing = {
            h
            for h in headers
            if headers.count(h) > 1
            and sum(h in map(header_key, c.names) for c in importer.columns) > 1
        }
        assert not clashing, name
        for c in importer.columns:
            assert c.agrees is None or {c.agrees[0], c.agrees[1]} <= set(names), (name, c.to)
        assert set(importer.key) <= set(names), name


# --- each platform, with its format facts

JUGUANG = '时间,消费,展现量,点击量,点击率,平均点击成本,互动量,平均互动成本\n2026-08-13,"1,000.50","20,000",400,2%,2.50,100,10.01\n2026-08-14,500,1万,200,0.02,2.5,-,-\n'


def test_juguang(tmp_path):
    frame, found = read("auto", put(tmp_path, JUGUANG, encoding="utf-8-sig"))
    assert found.importers == ("xhs_juguang",)
    assert not found.warnings
    assert blanks(frame) == [
        ["2026-08-13", "xiaohongshu/ads", 1000.5, 20000, 400, 100],
        ["2026-08-14", "xiaohongshu/ads", 500, 10000, 200, ""],
    ]
    assert list(frame) == ["period", "channel", "spend", "exposures", "clicks", "engagements"]


def test_chengfeng_total_is_the_first_row(tmp_path):
    text = "日期,笔记ID,消费,展现量,点击量,点击率,7日支付ROI,7日支付金额\n合计2条记录,-,300,3000,30,1%,2,600\n2026-08-13,66aa01,100,1000,10,1%,2,200\n2026-08-13,66aa02,200,2000,20,1%,2,400\n"
    frame, found = read("auto", put(tmp_path, text, encoding="utf-8-sig"))
    assert found.importers == ("xhs_chengfeng",)
    assert frame[["spend", "exposures", "clicks", "gmv"]].values.tolist() == [[300, 3000, 30, 600]]
    assert any("left out as totals: row 2" in str(n) for n in found.notes)
    assert [(c.header, str(c.say)) for c in found.columns if c.status == "on record"] == [
        ("7日支付ROI", "paid orders / spend; window: 7 days")
    ]


def test_a_total_that_does_not_add_up_is_told(tmp_path):
    text = "日期,笔记ID,消费,展现量,点击量,7日支付ROI\n合计3条记录,-,900,3000,30,2\n2026-08-13,66aa01,100,1000,10,2\n2026-08-13,66aa02,200,2000,20,2\n"
    _, found = read("auto", put(tmp_path, text))
    assert any("says spend 900.00, the rows add up to 300.00" in str(w) for w in found.warnings)


def test_qianchuan_tabs_in_headers_and_both_reports(tmp_path):
    plan = "账户ID,计划ID,日期,消耗(元),展示次数,点击率(%),点击次数,7日总支付ROI,直接成交订单数,直接成交金额(元)\n17,1785000000000012345,2026-08-13,99.9,1000,1.5,15,3.1,2,310\n"
    frame, found = read("auto", put(tmp_path, plan, encoding="gb18030"))
    assert frame[["channel", "spend", "exposures", "clicks", "orders", "gmv"]].values.tolist() == [
        ["douyin/qianchuan", 99.9, 1000, 15, 2, 310]
    ]
    assert ("7日总支付ROI", "on record") in [(c.header, c.status) for c in found.columns]
    material = "\t素材ID,日期\t,整体消耗,基础消耗,\t整体支付ROI,整体成交金额\n7300000000000000001\t,2026-08-13,50,40,2,100\n"
    frame, found = read("auto", put(tmp_path, material))
    assert found.importers == ("qianchuan",)
    assert frame[["spend", "gmv"]].values.tolist() == [[50, 100]]


def test_tencent_and_oceanengine(tmp_path):
    frame, found = read(
        "auto",
        put(
            tmp_path,
            "日期,广告ID,曝光次数,点击次数,花费,下单量,下单金额,下单ROI\n2026/8/13,11,1000,10,20,1,60,3\n",
        ),
    )
    assert (found.importers, frame["spend"].tolist(), frame["gmv"].tolist()) == (
        ("tencent_ads",),
        [20],
        [60],
    )
    frame, found = read(
        "auto",
        put(
            tmp_path, "日期,广告ID,项目ID,消耗,展示数,点击数,转化数\n2026-08-13,11,2,20,1000,10,3\n"
        ),
    )
    assert (found.importers, frame["spend"].tolist(), frame["conversions"].tolist()) == (
        ("oceanengine",),
        [20],
        [3],
    )


def test_wanxiangtai_fractions_and_empty_ratios(tmp_path):
    text = "日期,计划ID,计划名字,主体ID,展现量,点击量,花费,点击率,投入产出比,总成交金额,总成交笔数,成交新客数\n2026-08-13,1,口红,600000000000000001,1000,0,0,0,,0,0,0\n2026-08-13,2,面膜,600000000000000002,1272,100,50,0.0786,4,200,5,3\n"
    frame, found = read("auto", put(tmp_path, text))
    assert found.importers == ("wanxiangtai",)
    assert frame[
        ["spend", "exposures", "clicks", "orders", "gmv", "new_customers"]
    ].values.tolist() == [[50, 2272, 100, 5, 200, 3]]
    assert not found.warnings


def test_a_rate_that_does_not_agree_is_told(tmp_path):
    text = "日期,主体ID,展现量,点击量,花费,点击率\n2026-08-13,1,1000,100,5,10%\n2026-08-14,1,1000,700,5,10%\n2026-08-15,1,1000,100,5,10%\n"
    _, found = read("wanxiangtai", put(tmp_path, text))
    assert [
        w
        for w in found.warnings
        if "in 1 of 3 rows '点击率' is not clicks / exposures (first: row 3)" in str(w)
    ]


def sycm_rows():
    return [
        ["生意参谋"],
        [],
        ["日期：2026-08-13"],
        ["导出时间"],
        [
            "统计日期",
            "商品ID",
            "商品名称",
            "商品访客数",
            "商品加购人数",
            "支付买家数",
            "支付件数",
            "支付金额",
            "商品支付转化率",
            "支付新买家数",
            "成功退款金额",
        ],
        [
            "2026-08-13",
            "600000000000000001",
            "口红",
            "11,269",
            "1,000",
            "886",
            "900",
            "98,765.40",
            "7.86%",
            "500",
            "-",
        ],
        [
            "2026-08-13",
            "600000000000000002",
            "面膜",
            "100",
            "-",
            "0",
            "0",
            "0.00",
            "0.00%",
            "-",
            "0.00",
        ],
    ]


def test_sycm_header_on_row_five_of_a_workbook(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in sycm_rows():
        book.active.append(row)
    book.create_sheet("说明").append(["指标说明", "无"])
    book.save(tmp_path / "商品_全部.xlsx")
    frame, found = read("auto", tmp_path / "商品_全部.xlsx")
    assert found.importers == ("sycm",)
    row = frame.iloc[0].to_dict()
    assert (
        row["visitors"],
        row["carts"],
        row["customers"],
        row["gmv"],
        row["new_customers"],
        row["refunds"],
    ) == (11369, 1000, 886, 98765.4, 500, 0)
    assert any("header is row 5" in str(n) for n in found.notes)


def test_jingzhuntong_compact_dates_and_tabs_inside_text(tmp_path):
    text = "日期,跟单SKU ID,产品线,账户昵称,展现数,点击数,花费,总订单行,总订单金额\n20260813,100012345678,京东快车\t,旗舰\t店,1000,10,33.30,1,99\n20260814,100012345678,京东快车\t,旗舰\t店,2000,20,66.60,2,198\n"
    frame, found = read("auto", put(tmp_path, text, encoding="gbk"), split="产品线")
    assert found.importers == ("jingzhuntong",)
    assert frame["period"].tolist() == ["2026-08-13", "2026-08-14"]
    assert set(frame["channel"]) == {"jd/jingzhuntong/京东快车"}
    assert frame["spend"].tolist() == [33.3, 66.6]


def test_shangzhi_ranges_are_a_question(tmp_path):
    path = put(
        tmp_path,
        "日期,商品访客数,成交单量,成交人数,成交金额\n20260813,1万-2万,100,90,￥800 ~ ￥1000\n",
    )
    assert "is a range" in refused("auto", path)
    assert "--ranges low, mid or high" in refused("auto", path)
    for ranges, visitors, gmv in [("low", 10000, 800), ("mid", 15000, 900), ("high", 20000, 1000)]:
        frame, _ = read("auto", path, ranges=ranges)
        assert frame[["visitors", "gmv"]].values.tolist() == [[visitors, gmv]]


def test_tmall_orders(tmp_path):
    text = (
        "订单编号,买家会员名,买家实际支付金额,订单状态,订单创建时间,订单付款时间 ,退款金额\n"
        '="2233440000000012345",小明,"1,299.00",交易成功,2026-08-13 10:00:00,2026-08-13 10:01:00,0.00\n'
        '="2233440000000012346",小红,0.00,交易关闭,2026-08-13 11:00:00,,无退款申请\n'
        '="2233440000000012347",小红,99.00,交易关闭,2026-08-13 11:00:00,2026-08-13 11:05:09,99.00\n'
    )
    frame, found = read("auto", put(tmp_path, text, encoding="gbk"))
    assert found.importers == ("tmall_orders",)
    assert frame["order_id"].tolist() == ["2233440000000012345", "2233440000000012347"]
    assert frame[["user_id", "timestamp", "value", "refund", "state"]].values.tolist() == [
        ["小明", "2026-08-13 10:01:00", 1299, 0, "paid"],
        ["小红", "2026-08-13 11:05:09", 99, 99, "refunded"],
    ]
    assert any("3 rows became 2" in str(n) for n in found.notes)


def test_pugongying_prices(tmp_path):
    text = '博主昵称,小红书号,粉丝数,图文笔记一口价,视频笔记一口价\n甲,00123,4.2w,"¥3,000",无接单权限\n乙,456,980,￥300,￥500\n'
    frame, found = read("auto", put(tmp_path, text))
    assert found.importers == ("xhs_pugongying",)
    assert frame["creator_id"].tolist() == ["00123", "456"]
    assert frame["tier"].tolist() == ["koc", "nano"]
    assert frame["post_price"].tolist() == [3000, 300]
    assert frame["video_price"].isna().tolist() == [True, False]


def test_huitun(tmp_path):
    text = '达人名称,达人官方地址,小红书号,灰豚指数,粉丝数,赞藏总数,图文笔记报价,图文CPE,视频笔记报价\n甲,http://x,123456789012345678,900,62.5万,1.2亿,"30,000",1.2,-\n'
    frame, found = read("auto", put(tmp_path, text))
    assert found.importers == ("huitun",)
    assert frame[
        ["creator_id", "platform", "tier", "followers", "likes", "post_price"]
    ].values.tolist() == [["123456789012345678", "xiaohongshu", "head", 625000, 120000000, 30000]]


def test_shopify_line_items(tmp_path):
    text = (
        "Name,Email,Financial Status,Paid at,Fulfillment Status,Currency,Total,Created at,Lineitem quantity,Lineitem name,Cancelled at,Refunded Amount\n"
        "#1001,a@x.com,paid,2026-08-13 10:00:00 +0800,fulfilled,USD,30.00,2026-08-13 10:00:00 +0800,1,Lipstick,,0.00\n"
        "#1001,a@x.com,,,,,,,2,Mask,,\n"
        "#1002,b@x.com,refunded,2026-08-14 01:00:00 +0800,fulfilled,USD,12.50,2026-08-14 01:00:00 +0800,1,Mask,,12.50\n"
    )
    frame, found = read("auto", put(tmp_path, text))
    assert found.importers == ("shopify",)
    assert frame["order_id"].tolist() == ["#1001", "#1002"]
    assert frame["timestamp"].tolist() == ["2026-08-13 02:00:00", "2026-08-13 17:00:00"]
    assert frame["value"].tolist() == [30, 12.5]
    assert frame["state"].tolist() == ["paid", "refunded"]
    frame, _ = read("auto", put(tmp_path, text), zone="Asia/Shanghai")
    assert frame["timestamp"].tolist() == ["2026-08-13 10:00:00", "2026-08-14 01:00:00"]
    lines = text.splitlines(keepends=True)
    assert "order #1001 has rows, but none with its total" in refused(
        "auto", put(tmp_path, "".join([lines[0], *lines[2:]]))
    )
    assert "several currencies: EUR, USD" in refused(
        "auto", put(tmp_path, text.replace("USD,12.50", "EUR,12.50"))
    )


def test_appsflyer_contributors_become_touches(tmp_path):
    head = [
        "Attributed Touch Type",
        "Attributed Touch Time",
        "Event Time",
        "Event Name",
        "Event Revenue",
        "Event Revenue Currency",
        "Media Source",
        "Contributor 1 Media Source",
        "Contributor 1 Touch Type",
        "Contributor 1 Touch Time",
        "Contributor 2 Media Source",
        "Contributor 2 Touch Type",
        "Contributor 2 Touch Time",
        "AppsFlyer ID",
    ]
    touch = [
        "click",
        "2026-08-13 10:00:00",
        "2026-08-13 11:00:00",
        "install",
        "",
        "",
        "tiktok_int",
        "google_ads",
        "click",
        "2026-08-12 09:00:00",
        "",
        "",
        "",
        "167-1",
    ]
    bought = [
        "click",
        "2026-08-13 10:00:00",
        "2026-08-15 12:00:00",
        "af_purchase",
        "88.5",
        "USD",
        "tiktok_int",
        "",
        "",
        "",
        "",
        "",
        "",
        "167-1",
    ]
    organic = [
        "",
        "",
        "2026-08-13 08:00:00",
        "install",
        "",
        "",
        "organic",
        "",
        "",
        "",
        "",
        "",
        "",
        "167-2",
    ]
    out = io.StringIO()
    csv.writer(out).writerows([head, touch, bought, organic])
    frame, found = read("auto", put(tmp_path, out.getvalue()))
    assert found.importers == ("appsflyer",)
    got = blanks(frame.sort_values(["user_id", "timestamp"]))
    assert got == [
        ["167-1", "2026-08-12 09:00:00", "google_ads", "touch", ""],
        ["167-1", "2026-08-13 10:00:00", "tiktok_int", "touch", ""],
        ["167-1", "2026-08-13 11:00:00", "", "install", ""],
        ["167-1", "2026-08-15 12:00:00", "", "purchase", 88.5],
        ["167-2", "2026-08-13 08:00:00", "", "install", ""],
    ]


def test_adjust(tmp_path):
    text = "{adid},{tracker_name},{activity_kind},{created_at},{network_name},{event_name},{revenue}\na1,t,click,1786000000,TikTok,,\na1,t,install,1786000060,TikTok,,\na1,t,event,1786000100,TikTok,purchase,9.9\na2,t,click,1786000000,Organic,,\n"
    frame, found = read("auto", put(tmp_path, text))
    assert found.importers == ("adjust",)
    assert frame[["user_id", "timestamp", "event"]].values.tolist() == [
        ["a1", "2026-08-06 07:06:40", "touch"],
        ["a1", "2026-08-06 07:07:40", "install"],
        ["a1", "2026-08-06 07:08:20", "purchase"],
    ]
    assert frame["value"].tolist()[2] == 9.9


def ga4_rows():
    def params(**values):
        return json.dumps(
            [
                {
                    "key": k,
                    "value": {"string_value": v} if isinstance(v, str) else {"double_value": v},
                }
                for k, v in values.items()
            ]
        )

    return [
        {
            "event_date": "20260813",
            "event_timestamp": 1786000000000000,
            "event_name": "session_start",
            "event_params": params(source="google", medium="cpc"),
            "user_pseudo_id": "u.1",
            "traffic_source": '{"source":"first"}',
            "ecommerce": None,
        },
        {
            "event_date": "20260813",
            "event_timestamp": 1786000060000000,
            "event_name": "view_item",
            "event_params": params(page="x"),
            "user_pseudo_id": "u.1",
            "traffic_source": '{"source":"first"}',
            "ecommerce": None,
        },
        {
            "event_date": "20260813",
            "event_timestamp": 1786000120000000,
            "event_name": "purchase",
            "event_params": params(value=20.5),
            "user_pseudo_id": "u.1",
            "traffic_source": '{"source":"first"}',
            "ecommerce": '{"purchase_revenue": 19.5}',
        },
        {
            "event_date": "20260813",
            "event_timestamp": 1786000180000000,
            "event_name": "purchase",
            "event_params": params(value=7.0),
            "user_pseudo_id": "u.2",
            "traffic_source": '{"source":"first"}',
            "ecommerce": None,
        },
    ]


GA4 = [
    ["u.1", "2026-08-06 07:06:40", "google/cpc", "touch", ""],
    ["u.1", "2026-08-06 07:07:40", "", "product_view", ""],
    ["u.1", "2026-08-06 07:08:40", "", "purchase", 19.5],
    ["u.2", "2026-08-06 07:09:40", "", "purchase", 7.0],
]


def test_ga4_csv_json_lines_and_parquet_agree(tmp_path):
    rows = ga4_rows()
    pd.DataFrame(rows).to_csv(tmp_path / "a.csv", index=False)
    nested = [
        {k: json.loads(v) if isinstance(v, str) and v[0] in "[{" else v for k, v in row.items()}
        for row in rows
    ]
    (tmp_path / "b.json").write_text("".join(json.dumps(row) + "\n" for row in nested))
    pd.DataFrame(rows).to_parquet(tmp_path / "c.parquet")
    for name in ("a.csv", "b.json", "c.parquet"):
        frame, found = read("auto", tmp_path / name)
        assert found.importers == ("ga4",)
        assert blanks(frame.sort_values(["timestamp", "event"])) == GA4, name


def test_ga4_session_start_and_page_view_are_one_touch(tmp_path):
    row = ga4_rows()[0]
    pd.DataFrame(
        [
            row,
            row | {"event_name": "page_view"},
            row | {"event_name": "page_view", "event_timestamp": 1786000009000000},
        ]
    ).to_csv(tmp_path / "a.csv", index=False)
    assert read("auto", tmp_path / "a.csv")[0]["timestamp"].tolist() == [
        "2026-08-06 07:06:40",
        "2026-08-06 07:06:49",
    ]


def test_ga4_prefers_the_collected_source(tmp_path):
    row = ga4_rows()[0] | {
        "collected_traffic_source": '{"manual_source": "xiaohongshu", "manual_medium": "koc"}'
    }
    pd.DataFrame([row]).to_csv(tmp_path / "a.csv", index=False)
    assert read("auto", tmp_path / "a.csv")[0]["channel"].tolist() == ["xiaohongshu/koc"]


def test_snowplow(tmp_path):
    text = "domain_userid\tcollector_tstamp\tevent_name\tmkt_source\tmkt_medium\ttr_total\nd1\t2026-08-13 10:00:00.123\tpage_view\tweibo\tfeed\t\nd1\t2026-08-13 10:05:00\ttransaction\t\t\t99.5\n"
    frame, found = read("auto", put(tmp_path, text, name="x.tsv"))
    assert found.importers == ("snowplow",)
    assert blanks(frame) == [
        ["d1", "2026-08-13 10:00:00.123", "weibo/feed", "touch", ""],
        ["d1", "2026-08-13 10:05:00", "", "purchase", 99.5],
    ]


def test_plain_tables(tmp_path):
    frame, found = read(
        "auto", put(tmp_path, "日期;渠道;花费;曝光\n2026年8月13日;小红书/koc;1.2万;5万\n")
    )
    assert found.importers == ("plain_spend",)
    assert frame.values.tolist() == [["2026-08-13", "小红书/koc", 12000, 50000]]
    frame, found = read(
        "auto",
        put(
            tmp_path,
            "user_id,timestamp,channel,event,value\n007,2026-08-13T10:00:00Z,koc,touch,\n007,2026-08-13T11:00:00Z,,purchase,5\n",
        ),
    )
    assert found.importers == ("plain_events",)
    assert frame["user_id"].tolist() == ["007", "007"]


@needs_data
def test_cdnow_and_uci_orders():
    frame, _ = read("auto", SHARED / "rfm" / "CDNOW_master.txt")
    assert (len(frame), frame["user_id"].nunique(), frame["timestamp"].min()[:10]) == (
        69659,
        23570,
        "1997-01-01",
    )
    assert round(frame["value"].sum(), 2) == 2500315.63
    frame, _ = read("auto", SHARED / "rfm" / "uci_online_retail_orders_dev.csv")
    own = pd.read_csv(
        SHARED / "rfm" / "uci_online_retail_orders_dev.csv",
        dtype={"CustomerID": str, "InvoiceNo": str},
    )
    assert frame["value"].tolist() == own["amount"].tolist()
    assert frame["user_id"].tolist() == own["CustomerID"].tolist()


# --- files of every kind


DRESSES = [
    (e, ",", line)
    for e in ("utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be")
    for line in ("\n", "\r\n", "\r")
]
DRESSES += [("gb18030", d, "\n") for d in "\t;|"] + [("utf-16", "\t", "\r\n")]


@pytest.mark.parametrize(("encoding", "delimiter", "line"), DRESSES)
def test_encodings_delimiters_line_ends(tmp_path, encoding, delimiter, line):
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=line).writerows(
        csv.reader(io.StringIO(JUGUANG))
    )
    frame, _ = read("auto", put(tmp_path, out.getvalue(), encoding=encoding))
    assert frame["spend"].tolist() == [1000.5, 500.0]


def test_archives(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("八月.csv", JUGUANG.encode("gb18030"))
        archive.writestr("九月.csv", JUGUANG.replace("2026-08", "2026-09").encode())
        archive.writestr("__MACOSX/._x", b"junk")
    frame, _ = read("auto", tmp_path / "a.zip")
    assert frame["period"].tolist() == ["2026-08-13", "2026-08-14", "2026-09-13", "2026-09-14"]
    (tmp_path / "b.csv.gz").write_bytes(gzip.compress(JUGUANG.encode()))
    assert read("auto", tmp_path / "b.csv.gz")[0]["spend"].sum() == 1500.5
    broken = (tmp_path / "a.zip").read_bytes()
    for cut in (30, 200, len(broken) - 40):
        (tmp_path / "c.zip").write_bytes(broken[:cut])
        assert "damaged" in refused("auto", tmp_path / "c.zip")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\n\n \n", "empty"),
        (b"%PDF-1.4 ...", "PDF"),
        (b"<html><table><tr><td>x", "web page"),
        (b"\xd0\xcf\x11\xe0broken", "workbook cannot be read"),
        (b"PK\x03\x04broken", "archive is damaged"),
        (b"PAR1broken", "cannot be read"),
        (b"a,b\n1,2\n", "no header row was understood"),
        (b"\xff\xff\xff\xff\xff,\xff\n", "neither UTF-8 nor GB18030"),
        (b"\x1f\x8bbroken", "damaged"),
        (b'{"a": 1', "cannot be read"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path, content, words):
    (tmp_path / "x.csv").write_bytes(content)
    assert words in refused("auto", tmp_path / "x.csv")


def test_mixed_encodings_are_refused(tmp_path):
    line = "2026-08-{:02d},小红书种草笔记,100\n"
    utf8, gbk = (
        "".join(line.format(d) for d in range(1, 15)).encode(),
        "".join(line.format(d) for d in range(15, 29)).encode("gbk"),
    )
    head = "日期,渠道,花费\n"
    (tmp_path / "a.csv").write_bytes(head.encode() + utf8 + gbk)
    assert "line 16 is not UTF-8" in refused("auto", tmp_path / "a.csv")
    (tmp_path / "b.csv").write_bytes(head.encode("gbk") + gbk + utf8)
    assert "line 16 is UTF-8 inside a GB18030 file" in refused("auto", tmp_path / "b.csv")


# --- mutated headers


def test_a_renamed_column_is_named_and_can_be_given(tmp_path):
    path = put(tmp_path, JUGUANG.replace("消费", "消费额"))
    text = refused("xhs_juguang", path)
    assert "there is no column for spend (消费)" in text
    assert "消费额" in text
    assert read("xhs_juguang", path, columns=(("spend", "消费额"),))[0]["spend"].sum() == 1500.5
    assert "not recognised" in refused("auto", path)
    assert "xhs_juguang (小红书聚光) lacks 消费" in refused("auto", path)


@pytest.mark.parametrize("header", ["点击量X", "点击量2", "新点击量", "点击量（总）"])
def test_a_header_that_is_almost_known_is_asked_about(tmp_path, header):
    path = put(tmp_path, JUGUANG.replace("点击量", header, 1))
    assert f"'{header}' is almost '点击量' (clicks)" in refused("auto", path)
    assert read("auto", path, columns=(("clicks", header),))[0]["clicks"].sum() == 600
    assert "clicks" not in read("auto", path, ignore=(header,))[0]


def test_an_input_is_not_overwritten(tmp_path):
    path = put(tmp_path, JUGUANG)
    with read_exports("auto", [path]) as found, pytest.raises(UserError, match="overwrite"):
        found.write(path)
    assert path.read_text() == JUGUANG


def test_repeated_and_clashing_columns_are_named(tmp_path):
    assert "2 columns could be spend: '消费' (column 2), '消费' (column 3)" in refused(
        "auto", put(tmp_path, "时间,消费,消费,互动量,展现量,点击量\n2026-08-13,1,2,3,4,5\n")
    )
    path = put(tmp_path, "时间,消费,消耗,互动量,展现量\n2026-08-13,1,2,3,4\n")
    # of two names of one column the first counts, as declared, unless another is named
    assert read("auto", path)[0]["spend"].tolist() == [1]
    assert read("auto", path, columns=(("spend", "消耗"),))[0]["spend"].tolist() == [2]


def test_two_platforms_alike_are_a_question(tmp_path):
    assert "name the platform" in refused("auto", put(tmp_path, "日期,花费\n2026-08-13,1\n"))


# --- cells


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("11,269", 11269),
        ("1.2万", 12000),
        ("￥3,000", 3000),
        ("¥ 3000.5元", 3000.5),
        ("１２３", 123),
        ("2亿", 2e8),
        ("3k", 3000),
        ("1,234,567.89", 1234567.89),
        ("0", 0),
        ("'5", None),
        ("12\t", 12),
        ("1e-05", 0.00001),
        ("5e07", None),
        ("1e+03", None),
        ("-", "gone"),
        ("--", "gone"),
        ("", "gone"),
        ("N/A", "gone"),
        ("暂无", "gone"),
        ("1,2345", None),
        ("12,34", None),
        ("1.2.3", None),
        ("5%", None),
        ("-3", None),
        ("(3)", None),
        ("1E5", None),
        ("1万-2万", None),
        ("10w+", None),
        ("abc", None),
        ("nan", "gone"),
        ("inf", None),
        ("1_000", None),
        ("0x10", None),
        ("1 000", 1000),
        ("1.234,56", None),
        ("99999999999999999999", None),
        ("１．５万", 15000),
        ("∞", None),
        ("1，234", 1234),
    ],
)
def test_money_forms(tmp_path, cell, value):
    path = put(tmp_path, f'日期,渠道,花费\n2026-08-12,x,1\n2026-08-13,x,"{cell}"\n')
    if value is None:
        assert "row 3, column '花费'" in refused("plain_spend", path)
    else:
        got = read("plain_spend", path)[0]["spend"].tolist()[1]
        assert pd.isna(got) if value == "gone" else got == pytest.approx(value)


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2026-08-13", "2026-08-13"),
        ("2026/8/3", "2026-08-03"),
        ("20260813", "2026-08-13"),
        ("2026.08.13", "2026-08-13"),
        ("2026年8月13日", "2026-08-13"),
        ("2026-08-13 00:00:00", "2026-08-13"),
        ("8月13日", None),
        ("08/09/2026", None),
        ("2026-02-30", None),
        ("2026-13-01", None),
        ("46247", None),
        ("2026-08-13 ~ 2026-08-19", "2026-08-13"),
        ("2026-08-13 ~ 2026-08-20", None),
        ("3026-08-13", None),
        ("", None),
        ("2026-8/13", None),
    ],
)
def test_day_forms(tmp_path, cell, day):
    path = put(tmp_path, f"日期,渠道,花费\n{cell},x,1\n")
    if day is None:
        assert "column '日期'" in refused("plain_spend", path)
    else:
        assert read("plain_spend", path)[0]["period"].tolist() == [day]


def test_ambiguous_dates_are_read_as_told(tmp_path):
    path = put(tmp_path, "日期,渠道,花费\n08/09/2026,x,1\n")
    assert "--dates mdy or --dates dmy" in refused("plain_spend", path)
    assert read("plain_spend", path, dates="mdy")[0]["period"].tolist() == ["2026-08-09"]
    assert read("plain_spend", path, dates="dmy")[0]["period"].tolist() == ["2026-09-08"]
    path = put(tmp_path, "日期,渠道,花费\n8月13日,x,1\n")
    assert "--year" in refused("plain_spend", path)
    assert read("plain_spend", path, year=2026)[0]["period"].tolist() == ["2026-08-13"]


def test_ids_stay_text_and_shortened_ids_are_refused(tmp_path):
    text = "order_id,user_id,timestamp,value\n{},0007,2026-08-13 10:00:00,5\n"
    frame, _ = read("auto", put(tmp_path, text.format("2233440000000012345")))
    assert frame[["order_id", "user_id"]].values.tolist() == [["2233440000000012345", "0007"]]
    assert "an id a spreadsheet has shortened" in refused(
        "auto", put(tmp_path, text.format("2.23344E+18"))
    )


def test_malformed_rows_are_listed_with_their_row(tmp_path):
    text = "日期,渠道,花费\n2026-08-12,x,1\n2026-08-13,x\n2026-08-14,x,1,9\n2026-08-15,x,1\n"
    told = refused("plain_spend", put(tmp_path, text))
    assert "row 3: this row has 2 cells where the header has 3" in told
    assert "row 4: this row has more cells" in told


def test_rows_are_counted_as_a_spreadsheet_does(tmp_path):
    """Title rows and blank rows count, a quoted line end does not start a row; both kinds of problems agree."""
    text = '报表\n\n日期,主体ID,备注,花费\n2026-08-12,1,"a\nb",1\n2026-08-13,2,x\n\n2026-08-14,3,"a\nb",abc\n2026-08-15,4,x,1\n'
    told = refused("wanxiangtai", put(tmp_path, text))
    assert "row 5: this row has 3 cells" in told
    assert "row 7, column '花费': 'abc'" in told


def test_footnotes_and_blank_rows_are_left_out_and_told(tmp_path):
    text = "报表\n日期,渠道,花费\n2026-08-12,x,1\n\n,,\n合计,,1\n数据更新时间：2026-08-14\n"
    frame, found = read("plain_spend", put(tmp_path, text))
    assert frame["spend"].tolist() == [1]
    assert any("totals: row 6" in str(n) for n in found.notes)
    assert any("footnote" in str(n) for n in found.notes)


def test_a_stray_quote_does_not_swallow_rows(tmp_path):
    text = '日期,渠道,花费\n2026-08-12,"x,1\n2026-08-13,y,2\n2026-08-14,z",3\n'
    assert "several lines" in refused("plain_spend", put(tmp_path, text))


def test_a_file_without_days_is_asked_for_its_day(tmp_path):
    path = put(
        tmp_path,
        "\t素材ID,整体消耗,基础消耗,\t整体支付ROI,整体成交金额\n7300000000000000001\t,50,40,2,100\n7300000000000000002\t,70,40,2,140\n",
    )
    assert "no column says the day" in refused("auto", path)
    frame, _ = read("auto", path, date="2026-08-13")
    assert blanks(frame) == [["2026-08-13", "douyin/qianchuan", 120, 240]]


def test_times_with_and_without_zone_do_not_mix(tmp_path):
    text = "user_id,timestamp,value\na,2026-08-13T10:00:00+08:00,5\nb,{},5\n"
    assert "some times state their zone" in refused(
        "auto", put(tmp_path, text.format("2026-08-13 11:00:00"))
    )
    assert "some times state their zone" in refused(
        "auto", put(tmp_path, text.format("2026/8/13 11:00"))
    )
    frame, found = read("auto", put(tmp_path, text.format("2026-08-13T11:00:00Z")))
    assert frame["timestamp"].tolist() == ["2026-08-13 02:00:00", "2026-08-13 11:00:00"]
    assert any("written as UTC" in str(n) for n in found.notes)


def test_creators_by_id_alone(tmp_path):
    frame, _ = read("auto", put(tmp_path, "小红书号,粉丝数,图文笔记一口价\n0012,5000,300\n"))
    assert frame[["creator_id", "tier"]].values.tolist() == [["0012", "nano"]]
    assert "creator or creator_id" in refused(
        "xhs_pugongying", put(tmp_path, "粉丝数,图文笔记一口价\n5000,300\n")
    )


# --- merging


def test_files_of_several_platforms_merge(tmp_path):
    a = put(tmp_path, JUGUANG, "a.csv")
    b = put(tmp_path, "日期,广告ID,曝光次数,点击次数,花费\n2026/8/13,11,1000,10,20\n", "b.csv")
    frame, _ = read("auto", [a, b])
    assert frame[["channel", "spend"]].values.tolist() == [
        ["tencent_ads", 20.0],
        ["xiaohongshu/ads", 1000.5],
        ["xiaohongshu/ads", 500.0],
    ]
    assert frame.equals(read("auto", [b, a])[0])


def test_overlapping_exports_are_found(tmp_path):
    head = "日期,主体ID,展现量,点击量,花费\n"
    a = put(tmp_path, head + "2026-08-13,1,1000,10,5\n2026-08-14,1,1000,10,6\n", "a.csv")
    b = put(tmp_path, head + "2026-08-14,1,1000,10,6\n2026-08-15,1,1000,10,7\n", "b.csv")
    c = put(tmp_path, head + "2026-08-14,1,1000,10,6.5\n2026-08-16,1,1000,10,8\n", "c.csv")
    frame, found = read("auto", [a, b])
    assert frame["spend"].tolist() == [5, 6, 7]
    assert any("1 rows are also in another file" in str(n) for n in found.notes)
    assert "stands in two files with different numbers" in refused("auto", [a, c])
    assert read("auto", [a, c], duplicates="last")[0]["spend"].tolist() == [5, 6.5, 8]
    assert read("auto", [a, c], duplicates="first")[0]["spend"].tolist() == [5, 6, 8]
    assert read("auto", [a, c], duplicates="add")[0]["spend"].tolist() == [5, 12.5, 8]
    copy = put(tmp_path, (tmp_path / "a.csv").read_text(), "copy.csv")
    assert any("same file" in str(n) for n in read("auto", [a, copy])[1].notes)


def test_three_files_last_wins(tmp_path):
    head = "日期,主体ID,展现量,点击量,花费\n"
    files = [put(tmp_path, head + f"2026-08-14,1,1000,10,{i}\n", f"{i}.csv") for i in (5, 6, 7)]
    assert read("auto", files, duplicates="last")[0]["spend"].tolist() == [7]
    assert read("auto", files, duplicates="first")[0]["spend"].tolist() == [5]


def test_different_tables_do_not_merge(tmp_path):
    a = put(tmp_path, JUGUANG, "a.csv")
    b = put(tmp_path, "博主昵称,粉丝数,图文笔记一口价\n甲,1,2\n", "b.csv")
    assert "different tables: creators, spend" in refused("auto", [a, b])


# --- writing


def test_written_table_is_one_that_the_spend_reader_opens(tmp_path):
    from optimizer.data.open import read_spend

    with read_exports("auto", [put(tmp_path, JUGUANG)]) as found:
        found.write(tmp_path / "spend.csv")
        found.write(tmp_path / "spend.parquet")
    assert read_spend(tmp_path / "spend.csv").frame["spend"].sum() == 1500.5
    assert pd.read_parquet(tmp_path / "spend.parquet")["spend"].sum() == 1500.5
    record = json.loads((tmp_path / "spend.csv.import.json").read_text())
    assert record["importers"] == ["xhs_juguang"]
    assert not list(tmp_path.glob("*.part"))


def test_nothing_is_written_when_something_is_wrong(tmp_path):
    path = put(tmp_path, JUGUANG.replace("500", "五百"))
    with read_exports("auto", [path]) as found, pytest.raises(Problems):
        found.write(tmp_path / "out.csv")
    with (
        read_exports("auto", [put(tmp_path, JUGUANG)]) as found,
        pytest.raises(UserError, match="xlsx"),
    ):
        found.write(tmp_path / "out.xlsx")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["export.csv"]


def test_unknown_platform():
    with (
        pytest.raises(UserError, match="did you mean 'qianchuan'"),
        read_exports("qianchaun", ["x"]),
    ):
        pass


def test_a_row_that_cannot_be_read_again_is_a_damaged_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some damage in a parquet file shows only when a single row is fetched: a message, no traceback."""
    import duckdb

    from optimizer.data.reading import rows
    from optimizer.errors import UserError

    class Connection:
        def execute(self, sql: str) -> None:
            raise duckdb.Error("TProtocolException: Invalid data")

    class Part:
        kind, where = "parquet", "orders.parquet"

    monkeypatch.setattr(rows, "source_sql", lambda *given: "x")
    with pytest.raises(UserError, match="the file is damaged: TProtocolException"):
        rows.records(Connection(), Part(), None, [0])


def test_a_founders_own_tables_in_chinese(tmp_path):
    """Ordinary Chinese headers are known; an order's state is read, not taken for paid."""
    text = "订单号,用户,下单时间,金额,状态\n1,a,2026-03-01,10,已完成\n2,a,2026-03-02,20,已退款\n3,b,2026-03-02,30,待付款\n4,b,2026-03-03,40,Cancelled\n"
    frame, found = read("auto", put(tmp_path, text, encoding="gbk"))
    assert found.importers == ("plain_orders",)
    assert frame["state"].tolist() == ["paid", "refunded", "unpaid", "cancelled"]
    events = "用户,时间,渠道,事件,金额\nu1,2026-03-01 10:00:00,抖音,touch,\nu1,2026-03-01 11:00:00,,purchase,99\n"
    frame, found = read("auto", put(tmp_path, events, encoding="gb18030"))
    assert found.importers == ("plain_events",)
    assert frame["user_id"].tolist() == ["u1", "u1"]


def test_what_is_nearly_known_is_told_with_the_words_to_type(tmp_path):
    text = refused("auto", put(tmp_path, "user,when,渠道,事件\na,2026-01-01,x,touch\n"))
    assert "optimizer import plain_events FILE --column user_id=HEADER" in text
