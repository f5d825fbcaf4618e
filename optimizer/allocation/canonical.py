"""One form of a problem and of a plan, whatever order, names and rounding they came in.

A problem's decisions and rules are put in an order that depends on what they are. Solvers break
ties by position. Put in this order, the same problem gives the same plan whatever its channels are
called, however its rows are sorted; exact twins get the same amount where amounts are continuous.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from optimizer.allocation.decision import Decision, Rule
from optimizer.allocation.expression import Array
from optimizer.allocation.outcome import Reordered
from optimizer.allocation.problem import Problem
from optimizer.allocation.rule import spec_of

ROUNDING = 1e-5  # what is further above a cap, as a share of it, is no rounding


def _numbers(item: Any) -> tuple[Any, ...]:
    """Something sortable that says all about a value but names."""
    if isinstance(item, bool) or item is None:
        return (0, float(bool(item)))
    if isinstance(item, int | float):
        return (1, float(item))
    if isinstance(item, str):
        return (2, item)
    if is_dataclass(item):
        return (
            3,
            type(item).__name__,
            *(_numbers(getattr(item, name)) for name in _parts(item.__class__)),
        )
    if isinstance(item, dict) or hasattr(item, "items"):
        return (4, *((str(k), _numbers(v)) for k, v in sorted(item.items())))
    return (5, *map(_numbers, item))


@cache
def _parts(kind: Any) -> tuple[str, ...]:
    """Fields of a dataclass that say what it is: not what it is called, nor where its numbers come
    from.
    """
    return tuple(
        f.name for f in fields(kind) if f.name not in ("channel", "period", "tags", "evidence")
    )


def _all_about(decision: Decision) -> tuple[Any, ...]:
    """All about a decision but its names."""
    return tuple(_numbers(getattr(decision, name)) for name in _parts(Decision))


@dataclass(frozen=True, eq=False)
class CanonicalProblem:
    """A problem in canonical order.

    Parameters
    ----------
    problem
        The problem, its rules among it.
    decision_order, rule_order
        For each decision and rule now, where it stood before.
    """

    problem: Problem
    decision_order: tuple[int, ...]
    rule_order: tuple[int, ...]

    def as_stated(self, spend: Array) -> Array:
        """A spend per decision, in the order in which the problem was stated."""
        out = np.empty(len(self.decision_order))
        out[list(self.decision_order)] = spend
        return out


def canonical(problem: Problem, rules: Sequence[Rule]) -> CanonicalProblem:
    """The problem with its decisions and rules in canonical order.

    Decisions of one channel stay together, in their order (carry-over needs it).

    Parameters
    ----------
    problem
        The problem as it was stated.
    rules
        Its simple rules.
    """
    touching = _rules_by_decision(problem, rules)

    def signature(i: int) -> tuple[Any, ...]:
        return (_all_about(problem.decisions[i]), tuple(sorted(touching[i], key=repr)))

    by_channel = problem.members
    ranks = [tuple(signature(int(i)) for i in members) for members in by_channel]
    try:
        order = sorted(range(len(by_channel)), key=lambda k: (ranks[k], problem.channels[k]))
    except TypeError:  # unlike things that cannot be compared: their text can
        order = sorted(range(len(by_channel)), key=lambda k: (repr(ranks[k]), problem.channels[k]))
    numbers = tuple(int(i) for k in order for i in by_channel[k])
    ordered = replace(
        problem,
        decisions=tuple(problem.decisions[i] for i in numbers),
        rules=(),
        periods=problem.period_names,
    )
    if problem.outcome is not None:
        ordered = replace(ordered, outcome=Reordered(problem.outcome, numbers))
    if problem.near is not None:
        ordered = replace(ordered, near=problem.near.reordered(numbers))
    rule_order = sorted(
        range(len(rules)),
        key=lambda r: (
            rules[r].name,
            repr(_numbers(rules[r].value)),
            tuple(map(int, ordered.decisions_of(rules[r].of))),
            repr(sorted(rules[r].options.items())),
        ),
    )
    ruled = ordered.with_rules([rules[r] for r in rule_order])
    return CanonicalProblem(ruled, numbers, tuple(rule_order))


def _compared_with(rule: Rule) -> list[tuple[str, str]]:
    """The other groups a rule speaks of, by option."""
    named = (("to", rule.options.get("to")), ("within", rule.options.get("within")))
    return [(option, str(of)) for option, of in named if of is not None]


def _rules_by_decision(problem: Problem, rules: Sequence[Rule]) -> list[list[tuple[Any, ...]]]:
    """For each decision, marks of the rules that are about it."""
    touching: list[list[tuple[Any, ...]]] = [[] for _ in problem.decisions]
    for rule in rules:
        if rule.of is None:
            continue
        mark = (rule.name, _numbers(rule.value), tuple(sorted(k for k in rule.options)))
        for i in problem.decisions_of(rule.of):
            touching[int(i)].append(mark)
        for option, of in _compared_with(rule):
            for i in problem.decisions_of(of):
                touching[int(i)].append((option, *mark))
    return touching


def twins(problem: Problem, rules: Sequence[Rule]) -> list[list[int]]:
    """Groups of decisions that cannot be told apart: same numbers, touched by the same rules.

    Only for channels of one decision.

    Parameters
    ----------
    problem, rules
        The problem, and the simple rules a plan must keep.

    Returns
    -------
    list[list[int]]
        Numbers of the decisions, group by group.
    """
    about = [set(map(int, problem.decisions_of(r.of))) for r in rules if r.of is not None]
    against = [
        set(map(int, problem.decisions_of(of))) for rule in rules for _, of in _compared_with(rule)
    ]
    bounds: dict[str, str] = {}  # a channel's own are told by value, not by which rule states them
    for rule in rules:
        if rule.of in problem.single and not _compared_with(rule):
            said = repr((rule.name, rule.value, sorted(rule.options.items())))
            bounds[rule.of] = bounds.get(rule.of, "") + said
    groups: dict[str, list[int]] = {}
    for i in _alike(problem):
        decision = problem.decisions[i]
        shared = [k for k, g in enumerate((*about, *against)) if i in g and len(g) > 1]
        alone = [k for k, group in enumerate(against) if group == {i}]
        own = bounds.get(decision.channel, "")
        told = repr((_all_about(decision), shared, alone, decision.period, own))
        groups.setdefault(told, []).append(i)
    return [members for members in groups.values() if len(members) > 1]


def _alike(problem: Problem) -> list[int]:
    """Decisions that share a few numbers with another one: only these can have a twin."""
    alike: dict[tuple[Any, ...], list[int]] = {}
    for i, decision in enumerate(problem.decisions):
        if decision.channel in problem.single and not decision.idle:
            numbers = (decision.price, decision.value, decision.current, decision.setup)
            curves = (curve.natural_spend for curve in decision.curves.values())
            alike.setdefault((*numbers, *curves), []).append(i)
    return sorted(i for members in alike.values() if len(members) > 1 for i in members)


def averaged(spend: Array, groups: Sequence[Sequence[int]]) -> Array:
    """The spend with twins sharing evenly.

    As good and as allowed as before wherever curves bend down.

    Parameters
    ----------
    spend
        Currency per decision.
    groups
        Numbers of the decisions of each group of twins.
    """
    out = spend.copy()
    for members in groups:
        out[list(members)] = np.mean(spend[list(members)])
    return out


def _in_steps(problem: Problem, spend: Array, rule: Rule) -> Array:
    """The spend with a sum that is all but a multiple of a rule's value made one."""
    which = problem.in_period(problem.decisions_of(rule.of), rule.period)
    step, total = float(rule.value), float(np.sum(spend[which]))
    near = round(total / step) * step
    if near == total or abs(near - total) > ROUNDING * step:
        return spend
    out = spend.copy()
    out[which] *= near / total
    return out


