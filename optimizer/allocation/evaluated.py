"""A finished plan on its true curves: what rules and goals ask of it are numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

import numpy as np

from optimizer.allocation.expression import Array, Expression, Index
from optimizer.allocation.first_order import missing
from optimizer.allocation.problem import Problem
from optimizer.allocation.quantities import PlanQuantities
from optimizer.response.curve import Curve


class EvaluatedQuantities(PlanQuantities):
    """A finished plan on its true curves.

    Parameters
    ----------
    problem
        The problem that was planned.
    values
        By kind, one number per decision (per channel for "active").
    """

    def __init__(self, problem: Problem, values: Mapping[str, Array]) -> None:
        super().__init__(problem)
        self.values = values

    @property
    def known(self) -> bool:
        """See `PlanQuantities`."""
        return True

    @cached_property
    def _near(self) -> Sequence[Mapping[str, Curve]]:
        """Curves that hold near the plan, where channels act on each other."""
        model = self.problem.outcome
        return [] if model is None else model.curves_at(self.values["spend"])

    def customer_curve(self, number: int) -> Curve:
        """See `PlanQuantities`."""
        own = self._near[number] if self.problem.outcome is not None else {}
        return own.get("customers") or super().customer_curve(number)

    def total(self, kind: str, which: Index, weight: Array | float = 1.0) -> Expression:
        """See `PlanQuantities`."""
        if not len(which):
            return Expression()
        total = float(np.sum(self.values[kind][which] * weight))
        if self.problem.near is not None:
            constant, slope = missing(
                self.problem, kind, which, np.broadcast_to(weight, which.shape)
            )
            total += constant + float(slope @ self.values["spend"])
        return Expression(constant=total)

    def choice(self, decided: Callable[[], float], most: float = 1.0) -> Expression:
        """See `PlanQuantities`."""
        return Expression(constant=decided())

    def least(self, choices: Sequence[Expression]) -> Expression:
        """See `PlanQuantities`."""
        return Expression(constant=min(float(choice) for choice in choices))

    def tail_mean(self, losses: Sequence[Expression], tail: float) -> Expression:
        """See `PlanQuantities`."""
        values = np.sort([float(loss) for loss in losses])[::-1]
        mass = tail * len(values)
        weights = np.clip(mass - np.arange(len(values)), 0.0, 1.0)
        return Expression(constant=float(values @ weights / mass))


def evaluate(problem: Problem, spend: Array) -> EvaluatedQuantities:
    """The numbers of a finished plan, on the true curves.

    Parameters
    ----------
    problem
        The problem that was planned.
    spend
        Currency per decision, set-up costs not included.
    """
    spend = np.asarray(spend, dtype=float)
    active = np.zeros(len(problem.channels))
    np.maximum.at(active, problem.channel_of, (spend > 0).astype(float))
    starts = np.zeros(len(problem.decisions))
    used = np.flatnonzero(spend > 0)
    starts[used[np.unique(problem.channel_of[used], return_index=True)[1]]] = 1.0
    values: dict[str, Array] = {
        "spend": spend,
        "posts": np.where(problem.is_posts, spend / problem.prices, 0.0),
        "active": active,
        "on": (spend > 0).astype(float),
        "starts": starts,
    }
    if problem.outcome is not None:
        found = problem.outcome.outcome(spend)
        values["customers"] = found.customers
        if found.exposure is not None:
            values["exposure"] = found.exposure
        values.update(found.other)
    amounts = np.maximum(problem.amounts(spend), 0.0)
    for name in problem.responses:
        if name not in values:
            values[name] = problem.respond[name](amounts)
    values["customers"] = _served(problem, values["customers"])
    return EvaluatedQuantities(problem, values)


def _served(problem: Problem, customers: Array) -> Array:
    """As many customers as there is stock for, those of every decision in proportion."""
    if not problem.stocks:
        return customers
    out = customers.copy()
    for members, limit in problem.stocks:
        asked = float(np.sum(customers[members]))
        if asked > limit:
            out[members] *= limit / asked
    return out
