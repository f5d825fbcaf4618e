"""The page that defends a credit: every number on it is one that can be computed alone."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from optimizer.attribution.attribute import attribute
from optimizer.attribution.defence import defend
from optimizer.data.events import open_events
from optimizer.journeys.declared import Journey

Run = Callable[..., Any]


def events() -> pd.DataFrame:
    """Three weeks of two hundred people; search ends journeys, feed begins them."""
    rows = []
    for user in range(200):
        day = pd.Timestamp(2026, 3, 2) + pd.Timedelta(days=user % 20, hours=user % 7)
        rows.append((f"u{user}", day, "feed" if user % 3 else "direct", "touch", None))
        if user % 2:
            rows.append((f"u{user}", day + pd.Timedelta(days=9), "search", "touch", None))
        if user % 4 == 1:
            rows.append(
                (f"u{user}", day + pd.Timedelta(days=9, hours=1), None, "add_to_cart", None)
            )
            rows.append((f"u{user}", day + pd.Timedelta(days=9, hours=2), None, "purchase", 40.0))
    return pd.DataFrame(rows, columns=["user_id", "timestamp", "channel", "event", "value"])


def table(file: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))


def test_the_page_holds_what_the_command_says(tmp_path: Path, optimizer: Run) -> None:
    file, spend, out = tmp_path / "events.csv", tmp_path / "spend.csv", tmp_path / "out"
    events().to_csv(file, index=False)
    spend.write_text(
        "period,channel,spend\n2026-03-02,feed,100\n2026-03-09,feed,100\n2026-03-09,search,50\n"
        "2025-01-06,search,1000000\n"
    )
    words = ("-m", "last", "-m", "markov", "--intervals", "60")
    ran = optimizer("attribute", file, *words, "--report", out, "--spend", spend, "--lang", "zh")
    assert ran.code == 0, ran.err
    assert {path.name for path in out.iterdir()} >= {
        "report.html", "report.xlsx", "credit.csv", "credit_by_week.csv", "defence.json"
    }  # fmt: skip
    told = json.loads((out / "defence.json").read_text())
    right = attribute(events(), ["last", "markov"], intervals=60)
    rows = table(out / "credit.csv")
    assert len(rows) == sum(len(credit.channels) for credit in right.credits)
    markov = {row["channel"]: row for row in rows if row["model"] == "markov 1"}
    for i, channel in enumerate(right["markov"].channels):
        row = markov[channel]
        assert float(row["conversions"]) == pytest.approx(right["markov"].conversions[i])
        if row["spend"]:
            assert float(row["cpa"]) == pytest.approx(
                float(row["spend"]) / float(row["conversions"])
            )
            assert float(row["roas"]) == pytest.approx(float(row["value"]) / float(row["spend"]))
    assert (markov["feed"]["spend"], markov["search"]["spend"]) == ("200.0", "50.0")
    gaps = right["markov"].draws - right["last"].draws
    for item in told["differences"]:
        i = right["markov"].channels.index(item["channel"])
        assert item["low"] <= item["difference"] <= item["high"]
        assert gaps[:, i].min() <= item["low"] <= item["high"] <= gaps[:, i].max()
    moved = {item["title"]: item for item in told["neighbours"]}
    short = attribute(events(), ["markov"], lookback_days=7)["markov"]
    for name, share in zip(short.channels, short.share, strict=True):
        assert moved["lookback of 7 days"]["shares"][name] == pytest.approx(share)
    assert {"every conversion takes all the touches before it", "touches of direct traffic left out"
            } <= set(moved)  # fmt: skip
    weeks = table(out / "credit_by_week.csv")
    assert sum(float(row["conversions"]) for row in weeks) == pytest.approx(50)
    page = (out / "report.html").read_text()
    for said in ("search", "feed", "ROAS", "u0"):
        assert (said in page) == (said != "u0")


def test_a_page_of_paths_leaves_out_what_has_no_times(tmp_path: Path, optimizer: Run) -> None:
    file, out = tmp_path / "paths.csv", tmp_path / "out"
    file.write_text("path,conversions,value,nulls\na > b,30,300,10\na > c,10,50,10\nb,5,1,90\n")
    ran = optimizer("attribute", file, "--report", out, "--intervals", "30")
    assert ran.code == 0, ran.err
    assert not (out / "credit_by_week.csv").exists()
    assert "What moves under other conventions" in (out / "report.html").read_text()


def test_metrics_take_a_models_credit(tmp_path: Path, optimizer: Run) -> None:
    file = tmp_path / "events.csv"
    events().to_csv(file, index=False)
    plain = json.loads(optimizer("metrics", file, "--format", "json").out)
    ran = optimizer("metrics", file, "--model", "linear", "--format", "json")
    assert ran.code == 0, ran.err
    found = json.loads(ran.out)
    right = attribute(events(), "linear", lookback_days=30)["linear"]
    rows = {row["key"]: row for row in found["rows"]}
    for i, channel in enumerate(right.channels):
        assert rows[channel]["orders"] == pytest.approx(right.conversions[i])
        assert rows[channel]["gmv"] == pytest.approx(right.value[i])
        assert rows[channel]["cvr"] == pytest.approx(
            rows[channel]["orders"] / rows[channel]["visitors"]
        )
    assert found["total"] == plain["total"]
    assert found["bases"]["orders"].startswith("credit of linear")
    assert optimizer("metrics", file, "--model", "linear", "--by", "tier").code == 2


def test_the_paths_told_are_those_of_the_journeys_credited() -> None:
    """Two words for an order, journeys that reuse touches, one segment, tiers rolled up."""
    rows = []
    for user, segment in (("u1", "vip"), ("u2", "vip"), ("u3", "new")):
        for day, channel, event in (
            (1, "feed/a", "touch"), (2, None, "order"), (3, "search", "touch"), (4, None, "renewal")
        ):  # fmt: skip
            value = None if channel else 10.0
            rows.append((user, f"2026-03-0{day}", channel, event, value, segment))
    columns = ["user_id", "timestamp", "channel", "event", "value", "segment"]
    opened = open_events(pd.DataFrame(rows, columns=columns))
    journey = Journey(conversion=("order", "renewal"), join="reuses", platforms=True)
    found = defend(opened, ["last"], intervals=0, journey=journey, segment="vip").paths
    assert {path.channels: (path.conversions, path.value) for path in found.paths} == {
        ("feed",): (2, 20.0),
        ("feed", "search"): (2, 20.0),
    }
