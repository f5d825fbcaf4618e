"""Events of web and product analytics -> touches and milestones: as SQL of `Importer.rows`."""

from __future__ import annotations

from collections.abc import Mapping

from optimizer.data.engine import literal

PAUSE = 30  # minutes without an event after which the same source is a new visit
# what trackers call our milestones, as `lower` and without marks
MILESTONES: dict[str, tuple[str, ...]] = {
    "purchase": (
        *("purchase", "order completed", "completed order", "checkout completed", "order placed"),
        *("placed order", "purchase completed", "payment completed", "payorder", "payorderdetail"),
        *("支付订单", "支付成功", "购买", "下单支付"),
    ),
    "checkout": (
        *(
            "checkout",
            "checkout started",
            "begin checkout",
            "started checkout",
            "initiate checkout",
        ),
        *("submitorder", "提交订单"),
    ),
    "add_to_cart": (
        *("add to cart", "added to cart", "product added", "addtoshoppingcart", "addtocart"),
        *("加入购物车", "加购"),
    ),
    "product_view": (
        *("product view", "product viewed", "viewed product", "view item", "commoditydetail"),
        *("viewproduct", "浏览商品", "浏览商品详情页"),
    ),
}
# what a tracker records by itself and no one did on purpose
PAGES = (
    *("page", "pageview", "page view", "page viewed", "viewed page", "loaded a page", "screen"),
    *("mp page view", "identify", "group", "alias", "pageleave", "autocapture", "rageclick"),
    *("web vitals", "session start", "session end", "start session", "end session", "set"),
    *("feature flag called", "appstart", "append", "appviewscreen", "webstay", "webclick"),
    *("amplitude] page viewed", "create alias", "groupidentify", "identify user", "profile set"),
)
# a path that is a list of channels in JSON, as text
PATHS = """
    SELECT * REPLACE (CASE WHEN json_valid(path) AND json_type(path) = 'ARRAY'
        THEN array_to_string(CAST(from_json(path, '["VARCHAR"]') AS VARCHAR[]), ' > ')
        ELSE path END AS path)
    FROM {rows}"""


def plain(event: str) -> str:
    """SQL: an event's name as it is compared: without the marks that trackers write around it."""
    bare = f"regexp_replace(lower(trim({event})), '^[\\$\\[]+', '')"
    return f"regexp_replace({bare}, '[-_\\s]+', ' ', 'g')"


def milestone(event: str) -> str:
    """SQL: our name of an event, else its own."""
    name = plain(event)
    cases = " ".join(
        f"WHEN {name} IN ({', '.join(literal(word) for word in words)}) THEN {literal(to)}"
        for to, words in MILESTONES.items()
    )
    return f"CASE {cases} ELSE {event} END"


def source_of(document: str, names: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """SQL of each name: the first key of a JSON document that has a value."""
    return {
        name: "coalesce("
        + ", ".join(f"nullif(json_extract_string({document}, {literal(p)}), '')" for p in paths)
        + ")"
        for name, paths in names.items()
    }


def touches_and_milestones(
    source: str, medium: str, value: str = "value", user: str = "user_id", time: str = "timestamp"
) -> str:
    """SQL of `Importer.rows`: where people came from, and what they did.

    An event with a source is a touch where its visitor's event before it had another, or none, or
    was half an hour earlier: a tracker repeats the source on every event of a visit.

    Parameters
    ----------
    source, medium, value, user, time
        SQL of each, from the importer's columns.
    """
    pages = ", ".join(literal(word) for word in PAGES)
    came = (
        "CASE WHEN came_from IN ('(direct)', '(none)', 'direct', '$direct', '直接流量') THEN NULL"
        " WHEN came_by IS NULL OR came_by IN ('(none)', '(not set)') THEN came_from"
        " ELSE came_from || '/' || came_by END"
    )
    return f"""
        WITH source AS (
            SELECT {user} AS who, {time} AS seen, event AS did, {value} AS worth,
                {source} AS came_from, {medium} AS came_by
            FROM {{rows}}),
        placed AS (
            SELECT *, {came} AS came,
                lag({came}) OVER visit AS before, lag(seen) OVER visit AS earlier
            FROM source WHERE who IS NOT NULL AND seen IS NOT NULL
            WINDOW visit AS (PARTITION BY who ORDER BY seen, did))
        SELECT who AS user_id, seen AS timestamp, came AS channel, 'touch' AS event,
            NULL::DECIMAL(18,6) AS value
        FROM placed
        WHERE came IS NOT NULL
          AND (before IS DISTINCT FROM came OR seen > earlier + INTERVAL {PAUSE} MINUTE)
        UNION ALL
        SELECT who, seen, NULL, {milestone("did")},
            CASE WHEN {milestone("did")} = 'purchase' THEN worth END
        FROM placed WHERE did IS NOT NULL AND {plain("did")} NOT IN ({pages})"""
