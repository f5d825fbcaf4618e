"""Every platform's export as it also comes: renamed, reordered, dressed up, cut short. Read right, or refused by name."""

from __future__ import annotations

import csv
import io
import sys
import uuid
import zipfile
from pathlib import Path

import pytest

from optimizer.data.importers import Choices, read_exports
from optimizer.data.importers.platforms.web import _ENRICHED
from tests.xls_file import xls

JUGUANG = "时间,消费,展现量,点击量,点击率,平均点击成本,互动量,平均互动成本"
ROW = "2026-08-13,100,2000,40,2%,2.5,10,10"
QIANCHUAN = "推广类型,账户ID,计划ID,日期,消耗(元),展示次数,点击率(%),点击次数,7日总支付ROI,直接成交订单数,直接成交金额(元)"
SOLD = "短视频,1,1785000000000012345,2026-08-13,99.9,1000,1.5,15,3.1,2,310"
WANXIANGTAI = (
    "日期,主体ID,主体名称,展现量,点击量,花费,点击率,投入产出比,总成交金额,总成交笔数,成交新客数"
)
SHOWN = "2026-08-13,600000000000000001,口红,1272,100,50.5,0.0786,,200,5,3"
JZT = "日期,跟单SKU ID,产品线,账户昵称,展现数,点击数,花费,总订单行,总订单金额"
SKU = "20260813,100012345678,京东快车\t,旗舰店,1000,10,33.3,1,99"
SYCM = "统计日期,商品ID,商品名称,商品访客数,商品加购人数,支付买家数,支付件数,支付金额,商品支付转化率,成功退款金额"
PRODUCT = '2026-08-13,600000000000000001,口红,"11,269","1,000",886,900,"98,765.40",7.86%,-'
SHANGZHI = "日期,商品编号,商品访客数,浏览量,成交单量,成交客户数,成交金额"
TMALL = (
    "订单编号,买家会员名,买家应付货款,买家实际支付金额,订单状态,订单创建时间,订单付款时间 ,退款金额"
)
PAID = "{},小明,1299,1299,交易成功,2026/8/13 10:00,2026/8/13 10:01,0"
PRICES = "博主昵称,小红书号,粉丝数,图文笔记一口价,视频笔记一口价"
SHOPIFY = "Name,Email,Financial Status,Currency,Total,Created at,Lineitem quantity,Lineitem name\n"
FIRST = "#1001,a@x.com,paid,USD,30.00,2026-08-13 10:00:00 +0800,1,Lipstick\n"
APPSFLYER = "Attributed Touch Type,Attributed Touch Time,Event Time,Event Name,Event Revenue,Event Revenue Currency,Media Source,AppsFlyer ID"
BOUGHT = "click,2026-08-13 10:00:00,2026-08-15 12:00:00,af_purchase,88.5,USD,tiktok_int,167-1"


def wide(text: str) -> str:
    return text.replace("(", "（").replace(")", "）")


def rows(*lines: str) -> str:
    return "\n".join(lines) + "\n"


