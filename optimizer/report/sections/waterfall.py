"""The way from now to the plan: how each channel's change adds up."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.messages import _
from optimizer.pipeline.outcome import Outcome
from optimizer.report.channels import lines_of
from optimizer.report.charts.spending import Change
from optimizer.report.charts.spending import waterfall as waterfall_spec
from optimizer.report.sections import report_section
from optimizer.report.view import Cell, Chart, Column, Section, Table
from optimizer.report.words import Words


@report_section("waterfall", title=_("From now to plan"), rank=20)
def waterfall(outcome: Outcome, say: Words) -> Section | None:
    """Each channel's change: in new customers where every curve is known, else in spend.

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
    money = any(x.customers_now is None for x in lines)
    if money:
        changes = [Change(x.channel, x.platform, x.change or 0.0) for x in lines]
        start, end = plan.current.spend, plan.totals.spend
        now, then = say.money(start), say.money(end)
        finding = say(_("Spend moves from {now} to {plan}.", now=now, plan=then))
    else:
        changes = [
            Change(x.channel, x.platform, x.customers - (x.customers_now or 0.0)) for x in lines
        ]
        start, end = plan.current.customers, plan.totals.customers
        now, then = say.count(start), say.count(end)
        finding = say(
            _("Moving the money changes new customers from {now} to {plan}.", now=now, plan=then)
        )
    scale = max(abs(start), abs(end))
    changes = [x for x in changes if abs(x.amount) > 0.0005 * scale]
    changes.sort(key=lambda x: (-x.amount, x.name))
    rest = end - start - sum(x.amount for x in changes)
    if abs(rest) > 0.001 * scale:
        changes.append(Change(say(_("Seasons and interplay")), "", rest))
    if not changes:
        return None
    title = say(_("Spend")) if money else say(_("New customers"))
    chart = Chart(
        "waterfall",
        waterfall_spec(start, changes, end, money, say),
        say(_("How each channel's change adds up from now to the plan")),
        title,
        table=_numbers(start, changes, end, money, say),
    )
    return Section(finding=finding, charts=(chart,))


def _numbers(start: float, changes: Sequence[Change], end: float, money: bool, say: Words) -> Table:
    show, plain = (say.signed_money, say.money) if money else (say.signed_count, say.count)
    title = say(_("Spend")) if money else say(_("New customers"))
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
