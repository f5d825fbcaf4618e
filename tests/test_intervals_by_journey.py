"""Intervals of the models that read the journeys themselves: replicates equal the model on users really drawn."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from optimizer.attribution.attribute import attribute
from optimizer.attribution.options import Options
from optimizer.attribution.registry import MODELS
from optimizer.data.open import open_events
from optimizer.data.tables import Events

BUCKETS = 30


def crowd(users: int, seed: int = 1) -> pd.DataFrame:
    """Users with up to four touches of four channels; some buy, some twice."""
    rng = np.random.default_rng(seed)
    rows = []
    for user in range(users):
        day = 0
        for _ in range(int(rng.integers(1, 5))):
            day += 1
            channel = "abcd"[int(rng.choice(4, p=[0.4, 0.3, 0.2, 0.1]))]
            rows.append((f"u{user}", day, channel, "touch", None))
            if rng.random() < {"a": 0.1, "b": 0.3, "c": 0.2, "d": 0.5}[channel]:
                day += 1
                rows.append((f"u{user}", day, None, "purchase", float(rng.integers(5, 50))))
    frame = pd.DataFrame(rows, columns=["user_id", "timestamp", "channel", "event", "value"])
    frame["timestamp"] = pd.Timestamp("2026-01-01") + pd.to_timedelta(frame["timestamp"], unit="D")
    return frame


def bucket_of(events: Events) -> dict[str, int]:
    return dict(
        events.engine.rows(f"SELECT DISTINCT user_id, {events.bucket(BUCKETS)} FROM {events.table}")
    )


def drawn(frame: pd.DataFrame, bucket: dict[str, int], weights: np.ndarray) -> pd.DataFrame:
    """The same users, as often as their bucket's weight says."""
    number = frame["user_id"].map(bucket).to_numpy()
    parts = [
        frame[weights[number] > copy].assign(
            user_id=lambda part, copy=copy: part["user_id"] + f"#{copy}"
        )
        for copy in range(int(weights.max()))
    ]
    return pd.concat(parts)


def answer(name: str, events: Events, weights: np.ndarray, **options: object):
    read = MODELS[name].from_events
    assert read is not None
    return read(events, Options.of(**options), weights)


@pytest.mark.parametrize("collapse", [False, True])
def test_fractribution_replicates_are_exact(collapse: bool) -> None:
    frame = crowd(150)
    events = open_events(frame)
    bucket = bucket_of(events)
    weights = np.random.default_rng(2).integers(0, 4, (6, BUCKETS)).astype(float)
    credit = answer("fractribution", events, weights, collapse=collapse)
    for i, row in enumerate(weights):
        slow = attribute(drawn(frame, bucket, row), ["fractribution"], collapse=collapse)[
            "fractribution"
        ]
        found = dict(zip(slow.channels, slow.conversions.tolist(), strict=True))
        assert dict(zip(credit.channels, credit.draws[i].tolist(), strict=True)) == pytest.approx(
            {**dict.fromkeys(credit.channels, 0.0), **found}, abs=1e-9
        )
        worth = dict(zip(slow.channels, slow.value.tolist(), strict=True))
        assert dict(
            zip(credit.channels, credit.value_draws[i].tolist(), strict=True)
        ) == pytest.approx({**dict.fromkeys(credit.channels, 0.0), **worth}, abs=1e-6)


@pytest.mark.parametrize("order", [1, 2])
def test_markov_by_journey_moves_with_the_users(order: int) -> None:
    """Linear in the effects: the error of a small move is of second order, and what is handed out adds up exactly."""
    frame = crowd(1200)
    events = open_events(frame)
    bucket = bucket_of(events)
    weights = np.ones((4, BUCKETS))
    for i in range(4):
        weights[i, i * 3] = 2.0
        weights[i, i * 3 + 1] = 0.0
    credit = answer("markov_by_journey", events, weights, order=order)
    for i, row in enumerate(weights):
        slow = attribute(drawn(frame, bucket, row), ["markov_by_journey"], order=order)[
            "markov_by_journey"
        ]
        assert credit.draws[i].sum() == pytest.approx(slow.conversions.sum(), abs=1e-6)
        assert credit.value_draws[i].sum() == pytest.approx(slow.value.sum(), abs=1e-3)
        for fast, brute, plain in (
            (credit.draws[i], slow.conversions, credit.conversions),
            (credit.value_draws[i], slow.value, credit.value),
        ):
            moved = np.abs(brute - plain).max()
            assert moved > 1e-3 * plain.sum() / 4
            assert np.abs(fast - brute).max() < 0.05 * moved


@pytest.mark.parametrize("name", ["markov_by_journey", "fractribution"])
def test_weights_of_one_are_the_estimate(name: str) -> None:
    events = open_events(crowd(300))
    plain = answer(name, events, None)
    credit = answer(name, events, np.ones((2, BUCKETS)))
    for column, draws in ((plain.conversions, credit.draws), (plain.value, credit.value_draws)):
        assert draws[0] == pytest.approx(column, abs=1e-6)
    assert credit.conversions == pytest.approx(plain.conversions, abs=1e-6)


@pytest.mark.parametrize("name", list(MODELS))
def test_every_model_has_intervals(name: str) -> None:
    """`--intervals N` for every model; the interval holds most of its own draws and the estimate is no stranger to it."""
    frame = pd.concat(
        [
            crowd(400),
            crowd(400)
            .query("event == 'touch'")
            .assign(event="engage", user_id=lambda part: part["user_id"] + "e"),
        ]
    )
    credit = attribute(frame, [name], intervals=200)[name]
    assert credit.low is not None
    assert credit.draws.shape == (200, len(credit.channels))
    assert (credit.low <= credit.high).all()
    inside = ((credit.draws >= credit.low - 1e-9) & (credit.draws <= credit.high + 1e-9)).mean()
    assert inside > 0.85
    if name != "lifecycle":
        assert (credit.low <= credit.conversions + 1e-9).all()
        assert (credit.conversions <= credit.high + 1e-9).all()
        assert (credit.high > credit.low).all()


def test_path_tables_have_them_too() -> None:
    table = pd.DataFrame(
        [
            ("a > b", 400, 4000.0, 900),
            ("a > c > a", 150, 900.0, 800),
            ("c", 90, 800.0, 700),
            ("b > c", 50, 90.0, 60),
        ],
        columns=["path", "conversions", "value", "nulls"],
    )
    result = attribute(
        table, ["linear", "markov", "markov_by_journey", "fractribution"], intervals=400
    )
    for credit in result.credits:
        assert credit.draws.sum(axis=1) == pytest.approx(result["linear"].draws.sum(axis=1)), (
            credit.model
        )
        assert credit.value_draws.sum(axis=1) == pytest.approx(
            result["linear"].value_draws.sum(axis=1), rel=1e-6
        )
        wide = (credit.high - credit.low)[credit.conversions > 0]
        assert (wide > 0).all(), credit.model