# name: (text, encoding, what the user says, sums of columns)
READ: dict[str, tuple[str, str, dict[str, object], dict[str, float]]] = {
    "聚光 totals row last": (rows(JUGUANG, ROW, "总计" + ROW[10:]), "utf-8", {}, {"spend": 100}),
    "聚光 totals row first": (
        rows(JUGUANG, "合计（1条）" + ROW[10:], ROW),
        "utf-8-sig",
        {},
        {"spend": 100},
    ),
    "聚光 totals counted": (rows(JUGUANG, ROW, "共1条" + ROW[10:]), "utf-8", {}, {"spend": 100}),
    "聚光 totals shorter": (rows(JUGUANG, ROW, "合计,100"), "utf-8", {}, {"spend": 100}),
    "聚光 all plans": (
        rows(
            "日期,计划名称,消费,展现量,点击量,互动量",
            "2026-08-13,甲,100,2000,40,10",
            "全部,,100,2000,40,10",
        ),
        "utf-8",
        {},
        {"spend": 100},
    ),
    "聚光 the plan's column says total": (
        rows(
            "日期,计划ID,消费,展现量,点击量,互动量",
            "2026-08-13,1,100,2000,40,10",
            ",汇总,100,2000,40,10",
        ),
        "utf-8",
        {},
        {"spend": 100},
    ),
    "聚光 full-width brackets": (
        rows(JUGUANG.replace("消费", "消费（元）"), ROW.replace("100,", '"1,000.5",', 1)),
        "utf-8",
        {},
        {"spend": 1000.5},
    ),
    "聚光 invisible characters": (
        rows("\ufeff时间 ,消费\u200b, 展现量 ,点击量\u3000,互动量", "20260813,100,2000,40,5"),
        "gb18030",
        {},
        {"spend": 100, "exposures": 2000},
    ),
    "聚光 rows above the header": (
        rows(
            "小红书聚光平台", "账户：某品牌", "时间范围：2026-08-01至2026-08-31", "", JUGUANG, ROW
        ),
        "gbk",
        {},
        {"spend": 100},
    ),
    "聚光 ten thousands": (
        rows(JUGUANG, "2026-08-13,1.2万,200万,4万,2%,0.3,1000,12"),
        "utf-8",
        {},
        {"spend": 12000, "exposures": 2e6, "clicks": 4e4},
    ),
    "聚光 days without a year": (
        rows(JUGUANG, "8月13日" + ROW[10:]),
        "utf-8",
        {"year": 2026},
        {"spend": 100},
    ),
    "聚光 in utf-16 with tabs": (
        rows(JUGUANG, ROW).replace(",", "\t"),
        "utf-16",
        {},
        {"spend": 100},
    ),
    "聚光 full-width digits": (
        rows(JUGUANG, "２０２６-０８-１３,１００．５,2000,40,2%,2.5,10,10"),
        "utf-8",
        {},
        {"spend": 100.5},
    ),
    "聚光 a comma too much": (rows(JUGUANG + ",", ROW + ","), "utf-8", {}, {"spend": 100}),
    "聚光 with its currency": (
        rows(JUGUANG, ROW.replace("100", "CNY 100", 1)),
        "utf-8",
        {},
        {"spend": 100},
    ),
    "聚光 with units in cells": (
        rows(JUGUANG, "2026-08-13,100元,2000次,40次,2%,2.5元,10,10"),
        "utf-8",
        {},
        {"spend": 100},
    ),
    "聚光 full-width commas": (rows(JUGUANG, ROW).replace(",", "，"), "utf-8", {}, {"spend": 100}),
    "千川 in gbk with full-width brackets": (
        rows(wide(QIANCHUAN), SOLD.replace("2026-08-13", "20260813")),
        "gbk",
        {},
        {"spend": 99.9, "gmv": 310},
    ),
    "千川 without units": (
        rows(QIANCHUAN.replace("(元)", "").replace("(%)", ""), SOLD.replace("1.5,", "1.50%,")),
        "utf-8",
        {},
        {"spend": 99.9},
    ),
    "千川 in ten thousands": (
        rows(QIANCHUAN.replace("消耗(元)", "消耗(万元)"), SOLD.replace("99.9", "1.5")),
        "utf-8",
        {},
        {"spend": 15000},
    ),
    "千川 by hour": (
        rows(QIANCHUAN.replace("日期", "时间"), SOLD.replace("08-13", "08-13 10:00")),
        "utf-8",
        {},
        {"spend": 99.9},
    ),
    "千川 totals row": (
        rows(QIANCHUAN, "总计,-,-,-,99.9,1000,1.5,15,3.1,2,310", SOLD),
        "utf-8",
        {},
        {"spend": 99.9},
    ),
    "巨量引擎 by plan": (
        rows(
            "日期,账户ID,广告计划ID,总花费,展现数,点击数,转化数,平均点击单价",
            "2026-08-13,1,2,20,1000,10,3,2",
        ),
        "utf-8",
        {},
        {"spend": 20, "conversions": 3},
    ),
    "腾讯广告 in cents": (
        rows(
            "日期,账户ID,曝光次数,点击次数,花费(分),下单量,下单ROI", "20260813,1,1000,10,2000,1,3"
        ),
        "utf-8",
        {},
        {"spend": 20},
    ),
    "腾讯广告 with units": (
        rows(
            "日期,账户ID,曝光量,点击量,点击率(%),花费(元),点击均价(元),目标转化量",
            "2026/08/13,1,1000,10,1.00,20,2,3",
        ),
        "utf-8",
        {},
        {"spend": 20},
    ),
    "万相台 renamed": (
        rows(WANXIANGTAI.replace("花费", "消耗（元）"), SHOWN),
        "gb18030",
        {},
        {"spend": 50.5, "gmv": 200, "new_customers": 3},
    ),
    "万相台 totals row": (
        rows(WANXIANGTAI, SHOWN, "合计" + SHOWN[10:]),
        "utf-8",
        {},
        {"spend": 50.5},
    ),
    "京准通 with tabs": (
        rows(JZT, SKU.replace("\t", "")).replace(",", "\t"),
        "gbk",
        {},
        {"spend": 33.3, "gmv": 99},
    ),
    "京准通 by plan": (
        rows(
            "日期,推广计划,展现数,点击数,点击率,总费用,总订单行,总订单金额,投产比,下单新客数",
            "2026-08-13,x,1000,10,1.00%,33.3,1,99,2.97,1",
        ),
        "utf-8",
        {},
        {"spend": 33.3, "new_customers": 1},
    ),
    "京准通 totals row": (
        rows(JZT, SKU, "合计,-,-,-,1000,10,33.3,1,99"),
        "utf-8",
        {},
        {"spend": 33.3},
    ),
    "生意参谋 with currency": (
        rows(SYCM, PRODUCT.replace("98,765.40", "￥98,765.40")),
        "utf-8",
        {},
        {"gmv": 98765.4, "visitors": 11269},
    ),
    "生意参谋 dressed headers": (
        rows(
            SYCM.replace("支付金额", "支付金额（元）").replace("商品访客数", "商品访客数 "), PRODUCT
        ),
        "utf-8",
        {},
        {"gmv": 98765.4, "carts": 1000},
    ),
    "生意参谋 totals row": (
        rows(SYCM, PRODUCT, '合计,-,-,"11,269",-,886,900,"98,765.40",-,-'),
        "utf-8",
        {},
        {"gmv": 98765.4},
    ),
    "商智 low end of ranges": (
        rows(SHANGZHI, '20260813,1,1000,-,100,90,"￥800 ~ ￥1,000"'),
        "utf-8",
        {"ranges": "low"},
        {"gmv": 800},
    ),
    "商智 middle of ranges": (
        rows(SHANGZHI, "20260813,1,1000,-,100,90,¥1万-¥2.5万"),
        "utf-8",
        {"ranges": "mid"},
        {"gmv": 17500},
    ),
    "商智 totals row first": (
        rows(SHANGZHI, "合计,-,1000,-,100,90,8000", '2026/8/13,1,"1,000",-,100,90,"8,000.00"'),
        "gbk",
        {},
        {"gmv": 8000, "visitors": 1000},
    ),
    "天猫订单 waiting for payment": (
        rows(TMALL, PAID.format(1), "2,小红,10,10,等待买家付款,2026/8/13 10:00,,0"),
        "gbk",
        {},
        {"value": 1299},
    ),
    "天猫订单 totals row": (
        rows(TMALL, PAID.format(1), "合计,,1299,1299,,,,"),
        "utf-8",
        {},
        {"value": 1299},
    ),
    "天猫订单 an order in two rows, the later one": (
        rows(TMALL, PAID.format(1), PAID.format(1).replace("1299,交易", "1200,交易")),
        "utf-8",
        {"duplicates": "last"},
        {"value": 1200},
    ),
    "蒲公英 prices with the fee": (
        rows(
            PRICES.replace("一口价", "一口价（含平台服务费）"), '甲,00123,4.2w,"¥3,000",无接单权限'
        ),
        "utf-8-sig",
        {},
        {"post_price": 3000, "followers": 42000},
    ),
    "报价表 an agency's sheet": (
        rows(
            "序号,博主昵称,粉丝量（万）,赞藏量,报备图文（不含平台服务费）",
            "1,甲,4.2,1.1万,3000",
            "2,乙,0.98,500,3k",
            "合计,,,,6000",
        ),
        "utf-8",
        {},
        {"followers": 51800, "post_price": 6000},
    ),
    "报价表 the name says total": (
        rows("博主昵称,粉丝数（万）,图文报价", "甲,4.2,3000", "合计,,3000"),
        "utf-8",
        {},
        {"post_price": 3000},
    ),
    "灰豚 prices renamed": (
        rows("达人名称,小红书号,灰豚指数,粉丝数（w）,图文裸价", '甲,0012345,900,62.5,"30,000"'),
        "gbk",
        {},
        {"followers": 625000, "post_price": 30000},
    ),
    "AppsFlyer in snake case": (
        rows(APPSFLYER.lower().replace(" ", "_"), BOUGHT),
        "utf-8",
        {},
        {"value": 88.5},
    ),
    "AppsFlyer with tabs in utf-16": (
        rows(APPSFLYER, BOUGHT).replace(",", "\t"),
        "utf-16",
        {},
        {"value": 88.5},
    ),
    "Adjust without braces": (
        rows(
            "adid,tracker_name,activity_kind,created_at,network_name,event_name,revenue",
            "a1,t,event,1786000100,TikTok,purchase,9.9",
        ),
        "utf-8",
        {},
        {"value": 9.9},
    ),
    "GA4 flattened": (
        rows(
            "event_timestamp,event_name,user_pseudo_id,collected_traffic_source.manual_source,event_bundle_sequence_id,ecommerce.purchase_revenue",
            "1786000060000000,purchase,u1,xhs,1,30.5",
        ),
        "utf-8",
        {},
        {"value": 30.5},
    ),
    "Shopify semicolons": (
        SHOPIFY.replace(",", ";") + FIRST.replace(",", ";"),
        "utf-8",
        {},
        {"value": 30},
    ),
    "Shopify a name of two lines": (
        SHOPIFY + FIRST.replace("Lipstick", '"Lip\nstick"'),
        "utf-8",
        {},
        {"value": 30},
    ),
    "Shopify another zone": (
        SHOPIFY + FIRST.replace("30.00", '"$1,030.00"').replace("+0800", "-0400"),
        "utf-8",
        {},
        {"value": 1030},
    ),
    "plain: a channel called total": (
        rows(
            "日期,渠道,花费", "2026-08-13,小红书,100", "2026-08-13,抖音,50", "2026-08-13,合计,150"
        ),
        "utf-8",
        {},
        {"spend": 150},
    ),
    "plain: months": (
        rows("月份,渠道,花费", "2026-08,小红书,100", "2026年9月,小红书,50"),
        "utf-8",
        {},
        {"spend": 150},
    ),
    "plain: ISO weeks": (rows("week,channel,spend", "2026-W33,x,100"), "utf-8", {}, {"spend": 100}),
    "plain: American days": (
        rows("Date,Channel,Cost", '8/13/2026,search,"$1,000.50"'),
        "utf-8",
        {"dates": "mdy"},
        {"spend": 1000.5},
    ),
    "plain: a zone of whole hours": (
        rows(
            "user_id,timestamp,channel,event,value",
            "1,2026-08-13 10:00:00+08,x,touch,",
            "1,2026-08-13T11:00:00+0800,,purchase,5",
        ),
        "utf-8",
        {},
        {"value": 5},
    ),
    "plain: a header of two lines": (
        '日期,渠道,"花费\n(元)"\n2026年8月13日 10:00,x,￥ 1000.00\n',
        "utf-8",
        {},
        {"spend": 1000},
    ),
    "plain: a line that says how to cut": (
        rows("sep=;", "日期;渠道;花费", "2026-08-13;x;1.5W"),
        "utf-8",
        {},
        {"spend": 15000},
    ),
    "plain: a group row above the header": (
        rows("基础信息,,效果,", "日期,,花费,渠道", "2026-08-13,,5,x", "", "合计,,5,"),
        "utf-8",
        {},
        {"spend": 5},
    ),
    "plain: a note of two lines": (
        rows(
            "日期,渠道,备注,花费",
            '2026-08-12,a,"x, hello\nyou",1',
            "2026-08-13,b,y,2",
            "",
            "2026-08-14,c,z,3",
        ),
        "utf-8",
        {},
        {"spend": 6},
    ),
}

