"""Held-out scores of chains from counts by fold, against a slow recomputation journey by journey."""

from __future__ import annotations

import math
from collections import Counter, defaultdict

import attribution_worlds as worlds
import numpy as np
import pandas as pd
import pytest
from scipy.optimize import brentq

from optimizer.attribution import order_choice
from optimizer.attribution.counting import opened_source
from optimizer.attribution.folds import folded_touches
from optimizer.attribution.heldout import judge_ends
from optimizer.attribution.models.shao import score_pairs
from optimizer.attribution.options import Options
from optimizer.attribution.sequences import sequences_of, sequences_of_counts
from optimizer.attribution.validation import validate

CONVERSION, LOST = "!", "?"


def slow_chance(train, k, known):
    """P_k(symbol | history): interpolated Witten-Bell, by the formula, from single journeys.

    A context is how many touches came before (up to `known`) and the last i of them; below them
    all, the frequencies of everything. What has not got i touches has no context of i.
    """
    channels = sorted({c for path, _ in ALL for c in path})
    seen: dict = defaultdict(Counter)

    def contexts(history):
        yield ()
        before = min(len(history), known)
        for i in range(min(k, before) + 1):
            yield (before, i, history[len(history) - i :])

    for path, end in train:
        history = ()
        for symbol in (*path, end):
            for context in contexts(history):
                seen[context][symbol] += 1
            history = (*history, symbol)

    def chance(symbol, history):
        value = 1 / (len(channels) + 2)
        for context in contexts(history):
            found = seen.get(context, Counter())
            kinds = max(len(found), 1)
            value = (found[symbol] + kinds * value) / (sum(found.values()) + kinds)
        return value

    return chance


def slow_judge(judged):
    """judged: (fold, length, chance, won) of each journey. Gain over the rate of the length, the
    odds of each length scaled to its conversions; AUC over pairs of a fold and a length."""
    gain, good, pairs = 0.0, 0.0, 0
    for length in {row[1] for row in judged}:
        here = [row for row in judged if row[1] == length]
        rate = sum(won for *_, won in here) / len(here)
        if rate in (0, 1):
            continue

        def scaled(p, a):
            return 1 / (1 + (1 - p) / p * math.exp(-a))

        a = brentq(
            lambda a, here=here, rate=rate: sum(scaled(p, a) - rate for _, _, p, _ in here), -50, 50
        )
        for _, _, p, won in here:
            q = scaled(p, a)
            gain += math.log(q / rate if won else (1 - q) / (1 - rate))
    for fold, length, p, won in judged:
        for other_fold, other_length, q, other in judged:
            if won and not other and (fold, length) == (other_fold, other_length):
                pairs += 1
                good += 1.0 if p > q + 1e-12 else 0.5 if abs(p - q) <= 1e-12 else 0.0
    return gain / len(judged), good / pairs


def journeys(seed, n=120):
    """a leads to b or away; c follows b and converts; so order 2 matters a little."""
    generator = np.random.default_rng(seed)
    out = []
    for _ in range(n):
        path = [str(generator.choice(["a", "b", "c"]))]
        while generator.random() < 0.55 and len(path) < 6:
            path.append(
                str(
                    generator.choice(
                        ["a", "b", "c"], p=[0.6, 0.2, 0.2] if path[-1] == "a" else [0.2, 0.3, 0.5]
                    )
                )
            )
        out.append(
            (
                tuple(path),
                CONVERSION if generator.random() < (0.5 if path[-1] == "c" else 0.2) else LOST,
            )
        )
    return out


ALL = journeys(1)


def counted(found, orders, folds):
    """Counts whose bucket is the fold: journey i falls in fold i mod folds."""
    return worlds.counts(
        [(p, float(e == CONVERSION), float(e == LOST), 0.0) for p, e in found],
        orders,
        buckets=folds,
    )


def scored(found, orders, folds):
    return order_choice.score_orders(
        sequences_of_counts(counted(found, orders, folds), np.arange(folds))
    )


def events_of(found, day=lambda i: i % 7):
    """An events table of one journey per user: a touch a day, the purchase nine days after the first."""
    rows = []
    for i, (path, end) in enumerate(found):
        rows += [(f"u{i:05d}", day(i) + j, c, "touch") for j, c in enumerate(path)]
        rows += [(f"u{i:05d}", day(i) + 9, None, "purchase")] if end == CONVERSION else []
    frame = pd.DataFrame(rows, columns=["user_id", "timestamp", "channel", "event"])
    return frame.assign(
        timestamp=pd.Timestamp("2026-01-01") + pd.to_timedelta(frame["timestamp"], unit="D")
    )


def paths_of(found):
    rows: dict = defaultdict(lambda: [0, 0])
    for path, end in found:
        rows[" > ".join(path)][end == LOST] += 1
    return pd.DataFrame(
        [(path, *ends) for path, ends in rows.items()], columns=["path", "conversions", "nulls"]
    )


