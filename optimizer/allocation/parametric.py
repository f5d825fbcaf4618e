"""Solving again as one thing changes: more or less money, fewer channels, better offers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from optimizer.allocation.check import evaluate_plan
from optimizer.allocation.decision import Rule
from optimizer.allocation.expression import TINY, Array
from optimizer.allocation.goal import GOALS
from optimizer.allocation.incumbent import Incumbent
from optimizer.allocation.outer_approximation import OuterApproximation
from optimizer.allocation.plan import Entry, Step
from optimizer.allocation.problem import Problem
from optimizer.allocation.quantities import best_average_cac
from optimizer.allocation.rule import overall_budget
from optimizer.allocation.sequential_lp import SequentialSearch
from optimizer.allocation.solver_settings import solve_gap, too_hard_to_repeat
from optimizer.messages import Text

MOST_DECISIONS = 40
MOST_RULES = 60
MOST_CHANNELS = 12
MOST_UNUSED = 8
LARGEST_FACTOR = 1024.0
GAP = 1e-4
SHARES = (0.25, 0.5, 0.75, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0)  # of the budget


def step_at(problem: Problem, at: float, found: Incumbent, note: Text = "") -> Step:
    """One point of a sweep.

    Parameters
    ----------
    problem
        The search's problem, in whose order the spend stands.
    at
        What is varied.
    found
        The best plan there.
    note
        What changes there.
    """
    assert found.spend is not None
    plan = evaluate_plan(problem, found.spend)
    new = np.array([decision.new for decision in problem.decisions])
    return Step(
        at,
        GOALS[problem.goal.name].shown(found.value),
        float(np.sum(plan.spend)),
        float(np.sum(plan.customers[new])),
        float(np.sum(plan.revenue)),
        tuple(sorted(_used(problem, found.spend))),
        note,
    )


def _used(problem: Problem, spend: Array) -> set[str]:
    """Channels that get money."""
    return {problem.decisions[int(i)].channel for i in np.flatnonzero(spend > 0)}


def with_value(rules: Sequence[Rule], k: int, value: float) -> list[Rule]:
    """The rules with another value for one of them."""
    return [*rules[:k], replace(rules[k], value=value), *rules[k + 1 :]]


def round_step(budget: float) -> float:
    """A round amount, a few percent of the budget: 10,000 of 400,000, 1,000 of 60,000."""
    return float(10 ** np.floor(np.log10(budget / 30))) if budget > 0 else 1000.0


def _has_no_budget_curve(problem: Problem) -> bool:
    return GOALS[problem.goal.name].minimises


def marginal_value_of_budget(search: OuterApproximation, rules: Sequence[Rule]) -> tuple[Step, ...]:
    """What the last and the next round amount of budget bring, by solving again.

    Parameters
    ----------
    search, rules
        The search that found the plan, and its simple rules.

    Returns
    -------
    tuple[Step, ...]
        Empty where there is no budget, or the goal is to spend little.
    """
    k = overall_budget(rules)
    if k is None or _has_no_budget_curve(search.problem):
        return ()
    budget = float(rules[k].value)
    step = round_step(budget)
    out = []
    for at in (budget - step, budget + step):
        if at < 0:
            continue
        again = search.best(with_value(rules, k, at), solve_gap(search, GAP))
        if again.spend is not None and again.status != "time_limit":
            out.append(step_at(search.problem, at, again, "last" if at < budget else "next"))
    return tuple(out)


def budget_curve(
    search: OuterApproximation, rules: Sequence[Rule], found: Incumbent
) -> tuple[Step, ...]:
    """The best plan at a quarter to twice the budget (small problems only; `frontier` does it for
    any).

    Parameters
    ----------
    search, rules, found
        The search, its simple rules, and the plan it found.

    Returns
    -------
    tuple[Step, ...]
        Empty where solving again would take too long.
    """
    k = overall_budget(rules)
    large = len(rules) > MOST_RULES or len(search.problem.decisions) > MOST_DECISIONS
    if k is None or not rules[k].value or large:
        return ()
    if _has_no_budget_curve(search.problem) or too_hard_to_repeat(found):
        return ()
    out = [step_at(search.problem, float(rules[k].value), found)]
    down = [share for share in reversed(SHARES) if share < 1]
    up = [share for share in SHARES if share > 1]
    for way in (down, up):
        for share in way:
            at = float(rules[k].value) * share
            again = search.best(with_value(rules, k, at), GAP)
            if again.spend is not None and again.status != "time_limit":
                out.append(step_at(search.problem, at, again))
                _go_on_from(search, again)
        _go_on_from(search, found)
    return tuple(sorted(out, key=lambda step: step.at))


def _go_on_from(search: OuterApproximation, found: Incumbent) -> None:
    """Let the next question, one much like this one, begin where this one ended."""
    if isinstance(search, SequentialSearch):
        search.settled = found.spend


def cardinality_path(
    search: OuterApproximation, rules: Sequence[Rule], found: Incumbent
) -> tuple[Step, ...]:
    """The best plan with 1, 2, 3 ... channels, up to as many as the plan uses.

    Parameters
    ----------
    search, rules, found
        The search, its simple rules, and the plan it found.

    Returns
    -------
    tuple[Step, ...]
        Empty where solving again would take too long.
    """
    assert found.spend is not None
    problem = search.problem
    used = _used(problem, found.spend)
    large = len(problem.decisions) > MOST_DECISIONS or not 1 < len(used) <= MOST_CHANNELS
    if large or too_hard_to_repeat(found):
        return ()
    out = [step_at(problem, len(used), found)]
    for count in range(len(used) - 1, 0, -1):
        fewer = search.best([*rules, Rule("max_channels", count)], GAP)
        if fewer.spend is None or fewer.status == "time_limit":
            break  # what some channels cannot do, fewer cannot
        out.append(step_at(problem, count, fewer))
        _go_on_from(search, fewer)
    _go_on_from(search, found)
    return tuple(reversed(out))


def entry_thresholds(
    search: OuterApproximation, rules: Sequence[Rule], found: Incumbent, names: Sequence[str]
) -> tuple[Entry, ...]:
    """For each unused channel: how much better it would have to respond to be worth its first
    money.

    Found by solving again with its curves raised, by bisection to 1 %.

    Parameters
    ----------
    search, rules, found
        The search, its simple rules, and the plan it found.
    names
        All channels, in the order in which they are to be told.
    """
    assert found.spend is not None
    problem = search.problem
    used = _used(problem, found.spend)
    unused = [name for name in names if name not in used]
    large = len(problem.decisions) > MOST_DECISIONS or len(unused) > MOST_UNUSED
    if too_hard_to_repeat(found) or large or not used:
        return ()
    search = search.frozen()
    out = []
    for name in unused:
        factor = _threshold(search, rules, name)
        if search.late:
            break  # what was not found may only have lacked the time
        out.append(Entry(name, factor, best_average_cac(problem, name)))
    return tuple(out)


def _threshold(search: OuterApproximation, rules: Sequence[Rule], name: str) -> float | None:
    """The factor on its response from which a channel gets money (None: none up to the largest)."""
    low, high = 1.0, 2.0
    while high <= LARGEST_FACTOR and not _enters(search, rules, name, high):
        low, high = high, high * 2
    if high > LARGEST_FACTOR:
        return None
    while high / low > 1.01:
        middle = float(np.sqrt(low * high))
        low, high = (low, middle) if _enters(search, rules, name, middle) else (middle, high)
    return high


def _enters(search: OuterApproximation, rules: Sequence[Rule], name: str, factor: float) -> bool:
    """Whether a channel gets money once its response is raised by a factor."""
    decisions = tuple(
        replace(d, curves={key: curve.times(factor) for key, curve in d.curves.items()})
        if d.channel == name
        else d
        for d in search.problem.decisions
    )
    near = search.problem.near
    if near is not None:
        times = np.array([factor if decision.channel == name else 1.0 for decision in decisions])
        near = near.times(times)
    raised = replace(search.problem, decisions=decisions, near=near)
    other = OuterApproximation(raised, search.solver, search.deadline, search)
    again = other.best(rules, GAP)
    search.solves += other.solves
    if again.spend is None:
        return False
    mine = np.array([decision.channel == name for decision in decisions])
    return bool(again.spend[mine].sum() > 1e-6 * max(float(np.sum(again.spend)), TINY))
