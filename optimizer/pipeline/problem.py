"""From a scenario and its responses to the budget problem."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from optimizer.allocation.calendar import Period, periods
from optimizer.allocation.goal import GOALS, objective, read_goal
from optimizer.allocation.problem import ALL, Decision, Goal, Problem, Rule
from optimizer.allocation.rule import RULES, simple_rules
from optimizer.allocation.summary import current_totals
from optimizer.allocation.symbolic import SymbolicQuantities
from optimizer.errors import Problem as Wrong
from optimizer.errors import Problems, UserError
from optimizer.messages import Text, _
from optimizer.pipeline.economics import stated_current, stated_curve, terms, with_commission
from optimizer.response.channel import Response
from optimizer.response.curve import Curve, stated
from optimizer.response.shapes.straight import linear
from optimizer.response.tiered import tiered
from optimizer.scenario import Channel, Scenario
from optimizer.scenario.schema import Bookings, CurveChoice
from optimizer.units import slot_cost


def build(
    scenario: Scenario,
    responses: Mapping[str, Response] | None = None,
    onto: Callable[[Problem], Problem] | None = None,
) -> Problem:
    """The budget problem of a scenario.

    Parameters
    ----------
    responses
        Channel -> response over the plan. The problem's channels are these and those the scenario
        states; a stated curve goes before one from data.
    onto
        Gives a problem its outcome model: what today brings is then asked of that (None: curves).

    Raises
    ------
    Problems
        With everything that does not fit together, each with its place.
    """
    wrong: list[Wrong] = []
    spans, tail = _calendar(scenario)
    decisions, failed = _decisions(scenario, responses or {}, spans, tail, wrong)
    try:
        goal = read_goal(scenario.goal, scenario.where("goal"))
    except UserError as error:
        raise Problems([*wrong, *error.problems]) from None
    if not decisions:
        if wrong:
            raise Problems(wrong)
        raise UserError(
            _("there is no channel to plan for"),
            scenario.where(),
            _("state channels with curves, or give data with spend"),
        )
    problem = Problem(
        tuple(decisions),
        (),
        goal,
        scenario.currency,
        scenario.name,
        periods=tuple(span.name for span in spans),
    )
    if onto is not None:
        problem = onto(problem)
    rules = _rules(scenario, problem)
    # one message about a channel is enough
    wrong += _misfits(scenario, problem, [rule for rule in rules if rule.of not in failed])
    if wrong:
        raise Problems(wrong)
    return replace(problem, rules=tuple(rules), notes=_notes(scenario, goal))


def _decisions(
    scenario: Scenario,
    responses: Mapping[str, Response],
    spans: Sequence[Period],
    tail: int | None,
    wrong: list[Wrong],
) -> tuple[list[Decision], set[str]]:
    """Channel x period; and the channels that could not be read, what is wrong with them put into
    `wrong`.
    """
    decisions: list[Decision] = []
    failed: set[str] = set()
    divided = {response.whole for response in responses.values()}
    for name in sorted((set(responses) | set(scenario.channels)) - divided):
        response = responses.get(name)
        try:
            plan_long = _decision(scenario, name, response)
            entry = _entry(scenario, name, response)
            own = by_period(plan_long, spans, entry, tail) if spans else [plan_long]
            decisions += [with_commission(each, each.commission) for each in own]
        except UserError as error:
            place = scenario.where("channels", name)
            wrong += [Wrong(p.what, p.where or place, p.fix) for p in error.problems]
            failed.add(name)
    return decisions, failed


def _misfits(scenario: Scenario, problem: Problem, rules: Sequence[Rule]) -> list[Wrong]:
    """What is wrong with the rules and the goal on this problem's channels."""
    wrong: list[Wrong] = []
    plan = SymbolicQuantities(problem)
    for rule in rules:
        try:
            simple_rules(rule, plan)
        except UserError as error:
            wrong += [Wrong(p.what, p.where or rule.where, p.fix) for p in error.problems]
    goal = problem.goal
    try:
        objective(goal, plan)
    except UserError as error:
        wrong += [
            Wrong(
                _("goal {name}: {what}", name=goal.name, what=p.what), scenario.where("goal"), p.fix
            )
            for p in error.problems
        ]
    return wrong


def _notes(scenario: Scenario, goal: Goal) -> tuple[Text, ...]:
    margins = [scenario.margin, *(channel.margin for channel in scenario.channels.values())]
    if "margin" in GOALS[goal.name].needs and all(margin is None for margin in margins):
        return (_("no margin is stated: profit counts all revenue as margin"),)
    return ()


