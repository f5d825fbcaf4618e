"""Shopify."""

from __future__ import annotations

from optimizer.data.importers.declare import IMPORTERS, Importer
from optimizer.data.reading.columns import column


@IMPORTERS.register
def shopify() -> Importer:
    """Shopify orders: one row per line item, order fields blank after the first; cancelled orders
    keep their state -> orders.
    """
    return Importer(
        "Shopify orders",
        "orders",
        rank=50,
        channel="shopify",
        sign=("Lineitem name", "Lineitem quantity", "Financial Status", "Fulfillment Status"),
        key=("order_id",),
        columns=(
            column("order_id", "Name", kind="id", required=True),
            column("user_id", "Email", "Customer ID", "Phone", kind="id", prefer=True),
            column(
                "timestamp",
                "Created at",
                "Paid at",
                kind="time",
                required=True,
                blank=True,
                prefer=True,
            ),
            column("value", "Total", kind="money", required=True, blank=True),
            column("refund", "Refunded Amount", kind="money"),
            column("status", "Financial Status"),
            column("currency", "Currency"),
            column("_cancelled", "Cancelled at", kind="time"),
        ),
        rows="""
            SELECT *, CASE WHEN _cancelled IS NOT NULL THEN 'cancelled'
                           WHEN status IN ('voided') THEN 'cancelled'
                           WHEN status = 'refunded' THEN 'refunded'
                           WHEN status IN ('pending', 'authorized', 'expired') THEN 'unpaid'
                           ELSE 'paid' END AS state
            FROM {rows} WHERE value IS NOT NULL""",
    )
