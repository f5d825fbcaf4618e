"""What was paid to creators: orders of 星图 and 蒲公英, live slots, 淘宝客."""

from __future__ import annotations

from optimizer.data.importers.columns import count, day, ident, money, names, rate, words
from optimizer.data.importers.declare import IMPORTERS, Importer
from optimizer.messages import _

_PRICE = _("spend: the total, else price and service fee; commission is added")
# a rate is a share of what was sold and not given back
_COMMISSION = """coalesce(_commission,
    CASE WHEN _rate > 1 THEN _rate / 100 ELSE _rate END * (gmv - coalesce(_refunds, 0)), 0)"""
_PAID = f"""
    SELECT *, coalesce(_whole, coalesce(_price, 0) + coalesce(_service, 0)) + {_COMMISSION}
        AS spend, NULL::VARCHAR AS channel
    FROM {{rows}}"""
_CREATOR = "达人昵称 | 博主昵称 | 达人名称 | 博主名称 | 主播 | 主播昵称 | 达人 | 博主"


@IMPORTERS.register
def pugongying_orders() -> Importer:
    """小红书蒲公英 orders: what notes cost (price, service fee, commission) on the day they were
    published -> spend.
    """
    return Importer(
        "小红书蒲公英订单",
        "spend",
        rank=11,
        channel="xiaohongshu/creators",
        also=("蒲公英订单",),
        sign=names(
            "合作总金额 | 笔记发布时间 | 合作形式 | 笔记标题 | 博主报价 | 服务费金额 | 笔记链接 | 合作类型",
            "全部曝光量 | 全部阅读量 | 全部互动量 | 笔记ID | 博主垂类 | 平台总价 | 笔记状态 | 合作金额",
        ),
        key=("_order", "_note"),
        beside=names(
            "粉丝数 | 粉丝量 | 订单状态 | 搜索量 | 阅读量 | 点赞量 | 收藏量 | 评论量 | 分享量 | 关注量 | 点赞数 | 收藏数",
            "评论数 | 分享数 | 合作品牌 | 项目名称 | 小红书号 | 博主ID | 笔记创作者名称 | 爆文 | 笔记类型 | 下单时间 | CPE | CPM",
        ),
        columns=(
            day("笔记发布时间 | 发布时间 | 发布日期 | 下单时间 | 日期"),
            money("_whole", "合作总金额 | 平台总价 | 订单总金额 | 实付总金额", say=_PRICE),
            money("_price", "博主报价 | 合作金额 | 笔记价格 | 报价 | 笔记费用", say=_PRICE),
            money("_service", "服务费金额 | 平台服务费 | 服务费", say=_PRICE),
            money("_commission", "佣金金额 | 佣金", say=_PRICE),
            rate("_rate", "佣金比例 | 佣金率"),
            count("exposures", "全部曝光量 | 曝光量 | 总曝光量"),
            count("clicks", "全部阅读量 | 阅读量 | 总阅读量", say=_("times a note was read")),
            count("engagements", "全部互动量 | 互动量 | 总互动量"),
            money("gmv", "GMV | 成交金额 | 支付金额"),
            money("_refunds", "退款金额"),
            ident("_order", "订单号 | 订单ID | 订单编号"),
            ident("_note", "笔记ID | 笔记链接"),
            words("_creator", _CREATOR),
        ),
        either=("_whole", "_price"),
        rows=_PAID,
    )


_XINGTU_ORDERS_BESIDE = names(
    "粉丝数 | 订单状态 | 点赞量 | 评论量 | 分享量 | 转发量 | 点赞数 | 评论数 | 分享数 | 互动率 | 达人ID",
    "MCN名称 | 所属机构 | 项目名称 | 客户名称 | 创建时间 | 完成时间 | CPM | CPE | 内容形式 | 下单时间",
)


_XINGTU_ORDERS_SIGNS = names(
    "星图订单ID | 星图任务ID | 任务ID | 任务名称 | 任务类型 | 任务状态 | 任务金额 | 平台服务费 | 达人报价",
    "视频发布时间 | 组件点击量 | 组件点击率 | 预期CPM | 有效播放量 | 视频链接 | 视频ID | 组件点击次数",
    "达人一口价 | 视频标题 | 播放完成率 | 星图ID | 抖音号 | 结算方式 | 完播率 | 发布视频时间",
)


