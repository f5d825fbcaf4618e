"""What a response curve is: 0 at 0, never falling, and known where it bends.

Knowing the bend is what makes a plan provable: where a curve bends down a chord lies below it and a
tangent above it, where it bends up it is the other way round, and where it is straight both are the
curve itself.

A shape is one class in one file, in `optimizer.response.shapes` or in a package of one's own
(docs/how-to/add-a-curve.md). What the allocator needs of it is declared here, and nothing is read
from the names of its parameters.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, replace
from itertools import pairwise
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from optimizer.errors import UserError
from optimizer.messages import Text, _, listed
from optimizer.plotting import Plots
from optimizer.registry import Registry

Array = NDArray[np.float64]

# a corner stays one when its curve is scaled there and back: rounding must not find the slope
# before it
CORNER = 1e-13
BEFORE = 1 - 1e-9  # times a corner's spend: just before it
FURTHEST = 1e30  # spend beyond which nobody looks for a slope


@dataclass(frozen=True)
class Evidence:
    """Where a curve comes from.

    Parameters
    ----------
    source
        fitted | point | stated | assumed (a point with the typical elasticity) | believed (the mean of
        draws).
    observed
        Range of spend seen, in the curve's own currency and time.
    r2
        Share of variance explained (None: not fitted).
    points
        Observations.
    note
        What else a reader should know.
    """

    source: str = "stated"
    observed: tuple[float, float] | None = None
    r2: float | None = None
    points: int = 0
    note: Text = ""

    def noted(self, note: Text) -> Evidence:
        """The evidence with one more note, before those it has."""
        return replace(self, note=listed([note, self.note], "; ") if self.note else note)


class Region(NamedTuple):
    """From `start` on (until the next region) the curve bends down (-1), up (+1) or not at all
    (0).
    """

    start: float
    bend: int


@dataclass(frozen=True, kw_only=True)
class Curve(Plots, ABC):
    """Base of all shapes: f(x) = response_scale * shape(x / spend_scale).

    A shape states `check`, `shape`, `shape_slope` and `shape_bend`; `shape_regions` where it does
    not bend down everywhere, and `shape_spend_at_slope` where its slope has an inverse in closed
    form. `rescale_horizon(H)` turns a per-week curve into the curve of H evenly paced weeks: H *
    f(x / H).

    Parameters
    ----------
    spend_scale
        Currency per unit of the shape's spend.
    response_scale
        Response per unit of the shape's response.
    evidence
        Where it comes from.
    """

    spend_scale: float = 1.0
    response_scale: float = 1.0
    evidence: Evidence = Evidence()
    also: ClassVar[Mapping[str, str]] = {}  # other names of its parameters -> ours
    # its formulas hold as written where every parameter is an array, a curve in each place
    elementwise: ClassVar[bool] = False

    def __post_init__(self) -> None:
        for name, value in (
            ("spend_scale", self.spend_scale),
            ("response_scale", self.response_scale),
        ):
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
        """Response at spend x >= 0, before scaling; 0 at 0.

        Parameters
        ----------
        x
            Spend / `spend_scale`, an array of any shape.

        Returns
        -------
        Array
            As many as there are x, in units of `response_scale`; finite and never falling.
        """

    @abstractmethod
    def shape_slope(self, x: Array) -> Array:
        """Derivative of `shape` (the right-hand one at a kink); may be infinite at 0.

        Parameters
        ----------
        x
            Spend / `spend_scale`, an array of any shape.

        Returns
        -------
        Array
            As many as there are x, 0 or more.
        """

    @abstractmethod
    def shape_bend(self) -> float:
        """The spend at which it bends, before scaling: where its slope has clearly changed.

        0 where it is straight for ever.
        """

    def shape_regions(self) -> tuple[Region, ...]:
        """Where it bends which way, before scaling; the first region starts at 0. By default: down
        everywhere.
        """
        return (Region(0.0, -1),)

    def shape_spend_at_slope(self, slope: Array) -> Array | None:
        """Inverse of `shape_slope`, for slopes above 0.

        May be negative, nan or infinite where there is no such spend. None, the default: no closed
        form is known, and the spend is found numerically.

        Parameters
        ----------
        slope
            Slopes of `shape`, above 0: response / `response_scale` per spend / `spend_scale`.

        Returns
        -------
        Array | None
            The largest spend / `spend_scale` at which `shape_slope` still is as much.
        """
        return None

    def __call__(self, spend: Array | float) -> Array:
        """Response to spend, both over the curve's stretch of time."""
        return self.response_scale * self.shape(np.asarray(spend, dtype=float) / self.spend_scale)

    def slope(self, spend: Array | float) -> Array:
        """Response per unit of spend for the next unit.

        Parameters
        ----------
        spend
            Currency over the curve's stretch of time, 0 or more.

        Returns
        -------
        Array
            Response per unit of currency, as many as there are amounts; may be infinite at 0.
        """
        return (
            self.response_scale
            / self.spend_scale
            * self.shape_slope(np.asarray(spend, dtype=float) / self.spend_scale)
        )

    def regions(self) -> tuple[Region, ...]:
        """Where the curve bends which way, in its own spend."""
        return tuple(Region(r.start * self.spend_scale, r.bend) for r in self.shape_regions())

    @property
    def natural_spend(self) -> float:
        """The curve's own scale of spend (currency): the order of amounts at which it bends; 1
        where it never does.
        """
        last = self.shape_regions()[-1].start
        return max(last, self.shape_bend()) * self.spend_scale or 1.0

    def spend_at_slope(self, slope: Array | float) -> Array:
        """The largest spend at which the next unit still brings `slope`.

        Parameters
        ----------
        slope
            Response per unit of spend.

        Returns
        -------
        Array
            Currency, as many as there are slopes: 0 where not even the first unit brings so much,
            infinite where every unit does.
        """
        wanted = np.asarray(slope, dtype=float)
        with np.errstate(all="ignore"):
            own = self.shape_spend_at_slope(wanted * self.spend_scale / self.response_scale)
            if own is not None:
                found = np.nan_to_num(own * self.spend_scale, nan=0.0, posinf=np.inf)
                return np.where(wanted > 0, np.maximum(found, 0.0), np.inf)
            return np.asarray(np.vectorize(self._find_slope, otypes=[float])(wanted))

    def _find_slope(self, slope: float) -> float:
        """`spend_at_slope` of one slope, region by region from the last."""
        if slope <= 0:
            return math.inf
        parts = self.regions()
        ends = [part.start for part in parts[1:]] + [math.inf]
        for part, end in reversed(list(zip(parts, ends, strict=True))):
            if part.bend == 0 and float(self.slope(part.start)) >= slope:
                return end
            if part.bend > 0 and float(self.slope(end)) >= slope:
                return end
            if part.bend < 0 and float(self.slope(part.start)) >= slope:
                return self._fall_to(slope, part.start, end)
        return 0.0

    def _fall_to(self, slope: float, low: float, end: float) -> float:
        """Where the slope, falling from `low` on, has come down to `slope`."""
        from scipy.optimize import bisect

        high = end if math.isfinite(end) else max(1.0, 2 * low)
        while not math.isfinite(end) and float(self.slope(high)) >= slope:
            low, high = high, high * 2
            if high > FURTHEST:
                return math.inf
        if float(self.slope(high)) >= slope:
            return high
        least = 1e-60 * high  # what is smaller is no money
        found = bisect(
            lambda x: 1.0 if float(self.slope(x)) >= slope else -1.0,
            low,
            high,
            xtol=least,
            rtol=1e-14,
            maxiter=500,
        )
        return float(found) if found > 2 * least else 0.0

    @property
    def concave(self) -> bool:
        """Whether each further unit of spend never brings more than the one before."""
        parts = self.regions()
        if any(part.bend > 0 for part in parts):
            return False
        for before, after in pairwise(parts):
            # a corner: straight before it anywhere, bent just there
            near = (before.start + after.start) / 2 if before.bend == 0 else after.start * BEFORE
            if float(self.slope(after.start)) > float(self.slope(near)) * (1 + 1e-12):
                return False
        return True

    @property
    def inflection(self) -> float | None:
        """Spend up to which the curve bends up (None: nowhere)."""
        parts = self.regions()
        ends = [after.start for before, after in pairwise(parts) if before.bend > 0]
        return max(ends) if ends else None

    def times(self, factor: float) -> Self:
        """The curve with its response multiplied: touches -> customers by value per touch.

        Parameters
        ----------
        factor
            New response per response, 0 or more: new customers per touch, a multiplier.

        Returns
        -------
        Self
            Its evidence stays as it was.
        """
        return replace(self, response_scale=self.response_scale * factor)

    def rescale_price(self, factor: float) -> Self:
        """The curve when everything costs `factor` times as much: f(x / factor).

        Parameters
        ----------
        factor
            Price against today's, above 0.

        Returns
        -------
        Self
            The observed range of spend moves along.
        """
        seen = self.evidence.observed
        evidence = replace(
            self.evidence, observed=(seen[0] * factor, seen[1] * factor) if seen else None
        )
        return replace(self, spend_scale=self.spend_scale * factor, evidence=evidence)

    def rescale_horizon(self, periods: float) -> Self:
        """The curve of `periods` evenly paced periods, from that of one: periods * f(x /
        periods).

        Parameters
        ----------
        periods
            How many of the curve's own stretches of time, above 0; need not be whole.

        Returns
        -------
        Self
            Response over all of them against currency over all of them.
        """
        longer = self.rescale_price(periods)
        return replace(longer, response_scale=self.response_scale * periods)


