"""The mean of many curves that might be true: what a belief comes to, exactly."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from optimizer.errors import UserError
from optimizer.messages import _
from optimizer.response.curve import CURVES, Array, Curve

STEPS = 60  # of Newton's method; it has converged long before


@CURVES.register
@dataclass(frozen=True, kw_only=True)
class averaged(Curve):
    """The mean over draws of saturating curves: the mean of ceilings[d] * x / (half_spends[d] +
    x).
    """

    ceilings: tuple[float, ...]
    half_spends: tuple[float, ...]

    def check(self) -> None:
        """As many ceilings as half-spends; all finite, and one ceiling at least above 0."""
        ceilings, halves = tuple(map(float, self.ceilings)), tuple(map(float, self.half_spends))
        object.__setattr__(self, "ceilings", ceilings)
        object.__setattr__(self, "half_spends", halves)
        if len(ceilings) != len(halves):
            raise UserError(
                _("curve averaged has as many ceilings as half_spends"),
                fix=_("give each draw one of both"),
            )
        fine = all(math.isfinite(c) and c >= 0 for c in ceilings)
        if not fine or not all(math.isfinite(h) and h > 0 for h in halves) or not sum(ceilings) > 0:
            raise UserError(
                _("curve averaged is 0 everywhere or not finite"),
                fix=_("ceilings of 0 or more, one above 0; half_spends above 0"),
            )

    def _parts(self) -> tuple[Array, Array]:
        """Weights and half-spends: draws of the same half-spend are one curve."""
        halves, place = np.unique(np.array(self.half_spends), return_inverse=True)
        ceilings = np.bincount(place.ravel(), np.array(self.ceilings)) / len(self.ceilings)
        return ceilings, halves

    def shape(self, x: Array) -> Array:
        """The mean of Michaelis-Menten curves."""
        ceilings, halves = self._parts()
        x = np.asarray(x, dtype=float)[..., None]
        return np.asarray((ceilings * x / (halves + x)).sum(axis=-1))

    def shape_slope(self, x: Array) -> Array:
        """Falls everywhere."""
        ceilings, halves = self._parts()
        x = np.asarray(x, dtype=float)[..., None]
        return np.asarray((ceilings * halves / (halves + x) ** 2).sum(axis=-1))

    def shape_bend(self) -> float:
        """The half-spend of the draws, weighed by their first units."""
        ceilings, halves = self._parts()
        first = ceilings / halves
        return float(np.exp((first * np.log(halves)).sum() / first.sum()))

    def shape_spend_at_slope(self, slope: Array) -> Array:
        """Newton's method on 1 / sqrt(slope), which is concave in spend and straight for one draw:
        from 0 it comes up to the answer and never passes it.
        """
        ceilings, halves = self._parts()
        wanted = np.asarray(slope, dtype=float)
        goal = 1 / np.sqrt(wanted)
        x = np.zeros_like(wanted)
        for __ in range(STEPS):
            far = halves + x[..., None]
            here = (ceilings * halves / far**2).sum(axis=-1)
            bend = (ceilings * halves / far**3).sum(axis=-1)
            step = (goal - 1 / np.sqrt(here)) * here**1.5 / bend
            x = np.maximum(x + step, 0.0)
        return x


def mean_of(ceilings: Array, half_spends: Array) -> averaged:
    """The curve that is the mean of draws.

    Parameters
    ----------
    ceilings, half_spends
        One per draw.

    Returns
    -------
    averaged
        The same curve in the fewest parts: draws of one half-spend are added up.

    Examples
    --------
    >>> curve = mean_of(np.array([100.0, 200.0, 30.0]), np.array([10.0, 10.0, 50.0]))
    >>> len(curve.ceilings), round(float(curve(10.0)), 9) == round((50 + 100 + 5) / 3, 9)
    (2, True)
    """
    halves, place = np.unique(half_spends, return_inverse=True)
    sums = np.bincount(place.ravel(), ceilings) / len(ceilings) * len(halves)
    return averaged(ceilings=tuple(sums.tolist()), half_spends=tuple(halves.tolist()))
