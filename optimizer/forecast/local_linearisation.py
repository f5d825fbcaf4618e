"""What a plan brings by the chain run forward, and curves that hold near it.

What the plan brings beyond no paid touch is shared among its channels (see `paced`); the curve of
each is right at the plan in value and slope.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from optimizer.attribution.lifecycle.chain import Chain
from optimizer.attribution.lifecycle.model import Lifecycle
from optimizer.forecast.paced import PacedChain
from optimizer.messages import _
from optimizer.response.curve import Curve
from optimizer.response.shapes.bounded import saturating
from optimizer.response.shapes.straight import linear

Array = NDArray[np.float64]
STEEPEST = 5.0  # times the slope that a touch is worth on average at most, in a curve near a plan
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


def _about(draws: Array, mean: float) -> Array:
    """Draws in proportion, about another mean."""
    drawn = float(draws.mean())
    return draws * (mean / drawn) if drawn > 0 else draws


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
    def centred(self) -> Array | None:
        """(R,) draws of `extra` whose mean it is; None where nothing is drawn."""
        return None if self.draws is None else _about(self.draws, self.extra)

    def centred_of(self, channel: str) -> Array | None:
        """(R,) draws of what a channel brings whose mean is its part in `caused`; None where
        nothing is drawn.

        Parameters
        ----------
        channel
            One of `caused`.
        """
        if self.by_channel is None:
            return None
        drawn = self.by_channel[:, list(self.caused).index(channel)]
        return _about(drawn, self.caused[channel])

    @property
    def interval(self) -> tuple[float, float] | None:
        """90 % interval of `extra`."""
        drawn = self.centred
        if drawn is None:
            return None
        low, high = np.quantile(drawn, [0.05, 0.95])
        return float(low), float(high)


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
    money = np.array([max(float(spend.get(name, 0.0)), 0.0) for name in names])
    curves = {name: volume[name].curve.rescale_horizon(periods) for name in names}
    touches = np.array([float(curves[n](x)) for n, x in zip(names, money, strict=True)])
    paced = PacedChain(
        life,
        np.array([life.channels.index(name) for name in names], dtype=np.int64),
        np.zeros(len(names), dtype=np.int64),
        np.array([0, round(periods * days_per_period)]),
        np.ones(1),
    )
    slopes = [float(curves[n].slope(x)) for n, x in zip(names, money, strict=True)]
    drawn = None
    if replicates is not None:
        drawn = np.array(
            [
                drawn_touches(volume[n], periods, 1.0, x, len(replicates.hazard))
                for n, x in zip(names, money, strict=True)
            ]
        ).T
    parts = Parts(tuple(names), money, touches, np.array(slopes))
    return forecast_parts(paced, parts, curves, replicates, drawn)


@dataclass(frozen=True, eq=False)
class Parts:
    """The parts of a plan on the chain, N of them.

    Parameters
    ----------
    names
        The channel of each.
    money, touches
        Currency on each, and the touches it buys.
    slope
        Touches of each that one more unit of money buys.
    """

    names: tuple[str, ...]
    money: Array
    touches: Array
    slope: Array


def forecast_parts(
    paced: PacedChain,
    parts: Parts,
    curves: Mapping[str, Curve],
    replicates: Chain | None = None,
    drawn: Array | None = None,
) -> Forecast:
    """What a plan by channel and period brings.

    Parameters
    ----------
    paced
        The chain, with the plan's parts.
    parts
        The plan.
    curves
        Channel -> touches over the whole plan's currency, evenly paced.
    replicates, drawn
        The chain as it might also be, and the touches (R, N) that the plan buys in each; None: no
        draws.
    """
    life = paced.life
    found = paced.brought(parts.touches)
    rows = np.stack([parts.touches, np.zeros(len(parts.touches))])
    run = paced.stream.run(paced.daily(rows))
    revenue = run.customers * life.values[0] + (run.orders - run.customers) * life.values[1]
    names = tuple(curves)
    which = np.array([names.index(name) for name in parts.names], dtype=np.int64)

    def by_channel(values: Array) -> Array:
        return np.bincount(which, weights=values, minlength=len(names)).astype(np.float64)

    money, caused = by_channel(parts.money), by_channel(found.parts[0])
    per_money = found.slope[0] * parts.slope
    best = np.zeros(len(names))
    np.maximum.at(best, which, per_money)
    mean = np.divide(by_channel(per_money * parts.money), money, out=best, where=money > 0)
    near = {}
    for k, name in enumerate(names):
        curve, at = curves[name], float(money[k])
        steep = float(curve.slope(at))
        slope = float(mean[k]) / steep if steep > 0 else 0.0
        found_near = curve_through(curve, float(curve(at)), float(caused[k]), slope)
        there = float(found_near(at))
        # where it helps itself no concave curve has both: what is shown has the value
        near[name] = found_near.times(float(caused[k]) / there) if there > 0 else found_near
    result = Forecast(
        float(run.customers[1]),
        float(run.customers[0]),
        float(revenue[0]),
        float(revenue[1]),
        dict(zip(names, map(float, caused), strict=True)),
        near,
    )
    if replicates is None or drawn is None:
        return result
    draws = paced.drawn(drawn, replicates)
    by = np.stack([by_channel(row) for row in draws.parts])
    noise = np.exp(STRUCTURE * np.random.default_rng(20_250_106).normal(0, 1, len(by)))
    return replace(result, draws=draws.total * noise, by_channel=by * noise[:, None])


def drawn_touches(
    volume: Volume, periods: float, price: float, amount: float, count: int
) -> list[float]:
    """Touches that an amount buys in so many draws of a volume curve, stretched to `periods` of its
    periods, everything `price` times as dear.
    """
    drawn = volume.draws or (volume.curve,)
    at = amount / price / periods
    return [periods * float(drawn[r % len(drawn)](at)) for r in range(count)]


def curve_through(volume: Curve, touches: float, value: float, slope: float) -> Curve:
    """Customers over the amount that buys a volume of touches, near one amount.

    Touches T count as T * v / (1 + w T), with v and w so that value and slope are right there; with
    saturating or straight volume this is again a saturating curve.

    Parameters
    ----------
    volume
        Touches over the amount.
    touches
        At the amount.
    value, slope
        Customers there, and customers of one more touch.
    """
    evidence = volume.evidence.noted(NOTE)
    slope = max(slope, 0.0)
    if touches <= 0 or slope <= 0 or value <= slope * touches:
        return replace(volume.times(slope), evidence=evidence)  # it helps itself, or does nothing
    ratio = min(value / touches / max(slope, 1e-12), STEEPEST)
    v, w = slope * ratio * ratio, (ratio - 1) / touches
    if isinstance(volume, linear) and volume.cap is None and w > 0:
        rate = float(volume(1.0))
        return saturating(ceiling=v / w, half_spend=1 / (rate * w), evidence=evidence)
    if isinstance(volume, saturating):
        top = volume.ceiling * volume.response_scale
        bend = 1 + w * top
        return saturating(
            ceiling=v * top / bend,
            half_spend=volume.half_spend * volume.spend_scale / bend,
            evidence=evidence,
        )
    return replace(volume.times(slope), evidence=evidence)
