"""The independent check: spend in, everything else recomputed on the true curves, every rule looked
at again.

It shares nothing with the model but the rules' own words: no pieces, no columns, no solver.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from optimizer.allocation.decision import Rule
from optimizer.allocation.evaluated import EvaluatedQuantities, evaluate
from optimizer.allocation.expression import Array, Comparison
from optimizer.allocation.plan import RuleResult
from optimizer.allocation.problem import Problem
from optimizer.allocation.rule import RuleSpec, comparisons, spec_of
from optimizer.allocation.rule_words import rule_sentence

TOLERANCE = 1e-6  # a rule broken by no more than this share of its larger side holds
BINDING = 1e-6  # a rule as near to its bound as this is at it


class BrokenPlan(AssertionError):
    """The plan breaks a rule on the true curves, or its numbers do not add up.

    A fault of this program, never shown as a plan.
    """


@dataclass(frozen=True, eq=False)
class EvaluatedRule:
    """One simple rule on a finished plan, evaluated once.

    Parameters
    ----------
    rule
        The rule.
    rows
        Its comparisons, all numbers.
    plan
        The plan they were read from.
    """

    rule: Rule
    rows: tuple[Comparison, ...]
    plan: EvaluatedQuantities

    @property
    def spec(self) -> RuleSpec:
        """What the rule declares."""
        return spec_of(self.rule)

    @cached_property
    def violation(self) -> float:
        """How far the plan is beyond it, relative to its larger side (0 or less: it holds)."""
        return max((row.violation() for row in self.rows), default=-np.inf)

    @property
    def holds(self) -> bool:
        """Whether the plan keeps it."""
        return self.violation <= TOLERANCE

    def binds(self, nothing: bool = False) -> bool:
        """Whether the plan is at its bound.

        Parameters
        ----------
        nothing
            A rule about what is not bought at all (0 against 0) counts as well.
        """
        return any(
            row.violation() >= -BINDING
            and (nothing or float(row.left) != 0 or float(row.right) != 0)
            for row in self.rows
        )

    @cached_property
    def achieved(self) -> float | None:
        """The value at which it would just hold: of max_cac the plan's CAC, of max_share its share.

        Every row is linear in the rule's value, so two evaluations give its root. None: the plan
        says nothing (no customers, so no CAC).
        """
        nearest = min if self.spec.sense == ">=" else max
        stated = [row.achieved for row in self.rows if row.achieved is not None]
        if stated:
            return nearest(stated)
        if self.rows and all(row.label for row in self.rows):
            return None  # a row per decision, and none that reports anything: nothing is used
        at_zero, at_one = (
            comparisons(replace(self.rule, value=value), self.plan) for value in (0.0, 1.0)
        )
        roots = []
        for zero, one in zip(at_zero, at_one, strict=True):
            start, end = float(zero.excess), float(one.excess)
            if end != start:
                roots.append(-start / (end - start))
        return nearest(roots) if roots else None

    def result(self, currency: str) -> RuleResult:
        """The rule as it came out, for the plan."""
        return replace(stated_result(self.rule, currency), achieved=self.achieved, holds=self.holds)


def evaluate_rules(rules: Sequence[Rule], plan: EvaluatedQuantities) -> tuple[EvaluatedRule, ...]:
    """Every rule on a finished plan.

    Parameters
    ----------
    rules
        Simple rules.
    plan
        The plan's quantities.
    """
    return tuple(EvaluatedRule(rule, tuple(comparisons(rule, plan)), plan) for rule in rules)


def stated_result(rule: Rule, currency: str) -> RuleResult:
    """A rule before anything is known of a plan: it holds nowhere, and nothing was achieved.

    Parameters
    ----------
    rule
        A simple rule.
    currency
        ISO 4217 code of its value, where it is money.
    """
    spec = spec_of(rule)
    return RuleResult(
        rule=rule.name,
        of=rule.about,
        bound=float(rule.value),
        achieved=None,
        holds=False,
        unit=spec.unit,
        sense=spec.sense,
        text=rule_sentence(rule, currency),
    )


@dataclass(frozen=True, eq=False)
class EvaluatedPlan:
    """Everything a spend brings, one number per decision.

    Parameters
    ----------
    spend
        Currency, set-up costs included (on a channel's first used decision).
    amounts
        Effective amounts: what the curves are read at.
    customers, revenue, exposure
        Buyers, currency, touches (None: unknown).
    commission, profit
        Currency; the commission is part of the spend, a profit that is not known is nan.
    quantities
        The same as rules and goals ask for it.
    rules
        Each rule on this plan.
    """

    spend: Array
    amounts: Array
    customers: Array
    revenue: Array
    commission: Array
    profit: Array
    exposure: Array | None
    quantities: EvaluatedQuantities
    rules: tuple[EvaluatedRule, ...] = ()


def evaluate_plan(problem: Problem, spend: Array, rules: Sequence[Rule] = ()) -> EvaluatedPlan:
    """Everything a spend brings.

    Parameters
    ----------
    problem
        The problem that is planned.
    spend
        Currency per decision, set-up costs not included.
    rules
        Simple rules that are to be looked at.
    """
    quantities = evaluate(problem, spend)
    values = quantities.values
    paid = values["spend"] + values["starts"] * problem.setups[problem.channel_of]
    customers = values.get("customers", np.zeros(len(problem.decisions)))
    worth = np.array([decision.value or 0.0 for decision in problem.decisions])
    kept = np.array([decision.margin for decision in problem.decisions])
    unknown = np.array([decision.value is None for decision in problem.decisions])
    profit = customers * worth * kept - paid
    return EvaluatedPlan(
        paid,
        problem.amounts(spend),
        customers,
        customers * worth,
        customers * np.array([decision.commission for decision in problem.decisions]),
        np.where(unknown & (customers > 0), np.nan, profit),
        values.get("exposure"),
        quantities,
        evaluate_rules(rules, quantities),
    )


def verify(problem: Problem, spend: Array, rules: Sequence[Rule]) -> EvaluatedPlan:
    """Recompute a plan, as `evaluate_plan` does, and refuse one that is none.

    Parameters
    ----------
    problem, spend, rules
        As `evaluate_plan` takes them.

    Raises
    ------
    BrokenPlan
        Where a rule does not hold on the true curves or a number is not one.
    """
    found = evaluate_plan(problem, spend, rules)
    for name, numbers in found.quantities.values.items():
        if not np.all(np.isfinite(numbers)) or np.any(numbers < -1e-9):
            raise BrokenPlan(f"{name} is not a number of 0 or more: {numbers}")
    for evaluated in found.rules:
        for row in evaluated.rows:
            if row.violation() > TOLERANCE:
                raise BrokenPlan(
                    f"{evaluated.rule} is broken: "
                    f"{float(row.left):.12g} {row.sense} {float(row.right):.12g} does not hold"
                )
    return found
