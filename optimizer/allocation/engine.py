"""The search: outlines above and below the curves, refined where it matters, until the gap is proven.

An outline above the curves gives a bound no plan can pass; an outline below gives a plan that keeps every rule on
the true curves. Each round the better plan is judged on the true curves, and the grids are refined where the two
disagree. S-curves are first covered by their concave envelope; only where the best plan lies in the covered part do
binaries enter.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from optimizer.allocation.answer import Answer
from optimizer.allocation.check import ledger
from optimizer.allocation.dual import narrowed
from optimizer.allocation.expression import Array, Expression
from optimizer.allocation.goals import GOALS
from optimizer.allocation.limits import rows
from optimizer.allocation.model import Model, Stated, build, slug
from optimizer.allocation.pieces import Outline, finer, first_grid, outlines, sparse_grid
from optimizer.allocation.problem import Problem, Rule
from optimizer.allocation.solve import run
from optimizer.allocation.tidy import within
from optimizer.allocation.view import Sketch

ROUNDS = 40
LARGE = 200  # lines from which the dual first says where to look
FAR = 1e4  # without a limit, a line is not looked at beyond this many times the spend at which it bends
TOLERANCE = 1e-7  # a plan that breaks a row by more than this share is no plan
STRICT = 1e-8  # in the first rounds we are stricter: solvers work to 1e-9 of a scaled row


@dataclass(frozen=True, eq=False)
class Found:
    """status: optimal | time_limit | infeasible | unbounded | failed; spend: currency per line (set-up costs not
    included); value, bound: the goal on the true curves and its proven bound; model: the last one below the curves."""

    status: str
    spend: Array | None = None
    value: float = -np.inf
    bound: float = np.inf
    model: Model | None = None
    rounds: int = 0

    @property
    def gap(self) -> float:
        if not np.isfinite(self.bound) or not np.isfinite(self.value):
            return np.inf
        size = max(abs(self.bound), abs(self.value))
        return max(0.0, self.bound - self.value) / size if size > 0 else 0.0


@dataclass(eq=False)
class Bench:
    """A problem on the workbench: grids that stay refined from one solve to the next, rules in symbols."""

    problem: Problem
    solver: str = "highs"
    grids: list[Array] = field(default_factory=list)
    deadline: float | None = None
    solves: int = 0
    hint: Mapping[str, float] = field(default_factory=dict)  # prices of rows, where many lines made them worth knowing
    _stated: dict[object, Stated] = field(default_factory=dict)

    def __post_init__(self) -> None:
        problem = self.problem
        self.natural = np.array([
            max((_scale(curve) for curve in line.curves.values()), default=1.0) * line.price for line in problem.lines
        ])
        reach = self.reach(problem.rules)
        bent = np.array([any(part.bend for c in line.curves.values() for part in c.regions()) for line in problem.lines])
        reach = np.where(bent, np.minimum(reach, 1000 * self.natural), reach)  # beyond, the last piece goes on for ever
        count = 16 if len(problem.lines) <= 200 else 8
        self.exact: list[bool] = []
        self.speck = 0.0
        self.narrow = False
        self.first: list[Array] = []
        for i, line in enumerate(problem.lines):
            few = len(problem.lines) > LARGE and not line.whole
            whole = line.whole and not (line.carry or line.carry_in)  # what carries over is at work in parts of posts
            grid = sparse_grid(line.curves, reach[i] / line.price) if few else first_grid(line.curves, reach[i] / line.price, count, whole)
            self.grids.append(grid)
            self.first.append(grid)
            self.exact.append(whole and bool(np.all(grid == np.round(grid))) and len(grid) == grid[-1] + 1)

    def reach(self, rules: Sequence[Rule], far: float = 20.0) -> Array:
        """The most each line can get under the rules, currency; where they set no limit, `far` times the spend at which
        its curves bend."""
        problem = self.problem
        out = np.full(len(problem.lines), np.inf)
        for rule in rules:
            if rule.name in ("budget", "max", "fixed", "cash_until") and not isinstance(rule.value, str):
                which = problem.lines_of(rule.of)
                period = rule.options.get("period")
                if rule.name == "cash_until":
                    continue
                if period is not None:
                    which = np.array([i for i in which if problem.lines[i].period == period], dtype=np.int64)
                out[which] = np.minimum(out[which], float(rule.value))
            if rule.name == "max_posts":
                which = problem.lines_of(rule.of)
                prices = problem.prices[which]
                if all(problem.lines[i].posts for i in which):
                    out[which] = np.minimum(out[which], float(rule.value) * prices)
        known = out[np.isfinite(out)]
        size = max(float(np.max(known, initial=0.0)), max((line.current or 0.0 for line in problem.lines), default=0.0))
        for i, line in enumerate(problem.lines):
            natural = float(self.natural[i])
            if not np.isfinite(out[i]):
                out[i] = max(far * natural, 4 * size)
            if out[i] <= 0:
                out[i] = natural
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
            self._stated[key] = Stated(name, tuple(found), tuple(sketch.free), tuple(sketch.bindings))
        return self._stated[key]

    def goal(self) -> Stated:
        if "goal" not in self._stated:
            sketch = Sketch(self.problem)
            total = GOALS[self.problem.goal.name](sketch, **self.problem.goal.options)
            self._stated["goal"] = Stated("goal", (total >= 0.0,), tuple(sketch.free), tuple(sketch.bindings))
        return self._stated["goal"]

    def value(self, spend: Array) -> float:
        """The goal on the true curves."""
        found = GOALS[self.problem.goal.name](ledger(self.problem, spend), **self.problem.goal.options)
        return float(found)

    def holds(self, spend: Array, rules: Sequence[Rule], tolerance: float = TOLERANCE) -> bool:
        """Whether every rule holds on the true curves."""
        book = ledger(self.problem, spend)
        return all(row.violation() <= tolerance for rule in rules for row in rows(rule, book))

    def outlines(self, above: bool, bounds: Array, names: frozenset[str] | None = None) -> list[Outline]:
        """Outlines of all lines up to the most each can get (currency): what lies beyond would only spoil the scale.

        names: the responses that rules and goal speak of (None: all)."""
        grids = []
        for grid, exact, most in zip(self.grids, self.exact, bounds / self.problem.prices, strict=True):
            end = np.floor(most * (1 + 1e-9)) if exact else most
            if grid[-1] > end:
                grid = grid[grid < end * (1 - 1e-9)]
                grid = np.append(grid if len(grid) else [0.0], end if end > 0 else 1.0)
            grids.append(grid)
        curves = [
            line.curves if names is None else {n: c for n, c in line.curves.items() if n in names} for line in self.problem.lines
        ]
        return outlines(curves, grids, above, self.exact)

    def run(self, model: Model, gap: float) -> Answer:
        self.solves += 1
        left = None if self.deadline is None else self.deadline - time.monotonic()
        if left is not None and left <= 0:
            return Answer("limit")
        answer = run(model, self.solver, gap, left, self.hint)
        if self.hint and answer.prices is not None:  # for the next solve, which will be much like this one
            self.hint = dict(zip(model.names, answer.prices / np.array(model.scales) * model.unit, strict=True))
        return answer

    def best(
        self, rules: Sequence[Rule], gap: float = 1e-4, goal: Stated | None = None, ask: int = 0,
        truth: Callable[[Array], float] | None = None,
    ) -> Found:
        """The best plan under these rules, with its proof.

        goal: another goal than the problem's, with `truth`, its value of a spend on the true curves; ask: stop at the
        first plan that keeps the rules (1), for questions of yes or no.
        """
        stated = list(map(self.state, rules))
        own = goal is None
        worth = self.value if truth is None else truth
        aim = self.goal() if goal is None else goal
        bounds = self.reach(rules, FAR)
        free = bool(np.any(np.isinf(self.reach(rules, np.inf))))
        self._room(bounds)
        self._thin()
        if own and not self.narrow and len(self.problem.lines) > LARGE:
            self.narrow = True
            where = narrowed(self.problem, aim, stated, bounds)
            if where is not None:
                self.grids, self.hint = where.grids, where.prices
        if own and not self.speck:
            self.speck = 1e-9 * abs(self.value(self.natural))
        names = spoken_of([aim, *stated])
        convex = all(curve.concave for line in self.problem.lines for name, curve in line.curves.items() if name in names)
        envelope = not convex
        best = Found("failed")
        shut: set[int] = set()
        for turn in range(1, ROUNDS + 1):
            above = [_flat(o) if i in shut else o for i, o in enumerate(self.outlines(True, bounds, names))]
            cover = [o.hull() for o in above] if envelope else above
            upper = self.run(build(self.problem, cover, stated, aim, bounds, convex or envelope), gap / 4)
            if upper.status == "infeasible":
                return replace(best, status="infeasible", rounds=turn)
            if upper.status == "unbounded":
                if turn > 14:
                    return replace(best, status="unbounded", rounds=turn)
                self.grids = [np.append(g, g[-1] * 8) if not e else g for g, e in zip(self.grids, self.exact, strict=True)]
                bounds = bounds * 8
                continue
            if upper.status == "failed" or (upper.status == "limit" and upper.x is None):
                return replace(best, status="time_limit" if upper.status == "limit" else "failed", rounds=turn)
            before = best.bound
            best = replace(best, bound=min(best.bound, upper.bound), rounds=turn)
            model = build(self.problem, cover, stated, aim, bounds, convex or envelope)
            points = [self._clean(model.spend(upper.x))] if upper.x is not None else []
            slack = STRICT if turn <= 12 else TOLERANCE
            best, kept = self._judge(best, points, rules, worth, slack)
            if not kept and points and len(self.problem.lines) > LARGE:
                best, kept = self._judge(best, shrunk(self, points[0], rules, slack), rules, worth, slack)
                kept = kept and best.gap <= gap
            if not kept and not envelope:
                model = build(self.problem, self.outlines(False, bounds, names), stated, aim, bounds, convex)
                lower = self.run(model, gap / 4)
                if lower.x is not None:
                    spend = self._clean(model.spend(lower.x))
                    points.append(spend)
                    best, _ = self._judge(best, [spend], rules, worth, slack)
                if lower.status == "limit":
                    return replace(best, status="time_limit")
            if upper.status == "limit":
                return replace(best, status="time_limit")
            if own and 0 < best.bound - best.value <= self.speck:
                best = replace(best, bound=best.value)  # a billionth of what the channels can do is nothing
            if best.spend is not None and (best.gap <= gap or ask):
                return replace(best, status=self._settled(best, own and free))
            moved = self._refine(points, above, bounds, gap, names)
            stuck = turn > 3 and best.spend is not None and before - best.bound < 0.01 * (best.bound - best.value)
            if envelope and (not moved or stuck):
                envelope = False  # the best plan lies where the envelope covers the curve: binaries must decide
            elif not moved or turn == ROUNDS - 2:
                closed = self._closed(best, above, stated, bounds, convex or envelope)
                if not closed:
                    break
                shut |= closed
        if best.spend is None and own:
            some = self.best(rules, gap, cheapest(self.problem), 1, lambda spend: -float(np.sum(spend)))
            if some.spend is not None:  # there are plans, but none that could be proven good
                best = replace(best, spend=some.spend, value=self.value(some.spend))
        if best.spend is None:
            return replace(best, status="infeasible")
        return replace(best, status=self._settled(best, own and free))

    def _settled(self, best: Found, free: bool) -> str:
        """A plan that spends a million times what bends its curves has no limit but the search's own."""
        runaway = free and best.spend is not None and bool(np.any(best.spend > 1e6 * self.natural))
        return "unbounded" if runaway else "optimal"

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

    def _closed(
        self, best: Found, above: Sequence[Outline], stated: Sequence[Stated], bounds: Array, convex: bool
    ) -> set[int]:
        """Lines that start vertically and that no allowed plan can give any money: their first money is worth a lot, so
        only this proves that there is none to be had."""
        if best.spend is None:
            return set()
        out = set()
        for i, shape in enumerate(above):
            upright = any(values[0] > 0 for values in shape.values.values())
            if upright and best.spend[i] == 0:
                sketch = Sketch(self.problem)
                aim = Stated("goal", (sketch.total("spend", np.array([i])) >= 0.0,))
                most = self.run(build(self.problem, above, stated, aim, bounds, convex), 1e-6)
                if most.status == "optimal" and most.bound <= 1e-8 * max(float(bounds[i]), 1e-300):
                    out.add(i)
        return out

    def _clean(self, spend: Array) -> Array:
        """Solver dust swept off: whole posts are whole, and nothing is bought for a billionth of the plan."""
        total = float(np.sum(np.abs(spend)))
        out = np.where(np.abs(spend) <= np.maximum(1e-9 * total, 1e-10 * self.natural), 0.0, np.maximum(spend, 0.0))
        for i, line in enumerate(self.problem.lines):
            if line.whole:
                out[i] = round(out[i] / line.price) * line.price
        return out

    def _judge(
        self, best: Found, plans: Sequence[Array], rules: Sequence[Rule], worth: Callable[[Array], float], slack: float
    ) -> tuple[Found, bool]:
        """The better of the best plan so far and these, on the true curves; whether one of them keeps the rules."""
        kept = False
        for plan in plans:
            exact = within(self.problem, plan, rules)  # the solver's last digit is not the founder's money
            base = exact if exact is not plan and self.holds(exact, rules, slack) else plan
            for spend in (base, np.where(base <= 1e-6 * np.sum(base), 0.0, base)):
                if self.holds(spend, rules, slack):
                    kept = True
                    value = worth(spend)
                    if value > best.value or best.spend is None:
                        best = replace(best, spend=spend, value=value)
        return best, kept

    def _refine(
        self, points: Sequence[Array], above: Sequence[Outline], bounds: Array, gap: float,
        names: frozenset[str],
    ) -> bool:
        """Finer grids where the outlines leave the curves; whether anything could be refined."""
        problem = self.problem
        below = self.outlines(False, bounds, names)
        amounts = [problem.amounts(spend) for spend in points]
        moved = False
        sizes = {name: max(float(sum(o.values[name][-1] for o in above if name in o.values)), 1e-300)
                 for name in sorted({name for o in above for name in o.values})}
        for i, exact in enumerate(self.exact):
            if exact:
                continue
            wanted = []
            steep = any(not np.isfinite(float(curve.slope(0.0))) for curve in problem.lines[i].curves.values())
            for point in amounts:
                amount = float(point[i])
                error = max(
                    ((above[i].read(name, amount) - below[i].read(name, amount)) / sizes[name] for name in above[i].values),
                    default=0.0,
                )
                jump = max((above[i].values[name][0] / sizes[name] for name in above[i].values), default=0.0)
                upright = amount == 0.0 and jump > 1e-2 * min(gap, 1e-4) / len(self.grids)
                if upright or error > 1e-3 * min(gap, 1e-4) / len(self.grids):
                    wanted.append(amount)
            if wanted:
                grid = finer(self.grids[i], wanted, steep)
                if len(grid) > len(self.grids[i]):
                    self.grids[i] = grid
                    moved = True
        return moved


