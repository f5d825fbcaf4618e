"""Why this plan: the rules and their prices, the proof; or why there is none; and the simpler ways of planning."""

from __future__ import annotations

import math
from typing import Any

from optimizer import units
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
                say("why.certificate.none", reached=objective_words(plan.objective, goal, say))
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
        say("why.title"),
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
                say("entry.never")
                if e.factor is None
                else say("entry.times", factor=say.number(e.factor, 1 if e.factor < 10 else 0))
            ),
            Cell(say.money(e.best_cac)),
        )
        for e in entries
    )
    columns = (
        Column(say("channel"), number=False),
        Column(say("entry.factor")),
        Column(say("entry.best")),
    )
    return (
        Table(say("entry.caption"), columns, rows, tuple(group_of(e.channel) for e in entries)),
    )


def _finding(plan: Any, goal: str, say: Words) -> str:
    broken = [rule_name(r.rule, r.of, say) for r in plan.rules if not r.holds]
    if broken:
        return say("why.finding.broken", rules=say.join(broken))
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
        return say("why.finding.plain")
    unknown = list(
        dict.fromkeys(rule_name(r.rule, r.of, say) for r in plan.rules if r.price is None)
    )  # without a budget there is no best plan
    return (
        say("why.finding.free.but", rules=say.join(unknown)) if unknown else say("why.finding.free")
    )


def _rules(rules: Any, goal: str, say: Words, priced: bool = True) -> Table:
    columns = [
        Column(say("why.rule"), number=False),
        Column(say("why.bound")),
        Column(say("why.achieved")),
        Column(say("why.holds"), number=False),
    ]
    priced = priced and any(r.price is not None or part(r, "marginal") for r in rules)
    chance = any(part(r, "chance") is not None for r in rules)
    if chance:
        columns.append(Column(say("why.chance"), help=say("why.chance.help")))
    if priced:
        columns.append(Column(with_unit(say("why.price"), goal, say), help=say("why.price.help")))
    rows = []
    for r in rules:
        sign = "≥ " if r.sense == ">=" else "≤ "
        row = [
            Cell(rule_name(r.rule, r.of, say)),
            Cell(sign + say.by_unit(r.bound, r.unit)),
            Cell(say.by_unit(r.achieved, r.unit)),
            Cell(say("yes"), "dim") if r.holds else Cell(say("no"), "bad"),
        ]
        if chance:
            row.append(Cell(say.percent(part(r, "chance"))))
        if priced:
            row.append(_price(r, goal, say))
        rows.append(tuple(row))
    return Table(say("why.caption"), tuple(columns), tuple(rows))


def _price(rule: Any, goal: str, say: Words) -> Cell:
    """What dropping the rule would gain; for a budget without which there is no best plan, what more of it brings."""
    more = part(rule, "marginal")
    if rule.price is None and rule.rule == "budget" and more:
        step = 10.0 ** max(0, math.floor(math.log10(max(rule.bound, 1.0) / 30)))
        return Cell(
            say("why.per", gain=objective_text(more * step, goal, say), amount=say.money(step)),
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
                say("why.conflict"),
                (Column(say("why.rule"), number=False), Column(say("why.bound"))),
                rows,
            )
        )
    if plan.fixes:
        tables.append(_changes(say("why.fixes"), plan.fixes, say))
    relaxation = part(plan, "relaxation", ())
    if relaxation:
        tables.append(_changes(say("relaxation.caption"), relaxation, say))
    return Section(
        "why",
        say("why.none.title"),
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
        (
            Column(say("why.rule"), number=False),
            Column(say("why.bound")),
            Column(say("why.needed")),
        ),
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
    entries = [(say("baselines.plan"), plan.objective, shown, True)]
    columns = [Column(say("baselines.way"), number=False), Column(say("spend"))]
    columns += [] if goal == "min_spend" else [Column(say.capital(say.named("goal", goal)))]
    columns += [] if goal == "customers" else [Column(say("customers"))]
    columns += [
        Column(say("cards.cac")),
        Column(say("baselines.against")),
        Column(say("baselines.breaks"), number=False),
    ]

    def row(name: Cell, it: Any, value: float, against: Cell, breaks: Cell) -> tuple[Cell, ...]:
        cells = [name, Cell(say.money(it.spend))]
        cells += [] if goal == "min_spend" else [Cell(objective_text(value, goal, say), name.tone)]
        cells += [] if goal == "customers" else [Cell(say.count(it.customers))]
        return (*cells, Cell(say.money(units.cac(it.spend, it.customers))), against, breaks)

    rows = [
        row(
            Cell(say("baselines.plan"), "strong"),
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
    table = Table(say("baselines.caption"), tuple(columns), tuple(rows))
    spec = charts_more.bars(
        entries, say.capital(say.named("goal", goal)), say, money=goal in MONEY_GOALS
    )
    chart = Chart("baselines", spec, say("baselines.label"))
    return Section(
        "baselines",
        say("baselines.title"),
        _baseline_finding(plan, goal, say),
        charts=(chart,),
        tables=(table,),
    )


def _baseline_finding(plan: Any, goal: str, say: Words) -> str:
    least = goal == "min_spend"
    fair = [b for b in plan.baselines if not b.breaks]
    if not fair:
        return say("baselines.finding.broken")
    best = (min if least else max)(fair, key=lambda b: b.objective)
    gain = best.objective - plan.objective if least else plan.objective - best.objective
    if gain <= 1e-4 * abs(plan.objective):
        return say("baselines.finding.level")
    return gain_sentence(
        "baselines.finding", gain, goal, say, name=say.named("baseline", best.name)
    )
