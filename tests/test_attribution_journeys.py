"""Credit by journey and by period adds up to the totals; the conventions of other tools, against plain Python."""

from __future__ import annotations

import random
from collections import defaultdict

import attribution_worlds as worlds
import numpy as np
import pandas as pd
import pytest

from optimizer.attribution import journey_file
from optimizer.attribution.attribute import attribute
from optimizer.attribution.by_period import credit_by_period
from optimizer.attribution.counting import opened_source
from optimizer.attribution.journey_file import write_journeys
from optimizer.attribution.options import Options
from optimizer.attribution.registry import MODELS
from optimizer.errors import UserError

LAID = [name for name in MODELS if MODELS[name].from_events is None or MODELS[name].paths]


def frame(table):
    return pd.DataFrame(
        [(" > ".join(p), a, v, z) for p, a, z, v in table],
        columns=["path", "conversions", "value", "nulls"],
    )


def table(seed):
    draw = random.Random(seed)
    return [
        (
            tuple(draw.choice("abcd") for _ in range(draw.choice([1, 1, 2, 3, 4]))),
            float(draw.randint(0, 4)),
            float(draw.randint(0, 6)),
            float(draw.randint(0, 50)),
        )
        for _ in range(15)
    ]


def clean(rows):
    """Rows of one path added up, value only where something converted."""
    out = defaultdict(lambda: [0.0, 0.0, 0.0])
    for path, won, lost, value in rows:
        for i, amount in enumerate((won, lost, value if won else 0.0)):
            out[path][i] += amount
    return [(path, *amounts) for path, amounts in out.items()]


@pytest.fixture(scope="module")
def events():
    generator = np.random.default_rng(0)
    rows = []
    for user in range(120):
        when = pd.Timestamp("2025-01-01") + pd.Timedelta(days=float(generator.uniform(0, 60)))
        for _ in range(generator.integers(1, 7)):
            rows.append(
                (f"u{user}", when, str(generator.choice(["a", "b", "=c", "direct"])), "touch", None)
            )
            when += pd.Timedelta(days=float(generator.exponential(3)))
            if generator.random() < 0.25:
                rows.append((f"u{user}", when, None, "purchase", float(generator.integers(5, 50))))
    return opened_source(
        pd.DataFrame(rows, columns=["user_id", "timestamp", "channel", "event", "value"])
    )


@pytest.mark.parametrize("name", LAID)
def test_periods_add_up_to_the_totals(events, name):
    credit = attribute(events, [name]).credits[0]
    for period in ("day", "week", "month"):
        found = credit_by_period(events, name, period)
        sums = found.groupby("channel")[["conversions", "value"]].sum()
        assert list(sums.index) == list(credit.channels)
        assert sums["conversions"].to_numpy() == pytest.approx(credit.conversions, abs=1e-9)
        assert sums["value"].to_numpy() == pytest.approx(credit.value, abs=1e-9)
    assert (found["period"].dt.day == 1).all()
    assert found["period"].nunique() >= 2


@pytest.mark.parametrize("name", LAID)
def test_journeys_add_up_to_the_totals(events, name, tmp_path):
    credit = attribute(events, [name]).credits[0]
    rows = write_journeys(events, credit, tmp_path / "j.parquet", Options())
    found = pd.read_parquet(tmp_path / "j.parquet")
    assert len(found) == rows > 50
    sums = (
        found.groupby("channel")[["conversions", "value"]]
        .sum()
        .reindex(list(credit.channels), fill_value=0.0)
    )
    assert sums["conversions"].to_numpy() == pytest.approx(credit.conversions, abs=1e-9)
    assert sums["value"].to_numpy() == pytest.approx(credit.value, abs=1e-9)
    if MODELS[name].share is not None and not MODELS[name].effect:
        assert found.groupby(["user_id", "journey"])[
            "conversions"
        ].sum().to_numpy() == pytest.approx(1.0)


