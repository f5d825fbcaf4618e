"""The steps of a path table in numbers (`data.coded`), counted: what `paths_sql.walk_of_paths`
counts in SQL.

A step is one number: the codes of the touch and of the `back` touches before it, as digits. All
sums are of doubles that add up without rounding (`grains`), so they do not depend on the order of
rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimizer.data.coded import Coded

Array = NDArray[np.float64]
Index = NDArray[np.int64]

TOUCHES = 1 << 15  # that are looked at together
DENSE = 1 << 20  # different steps up to which every possible one has a place of its own
# sums of blocks that may wait to be added to those before: as many as there are of them, and so
# many at least
WAITING = 1 << 20


def fits(channels: int, back: int) -> bool:
    """Whether a step of so many channels, with `back` touches before it, fits into one 64-bit
    number.

    Parameters
    ----------
    channels
        C.
    back
        Touches before each that are told apart.

    Examples
    --------
    >>> fits(1000, 3), fits(1000, 6)
    (True, False)
    """
    return bool((channels + 1) ** (back + 1) < 2**62)


def walk(paths: Coded, channel: Index, channels: int, back: int, nulls: bool) -> dict[str, Any]:
    """Groups of steps with the amounts of the journeys that took them.

    Parameters
    ----------
    paths
        The table in numbers.
    channel
        The channel of each code in `paths.codes`, 0 to channels - 1.
    channels
        C.
    back
        Touches before each that are told apart.
    nulls
        Journeys without a conversion take part.

    Returns
    -------
    The columns that `assemble.assemble_walk` reads: bucket (0), channel (-1 at a journey's end),
    back_1 ... back_k (-1 before it began), conversions, value and nulls. Of steps that go on,
    conversions hold all journeys and nulls none.
    """
    lost = paths.nulls if nulls else np.broadcast_to(0.0, paths.nulls.shape)
    base, many = channels + 1, len(paths.codes)
    all_of, ends_of = (
        grains(many, paths.conversions, lost),
        [grains(many, x) for x in (paths.conversions, paths.value, lost)],
    )
    kinds = [len(x) for x in ends_of]
    moved, ended = _Sums(base ** (back + 1), len(all_of)), _Sums(base**back, sum(kinds))
    digit = (channel + 1).astype(np.int64)
    for rows_here, touches_here in _blocks(paths.lengths):
        codes, lengths = digit[paths.codes[touches_here]], paths.lengths[rows_here]
        last = np.cumsum(lengths) - 1
        step = _steps(codes, last, lengths, base, back)
        moved.add(
            step,
            [
                np.repeat(x, lengths)
                for x in parted(paths.conversions[rows_here] + lost[rows_here], all_of)
            ],
        )
        ends = zip((paths.conversions, paths.value, lost), ends_of, strict=True)
        ended.add(
            step[last] % base**back,
            [x for amounts, grain in ends for x in parted(amounts[rows_here], grain)],
        )
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
        found[f"back_{i}"] = np.concatenate(
            [keys // base**i % base - 1, end_keys // base ** (i - 1) % base - 1]
        )
    for name, moving, ending in zip(
        ("conversions", "value", "nulls"), (sums, zero, zero), finals, strict=True
    ):
        found[name] = np.concatenate([moving, ending])
    return found


def grains(many: int, *amounts: Array) -> list[float]:
    """What to round amounts to, so that sums of their parts do not round.

    Any `many` of the parts (`parted`) add up without rounding whatever the order, and together
    they are the amounts to 2^-60 of the largest. (Error-free transformation of a sum; Demmel &
    Nguyen 2015 use the same for sums that do not depend on order.)

    Parameters
    ----------
    many
        How many amounts will be added.
    amounts
        Rows each; of several, their sums row by row are meant.

    Returns
    -------
    A coarse grain and a finer one; whole numbers, as journeys are, stay one part: [0].

    Examples
    --------
    >>> grains(10, np.array([1.0, 2.0]))
    [0.0]
    """
    most, whole, many = 0.0, True, max(many, 1)
    for row in range(0, len(amounts[0]), TOUCHES):
        here = sum(
            (x[row : row + TOUCHES] for x in amounts[1:]), start=amounts[0][row : row + TOUCHES]
        )
        most, whole = max(most, float(here.max())), whole and bool((here == np.floor(here)).all())
    if whole and most * many < 2.0**53:
        return [0.0]
    grain = 2.0 ** (
        int(np.frexp(most * many)[1]) - 53
    )  # sums of its multiples are below 2^53 of it
    return [grain, grain * 2.0 ** (int(np.frexp(float(many))[1]) - 53)]


def parted(amounts: Array, grains: Sequence[float]) -> list[Array]:
    """The amounts in parts, one for each grain (see `grains`).

    Parameters
    ----------
    amounts
        Any.
    grains
        Of these amounts, see `grains`.

    Returns
    -------
    One array for each grain; together they are the amounts.
    """
    if grains == [0.0]:
        return [amounts]
    parts = []
    for grain in grains:
        parts.append(np.round(amounts / grain) * grain)
        amounts = amounts - parts[-1]
    return parts


def _blocks(lengths: Any) -> Iterator[tuple[slice, slice]]:
    """Rows and their touches, some at a time."""
    row = done = 0
    while row < len(lengths):
        ends = np.cumsum(lengths[row : row + TOUCHES], dtype=np.int64)
        many = max(1, int(np.searchsorted(ends, TOUCHES, side="right")))
        yield slice(row, row + many), slice(done, done + int(ends[many - 1]))
        row, done = row + many, done + int(ends[many - 1])


def _steps(codes: Index, last: Any, lengths: Any, base: int, back: int) -> Index:
    """Each touch with those before it in its path, the newest the lowest digit; 0 before the path
    began.
    """
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
        self.dense = size <= DENSE
        self.seen = np.zeros(size if self.dense else 0, dtype=bool)
        self.sums = np.zeros((columns, size if self.dense else 0))
        self.parts: list[tuple[Index, Array]] = []  # the first: what was added up so far
        self.waiting = 0

    def add(self, keys: Index, amounts: Sequence[Array]) -> None:
        """Add a block: amounts, columns of rows, to the sums of their keys.

        Parameters
        ----------
        keys
            (rows,) from 0 up, below `size` where the sums are dense; may repeat.
        amounts
            One (rows,) array per column.
        """
        if self.dense:
            self.seen[keys] = True
            for total, amount in zip(self.sums, amounts, strict=True):
                np.add.at(total, keys, amount)
            return
        self.parts.append(_grouped(keys, np.stack(amounts)))
        self.waiting += len(self.parts[-1][0])
        if self.waiting > max(WAITING, len(self.parts[0][0])):
            self._merge()

    def _merge(self) -> None:
        """Add what waits to the sums before."""
        self.parts = [
            _grouped(
                np.concatenate([keys for keys, _ in self.parts]),
                np.concatenate([sums for _, sums in self.parts], axis=1),
            )
        ]
        self.waiting = 0

    def done(self) -> tuple[Index, Array]:
        """The keys that came, and their sums, columns x keys."""
        if self.dense:
            keys = np.flatnonzero(self.seen)
            return keys, self.sums[:, keys]
        self._merge()
        return self.parts[0]


def _grouped(keys: Index, amounts: Array) -> tuple[Index, Array]:
    """Different keys, sorted, and the sums of their amounts, columns x keys."""
    order = np.argsort(keys)
    keys = keys[order]
    begins = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    return keys[begins], np.add.reduceat(amounts[:, order], begins, axis=1)
