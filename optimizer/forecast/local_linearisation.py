"""What a plan brings by the chain run forward, and curves that hold near it.

For each channel the chain is run with a little more of it and with none of it, everything else as planned. The
channel's touches T(x) then count as T * v / (1 + w T): v and w are chosen so that value and slope at the plan are
right. With saturating volume this is again a saturating curve, so the allocator gets concave curves in closed form.
Curves are scaled together so that they add up to what the whole plan brings beyond no paid touch at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from optimizer.forecast.population import Population, volumes
from optimizer.messages import _
from optimizer.response.curve import Curve, Evidence
from optimizer.response.shapes.bounded import saturating

if TYPE_CHECKING:
    from optimizer.attribution.lifecycle import Lifecycle
    from optimizer.attribution.lifecycle.chain import Chain

Array = NDArray[np.float64]
STEP = 0.05  # relative step for slopes
STRUCTURE = (
    0.15  # log-spread of what a chain of a few stages gets wrong about people, whatever the data
)


@dataclass(frozen=True)
class Volume:
    """A channel's touches: curve (touches per period over currency per period); draws: as it might also be."""

    curve: Curve
    draws: tuple[Curve, ...] = ()


@dataclass(frozen=True)
class Forecast:
    """What a plan is expected to bring over its horizon.

    organic, customers, revenue: with no paid touch; with the plan, in all (new customers, currency)
    caused:   channel -> new customers of the plan that the channel brings (adds up to customers - organic)
    curves:   channel -> concave curve over the whole plan's spend that holds near this plan
    draws:    (R,) caused customers in each replicate; by_channel: R x channels, in the order of `caused`
    """

    organic: float
    customers: float
    revenue: float
    organic_revenue: float
    caused: Mapping[str, float]
    curves: Mapping[str, Curve]
    draws: Array | None = None
    by_channel: Array | None = None

    @property
    def extra(self) -> float:
        """New customers that the plan causes."""
        return self.customers - self.organic

    @property
    def interval(self) -> tuple[float, float] | None:
        """90 % interval of `extra`."""
        if self.draws is None:
            return None
        low, high = np.quantile(self.draws, [0.05, 0.95])
        return float(low), float(high)


def forecast(
    life: Lifecycle,
    volume: Mapping[str, Volume],
    spend: Mapping[str, float],
    periods: int,
    days_per_period: float = 7.0,
    replicates: Chain | None = None,
) -> Forecast:
    """Run today's people forward under an evenly paced plan. spend: channel -> currency over the whole plan."""
    names = sorted(set(volume) & set(life.channels))
    plan = np.array([max(float(spend.get(n, 0.0)), 0.0) for n in names]) / periods
    curves = {n: volume[n].curve for n in names}
    probe = np.maximum(plan, np.array([_typical(curves[n]) for n in names]) * 0.05)
    count = len(names)
    rows = np.tile(plan, (3 * count + 2, 1))
    rows[1] = 0.0
    for i in range(count):
        rows[2 + 3 * i, i] = (
            probe[i] * (1 + STEP) if plan[i] >= probe[i] else plan[i] + probe[i] * STEP
        )
        rows[3 + 3 * i, i] = 0.0
        rows[4 + 3 * i, i] = max(plan[i], probe[i])
    people = Population(life, life.chain)
    spent = {n: np.repeat(rows[:, i : i + 1], periods, axis=1) for i, n in enumerate(names)}
    out = people.run(volumes(life, spent, curves, days_per_period))
    total, nothing = float(out.customers[0]), float(out.customers[1])
    value, slope, at = np.zeros(count), np.zeros(count), np.maximum(plan, probe)
    for i, n in enumerate(names):
        without, at_probe = out.customers[3 + 3 * i], out.customers[4 + 3 * i]
        more = float(curves[n](rows[2 + 3 * i, i]) - curves[n](plan[i]))
        slope[i] = (
            max(float(out.customers[2 + 3 * i]) - total, 0.0) / more if more > 0 else 0.0
        )  # customers per touch per period
        value[i] = max(float(at_probe - without), 0.0)
    share = np.array([value[i] if plan[i] > 0 else 0.0 for i in range(count)])
    scale = (total - nothing) / share.sum() if share.sum() > 0 else 1.0
    scale = float(np.clip(scale, 0.25, 4.0))
    near = {
        n: _curve(
            curves[n], float(at[i]), float(value[i]) * scale, float(slope[i]) * scale, periods
        )
        for i, n in enumerate(names)
    }
    parts = share / share.sum() * (total - nothing) if share.sum() > 0 else share
    result = Forecast(
        nothing,
        total,
        float(out.revenue[0]),
        float(out.revenue[1]),
        dict(zip(names, map(float, parts), strict=True)),
        near,
    )
    if replicates is None:
        return result
    return _with_draws(
        result, life, volume, names, plan, parts, periods, days_per_period, replicates
    )


