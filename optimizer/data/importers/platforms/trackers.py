"""Product and web analytics: Segment, PostHog, Mixpanel, Amplitude, Matomo, 神策."""

from __future__ import annotations

from optimizer.data.importers.columns import document, ident, money, names, time, words
from optimizer.data.importers.declare import IMPORTERS, Importer
from optimizer.data.importers.visits import source_of, touches_and_milestones
from optimizer.data.reading.columns import column
from optimizer.messages import _

_PROPERTIES = _("utm_source, utm_medium and the value of a purchase, where no column says them")


def _inside(found: str, path: str) -> str:
    """SQL: a column, else what the JSON document of properties says."""
    return f"coalesce({found}, {path})"


_READ = source_of(
    "_properties",
    {
        "source": ("$.utm_source", "$.$utm_source", "$.$latest_utm_source", "$.campaign.source"),
        "medium": ("$.utm_medium", "$.$utm_medium", "$.$latest_utm_medium", "$.campaign.medium"),
        "value": ("$.revenue", "$.$revenue", "$.value", "$.total", "$.amount", "$.order_amount"),
        "user": ("$.distinct_id", "$.$user_id", "$.$device_id"),
        "time": ("$.time",),
    },
)
_VALUE = _inside("value", f"try_cast({_READ['value']} AS DECIMAL(18,6))")
_SOURCE, _MEDIUM = _inside("_source", _READ["source"]), _inside("_medium", _READ["medium"])


_SEGMENT_BESIDE = names(
    "id | received_at | receivedAt | uuid_ts | event_text | context_ip | channel | version",
    "context_user_agent | context_locale | context_page_path | context_page_title | integrations",
    "writeKey | projectId | traits | type | sentAt | order_id | currency | products",
)


@IMPORTERS.register
def segment() -> Importer:
    """Segment: calls of its warehouses (tracks, pages) and raw JSON; the campaign of a visit is a
    touch -> events.
    """
    # columns: https://segment.com/docs/connections/storage/warehouses/schema/
    return Importer(
        "Segment",
        "events",
        rank=45,
        sign=names(
            "anonymous_id | anonymousId | context_campaign_source | context_campaign_medium",
            "context_page_url | context_library_name | original_timestamp | originalTimestamp",
            "sent_at | messageId | message_id | context_campaign_name | context_page_referrer",
        ),
        beside=_SEGMENT_BESIDE,
        columns=(
            ident("user_id", "anonymous_id | anonymousId | user_id | userId", required=True),
            time(
                "timestamp",
                "timestamp | original_timestamp | originalTimestamp | sent_at",
                required=True,
            ),
            words("event", "event | name | event_text | type", required=True),
            words("_source", "context_campaign_source | context.campaign.source | utm_source"),
            words("_medium", "context_campaign_medium | context.campaign.medium | utm_medium"),
            money("value", "revenue | total | value | properties_revenue | properties.revenue"),
            document("_properties", "properties", say=_PROPERTIES),
            document("_context", "context", say=_PROPERTIES),
        ),
        rows=touches_and_milestones(
            f"coalesce({_SOURCE}, json_extract_string(_context, '$.campaign.source'))",
            f"coalesce({_MEDIUM}, json_extract_string(_context, '$.campaign.medium'))",
            _VALUE,
        ),
    )


@IMPORTERS.register
def posthog() -> Importer:
    """PostHog events; the campaign of a visit is a touch -> events."""
    # properties: https://posthog.com/docs/data/events
    return Importer(
        "PostHog",
        "events",
        rank=45,
        sign=names(
            "distinct_id | elements_chain | elements | person_id | person.distinct_id",
            "properties.$current_url | properties.$session_id | team_id | person_properties",
            "properties.$lib | properties.utm_source | properties.$referring_domain | uuid",
        ),
        beside=names(
            "created_at | _inserted_at | set | set_once | ip | site_url | bq_ingested_timestamp",
            "elements_hash | person | properties.$browser | properties.$os | $group_0 | _timestamp",
        ),
        columns=(
            ident("user_id", "person_id | distinct_id | person.distinct_id", required=True),
            time("timestamp", "timestamp | _timestamp | created_at", required=True),
            words("event", "event", required=True),
            words("_source", "properties.utm_source | properties.$utm_source | utm_source"),
            words("_medium", "properties.utm_medium | properties.$utm_medium | utm_medium"),
            money("value", "properties.revenue | properties.value | properties.amount"),
            document("_properties", "properties", say=_PROPERTIES),
        ),
        rows=touches_and_milestones(_SOURCE, _MEDIUM, _VALUE),
    )


