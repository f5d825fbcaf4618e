"""The lifecycle model: its algebra against brute force, its answers against worlds whose truth is
known.
"""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.attribution.attribute import attribute
from optimizer.attribution.lifecycle import as_credit, fit_lifecycle
from optimizer.attribution.lifecycle.chain import Chain, touch_rates
from optimizer.attribution.lifecycle.em import em_step, estimate
from optimizer.attribution.lifecycle.forward_backward import expect
from optimizer.attribution.lifecycle.harvest_search import (
    ALIKE,
    HARVESTING,
    HARVESTS,
    WORKING,
    flips,
    search,
)
from optimizer.attribution.lifecycle.incrementality import fit_incrementality, untested
from optimizer.attribution.lifecycle.parameters import first_guess
from optimizer.attribution.lifecycle.placebo import placebo
from optimizer.attribution.lifecycle.sequence import arrange, same_day_share
from optimizer.attribution.lifecycle.stage_values import aumann_shapley, stage_values
from optimizer.data.open import open_events
from optimizer.errors import UserError
from optimizer.journeys.event_days import EventDays, event_days
from optimizer.journeys.stages import DEFAULT, Ladder, ladder
from optimizer.simulate import START, Events, Knobs, Truth, draw

SMALL = Knobs(users=5000, weeks=20, channels=4, pauses=0.15)


def frame(events: Events) -> pd.DataFrame:
    """The table a founder would have."""
    names = np.array([*events.channels, None], dtype=object)
    return pd.DataFrame(
        {
            "user_id": [f"u{i}" for i in events.user],
            "timestamp": START.astype("datetime64[s]") + events.second,
            "channel": names[events.channel],
            "event": np.array(events.kinds)[events.kind],
            "value": events.value,
        }
    )


@pytest.fixture(scope="module")
def company() -> tuple[Truth, pd.DataFrame]:
    truth, events = draw(111, SMALL)
    return truth, frame(events)


@pytest.fixture(scope="module")
def few() -> tuple[Truth, pd.DataFrame]:
    """A company that is quickly fitted, for what holds of any."""
    truth, events = draw(111, SMALL.but(users=800, weeks=12))
    return truth, frame(events)


@pytest.fixture(scope="module")
def life(company, once):
    truth, table = company
    return once("life-111", lambda: fit_lifecycle(open_events(table), paid=truth.channels))


def random_chain(rng: np.random.Generator, channels: int = 3, levels: int = 3) -> Chain:
    s = levels + 2
    up, buy = rng.uniform(0, 0.2, (1, channels, s)), rng.uniform(0, 0.1, (1, channels, s))
    up[:, :, levels - 1 :] = 0
    base = np.zeros((1, s, s))
    base[0, :levels, :levels] = rng.dirichlet(np.ones(levels), levels)
    base[0, levels, levels] = base[0, levels + 1, levels + 1] = 1
    return Chain(
        up,
        buy,
        rng.uniform(0, 0.05, (1, s)),
        base,
        rng.uniform(0.1, 1, (channels, s)),
        np.array([0.5, 1.5]),
        rng.dirichlet(np.ones(levels))[None].repeat(4, axis=0),
    )


# --- algebra -------------------------------------------------------------------------------------


@settings(max_examples=15, deadline=None, derandomize=True)
@given(st.integers(0, 10_000))
def test_credit_adds_up_by_channel_stage_and_day(seed: int) -> None:
    rng = np.random.default_rng(seed)
    chain, days = random_chain(rng), 25
    rates, inflow = rng.uniform(0, 0.5, (days, 3, 5)), rng.uniform(0, 4, (days, 5))
    paid = np.array([True, True, False])
    total, organic, by_stage, by_day = aumann_shapley(
        chain, rates, inflow, np.full(5, 10.0), np.array([1.0, 1, 1, 2, 2]), paid
    )
    caused = float(total[0] - organic[0])
    assert by_stage.sum() == pytest.approx(caused, rel=1e-9)
    assert by_day.sum() == pytest.approx(caused, rel=1e-9)
    np.testing.assert_allclose(by_stage.sum(axis=2), by_day.sum(axis=1), rtol=1e-9)
    assert (by_stage[:, 2] == 0).all()  # nobody pays for the third channel


