"""Experiment statistics equal statsmodels and scipy on known cases; peeking does not raise the false-alarm rate."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.power import TTestIndPower
from statsmodels.stats.proportion import (
    confint_proportions_2indep,
    power_proportions_2indep,
    proportion_confint,
    proportions_ztest,
)

from optimizer.customers.arms import Arm
from optimizer.customers.experiment import compare, wilson
from optimizer.customers.geo import difference_in_differences
from optimizer.customers.learned import scenario_entry
from optimizer.customers.sample_size import power_of, sample_per_arm
from optimizer.customers.sequential import always_valid
from optimizer.errors import UserError

CASES = [
    (1000, 50, 1000, 70),
    (20000, 400, 21000, 500),
    (5000, 2500, 5000, 2400),
    (300, 30, 900, 90),
]


@pytest.mark.parametrize(("n", "x", "m", "y"), CASES)
def test_shares_equal_statsmodels(n, x, m, y):
    reading = compare(Arm.of_share("a", n, x), Arm.of_share("b", m, y))
    assert reading.p_value == pytest.approx(proportions_ztest([y, x], [m, n])[1], abs=1e-12)
    low, high = confint_proportions_2indep(y, m, x, n, method="newcomb")
    assert (reading.low, reading.high) == (
        pytest.approx(low, abs=1e-10),
        pytest.approx(high, abs=1e-10),
    )
    assert wilson(reading.control, 0.05) == pytest.approx(proportion_confint(x, n, method="wilson"))
    assert reading.relative == pytest.approx((y / m) / (x / n) - 1)


def test_few_events_use_fisher():
    reading = compare(Arm.of_share("a", 40, 1), Arm.of_share("b", 40, 5))
    assert str(reading.test) == "Fisher's exact test"
    assert reading.p_value == pytest.approx(stats.fisher_exact([[1, 39], [5, 35]])[1])


def test_means_equal_scipy():
    rng = np.random.default_rng(5)
    x, y = rng.gamma(2, 30, 400), rng.gamma(2, 35, 700)
    arms = [Arm.of_mean(name, len(v), v.mean(), v.std(ddof=1)) for name, v in (("a", x), ("b", y))]
    reading = compare(*arms)
    welch = stats.ttest_ind(y, x, equal_var=False)
    assert reading.p_value == pytest.approx(welch.pvalue, rel=1e-9)
    interval = welch.confidence_interval(0.95)
    assert (reading.low, reading.high) == (
        pytest.approx(interval.low),
        pytest.approx(interval.high),
    )


@pytest.mark.parametrize(
    ("p", "effect", "n"), [(0.05, 0.01, 8000), (0.3, 0.05, 900), (0.01, 0.002, 20000)]
)
def test_power_of_shares_equals_statsmodels(p, effect, n):
    arm = Arm.of_share("a", 10**6, round(p * 10**6))
    theirs = power_proportions_2indep(effect, p, n, ratio=1, alpha=0.05, return_results=False)
    assert power_of(arm, effect, n) == pytest.approx(theirs, abs=2e-6)


@pytest.mark.parametrize(("sd", "effect", "n"), [(50.0, 5.0, 1500), (1.0, 0.5, 60)])
def test_power_of_means_equals_statsmodels(sd, effect, n):
    arm = Arm.of_mean("a", 1000, 10.0, sd)
    assert power_of(arm, effect, n) == pytest.approx(
        TTestIndPower().power(effect / sd, n, 0.05), abs=1e-9
    )
    assert sample_per_arm(arm, effect) == math.ceil(
        TTestIndPower().solve_power(effect / sd, alpha=0.05, power=0.8) - 1e-6
    )


def test_sample_needed_is_the_smallest_that_has_the_power():
    arm = Arm.of_share("a", 1000, 50)
    n = sample_per_arm(arm, 0.01)
    assert power_of(arm, 0.01, n) >= 0.8 > power_of(arm, 0.01, n - 1)
    reading = compare(arm, Arm.of_share("b", 1500, 80), detect=0.01)
    assert (reading.needed, reading.missing) == (n, 2 * n - 2500)
    assert compare(arm, Arm.of_share("b", 1500, 80), expect=0.2).detect == pytest.approx(0.01)
    assert sample_per_arm(arm, 0.0) is None
    assert sample_per_arm(arm, 0.99) is None


def test_peeking_keeps_the_false_alarm_rate():
    """400 experiments without any difference, peeked at 100 times each: alarms stay at or below the level, while
    stopping at the first p < 0.05 of the ordinary test would cry wolf in a third of them."""
    rng = np.random.default_rng(11)
    looks = np.arange(1, 101) * 200
    for rate in (0.05, 0.3):
        alarms = naive = 0
        for _ in range(400):
            x, y = (rng.binomial(200, rate, 100).cumsum() for _ in range(2))
            always = ordinary = False
            for i, n in enumerate(looks):
                pooled = (x[i] + y[i]) / (2 * n)
                z = abs(x[i] - y[i]) / n / math.sqrt(pooled * (1 - pooled) * 2 / n)
                ordinary = ordinary or z > 1.96
                if z > 2 and not always:  # the sequential test never alarms below the ordinary one
                    always = (
                        always_valid(
                            Arm.of_share("a", int(n), int(x[i])),
                            Arm.of_share("b", int(n), int(y[i])),
                            0.05,
                            0.1,
                        )[2]
                        <= 0.05
                    )
            alarms += always
            naive += ordinary
        assert alarms <= 0.05 * 400
        assert naive > 0.2 * 400


def test_peeking_at_means_keeps_the_false_alarm_rate():
    rng = np.random.default_rng(3)
    alarms = 0
    for _ in range(300):
        x, y = rng.exponential(100, (2, 5000))
        for n in range(100, 5001, 100):
            a, b = (
                Arm.of_mean(k, n, v[:n].mean(), v[:n].std(ddof=1)) for k, v in (("a", x), ("b", y))
            )
            v = a.variance / n + b.variance / n
            if abs(a.mean - b.mean) > 2 * math.sqrt(v) and always_valid(a, b, 0.05, 0.1)[2] <= 0.05:
                alarms += 1
                break
    assert alarms <= 0.05 * 300


def test_sequential_interval_and_p_value_agree_and_a_real_effect_is_found():
    a, b = Arm.of_share("a", 20000, 1000), Arm.of_share("b", 20000, 1250)
    reading = compare(a, b)
    assert reading.decided == "b"
    assert reading.always_p < 0.05
    assert reading.always_low < reading.low < reading.high < reading.always_high
    for y in range(1000, 1251, 10):
        r = compare(a, Arm.of_share("b", 20000, y))
        assert (r.always_p <= 0.05) is (r.always_low > 0 or r.always_high < 0)


def test_too_little_is_not_read_sequentially():
    reading = compare(Arm.of_share("a", 100, 3), Arm.of_share("b", 100, 18))
    assert (reading.always_low, reading.always_p, reading.decided) == (None, 1.0, None)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(st.integers(1, 4000), st.integers(1, 4000), st.floats(0, 1), st.floats(0, 1))
def test_readings_are_sane_and_antisymmetric(n, m, p, q):
    a, b = Arm.of_share("a", n, round(p * n)), Arm.of_share("b", m, round(q * m))
    one, other = compare(a, b), compare(b, a)
    assert one.low <= one.difference <= one.high
    assert one.low >= -1 - 1e-12
    assert one.high <= 1 + 1e-12
    assert 0 <= one.p_value <= 1
    assert one.p_value == pytest.approx(other.p_value)
    assert one.low == pytest.approx(-other.high)


def test_multiplier_and_scenario_entry():
    reading = compare(Arm.of_share("a", 10000, 500), Arm.of_share("b", 10000, 600))
    entry = scenario_entry("douyin/feed", reading, ("2026-08-01", "2026-08-14"))
    assert entry["multiplier"] == pytest.approx(1.2)
    assert entry["low"] < 1.2 < entry["high"]
    assert entry["low"] * entry["high"] == pytest.approx(1.2**2)
    with pytest.raises(UserError, match="no conversions"):
        scenario_entry("x", compare(Arm.of_share("a", 100, 0), Arm.of_share("b", 100, 4)))


def test_uneven_split_is_told():
    assert "no even split" in str(
        compare(Arm.of_share("a", 10000, 500), Arm.of_share("b", 9000, 450)).notes[0]
    )
    assert not compare(Arm.of_share("a", 10000, 500), Arm.of_share("b", 10050, 450)).notes


def geo(treated, control, before=4, during=3, lift=0.0, seed=0):
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(treated + control):
        level = 100 + 10 * rng.standard_normal()
        for t in range(before + during):
            on = i < treated and t >= before
            rows.append(
                (f"r{i:02d}", t, level + 5 * t + rng.standard_normal() * 4 + lift * on, i < treated)
            )
    return pd.DataFrame(rows, columns=["region", "period", "value", "treated"])


def test_difference_in_differences_by_hand():
    rows = [
        ("a", 0, 10, True),
        ("a", 1, 15, True),
        ("b", 0, 20, False),
        ("b", 1, 22, False),
        ("c", 0, 30, False),
        ("c", 1, 34, False),
    ]
    reading = difference_in_differences(
        pd.DataFrame(rows, columns=["region", "period", "value", "treated"]), start=1
    )
    assert reading.effect == pytest.approx(5 - 3)
    assert reading.standard_error == pytest.approx(math.sqrt(2) * math.sqrt(1 + 1 / 2))
    assert (reading.total, reading.treated, reading.control, reading.periods) == (
        pytest.approx(2),
        1,
        2,
        1,
    )
    assert reading.placebo == pytest.approx(
        2 / 3
    )  # of the changes 5, 2, 4 only the last stands out less
    assert reading.relative == pytest.approx(2 / 13)


def test_difference_in_differences_equals_scipy_and_finds_the_lift():
    frame = geo(5, 7, lift=12.0)
    reading = difference_in_differences(frame, start=4)
    means = frame.assign(late=frame["period"] >= 4).pivot_table(
        index=["region", "treated"], columns="late", values="value"
    )
    changes = (means[True] - means[False]).reset_index(name="change")
    theirs = stats.ttest_ind(
        changes.loc[changes["treated"], "change"],
        changes.loc[~changes["treated"], "change"],
        equal_var=False,
    )
    assert reading.p_value == pytest.approx(theirs.pvalue)
    assert reading.low < 12 < reading.high
    assert reading.total == pytest.approx(reading.effect * 15)
    assert scenario_entry("tv", reading)["standard_error"] == pytest.approx(
        reading.standard_error * 15
    )
    own = [
        abs(
            np.mean([changes["change"][i] for i in pick])
            - np.mean([changes["change"][i] for i in range(12) if i not in pick])
        )
        for pick in itertools.combinations(range(12), 5)
    ]
    assert reading.placebo == pytest.approx(np.mean(np.array(own) >= abs(reading.effect) - 1e-9))


def test_geo_false_alarms():
    alarms = sum(
        difference_in_differences(geo(6, 8, seed=s), start=4).p_value <= 0.05 for s in range(100)
    )
    assert alarms <= 100 * 0.05 + 3 * math.sqrt(100 * 0.05 * 0.95)


def test_geo_refuses_what_cannot_be_read():
    frame = geo(2, 3)
    with pytest.raises(UserError, match="lacks period"):
        difference_in_differences(frame.iloc[1:], start=4)
    with pytest.raises(UserError, match="both treated and control"):
        difference_in_differences(
            frame.assign(treated=frame["treated"] & (frame["period"] >= 4)), start=4
        )
    with pytest.raises(UserError, match="twice"):
        difference_in_differences(pd.concat([frame, frame.iloc[:1]]), start=4)
    with pytest.raises(UserError, match="no periods before"):
        difference_in_differences(frame, start=0)


@pytest.mark.parametrize(("n", "x"), [(0, 0), (10, 11), (10, -1)])
def test_impossible_arms_are_refused(n, x):
    with pytest.raises(UserError):
        Arm.of_share("a", n, x)


# --- what a result does to a plan

STATED = """# the launch
currency: CNY
budget: 1000   # all there is
channels:
  feed:
    curve: {pieces: [[1000, 0.05]]}   # as quoted
  search:
    curve: {pieces: [[1000, 0.06]]}
