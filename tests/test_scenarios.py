"""The shipped scenarios are tests: each runs, matches its committed results, and gives the same bytes twice."""

from __future__ import annotations

import csv
import json
import math
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

SCENARIOS = sorted(path.parent.name for path in (ROOT / "scenarios").glob("*/scenario.yaml"))
NO_PLAN = {"too_tight"}
KEPT = {"plan.json", "plan.csv", "attribution.csv"}  # of what a run writes; see reports/README.md


def close(one: Any, two: Any, path: str = "") -> list[str]:
    """Where two JSON values differ by more than 1e-6 relative (a solver may round its last digits differently)."""
    if isinstance(one, dict) and isinstance(two, dict):
        keys = [f"{path}.{key}" for key in one.keys() ^ two.keys()]
        return keys + [
            d for key in one.keys() & two.keys() for d in close(one[key], two[key], f"{path}.{key}")
        ]
    if isinstance(one, list) and isinstance(two, list) and len(one) == len(two):
        return [
            d
            for i, (a, b) in enumerate(zip(one, two, strict=True))
            for d in close(a, b, f"{path}[{i}]")
        ]
    if isinstance(one, int | float) and isinstance(two, int | float):
        return (
            [] if math.isclose(one, two, rel_tol=1e-6, abs_tol=1e-6) else [f"{path}: {one} {two}"]
        )
    return [] if one == two else [f"{path}: {one} {two}"]


def result(file: Path) -> Any:
    """A committed file as values: JSON as it is, a table as rows whose numbers are numbers."""
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".json":
        return json.loads(text)
    return [[number(cell) for cell in row] for row in csv.reader(text.splitlines())]


def number(cell: str) -> float | str:
    try:
        return float(cell)
    except ValueError:
        return cell


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario_matches_its_committed_results(
    name: str, tmp_path: Path, optimizer: Callable[..., Any]
) -> None:
    ran = optimizer(
        "plan", ROOT / "scenarios" / name, "--out", tmp_path, "--format", "json", "--lang", "en"
    )
    assert ran.code == (3 if name in NO_PLAN else 0), ran.err
    assert close(result(tmp_path / "plan.json"), json.loads(ran.out)) == []
    written = {file.name for file in tmp_path.iterdir()}
    assert written - KEPT == {"report.html", "report.md", "run.json"} | (
        set() if name in NO_PLAN else {"model.lp"}  # where there is no plan there is no model
    )
    committed = {file.name: file for file in (ROOT / "reports" / name).iterdir()}
    assert written & KEPT == committed.keys() & KEPT
    for file in sorted(written & KEPT):
        assert close(result(tmp_path / file), result(committed[file])) == [], file
    readme = (ROOT / "scenarios" / name / "README.md").read_text(encoding="utf-8")
    assert readme.startswith("# ")
    assert "What would change it" in readme


@pytest.mark.parametrize("name", ["on journeys", "too_tight"])
def test_two_runs_give_the_same_bytes(name: str, tmp_path: Path) -> None:
    scenario = f"scenarios/{name}"
    if name == "on journeys":
        scenario = str(tmp_path / "brand")
        asked = ["simulate", scenario, "--users", "1500", "--weeks", "10", "--channels", "4"]
        subprocess.run([sys.executable, "-m", "optimizer", *asked], cwd=ROOT, check=True)
    stores = {"1": "off", "2": str(tmp_path / "store")}
    if name == "on journeys":
        stores["3"] = stores["2"]  # what the run before estimated is found
    for seed, store in stores.items():
        subprocess.run(
            [
                sys.executable,
                "-m",
                "optimizer",
                "plan",
                scenario,
                "--out",
                str(tmp_path / seed),
                "--lang",
                "en",
            ],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed, "OPTIMIZER_STORE": store},
            check=name not in NO_PLAN,
            capture_output=True,
        )
    one, *others = (sorted((tmp_path / seed).iterdir()) for seed in stores)
    assert all([file.name for file in one] == [file.name for file in two] for two in others)
    assert len(one) >= (5 if name in NO_PLAN else 6)  # where there is no plan there is no model
    for a, b in ((a, b) for two in others for a, b in zip(one, two, strict=True)):
        if a.name == "run.json":
            left, right = json.loads(a.read_text()), json.loads(b.read_text())
            assert left.pop("times").keys() == right.pop("times").keys()
            assert left == right
        else:
            assert a.read_bytes() == b.read_bytes(), a.name
