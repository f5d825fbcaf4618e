"""The same journeys give the same answer: as paths or as events, under other names, in another order
of rows; intervals, the order chosen and held-out scores included.
"""

from __future__ import annotations

import random
from collections import defaultdict
from typing import Any

import numpy as np
import pandas as pd
import pytest

from optimizer.attribution import order_choice
from optimizer.attribution.attribute import attribute
from optimizer.attribution.folds import folded_touches
from optimizer.attribution.heldout import score_shares
from optimizer.attribution.options import Options
from optimizer.attribution.registry import MODELS
from optimizer.attribution.sequences import sequences_of
from optimizer.data.engine import Engine, Limits
from optimizer.data.open import open_events, open_paths

Journeys = list[tuple[list[str], bool]]
SHARES = ["first", "last", "linear", "position", "shapley", "touched", "last_non_direct"]
SLOWER = ["shao", "fractribution", "markov_by_journey"]
OTHER_NAMES = {"a": "z", "b": "direct/x", "c": "k", "direct": "Direct", "d": "a"}


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(Limits(threads=1))


def drawn(seed: int) -> Journeys:
    """Journeys of people who have one each, the channels used unevenly."""
    draw = random.Random(seed)
    names = ["a", "b", "direct", "c", "d"][: draw.randint(2, 5)]
    weights = [2.0**-i for i in range(len(names))]
    return [
        (draw.choices(names, weights, k=draw.randint(1, 4)), draw.random() < 0.4)
        for __ in range(draw.randint(12, 60))
    ] + [([names[0]], True)]


def as_events(journeys: Journeys) -> pd.DataFrame:
    rows = []
    for user, (path, won) in enumerate(journeys):
        day = pd.Timestamp(2026, 1, 1 + user % 5)
        rows += [
            (f"u{user}", day + pd.Timedelta(hours=i), channel, "touch", None)
            for i, channel in enumerate(path)
        ]
        if won:
            rows.append((f"u{user}", day + pd.Timedelta(hours=9), None, "purchase", 10.0))
    return pd.DataFrame(rows, columns=["user_id", "timestamp", "channel", "event", "value"])


def as_paths(journeys: Journeys) -> pd.DataFrame:
    found: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    for path, won in journeys:
        row = found[" > ".join(path)]
        row[0], row[1], row[2] = row[0] + won, row[1] + 10.0 * won, row[2] + (not won)
    return pd.DataFrame(
        [(path, *numbers) for path, numbers in found.items()],
        columns=["path", "conversions", "value", "nulls"],
    )


def renamed(events: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Other names of users and channels, another order of rows."""
    users = list(dict.fromkeys(events["user_id"]))
    other = dict(zip(users, random.Random(seed).sample(users, len(users)), strict=True))
    return events.assign(
        user_id=events["user_id"].map(other), channel=events["channel"].replace(OTHER_NAMES)
    ).sample(frac=1, random_state=seed)


def test_paths_events_and_other_names_agree_on_fifty_tables(engine: Engine) -> None:
    """Credit, replicates and the order chosen; fifty more, with ties and reuse: `..._ties.py`."""
    for seed in range(50):
        journeys, events = drawn(seed), as_events(drawn(seed))
        asked: dict[str, Any] = {
            "models": ["markov", SHARES[seed % 7], *SLOWER[seed % 6 : seed % 6 + 1]],
            "order": [1, "auto", 2, 3][seed % 4],
            "collapse": seed % 3 == 0,
            "nulls": seed % 7 > 0,
            "intervals": 8,
            "buckets": 11,
            "read_ledger": False,
        }
        right = attribute(open_paths(as_paths(journeys), engine=engine), **asked)
        found = attribute(open_events(events, engine=engine), **asked)
        for one, two in zip(right.credits, found.credits, strict=True):
            assert (one.channels, one.order) == (two.channels, two.order), seed
            for name in ("conversions", "value", "draws", "value_draws", "low", "high"):
                np.testing.assert_allclose(
                    getattr(two, name), getattr(one, name), atol=1e-9, err_msg=f"{seed} {one.label}"
                )
        if seed % 10:
            continue
        again = attribute(open_events(renamed(events, seed), engine=engine), **asked)
        for one, two in zip(found.credits, again.credits, strict=True):
            place = [two.channels.index(OTHER_NAMES[name]) for name in one.channels]
            np.testing.assert_allclose(two.draws[:, place], one.draws, atol=1e-9, err_msg=one.label)


def test_held_out_scores_agree_under_other_names_too(engine: Engine) -> None:
    options = Options(order=2)
    for seed in range(2):
        journeys = drawn(100 + seed)
        told = []
        for table in (
            open_paths(as_paths(journeys), engine=engine),
            open_events(as_events(journeys), engine=engine),
            open_events(renamed(as_events(journeys), seed), engine=engine),
        ):
            touches = folded_touches(table, options, {}, 4)
            scores = order_choice.score_orders(sequences_of(touches, 2, 4))
            told.append(
                [*scores, *score_shares(table, {"last": MODELS["last"].share(options)}, options, 4)]
            )
        for one, *others in zip(*told, strict=True):
            for two in others:
                assert two.log_likelihood == pytest.approx(one.log_likelihood, abs=1e-11)
                assert two.end_gain == pytest.approx(one.end_gain, abs=1e-9)
                assert two.auc == pytest.approx(one.auc, abs=1e-9)


def test_users_with_the_same_journeys_are_drawn_apart_and_stay_whole(engine: Engine) -> None:
    """Two journeys of each of 400 people: one bucket per person, and the people spread evenly."""
    one = as_events([(["a"], True)] * 400)
    later = one.assign(timestamp=one["timestamp"] + pd.Timedelta(days=1))
    both = attribute(
        open_events(pd.concat([one, later]), engine=engine), "last", intervals=400, buckets=40
    )["last"]
    assert both.draws is not None
    alone = attribute(open_events(one, engine=engine), "last", intervals=400, buckets=40)["last"]
    assert alone.draws is not None
    assert both.draws.std() == pytest.approx(2 * 400**0.5, rel=0.35)
    assert alone.draws.std() == pytest.approx(400**0.5, rel=0.35)
