"""Journeys counted in plain Python: the brute-force reference for what the data engine counts with SQL."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import combinations, pairwise

import numpy as np
import scipy.sparse as sp

from optimizer.journeys.counts import Chain, Counts, Pairs

Path = tuple[str, ...]
Row = tuple[Path, float, float, float]  # path, conversions, nulls, value


def rows(table) -> list[Row]:
    """Rows of known_answers/attribution.json: "a > b", conversions, nulls[, value]."""
    return [
        (
            tuple(part.strip() for part in row[0].split(">")),
            float(row[1]),
            float(row[2]),
            float(row[3]) if len(row) > 3 else 0.0,
        )
        for row in table
    ]


def shares(
    model: str, path: Path, position=(0.4, 0.2, 0.4), half_life=7.0, direct=("direct",)
) -> list[float]:
    """Each touch's part of its journey, by the words of each model."""
    n = len(path)
    if model == "first":
        return [1.0] + [0.0] * (n - 1)
    if model == "last":
        return [0.0] * (n - 1) + [1.0]
    if model == "last_non_direct":
        named = [i for i, channel in enumerate(path) if channel not in direct]
        hit = named[-1] if named else n - 1
        return [float(i == hit) for i in range(n)]
    if model == "linear":
        return [1.0 / n] * n
    if model == "position":
        head, middle, tail = position
        if n == 1:
            return [1.0]
        if n == 2:
            return [head / (head + tail), tail / (head + tail)] if head + tail else [0.5, 0.5]
        return [head] + [middle / (n - 2)] * (n - 2) + [tail]
    if model == "time_decay":  # one day between touches, as for a paths table
        raw = [0.5 ** ((n - 1 - i) / half_life) for i in range(n)]
        return [x / sum(raw) for x in raw]
    if model in ("shapley", "shapley_ordered"):
        return [1.0 / (len(set(path)) * path.count(channel)) for channel in path]
    if model == "touched":
        return [1.0 / path.count(channel) for channel in path]
    raise KeyError(model)


LINEAR = (
    "first",
    "last",
    "last_non_direct",
    "linear",
    "position",
    "time_decay",
    "shapley",
    "shapley_ordered",
    "touched",
)


def counts(
    table: list[Row], orders=(1,), nulls: bool = True, collapse: bool = False, buckets: int = 1
) -> Counts:
    """Counts of a path table; journey i of a row falls in bucket (running number) mod buckets."""
    journeys = []
    for path, converted, lost, value in table:
        if converted > 0:
            journeys.append((path, converted, value, 0.0))
        if lost > 0 and nulls:
            journeys.append((path, 0.0, 0.0, lost))
    if collapse:
        journeys = [
            (tuple(c for i, c in enumerate(p) if i == 0 or p[i - 1] != c), a, v, z)
            for p, a, v, z in journeys
        ]
    if buckets > 1:  # one journey at a time
        journeys = [
            (p, 1.0 if a else 0.0, v / a if a else 0.0, 0.0 if a else 1.0)
            for p, a, v, z in journeys
            for _ in range(round(a + z))
        ]
    names = tuple(sorted({channel for path, *_ in table for channel in path}))
    index = {name: i for i, name in enumerate(names)}
    total = np.zeros((4, buckets))
    credit = {
        model: (np.zeros((buckets, len(names))), np.zeros((buckets, len(names))))
        for model in LINEAR
    }
    singles: dict[str, dict] = {key: defaultdict(lambda: np.zeros(buckets)) for key in "jcvst"}
    chains: dict[int, dict] = {
        k: {"m": Counter(), "c": Counter(), "v": Counter(), "z": Counter()} for k in orders
    }
    longest = 0
    for number, (path, converted, value, lost) in enumerate(journeys):
        bucket = number % buckets
        longest = max(longest, 1 + sum(a != b for a, b in pairwise(path)))
        total[:, bucket] += (converted + lost, converted, value, lost)
        for model in LINEAR:
            for channel, part in zip(path, shares(model, path), strict=True):
                credit[model][0][bucket, index[channel]] += converted * part
                credit[model][1][bucket, index[channel]] += value * part
        distinct = sorted(set(path))
        for one, two in [(c, c) for c in distinct] + list(combinations(distinct, 2)):
            key = index[one], index[two]
            part = 0.0 if one == two else 1.0 / (len(distinct) - 1)
            for name, amount in zip(
                "jcvst",
                (converted + lost, converted, value, converted * part, value * part),
                strict=True,
            ):
                singles[name][key][bucket] += amount
        for k, chain in chains.items():
            history = (-1,) * k
            for channel in path:
                onward = (*history[1:], index[channel])
                chain["m"][bucket, history, onward] += converted + lost
                history = onward
            chain["c"][bucket, history] += converted
            chain["v"][bucket, history] += value
            chain["z"][bucket, history] += lost
    pairs = sorted(singles["j"])
    matrix = {
        name: np.array([singles[name][key] for key in pairs]).reshape(len(pairs), buckets).T
        for name in "jcvst"
    }
    return Counts(
        names,
        total[0],
        total[1],
        total[2],
        total[3],
        credit,
        {k: _chain(k, chain, buckets) for k, chain in chains.items()},
        Pairs(
            np.array([p[0] for p in pairs], dtype=np.int64),
            np.array([p[1] for p in pairs], dtype=np.int64),
            matrix["j"],
            matrix["c"],
            matrix["v"],
            matrix["s"],
            matrix["t"],
        ),
        {"kind": "paths", "longest_path": longest},
    )


