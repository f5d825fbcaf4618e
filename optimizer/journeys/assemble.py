"""From the columns of the counting query to `Counts`: names to positions, groups to arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from optimizer.journeys.counts import Array, Chain, Counts, Index, Pairs
from optimizer.journeys.touches import Touches
from optimizer.messages import Text, _

ENDS = ("moves", "conversions", "value", "nulls")


def assemble(
    touches: Touches,
    found: dict[str, Any],
    models: tuple[str, ...],
    levels: Sequence[int],
    buckets: int,
    notes: Sequence[Text] = (),
) -> Counts:
    """`Counts` from the groups of the counting query (bucket, channel, back_1 ... back_k).

    Parameters
    ----------
    touches
        What was counted.
    found
        Columns of the groups, by name.
    models
        Names, in the order of the share columns.
    levels
        Orders of the chains.
    buckets
        B, groups of users.
    notes
        Of the source.
    """
    channels = len(touches.names)
    history = [name for name in found if name.startswith("back_")]
    keys = [
        np.asarray(found["bucket"], dtype=np.int64),
        *(_positions(found[name]) for name in ("channel", *history)),
    ]
    # Sorted, so that the order in which the engine answered never reaches the last bit.
    order = np.lexsort(keys[::-1])
    keys = [key[order] for key in keys]
    amounts = {name: column[order] for name, column in _amounts(touches, found).items()}
    coarse = (
        np.asarray(found["without_history"])[order] == 1
        if "without_history" in found
        else np.ones(len(order), dtype=bool)
    )
    fine = ~coarse if "without_history" in found else coarse
    bucket, channel = keys[0], keys[1]
    totals = [
        _sums_by_bucket(bucket[coarse], amounts[name][coarse], buckets)
        for name in ("conversions", "value", "nulls")
    ]
    credit = {}
    for i, model in enumerate(models):
        one, two = (
            _dense_by_bucket(
                bucket[coarse], channel[coarse], amounts[f"{kind}_{i}"][coarse], buckets, channels
            )
            for kind in ("conversions", "value")
        )
        credit[model] = (one, two)
    steps = Grouped(
        bucket[fine],
        np.stack([key[fine] for key in keys[:0:-1]], axis=1),
        {name: amounts[name][fine] for name in ENDS},
    )
    chains = {level: chain(level, steps, steps, channels, buckets) for level in levels}
    return _counts(touches, totals[0], totals[1], totals[2], credit, chains, notes)


def assemble_walk(
    touches: Touches,
    found: dict[str, Any],
    levels: Sequence[int],
    buckets: int,
    notes: Sequence[Text] = (),
) -> Counts:
    """`Counts` of chains alone, from the groups of a walk.

    Parameters as in `assemble`; `found` is what `events_sql.walk_of_events`,
    `paths_sql.walk_of_paths` or `coded_walk.walk` give.
    """
    channels = len(touches.names)
    bucket = np.asarray(found["bucket"], dtype=np.int64)
    steps = np.stack(
        [
            _positions(found[name])
            for name in [
                *sorted((n for n in found if n.startswith("back_")), key=_depth, reverse=True),
                "channel",
            ]
        ],
        axis=1,
    )
    amounts = _amounts(touches, found)
    # By amounts too: a channel may come under several texts (blanks), in the order in which the
    # engine answered.
    order = np.lexsort((*(amounts[name] for name in sorted(amounts)), *steps.T, bucket))
    bucket, steps = bucket[order], steps[order]
    amounts = {name: column[order] for name, column in amounts.items()}
    on, off = (steps[:, -1] >= 0) & (steps[:, -1] < channels), (steps[:, -2] >= 0)
    off &= ~on
    # of events: each row is one event, and what neither went on nor converted is lost
    if "number" in found:
        number = np.asarray(found["number"], dtype=np.float64)[order]
        moves, amounts["conversions"] = number, number
        lost = _sums_by_bucket(
            bucket[on], np.where(steps[on, -2] < 0, number[on], 0.0), buckets
        ) - _sums_by_bucket(bucket[off], number[off], buckets)
    else:
        moves = amounts["conversions"] + amounts["nulls"]
        lost = _sums_by_bucket(bucket[off], amounts["nulls"][off], buckets)
    moved = Grouped(bucket[on], steps[on], {"moves": moves[on]})
    ended = Grouped(
        bucket[off],
        steps[off, :-1],
        {name: column[off] for name, column in amounts.items() if name in ENDS},
    )
    chains = {level: chain(level, moved, ended, channels, buckets) for level in levels}
    conversions, value = (
        _sums_by_bucket(bucket[off], amounts[name][off], buckets)
        for name in ("conversions", "value")
    )
    return _counts(touches, conversions, value, lost, {}, chains, notes)


def _depth(name: str) -> int:
    """How many touches before, of a column back_1 ..."""
    return int(name.removeprefix("back_"))


def _counts(
    touches: Touches,
    conversions: Array,
    value: Array,
    nulls: Array,
    credit: dict[str, tuple[Array, Array]],
    chains: dict[int, Chain],
    notes: Sequence[Text],
) -> Counts:
    """The result, with what found no touch before it."""
    remarks: list[Text] = [*notes, *touches.notes]
    source = dict(touches.facts)
    source["journeys"] = float((conversions + nulls).sum())
    if touches.whole is not None:
        missed = round(touches.whole[0] - float(conversions.sum()), 6)
        source["untouched_conversions"] = missed
        source["untouched_value"] = (touches.whole[1] - float(value.sum())) if missed else 0.0
        if missed:
            remarks.append(
                _(
                    "{a} of {b} conversions had no touch before them (since the conversion before, "
                    "within the lookback); nobody is credited for them",
                    a=f"{missed:,.0f}",
                    b=f"{touches.whole[0]:,.0f}",
                )
            )
    return Counts(
        touches.names,
        conversions + nulls,
        conversions,
        value,
        nulls,
        credit,
        chains,
        None,
        source,
        tuple(remarks),
    )


@dataclass(frozen=True)
class Grouped:
    """Amounts by bucket and history, N rows.

    Parameters
    ----------
    bucket
        N.
    steps
        N x touches, channel positions, the newest last; -1 before the journey began.
    amounts
        N each, by name (see `ENDS`).
    """

    bucket: Index
    steps: Index
    amounts: dict[str, Array]


def chain(order: int, moved: Grouped, ended: Grouped, channels: int, buckets: int) -> Chain:
    """Order-k chain.

    A transition leads from the history without its newest touch to the history without its oldest.

    Parameters
    ----------
    order
        k.
    moved
        Transitions (`moves`); the last k + 1 columns of its steps count.
    ended
        Journeys that ended in a history (`conversions`, `value`, `nulls`); its last k columns
        count. Where `nulls` is not given, it is what came to a state and neither moved on nor
        converted.
    channels, buckets
        C and B.
    """
    steps, last = moved.steps[:, -(order + 1) :], ended.steps[:, -order:]
    base = channels + 1
    if base ** (order + 1) < 2**62:
        power = base ** np.arange(order, -1, -1, dtype=np.int64)
        code = (steps + 1) @ power
        histories = [
            np.zeros(1, np.int64),
            code // base,
            code % base**order,
            (last + 1) @ power[1:],
        ]
        states, place = np.unique(np.concatenate(histories), return_inverse=True)
        table = (states[:, None] // power[None, 1:]) % base - 1
    else:
        rows = np.concatenate([np.full((1, order), -1), steps[:, :-1], steps[:, 1:], last])
        table, place = np.unique(rows, axis=0, return_inverse=True)
    place = np.asarray(place).ravel()[1:]
    here, there, end = (
        place[: len(steps)],
        place[len(steps) : 2 * len(steps)],
        place[2 * len(steps) :],
    )
    size = len(table)
    edges, edge = np.unique(here * size + there, return_inverse=True)
    moves, ends = moved.amounts["moves"], ended.amounts
    if "nulls" in ends:
        nulls = _sparse_by_bucket(ended.bucket, end, ends["nulls"], buckets, size)
    else:
        begun = here != 0  # nobody comes to START
        nulls = _sparse_by_bucket(
            np.concatenate([moved.bucket, moved.bucket[begun], ended.bucket]),
            np.concatenate([there, here[begun], end]),
            np.concatenate([moves, -moves[begun], -ends["conversions"]]),
            buckets,
            size,
        )
    return Chain(
        order=order,
        states=np.asarray(table, dtype=np.int64),
        source=edges // size,
        target=edges % size,
        moves=_sparse_by_bucket(moved.bucket, edge, moves, buckets, len(edges)),
        conversions=_sparse_by_bucket(ended.bucket, end, ends["conversions"], buckets, size),
        value=_sparse_by_bucket(ended.bucket, end, ends["value"], buckets, size),
        nulls=nulls,
    )


def assemble_pairs(touches: Touches, found: dict[str, Any], buckets: int) -> Pairs:
    """`Pairs` from the pairs query.

    Parameters
    ----------
    touches
        What was counted.
    found
        Columns of the pairs query, by name.
    buckets
        B.
    """
    channels = len(touches.names)
    first, second = (_positions(found[name]) for name in ("first", "second"))
    many, money = touches.scales
    pairs, pair = np.unique(
        np.minimum(first, second) * channels + np.maximum(first, second), return_inverse=True
    )
    bucket = np.asarray(found["bucket"], dtype=np.int64)

    def matrix(name: str, scale: float) -> Any:
        return _sparse_by_bucket(
            bucket, pair, np.asarray(found[name], dtype=float) / scale, buckets, len(pairs)
        )

    return Pairs(
        pairs // max(channels, 1),
        pairs % max(channels, 1),
        matrix("journeys", many),
        matrix("conversions", many),
        matrix("value", money),
        matrix("shared_conversions", many),
        matrix("shared_value", money),
    )


def _amounts(touches: Touches, found: dict[str, Any]) -> dict[str, Array]:
    """The columns of amounts, from whole numbers back to journeys and currency."""
    many, money = touches.scales
    return {
        name: np.asarray(_filled(column, 0), dtype=float)
        / (money if name.startswith("value") else many)
        for name, column in found.items()
        if name.split("_")[0] in ("conversions", "value", "nulls", "moves")
    }


def _positions(column: Any) -> Index:
    """Positions in `touches.names`; -1 for null."""
    return np.asarray(_filled(column, -1), dtype=np.int64)


def _filled(column: Any, missing: int) -> Any:
    """A column with a number where it has none.

    Only what has gaps comes masked; `np.ma` takes 7 MB to load.
    """
    return column.filled(missing) if hasattr(column, "filled") else column


def _sums_by_bucket(bucket: Index, amount: Array, buckets: int) -> Array:
    """Sums of amount by bucket, B."""
    return np.bincount(bucket, weights=amount, minlength=buckets).astype(float)


def _dense_by_bucket(bucket: Index, place: Index, amount: Array, buckets: int, size: int) -> Array:
    """Sums of amount by bucket and place, B x size."""
    return (
        np.bincount(bucket * size + place, weights=amount, minlength=buckets * size)
        .astype(float)
        .reshape(buckets, size)
    )


def _sparse_by_bucket(bucket: Index, place: Any, amount: Array, buckets: int, size: int) -> Any:
    """Sums of amount by bucket and place, B x size, sparse with rows and columns sorted and zeros
    left out.

    A plain array where there is one bucket (scipy takes longer to load than most tables to count).
    """
    # Sorted before adding, so that the order in which the engine answered never reaches the last
    # bit.
    order = np.lexsort((amount, place, bucket))
    if buckets == 1:
        return np.bincount(np.asarray(place)[order], weights=amount[order], minlength=size).astype(
            np.float64
        )[None]
    from scipy.sparse import coo_matrix

    matrix = coo_matrix(
        (amount[order], (bucket[order], np.asarray(place)[order])), shape=(buckets, size)
    ).tocsr()
    matrix.eliminate_zeros()
    return matrix
