"""From a problem to a finished plan: search, tie-break, check, and everything a founder asks about
it.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Literal

import numpy as np

from optimizer.allocation.build import build_model
from optimizer.allocation.canonical import CanonicalProblem, canonical
from optimizer.allocation.check import EvaluatedPlan, verify
from optimizer.allocation.feasibility import OutOfTimeError, feasible_spend
from optimizer.allocation.goal import GOALS
from optimizer.allocation.incumbent import Incumbent
from optimizer.allocation.infeasibility import explain_infeasibility
from optimizer.allocation.lexicographic import goals_in_order, holding
from optimizer.allocation.local_search import with_curves_at
from optimizer.allocation.lp_text import lp_text
from optimizer.allocation.model import LinearModel, referenced_responses
from optimizer.allocation.outer_approximation import OuterApproximation
from optimizer.allocation.plan import Certificate, Plan
from optimizer.allocation.post_optimality import with_reasons
from optimizer.allocation.problem import Problem
from optimizer.allocation.rule import expand
from optimizer.allocation.sequential_lp import SequentialSearch, search_of
from optimizer.allocation.solver_settings import solve_gap
from optimizer.allocation.summary import baselines, current_totals, plan_lines, remarks, totals
from optimizer.allocation.tie_break import break_ties
from optimizer.errors import UserError
from optimizer.messages import Message, _

WITH_REASONS = 1.8  # times its limit, a plan and its reasons are done


def solve(
    problem: Problem,
    gap: float = 1e-4,
    solver: str = "highs",
    time_limit: float | None = None,
    explain: bool = True,
) -> Plan:
    """The best plan, its proof, the price of every rule; or, where no plan exists, the reason and
    the ways out.

    Parameters
    ----------
    problem
        Decisions, rules and a goal.
    gap
        Relative distance between the plan's value on the true curves and the proven bound at which
        to stop; small problems are brought further at no cost.
    solver
        "highs" (PuLP on HiGHS), "arrays" (HiGHS without PuLP) or "cbc".
    time_limit
        Seconds for the plan itself (None: as long as it takes); its reasons are
        done when 1.8 times as many have passed.
    explain
        Also prices, next money, fewer channels, stability (False: the plan and its proof only).

    Raises
    ------
    UserError
        Where a rule or the goal asks for what is not there.

    Examples
    --------
    >>> from optimizer.allocation.problem import Decision, Rule
    >>> from optimizer.response.shapes.bounded import saturating
    >>> channels = tuple(
    ...     Decision(channel=name, curves={"customers": saturating(ceiling=top, half_spend=500)})
    ...     for name, top in (("search", 400.0), ("feed", 100.0))
    ... )
    >>> plan = solve(Problem(channels, (Rule("budget", 1000.0),)), explain=False)
    >>> {name: round(money) for name, money in plan.spend_by_channel().items()}
    {'search': 833, 'feed': 167}
    """
    if not 0 < gap < 1:
        raise UserError(
            _("a gap of {gap} makes no sense", gap=gap), fix=_("a share above 0, such as 1e-4")
        )
    begun = time.monotonic()
    goals = goals_in_order(problem.goal)
    slack = float(problem.goal.options.get("slack", 0.0))
    for goal in goals[:-1]:
        first = replace(problem, goal=goal)
        before = _solved(first, gap, solver, _left(time_limit, begun), explain=False)
        if before.objective is None:
            return before
        problem = holding(problem, goal, before.objective, slack)
    last = replace(problem, goal=goals[-1])
    return _solved(last, gap, solver, _left(time_limit, begun), explain)


def _left(time_limit: float | None, begun: float) -> float | None:
    """Seconds that are left (None: no end)."""
    return None if time_limit is None else max(time_limit - (time.monotonic() - begun), 0.0)


def _solved(
    problem: Problem, gap: float, solver: str, time_limit: float | None, explain: bool
) -> Plan:
    """`solve` for one goal."""
    begun = time.monotonic()
    stated = problem.with_rules(expand(problem))
    ordered = canonical(problem, stated.rules)
    search = search_of(ordered.problem, solver, _deadline(begun, time_limit))
    found = search.best(ordered.problem.rules, solve_gap(search, gap))
    search.deadline = _deadline(begun, time_limit, WITH_REASONS)
    if search.solver == "highs":
        search.solver = "arrays"  # the many re-solves that follow need no modeller between
    if found.status == "infeasible" and found.spend is None:
        return _infeasible(stated, ordered, search)
    if not _is_plan(found):
        said = _no_plan(found.status)
        return Plan(found.status, problem.goal.name, None, None, None, notes=(said,))
    if problem.outcome is None:
        if found.status == "optimal" and found.gap > gap:
            found = replace(found, status="gap_open")
        found = break_ties(search, found, gap)
    assert found.spend is not None
    spend = ordered.as_stated(found.spend)
    if isinstance(search, SequentialSearch):
        search.settled = found.spend
        stated = with_curves_at(stated, spend)
        if explain and not search.late:
            found = replace(found, model=_model_near(search, found))
    out = _assemble(stated, search, verify(stated, spend, stated.rules), found)
    out = replace(
        out, baselines=baselines(stated, stated.rules, spend), current=current_totals(stated)
    )
    if explain:
        out = with_reasons(out, stated, ordered, search, found, spend)
        if isinstance(search, SequentialSearch):
            out = replace(out, notes=(*out.notes, _near_or_anew()))
        if search.late:
            said = _(
                "time ran out before every reason was found: prices, further budgets and other "
                "questions that show nothing were not asked; allow more time to be told"
            )
            out = replace(out, notes=(*out.notes, said))
    return replace(out, solver={**out.solver, "solves": search.solves})


def _infeasible(stated: Problem, ordered: CanonicalProblem, search: OuterApproximation) -> Plan:
    """Why there is no plan; where channels act on each other, on the model that holds near the
    spend that comes nearest to keeping every rule.
    """
    if not isinstance(search, SequentialSearch):
        return explain_infeasibility(stated, search, ordered)
    assert search.nearest is not None
    near, count = search.near(search.nearest), max(len(search.tried), 1)
    there = with_curves_at(stated, ordered.as_stated(search.nearest))
    local = replace(ordered, problem=near.problem)
    if _seems_possible(near, ordered.problem):
        said = _(
            "no plan that keeps every rule was found from {n} starts; that there is none is not "
            "proven, since channels act on each other here",
            n=count,
        )
        return Plan("infeasible", stated.goal.name, None, None, None, notes=(*stated.notes, said))
    out = explain_infeasibility(replace(there, outcome=None), near, local)
    said = _(
        "channels act on each other here: that no plan keeps the rules was looked for from {n} "
        "starts, and holds near the spend that comes nearest to keeping them",
        n=count,
    )
    return replace(out, notes=(*out.notes, said))


def _seems_possible(near: OuterApproximation, problem: Problem) -> bool:
    """Whether the rules can be kept on a model that holds near a spend."""
    try:
        return feasible_spend(near, problem.rules) is not None
    except OutOfTimeError:
        return False


def _deadline(begun: float, time_limit: float | None, times: float = 1.0) -> float | None:
    return None if time_limit is None else begun + times * time_limit


def _is_plan(found: Incumbent) -> bool:
    """Whether what the search found can be shown as a plan."""
    unproven = found.status == "failed" and not np.isfinite(found.bound)
    return found.spend is not None and found.status != "unbounded" and not unproven


def _model_near(search: SequentialSearch, found: Incumbent) -> LinearModel:
    """The linear model that holds near a plan on the chain."""
    near = search.frozen()
    near.best(near.problem.rules, 1e-4)
    blocks = [near.constraint_block(rule) for rule in near.problem.rules]
    goal, bounds = near.objective_block(), near.upper_bounds(near.problem.rules)
    below = near.estimators(False, bounds, referenced_responses([goal, *blocks]))
    convex = all(curve.concave for d in near.problem.decisions for curve in d.curves.values())
    return build_model(near.problem, below, blocks, goal, bounds, convex)


def _assemble(
    problem: Problem, search: OuterApproximation, plan: EvaluatedPlan, found: Incumbent
) -> Plan:
    """The plan without its reasons."""
    value = GOALS[problem.goal.name].shown(found.value)
    lines = plan_lines(problem, plan)
    return Plan(
        status=found.status,
        goal=problem.goal.name,
        objective=value,
        totals=totals(problem, plan),
        certificate=_certificate(problem, search, found),
        lines=lines,
        rules=tuple(rule.result(problem.currency) for rule in plan.rules),
        notes=(
            *problem.notes,
            *remarks(problem, plan, lines, found.status != "time_limit"),
            *_on_proof(problem, found),
        ),
        solver={
            "name": "highs" if search.solver == "arrays" else search.solver,
            "rounds": found.rounds,
        },
        lp=lp_text(found.model, search.problem) if found.model is not None else "",
    )


def _certificate(problem: Problem, search: OuterApproximation, found: Incumbent) -> Certificate:
    """What may be claimed of the plan."""
    shown = GOALS[problem.goal.name].shown
    ends = sorted((shown(found.value), shown(found.bound)))
    if not isinstance(search, SequentialSearch):
        kind: Literal["global", "local"] = "global" if problem.near is None else "local"
        return Certificate(ends[0], ends[1], found.gap, kind)
    reached = tuple(sorted(map(shown, search.reached), reverse=True))
    return Certificate(ends[0], ends[1], found.gap, "local", reached)


def _on_proof(problem: Problem, found: Incumbent) -> list[Message]:
    """What must be said of the proof."""
    notes = []
    if found.status == "time_limit":
        notes.append(
            _(
                "time ran out: this is the best plan found, and the bound says how far it can "
                "be from the best there is"
            )
        )
    if found.status == "gap_open" and not np.isfinite(found.bound):
        notes.append(
            _(
                "nothing limits the money, and no bound was proven: this is the best plan of "
                "ordinary size; state a budget, or a max for each channel"
            )
        )
    if problem.outcome is not None:
        notes.append(
            _(
                "channels act on each other here, so the proof is local: no plan near this one is "
                "better, and it is the best that any start of the search led to"
            )
        )
    return notes


def _near_or_anew() -> Message:
    """Which figures beside a plan hold near it only, where channels act on each other."""
    return _(
        "solved again with channels acting on each other: prices of rules, fewer channels, other "
        "budgets, simple splits and today; figures near this plan: what the next unit brings on a "
        "channel or a rule, what would bring an unused channel in, and what to test next"
    )


def _no_plan(status: str) -> Message:
    """Why there is no plan, where no rules collide."""
    if status == "unbounded":
        return _(
            "nothing limits the spend: every further unit brings more; state a budget or a max"
        )
    if status == "time_limit":
        return _("time ran out before any plan was found")
    return _("the solver failed on this problem")
