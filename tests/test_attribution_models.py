"""Known answers, and every model's promises through the registry."""

from __future__ import annotations

import json
from pathlib import Path

import attribution_worlds as worlds
import numpy as np
import pytest

from optimizer.attribution.attribute import attribute
from optimizer.attribution.registry import MODELS
from optimizer.errors import UserError

SHARED = Path(__file__).parents[1] / "../shared"
KNOWN = SHARED / "known_answers/attribution.json"

needs_answers = pytest.mark.skipif(
    not KNOWN.exists(), reason="the shared known answers are not beside this checkout"
)


def case(name: str) -> dict:
    return next(c for c in json.loads(KNOWN.read_text())["cases"] if c["id"] == name)


def by_channel(credit, column="conversions") -> dict[str, float]:
    return dict(zip(credit.channels, getattr(credit, column).tolist(), strict=True))


@needs_answers
@pytest.mark.parametrize("name", ["bryl2016", "altomare_vignette", "mta_test", "loops_values"])
def test_markov_order_1_known_answers(name):
    known = case(name)
    result = attribute(worlds.counts(worlds.rows(known["paths"])), ["markov"])
    credit = result["markov"]
    assert by_channel(credit, "removal_effect") == pytest.approx(known["RE"], abs=1e-9)
    if "p_conv" in known:
        total = sum(row[1] for row in known["paths"]) / sum(
            row[1] + row[2] for row in known["paths"]
        )
        assert result.conversion_rate == pytest.approx(total) == pytest.approx(known["p_conv"])
    if "share" in known:
        assert by_channel(credit, "share") == pytest.approx(known["share"], abs=1e-9)
    if "conversions" in known:
        assert by_channel(credit) == pytest.approx(known["conversions"], abs=1e-9)


@needs_answers
@pytest.mark.parametrize("name", ["altomare_vignette", "doattr_readme", "loops_values"])
def test_markov_order_2_known_answers(name):
    known = case(name)
    credit = attribute(
        worlds.counts(worlds.rows(known["paths"]), orders=(2,)), ["markov"], order=2
    )["markov"]
    assert by_channel(credit, "removal_effect") == pytest.approx(known["order2_RE"], abs=1e-9)


@needs_answers
def test_value_effects():
    known = case("loops_values")
    credit = attribute(worlds.counts(worlds.rows(known["paths"])), ["markov"])["markov"]
    expected = {c: x / sum(known["RE_value"].values()) * 145 for c, x in known["RE_value"].items()}
    assert by_channel(credit, "value") == pytest.approx(expected, abs=1e-9)


@needs_answers
def test_truncated_like_channelattribution_defaults():
    known = case("altomare_vignette")
    counts = worlds.counts(worlds.rows(known["paths"]))
    credit = attribute(counts, like="channelattribution-defaults")["markov"]
    assert by_channel(credit, "removal_effect")["B"] == pytest.approx(
        known["CA_default_truncated_T6_RE_B"], abs=1e-12
    )
    assert by_channel(attribute(counts, ["linear"])["linear"]) == pytest.approx(
        known["linear"], abs=1e-9
    )


@needs_answers
def test_published_do_attribution_readme():
    known = case("doattr_readme")
    credit = attribute(worlds.counts(worlds.rows(known["paths"])), ["markov"])["markov"]
    assert by_channel(credit, "removal_effect") == pytest.approx(
        known["RE_published_4dp"], abs=6e-5
    )
    assert by_channel(credit, "share") == pytest.approx(known["share_published_4dp"], abs=6e-5)


@needs_answers
def test_shapley_and_shao_known_answers():
    known = case("mta_test")
    assert by_channel(
        attribute(worlds.counts(worlds.rows(known["paths"])), ["shapley"])["shapley"]
    ) == pytest.approx(known["shapley"], abs=1e-9)
    known = case("mta_shao")
    credit = attribute(worlds.counts(worlds.rows(known["paths"])), ["shao"])["shao"]
    assert by_channel(credit) == pytest.approx(known["shao"], abs=1e-9)
    assert credit.organic_conversions == pytest.approx(4 - 2.5)


def test_every_model_hands_out_what_was_observed():
    table = [
        (("a", "b", "a"), 3.0, 2.0, 30.0),
        (("c",), 1.0, 5.0, 7.0),
        (("b", "c", "d"), 2.0, 0.0, 11.0),
    ]
    counts = worlds.counts(table)
    for name in MODELS:
        if MODELS[name].from_events is not None:
            continue
        credit = attribute(counts, [name])[name]
        organic = credit.organic_conversions or 0.0, credit.organic_value or 0.0
        assert credit.conversions.sum() + organic[0] == pytest.approx(6.0, abs=1e-9), name
        assert credit.value.sum() + organic[1] == pytest.approx(48.0, abs=1e-9), name
        assert not MODELS[name].nonnegative or np.all(credit.conversions >= 0), name


PATHS = SHARED / "data/paths/mta_channelattribution_paths.csv"
needs_paths = pytest.mark.skipif(
    not (PATHS.exists() and KNOWN.exists()), reason="the shared data are not beside this checkout"
)


