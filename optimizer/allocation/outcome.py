"""What a plan brings: the one thing the allocator asks of the world.

Separable channels (each by its own curve) are the trivial outcome model. A model in which channels
act on each other (the lifecycle chain run forward under the plan) is another: it says what a plan
truly brings, and gives concave curves that hold near it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from optimizer.allocation.expression import Array
from optimizer.response.curve import Curve


@dataclass(frozen=True)
class Yields:
    """What a plan brings, one number per decision of the problem, in its order.

    Parameters
    ----------
    customers
        Buyers.
    exposure
        Touches (None: unknown).
    other
        Further responses by name ("stage:interest", ...).
    """

    customers: Array
    exposure: Array | None = None
    other: Mapping[str, Array] = field(default_factory=dict)


class OutcomeModel(Protocol):
    """What is asked of the world: spend is currency per decision, in the problem's order, set-up
    costs not included.
    """

    def outcome(self, spend: Array) -> Yields:
        """What this spend truly brings."""
        ...

    def curves_at(self, spend: Array) -> Sequence[Mapping[str, Curve]]:
        """For each decision, concave curves by response name ("customers", "exposure") that hold
        near this spend.

        All other decisions stay as they are: the curves' sum at `spend` should be near
        `outcome(spend)`, their slopes its gradient.
        """
        ...


@dataclass(frozen=True, eq=False)
class Reordered:
    """An outcome model for the same decisions in another order.

    Parameters
    ----------
    model
        The model in the order before.
    order
        For each decision now, where it stood before.
    """

    model: OutcomeModel
    order: tuple[int, ...]

    def _before(self, spend: Array) -> Array:
        out = np.empty(len(self.order))
        out[list(self.order)] = spend
        return out

    def outcome(self, spend: Array) -> Yields:
        """See `OutcomeModel`."""
        found, order = self.model.outcome(self._before(spend)), list(self.order)
        return Yields(
            found.customers[order],
            None if found.exposure is None else found.exposure[order],
            {name: values[order] for name, values in found.other.items()},
        )

    def curves_at(self, spend: Array) -> Sequence[Mapping[str, Curve]]:
        """See `OutcomeModel`."""
        curves = self.model.curves_at(self._before(spend))
        return [curves[i] for i in self.order]