@IMPORTERS.register
def xingtu_orders() -> Importer:
    """巨量星图 orders: what videos of creators cost (price, service fee, commission) on the day they
    were published -> spend.
    """
    # https://www.xingtu.cn
    return Importer(
        "巨量星图订单",
        "spend",
        rank=17,
        channel="douyin/creators",
        also=("星图", "星图订单", "xingtu"),
        sign=_XINGTU_ORDERS_SIGNS,
        key=("_order", "_video"),
        beside=_XINGTU_ORDERS_BESIDE,
        columns=(
            day(
                "视频发布时间 | 发布视频时间 | 发布时间 | 发布日期 | 任务完成时间 | 下单时间 | 日期"
            ),
            money("_whole", "订单总金额 | 实付总金额 | 总金额 | 任务总金额", say=_PRICE),
            money("_price", "订单金额 | 任务金额 | 达人报价 | 达人一口价 | 合作金额", say=_PRICE),
            money("_service", "平台服务费 | 服务费 | 服务费金额", say=_PRICE),
            money("_commission", "佣金金额 | 佣金", say=_PRICE),
            rate("_rate", "佣金比例 | 佣金率"),
            count("exposures", "播放量 | 播放次数 | 视频播放量 | 总播放量 | 曝光量"),
            count("clicks", "组件点击量 | 组件点击次数"),
            count("engagements", "互动量 | 互动数"),
            money("gmv", "GMV | 成交金额 | 支付金额"),
            money("_refunds", "退款金额"),
            ident("_order", "星图订单ID | 订单ID | 订单号 | 星图任务ID | 任务ID"),
            ident("_video", "视频ID | 视频链接"),
            words("_creator", _CREATOR),
        ),
        either=("_whole", "_price"),
        rows=_PAID,
    )


_LIVE_SLOTS_BESIDE = names(
    "粉丝数 | 粉丝量 | 客单价 | ROI | 投产比 | 退货率 | 退款率 | 最高在线 | 平均停留 | 转化率 | 商品数",
    "备注 | 结算状态 | 机构 | MCN | 链接 | 产品 | 商品名称 | 下播时间 | 件数 | 结算金额",
)


_LIVE_SLOTS_SIGNS = names(
    "坑位费 | 直播日期 | 佣金比例 | 样品成本 | 开播时间 | 直播场次 | 场次 | 直播时长 | 直播间名称",
    "主播昵称 | 直播时间 | 坑位费用 | 直播费用 | 直播GMV | 坑位 | 纯佣比例 | 场观 | 直播平台",
)


@IMPORTERS.register
def live_slots() -> Importer:
    """直播场次: what a live session cost (slot fee, samples, commission on what was sold and not
    given back) and sold -> spend with orders and sales.
    """
    return Importer(
        "直播场次",
        "spend",
        rank=18,
        also=("直播", "坑位", "live"),
        sign=_LIVE_SLOTS_SIGNS,
        key=("_session", "_creator"),
        beside=_LIVE_SLOTS_BESIDE,
        columns=(
            day("直播日期 | 开播时间 | 直播时间 | 日期 | 开播日期"),
            money(
                "_price", "坑位费 | 坑位费用 | 直播费用 | 固定费用 | 专场费", say=_("part of spend")
            ),
            money("_samples", "样品成本 | 样品费 | 寄样成本", say=_("part of spend")),
            money(
                "_service", "服务费 | 平台服务费 | 技术服务费 | 机构服务费", say=_("part of spend")
            ),
            money("_commission", "佣金金额 | 佣金 | 实付佣金 | 佣金支出", say=_("part of spend")),
            rate("_rate", "佣金比例 | 佣金率 | 纯佣比例 | 佣金比率"),
            money("gmv", "GMV | 直播GMV | 成交金额 | 支付金额 | 销售额", say=_("before refunds")),
            money("_refunds", "退款金额 | 退款GMV"),
            count("orders", "订单数 | 成交订单数 | 支付订单数 | 订单量"),
            count("exposures", "场观 | 观看人数 | 观看人次 | 观看次数"),
            words("_creator", _CREATOR, "直播间名称"),
            words("_platform", "平台 | 直播平台"),
            ident("_session", "直播场次 | 场次 | 直播间ID | 场次ID"),
        ),
        either=("_price", "_commission", "_rate"),
        rows=f"""
            SELECT *, coalesce(_price, 0) + coalesce(_samples, 0) + coalesce(_service, 0)
                + {_COMMISSION} AS spend, coalesce(_platform || '/live', 'live') AS channel
            FROM {{rows}}""",
    )