# name: (text, encoding, what the user says, words of the refusal)
REFUSED: dict[str, tuple[str, str, dict[str, object], str]] = {
    "聚光 no spend": (
        rows(JUGUANG.replace("消费,", ""), ROW.replace("100,", "", 1)),
        "utf-8",
        {},
        "lacks 消费",
    ),
    "聚光 spend twice": (
        rows(JUGUANG.replace("消费", "消费,消费"), ROW.replace("100", "100,100", 1)),
        "utf-8",
        {},
        "'消费' (column 2), '消费' (column 3)",
    ),
    "聚光 twelve days in a row": (
        rows(JUGUANG, "2026-08-01 ~ 2026-08-12" + ROW[10:]),
        "utf-8",
        {},
        "rows cover 12 days, which is neither a day, a week nor a month",
    ),
    "聚光 no year": (rows(JUGUANG, "8月13日" + ROW[10:]), "utf-8", {}, "has no year"),
    "聚光 negative": (rows(JUGUANG, ROW.replace("100", "-100", 1)), "utf-8", {}, "negative"),
    "千川 a shortened id": (
        rows(QIANCHUAN, SOLD.replace("1785000000000012345", "1.785E+18")),
        "utf-8",
        {},
        "shortened",
    ),
    "千川 spend twice in two units": (
        rows(
            QIANCHUAN.replace("消耗(元)", "消耗(元),消耗（元）"), SOLD.replace("99.9", "99.9,99.9")
        ),
        "utf-8",
        {},
        "2 columns could be spend",
    ),
    "千川 no day": (
        rows(QIANCHUAN.replace("日期,", ""), SOLD.replace("2026-08-13,", "")),
        "utf-8",
        {},
        "no column says the day",
    ),
    "万相台 no spend": (
        rows(WANXIANGTAI.replace("花费,", ""), SHOWN.replace("50.5,", "")),
        "utf-8",
        {},
        "lacks 花费",
    ),
    "京准通 spend renamed": (
        rows(JZT.replace("花费", "推广花费"), SKU),
        "utf-8",
        {},
        "lacks 花费 ('推广花费'?)",
    ),
    "生意参谋 a range": (
        rows(SYCM, PRODUCT.replace('"11,269"', "1万 ~ 2万")),
        "utf-8",
        {},
        "is a range",
    ),
    "生意参谋 no sales": (
        rows(SYCM.replace("支付金额,", ""), PRODUCT.replace('"98,765.40",', "")),
        "utf-8",
        {},
        "支付金额",
    ),
    "商智 a lower bound": (
        rows(SHANGZHI, "20260813,1,10万+,-,100,90,8000"),
        "utf-8",
        {},
        "lower bound",
    ),
    "商智 a range that leaves its unit open": (
        rows(SHANGZHI, "20260813,1,1-2万,-,100,90,8000"),
        "utf-8",
        {"ranges": "mid"},
        "is a range",
    ),
    "天猫订单 an order in two rows": (
        rows(TMALL, PAID.format(7), PAID.format(7)),
        "utf-8",
        {},
        "order_id 7 stands in 2 rows",
    ),
    "天猫订单 a shortened id": (rows(TMALL, PAID.format("2.2334E+18")), "utf-8", {}, "shortened"),
    "天猫订单 no time of payment": (
        rows(TMALL.replace("订单付款时间 ,", ""), PAID.format(1).replace("2026/8/13 10:01,", "")),
        "utf-8",
        {},
        "lacks 订单付款时间",
    ),
    "报价表 two prices": (
        rows("博主昵称,粉丝数（万）,图文裸价,图文价格", "甲,4.2,3000,3300"),
        "utf-8",
        {},
        "2 columns could be post_price",
    ),
    "报价表 about": (
        rows("博主昵称,粉丝数（万）,图文报价", "甲,4.2,约3000"),
        "utf-8",
        {},
        "约3000",
    ),
    "AppsFlyer no time": (
        rows(APPSFLYER.replace("Event Time,", ""), BOUGHT.replace("2026-08-15 12:00:00,", "")),
        "utf-8",
        {},
        "lacks Event Time",
    ),
    "AppsFlyer two currencies": (
        rows(APPSFLYER, BOUGHT, BOUGHT.replace("USD", "EUR")),
        "utf-8",
        {},
        "several currencies",
    ),
    "Adjust thousandths of seconds": (
        rows("adid,tracker_name,activity_kind,created_at", "a1,t,click,1786000000000"),
        "utf-8",
        {},
        "no time in seconds",
    ),
    "GA4 a shortened time": (
        rows(
            "event_timestamp,event_name,user_pseudo_id,event_bundle_sequence_id",
            "1.786E+15,purchase,u1,1",
        ),
        "utf-8",
        {},
        "no time in microseconds",
    ),
    "Shopify no total": (
        SHOPIFY.replace("Total", "Totals") + FIRST,
        "utf-8",
        {},
        "lacks Total ('Totals'?)",
    ),
    "Shopify a total twice": (SHOPIFY + FIRST + FIRST, "utf-8", {}, "several rows with a total"),
    "plain: two currencies": (
        rows("日期,渠道,花费", "2026-08-13,a,￥5", "2026-08-13,b,$5"),
        "utf-8",
        {},
        "several currencies: CNY, USD",
    ),
    "plain: months beside days": (
        rows("月份,渠道,花费", "2026-08,a,5", "2026-08-01,b,5"),
        "utf-8",
        {},
        "cover a month",
    ),
    "plain: no such week": (
        rows("week,channel,spend", "2026-W54,x,100"),
        "utf-8",
        {},
        "no date that is understood",
    ),
    "plain: the header again": (
        rows("日期,渠道,花费", "2026-08-13,x,5", "日期,渠道,花费", "2026-08-14,x,5"),
        "utf-8",
        {},
        "row 3, column '日期'",
    ),
    "plain: averages": (
        rows("日期,渠道,花费", "2026-08-13,x,5", "平均,,5"),
        "utf-8",
        {},
        "row 3, column '日期'",
    ),
    "plain: swallowed rows": (
        rows("日期,渠道,备注,花费", '2026-08-12,a,"x,1', "2026-08-13,b,y,2", '2026-08-14,c,z",3'),
        "utf-8",
        {},
        "a stray quote has swallowed them",
    ),
    "plain: a swallowed row": (
        rows("日期,渠道,备注,花费", '2026-08-12,a,"x,1', '2026-08-14,c,z",3'),
        "utf-8",
        {},
        "a stray quote has swallowed them",
    ),
}


