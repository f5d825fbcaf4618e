"""Ad accounts in China beside 巨量, 腾讯, 阿里 and 京东: 快手, 拼多多, 百度, B站."""

from __future__ import annotations

from optimizer.data.importers.columns import count, day, ident, money, names, number, rate
from optimizer.data.importers.declare import DAYS, IMPORTERS, Importer, Recorded
from optimizer.messages import _

_GOAL = _("of the goal set in the platform, not necessarily orders")
_CTR = ("clicks", "exposures", 1.0)


@IMPORTERS.register
def kuaishou() -> Importer:
    """快手磁力 (磁力智投, 磁力金牛), by day -> spend with orders and sales."""
    # 字段: https://developers.e.kuaishou.com/docs
    return Importer(
        "快手磁力",
        "spend",
        rank=20,
        seen="fields of its report API, in public code",
        channel="kuaishou",
        also=("快手", "磁力金牛", "磁力智投", "kuaishou"),
        sign=names(
            "封面曝光数 | 封面点击数 | 封面点击率 | 素材曝光数 | 行为数 | 行为率 | 平均行为单价",
            "平均千次封面曝光花费 | 平均千次素材曝光花费 | 平均封面点击单价 | 当日累计GMV | 当日累计ROI",
            "快手昵称 | 快手ID | 30日累计GMV | 7日累计ROI | 直播观看数 | 行为成本 | 素材点击率",
        ),
        key=("_account", "_campaign", "_unit", "_creative"),
        beside=names(
            "账户名称 | 账户类型 | 广告计划名称 | 广告组名称 | 创意名称 | 分享数 | 评论数 | 点赞数",
            "新增关注数 | 新增粉丝数 | 取消关注数 | 激活数 | 激活单价 | 表单提交数 | 表单提交单价",
            "播放数 | 3秒播放数 | 5秒播放数 | 有效播放数 | 完播数 | 转化成本 | 转化率 | 转化单价",
            "平均千次曝光花费 | 平均点击单价 | 深度转化数 | 直播间观看人数 | 涨粉量 | 举报数 | 拉黑数",
        ),
        columns=(
            day("日期", *DAYS),
            money("spend", "花费 | 总花费 | 消耗", required=True),
            count("exposures", "封面曝光数 | 广告曝光数 | 曝光数 | 素材曝光数"),
            count("clicks", "封面点击数 | 行为数 | 点击数"),
            count("orders", "支付订单数 | 成交订单数 | 订单支付数 | 当日累计订单数 | 商品成交数"),
            money("gmv", "当日累计GMV | 支付金额 | 成交金额 | 订单支付金额 | GMV"),
            count("conversions", "转化数 | 总的转化数", say=_GOAL),
            ident("_account", "账户ID"),
            ident("_campaign", "广告计划ID | 计划ID"),
            ident("_unit", "广告组ID | 单元ID"),
            ident("_creative", "广告创意ID | 创意ID"),
        ),
        records=(Recorded("当日累计ROI", 1, _("sales of the day / spend")),),
    )


@IMPORTERS.register
def pinduoduo() -> Importer:
    """拼多多推广, by day and promotion -> spend with orders and sales."""
    return Importer(
        "拼多多推广",
        "spend",
        rank=28,
        seen="a published list of the headers of its report download",
        channel="pinduoduo/ads",
        also=("拼多多", "pdd", "多多推广"),
        sign=names(
            "交易额 | 每笔成交花费 | 每笔成交金额 | 推广名称 | 净交易额 | 净成交笔数 | 实际投产比",
            "店铺关注量 | 商品收藏量 | 成交花费 | 净实际投产比 | 直接交易额 | 间接交易额 | 全站推广比例",
        ),
        key=("_promotion", "_item"),
        beside=names(
            "推广类型 | 投产比 | 平均点击花费 | 千次曝光花费 | 点击转化率 | 询单量 | 询单花费",
            "收藏花费 | 关注花费 | 直接成交笔数 | 间接成交笔数 | 商品名称 | 分时折扣 | 预算 | 出价方式",
            "交易额结算率 | 订单结算率 | 结算订单成本 | 退单豁免率 | 平均成交金额 | 每笔净成交花费",
        ),
        columns=(
            day("日期", *DAYS),
            money("spend", "总花费 | 花费 | 消耗", required=True),
            count("exposures", "曝光量"),
            count("clicks", "点击量"),
            count("orders", "成交笔数"),
            money("gmv", "交易额", say=_("orders paid, before refunds")),
            rate("_ctr", "点击率", agrees=_CTR),
            number("_roi", "投入产出比 | 实际投产比"),
            ident("_promotion", "推广ID | 推广计划ID | 计划ID"),
            ident("_item", "商品ID"),
        ),
        records=(Recorded("投入产出比", None, _("sales / spend")),),
    )


