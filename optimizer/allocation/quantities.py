"""What rules and goals can ask of a plan, before it is known (expressions) and after (numbers)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from optimizer.allocation.decision import Decision, Rule
from optimizer.allocation.expression import TINY, Array, Expression, Index
from optimizer.allocation.problem import Problem
from optimizer.errors import UserError
from optimizer.messages import _, listed
from optimizer.registry import did_you_mean
from optimizer.response.curve import Curve
from optimizer.units import cac


class PlanQuantities(ABC):
    """The questions a rule or goal may ask.

    Everywhere `of` is a channel, a platform prefix, a tag or None for all, and `period` one period
    or None for all.

    Parameters
    ----------
    problem
        The problem that is planned.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem

    @abstractmethod
    def total(self, kind: str, which: Index, weight: Array | float = 1.0) -> Expression:
        """Sum of weight * (what decisions, or channels, or helpers come to).

        Parameters
        ----------
        kind
            "spend", "posts", "active", "on", "starts", "helper", or the name of a response.
        which
            Numbers of decisions ("active": of channels, "helper": of helpers).
        weight
            One for each, or one for all.
        """

    @abstractmethod
    def least(self, choices: Sequence[Expression]) -> Expression:
        """The smallest of several; for a plan not yet known, something that is at most the
        smallest.
        """

    @abstractmethod
    def tail_mean(self, losses: Sequence[Expression], tail: float) -> Expression:
        """Mean of the worst `tail` share of equally likely losses: conditional value at risk.

        For a plan not yet known, something that is at least that (Rockafellar & Uryasev 2000).
        """

    @abstractmethod
    def choice(self, decided: Callable[[], float], most: float = 1.0) -> Expression:
        """A whole number from 0 to `most` that the plan is free to choose.

        Parameters
        ----------
        decided
            What it is on a finished plan.
        most
            The largest that makes sense.
        """

    @property
    @abstractmethod
    def known(self) -> bool:
        """Whether the plan is finished, so that every quantity is a number."""

    def decisions(self, of: str | None = None, period: str | None = None) -> Index:
        """Numbers of the decisions that are spoken of."""
        which = self.problem.decisions_of(of)
        if period is None:
            return which
        return self.problem.in_period(which, self.named_period(period))

    def channels(self, of: str | None = None) -> list[str]:
        """Names of the channels below `of`."""
        return list(
            dict.fromkeys(self.problem.decisions[i].channel for i in self.problem.decisions_of(of))
        )

    def channel_by_channel(
        self, name: str, value: float, of: str | None, options: Mapping[str, object] | None = None
    ) -> list[Rule]:
        """The same rule for each channel of a group (empty: `of` is one channel itself)."""
        channels = self.channels(of)
        if len(channels) == 1 and of in (None, channels[0]):
            return []
        return [Rule(name, value, channel, options or {}) for channel in channels]

    def spend(self, of: str | None = None, period: str | None = None) -> Expression:
        """Currency, fees and set-up costs included."""
        which = self.decisions(of, period)
        return self.total("spend", which) + self._setup(which)

    def _setup(self, which: Index) -> Expression:
        """Set-up costs of the channels that begin with one of these decisions.

        A set-up is paid in full where a channel first spends; where all of its decisions are
        asked for, it is enough to know that it is used.
        """
        setups = self.problem.setups
        if not setups.any():
            return Expression()
        asked = np.zeros(len(self.problem.decisions), dtype=bool)
        asked[which] = True
        whole: list[int] = []
        part: list[int] = []
        for k in np.flatnonzero(setups > 0):
            members = self.problem.members[k]
            live = members[~self.problem.is_idle[members]]
            if not asked[live].any():
                continue
            if asked[live].all():
                whole.append(int(k))
            else:
                part += [int(i) for i in live if asked[i]]
        starting = np.array(part, dtype=np.int64)
        return self.total("active", np.array(whole, dtype=np.int64), setups[whole]) + self.total(
            "starts", starting, setups[self.problem.channel_of[starting]]
        )

    def customers(self, of: str | None = None, period: str | None = None) -> Expression:
        """New customers only."""
        return self._responses("customers", of, period, _if_new)

    def orders(self, of: str | None = None, period: str | None = None) -> Expression:
        """Orders: all who buy, new or not.

        Raises
        ------
        UserError
            Where a channel is paid a commission: a decision's amount counts it as if every order
            were filled.
        """
        paid = [self.problem.decisions[i] for i in self.decisions(of, period)]
        if names := sorted({each.channel for each in paid if each.commission}):
            raise UserError(
                _(
                    "orders beyond a limit are not filled, and the commission on them is not known: "
                    "{names}",
                    names=listed(names),
                ),
                fix=_("bound these channels by max, or take the commission off value_per_customer"),
            )
        return self._responses("customers", of, period, lambda decision: 1.0)

    def revenue(self, of: str | None = None, period: str | None = None) -> Expression:
        """Order value (GMV), currency."""
        return self._responses("customers", of, period, value_of)

    def margin(self, of: str | None = None, period: str | None = None) -> Expression:
        """Gross margin of the revenue, currency, before the spend."""
        return self._responses(
            "customers", of, period, lambda decision: value_of(decision) * decision.margin
        )

    def profit(self, of: str | None = None, period: str | None = None) -> Expression:
        """Margin minus spend, currency."""
        return self.margin(of, period) - self.spend(of, period)

    def lifetime(self, of: str | None = None, period: str | None = None) -> Expression:
        """Expected margin over the customers' lifetime, currency."""
        return self._responses(
            "customers", of, period, lambda decision: lifetime_of(decision) if decision.new else 0.0
        )

    def exposure(self, of: str | None = None, period: str | None = None) -> Expression:
        """Touches or exposures."""
        return self._responses("exposure", of, period, lambda decision: 1.0)

    def stage(self, stage: str, of: str | None = None, period: str | None = None) -> Expression:
        """Users who reach a stage."""
        return self._responses(f"stage:{stage}", of, period, lambda decision: 1.0)

    def by_model(self, model: str, of: str | None = None) -> Expression:
        """New customers as another attribution model sees them."""
        return self._responses(f"model:{model}", of, None, _if_new)

    def customers_in_draw(self, draw: int, of: str | None = None) -> Expression:
        """New customers in one bootstrap draw."""
        return self._responses(
            "customers", of, None, lambda decision: decision.draws[draw] if decision.new else 0.0
        )

    def draws(self) -> int:
        """How many bootstrap draws every decision has (0: none)."""
        return min(len(decision.draws) for decision in self.problem.decisions)

    def posts(self, of: str | None = None, period: str | None = None) -> Expression:
        """Posts (for decisions bought by the post)."""
        which = self.decisions(of, period)
        odd = [
            self.problem.decisions[i].channel for i in which if not self.problem.decisions[i].posts
        ]
        if odd and of is not None and len(odd) == len(which):
            raise UserError(
                _("'{odd}' is not bought by the post", odd=odd[0]),
                fix=_("give channel {odd} bookings, or remove by: posts", odd=odd[0]),
            )
        which = np.array([i for i in which if self.problem.decisions[i].posts], dtype=np.int64)
        return self.total("posts", which)

    def used(self, of: str | None = None) -> Expression:
        """How many channels get any money."""
        numbers = sorted(
            {
                int(self.problem.channel_of[i])
                for i in self.decisions(of)
                if not self.problem.decisions[i].idle
            }
        )
        return self.total("active", np.array(numbers, dtype=np.int64))

    def paid_by(self, period: str) -> Expression:
        """Currency that has left the account by the end of a period: each decision's as its
        payments say, a set-up where the channel first spends.
        """
        self.named_period(period)
        share = self.problem.paid_share(period)
        which = np.flatnonzero(share > 0)
        begun = self.problem.begun_by(period)
        return self.total("spend", which, share[which]) + self._setup(begun)

    def named_period(self, period: str) -> str:
        """The period as it was named; `UserError` where the plan has none of that name."""
        self.problem.named_periods(period)
        return period

    def resource(self, name: str, of: str | None = None, period: str | None = None) -> Expression:
        """What the plan uses of something that is limited beside money (planning hours): per unit
        of each decision's amount.
        """
        which = self.decisions(of, period)
        if not any(name in self.problem.decisions[i].uses for i in which):
            known = {key for decision in self.problem.decisions for key in decision.uses}
            raise UserError(_("no channel uses '{name}'", name=name), fix=did_you_mean(name, known))
        weight = np.array(
            [
                self.problem.decisions[i].uses.get(name, 0.0) / self.problem.decisions[i].price
                for i in which
            ]
        )
        return self.total("spend", which, weight)

    def measure(self, by: str, of: str | None = None, period: str | None = None) -> Expression:
        """Spend, posts or exposure, by name."""
        return {"spend": self.spend, "posts": self.posts, "exposure": self.exposure}[by](of, period)

    def marginal_limit(self, number: int, roi: float) -> float:
        """Currency up to which the next unit of spend on a decision still brings back `roi`.

        0: not even the first does; infinite: all do.
        """
        it = self.problem.decisions[number]
        per_unit = roi * it.price / value_of(it) if roi > 0 else 0.0
        return float(self.customer_curve(number).spend_at_slope(per_unit)) * it.price

    def marginal_roi(self, number: int, spend: float) -> float:
        """Revenue of the next unit of spend on a decision."""
        it = self.problem.decisions[number]
        slope = float(self.customer_curve(number).slope(spend / it.price))
        return value_of(it) * slope / it.price

    def customer_curve(self, number: int) -> Curve:
        """Customers of a decision over its amount, as far as the plan is known."""
        return self.problem.decisions[number].curves["customers"]

    def current(self, of: str | None = None) -> float:
        """Today's spend, currency."""
        which = self.problem.decisions_of(of)
        return sum(self.current_of(i) for i in which if not self.problem.decisions[i].idle)

    def current_of(self, number: int) -> float:
        """Today's spend on one decision, currency; `UserError` where it is not known."""
        decision = self.problem.decisions[number]
        if decision.current is None:
            raise UserError(
                _("today's spend on {missing} is not known", missing=decision.channel),
                fix=_(
                    "add current: to channel {missing}, or give spend data",
                    missing=decision.channel,
                ),
            )
        return float(decision.current)

    def _responses(
        self, kind: str, of: str | None, period: str | None, weight: Callable[[Decision], float]
    ) -> Expression:
        which = self.decisions(of, period)
        decisions = self.problem.decisions
        have = np.array([i for i in which if kind in decisions[i].curves], dtype=np.int64)
        if not len(have) and len(which):
            name = kind.partition(":")[2] or kind
            raise UserError(
                _("nothing here says what spend does for {name}", name=name),
                fix=_("state a curve for {name} on a channel, or give data", name=name),
            )
        return self._served(kind, have, np.array([weight(decisions[i]) for i in have]))

    def _served(self, kind: str, which: Index, weight: Array) -> Expression:
        """A sum of responses, of customers only as many as there is stock for."""
        return self.total(kind, which, weight)


