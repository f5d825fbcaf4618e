"""As many people as possible: new customers, by the model in use or by the most careful one, and
exposures.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from optimizer.allocation.expression import Expression
from optimizer.allocation.goal import Options, goal
from optimizer.allocation.quantities import PlanQuantities
from optimizer.errors import UserError
from optimizer.messages import _, ngettext
from optimizer.registry import did_you_mean


@goal(
    title=_("new customers"), amount=ngettext("{amount} new customer", "{amount} new customers", 2)
)
def customers(plan: PlanQuantities) -> Expression:
    """As many new customers as possible."""
    return plan.customers()


@goal(
    title=_("exposure"),
    amount=ngettext("{amount} exposure", "{amount} exposures", 2),
    needs=("exposure",),
)
def exposure(plan: PlanQuantities) -> Expression:
    """As many exposures (touches) as possible."""
    return plan.exposure()


def read_models(raw: Any, where: str | None) -> Options:
    """{robust: {models: [markov, shapley]}}, or the list alone."""
    if not raw:
        return {}
    models = raw.get("models", ()) if isinstance(raw, Mapping) else raw
    if not isinstance(models, list | tuple):
        raise UserError(
            _("goal robust takes a list of models"),
            where,
            _("write {{robust: {{models: [markov, shapley]}}}}"),
        )
    return {"models": tuple(map(str, models))}


@goal(
    title=_("new customers by the most careful model"),
    amount=ngettext(
        "{amount} new customer by the most careful model",
        "{amount} new customers by the most careful model",
        2,
    ),
    reads=read_models,
)
def robust(plan: PlanQuantities, models: tuple[str, ...] = ()) -> Expression:
    """As many new customers as possible by the attribution model that sees the fewest."""
    known = sorted(
        {
            key.partition(":")[2]
            for decision in plan.problem.decisions
            for key in decision.curves
            if key.startswith("model:")
        }
    )
    for name in models:
        if name not in known:
            raise UserError(
                _("there is no response by model '{name}'", name=name),
                fix=did_you_mean(name, known),
            )
    return plan.least([plan.by_model(name) for name in models or known] or [plan.customers()])