def test_credit_is_the_integral_of_slopes_found_by_brute_force() -> None:
    rng = np.random.default_rng(4)
    chain, days = random_chain(rng), 12
    rates, inflow, start, reward = (
        rng.uniform(0, 0.4, (days, 3, 5)),
        np.zeros((days, 5)),
        rng.uniform(1, 9, 5),
        np.array([1.0, 1, 1, 3, 3]),
    )
    _, _, by_stage, _ = aumann_shapley(chain, rates, inflow, start, reward, np.ones(3, dtype=bool))

    def worth(scale: np.ndarray) -> float:
        return float(stage_values(chain, rates, reward, scale[None])[0, 0] @ start)

    points, parts = (np.arange(400) + 0.5) / 400, np.zeros(3)
    for s in points:
        for c in range(3):
            high, low = np.full(3, s), np.full(3, s)
            high[c] += 1e-5
            low[c] -= 1e-5
            parts[c] += (worth(high) - worth(low)) / 2e-5 / len(points)
    np.testing.assert_allclose(by_stage[0].sum(axis=1), parts, rtol=1e-4)
    assert parts.sum() == pytest.approx(worth(np.ones(3)) - worth(np.zeros(3)), rel=1e-4)


def test_stage_values_are_what_populations_bring() -> None:
    """Backward values against the forward run, one user in each stage."""
    rng = np.random.default_rng(8)
    chain = replace(random_chain(rng), weight=np.ones(1), exposure=np.ones((3, 5)))
    rates = np.repeat(
        rng.uniform(0, 0.3, (1, 3, 1)), 5, axis=2
    )  # touches fall on all alike, whoever is there
    value = stage_values(chain, np.repeat(rates, 9, axis=0), np.ones(5), np.ones((1, 3)))[0, 0]
    for stage in range(5):
        users = np.zeros((1, 1, 5))
        users[0, 0, stage] = 1.0
        _, orders, after = chain.run(users, np.repeat(rates[None, :, :, 0], 9, axis=1))
        assert orders.sum() == pytest.approx(value[stage], rel=1e-9)
        assert after.sum() == pytest.approx(1.0)  # nobody is lost


def tiny_days() -> EventDays:
    """Three users, two channels, ten days, made by hand."""
    rungs = Ladder(("awareness", "interest"), ("repurchase", "loyalty"), {"engage": 1})
    i = np.array
    return EventDays(
        ("a", "b"),
        rungs,
        10,
        (
            i([0, 0, 1, 2, 2]),
            i([0, 3, 2, 1, 6]),
            i([0, 1, 1, 0, 0]),
            i([1.0, 2, 1, 1, 1]),
            np.zeros(5, dtype=bool),
        ),
        (i([0, 2]), i([3, 6]), i([1, 1])),
        (i([0]), i([5]), i([1.0]), i([20.0])),
        i([0, 1, 2]),
        i([0, 2, 1]),
        np.ones((10, 2)),
        1.0,
        (1.0, 1.0, 20.0, 20.0),
    )


