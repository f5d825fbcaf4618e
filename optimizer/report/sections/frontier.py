"""What more or less money would bring: the frontier over budgets, the next and the last 1,000, the ladder of channels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from optimizer import units
from optimizer.messages import _
from optimizer.report import charts_more
from optimizer.report.facts import part
from optimizer.report.sections.verdict import named_rule
from optimizer.report.view import Cell, Chart, Column, Section, Table
from optimizer.report.words import Words


def objective_text(value: float | None, goal: str, say: Words) -> str:
    """A goal's value in its unit: money for revenue, profit, lifetime margin and spend, a count otherwise."""
    return say.money(value) if goal in MONEY_GOALS else say.count(value)


def objective_words(value: float, goal: str, say: Words) -> str:
    """The same with its unit named: "212 new customers", "￥8,000 in revenue"."""
    return say(f"amount.{goal}", n=value, amount=objective_text(value, goal, say))


def gain_sentence(
    key: str, value: float, goal: str, say: Words, slot: str = "gain", **values: Any
) -> str:
    """A sentence on what the goal would gain: where the goal is to spend little, the one that says what is saved."""
    if goal == "min_spend":
        return say(LEAST[key], **{slot: say.money(value)}, **values)
    return say(key, **{slot: objective_words(value, goal, say)}, **values)


def proof(certificate: Any, say: Words) -> str:
    """How near the plan is proven to be to the best there is."""
    if not math.isfinite(certificate.gap):
        return say(_("none: no bound is known"))
    return say(_("gap to the best possible {gap}", gap=say.gap(certificate.gap)))


def with_unit(title: str, goal: str, say: Words) -> str:
    """A column's title with the goal's unit; money carries its own sign."""
    return (
        title
        if goal in MONEY_GOALS
        else say(_("{title} ({unit})", title=title, unit=say.named("goal", goal)))
    )


LEAST = {
    "why.finding": "why.finding.least",
    "baselines.finding": "baselines.finding.least",
    "stability.test": "stability.test.least",
}
MONEY_GOALS = ("revenue", "profit", "ltv", "min_spend")


def goal_of(plan: Any) -> str:
    return str(plan.goal).split(":")[0]


def frontier(outcome: Any, say: Words) -> Section | None:
    plan = part(outcome, "plan")
    if plan is None or plan.totals is None or not (plan.frontier or plan.next_money or plan.ladder):
        return None
    goal = goal_of(plan)
    made: list[Chart] = []
    if len(plan.frontier) > 1:
        points = sorted((s.at, s.objective) for s in plan.frontier)
        here = (budget_of(plan), plan.objective) if plan.objective is not None else None
        title = say.capital(say.named("goal", goal))
        spec = charts_more.frontier(points, here, say(_("Budget")), title, say, goal in MONEY_GOALS)
        made.append(
            Chart(
                "frontier",
                spec,
                say(_("Best result for each budget; the plan is marked")),
                table=_steps(say(_("Best plan by budget")), plan.frontier, goal, say),
            )
        )
    tables = []
    finding = say(_("The best plan at each budget."))
    if plan.next_money:
        finding = _next_finding(plan, say) or finding
        tables.append(_next_table(plan, say))
    if plan.ladder:
        tables.append(_ladder(plan.ladder, goal, say))
    return Section(
        "frontier",
        say(_("What more or less money would bring")),
        finding,
        charts=tuple(made),
        tables=tuple(tables),
    )


def _next_finding(plan: Any, say: Words) -> str:
    budget = budget_of(plan)
    up = [s for s in plan.next_money if s.at > budget]
    down = [s for s in plan.next_money if s.at < budget]
    if not up or not down:
        return ""
    first, last = min(up, key=lambda s: s.at), max(down, key=lambda s: s.at)
    gain, loss = first.customers - plan.totals.customers, plan.totals.customers - last.customers
    each = (
        units.cac(first.spend - plan.totals.spend, gain)
        if gain > 1e-6 * abs(plan.totals.customers)
        else None
    )
    money = say.money(first.at - budget)
    if each is None:
        return say(_("Another {money} would bring nothing more under these rules.", money=money))
    return say(
        _(
            "The next {money} brings {gain} new customers, {cac} each; the last {money} "
            "brought {loss}.",
            money=money,
            gain=say.count(gain),
            cac=say.money(each),
            loss=say.count(loss),
        )
    )


