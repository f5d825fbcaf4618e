"""The demo holds its plan against the truth, and simple rules beside it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


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


def test_demo_tells_the_truth_on_the_terminal(
    tmp_path: Path, optimizer: Callable[..., Any]
) -> None:
    ran = optimizer("demo", tmp_path / "d", "--users", 1500, "--weeks", 10, "--lang", "en")
    assert ran.code == 0, ran.err
    assert "Best possible" in ran.out
    assert "In proportion to last touch" in ran.out.split("Against the truth")[1]
