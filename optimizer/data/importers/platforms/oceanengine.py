"""巨量引擎: 千川 (shop ads on Douyin) and the feed ads of 巨量广告."""

from __future__ import annotations

from optimizer.data.importers.declare import DAYS, IMPORTERS, Importer, Recorded
from optimizer.data.reading.columns import column
from optimizer.messages import _


@IMPORTERS.register
def qianchuan() -> Importer:
    """巨量千川: shop and live ads on Douyin, by plan or by material and day -> spend with orders and
    sales.
    """
    return Importer(
        "巨量千川",
        "spend",
        rank=15,
        channel="douyin/qianchuan",
        also=("千川",),
        sign=(
            "整体消耗",
            "整体支付ROI",
            "整体成交金额",
            "7日总支付ROI",
            "直接支付ROI",
            "直接成交金额",
            "成交智能优惠券金额",
        ),
        key=("_plan", "_material", "_account", "_product", "_creator"),
        columns=(
            column("period", "日期", "时间", *DAYS, kind="day", required=True),
            column("spend", "整体消耗", "消耗", "花费", kind="money", required=True, prefer=True),
            column("exposures", "展示次数", "整体展示次数", "展示数", kind="count"),
            column("clicks", "点击次数", "整体点击次数", "点击数", kind="count"),
            column(
                "_ctr", "点击率", "整体点击率", kind="rate", agrees=("clicks", "exposures", 1.0)
            ),
            column(
                "orders",
                "整体成交订单数",
                "直接成交订单数",
                kind="count",
                prefer=True,
                say=_("直接: of the product advertised, the same visit"),
            ),
            column(
                "gmv",
                "整体成交金额",
                "直接成交金额",
                kind="money",
                prefer=True,
                say=_("直接: of the product advertised, the same visit"),
            ),
            column("_plan", "计划ID", kind="id"),
            column("_material", "素材ID", kind="id"),
            column("_account", "账户ID", kind="id"),
            column("_product", "商品ID", kind="id"),
            column("_creator", "达人uid", kind="id"),
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


@IMPORTERS.register
def oceanengine() -> Importer:
    """巨量引擎 (巨量广告): feed ads on Douyin and Toutiao, by day -> spend."""
    return Importer(
        "巨量引擎",
        "spend",
        rank=15,
        channel="douyin/feed",
        also=("巨量广告", "巨量"),
        sign=(
            "广告ID",
            "广告主ID",
            "项目ID",
            "广告计划ID",
            "平均千次展现费用",
            "平均千次展示费用",
            "平均点击单价",
            "深度转化数",
        ),
        key=("_account", "_project", "_ad"),
        columns=(
            column("period", "日期", "时间-天", "时间", *DAYS, kind="day", required=True),
            column("spend", "消耗", "总花费", "花费", kind="money", required=True),
            column("exposures", "展示数", "展现数", "展示次数", kind="count"),
            column("clicks", "点击数", "点击次数", kind="count"),
            column(
                "conversions",
                "转化数",
                kind="count",
                say=_("of the goal set in the platform, not necessarily orders"),
            ),
            column("_ctr", "点击率", kind="rate", agrees=("clicks", "exposures", 1.0)),
            column(
                "_cpm",
                "平均千次展现费用",
                "平均千次展示费用",
                kind="money",
                agrees=("spend", "exposures", 1000.0),
            ),
            column(
                "_cpc",
                "平均点击单价",
                "平均点击成本",
                kind="money",
                agrees=("spend", "clicks", 1.0),
            ),
            column("_account", "广告主ID", kind="id"),
            column("_project", "项目ID", "广告组ID", kind="id"),
            column("_ad", "广告ID", "广告计划ID", kind="id"),
        ),
    )
