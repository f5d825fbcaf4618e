"""Every case of known_answers/attribution.json, every answer in it, through the door that users take."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import optimizer as opt
from optimizer.attribution.lift_calibration import calibrated
from optimizer.attribution.lift_tests import read_tests
from optimizer.attribution.models.shapley import shapley_values
from optimizer.journeys.counting import count
from optimizer.journeys.graph import JourneyGraph

SHARED = Path(__file__).parents[1] / "../shared"
KNOWN = SHARED / "known_answers/attribution.json"
PATHS = SHARED / "data/paths/mta_channelattribution_paths.csv"
if not (KNOWN.exists() and PATHS.exists()):
    pytest.skip("the shared known answers are not beside this checkout", allow_module_level=True)
CASES: list[dict[str, Any]] = json.loads(KNOWN.read_text(encoding="utf-8"))["cases"]
GIVEN = {
    "id",
    "source",
    "paths",
    "order",
    "base",
    "multiplier",
    "sources",
    "lift",
    "v",
    "tolerance",
}  # questions, not answers
CHECKERS: dict[str, Callable[[dict[str, Any]], None]] = {}


def answers(
    *keys: str,
) -> Callable[[Callable[[dict[str, Any]], None]], Callable[[dict[str, Any]], None]]:
    """The check of these keys of a case."""

    def enter(check: Callable[[dict[str, Any]], None]) -> Callable[[dict[str, Any]], None]:
        for key in keys:
            assert key not in CHECKERS
            CHECKERS[key] = check
        return check

    return enter


def table(case: dict[str, Any]) -> Any:
    if "paths" not in case:
        return PATHS
    rows = [[*row[:3], row[3] if len(row) > 3 else 0.0] for row in case["paths"]]
    return pd.DataFrame(rows, columns=["path", "conversions", "nulls", "value"])


def credit(case: dict[str, Any], model: str, **options: Any) -> Any:
    return opt.attribute(table(case), [model], **options)[model]


def named(credit: Any, column: str) -> dict[str, float]:
    return dict(zip(credit.channels, getattr(credit, column).tolist(), strict=True))


def exact(wanted: Any) -> Any:
    return pytest.approx(wanted, abs=1e-9, rel=1e-9)


@answers("p_conv")
def conversion_rate(case: dict[str, Any]) -> None:
    assert opt.attribute(table(case), ["markov"]).conversion_rate == exact(case["p_conv"])
    assert JourneyGraph.from_counts(count(table(case))).conversion_rate() == exact(case["p_conv"])


@answers("transition", "transition_published_with_self_loops")
def transitions(case: dict[str, Any]) -> None:
    words = {"CONVERSION": "CONV", "LOST": "NULL"}
    edges = JourneyGraph.from_counts(count(table(case))).edges()
    found = {
        f"{row[0]}>{words.get(row[1], row[1])}": row[3] for row in edges.itertuples(index=False)
    }
    assert found == exact(case.get("transition") or case["transition_published_with_self_loops"])


@answers("RE", "RE_value", "order2_RE")
def removal_effects(case: dict[str, Any]) -> None:
    if "RE" in case:
        assert named(credit(case, "markov"), "removal_effect") == exact(case["RE"])
    if "order2_RE" in case:
        assert named(credit(case, "markov", order=2), "removal_effect") == exact(case["order2_RE"])
    if "RE_value" in case:
        worth, total = case["RE_value"], sum(row[3] for row in case["paths"])
        assert named(credit(case, "markov"), "value") == exact(
            {c: x / sum(worth.values()) * total for c, x in worth.items()}
        )


@answers("share")
def shares(case: dict[str, Any]) -> None:
    assert named(credit(case, "markov"), "share") == exact(case["share"])


@answers("RE_published_4dp", "share_published_4dp")
def published_digits(case: dict[str, Any]) -> None:
    found = credit(case, "markov")
    assert named(found, "removal_effect") == pytest.approx(case["RE_published_4dp"], abs=6e-5)
    assert named(found, "share") == pytest.approx(case["share_published_4dp"], abs=6e-5)


@answers("conversions", "total_conversions")
def conversions(case: dict[str, Any]) -> None:
    found = credit(case, "markov", order=case["order"])
    assert named(found, "conversions") == (
        pytest.approx(case["conversions"], abs=case["tolerance"])
        if "tolerance" in case
        else exact(case["conversions"])
    )
    assert found.total_conversions == case.get(
        "total_conversions", sum(case["conversions"].values())
    )


@answers("CA_default_truncated_T6_RE_B")
def truncated(case: dict[str, Any]) -> None:
    found = opt.attribute(table(case), like="channelattribution-defaults")["markov"]
    assert named(found, "removal_effect")["B"] == exact(case["CA_default_truncated_T6_RE_B"])


@answers("linear", "shao")
def by_name(case: dict[str, Any]) -> None:
    for model in ("linear", "shao"):
        if model in case:
            assert named(credit(case, model), "conversions") == exact(case[model])


@answers("shapley")
def shapley(case: dict[str, Any]) -> None:
    if "v" in case:
        found = shapley_values(
            {tuple(names.split(",")): worth for names, worth in case["v"].items()}
        )
    else:
        found = named(credit(case, "shapley"), "conversions")
    assert found == exact(case["shapley"])


@answers("weights")
def time_decay(case: dict[str, Any]) -> None:
    """Four touches a week apart, the conversion a week after the last."""
    days = pd.Timestamp("2025-03-01") + pd.to_timedelta([0, 7, 14, 21, 28], unit="D")
    events = pd.DataFrame(
        {
            "user_id": "u",
            "timestamp": days,
            "channel": ["a", "b", "c", "d", None],
            "event": ["touch"] * 4 + ["purchase"],
        }
    )
    assert opt.attribute(events, ["time_decay"], half_life_days=7)[
        "time_decay"
    ].conversions.tolist() == exact(case["weights"])


def base_table(case: dict[str, Any]) -> pd.DataFrame:
    """Journeys of one touch each: every model credits a channel with its own conversions."""
    return pd.DataFrame(
        [(name, n, 3.0 * n, 7) for name, n in case["base"].items()],
        columns=["path", "conversions", "value", "nulls"],
    )


def static(
    case: dict[str, Any], tests: dict[str, Any], difference: Any, wanted: dict[str, float]
) -> None:
    for model in ("last", "markov"):
        result = opt.attribute(base_table(case), [model], calibrate=tests, difference=difference)[
            model
        ]
        if model == "last":
            assert named(result, "conversions") == exact(wanted)
            assert named(result, "value") == exact({name: 3.0 * n for name, n in wanted.items()})
        assert result.conversions.sum() == exact(result.total_conversions)
    given = opt.attribute(base_table(case), ["last"])["last"]
    assert named(calibrated(given, read_tests(tests), difference), "conversions") == exact(wanted)


@answers("calibrated")
def causal_factor(case: dict[str, Any]) -> None:
    static(case, case["multiplier"], case["sources"], case["calibrated"])


@answers("allow_total_change", "proportional_untested")
def lift(case: dict[str, Any]) -> None:
    tests = {name: {"conversions": n} for name, n in case["lift"].items()}
    static(case, tests, "total", case["allow_total_change"])
    static(case, tests, "untested", case["proportional_untested"])


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_known_case(case: dict[str, Any]) -> None:
    """Fails for a case, or an answer in one, that nobody here checks."""
    keys = set(case) - GIVEN
    assert keys, "a case without an answer"
    assert keys <= set(CHECKERS), f"no check of {sorted(keys - set(CHECKERS))}"
    for check in dict.fromkeys(CHECKERS[key] for key in sorted(keys)):
        check(case)


def test_no_check_is_idle() -> None:
    assert set(CHECKERS) == {key for case in CASES for key in case} - GIVEN
    assert np.unique([case["id"] for case in CASES]).size == len(CASES)
