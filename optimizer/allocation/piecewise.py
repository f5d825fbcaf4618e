"""Curves as straight pieces, certified: an underestimator that is never above the curve, an
overestimator never below.

Between two neighbouring points of a grid a curve bends one way (its regions' borders are always in
the grid). Where it bends down, the chord lies below it and the two end tangents above; where it
bends up, the other way round. The error of a piece of width h is at most h^2 max|f''| / 8: it falls
fourfold per halving.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.allocation.expression import Array
from optimizer.response.curve import Curve
from optimizer.response.vectorised import stacked


@dataclass(frozen=True)
class Estimator:
    """Straight pieces between corners: an over- or underestimator of the responses to one amount.

    Parameters
    ----------
    at
        Amounts of the corners, from 0 up.
    values
        Response at each corner, by name (above 0 at amount 0 where a tangent is vertical).
    tail
        Slope beyond the last corner, by name.
    """

    at: Array
    values: Mapping[str, Array]
    tail: Mapping[str, float]

    def concave_envelope(self) -> Estimator:
        """The smallest one above it that bends down everywhere (each response on its own)."""
        return Estimator(
            self.at,
            {name: _envelope(self.at, v, self.tail[name]) for name, v in self.values.items()},
            self.tail,
        )

    def nothing(self) -> Estimator:
        """That of a decision which gets nothing."""
        return Estimator(
            self.at,
            {name: np.zeros_like(v) for name, v in self.values.items()},
            dict.fromkeys(self.tail, 0.0),
        )

    def value_at(self, name: str, amount: float) -> float:
        """Its value at one amount."""
        values = self.values[name]
        if amount >= self.at[-1]:
            return float(values[-1] + (amount - self.at[-1]) * self.tail[name])
        return float(np.interp(amount, self.at, values))


def estimator(
    curves: Mapping[str, Curve], grid: Array, above: bool, exact: bool = False
) -> Estimator:
    """Certified pieces of several responses to the same amount, on the union of their corners.

    Parameters
    ----------
    curves
        Response curves over the amount, by name.
    grid
        Corners to use, from 0 up; every border between regions of a curve is among them.
    above
        Never below the curves, else never above them.
    exact
        Only the grid's points can occur (whole posts).

    Examples
    --------
    >>> from optimizer.response.shapes.bounded import saturating
    >>> curve = saturating(ceiling=100.0, half_spend=50.0)
    >>> under = estimator({"customers": curve}, np.array([0.0, 50.0, 100.0]), above=False)
    >>> over = estimator({"customers": curve}, np.array([0.0, 50.0, 100.0]), above=True)
    >>> under.value_at("customers", 25.0) < float(curve(25.0)) < over.value_at("customers", 25.0)
    True
    """
    if exact:
        return Estimator(
            grid,
            {name: np.asarray(curve(grid)) for name, curve in curves.items()},
            dict.fromkeys(curves, 0.0),
        )
    single = {name: _of_one_curve(curve, grid, above) for name, curve in curves.items()}
    if not single:
        return Estimator(grid[[0, -1]] if len(grid) > 1 else grid, {}, {})
    if len(single) == 1:
        name, (at, values, tail) = next(iter(single.items()))
        return Estimator(at, {name: values}, {name: tail})
    at = np.unique(np.concatenate([grid, *(part[0] for part in single.values())]))
    # corners that differ by rounding are one
    at = at[np.concatenate([[True], np.diff(at) > 1e-11 * at[1:]])]
    return Estimator(
        at,
        {name: np.interp(at, x, y) for name, (x, y, _) in single.items()},
        {name: tail for name, (_, _, tail) in single.items()},
    )


def estimators(
    curves: Sequence[Mapping[str, Curve]],
    grids: Sequence[Array],
    above: bool,
    exact: Sequence[bool],
) -> list[Estimator]:
    """`estimator` of many decisions, those of one plain curve each all at once.

    Parameters
    ----------
    curves, grids, exact
        Per decision, as `estimator` takes them.
    above
        Never below the curves, else never above them.
    """
    out: list[Estimator | None] = [None] * len(curves)
    plain: dict[tuple[str, type[Curve]], list[int]] = {}
    for i, own in enumerate(curves):
        if len(own) == 1 and not exact[i]:
            ((name, curve),) = own.items()
            if curve.elementwise and _smooth(curve):
                plain.setdefault((name, type(curve)), []).append(i)
                continue
        out[i] = estimator(own, grids[i], above, exact[i])
    for (name, _), members in plain.items():
        for i, shape in zip(
            members,
            _of_one_shape(
                name, [curves[i][name] for i in members], [grids[i] for i in members], above
            ),
            strict=True,
        ):
            out[i] = shape
    return [shape for shape in out if shape is not None]


def _smooth(curve: Curve) -> bool:
    """Whether it bends down throughout, from a finite slope on."""
    parts = curve.regions()
    return len(parts) == 1 and parts[0].bend < 0 and bool(np.isfinite(curve.slope(0.0)))


def _of_one_shape(
    name: str, curves: Sequence[Curve], grids: Sequence[Array], above: bool
) -> list[Estimator]:
    """As `_of_one_curve`, for curves of one shape that bend down and start with a finite slope."""
    counts = np.array([len(grid) for grid in grids])
    owner = np.repeat(np.arange(len(grids)), counts)
    at = np.concatenate(grids)
    curve = stacked(curves, owner)
    response = np.asarray(curve(at), dtype=float)
    if not above:
        ends = np.cumsum(counts)[:-1]
        return [
            Estimator(x, {name: y}, {name: 0.0})
            for x, y in zip(np.split(at, ends), np.split(response, ends), strict=True)
        ]
    slope = np.asarray(curve.slope(at), dtype=float)
    a, b, fa, fb, sa, sb = at[:-1], at[1:], response[:-1], response[1:], slope[:-1], slope[1:]
    with np.errstate(divide="ignore", invalid="ignore"):
        x = (fb - fa + sa * a - sb * b) / (sa - sb)
        y = fa + sa * (x - a)
    real = (owner[:-1] == owner[1:]) & np.isfinite(x) & (x > a) & (x < b) & (b - a > 1e-12 * b)
    real &= np.abs(sa - sb) > 1e-13 * np.maximum(np.abs(sa), np.abs(sb))
    order = np.argsort(
        np.concatenate([np.arange(len(at)), np.flatnonzero(real) + 0.5]), kind="stable"
    )
    corners, values = (
        np.concatenate([at, x[real]])[order],
        np.concatenate([response, y[real]])[order],
    )
    ends = np.cumsum(counts + np.bincount(owner[:-1][real], minlength=len(grids)))
    last = slope[np.cumsum(counts) - 1]
    return [
        Estimator(x, {name: y}, {name: float(tail)})
        for x, y, tail in zip(
            np.split(corners, ends[:-1]), np.split(values, ends[:-1]), last, strict=True
        )
    ]


def _of_one_curve(curve: Curve, grid: Array, above: bool) -> tuple[Array, Array, float]:
    """Corners, values at them, slope beyond."""
    parts = curve.regions()
    response = np.asarray(curve(grid), dtype=float)
    bends = np.array([part.bend for part in parts])[
        np.searchsorted(np.array([part.start for part in parts]), grid * (1 + 1e-13), side="right")
        - 1
    ]
    last = (
        float(np.asarray(curve.slope(grid[-1])))
        if (above and bends[-1] <= 0) or bends[-1] == 0
        else 0.0
    )
    bend = bends[:-1]
    wide = np.diff(grid) > 1e-12 * grid[1:]
    broken = ((bend < 0) if above else (bend > 0)) & wide
    if not broken.any():
        return grid, response, last
    a, b, fa, fb = grid[:-1][broken], grid[1:][broken], response[:-1][broken], response[1:][broken]
    # where a region ends in a corner its own slope is the one before it
    end = np.where(np.isin(b, [part.start for part in parts]), b * (1 - 1e-12), b)
    sa, sb = np.asarray(curve.slope(a), dtype=float), np.asarray(curve.slope(end), dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        x = (fb - fa + sa * a - sb * b) / (sa - sb)
        y = np.where(np.isfinite(sa), fa + sa * (x - a), fb - sb * (b - a))
    x = np.where(np.isfinite(sa), x, a)
    real = (
        np.isfinite(x)
        & (x > a)
        & (x < b)
        & (np.abs(sa - sb) > 1e-13 * np.maximum(np.abs(sa), np.abs(sb)))
    )
    upright = ~np.isfinite(sa)  # a vertical tangent, at 0 only: the estimator starts above 0
    if upright.any():
        response = response.copy()
        response[0] = y[upright][0]
    x, y = x[real], y[real]
    order = np.argsort(np.concatenate([grid, x]), kind="stable")
    return np.concatenate([grid, x])[order], np.concatenate([response, y])[order], last


def _envelope(at: Array, values: Array, tail: float) -> Array:
    """Values at the corners of the least concave function above the points (and above the tail)."""
    end = at[-1] * 2 + 1.0
    xs, ys = np.append(at, end), np.append(values, values[-1] + tail * (end - at[-1]))
    keep: list[int] = []
    for i in range(len(xs)):
        while len(keep) >= 2:
            a, b = keep[-2], keep[-1]
            if (ys[b] - ys[a]) * (xs[i] - xs[a]) <= (ys[i] - ys[a]) * (xs[b] - xs[a]):
                keep.pop()
            else:
                break
        keep.append(i)
    out: Array = np.maximum(np.interp(at, xs[keep], ys[keep]), values)
    return out


def first_grid(curves: Mapping[str, Curve], reach: float, count: int, whole: bool = False) -> Array:
    """Corners to begin with: every border between regions, and points that spread the error evenly
    between them.

    Parameters
    ----------
    curves
        Response curves over the amount, by name.
    reach
        The largest amount that matters.
    count
        Corners per region.
    whole
        Only whole amounts occur: all of them are corners, where they are not too many.
    """
    points = {0.0, reach}
    for curve in curves.values():
        parts = curve.regions()
        points.update(
            part.start for part in parts if part.start < reach or part.bend >= 0 or len(parts) > 1
        )
        ends = [part.start for part in parts[1:]] + [math.inf]
        for part, end in zip(parts, ends, strict=True):
            if part.bend != 0 and part.start < reach:
                points.update(_spread(curve, part.start, min(end, reach), count))
    if whole and reach <= 400:
        straight = all(
            part.bend == 0 and part.start == round(part.start)
            for curve in curves.values()
            for part in curve.regions()
        )
        if not straight:
            return np.arange(0.0, math.ceil(reach) + 1.0)
    return np.array(sorted(points))


def sparse_grid(curves: Mapping[str, Curve], reach: float) -> Array:
    """Few corners, for problems so large that where to put more is worth finding out first."""
    points = {0.0, reach / 4096, reach / 256, reach / 32, reach / 8, reach / 3, reach}
    for curve in curves.values():
        points.update(part.start for part in curve.regions())
    return np.array(sorted(points))


def _spread(curve: Curve, start: float, end: float, count: int) -> list[float]:
    """`count` corners between start and end with about equal chord errors (density as the root of
    |f''|).
    """
    share = np.unique(
        np.concatenate([np.geomspace(1e-7, 1.0, 120), np.linspace(0.0, 1.0, 121)[1:]])
    )
    x = start + (end - start) * share
    slope = np.asarray(curve.slope(x), dtype=float)
    weight = np.sqrt(np.abs(np.diff(slope)) * np.diff(x))
    total = np.concatenate([[0.0], np.cumsum(weight)])
    if not total[-1] > 0:
        return [end]
    marks = np.interp(np.linspace(0, total[-1], count + 1)[1:-1], total, x)
    return [*map(float, marks), end]


def refined_grid(grid: Array, points: list[float], upright: bool = False) -> Array:
    """The grid with each point, the middles of the pieces beside it, and room beyond the last
    corner where needed.

    Parameters
    ----------
    grid
        Corners, from 0 up.
    points
        Amounts near which the estimators leave the curve.
    upright
        The curve starts vertically, so that at 0 only ever smaller first pieces help.
    """
    new: list[float] = []
    for p in points:
        if p > grid[-1]:
            new += [p, 2 * p]
            continue
        k = int(np.searchsorted(grid, p))
        if k < len(grid) and abs(grid[k] - p) <= 1e-12 * grid[-1]:
            new += [(grid[k] + grid[j]) / 2 for j in (k - 1, k + 1) if 0 <= j < len(grid)]
            if k == 0 and len(grid) > 1 and upright:
                new.append(grid[1] / 256)
        else:
            new += [p, (p + grid[k]) / 2, (p + grid[k - 1]) / 2]
    out = np.unique(np.concatenate([grid, np.array(new)]))
    # closer pieces only spoil the solver's digits
    apart = np.concatenate([[True], np.diff(out) > 1e-6 * out[1:]])
    apart |= np.isin(out, grid)
    kept: Array = out[apart]
    return kept
