"""How far models disagree: the order of the channels, the share that changes hands, the largest
movers."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]

COLUMNS = (
    "model",
    "against",
    "rank_correlation",
    "share_moved",
    "largest_mover",
    "share",
    "share_against",
)


class Shares(Protocol):
    """What is compared: an answer with a label, and a share (0 to 1) for each channel."""

    @property
    def label(self) -> str:
        """What to call it."""
        ...

    @property
    def channels(self) -> tuple[str, ...]:
        """C names."""
        ...

    @property
    def share(self) -> Array:
        """C shares."""
        ...


def compare(answers: Sequence[Shares], against: Shares | None = None) -> pd.DataFrame:
    """Every pair of answers, or every answer against one.

    Parameters
    ----------
    answers
        Credit of several models.
    against
        The one to compare with; None: all with all.

    Returns
    -------
    pandas.DataFrame
        With `COLUMNS`, one row per pair:
        rank_correlation, Spearman's, of the channels' credit (NaN where a model ranks no channel
        above another); share_moved, of all credited conversions, that one model gives to other
        channels, 0 to 1; largest_mover, the channel whose share differs most, with its share in
        both models.
    """
    import pandas as pd

    if against is None:
        pairs = list(combinations(answers, 2))
    else:
        pairs = [(answer, against) for answer in answers if answer is not against]
    return pd.DataFrame([_row(one, two) for one, two in pairs], columns=list(COLUMNS))


def _row(one: Shares, two: Shares) -> tuple[str, str, float, float, str, float, float]:
    names = sorted({*one.channels, *two.channels})
    first, second = _in_order(one, names), _in_order(two, names)
    moved = np.abs(first - second)
    at = int(np.argmax(np.round(moved, 12))) if names else 0
    mover = (names[at], float(first[at]), float(second[at])) if names else ("", 0.0, 0.0)
    return one.label, two.label, rank_correlation(first, second), float(moved.sum() / 2), *mover


def _in_order(answer: Shares, names: list[str]) -> Array:
    given = dict(zip(answer.channels, answer.share.tolist(), strict=True))
    return np.array([given.get(name, 0.0) for name in names])


def rank_correlation(first: Array, second: Array) -> float:
    """Spearman's rank correlation, ties by mean rank.

    Parameters
    ----------
    first, second
        C numbers each; differences below 1e-12 are ties.

    Returns
    -------
    float
        -1 to 1; NaN where one side is all ties.

    Examples
    --------
    >>> rank_correlation(np.array([3.0, 2.0, 1.0]), np.array([30.0, 20.0, 10.0]))
    1.0
    """
    ranks = [_ranks(np.round(side, 12)) for side in (first, second)]
    centred = [rank - rank.mean() for rank in ranks] if len(first) else ranks
    scale = float(np.sqrt((centred[0] ** 2).sum() * (centred[1] ** 2).sum()))
    return float((centred[0] * centred[1]).sum() / scale) if scale > 0 else float("nan")


def _ranks(values: Array) -> Array:
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    top = np.cumsum(count)
    return np.asarray((top - (count - 1) / 2.0)[place], dtype=np.float64)
