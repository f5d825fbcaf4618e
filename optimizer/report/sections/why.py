"""Why this plan: the rules and their prices, the proof; or why there is none; and the simpler ways of planning."""

from __future__ import annotations

import math
from typing import Any

from optimizer import units
from optimizer.messages import _, pgettext
from optimizer.report import charts_more
from optimizer.report.facts import group_of, part
from optimizer.report.sections.frontier import (
    MONEY_GOALS,
    gain_sentence,
    goal_of,
    objective_text,
    objective_words,
    with_unit,
)
from optimizer.report.sections.verdict import named_rule, rule_name
from optimizer.report.view import Cell, Chart, Column, Section, Table
from optimizer.report.words import Words


def why(outcome: Any, say: Words) -> Section | None:
    plan = part(outcome, "plan")
    if plan is None:
        return None
    if plan.totals is None:
        return _no_plan(plan, say)
    if not plan.rules:
        return None
    goal = goal_of(plan)
    paragraphs = []
    if plan.certificate is not None:
        c = plan.certificate
        lower, upper = objective_text(c.lower, goal, say), objective_text(c.upper, goal, say)
        if math.isfinite(c.gap):
            paragraphs.append(
                say(
                    "why.certificate.least" if goal == "min_spend" else "why.certificate",
                    lower=lower,
                    upper=upper,
                    gap=say.gap(c.gap),
                )
            )
        else:
            paragraphs.append(
                say(
                    _(
                        "The plan reaches {reached}; no bound was proven, so a better plan may exist.",
                        reached=objective_words(plan.objective, goal, say),
                    )
                )
            )
    # a channel's own bounds stand in the plan table; here only those that cost something
    channels = {line.channel for line in plan.lines}
    rules = [
        r
        for r in plan.rules
        if r.price or not r.holds or r.rule not in ("min", "max") or r.of not in channels
    ]
    return Section(
        "why",
        say(_("Why this plan and not another")),
        _finding(plan, goal, say),
        tuple(paragraphs),
        tables=(_rules(rules, goal, say), *_entry(plan, say)),
    )


def _entry(plan: Any, say: Words) -> tuple[Table, ...]:
    """What would bring an unused channel into the plan."""
    entries = part(plan, "entry", ())
    if not entries:
        return ()
    rows = tuple(
        (
            Cell(e.channel),
            Cell(
                say(_("no price brings it in"))
                if e.factor is None
                else say(
                    _(
                        "{factor} times as well",
                        factor=say.number(e.factor, 1 if e.factor < 10 else 0),
                    )
                )
            ),
            Cell(say.money(e.best_cac)),
        )
        for e in entries
    )
    columns = (
        Column(say(_("Channel")), number=False),
        Column(say(_("Would have to work"))),
        Column(say(_("Best CAC it can reach"))),
    )
    return (
        Table(
            say(_("What would bring an unused channel in")),
            columns,
            rows,
            tuple(group_of(e.channel) for e in entries),
        ),
    )


def _finding(plan: Any, goal: str, say: Words) -> str:
    broken = [rule_name(r.rule, r.of, say) for r in plan.rules if not r.holds]
    if broken:
        return say(_("Rules that do not hold: {rules}.", rules=say.join(broken)))
    priced = [r for r in plan.rules if r.price is not None]
    small = 1e-4 * abs(plan.objective or 0.0)
    dear = sorted((r for r in priced if r.price > small), key=lambda r: -r.price)
    if dear:
        return gain_sentence(
            "why.finding",
            dear[0].price,
            goal,
            say,
            "price",
            n=len(dear),
            rule=rule_name(dear[0].rule, dear[0].of, say),
        )
    if not priced:
        return say(_("Every rule, worked out again from the finished plan."))
    unknown = list(
        dict.fromkeys(rule_name(r.rule, r.of, say) for r in plan.rules if r.price is None)
    )  # without a budget there is no best plan
    return (
        say(
            _(
                "Beside {rules}, no rule costs anything: without any one of the others the "
                "plan would be the same.",
                rules=say.join(unknown),
            )
        )
        if unknown
        else say(_("No rule costs anything: without any one of them the plan would be the same."))
    )


def _rules(rules: Any, goal: str, say: Words, priced: bool = True) -> Table:
    columns = [
        Column(say(_("Rule")), number=False),
        Column(say(_("Bound"))),
        Column(say(_("Plan"))),
        Column(say(_("Holds")), number=False),
    ]
    priced = priced and any(r.price is not None or part(r, "marginal") for r in rules)
    chance = any(part(r, "chance") is not None for r in rules)
    if chance:
        columns.append(
            Column(
                say(_("Chance")),
                help=say(_("How often the rule holds over the draws of the data.")),
            )
        )
    if priced:
        columns.append(
            Column(
                with_unit(say(_("Price")), goal, say),
                help=say(
                    _(
                        "What the goal would gain if this rule were dropped, found by solving again. "
                        "Without a budget there is no best plan: of it, what a little more would bring."
                    )
                ),
            )
        )
    rows = []
    for r in rules:
        sign = "≥ " if r.sense == ">=" else "≤ "
        row = [
            Cell(rule_name(r.rule, r.of, say)),
            Cell(sign + say.by_unit(r.bound, r.unit)),
            Cell(say.by_unit(r.achieved, r.unit)),
            Cell(say(pgettext("yes", "yes")), "dim") if r.holds else Cell(say(_("no")), "bad"),
        ]
        if chance:
            row.append(Cell(say.percent(part(r, "chance"))))
        if priced:
            row.append(_price(r, goal, say))
        rows.append(tuple(row))
    return Table(say(_("Rules")), tuple(columns), tuple(rows))