def shrunk(bench: Bench, plan: Array, rules: Sequence[Rule], slack: float) -> list[Array]:
    """A plan that breaks a cap by a hair on the true curves, with as much less of everything as mends it (none: nothing
    up to a thousandth does)."""
    for less in 10.0 ** np.arange(-9.0, -2.9, 0.5):
        if bench.holds(plan * (1 - less), rules, slack):
            return [plan * (1 - less)]
    return []


def _scale(curve: object) -> float:
    """An amount of the order at which a curve bends."""
    parts = curve.regions()  # type: ignore[attr-defined]
    size = max((part.start for part in parts), default=0.0)
    for name in ("half_spend", "spend", "scale"):
        if hasattr(curve, name):
            size = max(size, float(getattr(curve, name)) * curve.spend_scale)  # type: ignore[attr-defined]
    return size if size > 0 else 1.0


def spoken_of(stated: Sequence[Stated]) -> frozenset[str]:
    """The responses that rules and goal speak of."""
    kinds = {
        kind for item in stated for row in (*item.rows, *item.bindings) for side in (row.left, row.right) for kind, _, _ in side.atoms
    }
    return frozenset(kinds - {"spend", "posts", "active", "helper"})


def _flat(shape: Outline) -> Outline:
    """The outline of a line that gets nothing."""
    return Outline(shape.at, {name: np.zeros_like(v) for name, v in shape.values.items()}, dict.fromkeys(shape.tail, 0.0))


def cheapest(problem: Problem) -> Stated:
    """The goal of questions of yes or no: any plan will do, and a cheap one keeps numbers small."""
    return Stated("goal", (-Expression.of("spend", np.arange(len(problem.lines))) >= 0.0,))
