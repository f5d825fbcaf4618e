"""The stage chain as the outcome model of a budget problem: decisions of paid channels act through
it, period by period; all others by their own curves.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from optimizer.allocation.calendar import Period
from optimizer.allocation.expression import Array, Index
from optimizer.allocation.outcome import Yields
from optimizer.allocation.problem import Problem
from optimizer.attribution.lifecycle import Lifecycle
from optimizer.attribution.lifecycle.chain import Chain
from optimizer.forecast.local_linearisation import (
    Forecast,
    Parts,
    Volume,
    curve_through,
    drawn_touches,
    forecast_parts,
)
from optimizer.forecast.paced import Brought, PacedChain
from optimizer.response.curve import Curve
from optimizer.response.vectorised import VectorisedCurves

MOST_PROBED = 120  # parts up to which unused ones are tried
MOST_KEPT = 64  # spends whose outcome is remembered


@dataclass(frozen=True)
class ChainLine:
    """How a line of the plan acts on the chain.

    Parameters
    ----------
    channel
        The lifecycle's channel.
    volume
        Touches per period of the spend table over currency (or posts) per period of it.
    periods
        How many of these the plan has, as far as they are this line's (a segment's share of them).
    factor
        On its customers: a multiplier, a segment's difference.
    price
        Currency per unit that the volume is over: the cost of a post, 1 for spend.
    """

    channel: str
    volume: Volume
    periods: float
    factor: float = 1.0
    price: float = 1.0


@dataclass(frozen=True, eq=False)
class ChainOutcome:
    """An outcome model, see `optimizer.allocation.outcome`.

    Parameters
    ----------
    problem
        Decisions, without an outcome model of their own.
    paced
        The chain over the plan's days, a part for each decision in `which`.
    which
        Numbers of the decisions that act through the chain.
    touches
        Of these, touches over the effective amount.
    factor
        Of these, the factor on their customers.
    lines
        Of these, how each acts on the chain.
    start
        A spend at which a search had better begin (None: none is known).
    reached
        The goal's value from each start of the search that found it.
    """

    problem: Problem
    paced: PacedChain
    which: Index
    touches: VectorisedCurves
    factor: Array
    lines: tuple[ChainLine, ...] = ()
    start: Array | None = None
    reached: tuple[float, ...] = ()
    _kept: OrderedDict[bytes, Brought] = field(default_factory=OrderedDict)

    @cached_property
    def _alone(self) -> Array:
        """1 for each decision that acts by its own curve, else 0."""
        out = np.ones(len(self.problem.decisions))
        out[self.which] = 0.0
        return out

    def touched(self, spend: Array) -> Array:
        """Touches that a spend buys, one number per part of the chain."""
        amounts = np.maximum(self.problem.amounts(spend), 0.0)
        return self.touches(amounts[self.which])

    def brought(self, spend: Array) -> Brought:
        """What the chain says of a spend."""
        touches = self.touched(spend)
        key = touches.tobytes()
        if key not in self._kept:
            self._kept[key] = self.paced.brought(touches)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return self._kept[key]

    def outcome(self, spend: Array) -> Yields:
        """See `OutcomeModel`."""
        amounts = np.maximum(self.problem.amounts(spend), 0.0)
        customers = self.problem.respond["customers"](amounts) * self._alone
        customers[self.which] = self.brought(spend).parts[0] * self.factor
        return Yields(customers)

    def curves_at(self, spend: Array) -> Sequence[Mapping[str, Curve]]:
        """See `OutcomeModel`."""
        found, touches = self.brought(spend), self.touched(spend)
        value, at = found.parts[0].copy(), touches.copy()
        idle = np.flatnonzero(touches <= 0)
        if len(idle) and len(self.which) <= MOST_PROBED:
            # nothing is known of their bend but by trying them
            at[idle] = [self._typical(int(k)) for k in idle]
            value[idle] = self.paced.gained(touches, idle, at[idle])
        out: list[dict[str, Curve]] = [{} for _ in self.problem.decisions]
        for k, i in enumerate(self.which):
            out[int(i)]["customers"] = curve_through(
                self._volume(k),
                float(at[k]),
                float(value[k] * self.factor[k]),
                float(found.slope[0, k] * self.factor[k]),
            )
        return out

    def _volume(self, k: int) -> Curve:
        """Touches of a part over its effective amount."""
        curve = self.touches.curves[k]
        assert curve is not None
        return curve

    def _typical(self, k: int) -> float:
        """Touches of a part at its largest spend seen, or where its curve bends."""
        curve = self._volume(k)
        seen = curve.evidence.observed
        return float(curve(seen[1] if seen and seen[1] > 0 else curve.natural_spend))

    def gradient(self, spend: Array, kind: str, weight: Array) -> Array:
        """See `OutcomeModel`."""
        problem = self.problem
        amounts = np.maximum(problem.amounts(spend), 0.0)
        curves = problem.respond[kind]
        own = weight * curves.slopes(amounts)
        if kind == "customers":
            asked = weight[self.which] * self.factor
            touches = self.touched(spend)
            level = asked[0] if len(asked) and np.all(asked == asked[0]) else None
            per_touch = (
                level * self.brought(spend).slope[0]
                if level is not None
                else self.paced.gradient(touches, asked)
            )
            own[self.which] = per_touch * self.touches.slopes(amounts[self.which])
        out = own / problem.prices
        if problem.carries:
            to, source, share, _ = problem.carry_from
            np.add.at(out, source, share * own[to] / problem.prices[source])
        return np.asarray(out, dtype=float)

    def forecast(self, spend: Array, replicates: Chain | None = None) -> Forecast:
        """What the chain says of a spend, channel by channel, with draws.

        Parameters
        ----------
        spend
            Currency per decision.
        replicates
            The chain as it might also be (None: no draws).
        """
        amounts = np.maximum(self.problem.amounts(spend), 0.0)[self.which]
        slope = self.touches.slopes(amounts) / self.problem.prices[self.which]
        names = tuple(line.channel for line in self.lines)
        curves = {}
        for name in sorted(set(names)):
            # the shares of a channel's lines add up to it
            whole = {id(each): each for each in self.lines if each.channel == name}
            periods = sum(each.periods for each in whole.values())
            line = next(iter(whole.values()))
            curves[name] = line.volume.curve.rescale_horizon(periods).rescale_price(line.price)
        drawn = None
        if replicates is not None:
            idle = self.problem.is_idle[self.which]
            live = len(np.unique(self.paced.period[~idle]))
            drawn = np.array(
                [
                    drawn_touches(
                        line.volume,
                        line.periods / live,
                        1.0 / (1.0 - self.problem.decisions[int(i)].carry),
                        float(amount),
                        len(replicates.hazard),
                    )
                    for line, i, amount in zip(self.lines, self.which, amounts, strict=True)
                ]
            ).T
        parts = Parts(names, spend[self.which], self.touched(spend), slope)
        return forecast_parts(self.paced, parts, curves, replicates, drawn)


def chain_outcome(
    problem: Problem,
    life: Lifecycle,
    lines: Mapping[str, ChainLine],
    spans: Sequence[Period],
    days: float,
    start: Mapping[tuple[str, str], float] | None = None,
    reached: tuple[float, ...] = (),
    tail: int = 0,
) -> ChainOutcome | None:
    """The chain as the outcome model of a problem; None where no decision acts through it.

    Parameters
    ----------
    problem
        Decisions by channel and period.
    life
        The fitted lifecycle.
    lines
        Line of the plan -> how it acts on the chain.
    spans
        The plan's periods (empty: one).
    days
        Of the whole plan.
    start
        (line, period) -> currency, at which a search had better begin.
    reached
        The goal's value from each start of the search that found it.
    tail
        Periods after the plan in which what it has begun still counts.
    """
    which = [i for i, d in enumerate(problem.decisions) if d.channel in lines]
    if not which:
        return None
    live = max(len(spans), 1)
    curves = []
    for i in which:
        decision = problem.decisions[i]
        line = lines[decision.channel]
        curve = line.volume.curve.rescale_horizon(line.periods / live)
        curves.append(curve.rescale_price(1.0 / (1.0 - decision.carry)))
    numbers = [life.channels.index(lines[problem.decisions[i].channel].channel) for i in which]
    paced = _paced(problem, life, which, numbers, spans, days, tail)
    begun = None
    if start is not None:
        begun = np.array([start.get((d.channel, d.period), 0.0) for d in problem.decisions])
    return ChainOutcome(
        problem,
        paced,
        np.array(which, dtype=np.int64),
        VectorisedCurves(curves),
        np.array([lines[problem.decisions[i].channel].factor for i in which]),
        tuple(lines[problem.decisions[i].channel] for i in which),
        begun,
        reached,
    )


def _paced(
    problem: Problem,
    life: Lifecycle,
    which: Sequence[int],
    numbers: Sequence[int],
    spans: Sequence[Period],
    days: float,
    tail: int,
) -> PacedChain:
    """The chain over the plan's days and those after it, a part for each decision in `which`.

    What carries over beyond the plan has periods of its own, which a stated tail counts too.
    """
    live = max(len(spans), 1)
    own = [problem.decisions[i].period for i in which]
    names = list(dict.fromkeys([*problem.period_names, *own]))
    after = max(len(names) - live, 0)
    edges = np.round(np.arange(live + after + 1) * (days / live)).astype(np.int64)
    demand = np.array([span.demand for span in spans] or [1.0])
    return PacedChain(
        life,
        np.array(numbers, dtype=np.int64),
        np.array([names.index(period) for period in own], dtype=np.int64),
        edges,
        np.concatenate([demand, np.ones(after)]),
        round(max(tail - after, 0) * days / live),
    )