@pytest.mark.parametrize("from_events", [True, False])
def test_scores_equal_the_slow_way(from_events):
    """Of events, whose folds are read from the touches; and of counts, whose lengths end at the order."""
    folds, most = 4, 3
    if from_events:
        touches = folded_touches(opened_source(events_of(ALL)), Options(), {}, folds)
        fold = dict(touches.engine.rows(f"SELECT DISTINCT trip, bucket FROM ({touches.sql}) AS t"))
        of = [fold[f"u{i:05d}"] for i in range(len(ALL))]
        scores = order_choice.score_orders(sequences_of(touches, most, folds))
    else:
        of = [i % folds for i in range(len(ALL))]
        scores = scored(ALL, (1, 2, 3), folds)
    assert [score.order for score in scores] == [0, 1, 2, 3]
    for score in scores:
        total, judged = 0.0, []
        for f in range(folds):
            train = [j for i, j in enumerate(ALL) if of[i] != f]
            chance = slow_chance(train, score.order, most)
            for i, (path, end) in enumerate(ALL):
                if of[i] != f:
                    continue
                for j, symbol in enumerate(path):
                    total += math.log(chance(symbol, path[:j]))
                up, down = chance(CONVERSION, path), chance(LOST, path)
                total += math.log(up if end == CONVERSION else down)
                length = len(path) if from_events else min(len(path), most)
                judged.append((f, length, up / (up + down), end == CONVERSION))
        gain, auc = slow_judge(judged)
        assert score.log_likelihood == pytest.approx(total / len(ALL), abs=1e-11)
        assert score.end_gain == pytest.approx(gain, abs=1e-11)
        assert score.auc == pytest.approx(auc, abs=1e-12)


def test_length_alone_predicts_nothing():
    """A predictor that knows the length, one that knows nothing, and a wrong one about the length are alike."""
    fold, length = np.repeat([0, 1], 4), np.tile([1, 1, 2, 5], 2)
    won, lost = np.array([5.0, 2, 1, 0, 3, 3, 2, 0]), np.array([3.0, 3, 9, 4, 2, 5, 8, 5])
    for of_length in ([0.5, 0.5, 0.5], [0.7, 0.2, 0.01], [0.01, 0.9, 0.5]):
        chance = np.array([dict(zip((1, 2, 5), of_length, strict=True))[n] for n in length])
        gain, auc = judge_ends(fold, length, chance, won, lost)
        assert gain == pytest.approx(0, abs=1e-12)
        assert auc == 0.5


def test_paths_and_events_of_the_same_journeys_agree():
    """Orders, scores of every kind, and what is chosen: whether they come as rows of people or of paths."""
    for seed in range(8):
        found = journeys(100 + seed, 50)
        scores = [
            order_choice.score_orders(
                sequences_of(folded_touches(opened_source(table), Options(), {}, 5), 3, 5)
            )
            for table in (paths_of(found), events_of(found))
        ]
        for one, two in zip(*scores, strict=True):
            assert one.log_likelihood == pytest.approx(two.log_likelihood, abs=1e-12)
            assert one.end_gain == pytest.approx(two.end_gain, abs=1e-9)
            assert one.auc == pytest.approx(two.auc, abs=1e-9)
        assert order_choice.choose(scores[0]).order == order_choice.choose(scores[1]).order


def test_validation_does_not_depend_on_the_shape_of_the_file():
    """The journeys of a case: A > B converts 30 %, B > A 5 %, and so on. One order, one verdict, the same scores."""
    table = {
        "A > B": (60, 140),
        "B > A": (10, 190),
        "A > C > B": (25, 75),
        "B > C > A": (4, 96),
        **dict.fromkeys("ABC", (15, 135)),
    }
    found = [
        (tuple(path.split(" > ")), end)
        for path, many in table.items()
        for end, n in zip((CONVERSION, LOST), many, strict=True)
        for _ in range(n)
    ]
    one, two = (
        validate(t, max_order=3, folds=5, models=["linear", "shao"])
        for t in (paths_of(found), events_of(found, lambda i: i % 40))
    )
    assert one.order == two.order == 2
    assert one.tells_models_apart
    assert two.tells_models_apart
    assert one.disagreement == two.disagreement
    assert len(one.scores) == len(two.scores) == 6
    for a, b in zip(one.scores, two.scores, strict=True):
        assert (a.name, a.order) == (b.name, b.order)
        assert a.end_gain == pytest.approx(b.end_gain, abs=1e-9)
        assert a.auc == pytest.approx(b.auc, abs=1e-9)