def test_likelihood_is_the_sum_over_all_hidden_paths() -> None:
    """The recursion with its gap powers against enumeration, day by day and path by path."""
    days = tiny_days()
    seq = arrange(days, same_day=1.0)
    rng = np.random.default_rng(3)
    guess = first_guess(2, 2)
    rates = replace(
        guess,
        up=np.array([[0.2, 0.0], [0.1, 0.0]]),
        buy=rng.uniform(0.01, 0.2, (2, 2)),
        hazard=np.array([0.01, 0.05]),
        baseline=np.array([[0.9, 0.1], [0.2, 0.8]]),
        emission=rng.uniform(0.1, 0.6, (3, 2, 1)),
        exposure=rng.uniform(0.5, 1.5, (2, 2)),
    )
    logs = 0.0
    for user in range(3):
        touch = np.zeros((10, 2))
        for u, d, c, n in zip(*days.touch[:4], strict=True):
            if u == user:
                touch[d, c] += n
        signs = {int(d) for u, d in zip(days.sign[0], days.sign[1], strict=True) if u == user}
        bought = 5 if user == 0 else None
        first = int(days.first_day[user])
        last = bought if bought is not None else 9
        norm = (np.ones(2) / 2) @ rates.exposure
        rows = sorted(
            {int(d) for u, d in zip(days.touch[0], days.touch[1], strict=True) if u == user}
            | {
                int(d) + 1
                for u, d in zip(days.touch[0], days.touch[1], strict=True)
                if u == user and d + 1 <= last
            }
            | signs
            | ({5} if bought else set())
        )
        first = rows[0]
        total = 0.0
        for path in itertools.product(range(2), repeat=last - first + 2):
            p = rates.initial[0, path[0]]
            for t, day in enumerate(range(first, last + 1)):
                k, j = path[t], path[t + 1]
                n = touch[day]
                p *= np.prod((rates.exposure[:, k] / norm[k]) ** n)
                keep = (1 - rates.hazard[k]) * np.prod((1 - rates.buy[:, k]) ** n)
                if day == bought:
                    p *= (1 - keep) * (j == k)
                    continue
                idle = np.prod((1 - rates.up[:, k]) ** n)
                move = (
                    idle * rates.baseline[k, j] + (1 - idle) * (j == k + 1)
                    if k == 0
                    else rates.baseline[k, j]
                )
                kind = 0 if j == k else 1 if j > k else 2
                emission = rates.emission[kind, k, 0]
                p *= keep * move * (emission if day in signs else 1 - emission)
            total += p
        logs += np.log(total)
    inside = expect(seq, days.volume, rates)
    # the recursion leaves out the tail after the last row of those who did not buy: their future
    # is certain to be quiet or not
    tails = 0.0
    for u in range(3):
        rows_of = np.flatnonzero(seq.owner == u)
        end = inside.ends[:, rows_of[-1]]
        tails += (
            float(np.log((end @ inside.power[seq.tail[u]]).sum()))
            if not seq.bought[rows_of[-1]]
            else 0.0
        )
    assert inside.log_likelihood + tails == pytest.approx(logs, rel=1e-9)
    np.testing.assert_allclose(inside.xi.sum(axis=(0, 1)), 1.0)


def test_every_plain_step_fits_better() -> None:
    truth, events = draw(3, SMALL.but(users=400, weeks=8))
    days = event_days(open_events(frame(events)), None)
    seq, rates = arrange(days, same_day_share(days)), first_guess(len(days.channels), 3)
    prior, fits = rates, []
    for _ in range(6):
        rates, found = em_step(seq, days.volume, rates, prior, 1, None)
        fits.append(found.log_likelihood)
    assert all(
        b > a - 0.02 * abs(a) for a, b in itertools.pairwise(fits)
    )  # priors may cost a little
    assert fits[-1] > fits[0]
    quick, found = estimate(seq, days.volume, first_guess(len(days.channels), 3), 8, prior)
    assert found.log_likelihood >= fits[-1] - 1.0
    assert ((quick.up >= 0) & (quick.up < 1)).all()
    assert quick.baseline.sum(axis=1) == pytest.approx(np.ones(3))
    assert truth.channels


