"""Held-out scores of chains from counts by fold, against a slow recomputation journey by journey."""

from __future__ import annotations

import math
from collections import Counter, defaultdict

import attribution_worlds as worlds
import numpy as np
import pytest

from optimizer.attribution import order_choice

CONVERSION, LOST = "!", "?"


def slow_chance(train, k):
    """P_k(symbol | history): interpolated Witten-Bell, by the formula, from single journeys."""
    channels = sorted({c for path, _ in ALL for c in path})
    seen: dict[int, dict] = {i: defaultdict(Counter) for i in range(k + 1)}
    for path, end in train:
        history = ("",) * k
        for symbol in (*path, end):
            for i in range(k + 1):
                seen[i][history[k - i :]][symbol] += 1
            history = (*history[1:], symbol) if k else ()

    def chance(symbol, history):
        value = 1 / (len(channels) + 2)
        for i in range(k + 1):
            found = seen[i][history[k - i :]]
            kinds = max(len(found), 1)
            value = (found[symbol] + kinds * value) / (sum(found.values()) + kinds)
        return value

    return chance


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


def test_scores_equal_the_slow_way():
    folds = 4
    scores = order_choice.score_orders(counted(ALL, (1, 2, 3), folds), np.arange(folds))
    assert [score.order for score in scores] == [0, 1, 2, 3]
    for score in scores:
        k = score.order
        total, gain, good, pairs = 0.0, 0.0, 0.0, 0
        for f in range(folds):
            train = [j for i, j in enumerate(ALL) if i % folds != f]
            test = [j for i, j in enumerate(ALL) if i % folds == f]
            chance = slow_chance(train, k)
            rate = sum(e == CONVERSION for _, e in train) / len(train)
            judged = []
            for path, end in test:
                history = ("",) * k
                for symbol in path:
                    total += math.log(chance(symbol, history))
                    history = (*history[1:], symbol) if k else ()
                up, down = chance(CONVERSION, history), chance(LOST, history)
                total += math.log(up if end == CONVERSION else down)
                p = up / (up + down)
                gain += math.log(p / rate if end == CONVERSION else (1 - p) / (1 - rate))
                judged.append((p, end == CONVERSION))
            for p, won in judged:
                for q, other in judged:
                    if won and not other:
                        pairs += 1
                        good += 1.0 if p > q + 1e-12 else 0.5 if abs(p - q) <= 1e-12 else 0.0
        assert score.log_likelihood == pytest.approx(total / len(ALL), abs=1e-12)
        assert score.end_gain == pytest.approx(gain / len(ALL), abs=1e-12)
        assert score.auc == pytest.approx(good / pairs, abs=1e-12)


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
        scores = order_choice.score_orders(counted(world(order == 2), (1, 2, 3), 10), np.arange(10))
        assert order_choice.choose(scores).order == order
        assert order_choice.choose(scores).auc > 0.6


def test_nothing_to_tell_apart_is_none():
    found = [(path, CONVERSION) for path, _ in ALL]
    score = order_choice.score_orders(counted(found, (1,), 4), np.arange(4))[1]
    assert score.auc is None
    assert score.end_gain is None


def test_shao_is_scored_by_what_its_pairs_predict():
    """On journeys not seen: the sum of its scores along a path, rates trained without the judged fold."""
    from itertools import combinations

    import pandas as pd

    from optimizer.attribution.models.shao import score_pairs
    from optimizer.attribution.options import Options
    from optimizer.attribution.validation import validate
    from optimizer.data.open import open_events

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
    events = open_events(frame)
    fold = dict(
        events.engine.rows(f"SELECT DISTINCT user_id, {events.bucket(folds)} FROM {events.table}")
    )
    gain, good, pairs = 0.0, 0.0, 0
    for f in range(folds):
        train = [(set(path), won) for user, path, won in found if fold[user] != f]
        plain = sum(won for _, won in train) / len(train)

        def rate(*names, train=train, plain=plain):
            here = [won for path, won in train if set(names) <= path]
            return (sum(here) + plain) / (len(here) + 1)

        judged = []
        for user, path, won in found:
            if fold[user] != f:
                continue
            names = sorted(set(path))
            chance = (
                rate(*names)
                if len(names) == 1
                else sum(rate(*two) for two in combinations(names, 2)) / (len(names) - 1)
            )
            chance = round(min(chance, 1.0), 9)
            judged.append((chance, won))
            safe = min(max(chance, 1e-12), 1 - 1e-12)
            gain += math.log(safe / plain if won else (1 - safe) / (1 - plain))
        for p, won in judged:
            for q, other in judged:
                if won and not other:
                    pairs += 1
                    good += 1.0 if p > q else 0.5 if p == q else 0.0
    (score,) = score_pairs(events, Options(), folds)
    assert score.end_gain == pytest.approx(gain / len(found), abs=1e-6)
    assert score.auc == pytest.approx(good / pairs, abs=1e-9)
    assert score.auc > 0.55
    result = validate(frame, max_order=1, folds=folds)
    assert [item.auc for item in result.scores if item.name == "shao"] == [score.auc]
