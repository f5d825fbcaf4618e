"""淘宝 and 天猫: ads (万相台), the shop's own numbers (生意参谋), orders."""

from __future__ import annotations

from optimizer.data.importers.columns import (
    count,
    day,
    ident,
    money,
    names,
    number,
    rate,
    time,
    words,
)
from optimizer.data.importers.declare import DAYS, IMPORTERS, Importer, Recorded
from optimizer.messages import _

_ALL = _("direct and indirect, within the window set in the platform")
_NEW = _("new to the shop, as the platform counts them")
_RETURN = _("all sales / spend, within the window set in the platform")
_WANXIANGTAI_BESIDE = names(
    "主体类型 | 主体名称 | 计划名称 | 单元名称 | 场景名称 | 总预售成交金额 | 总预售成交笔数 | 直接成交金额",
    "间接成交金额 | 直接成交笔数 | 间接成交笔数 | 点击转化率 | 总成交成本 | 直接购物车数 | 加购率 | 间接购物车数",
    "收藏宝贝数 | 收藏店铺数 | 总收藏加购数 | 宝贝收藏加购数 | 总收藏数 | 拍下订单笔数 | 拍下订单金额 | 成交人数",
    "优惠券领取量 | 旺旺咨询量 | 引导访问量 | 引导访问人数 | 引导访问潜客数 | 入会量 | 入会率 | 深度访问量",
    "平均访问页面数 | 成交新客占比 | 会员首购人数 | 会员成交金额 | 会员成交笔数 | 人均成交金额 | 自然流量曝光量",
)


@IMPORTERS.register
def wanxiangtai() -> Importer:
    """阿里妈妈万相台: ads on Taobao and Tmall, by day and plan or product -> spend with orders,
    sales, new customers.
    """
    return Importer(
        "阿里妈妈万相台",
        "spend",
        rank=25,
        seen="a header row in public code",
        channel="taobao/wanxiangtai",
        also=("万相台", "万相台无界", "alimama"),
        sign=names("主体ID | 总成交金额 | 投入产出比 | 千次展现花费 | 含预售投产比 | 成交新客数"),
        beside=_WANXIANGTAI_BESIDE,
        key=("_plan", "_unit", "_subject"),
        columns=(
            day("日期", *DAYS),
            money("spend", "花费 | 消耗", required=True),
            count("exposures", "展现量"),
            count("clicks", "点击量"),
            count("orders", "总成交笔数", say=_ALL),
            money("gmv", "总成交金额", say=_ALL),
            count("new_customers", "成交新客数", say=_NEW),
            count("carts", "总购物车数"),
            rate("_ctr", "点击率", agrees=("clicks", "exposures", 1.0)),
            money("_cpc", "平均点击花费", agrees=("spend", "clicks", 1.0)),
            money("_cpm", "千次展现花费", agrees=("spend", "exposures", 1000.0)),
            number("_roi", "投入产出比", agrees=("gmv", "spend", 1.0)),
            ident("_plan", "计划ID"),
            ident("_unit", "单元ID"),
            ident("_subject", "主体ID"),
        ),
        records=(
            Recorded("投入产出比", None, _RETURN),
            Recorded("含预售投产比", None, _("all sales with presale totals / spend")),
        ),
    )


_TWICE = _("added over products: a person who saw two products counts twice")
_SYCM_BESIDE = names(
    "商品名称 | 主商品ID | 商品类型 | 货号 | 商品状态 | 商品标签 | 平均停留时长 | 商品详情页跳出率 | 客单价",
    "商品加购件数 | 下单买家数 | 下单件数 | 下单金额 | 下单转化率 | 老买家支付金额 | 聚划算支付金额",
    "访客平均价值 | 竞争力评分 | 年累计支付金额 | 月累计支付金额 | 月累计支付件数 | 搜索引导支付转化率",
    "搜索引导访客数 | 搜索引导支付买家数 | 人均浏览量 | 跳失率 | 加购件数 | 商品收藏买家数 | 支付老买家金额",
)


_SYCM_SIGNS = names(
    "支付买家数 | 商品访客数 | 成功退款金额 | 支付新买家数 | 支付老买家数 | 商品支付转化率"
)


_TWICE = _("added over products: a person who saw two products counts twice")
_SYCM_BESIDE = names(
    "支付单号 | 支付详情 | 买家支付宝账号 | 总金额 | 返点积分 | 买家实际支付积分 | 买家留言 | 收货人姓名 | 收货地址",
    "运送方式 | 联系电话 | 联系手机 | 宝贝种类 | 物流单号 | 物流公司 | 订单备注 | 店铺名称 | 订单关闭原因 | 卖家服务费",
    "是否手机订单 | 定金排名 | 确认收货时间 | 打款商家金额 | 发货时间 | 商品标题 | 订单类型 | 修改后的sku",
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
        seen="a header row in public code",
        channel="taobao",
        also=("生意参谋商品",),
        sign=_SYCM_SIGNS,
        beside=_SYCM_BESIDE,
        key=("_product",),
        columns=(
            day("统计日期 | 日期", *DAYS),
            count("visitors", "商品访客数 | 访客数", required=True, say=_TWICE),
            count("views", "商品浏览量 | 浏览量"),
            count("saves", "商品收藏人数"),
            count("carts", "商品加购人数 | 加购人数"),
            count(
                "customers",
                "支付买家数",
                required=True,
                say=_("added over products and days: not distinct people"),
            ),
            count("new_customers", "支付新买家数"),
            count("items", "支付件数"),
            money("gmv", "支付金额", required=True, say=_("paid, before refunds")),
            money("refunds", "成功退款金额"),
            rate("_cvr", "商品支付转化率 | 支付转化率", agrees=("customers", "visitors", 1.0)),
            ident("_product", "商品ID"),
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
        sign=names(
            "买家实际支付金额 | 买家会员名 | 买家应付货款 | 宝贝标题 | 买家应付邮费 | 宝贝总数量"
        ),
        beside=_SYCM_BESIDE,
        key=("order_id",),
        once="order_id",
        columns=(
            ident("order_id", "订单编号 | 主订单编号", required=True),
            ident("user_id", "买家会员名 | 买家昵称 | 买家ID"),
            time("timestamp", "订单付款时间", required=True, blank=True),
            money("value", "买家实际支付金额", required=True),
            money("refund", "退款金额", missing=("无退款申请",)),
            words("status", "订单状态"),
            time("_created", "订单创建时间"),
        ),
        rows="""
            SELECT *, CASE WHEN status = '交易关闭' THEN 'refunded' ELSE 'paid' END AS state
            FROM {rows} WHERE timestamp IS NOT NULL""",
    )