@IMPORTERS.register
def baidu() -> Importer:
    """百度推广 (搜索, 信息流), by day -> spend."""
    # 字段: https://dev2.baidu.com/content?sceneType=0&pageId=103892&nodeId=1062
    return Importer(
        "百度推广",
        "spend",
        rank=20,
        seen="fields of its report API, in public code",
        channel="baidu",
        also=("百度", "百度营销", "baidu"),
        sign=names(
            "平均点击价格 | 千次展现消费 | 网页转化 | 上方位展现 | 推广单元 | 推广账户 | 上方展现胜出率",
            "推广单元ID | 商桥转化 | 平均排名 | 上方位首位展现 | 上方首位展现 | 上方位点击 | 上方位消费",
            "电话转化 | 转化（网页）",
        ),
        key=("_account", "_campaign", "_unit", "_creative"),
        beside=names(
            "账户 | 账户名称 | 推广计划 | 计划名称 | 单元名称 | 创意名称 | 关键词 | 搜索词 | 匹配模式",
            "设备 | 投放设备 | 地域 | 省份 | 点击率 | 目标转化成本 | 目标转化率 | 深度转化量 | 浏览量",
            "首屏展现 | 推广方式 | 营销目标 | 流量渠道 | 创意类型 | 标题 | 转化成本",
        ),
        columns=(
            day("日期 | 时间", *DAYS),
            money("spend", "消费 | 花费", required=True),
            count("exposures", "展现 | 展现量"),
            count("clicks", "点击 | 点击量"),
            count("conversions", "目标转化量 | 转化 | 网页转化 | 转化数 | 转化量", say=_GOAL),
            rate("_ctr", "点击率", agrees=_CTR),
            ident("_account", "账户ID | 推广账户ID"),
            ident("_campaign", "推广计划ID | 计划ID"),
            ident("_unit", "推广单元ID | 单元ID"),
            ident("_creative", "创意ID | 关键词ID"),
        ),
    )


@IMPORTERS.register
def bilibili() -> Importer:
    """B站 (三连推广, 必火, 起飞), by day -> spend with orders and sales."""
    # 字段: https://ad.bilibili.com
    return Importer(
        "B站推广",
        "spend",
        rank=20,
        seen="public code that reads its dashboard (花费, 展示量, 点击量, 涨粉数); the others from memory",
        channel="bilibili",
        also=("b站", "哔哩哔哩", "bilibili", "三连推广", "起飞"),
        sign=names(
            "涨粉数 | 涨粉量 | 稿件ID | 稿件标题 | BVID | 稿件BVID | AVID | UP主昵称 | UP主MID | UP主",
            "弹幕数 | 弹幕量 | 投币数 | 投币量 | 评论链接点击量 | 评论区点击量 | 三连数 | 起飞订单ID",
            "视频播放量 | 框下点击量 | 浮层点击量 | 推广稿件 | 商品购买成功 | 应用内订单提交",
        ),
        key=("_account", "_campaign", "_unit", "_creative"),
        beside=names(
            "账户名称 | 计划名称 | 单元名称 | 创意名称 | 点击率 | 平均点击单价 | 平均千次展示费用",
            "点击均价 | 千次展示均价 | 平均点击费用 | 点赞数 | 收藏数 | 评论数 | 分享数 | 播放量 | 互动率",
            "表单提交数 | 表单提交成本 | 应用激活数 | 应用唤起数 | 转化成本 | 转化率 | 涨粉成本 | 播放成本",
            "订单提交成本 | 推广目的 | 资源位 | 出价方式 | 单次播放成本 | 互动量",
        ),
        columns=(
            day("日期 | 时间", *DAYS),
            money("spend", "花费 | 总花费 | 消耗 | 总消耗", required=True),
            count("exposures", "展示量 | 展示数 | 展现量 | 曝光量 | 展示次数"),
            count("clicks", "点击量 | 点击数 | 点击次数"),
            count("engagements", "互动量 | 互动数"),
            count("orders", "订单提交数 | 订单提交量 | 成交订单数 | 下单数"),
            money("gmv", "订单提交金额 | 成交金额 | 订单金额 | 下单金额"),
            count("conversions", "转化数 | 转化目标数", say=_GOAL),
            ident("_account", "账户ID | 账号ID"),
            ident("_campaign", "计划ID"),
            ident("_unit", "单元ID"),
            ident("_creative", "创意ID"),
        ),
    )
