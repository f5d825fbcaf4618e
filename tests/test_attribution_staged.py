"""The stage x channel chain: a small world by hand, and credit that adds up both ways."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from optimizer.attribution.attribute import attribute
from optimizer.attribution.counting import opened_source
from optimizer.attribution.models.staged import count_staged, staged_graph
from optimizer.attribution.options import Options
from optimizer.journeys.graph import START


def events(rows, start="2025-01-01"):
    day = pd.Timestamp(start)
    return opened_source(
        pd.DataFrame(
            [
                (user, day + pd.Timedelta(hours=hour), channel, event, value)
                for user, hour, channel, event, value in rows
            ],
            columns=["user_id", "timestamp", "channel", "event", "value"],
        )
    )


def world():
    rows = []
    for i in range(40):  # feed wakes interest, search closes; half of them buy
        user = f"u{i}"
        rows += [
            (user, 0, "feed", "touch", None),
            (user, 1, None, "engage", None),
            (user, 2, "search", "touch", None),
        ]
        if i % 2:
            rows.append((user, 3, None, "purchase", 10.0))
    for i in range(40):  # search on people without interest does nothing
        rows.append((f"v{i}", 0, "search", "touch", None))
    return events(rows)


def test_stage_by_channel_states_by_hand():
    counts, steps = count_staged(world(), Options(), None)
    graph = staged_graph(counts, steps)
    assert steps.names == ("awareness", "interest", "repurchase", "loyalty")
    assert set(graph.states) == {START, "awareness: feed", "awareness: search", "interest: search"}
    assert graph.conversion_rate() == pytest.approx(20 / 80)
    assert graph.conversion_rate(without="search") == 0
    plain = attribute(world(), ["markov"])["markov"]
    staged = attribute(world(), ["markov_stages"])["markov_stages"]
    assert staged.removal_effect.tolist() == [1, 1]  # nobody buys without feed ...
    assert plain.removal_effect[0] == pytest.approx(0.5)  # ... which channels alone cannot see
    at = dict(zip(staged.stages, staged.by_stage.T.tolist(), strict=True))
    assert at["awareness"] == pytest.approx([10, 0])
    assert at["interest"] == pytest.approx([0, 10])


def test_adds_up_both_ways_with_intervals():
    generator = np.random.default_rng(1)
    rows = []
    for i in range(200):
        hour = 0.0
        for _ in range(generator.integers(1, 6)):
            rows.append((f"u{i}", hour, str(generator.choice(["a", "b", "c"])), "touch", None))
            hour += float(generator.exponential(10))
            if generator.random() < 0.3:
                rows.append(
                    (f"u{i}", hour, None, str(generator.choice(["engage", "add_to_cart"])), None)
                )
            if generator.random() < 0.15:
                rows.append((f"u{i}", hour + 0.5, None, "purchase", 20.0))
    credit = attribute(events(rows), ["markov_stages"], intervals=100, buckets=50)["markov_stages"]
    assert credit.conversions.sum() == pytest.approx(credit.total_conversions)
    assert credit.by_stage.sum(axis=1) == pytest.approx(credit.conversions)
    assert credit.value.sum() == pytest.approx(credit.total_value)
    assert (credit.low < credit.conversions).all()
    assert (credit.by_stage[:, 3] > 0).any()
    assert credit.as_dict()["channels"][0]["stages"].keys() == set(credit.stages)


def test_without_milestones_it_is_the_plain_chain():
    rows = [
        (f"u{i}", h, "ab"[(i + h) % 2], "touch", None) for i in range(30) for h in range(1 + i % 3)
    ]
    rows += [(f"u{i}", 9, None, "purchase", 5.0) for i in range(0, 30, 4)]
    plain = attribute(events(rows), ["markov"])["markov"]
    staged = attribute(events(rows), ["markov_stages"])["markov_stages"]
    assert staged.conversions == pytest.approx(plain.conversions)
    assert any("no milestones" in str(text) for text in staged.notes)
