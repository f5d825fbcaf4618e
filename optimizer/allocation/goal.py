"""What a goal is: one function that states what a plan makes as large as it can, and what it
declares beside it.

The function is called with `PlanQuantities`, as a rule is, and its expression must grow with
customers and exposure, never fall. A goal that is to be small returns the negative and says
`minimises=True`, so that reports and certificates print the number the right way round. The
program's own goals stand in `optimizer.allocation.goals`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from inspect import Parameter, cleandoc, signature
from typing import Any, Literal

from optimizer.allocation.decision import Goal
from optimizer.allocation.evaluated import EvaluatedQuantities
from optimizer.allocation.expression import Expression
from optimizer.allocation.quantities import PlanQuantities
from optimizer.errors import UserError
from optimizer.messages import Message, _
from optimizer.registry import Registry, did_you_mean

GoalFunction = Callable[..., Expression]
GoalUnit = Literal["money", "count"]
Options = dict[str, Any]


@dataclass(frozen=True, eq=False)
class GoalSpec:
    """A registered goal: its function, and what it declares.

    Parameters
    ----------
    name
        What stands behind `goal:` in a scenario.
    function
        (plan, further options) -> the expression that is made as large as it can be.
    title
        The goal in words: "new customers".
    amount
        A value of the goal in words, with the slot `{amount}`: "{amount} new customers".
    unit
        Of its value: "money" or "count".
    needs
        What must be known to pursue it: customers, value, margin, ltv, exposure.
    minimises
        Its number is to be small (the function returns the negative).
    reads
        (what a scenario says beside the name, where) -> the function's options.
    """

    name: str
    function: GoalFunction
    title: Message
    amount: Message
    unit: GoalUnit
    needs: tuple[str, ...]
    minimises: bool
    reads: Callable[[Any, str | None], Options]

    @property
    def help(self) -> str:
        """First paragraph of the function's docstring."""
        return " ".join(cleandoc(self.function.__doc__ or "").split("\n\n")[0].split())

    @property
    def mixable(self) -> bool:
        """Whether it can stand in a weighted sum: it takes no options, and more of it is better."""
        return not self.minimises and len(signature(self.function).parameters) == 1

    @property
    def plain(self) -> bool:
        """Whether it can be named without options."""
        taken = list(signature(self.function).parameters.values())[1:]
        return all(parameter.default is not Parameter.empty for parameter in taken)

    def shown(self, value: float) -> float:
        """The function's value as a person reads it: a spend to be small is positive."""
        return (-value if self.minimises else value) + 0.0


def _kept(name: str, spec: GoalSpec) -> None:
    """The contract of a goal, checked on its way into the family."""
    if not isinstance(spec, GoalSpec):
        raise TypeError("a goal is a function decorated with optimizer.allocation.goal.goal")
    if spec.unit not in ("money", "count"):
        raise ValueError(f"goal '{name}': unit is money or count")
    if "{amount}" not in spec.amount.template:
        raise ValueError(f"goal '{name}': its amount has no slot {{amount}}")


GOALS: Registry[GoalSpec] = Registry(
    _("goal"), "optimizer.goals", _kept, home="optimizer.allocation.goals"
)


def goal(
    name: str | None = None,
    /,
    *,
    title: Message,
    amount: Message,
    unit: GoalUnit = "count",
    needs: Iterable[str] = ("customers",),
    minimises: bool = False,
    reads: Callable[[Any, str | None], Options] | None = None,
) -> Callable[[GoalFunction], GoalSpec]:
    """Register a function as a goal; see `GoalSpec` for what is declared.

    Parameters
    ----------
    name
        What stands behind `goal:` (None: the function's name).
    title, amount, unit, needs, minimises
        As in `GoalSpec`.
    reads
        As in `GoalSpec` (None: a mapping of the function's own parameters).

    Examples
    --------
    >>> str(GOALS["customers"].title), GOALS["customers"].unit, GOALS["min_spend"].minimises
    ('new customers', 'count', True)
    """

    def registered(function: GoalFunction) -> GoalSpec:
        key = name or str(function.__name__)
        read = reads or (lambda raw, where: _named_options(key, function, raw, where))
        spec = GoalSpec(key, function, title, amount, unit, tuple(needs), minimises, read)
        return GOALS.add(key, spec)

    return registered


def objective(goal: Goal, plan: PlanQuantities) -> Expression:
    """What a plan is worth by a goal: an expression, or on a finished plan a number.

    Parameters
    ----------
    goal
        A goal with its options.
    plan
        A plan, known or not.
    """
    return GOALS[goal.name].function(plan, **goal.options)


def objective_value(goal: Goal, plan: EvaluatedQuantities) -> float:
    """The goal's number on a finished plan, as a person reads it."""
    return GOALS[goal.name].shown(float(objective(goal, plan)))


def read_goal(raw: Any, where: str | None = None) -> Goal:
    """The goal of a scenario.

    Parameters
    ----------
    raw
        `customers`, or a mapping such as {mix: {customers: 1, exposure: 0.001}}.
    where
        Its place, for messages.

    Raises
    ------
    UserError
        For an unknown goal, or options it does not take.
    """
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
    return Goal(str(name), GOALS[str(name)].reads(options, where))


def _named_options(name: str, function: GoalFunction, raw: Any, where: str | None) -> Options:
    """The options of a goal by the names of its parameters."""
    known = list(signature(function).parameters.values())[1:]
    if not known:
        if raw:
            raise UserError(
                _("goal {name} takes no options", name=name),
                where,
                _("write goal: {name}", name=name),
            )
        return {}
    names = [parameter.name for parameter in known]
    given = dict(raw) if isinstance(raw, Mapping) else {} if not raw else {names[0]: raw}
    for key in given:
        if key not in names:
            raise UserError(_("unknown key '{odd}'", odd=key), where, did_you_mean(str(key), names))
    for parameter in known:
        if parameter.default is Parameter.empty and parameter.name not in given:
            raise UserError(_("{path} needs '{key}'", path=name, key=parameter.name), where)
    return given


def read_number(raw: Any, where: str | None) -> float:
    """A number of a goal's options, or a percentage such as +20 %.

    Parameters
    ----------
    raw
        As the scenario holds it.
    where
        Its place, for the message.

    Raises
    ------
    UserError
        Where it is no finite number.
    """
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
