"""What a plan brings by the chain run forward, and curves that hold near it.

For each channel the chain is run with a little more of it and with none of it, everything else as
planned. The channel's touches T(x) then count as T * v / (1 + w T): v and w are chosen so that
value and slope at the plan are right. With saturating volume this is again a saturating curve, so
the allocator gets concave curves in closed form. Curves are scaled together so that they add up to
what the whole plan brings beyond no paid touch at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from optimizer.attribution.lifecycle.chain import Chain
from optimizer.attribution.lifecycle.model import Lifecycle
from optimizer.forecast.population import Expected, Population, volumes
from optimizer.messages import _
from optimizer.response.curve import Curve
from optimizer.response.shapes.bounded import saturating

Array = NDArray[np.float64]
STEP = 0.05  # relative step for slopes
# log-spread of what a chain of a few stages gets wrong about people, whatever the data
STRUCTURE = 0.15
NOTE = _("touch volume times what a touch is worth near this plan, by the stage chain run forward")


@dataclass(frozen=True)
class Volume:
    """A channel's touches.

    Parameters
    ----------
    curve
        Touches per period over currency per period.
    draws
        The same as it might also be.
    """

    curve: Curve
    draws: tuple[Curve, ...] = ()


@dataclass(frozen=True)
class Forecast:
    """What a plan is expected to bring over its horizon.

    Parameters
    ----------
    organic, customers
        New customers with no paid touch, and with the plan, in all.
    revenue, organic_revenue
        Currency with the plan, and with no paid touch.
    caused
        Channel -> new customers of the plan that the channel brings; adds up to customers -
        organic.
    curves
        Channel -> concave curve over the whole plan's spend that holds near this plan.
    draws
        (R,) caused customers in each replicate.
    by_channel
        R x channels, in the order of `caused`.
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


@dataclass(frozen=True)
class _Pace:
    """An evenly paced plan: N channels, their volumes, currency per period (N,), periods and their
    days.
    """

    life: Lifecycle
    names: list[str]
    volume: Mapping[str, Volume]
    spend: Array
    periods: int
    days_per_period: float

    @property
    def curves(self) -> dict[str, Curve]:
        """Channel -> touches per period over currency per period."""
        return {name: self.volume[name].curve for name in self.names}

    def run(self, rows: Array) -> Expected:
        """What rows of spend (n, N), currency per period, bring over the plan.

        Returns
        -------
        Expected
            (n,) each, summed over the plan's days.
        """
        spent = {
            name: np.repeat(rows[:, i : i + 1], self.periods, axis=1)
            for i, name in enumerate(self.names)
        }
        touches = volumes(self.life, spent, self.curves, self.days_per_period)
        return Population(self.life, self.life.chain).run(touches)


