"""Invoices as a shop's books have them: one line per item, quantity times price."""

from __future__ import annotations

from optimizer.data.importers.columns import names
from optimizer.data.importers.declare import IMPORTERS, Importer
from optimizer.data.reading.columns import column
from optimizer.messages import _

_LINES = (
    column(
        "order_id",
        *names("InvoiceNo | Invoice | order_id | Order ID | 单号 | 订单号 | 订单编号"),
        kind="id",
        required=True,
    ),
    column(
        "user_id",
        *names("CustomerID | Customer ID | customer_id | user_id | 客户ID | 会员ID | 客户"),
        kind="id",
        required=True,
        blank=True,
    ),
    column(
        "timestamp",
        *names("InvoiceDate | Invoice Date | date | order_date | 日期 | 下单时间"),
        kind="time",
        required=True,
    ),
    column("_quantity", *names("Quantity | Qty | 数量"), kind="number", required=True),
    column("_price", *names("UnitPrice | Unit Price | Price | 单价"), kind="money", required=True),
    column("_item", *names("StockCode | SKU | Description | 商品编码"), prefer=True),
)


@IMPORTERS.register
def plain_invoices() -> Importer:
    """Invoice lines: invoice, customer, time, quantity and unit price; negative quantities are
    cancellations, lines without a customer are kept -> orders.
    """
    return Importer(
        _("invoice lines"),
        "orders",
        general=True,
        rank=55,
        key=("order_id",),
        sign=names("UnitPrice | Unit Price | StockCode | 单价"),
        columns=_LINES,
        rows="SELECT *, _quantity * _price AS value, 'paid' AS state FROM {rows}",
    )
