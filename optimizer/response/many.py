"""Many curves read at once: those of one shape become one evaluation with parameters as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from functools import cache

import numpy as np
from numpy.typing import NDArray

from optimizer.response.curves import Array, Curve, exponential, log, power, saturating

Index = NDArray[np.int64]
STACKS: tuple[type[Curve], ...] = (
    saturating,
    exponential,
    log,
    power,
)  # formulas that hold elementwise as written


@cache
def names(shape: type[Curve]) -> tuple[str, ...]:
    """The numbers a curve is made of."""
    return tuple(f.name for f in fields(shape) if f.name not in ("evidence",))


class Many:
    """Curves side by side (None: always 0). Calling it with amounts, one per curve, gives the responses."""

    def __init__(self, curves: Sequence[Curve | None]) -> None:
        self.curves = curves
        kinds: dict[type[Curve], list[int]] = {}
        self.single: list[int] = []
        for i, curve in enumerate(curves):
            if curve is None:
                continue
            if type(curve) in STACKS:
                kinds.setdefault(type(curve), []).append(i)
            else:
                self.single.append(i)
        self.stacks: list[tuple[Index, Curve]] = []
        for shape in sorted(kinds, key=lambda s: s.__name__):
            which = np.array(kinds[shape], dtype=np.int64)
            self.stacks.append((which, stacked([curves[i] for i in kinds[shape]])))  # type: ignore[misc]

    def __call__(self, amounts: Array) -> Array:
        out = np.zeros(len(self.curves))
        for which, curve in self.stacks:
            out[which] = curve(amounts[which])
        for i in self.single:
            out[i] = float(self.curves[i](amounts[i]))  # type: ignore[misc]
        return out


def stacked(curves: Sequence[Curve], which: Index | None = None) -> Curve:
    """One curve object of a common shape whose parameters are arrays, each curve's in its place (`which`: the number of
    the curve at each place). Every parameter was checked when the single curves were made."""
    out = object.__new__(type(curves[0]))
    for name in names(type(curves[0])):
        values = np.array([getattr(curve, name) for curve in curves])
        object.__setattr__(out, name, values if which is None else values[which])
    return out