@pytest.mark.parametrize("name", sorted(READ))
def test_reads_right(name, tmp_path):
    text, encoding, said, sums = READ[name]
    path = tmp_path / "export.csv"
    path.write_bytes(text.encode(encoding))
    with read_exports("auto", [path], Choices(**said)) as found:
        assert not found.problems, found.problems
        frame = found.frame()
    assert {column: frame[column].sum() for column in sums} == pytest.approx(sums)


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_is_refused_by_name(name, tmp_path):
    text, encoding, said, words = REFUSED[name]
    path = tmp_path / "export.csv"
    path.write_bytes(text.encode(encoding))
    with read_exports("auto", [path], Choices(**said)) as found:
        assert words in "\n".join(map(str, found.problems))


GRID = [
    ["生意参谋 商品_全部"],
    [],
    ["统计日期: 2026-08-13"],
    ["以下数据仅供参考"],
    SYCM.split(","),
    next(csv.reader([PRODUCT])),
    ["2026-08-13", "600000000000000002", "面膜", 100, "-", 0, 0, 0.5, "0.00%", "-"],
]


def test_an_xls_workbook_with_its_header_on_row_five(tmp_path):
    (tmp_path / "商品_全部.xls").write_bytes(xls(GRID))
    with read_exports("auto", [tmp_path / "商品_全部.xls"]) as found:
        assert found.importers == ("sycm",)
        assert any("header is row 5" in str(note) for note in found.notes)
        row = found.frame().iloc[0]
    assert (row["visitors"], row["carts"], row["customers"], row["gmv"]) == (
        11369,
        1000,
        886,
        98765.9,
    )