_TAOBAOKE_BESIDE = names(
    "商品信息 | 商品ID | 所属店铺 | 商品数 | 商品单价 | 订单类型 | 预估收入 | 补贴金额 | 补贴类型 | 类目名称",
    "第三方服务来源 | 结算时间 | 付款笔数 | 结算笔数 | 付款人数 | 支出费用 | 推广计划 | 计划类型 | 活动名称",
    "确认收货时间 | 商品标题 | 付款转化率 | 投入产出比 | 进店人数 | 进店量 | 店铺名称 | 数据内容 | 推广商品数",
    "点击人数(即进店人数) | 优惠券领取量 | 付款件数 | 结算人数 | 点击转化率(即付款转化率) | 确认收货人数",
    "确认收货金额 | 确认收货笔数 | 添加购物车量 | 收藏宝贝量 | 结算支出费用 | 付款营销服务费支出 | 结算营销服务费支出",
    "预估预售整单佣金 | 预估预售整单佣金率 | 预售定金笔数 | 预售定金金额 | 预估预售尾款金额 | 预估预售整单金额",
)


_TAOBAOKE_SIGNS = names(
    "掌柜旺旺 | 收入比率 | 分成比率 | 效果预估 | 佣金比率 | 佣金金额 | 技术服务费比率 | 点击时间",
    "付款佣金 | 结算佣金 | 预估付款佣金 | 付款服务费 | 结算服务费 | 佣金支出 | 服务费支出 | 引流点击数",
    "来源媒体ID | 来源媒体名称 | 广告位ID | 广告位名称 | 成交平台 | 补贴比率 | 推广者 | 淘客昵称",
    "预估付款服务费 | 平均佣金比率 | 淘宝子订单号 | 淘宝父订单号 | 付款佣金支出 | 付款服务费支出 | 付款支出费用",
    "付款佣金率 | 付款服务费率 | 单件商品付款支出费用 | 结算佣金支出 | 结算服务费支出 | 结算佣金率 | 结算服务费率",
)


@IMPORTERS.register
def taobaoke() -> Importer:
    """淘宝客: commission and service fee, by day or by order -> spend with sales."""
    # 字段: https://open.taobao.com/api.htm?docId=43328
    return Importer(
        "淘宝客",
        "spend",
        rank=27,
        seen="a published list of the headers of 推广概览",
        channel="taobao/taobaoke",
        also=("淘客", "淘宝联盟", "taobaoke", "cps"),
        sign=_TAOBAOKE_SIGNS,
        key=("_order", "_plan"),
        beside=_TAOBAOKE_BESIDE,
        columns=(
            day("日期 | 统计日期 | 付款时间 | 创建时间 | 数据日期"),
            money(
                "_commission",
                "佣金金额 | 付款佣金支出 | 付款佣金 | 预估付款佣金 | 佣金支出 | 结算佣金支出 | 结算佣金",
                required=True,
            ),
            money(
                "_service",
                "付款服务费支出 | 付款服务费 | 预估付款服务费 | 服务费支出 | 结算服务费支出 | 结算服务费",
                "服务费金额 | 服务费",
            ),
            count("clicks", "点击量(即进店量) | 点击数 | 引流点击数 | 点击量 | 进店量"),
            count("orders", "付款笔数 | 成交笔数 | 付款订单数"),
            money("gmv", "付款金额 | 成交金额 | 结算金额"),
            words("_status", "订单状态"),
            ident("_order", "订单编号 | 淘宝子订单号 | 子订单编号"),
            ident("_plan", "计划ID | 推广计划"),
        ),
        rows="""
            SELECT *, _commission + coalesce(_service, 0) AS spend, NULL::VARCHAR AS channel
            FROM {rows} WHERE coalesce(_status, '') NOT IN ('订单失效', '已失效', '失效')""",
    )