def test_calendar_tells_a_channel_at_work_from_one_that_harvests() -> None:
    """Counts made from the chain itself: channel 0 works as estimated, channel 1 does nothing
    though users say so.
    """
    rng = np.random.default_rng(0)
    chain = random_chain(rng, channels=2)
    up, buy = np.zeros((1, 2, 5)), np.zeros((1, 2, 5))
    buy[0, :, :3] = [[0.01, 0.02, 0.08]] * 2
    chain = Chain(
        up,
        buy,
        np.array([[0.001, 0.002, 0.01, 0, 0]]),
        chain.baseline,
        np.ones((2, 5)),
        np.ones(1),
        chain.initial,
    )
    days = 140
    touches = 300 * np.exp(np.repeat(rng.normal(0, 0.7, (days // 7, 2)), 7, axis=0))
    entering = np.r_[4000.0, np.zeros(days - 1)]
    true = Chain(
        up,
        buy * np.array([1.0, 0.0])[None, :, None],
        chain.hazard,
        chain.baseline,
        chain.exposure,
        chain.weight,
        chain.initial,
    )
    new, _, _ = true.run(np.zeros((1, 1, 5)), touches[None], entering[None])
    sales = rng.poisson(new[0]).astype(float)
    emission = np.full((3, 3, 2), 0.01)
    found = fit_incrementality(chain, emission, touches, entering, np.zeros((days, 2)), sales)
    assert found.harvest[0] < 0.1
    assert found.harvest[1] > 0.9
    assert found.factor[1, 0] == pytest.approx(1.0, abs=0.3)
    assert found.factor[1, 1] < 0.2
    drawn = found.draw(np.random.default_rng(1), 500)
    assert drawn[:, 1, 0].mean() == pytest.approx(found.factor[1, 0], abs=0.1)
    short = fit_incrementality(
        chain, emission, touches[:10], entering[:10], np.zeros((10, 2)), sales[:10]
    )
    np.testing.assert_allclose(short.factor, untested(2).factor)
    presumed = HARVESTS * HARVESTING[0] + 1 - HARVESTS
    assert presumed == pytest.approx(float(short.factor[0, 0]), abs=0.01)


def log_evidence(precision: np.ndarray, pull: np.ndarray, harvesting: np.ndarray) -> tuple:
    """Of one pattern of harvesters, written out; and the mode of (factor - 1)."""
    mean = np.tile(np.where(harvesting, HARVESTING[0] - 1, WORKING[0] - 1), 2)
    own = np.diag(np.where(harvesting, HARVESTING[1], WORKING[1]) ** 2)
    prior = np.block([[own, ALIKE * own], [ALIKE * own, own]])
    inverse = np.linalg.inv(prior)
    best = np.linalg.solve(inverse + precision, inverse @ mean + pull)
    fit = 0.5 * (
        -np.linalg.slogdet(inverse + precision)[1]
        - np.linalg.slogdet(prior)[1]
        + best @ (inverse + precision) @ best
        - mean @ inverse @ mean
    )
    return fit + harvesting.sum() * np.log(HARVESTS / (1 - HARVESTS)), best


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.integers(0, 10_000), st.integers(1, 7))
def test_harvesters_are_searched_as_if_each_pattern_were_weighed_anew(seed: int, count: int):
    """The search by 2 x 2 turns against the evidence of each neighbour written out."""
    rng = np.random.default_rng(seed)
    root = rng.normal(0, rng.choice([0.3, 3.0, 20.0]), (3 * count, 2 * count))
    truth = np.tile(-1.0 * (rng.random(count) < 0.5), 2) + rng.normal(0, 0.2, 2 * count)
    precision = root.T @ root
    pull = precision @ truth
    pattern = np.zeros(count, dtype=bool)
    for _ in range(2 * count):
        turned = pattern ^ np.eye(count, dtype=bool)
        scores = [log_evidence(precision, pull, p)[0] for p in turned]
        if max(scores) <= log_evidence(precision, pull, pattern)[0] + 1e-9:
            break
        pattern = turned[int(np.argmax(scores))]
    harvesting, covariance, best = search(precision, pull)
    np.testing.assert_array_equal(harvesting, pattern)
    score, mode = log_evidence(precision, pull, pattern)
    np.testing.assert_allclose(best, mode, rtol=1e-7, atol=1e-9)
    gain, other = flips(harvesting, covariance, precision, pull)
    for c, p in enumerate(pattern ^ np.eye(count, dtype=bool)):
        instead, its = log_evidence(precision, pull, p)
        assert gain[c] == pytest.approx(instead - score, rel=1e-7, abs=1e-6)
        np.testing.assert_allclose(other[:, c], its.reshape(2, -1)[:, c], rtol=1e-6, atol=1e-8)


# --- stages --------------------------------------------------------------------------------------


def test_ladder_follows_the_mapping_and_leaves_out_what_is_never_shown() -> None:
    seen = {"engage": 500, "add_to_cart": 300, "purchase": 80}
    steps = ladder(DEFAULT, seen)
    assert steps.levels == ("awareness", "interest", "decision")
    assert steps.signs == {"engage": 1, "add_to_cart": 2}
    assert steps.names[-2:] == ("repurchase", "loyalty")
    finer = [
        {"name": "a"},
        {"name": "b", "milestones": ["view"]},
        {"name": "c", "milestones": ["chat"]},
        {"name": "d", "milestones": ["add_to_cart"]},
        {"name": "e", "milestones": ["purchase"]},
    ]
    few = ladder(finer, {"view": 100, "chat": 3, "add_to_cart": 50, "purchase": 9})
    assert few.levels == ("a", "b", "d")
    assert "stage c is left out" in str(few.notes[0])
    assert ladder(None, {"purchase": 5}).levels == ("awareness",)


def test_event_days_are_counted_right_and_row_order_never_matters(company) -> None:
    _, table = company
    one = event_days(open_events(table))
    other = event_days(open_events(table.sample(frac=1.0, random_state=3)))
    for a, b in zip(
        (*one.touch, *one.sign, *one.order, one.volume),
        (*other.touch, *other.sign, *other.order, other.volume),
        strict=True,
    ):
        np.testing.assert_array_equal(a, b)
    touches = table[table.event == "touch"]
    assert one.touch[3].sum() == len(touches) == one.volume.sum()
    assert one.totals[1] == (table.event == "purchase").sum()
    assert one.totals[0] == table[table.event == "purchase"].user_id.nunique()
    first = table[table.event == "purchase"].groupby("user_id").timestamp.min()
    post = touches.user_id.map(first)
    assert one.touch[3][one.touch[4]].sum() == (touches.timestamp > post).sum()


def test_large_sources_are_read_for_a_sample_of_whole_users(company) -> None:
    _, table = company
    events = open_events(table)
    part = event_days(events, sample=len(table) // 4)
    whole = event_days(events)
    assert 0.1 < part.share < 0.4
    assert part.totals == whole.totals
    np.testing.assert_array_equal(part.volume, whole.volume)
    assert "chosen by hash" in str(part.notes[-1])


# --- against the truth ---------------------------------------------------------------------------


def test_uplifts_and_credit_near_the_truth(company, life) -> None:
    truth, _ = company
    split = life.split("customers")
    of = {c: float(split.by_stage[0, i].sum()) for i, c in enumerate(life.channels)}
    caused = dict(zip(truth.channels, truth.caused_customers, strict=True))
    work = [c for c, role in zip(truth.channels, truth.company.role, strict=True) if role == "work"]
    assert sum(of[c] for c in work) == pytest.approx(sum(caused[c] for c in work), rel=0.35)
    strong = max(work, key=lambda c: caused[c])
    assert of[strong] == pytest.approx(caused[strong], rel=0.5)
    for c in work:  # each channel works in the stage it was made for
        mine = np.argmax(truth.world.push[truth.channels.index(c), :3])
        assert np.argmax(life.uplift[life.channels.index(c), :3]) == mine
    assert float(split.organic[0]) + float(split.by_stage.sum()) == pytest.approx(
        life.totals[0], rel=1e-9
    )


def test_a_harvesting_channel_keeps_little_of_its_last_touch_credit(company, life) -> None:
    truth, table = company
    last = attribute(table, models=["last"])["last"]
    name = truth.channels[truth.company.role.index("harvest")]
    mine = as_credit(life)
    assert (
        mine.conversions[mine.channels.index(name)]
        <= 0.4 * last.conversions[last.channels.index(name)]
    )
    assert mine.conversions[mine.channels.index("direct")] == 0


def test_registered_model_adds_up_with_intervals(few) -> None:
    truth, table = few
    answer = attribute(
        table, models=["lifecycle"], intervals=60, lifecycle={"paid": truth.channels}
    )["lifecycle"]
    assert answer.conversions.sum() + answer.organic_conversions == pytest.approx(
        answer.total_conversions, rel=1e-9
    )
    assert answer.value.sum() + answer.organic_value == pytest.approx(answer.total_value, rel=1e-9)
    np.testing.assert_allclose(answer.by_stage.sum(axis=1), answer.conversions, rtol=1e-9)
    assert answer.stages == ("awareness", "interest", "decision", "repurchase", "loyalty")
    assert (answer.low <= answer.conversions * 1.05 + 1).all()
    assert (answer.high >= answer.conversions * 0.95 - 1).all()
    assert any("a touch works" in str(note) for note in answer.notes)
    with pytest.raises(UserError, match="unknown lifecycle setting"):
        attribute(table, models=["lifecycle"], lifecycle={"stagez": 1})


def test_renaming_channels_and_another_currency_change_nothing(few) -> None:
    truth, table = few
    rounds = (6, 3, 2)
    life = fit_lifecycle(open_events(table), paid=truth.channels, rounds=rounds)
    names = {c: f"z{9 - i}" for i, c in enumerate(sorted({*truth.channels, "direct"}))}
    other = table.assign(channel=table.channel.map(names), value=table.value * 1e8)
    again = fit_lifecycle(
        open_events(other),
        paid=[names[c] for c in truth.channels],
        unpaid=[names["direct"]],
        rounds=rounds,
    )
    mine, theirs = life.split("value"), again.split("value")
    for i, c in enumerate(life.channels):
        a, b = (
            float(mine.by_stage[0, i].sum()),
            float(theirs.by_stage[0, again.channels.index(names[c])].sum()),
        )
        assert b / 1e8 == pytest.approx(a, rel=1e-6, abs=1e-6)


def test_placebo_is_near_zero_for_touches_that_follow_nobody(company) -> None:
    truth, table = company
    days = event_days(open_events(table))
    result = placebo(days)
    content = days.channels.index("douyin/feed")
    assert abs(result.excess[content]) < 4 * result.error[content]
    assert truth.knobs.users == len(np.unique(table.user_id)) or result.error.min() > 0


def test_rates_of_the_history_reproduce_its_touches(life) -> None:
    rates, stood, _ = touch_rates(
        life.raw,
        np.zeros((1, 5, 5)),
        np.full((30, len(life.channels)), 50.0),
        np.r_[1000.0, np.zeros(29)],
    )
    np.testing.assert_allclose(np.einsum("dcs,ds->dc", rates, stood), 50.0)


# --- what can go wrong ---------------------------------------------------------------------------


def world(**columns: list) -> pd.DataFrame:
    return pd.DataFrame(columns)


def days_of(rows: list[tuple[str, str, str | None, str]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["user_id", "timestamp", "channel", "event"]).assign(
        value=10.0
    )


def crowd(
    with_milestones: bool = True, paid_sells: bool = True, same_time: bool = False, days: int = 40
) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    rows = []
    for u in range(300):
        for _ in range(3):
            day = int(rng.integers(0, days))
            when = (
                pd.Timestamp("2026-01-01")
                if same_time
                else pd.Timestamp("2026-01-01")
                + pd.Timedelta(days=day, hours=int(rng.integers(0, 20)))
            )
            rows.append((f"u{u}", when, ["a/koc", "b/koc"][int(rng.integers(0, 2))], "touch"))
            if with_milestones and rng.random() < 0.4:
                rows.append(
                    (
                        f"u{u}",
                        when + pd.Timedelta(hours=0 if same_time else 1),
                        None,
                        ["engage", "add_to_cart"][int(rng.integers(0, 2))],
                    )
                )
        if rng.random() < 0.2 and paid_sells:
            rows.append(
                (f"u{u}", when + pd.Timedelta(hours=0 if same_time else 2), None, "purchase")
            )
        if not paid_sells and u % 10 == 0:
            rows.append(
                (
                    f"o{u}",
                    pd.Timestamp("2026-01-02") + pd.Timedelta(days=u % days),
                    None,
                    "purchase",
                )
            )
    return days_of(rows)


@pytest.mark.parametrize(
    "table",
    [
        crowd(with_milestones=False),
        crowd(paid_sells=False),
        crowd(same_time=True),
        crowd(days=5),
        pd.concat([crowd(), days_of([("x", pd.Timestamp("2026-01-03"), "rare", "touch")] * 3)]),
        crowd()[lambda t: t.event.isin(["touch", "engage", "purchase"])],
    ],
    ids=[
        "no milestones",
        "all organic",
        "identical times",
        "five days",
        "three touches",
        "one stage",
    ],
)
def test_poor_data_give_a_result_with_its_doubts(table: pd.DataFrame) -> None:
    answer = attribute(table, models=["lifecycle"], intervals=20)["lifecycle"]
    assert np.isfinite(answer.conversions).all()
    assert answer.conversions.min() >= 0
    assert answer.conversions.sum() + answer.organic_conversions == pytest.approx(
        answer.total_conversions
    )
    assert np.isfinite(answer.low).all()
    assert answer.notes


def test_no_milestones_and_few_touches_are_said() -> None:
    notes = attribute(crowd(with_milestones=False), models=["lifecycle"])["lifecycle"].notes
    assert any("no milestones" in str(note) for note in notes)
    rare = pd.concat([crowd(), days_of([("x", pd.Timestamp("2026-01-03"), "rare", "touch")] * 3)])
    notes = attribute(rare, models=["lifecycle"])["lifecycle"].notes
    assert any("too few touches" in str(note) and "rare" in str(note) for note in notes)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (crowd()[lambda t: t.event != "purchase"], "nobody ever bought"),
        (crowd()[lambda t: t.event != "touch"], "no event is called 'touch'"),
    ],
)
def test_nothing_to_learn_from_is_a_message(table: pd.DataFrame, message: str) -> None:
    with pytest.raises(UserError, match=message):
        fit_lifecycle(open_events(table))
