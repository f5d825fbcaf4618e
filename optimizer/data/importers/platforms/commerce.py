"""Shops and payments outside China: WooCommerce, Stripe, HubSpot deals; Klaviyo's campaigns."""

from __future__ import annotations

from optimizer.data.importers.columns import count, day, ident, money, names, time, words
from optimizer.data.importers.declare import IMPORTERS, Importer
from optimizer.data.importers.states import orders_of_lines, plain, state
from optimizer.messages import _


@IMPORTERS.register
def woocommerce() -> Importer:
    """WooCommerce orders, one row per order or per item (each with the order's total) -> orders."""
    # headers: https://woocommerce.com/document/woocommerce-analytics/orders-report/
    return Importer(
        "WooCommerce orders",
        "orders",
        rank=50,
        channel="woocommerce",
        also=("woo",),
        sign=names(
            "Order Total Amount | Order Subtotal Amount | Order Refund Amount",
            "Cart Discount Amount | Email (Billing) | First Name (Billing)",
            "Payment Method Title | Quantity (- Refund) | Order # | Customer type",
            "Items sold | Product(s) | Coupon(s) | billing_email | order_number",
            "order_total | customer_note | payment_method_title",
        ),
        key=("order_id",),
        beside=names(
            "Customer Note | Last Name (Billing) | Company (Billing) | Address 1&2 (Billing)",
            "City (Billing) | State Code (Billing) | Postcode (Billing) | Country Code (Billing)",
            "Phone (Billing) | Shipping Method Title | Order Shipping Amount | SKU | Item #",
            "Order Total Tax Amount | Item Name | Item Cost | Coupon Code | Discount Amount",
            "Discount Amount Tax | Attribution | Date Modified | shipping_total | order_subtotal",
            "order_key | billing_first_name | billing_last_name | N. Revenue (Formatted)",
        ),
        columns=(
            ident("order_id", "Order Number | Order # | order_number | order_id", required=True),
            ident("user_id", "Email (Billing) | billing_email | customer_id | Customer"),
            time("timestamp", "Order Date | Date | order_date | date_created", required=True),
            money(
                "value", "Order Total Amount | order_total | Net sales | N. Revenue", required=True
            ),
            money("refund", "Order Refund Amount | refund_total | refunded_total"),
            words("status", "Order Status | Status | order_status"),
            words("currency", "Order Currency | Currency | currency"),
        ),
        rows=orders_of_lines(state(), whole=True, refund="refund", whole_refund=True),
    )


_STRIPE_BESIDE = names(
    "Description | Fee | Tax on Fee | Taxes On Fee | Mode | Customer Description",
    "Card Name | Card Funding | Card Exp Month | Card Exp Year",
    "Card Issue Country | Invoice ID | Transfer | Payment Source Type",
    "Destination | Transfer Group | PaymentIntent ID | Checkout Session ID",
    "Checkout Line Item Summary | Refunded date (UTC) | Dispute Status",
    "Interchange Costs | Merchant Service Charge | Client Reference ID",
    "Decline Reason",
)


@IMPORTERS.register
def stripe() -> Importer:
    """Stripe payments; what failed or was not captured keeps its state -> orders."""
    # fields: https://docs.stripe.com/reports/report-types
    return Importer(
        "Stripe payments",
        "orders",
        rank=50,
        seen="public code that reads these exports",
        channel="stripe",
        sign=names(
            "Created date (UTC) | Created (UTC) | Amount Refunded | Converted Amount",
            "Converted Currency | Converted Amount Refunded | Seller Message | Captured",
            "Statement Descriptor | Customer Email | Card Brand | Card Last4 | Card ID",
        ),
        key=("order_id",),
        once="order_id",
        beside=_STRIPE_BESIDE,
        columns=(
            ident("order_id", "id | Payment ID | Charge ID", required=True),
            ident("user_id", "Customer ID | Customer Email"),
            time("timestamp", "Created date (UTC) | Created (UTC) | Created", required=True),
            money("value", "Amount", required=True),
            money("refund", "Amount Refunded"),
            words("status", "Status"),
            words("currency", "Currency"),
            words("_captured", "Captured"),
        ),
        rows=f"""
            SELECT *, CASE WHEN {state()} = 'paid' AND lower(_captured) = 'false' THEN 'unpaid'
                ELSE {state()} END AS state FROM {{rows}}""",
    )


