"""The shipped scenarios are tests: each runs, matches its committed report, and gives the same bytes twice."""

from __future__ import annotations

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


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario_matches_its_committed_report(
    name: str, tmp_path: Path, optimizer: Callable[..., Any]
) -> None:
    ran = optimizer(
        "plan", ROOT / "scenarios" / name, "--out", tmp_path, "--format", "json", "--lang", "en"
    )
    assert ran.code == (3 if name in NO_PLAN else 0), ran.err
    fresh = json.loads((tmp_path / "plan.json").read_text())
    assert close(fresh, json.loads(ran.out)) == []
    committed = ROOT / "reports" / name
    assert close(fresh, json.loads((committed / "plan.json").read_text())) == []
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted(
        file.name for file in committed.iterdir()
    )
    readme = (ROOT / "scenarios" / name / "README.md").read_text(encoding="utf-8")
    assert readme.startswith("# ")
    assert "What would change it" in readme


@pytest.mark.parametrize("name", ["new_brand", "growing_brand", "too_tight"])
def test_two_runs_give_the_same_bytes(name: str, tmp_path: Path) -> None:
    for seed in ("1", "2"):
        subprocess.run(
            [
                sys.executable,
                "-m",
                "optimizer",
                "plan",
                f"scenarios/{name}",
                "--out",
                str(tmp_path / seed),
                "--lang",
                "en",
            ],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=name not in NO_PLAN,
            capture_output=True,
        )
    one, two = sorted((tmp_path / "1").iterdir()), sorted((tmp_path / "2").iterdir())
    assert [file.name for file in one] == [file.name for file in two]
    assert len(one) >= (5 if name in NO_PLAN else 6)  # where there is no plan there is no model
    for a, b in zip(one, two, strict=True):
        if a.name == "run.json":
            left, right = json.loads(a.read_text()), json.loads(b.read_text())
            assert left.pop("times").keys() == right.pop("times").keys()
            assert left == right
        else:
            assert a.read_bytes() == b.read_bytes(), a.name
