"""Many curves read at once: those of one shape become one evaluation with parameters as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from functools import cache

import numpy as np
from numpy.typing import NDArray

from optimizer.response.curve import Array, Curve

Index = NDArray[np.int64]


@cache
def _parameters(shape: type[Curve]) -> tuple[str, ...]:
    """The numbers a curve is made of."""
    return tuple(f.name for f in fields(shape) if f.name != "evidence")


class VectorisedCurves:
    """Curves side by side.

    Parameters
    ----------
    curves
        One per place; None is a response that is always 0.

    Attributes
    ----------
    stacks
        Places and the one curve that stands for all of them, per elementwise shape.
    single
        Places of curves that are asked one by one.
    """

    def __init__(self, curves: Sequence[Curve | None]) -> None:
        self.curves = curves
        kinds: dict[type[Curve], list[int]] = {}
        self.single: list[tuple[int, Curve]] = []
        for i, curve in enumerate(curves):
            if curve is None:
                continue
            if curve.elementwise:
                kinds.setdefault(type(curve), []).append(i)
            else:
                self.single.append((i, curve))
        self.stacks: list[tuple[Index, Curve]] = []
        for shape in sorted(kinds, key=lambda s: s.__name__):
            alike = [curve for curve in curves if type(curve) is shape]
            self.stacks.append((np.array(kinds[shape], dtype=np.int64), stacked(alike)))

    def __call__(self, amounts: Array) -> Array:
        """The responses to amounts, one per curve.

        Parameters
        ----------
        amounts
            (n,) spend, currency over the curves' stretch of time.

        Returns
        -------
        Array
            (n,) responses, 0 where there is no curve.
        """
        out = np.zeros(len(self.curves))
        for which, curve in self.stacks:
            out[which] = curve(amounts[which])
        for i, curve in self.single:
            out[i] = float(curve(amounts[i]))
        return out

    def slopes(self, amounts: Array) -> Array:
        """The slopes at amounts, one per curve.

        Parameters
        ----------
        amounts
            (n,) spend, currency over the curves' stretch of time.

        Returns
        -------
        Array
            (n,) responses per unit of currency, 0 where there is no curve.
        """
        out = np.zeros(len(self.curves))
        for which, curve in self.stacks:
            out[which] = curve.slope(amounts[which])
        for i, curve in self.single:
            out[i] = float(curve.slope(amounts[i]))
        return out

    def spend_at_slope(self, slopes: Array) -> Array:
        """`Curve.spend_at_slope` of each curve at its own slope; infinite where there is no
        curve.

        Parameters
        ----------
        slopes
            (n,) response per unit of currency.

        Returns
        -------
        Array
            (n,) currency over the curves' stretch of time.
        """
        out = np.full(len(self.curves), np.inf)
        for which, curve in self.stacks:
            out[which] = curve.spend_at_slope(slopes[which])
        for i, curve in self.single:
            out[i] = float(curve.spend_at_slope(slopes[i])) if np.isfinite(slopes[i]) else 0.0
        return out


def stacked(curves: Sequence[Curve], which: Index | None = None) -> Curve:
    """One curve whose parameters are arrays, each curve's in its place.

    Parameters
    ----------
    curves
        Curves of one elementwise shape; each parameter was checked when its curve was made.
    which
        The number of the curve at each place (None: each curve once, in order).
    """
    out = object.__new__(type(curves[0]))
    for name in _parameters(type(curves[0])):
        values = np.array([getattr(curve, name) for curve in curves])
        object.__setattr__(out, name, values if which is None else values[which])
    return out
