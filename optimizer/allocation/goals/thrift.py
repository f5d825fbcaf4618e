"""As little as possible: money spent, or money moved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from optimizer.allocation.expression import Expression
from optimizer.allocation.goal import Options, goal, read_number
from optimizer.allocation.quantities import PlanQuantities
from optimizer.errors import UserError
from optimizer.messages import _
from optimizer.registry import did_you_mean
from optimizer.units import Change

TARGETS = ("gmv_change", "customers_change", "cac_change")


def read_targets(raw: Any, where: str | None) -> Options:
    """{min_spend: {targets: {gmv_change: +20%}}}."""
    if not raw:
        return {}
    targets = raw.get("targets", {}) if isinstance(raw, Mapping) else None
    if not isinstance(targets, Mapping) or set(raw) - {"targets"}:
        raise UserError(
            _("goal min_spend takes targets"),
            where,
            _("write {{min_spend: {{targets: {{gmv_change: +20%}}}}}}"),
        )
    for key in targets:
        if key not in TARGETS:
            raise UserError(
                _("unknown target '{key}'", key=key), where, did_you_mean(str(key), TARGETS)
            )
    return {"targets": {str(key): read_number(value, where) for key, value in targets.items()}}


@goal(
    title=_("least spend"),
    amount=_("{amount} of spend"),
    unit="money",
    needs=(),
    minimises=True,
    reads=read_targets,
)
def min_spend(plan: PlanQuantities, targets: dict[str, Change] | None = None) -> Expression:
    """As little spend as possible that still keeps the rules and reaches the `targets` (gmv_change,
    customers_change, cac_change, against today)."""
    return -plan.spend()


@goal(
    title=_("least change"),
    amount=_("{amount} moved against today"),
    unit="money",
    needs=(),
    minimises=True,
)
def min_change(plan: PlanQuantities) -> Expression:
    """As little change against today's spend as possible, up and down added."""
    total = Expression()
    for i, decision in enumerate(plan.problem.decisions):
        if decision.idle:
            continue
        today = plan.current_of(i)
        spend = plan.total("spend", np.array([i]))
        total = total + plan.least([spend - today, today - spend])
    return total
