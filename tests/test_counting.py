"""Counts against a plain loop over journeys, on hundreds of random small tables of events and of
paths.
"""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest

from optimizer.attribution.options import Options
from optimizer.attribution.registry import MODELS
from optimizer.data.engine import Engine, Limits
from optimizer.data.open import open_events, open_paths
from optimizer.errors import UserError
from optimizer.journeys.counting import count
from optimizer.journeys.counts import Counts

DAY = 86400.0
NAMES = ["a", "B", "direct", "搜索", "x/koc", "o'k", 'q"', "z\n<b>"]


@dataclass
class Journey:
    """A journey as a person would write it down: (channel, days before the journey's last touch),
    and its end.
    """

    touches: list[tuple[str, float | None]]
    conversions: float
    value: float
    nulls: float

    @property
    def channels(self) -> list[str]:
        return [name for name, _ in self.touches]


def journeys_of_events(
    rows: list[dict[str, Any]], lookback: float | None = None
) -> tuple[list[Journey], float, float]:
    """The definition, step by step; also the conversions (and value) that no touch preceded."""
    users: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        if row["event"] in ("touch", "purchase"):
            users[row["user_id"]].append(row)
    out, missed, missed_value = [], 0.0, 0.0
    for user in sorted(users):
        events = sorted(
            users[user],
            key=lambda row: (
                row["timestamp"],
                row["event"] == "purchase",
                row["channel"] if row["event"] == "touch" else "",
                -(row["value"] or 0),
            ),
        )
        open_touches: list[tuple[float, str]] = []

        def close(
            end: float, converted: bool, value: float, touches: list[tuple[float, str]]
        ) -> bool:
            kept = [
                (time, name)
                for time, name in touches
                if lookback is None or end - time <= lookback * DAY
            ]
            if kept:
                last = kept[-1][0]
                out.append(
                    Journey(
                        [(name, (last - time) / DAY) for time, name in kept],
                        float(converted),
                        value,
                        1.0 - converted,
                    )
                )
            return bool(kept)

        for row in events:
            if row["event"] == "touch":
                open_touches.append((row["timestamp"], row["channel"]))
            else:
                if not close(row["timestamp"], True, row["value"] or 0.0, open_touches):
                    missed += 1
                    missed_value += row["value"] or 0.0
                open_touches = []
        if open_touches:
            close(open_touches[-1][0], False, 0.0, open_touches)
    return out, missed, missed_value


def shares(model: str, journey: Journey) -> list[float]:
    """Each touch's part, written without SQL."""
    names, n = journey.channels, len(journey.touches)
    ages = [
        age if age is not None else float(n - 1 - i) for i, (_, age) in enumerate(journey.touches)
    ]
    if model == "first":
        return [float(i == 0) for i in range(n)]
    if model == "last":
        return [float(i == n - 1) for i in range(n)]
    if model == "last_non_direct":
        named = [i for i, name in enumerate(names) if name != "direct"]
        return [float(i == (named[-1] if named else n - 1)) for i in range(n)]
    if model == "linear":
        return [1 / n] * n
    if model == "position":
        if n == 1:
            return [1.0]
        if n == 2:
            return [0.5, 0.5]
        return [0.4] + [0.2 / (n - 2)] * (n - 2) + [0.4]
    if model == "time_decay":
        raw = [2.0 ** (-age / 7) for age in ages]
        return [part / sum(raw) for part in raw]
    if model == "shapley":
        return [1 / len(set(names)) / names.count(name) for name in names]
    raise KeyError(model)


CHECKED = ("first", "last", "last_non_direct", "linear", "position", "time_decay", "shapley")


