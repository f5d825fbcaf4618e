"""The chain run forward under a plan: conservation, slopes, sums; calibration by tests; removal
with return; the whole chain.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from optimizer.allocation.check import evaluate_plan
from optimizer.attribution.lifecycle import Lifecycle, fit_lifecycle
from optimizer.attribution.lifecycle.experiments import adjustment_notes, calibrate
from optimizer.attribution.removal import removal
from optimizer.data.open import open_events
from optimizer.errors import Problems, UserError
from optimizer.forecast.local_linearisation import Volume, forecast
from optimizer.forecast.population import Population, volumes
from optimizer.journeys.counting import count
from optimizer.pipeline import prepare, run
from optimizer.response.fit import fit
from optimizer.scenario import load_scenario
from optimizer.simulate import Knobs, Truth, draw, simulate
from tests.test_lifecycle import frame

KNOBS = Knobs(users=4000, weeks=20, channels=4, pauses=0.12)


@pytest.fixture(scope="module")
def fitted() -> tuple[Truth, pd.DataFrame, Lifecycle, dict[str, Volume]]:
    truth, events = draw(112, KNOBS)
    table = frame(events)
    life = fit_lifecycle(open_events(table), paid=truth.channels)
    rng, volume = np.random.default_rng(0), {}
    for c, name in enumerate(truth.channels):
        touches = np.bincount(
            events.second[events.channel == c] // (7 * 86400), minlength=KNOBS.weeks
        )[: KNOBS.weeks]
        found = fit(truth.company.spend[:, c], touches)
        volume[name] = Volume(found.curve, tuple(found.draw(rng) for _ in range(40)))
    return truth, table, life, volume


def test_people_are_neither_made_nor_lost(fitted) -> None:
    truth, _, life, volume = fitted
    spend = {n: np.full((1, 6), 2000.0) for n in truth.channels}
    touches = volumes(life, spend, {n: v.curve for n, v in volume.items()}, 7.0)
    assert touches.shape == (1, 42, len(life.channels))
    for n in truth.channels:
        assert touches[0, :7, life.channels.index(n)].sum() == pytest.approx(
            float(volume[n].curve(2000.0))
        )
    entering = np.full((1, 42), 3.0)
    new, orders, after = life.chain.run(life.users[None], touches, entering)
    assert after.sum() == pytest.approx(life.users.sum() + 126)
    assert (new >= 0).all()
    assert (orders >= new - 1e-12).all()


def test_parts_add_up_and_more_money_never_brings_less(fitted) -> None:
    truth, _, life, volume = fitted
    plan = dict.fromkeys(truth.channels, 8000.0)
    found = forecast(life, volume, plan, 6)
    assert sum(found.caused.values()) == pytest.approx(found.extra, rel=1e-9)
    assert found.organic == pytest.approx(forecast(life, volume, {}, 6).customers, rel=1e-9)
    more = forecast(life, volume, dict.fromkeys(truth.channels, 12000.0), 6)
    assert more.customers > found.customers > found.organic
    for curve in found.curves.values():
        x = np.linspace(0, 40000, 41)
        y = curve(x)
        assert y[0] == 0
        assert (np.diff(y) >= -1e-9).all()
        assert (np.diff(y, 2) <= 1e-9 * max(y.max(), 1)).all()
    assert sum(float(found.curves[n](8000.0)) for n in truth.channels) == pytest.approx(
        found.extra, rel=0.02
    )


def test_curves_have_the_slope_of_the_chain(fitted) -> None:
    """Two ways must meet: the curve near the plan, and running the chain with a little more
    money.
    """
    truth, _, life, volume = fitted
    plan = dict.fromkeys(truth.channels, 9000.0)
    here = forecast(life, volume, plan, 6)
    strong = sorted(truth.channels, key=lambda n: -here.caused[n])[:3]
    ratio = []
    for name in strong:
        more = forecast(life, volume, {**plan, name: 9900.0}, 6)
        ratio.append(
            (float(here.curves[name](9900.0)) - float(here.curves[name](9000.0)))
            / (more.customers - here.customers)
        )
    # a share may lie below what the next unit brings: a curve through it is then less steep
    assert max(ratio) / min(ratio) < 1.4
    assert ratio[0] == pytest.approx(1.0, abs=0.3)


def test_draws_surround_the_forecast(fitted) -> None:
    truth, _, life, volume = fitted
    found = forecast(
        life,
        volume,
        dict.fromkeys(truth.channels, 8000.0),
        6,
        replicates=life.replicates(40, seed=1),
    )
    low, high = found.interval
    assert low < found.extra < high
    np.testing.assert_allclose(found.by_channel.sum(axis=1), found.draws, rtol=1e-9)
    again = forecast(
        life,
        volume,
        dict.fromkeys(truth.channels, 8000.0),
        6,
        replicates=life.replicates(40, seed=1),
    )
    np.testing.assert_array_equal(found.draws, again.draws)
    assert forecast(life, volume, {}, 6).interval is None


def test_channels_nobody_pays_for_go_on_as_lately(fitted) -> None:
    _, _, life, _ = fitted
    nothing = Population(life, life.chain).run(np.zeros((1, 14, len(life.channels))))
    wild = np.zeros((1, 14, len(life.channels)))
    wild[..., life.channels.index("direct")] = 1e6
    np.testing.assert_allclose(Population(life, life.chain).run(wild).customers, nothing.customers)


def test_predictions_near_the_truth(fitted) -> None:
    truth, _, life, volume = fitted
    found = forecast(life, volume, truth.best, truth.terms.horizon)
    extra = truth.customers(truth.best) - truth.customers({})
    assert found.extra == pytest.approx(extra, rel=0.5)
    assert found.organic == pytest.approx(truth.customers({}), rel=0.6)


# --- lift tests ----------------------------------------------------------------------------------


def test_a_sharp_test_decides_and_a_blunt_one_hardly_moves(fitted) -> None:
    truth, _, life, _ = fitted
    name = truth.channels[0]
    c = life.channels.index(name)
    before = float(life.split("orders").by_stage[0, c].sum())
    sharp, change = calibrate(
        life, [{"channel": name, "effect": before * 0.4, "error": before * 0.01}]
    )
    assert change.before[c] == pytest.approx(before)
    assert change.after[c] == pytest.approx(before * 0.4, rel=0.2)
    assert change.error_after[c] < change.error_before[c]
    blunt, _ = calibrate(life, [{"channel": name, "effect": before * 0.4, "error": before * 50}])
    assert float(blunt.split("orders").by_stage[0, c].sum()) == pytest.approx(before, rel=0.02)
    assert any(name in str(text) for text in adjustment_notes(change))
    assert sharp.totals == life.totals


def test_siblings_move_part_of_the_way_and_strangers_stay(fitted) -> None:
    _, _, life, _ = fitted
    names = {
        "xiaohongshu/koc": "red/koc",
        "douyin/feed": "red/feed",
        "wecom": "wecom",
        "baidu": "baidu",
        "direct": "direct",
    }
    plain = replace(
        life.incrementality, covariance=np.diag(np.full(len(life.incrementality.covariance), 0.09))
    )
    channels = tuple(names[name] for name in life.channels)
    life = replace(life, channels=channels, incrementality=plain)
    at = {n: life.channels.index(n) for n in life.channels}
    says = float(life.split("orders").by_stage[0, at["red/koc"]].sum())
    after, _ = calibrate(life, [{"channel": "red/koc", "effect": says * 0.5, "error": says * 0.02}])
    move = (after.incrementality.factor - life.incrementality.factor)[1]
    assert move[at["red/koc"]] < -0.15
    assert move[at["red/koc"]] < move[at["red/feed"]] < -0.02
    assert move[at["wecom"]] == pytest.approx(0.0, abs=1e-6)
    assert after.incrementality.error[1, at["wecom"]] == pytest.approx(
        life.incrementality.error[1, at["wecom"]], rel=1e-3
    )


@pytest.mark.parametrize(
    "test",
    [
        {"channel": "nobody", "effect": 5, "error": 1},
        {"channel": "wecom", "effect": "many", "error": 1},
        {"channel": "wecom", "effect": 5, "error": 0},
        {"channel": "wecom", "effect": 5, "error": 1, "start": 9, "end": 3},
    ],
)
def test_impossible_tests_are_messages(fitted, test) -> None:
    with pytest.raises(Problems, match=r"experiments\[0\]"):
        calibrate(fitted[2], [test])


# --- removal with return -------------------------------------------------------------------------


def test_three_removals_of_a_chain_worked_out_by_hand(tmp_path) -> None:
    """10 journeys a > b convert, 10 journeys a convert, 20 journeys b do not."""
    (tmp_path / "paths.csv").write_text("path,conversions,nulls\na > b,10,0\na,10,0\nb,0,20\n")
    found = removal(count(tmp_path / "paths.csv", orders=(1,)))
    assert found.channels == ("a", "b")
    # from b, a third of visits convert: P(convert) = 1/2 (1/2 + 1/2 * 1/3) + 1/2 * 1/3 = 1/2
    np.testing.assert_allclose(found.lost, [1 - (1 / 2 * 1 / 3) / 0.5, 1 - (1 / 2 * 1 / 2) / 0.5])
    np.testing.assert_allclose(found.skipped, [(1 / 2 * 1 / 2) / 0.5, (1 / 2 * 1 / 3) / 0.5])
    assert found.untouched is None


def test_a_harvesting_channel_is_lost_but_not_caused(fitted) -> None:
    truth, table, life, _ = fitted
    found = removal(count(open_events(table), orders=(1,)), life)
    at = found.channels.index(truth.channels[truth.company.role.index("harvest")])
    assert found.untouched[at] < 0.35 * found.lost[at]
    assert found.untouched[found.channels.index("direct")] < 0.1


# --- from files to a plan ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def planned(tmp_path_factory):
    folder = tmp_path_factory.mktemp("company")
    truth = simulate(folder, seed=113, users=5000, weeks=20, channels=4, pauses=0.12)
    scenario = load_scenario(folder / "scenario.yaml")
    ready = prepare(scenario)
    return truth, scenario, ready, run(scenario, prepared=ready)


def test_the_plan_captures_most_of_what_can_be_had(planned) -> None:
    truth, _, _, outcome = planned
    spend = outcome.plan.spend_by_channel()
    assert truth.captured(spend) > 0.75
    # its harvester does nothing and the calendar cannot tell: hardly worse than today at least
    assert truth.captured(spend) > 0.95 * truth.captured(truth.keep_split())
    assert sum(spend.values()) <= truth.terms.budget * (1 + 1e-6)
    assert any("stage chain run forward" in str(note) for note in outcome.notes)
    assert outcome.attribution["lifecycle"].organic_conversions > 0


def test_the_plan_is_where_chain_and_curves_agree(planned) -> None:
    """The curves were made for the plan that they lead to."""
    truth, _, ready, outcome = planned
    spend = outcome.plan.spend_by_channel()
    of = ready.lifecycle.forecast
    problem = ready.problem()
    planned_spend = np.array([spend[d.channel] for d in problem.decisions])
    here = evaluate_plan(problem, planned_spend)
    assert float(here.customers.sum()) == pytest.approx(of.extra, rel=1e-3)
    there = sum(float(of.curves[n](spend[n])) for n in truth.channels if n in of.curves)
    assert there == pytest.approx(of.extra, rel=0.1)
    model = ready.chain.model(problem)
    assert ready.chain.forecast(model, planned_spend) is of  # the chain ran once under the plan
    assert ready.chain.forecast(model, planned_spend * 0.9).extra < of.extra
    assert outcome.belief.leaves.customers > 0


def test_spend_of_one_week_and_no_milestones_still_give_a_plan(tmp_path) -> None:
    simulate(tmp_path, seed=5, users=800, weeks=6, channels=3)
    spend = pd.read_csv(tmp_path / "data/spend.csv")
    spend[spend.period == spend.period.max()].to_csv(tmp_path / "data/spend.csv", index=False)
    events = pd.read_csv(tmp_path / "data/events.csv")
    events[events.event.isin(["touch", "purchase"])].to_csv(
        tmp_path / "data/events.csv", index=False
    )
    outcome = run(load_scenario(tmp_path / "scenario.yaml"))
    assert outcome.plan.feasible
    assert any(
        "no milestones" in str(note) for c in outcome.attribution.credits for note in c.notes
    )


def test_an_unknown_stage_model_is_refused(planned) -> None:
    _, scenario, _, _ = planned
    with pytest.raises(UserError):
        run(
            scenario.model_copy(
                update={
                    "attribution": scenario.attribution.model_copy(update={"model": "lifecykle"})
                }
            )
        )


def test_experiments_of_a_scenario_reach_the_plan(planned) -> None:
    _, scenario, ready, _ = planned
    from optimizer.pipeline.fitted import fitted as fit_scenario

    path = scenario.folder / "tested.yaml"
    path.write_text(
        (scenario.folder / "scenario.yaml").read_text()
        + "experiments:\n  - {channel: xiaohongshu/koc, from: 2025-02-03, to: 2025-03-30, "
        "multiplier: 0.5, low: 0.45, high: 0.55}\n"
    )
    tested = fit_scenario(load_scenario(path), ready.tables)
    at = tested.life.channels.index("xiaohongshu/koc")
    assert tested.orders.conversions[at] == pytest.approx(
        0.5 * ready.lifecycle.orders.conversions[at], rel=0.2
    )
    assert any("tests moved xiaohongshu/koc" in str(note) for note in tested.orders.notes)
    wrong = {"channel": "xiaohongshu/kocs", "multiplier": 0.5, "low": 0.45, "high": 0.55}
    with pytest.raises(Problems, match="kocs"):
        calibrate(ready.lifecycle.life, [wrong])
