"""The rules. One function is one rule: its name is the YAML key, its docstring the help and the report's text, its
comparison a row of the model and, on the finished plan, the check on the true curves. State a rule as one quantity
against another (`spend <= value * customers`, not their difference `<= 0`): the check is relative to the larger one.

A function is called with a `View`: before the plan is known (expressions) and after (numbers). It returns one
comparison, several, or, where a rule is short for several simpler ones, those rules.
Every rule must reward more customers and more exposure, never fewer: see docs/allocation.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from inspect import Parameter, signature
from typing import Annotated, Literal, get_args, get_type_hints

from optimizer.allocation.expression import Comparison
from optimizer.allocation.problem import Rule
from optimizer.allocation.view import Ledger, View
from optimizer.errors import UserError
from optimizer.messages import _
from optimizer.registry import Registry
from optimizer.units import Amount, Change, Count, Kind, Money, PositiveMoney, Ratio, Share

Stated = Comparison | Sequence[Comparison] | Sequence[Rule]
RULES: Registry[Callable[..., Stated]] = Registry(_("rule"), "optimizer.rules")
By = Literal["spend", "posts", "exposure"]
Fraction = Annotated[float, Kind("share", 5e-324, 1, hint=_("a share above 0, at most 1"))]


def rows(rule: Rule, plan: View) -> list[Comparison]:
    """The comparisons of a (simple) rule on a plan."""
    found = RULES[rule.name](plan, rule.value, **_arguments(rule))
    listed = [found] if isinstance(found, Comparison) else list(found)
    if any(isinstance(item, Rule) for item in listed):
        raise TypeError(f"{rule} stands for simpler rules; expand it first")
    return [item for item in listed if isinstance(item, Comparison)]


def simple(rule: Rule, plan: View) -> list[Rule]:
    """The simple rules a rule is short for, each with a single number: itself, mostly. Unknown names are `UserError`
    with the place."""
    for name, needed in signature(RULES[rule.name]).parameters.items():
        given = (
            name in ("plan", "value")
            or name in rule.options
            or (name == "of" and rule.of is not None)
        )
        if needed.default is Parameter.empty and not given:
            raise UserError(
                _("{path} needs '{key}'", path=rule.name, key=name),
                rule.where,
                _("write {{{name}: ..., {name2}: ...}}", name=rule.name, name2=name),
            )
    try:
        found = RULES[rule.name](plan, rule.value, **_arguments(rule))
    except UserError as error:
        problem = error.problems[0]
        raise UserError(
            f"{rule.name}: {problem.what}", problem.where or rule.where, problem.fix
        ) from None
    if isinstance(found, Comparison) or not found or isinstance(found[0], Comparison):
        return [rule]
    parts = [
        Rule(r.name, r.value, r.of, r.options, rule.where) for r in found if isinstance(r, Rule)
    ]
    return [part for inner in parts for part in simple(inner, plan)]


def unit(name: str) -> str:
    """What a rule's value is: money, ratio, share, change, count, amount."""
    hint = get_type_hints(RULES[name], include_extras=True)["value"]
    for part in (hint, *get_args(hint)):
        for kind in getattr(part, "__metadata__", ()):
            if isinstance(kind, Kind):
                return "money" if kind.name == "positive money" else kind.name
    return "amount"


def whole(name: str) -> bool:
    """Whether a rule speaks of the whole plan where no `of` is given."""
    of = signature(RULES[name]).parameters.get("of")
    return of is not None and of.default is None


def sense(name: str) -> str:
    """ "<=" where a larger value leaves more room, ">=" where a smaller one does."""
    return ">=" if name.startswith(("min", "commit")) else "<="


def _arguments(rule: Rule) -> dict[str, object]:
    return {**({} if rule.of is None else {"of": rule.of}), **rule.options}


@RULES.register
def budget(plan: View, value: Money, of: str | None = None, period: str | None = None) -> Stated:
    """Spend stays at or below {value}; what is not worth spending stays unspent."""
    return plan.spend(of, period) <= value


@RULES.register
def min(plan: View, value: Money, of: str, period: str | None = None) -> Stated:
    """Spend is at least {value}."""
    return plan.spend(of, period) >= value


@RULES.register
def max(plan: View, value: Money, of: str, period: str | None = None) -> Stated:
    """Spend is at most {value}."""
    return plan.spend(of, period) <= value


