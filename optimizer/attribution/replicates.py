"""Credit in every bootstrap replicate at once, and the two sums that models are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimizer.messages import Message

Array = NDArray[np.float64]


@dataclass(frozen=True)
class CreditReplicates:
    """Credit for R replicates (R = 1 for the estimate).

    Parameters
    ----------
    conversions, value
        R x C: conversions, and currency.
    removal_effect
        R x C, share of conversions lost without the channel, or None.
    unassigned
        R x 2 (conversions, value) that the model leaves to nobody, or None where all is handed out.
    notes
        Remarks for people.
    """

    conversions: Array
    value: Array
    removal_effect: Array | None = None
    unassigned: Array | None = None
    notes: tuple[Message, ...] = ()


def weigh(draws: Array, counted: Any) -> Array:
    """The replicates' totals.

    Parameters
    ----------
    draws
        R x B weights of the user buckets.
    counted
        B x ... counts by bucket, an array or a sparse matrix.

    Returns
    -------
    numpy.ndarray
        R x ....

    Examples
    --------
    >>> weigh(np.array([[1.0, 1.0], [2.0, 0.0]]), np.array([3.0, 4.0])).tolist()
    [7.0, 6.0]
    """
    return np.asarray(draws @ counted, dtype=np.float64)


def in_proportion(total: Array, effects: Array) -> Array:
    """Totals handed out in proportion to the effects; nothing where no channel has an effect.

    Parameters
    ----------
    total
        R totals.
    effects
        R x C.

    Returns
    -------
    numpy.ndarray
        R x C.

    Examples
    --------
    >>> in_proportion(np.array([10.0]), np.array([[0.75, 0.25]])).tolist()
    [[7.5, 2.5]]
    """
    whole = effects.sum(axis=1)
    return np.asarray(
        effects * np.where(whole > 0, total / np.where(whole > 0, whole, 1.0), 0.0)[:, None],
        dtype=np.float64,
    )
