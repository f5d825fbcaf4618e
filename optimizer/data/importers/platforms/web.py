"""Web analytics: the GA4 BigQuery export and Snowplow's atomic events -> events."""

from __future__ import annotations

from optimizer.data.importers.declare import IMPORTERS, Importer
from optimizer.data.reading.columns import column
from optimizer.messages import _

# A touch is a visit's beginning (session_start and the first page_view share their time: one
# touch). The channel is that event's own source: first collected_traffic_source, else the event's
# parameters; never traffic_source, which is how the user first came.
_GA4 = """
    WITH source AS (
        SELECT *,
            CASE WHEN json_type(_params) = 'ARRAY' THEN from_json(_params, '["JSON"]') END AS list
        FROM {rows}),
    named AS (
        SELECT *,
            coalesce(
                json_extract_string(_collected, '$.manual_source'), _source,
                CASE WHEN json_extract_string(_collected, '$.gclid') IS NOT NULL THEN 'google' END,
                list_filter(list, lambda p: p->>'$.key' = 'source')[1]->>'$.value.string_value'
            ) AS src,
            coalesce(
                json_extract_string(_collected, '$.manual_medium'), _medium,
                CASE WHEN json_extract_string(_collected, '$.gclid') IS NOT NULL THEN 'cpc' END,
                list_filter(list, lambda p: p->>'$.key' = 'medium')[1]->>'$.value.string_value'
            ) AS medium,
            list_filter(list, lambda p: p->>'$.key' = 'value')[1] AS worth
        FROM source),
    placed AS (
        SELECT *, CASE WHEN src IN ('(direct)', '(none)') THEN NULL
                       WHEN medium IN ('(none)', '(not set)') OR medium IS NULL THEN src
                       ELSE src || '/' || medium END AS came
        FROM named)
    SELECT DISTINCT user_id, timestamp, came AS channel, 'touch' AS event,
        NULL::DECIMAL(18,6) AS value
    FROM placed
    WHERE came IS NOT NULL AND event IN ('session_start', 'page_view', 'first_visit')
    UNION ALL
    SELECT user_id, timestamp, NULL,
        CASE event WHEN 'view_item' THEN 'product_view' WHEN 'begin_checkout' THEN 'checkout'
                   ELSE event END,
        CASE WHEN event IN ('purchase', 'in_app_purchase', 'ecommerce_purchase') THEN coalesce(
            revenue,
            try_cast(coalesce(
                json_extract_string(_ecommerce, '$.purchase_revenue'),
                worth->>'$.value.double_value', worth->>'$.value.float_value',
                worth->>'$.value.int_value') AS DECIMAL(18,6))) END
    FROM placed
    WHERE event NOT IN
        ('session_start', 'page_view', 'first_visit', 'user_engagement', 'scroll')"""


@IMPORTERS.register
def ga4() -> Importer:
    """GA4 BigQuery export (csv, json lines, parquet): the source of each visit, product views,
    carts, purchases -> events.
    """
    return Importer(
        "GA4 BigQuery export",
        "events",
        rank=45,
        also=("google_analytics",),
        sign=("event_params", "user_pseudo_id", "event_bundle_sequence_id"),
        columns=(
            column("user_id", "user_pseudo_id", "user_id", kind="id", prefer=True, required=True),
            column("timestamp", "event_timestamp", kind="epoch_us", required=True),
            column("event", "event_name", required=True),
            column(
                "_params",
                "event_params",
                kind="json",
                say=_("source and medium of the event, and its value"),
            ),
            column("_collected", "collected_traffic_source", kind="json"),
            column(
                "_source",
                "collected_traffic_source.manual_source",
                "collected_traffic_source_manual_source",
            ),
            column(
                "_medium",
                "collected_traffic_source.manual_medium",
                "collected_traffic_source_manual_medium",
            ),
            column("_ecommerce", "ecommerce", kind="json"),
            column(
                "revenue", "ecommerce.purchase_revenue", "ecommerce_purchase_revenue", kind="money"
            ),
        ),
        rows=_GA4,
    )


