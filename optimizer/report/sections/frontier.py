"""What more or less money would bring: over budgets, the next and the last bit, by channels."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer import units
from optimizer.allocation.plan import Plan, Step, Totals
from optimizer.messages import _
from optimizer.pipeline.outcome import Outcome
from optimizer.report.charts.curves import frontier as frontier_spec
from optimizer.report.goals import goal_column, in_money, value_text
from optimizer.report.sections import report_section
from optimizer.report.view import Cell, Chart, Column, Section, Table
from optimizer.report.words import Words


@report_section("frontier", title=_("What more or less money would bring"), rank=50)
def frontier(outcome: Outcome, say: Words) -> Section | None:
    """The best plan at each budget, at a little more and less, and with one channel more each.

    Returns
    -------
    Section or None
        None where there is no plan, or no other budget was tried.
    """
    plan, t = outcome.plan, outcome.plan.totals
    if t is None or not (plan.frontier or plan.next_money or plan.ladder):
        return None
    budget = t.spend + (t.unspent or 0.0)
    tables = []
    finding = say(_("The best plan at each budget."))
    if plan.next_money:
        finding = _next_finding(plan.next_money, t, budget, say) or finding
        tables.append(_next_table(plan.next_money, t, budget, say))
    if plan.ladder:
        tables.append(_ladder(plan.ladder, say))
    return Section(
        finding=finding,
        charts=(_chart(plan, budget, say),) if len(plan.frontier) > 1 else (),
        tables=tuple(tables),
    )


def _chart(plan: Plan, budget: float, say: Words) -> Chart:
    goal = plan.goal
    points = sorted((s.at, s.objective) for s in plan.frontier)
    here = None if plan.objective is None else (budget, plan.objective)
    budgets, reached = say(_("Budget")), goal_column(goal, say)
    return Chart(
        "frontier",
        frontier_spec(points, here, budgets, reached, say, in_money(goal)),
        say(_("Best result for each budget; the plan is marked")),
        table=_steps(plan.frontier, goal, say),
    )


def _next_finding(steps: Sequence[Step], t: Totals, budget: float, say: Words) -> str:
    """What the next bit of money brings, and what the last one brought; "" where not known."""
    up = [s for s in steps if s.at > budget]
    down = [s for s in steps if s.at < budget]
    if not up or not down:
        return ""
    first, last = min(up, key=lambda s: s.at), max(down, key=lambda s: s.at)
    gain, loss = first.customers - t.customers, t.customers - last.customers
    enough = gain > 1e-6 * abs(t.customers)
    each = units.cac(first.spend - t.spend, gain) if enough else None
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


def _next_table(steps: Sequence[Step], t: Totals, budget: float, say: Words) -> Table:
    rows = []
    for step in sorted(steps, key=lambda s: s.at):
        gain = step.customers - t.customers
        each = units.cac(step.spend - t.spend, gain)
        rows.append(
            (
                Cell(say.signed_money(step.at - budget)),
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


def _steps(steps: Sequence[Step], goal: str, say: Words) -> Table:
    """The best plan by budget."""
    own = in_money(goal) and goal != "revenue"  # the goal in a column of its own
    columns = (
        Column(say(_("Budget")), number=False),
        Column(say(_("Spend"))),
        Column(say(_("New customers"))),
        Column(say(_("Revenue"))),
        Column(say(_("CAC"))),
        *([Column(goal_column(goal, say))] if own else []),
    )
    rows = tuple(
        (
            Cell(say.money(s.at)),
            Cell(say.money(s.spend)),
            Cell(say.count(s.customers)),
            Cell(say.money(s.revenue)),
            Cell(say.money(units.cac(s.spend, s.customers))),
            *([Cell(value_text(s.objective, goal, say))] if own else []),
        )
        for s in sorted(steps, key=lambda s: s.at)
    )
    return Table(say(_("Best plan by budget")), columns, rows)


def _ladder(steps: Sequence[Step], say: Words) -> Table:
    """The best plan with one channel, two, three ..."""
    rows = tuple(
        (
            Cell(say.count(s.at)),
            Cell(say.money(s.spend)),
            Cell(say.count(s.customers)),
            Cell(say.money(units.cac(s.spend, s.customers))),
            Cell(say.remark(s.note) if s.note else say.join(s.channels), "dim"),
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