"""


def test_a_winning_creative_multiplies_the_curve_of_its_channel(tmp_path, optimizer):
    from optimizer.pipeline import run
    from optimizer.scenario import load_scenario

    (tmp_path / "scenario.yaml").write_text(STATED)
    (tmp_path / "ab.csv").write_text(
        "arm,visitors,conversions\nold,10000,500\nnew,10000,650\nother,10000,480\n"
    )
    before = run(load_scenario(tmp_path)).plan
    assert before.spend_by_channel() == pytest.approx({"feed": 0.0, "search": 1000.0})
    done = optimizer("experiment", tmp_path / "ab.csv", "--channel", "feed", "--into", tmp_path)
    assert done.code == 0, done.err
    assert "with 'new' the channel brings 1.3 times as much" in done.out + done.err
    text = (tmp_path / "scenario.yaml").read_text()
    assert text == STATED.replace(
        "# as quoted\n", "# as quoted\n    multiplier: 1.3\n"
    )  # comments and order as they were
    after = run(load_scenario(tmp_path))
    assert after.plan.spend_by_channel() == pytest.approx({"feed": 1000.0, "search": 0.0})
    assert after.plan.totals.customers == pytest.approx(1000 * 0.05 * 1.3)
    assert any("feed: its curve is multiplied by 1.3" in str(note) for note in after.notes)


def test_a_test_that_is_not_decided_changes_nothing(tmp_path, optimizer):
    (tmp_path / "scenario.yaml").write_text(STATED)
    (tmp_path / "ab.csv").write_text("arm,visitors,conversions\nold,1000,50\nnew,1000,55\n")
    done = optimizer(
        "experiment", tmp_path / "ab.csv", "--channel", "feed", "--into", tmp_path / "scenario.yaml"
    )
    assert done.code == 1
    assert "no arm beats the control" in done.out + done.err
    assert (tmp_path / "scenario.yaml").read_text() == STATED
    assert (
        "--into needs the channel"
        in optimizer("experiment", tmp_path / "ab.csv", "--into", tmp_path / "scenario.yaml").err
    )


def test_hold_outs_join_the_experiments_of_a_scenario(tmp_path, optimizer):
    from optimizer.scenario import load_scenario

    (tmp_path / "scenario.yaml").write_text(STATED)
    rng = np.random.default_rng(3)
    rows = [
        (
            f"r{i}",
            f"2026-01-{1 + 7 * w:02d}",
            round(50 + 3 * i + rng.normal(0, 2) + (9 if i < 5 and w >= 2 else 0), 1),
            int(i < 5),
        )
        for i in range(10)
        for w in range(4)
    ]
    pd.DataFrame(rows, columns=["region", "period", "value", "treated"]).to_csv(
        tmp_path / "geo.csv", index=False
    )
    for channel in ("feed", "search"):
        done = optimizer(
            "experiment",
            tmp_path / "geo.csv",
            "--start",
            "2026-01-15",
            "--channel",
            channel,
            "--into",
            tmp_path,
        )
        assert done.code == 0, done.err
    first, second = load_scenario(tmp_path).experiments
    reading = difference_in_differences(
        pd.read_csv(tmp_path / "geo.csv").assign(treated=lambda f: f["treated"] == 1), "2026-01-15"
    )
    assert (first.channel, second.channel, first.begin, first.to) == (
        "feed",
        "search",
        "2026-01-15",
        "2026-01-22",
    )
    assert first.effect == pytest.approx(reading.total, rel=1e-5)
    assert first.standard_error == pytest.approx(reading.total_error, rel=1e-5)
    assert (tmp_path / "scenario.yaml").read_text().startswith(STATED)


def test_an_entry_holds_the_interval_that_entries_hold():
    """low and high are read as a 90 % interval: a third of a unit of standard error apart from them is 3.29 of it."""
    reading = compare(Arm.of_share("a", 10000, 500), Arm.of_share("b", 10000, 600))
    entry = scenario_entry("feed", reading)
    error = math.sqrt((1 - 0.05) / 500 + (1 - 0.06) / 600)  # of the logarithm
    assert math.log(entry["high"] / entry["low"]) == pytest.approx(2 * 1.6449 * error, rel=1e-3)


def test_experiments_that_a_plan_does_not_use_are_told(tmp_path):
    from optimizer.pipeline import run
    from optimizer.scenario import load_scenario

    (tmp_path / "scenario.yaml").write_text(
        STATED + "experiments:\n  - {channel: feed, multiplier: 1.2, low: 1.1, high: 1.3}\n"
    )
    assert any(
        "experiments are not used" in str(note) for note in run(load_scenario(tmp_path)).notes
    )