def _typical(curve: Curve) -> float:
    seen = curve.evidence.observed
    return max(seen[1], 1e-9) if seen else curve.spend_scale


def _curve(volume: Curve, at: float, value: float, slope: float, periods: int) -> Curve:
    """Customers over the plan's spend. at: currency per period; value: customers there; slope: customers per touch."""
    touches = float(volume(at))
    evidence = volume.evidence
    if value <= 0 or touches <= 0:
        flat = volume.times(0.0)
        return flat.rescale_horizon(periods)
    mean = value / touches  # v / (1 + wT) = mean, v / (1 + wT)^2 = slope
    ratio = float(np.clip(mean / max(slope, 1e-12), 1.0, 5.0))
    if mean < slope:
        mean = slope  # it helps itself: the next touch is worth more; straight
    w, v = (ratio - 1) / touches, mean * ratio
    if isinstance(volume, saturating):
        top = volume.ceiling * volume.response_scale
        bend = 1 + w * top
        curve: Curve = saturating(
            ceiling=v * top / bend,
            half_spend=volume.half_spend * volume.spend_scale / bend,
            evidence=evidence,
        )
        per_plan = curve.rescale_price(periods)
        return replace(per_plan, evidence=_said(per_plan.evidence))
    per_plan = volume.rescale_price(periods).times(mean)
    return replace(per_plan, evidence=_said(per_plan.evidence))


def _said(evidence: Evidence) -> Evidence:
    note = _(
        "touch volume times what a touch is worth near this plan, by the stage chain run forward"
    )
    return replace(evidence, note=f"{note}; {evidence.note}" if evidence.note else note)


def _with_draws(
    result: Forecast,
    life: Lifecycle,
    volume: Mapping[str, Volume],
    names: list[str],
    plan: Array,
    parts: Array,
    periods: int,
    days_per_period: float,
    replicates: Chain,
) -> Forecast:
    """The same plan in every replicate of the chain, each with a draw of the volume curves."""
    n = len(replicates.hazard)
    people = Population(life, replicates)
    touches = np.zeros((n, round(periods * days_per_period), len(life.channels)))
    for i, name in enumerate(names):
        drawn = volume[name].draws
        level = [
            float((drawn[r % len(drawn)] if drawn else volume[name].curve)(plan[i]))
            for r in range(n)
        ]
        touches[:, :, life.channels.index(name)] = (np.array(level) / days_per_period)[:, None]
    total = people.run(touches).customers
    none = people.run(np.zeros((1, *touches.shape[1:]))).customers
    extra = total - none
    by = np.zeros((n, len(names)))
    for i, name in enumerate(names):
        if plan[i] > 0:
            less = touches.copy()
            less[:, :, life.channels.index(name)] = 0.0
            by[:, i] = np.maximum(total - people.run(less).customers, 0.0)
    extra = extra * np.exp(STRUCTURE * np.random.default_rng(20_250_106).normal(0, 1, n))
    scale = np.divide(extra, by.sum(axis=1), out=np.zeros(n), where=by.sum(axis=1) > 0)
    return replace(result, draws=extra, by_channel=by * scale[:, None])
