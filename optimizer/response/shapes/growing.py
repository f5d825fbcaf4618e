"""Curves that bend down and never reach a ceiling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from optimizer.errors import UserError
from optimizer.messages import _
from optimizer.response.curve import CORNER, CURVES, Array, Curve, Region, positive
from optimizer.units import Positive, Share


@CURVES.register
@dataclass(frozen=True, kw_only=True)
class power(Curve):
    """response * (x / spend) ** elasticity: through the point (spend, response); 1 % more spend
    brings elasticity %.
    """

    spend: Positive
    response: Positive
    elasticity: Share
    elementwise: ClassVar[bool] = True

    def check(self) -> None:
        """All parameters are positive, and it does not grow ever faster."""
        positive(self, spend=self.spend, response=self.response, elasticity=self.elasticity)
        if self.elasticity > 1:
            raise UserError(
                _(
                    "elasticity of curve power is {elasticity}: it would grow faster and faster "
                    "for ever",
                    elasticity=f"{self.elasticity:g}",
                ),
                fix=_("a number above 0, at most 1; for an S-shape use hill"),
            )

    def shape(self, x: Array) -> Array:
        """Constant elasticity."""
        return self.response * (x / self.spend) ** self.elasticity

    def shape_slope(self, x: Array) -> Array:
        """Infinite at 0, unless the elasticity is 1."""
        with np.errstate(divide="ignore"):
            rate = self.response * self.elasticity / self.spend
            return rate * (x / self.spend) ** (self.elasticity - 1)

    def shape_regions(self) -> tuple[Region, ...]:
        """Straight where the elasticity is 1."""
        return (Region(0.0, 0 if self.elasticity == 1 else -1),)

    def shape_bend(self) -> float:
        """It has no scale of its own: the point it is drawn through."""
        return self.spend

    def shape_spend_at_slope(self, slope: Array) -> Array:
        """Everything or nothing where it is straight."""
        ratio = self.response * self.elasticity / self.spend / slope
        bent = self.spend * ratio ** (1 / np.maximum(1 - self.elasticity, 1e-9))
        straight = np.where(ratio >= 1 - CORNER, np.inf, 0.0)
        return np.where(np.asarray(self.elasticity) == 1, straight, bent)


@CURVES.register
@dataclass(frozen=True, kw_only=True)
class log(Curve):
    """gain * ln(1 + x / scale): every doubling of a large spend brings the same again; no
    ceiling.
    """

    gain: Positive
    scale: Positive
    elementwise: ClassVar[bool] = True

    def check(self) -> None:
        """Both parameters are positive."""
        positive(self, gain=self.gain, scale=self.scale)

    def shape(self, x: Array) -> Array:
        """Straight far below the scale, logarithmic far above."""
        return self.gain * np.log1p(x / self.scale)

    def shape_slope(self, x: Array) -> Array:
        """Halved at the scale."""
        return self.gain / (self.scale + x)

    def shape_bend(self) -> float:
        """Its slope has halved there."""
        return self.scale

    def shape_spend_at_slope(self, slope: Array) -> Array:
        """The root of gain / (scale + x) = slope."""
        return self.gain / slope - self.scale