def test_journeys_of_a_path_table_as_csv(tmp_path):
    rows = clean(table(3))
    credit = attribute(frame(rows), ["markov"]).credits[0]
    write_journeys(frame(rows), credit, tmp_path / "j.csv", Options())
    found = pd.read_csv(tmp_path / "j.csv")
    assert list(found) == ["path", "channel", "touches", "conversions", "value"]
    assert found.groupby("channel")["conversions"].sum().to_numpy() == pytest.approx(
        credit.conversions, abs=1e-9
    )
    first = (tmp_path / "j.csv").read_bytes()
    write_journeys(frame(rows[::-1]), credit, tmp_path / "k.csv", Options())
    assert (tmp_path / "k.csv").read_bytes() == first


def test_users_taken_some_at_a_time_write_the_same_file(events, tmp_path, monkeypatch):
    for name in ("linear", "markov"):
        credit = attribute(events, [name]).credits[0]
        monkeypatch.setattr(journey_file, "SLICE", 1_000_000)
        write_journeys(events, credit, tmp_path / "whole.csv", Options())
        monkeypatch.setattr(journey_file, "SLICE", 100)
        assert len(journey_file._cuts(events, events.engine)) > 3
        write_journeys(events, credit, tmp_path / "slices.csv", Options())
        assert (tmp_path / "slices.csv").read_text() == (tmp_path / "whole.csv").read_text()


def test_a_csv_cell_is_no_formula(events, tmp_path):
    write_journeys(events, attribute(events, ["last"]).credits[0], tmp_path / "j.csv", Options())
    assert "'=c" in set(pd.read_csv(tmp_path / "j.csv")["channel"])


def test_wrong_words(events, tmp_path):
    credit = attribute(events, ["last"]).credits[0]
    with pytest.raises(UserError, match="neither csv nor parquet"):
        write_journeys(events, credit, tmp_path / "j.xlsx", Options())
    with pytest.raises(UserError, match="unknown period"):
        credit_by_period(events, "last", "fortnight")
    with pytest.raises(UserError, match="no times"):
        credit_by_period(frame(clean(table(1))), "last")


@pytest.mark.parametrize("seed", range(8))
def test_mam_totals(seed):
    """Order-1 effects, renormalised within each journey, touch by touch."""
    rows = clean(table(seed))
    effects = worlds.removed(rows, 1)["conversions"]
    expected = dict.fromkeys(effects, 0.0)
    for path, won, _, _ in rows:
        whole = sum(effects[c] for c in path)
        for i, channel in enumerate(path):
            expected[channel] += won * (
                effects[channel] / whole if whole else float(i == len(path) - 1)
            )
    credit = attribute(frame(rows), like="mam").credits[0]
    assert dict(zip(credit.channels, credit.conversions, strict=True)) == pytest.approx(
        expected, abs=1e-9
    )


@pytest.mark.parametrize("seed", range(8))
def test_fractribution(seed):
    rows = clean(table(seed))
    rate = {path: won / (won + lost) if won + lost else 0.0 for path, won, lost, _ in rows}
    expected = dict.fromkeys(sorted({c for path, *_ in rows for c in path}), 0.0)
    for path, won, _, _ in rows:
        gains = [
            max(rate[path] - rate.get(path[:i] + path[i + 1 :], 0.0), 0.0) for i in range(len(path))
        ]
        gains = [rate[path]] if len(path) == 1 else gains
        for i, channel in enumerate(path):
            expected[channel] += won * (
                gains[i] / sum(gains) if sum(gains) else float(i == len(path) - 1)
            )
    credit = attribute(frame(rows), like="fractribution").credits[0]
    assert dict(zip(credit.channels, credit.conversions, strict=True)) == pytest.approx(
        expected, abs=1e-9
    )


@pytest.mark.parametrize("seed", range(8))
def test_do_attribution_fail(seed):
    rows = clean(table(seed))
    total = sum(r[1] for r in rows)
    touched = {
        c: sum(r[1] for r in rows if c in r[0]) / total
        for c in sorted({c for p, *_ in rows for c in p})
    }
    credit = attribute(frame(rows), like="do-attribution-fail").credits[0]
    assert dict(zip(credit.channels, credit.removal_effect, strict=True)) == pytest.approx(
        touched, abs=1e-9
    )
    assert credit.share == pytest.approx(
        np.array(list(touched.values())) / sum(touched.values()), abs=1e-9
    )


