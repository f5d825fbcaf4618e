"""From a problem to a finished plan: search, tie-break, check, and everything a founder asks about it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from optimizer.allocation import explain as words
from optimizer.allocation.answer import Answer
from optimizer.allocation.build import build
from optimizer.allocation.check import Book, check, results
from optimizer.allocation.conflict import explain_conflict
from optimizer.allocation.effort import sharp
from optimizer.allocation.engine import Bench, Found, spoken_of
from optimizer.allocation.expand import expand
from optimizer.allocation.expression import Array
from optimizer.allocation.goals import minimises
from optimizer.allocation.linearised import best_by_steps
from optimizer.allocation.lp_text import lp_text
from optimizer.allocation.model import Stated
from optimizer.allocation.order import averaged, canonical, twins
from optimizer.allocation.plan import Certificate, Plan
from optimizer.allocation.problem import Problem, Rule
from optimizer.allocation.reasons import reasons
from optimizer.allocation.tidy import within
from optimizer.allocation.view import Sketch
from optimizer.errors import UserError
from optimizer.messages import _


def plan(
    problem: Problem, gap: float, solver: str, time_limit: float | None, explain: bool
) -> Plan:
    """See `optimizer.allocation.solve.solve`."""
    if not 0 < gap < 1:
        raise UserError(
            _("a gap of {gap} makes no sense", gap=gap), fix=_("a share above 0, such as 1e-4")
        )
    stated = expand(problem)
    ordered, lines, ruled = canonical(problem, stated)
    bench = Bench(ordered, solver)
    start = time.monotonic()
    bench.deadline = None if time_limit is None else start + time_limit
    if ordered.outcome is not None:
        found = best_by_steps(bench, ordered.rules, gap)
    else:
        found = bench.best(ordered.rules, sharp(bench, gap))
    bench.deadline = (
        None if time_limit is None else time.monotonic() + time_limit
    )  # the reasons get as long again
    if bench.solver == "highs":
        bench.solver = "arrays"  # the many re-solves that follow need no modeller between
    if (
        found.spend is None
        or found.status == "unbounded"
        or (found.status == "failed" and not np.isfinite(found.bound))
    ):
        if found.status == "infeasible":
            return explain_conflict(problem, bench, stated, lines, ruled)
        return Plan(found.status, problem.goal.name, None, None, None, notes=(_no_plan(found),))
    status = found.status
    if status == "optimal" and found.gap > gap and ordered.outcome is None:
        status = "gap_open"
    if ordered.outcome is None:
        found = settle(bench, found, gap)
    spend = np.empty(len(lines))
    spend[lines] = found.spend
    book = check(problem, spend, stated)
    out = _assemble(problem, bench, stated, book, found, status, minimises(problem.goal))
    out = replace(
        out, baselines=words.baselines(problem, stated, spend), current=words.current(problem)
    )
    if explain:
        out = reasons(out, problem, bench, stated, ruled, found, spend)
    return replace(out, solver={**out.solver, "solves": bench.solves})


def settle(bench: Bench, found: Found, gap: float) -> Found:
    """Of all plans as good, the one nearest to today's (and cheapest), with every rule kept; twins share evenly."""
    problem, rules = bench.problem, bench.problem.rules
    assert found.spend is not None
    best = found
    stated = [bench.state(rule) for rule in rules]
    goal, bounds = bench.goal(), bench.reach(rules)
    convex = all(curve.concave for line in problem.lines for curve in line.curves.values())
    below = bench.outlines(False, bounds, spoken_of([goal, *stated]))
    model = build(problem, below, stated, goal, bounds, convex)
    room = max(1e-9, 0.1 * min(gap, sharp(bench, gap)))
    if model.width <= 20_000 and int(model.integer.sum()) <= 40:
        first = bench.run(model, 1e-9)
        if first.x is not None and first.value is not None:
            floor = first.value - 1e-12 * abs(first.value)
            keep = (
                Stated("as_good", (goal.rows[0].left >= floor,), goal.free, goal.bindings)
                if not goal.free
                else None
            )
            if keep is not None:
                nearest = build(problem, below, [*stated, keep], _movement(problem), bounds, convex)
                answer: Answer = bench.run(nearest, 1e-7)
                if answer.x is not None:
                    other = bench._clean(nearest.spend(answer.x))
                    if _moved(problem, other) < _moved(problem, found.spend) - 1e-7 * float(
                        np.sum(found.spend)
                    ):
                        best = _if_as_good(bench, best, other, room)
    groups = twins(problem, rules)
    if groups and convex and not model.mixed:
        assert best.spend is not None
        best = _if_as_good(bench, best, averaged(best.spend, groups), room)
    return replace(best, model=model)


