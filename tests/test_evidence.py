"""Beliefs from weekly totals: what must hold in every draw, and what a small company shows."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import optimizer as opt
from optimizer.errors import UserError
from optimizer.evidence.belief import Belief
from optimizer.evidence.kind import EVIDENCE, Company, LiftTest
from optimizer.evidence.sampling import run
from optimizer.pipeline import beliefs
from optimizer.report import write
from optimizer.response.shapes.uncertain import mean_of
from optimizer.scenario.load import read_scenario

SHORT = run.Length(chains=16, warm=40, between=4, draws=48, work=0)
NAMES = ("meta/feed", "meta/stories", "google", "email")
CEILING = np.array([90.0, 40.0, 60.0, 15.0])
HALF = np.array([1500.0, 1200.0, 900.0, 300.0])


def company(weeks: int = 60, seed: int = 0) -> tuple[Company, np.ndarray]:
    """A company of four channels, and the customers each of them caused by week."""
    rng = np.random.default_rng(seed)
    usual = np.array([1200.0, 700.0, 900.0, 150.0])
    spend = usual * np.exp(0.5 * rng.normal(size=(weeks, 4))) * (rng.random((weeks, 4)) > 0.1)
    caused = CEILING * spend / (HALF + spend)
    organic = 60 * np.exp(0.2 * np.sin(2 * np.pi * np.arange(weeks) / 52))
    sold = rng.poisson(organic + caused.sum(axis=1)).astype(float)
    made = Company(
        days=7.0,
        starts=np.datetime64("2025-01-06") + 7 * np.arange(weeks),
        channels=NAMES,
        platforms=("meta", "meta", "google", "email"),
        spend=spend,
        sold=sold,
        claimed=np.round(1.8 * caused + 5),
    )
    return made, caused


@pytest.fixture(scope="module")
def known() -> Belief:
    return run.draw(company()[0], 1, SHORT)


def adds_up(belief: Belief, sold: np.ndarray) -> None:
    together = belief.organic + belief.caused.sum(axis=2)
    told = np.isfinite(sold)
    expected = np.broadcast_to(np.maximum(sold, 0), together.shape)
    np.testing.assert_allclose(together[:, told], expected[:, told], rtol=1e-12, atol=1e-9)
    assert np.isfinite(together).all()
    assert (belief.organic >= 0).all()
    assert (belief.caused >= 0).all()
    assert np.isfinite(belief.ceiling).all()
    assert (belief.half > 0).all()


def test_caused_and_organic_are_what_was_sold(known: Belief) -> None:
    adds_up(known, company()[0].sold)


def test_the_same_seed_gives_the_same_draws(known: Belief) -> None:
    again, other = (run.draw(company()[0], seed, SHORT) for seed in (1, 2))
    np.testing.assert_array_equal(again.ceiling, known.ceiling)
    assert not np.array_equal(other.ceiling, known.ceiling)


def test_a_known_company_is_found_about_right(known: Belief) -> None:
    truth = company()[1].sum()
    total = known.caused.sum(axis=(1, 2))
    low, high = np.quantile(total, [0.02, 0.98])
    assert low < truth < high


def test_missing_and_negative_weeks_are_no_sales_of_zero() -> None:
    made, __ = company()
    sold = made.sold.copy()
    sold[10:14], sold[20] = np.nan, -3.0
    belief = run.draw(replace(made, sold=sold), 1, SHORT)
    adds_up(belief, sold)
    assert belief.organic[:, 10:14].mean() > 10  # filled with what is expected


@pytest.mark.parametrize("kind", ["never varied", "together", "one channel", "three weeks"])
def test_what_cannot_be_told_apart_stays_wide(kind: str) -> None:
    made, __ = company(30 if kind != "three weeks" else 3)
    spend = made.spend.copy()
    if kind == "never varied":
        spend[:, 0] = 1000.0
    elif kind == "together":
        spend[:, 1] = 0.5 * spend[:, 0]
    elif kind == "one channel":
        spend[:, 1:] = 0.0
    belief = run.draw(replace(made, spend=spend, claimed=None), 1, SHORT)
    adds_up(belief, made.sold)
    each = np.log(belief.caused.sum(axis=1)[:, 0] + 1e-9)
    assert each.std() > 0.1


def test_claims_beyond_what_was_sold_are_not_believed() -> None:
    made, __ = company()
    assert made.claimed is not None
    belief = run.draw(replace(made, claimed=20 * made.claimed), 1, SHORT)
    adds_up(belief, made.sold)
    assert belief.caused.sum(axis=(1, 2)).max() <= made.sold.sum()


def test_a_channel_without_claims_stays_among_its_siblings(known: Belief) -> None:
    made, __ = company()
    assert made.claimed is not None
    claimed = made.claimed.copy()
    claimed[:, 2] = np.nan
    belief = run.draw(replace(made, claimed=claimed), 1, SHORT)
    adds_up(belief, made.sold)
    ratio = belief.caused[:, :, 2].sum(axis=1).mean() / known.caused[:, :, 2].sum(axis=1).mean()
    assert 0.2 < ratio < 5


def test_true_lift_tests_narrow_the_belief(known: Belief) -> None:
    made, caused = company()
    tests = tuple(
        LiftTest(c, float(caused[-8:, c].sum()), float(0.05 * caused[-8:, c].sum())) for c in (0, 2)
    )
    belief = run.draw(replace(made, tests=tests), 1, SHORT)
    adds_up(belief, made.sold)
    for c in (0, 2):
        before, after = (np.log(b.caused[:, :, c].sum(axis=1)).std() for b in (known, belief))
        assert after < before


def test_the_mean_curve_is_the_mean_of_the_draws(known: Belief) -> None:
    x = np.linspace(0, 5000, 7)
    for c in range(4):
        curve = mean_of(known.ceiling[:, c], known.half[:, c])
        drawn = known.ceiling[:, c] * x[:, None] / (known.half[:, c] + x[:, None])
        np.testing.assert_allclose(curve(x), drawn.mean(axis=1), rtol=1e-10)
        assert curve.concave
        slope = curve.slope(x)
        np.testing.assert_allclose(curve.spend_at_slope(slope), x, rtol=1e-6, atol=1e-6)


def test_what_arrives_within_a_plan_grows_with_its_length(known: Belief) -> None:
    short, long = known.arriving(1.0), known.arriving(52.0)
    assert (short <= long + 1e-12).all()
    assert (long <= 1).all()


def test_totals_are_a_kind_of_evidence() -> None:
    assert "totals" in EVIDENCE
    assert "organic demand" in EVIDENCE.help("totals")
    nothing = replace(company()[0], spend=np.zeros((60, 4)))
    assert EVIDENCE["totals"](nothing, 0) is None


def folder(tmp_path: Path, shift: int = 0, claims: bool = True) -> Path:
    """Two csv files: spend (whose weeks start `shift` days later) and totals."""
    made, __ = company()
    assert made.claimed is not None
    rows = [f"period,channel,spend{',claimed' if claims else ''}"]
    for t, start in enumerate(made.starts):
        for c, name in enumerate(NAMES):
            claim = f",{made.claimed[t, c]:.0f}" if claims else ""
            rows.append(f"{start + shift},{name},{made.spend[t, c]:.2f}{claim}")
    (tmp_path / "spend.csv").write_text("\n".join(rows) + "\n")
    sold = [f"{s},{n:.0f},{60 * n:.0f}" for s, n in zip(made.starts, made.sold, strict=True)]
    (tmp_path / "totals.csv").write_text("period,new_customers,revenue\n" + "\n".join(sold) + "\n")
    return tmp_path


SCENARIO = "budget: 24000\nhorizon: 8\ndata: {spend: spend.csv, totals: totals.csv}\n"


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "Length", lambda: SHORT)
    monkeypatch.setattr(beliefs, "DRAWS", 4)


@pytest.mark.usefixtures("short")
def test_two_tables_become_a_plan(tmp_path: Path) -> None:
    outcome = opt.run(read_scenario(SCENARIO, folder(tmp_path)))
    assert outcome.plan.status == "optimal"
    assert outcome.plan.totals is not None
    write(outcome, tmp_path / "out")
    plan = json.loads((tmp_path / "out" / "plan.json").read_text(encoding="utf-8"))
    belief = plan["belief"]
    extra, gain = belief["extra_customers"], belief["gain_over_today"]
    assert extra["mean"] == pytest.approx(plan["totals"]["customers"], rel=1e-9)
    assert extra["low"] < extra["mean"] < extra["high"]
    assert gain["low"] < gain["mean"] < gain["high"]
    assert 0 <= belief["chance_better_than_today"] <= 1
    assert belief["organic_customers"] > 0
    assert belief["kinds"] == [{"kind": "totals", "weight": 1.0}]
    most = company()[0].spend.max(axis=0)
    for line in outcome.plan.lines:
        assert line.maximum == pytest.approx(2 * 8 * most[NAMES.index(line.channel)], rel=1e-3)
    page = (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    assert "Against today's spend" in page
    assert "Claim against belief" in page
    assert "on the stated belief" in page


@pytest.mark.usefixtures("short")
def test_stated_curves_bounds_and_tests_go_first(tmp_path: Path) -> None:
    here = folder(tmp_path, shift=2, claims=False)
    text = SCENARIO + (
        "channels:\n  google: {max: 3000}\n"
        "  email: {curve: {saturating: {ceiling: 500, half_spend: 900}}}\n"
        "experiments: [{channel: meta/feed, effect: 300, standard_error: 30, from: 2026-01-12, "
        "to: 2026-02-15}]\n"
    )
    outcome = opt.run(read_scenario(text, here))
    lines = {line.channel: line for line in outcome.plan.lines}
    assert lines["google"].maximum == 3000
    assert lines["email"].maximum is None
    assert float(outcome.responses["email"].curve(900)) == pytest.approx(250)
    told = " ".join(str(note) for note in outcome.notes)
    assert "different days" in told
    assert "column claimed" in told
    assert "experiments are not used" not in told


@pytest.mark.usefixtures("short")
def test_less_money_is_compared_with_todays_split_of_it(tmp_path: Path) -> None:
    outcome = opt.run(read_scenario(SCENARIO.replace("24000", "6000"), folder(tmp_path)))
    belief = outcome.belief
    assert belief is not None
    assert belief.chance is not None
    assert belief.split_chance is not None
    assert not belief.same_money
    assert belief.chance < belief.split_chance


@pytest.mark.usefixtures("short")
def test_a_plan_held_to_todays_split_is_no_better(tmp_path: Path) -> None:
    text = SCENARIO.replace("budget: 24000\n", "budget: 20237\n") + "rules: [{max_change: 0.001}]\n"
    outcome = opt.run(read_scenario(text, folder(tmp_path)))
    assert outcome.belief is not None
    if outcome.belief.even:
        assert "chance of" in " ".join(str(note) for note in outcome.notes)
    assert outcome.belief.gain is not None
    assert abs(outcome.belief.gain.mean) < 2


@pytest.mark.usefixtures("short")
def test_tables_that_never_meet_are_told(tmp_path: Path) -> None:
    here = folder(tmp_path)
    text = (here / "totals.csv").read_text().replace("2025-", "2035-").replace("2026-", "2036-")
    (here / "totals.csv").write_text(text)
    with pytest.raises(UserError, match="in common"):
        opt.run(read_scenario(SCENARIO, here))


@pytest.mark.usefixtures("short")
def test_the_report_speaks_chinese(tmp_path: Path) -> None:
    outcome = opt.run(read_scenario(SCENARIO, folder(tmp_path)))
    write(outcome, tmp_path / "out", lang="zh")
    page = (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    assert "Against today" not in page
    assert "渠道" in page


def test_an_elasticity_that_nobody_stated_is_assumed(tmp_path: Path) -> None:
    text = (
        "budget: 100\nchannels:\n  a: {current: 50, customers: 10}\n"
        "  b: {current: 50, customers: 8, elasticity: 0.5}\n"
    )
    outcome = opt.run(read_scenario(text, tmp_path))
    sources = {name: r.curve.evidence.source for name, r in outcome.responses.items()}
    assert sources == {"a": "assumed", "b": "point"}
    write(outcome, tmp_path / "out")
    page = (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    assert "assumed elasticity of 0.6" in page
    told = [str(note) for note in outcome.notes if "is assumed for a:" in str(note)]
    assert len(told) == 1
