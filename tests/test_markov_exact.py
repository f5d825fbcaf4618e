"""The closed form against really removing the channel and solving again, on hundreds of random path tables."""

from __future__ import annotations

import random
from fractions import Fraction

import attribution_worlds as worlds
import numpy as np
import pytest

from optimizer.attribution.attribute import attribute
from optimizer.journeys import absorbing, sparse_chain


def random_table(seed: int) -> list[worlds.Row]:
    """Loops, nulls, paths without a conversion, rows of weight zero, one-channel worlds, unreachable states."""
    draw = random.Random(seed)
    channels = "abcdef"[: draw.choice([1, 1, 2, 3, 4, 5, 6])]
    table = []
    for _ in range(draw.randint(1, 14)):
        path = [draw.choice(channels) for _ in range(draw.choice([1, 1, 2, 3, 4, 6]))]
        if draw.random() < 0.3:
            path = [c for c in path for _ in range(draw.randint(1, 3))]
        converted = draw.choice([0, 0, 1, 2, 5])
        table.append(
            (
                tuple(path),
                float(converted),
                float(draw.choice([0, 1, 3, 10])),
                float(converted * draw.choice([0, 1, 30])),
            )
        )
    return table


@pytest.mark.parametrize("order", [1, 2, 3])
def test_closed_form_equals_really_removing(order):
    converting = 0
    for seed in range(150):
        table = random_table(1000 * order + seed)
        counts = worlds.counts(table, orders=(order,))
        credit = attribute(counts, ["markov"], order=order)["markov"]
        slow = worlds.removed(table, order)
        for i, channel in enumerate(counts.channels):
            assert credit.removal_effect[i] == pytest.approx(
                slow["conversions"][channel], abs=1e-10
            ), (seed, channel)
        whole = sum(slow["value"].values())
        total = sum(row[3] for row in table)
        expected = [slow["value"][c] / whole * total if whole else 0.0 for c in counts.channels]
        assert credit.value == pytest.approx(expected, rel=1e-9, abs=1e-9), seed
        assert credit.conversions.sum() == pytest.approx(sum(row[1] for row in table), abs=1e-9)
        converting += slow["rate"]["conversions"] > 0
    assert converting > 100


@pytest.mark.parametrize("order", [1, 2, 3])
def test_dense_and_sparse_agree(order, monkeypatch):
    for seed in range(25):
        counts = worlds.counts(random_table(7000 + seed), orders=(order,))
        dense = attribute(counts, ["markov"], order=order)["markov"]
        with monkeypatch.context() as patch:
            patch.setattr(absorbing, "DENSE_STATES", 0)
            patch.setattr(absorbing, "DENSE_STATES_ORDER_1", 0)
            sparse = attribute(counts, ["markov"], order=order)["markov"]
            patch.setattr(
                sparse_chain, "FOLLOWED_STEPS", 0
            )  # journeys are not followed but solved for
            solved = attribute(counts, ["markov"], order=order)["markov"]
        assert sparse.removal_effect == pytest.approx(solved.removal_effect, abs=1e-12), seed
        assert sparse.removal_effect == pytest.approx(dense.removal_effect, abs=1e-12), seed
        assert sparse.value == pytest.approx(dense.value, abs=1e-9), seed


def test_conversion_rate_is_reproduced_at_every_order():
    for seed in range(40):
        table = random_table(seed)
        journeys = sum(row[1] + row[2] for row in table)
        if not journeys:
            continue
        for order in (1, 2, 3):
            chain = worlds.counts(table, orders=(order,)).chains[order]
            effects = absorbing.removal_effects(
                chain.source,
                chain.target,
                chain.moves.toarray(),
                chain.conversions.toarray(),
                chain.value.toarray(),
                chain.nulls.toarray(),
                absorbing.groups(chain.states[:, -1], 6),
            )
            assert effects.conversion_rate[0] == pytest.approx(
                sum(row[1] for row in table) / journeys, abs=1e-12
            )
            assert effects.value_rate[0] == pytest.approx(
                sum(row[3] for row in table) / journeys, abs=1e-10
            )


def test_order_1_does_not_see_self_loops():
    for seed in range(40):
        table = random_table(seed)
        once = [
            (tuple(c for i, c in enumerate(p) if i == 0 or p[i - 1] != c), *rest)
            for p, *rest in table
        ]
        looped, plain = (attribute(worlds.counts(t), ["markov"])["markov"] for t in (table, once))
        assert looped.removal_effect == pytest.approx(plain.removal_effect, abs=1e-12)


