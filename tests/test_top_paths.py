"""Top paths and people by step against a plain loop; the section of the report that shows them."""

from __future__ import annotations

import dataclasses
import random
from collections import defaultdict
from itertools import groupby
from typing import Any

import pandas as pd
import pytest
from report_worlds import NASTY, story, world
from test_counting import (
    Journey,
    events_frame,
    journeys_of_events,
    journeys_of_paths,
    random_events,
    random_paths,
)

from optimizer.journeys import top_paths as module
from optimizer.journeys.top_paths import TopPaths, top_paths
from optimizer.pipeline.journey_summary import journey_summary as told
from optimizer.pipeline.tables import Tables
from optimizer.report.page import page
from optimizer.report.words import Words


def by_hand(
    journeys: list[Journey], longest: int
) -> tuple[dict[tuple[str, ...], list[float]], float]:
    """Path -> [conversions, value, nulls], repeats in a row taken once; conversions of those too
    long.
    """
    out: dict[tuple[str, ...], list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    longer = 0.0
    for journey in journeys:
        path = tuple(name for name, _ in groupby(journey.channels))
        if len(path) > longest:
            longer += journey.conversions
            continue
        for i, amount in enumerate((journey.conversions, journey.value, journey.nulls)):
            out[path][i] += amount
    return {path: sums for path, sums in out.items() if sums[0] > 0}, longer


def agree(found: TopPaths, journeys: list[Journey], limit: int, longest: int) -> None:
    expected, longer = by_hand(journeys, longest)
    assert len(found.paths) == min(limit, len(expected))
    for path in found.paths:
        assert [path.conversions, path.value, path.nulls] == pytest.approx(
            expected[path.channels], abs=1e-9
        )
    shown = [path.conversions for path in found.paths]
    assert shown == pytest.approx(
        sorted((sums[0] for sums in expected.values()), reverse=True)[:limit]
    )
    assert found.conversions == pytest.approx(sum(j.conversions for j in journeys))
    assert found.value == pytest.approx(sum(j.value for j in journeys))
    assert found.nulls == pytest.approx(sum(j.nulls for j in journeys))
    assert found.longer == pytest.approx(longer)
    if found.conversions:
        steps = sum(len(list(groupby(j.channels))) * j.conversions for j in journeys) / sum(
            j.conversions for j in journeys
        )
        assert found.steps == pytest.approx(steps)


@pytest.mark.parametrize("seed", range(12))
def test_of_events(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONGEST", 3)
    rows = random_events(random.Random(seed))
    lookback = [None, 4.0][seed % 2]
    agree(
        top_paths(events_frame(rows), limit=4, lookback_days=lookback),
        journeys_of_events(rows, lookback)[0],
        4,
        3,
    )


@pytest.mark.parametrize("seed", range(12))
def test_of_paths(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONGEST", 3)
    rows = random_paths(random.Random(seed))
    frame = pd.DataFrame(rows, columns=["path", "conversions", "value", "nulls"])
    agree(top_paths(frame, limit=3), journeys_of_paths(rows), 3, 3)


def test_order_of_rows_is_nothing() -> None:
    frame = events_frame(random_events(random.Random(3)))
    assert top_paths(frame) == top_paths(frame.sample(frac=1.0, random_state=1))


def test_people_by_step() -> None:
    """Everybody seen, then who came so far or further, with buying again unrolled."""
    from optimizer.data.open import open_events
    from optimizer.scenario.schema import Scenario

    def row(user: str, day: int, event: str) -> dict[str, Any]:
        return {
            "user_id": user,
            "timestamp": pd.Timestamp("2026-01-01") + pd.Timedelta(days=day),
            "channel": "a" if event == "touch" else None,
            "event": event,
            "value": None,
        }

    rows = [row(f"u{i}", i, "touch") for i in range(6)]
    rows += [
        row("u1", 2, "engage"),
        row("u2", 3, "add_to_cart"),
        row("u3", 4, "purchase"),
        *(row("u4", d, "purchase") for d in (5, 6, 7)),
    ]
    events = open_events(pd.DataFrame(rows).astype({"value": float}))
    found = told(Scenario(name="x", budget=1.0), Tables(events=events))
    assert found is not None
    assert found.steps == (
        ("awareness", 6),
        ("interest", 4),
        ("decision", 3),
        ("order 1", 2),
        ("order 2", 1),
        ("order 3", 1),
    )
    assert told(Scenario(name="x", budget=1.0), Tables()) is None


def section(made: Any, lang: str = "en") -> Any:
    return next((s for s in page(made, Words(lang)).sections if s.id == "journey"), None)


def test_the_report_tells_paths_and_steps() -> None:
    shown = section(world())
    (top,) = shown.tables
    assert top.rows[0][0].text == "douyin/feed → taobao/search"
    assert [cell.text for cell in top.rows[0][1:]] == ["310", "31%", "￥55,800", "25%"]
    assert top.rows[-1][0].text == "All other paths"
    assert sum(row[1].value for row in top.rows) == pytest.approx(top.foot[1].value)
    assert sum(row[3].value for row in top.rows) == pytest.approx(top.foot[3].value)
    assert top.finding.startswith(
        "The commonest way to a conversion is douyin/feed → taobao/search: 310 of 1,000."
    )
    (chart,) = shown.charts
    assert chart.title == "Of 20,000 people seen, 9.0% have bought; 25% of the buyers bought again."
    assert [row["value"] for row in chart.spec["data"]["values"]] == [n for _, n in story().steps]
    assert chart.table.rows[-1][0].text == "Order 3"


def test_paths_stand_without_stages() -> None:
    made = world()
    assert made.attribution is not None
    plain = dataclasses.replace(
        made.attribution,
        credits=tuple(dataclasses.replace(c, by_stage=None) for c in made.attribution.credits),
    )
    shown = section(
        dataclasses.replace(made, attribution=plain, story=dataclasses.replace(story(), steps=())),
        "zh",
    )
    assert shown.title == "用户走过的路"
    assert shown.finding.startswith("最常见的转化路径是")
    assert shown.charts == ()
    assert section(dataclasses.replace(made, attribution=plain, story=None)) is None


def test_a_path_of_nasty_names_is_text() -> None:
    from optimizer.report.page import html

    say = Words("en")
    source = html(page(dataclasses.replace(world(), story=story(NASTY[:4])), say), say)
    assert "<img src=x" not in source
    assert "&lt;img src=x onerror=alert(1)&gt; → =HYPERLINK(" in source
    assert "→ \u2068شبكة الإعلانات\u2069" in source
