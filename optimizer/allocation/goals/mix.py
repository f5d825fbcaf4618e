"""Several goals at once, weighted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from optimizer.allocation.expression import Expression
from optimizer.allocation.goal import GOALS, Options, goal, read_number
from optimizer.allocation.quantities import PlanQuantities
from optimizer.errors import UserError
from optimizer.messages import _
from optimizer.registry import did_you_mean
from optimizer.units import Amount


def read_weights(raw: Any, where: str | None) -> Options:
    """{mix: {customers: 1, exposure: 0.001}}."""
    if not isinstance(raw, Mapping) or not raw:
        raise UserError(
            _("goal mix needs weights"),
            where,
            _("write {{mix: {{customers: 1, exposure: 0.001}}}}"),
        )
    given = raw.get("weights", raw)
    return {"weights": {str(key): read_number(value, where) for key, value in given.items()}}


@goal(
    title=_("weighted goal"),
    amount=_("{amount} on the weighted goal"),
    needs=(),
    reads=read_weights,
)
def mix(plan: PlanQuantities, weights: dict[str, Amount]) -> Expression:
    """A weighted sum of goals, such as {customers: 1, exposure: 0.001}."""
    total = Expression()
    mixable = [name for name in GOALS if GOALS[name].mixable]
    for name, weight in weights.items():
        if name not in mixable:
            raise UserError(
                _("'{name}' cannot be mixed", name=name), fix=did_you_mean(name, mixable)
            )
        total = total + GOALS[name].function(plan) * weight
    return total
