"""The rules as they are solved: each one number, each with the place where it was written."""

from __future__ import annotations

import numpy as np

from optimizer.allocation.limits import simple
from optimizer.allocation.problem import Problem, Rule
from optimizer.allocation.view import Sketch
from optimizer.errors import UserError
from optimizer.messages import _


def expand(problem: Problem) -> list[Rule]:
    """The simple rules of a problem, each one number; `UserError` with its place for one that cannot be."""
    sketch = Sketch(problem)
    out: list[Rule] = []
    seen = set()
    for rule in problem.rules:
        for part in simple(rule, sketch):
            if not isinstance(part.value, int | float) or not np.isfinite(part.value):
                raise UserError(
                    _("{name} is {value}", name=part.name, value=part.value),
                    part.where,
                    _("a finite number"),
                )
            if part.value < 0 and part.name in (
                "budget",
                "min",
                "max",
                "max_cac",
                "min_roi",
                "commit",
            ):
                raise UserError(
                    _("{name} is negative: {cell}", name=part.name, cell=f"{part.value:,.10g}"),
                    part.where,
                    _("a number, 0 or more"),
                )
            if (part.key, part.value) not in seen:
                seen.add((part.key, part.value))
                out.append(part)
    return out
