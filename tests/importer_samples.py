"""One small made-up export for each importer, more where it comes in other languages or shapes.

Every sample's main number adds up to what stands beside it, worked out by hand.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass


@dataclass(frozen=True)
class Sample:
    """name: the importer; total: of the main number of its table (`MAIN`)."""

    name: str
    total: float
    text: str

    @property
    def rows(self) -> list[list[str]]:
        """The table, header first, without what stands above it."""
        rows = [row for row in csv.reader(io.StringIO(self.text), delimiter=self.delimiter) if row]
        width = max(len(row) for row in rows)
        return rows[next(i for i, row in enumerate(rows) if len(row) == width) :]

    @property
    def delimiter(self) -> str:
        return "\t" if "\t" in self.text else ","

    @property
    def headers(self) -> tuple[str, ...]:
        return tuple(self.rows[0])


MAIN = {"spend": "spend", "shop": "gmv", "orders": "value", "events": "value"} | {
    "paths": "conversions",
    "creators": "post_price",
}


def _meta(day: str, campaign: str, spent: str, shown: str, clicks: str, bought: str, n: int) -> str:
    return (
        f"{campaign},{day},{spent},{shown},{clicks},{bought}\nC{n},2026-06-0{n},10.50,1000,20,2\n"
    )


SPEND = [
    Sample(
        "meta_ads",
        10.5,
        _meta(
            "Day",
            "Campaign name",
            "Amount spent (EUR)",
            "Impressions",
            "Link clicks",
            "Purchases",
            1,
        ),
    ),
    Sample(
        "meta_ads",
        10.5,
        _meta(
            "日",
            "キャンペーン名",
            "消化金額 (EUR)",
            "インプレッション",
            "リンクのクリック",
            "購入",
            8,
        ),
    ),
    Sample(
        "meta_ads",
        10.5,
        _meta(
            "Dia",
            "Nome da campanha",
            "Montante gasto (EUR)",
            "Impressões",
            "Cliques no link",
            "Compras",
            9,
        ),
    ),
    Sample(
        "meta_ads",
        10.5,
        _meta("日期", "广告系列名称", "已花费金额 (EUR)", "展示次数", "链接点击量", "成效", 2),
    ),
    Sample(
        "meta_ads",
        10.5,
        _meta(
            "Tag",
            "Kampagnenname",
            "Ausgegebener Betrag (EUR)",
            "Impressionen",
            "Link-Klicks",
            "Ergebnisse",
            3,
        ),
    ),
    Sample(
        "meta_ads",
        10.5,
        _meta(
            "Jour",
            "Nom de la campagne",
            "Montant dépensé (EUR)",
            "Impressions",
            "Clics sur un lien",
            "Achats",
            4,
        ),
    ),
    Sample(
        "meta_ads",
        10.5,
        _meta(
            "Día",
            "Nombre de la campaña",
            "Importe gastado (EUR)",
            "Impresiones",
            "Clics en el enlace",
            "Compras",
            5,
        ),
    ),
    Sample(
        "meta_ads",
        10.5,
        _meta(
            "Giorno",
            "Nome della campagna",
            "Importo speso (EUR)",
            "Impression",
            "Clic sul link",
            "Risultati",
            6,
        ),
    ),
    # by week: its last day stands beside its first
    Sample(
        "meta_ads",
        70.0,
        "Reporting starts,Reporting ends,Campaign name,Campaign delivery,Amount spent (EUR),Impressions,Results\n2026-06-08,2026-06-14,Weekly,active,70.00,700,7\n",
    ),
    Sample(
        "google_ads",
        12.0,
        'Campaign report\n"June 1, 2026 - June 2, 2026"\nCampaign status,Campaign,Day,Currency code,Clicks,Impr.,CTR,Avg. CPC,Cost,Conversions,Cost / conv.\nEnabled,Brand,2026-06-01,EUR,10,"1,000",1.00%,0.70,7.00,1.5,4.67\nEnabled,Brand,2026-06-02,EUR,5,500,1.00%,1.00,5.00,1,5.00\nTotal: Account, --, --,EUR,15,"1,500",1.00%,0.80,12.00,2.5,4.80\n',
    ),
    Sample(
        "google_ads",
        3.0,
        "Kampagne,Tag,Währungscode,Kosten,Impr.,Klicks,Conversions,Conv.-Wert\nMarke,2026-06-03,EUR,3.00,300,3,1,30\n",
    ),
    Sample(
        "google_ads",
        4.0,
        "广告系列,天,货币代码,费用,展示次数,点击次数,转化次数,每次转化费用\n品牌,2026-06-04,EUR,4.00,400,4,1,4.00\n",
    ),
    Sample(
        "google_ads_api",
        2.5,
        "segments_date,campaign_id,campaign_name,metrics_cost_micros,metrics_impressions,metrics_clicks,metrics_conversions\n2026-06-01,123,Brand,2500000,100,5,1.5\n",
    ),
    Sample(
        "google_ads_api",
        1.5,
        "segments.date,campaign.id,metrics.cost_micros,metrics.impressions,metrics.clicks\n2026-06-02,124,1500000,80,4\n",
    ),
    Sample(
        "tiktok_ads",
        8.0,
        "Campaign name,By Day,Cost,CPC (destination),CPM,Impressions,Clicks (destination),CTR (destination),Conversions,Currency\nSpark,2026-06-01,8.00,0.80,8.00,1000,10,1.00%,2,EUR\n",
    ),
    Sample(
        "tiktok_ads",
        6.0,
        "推广系列名称,按天,消耗,展示量,点击量（目标页面）,转化量\nS2,2026-06-02,6.00,900,9,1\n",
    ),
    Sample(
        "microsoft_ads",
        9.0,
        "Report Name: Campaign\nReport Time: 6/1/2026 - 6/2/2026\nGregorian date,Account name,Campaign name,Currency code,Impressions,Clicks,CTR,Avg. CPC,Spend,Conversions,Revenue\n2026-06-01,Shop,Brand,EUR,500,10,2.00%,0.90,9.00,1,40.00\n",
    ),
    Sample(
        "microsoft_ads",
        4.0,
        "TimePeriod,AccountName,CampaignName,CurrencyCode,Impressions,Clicks,Spend,Conversions\n2026-06-02,Shop,Brand2,EUR,300,6,4.00,1\n",
    ),
    Sample(
        "linkedin_ads",
        20.0,
        "Campaign Performance Report (in UTC)\nReport Start: June 1, 2026\nStart Date (in UTC)\tAccount Name\tCurrency\tCampaign Group Name\tCampaign Name\tCampaign ID\tTotal Spent\tImpressions\tClicks\tClick Through Rate\tAverage CPM\tAverage CPC\tConversions\tTotal Engagements\n2026-06-01\tShop\tEUR\tG\tB2B\t55\t20.00\t400\t8\t2%\t50.00\t2.50\t1\t12\n",
    ),
    Sample(
        "linkedin_ads",
        5.0,
        "Start Date (in UTC),Campaign ID,Campaign Group Name,Total Spent,Impressions,Clicks\n2026-06-02,56,G,5.00,100,2\n",
    ),
    Sample(
        "pinterest_ads",
        7.0,
        "Date,Campaign ID,Campaign name,Ad group name,Spend in account currency,Impressions,Pin clicks,Outbound clicks,Saves,Engagements,Total conversions (Checkout),Total order value (Checkout)\n2026-06-01,9,P,G,7.00,900,20,9,3,32,1,30.00\n",
    ),
    Sample(
        "pinterest_ads",
        0.4,
        "Date,CAMPAIGN_ID,SPEND_IN_MICRO_DOLLAR,PAID_IMPRESSION,CLICKTHROUGH_1\n2026-06-02,10,400000,50,1\n",
    ),
    Sample(
        "amazon_ads",
        11.0,
        "Date,Portfolio name,Currency,Campaign Name,Impressions,Clicks,Click-Thru Rate (CTR),Cost Per Click (CPC),Spend,7 Day Total Sales ,Total Advertising Cost of Sales (ACOS) ,7 Day Total Orders (#)\n2026-06-01,Main,EUR,SP,1000,10,1%,1.10,11.00,44.00,25%,2\n",
    ),
    Sample(
        "amazon_ads",
        6.0,
        "Date,Campaign Name,Impressions,Clicks,Cost,14 Day Total Sales,14 Day Total Orders (#)\n2026-06-02,SB,500,4,6.00,30.00,1\n",
    ),
    Sample(
        "klaviyo",
        0.0,
        "Campaign Name,Subject,List,Send Time,Send Weekday,Total Recipients,Unique Placed Order,Placed Order Rate,Revenue,Unique Opens,Unique Clicks,Unsubscribes,Successful Deliveries,Campaign ID,Campaign Channel\nN1,New,Main,2026-06-01 10:00:00,Monday,1000,4,0.4%,280.50,400,30,2,990,01H1,email\n",
    ),
    Sample(
        "klaviyo",
        0.0,
        "Campaign Name,Send Date,Recipients,Total Placed Orders,Placed Order Value,Unique Opens,Unique Clicks,Successful Deliveries\nN2,2026-06-03,500,2,90.00,200,12,490\n",
    ),
    Sample(
        "xhs_juguang",
        15.0,
        "时间,计划ID,消费,展现量,点击量,点击率,互动量,平均互动成本\n2026-06-01,71,15.00,1500,30,2.00%,6,2.50\n",
    ),
    Sample(
        "xhs_chengfeng",
        13.0,
        "日期,笔记/素材ID,消费,展现量,点击量,7日总支付订单量,7日总支付金额,7日总支付ROI,互动量,新客消耗\n2026-06-01,66aa,13.00,1300,26,2,39.00,3.00,9,5.00\n",
    ),
    Sample(
        "qianchuan",
        21.0,
        "账户ID,计划ID,日期,消耗(元),展示次数,点击次数,7日总支付ROI,直接成交订单数,直接成交金额(元)\n17,178,2026-06-01,21.00,2100,42,2.00,1,42.00\n",
    ),
    Sample(
        "oceanengine",
        22.0,
        "日期,广告主ID,项目ID,广告ID,消耗,展示数,点击数,点击率,平均点击单价,转化数\n2026-06-01,1,2,3,22.00,2200,44,2.00%,0.50,4\n",
    ),
    Sample(
        "local_push",
        14.0,
        "日期,账户ID,项目ID,项目名称,单元名称,门店名称,消耗(元),展示数,点击数,转化数,团购线索数,团购支付订单数,团购支付金额(元)\n2026-06-01,5,61,引流,单元,一店,14.00,1400,28,3,3,2,60.00\n",
    ),
    Sample(
        "local_push",
        5.0,
        "时间-天,单元ID,消耗,展现数,点击数,团购订单数,团购成交金额,团购ROI\n2026-06-02,62,5.00,500,10,1,20.00,4.00\n",
    ),
    Sample(
        "local_push",
        4.0,
        "日期,项目名称,消耗(元),展示次数,点击次数,平均千次展示费用(元),转化数,浏览商户人数,电话拨打数,表单提交数,团购线索数,总成交订单数,总成交金额(元),总支付ROI\n2026-06-03,门店拉新,4.00,2000,90,2.00,9,30,2,1,5,3,30.00,7.50\n",
    ),
    Sample(
        "tencent_ads",
        23.0,
        "日期,账户ID,推广计划ID,曝光次数,点击次数,花费,下单量,下单金额,下单ROI\n2026-06-01,1,2,2300,46,23.00,2,69.00,3.00\n",
    ),
    Sample(
        "wanxiangtai",
        24.0,
        "日期,计划ID,主体ID,主体名称,展现量,点击量,花费,总成交笔数,总成交金额,投入产出比,成交新客数\n2026-06-01,7,8,面膜,2400,48,24.00,3,72.00,3.00,1\n",
    ),
    Sample(
        "jingzhuntong",
        25.0,
        "日期,推广计划,产品线,展现数,点击数,总费用,总订单行,总订单金额,下单新客数\n20260601,秋,京东快车,2500,50,25.00,3,75.00,1\n",
    ),
    Sample(
        "kuaishou",
        16.0,
        "日期,账户ID,广告计划ID,花费(元),封面曝光数,封面点击数,封面点击率,素材曝光数,行为数,行为率,转化数\n2026-06-01,8,55,16.00,1600,32,2.00%,1500,15,1.00%,2\n",
    ),
    Sample(
        "kuaishou",
        17.0,
        "账户名称,账户ID,时间,账户类型,快手昵称,快手ID,总花费(元),当日累计GMV(元),当日累计ROI\n店,9,2026-06-02,直投,店,ks1,17.00,51.00,3.00\n",
    ),
    Sample(
        "pinduoduo",
        18.0,
        "日期,推广名称,推广ID,曝光量,点击量,点击率,花费(元),成交笔数,交易额(元),投入产出比,平均点击花费(元),每笔成交花费(元)\n2026-06-01,A,7001,900,18,2.00%,18.00,2,36.00,2.00,1.00,9.00\n",
    ),
    Sample(
        "pinduoduo",
        6.0,
        "日期,商品ID,总花费(元),交易额(元),净交易额(元),实际投产比,成交笔数,每笔成交金额(元),曝光量,点击量,店铺关注量\n2026-06-02,345,6.00,18.00,12.00,3.00,1,18.00,300,6,2\n",
    ),
    Sample(
        "baidu",
        19.0,
        "日期,账户,推广计划,推广计划ID,推广单元,展现,点击,消费,点击率,平均点击价格,千次展现消费,网页转化\n2026-06-01,店,品牌,31,单元,950,19,19.00,2.00%,1.00,20.00,1\n",
    ),
    Sample(
        "baidu",
        2.0,
        "日期,推广账户,计划ID,展现量,点击量,消费,平均点击价格,上方位展现,目标转化量\n2026-06-02,店,32,100,2,2.00,1.00,60,1\n",
    ),
    Sample(
        "bilibili",
        20.0,
        "日期,账户ID,计划ID,计划名称,单元ID,花费,展示量,点击量,点击率,平均千次展示费用,涨粉数,稿件标题,播放量\n2026-06-01,1,2,计划,3,20.00,1000,20,2.00%,20.00,4,开箱,800\n",
    ),
    Sample(
        "bilibili",
        5.0,
        "时间,UP主昵称,BVID,消耗,曝光量,点击量,弹幕数,投币数,互动量\n2026-06-02,UP,BV1,5.00,500,5,3,2,10\n",
    ),
    # price and service fee; the total; with commission on what was sold and kept
    Sample(
        "pugongying_orders",
        1100.0,
        "订单号,笔记标题,博主昵称,粉丝数,合作形式,笔记发布时间,博主报价,服务费金额,阅读量,曝光量,互动量\nP1,测评,甲,8000,图文笔记,2026-06-01 12:00,1000,100,900,3000,45\n",
    ),
    Sample(
        "pugongying_orders",
        1290.0,
        "订单号,笔记标题,博主昵称,合作形式,笔记发布时间,合作总金额,佣金比例,GMV,退款金额,阅读量,曝光量\nP2,测评,乙,视频笔记,2026-06-02 12:00,1200,10%,1000,100,900,3000\n",
    ),
    Sample(
        "xingtu_orders",
        2100.0,
        "任务ID,任务名称,任务类型,达人昵称,抖音号,视频发布时间,订单金额,平台服务费,播放量,组件点击量,互动量\nX1,口红,一口价,甲,dy1,2026-06-01 18:00,2000,100,9000,90,300\n",
    ),
    Sample(
        "xingtu_orders",
        550.0,
        "星图订单ID,达人昵称,视频链接,发布时间,达人报价,服务费,佣金,视频播放量\nX2,乙,v/2,2026-06-02,500,25,25,4000\n",
    ),
    # 5,000 + 200 + 20 % of (1,000 - 100)
    Sample(
        "live_slots",
        5380.0,
        "直播日期,达人昵称,粉丝数,坑位费,佣金比例,GMV,退款金额,订单数,样品成本\n2026-06-01,甲,28.4w,5000,20%,1000,100,12,200\n",
    ),
    Sample(
        "live_slots",
        330.0,
        "平台,开播时间,主播昵称,直播间名称,佣金金额,技术服务费,直播GMV,成交订单数,场观\n淘宝,2026-06-02 20:00,乙,乙的直播间,300,30,1500,18,9000\n",
    ),
    Sample(
        "taobaoke",
        33.0,
        "日期,推广计划,引流点击数,付款笔数,付款金额,付款佣金,付款服务费\n2026-06-01,营销计划,100,3,300.00,30.00,3.00\n",
    ),
    Sample(
        "taobaoke",
        32.0,
        "日期,数据内容,点击量(即进店量),点击人数(即进店人数),推广商品数,付款金额(元),付款笔数,付款件数,结算金额(元),结算笔数,付款佣金支出(元),付款服务费支出(元),付款支出费用(元),付款佣金率,付款服务费率\n2026-06-05,通用计划,226,178,123,1562.09,39,44,458.77,88,31.00,1.00,32.00,2%,0%\n",
    ),
    # the failed order costs nothing
    Sample(
        "taobaoke",
        8.0,
        "创建时间,点击时间,商品信息,商品ID,掌柜旺旺,所属店铺,商品数,订单状态,收入比率,分成比率,付款金额,佣金比率,佣金金额,订单编号,来源媒体名称\n2026-06-02 10:00:00,2026-06-02 09:00:00,面膜,3,店,店,1,订单结算,10%,90%,80.00,10%,8.00,T1,站\n2026-06-02 11:00:00,2026-06-02 10:00:00,面膜,3,店,店,1,订单失效,10%,90%,80.00,10%,8.00,T2,站\n",
    ),
]
SHOP = [
    Sample(
        "sycm",
        100.0,
        "统计日期,访客数,浏览量,支付买家数,支付新买家数,支付老买家数,支付金额,客单价,成功退款金额\n2026-06-01,50,120,2,1,1,100.00,50.00,0\n",
    ),
    Sample(
        "jd_shangzhi",
        60.0,
        "日期,商品编号,商品访客数,浏览量,成交单量,成交客户数,成交金额\n20260601,100,40,90,2,2,60.00\n",
    ),
    Sample(
        "ga4_reports",
        48.0,
        "# ----\n# Traffic acquisition\n# Start date: 20260601\n# ----\nDate,Session source / medium,Sessions,Engaged sessions,Engagement rate,Events per session,Key events,Total revenue\n20260601,google / cpc,35,21,0.6,7.1,7,48\n",
    ),
    Sample(
        "ga4_reports",
        12.0,
        "日期,会话主要渠道组（默认渠道组）,会话数,互动会话数,互动率,关键事件,总收入\n20260602,Direct,10,6,0.6,1,12\n",
    ),
]
ORDERS = [
    Sample(
        "tmall_orders",
        89.0,
        "订单编号,买家会员名,买家应付货款,买家实际支付金额,订单状态,订单付款时间,宝贝标题\n30001,buyer1,89.00,89.00,交易成功,2026-06-01 10:05:00,外套\n",
    ),
    # two items are one order; the one that was given back does not lower the other's
    Sample(
        "doudian_orders",
        178.0 + 89.0,
        "主订单编号,子订单编号,选购商品,商品数量,订单应付金额,订单提交时间,支付完成时间,订单状态,达人昵称,售后状态\nD1,1,口红,1,89.00,2026-06-01 10:00:00,2026-06-01 10:01:00,已完成,-,-\nD1,2,粉底,1,89.00,2026-06-01 10:00:00,2026-06-01 10:01:00,已完成,-,-\nD2,3,口红,1,89.00,2026-06-01 11:00:00,,已关闭,-,退款成功\n",
    ),
    Sample(
        "doudian_orders",
        30.0,
        "订单编号,选购商品,实付金额,下单时间,支付时间,APP渠道,流量来源,鲁班落地页ID,承诺发货时间,订单状态\nD9,口红,30.00,2026-06-03 10:00:00,2026-06-03 10:02:00,抖音,广告,0,,已发货\n",
    ),
    # the order's total stands on each of its rows
    Sample(
        "jd_orders",
        120.0,
        "订单号,商品ID,商品名称,订购数量,支付方式,下单时间,京东价,订单金额,结算金额,余额支付,应付金额,订单状态,订单类型,下单帐号,客户姓名,付款确认时间\n7001,1,锅,1,在线支付,2026-06-01 09:00:00,60,120,120,0,120,完成,SOP,jd_a,张,2026-06-01 09:01:00\n7001,2,盖,1,在线支付,2026-06-01 09:00:00,60,120,120,0,120,完成,SOP,jd_a,张,2026-06-01 09:01:00\n",
    ),
    Sample(
        "jd_orders",
        45.0,
        "订单号,商品名称,订购数量,下单时间,商家应收,订单状态,下单账号,客户姓名,客户地址\n7002,锅,1,2026-06-02 09:00:00,45,已出库,jd_b,李,北京\n",
    ),
    Sample(
        "weixin_shop",
        99.0,
        "订单号,订单下单时间,支付时间,订单状态,商品总价,订单实际支付金额,订单实际收款金额,技术服务费,带货费用,商品名称,商品编码(平台),商品实际价格(总共),商品数量,商品已退款金额\nW1,2026-06-01 08:00:00,2026-06-01 08:01:00,已完成,99,99.00,99.00,5,0,茶,1,50,1,0\nW1,2026-06-01 08:00:00,2026-06-01 08:01:00,已完成,99,99.00,99.00,5,0,杯,2,49,1,0\n",
    ),
    Sample(
        "weixin_shop",
        20.0,
        "订单编号,下单时间,订单状态,订单实际支付金额,打标颜色,带货账号昵称,带货佣金率,礼物单号\nW2,2026-06-02 08:00:00,待发货,20.00,,甲,10%,\n",
    ),
    Sample(
        "youzan",
        66.0,
        "订单号,订单状态,全部商品名称,商品种类数,订单实付金额,买家付款时间,买家昵称,收货人/提货人,收货人手机号/提货人手机号,详细收货地址/提货地址\nE1,已发货,茶,1,66.00,2026-06-01 22:05:57,甲,甲,138,北京\n",
    ),
    # a header stands there twice, and what was given back stands on each row of the order
    Sample(
        "youzan",
        400.0,
        "订单号,销售渠道,归属店铺,订单类型,订单状态,推广方式,订单来源,订单创建时间,买家付款时间,交易成功时间,付款方式,商品金额合计,运费,店铺优惠合计,应收订单金额,订单实付金额,订单实收金额,商品名称,收货人/提货人,收货人手机号/提货人手机号,买家备注,买家昵称,买家手机号,分销员,订单退款状态,订单已退款金额,商家订单备注,分销员\nE11,网店,店,普通订单,交易完成,,商家小程序,2026-06-19 10:00:00,2026-06-19 10:01:00,,微信支付,100,0,0,100.00,100.00,100.00,糕,甲,138,,甲,138,,,0.00,,\nE13,网店,店,普通订单,交易完成,,商家小程序,2026-06-19 12:00:00,2026-06-19 12:01:00,,微信支付,300,0,0,300.00,300.00,300.00,糕,丙,133,,丙,133,,部分退款,50.00,,\nE13,网店,店,普通订单,交易完成,,商家小程序,2026-06-19 12:00:00,2026-06-19 12:01:00,,微信支付,300,0,0,300.00,300.00,300.00,茶,丙,133,,丙,133,,部分退款,50.00,,\n",
    ),
    Sample(
        "youzan",
        34.0,
        "订单号,订单商品状态,商品名称,商品实际成交金额,应收订单金额,订单实付金额,订单创建时间,买家付款时间,买家手机号,归属店铺,商品已退款金额\nE2,交易完成,茶,34.00,34.00,34.00,2026-06-02 10:00:00,2026-06-02 10:01:00,139,总店,0\n",
    ),
    Sample(
        "shopify",
        55.0,
        "Name,Email,Financial Status,Currency,Total,Created at,Lineitem quantity,Lineitem name\n#1001,a@example.com,paid,EUR,55.00,2026-06-01 10:00:00,1,Tee\n#1001,a@example.com,,,,,1,Cap\n",
    ),
    Sample(
        "woocommerce",
        90.0,
        '"Order Number","Order Status","Order Date","Customer Note","Email (Billing)","Payment Method Title","Order Subtotal Amount","Order Refund Amount","Order Total Amount","Item Name","Item Cost"\n1001,Completed,2026-06-01 10:00,,a@example.com,Card,50,0,55,Tee,30\n1001,Completed,2026-06-01 10:00,,a@example.com,Card,50,0,55,Cap,20\n1002,Refunded,2026-06-02 11:00,,c@example.com,Card,30,35,35,Tee,30\n',
    ),
    Sample(
        "woocommerce",
        25.0,
        "Date,Order #,Status,Customer,Customer type,Product(s),Items sold,Coupon(s),Net sales,Attribution\n2026-06-03 10:00:00,1003,completed,Ann B,new,1× Tee,1,,25.00,Organic\n",
    ),
    Sample(
        "stripe",
        154.0,
        "id,Created date (UTC),Amount,Amount Refunded,Currency,Captured,Converted Amount,Converted Currency,Description,Fee,Status,Customer ID,Customer Email\nch_1,2026-06-01 10:00:00,55.00,0.00,eur,true,55.00,eur,Order,1.9,Paid,cus_1,a@example.com\nch_3,2026-06-02 11:00:00,99.00,0.00,eur,false,99.00,eur,Order,0,Failed,cus_3,d@example.com\n",
    ),
    Sample(
        "stripe",
        15.0,
        "id,Description,Seller Message,Created (UTC),Amount,Amount Refunded,Currency,Status,Customer ID,Captured,Card Brand\nch_9,Order,Payment complete.,2026-06-04 10:00:00,15.00,0.00,eur,Paid,cus_9,true,Visa\n",
    ),
    # a deal that was lost keeps its amount and its state
    Sample(
        "hubspot_deals",
        1500.0,
        "Record ID,Deal Name,Deal Stage,Close Date,Deal owner,Amount,Associated Company IDs,Original Traffic Source,Pipeline\n501,Big,Closed Won,2026-06-01 10:00,Ann,1000,77,Paid Search,Sales\n502,Small,Closed Lost,2026-06-02 10:00,Ann,500,78,Email,Sales\n",
    ),
    Sample(
        "hubspot_deals",
        700.0,
        "Record ID,Deal Name,Deal Stage,Create Date,Amount,Associated Contact IDs,Deal Type,Original Source Type\n503,New,closedwon,2026-06-03 09:00,700,12,New Business,Organic Search\n",
    ),
    Sample(
        "amazon_orders",
        35.0,
        "amazon-order-id\tmerchant-order-id\tpurchase-date\torder-status\tfulfillment-channel\tsales-channel\tship-service-level\tsku\tquantity\tcurrency\titem-price\tbuyer-email\n111-1\t\t2026-06-01T10:00:00\tShipped\tAmazon\tAmazon.de\tStandard\tS1\t1\tEUR\t20.00\ta@example.com\n111-1\t\t2026-06-01T10:00:00\tShipped\tAmazon\tAmazon.de\tStandard\tS2\t1\tEUR\t15.00\ta@example.com\n111-2\t\t2026-06-02T10:00:00\tCancelled\tAmazon\tAmazon.de\tStandard\tS2\t0\tEUR\t\tb@example.com\n",
    ),
    Sample(
        "amazon_orders",
        9.0,
        "amazon-order-id,purchase-date,last-updated-date,order-status,fulfillment-channel,item-price,item-promotion-discount\n111-9,2026-06-03 10:00:00,2026-06-04 10:00:00,Pending,Amazon,9.00,0\n",
    ),
]
_SEGMENT = "2026-06-01 10:0{}:00"
EVENTS = [
    Sample(
        "ga4",
        50.0,
        'event_date,event_timestamp,event_name,event_params,user_pseudo_id,event_bundle_sequence_id,ecommerce.purchase_revenue\n20260601,1780279200000000,purchase,"[{""key"": ""source"", ""value"": {""string_value"": ""google""}}]",ga.1,1,50.00\n',
    ),
    Sample(
        "appsflyer",
        20.0,
        "Attributed Touch Type,Attributed Touch Time,Event Time,Event Name,Event Revenue,Media Source,AppsFlyer ID\nclick,2026-06-01 10:00:00,2026-06-01 11:00:00,af_purchase,20.00,tiktok_int,af-1\n",
    ),
    Sample(
        "adjust",
        7.0,
        "{adid},{tracker_name},{activity_kind},{created_at},{network_name},{event_name},{revenue}\nad-1,T,event,1780279200,TikTok,purchase,7.00\n",
    ),
    Sample(
        "snowplow",
        9.0,
        "domain_userid,collector_tstamp,event,event_name,mkt_source,mkt_medium,tr_total,tr_orderid\nsp-1,2026-06-01 10:00:00,transaction,transaction,,,9.00,o1\n",
    ),
    Sample(
        "segment",
        40.0,
        "id,anonymous_id,received_at,timestamp,event,context_campaign_source,context_campaign_medium,context_library_name,revenue\n1,sg-1,2026-06-01 10:00:01,2026-06-01 10:00:00,page,google,cpc,analytics.js,\n2,sg-1,2026-06-01 10:05:01,2026-06-01 10:05:00,Order Completed,,,analytics.js,40.00\n",
    ),
    Sample(
        "segment",
        41.0,
        'messageId,anonymousId,originalTimestamp,event,type,properties,context\nm1,sg-2,2026-06-01 10:00:00,Order Completed,track,"{""revenue"": 41}","{""campaign"": {""source"": ""bing""}}"\n',
    ),
    Sample(
        "posthog",
        30.0,
        'uuid,event,properties,timestamp,distinct_id,elements_chain,person_id\n1,$pageview,"{""utm_source"": ""google"", ""utm_medium"": ""cpc""}",2026-06-01 10:00:00,ph-1,,p1\n2,purchase,"{""revenue"": 30}",2026-06-01 10:06:00,ph-1,,p1\n',
    ),
    Sample(
        "posthog",
        31.0,
        "event,timestamp,distinct_id,properties.$current_url,properties.utm_source,properties.$session_id,properties.revenue\npurchase,2026-06-01 10:00:00,ph-2,/ok,,s1,31\n",
    ),
    Sample(
        "mixpanel",
        12.0,
        "event,time,distinct_id,$insert_id,$browser,mp_country_code,mp_lib,utm_source,revenue\nPurchase,1780279200,mx-1,i1,Chrome,DE,web,google,12\n",
    ),
    Sample(
        "mixpanel",
        13.0,
        'event,properties\nPurchase,"{""time"": 1780279200, ""distinct_id"": ""mx-2"", ""utm_source"": ""bing"", ""revenue"": 13}"\n',
    ),
    Sample(
        "amplitude",
        14.0,
        'amplitude_id,user_id,device_id,event_type,event_time,event_properties,user_properties,session_id,$insert_id\n77,u,d,purchase,2026-06-01 10:00:00,"{""revenue"": 14}","{""utm_source"": ""google""}",1,i1\n',
    ),
    Sample(
        "amplitude",
        15.0,
        "amplitude_id,event_type,client_event_time,server_upload_time,revenue,utm_source\n78,purchase,2026-06-01 10:00:00,2026-06-01 10:00:09,15,google\n",
    ),
    Sample(
        "matomo",
        16.0,
        "idSite,idVisit,visitorId,serverTimestamp,referrerType,referrerName,visitEcommerceStatus,totalEcommerceRevenue\n1,1,ma-1,1780279200,campaign,newsletter,ordered,16\n1,2,ma-1,1780365600,direct,,none,\n",
    ),
    Sample(
        "matomo",
        17.0,
        "idvisit,idvisitor,visit_first_action_time,visit_last_action_time,referer_type,referer_name,visit_goal_buyer,revenue\n3,ma-2,2026-06-01 10:00:00,2026-06-01 10:09:00,6,spring,1,17\n",
    ),
    Sample(
        "sensors",
        18.0,
        "distinct_id,event,time,$utm_source,$utm_medium,$lib,$is_first_day,order_amount\nss-1,$pageview,2026-06-01 10:00:00,baidu,cpc,js,1,\nss-1,PayOrder,2026-06-01 10:20:00,,,js,1,18\n",
    ),
    Sample(
        "sensors",
        19.0,
        'distinct_id,type,event,time,properties,_track_id,lib\nss-2,track,支付订单,1780279200000,"{""$latest_utm_source"": ""douyin"", ""order_amount"": 19}",9,{}\n',
    ),
]
PATHS = [
    Sample(
        "ua_paths",
        2100.0,
        "MCF Channel Grouping Path,Conversions,Conversion Value\nOrganic Search > Direct,1200,12000\nDirect x 2,900,9000\n",
    ),
    Sample(
        "ua_paths",
        30.0,
        "# ----\n# Top Conversion Paths\n# ----\nSource/Medium Path,Conversions,Conversion Value\ngoogle / cpc > (direct) / (none),30,300\n",
    ),
    Sample(
        "ga4_paths",
        40.0,
        'Default channel group path,Key events,Purchase revenue,Days to key event,Touchpoints to key event\n"[""Paid Search"",""Direct""]",40,400,2.5,2\n',
    ),
    Sample(
        "ga4_paths",
        5.0,
        "Default channel group,Conversions,Purchase revenue,Days to conversion,Touchpoints to conversion\nEmail > Direct,5,50,1,2\n",
    ),
    Sample(
        "plain_paths",
        17.0,
        'path,conversions,value\n"[""Paid Search"",""Direct""]",10,100\nEmail > Paid Search,7,30\n',
    ),
]
CREATORS = [
    Sample(
        "huitun",
        900.0,
        "达人名称,达人官方地址,小红书号,灰豚指数,粉丝数,笔记总数,图文笔记报价,图文CPE,视频笔记报价\n甲,x,a1,700,2.1万,300,900,3.0,1500\n",
    ),
    Sample(
        "xhs_pugongying",
        800.0,
        "博主昵称,小红书号,粉丝数,赞藏数,图文笔记一口价,视频笔记一口价,地区\n乙,b1,8000,9000,800,1200,上海\n",
    ),
    Sample("creator_prices", 700.0, "博主昵称,粉丝数(万),图文报价,视频报价\n丙,1.2,700,1000\n"),
]
PLAIN = [
    Sample("plain_spend", 100.0, "日期,渠道,花费,曝光\n2026-06-01,甲,100,1000\n"),
    Sample("plain_spend", 50.0, "Datum,Kanal,Kosten,Impressionen\n2026-06-02,Meta,50,500\n"),
]
SAMPLES = [*SPEND, *SHOP, *ORDERS, *EVENTS, *PATHS, *CREATORS, *PLAIN]
