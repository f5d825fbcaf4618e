"""`--like TOOL`: what other tools publish of their own examples, from tables as they come."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from optimizer.attribution.attribute import attribute


def by_channel(found: Any, model: str, column: str = "conversions") -> dict[str, float]:
    one = found[model]
    return dict(zip(one.channels, getattr(one, column).tolist(), strict=True))


# Snowplow's attribution package, integration tests: the converting paths of their sample and what
# they publish for it.
SNOWPLOW = pd.DataFrame(
    {
        "channel_path": [
            "Direct > Direct",
            "Direct",
            "Video",
            "Organic_Search > Display_Other > Organic_Search",
            "Direct > Organic_Search > Organic_Search > Direct",
            "Direct > Direct",
        ],
        "revenue": [50.0, 20.42, 200.0, 66.5, 140.0, 24.0],
        "conversions": 1,
    }
)


def test_snowplow_to_the_cent() -> None:
    columns = {"path": "channel_path", "value": "revenue"}
    found = attribute(SNOWPLOW, like="snowplow", columns=columns)
    ends = {"Direct": 234.42, "Display_Other": 0, "Organic_Search": 66.5, "Video": 200}
    for model in ("first", "last"):
        assert by_channel(found, model, "value") == pytest.approx(ends)
    assert by_channel(found, "last") == {
        "Direct": 4, "Display_Other": 0, "Organic_Search": 1, "Video": 1
    }  # fmt: skip
    # their table of touches holds whole currency: 22 of each touch of 66.5, 47 of each of 140
    linear = by_channel(found, "linear", "value")
    assert linear["Display_Other"] == pytest.approx(22, abs=0.5)
    assert linear["Organic_Search"] == pytest.approx(2 * 22 + 47, abs=1.5)
    assert linear["Direct"] == pytest.approx(50 + 20.42 + 24 + 2 * 47, abs=1)


def visits(orders: list[tuple[str, float]]) -> pd.DataFrame:
    """A visit of search, then orders; a visit of direct before the last one."""
    rows: list[tuple[str, str, str | None, str, float | None]] = [
        ("u", "2026-01-02", "google / cpc", "touch", None),
        ("u", "2026-03-01", "newsletter / email", "touch", None),
        ("u", "2026-03-20", "(direct) / (none)", "touch", None),
        *(("u", day, None, "purchase", value) for day, value in orders),
    ]
    return pd.DataFrame(rows, columns=["user_id", "timestamp", "channel", "event", "value"])


@pytest.mark.parametrize(
    ("like", "orders", "right"),
    [
        # direct is passed over within 90 days, and every order takes the touches before it
        ("ga4", [("2026-03-21", 30.0), ("2026-03-22", 50.0)], {"newsletter / email": 80}),
        ("ga4", [("2026-01-03", 5.0), ("2026-03-22", 50.0)],
         {"google / cpc": 5, "newsletter / email": 50}),
        ("ga4", [("2026-06-10", 7.0)], {"newsletter / email": 0, "(direct) / (none)": 7}),
    ],
)  # fmt: skip
def test_ga4_reuses_touches_for_90_days(
    like: str, orders: list[tuple[str, float]], right: dict[str, float]
) -> None:
    found = attribute(visits(orders), like=like)
    value = by_channel(found, "last_non_direct", "value")
    assert {name: value[name] for name in right} == pytest.approx(right)


def test_what_is_said_counts_more_than_the_preset() -> None:
    found = attribute(visits([("2026-03-22", 50.0)]), like="ga4", journey={"lookback_days": 5})
    assert found.journey.told() == {"join": "reuses", "lookback_days": 5}
    assert by_channel(found, "last_non_direct", "value")["(direct) / (none)"] == 50


# ChannelAttribution's and pychattr's example, with pychattr's separator: the simulation of pychattr
# prints A 1.991106 and B 1.008894, and the removal effect of B 0.5067
PYCHATTR = pd.DataFrame(
    {
        "path": ["A >>> B >>> A >>> B >>> B >>> A", "A >>> B >>> B >>> A >>> A", "A >>> A"],
        "conversions": [1, 1, 1],
        "revenue": [1.0, 1.0, 1.0],
    }
)
# mta's test, and the README of MAM (k = 1): paths, conversions, nulls
MTA = pd.DataFrame({"path": ["a > b", "a > c"], "conversions": [3, 1], "nulls": [1, 1]})


def test_channelattribution_pychattr_mta_and_mam() -> None:
    found = attribute(PYCHATTR, ["linear", "markov"], like="channelattribution")
    assert by_channel(found, "markov") == pytest.approx({"A": 2, "B": 1})
    assert by_channel(found, "markov") == pytest.approx({"A": 1.991106, "B": 1.008894}, abs=0.01)
    assert by_channel(found, "linear") == pytest.approx({"A": 2.1, "B": 0.9})
    cut = attribute(PYCHATTR, like="channelattribution-defaults")["markov"]
    assert cut.removal_effect is not None
    assert cut.removal_effect.tolist() == pytest.approx([1, 3 / 7])
    mta = attribute(MTA, ["markov", "shapley"])
    assert mta.conversion_rate == pytest.approx(4 / 6)
    assert mta["markov"].removal_effect == pytest.approx([1, 0.75, 0.25])
    assert by_channel(mta, "shapley") == pytest.approx({"a": 2, "b": 1.5, "c": 0.5})
    # MAM divides each journey by its channels' removal effects
    assert by_channel(attribute(MTA, like="mam"), "markov_by_journey") == pytest.approx(
        {"a": 3 / 1.75 + 1 / 1.25, "b": 3 * 0.75 / 1.75, "c": 0.25 / 1.25}
    )


def test_fractribution_from_its_own_header() -> None:
    """Google's package calls the journeys without a conversion `total_non_conversions`."""
    table = pd.DataFrame(
        {
            "path": ["A > B", "B", "A"],
            "total_conversions": [30, 10, 5],
            "total_non_conversions": [70, 490, 195],
        }
    )
    found = attribute(table, like="fractribution")["fractribution"]
    # A > B converts at .3; without A (B alone) at .02, without B (A alone) at .025
    a, b = 0.3 - 0.02, 0.3 - 0.025
    assert found.conversions == pytest.approx([30 * a / (a + b) + 5, 30 * b / (a + b) + 10])


