"""Curves from data: fitted to weekly spend and response, or drawn through the one point that is
known.

All fits work on spend / largest spend and response / largest response, so that the currency never
matters, and weigh relative errors, because a large week is not a more exact one. How a curve bends
is often hardly visible in the data; the elasticity at the mean spend therefore carries a broad
prior around `TYPICAL` (logit-normal, two thirds of its mass between about 0.3 and 0.85), which a
few varied weeks overrule.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from optimizer.errors import UserError
from optimizer.messages import Message, _, listed
from optimizer.response.curve import Array, Curve, Evidence
from optimizer.response.shapes.bounded import saturating

TYPICAL = 0.6  # elasticity of touches or customers in spend where nothing is known
SPREAD = 1.25  # its prior spread, in logits
FLOOR = 0.05  # responses below this share of the largest are weighed as if they were that large


@dataclass(frozen=True)
class Fit:
    """A fitted curve with what is not known about it.

    Parameters
    ----------
    curve
        The best fit.
    intercept
        Response per week at no spend (organic; 0 unless asked for), not part of the curve.
    halves
        Candidate half-spends, currency per week.
    ceilings
        The best ceiling for each.
    chance
        How probable each candidate is (adds up to 1).
    error
        Relative standard error of the level at the mean spend.
    """

    curve: Curve
    intercept: float
    halves: Array
    ceilings: Array
    chance: Array
    error: float

    def draw(self, rng: np.random.Generator) -> Curve:
        """One curve as it might also be, given the data.

        Parameters
        ----------
        rng
            Where all chance comes from.

        Returns
        -------
        Curve
            A half-spend by its chance, with its best ceiling times a log-normal level (mean 1) of
            relative spread `error`; where that ceiling is 0, or the curve is not saturating, only
            the level is drawn.
        """
        at = int(rng.choice(len(self.halves), p=self.chance))
        level = float(np.exp(rng.normal(0.0, self.error) - self.error**2 / 2))
        if not isinstance(self.curve, saturating) or self.ceilings[at] <= 0:
            return self.curve.times(level)
        return saturating(
            ceiling=float(self.ceilings[at]) * level,
            half_spend=float(self.halves[at]),
            evidence=self.curve.evidence,
        )


def fit_curve(
    spend: ArrayLike,
    response: ArrayLike,
    shape: str = "saturating",
    intercept: bool = False,
    elasticity: float = TYPICAL,
) -> Curve:
    """The concave curve, 0 at 0, that best explains a channel's weekly response by its weekly
    spend.

    Parameters
    ----------
    spend
        Currency per week.
    response
        Touches or credited conversions per week; weeks with NaN in either are left out.
    shape
        saturating | linear.
    intercept
        Let part of the response be there without spend (for conversions: organic demand, or credit
        that follows spend of earlier weeks). It is estimated, said in the evidence, and left out of
        the curve, so that organic stays organic and is never bought.
    elasticity
        What is assumed where the data say nothing.

    Returns
    -------
    Curve
        Response per week over currency per week.

    Raises
    ------
    UserError
        Where there is nothing to fit (no week with spend).

    Examples
    --------
    >>> curve = fit_curve([10, 20, 40, 80], [25, 40, 57.1, 72.7])
    >>> round(float(curve(30)))
    50
    """
    return fit(spend, response, shape, intercept, elasticity).curve


def fit(
    spend: ArrayLike,
    response: ArrayLike,
    shape: str = "saturating",
    intercept: bool = False,
    elasticity: float = TYPICAL,
) -> Fit:
    """As `fit_curve`, with the uncertainty that draws need.

    Parameters
    ----------
    spend, response, shape, intercept, elasticity
        As `fit_curve` takes them.

    Returns
    -------
    Fit
        Where spend hardly varied its candidates are weighed by the prior alone; where no response
        was seen it has one.

    Raises
    ------
    UserError
        Where no week has spend, or the shape is neither saturating nor linear.
    """
    if shape not in ("saturating", "linear"):
        raise UserError(
            _("cannot fit curves of shape '{shape}' to weeks", shape=shape),
            fix=_("saturating or linear; or state the curve"),
        )
    x, y = np.asarray(spend, dtype=float), np.asarray(response, dtype=float)
    keep = np.isfinite(x) & np.isfinite(y)
    x, y = x[keep], np.maximum(y[keep], 0.0)
    if not len(x) or x.max() <= 0:
        raise UserError(
            _("no week has spend, so there is nothing to fit a curve to"),
            fix=_("state this channel's curve in the scenario"),
        )
    order = np.lexsort((y, x))  # sums do not depend on the order of the weeks
    x, y = x[order], y[order]
    seen = (float(x.min()), float(x.max()))
    top_x, top_y = float(x.max()), float(y.max())
    if top_y <= 0:
        note = _("no response was ever seen")
        flat = from_point_elasticity(float(x[x > 0].mean()), 0.0, elasticity)
        return _certain(replace(flat, evidence=Evidence("fitted", seen, None, len(x), note)))
    u, v = x / top_x, y / top_y
    varied = len(np.unique(np.round(u, 6)))
    if shape == "linear" or varied < 3 or float(u.std()) < 0.02:
        return _one_point(x, y, seen, 0.999 if shape == "linear" else elasticity, varied)
    return _profile(u, v, top_x, top_y, seen, intercept, elasticity)


@dataclass(frozen=True)
class _Profile:
    """The profile of the squared error over half-spends, on unit scale: u, v in 0..1, weighted by
    `weight`.
    """

    u: Array
    v: Array
    weight: Array
    mean: float  # of the weeks with spend
    centre: float  # logit of the elasticity that is assumed
    intercept: bool

    def level(self, logit: float) -> tuple[float, float, float]:
        """`_level` for the half-spend at which the elasticity at the mean spend has this logit.

        Parameters
        ----------
        logit
            Of the elasticity at the mean spend.

        Returns
        -------
        tuple[float, float, float]
            Ceiling and intercept on unit scale, and the weighted squared error.
        """
        return _level(self.u, self.v, self.weight, self.half(logit), self.intercept)

    def half(self, logit: float) -> float:
        """e = half / (half + mean), so half = mean * exp(logit(e))."""
        return self.mean * float(np.exp(logit))

    def fitted(self, logit: float) -> Array:
        """The best response at each week for a half-spend."""
        ceiling, base, __ = self.level(logit)
        return np.asarray(base + ceiling * self.u / (self.half(logit) + self.u))

    def prior(self, logit: Array | float) -> Array | float:
        """The prior as a penalty."""
        return ((logit - self.centre) / SPREAD) ** 2


def _profile(
    u: Array,
    v: Array,
    top_x: float,
    top_y: float,
    seen: tuple[float, float],
    intercept: bool,
    elasticity: float,
) -> Fit:
    """Least squares over a grid of half-spends, then refined; the prior enters as a penalty."""
    logits = np.linspace(-4.0, 4.0, 161)  # of the elasticity at the mean spend
    centre = float(np.log(elasticity / (1 - elasticity)))
    at = _Profile(u, v, np.ones_like(v), float(u[u > 0].mean()), centre, intercept)
    for _turn in range(3):  # relative errors: weights from the last fit
        best = float(logits[int(np.argmin([at.level(float(z))[2] for z in logits]))])
        at = replace(at, weight=1.0 / np.maximum(at.fitted(best), FLOOR) ** 2)
    fits = np.array([at.level(float(z)) for z in logits])
    errors = fits[:, 2]
    freedom = max(1, len(u) - 2 - int(intercept))
    # of a relative error; never below a tenth of a percent
    variance = max(float(errors.min()) / freedom, 1e-6)
    score = errors / variance + at.prior(logits)
    low = int(np.argmin(score))
    z = _minimum(
        lambda t: at.level(t)[2] / variance + float(at.prior(t)),
        float(logits[max(low - 1, 0)]),
        float(logits[min(low + 1, len(logits) - 1)]),
    )
    ceiling, base, __ = at.level(z)
    spread = float(((v - v.mean()) ** 2).sum())
    r2 = 1 - float(((v - at.fitted(z)) ** 2).sum()) / spread if spread > 1e-12 else None
    chance = np.exp(-0.5 * (score - score.min()))
    chance /= chance.sum()
    notes = _notes(logits, chance, elasticity, base * top_y if base > 1e-9 else 0.0)
    evidence = Evidence("fitted", seen, r2, len(u), listed(notes, "; ") if notes else "")
    curve = saturating(
        ceiling=max(ceiling, 1e-12) * top_y, half_spend=at.half(z) * top_x, evidence=evidence
    )
    return Fit(
        curve,
        base * top_y,
        at.mean * np.exp(logits) * top_x,
        fits[:, 0] * top_y,
        chance,
        float(np.sqrt(variance / len(u))),
    )


def _notes(logits: Array, chance: Array, elasticity: float, organic: float) -> list[Message]:
    """What a reader of a fitted curve should know. organic: response per week without spend."""
    notes = []
    told = float(np.sqrt((chance * (logits - (chance * logits).sum()) ** 2).sum()))
    if told > 0.8 * SPREAD:
        notes.append(
            _(
                "how it bends is hardly visible in the data: leans on a typical elasticity of {a}",
                a=f"{elasticity:g}",
            )
        )
    if organic:
        notes.append(_("{a} a week come without spend and are left out", a=f"{organic:.4g}"))
    return notes


def _level(
    u: Array, v: Array, weight: Array, half: float, intercept: bool
) -> tuple[float, float, float]:
    """Best ceiling and intercept (both at least 0) for a half-spend, and the weighted squared
    error.
    """
    s = u / (half + u)
    sss, ssv = float((weight * s * s).sum()), float((weight * s * v).sum())
    ceiling, base = max(ssv / sss, 0.0), 0.0
    if intercept:
        w, ws, wv = float(weight.sum()), float((weight * s).sum()), float((weight * v).sum())
        det = w * sss - ws * ws
        if det > 1e-12 * w * sss:
            slope, level = (w * ssv - ws * wv) / det, (sss * wv - ws * ssv) / det
            if slope < 0:
                ceiling, base = 0.0, wv / w
            elif level > 0:
                ceiling, base = slope, level
    return ceiling, base, float((weight * (v - base - ceiling * s) ** 2).sum())


def _minimum(f: Callable[[float], float], low: float, high: float) -> float:
    """Minimum of a one-humped function, by golden section.

    The hump is flat to about 1e-8, so another search (scipy's) ends elsewhere on it: the curves of
    plans that were made before would move in their eighth digit.
    """
    ratio = (5**0.5 - 1) / 2
    a, b = high - ratio * (high - low), low + ratio * (high - low)
    at_a, at_b = f(a), f(b)
    for _step in range(40):
        if at_a <= at_b:
            high, b, at_b = b, a, at_a
            a = high - ratio * (high - low)
            at_a = f(a)
        else:
            low, a, at_a = a, b, at_b
            b = low + ratio * (high - low)
            at_b = f(b)
    return (low + high) / 2


def _one_point(
    x: Array, y: Array, seen: tuple[float, float], elasticity: float, varied: int
) -> Fit:
    """Where spend hardly varied: through the mean week, with the elasticity that is assumed."""
    on = x > 0
    curve = from_point_elasticity(float(x[on].mean()), float(y[on].mean()), elasticity)
    note = (
        _(
            "one level of spend only: drawn through the mean week with a stated elasticity of "
            "{elasticity}",
            elasticity=f"{elasticity:g}",
        )
        if varied < 3
        else _(
            "spend hardly varied: drawn through the mean week with a stated elasticity of "
            "{elasticity}",
            elasticity=f"{elasticity:g}",
        )
    )
    evidence = Evidence("point", seen, None, len(x), note)
    return _certain(replace(curve, evidence=evidence), x, y, elasticity)


def _certain(
    curve: Curve, x: Array | None = None, y: Array | None = None, elasticity: float = TYPICAL
) -> Fit:
    """A `Fit` whose bend is known only by the prior."""
    if x is None or y is None or not isinstance(curve, saturating):
        return Fit(curve, 0.0, np.array([1.0]), np.array([0.0]), np.array([1.0]), 0.0)
    on = x > 0
    mean, level = float(x[on].mean()), float(y[on].mean())
    z = np.linspace(-4, 4, 41)
    chance = np.exp(-0.5 * ((z - np.log(elasticity / (1 - elasticity))) / SPREAD) ** 2)
    halves = mean * np.exp(z)
    spread = float(y[on].std() / level) if level > 0 else 0.0
    return Fit(
        curve,
        0.0,
        halves,
        level * (halves + mean) / mean,
        chance / chance.sum(),
        spread / float(np.sqrt(on.sum())),
    )


def from_point_elasticity(spend: float, response: float, elasticity: float = TYPICAL) -> Curve:
    """The saturating curve through one known point whose elasticity there is the stated one.

    Elasticity e: one percent more spend brings e percent more. So average CAC = spend / customers,
    and marginal CAC = average / e.

    Parameters
    ----------
    spend, response
        The point: currency, and customers or touches, over the same stretch of time.
    elasticity
        Above 0, at most 1.

    Raises
    ------
    UserError
        For an impossible point.

    Examples
    --------
    >>> curve = from_point_elasticity(1000, 50, elasticity=0.4)
    >>> round(float(curve(1000)), 9), round(1 / float(curve.slope(1000)), 9)
    (50.0, 50.0)
    """
    if not (np.isfinite(spend) and spend > 0):
        raise UserError(
            _("a curve through one point needs spend above 0, not {spend}", spend=f"{spend:g}")
        )
    if not (np.isfinite(response) and response >= 0):
        raise UserError(
            _(
                "a curve through one point needs a response of 0 or more, not {response}",
                response=f"{response:g}",
            )
        )
    if not 0 < elasticity <= 1:
        raise UserError(
            _("elasticity is {elasticity}", elasticity=f"{elasticity:g}"),
            fix=_("above 0 and at most 1 (1: every unit of spend brings as much as the last)"),
        )
    e = min(elasticity, 0.999)  # the straight line is the limit; this is one for every purpose
    half = spend * e / (1 - e)
    note = _("through one point with a stated elasticity of {a}", a=f"{elasticity:g}")
    evidence = Evidence("point", (spend, spend), None, 1, note)
    if response == 0:
        return replace(
            saturating(ceiling=1.0, half_spend=half, evidence=evidence), response_scale=0.0
        )
    return saturating(ceiling=response * (half + spend) / spend, half_spend=half, evidence=evidence)
