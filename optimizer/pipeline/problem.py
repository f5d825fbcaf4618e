"""From a scenario and its responses to the budget problem."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from optimizer.allocation.calendar import Period, periods
from optimizer.allocation.goals import GOALS, read_goal
from optimizer.allocation.limits import whole
from optimizer.allocation.problem import ALL, Line, Problem, Rule
from optimizer.errors import Problem as Wrong
from optimizer.errors import Problems, UserError
from optimizer.messages import _
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
    failed: set[str] = set()
    lines: list[Line] = []
    notes: list[str] = []
    spans, tail = _calendar(scenario)
    divided = {response.whole for response in responses.values()}
    for name in sorted((set(responses) | set(scenario.channels)) - divided):
        try:
            whole = _line(scenario, name, responses.get(name))
            lines += (
                [whole]
                if not spans
                else by_period(whole, spans, _entry(scenario, name, responses.get(name)), tail)
            )
        except UserError as error:
            wrong += [
                Wrong(p.what, p.where or scenario.where("channels", name), p.fix)
                for p in error.problems
            ]
            failed.add(name)
    try:
        goal = read_goal(scenario.goal, scenario.where("goal"))
    except UserError as error:
        wrong += error.problems
        raise Problems(wrong) from None
    if not lines:
        if wrong:
            raise Problems(wrong)
        raise UserError(
            _("there is no channel to plan for"),
            scenario.where(),
            _("state channels with curves, or give data with spend"),
        )
    names = tuple(span.name for span in spans)
    problem = Problem(tuple(lines), (), goal, scenario.currency, scenario.name, periods=names)
    rules = _rules(scenario, problem)
    from optimizer.allocation.limits import simple
    from optimizer.allocation.view import Sketch

    sketch = Sketch(problem)
    for rule in rules:
        if rule.of in failed:  # one message about it is enough
            continue
        try:
            simple(rule, sketch)
        except UserError as error:
            wrong += [Wrong(p.what, p.where or rule.where, p.fix) for p in error.problems]
    try:
        GOALS[goal.name](sketch, **goal.options)
    except UserError as error:
        wrong += [
            Wrong(
                _("goal {name}: {what}", name=goal.name, what=p.what), scenario.where("goal"), p.fix
            )
            for p in error.problems
        ]
    if wrong:
        raise Problems(wrong)
    if (
        goal.name == "profit"
        and scenario.margin is None
        and not any(c.margin is not None for c in scenario.channels.values())
    ):
        notes.append(_("no margin is stated: profit counts all revenue as margin"))
    return Problem(
        tuple(lines),
        tuple(rules),
        goal,
        scenario.currency,
        scenario.name,
        periods=names,
        notes=tuple(notes),
    )


def _calendar(scenario: Scenario) -> tuple[tuple[Period, ...], int | None]:
    """The periods of a plan with a calendar (none without), and how many periods of tail are asked for."""
    given = scenario.calendar
    if given is None:
        for name, entry in scenario.channels.items():
            for key in ("carry_over", "deposit"):
                if getattr(entry, key):
                    raise UserError(
                        _("{key} needs periods", key=key),
                        scenario.where("channels", name, key, at_key=True),
                        _("add a calendar, such as calendar: {{}}"),
                    )
        return (), None
    if scenario.horizon > 120:
        raise UserError(
            _(
                "a calendar of {horizon} {period}s is too fine",
                horizon=scenario.horizon,
                period=scenario.period,
            ),
            scenario.where("horizon"),
            _("plan at most 120 periods, or use longer ones"),
        )
    try:
        start = date.fromisoformat(given.start) if given.start else None
    except ValueError:
        raise UserError(
            _("{start} is no date", start=given.start),
            scenario.where("calendar", "start"),
            _("write it as 2026-10-05"),
        ) from None
    try:
        return periods(
            scenario.horizon, scenario.period, start, given.seasons, given.demand, given.price
        ), given.tail
    except UserError as error:
        raise UserError(
            error.problems[0].what, scenario.where("calendar"), error.problems[0].fix
        ) from None


def by_period(whole: Line, spans: Sequence[Period], entry: Channel, tail: int | None) -> list[Line]:
    """One line per period from the line of a whole plan.

    The whole plan's curve is that of an evenly paced plan, so a period's is f(H x) / H, times the season's demand, in
    the season's prices. With carry-over k the curve is read at (1 - k) * sum of k^age * spend (a steady spend gives
    the stated curve), starting from today's spend; idle lines after the plan collect what is still at work then.
    """
    count, keep = len(spans), entry.carry_over
    out = []
    after = 0
    if keep > 0:
        after = tail if tail is not None else next(n for n in range(1, 200) if keep**n < 0.05)
    curves = {
        name: curve.stretched(1.0 / count).dearer(1.0 / (1.0 - keep))
        for name, curve in whole.curves.items()
    }
    today = None if whole.current is None else whole.current / count
    names = [span.name for span in spans]
    for k, span in enumerate(spans):
        payments: tuple[tuple[str, float], ...] = ()
        if entry.deposit is not None:
            later = k + entry.deposit.balance_after
            payments = ((span.name, entry.deposit.share),)
            if later < count:
                payments += ((names[later], 1.0 - entry.deposit.share),)
        out.append(
            replace(
                whole,
                period=span.name,
                curves={name: curve.times(span.demand) for name, curve in curves.items()},
                price=whole.price * span.price,
                carry=keep,
                carry_in=(today or 0.0) / whole.price * keep / (1.0 - keep) if keep else 0.0,
                current=today,
                last_touch=None if whole.last_touch is None else whole.last_touch / count,
                payments=payments,
            )
        )
    for n in range(after):
        out.append(
            replace(
                whole,
                period=f"after {n + 1}",
                curves=curves,
                carry=keep,
                carry_in=out[0].carry_in,
                idle=True,
                whole=False,
                current=None,
                last_touch=None,
            )
        )
    return out


def _entry(scenario: Scenario, name: str, response: Response | None) -> Channel:
    """What the founder says of a line: of a segment what is said of its channel, but for amounts, which are the whole
    channel's, and what is said of the segment itself."""
    own = scenario.channels.get(name, Channel())
    if response is None or not response.whole:
        return own
    channel = scenario.channels.get(response.whole, Channel()).model_copy(
        update={"min": None, "max": None, "current": None}
    )
    tags = (response.segment, *response.whole.split("/")[1:], *channel.tags, *own.tags)
    return channel.model_copy(
        update={
            **{key: getattr(own, key) for key in own.model_fields_set},
            "tags": tuple(dict.fromkeys(tags)),
        }
    )


