"""The goals. Each function states what a plan makes as large as it can."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from optimizer.allocation.expression import Expression
from optimizer.allocation.problem import Goal
from optimizer.allocation.view import View
from optimizer.errors import UserError
from optimizer.messages import _
from optimizer.registry import Registry, did_you_mean
from optimizer.units import Amount, Change

GOALS: Registry[Callable[..., Expression]] = Registry(_("goal"), "optimizer.goals")


@GOALS.register
def customers(plan: View) -> Expression:
    """As many new customers as possible."""
    return plan.customers()


@GOALS.register
def revenue(plan: View) -> Expression:
    """As much revenue (GMV) as possible."""
    return plan.revenue()


@GOALS.register
def profit(plan: View) -> Expression:
    """As much profit (margin minus spend) as possible."""
    return plan.profit()


@GOALS.register
def ltv(plan: View) -> Expression:
    """As much lifetime margin of the customers won as possible."""
    return plan.lifetime()


@GOALS.register
def exposure(plan: View) -> Expression:
    """As many exposures (touches) as possible."""
    return plan.exposure()


@GOALS.register
def mix(plan: View, weights: dict[str, Amount]) -> Expression:
    """A weighted sum of goals, such as {customers: 1, exposure: 0.001}."""
    total = Expression()
    for name, weight in weights.items():
        if name not in ("customers", "revenue", "profit", "ltv", "exposure"):
            raise UserError(
                _("'{name}' cannot be mixed", name=name),
                fix=did_you_mean(name, ["customers", "revenue", "profit", "ltv", "exposure"]),
            )
        total = total + GOALS[name](plan) * weight
    return total


@GOALS.register
def robust(plan: View, models: tuple[str, ...] = ()) -> Expression:
    """As many new customers as possible by the attribution model that sees the fewest."""
    known = sorted(
        {
            key.partition(":")[2]
            for line in plan.problem.lines
            for key in line.curves
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


@GOALS.register
def min_spend(plan: View, targets: dict[str, Change] | None = None) -> Expression:
    """As little spend as possible that still keeps the rules and reaches the `targets` (gmv_change, customers_change,
    cac_change, against today)."""
    return -plan.spend()


def minimises(goal: Goal) -> bool:
    """Whether the goal's number is to be small (the certificate's bound then lies below)."""
    return goal.name == "min_spend"


def read_goal(raw: Any, where: str | None = None) -> Goal:
    """`customers`, or a mapping such as {mix: {customers: 1, exposure: 0.001}} or {min_spend: {targets: ...}}."""
    if isinstance(raw, str):
        name, options = raw, None
    elif isinstance(raw, Mapping) and len(raw) == 1:
        name, options = next(iter(raw.items()))
    else:
        raise UserError(
            _("a goal is a name, or one name with its options"),
            where,
            _("write goal: customers; see `optimizer list goals`"),
        )
    if name not in GOALS:
        raise UserError(
            _("unknown goal '{name}'", name=name), where, did_you_mean(str(name), GOALS)
        )
    return Goal(str(name), _options(str(name), options, where))


def _options(name: str, raw: Any, where: str | None) -> dict[str, Any]:
    if name == "mix":
        if not isinstance(raw, Mapping) or not raw:
            raise UserError(
                _("goal mix needs weights"),
                where,
                _("write {{mix: {{customers: 1, exposure: 0.001}}}}"),
            )
        return {
            "weights": {
                str(key): _number(value, where) for key, value in raw.get("weights", raw).items()
            }
        }
    if name == "robust" and raw:
        models = raw.get("models", ()) if isinstance(raw, Mapping) else raw
        if not isinstance(models, list | tuple):
            raise UserError(
                _("goal robust takes a list of models"),
                where,
                _("write {{robust: {{models: [markov, shapley]}}}}"),
            )
        return {"models": tuple(map(str, models))}
    if name == "min_spend" and raw:
        targets = raw.get("targets", {}) if isinstance(raw, Mapping) else None
        if not isinstance(targets, Mapping) or set(raw) - {"targets"}:
            raise UserError(
                _("goal min_spend takes targets"),
                where,
                _("write {{min_spend: {{targets: {{gmv_change: +20%}}}}}}"),
            )
        known = ["gmv_change", "customers_change", "cac_change"]
        for key in targets:
            if key not in known:
                raise UserError(
                    _("unknown target '{key}'", key=key), where, did_you_mean(str(key), known)
                )
        return {"targets": {str(key): _number(value, where) for key, value in targets.items()}}
    if raw:
        raise UserError(
            _("goal {name} takes no options", name=name), where, _("write goal: {name}", name=name)
        )
    return {}


def _number(raw: Any, where: str | None) -> float:
    import math

    text = raw.strip() if isinstance(raw, str) else raw
    try:
        value = (
            float(text[:-1]) / 100 if isinstance(text, str) and text.endswith("%") else float(text)
        )
    except (TypeError, ValueError):
        value = math.nan
    if isinstance(raw, bool) or not math.isfinite(value):
        raise UserError(
            _("{raw} is not a number", raw=repr(raw)),
            where,
            _("write a number, or a percentage such as +20%"),
        )
    return value
