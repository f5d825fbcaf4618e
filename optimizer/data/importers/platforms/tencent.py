"""腾讯广告: WeChat moments, video accounts and the QQ network."""

from __future__ import annotations

from optimizer.data.importers.columns import names
from optimizer.data.importers.declare import DAYS, IMPORTERS, Importer, Recorded
from optimizer.data.reading.columns import column
from optimizer.messages import _

_TENCENT_ADS_BESIDE = names(
    "账户名称 | 推广计划名称 | 广告名称 | 广告组名称 | 下单成本 | 下单率 | 目标转化率 | 目标转化成本 | 创意名称",
    "关注次数 | 表单预约量 | 首日ROI | 激活次数 | 注册次数 | 加企业微信客服人数 | 公众号关注次数",
)


@IMPORTERS.register
def tencent_ads() -> Importer:
    """腾讯广告: WeChat and QQ ads, by day -> spend with orders and sales."""
    return Importer(
        "腾讯广告",
        "spend",
        rank=20,
        channel="tencent_ads",
        also=("广点通", "tencent"),
        sign=names("曝光次数 | 目标转化量 | 下单ROI | 千次展现均价 | 点击均价 | 目标转化成本"),
        beside=_TENCENT_ADS_BESIDE,
        key=("_account", "_campaign", "_group", "_ad"),
        columns=(
            column("period", "日期", "时间", *DAYS, kind="day", required=True),
            column("spend", "花费", "消耗", kind="money", required=True),
            column("exposures", *names("曝光次数 | 曝光量 | 曝光数"), kind="count"),
            column("clicks", *names("点击次数 | 点击量 | 点击数"), kind="count"),
            column(
                "orders", "下单量", "下单次数", kind="count", say=_("orders placed, paid or not")
            ),
            column("gmv", "下单金额", kind="money", say=_("orders placed, paid or not")),
            column(
                "conversions",
                "目标转化量",
                "转化目标量",
                kind="count",
                say=_("of the goal set in the platform, not necessarily orders"),
            ),
            column("_ctr", "点击率", kind="rate", agrees=("clicks", "exposures", 1.0)),
            column("_cpm", "千次展现均价", kind="money", agrees=("spend", "exposures", 1000.0)),
            column("_cpc", "点击均价", kind="money", agrees=("spend", "clicks", 1.0)),
            column("_account", "账户ID", "账号ID", kind="id"),
            column("_campaign", "推广计划ID", "计划ID", kind="id"),
            column("_group", "广告组ID", kind="id"),
            column("_ad", "广告ID", "创意ID", kind="id"),
        ),
        records=(Recorded("下单ROI", None, _("orders placed, paid or not / spend")),),
    )
