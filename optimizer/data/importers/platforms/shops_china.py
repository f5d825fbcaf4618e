"""Orders of shops in China beside 天猫: 抖店, 京东, 微信小店, 有赞."""

from __future__ import annotations

from optimizer.data.importers.columns import ident, money, names, time, words
from optimizer.data.importers.declare import IMPORTERS, Importer
from optimizer.data.importers.states import orders_of_lines, state
from optimizer.messages import _

_GIVEN_BACK = (
    "_after LIKE '%退款成功%' OR _after LIKE '%已全额退款%' OR _after LIKE '%退货退款完成%'"
)

_WHEN = "coalesce(_paid, _made)"


@IMPORTERS.register
def doudian_orders() -> Importer:
    """抖店 orders, one row per item; masked buyers stay unknown -> orders."""
    return Importer(
        "抖店订单",
        "orders",
        rank=17,
        seen="public code that reads these exports",
        channel="douyin/shop",
        also=("抖店", "抖音小店", "doudian"),
        sign=names(
            "主订单编号 | 子订单编号 | 选购商品 | 订单应付金额 | 鲁班落地页ID | 订单提交时间 | APP渠道",
            "支付完成时间 | 承诺发货时间 | 旗帜颜色 | 达人优惠 | 支付优惠 | 红包抵扣 | 流量来源 | 流量体裁",
        ),
        key=("order_id",),
        beside=names(
            "商品规格 | 商品数量 | 商品ID | 商家编码 | 商品单价 | 运费 | 优惠总金额 | 平台优惠 | 商家优惠",
            "支付方式 | 收件人 | 收件人手机号 | 省 | 市 | 区 | 街道 | 详细地址 | 买家留言 | 商家备注 | 订单完成时间",
            "订单类型 | 达人ID | 达人昵称 | 取消原因 | 预约发货时间 | 发货时间 | 流量类型 | 流量渠道 | 广告渠道",
            "预计送达时间 | 仓库ID | 仓库名称 | 快递信息 | 商品金额 | 降价类优惠 | 平台实际承担优惠金额",
            "商家实际承担优惠金额 | 达人实际承担优惠金额 | 商家收入金额",
        ),
        columns=(
            ident("order_id", "主订单编号 | 订单编号 | 订单号", required=True),
            ident("user_id", "买家ID | 买家昵称 | 用户ID"),
            time("_paid", "支付完成时间 | 支付时间", blank=True),
            time("_made", "订单提交时间 | 下单时间", required=True),
            money(
                "value", "订单应付金额 | 实付金额 | 商品金额", required=True, say=_("of each item")
            ),
            words("status", "订单状态"),
            words("_after", "售后状态"),
        ),
        rows=orders_of_lines(
            f"CASE WHEN {_GIVEN_BACK} THEN 'refunded' ELSE {state()} END", time=_WHEN
        ),
    )


@IMPORTERS.register
def jd_orders() -> Importer:
    """京东 orders, one row per item, each with the order's total -> orders."""
    return Importer(
        "京东订单",
        "orders",
        rank=32,
        seen="public code that reads these exports",
        channel="jd",
        also=("京东商家订单", "jd orders"),
        sign=names(
            "下单帐号 | 下单账号 | 京东价 | 订购数量 | 付款确认时间 | 父订单号 | 父单号 | 余额支付 | 应付金额",
            "商家应收 | 商家备注等级 | 客户姓名 | 客户地址 | 商家SKUID | 运费金额 | 增值税发票",
        ),
        key=("order_id",),
        beside=names(
            "商品ID | 商品名称 | 支付方式 | 结算金额 | 订单类型 | 联系电话 | 订单备注 | 发票类型 | 发票抬头",
            "发票内容 | 商家备注 | 货号 | 订单完成时间 | 订单来源 | 订单渠道 | 送装服务 | 服务费 | 仓库ID | 仓库名称",
            "普通发票纳税人识别号 | 实付金额 | SKU ID | 店铺优惠 | 优惠金额 | 省 | 市 | 区",
        ),
        columns=(
            ident("order_id", "订单号 | 订单编号", required=True),
            ident("user_id", "下单帐号 | 下单账号 | 用户账号"),
            time("_paid", "付款确认时间 | 付款时间", blank=True),
            time("_made", "下单时间", required=True),
            money("value", "应付金额 | 商家应收 | 订单金额 | 实付金额", required=True),
            words("status", "订单状态"),
        ),
        rows=orders_of_lines(state(), whole=True, time=_WHEN),
    )


