"""Whether any plan keeps a set of rules: a question of yes or no."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.allocation.decision import Rule
from optimizer.allocation.expression import Array
from optimizer.allocation.outer_approximation import OuterApproximation
from optimizer.allocation.symbolic import least_spend, thrift


class OutOfTimeError(Exception):
    """Time ran out before a question was answered."""


def feasible_spend(search: OuterApproximation, rules: Sequence[Rule]) -> Array | None:
    """A spend that keeps all rules on the true curves, or None.

    Parameters
    ----------
    search
        Of the problem.
    rules
        Simple rules.

    Returns
    -------
    Array | None
        Currency per decision.

    Raises
    ------
    OutOfTimeError
        Where time runs out before that is known.
    """
    found = search.best(rules, 1e-4, least_spend(search.problem), any_plan=True, truth=thrift)
    if found.status == "time_limit" and found.spend is None:
        raise OutOfTimeError
    return found.spend if found.status == "optimal" else None
