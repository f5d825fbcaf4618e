"""Plans on journeys rest on several kinds of evidence, and say how little is known."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from optimizer.attribution.lifecycle import fit_lifecycle
from optimizer.attribution.lifecycle.believed import with_belief
from optimizer.data.open import open_events
from optimizer.pipeline import run
from optimizer.pipeline.journey_evidence import WEIGHTS
from optimizer.pipeline.outcome import Outcome
from optimizer.scenario import load_scenario

CHANNELS = ("feed", "koc", "search")
START = pd.Timestamp("2026-01-05")
WEEKS, PEOPLE = 20, 2500


def _nothing_works(folder: Path) -> Path:
    """A company whose touches change nothing; search meets most of those who buy that day, and tv
    touches nobody that could be seen.
    """
    rng = np.random.default_rng(4)
    spend = np.round(np.exp(rng.normal(8, 0.5, (WEEKS, 4))), 2)
    spend[rng.random(spend.shape) < 0.1] = 0
    spend[2::5, 2] = 0  # search rests now and then, which tells
    rows: list[tuple[str, pd.Timestamp, str, str, float]] = []

    def put(people: np.ndarray, day: int, channel: str, event: str, hour: float) -> None:
        when = START + pd.Timedelta(days=day, hours=hour)
        value = 100.0 if event == "purchase" else np.nan
        rows.extend((f"u{u:05d}", when, channel, event, value) for u in people)

    for day in range(7 * WEEKS):
        paid = spend[day // 7]
        views = np.flatnonzero(rng.random(PEOPLE) < 0.004)
        buys = np.flatnonzero(rng.random(PEOPLE) < 0.0015)
        for c, name in enumerate(CHANNELS[:2]):
            touched = rng.random(PEOPLE) < 3e-6 * paid[c]
            put(np.flatnonzero(touched), day, name, "touch", 9)
        met = buys[rng.random(len(buys)) < (0.7 if paid[2] > 0 else 0.0)]
        put(met, day, "search", "touch", 12)
        put(views, day, "", "product_view", 11)
        put(buys, day, "", "purchase", 13)
    columns = ["user_id", "timestamp", "channel", "event", "value"]
    pd.DataFrame(rows, columns=columns).to_csv(folder / "events.csv", index=False)
    table = [
        (str((START + pd.Timedelta(weeks=t)).date()), name, spend[t, c])
        for t in range(WEEKS)
        for c, name in enumerate((*CHANNELS, "tv"))
    ]
    pd.DataFrame(table, columns=["week", "channel", "spend"]).to_csv(
        folder / "spend.csv", index=False
    )
    scenario = {
        "name": "nothing works",
        "period": "week",
        "horizon": 8,
        "budget": 60000,
        "goal": "customers",
        "data": {"events": "events.csv", "spend": "spend.csv"},
    }
    (folder / "scenario.yaml").write_text(json.dumps(scenario))
    return folder / "scenario.yaml"


@pytest.fixture(scope="module")
def nothing(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    return run(load_scenario(_nothing_works(tmp_path_factory.mktemp("nothing"))))


def test_where_nothing_works_spending_more_cannot_be_shown_to_pay(nothing: Outcome) -> None:
    belief = nothing.belief
    assert belief is not None
    assert belief.organic > 10 * max(belief.extra.low, 0.0)
    assert not belief.shown
    assert any("cannot be told from nothing" in str(note) for note in nothing.notes)
    held = {row.channel: row.caused for row in belief.channels}
    # who meets buyers need not win them
    assert held["search"].low < 0.05 * held["search"].mean
    assert max(held["feed"].low, held["koc"].low) <= 0
    assert belief.gain is not None
    assert belief.gain.low < 0


def test_a_channel_without_touches_stops_no_plan(nothing: Outcome) -> None:
    assert nothing.plan.feasible
    assert "tv" in nothing.responses
    assert nothing.responses["tv"].curve.evidence.source == "believed"
    row = next(row for row in nothing.belief.channels if row.channel == "tv")
    assert row.caused.low < 0.5 * row.caused.mean  # wide: only weeks of sales speak of it


def test_belief_and_plan_say_one_number(nothing: Outcome) -> None:
    belief = nothing.belief
    assert belief.extra.mean == pytest.approx(nothing.plan.totals.customers, rel=1e-6)
    planned = {line.channel: line.customers for line in nothing.plan.lines}
    for row in belief.channels:
        if row.plan is not None:
            assert row.plan.mean == pytest.approx(planned[row.channel], rel=1e-6, abs=1e-9)
    forecast = nothing.lifecycle.forecast
    assert forecast.centred.mean() == pytest.approx(forecast.extra)
    assert forecast.interval[0] < forecast.extra < forecast.interval[1]
    now = nothing.plan.current.customers
    assert belief.gain.mean == pytest.approx(nothing.plan.totals.customers - now, abs=1e-6)
    used = {row["kind"]: row["weight"] for row in belief.as_dict()["kinds"]}
    assert sum(used.values()) == pytest.approx(1.0)
    assert 0 < used["linear"] <= WEIGHTS["linear"]  # less where the calendar sees a harvester


def test_effects_move_until_credit_is_what_is_believed(tmp_path: Path) -> None:
    _nothing_works(tmp_path)
    life = fit_lifecycle(open_events(tmp_path / "events.csv"), paid=CHANNELS, rounds=(6, 2, 1))
    before = life.split("customers").by_stage[0].sum(axis=1)
    place = int(np.argmax(before))
    target = 0.5 * float(before[place])
    after = with_belief(life, {life.channels[place]: target}, 0.35, 0.4)
    moved = after.split("customers").by_stage[0].sum(axis=1)
    assert moved[place] == pytest.approx(target, rel=0.1)
    drawn = after.split("customers", after.replicates(60, seed=1), nodes=4).by_stage.sum(axis=2)
    assert drawn[:, place].std() > 0.2 * target  # with the doubt that no kind sees of itself
    assert with_belief(life, {}, 0.35, 0.4) is life