def spans_of(scenario: Scenario) -> tuple[Period, ...]:
    """The periods of a scenario's plan (empty: it has no calendar)."""
    return _calendar(scenario)[0]


def _calendar(scenario: Scenario) -> tuple[tuple[Period, ...], int | None]:
    """The periods of a plan with a calendar (none without), and how many periods of tail are asked
    for.
    """
    given = scenario.calendar
    if given is None:
        for name, entry in scenario.channels.items():
            for key, asked in (("carry_over", entry.carry_over), ("deposit", entry.deposit)):
                if asked:
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


def by_period(
    whole: Decision, spans: Sequence[Period], entry: Channel, tail: int | None
) -> list[Decision]:
    """One decision per period from the decision of a whole plan.

    The whole plan's curve is that of an evenly paced plan, so a period's is f(H x) / H, times the
    season's demand, in the season's prices. With carry-over k the curve is read at (1 - k) * sum of
    k^age * spend (a steady spend gives the stated curve), starting from today's spend; idle
    decisions after the plan collect what is still at work then.

    Parameters
    ----------
    spans
        The plan's periods, H of them.
    tail
        Idle periods after the plan (None: until less than 5 % is still at work).
    """
    count, keep = len(spans), entry.carry_over
    after = 0
    if keep > 0:
        after = tail if tail is not None else next(n for n in range(1, 200) if keep**n < 0.05)
    curves = {
        name: curve.rescale_horizon(1.0 / count).rescale_price(1.0 / (1.0 - keep))
        for name, curve in whole.curves.items()
    }
    today = None if whole.current is None else whole.current / count
    carry_in = (today or 0.0) / whole.price * keep / (1.0 - keep) if keep else 0.0
    in_plan = [
        replace(
            whole,
            period=span.name,
            curves={name: curve.times(span.demand) for name, curve in curves.items()},
            price=whole.price * span.price,
            carry=keep,
            carry_in=carry_in,
            current=today,
            last_touch=None if whole.last_touch is None else whole.last_touch / count,
            payments=_payments(entry, spans, k),
        )
        for k, span in enumerate(spans)
    ]
    idle = [
        replace(
            whole,
            period=f"after {n + 1}",
            curves=curves,
            carry=keep,
            carry_in=carry_in,
            idle=True,
            whole=False,
            current=None,
            last_touch=None,
        )
        for n in range(after)
    ]
    return in_plan + idle


def _payments(entry: Channel, spans: Sequence[Period], k: int) -> tuple[tuple[str, float], ...]:
    """When spend of period k is paid: (period, share); a balance due after the plan is left out."""
    if entry.deposit is None:
        return ()
    first = (spans[k].name, entry.deposit.share)
    later = k + entry.deposit.balance_after
    if later >= len(spans):
        return (first,)
    return (first, (spans[later].name, 1.0 - entry.deposit.share))


def _entry(scenario: Scenario, name: str, response: Response | None) -> Channel:
    """What the founder says of a line: of a segment what is said of its channel, but for amounts,
    which are the whole channel's, and what is said of the segment itself.
    """
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


def _decision(scenario: Scenario, name: str, response: Response | None) -> Decision:
    entry = _entry(scenario, name, response)
    values = (
        entry.value_per_customer,
        response.value_per_customer if response else None,
        scenario.value_per_customer,
    )
    known = terms(scenario, name, entry, next((v for v in values if v is not None), None))
    curves, price, posts, whole_posts = _curves(entry, response)
    if not curves:
        raise UserError(
            _("nothing says what spend on {name} brings", name=name),
            fix=_("give it a curve, or customers with current, or data"),
        )
    current = stated_current(entry)
    if current is None and response is not None:
        current = response.current
    return Decision(
        channel=name,
        curves=curves,
        value=known.value,
        margin=known.margin,
        commission=known.commission,
        ltv=entry.ltv_per_customer,
        new=not entry.retention,
        price=price,
        posts=posts,
        whole=whole_posts,
        setup=entry.setup,
        current=current,
        last_touch=response.last_touch if response else None,
        tags=entry.tags,
        uses=entry.uses,
        draws=response.draws if response else (),
    )


