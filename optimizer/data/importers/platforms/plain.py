"""Tables with ordinary column names, English or Chinese: a founder's own spreadsheet."""

from __future__ import annotations

from dataclasses import replace

from optimizer.data import events, spend, totals
from optimizer.data.importers.declare import IMPORTERS, Importer
from optimizer.data.reading.columns import column
from optimizer.messages import _

# The columns that the events door reads; a platform's own table may have no channel.
EVENTS = tuple(
    replace(entry, required=entry.required and entry.to != "channel") for entry in events.COLUMNS
)
# Words of the trade for an order that is none, or was given back; whatever else stands there is an
# order.
STATE = """CASE
    WHEN status IS NULL THEN 'paid'
    WHEN lower(trim(status)) IN ('cancelled', 'canceled', '已取消', '取消', '交易关闭', '已关闭')
        THEN 'cancelled'
    WHEN lower(trim(status)) IN ('refunded', '已退款', '退款成功', '全额退款') THEN 'refunded'
    WHEN lower(trim(status)) IN ('unpaid', 'pending', 'expired', '待付款', '未付款', '等待付款')
        THEN 'unpaid'
    ELSE 'paid' END"""


ORDERS = (
    column(
        "order_id", "order_id", "InvoiceNo", "invoice", "订单号", "订单ID", "订单编号", kind="id"
    ),
    column(
        "user_id",
        "user_id",
        "customer_id",
        "CustomerID",
        "客户ID",
        "用户ID",
        "会员ID",
        "用户",
        "客户",
        "会员",
        "userid",
        kind="id",
        required=True,
    ),
    column(
        "timestamp",
        "timestamp",
        "date",
        "order_date",
        "InvoiceDate",
        "created_at",
        "下单时间",
        "付款时间",
        "日期",
        kind="time",
        required=True,
    ),
    column(
        "value",
        "value",
        "amount",
        "dollar_value",
        "total",
        "revenue",
        "金额",
        "实付金额",
        "订单金额",
        "支付金额",
        kind="money",
        required=True,
    ),
    column("refund", "refund", "退款金额", kind="money"),
    column("status", "status", "订单状态", "状态"),
    column("segment", "segment", "人群", "分群"),
)


@IMPORTERS.register
def plain_spend() -> Importer:
    """A spend table: period, channel, spend, under ordinary names (日期, 渠道, 花费) -> spend."""
    return Importer(
        _("plain spend table"),
        "spend",
        rank=55,
        columns=(
            *spend.COLUMNS,
            column(
                "orders",
                "orders",
                "订单数",
                "成交笔数",
                kind="count",
                say=_("as the platform reports them"),
            ),
            column(
                "gmv",
                "gmv",
                "成交金额",
                "销售额",
                kind="money",
                say=_("as the platform reports it"),
            ),
            column(
                "new_customers",
                "new_customers",
                "新客数",
                kind="count",
                say=_("as the platform reports them"),
            ),
            column("_ctr", "ctr", "点击率", kind="rate", agrees=("clicks", "exposures", 1.0)),
        ),
    )


@IMPORTERS.register
def plain_events() -> Importer:
    """An events table: user_id, timestamp, channel, event[, value, tier, segment] -> events."""
    return Importer(
        _("plain events table"),
        "events",
        rank=55,
        sign=("user_id", "用户ID", "timestamp", "event", "用户id", "customer_id", "用户", "事件"),
        columns=EVENTS,
    )


@IMPORTERS.register
def plain_orders() -> Importer:
    """An orders table: order, customer, time, amount; a negative amount is a cancellation ->
    orders.
    """
    return Importer(
        _("plain orders table"),
        "orders",
        rank=55,
        key=("order_id",),
        sign=(
            "user_id",
            "customer_id",
            "CustomerID",
            "order_id",
            "InvoiceNo",
            "订单号",
            "客户ID",
            "用户ID",
            "会员ID",
            "用户",
            "客户",
            "会员",
        ),
        columns=ORDERS,
        rows=f"SELECT *, {STATE} AS state FROM {{rows}}",
    )


@IMPORTERS.register
def plain_totals() -> Importer:
    """What the shop sold: period, new_customers[, orders, revenue, visitors] and any further numbers
    as controls -> totals.
    """
    return Importer(
        _("table of totals"),
        "totals",
        rank=55,
        auto=False,
        columns=tuple(
            replace(entry, kind="number") if entry.kind == "money" else entry
            for entry in totals.COLUMNS
        ),
        either=totals.SOLD,
    )


@IMPORTERS.register
def plain_sheet() -> Importer:
    """A sheet with one column per channel (Week, Facebook, Google, Total sales) -> spend, and totals
    beside it.
    """
    return Importer(
        _("a column per channel"), "spend", rank=55, auto=False, columns=(totals.PERIOD,)
    )
