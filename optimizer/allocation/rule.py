"""What a rule is: one function, and what it declares beside it.

The function's name is the YAML key, its docstring the help and the report's text, its comparison a
row of the model and, on the finished plan, the check on the true curves. State a rule as one
quantity against another (`spend <= value * customers`, not their difference `<= 0`): the check is
relative to the larger one.

A function is called with `PlanQuantities`: before the plan is known (expressions) and after
(numbers). It returns one comparison, several, or, where a rule is short for several simpler ones,
those rules. Every rule must reward more customers and more exposure, never fewer: see
docs/explanation/allocation.md. What the planner must know of a rule is declared where it is
registered (`@rule(...)`), never guessed from its name. The program's own rules stand in
`optimizer.allocation.rules`, one theme a file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from inspect import Parameter, cleandoc, signature
from typing import Annotated, Any, Literal, get_args, get_type_hints

import numpy as np

from optimizer.allocation.decision import Rule
from optimizer.allocation.expression import Comparison
from optimizer.allocation.problem import EACH, Problem
from optimizer.allocation.quantities import PlanQuantities
from optimizer.allocation.symbolic import SymbolicQuantities
from optimizer.errors import UserError
from optimizer.messages import Message, _
from optimizer.registry import Registry
from optimizer.units import Kind

Direction = Literal["at most", "at least", "both", "none"]
Bounded = Literal["spend", "posts", "paid", "steps", "change"]
RuleRows = Comparison | Sequence[Comparison] | Sequence[Rule]
RuleFunction = Callable[..., RuleRows]
By = Literal["spend", "posts", "exposure"]
Fraction = Annotated[float, Kind("share", 5e-324, 1, hint=_("a share above 0, at most 1"))]

UNITS = ("money", "ratio", "share", "change", "count", "amount")
DIRECTIONS = ("at most", "at least", "both", "none")
JUDGED_BY_DRAWS = {"customers", "revenue", "margin"}  # of these the report says how sure a rule is


@dataclass(frozen=True, eq=False)
class RuleSpec:
    """A registered rule: its function, and what it declares.

    Parameters
    ----------
    name
        The key in a scenario.
    function
        (plan, value, of=..., period=..., further options) -> comparisons, or simpler rules.
    title
        The rule in words, to stand before its value: "CAC at most".
    direction
        On which side of the value a plan must stay: "at most" (a larger value leaves more room),
        "at least" (a smaller one does), "both" (exactly there), "none" (neither a larger nor a smaller
        one leaves more room, or the value is no number).
    speaks_of
        The quantities of a plan it compares: spend, posts, paid, exposure, customers, revenue,
        margin, lifetime, stage, resource, marginal, channels (how many are used), draws.
    unit
        Of the value: money | ratio | share | change | count | amount.
    bounds
        What the value itself bounds for the channels the rule is about: "spend" (currency),
        "posts", "paid" (currency that has left the account by a period), "steps" (spend is a
        multiple of it), or "change" (as a share of today's spend). The search and the tie-break
        keep the others to the digit.
    caps_total
        Stated of the whole plan it is the plan's budget.
    linear
        Its rows are linear in its value.
    foresees
        Says without solving why no plan can keep it, where that can be seen.
    """

    name: str
    function: RuleFunction
    title: Message
    direction: Direction
    speaks_of: tuple[str, ...]
    unit: str
    bounds: Bounded | None = None
    caps_total: bool = False
    linear: bool = True
    foresees: Callable[[Rule, Problem], Message | None] | None = None

    @property
    def help(self) -> str:
        """First paragraph of the function's docstring."""
        return " ".join(cleandoc(self.function.__doc__ or "").split("\n\n")[0].split())

    @cached_property
    def parameters(self) -> Mapping[str, Parameter]:
        """The function's arguments, `plan` not among them."""
        found = dict(signature(self.function).parameters)
        found.pop("plan", None)
        return found

    @cached_property
    def hints(self) -> Mapping[str, Any]:
        """Argument -> type, with its range and its unit."""
        return get_type_hints(self.function, include_extras=True)

    @cached_property
    def range(self) -> tuple[float, float]:
        """The least and the largest value its annotation allows."""
        kind = _kind(self.hints.get("value"))
        return (-np.inf, np.inf) if kind is None else (kind.low, kind.high)

    @property
    def speaks_of_whole_plan(self) -> bool:
        """Whether it speaks of the whole plan where no `of` is given."""
        of = self.parameters.get("of")
        return of is not None and of.default is None

    @property
    def sense(self) -> str:
        """ "<=" | ">=" | "=": on which side of its value a plan must stay ("": on neither)."""
        return {"at most": "<=", "at least": ">=", "both": "="}.get(self.direction, "")

    @property
    def caps(self) -> Bounded | None:
        """What the value bounds from above (None: nothing by itself)."""
        return self.bounds if self.direction in ("at most", "both") else None

    @property
    def floors(self) -> Bounded | None:
        """What the value bounds from below (None: nothing by itself)."""
        return self.bounds if self.direction in ("at least", "both") else None

    @property
    def counts_channels(self) -> bool:
        """Whether it asks which channels are used, so that the model needs binaries."""
        return "channels" in self.speaks_of

    @property
    def by_draws(self) -> bool:
        """Whether it is itself about the draws of the data."""
        return "draws" in self.speaks_of

    @property
    def has_chance(self) -> bool:
        """Whether it holds in some draws of the data and not in others."""
        return not self.by_draws and not JUDGED_BY_DRAWS.isdisjoint(self.speaks_of)

    @property
    def looser(self) -> tuple[float, ...]:
        """Signs of the changes of its value that leave a plan more room."""
        return {"at most": (1.0,), "at least": (-1.0,), "both": (1.0, -1.0)}.get(self.direction, ())


def _kept(name: str, spec: RuleSpec) -> None:
    """The contract of a rule, checked on its way into the family."""
    if not isinstance(spec, RuleSpec):
        raise TypeError("a rule is a function decorated with optimizer.allocation.rule.rule")
    if "value" not in spec.parameters:
        raise TypeError(f"rule '{name}' takes no argument 'value'")
    if spec.direction not in DIRECTIONS:
        raise ValueError(f"rule '{name}': direction is one of {', '.join(DIRECTIONS)}")
    if spec.unit not in UNITS:
        raise ValueError(f"rule '{name}': unit is one of {', '.join(UNITS)}")
    if not spec.speaks_of:
        raise ValueError(f"rule '{name}' speaks of nothing")


RULES: Registry[RuleSpec] = Registry(
    _("rule"), "optimizer.rules", _kept, home="optimizer.allocation.rules"
)


def rule(
    name: str | None = None,
    /,
    *,
    title: Message,
    direction: Direction,
    speaks_of: Iterable[str],
    unit: str | None = None,
    bounds: Bounded | None = None,
    caps_total: bool = False,
    linear: bool = True,
    foresees: Callable[[Rule, Problem], Message | None] | None = None,
) -> Callable[[RuleFunction], RuleSpec]:
    """Register a function as a rule; see `RuleSpec` for what is declared.

    Parameters
    ----------
    name
        The key in a scenario (None: the function's name).
    title, direction, speaks_of, bounds, caps_total, linear, foresees
        As in `RuleSpec`.
    unit
        Of the value (None: as the annotation of `value` says).

    Examples
    --------
    >>> RULES["max_cac"].direction, RULES["max_cac"].unit, str(RULES["max_cac"].title)
    ('at most', 'money', 'CAC at most')
    """

    def registered(function: RuleFunction) -> RuleSpec:
        key = name or str(function.__name__)
        spec = RuleSpec(
            key,
            function,
            title,
            direction,
            tuple(speaks_of),
            unit or _unit(function),
            bounds,
            caps_total,
            linear,
            foresees,
        )
        return RULES.add(key, spec)

    return registered


def _unit(function: RuleFunction) -> str:
    """What the value is, by its annotation: money, ratio, share, change, count, amount."""
    kind = _kind(get_type_hints(function, include_extras=True).get("value"))
    name = "amount" if kind is None else kind.name.removeprefix("positive ")
    return name if name in UNITS else "amount"


def _kind(hint: Any) -> Kind | None:
    for part in (hint, *get_args(hint)):
        for kind in getattr(part, "__metadata__", ()):
            if isinstance(kind, Kind):
                return kind
    return None


def spec_of(rule: Rule) -> RuleSpec:
    """What a stated rule declares."""
    return RULES[rule.name]


def comparisons(rule: Rule, plan: PlanQuantities) -> list[Comparison]:
    """The rows of a simple rule.

    Parameters
    ----------
    rule
        A rule that stands for itself (see `simple_rules`).
    plan
        A plan, known or not.
    """
    found = spec_of(rule).function(plan, rule.value, **_arguments(rule))
    rows = [found] if isinstance(found, Comparison) else list(found)
    if any(isinstance(item, Rule) for item in rows):
        raise TypeError(f"{rule} stands for simpler rules; expand it first")
    return [item for item in rows if isinstance(item, Comparison)]


def simple_rules(rule: Rule, plan: PlanQuantities) -> list[Rule]:
    """The rules a rule is short for, each with a single number: itself, mostly.

    Parameters
    ----------
    rule
        As it was stated.
    plan
        A plan not yet known.

    Raises
    ------
    UserError
        Where it names what is not there, with its place.
    """
    spec = spec_of(rule)
    if rule.period == EACH and EACH not in plan.problem.period_names:
        names = plan.problem.period_names
        own = (
            [{**rule.options, "period": name} for name in names]
            if len(names) > 1
            else [{key: value for key, value in rule.options.items() if key != "period"}]
        )
        return [
            part for options in own for part in simple_rules(replace(rule, options=options), plan)
        ]
    for name, needed in spec.parameters.items():
        given = name in ("value", *rule.options) or (name == "of" and rule.of is not None)
        if needed.default is Parameter.empty and not given:
            raise UserError(
                _("{path} needs '{key}'", path=rule.name, key=name),
                rule.where,
                _("write {{{name}: ..., {name2}: ...}}", name=rule.name, name2=name),
            )
    try:
        found = spec.function(plan, rule.value, **_arguments(rule))
    except UserError as error:
        problem = error.problems[0]
        raise UserError(
            _("{where}: {what}", where=rule.name, what=problem.what),
            problem.where or rule.where,
            problem.fix,
        ) from None
    if isinstance(found, Comparison) or not found or isinstance(found[0], Comparison):
        return [rule]
    parts = [replace(part, where=rule.where) for part in found if isinstance(part, Rule)]
    return [part for inner in parts for part in simple_rules(inner, plan)]


def _arguments(rule: Rule) -> dict[str, object]:
    return {**({} if rule.of is None else {"of": rule.of}), **rule.options}


def expand(problem: Problem) -> list[Rule]:
    """The rules as they are solved: each one number, each with the place where it was written.

    Raises
    ------
    UserError
        With its place, for a rule that cannot be.
    """
    plan = SymbolicQuantities(problem)
    out: list[Rule] = []
    seen = set()
    for stated in problem.rules:
        for part in simple_rules(stated, plan):
            _check_value(part)
            if (part.key, part.value) not in seen:
                seen.add((part.key, part.value))
                out.append(part)
    return out


def _check_value(rule: Rule) -> None:
    if not isinstance(rule.value, int | float) or not np.isfinite(rule.value):
        raise UserError(
            _("{name} is {value}", name=rule.name, value=rule.value),
            rule.where,
            _("a finite number"),
        )
    least = spec_of(rule).range[0]
    if rule.value == 0 < least:
        raise UserError(
            _("{name} is {value}", name=rule.name, value=rule.value),
            rule.where,
            _("a number above 0"),
        )
    if rule.value < 0 <= least:
        raise UserError(
            _("{name} is negative: {cell}", name=rule.name, cell=rule.bound),
            rule.where,
            _("a number, 0 or more"),
        )


def overall_budget(rules: Sequence[Rule]) -> int | None:
    """Which rule caps the spend of the whole plan (None: no rule does)."""
    for k, stated in enumerate(rules):
        if spec_of(stated).caps_total and stated.of is None and stated.period is None:
            return k
    return None


def budget_of(problem: Problem) -> float | None:
    """The overall budget, currency (None: none is stated)."""
    found = [
        float(stated.value)
        for stated in problem.rules
        if spec_of(stated).caps_total and stated.of is None and not stated.options
    ]
    return min(found, default=None)
