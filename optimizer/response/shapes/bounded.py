"""Curves with a ceiling that bend down from the first unit of spend on."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from optimizer.response.curve import CURVES, Array, Curve, positive
from optimizer.units import Positive

LN2 = math.log(2)


@CURVES.register
@dataclass(frozen=True, kw_only=True)
class saturating(Curve):
    """ceiling * x / (half_spend + x): half of the ceiling at half_spend (Michaelis-Menten; Hill
    with slope 1).
    """

    ceiling: Positive
    half_spend: Positive
    elementwise: ClassVar[bool] = True

    def check(self) -> None:
        """Both parameters are positive."""
        positive(self, ceiling=self.ceiling, half_spend=self.half_spend)

    def shape(self, x: Array) -> Array:
        """Michaelis-Menten."""
        return self.ceiling * x / (self.half_spend + x)

    def shape_slope(self, x: Array) -> Array:
        """Falls from ceiling / half_spend at 0."""
        return self.ceiling * self.half_spend / (self.half_spend + x) ** 2

    def shape_bend(self) -> float:
        """Half of the ceiling is won there."""
        return self.half_spend

    def shape_spend_at_slope(self, slope: Array) -> Array:
        """The root of ceiling * half_spend / (half_spend + x)^2 = slope."""
        return np.sqrt(self.ceiling * self.half_spend / slope) - self.half_spend


@CURVES.register
@dataclass(frozen=True, kw_only=True)
class exponential(Curve):
    """ceiling * (1 - 2 ** -(x / half_spend)): each half_spend wins half of what is left to win."""

    ceiling: Positive
    half_spend: Positive
    elementwise: ClassVar[bool] = True

    def check(self) -> None:
        """Both parameters are positive."""
        positive(self, ceiling=self.ceiling, half_spend=self.half_spend)

    def shape(self, x: Array) -> Array:
        """Half of what is left is won by each half_spend."""
        return -self.ceiling * np.expm1(-x * (LN2 / self.half_spend))

    def shape_slope(self, x: Array) -> Array:
        """Halves with each half_spend."""
        rate = LN2 / self.half_spend
        return self.ceiling * rate * np.exp(-x * rate)

    def shape_bend(self) -> float:
        """Half of the ceiling is won there."""
        return self.half_spend

    def shape_spend_at_slope(self, slope: Array) -> Array:
        """The logarithm of how often the first slope has halved."""
        first = self.ceiling * LN2 / self.half_spend
        return np.log(first / slope) * self.half_spend / LN2


@CURVES.register
@dataclass(frozen=True, kw_only=True)
class tanh(Curve):
    """ceiling * tanh(x / scale): three quarters of the ceiling at scale."""

    ceiling: Positive
    scale: Positive
    elementwise: ClassVar[bool] = True

    def check(self) -> None:
        """Both parameters are positive."""
        positive(self, ceiling=self.ceiling, scale=self.scale)

    def shape(self, x: Array) -> Array:
        """The hyperbolic tangent."""
        return self.ceiling * np.tanh(x / self.scale)

    def shape_slope(self, x: Array) -> Array:
        """Falls from ceiling / scale at 0."""
        with np.errstate(over="ignore"):
            return self.ceiling / self.scale / np.cosh(x / self.scale) ** 2

    def shape_bend(self) -> float:
        """Three quarters of the ceiling are won there."""
        return self.scale

    def shape_spend_at_slope(self, slope: Array) -> Array:
        """cosh(x / scale)^2 = ceiling / (scale * slope)."""
        return self.scale * np.arccosh(np.sqrt(self.ceiling / self.scale / slope))
