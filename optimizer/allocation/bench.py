"""A problem on the workbench: rules in symbols, grids of its curves, models run, plans judged on the true curves."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from optimizer.allocation.answer import Answer
from optimizer.allocation.check import ledger
from optimizer.allocation.expression import Array
from optimizer.allocation.goals import GOALS
from optimizer.allocation.limits import rows
from optimizer.allocation.model import Model, Stated, slug
from optimizer.allocation.pieces import Outline, first_grid, outlines, sparse_grid
from optimizer.allocation.problem import Problem, Rule
from optimizer.allocation.solve import run
from optimizer.allocation.view import Sketch

LARGE = 200  # lines from which the dual first says where to look
TOLERANCE = 1e-7  # a plan that breaks a row by more than this share is no plan


@dataclass(eq=False)
class Workbench:
    """A problem on the workbench: grids that stay refined from one solve to the next, rules in symbols."""

    problem: Problem
    solver: str = "highs"
    grids: list[Array] = field(default_factory=list)
    deadline: float | None = None
    solves: int = 0
    hint: Mapping[str, float] = field(
        default_factory=dict
    )  # prices of rows, where many lines made them worth knowing
    _stated: dict[object, Stated] = field(default_factory=dict)

    def __post_init__(self) -> None:
        problem = self.problem
        self.natural = np.array(
            [
                max((_scale(curve) for curve in line.curves.values()), default=1.0) * line.price
                for line in problem.lines
            ]
        )
        reach = self.reach(problem.rules)
        bent = np.array(
            [
                any(part.bend for c in line.curves.values() for part in c.regions())
                for line in problem.lines
            ]
        )
        reach = np.where(
            bent, np.minimum(reach, 1000 * self.natural), reach
        )  # beyond, the last piece goes on for ever
        count = 16 if len(problem.lines) <= 200 else 8
        self.exact: list[bool] = []
        self.speck = 0.0
        self.narrow = False
        self.first: list[Array] = []
        for i, line in enumerate(problem.lines):
            few = len(problem.lines) > LARGE and not line.whole
            whole = line.whole and not (
                line.carry or line.carry_in
            )  # what carries over is at work in parts of posts
            grid = (
                sparse_grid(line.curves, reach[i] / line.price)
                if few
                else first_grid(line.curves, reach[i] / line.price, count, whole)
            )
            self.grids.append(grid)
            self.first.append(grid)
            self.exact.append(
                whole and bool(np.all(grid == np.round(grid))) and len(grid) == grid[-1] + 1
            )

    def reach(self, rules: Sequence[Rule], far: float = 20.0) -> Array:
        """The most each line can get under the rules, currency; where they set no limit, `far` times the spend at which
        its curves bend."""
        problem = self.problem
        out = np.full(len(problem.lines), np.inf)
        for rule in rules:
            if rule.name in ("budget", "max", "fixed", "cash_until") and not isinstance(
                rule.value, str
            ):
                which = problem.lines_of(rule.of)
                period = rule.options.get("period")
                if rule.name == "cash_until":
                    continue
                if period is not None:
                    which = np.array(
                        [i for i in which if problem.lines[i].period == period], dtype=np.int64
                    )
                out[which] = np.minimum(out[which], float(rule.value))
            if rule.name == "max_posts":
                which = problem.lines_of(rule.of)
                prices = problem.prices[which]
                if all(problem.lines[i].posts for i in which):
                    out[which] = np.minimum(out[which], float(rule.value) * prices)
        known = out[np.isfinite(out)]
        size = max(
            float(np.max(known, initial=0.0)),
            max((line.current or 0.0 for line in problem.lines), default=0.0),
        )
        out = np.where(np.isfinite(out), out, np.maximum(far * self.natural, 4 * size))
        out = np.where(out > 0, out, self.natural)
        if problem.carries:  # what earlier periods leave at work comes on top of a period's own
            out = problem.amounts(np.where(problem.is_idle, 0.0, out)) * problem.prices
            out = np.where(out > 0, out, self.natural)
        return out

    def state(self, rule: Rule) -> Stated:
        """A rule in symbols."""
        key = ("rule", rule.key, rule.value)
        if key not in self._stated:
            sketch = Sketch(self.problem)
            found = rows(rule, sketch)
            label = "_".join(str(v) for _, v in sorted(rule.options.items()) if isinstance(v, str))
            name = "_".join(part for part in (rule.name, slug(rule.of or ""), slug(label)) if part)
            self._stated[key] = Stated(
                name, tuple(found), tuple(sketch.free), tuple(sketch.bindings)
            )
        return self._stated[key]

    def goal(self) -> Stated:
        if "goal" not in self._stated:
            sketch = Sketch(self.problem)
            total = GOALS[self.problem.goal.name](sketch, **self.problem.goal.options)
            self._stated["goal"] = Stated(
                "goal", (total >= 0.0,), tuple(sketch.free), tuple(sketch.bindings)
            )
        return self._stated["goal"]

    def value(self, spend: Array) -> float:
        """The goal on the true curves."""
        found = GOALS[self.problem.goal.name](
            ledger(self.problem, spend), **self.problem.goal.options
        )
        return float(found)

    def holds(self, spend: Array, rules: Sequence[Rule], tolerance: float = TOLERANCE) -> bool:
        """Whether every rule holds on the true curves."""
        book = ledger(self.problem, spend)
        return all(row.violation() <= tolerance for rule in rules for row in rows(rule, book))

    def outlines(
        self, above: bool, bounds: Array, names: frozenset[str] | None = None
    ) -> list[Outline]:
        """Outlines of all lines up to the most each can get (currency): what lies beyond would only spoil the scale.

        names: the responses that rules and goal speak of (None: all)."""
        grids = []
        for grid, exact, most in zip(
            self.grids, self.exact, bounds / self.problem.prices, strict=True
        ):
            end = np.floor(most * (1 + 1e-9)) if exact else most
            if grid[-1] > end:
                grid = grid[grid < end * (1 - 1e-9)]
                grid = np.append(grid if len(grid) else [0.0], end if end > 0 else 1.0)
            grids.append(grid)
        curves = [
            line.curves if names is None else {n: c for n, c in line.curves.items() if n in names}
            for line in self.problem.lines
        ]
        return outlines(curves, grids, above, self.exact)

    def run(self, model: Model, gap: float) -> Answer:
        self.solves += 1
        left = None if self.deadline is None else self.deadline - time.monotonic()
        if left is not None and left <= 0:
            return Answer("limit")
        answer = run(model, self.solver, gap, left, self.hint)
        if (
            self.hint and answer.prices is not None
        ):  # for the next solve, which will be much like this one
            self.hint = dict(
                zip(model.names, answer.prices / np.array(model.scales) * model.unit, strict=True)
            )
        return answer

    def _thin(self) -> None:
        """After many solves the grids hold points of old plans; begin again where they have grown long."""
        for i, exact in enumerate(self.exact):
            if not exact and len(self.grids[i]) > 120:
                self.grids[i] = self.first[i]

    def _room(self, bounds: Array) -> None:
        """Whole posts up to what the rules now allow; where that is too many to list, they are judged like spend."""
        for i, exact in enumerate(self.exact):
            most = np.ceil(bounds[i] / self.problem.lines[i].price)
            if exact and most > self.grids[i][-1]:
                if most <= 400:
                    self.grids[i] = np.arange(0.0, most + 1.0)
                else:
                    line = self.problem.lines[i]
                    self.exact[i] = False
                    wider = first_grid(line.curves, float(self.natural[i]) * 20 / line.price, 16)
                    self.grids[i] = np.union1d(self.grids[i], wider)

    def _clean(self, spend: Array) -> Array:
        """Solver dust swept off: whole posts are whole, and nothing is bought for a billionth of the plan."""
        total = float(np.sum(np.abs(spend)))
        out = np.where(
            np.abs(spend) <= np.maximum(1e-9 * total, 1e-10 * self.natural),
            0.0,
            np.maximum(spend, 0.0),
        )
        for i, line in enumerate(self.problem.lines):
            if line.whole:
                out[i] = round(out[i] / line.price) * line.price
        return out


def _scale(curve: object) -> float:
    """An amount of the order at which a curve bends."""
    parts = curve.regions()  # type: ignore[attr-defined]
    size = max((part.start for part in parts), default=0.0)
    for name in ("half_spend", "spend", "scale"):
        if hasattr(curve, name):
            size = max(size, float(getattr(curve, name)) * curve.spend_scale)  # type: ignore[attr-defined]
    return size if size > 0 else 1.0
