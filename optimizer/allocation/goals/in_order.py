"""Several goals one after the other: what one leaves open the next decides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from optimizer.allocation.expression import Expression
from optimizer.allocation.goal import GOALS, Options, goal, read_number
from optimizer.allocation.quantities import PlanQuantities
from optimizer.errors import UserError
from optimizer.messages import _
from optimizer.registry import did_you_mean
from optimizer.units import Share

SLACK = 0.001


def read_order(raw: Any, where: str | None) -> Options:
    """{in_order: [customers, min_spend]}, or {in_order: {goals: [...], slack: 1%}}."""
    given = dict(raw) if isinstance(raw, Mapping) else {"goals": raw}
    names = given.pop("goals", None)
    slack = read_number(given.pop("slack", SLACK), where)
    several = isinstance(names, list | tuple) and len(names) > 1 and len(set(names)) == len(names)
    if given or not several or not 0 <= slack < 1:
        raise UserError(
            _("goal in_order needs several goals, the first of them first"),
            where,
            _("write {{in_order: {{goals: [customers, min_spend, min_change], slack: 1%}}}}"),
        )
    known = [name for name in GOALS if GOALS[name].plain and name != "in_order"]
    for name in names:
        if name not in known:
            raise UserError(
                _("unknown goal '{name}'", name=name), where, did_you_mean(str(name), known)
            )
    return {"goals": tuple(map(str, names)), "slack": slack}


@goal(title=_("goals in order"), amount=_("{amount} by the first goal"), needs=(), reads=read_order)
def in_order(plan: PlanQuantities, goals: tuple[str, ...], slack: Share = SLACK) -> Expression:
    """The first goal as far as it goes, then the second as far as the first allows, and so on; each
    gives up `slack` of what it reached (0.1 %) to those after it.
    """
    for name in goals[1:]:
        GOALS[name].function(plan)  # what it needs must be known
    return GOALS[goals[0]].function(plan)