def test_copies_of_a_path_fall_in_different_folds():
    """Evenly, also where there are more than are drawn one by one; none is lost; people stay whole."""
    table = pd.DataFrame(
        [("a > b", 1000.0, 250_000.0), ("a", 0.0, 30.5)], columns=["path", "conversions", "nulls"]
    )
    touches = folded_touches(opened_source(table), Options(), {}, 5)
    rows = touches.engine.rows(
        "SELECT n, bucket, sum(conversions), sum(nulls)"
        f" FROM ({touches.sql}) AS t WHERE pos = 1 GROUP BY ALL ORDER BY ALL"
    )
    long = np.array([row[2:] for row in rows if row[0] == 2])
    assert long.sum(axis=0).tolist() == [1000, 250_000]
    assert (abs(long[:, 0] - 200) < 70).all()
    assert (abs(long[:, 1] - 50_000) < 1000).all()
    assert sum(row[3] for row in rows if row[0] == 1) == 30.5
    again = pd.concat([events_of(ALL), events_of(ALL, lambda i: 30 + i % 7)])
    touches = folded_touches(opened_source(again), Options(), {}, 5)
    assert touches.engine.rows(
        "SELECT max(folds), count(*) FROM (SELECT count(DISTINCT bucket) AS folds"
        f" FROM ({touches.sql}) AS t GROUP BY trip) AS u"
    ) == [(1, len(ALL))]


def test_chooses_the_order_that_made_the_journeys():
    """A first-order world is called order 1, a second-order one order 2, and signal shows in the AUC."""
    generator = np.random.default_rng(0)

    def world(second):
        out = []
        for _ in range(3000):
            path = [str(generator.choice(["a", "b"]))]
            while generator.random() < 0.7 and len(path) < 8:
                turn = len(path) > 1 and path[-2] == path[-1] if second else path[-1] == "a"
                path.append("b" if generator.random() < (0.9 if turn else 0.2) else "a")
            out.append(
                (
                    tuple(path),
                    CONVERSION if generator.random() < (0.6 if path[-1] == "b" else 0.2) else LOST,
                )
            )
        return out

    for order in (1, 2):
        scores = scored(world(order == 2), (1, 2, 3), 10)
        assert order_choice.choose(scores).order == order
        assert order_choice.choose(scores).auc > 0.6


def test_order_0_where_nothing_is_remembered():
    """Touches drawn apart from one another, in journeys whose length tells how they end: no chain is needed."""
    generator = np.random.default_rng(2)
    found = []
    for _ in range(1500):
        path = tuple(map(str, generator.choice(["a", "b", "c"], int(generator.integers(1, 5)))))
        found.append((path, CONVERSION if generator.random() < 0.9 / len(path) else LOST))
    scores = scored(found, (1, 2, 3), 10)
    assert order_choice.choose(scores).order == 0
    assert max(scores, key=lambda score: score.log_likelihood).order == 0
    order, why = order_choice.choose_order(counted(found, (1, 2, 3), 10), Options())
    assert order == 1  # order 0 is no chain
    assert str(why).startswith("order 0: ")
    result = validate(paths_of(found), max_order=3, models=["markov"])
    assert result.order == 0
    assert str(result.verdict[0]).startswith("Order 0 predicts best")


def test_nothing_to_tell_apart_is_none():
    found = [(path, CONVERSION) for path, _ in ALL]
    score = scored(found, (1,), 4)[1]
    assert score.auc is None
    assert score.end_gain is None


def test_shao_is_scored_by_what_its_pairs_predict():
    """On journeys not seen: the sum of its scores along a path, rates trained without the judged fold."""
    from itertools import combinations

    generator = np.random.default_rng(4)
    rows, found = [], []
    for user in range(300):
        path = list(
            generator.choice(
                ["a", "b", "c", "d"], int(generator.integers(1, 5)), p=[0.4, 0.3, 0.2, 0.1]
            )
        )
        won = generator.random() < (0.6 if "a" in path and "b" in path else 0.2)
        found.append((f"u{user}", path, won))
        rows += [(f"u{user}", i, channel, "touch") for i, channel in enumerate(path)] + (
            [(f"u{user}", 9, None, "purchase")] if won else []
        )
    frame = pd.DataFrame(rows, columns=["user_id", "timestamp", "channel", "event"])
    frame["timestamp"] = pd.Timestamp("2026-01-01") + pd.to_timedelta(frame["timestamp"], unit="D")
    folds = 4
    events = opened_source(frame)
    touches = folded_touches(events, Options(), {}, folds)
    fold = dict(touches.engine.rows(f"SELECT DISTINCT trip, bucket FROM ({touches.sql}) AS t"))
    judged = []
    for f in range(folds):
        train = [(set(path), won) for user, path, won in found if fold[user] != f]
        plain = sum(won for _, won in train) / len(train)

        def rate(*names, train=train, plain=plain):
            here = [won for path, won in train if set(names) <= path]
            return (sum(here) + plain) / (len(here) + 1)

        for user, path, won in found:
            if fold[user] != f:
                continue
            names = sorted(set(path))
            chance = (
                rate(*names)
                if len(names) == 1
                else sum(rate(*two) for two in combinations(names, 2)) / (len(names) - 1)
            )
            judged.append((f, len(path), min(chance, 1.0 - 1e-12), won))
    gain, auc = slow_judge(judged)
    (score,) = score_pairs(events, Options(), folds)
    assert score.end_gain == pytest.approx(gain, abs=1e-6)
    assert score.auc == pytest.approx(auc, abs=1e-9)
    assert score.auc > 0.55
    result = validate(frame, max_order=1, folds=folds)
    assert [item.auc for item in result.scores if item.name == "shao"] == [score.auc]
