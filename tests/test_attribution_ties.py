"""Touches of one moment and touches that are reused: against journeys written out by hand, as a
path table, order by order.
"""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Callable
from itertools import permutations, product
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from optimizer.attribution.attribute import attribute
from optimizer.attribution.axioms import check_axioms, on_events
from optimizer.data.engine import Engine, Limits
from optimizer.data.open import open_events, open_paths

MODELS = ("first", "last", "last_non_direct", "linear", "position", "shapley", "touched")
SLOWER = ("shao", "fractribution", "markov_by_journey")
DAYS = 30.0


def world(seed: int) -> list[tuple[int, int, str, float]]:
    """(user, day, channel or "", value): few days, so that many touches are of one moment."""
    draw = random.Random(seed)
    names = ["direct", "b", "koc/x", "d"][: draw.randint(2, 4)]
    rows = []
    for user in range(draw.randint(3, 25)):
        for __ in range(draw.randint(1, 5)):
            channel = "" if draw.random() < 0.3 else draw.choice(names)
            value = 0.0 if channel else draw.choice([0.0, 5.0, 40.0])
            rows.append((user, draw.randint(1, 4), channel, value))
        rows.append((user, draw.randint(1, 4), draw.choice(names), 0.0))
    draw.shuffle(rows)
    return rows


def as_events(rows: list[tuple[int, int, str, float]]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            (f"u{user}", pd.Timestamp(2026, 3, day), channel or None,
             "touch" if channel else "purchase", None if channel else value)
            for user, day, channel, value in rows
        ],
        columns=["user_id", "timestamp", "channel", "event", "value"],
    )  # fmt: skip


def journeys(
    rows: list[tuple[int, int, str, float]], reuse: bool, lookback: float | None
) -> list[tuple[list[tuple[int, str]], float | None]]:
    """Touches (day, channel) of each journey, and the value of its conversion (None: none)."""
    out: list[tuple[list[tuple[int, str]], float | None]] = []
    for user in {row[0] for row in rows}:
        mine = [row for row in rows if row[0] == user]
        touches = sorted((day, name) for __, day, name, __ in mine if name)
        orders = sorted(((day, -value) for __, day, name, value in mine if not name))
        before = 0
        for day, value in orders:
            taken = [t for t in touches if t[0] <= day and (reuse or t[0] > before)]
            out.append((_within(taken, day, lookback), -value))
            before = day
        after = [t for t in touches if t[0] > before]
        out.append((_within(after, max((t[0] for t in after), default=0), lookback), None))
    return [journey for journey in out if journey[0]]


def _within(
    touches: list[tuple[int, str]], end: int, lookback: float | None
) -> list[tuple[int, str]]:
    return [t for t in touches if lookback is None or end - t[0] <= lookback]


def as_paths(rows: list[tuple[int, int, str, float]], reuse: bool, lookback: float | None) -> Any:
    """The same journeys as a path table: a journey with ties once in each of its orders."""
    found: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    for touches, value in journeys(rows, reuse, lookback):
        moments: dict[int, list[str]] = defaultdict(list)
        for day, name in touches:
            moments[day].append(name)
        orders = list(product(*(list(permutations(moments[day])) for day in sorted(moments))))
        for order in orders:
            path = " > ".join(name for moment in order for name in moment)
            part = 1 / len(orders)
            found[path][0] += part if value is not None else 0.0
            found[path][1] += part * (value or 0.0)
            found[path][2] += part if value is None else 0.0
    return pd.DataFrame(
        [(path, *numbers) for path, numbers in sorted(found.items())],
        columns=["path", "conversions", "value", "nulls"],
    )


def turn(names: tuple[str, ...], seed: int, many: int) -> list[str]:
    """Some of the names, others for the next table."""
    return [names[(seed + 2 * i) % len(names)] for i in range(many)]


