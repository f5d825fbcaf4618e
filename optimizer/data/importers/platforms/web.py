"""Web analytics: the GA4 BigQuery export and Snowplow's atomic events -> events."""

from __future__ import annotations

from optimizer.data.importers.columns import document, ident, money, names, time, words
from optimizer.data.importers.declare import IMPORTERS, Importer
from optimizer.data.reading.columns import column
from optimizer.messages import _

# A touch is a visit's beginning (session_start and the first page_view share their time: one
# touch). The channel is that event's own source: first collected_traffic_source, else the event's
# parameters; where no event of the visit has one, session_traffic_source_last_click; never
# traffic_source, which is how the user first came. A transaction told twice is one order.
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
            coalesce(
                json_extract_string(_session, '$.manual_campaign.source'),
                json_extract_string(_session, '$.cross_channel_campaign.source'), _session_source,
                CASE WHEN json_extract_string(_session, '$.google_ads_campaign.campaign_id')
                     IS NOT NULL THEN 'google' END
            ) AS visit_src,
            coalesce(
                json_extract_string(_session, '$.manual_campaign.medium'),
                json_extract_string(_session, '$.cross_channel_campaign.medium'), _session_medium,
                CASE WHEN json_extract_string(_session, '$.google_ads_campaign.campaign_id')
                     IS NOT NULL THEN 'cpc' END
            ) AS visit_medium,
            list_filter(list, lambda p: p->>'$.key' = 'ga_session_id')[1]->>'$.value.int_value'
                AS visit,
            coalesce(
                json_extract_string(_ecommerce, '$.transaction_id'), _transaction,
                list_filter(list, lambda p: p->>'$.key' = 'transaction_id')[1]
                    ->>'$.value.string_value') AS told_order,
            list_filter(list, lambda p: p->>'$.key' = 'value')[1] AS worth
        FROM source),
    visits AS (
        SELECT *, bool_or(src IS NOT NULL) OVER visit AS told, row_number() OVER visit_time AS nth,
            event IN ('session_start', 'page_view', 'first_visit') AS begins,
            event IN ('purchase', 'in_app_purchase', 'ecommerce_purchase') AS buys,
            CASE WHEN told_order NOT IN ('', '(not set)') THEN told_order END AS sale
        FROM named
        WINDOW visit AS (PARTITION BY user_id, coalesce(visit, 'at ' || timestamp)),
            visit_time AS (
                PARTITION BY user_id, coalesce(visit, 'at ' || timestamp),
                    event IN ('session_start', 'page_view', 'first_visit')
                ORDER BY timestamp, event DESC)),
    sourced AS (
        SELECT * REPLACE (
            CASE WHEN told THEN src WHEN nth = 1 AND (visit IS NOT NULL OR event <> 'page_view')
                 THEN visit_src END AS src,
            CASE WHEN told THEN medium ELSE visit_medium END AS medium),
            row_number() OVER (PARTITION BY buys, sale ORDER BY timestamp) AS nth_telling
        FROM visits),
    placed AS (
        SELECT *, CASE WHEN src IN ('(direct)', '(none)') THEN NULL
                       WHEN medium IN ('(none)', '(not set)') OR medium IS NULL THEN src
                       ELSE src || '/' || medium END AS came
        FROM sourced WHERE NOT (buys AND sale IS NOT NULL AND nth_telling > 1))
    SELECT DISTINCT user_id, timestamp, came AS channel, 'touch' AS event,
        NULL::DECIMAL(18,6) AS value
    FROM placed
    WHERE came IS NOT NULL AND begins
    UNION ALL
    SELECT user_id, timestamp, NULL,
        CASE event WHEN 'view_item' THEN 'product_view' WHEN 'begin_checkout' THEN 'checkout'
                   ELSE event END,
        CASE WHEN buys THEN coalesce(
            revenue,
            try_cast(coalesce(
                json_extract_string(_ecommerce, '$.purchase_revenue'),
                worth->>'$.value.double_value', worth->>'$.value.float_value',
                worth->>'$.value.int_value') AS DECIMAL(18,6))) END
    FROM placed
    WHERE NOT begins AND event NOT IN ('user_engagement', 'scroll')"""


def _session_names(what: str) -> tuple[str, str]:
    """The header of a flattened column of a visit's source."""
    parts = ("session_traffic_source_last_click", "manual_campaign", what)
    return ".".join(parts), "_".join(parts)


