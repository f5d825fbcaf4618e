"""巨量引擎: 千川 (shop ads on Douyin) and the feed ads of 巨量广告."""

from __future__ import annotations

from optimizer.data.importers.columns import count, day, ident, money, names, number, rate
from optimizer.data.importers.declare import DAYS, IMPORTERS, Importer, Recorded
from optimizer.messages import _

_DIRECT = _("直接: of the product advertised, the same visit")


_QIANCHUAN_BESIDE = names(
    "推广类型 | 账户名称 | 计划名称 | 商品名称 | 抖音号ID | 抖音号名称 | 转化数 | 转化率 | 转化成本",
    "直接下单订单数 | 直接下单金额 | 播放数 | 3s播放数 | 播放完成数 | 广告类型 | 订单成交成本 | 素材名称",
    "整体点击率 | 整体转化率 | 用户实际支付金额 | 净成交金额 | 净成交ROI | 整体成交订单成本",
)


_QIANCHUAN_SIGNS = names(
    "整体消耗 | 整体支付ROI | 整体成交金额 | 7日总支付ROI | 直接支付ROI | 直接成交金额",
    "成交智能优惠券金额 | 直接下单ROI | 直接成交订单数 | 7日间接成交金额 | 整体成交订单数",
)


@IMPORTERS.register
def qianchuan() -> Importer:
    """巨量千川: shop and live ads on Douyin, by plan or by material and day -> spend with orders and
    sales.
    """
    return Importer(
        "巨量千川",
        "spend",
        rank=15,
        seen="a header row in public code",
        channel="douyin/qianchuan",
        also=("千川",),
        sign=_QIANCHUAN_SIGNS,
        beside=_QIANCHUAN_BESIDE,
        key=("_plan", "_material", "_account", "_product", "_creator"),
        columns=(
            day("日期 | 时间", *DAYS),
            money("spend", "整体消耗 | 消耗 | 花费", required=True),
            count("exposures", "展示次数 | 整体展示次数 | 展示数"),
            count("clicks", "点击次数 | 整体点击次数 | 点击数"),
            rate("_ctr", "点击率 | 整体点击率", agrees=("clicks", "exposures", 1.0)),
            count("orders", "整体成交订单数 | 直接成交订单数", say=_DIRECT),
            money("gmv", "整体成交金额 | 直接成交金额", say=_DIRECT),
            ident("_plan", "计划ID"),
            ident("_material", "素材ID"),
            ident("_account", "账户ID"),
            ident("_product", "商品ID"),
            ident("_creator", "达人uid"),
        ),
        records=(
            Recorded("7日总支付ROI", 7, _("paid orders, direct and indirect / spend")),
            Recorded("直接支付ROI", None, _("paid orders of the same visit / spend")),
            Recorded(
                "直接下单ROI", None, _("orders placed in the same visit, paid or not / spend")
            ),
            Recorded("整体支付ROI", None, _("all paid orders / spend")),
            Recorded("7日间接成交金额", 7, _("currency: sales after the visit, not in gmv")),
        ),
    )


_OCEANENGINE_SIGNS = names(
    "广告ID | 广告主ID | 项目ID | 广告计划ID | 平均千次展现费用 | 平均千次展示费用 | 平均点击单价 | 深度转化数"
)


@IMPORTERS.register
def oceanengine() -> Importer:
    """巨量引擎 (巨量广告): feed ads on Douyin and Toutiao, by day -> spend."""
    return Importer(
        "巨量引擎",
        "spend",
        rank=15,
        channel="douyin/feed",
        also=("巨量广告", "巨量"),
        sign=_OCEANENGINE_SIGNS,
        key=("_account", "_project", "_ad"),
        columns=(
            day("日期 | 时间-天 | 时间", *DAYS),
            money("spend", "消耗 | 总花费 | 花费", required=True),
            count("exposures", "展示数 | 展现数 | 展示次数"),
            count("clicks", "点击数 | 点击次数"),
            count(
                "conversions",
                "转化数",
                say=_("of the goal set in the platform, not necessarily orders"),
            ),
            rate("_ctr", "点击率", agrees=("clicks", "exposures", 1.0)),
            money(
                "_cpm", "平均千次展现费用 | 平均千次展示费用", agrees=("spend", "exposures", 1000.0)
            ),
            money("_cpc", "平均点击单价 | 平均点击成本", agrees=("spend", "clicks", 1.0)),
            ident("_account", "广告主ID"),
            ident("_project", "项目ID | 广告组ID"),
            ident("_ad", "广告ID | 广告计划ID"),
        ),
    )


_LOCAL_PUSH_SIGNS = names(
    "团购订单数 | 团购线索数 | 团购支付金额 | 团购成交金额 | 团购支付ROI | 团购支付订单数 | 团购ROI | 门店ID",
    "门店名称 | 私信留资数 | 私信咨询人数 | 核销金额 | 核销订单数 | 团购核销金额 | 电话拨打数 | 引流门店",
    "团购商品ID | 到店核销数 | 本地推项目ID | 本地推单元ID | 推广门店 | 团购成交订单数 | 总成交订单数",
    "总支付ROI | 浏览商户人数 | 到店引流人数",
)


@IMPORTERS.register
def local_push() -> Importer:
    """巨量本地推: ads for shops with a door, by day -> spend with orders and sales."""
    # 字段: https://open.oceanengine.com/labels/37
    return Importer(
        "巨量本地推",
        "spend",
        rank=16,
        seen="fields of its report API, in public code (总成交, 总支付ROI, 团购线索数); 门店 and 核销 from memory",
        channel="douyin/local",
        also=("本地推", "local"),
        sign=_LOCAL_PUSH_SIGNS,
        key=("_account", "_project", "_unit", "_shop"),
        beside=names(
            "项目名称 | 单元名称 | 账户名称 | 点击率 | 转化率 | 转化成本 | 平均点击单价 | 平均千次展现费用",
            "平均千次展示费用 | 播放数 | 3秒播放数 | 涨粉数 | 营销目的 | 推广目的 | 线索数 | 表单提交数",
            "团购线索成本 | 团购订单成本 | 点赞数 | 评论数 | 分享数 | 进店数 | 直播观看数 | 优化目标",
        ),
        columns=(
            day("日期 | 时间 | 时间-天", *DAYS),
            money("spend", "消耗 | 花费 | 总消耗", required=True),
            count("exposures", "展示数 | 展现数 | 展示次数 | 曝光数"),
            count("clicks", "点击数 | 点击次数"),
            count(
                "orders", "总成交订单数 | 团购支付订单数 | 团购成交订单数 | 团购订单数 | 支付订单数"
            ),
            money("gmv", "总成交金额 | 团购支付金额 | 团购成交金额 | 支付金额 | 成交金额"),
            count("conversions", "转化数 | 团购线索数", say=_("of the goal set in the platform")),
            rate("_ctr", "点击率", agrees=("clicks", "exposures", 1.0)),
            number("_roi", "总支付ROI | 团购支付ROI | 团购ROI"),
            ident("_account", "账户ID | 广告主ID"),
            ident("_project", "项目ID | 本地推项目ID"),
            ident("_unit", "单元ID | 本地推单元ID"),
            ident("_shop", "门店ID"),
        ),
    )
