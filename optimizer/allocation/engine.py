"""The search: outlines above and below the curves, refined where it matters, until the gap is proven.

An outline above the curves gives a bound no plan can pass; an outline below gives a plan that keeps every rule on
the true curves. Each round the better plan is judged on the true curves, and the grids are refined where the two
disagree. S-curves are first covered by their concave envelope; only where the best plan lies in the covered part do
binaries enter.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from optimizer.allocation.bench import LARGE, TOLERANCE, Workbench
from optimizer.allocation.build import build
from optimizer.allocation.dual import narrowed
from optimizer.allocation.expression import Array
from optimizer.allocation.model import Model, Stated
from optimizer.allocation.pieces import Outline, finer
from optimizer.allocation.problem import Problem, Rule
from optimizer.allocation.tidy import within
from optimizer.allocation.view import Sketch

ROUNDS = 40
SOLO = 300  # lines that are tried with far more money, each by itself
NEAR = 20.0  # the same, where a plan that keeps the rules is all that is asked for
FAR = 1e4  # without a limit, a line is not looked at beyond this many times the spend at which it bends
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


class Bench(Workbench):
    """The workbench and the search on it."""

    def best(
        self,
        rules: Sequence[Rule],
        gap: float = 1e-4,
        goal: Stated | None = None,
        ask: int = 0,
        truth: Callable[[Array], float] | None = None,
    ) -> Found:
        """The best plan under these rules, with its proof.

        goal: another goal than the problem's, with `truth`, its value of a spend on the true curves; ask: stop at the
        first plan that keeps the rules (1), for questions of yes or no.
        """
        free = bool(np.any(np.isinf(self.reach(rules, np.inf))))
        if (
            ask and free
        ):  # near by first: over amounts that nothing limits, yes or no drowns in a solver's tolerance
            near = self._search(rules, gap, goal, ask, truth, NEAR)
            if near.status == "optimal":
                return near
        found = self._search(rules, gap, goal, ask, truth, FAR)
        if found.status == "infeasible" and free and not ask:
            near = self._search(rules, gap, goal, ask, truth, NEAR)
            if (
                near.spend is not None
            ):  # there is a plan after all; nothing is proven about plans further out
                return replace(near, bound=np.inf)
        return found

    def _search(
        self,
        rules: Sequence[Rule],
        gap: float,
        goal: Stated | None,
        ask: int,
        truth: Callable[[Array], float] | None,
        far: float,
    ) -> Found:
        """`best`, with no line looked at beyond `far` times the spend at which it bends, where nothing limits it."""
        stated = list(map(self.state, rules))
        own = goal is None
        worth = self.value if truth is None else truth
        aim = self.goal() if goal is None else goal
        bounds = self.reach(rules, far)
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
        convex = all(
            curve.concave
            for line in self.problem.lines
            for name, curve in line.curves.items()
            if name in names
        )
        envelope = not convex
        best, strict = Found("failed"), STRICT
        shut: set[int] = set()
        for turn in range(1, ROUNDS + 1):
            above = [
                _flat(o) if i in shut else o
                for i, o in enumerate(self.outlines(True, bounds, names))
            ]
            cover = [o.hull() for o in above] if envelope else above
            upper = self.run(
                build(self.problem, cover, stated, aim, bounds, convex or envelope), gap / 4
            )
            if upper.status == "infeasible":
                return replace(best, status="infeasible", rounds=turn)
            if upper.status == "unbounded":
                if turn > 14:
                    return replace(best, status="unbounded", rounds=turn)
                self.grids = [
                    np.append(g, g[-1] * 8) if not e else g
                    for g, e in zip(self.grids, self.exact, strict=True)
                ]
                bounds = bounds * 8
                continue
            if upper.status == "failed" or (upper.status == "limit" and upper.x is None):
                return replace(
                    best, status="time_limit" if upper.status == "limit" else "failed", rounds=turn
                )
            before = best.bound
            best = replace(best, bound=min(best.bound, upper.bound), rounds=turn)
            model = build(self.problem, cover, stated, aim, bounds, convex or envelope)
            points = [self._clean(model.spend(upper.x))] if upper.x is not None else []
            slack = strict if turn <= 12 else TOLERANCE
            best, kept = self._judge(best, points, rules, worth, slack)
            if not kept and points and len(self.problem.lines) > LARGE:
                best, kept = self._judge(
                    best, shrunk(self, points[0], rules, slack), rules, worth, slack
                )
                kept = kept and best.gap <= gap
            idle = upper.x is not None and best.gap > gap and model.for_nothing(upper.x)
            if (not kept or idle) and not envelope:
                model = build(
                    self.problem,
                    self.outlines(False, bounds, names),
                    stated,
                    aim,
                    bounds,
                    convex,
                    token=True,
                )
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
                best = replace(
                    best, bound=best.value
                )  # a billionth of what the channels can do is nothing
            if best.spend is not None and (best.gap <= gap or ask):
                return replace(best, status=self._settled(best, own and free, rules))
            moved = self._refine(points, above, bounds, gap, names)
            stuck = (
                turn > 3
                and best.spend is not None
                and before - best.bound < 0.01 * (best.bound - best.value)
            )
            if envelope and (not moved or stuck):
                envelope = False  # the best plan lies where the envelope covers the curve: binaries must decide
            elif not moved and slack < TOLERANCE:
                strict = TOLERANCE  # not every solver works to 1e-9 (CBC does not): its plans are no worse for that
            elif not moved or turn == ROUNDS - 2:
                closed = self._closed(best, above, stated, bounds, convex or envelope)
                if not closed:
                    break
                shut |= closed
        if best.spend is None and own:
            some = self.best(
                rules, gap, cheapest(self.problem), 1, lambda spend: -float(np.sum(spend))
            )
            if some.spend is not None:  # there are plans, but none that could be proven good
                best = replace(best, spend=some.spend, value=self.value(some.spend))
        if best.spend is None:
            return replace(best, status="infeasible")
        return replace(best, status=self._settled(best, own and free, rules))

    def _settled(self, best: Found, free: bool, rules: Sequence[Rule]) -> str:
        """A plan that spends a million times what bends its curves has no limit but the search's own; nor has one that
        far more money beats, on everything or on one line: over such amounts a solver loses sight of the small ones."""
        if not free or best.spend is None:
            return (
                "optimal" if np.isfinite(best.bound) else "failed"
            )  # the solver's numbers were none
        if np.any(best.spend > 1e6 * self.natural):
            return "unbounded"
        limit = self.reach(rules, np.inf)
        much = np.minimum(np.maximum(best.spend, FAR * self.natural), limit)
        for line in (slice(None), *np.flatnonzero(np.isinf(limit))[:SOLO]):
            more = best.spend.copy()
            more[line] = much[line]
            more = self._clean(more)
            if self.holds(more, rules, TOLERANCE) and self.value(more) > best.value + 1e-3 * abs(
                best.value
            ):
                return "unbounded"
        return "optimal"

    def _closed(
        self,
        best: Found,
        above: Sequence[Outline],
        stated: Sequence[Stated],
        bounds: Array,
        convex: bool,
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

    def _judge(
        self,
        best: Found,
        plans: Sequence[Array],
        rules: Sequence[Rule],
        worth: Callable[[Array], float],
        slack: float,
    ) -> tuple[Found, bool]:
        """The better of the best plan so far and these, on the true curves; whether one of them keeps the rules."""
        kept = False
        for plan in plans:
            exact = within(
                self.problem, plan, rules
            )  # the solver's last digit is not the founder's money
            base = exact if exact is not plan and self.holds(exact, rules, slack) else plan
            for spend in (base, np.where(base <= 1e-6 * np.sum(base), 0.0, base)):
                if self.holds(spend, rules, slack):
                    kept = True
                    value = worth(spend)
                    if value > best.value or best.spend is None:
                        best = replace(best, spend=spend, value=value)
        return best, kept

    def _refine(
        self,
        points: Sequence[Array],
        above: Sequence[Outline],
        bounds: Array,
        gap: float,
        names: frozenset[str],
    ) -> bool:
        """Finer grids where the outlines leave the curves; whether anything could be refined."""
        problem = self.problem
        below = self.outlines(False, bounds, names)
        amounts = [problem.amounts(spend) for spend in points]
        moved = False
        sizes = {
            name: max(float(sum(o.values[name][-1] for o in above if name in o.values)), 1e-300)
            for name in sorted({name for o in above for name in o.values})
        }
        for i, exact in enumerate(self.exact):
            if exact:
                continue
            wanted = []
            steep = any(
                not np.isfinite(float(curve.slope(0.0)))
                for curve in problem.lines[i].curves.values()
            )
            for point in amounts:
                amount = float(point[i])
                error = max(
                    (
                        (above[i].read(name, amount) - below[i].read(name, amount)) / sizes[name]
                        for name in above[i].values
                    ),
                    default=0.0,
                )
                jump = max(
                    (above[i].values[name][0] / sizes[name] for name in above[i].values),
                    default=0.0,
                )
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


def spoken_of(stated: Sequence[Stated]) -> frozenset[str]:
    """The responses that rules and goal speak of."""
    kinds = {
        kind
        for item in stated
        for row in (*item.rows, *item.bindings)
        for side in (row.left, row.right)
        for kind, _, _ in side.atoms
    }
    return frozenset(kinds - {"spend", "posts", "active", "helper"})


def _flat(shape: Outline) -> Outline:
    """The outline of a line that gets nothing."""
    return Outline(
        shape.at,
        {name: np.zeros_like(v) for name, v in shape.values.items()},
        dict.fromkeys(shape.tail, 0.0),
    )


def cheapest(problem: Problem) -> Stated:
    """The goal of questions of yes or no: any plan will do, and a cheap one keeps numbers small. Set-ups count twice, so
    that none is paid for nothing where a rule asks for money."""
    sketch = Sketch(problem)
    money = 2.0 * sketch.spend(None) - sketch.total("spend", np.arange(len(problem.lines)))
    return Stated("goal", (-money >= 0.0,), tuple(sketch.free), tuple(sketch.bindings))