@RULES.register
def fixed(plan: View, value: Money | Literal["current"], of: str) -> Stated:
    """Spend is exactly {value} ("current": each channel as it is today)."""
    if isinstance(value, str):
        return [Rule("fixed", plan.current(channel), channel) for channel in plan.channels(of)]
    return [plan.spend(of) <= value, plan.spend(of) >= value]


@RULES.register
def max_change(
    plan: View,
    value: Change,
    of: str | None = None,
    direction: Literal["both", "up", "down"] = "both",
) -> Stated:
    """Each channel's spend changes by at most {value} against today."""
    channels = plan.channels(of)
    if len(channels) > 1 or (of is not None and channels != [of]):
        return [
            Rule("max_change", value, channel, {"direction": direction}) for channel in channels
        ]
    of = channels[0]
    today = plan.current(of)
    up, down = plan.spend(of) <= today * (1 + value), plan.spend(of) >= today * (1 - value)
    return [up] if direction == "up" else [down] if direction == "down" else [up, down]


@RULES.register
def max_share(
    plan: View, value: Share, of: str, within: str | None = None, by: By = "spend"
) -> Stated:
    """At most {value} of all spend goes there.

    within: of what that group gets, not of all; by: of posts or exposure, not of spend."""
    return plan.measure(by, of) <= value * plan.measure(by, within)


@RULES.register
def min_share(
    plan: View, value: Share, of: str, within: str | None = None, by: By = "spend"
) -> Stated:
    """At least {value} of all spend goes there.

    within: of what that group gets, not of all; by: of posts or exposure, not of spend."""
    return plan.measure(by, of) >= value * plan.measure(by, within)


@RULES.register
def min_ratio(plan: View, value: Ratio, of: str, to: str, by: By = "spend") -> Stated:
    """At least {value} times what {to} gets.

    by: spend, posts or exposure."""
    return plan.measure(by, of) >= value * plan.measure(by, to)


@RULES.register
def tier_mix(
    plan: View,
    value: dict[str, Share],
    of: str | None = None,
    slack: Share = 0.05,
    by: By = "spend",
) -> Stated:
    """The spend of creator tiers keeps these shares, each within `slack` (5 points by default)."""
    total = sum(value.values())
    if total > 1 + slack * len(value) + 1e-9:
        raise UserError(
            _("the shares add up to {total}", total=f"{total:.0%}"),
            fix=_("let them add up to 100% or less"),
        )
    parts: list[Rule] = []
    for tier, share in value.items():
        whole = f"{of}/{tier}"
        inside = (
            whole
            if of is not None
            and any(c == whole or c.startswith(f"{whole}/") for c in plan.channels(of))
            else tier
        )
        options: dict[str, object] = {"within": of, "by": by} if of is not None else {"by": by}
        parts += [
            Rule("min_share", share - slack if share > slack else 0.0, inside, options),
            Rule("max_share", share + slack if share + slack < 1 else 1.0, inside, options),
        ]
    return parts


@RULES.register
def max_cac(plan: View, value: Money, of: str | None = None, period: str | None = None) -> Stated:
    """Spend per new customer, fees included, stays at or below {value}."""
    return plan.spend(of, period) <= value * plan.customers(of, period)


@RULES.register
def min_roi(plan: View, value: Ratio, of: str | None = None, period: str | None = None) -> Stated:
    """Revenue per unit of spend (GMV / spend) is at least {value}."""
    return plan.revenue(of, period) >= value * plan.spend(of, period)


@RULES.register
def min_profit_roi(plan: View, value: Change, of: str | None = None) -> Stated:
    """Profit per unit of spend, (margin - spend) / spend, is at least {value}."""
    return plan.margin(of) >= (1 + value) * plan.spend(of)


@RULES.register
def min_ltv_to_cac(plan: View, value: Ratio, of: str | None = None) -> Stated:
    """The lifetime margin of the customers won is at least {value} times what winning them costs (LTV : CAC)."""
    return plan.lifetime(of) >= value * plan.spend(of)


@RULES.register
def min_marginal_roi(plan: View, value: Ratio, of: str | None = None) -> Stated:
    """The last unit of spend on each channel still brings back at least {value}."""
    channels = plan.channels(of)
    if len(channels) > 1 or (of is not None and channels != [of]):
        return [Rule("min_marginal_roi", value, channel) for channel in channels]
    found = []
    for i in plan.lines(channels[0]):
        line = plan.problem.lines[int(i)]
        if line.idle or "customers" not in line.curves:
            continue
        limit = plan.marginal_limit(int(i), value)
        if limit == float("inf"):
            continue
        row = plan.total("spend", plan.lines(channels[0], line.period)) <= limit
        if isinstance(plan, Ledger):
            spend = float(row.left)
            row = row.reporting(
                plan.marginal_roi(int(i), spend * (1 - 1e-9)) if spend > 0 else None
            )
        found.append(row.called(line.period))
    return found


