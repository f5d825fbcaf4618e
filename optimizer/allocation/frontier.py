"""How the best plan changes as one thing changes: the budget, a rule, or exposure against
customers.

One search, solved again at every step: its refined grids are kept, so a sweep costs far less than
as many plans.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from optimizer.allocation.canonical import canonical
from optimizer.allocation.check import evaluate_rules
from optimizer.allocation.decision import Rule
from optimizer.allocation.evaluated import evaluate
from optimizer.allocation.incumbent import Incumbent
from optimizer.allocation.model import ConstraintBlock
from optimizer.allocation.outer_approximation import OuterApproximation
from optimizer.allocation.parametric import step_at, with_value
from optimizer.allocation.plan import Step
from optimizer.allocation.problem import Problem
from optimizer.allocation.rule import expand, overall_budget
from optimizer.allocation.rule_words import rule_text
from optimizer.allocation.sequential_lp import SequentialSearch, search_of
from optimizer.allocation.solver_settings import solve_gap
from optimizer.allocation.symbolic import SymbolicQuantities
from optimizer.errors import UserError
from optimizer.messages import Message, _, listed
from optimizer.progress import counted
from optimizer.registry import did_you_mean


def frontier(
    problem: Problem,
    over: str = "budget",
    start: float | None = None,
    stop: float | None = None,
    steps: int = 20,
    gap: float = 1e-4,
) -> tuple[Step, ...]:
    """The best plan at each of `steps` values of something.

    Parameters
    ----------
    problem
        The problem as it was stated.
    over
        "budget"; "exposure" (least exposure asked for, against the goal); or a rule of the problem,
        as `max_cac` or `max_cac:xiaohongshu`.
    start, stop
        Range (None: half to twice what it is; for exposure from what the best plan gives to the
        most there is).
    steps
        How many values, 2 or more.
    gap
        Relative distance of value and bound at which each plan is done.

    Returns
    -------
    tuple[Step, ...]
        A step without any plan is left out, and said in the next one's note; the notes name what
        changes: a channel that comes in or drops out, a rule that begins or ceases to bind.

    Raises
    ------
    UserError
        Where there is nothing of that name to vary, or no range.
    """
    if steps < 2:
        raise UserError(
            _("a frontier needs 2 steps or more, not {steps}", steps=steps),
            "--steps",
            _("for example --steps 20"),
        )
    ordered = canonical(problem, expand(problem)).problem
    search = search_of(ordered, "arrays", None)
    rules = list(ordered.rules)
    gap = max(solve_gap(search, gap), min(gap, 1e-6))  # a curve is looked at, not priced
    if isinstance(search, SequentialSearch):
        search.settled = search.best(rules, gap).spend
    if over == "exposure":
        return _against_exposure(search, rules, start, stop, steps, gap)
    k = _which(rules, over)
    now = float(rules[k].value)
    low, high = (now / 2 if start is None else start), (now * 2 if stop is None else stop)
    if not (np.isfinite(low) and np.isfinite(high)) or low > high or low < 0 or high == 0:
        raise _no_range(low, high)
    values = np.linspace(low, high, steps)
    return _sweep(search, [(float(v), with_value(rules, k, float(v))) for v in values], gap)


def _no_range(low: float, high: float) -> UserError:
    return UserError(
        _("there is no range from {low} to {high}", low=f"{low:,.10g}", high=f"{high:,.10g}"),
        "--from, --to",
        _("give two amounts, the smaller first"),
    )


def _which(rules: Sequence[Rule], over: str) -> int:
    """The number of the rule that is to be varied."""
    name, __, of = over.partition(":")
    if name == "budget" and not of:
        k = overall_budget(rules)
        if k is None:
            raise UserError(
                _("there is no budget to vary"),
                _("--over budget"),
                _("state a budget in the scenario"),
            )
        return k
    found = [k for k, rule in enumerate(rules) if rule.name == name and (not of or rule.of == of)]
    if len(found) == 1:
        return found[0]
    known = [f"{rule.name}:{rule.of}" if rule.of else rule.name for rule in rules] + ["exposure"]
    if found:
        raise UserError(
            _("'{over}' stands there {found} times", over=over, found=len(found)),
            f"--over {over}",
            did_you_mean(over + ":", [k for k in known if k.startswith(name)]),
        )
    raise UserError(
        _("the plan has no '{over}' to vary", over=over),
        f"--over {over}",
        did_you_mean(over, known),
    )


def _sweep(
    search: OuterApproximation, asked: Sequence[tuple[float, Sequence[Rule]]], gap: float
) -> tuple[Step, ...]:
    """The best plan for each of these rules, with what changes from one to the next."""
    out: list[Step] = []
    before: tuple[Incumbent, Sequence[Rule]] | None = None
    missing: list[float] = []
    for at, rules in counted(asked):
        found = search.best(rules, gap)
        if found.spend is None:
            missing.append(at)
            continue
        notes: list[Message] = []
        if missing:
            notes = [_("no plan at {names}", names=listed(f"{v:,.6g}" for v in missing))]
        missing = []
        if before is not None:
            notes += _changes(search.problem, *before, found, rules)
        note = listed(notes, "; ") if notes else ""
        out.append(step_at(search.problem, at, found, note))
        before = (found, rules)
    return tuple(out)


def _changes(
    problem: Problem,
    before: Incumbent,
    old_rules: Sequence[Rule],
    after: Incumbent,
    rules: Sequence[Rule],
) -> list[Message]:
    """What makes the kink between two neighbouring steps."""
    assert before.spend is not None
    assert after.spend is not None
    was, now = (
        {problem.decisions[int(i)].channel for i in np.flatnonzero(spend > 0)}
        for spend in (before.spend, after.spend)
    )
    out = [_("{name} comes in", name=name) for name in sorted(now - was)]
    out += [_("{name} drops out", name=name) for name in sorted(was - now)]
    held = evaluate_rules(old_rules, evaluate(problem, before.spend))
    holds = evaluate_rules(rules, evaluate(problem, after.spend))
    for old, new in zip(held, holds, strict=True):
        if new.spec.caps_total:
            continue
        if new.binds() and not old.binds():
            out.append(_("{rule} begins to bind", rule=rule_text(new.rule)))
        if old.binds() and not new.binds():
            out.append(_("{rule} no longer binds", rule=rule_text(new.rule)))
    return out


def _against_exposure(
    search: OuterApproximation,
    rules: Sequence[Rule],
    start: float | None,
    stop: float | None,
    steps: int,
    gap: float,
) -> tuple[Step, ...]:
    """The goal against a floor on exposure: from what the best plan gives anyway to the most there
    is.
    """
    problem = search.problem
    exposure = SymbolicQuantities(problem).exposure()
    best = search.best(rules, solve_gap(search, gap))
    if best.spend is None:
        return ()
    most = search.best(
        rules,
        gap,
        goal=ConstraintBlock("goal", (exposure >= 0.0,)),
        truth=lambda spend: float(evaluate(problem, spend).exposure()),
    )
    if most.spend is None:
        return ()
    low = float(evaluate(problem, best.spend).exposure()) if start is None else start
    high = float(evaluate(problem, most.spend).exposure()) if stop is None else stop
    if low > high:
        raise _no_range(low, high)
    values = [*np.linspace(low, high, steps)[:-1], high * (1 - 1e-6)]
    asked = [(float(v), [*rules, Rule("min_exposure", float(v))]) for v in values]
    return _sweep(search, asked, gap)