def forecast(
    life: Lifecycle,
    volume: Mapping[str, Volume],
    spend: Mapping[str, float],
    periods: int,
    days_per_period: float = 7.0,
    replicates: Chain | None = None,
) -> Forecast:
    """Run today's people forward under an evenly paced plan.

    Parameters
    ----------
    life
        The fitted lifecycle.
    volume
        Channel -> touches that its spend buys.
    spend
        Channel -> currency over the whole plan.
    periods, days_per_period
        Length of the plan, in periods of the volume curves.
    replicates
        The chain as it might also be, see `Lifecycle.replicates`; None: no draws.
    """
    names = sorted(set(volume) & set(life.channels))
    plan = np.array([max(float(spend.get(n, 0.0)), 0.0) for n in names]) / periods
    pace = _Pace(life, names, volume, plan, periods, days_per_period)
    typical = np.array([_typical(volume[n].curve) for n in names])
    probe = np.maximum(plan, typical * 0.05)
    out = pace.run(_probes(plan, probe))
    total, nothing = float(out.customers[0]), float(out.customers[1])
    value, slope = _values_and_slopes(pace, plan, probe, out.customers)
    at = np.maximum(plan, probe)
    share = np.where(plan > 0, value, 0.0)
    scale = (total - nothing) / share.sum() if share.sum() > 0 else 1.0
    scale = float(np.clip(scale, 0.25, 4.0))
    near = {
        n: _curve(
            volume[n].curve, float(at[i]), float(value[i]) * scale, float(slope[i]) * scale, periods
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
    return result if replicates is None else _with_draws(result, pace, replicates)


def _probes(plan: Array, probe: Array) -> Array:
    """Spend per period to run, 2 + 3 N x N: the plan, nothing, and for each channel a little more
    of it, none of it, and at least its probe.
    """
    count = len(plan)
    rows = np.tile(plan, (3 * count + 2, 1))
    rows[1] = 0.0
    for i in range(count):
        rows[2 + 3 * i, i] = (
            probe[i] * (1 + STEP) if plan[i] >= probe[i] else plan[i] + probe[i] * STEP
        )
        rows[3 + 3 * i, i] = 0.0
        rows[4 + 3 * i, i] = max(plan[i], probe[i])
    return rows


def _values_and_slopes(
    pace: _Pace, plan: Array, probe: Array, customers: Array
) -> tuple[Array, Array]:
    """What each channel brings (customers), and customers per touch per period, (N,) each.

    customers: of the runs of `_probes`.
    """
    count, rows = len(plan), _probes(plan, probe)
    value, slope = np.zeros(count), np.zeros(count)
    for i, n in enumerate(pace.names):
        curve = pace.volume[n].curve
        without, at_probe = customers[3 + 3 * i], customers[4 + 3 * i]
        more = float(curve(rows[2 + 3 * i, i]) - curve(plan[i]))
        gained = max(float(customers[2 + 3 * i]) - float(customers[0]), 0.0)
        slope[i] = gained / more if more > 0 else 0.0
        value[i] = max(float(at_probe - without), 0.0)
    return value, slope


def _typical(curve: Curve) -> float:
    """The largest spend seen, currency per period; the curve's own scale where none was."""
    seen = curve.evidence.observed
    return max(seen[1], 1e-9) if seen else curve.natural_spend


def _curve(volume: Curve, at: float, value: float, slope: float, periods: int) -> Curve:
    """Customers over the plan's spend.

    at: currency per period; value: customers there; slope: customers per touch.
    """
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
        return replace(per_plan, evidence=per_plan.evidence.noted(NOTE))
    per_plan = volume.rescale_price(periods).times(mean)
    return replace(per_plan, evidence=per_plan.evidence.noted(NOTE))


def _with_draws(result: Forecast, pace: _Pace, replicates: Chain) -> Forecast:
    """The same plan in every replicate of the chain, each with a draw of the volume curves."""
    n, life, names = len(replicates.hazard), pace.life, pace.names
    people = Population(life, replicates)
    touches = np.zeros((n, round(pace.periods * pace.days_per_period), len(life.channels)))
    for i, name in enumerate(names):
        drawn = pace.volume[name].draws or (pace.volume[name].curve,)
        level = [float(drawn[r % len(drawn)](pace.spend[i])) for r in range(n)]
        touches[:, :, life.channels.index(name)] = (np.array(level) / pace.days_per_period)[:, None]
    total = people.run(touches).customers
    none = people.run(np.zeros((1, *touches.shape[1:]))).customers
    extra = total - none
    by = np.zeros((n, len(names)))
    for i, name in enumerate(names):
        if pace.spend[i] > 0:
            less = touches.copy()
            less[:, :, life.channels.index(name)] = 0.0
            by[:, i] = np.maximum(total - people.run(less).customers, 0.0)
    extra = extra * np.exp(STRUCTURE * np.random.default_rng(20_250_106).normal(0, 1, n))
    scale = np.divide(extra, by.sum(axis=1), out=np.zeros(n), where=by.sum(axis=1) > 0)
    return replace(result, draws=extra, by_channel=by * scale[:, None])
