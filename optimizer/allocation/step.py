"""What steps on the stage chain, or any other outcome model, are asked and judged by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.allocation.decision import Rule
from optimizer.allocation.expression import TINY, Array
from optimizer.allocation.incumbent import Incumbent, Truth
from optimizer.allocation.model import ConstraintBlock
from optimizer.allocation.relaxation import TOLERANCE

STILL = 1e-6  # share of the goal that a step must promise to be worth taking


@dataclass(frozen=True, eq=False)
class Point:
    """A spend, judged by running the outcome model."""

    spend: Array
    violation: float
    value: float
    tolerance: float = TOLERANCE

    @property
    def kept(self) -> bool:
        """Whether it keeps every rule."""
        return self.violation <= self.tolerance

    def beats(self, other: Point) -> bool:
        """Whether it is nearer to keeping the rules, or keeps them and is worth more."""
        if not other.kept:
            return self.kept or self.violation < other.violation - 1e-5
        return self.kept and self.value > other.value + 1e-9 * abs(other.value)


@dataclass(frozen=True, eq=False)
class Question:
    """What is asked: rules, a goal, its value of a spend, how finely."""

    rules: Sequence[Rule]
    goal: ConstraintBlock | None
    truth: Truth
    own_truth: Truth | None
    any_plan: bool
    still: float = STILL


def better(best: Incumbent, found: Incumbent) -> Incumbent:
    """The better of two; one that found nothing only tells why."""
    if found.spend is None:
        return found if best.spend is None and found.status == "time_limit" else best
    if best.spend is None or found.value > best.value + 1e-12 * abs(best.value):
        return found
    return best


def narrower(width: float, here: Array, there: Array, size: float) -> float:
    """A trust region that leaves out a step that was too long."""
    moved = float(np.max(np.abs(there - here), initial=0.0)) or 0.5 * size
    return 0.4 * min(width, moved)


def apart(one: Array, other: Array) -> float:
    """Share of the money that two plans place otherwise."""
    return float(np.sum(np.abs(one - other)) / max(float(np.sum(other)), TINY))