@needs_paths
def test_the_shared_path_table():
    """4,592 rows repeat a path and must be added up."""
    known = case("pathdata_order1")
    result = attribute(PATHS, ["markov", "linear"])
    assert result["markov"].total_conversions == known["total_conversions"]
    assert by_channel(result["markov"]) == pytest.approx(
        known["conversions"], abs=known["tolerance"]
    )
    assert result["markov"].value.sum() == pytest.approx(74802.97, abs=0.01)
    assert result.conversion_rate == pytest.approx(19785 / (19785 + 68602))


def frame(table):
    import pandas as pd

    return pd.DataFrame(
        [(" > ".join(p), a, v, z) for p, a, z, v in table],
        columns=["path", "conversions", "value", "nulls"],
    )


WORLD = [
    (("a", "b", "a"), 3.0, 2.0, 30.0),
    (("c",), 1.0, 5.0, 7.0),
    (("b", "c", "direct", "b", "b"), 2.0, 0.0, 11.0),
    (("direct", "direct"), 4.0, 9.0, 1.0),
    (("a", "a", "c", "direct"), 1.0, 1.0, 60.0),
]


@pytest.mark.parametrize(
    "name", [name for name in MODELS if name in {*worlds.LINEAR, "markov", "shao"}]
)
def test_the_engine_counts_what_plain_python_counts(name):
    for more in ({}, {"collapse": True}, {"nulls": False}):
        order = 2 if name == "markov" else 1
        slow = attribute(worlds.counts(WORLD, orders=(order,), **more), [name], order=order)[name]
        fast = attribute(frame(WORLD), [name], order=order, **more)[name]
        assert fast.channels == slow.channels
        assert fast.conversions == pytest.approx(slow.conversions, abs=1e-9), more
        assert fast.value == pytest.approx(slow.value, abs=1e-9), more


@needs_answers
def test_truncation_from_a_table():
    known = case("altomare_vignette")
    credit = attribute(frame(worlds.rows(known["paths"])), like="channelattribution-defaults")[
        "markov"
    ]
    assert by_channel(credit, "removal_effect")["B"] == pytest.approx(
        known["CA_default_truncated_T6_RE_B"], abs=1e-12
    )


@needs_answers
def test_time_decay_in_real_time():
    """Touches 28, 21, 14 and 7 days before the purchase, half-life 7 days: 1/15, 2/15, 4/15, 8/15."""
    import pandas as pd

    days = pd.Timestamp("2025-03-29") - pd.to_timedelta([28, 21, 14, 7, 0], unit="D")
    events = pd.DataFrame(
        {
            "user_id": "u",
            "timestamp": days,
            "channel": ["w", "x", "y", "z", None],
            "event": ["touch"] * 4 + ["purchase"],
            "value": [None] * 4 + [150.0],
        }
    )
    credit = attribute(events.sample(frac=1, random_state=1), ["time_decay"])["time_decay"]
    assert credit.conversions.tolist() == pytest.approx(
        case("time_decay_exponential")["weights"], abs=1e-12
    )
    assert credit.value.tolist() == pytest.approx([10, 20, 40, 80], abs=1e-9)
    assert attribute(events, ["time_decay"], half_life_days=3.5)["time_decay"].conversions[
        3
    ] == pytest.approx(64 / 85)
    assert attribute(events, ["linear"], lookback_days=15)["linear"].conversions.tolist() == [
        0,
        0,
        0.5,
        0.5,
    ]


@needs_answers
def test_shapley_of_stated_coalitions():
    from optimizer.attribution.models.shapley import shapley_values

    known = case("mam_readme_shapley")
    found = shapley_values({tuple(names.split(",")): worth for names, worth in known["v"].items()})
    assert found == pytest.approx(known["shapley"], abs=1e-9)
    with pytest.raises(UserError, match="has no worth"):
        shapley_values({("a",): 1.0, ("a", "b"): 2.0})


@needs_answers
@pytest.mark.parametrize(
    ("name", "key"),
    [("bryl2016", "transition"), ("altomare_vignette", "transition_published_with_self_loops")],
)
def test_known_transition_probabilities(name, key):
    from optimizer.journeys.counting import count
    from optimizer.journeys.graph import JourneyGraph

    known = case(name)
    edges = JourneyGraph.from_counts(count(frame(worlds.rows(known["paths"])))).edges()
    words = {"CONVERSION": "CONV", "LOST": "NULL"}
    found = {
        f"{row[0]}>{words.get(row[1], row[1])}": row[3] for row in edges.itertuples(index=False)
    }
    assert found == pytest.approx(known[key], abs=1e-9)


def test_numbers_of_the_frame_are_numbers_even_where_a_model_gives_none():
    import pandas as pd

    journeys = pd.DataFrame({"path": ["a > b"], "conversions": [1]})
    frame = attribute(journeys, models=["last"]).to_frame()
    assert set(
        frame.dtypes[["conversions", "value", "share", "removal_effect", "low", "high"]].map(str)
    ) == {"float64"}
    assert frame[["removal_effect", "low", "high"]].isna().all().all()