def test_an_xls_workbook_of_thousands_of_rows(tmp_path):
    many = [*GRID[:5], *([*GRID[5][:1], str(6 * 10**17 + i), *GRID[5][2:]] for i in range(2000))]
    (tmp_path / "shop.xls").write_bytes(xls(many))
    with read_exports("sycm", [tmp_path / "shop.xls"]) as found:
        assert found.frame()["visitors"].tolist() == [2000 * 11269]


def test_a_workbook_with_a_merged_title_and_real_dates(tmp_path):
    import datetime

    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in GRID:
        book.active.append(
            [datetime.datetime(2026, 8, 13) if cell == "2026-08-13" else cell for cell in row]
        )
    book.active.merge_cells("A1:H1")
    book.save(tmp_path / "shop.xlsx")
    with read_exports("auto", [tmp_path / "shop.xlsx"]) as found:
        row = found.frame().iloc[0]
    assert (row["period"], row["visitors"], row["gmv"]) == ("2026-08-13", 11369, 98765.9)


def test_a_zip_of_several_exports_with_names_in_gbk(tmp_path):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("八月/聚光.csv", rows(JUGUANG, ROW).encode("gbk"))
        archive.writestr("九月.csv", rows(JUGUANG, ROW.replace("-08-", "-09-")).encode("utf-16"))
    (tmp_path / "all.zip").write_bytes(out.getvalue())
    with read_exports("auto", [tmp_path / "all.zip"]) as found:
        assert found.frame()["period"].tolist() == ["2026-08-13", "2026-09-13"]


