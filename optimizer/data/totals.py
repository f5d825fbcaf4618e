"""What the shop sold, period by period: the totals that need no journeys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

from optimizer.messages import Text

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Totals:
    """What was sold in every period from the first to the last, T of them.

    Parameters
    ----------
    period
        day, week or month.
    starts
        First day of each period, sorted and without gaps.
    new_customers
        First purchases per period (nan: missing).
    orders, revenue, visitors
        Per period; revenue in currency (None: no such column).
    controls
        What else moved demand, by name, per period.
    label
        What the table is called in messages.
    notes
        Remarks for people.
    """

    period: str
    starts: tuple[date, ...]
    new_customers: Array
    orders: Array | None = None
    revenue: Array | None = None
    visitors: Array | None = None
    controls: Mapping[str, Array] = field(default_factory=dict)
    label: Text = "totals"
    notes: tuple[Text, ...] = ()
