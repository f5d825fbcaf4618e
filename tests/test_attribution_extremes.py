"""Odd but legal inputs: a result or a clear message, in bounded time and memory."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from optimizer.attribution.attribute import attribute
from optimizer.attribution.registry import MODELS
from optimizer.errors import UserError


def test_an_order_above_every_path_is_fine():
    table = pd.DataFrame([("a > b", 3, 1), ("c", 1, 1)], columns=["path", "conversions", "nulls"])
    credit = attribute(table, ["markov"], order=9)["markov"]
    assert credit.removal_effect.tolist() == pytest.approx([0.75, 0.75, 0.25])
    assert credit.conversions.sum() == pytest.approx(4)


def test_one_path_of_a_hundred_thousand_touches():
    path = " > ".join(["a", "b"] * 50_000)
    table = pd.DataFrame([(path, 1, 0), ("b", 0, 1)], columns=["path", "conversions", "nulls"])
    result = attribute(table, ["linear", "shapley", "markov"], order=3)
    for credit in result.credits:
        assert credit.conversions.sum() == pytest.approx(1)
    assert result["linear"].conversions.tolist() == pytest.approx([0.5, 0.5])
    assert result["markov"].removal_effect.tolist() == pytest.approx([1, 1])


def test_five_thousand_channels():
    generator = np.random.default_rng(0)
    ends = generator.integers(0, 5000, size=(6000, 2))
    table = pd.DataFrame(
        {
            "path": [f"c{a:04d} > c{b:04d}" for a, b in ends],
            "conversions": generator.integers(0, 2, 6000),
            "nulls": 1,
        }
    )
    result = attribute(table, ["last", "markov"], order=2)
    touched = len({int(x) for x in ends.ravel()})
    assert len(result["last"].channels) == touched
    for credit in result.credits:
        assert credit.conversions.sum() == pytest.approx(table["conversions"].sum())


def test_a_user_with_very_many_touches():
    n = 200_000
    times = pd.Timestamp("2025-01-01") + pd.to_timedelta(np.arange(n), unit="s")
    table = pd.DataFrame(
        {
            "user_id": "bot",
            "timestamp": times,
            "channel": np.where(np.arange(n) % 3, "feed", "search"),
            "event": "touch",
            "value": np.nan,
        }
    )
    table.loc[n] = ["bot", times[-1] + pd.Timedelta(seconds=1), None, "purchase", 5.0]
    result = attribute(table, ["linear", "time_decay", "markov"])
    for credit in result.credits:
        assert credit.conversions.sum() == pytest.approx(1)


@pytest.mark.parametrize(
    "rows",
    [[("a", -1, 0, 0)], [("a", 1, 5, -2)], [("a", 0, 5, 1)], [("", 1, 5, 0)], [("a > ", 1, 5, 0)]],
)
def test_impossible_rows_are_refused(rows):
    with pytest.raises(UserError):
        attribute(pd.DataFrame(rows, columns=["path", "conversions", "value", "nulls"]), ["last"])


def test_names_of_all_kinds():
    names = [
        "a,b",
        'quo"te',
        "it's",
        "<script>",
        "小红书/koc",
        "🛒",
        "x" * 300,
        "ORDER BY",
        "line;--",
    ]
    table = pd.DataFrame(
        [(" > ".join(names), 1, 9), (names[0], 0, 0)], columns=["path", "conversions", "value"]
    )
    table["nulls"] = [0, 3]
    for name in MODELS:
        if MODELS[name].from_events is None or MODELS[name].paths:
            credit = attribute(table, [name])[name]
            assert set(credit.channels) == set(names)
            assert credit.conversions.sum() + (credit.organic_conversions or 0) == pytest.approx(
                1
            ), name


def test_unknown_options_and_models_are_errors_with_hints():
    table = pd.DataFrame([("a", 1)], columns=["path", "conversions"])
    with pytest.raises(UserError, match="did you mean 'half_life_days'"):
        attribute(table, ["last"], half_life_day=3)
    with pytest.raises(UserError, match="unknown attribution model 'lst'"):
        attribute(table, ["lst", "markov"])
    with pytest.raises(UserError, match="events"):
        attribute(table, ["markov_stages"])
    with pytest.raises(UserError, match="intervals"):
        attribute(table, ["last"], intervals=-1)


def test_money_in_any_unit_gives_the_same_shares():
    rows = [("a > b", 3, 30.0, 1), ("b > c", 1, 7.0, 4), ("c", 2, 1.5, 2)]
    names = [name for name in MODELS if MODELS[name].from_events is None]
    small, large = (
        attribute(
            pd.DataFrame(
                [(p, n, v * unit, z) for p, n, v, z in rows],
                columns=["path", "conversions", "value", "nulls"],
            ),
            names,
        )
        for unit in (1.0, 1e8)
    )
    for one, two in zip(small.credits, large.credits, strict=True):
        assert two.value == pytest.approx(one.value * 1e8, rel=1e-9), one.model


def test_intervals_need_buckets():
    table = pd.DataFrame([("a", 1, 3)], columns=["path", "conversions", "nulls"])
    with pytest.raises(UserError, match="no user buckets"):
        attribute(table, ["last"], intervals=10, buckets=1)
