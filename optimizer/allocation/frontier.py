"""How the best plan changes as one thing changes: the budget, a rule, or exposure against customers.

One bench, solved again at every step: its refined grids are kept, so a sweep costs far less than as many plans.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from optimizer.allocation.check import ledger
from optimizer.allocation.effort import sharp
from optimizer.allocation.engine import Bench, Found
from optimizer.allocation.expand import expand
from optimizer.allocation.explain import tight
from optimizer.allocation.model import Stated
from optimizer.allocation.order import canonical
from optimizer.allocation.plan import Step
from optimizer.allocation.problem import Problem, Rule
from optimizer.allocation.sweep import overall, step_of
from optimizer.allocation.view import Sketch
from optimizer.errors import UserError
from optimizer.messages import _
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

    over: "budget"; "exposure" (least exposure asked for, against the goal); or a rule of the problem, as `max_cac` or
    `max_cac:xiaohongshu`. start, stop: range (None: half to twice what it is; for exposure from what the best plan
    gives to the most there is). A step without any plan is left out, and said in the next one's note; the notes name
    what changes: a channel that comes in or drops out, a rule that begins or ceases to bind.
    """
    if steps < 2:
        raise UserError(
            _("a frontier needs 2 steps or more, not {steps}", steps=steps),
            "--steps",
            _("for example --steps 20"),
        )
    ordered, __, __ = canonical(problem, expand(problem))
    bench = Bench(ordered, "arrays")
    rules = list(ordered.rules)
    gap = max(sharp(bench, gap), min(gap, 1e-6))  # a curve is looked at, not priced
    if over == "exposure":
        return _against_exposure(bench, rules, start, stop, steps, gap)
    k = _which(rules, over)
    now = float(rules[k].value)
    low, high = (now / 2 if start is None else start), (now * 2 if stop is None else stop)
    if not (np.isfinite(low) and np.isfinite(high)) or low > high or low < 0 or high == 0:
        raise UserError(
            _("there is no range from {low} to {high}", low=f"{low:,.10g}", high=f"{high:,.10g}"),
            "--from, --to",
            _("give two amounts, the smaller first"),
        )
    values = np.linspace(low, high, steps)
    return _sweep(
        bench,
        [
            (float(v), [*rules[:k], replace(rules[k], value=float(v)), *rules[k + 1 :]])
            for v in values
        ],
        gap,
    )


def _which(rules: Sequence[Rule], over: str) -> int:
    name, __, of = over.partition(":")
    if name == "budget" and not of:
        k = overall(rules)
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
    bench: Bench, asked: Sequence[tuple[float, Sequence[Rule]]], gap: float
) -> tuple[Step, ...]:
    out: list[Step] = []
    before: tuple[Found, Sequence[Rule]] | None = None
    missing: list[float] = []
    for at, rules in counted(asked):
        found = bench.best(rules, gap)
        if found.spend is None:
            missing.append(at)
            continue
        note = (
            [_("no plan at {names}", names=", ".join(f"{v:,.6g}" for v in missing))]
            if missing
            else []
        )
        missing = []
        if before is not None:
            note += _changes(bench.problem, *before, found, rules)
        out.append(step_of(bench.problem, at, found, "; ".join(note)))
        before = (found, rules)
    return tuple(out)


def _changes(
    problem: Problem, before: Found, old_rules: Sequence[Rule], after: Found, rules: Sequence[Rule]
) -> list[str]:
    """What makes the kink between two neighbouring steps."""
    assert before.spend is not None
    assert after.spend is not None
    was, now = (
        {problem.lines[i].channel for i in np.flatnonzero(f.spend > 0)} for f in (before, after)
    )  # type: ignore[operator]
    out = [_("{name} comes in", name=name) for name in sorted(now - was)] + [
        _("{name} drops out", name=name) for name in sorted(was - now)
    ]
    one, two = ledger(problem, before.spend), ledger(problem, after.spend)
    for old, rule in zip(old_rules, rules, strict=True):
        if rule.name == "budget":
            continue
        held, holds = tight(old, one), tight(rule, two)
        if holds and not held:
            out.append(_("{rule} begins to bind", rule=rule))
        if held and not holds:
            out.append(_("{rule} no longer binds", rule=rule))
    return out


def _against_exposure(
    bench: Bench,
    rules: Sequence[Rule],
    start: float | None,
    stop: float | None,
    steps: int,
    gap: float,
) -> tuple[Step, ...]:
    """The goal against a floor on exposure: from the exposure the best plan gives anyway to the most there is."""
    sketch = Sketch(bench.problem)
    exposure = sketch.exposure()
    best = bench.best(rules, sharp(bench, gap))
    if best.spend is None:
        return ()
    most = bench.best(
        rules,
        gap,
        goal=Stated("goal", (exposure >= 0.0,)),
        truth=lambda spend: float(ledger(bench.problem, spend).exposure()),
    )
    if most.spend is None:
        return ()
    low = float(ledger(bench.problem, best.spend).exposure()) if start is None else start
    high = float(ledger(bench.problem, most.spend).exposure()) if stop is None else stop
    if low > high:
        raise UserError(
            _("there is no range from {low} to {high}", low=f"{low:,.10g}", high=f"{high:,.10g}"),
            "--from, --to",
            _("give two amounts, the smaller first"),
        )
    values = [*np.linspace(low, high, steps)[:-1], high * (1 - 1e-6)]
    return _sweep(
        bench, [(float(v), [*rules, Rule("min_exposure", float(v))]) for v in values], gap
    )