@RULES.register
def min_customers(
    plan: View, value: Amount, of: str | None = None, period: str | None = None
) -> Stated:
    """At least {value} new customers."""
    return plan.customers(of, period) >= value


@RULES.register
def min_revenue(
    plan: View, value: Money, of: str | None = None, period: str | None = None
) -> Stated:
    """Revenue (GMV) is at least {value}."""
    return plan.revenue(of, period) >= value


@RULES.register
def min_profit(plan: View, value: Money, of: str | None = None) -> Stated:
    """Margin minus spend is at least {value}."""
    return plan.margin(of) >= plan.spend(of) + value


@RULES.register
def min_exposure(
    plan: View, value: Amount, of: str | None = None, period: str | None = None
) -> Stated:
    """At least {value} exposures (touches)."""
    return plan.exposure(of, period) >= value


@RULES.register
def min_stage(plan: View, value: Amount, stage: str, of: str | None = None) -> Stated:
    """At least {value} users reach the stage {stage}."""
    return plan.stage(stage, of) >= value


@RULES.register
def commit(plan: View, value: Money, of: str | None = None) -> Stated:
    """The channel gets at least {value}, or nothing (each channel of a group)."""
    channels = plan.channels(of)
    if len(channels) > 1 or (of is not None and channels != [of]):
        return [Rule("commit", value, channel) for channel in channels]
    return plan.spend(channels[0]) >= value * plan.used(channels[0])


@RULES.register
def max_channels(plan: View, value: Count, of: str | None = None) -> Stated:
    """At most {value} channels are used."""
    return plan.used(of) <= value


@RULES.register
def min_channels(plan: View, value: Count, commit: PositiveMoney, of: str | None = None) -> Stated:
    """At least {value} channels are used, each used one with at least {commit}."""
    parts = [
        (plan.spend(channel) >= commit * plan.used(channel)).called(channel)
        for channel in plan.channels(of)
    ]
    return [plan.used(of) >= value, *parts]


@RULES.register
def min_posts(
    plan: View, value: Amount, of: str | None = None, period: str | None = None
) -> Stated:
    """At least {value} posts are booked."""
    return plan.posts(of, period) >= value


@RULES.register
def max_posts(
    plan: View, value: Amount, of: str | None = None, period: str | None = None
) -> Stated:
    """At most {value} posts are booked."""
    return plan.posts(of, period) <= value


@RULES.register
def max_use(plan: View, value: Amount, resource: str, of: str | None = None) -> Stated:
    """At most {value} of {resource} is used, a resource that is limited beside money (planning hours, samples)."""
    return plan.resource(resource, of) <= value


@RULES.register
def period_budget(plan: View, value: dict[str, Money], of: str | None = None) -> Stated:
    """Spend in each named period stays at or below its amount."""
    return [Rule("budget", amount, of, {"period": period}) for period, amount in value.items()]


@RULES.register
def cash(plan: View, value: dict[str, Money]) -> Stated:
    """Money leaves the account no sooner than it arrives: {period: cash that arrives}, deposits and late payments counted."""
    known = plan.problem.period_names
    for period in value:
        plan.lines_period(period)
    arrived, parts = 0.0, []
    for period in known:
        arrived += value.get(period, 0.0)
        parts.append(Rule("cash_until", arrived, None, {"period": period}))
    return parts


@RULES.register
def cash_until(plan: View, value: Money, period: str) -> Stated:
    """By the end of {period} at most {value} has left the account."""
    return plan.paid_by(period) <= value


@RULES.register
def max_risk(plan: View, value: Fraction, cac: PositiveMoney, of: str | None = None) -> Stated:
    """The chance that spend per new customer passes {cac} is at most {value}.

    Kept through CVaR over bootstrap draws: even the mean of the worst such share of draws stays within it."""
    draws = plan.draws()
    if not draws:
        raise UserError(
            _("there are no draws to judge risk by"),
            fix=_("set attribution.intervals, or state draws"),
        )
    worth = [cac * plan.customers_in_draw(k, of) for k in range(draws)]
    row = plan.spend(of) <= -plan.tail_mean([-each for each in worth], value)
    if isinstance(plan, Ledger):
        spend = float(row.left)
        row = row.reporting(sum(spend > float(each) * (1 + 1e-9) for each in worth) / draws)
    return row
