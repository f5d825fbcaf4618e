"""The steps of a path table in numbers (`data.coded`), counted: what `journey_sql.walk_of_paths` counts in SQL.

A step is one number: the codes of the touch and of the `back` touches before it, as digits. All sums are of doubles that add
up without rounding (`grains`), so they do not depend on the order of rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimizer.data.coded import Coded

Array = NDArray[np.float64]
Index = NDArray[np.int64]

TOUCHES = 1 << 16    # that are looked at together
DENSE = 1 << 20      # different steps up to which every possible one has a place of its own


def fits(channels: int, back: int) -> bool:
    """Whether a step of so many channels fits into one 64-bit number."""
    return bool((channels + 1) ** (back + 1) < 2**62)


def walk(paths: Coded, channel: Index, channels: int, back: int, nulls: bool) -> dict[str, Any]:
    """Groups of steps by channel (-1 at a journey's end) and back_1 ... back_k (-1 before it began), with conversions, value and
    nulls of the journeys that took the step: the columns that `assemble.assemble_walk` reads. Of steps that go on, conversions
    hold all journeys and nulls none.

    channel: the channel of each code in `paths.codes`, 0 to channels - 1.
    """
    lost = paths.nulls if nulls else np.broadcast_to(0.0, paths.nulls.shape)
    base = channels + 1
    everybody = paths.conversions + lost
    all_of, ends_of = grains(everybody), [grains(x) for x in (paths.conversions, paths.value, lost)]
    kinds = [len(x) for x in ends_of]
    moved, ended = _Sums(base ** (back + 1), len(all_of)), _Sums(base**back, sum(kinds))
    digit = (channel + 1).astype(np.int64)
    for rows_here, touches_here in _blocks(paths.lengths):
        codes, lengths = digit[paths.codes[touches_here]], paths.lengths[rows_here]
        last = np.cumsum(lengths) - 1
        step = _steps(codes, last, lengths, base, back)
        moved.add(step, [np.repeat(x, lengths) for x in parted(everybody[rows_here], all_of)])
        ends = zip((paths.conversions, paths.value, lost), ends_of, strict=True)
        ended.add(step[last] % base**back, [x for amounts, grain in ends for x in parted(amounts[rows_here], grain)])
    keys, (sums, *more) = moved.done()
    for x in more:
        sums = sums + x
    end_keys, parts = ended.done()
    finals, at = [], 0
    for many in kinds:
        finals.append(np.sum(parts[at : at + many], axis=0))
        at += many
    none, zero = np.full(len(end_keys), -1, dtype=np.int64), np.zeros(len(keys))
    found: dict[str, Any] = {"bucket": np.zeros(len(keys) + len(end_keys), dtype=np.int64)}
    found["channel"] = np.concatenate([keys % base - 1, none])
    for i in range(1, back + 1):
        found[f"back_{i}"] = np.concatenate([keys // base**i % base - 1, end_keys // base ** (i - 1) % base - 1])
    for name, moving, ending in zip(("conversions", "value", "nulls"), (sums, zero, zero), finals, strict=True):
        found[name] = np.concatenate([moving, ending])
    return found


def grains(amounts: Array) -> list[float]:
    """What to round these amounts to, coarse and then finer, so that each of the parts (`parted`) adds up without rounding whatever
    the order, and together they are the amounts to 2^-60 of the largest. Whole numbers, as journeys are, stay one part: [0]."""
    many = max(len(amounts), 1)
    top = float(amounts.max(initial=0.0)) * many
    if top < 2.0**53 and not any(bool((part != np.floor(part)).any()) for part in np.array_split(amounts, many // TOUCHES + 1)):
        return [0.0]
    grain = 2.0 ** (int(np.frexp(top)[1]) - 53)  # sums of its multiples are below 2^53 of it
    return [grain, grain * 2.0 ** (int(np.frexp(float(many))[1]) - 53)]


def parted(amounts: Array, grains: Sequence[float]) -> list[Array]:
    """The amounts in parts, one for each grain (see `grains`)."""
    if grains == [0.0]:
        return [amounts]
    parts = []
    for grain in grains:
        parts.append(np.round(amounts / grain) * grain)
        amounts = amounts - parts[-1]
    return parts


def _blocks(lengths: Any) -> Iterator[tuple[slice, slice]]:
    """Rows and their touches, some at a time."""
    ends = np.cumsum(lengths, dtype=np.int64)
    row = 0
    while row < len(ends):
        done = int(ends[row - 1]) if row else 0
        following = max(row + 1, int(np.searchsorted(ends, done + TOUCHES, side="right")))
        yield slice(row, following), slice(done, int(ends[following - 1]))
        row = following


def _steps(codes: Index, last: Any, lengths: Any, base: int, back: int) -> Index:
    """Each touch with those before it in its path, the newest the lowest digit; 0 before the path began."""
    first = last - lengths + 1
    step = codes.copy()
    before, power = codes, 1
    for _ in range(back):
        power *= base
        before = np.concatenate([[0], before[:-1]])
        before[first] = 0
        step += before * power
    return step


class _Sums:
    """Sums by key, over blocks of rows."""

    def __init__(self, size: int, columns: int) -> None:
        self.size, self.columns = size, columns
        self.dense = size <= DENSE
        self.seen = np.zeros(size if self.dense else 0, dtype=bool)
        self.sums = np.zeros((columns, size if self.dense else 0))
        self.parts: list[tuple[Index, Array]] = []

    def add(self, keys: Index, amounts: Sequence[Array]) -> None:
        if self.dense:
            self.seen[keys] = True
            for total, amount in zip(self.sums, amounts, strict=True):
                total += np.bincount(keys, weights=amount, minlength=self.size)
        else:
            self.parts.append(_grouped(keys, np.stack(amounts)))

    def done(self) -> tuple[Index, Array]:
        """The keys that came, and their sums, columns x keys."""
        if self.dense:
            keys = np.flatnonzero(self.seen)
            return keys, self.sums[:, keys]
        return _grouped(np.concatenate([keys for keys, _ in self.parts]), np.concatenate([sums for _, sums in self.parts], axis=1))


def _grouped(keys: Index, amounts: Array) -> tuple[Index, Array]:
    order = np.argsort(keys)
    keys = keys[order]
    begins = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    return keys[begins], np.add.reduceat(amounts[:, order], begins, axis=1)
