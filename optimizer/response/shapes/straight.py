"""Curves of straight pieces."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from optimizer.errors import UserError
from optimizer.messages import _
from optimizer.response.curve import CORNER, CURVES, Array, Curve, Region, positive
from optimizer.units import Positive


@CURVES.register
@dataclass(frozen=True, kw_only=True)
class linear(Curve):
    """rate * x, up to a spend of `cap` (nothing more beyond it; no cap: for ever)."""

    rate: Positive
    cap: Positive | None = None
    also: ClassVar[Mapping[str, str]] = {"slope": "rate"}

    def check(self) -> None:
        """The rate is positive, and the cap where there is one."""
        positive(self, rate=self.rate)
        if self.cap is not None:
            positive(self, cap=self.cap)

    def shape(self, x: Array) -> Array:
        """In proportion to spend, up to the cap."""
        return self.rate * (x if self.cap is None else np.minimum(x, self.cap))

    def shape_slope(self, x: Array) -> Array:
        """The rate, and 0 from the cap on."""
        return np.where(
            x < (math.inf if self.cap is None else self.cap * (1 - CORNER)), self.rate, 0.0
        )

    def shape_regions(self) -> tuple[Region, ...]:
        """Straight, with a corner at the cap."""
        return (Region(0.0, 0),) if self.cap is None else (Region(0.0, 0), Region(self.cap, 0))

    def shape_bend(self) -> float:
        """The cap; without one it is straight for ever."""
        return self.cap or 0.0


@CURVES.register
@dataclass(frozen=True, kw_only=True)
class pieces(Curve):
    """Straight pieces [width, slope], one after the other; nothing more beyond the last.

    `[[10, 90], [10, 55]]`: 90 per unit for the first 10, 55 for the next 10. Slopes may rise (a
    minimum that must be passed first) but a curve never falls.
    """

    pieces: tuple[tuple[float, float], ...]

    def check(self) -> None:
        """Widths are positive, slopes are not negative, and one of them is above 0."""
        try:
            given = tuple((float(width), float(slope)) for width, slope in self.pieces)
        except (TypeError, ValueError):
            raise UserError(
                _("curve pieces is a list of [width, slope]"), fix=_("write [[10, 90], [10, 55]]")
            ) from None
        object.__setattr__(self, "pieces", given)
        if not given:
            raise UserError(_("curve pieces is empty"), fix=_("write at least one [width, slope]"))
        for k, (width, slope) in enumerate(given):
            if not (math.isfinite(width) and math.isfinite(slope)):
                raise UserError(
                    _("piece {k} of the curve is not finite", k=k + 1), fix=_("write numbers")
                )
            if width <= 0:
                raise UserError(
                    _("piece {k} of the curve has width {width}", k=k + 1, width=f"{width:g}"),
                    fix=_("a width above 0"),
                )
            if slope < 0:
                raise UserError(
                    _("piece {k} of the curve falls: slope {slope}", k=k + 1, slope=f"{slope:g}"),
                    fix=_("a slope of 0 or more"),
                )
        if not any(slope > 0 for __, slope in given):
            raise UserError(
                _("the curve is 0 everywhere"), fix=_("give at least one piece a slope above 0")
            )

    def _corners(self) -> tuple[Array, Array, Array]:
        """Spend, response and the slope that follows, at each corner."""
        widths = np.array([width for width, __ in self.pieces])
        slopes = np.array([slope for __, slope in self.pieces])
        at = np.concatenate([[0.0], np.cumsum(widths)])
        return (
            at,
            np.concatenate([[0.0], np.cumsum(widths * slopes)]),
            np.concatenate([slopes, [0.0]]),
        )

    def shape(self, x: Array) -> Array:
        """Straight between the corners."""
        at, response, __ = self._corners()
        return np.interp(x, at, response)

    def shape_slope(self, x: Array) -> Array:
        """The slope of the piece that begins at or before x."""
        at, __, slopes = self._corners()
        piece = np.searchsorted(at, x * (1 + CORNER), side="right") - 1
        return slopes[np.clip(piece, 0, len(slopes) - 1)]

    def shape_regions(self) -> tuple[Region, ...]:
        """A region per piece."""
        return tuple(Region(float(start), 0) for start in self._corners()[0])

    def shape_bend(self) -> float:
        """The end of the last piece."""
        return float(self._corners()[0][-1])