def enriched(**cells: str) -> str:
    """A line of Snowplow's enriched stream."""
    usual = {
        "platform": "web",
        "collector_tstamp": "2026-08-13 10:00:00.123",
        "event": "page_view",
        "event_name": "page_view",
        "domain_userid": "d1",
        "event_id": str(uuid.UUID(int=7)),
        "page_title": '"Quoted" title',
        "contexts": '{"data":[]}',
        "derived_tstamp": "2026-08-13 10:00:00.100",
    }
    return "\t".join((usual | cells).get(name, "") for name in _ENRICHED)


def test_snowplow_without_a_header(tmp_path):
    assert len(_ENRICHED) == len(set(_ENRICHED)) == 131
    lines = [
        enriched(mkt_source="weibo", mkt_medium="feed"),
        enriched(
            mkt_source="weibo",
            mkt_medium="feed",
            event="page_ping",
            event_name="page_ping",
            derived_tstamp="2026-08-13 10:00:10.100",
        ),
        enriched(
            event="unstruct", event_name="add_to_cart", derived_tstamp="2026-08-13 10:01:00.000"
        ),
        enriched(
            event="transaction",
            event_name="transaction",
            tr_total="99.5",
            derived_tstamp="2026-08-13 10:02:00.000",
        ),
    ]
    path = tmp_path / "part-00000"
    path.write_text(rows(*lines))
    with read_exports("auto", [path]) as found:
        assert found.importers == ("snowplow",)
        assert any("there is no header row; the 131 columns" in str(note) for note in found.notes)
        frame = found.frame()
    assert frame["event"].tolist() == ["touch", "add_to_cart", "purchase"]
    assert frame["channel"].tolist()[0] == "weibo/feed"
    assert frame["value"].tolist()[2] == 99.5
    path.write_text(rows(*(line.rsplit("\t", 1)[0] for line in lines)))
    with read_exports("auto", [path]) as found:
        assert "there is no header row" in str(found.problems[0])