# Google's fractribution, tests of its package: all paths of D, G and H alone, and of two of them in
# turn (path, conversions, others), and what it prints for one conversion with repeats in a row
# taken once (its transform "exposure")
GOOGLE = [
    *(("D", n, won, lost) for n, won, lost in (
        (1, 182, 6355), (2, 26, 533), (3, 6, 161), (4, 1, 68), (5, 1, 35), (6, 0, 31), (7, 1, 25),
        (8, 0, 7), (9, 0, 10), (10, 0, 9), (11, 0, 6), (12, 0, 10), (13, 0, 5), (14, 0, 4),
        (15, 0, 2), (16, 0, 2), (17, 0, 4), (18, 0, 6), (20, 0, 6), (21, 0, 3), (22, 0, 2),
        (24, 0, 2), (29, 0, 2), (31, 0, 7),
    )),
    *(("G", n, won, lost) for n, won, lost in (
        (1, 10, 402), (2, 4, 48), (3, 0, 16), (4, 0, 2), (5, 0, 4), (6, 0, 2), (7, 0, 1),
        (8, 0, 2), (11, 0, 1), (15, 0, 1), (20, 0, 1),
    )),
    *(("H", n, won, lost) for n, won, lost in (
        (1, 19, 585), (2, 2, 28), (3, 0, 9), (5, 0, 1), (11, 0, 1), (19, 0, 1)
    )),
]  # fmt: skip
MIXED = [("D > H", 2, 2), ("H > D", 1, 0), ("G > D", 1, 2), ("G > D > D", 0, 1),
         ("G > G > G > D", 0, 1)]  # fmt: skip


def test_google_fractribution_to_the_ninth_digit() -> None:
    rows = [(" > ".join([name] * n), won, lost) for name, n, won, lost in GOOGLE]
    columns = ["path", "total_conversions", "total_non_conversions"]
    table = pd.DataFrame([*rows, *MIXED], columns=columns)
    found = by_channel(attribute(table, like="fractribution", collapse=True), "fractribution")
    d_of_h, d_before_h, d_after_g = 0.49906617755701, 0.498071273100264, 0.500797952712772
    assert found["D"] == pytest.approx(217 + d_of_h + 2 * d_before_h + d_after_g, abs=1e-9)
    assert found["H"] == pytest.approx(21 + 0.50093382244299 + 2 * 0.501928726899736, abs=1e-9)
    assert found["G"] == pytest.approx(14 + 0.499202047287228, abs=1e-9)


def test_the_rules_of_mta() -> None:
    """Its tests of first, last, linear and position-based credit."""
    table = pd.DataFrame(
        [("search > social > email", 5, 5), ("search > email", 3, 7), ("direct", 2, 8)],
        columns=["path", "total_conversions", "total_null"],
    )
    found = attribute(table, ["first", "last", "linear", "position"])
    assert by_channel(found, "first") == {"direct": 2, "email": 0, "search": 8, "social": 0}
    assert by_channel(found, "last") == {"direct": 2, "email": 8, "search": 0, "social": 0}
    assert by_channel(found, "linear") == pytest.approx(
        {"direct": 2, "email": 19 / 6, "search": 19 / 6, "social": 5 / 3}
    )
    assert by_channel(found, "position") == pytest.approx(
        {"direct": 2, "email": 3.5, "search": 3.5, "social": 1}
    )
    loops = pd.DataFrame({"path": ["a > a > b"], "conversions": [6], "nulls": [0]})
    assert by_channel(attribute(loops, "linear"), "linear") == {"a": 4, "b": 2}


def test_the_sample_table_as_the_exact_chain_of_channelattribution(optimizer: Any) -> None:
    """The 10,000 rows that ship with ChannelAttribution and mta, by the command, as they come."""
    shared = Path(__file__).parents[1] / "../shared"
    file = shared / "data/paths/mta_channelattribution_paths.csv"
    known = shared / "known_answers/attribution.json"
    if not (file.exists() and known.exists()):
        pytest.skip("the sample table of ChannelAttribution is not beside this checkout")
    cases = {case["id"]: case for case in json.loads(known.read_text())["cases"]}
    right = cases["pathdata_order1"]
    ran = optimizer("attribute", file, "--like", "channelattribution", "--format", "json")
    assert ran.code == 0, ran.err
    (markov,) = json.loads(ran.out)["models"]
    told = {row["channel"]: row["conversions"] for row in markov["channels"]}
    assert told == pytest.approx(right["conversions"], abs=right["tolerance"])
