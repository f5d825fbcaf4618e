"""When there is no plan: which rules collide, and the change to each that would be enough on its own.

Every row of the model is a rule with a name, so a conflict found by dropping rules one at a time (the deletion filter
of Chinneck & Dravnieks 1991) is complete: these rules alone have no plan, and without any one of them there is one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from optimizer.allocation.check import achieved, best_cac, judge, ledger, text
from optimizer.allocation.engine import Bench, cheapest
from optimizer.allocation.expression import Array, Comparison
from optimizer.allocation.limits import rows, sense, unit
from optimizer.allocation.model import Stated
from optimizer.allocation.plan import Fix, Plan, RuleResult
from optimizer.allocation.problem import Problem, Rule
from optimizer.allocation.view import Sketch
from optimizer.messages import _
from optimizer.units import Locale

ROUNDS = 30
CURVED = ("max_risk", "min_marginal_roi")  # their rows are not linear in their value


def possible(bench: Bench, rules: Sequence[Rule]) -> Array | None:
    """A spend that keeps all rules on the true curves, or None."""
    found = bench.best(
        rules, 1e-4, goal=cheapest(bench.problem), ask=1, truth=lambda spend: -float(np.sum(spend))
    )
    return found.spend if found.status == "optimal" else None


def explain_conflict(
    problem: Problem,
    bench: Bench,
    stated: Sequence[Rule],
    lines: Sequence[int],
    ruled: Sequence[int],
) -> Plan:
    """A plan that says why there is none."""
    rules = list(bench.problem.rules)
    core = conflict(bench, rules)
    fixes = [fix for fix in (enough(bench, rules, rule) for rule in core) if fix is not None]
    order = {id(rules[k]): r for k, r in enumerate(ruled)}
    core.sort(key=lambda rule: order.get(id(rule), 0))
    found = tuple(_nowhere(bench, rule, problem.currency) for rule in core)
    notes = (*problem.notes, sentence(core, problem.currency), *static(problem, core))
    return Plan(
        "infeasible",
        problem.goal.name,
        None,
        None,
        None,
        conflict=found,
        fixes=tuple(fixes),
        notes=notes,
        relaxation=_smaller(
            relaxation(bench, rules, core) if len(core) > 1 or not fixes else (), fixes
        ),
        solver={
            "name": "highs" if bench.solver == "arrays" else bench.solver,
            "solves": bench.solves,
        },
    )


def _smaller(together: tuple[Fix, ...], alone: Sequence[Fix]) -> tuple[Fix, ...]:
    """Several small changes, where they are less in all than the smallest change that is enough alone (each against its
    rule's own bound); nothing otherwise, since then that one change is the smallest."""
    if len(together) == 1 and any(
        (fix.rule, fix.of) == (together[0].rule, together[0].of) for fix in alone
    ):
        return ()  # the same change, before its number was rounded

    def size(fix: Fix) -> float:
        return abs(fix.needed - fix.bound) / max(abs(fix.bound), 1e-300)

    total = sum(size(fix) for fix in together)
    return together if all(total < size(fix) for fix in alone) else ()


def conflict(bench: Bench, rules: Sequence[Rule]) -> list[Rule]:
    """A minimal set of rules that no plan can keep together."""
    core = list(rules)
    size = max(1, len(core) // 2)
    while size >= 1:  # first in halves and quarters, then one by one
        k = 0
        while k < len(core):
            shorter = core[:k] + core[k + size :]
            if possible(bench, shorter) is None:
                core = shorter
            else:
                k += size
        size = size // 2 if size > 1 else 0
    return core


def enough(bench: Bench, rules: Sequence[Rule], rule: Rule) -> Fix | None:
    """The smallest change to one rule that alone makes a plan possible, verified by solving; None: no change does."""
    others = [r for r in rules if r is not rule]
    start = possible(bench, others)
    if start is None:
        return None
    value = (
        _bisect(bench, others, rule, start)
        if rule.name in CURVED
        else _dinkelbach(bench, others, rule, start)
    )
    if value is None:
        return None
    for candidate in _rounded(value, rule):
        if possible(bench, [*others, replace(rule, value=candidate)]) is not None:
            return Fix(rule.name, _of(rule), float(rule.value), candidate, unit(rule.name))
    return None


def _dinkelbach(bench: Bench, others: Sequence[Rule], rule: Rule, start: Array) -> float | None:
    """The value at which the rule just holds on some plan of the others. Its rows are linear in its value, so the
    value of the plan that breaks it least is a better one, until it no longer moves (Dinkelbach 1967)."""
    value = achieved(rule, ledger(bench.problem, start))
    if value is None:
        value = float(rule.value)
    for __ in range(ROUNDS):
        sketch = Sketch(bench.problem)
        excess = sketch._helper(free=True)
        bindings = [
            (row.excess <= excess).called(f"row{k}")
            for k, row in enumerate(rows(replace(rule, value=value), sketch))
        ]
        aim = Stated("goal", ((-excess) >= 0.0,), tuple(sketch.free), (*sketch.bindings, *bindings))
        found = bench.best(
            others, 1e-7, goal=aim, truth=_least_excess(bench, replace(rule, value=value))
        )
        if found.spend is None:
            break
        now = achieved(rule, ledger(bench.problem, found.spend))
        if now is None or (now >= value if sense(rule.name) == "<=" else now <= value):
            break
        done = abs(now - value) <= 1e-9 * max(abs(now), abs(value))
        value = now
        if done:
            break
    return value


def _least_excess(bench: Bench, rule: Rule) -> Callable[[Array], float]:
    def truth(spend: Array) -> float:
        return -max(float(row.excess) for row in rows(rule, ledger(bench.problem, spend)))

    return truth


def _bisect(bench: Bench, others: Sequence[Rule], rule: Rule, start: Array) -> float | None:
    bad = float(rule.value)
    good = 1.0 if sense(rule.name) == "<=" else 0.0
    if possible(bench, [*others, replace(rule, value=good)]) is None:
        return None
    for __ in range(40):
        middle = (bad + good) / 2
        bad, good = (
            (bad, middle)
            if possible(bench, [*others, replace(rule, value=middle)]) is not None
            else (middle, good)
        )
        if abs(good - bad) <= 1e-6 * max(abs(good), abs(bad)):
            break
    return good


def _rounded(value: float, rule: Rule) -> list[float]:
    """The value to six digits, as near as it goes and then outwards (a fix must be enough, not almost enough)."""
    up = sense(rule.name) == "<="
    if unit(rule.name) == "count":
        whole = math.ceil(value - 1e-9) if up else math.floor(value + 1e-9)
        return [float(whole)] if whole >= 0 else []
    digits = 5 - math.floor(math.log10(abs(value))) if value else 0
    step = 10.0**-digits
    outward = [
        round(round(value, digits) + k * step * (1 if up else -1), digits) + 0.0 for k in range(3)
    ]
    limit = (lambda v: v <= 1) if unit(rule.name) == "share" else (lambda v: True)
    low = -1e300 if unit(rule.name) == "change" else 0.0
    return [v for v in outward if v >= low and limit(v)]


def relaxation(bench: Bench, rules: Sequence[Rule], core: Sequence[Rule]) -> tuple[Fix, ...]:
    """The smallest total change, each rule's measured against its own size: which rules give way together."""
    able = [rule for rule in rules if rule.name not in CURVED]
    rest = [rule for rule in rules if rule.name in CURVED]
    sketch = Sketch(bench.problem)
    total = 0.0 * sketch.spend()
    bindings: list[Comparison] = []
    sizes: list[list[float]] = []
    for k, rule in enumerate(able):
        slack = sketch._helper(free=False)
        sizes.append([])
        for row in rows(rule, sketch):
            size = _size(bench, row.right.atoms, row.right.constant)
            sizes[-1].append(size)
            bindings.append((row.excess <= slack * size).called(f"give{k}"))
        total = total - slack
    aim = Stated("goal", (total >= 0.0,), tuple(sketch.free), (*sketch.bindings, *bindings))

    def total_excess(spend: Array) -> float:
        plan = ledger(bench.problem, spend)
        return -sum(
            max(
                0.0,
                *(
                    float(row.excess) / size
                    for row, size in zip(rows(rule, plan), own, strict=True)
                ),
            )
            for rule, own in zip(able, sizes, strict=True)
        )

    found = bench.best(rest, 1e-6, goal=aim, truth=total_excess)
    if found.spend is None:
        return ()
    plan = ledger(bench.problem, found.spend)
    out = []
    for rule in able:
        result = judge(rule, plan)
        if not result.holds and result.achieved is not None:
            out.append(
                Fix(rule.name, _of(rule), float(rule.value), result.achieved, unit(rule.name))
            )
    return tuple(out)


def _size(bench: Bench, atoms: object, constant: float) -> float:
    """A size for a row's slack: its constant, or the budget's order for rows that compare two quantities."""
    if not atoms and constant:
        return abs(constant)
    return max(float(np.max(bench.reach(bench.problem.rules))), 1e-300)


def _of(rule: Rule) -> str | None:
    period = rule.options.get("period")
    if period is None:
        return rule.of
    return f"{rule.of} {period}" if rule.of else str(period)


def _nowhere(bench: Bench, rule: Rule, currency: str) -> RuleResult:
    """The rule as part of a conflict: there is no plan on which to say what it came to."""
    return RuleResult(
        rule.name,
        _of(rule),
        float(rule.value),
        None,
        False,
        unit(rule.name),
        sense(rule.name),
        None,
        text(rule, currency),
    )


def sentence(core: Sequence[Rule], currency: str) -> str:
    """The conflict in words."""
    shown = [said(rule, currency) for rule in core]
    if not shown:
        return _("no plan was found, though no set of rules could be shown to collide")
    if len(shown) == 1:
        return _("no plan can keep {rule}", rule=shown[0])
    return _(
        "no plan keeps all of these together: {rules} and {last}",
        rules=", ".join(shown[:-1]),
        last=shown[-1],
    )


def said(rule: Rule, currency: str) -> str:
    """ "max_cac 45 of xiaohongshu", with the amount as people write it."""
    locale, kind, value = Locale("en", currency), unit(rule.name), float(rule.value)
    number = locale.percent(value) if kind in ("share", "change") else f"{value:,.10g}"
    return f"{rule.name} {number}" + (f" of {_of(rule)}" if _of(rule) else "")


def static(problem: Problem, core: Sequence[Rule]) -> list[str]:
    """What can be seen without solving."""
    out = []
    floors = [rule for rule in core if rule.name in ("min", "fixed")]
    caps = [rule for rule in core if rule.name == "budget" and rule.of is None]
    total = sum(float(rule.value) for rule in floors)
    if floors and caps and total > float(caps[0].value):
        out.append(
            _(
                "the floors add up to {a}, more than the budget of {b}",
                a=f"{total:,.10g}",
                b=f"{float(caps[0].value):,.10g}",
            )
        )
    for rule in core:
        if rule.name == "max_cac":
            members = {problem.lines[int(i)].channel for i in problem.lines_of(rule.of)}
            best = min(
                (b for b in (best_cac(problem, name) for name in sorted(members)) if b is not None),
                default=None,
            )
            if best is not None and float(rule.value) < best:
                out.append(
                    f"a CAC of {float(rule.value):,.10g} is below the best any channel{' of ' + rule.of if rule.of else ''} can reach, {best:,.6g}"
                )
    return out
