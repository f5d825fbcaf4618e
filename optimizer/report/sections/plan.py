"""The plan table: what each channel gets, what that brings, and what keeps it from getting more."""

from __future__ import annotations

from optimizer.allocation.plan import Plan
from optimizer.messages import Text, _, ngettext
from optimizer.number_format import digits_for
from optimizer.pipeline.outcome import Outcome
from optimizer.report.channels import ChannelLine, lines_of
from optimizer.report.charts.spending import allowed, plan_shift
from optimizer.report.sections import report_section
from optimizer.report.titles import rule_title
from optimizer.report.view import Cell, Chart, Column, Section, Table
from optimizer.report.words import Words

MOVES = 4  # moves named in the sentence
HELD: dict[str, Text] = {
    "marginal": _("as good elsewhere"),
    "maximum": _("its maximum"),
    "minimum": _("its minimum"),
    "curve": _("its curve is flat"),
    "whole posts": _("whole posts only"),
    "budget": _("the budget"),
    "loss": _("its next unit costs more than it brings"),
    "setup": _("its set-up costs more than it brings"),
    "enough": _("no more is needed"),
}


@report_section("plan", title=_("The plan"), rank=10, terminal=10)
def plan(outcome: Outcome, say: Words) -> Section | None:
    """Channel, now, plan, change, allowed range, customers, average and next CAC, what holds it.

    Returns
    -------
    Section or None
        None where no plan meets the rules, or there are no channels to spend on.
    """
    lines = lines_of(outcome)
    if not lines or outcome.plan.totals is None:
        return None
    chart = Chart(
        "plan",
        plan_shift(lines, say),
        say(_("Spend now and in the plan for each channel, on its allowed range")),
        say(_("Now, plan, and the allowed range (dotted)")),
    )
    return Section(
        finding=_finding(lines, say), charts=(chart,), tables=(table(outcome.plan, lines, say),)
    )


def _finding(lines: tuple[ChannelLine, ...], say: Words) -> str:
    moved = sorted(
        (x for x in lines if x.change is not None), key=lambda x: (-abs(x.change or 0.0), x.channel)
    )
    if not moved:
        funded = sum(1 for x in lines if x.spend > 0)
        return say(ngettext("{n} channel gets money.", "{n} channels get money.", funded))
    least = 0.005 * max(1e-300, sum(y.spend for y in lines))
    largest = [x for x in moved if abs(x.change or 0.0) > least][:MOVES]
    if not largest:
        return say(_("The plan keeps today's split."))
    moves = [
        say(_("{channel} {amount}", channel=x.channel, amount=say.signed_money(x.change)))
        for x in largest
    ]
    return say(_("The largest moves: {moves}.", moves=say.join(moves)))


def held(line: ChannelLine, say: Words) -> str:
    """What keeps the channel from getting more, in words; a rule by its own name.

    Parameters
    ----------
    line
        A channel over the whole plan; what holds it in several periods is joined.
    say
        The reader's words.
    """
    if line.spend <= 0 and line.held_by == ("marginal",):
        return say(_("better uses elsewhere"))
    return say.join([say(HELD.get(name, rule_title(name))) for name in line.held_by])


def table(plan: Plan, lines: tuple[ChannelLine, ...], say: Words) -> Table:
    """The plan by channel with its totals.

    Parameters
    ----------
    plan
        A plan with totals.
    lines
        Its channels (see `channel_lines`).
    say
        The reader's words.
    """
    posts = any(x.posts is not None for x in lines)
    commission, profit = any(x.commission for x in lines), plan.goal == "profit"
    now = any(x.current is not None for x in lines)
    digits = digits_for([x.spend for x in lines])
    average = digits_for([x.average_cac for x in lines])
    following = digits_for([x.marginal_cac for x in lines])

    def row(x: ChannelLine) -> tuple[Cell, ...]:
        """A channel as cells."""
        whole = 0 if x.customers >= 1 or not x.customers else 1
        return (
            Cell(x.channel),
            *([Cell(say.money(x.current, digits), value=x.current)] if now else []),
            Cell(say.money(x.spend, digits), "strong", value=x.spend),
            *([_moved(x.change, digits, say)] if now else []),
            *([Cell(say.money(x.profit, digits), value=x.profit)] if profit else []),
            *([Cell(say.money(x.commission, digits), "dim")] if commission else []),
            *([Cell(say.count(x.posts), value=x.posts)] if posts else []),
            Cell(allowed(x, say), "dim"),
            Cell(say.count(x.customers, whole), value=x.customers),
            Cell(say.money(x.average_cac, average), value=x.average_cac),
            Cell(say.money(x.marginal_cac, following), value=x.marginal_cac),
            Cell(held(x, say), "dim", say(_("above what was ever spent here")) if x.beyond else ""),
        )

    return Table(
        say(_("Spend per channel over the plan, largest first")),
        _columns(now, profit, commission, posts, say),
        tuple(row(x) for x in lines),
        tuple(x.platform for x in lines),
        _foot(
            plan,
            (now, profit, commission, sum(x.posts or 0 for x in lines) if posts else None),
            digits,
            average,
            say,
        ),
    )


def _columns(
    now: bool, profit: bool, commission: bool, posts: bool, say: Words
) -> tuple[Column, ...]:
    following = _(
        "What the next new customer on this channel would cost, in the period where "
        "that is cheapest."
    )
    return (
        Column(say(_("Channel")), number=False),
        *([Column(say(_("Now")))] if now else []),
        Column(say(_("Plan"))),
        *([Column(say(_("Change")))] if now else []),
        *([Column(say(_("Profit")))] if profit else []),
        *([Column(say(_("Of it commission")))] if commission else []),
        *([Column(say(_("Posts")))] if posts else []),
        Column(say(_("Allowed"))),
        Column(say(_("New customers"))),
        Column(say(_("Average CAC"))),
        Column(say(_("Next customer")), help=say(following)),
        Column(
            say(_("Held by")),
            number=False,
            help=say(_("What keeps this channel from getting more.")),
        ),
    )


def _foot(
    plan: Plan, shown: tuple[bool, bool, bool, int | None], digits: int, average: int, say: Words
) -> tuple[Cell, ...]:
    """The totals. shown: whether there are columns of now, profit and commission, and the number of
    posts (None: nothing is bought in posts).
    """
    now, profit, commission, posts = shown
    t, current = plan.totals, plan.current
    assert t is not None
    before = current.spend if current else None
    return (
        Cell(say(_("Total"))),
        *([Cell(say.money(before, digits))] if now else []),
        Cell(say.money(t.spend, digits)),
        *([_moved(None if before is None else t.spend - before, digits, say)] if now else []),
        *([Cell(say.money(t.profit, digits))] if profit else []),
        *([Cell(say.money(t.commission, digits))] if commission else []),
        *([] if posts is None else [Cell(say.count(posts))]),
        Cell(""),
        Cell(say.count(t.customers)),
        Cell(say.money(t.cac, average)),
        Cell(""),
        Cell(""),
    )


def _moved(change: float | None, digits: int, say: Words) -> Cell:
    if change is None:
        return Cell("-", "dim")
    if round(change, digits) == 0:
        return Cell("0", "dim", value=0.0)
    return Cell(say.signed_money(change, digits), "up" if change > 0 else "down", value=change)
