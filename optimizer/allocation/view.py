"""What rules and goals can ask of a plan, before it is known (expressions) and after (numbers)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np

from optimizer.allocation.expression import Array, Comparison, Expression, Index
from optimizer.allocation.pieces import reach_of_slope
from optimizer.allocation.problem import Problem
from optimizer.errors import UserError
from optimizer.messages import _
from optimizer.registry import did_you_mean


class View(ABC):
    """The questions. `of`: a channel, a platform prefix, a tag or None for all; `period`: one period or None for all."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem

    @abstractmethod
    def total(self, kind: str, which: Index, weight: Array | float = 1.0) -> Expression:
        """Sum of weight * (what lines, or channels, or helpers come to)."""

    @abstractmethod
    def least(self, choices: Sequence[Expression]) -> Expression:
        """The smallest of several; for a plan not yet known, something that is at most the smallest."""

    @abstractmethod
    def tail_mean(self, losses: Sequence[Expression], tail: float) -> Expression:
        """Mean of the worst `tail` share of equally likely losses (conditional value at risk, Rockafellar & Uryasev
        2000); for a plan not yet known, something that is at least that."""

    def lines(self, of: str | None = None, period: str | None = None) -> Index:
        which = self.problem.lines_of(of)
        if period is None:
            return which
        self.lines_period(period)
        return np.array(
            [i for i in which if self.problem.lines[i].period == period], dtype=np.int64
        )

    def channels(self, of: str | None = None) -> list[str]:
        """Names of the channels below `of`."""
        return list(dict.fromkeys(self.problem.lines[i].channel for i in self.problem.lines_of(of)))

    def spend(self, of: str | None = None, period: str | None = None) -> Expression:
        """Currency, fees and set-up costs included."""
        which = self.lines(of, period)
        return self.total("spend", which) + self._setup(which)

    def _setup(self, which: Index) -> Expression:
        problem = self.problem
        first = {int(problem.channel_of[i]): i for i in reversed(range(len(problem.lines)))}
        paid = (
            [
                k
                for k, i in sorted(first.items())
                if i in set(map(int, which)) and problem.lines[i].setup > 0
            ]
            if any(problem.lines[i].setup > 0 for i in which)
            else []
        )
        if not paid:
            return Expression()
        return self.total(
            "active", np.array(paid), np.array([problem.lines[first[k]].setup for k in paid])
        )

    def customers(self, of: str | None = None, period: str | None = None) -> Expression:
        """New customers only."""
        return self._responses("customers", of, period, lambda line: 1.0 if line.new else 0.0)

    def revenue(self, of: str | None = None, period: str | None = None) -> Expression:
        """Order value (GMV), currency."""
        return self._responses("customers", of, period, lambda line: self._known(line, "value"))

    def margin(self, of: str | None = None, period: str | None = None) -> Expression:
        """Gross margin of the revenue, currency, before the spend."""
        return self._responses(
            "customers", of, period, lambda line: self._known(line, "value") * line.margin
        )

    def profit(self, of: str | None = None, period: str | None = None) -> Expression:
        """Margin minus spend, currency."""
        return self.margin(of, period) - self.spend(of, period)

    def lifetime(self, of: str | None = None) -> Expression:
        """Expected margin over the customers' lifetime, currency."""
        return self._responses(
            "customers", of, None, lambda line: self._known(line, "ltv") if line.new else 0.0
        )

    def exposure(self, of: str | None = None, period: str | None = None) -> Expression:
        """Touches or exposures."""
        return self._responses("exposure", of, period, lambda line: 1.0)

    def stage(self, stage: str, of: str | None = None) -> Expression:
        """Users who reach a stage."""
        return self._responses(f"stage:{stage}", of, None, lambda line: 1.0)

    def by_model(self, model: str, of: str | None = None) -> Expression:
        """New customers as another attribution model sees them."""
        return self._responses(f"model:{model}", of, None, lambda line: 1.0 if line.new else 0.0)

    def customers_in_draw(self, draw: int, of: str | None = None) -> Expression:
        """New customers in one bootstrap draw."""
        return self._responses(
            "customers", of, None, lambda line: line.draws[draw] if line.new else 0.0
        )

    def draws(self) -> int:
        """How many bootstrap draws every line has (0: none)."""
        return min(len(line.draws) for line in self.problem.lines)

    def posts(self, of: str | None = None, period: str | None = None) -> Expression:
        """Posts (for lines bought by the post)."""
        which = self.lines(of, period)
        odd = [self.problem.lines[i].channel for i in which if not self.problem.lines[i].posts]
        if odd and of is not None and len(odd) == len(which):
            raise UserError(
                _("'{odd}' is not bought by the post", odd=odd[0]),
                fix=_("give channel {odd} bookings, or remove by: posts", odd=odd[0]),
            )
        which = np.array([i for i in which if self.problem.lines[i].posts], dtype=np.int64)
        return self.total("posts", which)

    def used(self, of: str | None = None) -> Expression:
        """How many channels get any money."""
        numbers = sorted(
            {
                int(self.problem.channel_of[i])
                for i in self.lines(of)
                if not self.problem.lines[i].idle
            }
        )
        return self.total("active", np.array(numbers, dtype=np.int64))

    def paid_by(self, period: str) -> Expression:
        """Currency that has left the account by the end of a period."""
        self.lines_period(period)
        share = self.problem.paid_share(period)
        which = np.flatnonzero(share > 0)
        return self.total("spend", which, share[which])

    def lines_period(self, period: str) -> str:
        """The period's name, or `UserError` where the plan has none of that name."""
        if period not in self.problem.period_names:
            raise UserError(
                _("period '{key}' is outside the plan", key=period),
                fix=did_you_mean(period, self.problem.period_names),
            )
        return period

    def resource(self, name: str, of: str | None = None) -> Expression:
        """What the plan uses of something that is limited beside money (planning hours): per unit of each line's amount."""
        which = self.lines(of)
        if not any(name in self.problem.lines[i].uses for i in which):
            known = {key for line in self.problem.lines for key in line.uses}
            raise UserError(_("no channel uses '{name}'", name=name), fix=did_you_mean(name, known))
        weight = np.array(
            [self.problem.lines[i].uses.get(name, 0.0) / self.problem.lines[i].price for i in which]
        )
        return self.total("spend", which, weight)

    def measure(self, by: str, of: str | None = None, period: str | None = None) -> Expression:
        """Spend, posts or exposure, by name."""
        return {"spend": self.spend, "posts": self.posts, "exposure": self.exposure}[by](of, period)

    def marginal_limit(self, line: int, roi: float) -> float:
        """Currency up to which the next unit of spend on a line still brings back `roi` (0: not even the first)."""
        it = self.problem.lines[line]
        per_unit = roi * it.price / self._known(it, "value") if roi > 0 else 0.0
        return reach_of_slope(it.curves["customers"], per_unit) * it.price

    def marginal_roi(self, line: int, spend: float) -> float:
        """Revenue of the next unit of spend on a line."""
        it = self.problem.lines[line]
        return (
            self._known(it, "value")
            * float(it.curves["customers"].slope(spend / it.price))
            / it.price
        )

    def current(self, of: str | None = None) -> float:
        """Today's spend, currency."""
        which = self.problem.lines_of(of)
        values = [self.problem.lines[i].current for i in which if not self.problem.lines[i].idle]
        missing = [
            self.problem.lines[i].channel
            for i in which
            if self.problem.lines[i].current is None and not self.problem.lines[i].idle
        ]
        if missing:
            raise UserError(
                _("today's spend on {missing} is not known", missing=missing[0]),
                fix=_("add current: to channel {missing}, or give spend data", missing=missing[0]),
            )
        return float(sum(value for value in values if value is not None))

    def _responses(
        self, kind: str, of: str | None, period: str | None, weight: object
    ) -> Expression:
        which = self.lines(of, period)
        lines = self.problem.lines
        have = np.array([i for i in which if kind in lines[i].curves], dtype=np.int64)
        if not len(have) and len(which):
            name = kind.partition(":")[2] or kind
            raise UserError(
                _("nothing here says what spend does for {name}", name=name),
                fix=_("state a curve for {name} on a channel, or give data", name=name),
            )
        return self.total(kind, have, np.array([weight(lines[i]) for i in have]))  # type: ignore[operator]

    def _known(self, line: object, name: str) -> float:
        number = getattr(line, name)
        if number is None:
            channel = line.channel  # type: ignore[attr-defined]
            what = {"value": "value_per_customer", "ltv": "ltv"}[name]
            raise UserError(
                _("what a customer of {channel} is worth is not known", channel=channel),
                fix=_(
                    "add {what}: to the scenario or to channel {channel}",
                    what=what,
                    channel=channel,
                ),
            )
        return float(number)


