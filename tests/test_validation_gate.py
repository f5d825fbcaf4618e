"""The gate: sets of people who are alike are compared, and nothing else is a signal."""

from __future__ import annotations

import importlib.util
import sys
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.duration.survfunc import survdiff
from statsmodels.stats.contingency_tables import StratifiedTable

from optimizer.attribution import heldout, risk, signal_test
from optimizer.attribution.counting import opened_source
from optimizer.attribution.gate import Gate
from optimizer.attribution.options import Options
from optimizer.attribution.risk import AtRisk, at_risk
from optimizer.attribution.signal_test import (
    Signal,
    detectable,
    level_of,
    overall_p,
    permutation_p,
    signals_of,
)
from optimizer.attribution.validation import validate

BENCHMARK = Path(__file__).parents[1] / "benchmarks" / "attribution" / "gate.py"


@pytest.fixture(scope="module")
def worlds():
    spec = importlib.util.spec_from_file_location("gate_worlds", BENCHMARK)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def random_sets(generator, sets=12, groups=3, effect=0.0):
    """Sets of different size, mix and rate; an effect adds to the odds of the first history."""
    sizes = generator.integers(1, 30, (sets, groups)).astype(float)
    base = generator.normal(-1, 1, (sets, 1)) + effect * (np.arange(groups) == 0)
    return AtRisk(
        sizes, generator.binomial(sizes.astype(int), 1 / (1 + np.exp(-base))).astype(float)
    )


# --- the statistic, against others' -------------------------------------------------------------


def test_two_histories_in_sets_are_mantel_and_haenszel(monkeypatch):
    monkeypatch.setattr(signal_test, "DEALT", 0)
    generator = np.random.default_rng(1)
    for effect in (0.0, 0.7):
        sets = random_sets(generator, groups=2, effect=effect)
        tables = [
            np.array([[w[0], n[0] - w[0]], [w[1], n[1] - w[1]]])
            for n, w in zip(sets.sizes, sets.bought, strict=True)
        ]
        whole = StratifiedTable(
            [t for t in tables if (t.sum(0) > 0).all() and (t.sum(1) > 0).all()]
        )
        assert permutation_p(sets) == pytest.approx(whole.test_null_odds().pvalue, rel=1e-9)


def test_waiting_people_are_compared_by_the_log_rank_test(monkeypatch):
    monkeypatch.setattr(signal_test, "DEALT", 0)
    generator = np.random.default_rng(2)
    n = 400
    stratum, group = generator.integers(0, 3, n), generator.integers(0, 3, n)
    waited = np.ceil(generator.exponential(5, n) * (1 + (group == 1))).astype(np.int64)
    buys = generator.random(n) < 0.4
    found = permutation_p(risk._sets(stratum, waited, group, buys))
    whole = survdiff(waited, buys.astype(int), group, strata=stratum)
    assert found == pytest.approx(whole[1], rel=1e-8)


def test_dealing_agrees_with_the_large_sample_distribution(monkeypatch):
    sets = random_sets(np.random.default_rng(3), sets=30, effect=0.25)
    dealt = permutation_p(sets, permutations=4000)
    monkeypatch.setattr(signal_test, "DEALT", 0)
    assert dealt == pytest.approx(permutation_p(sets), abs=0.02)
    assert 0.001 < dealt < 0.5


def test_fishers_exact_test_and_the_edges():
    one = AtRisk(np.array([[20.0, 20.0]]), np.array([[12.0, 5.0]]))
    exact = stats.fisher_exact([[12, 5], [8, 15]]).pvalue
    assert permutation_p(one, permutations=4000) == pytest.approx(exact, abs=0.02)
    assert permutation_p(AtRisk(np.array([[7.0]]), np.array([[3.0]]))) == 1
    assert permutation_p(AtRisk(np.ones((1, 2)), np.ones((1, 2)))) is None
    assert permutation_p(AtRisk(np.ones((1, 2)), np.zeros((1, 2)))) is None
    assert detectable(AtRisk(np.ones((1, 2)), np.zeros((1, 2)))) is None


def test_p_values_are_uniform_where_there_is_nothing():
    generator = np.random.default_rng(4)
    found = [permutation_p(random_sets(generator), 199, seed) for seed in range(300)]
    assert stats.kstest(found, "uniform").pvalue > 0.01
    assert np.mean(np.array(found) <= 0.05) <= 0.08


def test_a_small_p_without_a_held_out_gain_does_not_tell_models_apart():
    sets = {1: AtRisk(np.array([[80.0, 80.0]]), np.array([[60.0, 20.0]]))}
    for gain, predicts in ((-0.01, False), (None, False), (0.01, True)):
        score = heldout.Score("markov", 1, -1.0, np.zeros(2), gain, 0.6)
        judged = Gate((score,), signals_of(sets, [score]), None)
        assert judged.found
        assert judged.p_value < 0.01
        assert judged.predicts is predicts


def test_the_level_is_shared_among_the_orders():
    for orders in range(1, 6):
        parts = [level_of(order, orders) for order in range(1, orders + 1)]
        assert sum(parts) == 1
        signals = [Signal(k, 0.05 * parts[k - 1], None, None, True) for k in range(1, orders + 1)]
        assert overall_p(signals) == pytest.approx(0.05)


