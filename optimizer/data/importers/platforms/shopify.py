"""Shopify."""

from __future__ import annotations

from optimizer.data.importers.columns import names
from optimizer.data.importers.declare import IMPORTERS, Importer
from optimizer.data.reading.columns import column

_SHOPIFY_BESIDE = names(
    "Accepts Marketing | Fulfilled at | Subtotal | Shipping | Taxes",
    "Discount Code | Billing Name | Discount Amount | Shipping Method",
    "Lineitem price | Lineitem sku | Lineitem discount | Notes",
    "Lineitem compare at price | Lineitem requires shipping | Lineitem taxable",
    "Billing Street | Lineitem fulfillment status | Billing Address1",
    "Billing City | Billing Zip | Billing Country | Shipping Name",
    "Shipping Street | Shipping City | Shipping Zip | Shipping Country | Vendor",
    "Note Attributes | Payment Method | Payment Reference | Outstanding Balance",
    "Employee | Location | Device ID | Id | Tags | Risk Level | Source",
    "Tax 1 Name | Tax 1 Value | Receipt Number | Duties",
)


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
        sign=names("Lineitem name | Lineitem quantity | Financial Status | Fulfillment Status"),
        beside=_SHOPIFY_BESIDE,
        key=("order_id",),
        columns=(
            column("order_id", "Name", kind="id", required=True),
            column("user_id", *names("Email | Customer ID | Phone"), kind="id", prefer=True),
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
