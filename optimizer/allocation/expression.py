"""Linear expressions over what a plan is made of, so that one function can state a rule and check
it.

An expression is a constant plus atoms: (kind, which, weight) with kind "spend", "customers",
"exposure", "posts", "active", "on" (1 where a decision spends), "starts" (1 where a channel first
spends) or "helper", `which` the
numbers of decisions (of channels for "active", of helpers for "helper"). On a finished plan every
expression is a plain number: a constant without atoms.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Atom = tuple[str, Index, Array]

TINY = 1e-300  # stands below a fraction whose base may be 0


@dataclass(frozen=True, eq=False)
class Expression:
    """Sum of weight * atom, plus a constant.

    Adding keeps lists of atoms; nothing is merged before the model is built.

    Parameters
    ----------
    atoms
        (kind, which, weight), see the module.
    constant
        In the expression's own unit.

    Examples
    --------
    >>> spend = Expression.of("spend", np.array([0, 1]))
    >>> (2.0 * spend + 30.0 <= 100.0).excess.constant
    -70.0
    """

    atoms: tuple[Atom, ...] = ()
    constant: float = 0.0

    @staticmethod
    def of(kind: str, which: Index, weight: Array | float = 1.0) -> Expression:
        """Sum of weight * (what the numbered decisions, channels or helpers come to)."""
        return Expression(
            ((kind, which, np.broadcast_to(np.asarray(weight, dtype=float), which.shape)),)
        )

    def __add__(self, other: Expression | float) -> Expression:
        if isinstance(other, Expression):
            return Expression(self.atoms + other.atoms, self.constant + other.constant)
        return Expression(self.atoms, self.constant + other)

    __radd__ = __add__

    def __mul__(self, factor: float) -> Expression:
        if isinstance(factor, Expression):
            if factor.atoms:
                raise TypeError("a rule must be linear: two plan quantities cannot be multiplied")
            factor = factor.constant
        return Expression(
            tuple((kind, which, weight * factor) for kind, which, weight in self.atoms),
            self.constant * factor,
        )

    __rmul__ = __mul__

    def __neg__(self) -> Expression:
        return self * -1.0

    def __sub__(self, other: Expression | float) -> Expression:
        return self + (-other)

    def __rsub__(self, other: float) -> Expression:
        return (-self) + other

    def __le__(self, other: Expression | float) -> Comparison:
        return Comparison(self, _lifted(other), "<=")

    def __ge__(self, other: Expression | float) -> Comparison:
        return Comparison(self, _lifted(other), ">=")

    def __float__(self) -> float:
        if self.atoms:
            raise TypeError("this quantity has no value before the plan is known")
        return float(self.constant)


def _lifted(value: Expression | float) -> Expression:
    return value if isinstance(value, Expression) else Expression(constant=float(value))


@dataclass(frozen=True, eq=False)
class Comparison:
    """left <= right or left >= right: a row of the model, or on a finished plan a finding.

    Parameters
    ----------
    left, right
        The two sides, in one unit.
    sense
        "<=" or ">=".
    label
        Which part of a rule with several rows this is (a channel, a period).
    achieved
        What the plan comes to, where it cannot be read off the two sides.
    """

    left: Expression
    right: Expression
    sense: str
    label: str = ""
    achieved: float | None = None

    @property
    def excess(self) -> Expression:
        """The expression that must not be above 0."""
        return self.left - self.right if self.sense == "<=" else self.right - self.left

    def called(self, label: str) -> Comparison:
        """The same row with a label."""
        return replace(self, label=label)

    def reporting(self, achieved: float | None) -> Comparison:
        """The same row with what the plan comes to."""
        return replace(self, achieved=achieved)

    def violation(self) -> float:
        """How far a finished plan is beyond the rule, relative to the larger side (0 or less: it
        holds).
        """
        left, right = float(self.left), float(self.right)
        beyond = left - right if self.sense == "<=" else right - left
        size = max(abs(left), abs(right))
        return beyond / size if size > 0 else 0.0
