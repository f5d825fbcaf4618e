"""What every model promises, by joining the registry; and the identities of the exact models."""

from __future__ import annotations

from itertools import combinations
from math import factorial

import attribution_worlds as worlds
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.attribution.attribute import attribute
from optimizer.attribution.bootstrap import bucket_weights, interval
from optimizer.attribution.registry import MODELS

NAMES = [
    name
    for name in MODELS
    if MODELS[name].from_events is None and name in {*worlds.LINEAR, "markov", "shao"}
]
quick = settings(max_examples=40, deadline=None, derandomize=True)

paths = st.lists(st.sampled_from("abcde"), min_size=1, max_size=6).map(tuple)
row = st.tuples(paths, st.integers(0, 5), st.integers(0, 9), st.integers(0, 30)).map(
    lambda r: (r[0], float(r[1]), float(r[2]), float(r[3] if r[1] else 0))
)
tables = st.lists(row, min_size=1, max_size=12)


def credit(table, name, **more):
    return attribute(worlds.counts(table, orders=(more.get("order", 1),)), [name], **more)[name]


def as_dict(answer, column="conversions"):
    return dict(zip(answer.channels, getattr(answer, column).tolist(), strict=True))


def close(one, two):
    assert one == pytest.approx(two, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("name", NAMES)
@quick
@given(table=tables)
def test_adds_up_and_keeps_its_sign(name, table):
    answer = credit(table, name)
    close(answer.conversions.sum() + (answer.organic_conversions or 0.0), sum(r[1] for r in table))
    close(answer.value.sum() + (answer.organic_value or 0.0), sum(r[3] for r in table))
    if MODELS[name].nonnegative:
        assert (answer.conversions >= 0).all()
        assert (answer.value >= 0).all()


@pytest.mark.parametrize("name", NAMES)
@quick
@given(table=tables, shuffle=st.randoms(use_true_random=False))
def test_row_order_and_names_change_nothing(name, table, shuffle):
    plain = credit(table, name)
    mixed = list(table)
    shuffle.shuffle(mixed)
    close(as_dict(credit(mixed, name)), as_dict(plain))
    other = dict(zip("abcde", ["zeta", "direct/", "a", "B", "渠道"], strict=True))
    renamed = [(tuple(other[c] for c in p), *rest) for p, *rest in table]
    close(as_dict(credit(renamed, name)), {other[c]: x for c, x in as_dict(plain).items()})


@pytest.mark.parametrize("name", NAMES)
@quick
@given(table=tables, copies=st.integers(2, 4))
def test_n_copies_are_n_times_and_rows_may_be_merged(name, table, copies):
    plain = credit(table, name)
    close(as_dict(credit(table * copies, name)), {c: copies * x for c, x in as_dict(plain).items()})
    merged: dict = {}
    for path, *amounts in table:
        merged[path] = [a + b for a, b in zip(merged.get(path, [0.0] * 3), amounts, strict=True)]
    close(as_dict(credit([(p, *a) for p, a in merged.items()], name)), as_dict(plain))


@pytest.mark.parametrize("name", NAMES)
def test_channels_alike_get_the_same(name):
    table = [(("a", "x"), 2.0, 3.0, 4.0), (("b", "x"), 2.0, 3.0, 4.0), (("x",), 1.0, 1.0, 1.0)]
    answer = as_dict(credit(table, name))
    close(answer["a"], answer["b"])


@pytest.mark.parametrize("name", NAMES)
def test_a_channel_that_never_leads_anywhere_gets_nothing(name):
    table = [(("a", "x"), 2.0, 3.0, 4.0), (("x", "dead"), 0.0, 5.0, 0.0)]
    assert as_dict(credit(table, name))["dead"] == 0


@pytest.mark.parametrize("name", NAMES)
def test_no_conversion_no_credit(name):
    answer = credit([(("a", "b"), 0.0, 4.0, 0.0)], name)
    assert answer.conversions.tolist() == answer.value.tolist() == [0.0, 0.0]
    assert answer.share.tolist() == [0.0, 0.0]


@pytest.mark.parametrize("name", NAMES)
def test_one_channel_takes_all(name):
    answer = credit([(("a", "a"), 3.0, 0.0, 9.0)], name)
    assert answer.conversions[0] == pytest.approx(3)
    assert answer.value[0] == pytest.approx(9)


@quick
@given(
    table=st.lists(
        st.tuples(
            st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=7).map(tuple),
            st.integers(0, 4).map(float),
            st.just(1.0),
            st.just(0.0),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_shapley_is_the_enumerated_shapley_value(table):
    """v(S) = conversions on paths whose channels are all in S, over all 2^n coalitions."""
    channels = sorted({c for p, *_ in table for c in p})
    n = len(channels)
    worth = {
        s: sum(r[1] for r in table if set(r[0]) <= set(s))
        for k in range(n + 1)
        for s in combinations(channels, k)
    }
    expected = {}
    for c in channels:
        rest = [x for x in channels if x != c]
        expected[c] = sum(
            factorial(k)
            * factorial(n - k - 1)
            / factorial(n)
            * (worth[tuple(sorted((*s, c)))] - worth[s])
            for k in range(n)
            for s in combinations(rest, k)
        )
    for name in ("shapley", "shapley_ordered"):
        close(as_dict(credit(table, name)), expected)


def test_shao_against_its_formula_path_by_path():
    table = [
        (("a", "b", "c"), 2.0, 1.0, 10.0),
        (("a", "c"), 1.0, 4.0, 3.0),
        (("b",), 1.0, 2.0, 1.0),
        (("b", "a"), 0.0, 3.0, 0.0),
    ]

    def rate(*channels):
        rows = [r for r in table if set(channels) <= set(r[0])]
        return sum(r[1] for r in rows) / sum(r[1] + r[2] for r in rows)

    expected = dict.fromkeys("abc", 0.0)
    for path, converted, *_ in table:
        for i in set(path):
            others = set(path) - {i}
            score = (
                rate(i) + sum(rate(i, j) - rate(i) - rate(j) for j in others) / (2 * len(others))
                if others
                else rate(i)
            )
            expected[i] += converted * score
    answer = credit(table, "shao")
    assert sum(expected.values()) < 4
    close(as_dict(answer), expected)


BIG = [
    (("a", "b"), 40.0, 160.0, 400.0),
    (("b",), 30.0, 170.0, 300.0),
    (("a", "c", "a"), 25.0, 75.0, 500.0),
    (("c",), 5.0, 95.0, 50.0),
]


@pytest.mark.parametrize("name", NAMES)
def test_replicates_are_recomputed_counts(name):
    """A replicate equals the model on a table in which each bucket's journeys were repeated by its weight."""
    counts = worlds.counts(BIG, buckets=20)
    weights = bucket_weights(8, 20, seed=3) * 19 / 20  # whole numbers of copies
    answer = MODELS[name](counts, weights, _options())
    for i in (0, 7):
        table = []
        for number, (path, value) in enumerate(_one_by_one(BIG)):
            times = weights[i][number % 20]
            table.append(
                (path, times * (value is not None), times * (value is None), times * (value or 0.0))
            )
        close(
            as_dict(credit(table, name)),
            dict(zip(counts.channels, answer.conversions[i].tolist(), strict=True)),
        )
        close(
            as_dict(credit(table, name), "value"),
            dict(zip(counts.channels, answer.value[i].tolist(), strict=True)),
        )


def _options():
    from optimizer.attribution.options import Options

    return Options()


def _one_by_one(table):
    for path, converted, lost, value in table:
        yield from [(path, value / converted)] * int(converted)
        yield from [(path, None)] * int(lost)


def test_intervals_hold_the_estimate_and_are_joint():
    counts = worlds.counts(BIG, buckets=50)
    result = attribute(counts, ["last", "markov"], intervals=400, seed=1)
    for answer in result.credits:
        assert (answer.low < answer.conversions).all()
        assert (answer.conversions < answer.high).all()
        assert answer.draws.shape == (400, 3)
    again = attribute(counts, ["markov"], intervals=400, seed=1)["markov"]
    assert np.array_equal(again.draws, result["markov"].draws)
    assert not np.array_equal(
        attribute(counts, ["markov"], intervals=400, seed=2)["markov"].draws, again.draws
    )


def test_bootstrap_variance_is_unbiased_for_few_buckets():
    sums = np.array([3.0, 5.0, 4.0, 9.0])
    draws = bucket_weights(200_000, 4, seed=0) @ sums
    assert draws.var() == pytest.approx(4 * sums.var(ddof=1), rel=0.02)
    assert draws.mean() == pytest.approx(sums.sum(), rel=0.01)


def test_linearised_replicates_are_close_to_exact_ones(monkeypatch):
    from optimizer.attribution.models import markov

    counts = worlds.counts(BIG, orders=(2,), buckets=200)
    exact = attribute(counts, ["markov"], order=2, intervals=300)["markov"]
    monkeypatch.setattr(markov, "LINEAR_ABOVE", 0)
    linear = attribute(counts, ["markov"], order=2, intervals=300)["markov"]
    assert linear.notes
    assert linear.conversions == pytest.approx(exact.conversions)
    spread = exact.draws.std(axis=0)
    assert (np.abs(linear.draws - exact.draws).mean(axis=0) < 0.15 * spread).all()
    assert linear.draws.std(axis=0) == pytest.approx(spread, rel=0.1)


def test_intervals_cover_the_large_sample_value():
    """90 % intervals of repeated samples of 600 users hold the value of the whole population about 90 times in 100."""
    population = [(p, a / 10, z / 10, v / 10) for p, a, z, v in BIG]
    kinds = [(p, True) for p, *_ in BIG] + [(p, False) for p, *_ in BIG]
    chance = np.array([r[1] for r in population] + [r[2] for r in population])
    truth = as_dict(credit(population, "markov"), "share")
    generator = np.random.default_rng(5)
    held = trials = 0
    for repeat in range(60):
        drawn = generator.multinomial(600, chance / chance.sum())
        journeys = [kind for kind, times in zip(kinds, drawn, strict=True) for _ in range(times)]
        generator.shuffle(journeys)
        counts = worlds.counts(
            [(tuple(p), float(won), float(not won), 0.0) for p, won in journeys], buckets=100
        )
        answer = attribute(counts, ["markov"], intervals=300, seed=repeat)["markov"]
        low, high = interval(answer.draws / answer.draws.sum(axis=1, keepdims=True))
        for i, channel in enumerate(counts.channels):
            held += low[i] <= truth[channel] <= high[i]
            trials += 1
    assert 0.82 <= held / trials <= 0.96, held / trials
