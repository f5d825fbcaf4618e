"""What a plan brings: the one thing the allocator asks of the world.

Separable channels (each by its own curve) are the trivial outcome model. A model in which channels
act on each other (the lifecycle chain run forward under the plan) is another: it says what a plan
truly brings, and gives concave curves that hold near it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np

from optimizer.allocation.expression import Array
from optimizer.response.curve import Curve
from optimizer.response.vectorised import VectorisedCurves


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

    @property
    def kinds(self) -> tuple[str, ...]:
        """Names of the responses that are known."""
        return ("customers", *(("exposure",) if self.exposure is not None else ()), *self.other)

    def of(self, kind: str) -> Array:
        """A response by name."""
        found = {"customers": self.customers, "exposure": self.exposure}.get(kind)
        return self.other[kind] if found is None else found


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
        `outcome(spend)`, their slopes its gradient. They may be crude: the search corrects them to
        first order by `gradient`.
        """
        ...

    def gradient(self, spend: Array, kind: str, weight: Array) -> Array:
        """What one more unit of money on each decision adds to sum of weight * response.

        Parameters
        ----------
        spend
            Where it is asked.
        kind
            The response: "customers", "exposure", or a name of `Yields.other`.
        weight
            One per decision.
        """
        ...


def numerical_gradient(
    model: OutcomeModel, spend: Array, kind: str, weight: Array, step: float = 1e-5
) -> Array:
    """`OutcomeModel.gradient` by differences, two runs a decision: for small models without one.

    Parameters
    ----------
    model, spend, kind, weight
        As `OutcomeModel.gradient` takes them.
    step
        Share of the whole spend.
    """
    size = step * max(float(np.sum(spend)), 1.0)
    out = np.zeros(len(spend))
    for i in range(len(spend)):
        up, down = spend.copy(), spend.copy()
        up[i] += size
        down[i] = max(down[i] - size, 0.0)
        more, less = (weight @ model.outcome(at).of(kind) for at in (up, down))
        out[i] = (more - less) / (up[i] - down[i])
    return out


@dataclass(frozen=True, eq=False)
class LocalModel:
    """What holds near a spend, exact there to first order.

    Parameters
    ----------
    spend
        Currency per decision.
    model
        The outcome model it is taken from.
    yields
        What it says there.
    gradients, each
        Gradients that were asked for: by response and weights, and by response those of every
        decision's own.
    lacking
        What curves were found to lack (see `first_order`): by response and weights, with the
        curves.
    """

    spend: Array
    model: OutcomeModel
    yields: Yields
    gradients: dict[tuple[str, bytes], Array] = field(default_factory=dict)
    each: dict[str, Array] = field(default_factory=dict)
    lacking: dict[tuple[str, bytes], tuple[VectorisedCurves, float, Array]] = field(
        default_factory=dict
    )

    def gradient(self, kind: str, weight: Array) -> Array:
        """The model's gradient here, remembered; after many weights (draws ask for one each) from
        those of single decisions, since it is linear in the weights.
        """
        key = (kind, weight.tobytes())
        if key not in self.gradients:
            many = len(self.gradients) >= len(weight)
            self.gradients[key] = (
                weight @ self._of_each(kind)
                if many
                else self.model.gradient(self.spend, kind, weight)
            )
        return self.gradients[key]

    def _of_each(self, kind: str) -> Array:
        """Decisions x decisions: the gradient of each one's response."""
        if kind not in self.each:
            one = np.eye(len(self.spend))
            rows = [self.model.gradient(self.spend, kind, weight) for weight in one]
            self.each[kind] = np.array(rows)
        return self.each[kind]

    def times(self, factor: Array) -> LocalModel:
        """The same with each decision's customers multiplied."""
        yields = replace(self.yields, customers=self.yields.customers * factor)
        return LocalModel(self.spend, Rescaled(self.model, factor, self), yields)

    def reordered(self, order: tuple[int, ...]) -> LocalModel:
        """The same for the decisions in another order (see `Reordered`)."""
        model, spend = Reordered(self.model, order), self.spend[list(order)]
        return LocalModel(spend, model, model.outcome(spend))


@dataclass(frozen=True, eq=False)
class Rescaled:
    """An outcome model with each decision's customers multiplied; `near`: what is known of the
    model where it is looked at.
    """

    model: OutcomeModel
    factor: Array
    near: LocalModel | None = None

    def outcome(self, spend: Array) -> Yields:
        """See `OutcomeModel`."""
        found = self.model.outcome(spend)
        return replace(found, customers=found.customers * self.factor)

    def curves_at(self, spend: Array) -> Sequence[Mapping[str, Curve]]:
        """See `OutcomeModel`."""
        return [
            {
                name: curve.times(float(factor)) if name == "customers" else curve
                for name, curve in curves.items()
            }
            for curves, factor in zip(self.model.curves_at(spend), self.factor, strict=True)
        ]

    def gradient(self, spend: Array, kind: str, weight: Array) -> Array:
        """See `OutcomeModel`."""
        times = self.factor if kind == "customers" else 1.0
        if self.near is not None and spend is self.near.spend:
            return self.near.gradient(kind, weight * times)
        return self.model.gradient(spend, kind, weight * times)


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

    def gradient(self, spend: Array, kind: str, weight: Array) -> Array:
        """See `OutcomeModel`."""
        order = list(self.order)
        return self.model.gradient(self._before(spend), kind, self._before(weight))[order]
