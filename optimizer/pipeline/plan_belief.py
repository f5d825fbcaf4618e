"""What the belief says of a plan: the interval of its customers, and of the gain over today."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimizer.allocation.plan import Plan
from optimizer.evidence.belief import RECENT, Interval, chance, interval
from optimizer.messages import Message, _
from optimizer.pipeline.beliefs import Believed
from optimizer.pipeline.leftover import Leftover
from optimizer.response.all_in import AllIn
from optimizer.response.channel import Response

Array = NDArray[np.float64]
SAME = 0.02  # of today's spend: more or less is other money
SHOWN = 0.1  # of the mean: an interval that begins below cannot be told from nothing
EVEN = 0.6  # chance below which a plan is hardly better than what is done today


@dataclass(frozen=True)
class ChannelBelief:
    """One channel over all periods of the tables: what it claims, and what is believed of it.

    Parameters
    ----------
    channel
        Its name.
    claimed
        Conversions its platform claims (None: it claims none).
    caused
        Customers its spend caused.
    plan
        Customers the plan's spend on it brings (None: it is not in the plan).
    """

    channel: str
    claimed: float | None
    caused: Interval
    plan: Interval | None


@dataclass(frozen=True)
class PlanBelief:
    """What the belief says of one plan, customers over the whole plan; 90 % intervals.

    Parameters
    ----------
    extra
        Customers that the plan's spend brings.
    organic
        Customers that come without it.
    gain, chance
        The plan against today's spend, and how probable it is that it brings more (None: today's
        spend is not known).
    kinds
        Kind of evidence -> weight.
    split_chance
        How probable it is that the plan brings more than today's split of the plan's own money
        (None: today's spend is not known).
    same_money
        Whether the plan spends about what is spent today.
    channels
        Claims beside the belief.
    test
        The channel whose lift test would tell most ("": none).
    sold, periods
        Customers sold in the tables, and their periods.
    journeys
        Whether journeys were among the evidence.
    leaves
        What the plan leaves behind in the stages (None: not known).
    """

    extra: Interval
    organic: float
    gain: Interval | None
    chance: float | None
    kinds: dict[str, float] = field(default_factory=dict)
    split_chance: float | None = None
    same_money: bool = True
    channels: tuple[ChannelBelief, ...] = ()
    test: str = ""
    sold: float = 0.0
    periods: int = 0
    journeys: bool = False
    leaves: Leftover | None = None

    def as_dict(self) -> dict[str, Any]:
        """As plan.json holds it."""
        out: dict[str, Any] = {
            "extra_customers": self.extra.as_dict(),
            "organic_customers": self.organic,
        }
        if self.gain is not None:
            out["gain_over_today"] = self.gain.as_dict()
            out["chance_better_than_today"] = self.chance
        out["kinds"] = [{"kind": kind, "weight": weight} for kind, weight in self.kinds.items()]
        if self.leaves is not None:
            out["leaves_behind"] = self.leaves.as_dict()
        return out

    @property
    def even(self) -> bool:
        """Whether the plan may as well be worse than today's split of the same money."""
        return self.split_chance is not None and self.split_chance < EVEN

    @property
    def shown(self) -> bool:
        """Whether the plan's spend can be told from spending nothing."""
        return self.extra.low > SHOWN * self.extra.mean

    def notes(self) -> list[Message]:
        """What must be said beside the plan."""
        return [*self._not_shown(), *self._even_odds()]

    def _not_shown(self) -> list[Message]:
        if self.shown or self.extra.mean <= 0:
            return []
        bounds = {"low": f"{self.extra.low:,.0f}", "high": f"{self.extra.high:,.0f}"}
        if not self.test:
            return [
                _(
                    "what this spend brings cannot be told from nothing (90 % interval {low} to "
                    "{high} new customers): it cannot be shown that spending more pays",
                    **bounds,
                )
            ]
        return [
            _(
                "what this spend brings cannot be told from nothing (90 % interval {low} to {high} "
                "new customers): it cannot be shown that spending more pays; do not raise it, test "
                "it: a lift test on {channel} would show most",
                **bounds,
                channel=self.test,
            )
        ]

    def _even_odds(self) -> list[Message]:
        if not self.even or self.split_chance is None:
            return []
        odds = f"{self.split_chance:.0%}"
        if not self.test:
            return [
                _(
                    "the plan beats today's split of the same money with a chance of {chance} only",
                    chance=odds,
                )
            ]
        return [
            _(
                "the plan beats today's split of the same money with a chance of {chance} only: a "
                "lift test on {channel} would decide most, before money is moved",
                chance=odds,
                channel=self.test,
            )
        ]


def plan_belief(
    believed: Believed, responses: dict[str, Response], plan: Plan
) -> PlanBelief | None:
    """What is believed of a plan; None where there is no plan.

    Draws of each channel are taken in proportion to its own customers in the plan, so that seasons,
    multipliers and stated curves stay what the plan says, and the mean is the plan's number.

    Parameters
    ----------
    believed
        The belief that the responses come from.
    responses
        Channel -> response as it was planned with, over all that is paid.
    plan
        The plan.
    """
    if plan.totals is None:
        return None
    belief = believed.belief
    spend, customers, today = _planned(plan)
    mine = _draws(believed, _billed(responses, spend), customers)
    extra = np.sum(list(mine.values()), axis=0) + np.zeros(len(belief.ceiling))
    now: dict[str, Array] = {}
    same: dict[str, Array] = {}
    money, money_today = math.fsum(spend.values()), math.fsum(today.values())
    if plan.current is not None and money_today > 0:
        now = _on_curves(believed, responses, today, plan.current.customers)
        if money > 0:
            split = {name: x * money / money_today for name, x in today.items()}
            same = _on_curves(believed, responses, split)
    moved = {name: mine[name] - now.get(name, 0.0) for name in mine}
    gain = np.sum(list(moved.values()), axis=0) + np.zeros(len(belief.ceiling)) if now else None
    apart = {name: mine[name] - same.get(name, 0.0) for name in mine}
    spread = {name: float(np.std(apart[name])) for name in apart if name in belief.channels}
    test = max(sorted(spread), key=lambda name: spread[name], default="")
    return PlanBelief(
        extra=interval(extra),
        organic=float(belief.organic[:, -RECENT:].mean()) * believed.periods,
        gain=None if gain is None else interval(gain),
        chance=None if gain is None else chance(gain),
        kinds=dict(believed.kinds),
        split_chance=chance(np.sum(list(apart.values()), axis=0)) if same else None,
        same_money=abs(money - money_today) <= SAME * money_today,
        channels=_channels(believed, mine),
        test=test if spread.get(test, 0.0) > 0 else "",
        sold=float((belief.organic.sum(axis=1) + belief.caused.sum(axis=(1, 2))).mean()),
        periods=belief.organic.shape[1],
    )


def _on_curves(
    believed: Believed,
    responses: dict[str, Response],
    spend: dict[str, float],
    together: float | None = None,
) -> dict[str, Array]:
    """What another spend brings in each draw; `together`: the sum of the means, where it is known
    better (with seasons) than by the curves.
    """
    each = {
        name: float(responses[name].curve(money)) if name in responses else 0.0
        for name, money in spend.items()
    }
    whole = math.fsum(each.values())
    scale = together / whole if together is not None and whole > 0 else 1.0
    means = {name: scale * value for name, value in each.items()}
    return _draws(believed, _billed(responses, spend), means)


def _billed(responses: dict[str, Response], spend: dict[str, float]) -> dict[str, float]:
    """What of a spend the belief speaks of: without commission."""
    out = dict(spend)
    for name, money in spend.items():
        curve = responses[name].curve if name in responses else None
        if isinstance(curve, AllIn):
            out[name] = float(curve.billed(money))
    return out


def _planned(plan: Plan) -> tuple[dict[str, float], dict[str, float], dict[str, float]]:
    """Spend, customers and today's spend by channel."""
    spend: dict[str, float] = {}
    customers: dict[str, float] = {}
    today: dict[str, float] = {}
    for line in plan.lines:
        name = line.channel
        spend[name] = spend.get(name, 0.0) + line.spend
        customers[name] = customers.get(name, 0.0) + line.customers
        today[name] = today.get(name, 0.0) + (line.current or 0.0)
    return spend, customers, today


def _draws(
    believed: Believed, spend: dict[str, float], customers: dict[str, float]
) -> dict[str, Array]:
    """Channel -> customers in each draw, their mean as it is given; certain where it is stated."""
    belief = believed.belief
    money = np.array([spend.get(name, 0.0) for name in belief.channels])
    draws = belief.by_channel(money, believed.periods)
    out = {}
    for name, mean in customers.items():
        place = belief.channels.index(name) if name in belief.channels else None
        drawn = np.ones(len(belief.ceiling)) if place is None else draws[:, place]
        if name in believed.stated or drawn.mean() <= 0:
            drawn = np.ones(len(belief.ceiling))
        out[name] = mean * drawn / drawn.mean()
    return out


def _channels(believed: Believed, mine: dict[str, Array]) -> tuple[ChannelBelief, ...]:
    """Claim beside estimate, the largest estimate first."""
    belief, out = believed.belief, []
    caused = belief.caused.sum(axis=1)
    for c, name in enumerate(belief.channels):
        claim = None if belief.claimed is None else float(belief.claimed[c])
        drawn = mine.get(name)
        out.append(
            ChannelBelief(
                name,
                claim or None,
                interval(caused[:, c]),
                None if drawn is None else interval(drawn),
            )
        )
    return tuple(sorted(out, key=lambda row: (-row.caused.mean, row.channel)))
