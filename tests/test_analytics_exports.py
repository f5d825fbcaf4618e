"""Web analytics: the source of a visit, and every order once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from optimizer.data.importers import read_exports
from optimizer.data.open import open_paths

START = 1_780_279_200_000_000  # microseconds: 2026-06-01 02:00 UTC


def ga4(minute: int, event: str, user: str = "1.2", visit: int = 17, **more: Any) -> str:
    row = {
        "event_timestamp": str(START + minute * 60_000_000),
        "event_name": event,
        "user_pseudo_id": user,
        "event_params": [{"key": "ga_session_id", "value": {"int_value": visit}}],
        "event_bundle_sequence_id": minute,
    }
    return json.dumps(row | more) + "\n"


def events(platform: str, file: Path, text: str) -> list[tuple[Any, ...]]:
    file.write_text(text, encoding="utf-8")
    with read_exports(platform, [file]) as found:
        frame = found.frame().drop(columns="timestamp")
    return [tuple(None if v != v else v for v in row) for row in frame.itertuples(index=False)]


def last_click(source: str, medium: str) -> dict[str, Any]:
    return {
        "session_traffic_source_last_click": {
            "manual_campaign": {"source": source, "medium": medium}
        }
    }


def test_ga4_an_order_once_and_the_visit_s_own_source(tmp_path: Path) -> None:
    google, sold = last_click("google", "cpc"), {"purchase_revenue": 50, "transaction_id": "T1"}
    unset = {"purchase_revenue": 5, "transaction_id": "(not set)"}
    text = (
        ga4(0, "session_start", **google)
        + ga4(1, "page_view", **google)  # the same visit: no touch of its own
        + ga4(2, "purchase", ecommerce=sold, **google)
        + ga4(9, "purchase", ecommerce=sold, **google)  # the page was loaded again
        + ga4(20, "session_start", "2.3", 18, **google)
        + ga4(20, "page_view", "2.3", 18, collected_traffic_source={"manual_source": "mail"})
        + ga4(21, "purchase", "2.3", 18, ecommerce=unset)
        + ga4(22, "purchase", "2.3", 18, ecommerce=unset)
    )
    assert events("ga4", tmp_path / "ga4.json", text) == [
        ("1.2", "google/cpc", "touch", None),
        ("1.2", None, "purchase", 50.0),
        ("2.3", "mail", "touch", None),
        ("2.3", None, "purchase", 5.0),
        ("2.3", None, "purchase", 5.0),
    ]


def test_snowplow_an_order_on_a_page_is_one(tmp_path: Path) -> None:
    text = (
        "event_id,collector_tstamp,event,domain_userid,mkt_source,mkt_medium,tr_total,tr_orderid\n"
        "a,2026-06-01 10:00:00,page_view,u1,google,cpc,,\n"
        "b,2026-06-01 10:05:00,page_view,u1,,,50,O1\n"
        "c,2026-06-01 10:05:01,transaction,u1,,,50,O1\n"
        "d,2026-06-02 10:05:00,page_view,u2,,,70,O2\n"
        "e,2026-06-02 10:06:00,page_view,u2,,,0,\n"
        "f,2026-06-02 10:07:00,add_to_cart,u2,,,,\n"
    )
    assert events("snowplow", tmp_path / "snowplow.csv", text) == [
        ("u1", "google/cpc", "touch", None),
        ("u1", None, "purchase", 50.0),
        ("u2", None, "purchase", 70.0),
        ("u2", None, "add_to_cart", None),
    ]


def test_a_path_that_counts_its_touches(tmp_path: Path) -> None:
    """As Universal Analytics wrote them; a name that only looks so stays."""
    file = tmp_path / "paths.csv"
    file.write_text(
        "path,conversions\nOrganic Search > Direct,1200\nDirect x 2,900\n"
        "Paid Search > Direct × 3,300\niPhone 4x > Direct,7\n",
        encoding="utf-8",
    )
    found = open_paths(str(file))
    rows = found.engine.rows(f"SELECT path FROM {found.table} ORDER BY conversions")
    assert [row[0] for row in rows] == [
        "iPhone 4x > Direct",
        "Paid Search > Direct > Direct > Direct",
        "Direct > Direct",
        "Organic Search > Direct",
    ]
    assert any("Direct x 2" in str(note) for note in found.notes)