def _if_new(decision: Decision) -> float:
    return 1.0 if decision.new else 0.0


def value_of(decision: Decision) -> float:
    """Revenue per customer, currency; `UserError` where it is not known."""
    return _known(decision, decision.value, "value_per_customer")


def lifetime_of(decision: Decision) -> float:
    """Margin over a customer's lifetime, currency; `UserError` where it is not known."""
    return _known(decision, decision.ltv, "ltv")


def _known(decision: Decision, number: float | None, what: str) -> float:
    if number is None:
        raise UserError(
            _("what a customer of {channel} is worth is not known", channel=decision.channel),
            fix=_(
                "add {what}: to the scenario or to channel {channel}",
                what=what,
                channel=decision.channel,
            ),
        )
    return float(number)


def best_average_cac(problem: Problem, channel: str) -> float | None:
    """The least average CAC a channel can reach, currency per new customer.

    At its first money where its curve bends down, else where a line from the origin touches it.
    None: it brings no new customers.

    Parameters
    ----------
    problem
        The problem.
    channel
        One of its channels.
    """
    found: list[float] = []
    for decision in problem.decisions:
        curve = decision.curves.get("customers")
        if decision.channel != channel or curve is None or not decision.new:
            continue
        turn = curve.inflection
        first = 1e-9 * max(decision.current or 1.0, TINY)
        points = np.geomspace(turn, turn * 50, 400) if turn else np.array([first])
        each = (cac(float(x) * decision.price, float(curve(x))) for x in points)
        found += [one for one in each if one is not None]
    return min(found, default=None)