def project_onto_caps(problem: Problem, spend: Array, rules: Sequence[Rule]) -> Array:
    """The spend with every cap on money, and every step of it, kept to the last digit.

    Parameters
    ----------
    problem, rules
        The problem, and the simple rules a plan must keep.
    spend
        Currency per decision, set-up costs not included.

    Returns
    -------
    Array
        Less where a cap was passed by no more than a solver's tolerance; the same object where none
        was.
    """
    out = spend
    for rule in rules:
        if spec_of(rule).bounds == "steps":
            out = _in_steps(problem, out, rule)
        caps = spec_of(rule).caps
        if caps not in ("spend", "paid"):
            continue
        which = begun = problem.in_period(problem.decisions_of(rule.of), rule.period)
        share = np.ones(len(problem.decisions))
        if caps == "paid":
            share = problem.paid_share(str(rule.period))
            which, begun = np.flatnonzero(share > 0), problem.begun_by(str(rule.period))
        used = np.flatnonzero(out > 0)
        channels, first = np.unique(problem.channel_of[used], return_index=True)
        paid = float(np.sum(problem.setups[channels[np.isin(used[first], begun)]]))
        free = which[~problem.is_whole[which]]
        over = float(np.sum(out[which] * share[which])) + paid - float(rule.value)
        loose = float(np.sum(out[free] * share[free]))
        if 0 < over <= ROUNDING * float(rule.value) and over < loose:
            if out is spend:
                out = spend.copy()
            out[free] *= (loose - over) / loose * (1 - 1e-15)
    return out