CURVES: Registry[type[Curve]] = Registry(
    _("curve"), "optimizer.curves", home="optimizer.response.shapes"
)


def stated(name: str, value: object) -> Curve:
    """The curve a founder writes.

    Parameters
    ----------
    name
        A registered shape.
    value
        Its parameters by name; anything else than a mapping is the first parameter.

    Raises
    ------
    UserError
        For unknown names, missing or impossible parameters.

    Examples
    --------
    >>> float(stated("saturating", {"ceiling": 300, "half_spend": 4000})(4000))
    150.0
    >>> float(stated("pieces", [[10, 90], [10, 55]])(15))
    1175.0
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
    """Names of the parameters a founder states, in order.

    Parameters
    ----------
    shape
        A class of curves.

    Returns
    -------
    list[str]
        The first is what a bare value stands for (see `stated`).
    """
    base = {f.name for f in fields(Curve)}
    return [f.name for f in fields(shape) if f.name not in base]


def _required(shape: type[Curve]) -> list[str]:
    own = own_fields(shape)
    return [f.name for f in fields(shape) if f.name in own and f.default is MISSING]


def positive(curve: Curve, **values: Any) -> None:
    """Every value is a finite number above 0, or `UserError` naming the one that is not.

    Parameters
    ----------
    curve
        Whose parameters they are; its class is named in the message.
    **values
        Parameter -> what was given for it.

    Raises
    ------
    UserError
        For the first that is no number, not finite, 0 or less.
    """
    kind = type(curve).__name__
    for name, value in values.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            what = _(
                "{name} of curve {kind} is {value}, which is no number",
                name=name,
                kind=kind,
                value=repr(value),
            )
        elif not math.isfinite(value):
            what = _("{name} of curve {kind} is not finite", name=name, kind=kind)
        elif value < 0:
            what = _(
                "{name} of curve {kind} is {value}: the curve would fall",
                name=name,
                kind=kind,
                value=f"{value:g}",
            )
        elif value == 0:
            what = _(
                "{name} of curve {kind} is {value}: the curve would be 0 everywhere",
                name=name,
                kind=kind,
                value=f"{value:g}",
            )
        else:
            continue
        raise UserError(what, fix=_("a positive number"))