def test_no_nulls_is_channelattribution_without_var_null():
    rows = clean(table(2))
    credit = attribute(frame(rows), ["markov"], nulls=False).credits[0]
    slow = worlds.removed(rows, 1, nulls=False)["conversions"]
    converting = {c for path, won, *_ in rows if won for c in path}
    for channel, effect in zip(credit.channels, credit.removal_effect, strict=True):
        assert effect == pytest.approx(slow[channel] if channel in converting else 0.0, abs=1e-10)


def test_ordered_shapley_by_position():
    rows = [
        (("a", "b", "a"), 4.0, 0.0, 0.0),
        (("b",), 1.0, 2.0, 0.0),
        (("c",) * 12, 12.0, 0.0, 0.0),
    ]
    credit = attribute(frame(rows), ["shapley_ordered"])["shapley_ordered"]
    assert credit.positions == ("1", "2", "3", "4", "5", "6", "7", "8", "9", "10+")
    assert credit.by_position.sum(axis=1) == pytest.approx(credit.conversions)
    assert credit.by_position[0, :3].tolist() == pytest.approx(
        [1, 0, 1]
    )  # a's half of 4, at its two places
    assert credit.by_position[1, :2].tolist() == pytest.approx([1, 2])
    assert credit.by_position[2, 9] == pytest.approx(3)
    assert credit.as_dict()["channels"][0]["positions"]["3"] == pytest.approx(1)


def test_the_lifecycle_model_says_itself_when_its_touches_worked():
    """By day and channel: what its split says, scaled to its totals; not an even spread over the touches."""
    rng = np.random.default_rng(3)
    rows = []
    for user in range(900):
        day = int(rng.integers(0, 60))
        channel = "early" if day < 30 else "late"
        rows.append((f"u{user}", day, channel, "touch", None))
        if rng.random() < 0.3:
            rows.append((f"u{user}", day + 1, "late", "touch", None))
        if rng.random() < (0.5 if channel == "early" else 0.15):
            rows.append((f"u{user}", day + 1, None, "engage", None))
            if rng.random() < 0.5:
                rows.append((f"u{user}", day + 3, None, "purchase", 40.0))
    frame = pd.DataFrame(rows, columns=["user_id", "timestamp", "channel", "event", "value"])
    frame["timestamp"] = pd.Timestamp("2025-01-06 10:00") + pd.to_timedelta(
        frame["timestamp"], unit="D"
    )
    credit = attribute(frame, ["lifecycle"])["lifecycle"]
    days = credit_by_period(frame, "lifecycle", "day")
    for column in ("conversions", "value"):
        whole = dict(zip(credit.channels, getattr(credit, column).tolist(), strict=True))
        assert days.groupby("channel")[column].sum().reindex(
            list(credit.channels), fill_value=0.0
        ).to_dict() == pytest.approx(whole)
    by_day, names = credit.by_day[0], list(credit.channels)
    for name in ("early", "late"):
        here = days[days["channel"] == name].set_index("period")["conversions"]
        own = pd.Series(
            by_day[:, names.index(name)], index=pd.date_range(credit.first_day, periods=len(by_day))
        )
        shares = (own / own.sum())[own > 0] if own.sum() else own
        np.testing.assert_allclose(
            (here / here.sum()).reindex(shares.index).to_numpy(), shares.to_numpy(), atol=1e-9
        )
    weeks = credit_by_period(frame, "lifecycle", "week")
    assert (weeks["period"].dt.day_of_week == 0).all()
    assert weeks["conversions"].sum() == pytest.approx(credit.conversions.sum())
    early = weeks[weeks["channel"] == "early"]
    assert (
        early.loc[early["period"] >= "2025-02-10", "conversions"].sum()
        < 0.1 * early["conversions"].sum()
    ), "its touches ended by then"
