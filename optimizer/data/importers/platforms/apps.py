"""App attribution: AppsFlyer and Adjust raw data -> events."""

from __future__ import annotations

from optimizer.data.importers.columns import names
from optimizer.data.importers.declare import IMPORTERS, Importer, Recorded
from optimizer.data.reading.columns import column
from optimizer.messages import _

# The same attributed touch stands on every event that followed it: it is written once.
_APPSFLYER = """
    WITH source AS (SELECT * FROM {rows}),
    touches AS (
        SELECT user_id, _touch_time AS timestamp, channel, _touch_type AS kind FROM source
        UNION ALL SELECT user_id, _time1, _source1, _type1 FROM source
        UNION ALL SELECT user_id, _time2, _source2, _type2 FROM source
        UNION ALL SELECT user_id, _time3, _source3, _type3 FROM source)
    SELECT DISTINCT user_id, timestamp, channel, 'touch' AS event, NULL::DECIMAL(18,6) AS value
    FROM touches
    WHERE timestamp IS NOT NULL AND channel IS NOT NULL AND lower(channel) <> 'organic'
    UNION ALL
    SELECT user_id, timestamp, NULL, CASE lower(event)
        WHEN 'af_purchase' THEN 'purchase' WHEN 'af_add_to_cart' THEN 'add_to_cart'
        WHEN 'af_content_view' THEN 'product_view'
        WHEN 'af_initiated_checkout' THEN 'checkout' ELSE event END, value FROM source"""


_APPSFLYER_BESIDE = names(
    "Install Time | Event Value | Event Source | Is Receipt Validated | Partner",
    "Campaign | Adset | Ad | Campaign ID | Adset ID | Ad ID | Ad Type | Site ID",
    "Sub Site ID | Cost Model | Cost Value | Keywords | Cost Currency",
    "Contributor 1 Partner | Contributor 1 Campaign | Region | Country Code",
    "State | City | Postal Code | DMA | IP | WIFI | Operator | Carrier | Language",
    "Advertising ID | IDFA | Android ID | IMEI | IDFV | Platform | Device Type",
    "OS Version | App Version | SDK Version | App ID | App Name | Bundle ID",
    "Is Retargeting | Retargeting Conversion Type | Reengagement Window",
    "User Agent",
)


@IMPORTERS.register
def appsflyer() -> Importer:
    """AppsFlyer raw data: the attributed touch and contributors 1-3 become touches, the in-app
    event a milestone -> events.
    """
    return Importer(
        "AppsFlyer raw data",
        "events",
        rank=40,
        seen="a header row in public code",
        sign=names("Attributed Touch Time | Contributor 1 Media Source | AppsFlyer ID"),
        beside=_APPSFLYER_BESIDE,
        columns=(
            column(
                "user_id", "AppsFlyer ID", "Customer User ID", kind="id", required=True, prefer=True
            ),
            column("timestamp", "Event Time", kind="time", required=True),
            column("event", "Event Name", required=True),
            column("value", "Event Revenue", "Event Revenue USD", kind="money", prefer=True),
            column("currency", "Event Revenue Currency"),
            column("channel", "Media Source", required=True, blank=True),
            column("_touch_time", "Attributed Touch Time", kind="time"),
            column("_touch_type", "Attributed Touch Type"),
            column("_source1", "Contributor 1 Media Source"),
            column("_time1", "Contributor 1 Touch Time", kind="time"),
            column("_type1", "Contributor 1 Touch Type"),
            column("_source2", "Contributor 2 Media Source"),
            column("_time2", "Contributor 2 Touch Time", kind="time"),
            column("_type2", "Contributor 2 Touch Type"),
            column("_source3", "Contributor 3 Media Source"),
            column("_time3", "Contributor 3 Touch Time", kind="time"),
            column("_type3", "Contributor 3 Touch Type"),
        ),
        records=(
            Recorded("Attribution Lookback", None, _("AppsFlyer's own window, as set per partner")),
        ),
        rows=_APPSFLYER,
    )


_ADJUST_BESIDE = names(
    "idfv | tracker | app_name | installed_at | conversion_duration | cost_type",
    "cost_amount | nonce | cost_currency | reporting_cost | match_type",
    "campaign_name | adgroup_name | creative_name | is_organic | country | city",
    "os_name | device_name | device_type | ip_address | store",
)


@IMPORTERS.register
def adjust() -> Importer:
    """Adjust csv export: impressions and clicks become touches, other activities milestones; cost
    rows are left out -> events.
    """
    return Importer(
        "Adjust csv export",
        "events",
        rank=40,
        seen="a header row in public code",
        sign=names("activity_kind | tracker_name | adid | idfa||gps_adid"),
        beside=_ADJUST_BESIDE,
        columns=(
            column("user_id", "adid", "idfa||gps_adid", kind="id", prefer=True, required=True),
            column("timestamp", "created_at", kind="epoch_s", required=True),
            column("channel", "network_name", "tracker_name", prefer=True),
            column("event", "activity_kind", required=True),
            column("_name", "event_name"),
            column(
                "value",
                *names("revenue | reporting_revenue | revenue_usd"),
                kind="money",
                prefer=True,
            ),
            column("currency", "currency", "reporting_currency", prefer=True),
        ),
        rows="""
            SELECT user_id, timestamp,
                CASE WHEN lower(channel) = 'organic' THEN NULL ELSE channel END AS channel,
                CASE WHEN event IN ('click', 'impression') THEN 'touch'
                     WHEN event = 'event' THEN coalesce(_name, 'event')
                     ELSE event END AS event, value
            FROM {rows} WHERE event NOT IN ('cost', 'ad_spend', 'cost_update')
              AND NOT (event IN ('click', 'impression')
                       AND (channel IS NULL OR lower(channel) = 'organic'))""",
    )