def test_a_long_memory_gives_the_share_of_touched_conversions():
    for seed in range(40):
        table = random_table(seed)
        order = max(len(row[0]) for row in table)
        total = sum(row[1] for row in table)
        counts = worlds.counts(table, orders=(order,))
        effect = attribute(counts, ["markov"], order=order)["markov"].removal_effect
        touched = [
            sum(row[1] for row in table if c in row[0]) / total if total else 0.0
            for c in counts.channels
        ]
        assert effect == pytest.approx(touched, abs=1e-10), seed


def test_a_near_endless_loop_is_still_solved():
    """Two channels that hand each other a user 100,000 times: ill conditioned, but exact."""
    source, target = np.array([0, 1, 2]), np.array([1, 2, 1])
    moves, ends = np.array([[2.0, 1e5, 1e5]]), np.array([[0.0, 1.0, 0.0]])
    for limit in (0, 1000):
        absorbing_limit = absorbing.DENSE_STATES_ORDER_1
        try:
            absorbing.DENSE_STATES_ORDER_1 = limit
            effects = absorbing.removal_effects(
                source,
                target,
                moves,
                ends,
                ends,
                np.array([[0.0, 1.0, 0.0]]),
                [np.array([1]), np.array([2])],
            )
        finally:
            absorbing.DENSE_STATES_ORDER_1 = absorbing_limit
        assert effects.conversion_rate[0] == pytest.approx(0.5, rel=1e-9)
        assert effects.conversions[0] == pytest.approx([1.0, 1 - (1 / 100_002) / 0.5], rel=1e-9)


def rationally(source, target, moves, won, ended, members):
    """f(START) and the removal effects in fractions: no rounding anywhere."""
    states = len(won)
    out = [
        Fraction(won[s])
        + Fraction(ended[s])
        + sum(Fraction(m) for a, m in zip(source, moves, strict=True) if a == s)
        for s in range(states)
    ]

    def rate(gone):
        rows = [
            [Fraction(int(i == j)) for j in range(states)]
            + [Fraction(won[i]) / out[i] if out[i] else Fraction(0)]
            for i in range(states)
        ]
        for a, b, m in zip(source, target, moves, strict=True):
            if b not in gone and out[a]:
                rows[a][b] -= Fraction(m) / out[a]
        for i in range(states):
            pivot = next(j for j in range(i, states) if rows[j][i])
            rows[i], rows[pivot] = rows[pivot], rows[i]
            rows[i] = [x / rows[i][i] for x in rows[i]]
            for j in range(states):
                if j != i and rows[j][i]:
                    rows[j] = [x - rows[j][i] * y for x, y in zip(rows[j], rows[i], strict=True)]
        return rows[0][-1]

    base = rate(set())
    return base, [
        1 - rate(set(group.tolist())) / base if base else Fraction(0) for group in members
    ]


def looping_chain(seed, often=1e6, many=2):
    """Histories of two touches of four channels, with loops of one, two and three states that journeys leave once in `often`
    times, states that nobody reaches, and states of weight zero."""
    draw = random.Random(seed)
    states = [(-1, -1)] + [(-1, c) for c in range(4)] + [(b, c) for b in range(4) for c in range(4)]
    place = {state: i for i, state in enumerate(states)}
    source, target, moves = [], [], []
    for state in states:
        for c in range(4):
            if draw.random() < 0.5:
                source.append(place[state])
                target.append(place[(state[1], c)])
                moves.append(float(draw.choice([0, 1, 2, 5])))
    for loop in draw.sample(
        [[(0, 0)], [(0, 1), (1, 0)], [(1, 2), (2, 3), (3, 1)], [(2, 3), (3, 2)]], many
    ):
        for here, there in zip(loop, loop[1:] + loop[:1], strict=True):
            source.append(place[here])
            target.append(place[there])
            moves.append(often)
    won, ended = ([float(draw.choice([0, 1, 2])) for _ in states] for _ in range(2))
    ended = [x + 1.0 if draw.random() < 0.9 else x + 0.25 for x in ended]
    return (
        np.array(source),
        np.array(target),
        np.array(moves),
        np.array(won),
        np.array(ended),
        absorbing.groups(np.array([s[-1] for s in states]), 4),
    )


@pytest.mark.parametrize("seed", range(40))
def test_journeys_that_hardly_end_are_exact_in_large_chains(seed, monkeypatch):
    monkeypatch.setattr(absorbing, "DENSE_STATES", 0)
    monkeypatch.setattr(absorbing, "DENSE_STATES_ORDER_1", 0)
    source, target, moves, won, ended, members = looping_chain(seed)
    base, expected = rationally(source, target, moves, won, ended, members)
    ways = {"as it comes": (), "solved for": ("split_loops",), "rounds": ("followed",)}
    for way, off in ways.items():
        with monkeypatch.context() as patch:
            for name in off:
                patch.setattr(sparse_chain, name, lambda *_: None)
            effects = absorbing.removal_effects(
                source, target, moves[None], won[None], 3 * won[None], ended[None], members
            )
        # What can be known in doubles of a loop left once in a million times is known to 1e-16 times a million.
        close = 1e-9 if way == "solved for" else 1e-10
        assert effects.conversion_rate[0] == pytest.approx(float(base), rel=close, abs=1e-15), way
        assert effects.conversions[0] == pytest.approx([float(x) for x in expected], abs=close), way
        assert effects.value[0] == pytest.approx(effects.conversions[0], abs=close), way


