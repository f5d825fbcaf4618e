"""京东: ads (京准通) and the shop's own numbers (商智)."""

from __future__ import annotations

from optimizer.data.importers.columns import count, day, ident, money, names, number, rate
from optimizer.data.importers.declare import DAYS, IMPORTERS, Importer, Recorded
from optimizer.messages import _

_LINES = _("order lines, direct and indirect, within the window set in the platform")
_PLACED = _("orders placed, within the window set in the platform")
_NEW = _("new to the shop, as the platform counts them")
_JINGZHUNTONG_BESIDE = names(
    "产品线 | 直接订单行 | 间接订单行 | 直接订单金额 | 间接订单金额 | 总加购数 | 千次展现成本 | 转化率",
    "推广单元 | 推广单元ID | 总订单成本 | 总关注数 | 总收藏数 | 点击转化率 | 预售订单行 | 预售订单金额",
)


@IMPORTERS.register
def jingzhuntong() -> Importer:
    """京准通: ads on JD, dates as 20260813, tabs inside text -> spend with orders, sales, new
    customers.
    """
    return Importer(
        "京准通",
        "spend",
        rank=30,
        seen="part of a header row in public code",
        channel="jd/jingzhuntong",
        also=("京东快车", "jzt"),
        sign=names("展现数 | 总订单行 | 总订单金额 | 下单新客数 | 跟单SKU ID | 总费用"),
        beside=_JINGZHUNTONG_BESIDE,
        key=("_sku", "_account", "_plan"),
        columns=(
            day("日期 | 时间", *DAYS),
            money("spend", "花费 | 总费用", required=True),
            count("exposures", "展现数"),
            count("clicks", "点击数"),
            count("orders", "总订单行", say=_LINES),
            money("gmv", "总订单金额", say=_PLACED),
            count("new_customers", "下单新客数", say=_NEW),
            rate("_ctr", "点击率", agrees=("clicks", "exposures", 1.0)),
            money("_cpc", "平均点击成本", agrees=("spend", "clicks", 1.0)),
            number("_roi", "投产比", agrees=("gmv", "spend", 1.0)),
            ident("_sku", "跟单SKU ID"),
            ident("_account", "账户昵称"),
            ident("_plan", "推广计划 | 计划ID | 推广计划ID"),
        ),
        records=(
            Recorded(
                "投产比", None, _("orders placed / spend, within the window set in the platform")
            ),
        ),
    )


@IMPORTERS.register
def jd_shangzhi() -> Importer:
    """京东商智: the shop's visitors, orders and sales by day; values may be ranges (--ranges) ->
    shop.
    """
    return Importer(
        "京东商智",
        "shop",
        rank=30,
        channel="jd",
        also=("商智",),
        sign=names("成交单量 | 成交人数 | 成交商品件数 | 成交客户数"),
        beside=names(
            "商品名称 | 客单价 | UV价值 | 加购商品件数 | 人均浏览量 | 平均停留时长 | 跳失率 | 关注人数 | 店铺名称",
            "取消及售后退款金额 | 退款金额 | 成交老客户数 | 成交新客户数 | 搜索点击次数 | 曝光人数",
        ),
        key=("_product",),
        columns=(
            day("日期 | 时间", *DAYS),
            count(
                "visitors",
                "商品访客数 | 访客数",
                required=True,
                say=_("added over products: a person who saw two products counts twice"),
            ),
            count("views", "浏览量 | 商品浏览量"),
            count("carts", "加购人数 | 加购客户数"),
            count("orders", "成交单量"),
            count("customers", "成交人数 | 成交客户数"),
            money("gmv", "成交金额", required=True),
            rate("_cvr", "成交转化率", agrees=("customers", "visitors", 1.0)),
            ident("_product", "SKU | 商品编号 | 商品ID | SKU ID"),
        ),
    )
