"""How hard a problem is: what can be solved again and again, and how far it is worth going."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.allocation.engine import Bench, Found
from optimizer.allocation.problem import Problem, Rule

COUNTED = ("commit", "max_channels", "min_channels")


def bends_down(problem: Problem, rules: Sequence[Rule]) -> bool:
    """Whether nothing here needs binaries: curves bend down, nothing is whole, counted or set up."""
    concave = all(curve.concave for line in problem.lines for curve in line.curves.values())
    return (
        concave
        and not any(line.whole or line.setup for line in problem.lines)
        and not any(r.name in COUNTED for r in rules)
    )


def sharp(bench: Bench, gap: float) -> float:
    """Small problems, and those of straight pieces, are brought far below the asked gap: it costs milliseconds, and
    prices are then differences of exact numbers."""
    lines = bench.problem.lines
    if len(lines) <= 120 and bends_down(bench.problem, bench.problem.rules):
        return min(gap, 1e-8)
    if len(lines) <= 40 and all(
        part.bend == 0
        for line in lines
        for curve in line.curves.values()
        for part in curve.regions()
    ):
        return min(gap, 1e-7)
    return min(gap, 1e-6) if len(lines) <= 12 else gap


def hard(found: Found) -> bool:
    """Whether a plan needs so many binaries that solving it again and again would take too long."""
    return found.model is not None and int(found.model.integer.sum()) > 60