def agree(counts: Counts, journeys: list[Journey], orders: tuple[int, ...]) -> None:
    """Everything in the counts, summed over buckets, is what the loop finds."""
    assert counts.conversions.sum() == pytest.approx(sum(j.conversions for j in journeys))
    assert counts.value.sum() == pytest.approx(sum(j.value for j in journeys))
    assert counts.nulls.sum() == pytest.approx(sum(j.nulls for j in journeys))
    np.testing.assert_allclose(counts.journeys, counts.conversions + counts.nulls)
    place = {name: i for i, name in enumerate(counts.channels)}
    for model in counts.credit:
        credit = np.zeros((2, len(place)))
        for j in journeys:
            for name, part in zip(j.channels, shares(model, j), strict=True):
                credit[0, place[name]] += part * j.conversions
                credit[1, place[name]] += part * j.value
        np.testing.assert_allclose(counts.credit[model][0].sum(axis=0), credit[0], atol=1e-9)
        np.testing.assert_allclose(counts.credit[model][1].sum(axis=0), credit[1], atol=1e-9)
    for order in orders:
        chain = counts.chains[order]
        moves: dict[tuple[Any, ...], float] = defaultdict(float)
        ends: dict[tuple[str, Any], float] = defaultdict(float)
        for j in journeys:
            state = (-1,) * order
            for name in j.channels:
                after = (*state[1:], place[name])
                moves[state, after] += j.conversions + j.nulls
                state = after
            ends["conversions", state] += j.conversions
            ends["value", state] += j.value
            ends["nulls", state] += j.nulls
        states = [tuple(int(x) for x in row) for row in chain.states]
        assert states[0] == (-1,) * order
        assert len(set(states)) == len(states)
        found = {
            (states[a], states[b]): n
            for a, b, n in zip(
                chain.source, chain.target, np.asarray(chain.moves.sum(axis=0)).ravel(), strict=True
            )
            if n
        }
        assert found == pytest.approx({key: n for key, n in moves.items() if n})
        for kind in ("conversions", "value", "nulls"):
            got = np.asarray(getattr(chain, kind).sum(axis=0)).ravel()
            np.testing.assert_allclose(got, [ends[kind, state] for state in states], atol=1e-9)
    if counts.pairs is not None:
        pairs = counts.pairs
        for i in range(len(pairs.first)):
            one, two = (counts.channels[int(place[i])] for place in (pairs.first, pairs.second))
            inside = [j for j in journeys if one in j.channels and two in j.channels]
            m = [len(set(j.channels)) - 1 for j in inside]
            expected = {
                "journeys": sum(j.conversions + j.nulls for j in inside),
                "conversions": sum(j.conversions for j in inside),
                "value": sum(j.value for j in inside),
                "shared_conversions": 0.0
                if one == two
                else sum(j.conversions / k for j, k in zip(inside, m, strict=True)),
                "shared_value": 0.0
                if one == two
                else sum(j.value / k for j, k in zip(inside, m, strict=True)),
            }
            for kind, amount in expected.items():
                assert getattr(pairs, kind)[:, i].sum() == pytest.approx(amount), (one, two, kind)
        together = {
            (a, b)
            for j in journeys
            if j.conversions + j.nulls
            for a in j.channels
            for b in j.channels
            if place[a] <= place[b]
        }
        assert {
            (counts.channels[a], counts.channels[b])
            for a, b in zip(pairs.first, pairs.second, strict=True)
        } >= together


def random_events(rng: random.Random) -> list[dict[str, Any]]:
    names = rng.sample(NAMES, rng.randint(1, 5))
    rows = []
    for _ in range(rng.randint(1, 40)):
        event = rng.choices(["touch", "purchase", "engage"], [8, 2, 1])[0]
        rows.append(
            {
                "user_id": f"u{rng.randint(1, 6)}",
                # Few moments, so that ties are common.
                "timestamp": float(rng.randint(0, 60) * 43200),
                "channel": rng.choice(names) if event == "touch" else rng.choice([None, *names]),
                "event": event,
                "value": round(rng.uniform(0, 100), 2)
                if event == "purchase" and rng.random() < 0.8
                else None,
            }
        )
    rows.append(
        {"user_id": "u1", "timestamp": 0.0, "channel": names[0], "event": "touch", "value": None}
    )
    rows.append(
        {"user_id": "u7", "timestamp": 0.0, "channel": None, "event": "purchase", "value": 5.0}
    )
    return rows


def events_frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows)
    frame["timestamp"] = pd.Timestamp("2026-01-01") + pd.to_timedelta(frame["timestamp"], unit="s")
    frame["value"] = frame["value"].astype(float)
    return frame


def random_paths(rng: random.Random) -> list[tuple[str, float, float, float]]:
    names = rng.sample(NAMES, rng.randint(1, 5))
    rows = []
    for _ in range(rng.randint(1, 15)):
        path = rng.choice([" > ", ">", "  >"]).join(
            rng.choice(names) for _ in range(rng.randint(1, 7))
        )
        conversions = float(rng.choice([0, 0, 1, 2, 5, 0.5]))
        rows.append(
            (
                path,
                conversions,
                round(rng.uniform(0, 50), 2) if conversions else 0.0,
                float(rng.choice([0, 1, 3, 2.25])),
            )
        )
    return rows