def _line(scenario: Scenario, name: str, response: Response | None) -> Line:
    entry = _entry(scenario, name, response)
    value = next(
        (
            v
            for v in (
                entry.value_per_customer,
                response.value_per_customer if response else None,
                scenario.value_per_customer,
            )
            if v is not None
        ),
        None,
    )
    margin = entry.margin if entry.margin is not None else scenario.margin
    curves: dict[str, Curve] = {}
    price, posts, whole = 1.0, False, False
    if entry.bookings is not None:
        curves, price, whole = _booked(entry.bookings, response)
        if (
            entry.bookings.customers is not None
        ):  # the data's curve, where there is one, has its multiplier
            curves["customers"] = curves["customers"].times(_times(entry))
        posts = True
    elif entry.curve is not None:
        curves["customers"] = _curve(entry.curve).times(_times(entry))
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
        raise UserError(
            _("nothing says what spend on {name} brings", name=name),
            fix=_("give it a curve, or customers with current, or data"),
        )
    current = entry.current if entry.current is not None else response.current if response else None
    return Line(
        channel=name,
        curves=curves,
        value=value,
        margin=1.0 if margin is None else margin,
        ltv=entry.ltv_per_customer,
        new=not entry.retention,
        price=price,
        posts=posts,
        whole=whole,
        setup=entry.setup,
        current=current,
        last_touch=response.last_touch if response else None,
        tags=entry.tags,
        uses=entry.uses,
        draws=response.draws if response else (),
    )


def _times(entry: Channel) -> float:
    return 1.0 if entry.multiplier is None else entry.multiplier


def _curve(choice: CurveChoice) -> Curve:
    return stated(choice.shape, choice.parameters)


def _booked(bookings: Bookings, response: Response | None) -> tuple[dict[str, Curve], float, bool]:
    """Curves over posts, the cost of a post (fee, service on it, samples), and whether only whole posts can be had."""
    price = bookings.fee * (1 + bookings.service) + bookings.samples
    if price <= 0:
        raise UserError(_("a booked post costs nothing"), fix=_("state a fee or samples above 0"))
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
            out.append(
                Rule(
                    "max_posts",
                    float(entry.bookings.max),
                    name,
                    where=scenario.where(*at, "bookings", "max"),
                )
            )
        if entry.bookings is not None and entry.bookings.min is not None:
            out.append(
                Rule(
                    "min_posts",
                    float(entry.bookings.min),
                    name,
                    where=scenario.where(*at, "bookings", "min"),
                )
            )
    for k, rule in enumerate(scenario.rules):
        of = None if rule.of == ALL and whole(rule.name) and not problem.names(ALL) else rule.of
        out.append(Rule(rule.name, rule.value, of, rule.options, scenario.where("rules", k)))
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
        raise UserError(
            _("targets compare with today, but today's spend is not known"),
            where,
            _("add current: to every channel, or give spend data"),
        )
    out = []
    for name, change in sorted(targets.items()):
        if name == "gmv_change":
            out.append(Rule("min_revenue", today.revenue * (1 + change), where=where))
        elif name == "customers_change":
            out.append(Rule("min_customers", today.customers * (1 + change), where=where))
        elif today.cac is not None:
            out.append(Rule("max_cac", today.cac * (1 + change), where=where))
    return out
