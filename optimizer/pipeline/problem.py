"""From a scenario and its responses to the budget problem."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from optimizer.allocation.goals import GOALS, read_goal
from optimizer.allocation.problem import Line, Problem, Rule
from optimizer.errors import Problem as Wrong
from optimizer.errors import Problems, UserError
from optimizer.response.channel import Response
from optimizer.response.curves import Curve, linear, stated
from optimizer.scenario import Channel, Scenario

if TYPE_CHECKING:
    from optimizer.scenario.schema import Bookings, CurveChoice


def build(scenario: Scenario, responses: Mapping[str, Response] | None = None) -> Problem:
    """The budget problem of a scenario. Channels: those stated and those with a response; a stated curve goes before
    one from data. Raises `Problems` with everything that does not fit together, each with its place."""
    responses = dict(responses or {})
    wrong: list[Wrong] = []
    lines: list[Line] = []
    notes: list[str] = []
    for name in sorted(set(responses) | set(scenario.channels)):
        try:
            lines.append(_line(scenario, name, responses.get(name)))
        except UserError as error:
            wrong += [Wrong(p.what, p.where or scenario.where("channels", name), p.fix) for p in error.problems]
    try:
        goal = read_goal(scenario.goal, scenario.where("goal"))
    except UserError as error:
        wrong += error.problems
        raise Problems(wrong) from None
    if not lines:
        if wrong:
            raise Problems(wrong)
        raise UserError("there is no channel to plan for", scenario.where(), "state channels with curves, or give data with spend")
    problem = Problem(tuple(lines), (), goal, scenario.currency, scenario.name)
    rules = _rules(scenario, problem)
    from optimizer.allocation.limits import simple
    from optimizer.allocation.view import Sketch

    sketch = Sketch(problem)
    for rule in rules:
        try:
            simple(rule, sketch)
        except UserError as error:
            wrong += [Wrong(p.what, p.where or rule.where, p.fix) for p in error.problems]
    try:
        GOALS[goal.name](sketch, **goal.options)
    except UserError as error:
        wrong += [Wrong(f"goal {goal.name}: {p.what}", scenario.where("goal"), p.fix) for p in error.problems]
    if wrong:
        raise Problems(wrong)
    if goal.name == "profit" and scenario.margin is None and not any(c.margin is not None for c in scenario.channels.values()):
        notes.append("no margin is stated: profit counts all revenue as margin")
    return Problem(tuple(lines), tuple(rules), goal, scenario.currency, scenario.name, notes=tuple(notes))


def _line(scenario: Scenario, name: str, response: Response | None) -> Line:
    entry = scenario.channels.get(name, Channel())
    value = next(
        (v for v in (entry.value_per_customer, response.value_per_customer if response else None, scenario.value_per_customer)
         if v is not None), None,
    )
    margin = entry.margin if entry.margin is not None else scenario.margin
    curves: dict[str, Curve] = {}
    price, posts, whole = 1.0, False, False
    if entry.bookings is not None:
        curves, price, whole = _booked(entry.bookings, response)
        posts = True
    elif entry.curve is not None:
        curves["customers"] = _curve(entry.curve)
    elif response is not None:
        curves["customers"] = response.curve
    if response is not None and not posts:
        if response.touches is not None:
            curves["exposure"] = response.touches
        curves |= {f"model:{model}": curve for model, curve in response.models.items()}
    if entry.exposure is not None:
        curves["exposure"] = _curve(entry.exposure)
    curves |= {f"stage:{stage}": _curve(choice) for stage, choice in entry.stages.items()}
    if not curves:
        raise UserError(f"nothing says what spend on {name} brings", fix="give it a curve, or customers with current, or data")
    current = entry.current if entry.current is not None else response.current if response else None
    return Line(
        channel=name, curves=curves, value=value, margin=1.0 if margin is None else margin, ltv=entry.ltv_per_customer,
        new=not entry.retention, price=price, posts=posts, whole=whole, setup=entry.setup, current=current,
        last_touch=response.last_touch if response else None, tags=entry.tags, uses=entry.uses,
        draws=response.draws if response else (),
    )


def _curve(choice: CurveChoice) -> Curve:
    return stated(choice.shape, choice.parameters)


def _booked(bookings: Bookings, response: Response | None) -> tuple[dict[str, Curve], float, bool]:
    """Curves over posts, the cost of a post (fee, service on it, samples), and whether only whole posts can be had."""
    price = bookings.fee * (1 + bookings.service) + bookings.samples
    if price <= 0:
        raise UserError("a booked post costs nothing", fix="state a fee or samples above 0")
    curves: dict[str, Curve] = {}
    if bookings.touches is not None:
        curves["exposure"] = _per_post(bookings.touches)
    if bookings.customers is not None:
        curves["customers"] = _per_post(bookings.customers)
    elif bookings.touches is not None and response is not None and response.touches is not None:
        at = response.current or 1.0
        seen = float(response.touches(at))
        if seen > 0:
            curves["customers"] = curves["exposure"].times(float(response.curve(at)) / seen)
    return curves, price, bookings.whole


def _per_post(given: float | CurveChoice) -> Curve:
    return linear(rate=given) if isinstance(given, int | float) else _curve(given)


def _rules(scenario: Scenario, problem: Problem) -> list[Rule]:
    out = []
    if scenario.budget is not None:
        out.append(Rule("budget", scenario.budget, where=scenario.where("budget")))
    for name, entry in scenario.channels.items():
        at = ("channels", name)
        if entry.min is not None:
            out.append(Rule("min", entry.min, name, where=scenario.where(*at, "min")))
        if entry.max is not None:
            out.append(Rule("max", entry.max, name, where=scenario.where(*at, "max")))
        if entry.bookings is not None and entry.bookings.max is not None:
            out.append(Rule("max_posts", float(entry.bookings.max), name, where=scenario.where(*at, "bookings", "max")))
        if entry.bookings is not None and entry.bookings.min is not None:
            out.append(Rule("min_posts", float(entry.bookings.min), name, where=scenario.where(*at, "bookings", "min")))
    for k, rule in enumerate(scenario.rules):
        out.append(Rule(rule.name, rule.value, rule.of, rule.options, scenario.where("rules", k)))
    return out + _targets(scenario, problem)


def _targets(scenario: Scenario, problem: Problem) -> list[Rule]:
    """The targets of goal min_spend as rules, against what today's spend brings."""
    targets = problem.goal.options.get("targets") or {}
    if not targets:
        return []
    from optimizer.allocation.explain import current

    today = current(problem)
    where = scenario.where("goal")
    if today is None:
        raise UserError("targets compare with today, but today's spend is not known", where, "add current: to every channel, or give spend data")
    out = []
    for name, change in sorted(targets.items()):
        if name == "gmv_change":
            out.append(Rule("min_revenue", today.revenue * (1 + change), where=where))
        elif name == "customers_change":
            out.append(Rule("min_customers", today.customers * (1 + change), where=where))
        elif today.cac is not None:
            out.append(Rule("max_cac", today.cac * (1 + change), where=where))
    return out
