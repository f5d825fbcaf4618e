"""A conflict of rules in words."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.allocation.decision import Rule
from optimizer.allocation.problem import Problem
from optimizer.allocation.rule import overall_budget, spec_of
from optimizer.allocation.rule_words import rule_text
from optimizer.messages import Message, Quantity, _, listed


def conflict_message(core: Sequence[Rule]) -> Message:
    """The conflict in words."""
    shown = [_with_place(rule) for rule in core]
    if not shown:
        return _("no plan was found, though no set of rules could be shown to collide")
    if len(shown) == 1:
        return _("no plan can keep {rule}", rule=shown[0])
    return _(
        "no plan keeps all of these together: {rules} and {last}",
        rules=listed(shown[:-1]),
        last=shown[-1],
    )


def _with_place(rule: Rule) -> Message:
    """A rule with its period, shares as percentages: "max_share 40% of xiaohongshu"."""
    share = spec_of(rule).unit in ("share", "change")
    bound = Quantity(float(rule.value), "share", digits=0) if share else None
    return rule_text(rule, bound, rule.about)


def foreseen(problem: Problem, core: Sequence[Rule]) -> list[Message]:
    """What can be seen without solving.

    Parameters
    ----------
    problem
        The problem as it was stated.
    core
        The rules that collide.
    """
    out = []
    floors = sum(float(rule.value) for rule in core if spec_of(rule).floors == "spend")
    k = overall_budget(core)
    if k is not None and floors > float(core[k].value):
        out.append(
            _(
                "the floors add up to {a}, more than the budget of {b}",
                a=f"{floors:,.10g}",
                b=core[k].bound,
            )
        )
    for rule in core:
        foresees = spec_of(rule).foresees
        said = None if foresees is None else foresees(rule, problem)
        if said is not None:
            out.append(said)
    return out