@IMPORTERS.register
def weixin_shop() -> Importer:
    """微信小店 (视频号小店) orders, one row per item, each with the order's total -> orders."""
    return Importer(
        "微信小店订单",
        "orders",
        rank=22,
        seen="complete header lists in public code",
        channel="weixin/shop",
        also=("微信小店", "视频号小店", "视频号"),
        sign=names(
            "订单下单时间 | 订单实际支付金额 | 订单实际收款金额 | 商品实际价格(总共) | 商品实际价格(单件)",
            "带货账号昵称 | 带货费用 | 带货方式 | 带货账号类型 | 商品编码(平台) | 打标颜色 | 礼物单号",
            "SKU编码(自定义) | 运费险预计投保费用 | 带货佣金率 | 商品已退款金额 | 商品价格(单件)",
        ),
        key=("order_id",),
        beside=names(
            "收件人姓名 | 收件人手机 | 收件人地址 | 省 | 市 | 区 | 买家备注 | 商家备注 | 商品总价 | 订单运费",
            "商品优惠 | 跨店优惠 | 商品改价 | 积分抵扣 | 支付方式 | 交易单号 | 物流公司 | 快递单号 | 技术服务费",
            "带货费用渠道 | 带货费用类型 | 商品名称 | 商品编码(自定义) | 商品属性 | 是否预售 | 商品数量",
            "商品平台券优惠 | 商品平均运费 | 定制信息 | 定制预览图 | 商品发货 | 商品售后 | 订单发货时间",
            "订单确认收货时间 | 订单完成结算时间 | 发货方式 | 技术服务费（将以人气卡形式返还） | 带货ID",
        ),
        columns=(
            ident("order_id", "订单号 | 订单编号", required=True),
            ident("user_id", "买家ID | 下单用户ID | openid | 用户openid"),
            time("_paid", "支付时间", blank=True),
            time("_made", "订单下单时间 | 下单时间", required=True),
            money("value", "订单实际支付金额 | 订单实际收款金额", required=True),
            money("refund", "商品已退款金额"),
            words("status", "订单状态"),
        ),
        rows=orders_of_lines(state(), whole=True, refund="refund", time=_WHEN),
    )


_YOUZAN_BESIDE = names(
    "订单类型 | 订单来源 | 付款方式 | 交易成功时间 | 收货人省份 | 收货人城市 | 收货人地区 | 买家备注",
    "运费 | 优惠券码名称 | 商品名称 | 商品规格 | 规格编码 | 商品编码 | 商品单价 | 商品数量 | 商品退款状态",
    "商品发货状态 | 商品发货方式 | 商品发货物流公司 | 商品发货物流单号 | 发货员工 | 商品留言 | 商品类型",
    "商品优惠方式 | 商品优惠后价格 | 商品金额小计 | 商品抵用积分数 | 周期购信息 | 商品发货时间",
    "销售渠道 | 推广方式 | 支付流水号 | 支付优惠合计 | 订单实收金额 | 订单抵用积分数 | 店铺优惠方式",
    "支付优惠方式 | 订单配送方式 | 同城送达时间/提货时间 | 订单星级 | 买家是否会员 | 下单网点 | 收银员",
    "销售导购 | 专属导购 | 订单退款状态 | 桌号 | 挂账主体 | 挂账手机号 | 团长订单 | 订单风险标签",
    "分销员手机号 | 分销员所属店铺 | 分销员所属团队 | 分销员所属分组 | 分销员等级 | 订单佣金类型 | 订单佣金金额",
    "订单下级卖货提成类型 | 订单下级卖货提成金额 | 核销方式 | 店铺",
)


@IMPORTERS.register
def youzan() -> Importer:
    """有赞 orders, by order or one row per item, each with the order's total -> orders."""
    return Importer(
        "有赞订单",
        "orders",
        rank=33,
        seen="complete header rows in public code",
        channel="youzan",
        also=("有赞", "youzan"),
        sign=names(
            "全部商品名称 | 商品种类数 | 收货人/提货人 | 收货人手机号/提货人手机号 | 应收订单金额 | 订单实付金额",
            "买家付款时间 | 详细收货地址/提货地址 | 归属店铺 | 分销员 | 订单商品状态 | 店铺优惠合计 | 商品金额合计",
            "订单商品总件数 | 外部订单号 | 商家订单备注 | 店铺优惠（分摊） | 商品实际成交金额",
        ),
        key=("order_id",),
        beside=_YOUZAN_BESIDE,
        columns=(
            ident("order_id", "订单号", required=True),
            ident("user_id", "买家手机号 | 买家昵称 | 买家名称 | 客户手机号 | 买家ID"),
            time("_paid", "买家付款时间", blank=True),
            time("_made", "订单创建时间 | 下单时间", blank=True),
            money("value", "订单实付金额 | 应收订单金额 | 实付金额", required=True),
            money("_item_back", "商品已退款金额"),
            money("_order_back", "订单已退款金额", say=_("in every row of the order")),
            words("status", "订单状态"),
        ),
        either=("_paid", "_made"),
        rows=orders_of_lines(
            state(),
            whole=True,
            refund="coalesce(_item_back, _order_back / count(*) OVER (PARTITION BY order_id))",
            time=_WHEN,
        ),
    )
