"""Response curves: what spend on one channel brings. Each shape is one registered class.

A curve maps spend (currency) to a response (touches, new customers or exposures), both over the same stretch
of time. It is 0 at 0 and never falls. `concave` says whether it bends down everywhere.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from optimizer.registry import Registry

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Evidence:
    """Where a curve comes from. observed: range of spend seen, in the curve's own currency and time;
    r2: share of variance explained (None: not fitted); points: observations; source: fitted | point | stated."""

    source: str = "stated"
    observed: tuple[float, float] | None = None
    r2: float | None = None
    points: int = 0
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Curve(ABC):
    """Base of all shapes: f(x) = response_scale * shape(x / spend_scale).

    `stretched(H)` turns a per-week curve into the curve of H evenly paced weeks: H * f(x / H).
    """

    spend_scale: float = 1.0
    response_scale: float = 1.0
    evidence: Evidence = Evidence()
    concave: ClassVar[bool] = True

    @abstractmethod
    def shape(self, x: Array) -> Array:
        """Response at spend x >= 0, before scaling; 0 at 0."""

    @abstractmethod
    def shape_slope(self, x: Array) -> Array:
        """Derivative of `shape` (the right-hand one at a kink); may be infinite at 0."""

    def __call__(self, spend: Array | float) -> Array:
        return self.response_scale * self.shape(np.asarray(spend, dtype=float) / self.spend_scale)

    def slope(self, spend: Array | float) -> Array:
        """Response per unit of spend for the next unit."""
        return self.response_scale / self.spend_scale * self.shape_slope(np.asarray(spend, dtype=float) / self.spend_scale)

    def times(self, factor: float) -> Self:
        """The curve with its response multiplied: touches -> customers by value per touch."""
        return replace(self, response_scale=self.response_scale * factor)

    def stretched(self, periods: float) -> Self:
        """The curve of `periods` evenly paced periods, from that of one."""
        seen = self.evidence.observed
        evidence = replace(self.evidence, observed=(seen[0] * periods, seen[1] * periods) if seen else None)
        return replace(
            self, spend_scale=self.spend_scale * periods, response_scale=self.response_scale * periods, evidence=evidence
        )


CURVES: Registry[type[Curve]] = Registry("curve")


@CURVES.register
@dataclass(frozen=True, kw_only=True)
class saturating(Curve):  # noqa: N801 - the class name is the YAML key
    """ceiling * x / (half_spend + x): half of the ceiling at half_spend (Michaelis-Menten; Hill with slope 1)."""

    ceiling: float
    half_spend: float

    def shape(self, x: Array) -> Array:
        return self.ceiling * x / (self.half_spend + x)

    def shape_slope(self, x: Array) -> Array:
        return self.ceiling * self.half_spend / (self.half_spend + x) ** 2