def test_the_message_names_the_file(tmp_path):
    folder = Path(tmp_path)
    (folder / "a.csv").write_text(rows(JUGUANG, ROW))
    (folder / "b.csv").write_text(rows(JUGUANG, ROW.replace("100", "五百", 1)))
    with read_exports("auto", [folder / "a.csv", folder / "b.csv"]) as found:
        assert [str(folder / "b.csv") in str(problem) for problem in found.problems] == [True]


def test_a_folder_of_unrelated_parquet_files_is_refused_by_its_columns(tmp_path):
    import pandas as pd

    from optimizer.data.open import open_source
    from optimizer.errors import UserError

    events = pd.DataFrame(
        {
            "user_id": ["a", "a"],
            "timestamp": ["2026-01-01 10:00:00", "2026-01-02 10:00:00"],
            "channel": ["x", None],
            "event": ["touch", "purchase"],
        }
    )
    events.to_parquet(tmp_path / "2025.parquet")
    events.assign(value=5.0, items=[[{"sku": "1"}]] * 2).to_parquet(
        tmp_path / "2026.parquet"
    )  # a table may gain columns
    assert open_source(str(tmp_path)).facts["rows"] == 4
    pd.DataFrame({"period": ["2026-01-05"], "channel": ["x"], "spend": [5.0]}).to_parquet(
        tmp_path / "spend.parquet"
    )
    with pytest.raises(
        UserError, match="has period, spend; lacks event, items, timestamp, user_id, value"
    ) as told:
        open_source(str(tmp_path))
    assert [problem.where for problem in told.value.problems] == [str(tmp_path / "spend.parquet")]


