"""A problem's lines and rules in an order that depends on what they are, not on their names or the file.

Solvers break ties by position. Put in this order, the same problem gives the same plan whatever its channels are
called, however its rows are sorted; exact twins get the same amount where amounts are continuous.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from optimizer.allocation.expression import Array
from optimizer.allocation.outcome import Reordered
from optimizer.allocation.problem import Line, Problem, Rule
from optimizer.response.curves import Curve


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
    """Fields of a dataclass that say what it is: not what it is called, nor where its numbers come from."""
    return tuple(
        f.name for f in fields(kind) if f.name not in ("channel", "period", "tags", "evidence")
    )


def own(line: Line) -> tuple[Any, ...]:
    """All about a line but its names."""
    return tuple(_numbers(getattr(line, name)) for name in _parts(Line))


def canonical(problem: Problem, rules: Sequence[Rule]) -> tuple[Problem, list[int], list[int]]:
    """The problem with its lines and the simple rules in canonical order, and where each line and rule stood.

    Lines of one channel stay together, in their order (carry-over needs it).
    """
    touching: list[list[tuple[Any, ...]]] = [[] for _ in problem.lines]
    for rule in rules:
        if rule.of is not None:
            mark = (rule.name, _numbers(rule.value), tuple(sorted(k for k in rule.options)))
            for i in problem.lines_of(rule.of):
                touching[int(i)].append(mark)
            for key in ("to", "within"):
                if rule.options.get(key) is not None:
                    for i in problem.lines_of(rule.options[key]):
                        touching[int(i)].append((key, *mark))

    def signature(i: int) -> tuple[Any, ...]:
        line = problem.lines[i]
        return (own(line), tuple(sorted(touching[i], key=repr)))

    by_channel = problem.members
    ranks = [tuple(signature(int(i)) for i in members) for members in by_channel]
    try:
        order = sorted(range(len(by_channel)), key=lambda k: (ranks[k], problem.channels[k]))
    except TypeError:  # unlike things that cannot be compared: their text can
        order = sorted(range(len(by_channel)), key=lambda k: (repr(ranks[k]), problem.channels[k]))
    lines = [int(i) for k in order for i in by_channel[k]]
    ordered = replace(
        problem,
        lines=tuple(problem.lines[i] for i in lines),
        rules=(),
        periods=problem.period_names,
    )
    if problem.outcome is not None:
        ordered = replace(ordered, outcome=Reordered(problem.outcome, tuple(lines)))
    ruled = sorted(
        range(len(rules)),
        key=lambda r: (
            rules[r].name,
            repr(_numbers(rules[r].value)),
            tuple(map(int, ordered.lines_of(rules[r].of))),
            repr(sorted(rules[r].options.items())),
        ),
    )
    return replace(ordered, rules=tuple(rules[r] for r in ruled)), lines, ruled


def twins(problem: Problem, rules: Sequence[Rule]) -> list[list[int]]:
    """Groups of lines that cannot be told apart: same numbers, touched by the same rules. Only for single-line channels."""
    single = problem.single
    groups: dict[str, list[int]] = {}
    scope = [
        (k, set(map(int, problem.lines_of(rule.of))))
        for k, rule in enumerate(rules)
        if rule.of is not None
    ]
    for rule in rules:
        for option in ("to", "within"):
            if rule.options.get(option) is not None:
                scope.append((-1, set(map(int, problem.lines_of(rule.options[option])))))
    bounds: dict[str, str] = {}
    for (
        rule
    ) in rules:  # a channel's own bounds are told by their values, not by which rule states them
        if rule.of in single and not any(rule.options.get(k) for k in ("to", "within")):
            bounds[rule.of] = bounds.get(rule.of, "") + repr(
                (rule.name, rule.value, sorted(rule.options.items()))
            )
    alike: dict[tuple[Any, ...], list[int]] = {}
    for i, line in enumerate(problem.lines):
        if line.channel in single and not line.idle:
            alike.setdefault(
                (
                    line.price,
                    line.value,
                    line.current,
                    line.setup,
                    *(_first(curve) for curve in line.curves.values()),
                ),
                [],
            ).append(i)
    for i in sorted(i for members in alike.values() if len(members) > 1 for i in members):
        line = problem.lines[i]
        shared = tuple(
            k for k, (rule, members) in enumerate(scope) if i in members and len(members) > 1
        )
        alone = tuple(k for k, (rule, members) in enumerate(scope) if members == {i} and rule == -1)
        groups.setdefault(
            repr((own(line), shared, alone, line.period, bounds.get(line.channel, ""))), []
        ).append(i)
    return [members for members in groups.values() if len(members) > 1]


def _first(curve: Curve) -> Any:
    """A number that two like curves share, and unlike ones hardly."""
    return getattr(curve, _parts(type(curve))[-1])


def averaged(spend: Array, groups: Sequence[Sequence[int]]) -> Array:
    """The spend with twins sharing evenly; as good and as allowed as before wherever curves bend down."""
    out = spend.copy()
    for members in groups:
        out[list(members)] = np.mean(spend[list(members)])
    return out