def test_events_and_paths_of_the_same_journeys_agree_on_fifty_tables() -> None:
    """Ties in every order, with and without reuse, lookback, collapsing and platforms."""
    engine, judged = Engine(Limits(threads=1)), 0
    for seed in range(53):
        draw = random.Random(seed)
        rows = world(seed)
        reuse, lookback = seed % 2 == 1, draw.choice([None, None, 1.0])
        paths = as_paths(rows, reuse, lookback)
        if not paths["conversions"].sum():
            continue
        judged += 1
        asked: dict[str, Any] = {
            "models": ["markov", *turn(MODELS, seed, 2), *turn(SLOWER, seed, seed % 2)],
            "order": draw.choice([1, 2, 3]),
            "collapse": draw.random() < 0.3,
            "platforms": draw.random() < 0.3,
            "read_ledger": False,
        }
        right = attribute(open_paths(paths, engine=engine), **asked)
        found = attribute(
            open_events(as_events(rows), engine=engine),
            reuse=reuse,
            lookback_days=lookback,
            **asked,
        )
        for one, two in zip(right.credits, found.credits, strict=True):
            assert one.channels == two.channels
            assert two.conversions == pytest.approx(one.conversions, abs=1e-9), (seed, one.label)
            assert two.value == pytest.approx(one.value, abs=1e-7), (seed, one.label)
    assert judged >= 50


def test_tied_touches_share_what_neither_has_for_its_name() -> None:
    """Two touches of a day: first and last are even, and other names change nothing."""
    rows = [(user, 1, name, 0.0) for user in range(4) for name in ("baidu", "douyin")]
    rows += [(user, 1, "", 10.0) for user in range(4)]
    for names in ({}, {"baidu": "z"}):
        events = as_events([(u, d, names.get(name, name), v) for u, d, name, v in rows])
        for model in ("first", "last"):
            assert attribute(events, model)[model].conversions.tolist() == [2, 2]
    assert attribute(events, "last", ties="name")["last"].conversions.tolist() == [0, 4]


def test_a_journey_with_very_many_orders_is_told_in_some() -> None:
    """Nine touches of a day have 362,880 orders: some are drawn, and everything still adds up."""
    rows = [(user, 1, name, 0.0) for user in range(300) for name in "abcdefghi"]
    events = as_events([*rows, *((user, 1, "", 2.0) for user in range(300))])
    found = attribute(events, ["first", "linear", "markov"])
    for credit in found.credits:
        assert credit.conversions.sum() == pytest.approx(300)
        assert credit.value.sum() == pytest.approx(600)
        assert credit.conversions == pytest.approx([300 / 9] * 9, rel=0.1)


TWO_ORDERS = [
    (1, "2026-03-01 10:00", "search", None),
    (1, "2026-03-01 10:05", "", 50),
    (1, "2026-03-01 10:06", "", 30),
    (2, "2026-03-01 10:00", "email", None),
    (2, "2026-03-02 10:05", "", 50),
    (2, "2026-03-09 10:06", "", 200),
]


def test_a_second_order_takes_the_touches_before_the_first() -> None:
    events = pd.DataFrame(TWO_ORDERS, columns=["user_id", "timestamp", "channel", "value"])
    events["event"] = ["touch" if name else "purchase" for name in events["channel"]]
    events["channel"] = events["channel"].replace("", None)
    found = attribute(events, "last", lookback_days=30, reuse=True)["last"]
    assert found.channels == ("email", "search")
    assert found.value.tolist() == [250, 80]
    closed = attribute(events, "last", lookback_days=30)
    assert closed["last"].value.tolist() == [50, 50]
    assert closed.source["untouched_value"] == 230


def test_a_second_order_without_a_touch_stops_until_it_is_stated(
    tmp_path: Path, optimizer: Callable[..., Any]
) -> None:
    file = tmp_path / "two.csv"
    rows = [
        f"u{user},{when},{name},{'touch' if name else 'purchase'},{value or ''}"
        for user, when, name, value in TWO_ORDERS
    ]
    file.write_text("user_id,timestamp,channel,event,value\n" + "\n".join(rows) + "\n")
    stopped = optimizer("attribute", file, "-m", "last", "--lookback", "30")
    assert stopped.code == 1
    assert "2 of 4 conversions follow another one without a new touch" in stopped.err
    for join, value, after in (("reuses", [250, 80], None), ("closes", [50, 50], 2)):
        ran = optimizer("attribute", file, "-m", "last", "--join", join, "--format", "json")
        found = json.loads(ran.out)
        assert [row["value"] for row in found["models"][0]["channels"]] == value
        told = {entry["name"]: entry for entry in found["ledger"]}
        assert told["untouched conversions"]["number"] == (after or 0)
        assert told["value not credited"]["share"] == pytest.approx(230 / 330 if after else 0)
        assert told["single-touch conversions"]["share"] == 1
        assert told["unused rows"]["number"] == 0
    table = optimizer("attribute", file, "-m", "last", "--join", "closes")
    assert "how the journeys were read" in table.out
    assert "30.3% of the value is credited to channels" in table.out