@pytest.mark.parametrize("line", ["\n", "\r\n"])
def test_two_processes_decode_as_one_does(tmp_path, monkeypatch, line):
    from optimizer.data.reading import encodings

    body = "".join(
        f"2026-08-13,计划{i}㐀𠀀,{i}{line}" for i in range(20000)
    )  # two-byte and four-byte characters
    (tmp_path / "in.csv").write_bytes(f"日期,计划,花费{line}{body}".encode("gb18030"))
    monkeypatch.setattr(encodings, "BLOCK", 4096)
    encodings.to_utf8(tmp_path / "in.csv", "gb18030", tmp_path / "one.csv", "in.csv")
    monkeypatch.setattr(encodings, "LARGE", 1)
    assert encodings._by_two(tmp_path / "in.csv", tmp_path / "two.csv")
    assert (
        (tmp_path / "two.csv").read_bytes()
        == (tmp_path / "one.csv").read_bytes()
        == f"日期,计划,花费\n{body}".replace("\r", "").encode()
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv", "one.csv", "two.csv"]
    for spoilt in ("计划".encode(), b"\0", b"\xff\xff"):  # in either half: one process says where
        for place in (1000, 600_000):
            raw = (tmp_path / "in.csv").read_bytes()
            at = raw.index(b"2026", place)
            (tmp_path / "bad.csv").write_bytes(raw[:at] + spoilt * 3 + raw[at:])
            assert not encodings._by_two(tmp_path / "bad.csv", tmp_path / "two.csv")


def test_a_workbook_that_brings_its_reader_down_is_refused(tmp_path, monkeypatch):
    """Some damage ends the reader's process itself; the import says so and goes on."""
    (tmp_path / "shop.xls").write_bytes(xls(GRID))
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    (tmp_path / "python_calamine.py").write_text("import os\nos.abort()\n")
    with read_exports("sycm", [tmp_path / "shop.xls"]) as found:
        assert "the workbook cannot be read: it is damaged" in str(found.problems[0])