def test_many_histories_are_taken_together_by_their_size_alone():
    generator = np.random.default_rng(5)
    size = np.append(generator.integers(1, 4, 3000), [900, 1100])[None].astype(float)
    won = generator.binomial(size.astype(int), 0.3).astype(float)
    assert permutation_p(AtRisk(size, won)) > 0.05
    won[0, -1] = 600
    assert permutation_p(AtRisk(size, won)) < 0.01


# --- who is at risk -----------------------------------------------------------------------------


def test_everybody_who_might_have_bought_then_is_in_the_set():
    """By hand: one period; each purchase with all who were touched as often and had waited as long."""
    rows = [
        # user, hour, what: bought 5 hours after the second touch
        ("u1", 0, "a"), ("u1", 10, "b"), ("u1", 15, None),
        # had waited 8 hours after the second touch when touched again: in u1's set, by b
        ("u2", 1, "a"), ("u2", 12, "b"), ("u2", 20, "a"),
        # second touch 3 hours before the end of the data: had not waited 5 hours
        ("u3", 2, "a"), ("u3", 21, "a"),
        # bought 6 hours after the only touch; a purchase after that counts no more
        ("u4", 3, "b"), ("u4", 9, None), ("u4", 11, "a"), ("u4", 12, None),
        ("u5", 4, "a"), ("u5", 24, "b"),
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["user_id", "timestamp", "channel"])
    frame["event"] = np.where(frame["channel"].isna(), "purchase", "touch")
    frame["timestamp"] = pd.Timestamp("2026-01-05") + pd.to_timedelta(frame["timestamp"], unit="h")
    sets = at_risk(opened_source(frame), Options(), 2)
    # histories by how many touches there are: a 8, b 5 (u4's after the purchase are not there)
    found = {tuple(map(tuple, row)) for row in np.stack([sets[1].sizes, sets[1].bought], 1)}
    first = ((4.0, 1.0), (0.0, 1.0))  # u1, u2, u3, u5 waited 10 hours and more after a; u4 after b
    second = ((0.0, 2.0), (0.0, 1.0))  # u1 and u2 after b
    assert found == {first, second}
    # of two touches: u1's purchase is after (a, b), as u2's touch was
    assert sorted(sets[2].sizes.sum(axis=1)) == [2.0, 5.0]


def test_paths_are_compared_within_their_length():
    table = pd.DataFrame(
        [("a > b", 3.0, 4.0), ("b > b", 1.0, 2.0), ("b", 5.0, 1.0)],
        columns=["path", "conversions", "nulls"],
    )
    sets = at_risk(opened_source(table), Options(), 2)
    assert sets[1].sizes.tolist() == [[6.0], [10.0]]  # all end with b
    assert sorted(map(tuple, sets[2].sizes)) == [(0.0, 6.0, 0.0), (7.0, 0.0, 3.0)]


# --- worlds -------------------------------------------------------------------------------------


def test_no_signal_where_channels_do_nothing(worlds):
    """A few of the benchmark's 200 worlds without an effect, drawn anew."""
    found = []
    for kind, seed in product(worlds.NULLS, range(5)):
        opened = opened_source(worlds.World(700, kind).draw(1000 + seed))
        sets = at_risk(opened, Options(), 2)
        found += [permutation_p(sets[order], 199) for order in (1, 2)]
    assert sum(p <= 0.05 for p in found) <= 6  # of 40: 2 expected, more than 6 once in 200 runs
    assert stats.kstest(found, "uniform").pvalue > 0.001


def test_a_season_of_channels_and_purchases_is_no_signal():
    """First days of one channel and few purchases, then of the other and many: whoever looks at the
    channels alone takes that for a signal."""
    generator = np.random.default_rng(6)
    n = 1500
    day = generator.uniform(0, 20, n)
    sale = day >= 10
    channel = np.where(generator.random(n) < np.where(sale, 0.8, 0.2), "a", "b")
    buys = generator.random(n) < np.where(sale, 0.4, 0.05)
    assert stats.chi2_contingency(pd.crosstab(channel, buys)).pvalue < 1e-6
    user = np.char.add("u", np.arange(n).astype(str))
    bought = day[buys] + generator.uniform(0, 1, buys.sum())
    frame = pd.DataFrame(
        {
            "user_id": np.concatenate([user, user[buys]]),
            "timestamp": pd.Timestamp("2026-01-01")
            + pd.to_timedelta(np.round(np.concatenate([day, bought]) * 86400), unit="s"),
            "channel": np.concatenate([channel.astype(object), np.full(buys.sum(), None)]),
            "event": np.repeat(["touch", "purchase"], [n, buys.sum()]),
        }
    )
    assert permutation_p(at_risk(opened_source(frame), Options(), 1)[1], 199) > 0.05


def test_a_planted_effect_is_found(worlds):
    answer = worlds.judged(worlds.World(2000, "drifting", 4.0), 3, 2)
    assert answer.found
    assert answer.p_value <= 0.02
    assert 1.1 < answer.detectable < 2


def test_cannot_tell_is_a_result_said_in_words(worlds):
    result = validate(worlds.World(500, "censored").draw(1), max_order=1, models=["linear"])
    assert not result.tells_models_apart
    assert result.as_dict()["p_value"] == result.signals[0].p_value > 0.05
    cannot, unseen = result.verdict[1:3]
    assert str(cannot).startswith("These data cannot tell the models apart: among people touched")
    assert str(unseen).startswith("That is not proof of no effect")
    assert f"{result.detectable:.2f}" in str(unseen)
    (check,) = [check for check in result.health if check.name == "signal"]
    assert check.state == "bad"
    assert str(check.says).startswith("cannot tell")
