"""Why this plan: the rules, what each costs, and the proof; or why there is none."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from optimizer.allocation.plan import Certificate, Fix, Plan, RuleResult
from optimizer.messages import Message, _, ngettext, pgettext
from optimizer.pipeline.outcome import Outcome
from optimizer.report.channels import platform_of
from optimizer.report.goals import minimises, saves_spend, value_text, value_words, with_unit
from optimizer.report.sections import report_section
from optimizer.report.titles import rule_title
from optimizer.report.view import Cell, Column, Section, Table
from optimizer.report.words import Words

SIGNS = {">=": "≥ ", "=": "= ", "": ""}
PRICE_HELP = _(
    "What the goal would gain if this rule were dropped, found by solving again. "
    "Without a budget there is no best plan: of it, what a little more would bring."
)


@report_section("why", title=_("Why this plan and not another"), rank=80, terminal=20)
def why(outcome: Outcome, say: Words) -> Section | None:
    """Every rule with its bound, what the plan came to, and its price; the proof of the plan.

    Returns
    -------
    Section or None
        None where the plan has no rules. Where no plan meets them: the rules that collide, and the
        smallest changes that are enough.
    """
    plan = outcome.plan
    if plan.totals is None:
        return _no_plan(plan, say)
    if not plan.rules:
        return None
    # a channel's own bounds stand in the plan table; here only those that cost something
    channels = {line.channel for line in plan.lines}
    rules = [
        r
        for r in plan.rules
        if r.price or not r.holds or r.rule not in ("min", "max") or r.of not in channels
    ]
    return Section(
        finding=_finding(plan, say),
        paragraphs=() if plan.certificate is None else (_proven(plan, plan.certificate, say),),
        tables=(_rules(rules, plan.goal, say), *_entry(plan, say)),
    )


def _proven(plan: Plan, c: Certificate, say: Words) -> str:
    goal = plan.goal
    if not math.isfinite(c.gap):
        return say(
            _(
                "The plan reaches {reached}; no bound was proven, so a better plan may exist.",
                reached=value_words(plan.objective, goal, say),
            )
        )
    bounds = {
        "lower": value_text(c.lower, goal, say),
        "upper": value_text(c.upper, goal, say),
        "gap": say.gap(c.gap),
    }
    if c.kind == "local":
        return say(_local(c, goal, bounds, say))
    if minimises(goal) and not saves_spend(goal):
        return say(
            _(
                "Proof: the plan comes to {value}; no plan that keeps the rules can come to less "
                "than {lower} (gap {gap}).",
                value=value_words(c.upper, goal, say),
                **bounds,
            )
        )
    if minimises(goal):
        return say(
            _(
                "Proof: the plan spends {upper}; no plan that keeps the rules can spend "
                "less than {lower} (gap {gap}).",
                **bounds,
            )
        )
    return say(
        _(
            "Proof: the plan reaches {lower}; nothing can reach more than {upper} (gap {gap}).",
            **bounds,
        )
    )


def _local(c: Certificate, goal: str, bounds: Mapping[str, str], say: Words) -> Message:
    """What is proven where channels act on each other."""
    count = len(c.reached)
    if minimises(goal) and not saves_spend(goal):
        return _(
            "Proof near the plan: it comes to {value}, and no plan near this one comes to less "
            "(bound {lower}, gap {gap}).",
            value=value_words(c.upper, goal, say),
            **bounds,
        )
    if count < 2:
        return (
            _(
                "Proof near the plan: it reaches {lower}, and no plan near this one is better "
                "(bound {upper}, gap {gap}).",
                **bounds,
            )
            if not minimises(goal)
            else _(
                "Proof near the plan: it spends {upper}, and no plan near this one spends less "
                "(bound {lower}, gap {gap}).",
                **bounds,
            )
        )
    spread = say.gap(c.spread)
    if minimises(goal):
        return _(
            "Proof near the plan: it spends {upper}, and no plan near this one spends less "
            "(bound {lower}, gap {gap}). It is the best of {n} starts; the worst of them is "
            "{spread} behind.",
            n=count,
            spread=spread,
            **bounds,
        )
    return _(
        "Proof near the plan: it reaches {lower}, and no plan near this one is better "
        "(bound {upper}, gap {gap}). It is the best of {n} starts; the worst of them is {spread} "
        "behind.",
        n=count,
        spread=spread,
        **bounds,
    )


def _entry(plan: Plan, say: Words) -> tuple[Table, ...]:
    """What would bring an unused channel into the plan."""
    if not plan.entry:
        return ()

    def needed(factor: float | None) -> Message:
        """How much better the channel would have to work."""
        if factor is None:
            return _("no price brings it in")
        return _("{factor} times as well", factor=say.number(factor, 1 if factor < 10 else 0))

    return (
        Table(
            say(_("What would bring an unused channel in")),
            (
                Column(say(_("Channel")), number=False),
                Column(say(_("Would have to work"))),
                Column(say(_("Best CAC it can reach"))),
            ),
            tuple(
                (Cell(e.channel), Cell(say(needed(e.factor))), Cell(say.money(e.best_cac)))
                for e in plan.entry
            ),
            tuple(platform_of(e.channel) for e in plan.entry),
        ),
    )


def _finding(plan: Plan, say: Words) -> str:
    """Rules that do not hold; else the dearest; else that none costs anything."""
    broken = [_name(r, say) for r in plan.rules if not r.holds]
    if broken:
        return say(_("Rules that do not hold: {rules}.", rules=say.join(broken)))
    priced = [(r.price, r) for r in plan.rules if r.price is not None]
    small = 1e-4 * abs(plan.objective or 0.0)
    dear = sorted((pair for pair in priced if pair[0] > small), key=lambda pair: -pair[0])
    if dear:
        price, rule = dear[0]
        return _dearest(len(dear), rule, price, plan.goal, say)
    if not priced:
        return say(_("Every rule, worked out again from the finished plan."))
    # without a budget there is no best plan
    unknown = list(dict.fromkeys(_name(r, say) for r in plan.rules if r.price is None))
    if unknown:
        return say(
            _(
                "Beside {rules}, no rule costs anything: without any one of the others the "
                "plan would be the same.",
                rules=say.join(unknown),
            )
        )
    return say(_("No rule costs anything: without any one of them the plan would be the same."))


def _dearest(n: int, rule: RuleResult, price: float, goal: str, say: Words) -> str:
    """How many rules cost something, and what the plan would gain (or save) without the dearest."""
    if minimises(goal) and not saves_spend(goal):
        return say(
            ngettext(
                "One rule costs something, {rule}: without it the goal would come to {price} less.",
                "{n} rules cost something. The dearest is {rule}: without it the goal would come "
                "to {price} less.",
                n,
                rule=_name(rule, say),
                price=value_words(price, goal, say),
            )
        )
    if minimises(goal):
        return say(
            ngettext(
                "One rule costs something, {rule}: without it the plan would spend {price} less.",
                "{n} rules cost something. The dearest is {rule}: without it the plan "
                "would spend {price} less.",
                n,
                rule=_name(rule, say),
                price=say.money(price),
            )
        )
    return say(
        ngettext(
            "One rule costs something, {rule}: without it the plan would gain {price}.",
            "{n} rules cost something. The dearest is {rule}: without it the plan would gain "
            "{price}.",
            n,
            rule=_name(rule, say),
            price=value_words(price, goal, say),
        )
    )


def _name(rule: RuleResult | Fix, say: Words) -> str:
    return say(rule_title(rule.rule, rule.of))


def _bound(rule: RuleResult, say: Words) -> str:
    return SIGNS.get(rule.sense, "≤ ") + say.by_unit(rule.bound, rule.unit)


def _rules(rules: Sequence[RuleResult], goal: str, say: Words) -> Table:
    """Every rule: its bound, what the plan came to, whether it holds, its chance and its price."""
    priced = any(r.price is not None or r.marginal for r in rules)
    chance = any(r.chance is not None for r in rules)
    columns = [
        Column(say(_("Rule")), number=False),
        Column(say(_("Bound"))),
        Column(say(_("Plan"))),
        Column(say(_("Holds")), number=False),
    ]
    if chance:
        often = say(_("How often the rule holds over the draws of the data."))
        columns.append(Column(say(_("Chance")), help=often))
    if priced:
        columns.append(Column(with_unit(_("Price"), goal, say), help=say(PRICE_HELP)))
    rows = tuple(
        (
            Cell(_name(r, say)),
            Cell(_bound(r, say)),
            Cell(say.by_unit(r.achieved, r.unit)),
            Cell(say(pgettext("yes", "yes")), "dim") if r.holds else Cell(say(_("no")), "bad"),
            *([Cell(say.percent(r.chance))] if chance else []),
            *([_price(r, goal, say)] if priced else []),
        )
        for r in rules
    )
    return Table(say(_("Rules")), tuple(columns), rows)


def _price(rule: RuleResult, goal: str, say: Words) -> Cell:
    """What dropping the rule would gain; for a budget without which there is no best plan, what
    more of it brings."""
    more = rule.marginal
    if rule.price is None and rule.rule == "budget" and more:
        step = 10.0 ** max(0, math.floor(math.log10(max(rule.bound, 1.0) / 30)))
        gain, amount = value_text(more * step, goal, say), say.money(step)
        return Cell(say(_("+{gain} per {amount} more", gain=gain, amount=amount)), value=more)
    if not rule.price:
        return Cell("-", "dim")
    return Cell(value_text(rule.price, goal, say), value=rule.price)


def _no_plan(plan: Plan, say: Words) -> Section:
    """The rules that collide, and what would be enough."""
    tables = []
    if plan.conflict:
        tables.append(
            Table(
                say(_("The rules that collide")),
                (Column(say(_("Rule")), number=False), Column(say(_("Bound")))),
                tuple((Cell(_name(r, say)), Cell(_bound(r, say))) for r in plan.conflict),
            )
        )
    if plan.fixes:
        alone = say(_("The smallest change that is enough on its own"))
        tables.append(_changes(alone, plan.fixes, say))
    if plan.relaxation:
        together = say(_("The smallest change of several rules together"))
        tables.append(_changes(together, plan.relaxation, say))
    return Section(
        title=say(_("Why there is no plan")),
        tables=tuple(tables),
        paragraphs=tuple(say.remark(note) for note in plan.notes),
    )


def _changes(caption: str, fixes: Sequence[Fix], say: Words) -> Table:
    return Table(
        caption,
        (Column(say(_("Rule")), number=False), Column(say(_("Bound"))), Column(say(_("Needed")))),
        tuple(
            (
                Cell(_name(f, say)),
                Cell(say.by_unit(f.bound, f.unit)),
                Cell(say.by_unit(f.needed, f.unit), "strong"),
            )
            for f in fixes
        ),
    )
