"""The best plan a search has found so far, and what is proven of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from optimizer.allocation.decision import Rule
from optimizer.allocation.expression import Array
from optimizer.allocation.model import ConstraintBlock, LinearModel
from optimizer.allocation.relaxation import TOLERANCE

STRICT = 1e-8  # in the first rounds we are stricter: solvers work to 1e-9 of a scaled row
STRICT_ROUNDS = 12

Truth = Callable[[Array], float]


@dataclass(frozen=True, eq=False)
class Incumbent:
    """The best plan found so far, and what is proven of it.

    Parameters
    ----------
    status
        optimal | time_limit | infeasible | unbounded | failed.
    spend
        Currency per decision, set-up costs not included (None: no plan yet).
    value, bound
        The goal on the true curves and its proven bound.
    model
        The last one below the curves.
    rounds
        How often the grids were refined.
    scale
        The goal at the spends where curves bend, as far as limits allow: what a plan that spends
        nothing is measured by.
    """

    status: str
    spend: Array | None = None
    value: float = -np.inf
    bound: float = np.inf
    model: LinearModel | None = None
    rounds: int = 0
    scale: float = 0.0

    @property
    def gap(self) -> float:
        """Distance of value and bound, relative to the larger (infinite: nothing is proven).

        Of a plan that spends nothing relative to what the channels can do: a share of nothing says
        nothing.
        """
        if not np.isfinite(self.bound) or not np.isfinite(self.value):
            return np.inf
        size = max(abs(self.bound), abs(self.value))
        if self.spend is not None and not np.any(self.spend):
            size = max(size, self.scale)
        return max(0.0, self.bound - self.value) / size if size > 0 else 0.0


@dataclass(eq=False)
class SearchState:
    """One search: what is asked, and how far it has come."""

    rules: Sequence[Rule]
    gap: float
    aim: ConstraintBlock
    blocks: Sequence[ConstraintBlock]
    truth: Truth
    own_goal: bool
    any_plan: bool  # the first plan that keeps the rules will do
    bounds: Array
    unlimited: bool  # nothing limits some decision
    names: frozenset[str]
    convex: bool
    envelope: bool  # S-curves are covered by their concave envelope
    strict: float = STRICT
    turn: int = 0
    best: Incumbent = field(default_factory=lambda: Incumbent("failed"))
    closed: set[int] = field(default_factory=set)  # decisions no allowed plan can give any money

    @property
    def tolerance(self) -> float:
        """By how much a plan may break a rule in this round."""
        return self.strict if self.turn <= STRICT_ROUNDS else TOLERANCE

    @property
    def no_binaries(self) -> bool:
        """Whether the overestimators bend down."""
        return self.convex or self.envelope

    def ended(self, status: str) -> Incumbent:
        """The best plan so far, with how the search ended."""
        return replace(self.best, status=status)
