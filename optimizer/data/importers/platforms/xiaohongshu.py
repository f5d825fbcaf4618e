"""小红书: paid notes (聚光, 乘风) and the creator market (蒲公英)."""

from __future__ import annotations

from optimizer.data.importers.columns import NO_LIST, count, day, ident, money, names, rate, words
from optimizer.data.importers.declare import DAYS, IMPORTERS, Importer, Recorded
from optimizer.messages import _

_SPENT = (
    ident("_campaign", "计划ID"),
    ident("_unit", "单元ID"),
    ident("_creative", "创意ID | 笔记ID | 笔记/素材ID | 素材ID"),
    rate("_ctr", "点击率", agrees=("clicks", "exposures", 1.0)),
    money("_cpc", "平均点击成本 | 平均点击成本（元）", agrees=("spend", "clicks", 1.0)),
    count("engagements", "互动量"),
    money("_cpe", "平均互动成本", agrees=("spend", "engagements", 1.0)),
)
_PAID = _("paid within 7 days of the click")
_NEW = _("new to the shop, as the platform counts them")
_BESIDE = names(
    "点赞 | 评论 | 收藏 | 关注 | 分享 | 计划名称 | 单元名称 | 创意名称 | 笔记标题 | 笔记链接 | 笔记/素材链接",
    "平均千次展示费用 | 平均千次展现费用 | 视频5s完播率 | 行动按钮点击量 | 截图 | 保存图片 | 投放模式",
    "广告类型 | 营销诉求 | 推广标的 | 优化目标 | 账户名称 | 账户ID | 搜索组件点击量 | 私信咨询数 | 表单提交",
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
        sign=names("互动量 | 平均互动成本 | 行动按钮点击量 | 搜索组件点击量 | 私信咨询数"),
        key=("_campaign", "_unit", "_creative"),
        beside=_BESIDE,
        columns=(
            day("时间 | 日期", *DAYS),
            money("spend", "消费 | 消耗", required=True),
            count("exposures", "展现量 | 曝光量 | 展示量"),
            count("clicks", "点击量"),
            *_SPENT,
        ),
    )


_XHS_CHENGFENG_BESIDE = (
    *_BESIDE,
    *names("新客曝光 | 新客点击 | 新客点击率 | 商品1日支付订单量 | 商品1日支付金额"),
    *names("7日总下单订单量 | 7日总支付订单量(转化时间) | 7日总支付金额(转化时间)"),
    *names("直接支付订单量 | 直接支付ROI | 7日下单订单量 | 7日支付转化率"),
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
        sign=names(
            "7日支付ROI | 7日下单ROI | 7日支付金额 | 7日下单金额 | 支付ROI | 7日总支付ROI | 7日总支付金额",
            "7日总支付订单量 | 7日总下单ROI | 7日总下单金额 | 店铺新客支付金额 | 新客消耗 | 直播间直接下单ROI",
            "商品1日支付ROI | 店铺新客支付人数 | 7日总支付订单成本 | 直播间直接下单金额",
        ),
        key=("_campaign", "_unit", "_creative"),
        beside=_XHS_CHENGFENG_BESIDE,
        columns=(
            day("日期 | 时间", *DAYS),
            money("spend", "消费 | 消耗", required=True),
            count("exposures", "展现量 | 展示量 | 曝光量"),
            count("clicks", "点击量"),
            count("orders", "7日支付订单量 | 7日总支付订单量", say=_PAID),
            money("gmv", "7日支付金额 | 7日总支付金额", say=_PAID),
            count("new_customers", "店铺新客支付人数", say=_NEW),
            *_SPENT,
        ),
        records=(
            Recorded("7日支付ROI", 7, _("paid orders / spend")),
            Recorded("7日总支付ROI", 7, _("paid orders / spend")),
            Recorded("7日下单ROI", 7, _("orders placed, paid or not / spend")),
            Recorded("支付ROI", None, _("paid orders / spend")),
        ),
    )


_XHS_PUGONGYING_BESIDE = names(
    "地区 | 博主标签 | 博主链接 | 内容类目 | 粉丝画像 | 合作笔记数 | 曝光中位数 | 阅读中位数 | 互动中位数",
    "预估阅读单价 | 图文CPM | 视频CPM | 合作报价 | 所属机构 | 性别 | 签约MCN",
)


_XHS_PUGONGYING_SIGNS = names(
    "图文笔记一口价 | 视频笔记一口价 | 图文笔记一口价(含平台服务费) | 视频笔记一口价(含平台服务费)"
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
        sign=_XHS_PUGONGYING_SIGNS,
        key=("creator_id", "creator"),
        against=NO_LIST,
        beside=_XHS_PUGONGYING_BESIDE,
        either=("creator", "creator_id"),
        columns=(
            words("creator", "博主昵称 | 达人昵称 | 博主名称 | 达人名称 | 昵称 | 博主 | 达人"),
            ident("creator_id", "小红书号 | 小红书ID | 博主ID | 达人ID"),
            count("followers", "粉丝数 | 粉丝量"),
            count("likes", "获赞与收藏 | 赞藏数 | 赞藏"),
            money(
                "post_price",
                "图文笔记一口价 | 图文笔记一口价(含平台服务费) | 图文笔记报价",
                missing=("无接单权限", "未开通", "暂不接单"),
            ),
            money(
                "video_price",
                "视频笔记一口价 | 视频笔记一口价(含平台服务费) | 视频笔记报价",
                missing=("无接单权限", "未开通", "暂不接单"),
            ),
        ),
    )
