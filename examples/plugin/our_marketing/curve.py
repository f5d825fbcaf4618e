"""A response curve: the arc tangent some planning sheets use."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from optimizer.locale import add_translations
from optimizer.response.curve import CURVES, Array, Curve, positive
from optimizer.units import Positive


@CURVES.register
@dataclass(frozen=True, kw_only=True)
class arctangent(Curve):
    """top * 2 / pi * atan(x / knee): half of the top is won at the knee."""

    top: Positive
    knee: Positive

    def check(self) -> None:
        """Both parameters are positive."""
        positive(self, top=self.top, knee=self.knee)

    def shape(self, x: Array) -> Array:
        """Half of the top at the knee."""
        return self.top * 2 / math.pi * np.arctan(x / self.knee)

    def shape_slope(self, x: Array) -> Array:
        """Falls with the square of the spend."""
        return self.top * 2 / math.pi * self.knee / (self.knee**2 + x**2)

    def shape_bend(self) -> float:
        """The knee."""
        return self.knee


add_translations(
    "zh",
    {
        "top * 2 / pi * atan(x / knee): half of the top is won at the knee.": (
            "top * 2 / pi * atan(x / knee)：花到 knee 时达到 top 的一半。"
        )
    },
)
