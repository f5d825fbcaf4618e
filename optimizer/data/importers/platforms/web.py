"""Web analytics: the GA4 BigQuery export and Snowplow's atomic events -> events."""

from __future__ import annotations

from optimizer.data.importers.declare import IMPORTERS, Importer, column

# A touch is a visit's beginning (session_start and the first page_view share their time: one touch). The channel is that event's own source: first
# collected_traffic_source, else the event's parameters; never traffic_source, which is how the user first came.
_GA4 = """
    WITH source AS (SELECT *,
        CASE WHEN json_type(_params) = 'ARRAY' THEN _params END AS list FROM {rows}),
    named AS (SELECT *,
        coalesce(json_extract_string(_collected, '$.manual_source'), _source, CASE WHEN json_extract_string(_collected, '$.gclid') IS NOT NULL THEN 'google' END,
                 list_filter(from_json(list, '["JSON"]'), lambda p: p->>'$.key' = 'source')[1]->>'$.value.string_value') AS src,
        coalesce(json_extract_string(_collected, '$.manual_medium'), _medium, CASE WHEN json_extract_string(_collected, '$.gclid') IS NOT NULL THEN 'cpc' END,
                 list_filter(from_json(list, '["JSON"]'), lambda p: p->>'$.key' = 'medium')[1]->>'$.value.string_value') AS medium,
        list_filter(from_json(list, '["JSON"]'), lambda p: p->>'$.key' = 'value')[1] AS worth FROM source),
    placed AS (SELECT *, CASE WHEN src IN ('(direct)', '(none)') THEN NULL WHEN medium IN ('(none)', '(not set)') OR medium IS NULL THEN src
                              ELSE src || '/' || medium END AS came FROM named)
    SELECT DISTINCT user_id, timestamp, came AS channel, 'touch' AS event, NULL::DECIMAL(18,6) AS value FROM placed
    WHERE came IS NOT NULL AND event IN ('session_start', 'page_view', 'first_visit')
    UNION ALL
    SELECT user_id, timestamp, NULL, CASE event WHEN 'view_item' THEN 'product_view' WHEN 'begin_checkout' THEN 'checkout' ELSE event END,
           CASE WHEN event IN ('purchase', 'in_app_purchase', 'ecommerce_purchase') THEN try_cast(coalesce(json_extract_string(_ecommerce, '$.purchase_revenue'),
                worth->>'$.value.double_value', worth->>'$.value.float_value', worth->>'$.value.int_value') AS DECIMAL(18,6)) END
    FROM placed WHERE event NOT IN ('session_start', 'page_view', 'first_visit', 'user_engagement', 'scroll')"""


@IMPORTERS.register
def ga4() -> Importer:
    """GA4 BigQuery export (csv, json lines, parquet): the source of each visit, product views, carts, purchases -> events."""
    return Importer(
        "GA4 BigQuery export", "events", also=("google_analytics",), sign=("event_params", "user_pseudo_id", "event_bundle_sequence_id"),
        columns=(
            column("user_id", "user_pseudo_id", "user_id", kind="id", prefer=True, required=True),
            column("timestamp", "event_timestamp", kind="epoch_us", required=True),
            column("event", "event_name", required=True),
            column("_params", "event_params", kind="json", say="source and medium of the event, and its value"),
            column("_collected", "collected_traffic_source", kind="json"),
            column("_source", "collected_traffic_source.manual_source", "collected_traffic_source_manual_source"),
            column("_medium", "collected_traffic_source.manual_medium", "collected_traffic_source_manual_medium"),
            column("_ecommerce", "ecommerce", kind="json"),
        ),
        rows=_GA4,
    )


@IMPORTERS.register
def snowplow() -> Importer:
    """Snowplow atomic events with a header: marketing source of each visit, transactions -> events."""
    return Importer(
        "Snowplow atomic events", "events", sign=("domain_userid", "collector_tstamp", "mkt_source"),
        columns=(
            column("user_id", "domain_userid", "user_id", kind="id", prefer=True, required=True),
            column("timestamp", "derived_tstamp", "collector_tstamp", kind="time", required=True, prefer=True),
            column("event", "event_name", "event", required=True, prefer=True),
            column("_action", "se_action"),
            column("_source", "mkt_source"), column("_medium", "mkt_medium"),
            column("value", "tr_total", kind="money"),
        ),
        rows="""
            SELECT DISTINCT user_id, timestamp, concat_ws('/', _source, _medium) AS channel, 'touch' AS event, NULL::DECIMAL(18,6) AS value FROM {rows} WHERE _source IS NOT NULL
            UNION ALL
            SELECT user_id, timestamp, NULL, CASE WHEN event = 'transaction' THEN 'purchase' WHEN event IN ('struct', 'event') THEN coalesce(_action, event) ELSE event END, value
            FROM {rows} WHERE event NOT IN ('page_view', 'page_ping')""",
    )