def _if_as_good(bench: Bench, best: Found, spend: Array, room: float) -> Found:
    exact = within(bench.problem, spend, bench.problem.rules)
    if exact is not spend and bench.holds(exact, bench.problem.rules):
        spend = exact
    if not bench.holds(spend, bench.problem.rules):
        return best
    value = bench.value(spend)
    if value < best.value - room * max(abs(best.value), 1e-12):
        return best
    return replace(best, spend=spend, value=value, bound=max(best.bound, value))


def _moved(problem: Problem, spend: Array) -> float:
    """How far a plan is from today's, currency; spending more counts a thousandth."""
    known = np.array([line.current is not None and not line.idle for line in problem.lines])
    today = np.array([line.current or 0.0 for line in problem.lines])
    return float(np.sum(np.abs(spend - today)[known]) + 1e-3 * np.sum(spend))


def _movement(problem: Problem) -> Stated:
    """As little change from today as possible, then as little spend."""
    sketch = Sketch(problem)
    total = sketch.spend() * (-1e-3)
    known = [
        i for i, line in enumerate(problem.lines) if line.current is not None and not line.idle
    ]
    bindings = []
    for i in known:
        line = sketch.total("spend", np.array([i]))
        moved = sketch._helper(free=False)
        today = float(problem.lines[i].current or 0.0)
        bindings += [
            (line - today <= moved).called(f"up{i}"),
            (today - line <= moved).called(f"down{i}"),
        ]
        total = total - moved
    return Stated("nearest", (total >= 0.0,), tuple(sketch.free), tuple(bindings))


def _assemble(
    problem: Problem,
    bench: Bench,
    rules: Sequence[Rule],
    book: Book,
    found: Found,
    status: str,
    minimise: bool,
) -> Plan:
    sign = -1.0 if minimise else 1.0
    value = sign * found.value + 0.0
    bound = sign * found.bound + 0.0
    certificate = Certificate(min(value, bound), max(value, bound), found.gap)
    settled = results(problem, book, rules)
    lines = words.plan_lines(problem, rules, book)
    text = lp_text(found.model, bench.problem) if found.model is not None else ""
    notes = [*problem.notes, *words.remarks(problem, rules, book, lines)]
    if status == "time_limit":
        notes.append(
            _(
                "time ran out: this is the best plan found, and the bound says how far it can "
                "be from the best there is"
            )
        )
    if status == "gap_open" and not np.isfinite(found.bound):
        notes.append(
            _(
                "nothing limits the money, and no bound was proven: this is the best plan of "
                "ordinary size; state a budget, or a max for each channel"
            )
        )
    if problem.outcome is not None:
        notes.append(
            _(
                "channels act on each other here: the plan is the best found by repeated "
                "linear steps, and its bound holds for the last step only"
            )
        )
    return Plan(
        status=status,
        goal=problem.goal.name,
        objective=value,
        totals=words.totals(problem, book),
        certificate=certificate,
        lines=lines,
        rules=settled,
        notes=tuple(notes),
        solver={
            "name": "highs" if bench.solver == "arrays" else bench.solver,
            "rounds": found.rounds,
        },
        lp=text,
    )


def _no_plan(found: Found) -> str:
    return {
        "unbounded": _(
            "nothing limits the spend: every further unit brings more; state a budget or a max"
        ),
        "time_limit": _("time ran out before any plan was found"),
    }.get(found.status, "the solver failed on this problem")
