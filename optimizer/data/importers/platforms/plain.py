"""Tables with ordinary column names, English or Chinese: a founder's own spreadsheet."""

from __future__ import annotations

from dataclasses import replace

from optimizer.data import events, paths, spend, totals
from optimizer.data.importers.columns import names
from optimizer.data.importers.declare import IMPORTERS, Importer
from optimizer.data.importers.states import state
from optimizer.data.importers.visits import PATHS
from optimizer.data.reading.columns import column
from optimizer.messages import _

# The columns that the events door reads; a platform's own table may have no channel.
EVENTS = tuple(
    replace(entry, required=entry.required and entry.to != "channel") for entry in events.COLUMNS
)
ORDERS = (
    column(
        "order_id", *names("order_id | InvoiceNo | invoice | 订单号 | 订单ID | 订单编号"), kind="id"
    ),
    column(
        "user_id",
        *names(
            "user_id | customer_id | CustomerID | 客户ID | 用户ID | 会员ID | 用户 | 客户 | 会员 | userid"
        ),
        kind="id",
        required=True,
        blank=True,
    ),
    column(
        "timestamp",
        *names(
            "timestamp | date | order_date | InvoiceDate | created_at | 下单时间 | 付款时间 | 日期"
        ),
        kind="time",
        required=True,
    ),
    column(
        "value",
        *names(
            "value | amount | dollar_value | total | revenue | 金额 | 实付金额 | 订单金额 | 支付金额"
        ),
        kind="money",
        required=True,
    ),
    column("refund", "refund", "退款金额", kind="money"),
    column("status", *names("status | 订单状态 | 状态")),
    column("segment", *names("segment | 人群 | 分群")),
)


# the words for the same columns in German, French, Spanish and Italian
_ABROAD = {
    "period": names(
        "Datum | Tag | Woche | Monat | Jour | Semaine | Mois | Fecha | Semana | Mes | Data"
    ),
    "channel": names("Kanal | Quelle | Canal | Plattform | Plateforme | Canale"),
    "spend": names("Kosten | Ausgaben | Coût | Dépenses | Dépense | Gasto | Coste | Spesa | Costo"),
    "exposures": names("Impressionen | Impresiones | Impressioni"),
    "clicks": names("Klicks | Clics | Clic"),
}
SPEND = tuple(
    replace(entry, names=(*entry.names, *_ABROAD.get(entry.to, ()))) for entry in spend.COLUMNS
)


@IMPORTERS.register
def plain_spend() -> Importer:
    """A spend table: period, channel, spend, under ordinary names (日期, 渠道, 花费) -> spend."""
    return Importer(
        _("plain spend table"),
        "spend",
        general=True,
        rank=55,
        columns=(
            *SPEND,
            column(
                "orders",
                *names("orders | 订单数 | 成交笔数"),
                kind="count",
                say=_("as the platform reports them"),
            ),
            column(
                "gmv",
                *names("gmv | 成交金额 | 销售额"),
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
        general=True,
        rank=55,
        sign=names("user_id | 用户ID | timestamp | event | 用户id | customer_id | 用户 | 事件"),
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
        general=True,
        rank=55,
        key=("order_id",),
        sign=names(
            "user_id | customer_id | CustomerID | order_id | InvoiceNo | 订单号 | 客户ID | 用户ID",
            "会员ID | 用户 | 客户 | 会员",
        ),
        columns=ORDERS,
        rows=f"SELECT *, {state()} AS state FROM {{rows}}",
    )


@IMPORTERS.register
def plain_paths() -> Importer:
    """A path table: path, conversions[, value][, nulls] -> paths."""
    return Importer(
        _("path table"), "paths", rank=55, general=True, columns=paths.COLUMNS, rows=PATHS
    )


@IMPORTERS.register
def plain_totals() -> Importer:
    """What the shop sold: period, new_customers[, orders, revenue, visitors] and any further
    numbers as controls -> totals.
    """
    return Importer(
        _("table of totals"),
        "totals",
        general=True,
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
    """A sheet with one column per channel (Week, Facebook, Google, Total sales) -> spend, and
    totals beside it.
    """
    return Importer(
        _("a column per channel"),
        "spend",
        general=True,
        rank=55,
        auto=False,
        columns=(totals.PERIOD,),
    )