def journeys_of_paths(rows: list[tuple[str, float, float, float]]) -> list[Journey]:
    def names(path: str) -> list[str]:
        # The '>' of "<b>" belongs to the name.
        return [name.replace("~", ">").strip() for name in path.replace("<b>", "<b~").split(">")]

    return [Journey([(name, None) for name in names(path)], c, v, n) for path, c, v, n in rows]


def paths_frame(rows: list[tuple[str, float, float, float]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["path", "conversions", "value", "nulls"])


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(Limits(memory="1GB", threads=2))


def weights() -> dict[str, str]:
    return {name: MODELS[name].share(Options()) for name in CHECKED}


@pytest.mark.parametrize("seed", range(100))
def test_events_counts_equal_a_plain_loop(seed: int, engine: Engine) -> None:
    rng = random.Random(seed)
    rows = random_events(rng)
    lookback = rng.choice([None, None, 0.5, 3.0, 10.0])
    buckets = rng.choice([1, 3, 50])
    journeys, missed, missed_value = journeys_of_events(rows, lookback)
    events = open_events(events_frame(rows), engine=engine)
    counts = count(events, weights(), (1, 2, 3), True, buckets, lookback)
    agree(counts, journeys, (1, 2, 3))
    assert counts.buckets == buckets
    assert counts.source["untouched_conversions"] == missed
    assert counts.source["untouched_value"] == pytest.approx(missed_value)


@pytest.mark.parametrize("seed", range(100))
def test_path_counts_equal_a_plain_loop(seed: int, engine: Engine) -> None:
    rng = random.Random(1000 + seed)
    rows = random_paths(rng)
    counts = count(
        open_paths(paths_frame(rows), engine=engine),
        weights(),
        (1, 2, 4),
        True,
        rng.choice([1, 3, 50]),
    )
    agree(counts, journeys_of_paths(rows), (1, 2, 4))


@pytest.mark.parametrize("kind", ["events", "paths"])
def test_collapse_and_nulls_are_choices(kind: str, engine: Engine) -> None:
    for seed in range(15):
        rng = random.Random(seed)
        if kind == "events":
            rows = random_events(rng)
            opened, journeys = (
                open_events(events_frame(rows), engine=engine),
                journeys_of_events(rows)[0],
            )
        else:
            paths = random_paths(rng)
            opened, journeys = (
                open_paths(paths_frame(paths), engine=engine),
                journeys_of_paths(paths),
            )
        collapsed = [
            Journey(
                [t for i, t in enumerate(j.touches) if i == 0 or t[0] != j.touches[i - 1][0]],
                j.conversions,
                j.value,
                j.nulls,
            )
            for j in journeys
        ]
        counts = count(opened, {"linear": weights()["linear"]}, (2,), collapse=True, longest=True)
        agree(counts, collapsed, (2,))
        assert counts.source["longest_path"] == max(len(j.touches) for j in collapsed)
        bare = [Journey(j.touches, j.conversions, j.value, 0.0) for j in journeys if j.conversions]
        agree(count(opened, weights(), (1,), nulls=False), bare, (1,))


def test_row_order_threads_and_copies_change_no_bit() -> None:
    rng = random.Random(5)
    rows = [
        row | {"user_id": f"{row['user_id']}-{i}"} for i in range(60) for row in random_events(rng)
    ]
    shuffled = rng.sample(rows, len(rows))
    one = count(
        open_events(events_frame(rows), engine=Engine(Limits(threads=1))),
        weights(),
        (1, 2),
        True,
        20,
    )
    two = count(
        open_events(events_frame(shuffled), engine=Engine(Limits(threads=4))),
        weights(),
        (1, 2),
        True,
        20,
    )
    for model in one.credit:
        for i in (0, 1):
            assert one.credit[model][i].tobytes() == two.credit[model][i].tobytes()
    for order in (1, 2):
        for name in ("moves", "conversions", "value", "nulls"):
            assert (getattr(one.chains[order], name) != getattr(two.chains[order], name)).nnz == 0
    assert one.value.tobytes() == two.value.tobytes()


def test_a_users_bucket_depends_on_the_user_alone(engine: Engine) -> None:
    rows = events_frame(
        [
            {
                "user_id": f"u{i}",
                "timestamp": float(i),
                "channel": "a",
                "event": "touch",
                "value": None,
            }
            for i in range(2000)
        ]
    )
    rows = pd.concat([rows, rows.tail(1).assign(user_id="v", event="purchase")])
    counts = count(open_events(rows, engine=engine), buckets=20)
    assert counts.journeys.sum() == 2000
    assert counts.journeys.min() > 60
    half = count(open_events(rows[::-1].head(1001), engine=engine), buckets=20)
    assert (half.journeys <= counts.journeys).all()
    as_number = rows.assign(user_id=range(2001))
    as_text = as_number.assign(user_id=as_number["user_id"].astype(str))
    one, two = (
        count(open_events(frame, engine=engine), buckets=20) for frame in (as_number, as_text)
    )
    np.testing.assert_array_equal(one.journeys, two.journeys)


@pytest.mark.parametrize("size", [400, 40_000])
def test_journeys_of_one_path_spread_as_if_drawn(size: int, engine: Engine) -> None:
    """The bootstrap's variance of a path's count is the binomial one, for few journeys (hashed)
    and many (drawn).
    """
    paths = [(f"c{i}", float(size), 0.0, 0.0) for i in range(40)]
    counts = count(
        open_paths(paths_frame(paths), engine=engine), {"last": weights()["last"]}, (), False, 100
    )
    by_bucket = counts.credit["last"][0]
    assert (by_bucket.sum(axis=0) == size).all()
    spread = ((by_bucket - size / 100) ** 2).sum(axis=0) / (size * 0.99)
    assert 0.93 < spread.mean() < 1.07
    # Paths fall independently of each other.
    assert abs(np.corrcoef(by_bucket.T)[np.triu_indices(40, 1)]).mean() < 0.13


def test_segments_and_platforms(engine: Engine) -> None:
    rows = [
        {
            "user_id": "u1",
            "timestamp": "2026-01-01",
            "channel": "xhs",
            "event": "touch",
            "tier": "koc",
            "segment": "mum",
            "value": None,
        },
        {
            "user_id": "u1",
            "timestamp": "2026-01-02",
            "channel": "xhs",
            "event": "touch",
            "tier": "head",
            "segment": "mum",
            "value": None,
        },
        {
            "user_id": "u1",
            "timestamp": "2026-01-03",
            "channel": "",
            "event": "purchase",
            "tier": "",
            "segment": "mum",
            "value": 10.0,
        },
        {
            "user_id": "u2",
            "timestamp": "2026-01-01",
            "channel": "search",
            "event": "touch",
            "tier": "",
            "segment": "dad",
            "value": None,
        },
    ]
    events = open_events(pd.DataFrame(rows), engine=engine)
    counts = count(events, weights(), (1,))
    assert counts.channels == ("search", "xhs/head", "xhs/koc")
    assert counts.credit["linear"][0][0].tolist() == [0.0, 0.5, 0.5]
    rolled = count(events, weights(), (1,), platforms=True, segment="mum")
    assert rolled.channels == ("xhs",)
    assert (rolled.conversions[0], rolled.value[0], rolled.nulls[0]) == (1.0, 10.0, 0.0)
    with pytest.raises(UserError, match="did you mean 'mum'"):
        count(events, segment="mums")
    with pytest.raises(UserError, match="did you mean 'purchase'"):
        count(events, conversion="purchases")


def test_a_path_table_has_no_times_and_no_segments(engine: Engine) -> None:
    paths = open_paths(paths_frame([("a", 1.0, 0.0, 0.0)]), engine=engine)
    with pytest.raises(UserError, match="no times"):
        count(paths, lookback_days=30)
    with pytest.raises(UserError, match="no segments"):
        count(paths, segment="x")


def test_large_journeys_stay_small(engine: Engine) -> None:
    """A path of 100,000 touches, 5,000 channels, a user with a million touches."""
    long = " > ".join(f"c{i % 7}" for i in range(100_000))
    many = [(f"channel {i} > channel {(i * 7) % 5000}", 1.0, 1.0, 1.0) for i in range(5000)]
    counts = count(
        open_paths(paths_frame([(long, 1.0, 3.0, 0.0), *many]), engine=engine), weights(), (1, 3)
    )
    assert counts.conversions.sum() == 5001
    assert len(counts.channels) == 5007
    assert counts.chains[1].moves.sum() == 100_000 + 4 * 5000
    for model in counts.credit:
        assert counts.credit[model][0].sum() == pytest.approx(5001)
    times = pd.Timestamp("2026-01-01") + pd.to_timedelta(np.arange(1_000_000), unit="s")
    busy = pd.DataFrame(
        {
            "user_id": "u",
            "timestamp": times,
            "channel": [f"c{i % 5}" for i in range(1_000_000)],
            "event": "touch",
        }
    )
    busy.loc[999_999, "event"] = "purchase"
    counts = count(open_events(busy, engine=engine), weights(), (2,))
    assert counts.credit["linear"][0].sum() == pytest.approx(1.0)
    assert counts.chains[2].moves.sum() == 999_999
