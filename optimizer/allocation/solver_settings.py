"""How hard a problem is: what can be solved again and again, and how far it is worth going."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.allocation.decision import Rule
from optimizer.allocation.incumbent import Incumbent
from optimizer.allocation.outer_approximation import OuterApproximation
from optimizer.allocation.problem import Problem
from optimizer.allocation.rule import spec_of

MOST_BINARIES = 60


def counts_channels(rules: Sequence[Rule]) -> bool:
    """Whether some rule asks which channels are used."""
    return any(spec_of(rule).counts_channels for rule in rules)


def is_convex(problem: Problem, rules: Sequence[Rule]) -> bool:
    """Whether nothing needs binaries: curves bend down, nothing is whole, counted or set up.

    Parameters
    ----------
    problem
        The problem.
    rules
        Its simple rules.
    """
    concave = all(
        curve.concave for decision in problem.decisions for curve in decision.curves.values()
    )
    lumpy = any(decision.whole or decision.setup for decision in problem.decisions)
    return concave and not lumpy and not counts_channels(rules)


def solve_gap(search: OuterApproximation, gap: float) -> float:
    """The gap to solve to: far below the asked one, where that costs milliseconds.

    Small problems, and those of straight pieces, are brought so far that prices are differences of
    exact numbers.

    Parameters
    ----------
    search
        Of the problem.
    gap
        The one that was asked for.
    """
    decisions = search.problem.decisions
    if len(decisions) <= 120 and is_convex(search.problem, search.problem.rules):
        return min(gap, 1e-8)
    straight = all(
        part.bend == 0
        for decision in decisions
        for curve in decision.curves.values()
        for part in curve.regions()
    )
    if len(decisions) <= 40 and straight:
        return min(gap, 1e-7)
    return min(gap, 1e-6) if len(decisions) <= 12 else gap


def too_hard_to_repeat(found: Incumbent) -> bool:
    """Whether a plan needs so many binaries that solving it again and again would take too long."""
    return found.model is not None and int(found.model.integer.sum()) > MOST_BINARIES