def budget_of(plan: Any) -> float:
    """The plan's budget: what it spends and what it leaves."""
    return float(plan.totals.spend + (plan.totals.unspent or 0.0))


def _next_table(plan: Any, say: Words) -> Table:
    rows = []
    for step in sorted(plan.next_money, key=lambda s: s.at):
        gain = step.customers - plan.totals.customers
        each = units.cac(step.spend - plan.totals.spend, gain)
        rows.append(
            (
                Cell(say.signed_money(step.at - budget_of(plan))),
                Cell(say.money(step.spend)),
                Cell(say.count(step.customers)),
                Cell(say.signed_count(gain), "up" if gain > 0 else "down" if gain < 0 else "dim"),
                Cell(say.money(each) if each is not None and each > 0 else "-"),
            )
        )
    return Table(
        say(_("A little less and a little more money")),
        (
            Column(say(_("Budget change")), number=False),
            Column(say(_("Spend"))),
            Column(say(_("New customers"))),
            Column(say(_("Change in new customers"))),
            Column(say(_("Cost of each"))),
        ),
        tuple(rows),
    )


def changes(note: str, say: Words) -> str:
    """What changed at a step of a frontier, in words; a part that is not known stays as it was written."""
    out = []
    for piece in note.split("; ") if note else []:
        for ending, key in ENDINGS:
            if piece.endswith(ending):
                what = piece.removesuffix(ending)
                out.append(
                    say(key, rule=_ruled(what, say))
                    if key in ("frontier.binds", "frontier.frees")
                    else say(key, channel=what)
                )
                break
        else:
            out.append(
                say(_("no plan at {values}", values=piece.removeprefix("no plan at ")))
                if piece.startswith("no plan at ")
                else piece
            )
    return say(_("; ")).join(out)


ENDINGS = (
    (" comes in", "frontier.in"),
    (" drops out", "frontier.out"),
    (" begins to bind", "frontier.binds"),
    (" no longer binds", "frontier.frees"),
)


def _ruled(text: str, say: Words) -> str:
    """ "max_cac 75 of xiaohongshu": the rule in words, with its number."""
    words = text.partition(" of ")[0].split(" ")
    return " ".join([named_rule(text, say), *words[1:2]])


def _where(step: Any, say: Words) -> str:
    return changes(step.note, say) or say.join(list(step.channels))


def _steps(caption: str, steps: Sequence[Any], goal: str, say: Words) -> Table:
    money = goal in MONEY_GOALS
    columns = [
        Column(say(_("Budget")), number=False),
        Column(say(_("Spend"))),
        Column(say(_("New customers"))),
        Column(say(_("Revenue"))),
        Column(say(_("CAC"))),
    ]
    if money and goal != "revenue":
        columns.append(Column(say.capital(say.named("goal", goal))))
    rows = []
    for s in sorted(steps, key=lambda s: s.at):
        row = [
            Cell(say.money(s.at)),
            Cell(say.money(s.spend)),
            Cell(say.count(s.customers)),
            Cell(say.money(s.revenue)),
            Cell(say.money(units.cac(s.spend, s.customers))),
        ]
        if money and goal != "revenue":
            row.append(Cell(objective_text(s.objective, goal, say)))
        rows.append(tuple(row))
    return Table(caption, tuple(columns), tuple(rows))


def _ladder(steps: Sequence[Any], goal: str, say: Words) -> Table:
    rows = tuple(
        (
            Cell(say.count(s.at)),
            Cell(say.money(s.spend)),
            Cell(say.count(s.customers)),
            Cell(say.money(units.cac(s.spend, s.customers))),
            Cell(_where(s, say), "dim"),
        )
        for s in sorted(steps, key=lambda s: s.at)
    )
    columns = (
        Column(say(_("Channels")), number=False),
        Column(say(_("Spend"))),
        Column(say(_("New customers"))),
        Column(say(_("CAC"))),
        Column(say(_("Channels used")), number=False),
    )
    return Table(say(_("Best plan by number of channels")), columns, rows)