@IMPORTERS.register
def mixpanel() -> Importer:
    """Mixpanel: raw export (JSON lines with properties) or csv; the campaign of a visit is a touch
    -> events.
    """
    # properties: https://docs.mixpanel.com/docs/data-structure/property-reference
    return Importer(
        "Mixpanel",
        "events",
        rank=45,
        sign=names(
            "$insert_id | mp_lib | mp_country_code | mp_processing_time_ms | properties",
            "$mp_api_endpoint | $lib_version | mp_api_timestamp_ms | distinct_id",
            "$initial_referrer",
        ),
        alone=("event", "properties"),
        beside=names(
            "$browser | $browser_version | $city | $region | $os | $device_id | $user_id",
            "$current_url | $referrer | $referring_domain | $screen_height",
            "$screen_width | utm_campaign",
        ),
        columns=(
            ident("user_id", "distinct_id | $distinct_id | $user_id"),
            column("timestamp", *names("time | $time"), kind="epoch_s", prefer=True),
            words("event", "event | Event Name | mp_event_name", required=True),
            words("_source", "utm_source | $utm_source"),
            words("_medium", "utm_medium | $utm_medium"),
            money("value", "revenue | Revenue | amount | value"),
            document("_properties", "properties", say=_PROPERTIES),
        ),
        rows=touches_and_milestones(
            _SOURCE,
            _MEDIUM,
            _VALUE,
            _inside("user_id", _READ["user"]),
            _inside("timestamp", f"make_timestamp(CAST({_READ['time']} AS BIGINT) * 1000000)"),
        ),
    )


@IMPORTERS.register
def amplitude() -> Importer:
    """Amplitude events (export API or csv); the campaign of a visit is a touch -> events."""
    # fields: https://amplitude.com/docs/apis/analytics/export
    return Importer(
        "Amplitude",
        "events",
        rank=45,
        sign=names(
            "amplitude_id | event_properties | user_properties | client_event_time",
            "server_upload_time | amplitude_event_type | $insert_id",
            "client_upload_time",
        ),
        beside=names(
            "app | device_id | event_id | session_id | uuid | platform | version_name",
            "os_name | os_version | device_family | device_type | country | region | city",
            "language | library | processed_time | server_received_time | ip_address",
            "group_properties | groups | data",
        ),
        columns=(
            ident("user_id", "amplitude_id | user_id | device_id", required=True),
            time(
                "timestamp", "event_time | client_event_time | server_received_time", required=True
            ),
            words("event", "event_type | Event Type", required=True),
            words("_source", "utm_source | user_properties.utm_source"),
            words("_medium", "utm_medium | user_properties.utm_medium"),
            money("value", "revenue | $revenue | event_properties.revenue"),
            document("_properties", "event_properties", say=_PROPERTIES),
            document("_user", "user_properties", say=_PROPERTIES),
        ),
        rows=touches_and_milestones(
            f"coalesce({_SOURCE}, json_extract_string(_user, '$.utm_source'))",
            f"coalesce({_MEDIUM}, json_extract_string(_user, '$.utm_medium'))",
            _VALUE,
        ),
    )


_MATOMO_BESIDE = names(
    "idSite | idsite | visitIp | visitorType | serverDate | referrerTypeName | referrerKeyword",
    "goalConversions | visitDuration | actions | visitCount | deviceType | country | idvisit",
    "referer_keyword | visit_total_time | visit_total_actions | location_country | referrerUrl",
)


