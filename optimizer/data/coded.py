"""A plain path table in numbers: its touches as codes, read and checked in one go.

Most path tables are plain: no quotes, no blanks at a path's ends, numbers that are numbers. Arrow
takes such a csv apart in a fifth of the time that SQL needs for the same, block by block; what is
kept is two bytes a touch and 28 a row. Wherever anything at all is out of the ordinary the answer
is None, and SQL reads the table anew and says what is wrong and where.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimizer.data.reading.csv_files import CsvFile
from optimizer.data.reading.values import BLANKS, LARGEST

Array = NDArray[np.float64]

SMALLEST = 1 << 20  # bytes of a csv below which loading Arrow costs more than it saves
WIDEST = 1 << 29  # bytes above which the table is better left to an engine that spills to disk
BLOCK = 1 << 16  # bytes taken apart together; a longer line is left to SQL
NAMES = 1 << 16
# A path's mark is the sum over its touches of a number of the touch times a power of ROOT for its
# place; of a million paths the chance that two have one mark is about 1 in ten million.
ROOT = 0xD1342543DE82EF95
UNROOT = pow(ROOT, -1, 1 << 64)


@dataclass(frozen=True)
class Coded:
    """Paths in numbers, in the order of their rows.

    names:   the touches' texts as they stand between the '>', by code
    codes:   the codes of all touches, path after path
    lengths: touches of each path
    conversions, value, nulls: of each path, as in `tables.Paths`
    """

    names: tuple[str, ...]
    codes: NDArray[np.uint16]
    lengths: NDArray[np.int32]
    conversions: Array
    value: Array
    nulls: Array


def read(file: CsvFile, places: Mapping[str, int]) -> tuple[Coded, int] | None:
    """The table and its number of different paths; None where it is anything but plain.

    places: our column name -> its position in the file.
    """
    if not file.plain or not SMALLEST <= file.path.stat().st_size <= WIDEST:
        return None
    import pyarrow

    usual = pyarrow.default_memory_pool()
    pyarrow.set_memory_pool(pyarrow.system_memory_pool())  # the usual one keeps what it once had
    try:
        return _read(file, places)
    except (pyarrow.ArrowException, OSError, UnicodeError, MemoryError):
        return None  # a row of another length, a number that is none
    finally:
        pyarrow.set_memory_pool(usual)
        pyarrow.system_memory_pool().release_unused()


def _read(file: CsvFile, places: Mapping[str, int]) -> tuple[Coded, int] | None:
    from pyarrow import csv, float64, string

    kinds = {
        f"c{place}": string() if name == "path" else float64() for name, place in places.items()
    }
    stream = csv.open_csv(
        file.path,
        csv.ReadOptions(
            use_threads=False,
            block_size=BLOCK,
            skip_rows=1,
            column_names=[f"c{i}" for i in range(len(file.header))],
        ),
        csv.ParseOptions(
            delimiter=file.delimiter, quote_char=False, double_quote=False, newlines_in_values=False
        ),
        csv.ConvertOptions(
            column_types=kinds,
            include_columns=list(kinds),
            null_values=[""],
            strings_can_be_null=False,
        ),
    )
    parts = _Parts(file)
    for batch in stream:
        columns = {name: batch.column(f"c{place}") for name, place in places.items()}
        if batch.num_rows and not parts.add(columns):
            return None
    return parts.joined()


class _Parts:
    """The table as it grows, block by block."""

    def __init__(self, file: CsvFile) -> None:
        # Room for as many rows and touches as so many bytes can hold. What is never written to
        # takes no memory.
        size = file.path.stat().st_size
        rows = size // (len(file.header) + 1) + 1
        self.codes, self.lengths = (
            np.empty(size // 2 + 1, dtype=np.uint16),
            np.empty(rows, dtype=np.int32),
        )
        self.numbers, self.marks = np.empty((3, rows)), np.empty(rows, dtype=np.uint64)
        self.touches = self.rows = 0
        self.power: dict[int, NDArray[np.uint64]] = {}
        self.code: dict[str, int] = {}
        self.edges = np.zeros((2, 0), dtype=bool)  # which names begin, and which end, with a blank

    def add(self, columns: Mapping[str, Any]) -> bool:
        """Take a block in; False where something in it is not plain."""
        import pyarrow.compute as pc

        numbers = _numbers(columns)
        lists = pc.split_pattern(columns["path"], ">")
        touches = pc.dictionary_encode(lists.flatten())
        here = self._codes(touches.dictionary.to_pylist())
        if numbers is None or here is None:
            return False
        codes, bounds = here[np.from_dlpack(touches.indices)], np.from_dlpack(lists.offsets)
        lengths = np.diff(bounds)
        first = bounds[:-1] - bounds[0]
        if self.touches + len(codes) > len(self.codes) or self.rows + len(lengths) > len(
            self.lengths
        ):
            return False  # the file has grown since it was opened
        if self.edges[0][codes[first]].any() or self.edges[1][codes[first + lengths - 1]].any():
            return False
        marks = (
            np.add.reduceat(
                _scattered(len(self.code))[codes] * self._powers(ROOT, len(codes)), first
            )
            * self._powers(UNROOT, len(codes))[first]
        )
        rows = slice(self.rows, self.rows + len(lengths))
        self.codes[self.touches : self.touches + len(codes)] = codes
        self.lengths[rows], self.numbers[:, rows], self.marks[rows] = lengths, numbers, marks
        self.touches, self.rows = self.touches + len(codes), rows.stop
        return True

    def _codes(self, names: list[str]) -> NDArray[np.uint16] | None:
        """Codes of these names, new ones learned; None where one is not plain, or they are too
        many.
        """
        new = [name for name in names if name not in self.code]
        if (
            any("<" in name or not name.strip(BLANKS) for name in new)
            or len(self.code) + len(new) > NAMES
        ):
            return None
        for name in new:
            self.code[name] = len(self.code)
        if new:
            self.edges = np.concatenate(
                [
                    self.edges,
                    [[name[0] in BLANKS for name in new], [name[-1] in BLANKS for name in new]],
                ],
                axis=1,
            )
        return np.array([self.code[name] for name in names], dtype=np.uint16)

    def _powers(self, root: int, many: int) -> NDArray[np.uint64]:
        """1, root, root^2, ... modulo 2^64."""
        if len(self.power.get(root, ())) < many:
            row = np.full(2 * many, root, dtype=np.uint64)
            row[0] = 1
            self.power[root] = np.cumprod(row)
        return self.power[root][:many]

    def joined(self) -> tuple[Coded, int] | None:
        if not self.rows:
            return None
        marks = self.marks[: self.rows]
        marks.sort()
        different = 1 + int(np.count_nonzero(marks[1:] != marks[:-1]))
        conversions, value, nulls = self.numbers[:, : self.rows]
        return Coded(
            tuple(self.code),
            self.codes[: self.touches],
            self.lengths[: self.rows],
            conversions,
            value,
            nulls,
        ), different


def _numbers(columns: Mapping[str, Any]) -> tuple[Array, Array, Array] | None:
    """Conversions, value and nulls of a block, 0 where absent; None where one cannot stand."""
    out: list[Any] = []
    for name in ("conversions", "value", "nulls"):
        cells = columns.get(name)
        if cells is None:
            out.append(np.zeros(len(columns["path"])))
            continue
        if cells.null_count and name == "conversions":
            return None
        numbers = np.from_dlpack(cells.fill_null(0.0) if cells.null_count else cells)
        if not ((numbers >= 0.0) & (numbers <= LARGEST)).all():
            return None
        out.append(numbers)
    return None if ((out[1] > 0) & (out[0] == 0)).any() else (out[0], out[1], out[2])


def _scattered(many: int) -> NDArray[np.uint64]:
    """Odd numbers that look random (the mixing of splitmix64)."""
    mixed = np.arange(many, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed | np.uint64(1)
