"""Curves that may bend up before they bend down: a little money brings little."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from optimizer.response.curve import CURVES, Array, Curve, Region, positive
from optimizer.units import Positive


@CURVES.register
@dataclass(frozen=True, kw_only=True)
class hill(Curve):
    """ceiling * x^n / (half_spend^n + x^n), n = steepness: above 1 an S, where little money brings
    little.
    """

    ceiling: Positive
    half_spend: Positive
    steepness: Positive
    also: ClassVar[Mapping[str, str]] = {"slope": "steepness"}

    def check(self) -> None:
        """All parameters are positive."""
        positive(self, ceiling=self.ceiling, half_spend=self.half_spend, steepness=self.steepness)

    def shape(self, x: Array) -> Array:
        """The Hill function (A. V. Hill 1910)."""
        return np.asarray(self.ceiling * self._share(x), dtype=float)

    def _share(self, x: Array) -> Array:
        """Share of the ceiling; written so that large powers do not overflow into nan."""
        with np.errstate(divide="ignore", over="ignore"):
            return np.asarray(1.0 / (1.0 + (self.half_spend / x) ** self.steepness), dtype=float)

    def shape_slope(self, x: Array) -> Array:
        """At 0: infinite below a steepness of 1, none above it."""
        n = self.steepness
        at_zero = math.inf if n < 1 else self.ceiling / self.half_spend if n == 1 else 0.0
        share = self._share(x)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(x > 0, self.ceiling * n * share * (1 - share) / x, at_zero)

    def shape_regions(self) -> tuple[Region, ...]:
        """Up to the inflection, where the steepness is above 1."""
        n = self.steepness
        if n <= 1:
            return (Region(0.0, -1),)
        turn = self.half_spend * ((n - 1) / (n + 1)) ** (1 / n)
        return (Region(0.0, 1), Region(turn, -1))

    def shape_bend(self) -> float:
        """Half of the ceiling is won there."""
        return self.half_spend


@CURVES.register
@dataclass(frozen=True, kw_only=True)
class logistic(Curve):
    """ceiling * (s(x) - s(0)) / (1 - s(0)) with s(x) = 1 / (1 + exp(-rate * (x - midpoint))): an S
    through zero that is steepest at midpoint.
    """

    ceiling: Positive
    midpoint: Positive
    rate: Positive

    def check(self) -> None:
        """All parameters are positive."""
        positive(self, ceiling=self.ceiling, midpoint=self.midpoint, rate=self.rate)

    def _at(self, x: Array) -> Array:
        """s(x), written with tanh so that nothing overflows."""
        return np.asarray(0.5 * (1.0 + np.tanh(0.5 * self.rate * (x - self.midpoint))), dtype=float)

    def shape(self, x: Array) -> Array:
        """What is won beyond nothing (Verhulst 1838)."""
        with np.errstate(over="ignore"):
            below = 1.0 + np.exp(self.rate * (self.midpoint - x))
        return np.asarray(self.ceiling * -np.expm1(-self.rate * x) / below, dtype=float)

    def shape_slope(self, x: Array) -> Array:
        """rate * s * (1 - s), as a share of what there is to win."""
        at, above = self._at(x), 1.0 + math.exp(-self.rate * self.midpoint)
        return np.asarray(self.ceiling * self.rate * at * (1.0 - at) * above, dtype=float)

    def shape_regions(self) -> tuple[Region, ...]:
        """Up to the midpoint, down from there."""
        return (Region(0.0, 1), Region(self.midpoint, -1))

    def shape_bend(self) -> float:
        """Half of the ceiling, nearly, is won at the midpoint."""
        return self.midpoint + 1.0 / self.rate
