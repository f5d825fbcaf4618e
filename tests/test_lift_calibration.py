"""Lift tests laid on any model's credit: who moves, who takes the difference, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import optimizer as opt
from optimizer.attribution.by_period import credit_by_period
from optimizer.attribution.lift_tests import read_tests
from optimizer.attribution.registry import MODELS
from optimizer.errors import UserError

Run = Callable[..., Any]
TABLE = pd.DataFrame(
    [
        ("x/koc > search", 30, 600.0, 20),
        ("x/head > x/koc > direct", 12, 300.0, 9),
        ("search", 20, 100.0, 70),
        ("direct > search", 8, 40.0, 3),
    ],
    columns=["path", "conversions", "value", "nulls"],
)
PATHS = [name for name in MODELS if MODELS[name].paths]


def found(credit: Any, column: str = "conversions") -> dict[str, float]:
    return dict(zip(credit.channels, getattr(credit, column).tolist(), strict=True))


@pytest.mark.parametrize("name", PATHS)
def test_every_model_keeps_its_total(name: str) -> None:
    plain = opt.attribute(TABLE, [name], intervals=50)[name]
    for difference in ("untested", "organic", ["direct", "search"]):
        credit = opt.attribute(
            TABLE, [name], intervals=50, calibrate={"x/koc": 0.5}, difference=difference
        )[name]
        assert found(credit)["x/koc"] == pytest.approx(found(plain)["x/koc"] / 2)
        assert found(credit, "value")["x/koc"] == pytest.approx(found(plain, "value")["x/koc"] / 2)
        assert credit.conversions.sum() + (credit.organic_conversions or 0.0) == pytest.approx(
            credit.total_conversions
        )
        assert credit.value.sum() + (credit.organic_value or 0.0) == pytest.approx(
            credit.total_value
        )
        assert credit.total_conversions == plain.total_conversions
        assert any("x/koc from" in str(note) for note in credit.notes)
        if plain.draws is not None and difference != "organic":
            assert credit.draws.sum(axis=1) == pytest.approx(plain.draws.sum(axis=1))
    # the others keep their proportions, and a multiplier of 1 changes nothing
    credit = opt.attribute(TABLE, [name], calibrate={"x/koc": 0.5})[name]
    ratio = {
        c: found(credit)[c] / found(plain)[c]
        for c in credit.channels
        if c != "x/koc" and found(plain)[c]
    }
    assert max(ratio.values()) == pytest.approx(min(ratio.values()))
    same = opt.attribute(TABLE, [name], calibrate={"x/koc": 1.0})[name]
    assert same.conversions == pytest.approx(plain.conversions)


def test_intervals_follow_the_test() -> None:
    plain = opt.attribute(TABLE, ["markov"], intervals=300)["markov"]
    credit = opt.attribute(TABLE, ["markov"], intervals=300, calibrate={"search": 0.5})["markov"]
    i = credit.channels.index("search")
    assert credit.low[i] == pytest.approx(plain.low[i] / 2)
    assert credit.draws[:, i] == pytest.approx(plain.draws[:, i] / 2)
    fixed = opt.attribute(
        TABLE,
        ["markov"],
        intervals=300,
        calibrate={"search": {"conversions": 10}},
        difference="total",
    )["markov"]
    assert fixed.low[i] == fixed.high[i] == 10
    assert fixed.total_conversions == pytest.approx(70 - (plain.conversions[i] - 10))
    unsure = opt.attribute(
        TABLE,
        ["markov"],
        intervals=2000,
        calibrate={"search": {"conversions": 10, "standard_error": 2}},
        difference="total",
    )["markov"]
    assert unsure.draws[:, i].std() == pytest.approx(2, rel=0.1)
    again = opt.attribute(
        TABLE,
        ["linear", "markov"],
        intervals=2000,
        calibrate={"search": {"conversions": 10, "standard_error": 2}},
        difference="total",
    )
    assert again["linear"].draws[:, i] == pytest.approx(unsure.draws[:, i]), (
        "the same draw of the test in every model"
    )


def test_a_platform_stands_for_its_tiers() -> None:
    plain = opt.attribute(TABLE, ["linear"])["linear"]
    credit = opt.attribute(TABLE, ["linear"], calibrate={"x": {"conversions": 10}})["linear"]
    assert found(credit)["x/koc"] + found(credit)["x/head"] == pytest.approx(10)
    assert found(credit)["x/koc"] / found(credit)["x/head"] == pytest.approx(
        found(plain)["x/koc"] / found(plain)["x/head"]
    )


def test_rows_by_position_by_journey_and_by_period_follow(tmp_path: Path) -> None:
    credit = opt.attribute(TABLE, ["shapley_ordered"], calibrate={"search": 0.4})["shapley_ordered"]
    assert credit.by_position.sum(axis=1) == pytest.approx(credit.conversions)
    events = pd.DataFrame(
        {
            "user_id": ["u", "u", "u", "v", "v"],
            "channel": ["a", "b", None, "b", None],
            "event": ["touch", "touch", "purchase", "touch", "purchase"],
            "timestamp": pd.to_datetime(
                ["2026-01-01", "2026-01-09", "2026-01-10", "2026-01-20", "2026-01-21"]
            ),
            "value": [None, None, 10.0, None, 30.0],
        }
    )
    for model in ("linear", "markov"):
        whole = opt.attribute(events, [model], calibrate={"b": 0.5})[model]
        weeks = credit_by_period(events, model, calibrate={"b": 0.5})
        for column in ("conversions", "value"):
            assert weeks.groupby("channel")[column].sum().to_dict() == pytest.approx(
                found(whole, column)
            )


@pytest.mark.parametrize(
    ("tests", "difference", "says"),
    [
        ({"serch": 0.5}, "untested", "did you mean 'search'"),
        ({"search": -1}, "untested", "multiplier is -1"),
        ({"search": "half"}, "untested", "multiplier is 'half'"),
        ({"search": float("nan")}, "untested", "multiplier is nan"),
        (
            {"search": {"multiplier": 1, "conversions": 3}},
            "untested",
            "either multiplier or conversions",
        ),
        ({"search": {"conversion": 3}}, "untested", "did you mean 'conversions'"),
        ({}, "untested", "names no channel"),
        ({"search": 9}, "untested", "more conversions, but the untested channels hold only"),
        ({"search": 2}, "organic", "than are organic"),
        ({"search": 0.5}, "serch", "did you mean 'search'"),
        ({"search": 0.5}, ["search"], "is tested, so it cannot take"),
        ({"x": 0.5, "x/koc": 0.5}, "untested", "tested twice"),
        ({"x": 0.5, "search": 0.5, "direct": 0.5}, "untested", "nobody with credit is there"),
        (3, "untested", "holds no tests"),
    ],
)
def test_what_cannot_be_is_refused(tests: Any, difference: Any, says: str) -> None:
    with pytest.raises(UserError) as caught:
        opt.attribute(TABLE, ["linear"], calibrate=tests, difference=difference)
    assert says in str(caught.value)
    assert all(problem.fix for problem in caught.value.problems)


def test_no_credit_is_no_base_for_conversions() -> None:
    with pytest.raises(UserError, match="gives 'a' no credit"):
        opt.attribute(
            pd.DataFrame({"path": ["a > b"], "conversions": [4]}),
            ["last"],
            calibrate={"a": {"conversions": 1}},
        )


def test_a_table_of_tests(tmp_path: Path) -> None:
    file = tmp_path / "tests.csv"
    file.write_text("channel,multiplier,conversions,standard_error\nsearch,0.5,,0.1\ndirect,,3,\n")
    one, two = read_tests(file)
    assert (one.channel, one.multiplier, one.conversions, one.error) == ("search", 0.5, None, 0.1)
    assert (two.channel, two.multiplier, two.conversions, two.error) == ("direct", None, 3.0, 0.0)
    file.write_text("channel,multiplier\nsearch,x\nsearch,-2\n")
    with pytest.raises(UserError) as caught:
        read_tests(file)
    assert len(caught.value.problems) == 2
    assert "row 2, column multiplier" in str(caught.value)
    file.write_text("channel,multiplier\nsearch,1\nsearch,2\n")
    with pytest.raises(UserError, match="tested twice"):
        read_tests(file)


def test_the_command(tmp_path: Path, optimizer: Run) -> None:
    import json

    table = tmp_path / "paths.csv"
    TABLE.to_csv(table, index=False)
    ran = optimizer(
        "attribute",
        table,
        "-m",
        "linear",
        "--calibrate",
        "search=0.5",
        "--difference",
        "direct",
        "--difference",
        "x",
        "--format",
        "json",
    )
    assert ran.code == 0, ran.err
    plain = found(opt.attribute(TABLE, ["linear"])["linear"])
    (model,) = json.loads(ran.out)["models"]
    moved = {row["channel"]: row["conversions"] for row in model["channels"]}
    assert moved["search"] == pytest.approx(plain["search"] / 2)
    assert sum(moved.values()) == pytest.approx(70)
    assert "calibrated: search from" in ran.err + json.dumps(model["notes"])
    ran = optimizer(
        "attribute",
        table,
        "-m",
        "last",
        "--calibrate",
        "search=0.5",
        "--journeys",
        tmp_path / "j.csv",
        "--format",
        "csv",
    )
    assert ran.code == 0, ran.err
    rows = pd.read_csv(tmp_path / "j.csv")
    assert rows["conversions"].sum() == pytest.approx(70)
    for words, code, says in (
        (["--calibrate", "search"], 2, "no CHANNEL=MULTIPLIER"),
        (["--calibrate", "search=a"], 1, "multiplier is 'a'"),
        (["--difference", "total"], 2, "needs --calibrate"),
        (["--calibrate", "search=1", "--calibrate", "search=2"], 2, "twice"),
        (["--calibrate", str(table)], 1, "column 'channel' is missing"),
    ):
        ran = optimizer("attribute", table, "-m", "last", *words)
        assert ran.code == code, ran.err
        assert says in ran.err


def test_a_scenario_calibrates_what_the_plan_is_built_on(tmp_path: Path, optimizer: Run) -> None:
    import json

    TABLE.to_csv(tmp_path / "paths.csv", index=False)
    file = tmp_path / "scenario.yaml"
    text = "name: t\nbudget: 100\ndata: {paths: paths.csv}\nchannels: {search: {curve: {saturating: {ceiling: 30, half_spend: 40}}}}\nattribution: {model: last"
    file.write_text(text + "}\n")
    before = json.loads(optimizer("attribute", file, "-m", "last", "--format", "json").out)[
        "models"
    ][0]["channels"]
    file.write_text(text + ", calibrate: {search: 0.5}, difference: direct}\n")
    ran = optimizer("attribute", file, "-m", "last", "--format", "json")
    after = json.loads(ran.out)["models"][0]["channels"]
    of = (
        {row["channel"]: row["conversions"] for row in before},
        {row["channel"]: row["conversions"] for row in after},
    )
    assert of[1]["search"] == of[0]["search"] / 2
    assert of[1]["direct"] == of[0]["direct"] + of[0]["search"] / 2
    from optimizer.pipeline.credit import credit
    from optimizer.pipeline.tables import read_tables
    from optimizer.scenario import load_scenario

    scenario = load_scenario(file)
    chosen = credit(scenario, read_tables(scenario))
    assert chosen is not None
    assert found(chosen.new) == pytest.approx(of[1])
    assert np.isfinite(chosen.new.conversions).all()
