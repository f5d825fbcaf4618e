"""The sufficient statistics: everything attribution needs to know about the journeys, and no rows.

Every array keeps a first axis of user buckets (users hashed into B groups), so that a bootstrap
replicate is a weighted sum over buckets and never a second reading of the data. B = 1 where no
intervals are asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimizer.messages import Text

Array = NDArray[np.float64]
Index = NDArray[np.int64]


@dataclass(frozen=True)
class Chain:
    """Transition counts of the order-k chain. A state is the history of the last k touches,
    START-padded.

    The B x E and B x S matrices are `scipy.sparse.csr_matrix`, or plain arrays where B = 1.

    Parameters
    ----------
    order
        k, the touches a state remembers.
    states
        S x k channel indices into `Counts.channels`, oldest first, -1 where the journey had not
        begun; row 0 is START (all -1).
    source, target
        E state numbers, one pair per observed transition (repeats of a channel are transitions
        too).
    moves
        B x E transition counts.
    conversions, value, nulls
        B x S; journeys that ended from the state with a conversion (count, currency) or without.
    """

    order: int
    states: Index
    source: Index
    target: Index
    moves: Any
    conversions: Any
    value: Any
    nulls: Any


@dataclass(frozen=True)
class Pairs:
    """Journeys by presence of channels and of pairs of channels (order and repeats do not matter).

    Matrices are dense or `scipy.sparse.csr_matrix`.

    Parameters
    ----------
    first, second
        P channel indices into `Counts.channels`, first <= second; first == second stands for the
        channel alone (journeys that contain it); only pairs that occur together are listed.
    journeys, conversions, value
        B x P, over journeys that contain both (conversions in number and currency).
    shared_conversions, shared_value
        The same, each journey divided by (its distinct channels - 1); 0 for singles.
    """

    first: Index
    second: Index
    journeys: Any
    conversions: Any
    value: Any
    shared_conversions: Any
    shared_value: Any


@dataclass(frozen=True)
class Counts:
    """What one pass over the journeys leaves behind.

    Parameters
    ----------
    channels
        C names, sorted.
    journeys, conversions, value, nulls
        Per bucket (B,); value in currency.
    credit
        Model name -> (conversions B x C, value B x C), for every model whose credit is a sum over
        journeys (first, last, linear, position, time_decay, shapley, ...).
    chains
        Order -> Chain.
    pairs
        What `shao` needs: `Pairs`, or None where it was not asked for.
    source
        What was read, for `Attribution.source` (kind, rows, users, journeys, from, to, ...).
    notes
        What a reader should know of the data.
    """

    channels: tuple[str, ...]
    journeys: Array
    conversions: Array
    value: Array
    nulls: Array
    credit: Mapping[str, tuple[Array, Array]] = field(default_factory=dict)
    chains: Mapping[int, Chain] = field(default_factory=dict)
    pairs: Pairs | None = None
    source: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[Text, ...] = ()

    @property
    def buckets(self) -> int:
        """B, groups of users."""
        return len(self.journeys)

    @property
    def conversion_rate(self) -> float | None:
        """Conversions per journey; None where there are no journeys."""
        total = float(self.journeys.sum())
        return float(self.conversions.sum()) / total if total else None