# The columns of the enriched event, in the order of the stream's files, which have no header.
_FIELDS = """
    app_id platform etl_tstamp collector_tstamp dvce_created_tstamp event event_id txn_id
    name_tracker v_tracker v_collector v_etl user_id user_ipaddress user_fingerprint
    domain_userid domain_sessionidx network_userid geo_country geo_region geo_city geo_zipcode
    geo_latitude geo_longitude geo_region_name ip_isp ip_organization ip_domain ip_netspeed
    page_url page_title page_referrer page_urlscheme page_urlhost page_urlport page_urlpath
    page_urlquery page_urlfragment refr_urlscheme refr_urlhost refr_urlport refr_urlpath
    refr_urlquery refr_urlfragment refr_medium refr_source refr_term mkt_medium mkt_source
    mkt_term mkt_content mkt_campaign contexts se_category se_action se_label se_property
    se_value unstruct_event tr_orderid tr_affiliation tr_total tr_tax tr_shipping tr_city
    tr_state tr_country ti_orderid ti_sku ti_name ti_category ti_price ti_quantity
    pp_xoffset_min pp_xoffset_max pp_yoffset_min pp_yoffset_max useragent br_name br_family
    br_version br_type br_renderengine br_lang br_features_pdf br_features_flash
    br_features_java br_features_director br_features_quicktime br_features_realplayer
    br_features_windowsmedia br_features_gears br_features_silverlight br_cookies br_colordepth
    br_viewwidth br_viewheight os_name os_family os_manufacturer os_timezone dvce_type
    dvce_ismobile dvce_screenwidth dvce_screenheight doc_charset doc_width doc_height
    tr_currency tr_total_base tr_tax_base tr_shipping_base ti_currency ti_price_base
    base_currency geo_timezone mkt_clickid mkt_network etl_tags dvce_sent_tstamp
    refr_domain_userid refr_dvce_tstamp derived_contexts domain_sessionid derived_tstamp
    event_vendor event_name event_format event_version event_fingerprint true_tstamp
"""
_ENRICHED = tuple(_FIELDS.split())


@IMPORTERS.register
def snowplow() -> Importer:
    """Snowplow events: atomic with a header, or the enriched stream's 131 columns without: source
    of each visit, transactions -> events.
    """
    return Importer(
        "Snowplow events",
        "events",
        rank=45,
        sign=("domain_userid", "collector_tstamp", "mkt_source"),
        headless=_ENRICHED,
        shape={
            "collector_tstamp": r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2}.*",
            "event_id": r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
            "event": r"[a-z_]+",
            "platform": r"[a-z]{2,6}",
        },
        columns=(
            column("user_id", "domain_userid", "user_id", kind="id", prefer=True, required=True),
            column(
                "timestamp",
                "derived_tstamp",
                "collector_tstamp",
                kind="time",
                required=True,
                prefer=True,
            ),
            column("event", "event_name", "event", required=True, prefer=True),
            column("_action", "se_action"),
            column("_source", "mkt_source"),
            column("_medium", "mkt_medium"),
            column("value", "tr_total", kind="money"),
        ),
        rows="""
            SELECT DISTINCT user_id, timestamp, concat_ws('/', _source, _medium) AS channel,
                'touch' AS event, NULL::DECIMAL(18,6) AS value
            FROM {rows}
            WHERE _source IS NOT NULL AND coalesce(event, '') NOT IN
                ('page_ping', 'link_click', 'transaction', 'transaction_item', 'struct', 'event')
            UNION ALL
            SELECT user_id, timestamp, NULL,
                CASE WHEN event = 'transaction' THEN 'purchase'
                     WHEN event IN ('struct', 'event') THEN coalesce(_action, event)
                     ELSE event END, value
            FROM {rows} WHERE event NOT IN ('page_view', 'page_ping')""",
    )
