"""`validate` on worlds whose truth is known: it says what the data can tell, and what it cannot."""

from __future__ import annotations

from pathlib import Path

import attribution_worlds as worlds
import numpy as np
import pandas as pd
import pytest

from optimizer.attribution import axioms, health
from optimizer.attribution.attribute import attribute
from optimizer.attribution.counting import opened_source
from optimizer.attribution.registry import MODELS
from optimizer.attribution.validation import validate

SHARED = Path(__file__).parents[1] / "../shared/data/paths/mta_channelattribution_paths.csv"


def frame(rows):
    return pd.DataFrame(
        [(" > ".join(p), a, v, z) for p, a, z, v in rows],
        columns=["path", "conversions", "value", "nulls"],
    )


def paths(seed, rate, journeys=4000):
    """A path table whose journeys end in a conversion with chance rate(path)."""
    generator = np.random.default_rng(seed)
    found: dict = {}
    for _ in range(journeys):
        path = tuple(
            str(c) for c in generator.choice(["a", "b", "c", "d"], size=generator.integers(1, 5))
        )
        won = generator.random() < rate(path)
        row = found.setdefault(path, [0.0, 0.0])
        row[not won] += 1
    return frame([(p, won, lost, 10 * won) for p, (won, lost) in found.items()])


@pytest.mark.skipif(not SHARED.exists(), reason="the shared data are not beside this checkout")
def test_the_shared_path_table_has_no_signal():
    """Its touches hang together (copies of long paths), its ends do not."""
    found = validate(SHARED, max_order=2, models=["last", "linear"])
    assert not found.tells_models_apart
    assert not any(item.found for item in found.signals)
    assert any("cannot tell the models apart" in str(sentence) for sentence in found.verdict)


def test_signal_is_found_where_there_is_one():
    found = validate(paths(1, lambda path: 0.6 if path[-1] == "a" else 0.2), max_order=2)
    assert found.tells_models_apart
    by_name = {(score.name, score.order): score for score in found.scores}
    assert by_name["markov", 1].auc > 0.62
    assert by_name["last", None].auc == pytest.approx(by_name["markov", 1].auc, abs=0.01)
    assert by_name["last", None].auc > by_name["first", None].auc + 0.02


def test_without_lost_journeys_nothing_can_be_told():
    found = validate(
        frame([(("a", "b"), 5.0, 0.0, 1.0), (("b",), 3.0, 0.0, 1.0), (("c",), 3.0, 0.0, 1.0)]),
        max_order=2,
        folds=2,
    )
    assert not found.tells_models_apart
    assert {check.name: check.state for check in found.health}["null share"] == "bad"
    assert any("one way only" in str(sentence) for sentence in found.verdict)


def test_single_touch_share():
    counts = worlds.counts([(("a",), 1.0, 2.0, 0.0), (("a", "b"), 0.0, 5.0, 0.0)], orders=(1, 2))
    assert health.single_touch(counts) == pytest.approx(3 / 8)


def test_axioms_tell_models_apart():
    rows = [
        (("a", "b", "c"), 5.0, 40.0, 20.0),
        (("b",), 3.0, 9.0, 30.0),
        (("c", "a"), 2.0, 8.0, 10.0),
        (("b", "d", "b"), 0.0, 0.0, 25.0),
    ]
    names = axioms.checkable_models()
    card = {(item.model, item.axiom): item for item in axioms.check_axioms(rows, names)}
    for name in names:
        for axiom in ("adds up", "rename", "row order", "duplicate rows", "symmetry"):
            assert card[name, axiom].holds, (name, axiom)
    assert card["linear", "merging channels"].holds
    assert not card["shapley", "merging channels"].holds
    assert card["shapley", "null channel"].deviation == 0
    assert not card["markov", "null channel"].holds


def test_a_broken_model_is_caught():
    """The card fails a model that looks at names."""
    from optimizer.attribution.registry import ModelSpec
    from optimizer.attribution.replicates import CreditReplicates, weigh

    def by_name(counts, draws, options):
        credit = np.zeros((len(draws), len(counts.channels)))
        credit[:, 0] = weigh(draws, counts.conversions)
        return CreditReplicates(credit, credit)

    MODELS._entries["by_name"] = ModelSpec(
        name="by_name", title="By name", help="All to the first name.", compute=by_name
    )
    try:
        rows = [(("a", "b"), 5.0, 0.0, 3.0), (("c",), 1.0, 0.0, 3.0)]
        card = {item.axiom: item.holds for item in axioms.check_axioms(rows, ["by_name"])}
    finally:
        del MODELS._entries["by_name"]
    assert card["adds up"]
    assert not card["rename"]


def test_renaming_keeps_names_with_a_meaning():
    rows = [(("direct", "b", "direct"), 5.0, 0.0, 3.0), (("a", "direct"), 1.0, 0.0, 3.0)]
    card = {item.axiom: item for item in axioms.check_axioms(rows, ["last_non_direct"])}
    assert card["rename"].holds


def test_compare_and_rank_correlation():
    table = frame(
        [(("a", "b"), 6.0, 1.0, 0.0), (("b", "c"), 3.0, 1.0, 0.0), (("c",), 1.0, 1.0, 0.0)]
    )
    found = attribute(opened_source(table), ["first", "last", "linear"]).compare()
    row = found[(found["model"] == "first") & (found["against"] == "last")].iloc[0]
    assert row["share_moved"] == pytest.approx(0.6)
    assert (row["largest_mover"], row["share"], row["share_against"]) == ("a", 0.6, 0.0)
    stats = pytest.importorskip("scipy.stats")
    assert row["rank_correlation"] == pytest.approx(stats.spearmanr([6, 3, 1], [0, 6, 4]).statistic)
    against = attribute(opened_source(table), ["first", "last", "linear"]).compare("last")
    assert against["model"].tolist() == ["first", "linear"]
