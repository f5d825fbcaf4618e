"""The journey graph: hand-made worlds with all their known facts."""

from __future__ import annotations

import attribution_worlds as worlds
import pytest

from optimizer.attribution.attribute import attribute
from optimizer.errors import UserError
from optimizer.journeys.graph import CONVERSION, LOST, START, JourneyGraph

BRYL = [
    (("C1", "C2", "C3"), 1.0, 0.0, 0.0),
    (("C1",), 0.0, 1.0, 0.0),
    (("C2", "C3"), 0.0, 1.0, 0.0),
]


def test_the_published_example():
    graph = JourneyGraph.from_counts(worlds.counts(BRYL))
    assert graph.conversion_rate() == pytest.approx(1 / 3)
    assert graph.conversion_rate(without="C1") == pytest.approx(1 / 6)
    assert graph.conversion_rate(without="C2") == 0
    edges = {(r[0], r[1]): r[3] for r in graph.edges().itertuples(index=False)}
    assert edges == pytest.approx(
        {
            (START, "C1"): 2 / 3,
            (START, "C2"): 1 / 3,
            ("C1", "C2"): 1 / 2,
            ("C1", LOST): 1 / 2,
            ("C2", "C3"): 1.0,
            ("C3", CONVERSION): 1 / 2,
            ("C3", LOST): 1 / 2,
        }
    )
    assert graph.next_after("C1")["next"].tolist() == ["C2", LOST]
    assert graph.endless() == graph.unreachable() == ()


def test_removal_effects_are_those_of_the_model():
    table = [
        (("a", "b", "a"), 3.0, 2.0, 30.0),
        (("c", "a"), 1.0, 5.0, 7.0),
        (("b", "c", "d"), 2.0, 0.0, 11.0),
    ]
    for order in (1, 2):
        counts = worlds.counts(table, orders=(order,))
        graph = JourneyGraph.from_counts(counts, order)
        effects = attribute(counts, ["markov"], order=order)["markov"].removal_effect
        assert [graph.removal_effect(c) for c in counts.channels] == pytest.approx(
            effects.tolist(), abs=1e-12
        )


def test_a_platform_stands_for_its_tiers():
    graph = JourneyGraph.from_transitions(
        {(START, "x/koc"): 1, (START, "x/nano"): 1, (START, "y"): 2},
        {"x/koc": 1, "x/nano": 1, "y": 1},
        {"y": 1},
    )
    assert graph.conversion_rate() == 0.75
    assert graph.conversion_rate(without="x") == 0.25
    assert graph.conversion_rate(without="x/koc") == 0.5


def test_a_state_without_an_end_is_named():
    graph = JourneyGraph.from_transitions(
        {(START, "a"): 1, (START, "trap"): 1, ("trap", "trap"): 1}, {"a": 1}
    )
    assert graph.endless() == ("trap",)
    with pytest.raises(UserError, match="no journey ends after trap"):
        graph.conversion_rate()


def test_an_unknown_channel_is_an_error_with_a_hint():
    graph = JourneyGraph.from_counts(worlds.counts([(("search",), 1.0, 1.0, 0.0)]))
    with pytest.raises(UserError, match="did you mean 'search'"):
        graph.conversion_rate(without="serch")


def test_stage_by_channel_states():
    """A channel that only closes: removing it counts in every stage it stands in."""
    moves = {
        (START, ("awareness", "feed")): 4,
        (("awareness", "feed"), ("decision", "search")): 2,
        (("awareness", "feed"), ("awareness", "search")): 1,
    }
    graph = JourneyGraph.from_transitions(
        moves,
        {("decision", "search"): 2},
        {("awareness", "feed"): 1, ("awareness", "search"): 1},
        channel_of=lambda state: state[1],
        label=lambda state: f"{state[0]}: {state[1]}",
    )
    assert graph.conversion_rate() == 0.5
    assert graph.conversion_rate(without="search") == 0
    assert "decision: search" in graph.states
    assert graph.channels == ("feed", "search")


def test_networkx_view():
    nx = pytest.importorskip("networkx")
    graph = JourneyGraph.from_counts(worlds.counts(BRYL)).to_networkx()
    assert nx.has_path(graph, START, CONVERSION)
    for state in set(graph) - {CONVERSION, LOST}:
        assert sum(edge["probability"] for edge in graph[state].values()) == pytest.approx(1)
        assert nx.has_path(graph, state, LOST) or nx.has_path(graph, state, CONVERSION)


def test_reach_and_explanation():
    """reach * converts = the conversions lost, and the pieces are those of the journeys themselves."""
    import pandas as pd

    from optimizer.attribution.explain import explain

    table = pd.DataFrame(
        [("C1 > C2 > C3", 1, 0), ("C1", 0, 1), ("C2 > C3", 0, 1), ("C1 > C1 > C3", 0, 2)],
        columns=["path", "conversions", "nulls"],
    )
    told = explain(table, "C1")
    assert told.reach == pytest.approx(4 / 5)
    assert told.reach * told.converts == pytest.approx(told.conversion_rate - told.without)
    assert told.removal_effect == pytest.approx(
        attribute(table, ["markov"])["markov"].removal_effect[0]
    )
    assert told.touched == 1
    assert told.observed_rate == pytest.approx(1 / 4)
    assert told.paths.to_dict("records") == [
        {"path": "C1 > C2 > C3", "conversions": 1, "nulls": 0, "value": 0}
    ]
    assert dict(zip(told.before["from"], told.before["share"], strict=True)) == pytest.approx(
        {START: 4 / 6, "C1": 2 / 6}
    )
    assert dict(zip(told.next["next"], told.next["probability"], strict=True)) == pytest.approx(
        {"C1": 2 / 6, "C3": 2 / 6, "C2": 1 / 6, LOST: 1 / 6}
    )
    assert "removal effect" in str(told.sentences()[0])
    with pytest.raises(UserError, match="did you mean"):
        explain(table, "C11")
