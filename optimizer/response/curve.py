"""What a response curve is: 0 at 0, never falling, and known where it bends.

Knowing the bend is what makes a plan provable: where a curve bends down a chord lies below it and a tangent
above it, where it bends up it is the other way round, and where it is straight both are the curve itself.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from optimizer.errors import UserError
from optimizer.messages import _
from optimizer.plotting import Plots
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


class Region(NamedTuple):
    """From `start` on (until the next region) the curve bends down (-1), up (+1) or not at all (0)."""

    start: float
    bend: int


@dataclass(frozen=True, kw_only=True)
class Curve(Plots, ABC):
    """Base of all shapes: f(x) = response_scale * shape(x / spend_scale).

    `stretched(H)` turns a per-week curve into the curve of H evenly paced weeks: H * f(x / H).
    """

    spend_scale: float = 1.0
    response_scale: float = 1.0
    evidence: Evidence = Evidence()
    also: ClassVar[Mapping[str, str]] = {}  # other names of its parameters -> ours

    def __post_init__(self) -> None:
        for name in ("spend_scale", "response_scale"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0) or (name == "spend_scale" and value == 0):
                raise UserError(
                    _("{name} of a curve is {value}", name=name, value=value),
                    fix=_("a positive, finite number"),
                )
        self.check()

    @abstractmethod
    def check(self) -> None:
        """Raise `UserError` where the parameters make no curve."""

    @abstractmethod
    def shape(self, x: Array) -> Array:
        """Response at spend x >= 0, before scaling; 0 at 0."""

    @abstractmethod
    def shape_slope(self, x: Array) -> Array:
        """Derivative of `shape` (the right-hand one at a kink); may be infinite at 0."""

    def shape_regions(self) -> tuple[Region, ...]:
        """Where it bends which way, before scaling; the first region starts at 0. By default: down everywhere."""
        return (Region(0.0, -1),)

    def __call__(self, spend: Array | float) -> Array:
        return self.response_scale * self.shape(np.asarray(spend, dtype=float) / self.spend_scale)

    def slope(self, spend: Array | float) -> Array:
        """Response per unit of spend for the next unit."""
        return (
            self.response_scale
            / self.spend_scale
            * self.shape_slope(np.asarray(spend, dtype=float) / self.spend_scale)
        )

    def regions(self) -> tuple[Region, ...]:
        """Where the curve bends which way, in its own spend."""
        return tuple(Region(r.start * self.spend_scale, r.bend) for r in self.shape_regions())

    @property
    def concave(self) -> bool:
        """Whether each further unit of spend never brings more than the one before."""
        parts = self.regions()
        if any(part.bend > 0 for part in parts):
            return False
        for before, after in pairwise(parts):
            if after.bend == before.bend == 0:  # a kink between two straight pieces
                left = float(self.slope((before.start + after.start) / 2))
                if float(self.slope(after.start)) > left * (1 + 1e-12):
                    return False
        return True

    @property
    def inflection(self) -> float | None:
        """Spend up to which the curve bends up (None: nowhere)."""
        parts = self.regions()
        ends = [after.start for before, after in pairwise(parts) if before.bend > 0]
        return max(ends) if ends else None

    def times(self, factor: float) -> Self:
        """The curve with its response multiplied: touches -> customers by value per touch."""
        return replace(self, response_scale=self.response_scale * factor)

    def dearer(self, factor: float) -> Self:
        """The curve when everything costs `factor` times as much: f(x / factor)."""
        seen = self.evidence.observed
        evidence = replace(
            self.evidence, observed=(seen[0] * factor, seen[1] * factor) if seen else None
        )
        return replace(self, spend_scale=self.spend_scale * factor, evidence=evidence)

    def stretched(self, periods: float) -> Self:
        """The curve of `periods` evenly paced periods, from that of one."""
        longer = self.dearer(periods)
        return replace(longer, response_scale=self.response_scale * periods)


CURVES: Registry[type[Curve]] = Registry(_("curve"), "optimizer.curves")


def stated(name: str, value: object) -> Curve:
    """The curve a founder writes: `{saturating: {ceiling: 300, half_spend: 4000}}` or `{pieces: [[10, 90], [10, 55]]}`.

    A mapping gives the parameters by name; anything else is the first parameter. `UserError` for unknown names,
    missing or impossible parameters.
    """
    shape = CURVES[name]
    known = own_fields(shape)
    if not isinstance(value, Mapping):
        first: dict[str, Any] = {known[0]: value}
        return shape(**first)
    unknown = [str(key) for key in value if key not in known]
    if unknown:
        raise UserError(
            _("curve {name} has no '{unknown}'", name=name, unknown=unknown[0]),
            fix=_("it takes {names}", names=", ".join(known)),
        )
    missing = [key for key in _required(shape) if key not in value]
    if missing:
        raise UserError(
            _("curve {name} needs {names}", name=name, names=", ".join(missing)),
            fix=_("it takes {names}", names=", ".join(known)),
        )
    given: dict[str, Any] = {str(key): item for key, item in value.items()}
    return shape(**given)


def own_fields(shape: type[Curve]) -> list[str]:
    """Names of the parameters a founder states, in order."""
    base = {f.name for f in fields(Curve)}
    return [f.name for f in fields(shape) if f.name not in base]


def _required(shape: type[Curve]) -> list[str]:
    from dataclasses import MISSING

    base = {f.name for f in fields(Curve)}
    return [f.name for f in fields(shape) if f.name not in base and f.default is MISSING]


def positive(curve: Curve, **values: Any) -> None:
    """Every value is a finite number above 0, or `UserError` naming the one that is not."""
    for name, value in values.items():
        kind = type(curve).__name__
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise UserError(
                _(
                    "{name} of curve {kind} is {value}, which is no number",
                    name=name,
                    kind=kind,
                    value=repr(value),
                ),
                fix=_("a positive number"),
            )
        if not math.isfinite(value):
            raise UserError(
                _("{name} of curve {kind} is not finite", name=name, kind=kind),
                fix=_("a positive number"),
            )
        if value <= 0:
            what = "the curve would fall" if value < 0 else "the curve would be 0 everywhere"
            raise UserError(
                f"{name} of curve {kind} is {value:g}: {what}", fix=_("a positive number")
            )
