"""The way from now to the plan: how each channel's change adds up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from optimizer.messages import _
from optimizer.pipeline.outcome import Outcome
from optimizer.report.channels import ChannelLine, lines_of
from optimizer.report.charts.spending import Change
from optimizer.report.charts.spending import waterfall as waterfall_spec
from optimizer.report.goals import goal_column, goal_title, in_money, on_totals, value_text
from optimizer.report.sections import report_section
from optimizer.report.view import Cell, Chart, Column, Section, Table
from optimizer.report.words import Words

SPEND = "min_spend"  # the goal whose number is the spend


@report_section("waterfall", title=_("From now to plan"), rank=20)
def waterfall(outcome: Outcome, say: Words) -> Section | None:
    """Each channel's change, in what the goal counts: profit, revenue, else new customers; in
    spend where a curve is not known.

    Returns
    -------
    Section or None
        None where there is no plan, where today's spend of any channel is not known, or where
        nothing changes.
    """
    lines, plan = lines_of(outcome), outcome.plan
    if plan.totals is None or plan.current is None:
        return None
    if not lines or any(x.current is None for x in lines):
        return None
    goal = _counted(outcome, lines)
    worth = _per_customer(outcome, goal)
    money = in_money(goal)
    changes = [Change(x.channel, x.platform, _change(x, goal, worth)) for x in lines]
    start, end = on_totals(goal, plan.current) or 0.0, on_totals(goal, plan.totals) or 0.0
    now, then = value_text(start, goal, say), value_text(end, goal, say)
    told = {"now": now, "plan": then}
    finding = say(
        _("Spend moves from {now} to {plan}.", **told)
        if goal == SPEND
        else _("Moving the money changes new customers from {now} to {plan}.", **told)
        if goal == "customers"
        else _(
            "Moving the money changes {goal} from {now} to {plan}.", goal=goal_title(goal), **told
        )
    )
    scale = max(abs(start), abs(end))
    changes = [x for x in changes if abs(x.amount) > 0.0005 * scale]
    changes.sort(key=lambda x: (-x.amount, x.name))
    rest = end - start - sum(x.amount for x in changes)
    if abs(rest) > 0.001 * scale:
        changes.append(Change(say(_("Seasons and interplay")), "", rest))
    if not changes:
        return None
    title = say(_("Spend")) if goal == SPEND else goal_column(goal, say)
    chart = Chart(
        "waterfall",
        waterfall_spec(start, changes, end, money, say),
        say(_("How each channel's change adds up from now to the plan")),
        title,
        table=_numbers(start, changes, end, money, title, say),
    )
    return Section(finding=finding, charts=(chart,))


def _counted(outcome: Outcome, lines: Sequence[ChannelLine]) -> str:
    """The goal whose number the changes are told in."""
    plan = outcome.plan
    assert plan.current is not None
    assert plan.totals is not None
    if any(x.customers_now is None for x in lines):
        return SPEND
    if plan.goal not in ("profit", "revenue") or outcome.problem is None:
        return "customers"
    known = (on_totals(plan.goal, totals) for totals in (plan.current, plan.totals))
    return plan.goal if all(value is not None for value in known) else "customers"


def _per_customer(outcome: Outcome, goal: str) -> dict[str, float]:
    """Channel -> what a customer brings in the goal's unit, before spend."""
    if goal in (SPEND, "customers") or outcome.problem is None:
        return {}
    return {
        decision.channel: (decision.value or 0.0) * (decision.margin if goal == "profit" else 1.0)
        for decision in outcome.problem.decisions
    }


def _change(x: ChannelLine, goal: str, worth: Mapping[str, float]) -> float:
    """What a channel's change comes to in the goal's unit."""
    if goal == SPEND:
        return x.change or 0.0
    won = (x.customers - (x.customers_now or 0.0)) * worth.get(x.channel, 1.0)
    return won - (x.change or 0.0) if goal == "profit" else won


def _numbers(
    start: float, changes: Sequence[Change], end: float, money: bool, title: str, say: Words
) -> Table:
    show, plain = (say.signed_money, say.money) if money else (say.signed_count, say.count)
    return Table(
        say(_("Change by channel")),
        (Column(say(_("Channel")), number=False), Column(title)),
        (
            (Cell(say(_("Now"))), Cell(plain(start))),
            *(
                (Cell(x.name), Cell(show(x.amount), "up" if x.amount > 0 else "down"))
                for x in changes
            ),
            (Cell(say(_("Plan"))), Cell(plain(end))),
        ),
    )