def test_the_ledger_tells_the_share_of_ties() -> None:
    rows = [(user, 1, name, 0.0) for user in range(4) for name in ("a", "b")]
    found = attribute(as_events([*rows, (0, 2, "", 5.0)]), "last").ledger
    assert (found["tied touches"].number, found["tied touches"].share) == (4, 0.5)
    assert found["tied touches"].state == "caution"


def test_the_axiom_card_tries_what_was_asked() -> None:
    """With ties in the order of names, another name moves credit, and the card says so."""
    rows = [(user, 1, name, 0.0) for user in range(4) for name in ("a", "b")]
    opened = open_events(as_events([*rows, *((user, 1, "", 5.0) for user in range(4))]))
    paths = [(("a", "b"), 4.0, 20.0, 0.0)]
    checks = check_axioms(paths, ["last", "linear"])
    assert all(check.holds for check in checks if check.axiom == "rename")
    for ties, moves in (("split", {"last": 0, "linear": 0}), ("name", {"last": 1, "linear": 0})):
        found = on_events(opened, checks, ties=ties)
        assert len(found) == len(checks)
        assert {c.model: c.deviation for c in found if c.axiom == "rename"} == moves


def told(ran: Any) -> dict[tuple[str, str], tuple[float, ...]]:
    """(model, channel) -> conversions, value and the ends of the interval, of the command's JSON."""
    assert ran.code == 0, ran.err
    return {
        (model["model"], row["channel"]): tuple(
            row[name] for name in ("conversions", "value", "low", "high")
        )
        for model in json.loads(ran.out)["models"]
        for row in model["channels"]
    }


@pytest.mark.parametrize("seed", [3, 8])
def test_the_command_knows_neither_names_nor_rows(
    seed: int, tmp_path: Path, optimizer: Callable[..., Any]
) -> None:
    """Other names of channels and users, another order of rows, another kind of file, ties and all:
    the same numbers, to the ends of intervals.
    """
    draw = random.Random(seed)
    events = as_events(world(seed))
    names = sorted(set(events["channel"].dropna()) - {"direct"})
    other = dict(zip(names, draw.sample([f"n{i}" for i in range(9)], len(names)), strict=True))
    words = ["--format", "json", "--join", draw.choice(["closes", "reuses"]), "--intervals", "9"]
    for model in ("first", "last_non_direct", "position", "markov", "shao"):
        words += ["-m", model]
    events.to_csv(tmp_path / "a.csv", index=False)
    events.sample(frac=1, random_state=seed).to_csv(tmp_path / "shuffled.csv", index=False)
    events.to_parquet(tmp_path / "a.parquet")
    users = list(events["user_id"].unique())
    people = dict(zip(users, draw.sample(users, len(users)), strict=True))
    events.assign(
        channel=events["channel"].replace(other), user_id=events["user_id"].map(people)
    ).to_csv(tmp_path / "renamed.csv", index=False)
    right = told(optimizer("attribute", tmp_path / "a.csv", *words))
    for file in ("shuffled.csv", "a.parquet"):
        assert told(optimizer("attribute", tmp_path / file, *words)) == right, file
    renamed = told(optimizer("attribute", tmp_path / "renamed.csv", *words))
    assert set(renamed) == {(model, other.get(name, name)) for model, name in right}
    for (model, name), numbers in right.items():
        assert renamed[model, other.get(name, name)] == pytest.approx(numbers, abs=1e-9)