def _price(rule: Any, goal: str, say: Words) -> Cell:
    """What dropping the rule would gain; for a budget without which there is no best plan, what more of it brings."""
    more = part(rule, "marginal")
    if rule.price is None and rule.rule == "budget" and more:
        step = 10.0 ** max(0, math.floor(math.log10(max(rule.bound, 1.0) / 30)))
        return Cell(
            say(
                _(
                    "+{gain} per {amount} more",
                    gain=objective_text(more * step, goal, say),
                    amount=say.money(step),
                )
            ),
            value=more,
        )
    return (
        Cell("-", "dim")
        if not rule.price
        else Cell(objective_text(rule.price, goal, say), value=rule.price)
    )


def _no_plan(plan: Any, say: Words) -> Section | None:
    tables = []
    if plan.conflict:
        rows = tuple(
            (
                Cell(rule_name(r.rule, r.of, say)),
                Cell(("≥ " if r.sense == ">=" else "≤ ") + say.by_unit(r.bound, r.unit)),
            )
            for r in plan.conflict
        )
        tables.append(
            Table(
                say(_("The rules that collide")),
                (Column(say(_("Rule")), number=False), Column(say(_("Bound")))),
                rows,
            )
        )
    if plan.fixes:
        tables.append(
            _changes(say(_("The smallest change that is enough on its own")), plan.fixes, say)
        )
    relaxation = part(plan, "relaxation", ())
    if relaxation:
        tables.append(
            _changes(say(_("The smallest change of several rules together")), relaxation, say)
        )
    return Section(
        "why",
        say(_("Why there is no plan")),
        tables=tuple(tables),
        paragraphs=tuple(say.remark(text) for text in plan.notes),
    )


def _changes(caption: str, fixes: Any, say: Words) -> Table:
    rows = tuple(
        (
            Cell(rule_name(f.rule, f.of, say)),
            Cell(say.by_unit(f.bound, f.unit)),
            Cell(say.by_unit(f.needed, f.unit), "strong"),
        )
        for f in fixes
    )
    return Table(
        caption,
        (Column(say(_("Rule")), number=False), Column(say(_("Bound"))), Column(say(_("Needed")))),
        rows,
    )


def baselines(outcome: Any, say: Words) -> Section | None:
    """The same budget planned in simple ways."""
    plan = part(outcome, "plan")
    if plan is None or plan.totals is None or not plan.baselines or plan.objective is None:
        return None
    goal = goal_of(plan)
    t = plan.totals
    shown = objective_text(plan.objective, goal, say)
    entries = [(say(_("This plan")), plan.objective, shown, True)]
    columns = [Column(say(_("Way of planning")), number=False), Column(say(_("Spend")))]
    columns += [] if goal == "min_spend" else [Column(say.capital(say.named("goal", goal)))]
    columns += [] if goal == "customers" else [Column(say(_("New customers")))]
    columns += [
        Column(say(_("CAC"))),
        Column(say(_("Plan against it"))),
        Column(say(_("Breaks")), number=False),
    ]

    def row(name: Cell, it: Any, value: float, against: Cell, breaks: Cell) -> tuple[Cell, ...]:
        cells = [name, Cell(say.money(it.spend))]
        cells += [] if goal == "min_spend" else [Cell(objective_text(value, goal, say), name.tone)]
        cells += [] if goal == "customers" else [Cell(say.count(it.customers))]
        return (*cells, Cell(say.money(units.cac(it.spend, it.customers))), against, breaks)

    rows = [
        row(
            Cell(say(_("This plan")), "strong"),
            t,
            plan.objective,
            Cell("-", "dim"),
            Cell("-", "dim"),
        )
    ]
    for b in plan.baselines:
        name = say.named("baseline", b.name)
        entries.append((name, b.objective, objective_text(b.objective, goal, say), False))
        against = Cell(
            say.change(units.change(plan.objective, b.objective)) if b.objective else "-"
        )
        rows.append(
            row(
                Cell(name),
                b,
                b.objective,
                against,
                Cell(
                    say.join(list(dict.fromkeys(named_rule(x, say) for x in b.breaks))) or "-",
                    "bad" if b.breaks else "dim",
                ),
            )
        )
    table = Table(say(_("The same budget, planned in simple ways")), tuple(columns), tuple(rows))
    spec = charts_more.bars(
        entries, say.capital(say.named("goal", goal)), say, money=goal in MONEY_GOALS
    )
    chart = Chart("baselines", spec, say(_("What each way of planning reaches")))
    return Section(
        "baselines",
        say(_("Against simpler ways of planning")),
        _baseline_finding(plan, goal, say),
        charts=(chart,),
        tables=(table,),
    )


def _baseline_finding(plan: Any, goal: str, say: Words) -> str:
    least = goal == "min_spend"
    fair = [b for b in plan.baselines if not b.breaks]
    if not fair:
        return say(_("Every simple way breaks a rule; the plan keeps them all."))
    best = (min if least else max)(fair, key=lambda b: b.objective)
    gain = best.objective - plan.objective if least else plan.objective - best.objective
    if gain <= 1e-4 * abs(plan.objective):
        return say(_("No simple way does better with the same budget."))
    return gain_sentence(
        "baselines.finding", gain, goal, say, name=say.named("baseline", best.name)
    )