class Sketch(View):
    """A plan not yet known. Helpers (extra unknowns that some rules need) collect here with the rows that bind them."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.helpers = 0
        self.free: list[bool] = []
        self.bindings: list[Comparison] = []

    def total(self, kind: str, which: Index, weight: Array | float = 1.0) -> Expression:
        return (
            Expression.of(kind, np.asarray(which, dtype=np.int64), weight)
            if len(which)
            else Expression()
        )

    def _helper(self, free: bool) -> Expression:
        self.helpers += 1
        self.free.append(free)
        return Expression.of("helper", np.array([self.helpers - 1]))

    def least(self, choices: Sequence[Expression]) -> Expression:
        floor = self._helper(free=True)
        self.bindings += [(floor <= choice).called(f"least{k}") for k, choice in enumerate(choices)]
        return floor

    def tail_mean(self, losses: Sequence[Expression], tail: float) -> Expression:
        start = self._helper(free=True)
        out = start
        for k, loss in enumerate(losses):
            beyond = self._helper(free=False)
            self.bindings.append((loss - start <= beyond).called(f"draw{k}"))
            out = out + beyond * (1.0 / (tail * len(losses)))
        return out


class Ledger(View):
    """A finished plan on its true curves. values: by kind, one number per line (per channel for "active")."""

    def __init__(self, problem: Problem, values: dict[str, Array]) -> None:
        super().__init__(problem)
        self.values = values

    def total(self, kind: str, which: Index, weight: Array | float = 1.0) -> Expression:
        if not len(which):
            return Expression()
        return Expression(constant=float(np.sum(self.values[kind][which] * weight)))

    def least(self, choices: Sequence[Expression]) -> Expression:
        return Expression(constant=min(float(choice) for choice in choices))

    def tail_mean(self, losses: Sequence[Expression], tail: float) -> Expression:
        values = np.sort([float(loss) for loss in losses])[::-1]
        mass = tail * len(values)
        weights = np.clip(mass - np.arange(len(values)), 0.0, 1.0)
        return Expression(constant=float(values @ weights / mass))