def _chain(k: int, chain: dict, buckets: int) -> Chain:
    states = sorted({(-1,) * k, *(s for _, s, _ in chain["m"]), *(t for _, _, t in chain["m"])})
    number = {state: i for i, state in enumerate(states)}
    edges = sorted({(number[s], number[t]) for _, s, t in chain["m"]})
    place = {edge: i for i, edge in enumerate(edges)}
    moves = np.zeros((buckets, len(edges)))
    for (bucket, s, t), amount in chain["m"].items():
        moves[bucket, place[number[s], number[t]]] += amount
    ends = {}
    for name in "cvz":
        ends[name] = np.zeros((buckets, len(states)))
        for (bucket, s), amount in chain[name].items():
            ends[name][bucket, number[s]] += amount
    return Chain(
        k,
        np.array(states, dtype=np.int64).reshape(len(states), k),
        np.array([e[0] for e in edges], dtype=np.int64),
        np.array([e[1] for e in edges], dtype=np.int64),
        sp.csr_matrix(moves),
        sp.csr_matrix(ends["c"]),
        sp.csr_matrix(ends["v"]),
        sp.csr_matrix(ends["z"]),
    )


def removed(table: list[Row], k: int, nulls: bool = True) -> dict[str, dict[str, float]]:
    """Removal effects the slow way: rebuild the chain with the channel's states replaced by the end, solve again."""
    moves: Counter = Counter()
    reward: Counter = Counter()
    worth: Counter = Counter()
    out: Counter = Counter()
    for path, converted, lost, value in table:
        weight = converted + (lost if nulls else 0.0)
        history: tuple = (None,) * k
        for channel in path:
            onward = (*history[1:], channel)
            moves[history, onward] += weight
            out[history] += weight
            history = onward
        out[history] += weight
        reward[history] += converted
        worth[history] += value

    def rate(gone: str | None, ends: Counter) -> float:
        states = [
            s
            for s in {s for s, _ in moves} | {t for _, t in moves} | {(None,) * k}
            if gone is None or s[-1] != gone
        ]
        at = {s: i for i, s in enumerate(states)}
        system = np.eye(len(states))
        right = np.zeros(len(states))
        for (s, t), amount in moves.items():
            if s in at and t in at and out[s]:
                system[at[s], at[t]] -= amount / out[s]
        for s, amount in ends.items():
            if s in at and out[s]:
                right[at[s]] = amount / out[s]
        return float(np.linalg.solve(system, right)[at[(None,) * k]])

    base, value = rate(None, reward), rate(None, worth)
    channels = sorted({c for path, *_ in table for c in path})
    return {
        "rate": {"conversions": base, "value": value},
        "conversions": {c: 1 - rate(c, reward) / base if base else 0.0 for c in channels},
        "value": {c: 1 - rate(c, worth) / value if value else 0.0 for c in channels},
    }
