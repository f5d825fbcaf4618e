"""Chains alone are counted the short way (one sort, or paths taken apart by text): the same counts
as the long way.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from test_counting import (
    agree,
    events_frame,
    journeys_of_events,
    journeys_of_paths,
    paths_frame,
    random_events,
    random_paths,
    weights,
)

from optimizer.data.engine import Engine, Limits
from optimizer.data.open import open_events, open_paths
from optimizer.errors import UserError
from optimizer.journeys import event_touches
from optimizer.journeys.counting import count
from optimizer.journeys.counts import Counts
from optimizer.journeys.journey_sql import Shape


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(Limits(memory="1GB", threads=2))


def dense(matrix: Any) -> np.ndarray:
    return matrix.toarray() if hasattr(matrix, "toarray") else matrix


def same(one: Counts, two: Counts, places: float = 1e-9) -> None:
    """Bucket by bucket, state by state."""
    assert one.channels == two.channels
    for name in ("journeys", "conversions", "value", "nulls"):
        np.testing.assert_allclose(getattr(one, name), getattr(two, name), rtol=1e-12, atol=places)
    assert set(one.chains) == set(two.chains)
    for order, chain in one.chains.items():
        other = two.chains[order]
        np.testing.assert_array_equal(chain.states, other.states)
        np.testing.assert_array_equal(
            np.stack([chain.source, chain.target]), np.stack([other.source, other.target])
        )
        for name in ("moves", "conversions", "value", "nulls"):
            np.testing.assert_allclose(
                dense(getattr(chain, name)),
                dense(getattr(other, name)),
                rtol=1e-12,
                atol=places,
                err_msg=name,
            )
    for name in ("untouched_conversions", "untouched_value"):
        assert one.source.get(name) == pytest.approx(two.source.get(name))


@pytest.mark.parametrize("seed", range(60))
def test_events_both_ways(seed: int, engine: Engine) -> None:
    rng = random.Random(7000 + seed)
    rows = random_events(rng)
    events = open_events(events_frame(rows), engine=engine)
    orders = rng.choice([(1,), (2,), (1, 2, 3), (3,)])
    buckets = rng.choice([1, 5, 40])
    short = count(events, orders=orders, buckets=buckets)
    agree(short, journeys_of_events(rows)[0], orders)
    same(short, count(events, weights(), orders, buckets=buckets))
    shape = Shape(max(orders), split=False)
    touches = event_touches.of_events(events, shape, buckets, hashed=True)
    assert touches.walk is not None, "the short way was not taken"


@pytest.mark.parametrize("seed", range(60))
def test_paths_both_ways(seed: int, engine: Engine, tmp_path: Path) -> None:
    rng = random.Random(8000 + seed)
    rows = random_paths(rng)
    source: Any = paths_frame(rows)
    if seed % 4 == 1:  # a csv goes through its own door, into an engine of its own
        source = tmp_path / "paths.csv"
        paths_frame(rows).to_csv(source, index=False)
    paths = open_paths(source, engine=engine if seed % 4 != 1 else None)
    orders = rng.choice([(1,), (2,), (1, 2, 4), (9,)])
    buckets = rng.choice([1, 5, 40])
    options: dict[str, Any] = {"nulls": rng.random() < 0.8, "platforms": rng.random() < 0.3}
    short = count(paths, orders=orders, buckets=buckets, **options)
    if options["nulls"] and not options["platforms"]:
        agree(short, journeys_of_paths(rows), orders)
    same(short, count(paths, weights(), orders, buckets=buckets, **options))


def test_parts_of_events_are_counted_as_parts(engine: Engine) -> None:
    """A view of an opened source (some users, some channels) is not described by the source's
    facts.
    """
    from dataclasses import replace

    rows = random_events(random.Random(3))
    events = open_events(events_frame(rows), engine=engine)
    kept = [
        row
        for row in rows
        if row["user_id"] in ("u1", "u7") and (row["event"] != "purchase" or row["user_id"] == "u7")
    ]
    view = engine.define(
        engine.name("part"),
        f"SELECT * FROM {events.table} WHERE user_id IN ('u1', 'u7')"
        " AND (event <> 'purchase' OR user_id = 'u7')",
    )
    part = count(replace(events, table=view), orders=(1, 2))
    agree(part, journeys_of_events(kept)[0], (1, 2))
    assert part.channels == tuple(
        sorted({row["channel"] for row in kept if row["event"] == "touch"})
    )
    assert part.source["untouched_conversions"] == 1


def test_options_that_need_the_long_way_take_it(engine: Engine) -> None:
    rows = random_events(random.Random(9))
    events = open_events(events_frame(rows), engine=engine)
    for options in ({"lookback_days": 3.0}, {"collapse": True}, {"nulls": False}):
        same(count(events, orders=(1, 2), **options), count(events, weights(), (1, 2), **options))
    paths = open_paths(paths_frame(random_paths(random.Random(9))), engine=engine)
    for options in ({"collapse": True}, {"longest": True}, {"pairs": True}):
        same(count(paths, orders=(1, 2), **options), count(paths, weights(), (1, 2), **options))
    with pytest.raises(UserError, match="no times"):
        count(paths, lookback_days=3.0)
    with pytest.raises(UserError, match="no segments"):
        count(paths, segment="x")


def test_a_span_too_long_for_one_number_takes_the_long_way(engine: Engine) -> None:
    """Two thousand channels over two hundred years do not fit in 64 bits together with
    microseconds.
    """
    names = [f"c{i:04d}" for i in range(2000)]
    frame = pd.DataFrame(
        {
            "user_id": range(2000),
            "timestamp": pd.date_range("1980-01-01", "2190-01-01", periods=2000).astype(
                "datetime64[us]"
            ),
            "channel": names,
            "event": "touch",
        }
    )
    frame.loc[2000] = [5, pd.Timestamp("2190-01-01"), "", "purchase"]
    events = open_events(frame, engine=engine)
    assert event_touches.of_events(events, Shape(1), 1, hashed=True).walk is None
    assert count(events).conversions.sum() == 1


def test_row_order_and_threads_change_no_bit(tmp_path: Path) -> None:
    rng = random.Random(5)
    rows = [
        row | {"user_id": f"{row['user_id']}-{i}"} for i in range(60) for row in random_events(rng)
    ]
    paths = [row for i in range(40) for row in random_paths(random.Random(i))]
    for opening, frame, given in (
        (open_events, events_frame, rows),
        (open_paths, paths_frame, paths),
    ):
        one = count(
            opening(frame(given), engine=Engine(Limits(threads=1))), orders=(1, 2), buckets=20
        )
        two = count(
            opening(frame(rng.sample(given, len(given))), engine=Engine(Limits(threads=4))),
            orders=(1, 2),
            buckets=20,
        )
        for order in (1, 2):
            for name in ("moves", "conversions", "value", "nulls"):
                assert (
                    getattr(one.chains[order], name) != getattr(two.chains[order], name)
                ).nnz == 0, (opening, name)
        assert one.value.tobytes() == two.value.tobytes()


CSV = "path,conversions,value,nulls\n"


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("a > b,1,5,2\nc,0,,1\n", {"a": 1, "b": 1, "c": 1}),
        (" a > b ,1,5,2\nb,0,,1\n", {"a": 1, "b": 2}),  # blanks at the ends
        ("a > b, 1 ,5,2\nb,0,,1\n", {"a": 1, "b": 2}),  # blanks around a number
        ("a\u3000>\u00a0b,1,5,2\n", {"a": 1, "b": 1}),  # blanks of other kinds
        ('"a > b","1",5,2\nb,0,"",1\n', {"a": 1, "b": 2}),  # quotes
        ("<b> > a,1,5,2\n", {"<b>": 1, "a": 1}),  # a bracket in a name
        ("a_1 > 2_3,1,5,2\n", {"a_1": 1, "2_3": 1}),  # underscores in names
    ],
)
def test_a_csv_by_either_door_is_one_table(
    text: str, cells: dict[str, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the quick look passes and what goes cell by cell is the same table, with the same facts
    and notes.
    """
    from optimizer.data import paths as door

    file = tmp_path / "p.csv"
    file.write_text(CSV + text, encoding="utf-8")
    quick = open_paths(file)
    monkeypatch.setattr(door, "_plain", lambda raw, found: None)
    slow = open_paths(file)
    assert quick.facts == slow.facts
    assert quick.notes == slow.notes
    found = count(quick)
    same(found, count(slow))
    assert set(found.channels) == set(cells)
    assert found.nulls.sum() == sum(
        float(line.rpartition(",")[2]) for line in text.split("\n") if line
    )
