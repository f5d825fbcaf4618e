"""淘宝 and 天猫: ads (万相台), the shop's own numbers (生意参谋), orders."""

from __future__ import annotations

from optimizer.data.importers.declare import DAYS, IMPORTERS, Importer, Recorded
from optimizer.data.reading.columns import column
from optimizer.messages import _


@IMPORTERS.register
def wanxiangtai() -> Importer:
    """阿里妈妈万相台: ads on Taobao and Tmall, by day and plan or product -> spend with orders, sales, new
    customers.
    """
    return Importer(
        "阿里妈妈万相台",
        "spend",
        rank=25,
        channel="taobao/wanxiangtai",
        also=("万相台", "万相台无界", "alimama"),
        sign=("主体ID", "总成交金额", "投入产出比", "千次展现花费", "含预售投产比", "成交新客数"),
        key=("_plan", "_unit", "_subject"),
        columns=(
            column("period", "日期", *DAYS, kind="day", required=True),
            column("spend", "花费", "消耗", kind="money", required=True),
            column("exposures", "展现量", kind="count"),
            column("clicks", "点击量", kind="count"),
            column(
                "orders",
                "总成交笔数",
                kind="count",
                say=_("direct and indirect, within the window set in the platform"),
            ),
            column(
                "gmv",
                "总成交金额",
                kind="money",
                say=_("direct and indirect, within the window set in the platform"),
            ),
            column(
                "new_customers",
                "成交新客数",
                kind="count",
                say=_("new to the shop, as the platform counts them"),
            ),
            column("carts", "总购物车数", kind="count"),
            column("_ctr", "点击率", kind="rate", agrees=("clicks", "exposures", 1.0)),
            column("_cpc", "平均点击花费", kind="money", agrees=("spend", "clicks", 1.0)),
            column("_cpm", "千次展现花费", kind="money", agrees=("spend", "exposures", 1000.0)),
            column("_roi", "投入产出比", kind="number", agrees=("gmv", "spend", 1.0)),
            column("_plan", "计划ID", kind="id"),
            column("_unit", "单元ID", kind="id"),
            column("_subject", "主体ID", kind="id"),
        ),
        records=(
            Recorded(
                "投入产出比", None, _("all sales / spend, within the window set in the platform")
            ),
            Recorded("含预售投产比", None, _("all sales with presale totals / spend")),
        ),
    )


@IMPORTERS.register
def sycm() -> Importer:
    """生意参谋 商品: the shop's visitors, carts, buyers and sales by day and product (header on row 5 of
    an .xls) -> shop.
    """
    return Importer(
        "生意参谋",
        "shop",
        rank=25,
        channel="taobao",
        also=("生意参谋商品",),
        sign=("支付买家数", "商品访客数", "成功退款金额", "支付新买家数"),
        key=("_product",),
        columns=(
            column("period", "统计日期", "日期", *DAYS, kind="day", required=True),
            column(
                "visitors",
                "商品访客数",
                "访客数",
                kind="count",
                required=True,
                say=_("added over products: a person who saw two products counts twice"),
            ),
            column("views", "商品浏览量", "浏览量", kind="count"),
            column("saves", "商品收藏人数", kind="count"),
            column("carts", "商品加购人数", "加购人数", kind="count"),
            column(
                "customers",
                "支付买家数",
                kind="count",
                required=True,
                say=_("added over products and days: not distinct people"),
            ),
            column("new_customers", "支付新买家数", kind="count"),
            column("items", "支付件数", kind="count"),
            column("gmv", "支付金额", kind="money", required=True, say=_("paid, before refunds")),
            column("refunds", "成功退款金额", kind="money"),
            column(
                "_cvr",
                "商品支付转化率",
                "支付转化率",
                kind="rate",
                agrees=("customers", "visitors", 1.0),
            ),
            column("_product", "商品ID", kind="id"),
        ),
    )


@IMPORTERS.register
def tmall_orders() -> Importer:
    """天猫/淘宝 orders (已卖出的宝贝): one row per order; orders that were never paid are left out ->
    orders.
    """
    return Importer(
        "天猫订单",
        "orders",
        rank=25,
        channel="taobao",
        also=("淘宝订单", "tmall"),
        sign=("买家实际支付金额", "买家会员名", "买家应付货款"),
        key=("order_id",),
        once="order_id",
        columns=(
            column("order_id", "订单编号", "主订单编号", kind="id", required=True),
            column("user_id", "买家会员名", "买家昵称", "买家ID", kind="id"),
            column("timestamp", "订单付款时间", kind="time", required=True, blank=True),
            column("value", "买家实际支付金额", kind="money", required=True),
            column("refund", "退款金额", kind="money", missing=("无退款申请",)),
            column("status", "订单状态"),
            column("_created", "订单创建时间", kind="time"),
        ),
        rows="""
            SELECT *, CASE WHEN status = '交易关闭' THEN 'refunded' ELSE 'paid' END AS state
            FROM {rows} WHERE timestamp IS NOT NULL""",
    )