_GA4_BESIDE = names(
    "event_date | event_previous_timestamp | event_value_in_usd",
    "event_server_timestamp_offset | geo | privacy_info",
    "user_first_touch_timestamp | user_ltv | device | app_info | traffic_source",
    "items | stream_id | platform | event_dimensions | user_properties",
    "is_active_user | batch_event_index | session_traffic_source_last_click",
    "publisher",
)


@IMPORTERS.register
def ga4() -> Importer:
    """GA4 BigQuery export (csv, json lines, parquet): the source of each visit, product views,
    carts, purchases -> events.
    """
    return Importer(
        "GA4 BigQuery export",
        "events",
        rank=45,
        seen="a header row in public code",
        also=("google_analytics",),
        sign=names("event_params | user_pseudo_id | event_bundle_sequence_id"),
        beside=_GA4_BESIDE,
        columns=(
            ident("user_id", "user_pseudo_id | user_id", required=True),
            column("timestamp", "event_timestamp", kind="epoch_us", required=True),
            words("event", "event_name", required=True),
            document(
                "_params", "event_params", say=_("source and medium of the event, and its value")
            ),
            document("_collected", "collected_traffic_source"),
            words(
                "_source",
                "collected_traffic_source.manual_source | collected_traffic_source_manual_source",
            ),
            words(
                "_medium",
                "collected_traffic_source.manual_medium | collected_traffic_source_manual_medium",
            ),
            document("_session", "session_traffic_source_last_click"),
            words("_session_source", *_session_names("source")),
            words("_session_medium", *_session_names("medium")),
            document("_ecommerce", "ecommerce"),
            words("_transaction", "ecommerce.transaction_id | ecommerce_transaction_id"),
            money("revenue", "ecommerce.purchase_revenue | ecommerce_purchase_revenue"),
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
# An order may be told by an event of its own, or by the page it was thanked for on.
_SALE = "(event = 'transaction' OR _order IS NOT NULL OR coalesce(value, 0) > 0)"


# what the first row of a file without a header looks like
_FIRST_ROW = {
    "collector_tstamp": r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2}.*",
    "event_id": r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
    "event": r"[a-z_]+",
    "platform": r"[a-z]{2,6}",
}
_VISITS = """
    SELECT DISTINCT user_id, timestamp, concat_ws('/', _source, _medium) AS channel,
        'touch' AS event, NULL::DECIMAL(18,6) AS value
    FROM {rows}
    WHERE _source IS NOT NULL AND coalesce(event, '') NOT IN
        ('page_ping', 'link_click', 'transaction', 'transaction_item', 'struct', 'event')
    UNION ALL
    SELECT user_id, timestamp, NULL, 'purchase', value
    FROM (SELECT *, row_number() OVER (
              PARTITION BY _order ORDER BY event <> 'transaction', timestamp) AS nth
          FROM {rows} WHERE {sale}) AS sales
    WHERE _order IS NULL OR nth = 1
    UNION ALL
    SELECT user_id, timestamp, NULL,
        CASE WHEN event IN ('struct', 'event') THEN coalesce(_action, event)
             ELSE event END, value
    FROM {rows} WHERE event NOT IN ('page_view', 'page_ping') AND NOT {sale}""".replace(
    "{sale}", _SALE
)


@IMPORTERS.register
def snowplow() -> Importer:
    """Snowplow events: atomic with a header, or the enriched stream's 131 columns without: source
    of each visit, transactions -> events.
    """
    return Importer(
        "Snowplow events",
        "events",
        rank=45,
        sign=names("domain_userid | collector_tstamp | mkt_source"),
        headless=_ENRICHED,
        beside=_ENRICHED,
        shape=_FIRST_ROW,
        columns=(
            ident("user_id", "domain_userid | user_id", required=True),
            time("timestamp", "derived_tstamp | collector_tstamp", required=True),
            words("event", "event_name | event", required=True),
            words("_action", "se_action"),
            words("_source", "mkt_source"),
            words("_medium", "mkt_medium"),
            money("value", "tr_total"),
            words("_order", "tr_orderid"),
        ),
        rows=_VISITS,
    )
