"""What a plan brings: the one thing the allocator asks of the world.

Separable channels (each by its own curve) are the trivial outcome model. A model in which channels act on each
other (the lifecycle chain run forward under the plan) is another: it says what a plan truly brings, and gives
concave curves that hold near it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from optimizer.allocation.expression import Array
from optimizer.response.curves import Curve


@dataclass(frozen=True)
class Yields:
    """What a plan brings, one number per line of the problem, in its order.

    customers: buyers; exposure: touches (None: unknown); other: further responses by name ("stage:interest", ...).
    """

    customers: Array
    exposure: Array | None = None
    other: Mapping[str, Array] = field(default_factory=dict)


class OutcomeModel(Protocol):
    """spend: currency per line, in the problem's order of lines, set-up costs not included."""

    def outcome(self, spend: Array) -> Yields:
        """What this spend truly brings."""
        ...

    def curves_at(self, spend: Array) -> Sequence[Mapping[str, Curve]]:
        """For each line, concave curves by response name ("customers", "exposure") that hold near this spend, with all
        other lines as they are: their sum at `spend` should be near `outcome(spend)`, their slopes its gradient."""
        ...


@dataclass(frozen=True)
class Separable:
    """Every line by its own curves, read at its effective amount."""

    curves: tuple[Mapping[str, Curve], ...]

    def outcome(self, amounts: Array) -> Yields:
        names = sorted({name for curves in self.curves for name in curves})
        values = {
            name: np.array(
                [
                    float(c[name](a)) if name in c else 0.0
                    for c, a in zip(self.curves, amounts, strict=True)
                ]
            )
            for name in names
        }
        zero = np.zeros(len(self.curves))
        return Yields(values.pop("customers", zero), values.pop("exposure", None), values)

    def curves_at(self, amounts: Array) -> Sequence[Mapping[str, Curve]]:
        return self.curves


@dataclass(frozen=True, eq=False)
class Reordered:
    """An outcome model for the same lines in another order. order: for each line now, where it stood before."""

    model: OutcomeModel
    order: tuple[int, ...]

    def _before(self, spend: Array) -> Array:
        out = np.empty(len(self.order))
        out[list(self.order)] = spend
        return out

    def outcome(self, spend: Array) -> Yields:
        found, order = self.model.outcome(self._before(spend)), list(self.order)
        return Yields(
            found.customers[order],
            None if found.exposure is None else found.exposure[order],
            {name: values[order] for name, values in found.other.items()},
        )

    def curves_at(self, spend: Array) -> Sequence[Mapping[str, Curve]]:
        curves = self.model.curves_at(self._before(spend))
        return [curves[i] for i in self.order]
