"""Amazon: sponsored ads, and the orders of a seller."""

from __future__ import annotations

from optimizer.data.importers.columns import count, day, ident, money, names, time, words
from optimizer.data.importers.declare import IMPORTERS, Importer, Recorded
from optimizer.data.importers.states import orders_of_lines, state
from optimizer.messages import _

_ITEMS = _("of the items, before promotions, without shipping")
_SEVEN = _("within 7 (sellers) or 14 days (vendors, brands) of the click")


_AMAZON_ADS_BESIDE = names(
    "7 Day Conversion Rate | 14 Day Conversion Rate | 14 Day Total Units (#) | Country",
    "Retailer | Campaign Type | Program Type | Targeting | Match Type",
    "Customer Search Term | Placement | Bidding strategy",
    "7 Day Advertised SKU Units (#) | Status | Start Date | End Date | Budget",
    "costPerClick | clickThroughRate | Orders New-to-brand (#)",
)


_AMAZON_ADS_SIGNS = names(
    "7 Day Total Sales | 14 Day Total Sales | 7 Day Total Orders (#)",
    "14 Day Total Orders (#) | Total Advertising Cost of Sales (ACOS) | Portfolio name",
    "Total Return on Advertising Spend (ROAS) | Click-Thru Rate (CTR) | Total ACOS",
    "Cost Per Click (CPC) | 7 Day Total Units (#) | sales7d | sales14d | purchases7d",
)


@IMPORTERS.register
def amazon_ads() -> Importer:
    """Amazon Ads (Sponsored Products, Brands, Display), by day -> spend with claimed orders and
    sales.
    """
    # headers: https://advertising.amazon.com/help/GWWJT96V6TP3PXBG
    return Importer(
        "Amazon Ads",
        "spend",
        rank=30,
        channel="amazon/ads",
        also=("amazon", "amazon advertising"),
        sign=_AMAZON_ADS_SIGNS,
        key=("_campaign", "_group", "_sku"),
        beside=_AMAZON_ADS_BESIDE,
        columns=(
            day("Date | Day"),
            money("spend", "Spend | Cost | Total cost", required=True),
            count("exposures", "Impressions"),
            count("clicks", "Clicks"),
            count(
                "orders",
                "7 Day Total Orders (#) | 14 Day Total Orders (#) | Orders | Purchases",
                "purchases7d | purchases14d",
                say=_SEVEN,
            ),
            money(
                "gmv",
                "7 Day Total Sales | 14 Day Total Sales | Sales | sales7d | sales14d",
                say=_SEVEN,
            ),
            count("new_customers", "14 Day New-to-brand Orders (#) | New-to-brand orders"),
            words("currency", "Currency | Budget currency"),
            words("_campaign", "Campaign Name | Campaign ID | Campaigns | campaignName"),
            words("_group", "Ad Group Name | adGroupName"),
            ident("_sku", "Advertised SKU | Advertised ASIN"),
        ),
        records=(Recorded("Total Return on Advertising Spend (ROAS)", None, _("sales / spend")),),
    )


_AMAZON_ORDERS_BESIDE = names(
    "last-updated-date | order-channel | url | product-name | sku | asin | quantity",
    "item-tax | shipping-price | shipping-tax | gift-wrap-price | gift-wrap-tax",
    "ship-promotion-discount | ship-city | ship-state | ship-postal-code | ship-country",
    "promotion-ids | is-business-order | price-designation | order-item-id",
    "item-status | payments-date | recipient-name",
)


@IMPORTERS.register
def amazon_orders() -> Importer:
    """Amazon orders of a seller (All Orders report), one row per item; pending and cancelled orders
    keep their state -> orders.
    """
    # fields: https://developer-docs.amazon.com/sp-api/docs/report-type-values-order
    return Importer(
        "Amazon orders",
        "orders",
        rank=50,
        channel="amazon",
        also=("amazon seller orders",),
        sign=names(
            "amazon-order-id | merchant-order-id | purchase-date | fulfillment-channel",
            "item-price | sales-channel | ship-service-level | item-promotion-discount",
        ),
        key=("order_id",),
        beside=_AMAZON_ORDERS_BESIDE,
        columns=(
            ident("order_id", "amazon-order-id | order-id", required=True),
            ident("user_id", "buyer-email | buyer-name | buyer-phone-number"),
            time("timestamp", "purchase-date | payments-date", required=True),
            money("_price", "item-price", required=True, blank=True, say=_ITEMS),
            words("status", "order-status"),
            words("currency", "currency"),
            money("_off", "item-promotion-discount"),
        ),
        rows=orders_of_lines(state(), "coalesce(_price, 0)"),
    )