def _curves(
    entry: Channel, response: Response | None
) -> tuple[dict[str, Curve], float, bool, bool]:
    """Curves by quantity; the price of a unit; whether a unit is a post, and whether only whole
    posts can be had.
    """
    curves: dict[str, Curve] = {}
    price, posts, whole_posts = 1.0, False, False
    if entry.bookings is not None:
        curves, price, whole_posts = _booked(entry.bookings, entry.rebate, response)
        if entry.bookings.customers is not None:  # the data's curve has its multiplier already
            curves["customers"] = curves["customers"].times(_times(entry))
        posts = True
    elif entry.curve is not None:
        curves["customers"] = stated_curve(entry, entry.curve).times(_times(entry))
    elif response is not None:
        curves["customers"] = response.curve
    if response is not None and not posts:
        if response.touches is not None:
            curves["exposure"] = response.touches
        curves |= {f"model:{model}": curve for model, curve in response.models.items()}
    if entry.exposure is not None:
        curves["exposure"] = _beside(entry, entry.exposure)
    curves |= {f"stage:{stage}": _beside(entry, choice) for stage, choice in entry.stages.items()}
    if entry.prices and posts:
        raise UserError(
            _("prices by volume are of media that are bought by spend, not by the post"),
            fix=_("give bookings a curve over posts instead"),
        )
    if entry.prices:
        curves = {name: tiered(curve, entry.prices) for name, curve in curves.items()}
    return curves, price, posts, whole_posts


def _times(entry: Channel) -> float:
    return 1.0 if entry.multiplier is None else entry.multiplier


def _curve(choice: CurveChoice) -> Curve:
    return stated(choice.shape, choice.parameters)


def _beside(entry: Channel, choice: CurveChoice) -> Curve:
    """A stated curve over spend, or over posts, of something else than customers."""
    return _curve(choice) if entry.bookings is not None else stated_curve(entry, choice)


def _booked(
    bookings: Bookings, rebate: float, response: Response | None
) -> tuple[dict[str, Curve], float, bool]:
    """Curves over posts, the cost of a post (fee, service on it, samples), and whether only whole
    posts can be had.
    """
    price = slot_cost(bookings.fee, bookings.service, rebate, bookings.samples)
    if price <= 0:
        raise UserError(_("a booked post costs nothing"), fix=_("state a fee or samples above 0"))
    curves: dict[str, Curve] = {}
    if bookings.touches is not None:
        curves["exposure"] = per_post(bookings.touches)
    if bookings.customers is not None:
        curves["customers"] = per_post(bookings.customers)
    elif bookings.touches is not None and response is not None and response.touches is not None:
        at = response.current or 1.0
        seen = float(response.touches(at))
        if seen > 0:
            curves["customers"] = curves["exposure"].times(float(response.curve(at)) / seen)
    elif response is not None and response.touches is not None:
        # a post brings what its cost has brought so far
        curves["exposure"] = response.touches.rescale_price(1.0 / price)
        curves["customers"] = response.curve.rescale_price(1.0 / price)
    return curves, price, bookings.whole


def per_post(given: float | CurveChoice) -> Curve:
    """A stated number per post, or curve over posts, as a curve over posts."""
    return linear(rate=given) if isinstance(given, int | float) else _curve(given)


def _rules(scenario: Scenario, problem: Problem) -> list[Rule]:
    """The scenario's bounds and rules, in the order they are written."""
    out = []
    if scenario.budget is not None:
        out.append(Rule("budget", scenario.budget, where=scenario.where("budget")))
    for name, entry in scenario.channels.items():
        posts = entry.bookings
        for rule, value, key in (
            ("min", entry.min, ("min",)),
            ("max", entry.max, ("max",)),
            ("max_posts", posts.max if posts else None, ("bookings", "max")),
            ("min_posts", posts.min if posts else None, ("bookings", "min")),
        ):
            if value is not None:
                place = scenario.where("channels", name, *key)
                out.append(Rule(rule, float(value), name, where=place))
    for k, asked in enumerate(scenario.rules):
        nowhere = (
            asked.of == ALL and RULES[asked.name].speaks_of_whole_plan and not problem.names(ALL)
        )
        of = None if nowhere else asked.of
        out.append(Rule(asked.name, asked.value, of, asked.options, scenario.where("rules", k)))
    return out + _targets(scenario, problem)


def _targets(scenario: Scenario, problem: Problem) -> list[Rule]:
    """The targets of goal min_spend as rules, against what today's spend brings."""
    targets = problem.goal.options.get("targets") or {}
    if not targets:
        return []
    today = current_totals(problem)
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