_MATOMO_SIGNS = names(
    "idVisit | visitorId | serverTimestamp | referrerType | referrerName | idvisitor",
    "visit_first_action_time | referer_type | referer_name | visitEcommerceStatus",
    "visit_goal_buyer | firstActionTimestamp | totalEcommerceRevenue | visitConverted",
)


_VISITS = (
    ident("user_id", "visitorId | idvisitor | userId | user_id", required=True),
    column("_first", *names("firstActionTimestamp | serverTimestamp"), kind="epoch_s", prefer=True),
    column("_last", "lastActionTimestamp", kind="epoch_s"),
    time("_began", "visit_first_action_time"),
    time("_ended", "visit_last_action_time"),
    words("_type", "referrerType | referer_type", required=True),
    words("_name", "referrerName | referer_name"),
    words("_bought", "visitEcommerceStatus | visit_goal_buyer"),
    money("value", "totalEcommerceRevenue | revenue | visit_total_revenue"),
)


@IMPORTERS.register
def matomo() -> Importer:
    """Matomo visits (Live.getLastVisitsDetails, or log_visit): the referrer of each is a touch, an
    order a purchase -> events.
    """
    # fields: https://developer.matomo.org/guides/database-schema
    return Importer(
        "Matomo visits",
        "events",
        rank=45,
        seen="the fields of Live.getLastVisitsDetails, in public code",
        sign=_MATOMO_SIGNS,
        beside=_MATOMO_BESIDE,
        columns=_VISITS,
        either=("_first", "_began"),
        rows="""
            WITH visits AS (
                SELECT *, coalesce(_first, _began) AS began,
                    coalesce(_last, _ended, _first, _began) AS ended FROM {rows})
            SELECT user_id, began AS timestamp, coalesce(_name, _type) AS channel,
                'touch' AS event, NULL::DECIMAL(18,6) AS value
            FROM visits WHERE lower(_type) NOT IN ('direct', '1')
            UNION ALL
            SELECT user_id, ended, NULL, 'purchase', value FROM visits
            WHERE lower(_bought) IN ('ordered', 'orderedthenabandonedcart', '1', '3')""",
    )


@IMPORTERS.register
def sensors() -> Importer:
    """神策 (Sensors Analytics): events with $utm_source, as a table or JSON lines -> events."""
    # 预置属性: https://manual.sensorsdata.cn/sa/docs/tech_sdk_all_preset_properties
    return Importer(
        "神策分析",
        "events",
        rank=45,
        seen="the preset properties of its SDKs, and public code that reads its events table",
        also=("神策", "sensorsdata"),
        sign=names(
            "$latest_utm_source | $utm_source | $latest_traffic_source_type | $is_first_day",
            "$latest_referrer | $lib | $device_id | _track_id | _flush_time | $app_version",
            "$is_login_id | lib | login_id | anonymous_id | map_id",
        ),
        beside=names(
            "project | type | date | $os | $model | $province | $city | $url | $title",
            "$utm_campaign | $latest_utm_campaign | $event_duration | $ip | recv_time",
            "ver | identities | user_id_old",
        ),
        columns=(
            ident("user_id", "distinct_id | user_id | 用户ID", required=True),
            words("_time", "time | $time | 时间", required=True),
            words("event", "event | 事件 | 事件名", required=True),
            words("_source", "$utm_source | $latest_utm_source"),
            words("_medium", "$utm_medium | $latest_utm_medium"),
            money("value", "order_amount | order_actual_amount | 订单金额 | pay_amount | revenue"),
            document("_properties", "properties", say=_PROPERTIES),
        ),
        rows=touches_and_milestones(
            _SOURCE,
            _MEDIUM,
            _VALUE,
            time="coalesce(try_cast(_time AS TIMESTAMP),"
            " make_timestamp(try_cast(_time AS BIGINT) * 1000))",  # milliseconds in its JSON
        ),
    )
