"""Response curves: what spend on one channel brings. Each shape is one registered class.

A curve maps spend (currency) to a response (touches, new customers or exposures), both over the same stretch
of time. It is 0 at 0 and never falls. The class name is the YAML key, its fields the parameters.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from optimizer.errors import UserError
from optimizer.messages import _
from optimizer.response.curve import (
    CURVES,
    Array,
    Curve,
    Evidence,
    Region,
    own_fields,
    positive,
    stated,
)
from optimizer.units import Positive, Share

CORNER = 1e-13  # a corner stays one when its curve is scaled there and back: rounding must not find the slope before it

__all__ = ["CURVES", "Array", "Curve", "Evidence", "Region", "own_fields", "stated"]


@CURVES.register
@dataclass(frozen=True, kw_only=True)
class saturating(Curve):
    """ceiling * x / (half_spend + x): half of the ceiling at half_spend (Michaelis-Menten; Hill with slope 1)."""

    ceiling: Positive
    half_spend: Positive

    def check(self) -> None:
        positive(self, ceiling=self.ceiling, half_spend=self.half_spend)

    def shape(self, x: Array) -> Array:
        return self.ceiling * x / (self.half_spend + x)

    def shape_slope(self, x: Array) -> Array:
        return self.ceiling * self.half_spend / (self.half_spend + x) ** 2


@CURVES.register
@dataclass(frozen=True, kw_only=True)
class exponential(Curve):
    """ceiling * (1 - 2 ** -(x / half_spend)): each half_spend wins half of what is left to win."""

    ceiling: Positive
    half_spend: Positive

    def check(self) -> None:
        positive(self, ceiling=self.ceiling, half_spend=self.half_spend)

    def shape(self, x: Array) -> Array:
        return -self.ceiling * np.expm1(-x * (math.log(2) / self.half_spend))

    def shape_slope(self, x: Array) -> Array:
        rate = math.log(2) / self.half_spend
        return self.ceiling * rate * np.exp(-x * rate)


@CURVES.register
@dataclass(frozen=True, kw_only=True)
class power(Curve):
    """response * (x / spend) ** elasticity: through the point (spend, response); 1 % more spend brings elasticity %."""

    spend: Positive
    response: Positive
    elasticity: Share

    def check(self) -> None:
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
        return self.response * (x / self.spend) ** self.elasticity

    def shape_slope(self, x: Array) -> Array:
        with np.errstate(divide="ignore"):
            return (
                self.response
                * self.elasticity
                / self.spend
                * (x / self.spend) ** (self.elasticity - 1)
            )

    def shape_regions(self) -> tuple[Region, ...]:
        return (Region(0.0, 0 if self.elasticity == 1 else -1),)


@CURVES.register
@dataclass(frozen=True, kw_only=True)
class log(Curve):
    """gain * ln(1 + x / scale): every doubling of a large spend brings the same again; no ceiling."""

    gain: Positive
    scale: Positive

    def check(self) -> None:
        positive(self, gain=self.gain, scale=self.scale)

    def shape(self, x: Array) -> Array:
        return self.gain * np.log1p(x / self.scale)

    def shape_slope(self, x: Array) -> Array:
        return self.gain / (self.scale + x)


@CURVES.register
@dataclass(frozen=True, kw_only=True)
class hill(Curve):
    """ceiling * x^n / (half_spend^n + x^n), n = steepness: above 1 an S, where little money brings little."""

    ceiling: Positive
    half_spend: Positive
    steepness: Positive
    also: ClassVar[Mapping[str, str]] = {"slope": "steepness"}

    def check(self) -> None:
        positive(self, ceiling=self.ceiling, half_spend=self.half_spend, steepness=self.steepness)

    def shape(self, x: Array) -> Array:
        return np.asarray(self.ceiling * self._part(x), dtype=float)

    def _part(self, x: Array) -> Array:
        with np.errstate(divide="ignore", over="ignore"):
            return np.asarray(1.0 / (1.0 + (self.half_spend / x) ** self.steepness), dtype=float)

    def shape_slope(self, x: Array) -> Array:
        n = self.steepness
        at_zero = math.inf if n < 1 else self.ceiling / self.half_spend if n == 1 else 0.0
        part = self._part(x)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(x > 0, self.ceiling * n * part * (1 - part) / x, at_zero)

    def shape_regions(self) -> tuple[Region, ...]:
        n = self.steepness
        if n <= 1:
            return (Region(0.0, -1),)
        turn = self.half_spend * ((n - 1) / (n + 1)) ** (1 / n)
        return (Region(0.0, 1), Region(turn, -1))


@CURVES.register
@dataclass(frozen=True, kw_only=True)
class linear(Curve):
    """rate * x, up to a spend of `cap` (nothing more beyond it; no cap: for ever)."""

    rate: Positive
    cap: Positive | None = None
    also: ClassVar[Mapping[str, str]] = {"slope": "rate"}

    def check(self) -> None:
        positive(self, rate=self.rate)
        if self.cap is not None:
            positive(self, cap=self.cap)

    def shape(self, x: Array) -> Array:
        return self.rate * (x if self.cap is None else np.minimum(x, self.cap))

    def shape_slope(self, x: Array) -> Array:
        return np.where(
            x < (math.inf if self.cap is None else self.cap * (1 - CORNER)), self.rate, 0.0
        )

    def shape_regions(self) -> tuple[Region, ...]:
        return (Region(0.0, 0),) if self.cap is None else (Region(0.0, 0), Region(self.cap, 0))


@CURVES.register
@dataclass(frozen=True, kw_only=True)
class pieces(Curve):
    """Straight pieces [width, slope], one after the other; nothing more beyond the last.

    `[[10, 90], [10, 55]]`: 90 per unit for the first 10, 55 for the next 10. Slopes may rise (a minimum that
    must be passed first) but a curve never falls.
    """

    pieces: tuple[tuple[float, float], ...]

    def check(self) -> None:
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
        widths = np.array([width for width, __ in self.pieces])
        slopes = np.array([slope for __, slope in self.pieces])
        at = np.concatenate([[0.0], np.cumsum(widths)])
        return (
            at,
            np.concatenate([[0.0], np.cumsum(widths * slopes)]),
            np.concatenate([slopes, [0.0]]),
        )

    def shape(self, x: Array) -> Array:
        at, response, __ = self._corners()
        return np.interp(x, at, response)

    def shape_slope(self, x: Array) -> Array:
        at, __, slopes = self._corners()
        return slopes[
            np.clip(np.searchsorted(at, x * (1 + CORNER), side="right") - 1, 0, len(slopes) - 1)
        ]

    def shape_regions(self) -> tuple[Region, ...]:
        return tuple(Region(float(start), 0) for start in self._corners()[0])
