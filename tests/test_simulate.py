"""Simulated companies: the same seed gives the same bytes, and the stated truth is what samples do on average."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from optimizer.cli.simulate import simulate as command
from optimizer.errors import UserError
from optimizer.simulate import WORLDS, Knobs, draw, simulate

SMALL = Knobs(users=3000, weeks=14, channels=4)


@pytest.fixture(scope="module", params=list(WORLDS))
def drawn(request: pytest.FixtureRequest):  # type: ignore[no-untyped-def]
    return draw(5, SMALL, request.param)


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        simulate(tmp_path / folder, seed=4, users=500, weeks=6, channels=3)
    simulate(tmp_path / "c", seed=5, users=500, weeks=6, channels=3)
    files = sorted(
        p.relative_to(tmp_path / "a") for p in (tmp_path / "a").rglob("*") if p.is_file()
    )
    assert [str(f) for f in files] == [
        "data/events.csv",
        "data/spend.csv",
        "scenario.yaml",
        "truth.json",
    ]
    for file in files:
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()
    assert (tmp_path / "a/data/events.csv").read_bytes() != (
        tmp_path / "c/data/events.csv"
    ).read_bytes()


def test_samples_agree_with_the_expected_populations(drawn) -> None:  # type: ignore[no-untyped-def]
    truth, events = drawn
    bought = events.kind == len(events.kinds) - 1
    customers = len(np.unique(events.user[bought]))
    expected = truth.history_total[0]
    assert abs(customers - expected) < 4 * np.sqrt(expected)
    orders = truth.history_total[1] / truth.order_value
    assert abs(bought.sum() - orders) < 5 * np.sqrt(orders)


def test_touches_follow_the_volume_curves(drawn) -> None:  # type: ignore[no-untyped-def]
    truth, events = drawn
    for c in range(len(truth.channels)):
        expected = float(
            (truth.company.touches(truth.company.spend) * truth.company.noise)[:, c].sum()
        )
        assert abs((events.channel == c).sum() - expected) < 5 * np.sqrt(expected)


def test_caused_and_organic_add_up_and_harvest_causes_nothing(drawn) -> None:  # type: ignore[no-untyped-def]
    truth, _ = drawn
    for caused, total, organic in (
        (truth.caused_customers, truth.history_total[0], truth.history_organic[0]),
        (truth.caused_revenue, truth.history_total[1], truth.history_organic[1]),
    ):
        assert caused.sum() == pytest.approx(total - organic, rel=1e-12)
    harvest = truth.company.role.index("harvest")
    assert abs(truth.caused_customers[harvest]) < 1e-9
    assert (np.delete(truth.caused_customers, harvest) > 0).all()


def test_no_plan_beats_the_best_plan(drawn) -> None:  # type: ignore[no-untyped-def]
    truth, _ = drawn
    best, terms, rng = truth.customers(truth.best), truth.terms, np.random.default_rng(0)
    assert sum(truth.best.values()) <= terms.budget + 0.1
    for _ in range(60):
        shares = rng.dirichlet(np.ones(len(truth.channels))) * terms.budget
        spend = dict(zip(truth.channels, np.minimum(shares, terms.upper), strict=True))
        assert truth.customers(spend) <= best * (1 + 1e-4)
    start = np.array([truth.best[c] for c in truth.channels])
    for _ in range(40):  # nor does a small move away from it
        move = rng.normal(0, 0.03 * terms.budget, len(start))
        moved = np.clip(start + move - move.mean(), 0, terms.upper)
        moved *= min(1.0, terms.budget / moved.sum())
        assert truth.customers(dict(zip(truth.channels, moved, strict=True))) <= best * (1 + 1e-4)
    assert 0 < truth.captured(truth.keep_split()) < 1


def test_more_money_never_hurts_and_weeks_may_differ(drawn) -> None:  # type: ignore[no-untyped-def]
    truth, _ = drawn
    name = truth.channels[0]
    values = [truth.customers({name: amount}) for amount in (0.0, 1e3, 1e4, 1e5)]
    assert np.diff(values).min() > 0
    horizon = truth.terms.horizon
    assert truth.customers({name: [1e4 / horizon] * horizon}) == pytest.approx(
        truth.customers({name: 1e4})
    )


def test_traps_are_there() -> None:
    null, _ = draw(2, SMALL.but(null=1, users=500, weeks=6))
    at = null.company.role.index("null")
    assert abs(null.caused_customers[at]) < 1e-9
    tiny, events = draw(2, SMALL.but(tiny=1, users=1000, weeks=6, pauses=0.0))
    counts = np.bincount(events.channel[events.channel >= 0], minlength=5)
    assert counts[:4].min() < 0.2 * np.median(counts[:4])
    assert (tiny.company.spend > 0).all()
    step, _ = draw(2, SMALL.but(in_step=1.0, pauses=0.0, users=500, weeks=20))
    assert np.corrcoef(np.log(step.company.spend).T)[0, 1] > 0.99
    _, shown = draw(2, SMALL.but(seen=0.0, users=1000, weeks=6))
    assert set(shown.kind.tolist()) <= {0, len(shown.kinds) - 1}


def test_the_other_traps_are_there_too() -> None:
    small = SMALL.but(users=1500, weeks=8)
    plain, _ = draw(2, small)
    strong, _ = draw(2, small.but(organic=3.0))
    assert strong.history_organic[0] > 2 * plain.history_organic[0]
    never, _ = draw(2, small.but(pauses=0.0))
    often, _ = draw(2, small.but(pauses=0.5))
    assert (never.company.spend > 0).all()
    assert (often.company.spend == 0).mean() > 0.25
    season, _ = draw(2, small.but(season=0.5, weeks=52, users=300))
    assert season.seasons.max() / season.seasons.min() > 2.5
    assert np.ptp(plain.seasons) == 0

    def touched(heavy: float) -> float:
        _, events = draw(2, small.but(heavy=heavy))
        times = np.bincount(events.user[(events.kind == 0) & (events.channel < 4)], minlength=1500)
        return float(times.var() / times.mean())

    assert touched(1.5) > 2 * touched(0.0)

    def aim(targeting: float) -> float:
        """How unevenly the channels reach the stages."""
        truth, _ = draw(2, small.but(targeting=targeting, harvest=0.0))
        return float((truth.world.reach.max(axis=1) / truth.world.reach.min(axis=1)).min())

    assert aim(0.0) == pytest.approx(1.0)
    assert aim(1.0) > 4


def test_truth_is_complete_and_its_best_plan_keeps_budget_and_bounds(tmp_path: Path) -> None:
    truth = simulate(tmp_path, seed=5, users=600, weeks=9, channels=4, world="direct_response")
    told = json.loads((tmp_path / "truth.json").read_text())
    assert sum(c["caused_customers"] for c in told["channels"]) == pytest.approx(
        told["history"]["customers"] - told["history"]["organic_customers"], rel=1e-6
    )
    assert sum(c["caused_revenue"] for c in told["channels"]) == pytest.approx(
        told["history"]["revenue"] - told["history"]["organic_revenue"], rel=1e-6
    )
    best = told["plans"]["best"]
    assert sum(best["spend"].values()) <= told["budget"] + 0.1
    assert all(
        0 <= best["spend"][c] <= high + 0.01
        for c, high in zip(truth.channels, truth.terms.upper, strict=True)
    )
    assert best["customers"] == pytest.approx(truth.customers(best["spend"]), rel=1e-6)
    assert (
        best["customers"]
        >= told["plans"]["keep_split"]["customers"]
        >= told["plans"]["nothing"]["customers"]
    )
    assert best["revenue"] > 0


def test_harvest_touches_come_just_before_the_purchase() -> None:
    truth, events = draw(1, SMALL)
    at = truth.company.role.index("harvest")
    bought = events.kind == len(events.kinds) - 1
    last = {}
    before = np.zeros(len(truth.channels))
    for user, second, channel, buys in zip(
        events.user, events.second, events.channel, bought, strict=True
    ):
        if 0 <= channel < len(truth.channels):
            last[user] = (second, channel)
        elif buys and user in last and second - last[user][0] < 3700:
            before[last[user][1]] += 1
    assert before.argmax() == at


def test_command_writes_and_refuses(tmp_path: Path) -> None:
    done = CliRunner().invoke(
        command,
        [
            str(tmp_path / "x"),
            "--users",
            "300",
            "--weeks",
            "5",
            "--channels",
            "3",
            "--world",
            "goodwill",
            "--generic-names",
            "--knob",
            "organic=2",
            "--knob",
            "null=1",
        ],
    )
    assert done.exit_code == 0, done.output
    truth = json.loads((tmp_path / "x/truth.json").read_text())
    assert [c["channel"] for c in truth["channels"]] == ["channel_01", "channel_02", "channel_03"]
    assert truth["plans"]["best"]["customers"] >= truth["plans"]["keep_split"]["customers"]
    for wrong in (
        ["--knob", "organik=2"],
        ["--knob", "organic=many"],
        ["--world", "good"],
        ["--users", "3"],
    ):
        failed = CliRunner().invoke(command, [str(tmp_path / "y"), *wrong])
        assert isinstance(failed.exception, UserError)
        assert not (tmp_path / "y").exists()