def test_loops_within_one_channel_do_not_cost_digits_in_small_chains():
    """Histories of two touches of a and b: journeys stay within b's own states, whose part of the inverse is nearly singular."""
    source, target = np.array([0, 1, 2, 3, 4, 4, 5, 5, 6]), np.array([1, 3, 5, 3, 5, 6, 3, 4, 6])
    moves = np.array([1e7, 2, 1e6, 1e7, 1e7, 2, 1, 1e6, 1e6])
    won, ended = np.array([1.0, 0, 0, 0, 0, 1, 1]), np.ones(7)
    members = absorbing.groups(np.array([-1, 0, 1, 0, 1, 0, 1]), 2)
    base, expected = rationally(source, target, moves, won, ended, members)
    effects = absorbing.removal_effects(
        source, target, moves[None], won[None], 3 * won[None], ended[None], members
    )
    assert effects.conversion_rate[0] == pytest.approx(float(base), rel=1e-12)
    assert effects.conversions[0] == pytest.approx([float(x) for x in expected], abs=1e-12)
    assert effects.value[0] == pytest.approx(effects.conversions[0], abs=1e-12)


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("often", [1e3, 1e6])
def test_journeys_that_hardly_end_are_exact_in_small_chains(seed, often):
    source, target, moves, won, ended, members = looping_chain(seed, often, 4)
    base, expected = rationally(source, target, moves, won, ended, members)
    effects = absorbing.removal_effects(
        source, target, moves[None], won[None], 3 * won[None], ended[None], members
    )
    assert effects.conversion_rate[0] == pytest.approx(float(base), rel=1e-10)
    assert effects.conversions[0] == pytest.approx([float(x) for x in expected], abs=1e-10)


def test_a_channel_that_is_repeated_without_end_is_exact():
    source, target, moves = np.array([0, 1, 1]), np.array([1, 1, 2]), np.array([[4.0, 1e15, 2.0]])
    effects = absorbing.removal_effects(
        source,
        target,
        moves,
        np.array([[0.0, 1.0, 1.0]]),
        np.array([[0.0, 1.0, 1.0]]),
        np.array([[0.0, 1.0, 1.0]]),
        [np.array([1]), np.array([2])],
    )
    assert effects.conversion_rate[0] == pytest.approx(0.5, rel=1e-15)
    assert effects.conversions[0] == pytest.approx([1.0, 0.5], rel=1e-15)


def test_long_journeys_are_followed_to_their_end(monkeypatch):
    """A chain of 600 states in a row, each with a small chance to end: nothing is left out, and nothing is lost in the middle."""
    length = 600
    source, target = np.arange(length - 1), np.arange(1, length)
    moves, won, ended = (
        np.full((1, length - 1), 50.0),
        np.zeros((1, length)),
        np.full((1, length), 0.5),
    )
    won[0, -1] = 3.0
    members = [
        np.arange(1, 300),
        np.arange(300, length - 1),
        np.array([length - 1]),
        np.zeros(0, dtype=np.int64),
    ]
    wide = absorbing.removal_effects(source, target, moves, won, won, ended, members)
    monkeypatch.setattr(absorbing, "DENSE_STATES", 0)
    found = absorbing.removal_effects(source, target, moves, won, won, ended, members)
    assert found.conversion_rate == pytest.approx(wide.conversion_rate, rel=1e-12)
    assert found.conversions[0] == pytest.approx([1, 1, 1, 0], abs=1e-12)


def test_nothing_to_lose_is_no_effect_in_large_chains(monkeypatch):
    monkeypatch.setattr(absorbing, "DENSE_STATES", 0)
    source, target = np.array([0, 1, 2, 3]), np.array([1, 2, 1, 1])
    won = np.array([[0.0, 0.0, 0.0, 5.0]])  # only where nobody comes to
    effects = absorbing.removal_effects(
        source,
        target,
        np.full((1, 4), 2.0),
        won,
        won,
        np.array([[0.0, 1.0, 1.0, 0.0]]),
        [np.array([1]), np.array([2, 3])],
    )
    assert not effects.conversions.any()
    assert not effects.value.any()
