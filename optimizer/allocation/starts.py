"""Where a search that only sees what is near begins, and how it looks at other choices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from optimizer.allocation.decision import Rule
from optimizer.allocation.expression import Array
from optimizer.allocation.outer_approximation import OuterApproximation
from optimizer.allocation.problem import Problem
from optimizer.allocation.rule import overall_budget, spec_of

DRAWN = 2  # starts that are drawn; one where there are periods
WIDE = 200  # decisions above which only today's split and the even one are tried
MOST_EXCHANGES = 9
SEED = 20_250_411


def starts(search: OuterApproximation, rules: Sequence[Rule], anew: bool = False) -> list[Array]:
    """Today's split, the equal one, and with periods an early and a late one; a few that are drawn.

    Parameters
    ----------
    search
        Of a problem with an outcome model.
    rules
        Simple rules.
    anew
        As if no good plan were known.

    Returns
    -------
    list[Array]
        Currency per decision, none above its own limit, together the budget where there is one.
    """
    problem = search.problem
    live = np.where(problem.is_idle, 0.0, 1.0)
    most = search.upper_bounds(rules)
    k = overall_budget(rules)
    budget = float(np.sum(most)) / 4 if k is None else float(rules[k].value)
    begun = getattr(problem.outcome, "start", None)
    if begun is not None and not anew:
        return [begun]
    shapes = [live]
    today = np.array([decision.current or 0.0 for decision in problem.decisions]) * live
    if np.sum(today) > 0:
        shapes.insert(0, today)
    if len(problem.decisions) <= WIDE:
        names = list(problem.period_names)
        place = np.array(
            [names.index(d.period) if d.period in names else 0 for d in problem.decisions]
        )
        drawn = DRAWN if len(names) == 1 else 1
        if len(names) > 1:
            ahead = place / max(len(names) - 1, 1)
            shapes += [live * np.exp(-2 * ahead), live * np.exp(2 * (ahead - 1))]
        rng = np.random.default_rng(SEED)
        shapes += [live * rng.gamma(0.7, 1.0, len(live)) for _ in range(drawn)]
    return [_within(shape, most * live, budget) for shape in shapes]


def _within(shape: Array, most: Array, budget: float) -> Array:
    """Money in proportion to a shape, what is above a limit divided among the others."""
    out, free = np.zeros(len(shape)), shape > 0
    for _ in range(len(shape)):
        left = budget - float(np.sum(out))
        if left <= 1e-9 * budget or not free.any():
            break
        share = np.where(free, shape, 0.0)
        asked = out + share / np.sum(share) * left
        over = free & (asked >= most)
        out = np.minimum(asked, most)
        free &= ~over
        if not over.any():
            break
    return out


def exchanges(
    problem: Problem, spend: Array, rules: Sequence[Rule]
) -> Iterator[tuple[Array, list[Rule]]]:
    """The plan with one used channel's money on an unused one, the least money first.

    Parameters
    ----------
    problem
        The problem.
    spend
        The plan, currency per decision.
    rules
        Simple rules: a channel that must get money does not give way.

    Yields
    ------
    tuple
        A start, and the rules that shut every channel without money there.
    """
    money = np.bincount(problem.channel_of, weights=spend, minlength=len(problem.channels))
    live = np.array([not problem.decisions[int(m[0])].idle for m in problem.members])
    needed = {rule.of for rule in rules if spec_of(rule).floors and float(rule.value) > 0}
    used = [int(k) for k in np.argsort(money) if money[k] > 0 and problem.channels[k] not in needed]
    unused = [int(k) for k in np.flatnonzero((money <= 0) & live)]
    count = 0
    for k in used:
        for other in unused:
            moved = spend.copy()
            moved[problem.members[k]] = 0.0
            members = problem.members[other]
            members = members[~problem.is_idle[members]]
            moved[members] += money[k] / len(members)
            count += 1
            if count > MOST_EXCHANGES:
                return
            yield moved, shut_channels(problem, moved)


def shut_channels(problem: Problem, spend: Array) -> list[Rule]:
    """Rules that keep every channel without money without any."""
    money = np.bincount(problem.channel_of, weights=spend, minlength=len(problem.channels))
    return [
        Rule("max", 0.0, problem.channels[int(k)])
        for k in np.flatnonzero(money <= 0)
        if not problem.decisions[int(problem.members[int(k)][0])].idle
    ]