_HUBSPOT_DEALS_BESIDE = names(
    "Pipeline | Priority | Last Activity Date | Number of Associated Contacts | HubSpot Team",
    "Amount in company currency | Closed Lost Reason | Closed Won Reason | Next step",
    "Original Traffic Source Drill-Down 1 | Original Traffic Source Drill-Down 2",
    "Last Modified Date | Number of Sales Activities | Contract Length | Annual recurring revenue",
)


_WON = "'closed won', 'closedwon', 'won', '赢单', '已赢单'"


_HUBSPOT_STATES = f"""
            SELECT *, CASE
                WHEN {plain("status")} IN ({_WON}) THEN 'paid'
                WHEN {plain("status")} IN ('closed lost', 'closedlost', 'lost', '输单')
                    THEN 'cancelled'
                ELSE 'unpaid' END AS state FROM {{rows}}
            WHERE timestamp IS NOT NULL OR {plain("status")} IN ({_WON})"""


@IMPORTERS.register
def hubspot_deals() -> Importer:
    """HubSpot deals; a deal that was won is an order, with the source HubSpot names -> orders."""
    # properties: https://knowledge.hubspot.com/properties/hubspots-default-deal-properties
    return Importer(
        "HubSpot deals",
        "orders",
        rank=50,
        also=("hubspot",),
        sign=names(
            "Deal Name | Deal Stage | Deal owner | Deal Type | Deal Score | Is Closed Won",
            "Original Traffic Source | Original Source Type | Deal probability | dealname",
            "dealstage | Associated Contact IDs | Associated Company IDs",
            "Forecast amount | closedate",
        ),
        key=("order_id",),
        once="order_id",
        beside=_HUBSPOT_DEALS_BESIDE,
        columns=(
            ident("order_id", "Record ID | Deal ID | hs_object_id | Deal Name", required=True),
            ident(
                "user_id",
                "Associated Company IDs | Associated Company | Primary Associated Company",
                "Associated Contact IDs | Associated Contact | Company name",
            ),
            time(
                "timestamp",
                "Close Date | closedate | Create Date | createdate",
                required=True,
                blank=True,
            ),
            money("value", "Amount | Deal amount | amount", required=True, blank=True),
            words("status", "Deal Stage | dealstage", required=True),
            words("channel", "Original Traffic Source | Original Source Type | Deal source"),
            words("currency", "Currency | Deal currency code"),
        ),
        rows=_HUBSPOT_STATES,
    )


_KLAVIYO_BESIDE = names(
    "Tags | Subject | List | Open Rate | Total Opens | Click Rate | Total Clicks | Bounces",
    "Spam Complaints Rate | Bounce Rate | Winning Variant? | Unsubscribe Rate | Flow Name",
    "Excluded List | Variant Name | Message ID | Flow ID | Click-to-open rate | Status",
)


_KLAVIYO_SIGNS = names(
    "Total Recipients | Unique Placed Order | Placed Order Rate | Send Weekday",
    "Unique Opens | Successful Deliveries | Unsubscribes | Spam Complaints",
    "Unique Clicks | Send Time | Placed Order Value | Total Placed Orders",
    "Campaign Channel | Message Name",
)


@IMPORTERS.register
def klaviyo() -> Importer:
    """Klaviyo campaigns (email, SMS) by day sent; Klaviyo names no costs, so spend is 0 -> spend
    with claimed orders and sales.
    """
    # columns: https://help.klaviyo.com/hc/en-us/articles/115005247168
    return Importer(
        "Klaviyo campaigns",
        "spend",
        rank=30,
        seen="complete header rows in public code",
        sign=_KLAVIYO_SIGNS,
        key=("_campaign", "_name"),
        beside=_KLAVIYO_BESIDE,
        columns=(
            day("Send Time | Send Date | Date"),
            count("exposures", "Successful Deliveries | Delivered | Total Recipients | Recipients"),
            count("clicks", "Unique Clicks | Total Clicks"),
            count(
                "orders",
                "Unique Placed Order | Count of unique conversions | Total Placed Orders",
                "Total Placed Order | Placed Order",
            ),
            money(
                "gmv",
                "Revenue | Placed Order Value | Total Placed Order Value | Conversion value",
                say=_("as Klaviyo attributes them"),
            ),
            words("channel", "Campaign Channel | Channel"),
            ident("_campaign", "Campaign ID | Message ID"),
            words("_name", "Campaign Name | Name"),
        ),
        rows="""
            SELECT * REPLACE (coalesce(lower(channel), 'email') AS channel),
                0::DECIMAL(18,6) AS spend FROM {rows}""",
    )
