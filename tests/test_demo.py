"""The demo holds its plan against the truth, and simple rules beside it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer.simulate import Knobs, draw
from optimizer.simulate.aggregate import claims
from optimizer.simulate.events import Events


def test_demo_writes_a_brand_its_plan_and_its_truth(
    tmp_path: Path, optimizer: Callable[..., Any]
) -> None:
    ran = optimizer(
        "demo", tmp_path / "d", "--users", 2500, "--weeks", 12, "--seed", 4, "--format", "json"
    )
    assert ran.code == 0, ran.err
    found = json.loads(ran.out)
    truth = json.loads((tmp_path / "d" / "truth.json").read_text())
    assert found["truth"]["best"]["customers"] == pytest.approx(
        truth["plans"]["best"]["customers"], rel=1e-6
    )
    assert found["truth"]["nothing"] == pytest.approx(
        truth["plans"]["nothing"]["customers"], rel=1e-6
    )
    best, mine = found["truth"]["best"]["customers"], found["truth"]["plan_true_customers"]
    assert found["truth"]["nothing"] < mine <= best * 1.001
    for share in (found["truth"]["captured"], *found["truth"]["baselines_captured"].values()):
        assert 0 < share <= 1.001
    assert found["plan"]["totals"]["spend"] <= truth["budget"] * (1 + 1e-9)
    names = {file.name for file in (tmp_path / "d" / "report").iterdir()}
    assert {
        "report.html",
        "report.md",
        "plan.csv",
        "plan.json",
        "attribution.csv",
        "model.lp",
        "run.json",
    } <= names
    again = optimizer("plan", tmp_path / "d", "--no-report", "--format", "json")
    assert json.loads(again.out)["totals"]["spend"] == pytest.approx(
        found["plan"]["totals"]["spend"]
    )


def test_a_brand_that_knows_no_journeys_is_planned_from_its_totals(
    tmp_path: Path, optimizer: Callable[..., Any]
) -> None:
    words = ("--brand", "aggregate", "--users", 1500, "--weeks", 20, "--format", "json")
    ran = optimizer("demo", tmp_path / "d", *words)
    assert ran.code == 0, ran.err
    told = json.loads(ran.out)
    data = {file.name for file in (tmp_path / "d" / "data").iterdir()}
    assert data == {"orders.csv", "spend.csv"}
    assert told["plan"]["belief"]["extra_customers"]["mean"] > 0
    shares = told["truth"]["baselines_captured"]
    assert set(shares) == {"keep_split", "equal", "claims"}
    assert all(0 < share <= 1.001 for share in (told["truth"]["captured"], *shares.values()))
    assert "meta/feed" in {row["channel"] for row in told["plan"]["spend"]}


def test_a_platform_claims_what_follows_its_touch_within_seven_days() -> None:
    truth, _ = draw(3, Knobs(users=100, weeks=4, channels=2))
    # user, day, channel (2: direct), kind (0: touch, 1: purchase)
    rows = np.array(
        [
            *((0, 1, 0, 0), (0, 2, 1, 0), (0, 3, -1, 1)),  # both claim it, in week 0
            *((1, 1, 0, 0), (1, 9, -1, 1)),  # eight days: nobody
            *((2, 8, 2, 0), (2, 9, -1, 1)),  # direct claims nothing
            *((3, 9, 1, 0), (3, 10, -1, 1), (3, 12, -1, 1)),  # two purchases, week 1
            (4, 15, -1, 1),
        ]
    )
    user, day, channel, kind = rows.T
    names = (*truth.channels, "direct")
    value = np.where(kind == 1, 10.0, np.nan)
    events = Events(user, day * 86_400, channel, kind, value, names, ("touch", "purchase"))
    assert claims(truth, events, kind == 1).tolist() == [[1, 1], [0, 2], [0, 0], [0, 0]]


def test_demo_tells_the_truth_on_the_terminal(
    tmp_path: Path, optimizer: Callable[..., Any]
) -> None:
    ran = optimizer("demo", tmp_path / "d", "--users", 1500, "--weeks", 10, "--lang", "en")
    assert ran.code == 0, ran.err
    assert "Best possible" in ran.out
    assert "In proportion to last touch" in ran.out.split("Against the truth")[1]
