"""Which rows are totals: those that equal the sum of others.

A word alone decides nothing: a brand may be called "total". A row is one of totals where it says so
and equals the sum of other rows, or says so and lacks what every row has (its day, who it is
about), or lacks its day and equals the sum of others. One that says so, lacks nothing and equals no
sum is a question.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from optimizer.messages import _

HOW_TO_SETTLE = _(
    "say whether such rows count, in `optimizer import`: --totals keep (that is a name) or "
    "--totals out (rows are missing)"
)
Query = Callable[[str], list[tuple[Any, ...]]]
MOST = 20_000  # candidates; more are no totals but a shape that is not understood


@dataclass(frozen=True)
class Verdicts:
    """What the rows are that may be totals.

    Attributes
    ----------
    proven
        Rows that equal the sum of others.
    told
        Rows that say they are totals and lack what every row has, but equal no sum.
    open
        Rows that say so, lack nothing and equal no sum.
    """

    proven: tuple[int, ...] = ()
    told: tuple[int, ...] = ()
    open: tuple[int, ...] = ()


def verdicts_on(query: Query, relation: str, amounts: Sequence[str]) -> Verdicts:
    """Judge the rows of a relation that may be totals.

    Parameters
    ----------
    query
        Runs SQL.
    relation
        SQL of rows with the columns _row (place in the file), _says (it says that it is one of
        totals), _lacks (its day or what it is about is missing), _period (may be NULL for all) and
        the amounts.
    amounts
        Columns that add up, the most telling first.
    """
    picked = "".join(f", {name}" for name in amounts)
    candidates = query(
        f"SELECT _row, _says, _lacks, CAST(_period AS VARCHAR){picked} FROM {relation}"
        f" WHERE _says OR _lacks ORDER BY _row LIMIT {MOST + 1}"
    )
    if not candidates or len(candidates) > MOST:
        return Verdicts()
    sums = _Sums(query, relation, amounts, len(candidates)) if amounts else None
    proven, told, still = [], [], []
    for place, (row, says, lacks, period, *values) in enumerate(candidates, 1):
        if sums is not None and sums.match(place, period, values):
            proven.append(row)
        elif says and lacks:
            told.append(row)
        elif says:
            still.append(row)
    ((rows,),) = query(f"SELECT count(*) FROM {relation}")
    if 2 * len(still) > rows:  # a word that stands in most rows tells none of them apart
        still = []
    return Verdicts(tuple(proven), tuple(told), tuple(still))


class _Sums:
    """Sums of the rows that are no candidates: all of them, by period, and between candidates."""

    def __init__(
        self, query: Query, relation: str, amounts: Sequence[str], candidates: int
    ) -> None:
        summed = ", ".join(f"CAST(sum({name}) AS DOUBLE)" for name in amounts)
        numbered = (
            "(SELECT *, sum(CASE WHEN _says OR _lacks THEN 1 ELSE 0 END) OVER (ORDER BY _row)"
            f" AS _run FROM {relation})"
        )
        rows = query(
            f"SELECT grouping(_run) + 2 * grouping(_period) AS _level, _run,"
            f" CAST(_period AS VARCHAR), count(*), {summed} FROM {numbered}"
            " WHERE NOT (_says OR _lacks) GROUP BY GROUPING SETS ((), (_period), (_run))"
        )
        self.all: Sequence[Any] = ()
        self.periods: dict[str | None, Sequence[Any]] = {}
        self.runs: dict[int, Sequence[Any]] = {}
        for level, run, period, *sums in rows:
            if level == 3:
                self.all = sums
            elif level == 2:
                self.runs[int(run)] = sums
            else:
                self.periods[period] = sums

    def match(self, place: int, period: str | None, values: Sequence[Any]) -> bool:
        """Whether the candidate number `place` (from 1) equals a sum: of all rows, of its period's,
        or of the rows between it and the candidate above or below.
        """
        groups = [self.all, self.runs.get(place - 1, ()), self.runs.get(place, ())]
        if period is not None:
            groups.append(self.periods.get(period, ()))
        return any(_equal(values, group) for group in groups if group)


def _equal(values: Sequence[Any], group: Sequence[Any]) -> bool:
    """Whether amounts are a group's sums: the first of them, and half of the others at least.

    People who were reached or visited are counted once in a total, so a few may differ.
    """
    rows, *sums = group
    pairs = [
        (float(value), float(total))
        for value, total in zip(values, sums, strict=True)
        if value is not None and total is not None
    ]
    if not pairs or not rows:
        return False
    # each row may have been rounded to cents before it was added up
    near = [abs(a - b) <= 0.005 * (rows + 1) + 1e-9 * abs(b) for a, b in pairs]
    telling = [n for n, (a, b) in zip(near, pairs, strict=True) if a or b]
    return bool(near[0] and 2 * sum(telling) >= len(telling))
