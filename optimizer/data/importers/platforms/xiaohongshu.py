"""小红书: paid notes (聚光, 乘风) and the creator market (蒲公英)."""

from __future__ import annotations

from optimizer.data.importers.declare import DAYS, IMPORTERS, Importer, Recorded
from optimizer.data.reading.columns import column
from optimizer.messages import _

_SPENT = (
    column("_campaign", "计划ID", "计划id", kind="id"),
    column("_unit", "单元ID", "单元id", kind="id"),
    column("_creative", "创意ID", "创意id", "笔记ID", "笔记id", kind="id"),
    column("_ctr", "点击率", kind="rate", agrees=("clicks", "exposures", 1.0)),
    column(
        "_cpc", "平均点击成本", "平均点击成本（元）", kind="money", agrees=("spend", "clicks", 1.0)
    ),
    column("engagements", "互动量", kind="count"),
    column("_cpe", "平均互动成本", kind="money", agrees=("spend", "engagements", 1.0)),
)


@IMPORTERS.register
def xhs_juguang() -> Importer:
    """小红书聚光: paid feed and search on Xiaohongshu, by day -> spend."""
    return Importer(
        "小红书聚光",
        "spend",
        rank=10,
        channel="xiaohongshu/ads",
        also=("聚光", "juguang"),
        sign=("互动量", "平均互动成本"),
        key=("_campaign", "_unit", "_creative"),
        columns=(
            column("period", "时间", "日期", *DAYS, kind="day", required=True),
            column("spend", "消费", "消耗", kind="money", required=True),
            column("exposures", "展现量", "曝光量", "展示量", kind="count"),
            column("clicks", "点击量", kind="count"),
            *_SPENT,
        ),
    )


@IMPORTERS.register
def xhs_chengfeng() -> Importer:
    """小红书乘风: paid notes that sell, first row a total ("合计NNN条记录") -> spend with orders and
    sales.
    """
    return Importer(
        "小红书乘风",
        "spend",
        rank=10,
        channel="xiaohongshu/chengfeng",
        also=("乘风", "chengfeng"),
        sign=("7日支付ROI", "7日下单ROI", "7日支付金额", "7日下单金额", "支付ROI"),
        key=("_campaign", "_unit", "_creative"),
        columns=(
            column("period", "日期", "时间", *DAYS, kind="day", required=True),
            column("spend", "消费", "消耗", kind="money", required=True),
            column("exposures", "展现量", "展示量", "曝光量", kind="count"),
            column("clicks", "点击量", kind="count"),
            column(
                "orders",
                "7日支付订单量",
                "7日总支付订单量",
                kind="count",
                say=_("paid within 7 days of the click"),
            ),
            column(
                "gmv",
                "7日支付金额",
                "7日总支付金额",
                kind="money",
                say=_("paid within 7 days of the click"),
            ),
            *_SPENT,
        ),
        records=(
            Recorded("7日支付ROI", 7, _("paid orders / spend")),
            Recorded("7日下单ROI", 7, _("orders placed, paid or not / spend")),
            Recorded("支付ROI", None, _("paid orders / spend")),
        ),
    )


@IMPORTERS.register
def xhs_pugongying() -> Importer:
    """小红书蒲公英: creators with followers and prices per note -> creators."""
    return Importer(
        "小红书蒲公英",
        "creators",
        rank=10,
        channel="xiaohongshu",
        also=("蒲公英", "pugongying"),
        sign=(
            "图文笔记一口价",
            "视频笔记一口价",
            "图文笔记一口价(含平台服务费)",
            "视频笔记一口价(含平台服务费)",
        ),
        key=("creator_id", "creator"),
        either=("creator", "creator_id"),
        columns=(
            column(
                "creator", "博主昵称", "达人昵称", "博主名称", "达人名称", "昵称", "博主", "达人"
            ),
            column(
                "creator_id", "小红书号", "小红书ID", "博主ID", "达人ID", kind="id", prefer=True
            ),
            column("followers", "粉丝数", "粉丝量", kind="count"),
            column("likes", "获赞与收藏", "赞藏数", "赞藏", kind="count"),
            column(
                "post_price",
                "图文笔记一口价",
                "图文笔记一口价(含平台服务费)",
                "图文笔记报价",
                kind="money",
                missing=("无接单权限", "未开通", "暂不接单"),
            ),
            column(
                "video_price",
                "视频笔记一口价",
                "视频笔记一口价(含平台服务费)",
                "视频笔记报价",
                kind="money",
                missing=("无接单权限", "未开通", "暂不接单"),
            ),
        ),
    )
